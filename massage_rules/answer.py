"""The answer as data: frozen models with a published JSON Schema, which show themselves in a terminal and a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from massage_rules.languages import FIRST, Language, english, language
from massage_rules.profile import ProfileBase
from massage_rules.questions import Question
from massage_rules.reviews import State
from massage_rules.rulebook import Rulebook
from massage_rules.settled import Settled, settled_by
from massage_rules.verdicts import Disposition, Grade, Verdict

if TYPE_CHECKING:
    from massage_rules.changes.comparing import WhatIf
    from massage_rules.course.plan import Plan

SCHEMA_VERSION = "1.0"


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ground(_Answer):
    """A fact that a reason rests on, as it was told, or unknown."""

    fact: str
    words: str
    value: str


class Reason(_Answer):
    """A rule that holds or can't be told yet, in words, with what it rests on.

    `review_state` says whether a clinician has signed it as it stands, `review` also who and when.
    `through` names the lines of an operation's protocol from which it follows; their sources are among the references.
    """

    rule: str
    effect: str
    title: str
    because: str
    limits: str
    do: str
    certain: bool
    grounds: tuple[Ground, ...]
    through: tuple[str, ...]
    references: tuple[str, ...]
    basis: str
    review: str
    review_state: State
    cleared_by: str | None = None


class Figure(_Answer):
    """A number of the dose, with what it rests on."""

    name: str
    low: float
    high: float
    usual: float
    basis: str
    sources: tuple[str, ...]


class Bound(_Answer):
    """One limit in words, and the rules that set it."""

    kind: str
    words: str
    rules: tuple[str, ...]


class Evidence(_Answer):
    """What research says, in a sentence: which way it points, how certain that is, and what it rests on."""

    id: str
    says: str
    mixed_styles: bool
    direction: str
    certainty: str
    basis: str
    sources: tuple[str, ...]


class TechniqueAdvice(_Answer):
    """The verdict on one technique at one site."""

    technique: str
    family: str
    label: str
    verdict: Verdict
    role: str | None
    goals: tuple[str, ...]
    certainty: str | None
    evidence_says: tuple[str, ...]
    evidence: tuple[str, ...]
    notes: tuple[str, ...]
    limits: tuple[Bound, ...]
    pressure: tuple[int, int] | None
    dose: tuple[Figure, ...]
    course: dict[str, Any]
    reasons: tuple[str, ...]
    decided_by: tuple[str, ...]
    requested: bool

    @property
    def name(self) -> str:
        """Its label without its other names, in lower case."""
        return self.label.partition(" (")[0].lower()


class MotionTest(_Answer):
    """A motion to test before and after: the range that is called usual, and the change below which nothing changed."""

    motion: str
    label: str
    usual: tuple[float, float] | None
    error: float | None
    unit: str
    basis: str
    sources: tuple[str, ...]


class MuscleHint(_Answer):
    """A muscle that lies at a place or is said to send pain there: where to look, what to test, what to go round. It opens and closes nothing.

    `where` says whether it lies in the place, in a part that is left out today, or elsewhere, where this advice doesn't reach.
    """

    muscle: str
    label: str
    told: bool
    common: bool
    where: Literal["here", "left out", "elsewhere"]
    regions: tuple[str, ...]
    look_in: str
    test: tuple[MotionTest, ...]
    go_round: tuple[str, ...]
    pressure_at_most: int | None
    note: str
    basis: str
    sources: tuple[str, ...]


class SiteAdvice(_Answer):
    """The advice for one place to be treated; index it by technique, `site["deep_tissue_massage"]`.

    `muscles_to_check` is a hint of tradition for trigger points, the muscles that were told and the common ones first.
    """

    region: str
    label: str
    side: str | None
    techniques: tuple[TechniqueAdvice, ...]
    muscles_to_check: tuple[MuscleHint, ...] = ()

    def __getitem__(self, technique: str) -> TechniqueAdvice:
        """A variant's advice, or for a family that of its least restricted variant."""
        mine = [t for t in self.techniques if technique in (t.technique, t.family)]
        if not mine:
            raise KeyError(technique)
        return min(mine, key=lambda t: t.verdict.caution)


class ProgressAdvice(_Answer):
    """What the last sessions mean at one site, by its number in `sites`: an action, the rules behind it, and their advice."""

    site: int
    label: str
    action: str
    rules: tuple[str, ...]
    advice: tuple[str, ...]


class ConsultAdvice(_Answer):
    """A clinician to consult: who, how soon, what to ask, and why."""

    who: str
    label: str
    urgency: str
    ask: tuple[str, ...]
    meanwhile: tuple[str, ...]
    rules: tuple[str, ...]
    because: tuple[str, ...]


class Alert(_Answer):
    """One danger, however many rules speak of it: what it changes, what to do, and where it binds.

    `limits` is where its gravest rule ends, in the rule's own words; `until_known` says that only what isn't known makes it so.
    """

    topic: str
    grade: Grade
    emergency: bool
    title: str
    action: str
    where: tuple[str, ...]
    limits: str
    until_known: bool
    rules: tuple[str, ...]


class Source(_Answer):
    """A cited source, and whether its text was seen."""

    key: str
    title: str
    year: int | None
    url: str | None
    read: bool


class Basis(_Answer):
    """What the answer was worked out with."""

    rulebook_version: str
    rulebook_digest: str
    library_version: str
    core: str
    second_opinion: str
    as_of: str | None
    profile_digest: str


