"""A course of treatment as data: frozen models with a published JSON Schema, which show themselves in a terminal and a notebook."""

from __future__ import annotations

import json
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from massage_rules.answer import Basis, Bound, Prompts, Source
from massage_rules.errors import Fault, Place, ProfileError
from massage_rules.verdicts import Disposition, Verdict

PLAN_SCHEMA_VERSION = "1.0"


class PlanPart(BaseModel):
    """A frozen part of a plan that refuses names it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Amount(PlanPart):
    """A number of the plan: what the catalogue says, and the most that the rules allow.

    `low`, `high` and `usual` are what the plan says; `rules` are those that brought it down, if any.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    usual: float
    basis: str
    sources: tuple[str, ...]
    rules: tuple[str, ...] = ()


class Measure(PlanPart):
    """An outcome measure with its baseline and the change that counts for one person.

    `change` is the least change that counts here, in the unit of the measure; `percent` the share of the first score that counts
    too; `target` the score at which it is reached, where the baseline is known.
    """

    measure: str
    name: str
    measures: str
    unit: str
    better: str
    baseline: float | None
    baseline_says: str
    change: float | None
    percent: float | None
    target: float | None
    rule: str
    basis: str
    sources: tuple[str, ...]


class Goal(PlanPart):
    """What the treatment is for at one site, and by what it is judged; the first measure is the main one."""

    site: int
    goal: str
    label: str
    asked_for: bool
    techniques: tuple[str, ...]
    measures: tuple[Measure, ...]
    expect: str


class PainGuide(PlanPart):
    """How the client's word guides the hands, 0 to 10: what is aimed at, the most, and where to let go at once."""

    target: tuple[float, float]
    at_most: float
    let_go_above: float | None
    says: str
    basis: str
    rules: tuple[str, ...]


class Step(PlanPart):
    """A part of the visit: its minutes, and for a technique where, how hard, how long and within which limits.

    `why` says how its minutes came about. `site` counts in the plan's `sites`; opening and closing have none.
    """

    kind: Literal["opening", "work", "closing"]
    site: int | None
    technique: str | None
    label: str
    minutes: int
    why: str
    verdict: Verdict | None = None
    role: str | None = None
    goals: tuple[str, ...] = ()
    minutes_allowed: Amount | None = None
    pressure_start: int | None = None
    pressure_at_most: int | None = None
    pain: PainGuide | None = None
    positions: tuple[str, ...] = ()
    dose: tuple[Amount, ...] = ()
    how: tuple[str, ...] = ()
    limits: tuple[Bound, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class LeftOut(PlanPart):
    """An open technique that isn't in the visit, and why."""

    site: int
    technique: str
    label: str
    role: str | None
    why: str


class Schedule(PlanPart):
    """How many visits, how often, for how long, and when to look again.

    `review_in` is after how many visits from now everything is measured again; `planned` visits are planned now, and `sessions` is
    the range of the whole course. `days` are counted from the next visit.
    """

    planned: int
    review_in: int
    sessions: Amount
    per_week: Amount
    weeks: Amount
    visit_minutes: Amount
    hours_between: Amount | None
    review_after: Amount
    days: tuple[int, ...]
    why: tuple[str, ...]


class HomeWork(PlanPart):
    """Something that the client does between visits."""

    site: int
    technique: str
    label: str
    amounts: tuple[Amount, ...]
    how: tuple[str, ...]
    limits: tuple[Bound, ...]
    pain: PainGuide


class Rung(PlanPart):
    """A level of pressure that the plan reaches, in words, and when it may be reached."""

    level: int
    name: str
    anchor: str
    when: str


class Ladder(PlanPart):
    """The pressure of one technique at one site: where it begins and ends."""

    site: int
    technique: str
    label: str
    rungs: tuple[Rung, ...]
    rules: tuple[str, ...]


class Watch(PlanPart):
    """What a sign in the notes of a session would mean: go on, one step up, do less, look again, or ask a clinician."""

    rule: str
    action: str
    title: str
    advice: str
    basis: str


class PlanSite(PlanPart):
    """One place to be treated: what belongs beside hands-on work there, and whether anything is planned."""

    region: str
    label: str
    side: str | None
    complaints: tuple[str, ...]
    place_says: str
    include: tuple[str, ...]
    minutes: int
    waits_for: tuple[str, ...]


class Plan(PlanPart):
    """A course of treatment for one client. Shows itself in a terminal and in a notebook.

    `first` is what has to happen before anything else; where nobody may treat, `session` is empty and only this is said.
    """

    schema_version: str
    disposition: Disposition
    summary: str
    first: tuple[str, ...]
    meanwhile: tuple[str, ...]
    sites: tuple[PlanSite, ...]
    goals: tuple[Goal, ...]
    goals_not_served: tuple[str, ...]
    minutes_booked: int
    minutes: int
    minutes_why: tuple[str, ...]
    session: tuple[Step, ...]
    left_out: tuple[LeftOut, ...]
    schedule: Schedule | None
    ladders: tuple[Ladder, ...]
    progression: tuple[str, ...]
    regression: tuple[str, ...]
    watch: tuple[Watch, ...]
    home: tuple[HomeWork, ...]
    home_later: tuple[str, ...]
    aftercare: tuple[str, ...]
    ask: Prompts
    since_last: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    basis: Basis
    disclaimer: str

    @property
    def treats(self) -> bool:
        """Whether anything is planned."""
        return bool(self.session)

    @property
    def work(self) -> tuple[Step, ...]:
        """The techniques of the visit, in working order."""
        return tuple(s for s in self.session if s.kind == "work")

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, the same bytes for the same plan."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The plan that `to_json` wrote; raises ProfileError where it can't be read."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = Place(".".join(["plan", *map(str, first["loc"])]))
            raise ProfileError([Fault(place, f"can't be read: {first['msg'].lower()}.", "Give what `to_json` wrote.")]) from None

    def to_markdown(self) -> str:
        """The plan as Markdown."""
        from massage_rules.course.pages import markdown  # noqa: PLC0415  (shown only when asked for)

        return markdown(self)

    def to_tidier(self) -> tuple[dict[str, str], ...]:
        """The plan as rows of a table after TIDieR: item, what the plan says, and where it was taken from."""
        from massage_rules.course.tidier import rows  # noqa: PLC0415

        return rows(self)

    def __str__(self) -> str:
        from massage_rules.course.pages import text  # noqa: PLC0415

        return text(self)

    def _repr_html_(self) -> str:
        from massage_rules.course.pages import html  # noqa: PLC0415

        return html(self)


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of a plan."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Plan.model_json_schema(mode="serialization")}