class Prompts(_Answer):
    """What to ask the client before, during and after."""

    before: tuple[str, ...]
    during: tuple[str, ...]
    after: tuple[str, ...]


class Advice(_Answer):
    """The whole answer for one client. Shows itself in a terminal and in a notebook.

    `alerts` stand gravest first, and each rule that decides is in exactly one of them. `questions` are those that something
    waits for, best first; `easing_questions` would only allow more.
    """

    schema_version: str
    disposition: Disposition
    summary: str
    alerts: tuple[Alert, ...]
    sites: tuple[SiteAdvice, ...]
    progress: tuple[ProgressAdvice, ...]
    reasons: dict[str, Reason]
    evidence: dict[str, Evidence]
    questions: tuple[Question, ...]
    easing_questions: tuple[Question, ...]
    consults: tuple[ConsultAdvice, ...]
    prompts: Prompts
    aftercare: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    basis: Basis
    disclaimer: str
    _profile: ProfileBase | None = PrivateAttr(default=None)
    _rulebook: Rulebook | None = PrivateAttr(default=None)
    _plan: Any = PrivateAttr(default=None)
    _settled: Settled | None = PrivateAttr(default=None)

    @property
    def profile(self) -> ProfileBase:
        """The client whom it advises on; an answer read back from JSON doesn't hold one and raises LookupError."""
        if self._profile is None:
            raise LookupError("This answer was read back without its client. Keep `advice.profile` beside it.")
        return self._profile

    @property
    def rulebook(self) -> Rulebook:
        """The rules that it was given by; an answer read back from JSON doesn't hold them and raises LookupError."""
        if self._rulebook is None:
            raise LookupError("This answer was read back without its rules. Ask for it anew with `recommend`.")
        return self._rulebook

    @property
    def language(self) -> Language:
        """The language that its words are in: English, in which it is kept, except while it is shown in another."""
        return self._rulebook.language if self._rulebook is not None else english()

    @property
    def plan(self) -> Plan:
        """The course of treatment that follows from it, for visits of an hour; made once, when first asked for."""
        if self._plan is None:
            from massage_rules.course.planner import plan  # noqa: PLC0415  (made only when asked for)

            self._plan = plan(self)
        made: Plan = self._plan
        return made

    @property
    def settled(self) -> bool:
        """Whether no answer that may still be given changes the disposition or any verdict; limits may still be lifted.

        What may be answered is every fact that isn't known exactly, unless the client declined to tell it. Worked out when first
        asked for. It is said only where it's so; where open rules exclude each other it may be False though nothing would change.
        """
        return self._settling().verdicts

    @property
    def disposition_settled(self) -> bool:
        """Whether no answer that may still be given changes the disposition; verdicts on single techniques may still change."""
        return self._settling().disposition

    def _settling(self) -> Settled:
        if self._settled is None:
            self._settled = settled_by(self.rulebook, self.profile)
        return self._settled

    def about(self, profile: ProfileBase, *, rulebook: Rulebook | None = None) -> Self:
        """The same answer, holding the client whom it advises on, and the rules that it was given by."""
        answer = self.model_copy()
        answer._profile, answer._plan, answer._settled = profile, None, None  # noqa: SLF001  (its own)
        answer._rulebook = rulebook or self._rulebook  # noqa: SLF001
        return answer

    def what_if(self, changes: Mapping[str, object], *, site: int = 0, weeks: float = 0) -> WhatIf:
        """The answer for the same client with other facts, and so many weeks later, side by side with this one."""
        from massage_rules.changes.comparing import what_if  # noqa: PLC0415  (compared only when asked for)

        return what_if(self, changes, site=site, weeks=weeks)

    @property
    def top_alerts(self) -> tuple[Alert, ...]:
        """The alerts to show first: three, or all emergencies where they are more. What isn't known is told apart."""
        told = [a for a in self.alerts if a.grade is not Grade.ASK]
        return tuple(told[: max(3, sum(a.emergency for a in told))])

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, the same bytes for the same answer."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def record(self) -> bytes:
        """The record of this answer, to be stored and replayed: canonical JSON with the client, the rules and all of it."""
        from massage_rules.record import recorded  # noqa: PLC0415  (a record holds an answer)

        return recorded(self).to_bytes()

    def text(self, *, language: str | Path | Language = FIRST) -> str:
        """What to do, on a page that is read in a minute, in this language.

        Raises ContentError for a language that there isn't, LookupError in any but English for an answer read back from JSON.
        """
        from massage_rules.display import text  # noqa: PLC0415  (shown only when asked for)

        return text(self._told_in(language))

    def details(self, *, language: str | Path | Language = FIRST) -> str:
        """Everything as text: each verdict, limit, dose, reason and source, and what to ask before, during and after."""
        from massage_rules.details import details  # noqa: PLC0415

        return details(self._told_in(language))

    def html(self, *, language: str | Path | Language = FIRST) -> str:
        """The answer as one piece of HTML, without script and network."""
        from massage_rules.page import html  # noqa: PLC0415

        return html(self._told_in(language))

    def _told_in(self, name: str | Path | Language) -> Advice:
        """The same answer with its words in another language; it is shown and never kept."""
        from massage_rules.advice import told_in  # noqa: PLC0415  (an answer is written there)

        wanted = language(name)
        return self if wanted.code == self.language.code else told_in(self, wanted)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()


def advice_schema() -> dict[str, Any]:
    """The JSON Schema of an answer."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Advice.model_json_schema(mode="serialization")}
