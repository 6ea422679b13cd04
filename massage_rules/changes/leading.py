"""Where the answers to a question may lead: the dispositions after each, worked out only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.changes.moves import as_known
from massage_rules.changes.otherwise import Values, stretches
from massage_rules.conditions import Interval
from massage_rules.effects import Emergency
from massage_rules.errors import ContentError, Fault, Place, ProfileError, clean, nearest
from massage_rules.explaining import advice_on, giving
from massage_rules.grounds import value_in_words
from massage_rules.outline import Item, Page, Section, Shown, joined
from massage_rules.profile import ProfileBase
from massage_rules.questions import Question
from massage_rules.telling import spots, told
from massage_rules.truth import TRUE
from massage_rules.verdicts import Disposition
from massage_rules.views import ELSEWHERE, views


class Lead(BaseModel):
    """A question, and for each answer in words the dispositions to which it may lead at once, the mildest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    ask: str
    why: str
    is_block: bool
    needed: bool
    leads_to: Mapping[str, tuple[Disposition, ...]]

    @property
    def gravest(self) -> Disposition:
        """The most cautious disposition to which any answer leads."""
        return max((d for after in self.leads_to.values() for d in after), key=lambda d: d.caution)


class Leads(Shown):
    """Where the answers to the open questions lead: the gravest first, and among these blocks before single facts."""

    now: Disposition
    leads: tuple[Lead, ...]

    def page(self) -> Page:
        """Each question with where its answers lead."""
        told = (Item(each.ask, (Item(f"Why: {each.why}"), *self._answers(each))) for each in self.leads)
        return Page(
            title="Where answers lead",
            lead=(f"The client as a whole now: {self.now}.", *(() if self.leads else ("Nothing is left to ask.",))),
            sections=(Section("Questions", tuple(told)),) if self.leads else (),
            caution=self.now.caution,
        )

    def _answers(self, lead: Lead) -> Iterator[Item]:
        for said, after in lead.leads_to.items():
            yield Item(f"{said}: {joined(after, last='or')}")


def leads_to(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    question: str | None = None,
    *,
    evaluator: Evaluator | None = None,
) -> Leads:
    """Where the answers to each open question may lead, or to the one of this name.

    A yes to a block may mean any of its facts that matter, so it may lead to several dispositions; each is tried with the rest of
    the block denied. Of a number, stretches with the same outcome are told; of several choices, none or one. A fact of several
    places is answered alike wherever it matters. An answer that contradicts what is known leads nowhere and isn't told. Raises
    ContentError for a name that isn't an open question.
    """
    ready = evaluator or giving(about)
    advice = advice_on(about, ready)
    asked = [q for q in (*advice.questions, *advice.easing_questions) if question in (None, q.id)]
    if question is not None and not asked:
        raise _not_open(question, advice)
    client = _Client(ready, advice.profile)
    found = [
        Lead(question=q.id, ask=q.ask, why=q.why, is_block=q.is_block, needed=q.needed, leads_to=answers)
        for q in asked
        if (answers := client.leads(q))
    ]
    return Leads(now=advice.disposition, leads=tuple(sorted(found, key=lambda lead: (-lead.gravest.caution, not lead.is_block))))


def _not_open(question: str, advice: Advice) -> ContentError:
    """The fault of a name that no open question has."""
    names = [q.id for q in (*advice.questions, *advice.easing_questions)]
    told = f"Open are {joined([f'`{name}`' for name in names])}." if names else "Nothing is left to ask."
    remedy = f"{nearest(question, names)} {told}".strip()
    return ContentError([Fault(Place("question"), f"`{clean(question)}` isn't a question that is open.", remedy)])


class _Client:
    """A client who gives one answer or another."""

    def __init__(self, evaluator: Evaluator, profile: ProfileBase) -> None:
        self.evaluator, self.profile, self.seen = evaluator, profile, views(profile)
        self.values = Values(evaluator.rulebook)

    def leads(self, question: Question) -> dict[str, tuple[Disposition, ...]]:
        """The dispositions after each answer, the mildest first."""
        found = self._of_block(question) if question.is_block else self._of_fact(question)
        return {said: tuple(sorted(after, key=lambda d: d.caution)) for said, after in found.items() if after}

    def _of_block(self, question: Question) -> dict[str, set[Disposition]]:
        """One thing of it applies, whichever, or nothing does."""
        denied = [*self.profile.to_dict().get("otherwise_denied", []), *question.blocks]
        client = self.profile.with_facts({"otherwise_denied": denied})
        return {
            "yes": set(filter(None, (self._after(client, name, True, None) for name in question.facts))),
            "no": {self._disposition(client)},
        }

    def _of_fact(self, question: Question) -> dict[str, set[Disposition]]:
        rulebook, name = self.evaluator.rulebook, question.id
        fact, places = rulebook.vocabulary.facts[name], question.places or None
        rough = [v for view in self.seen.views if isinstance(v := view.facts.get(name), Interval)]
        every = self.values.of(fact)
        low, high = max((r.low for r in rough), default=fact.bounds[0]), min((r.high for r in rough), default=fact.bounds[1])
        tried = _within(every, low, high) if fact.type == "number" else {v: v for v in every}
        after = {v: d for v, exact in tried.items() if (d := self._after(self.profile, name, exact, places)) is not None}

        def word(value: object) -> str:
            return value_in_words(rulebook, name, as_known(value))

        if fact.type != "number":
            return {word(v): {d} for v, d in after.items()}
        found: dict[str, set[Disposition]] = {}
        for disposition in dict.fromkeys(after.values()):
            chosen = [v for v, d in after.items() if d is disposition]
            found[joined(stretches(every, chosen, word=word), last="or")] = {disposition}
        return found

    def _after(self, client: ProfileBase, name: str, value: object, places: tuple[int, ...] | None) -> Disposition | None:
        """The disposition after an answer wherever it is open; None for one that can't be given."""
        where = spots(self.profile, self.seen, name, places=places)
        given = list(value) if isinstance(value, tuple) else value
        try:
            return self._disposition(told(client, [(name, given, spot) for spot in where]))
        except ProfileError:
            return None

    def _disposition(self, client: ProfileBase) -> Disposition:
        """The disposition of a client; an emergency at a place to be worked on is told without looking further."""
        rules, truths = self.evaluator.rulebook.rules, self.evaluator.compiled.truths
        here = (truths(view.facts).items() for view in views(client).views if view.site != ELSEWHERE)
        if any(t is TRUE and isinstance(rules[r].effect, Emergency) for told_ in here for r, t in told_):
            return Disposition.EMERGENCY
        return self.evaluator.decide(client, core="compiled")[1].disposition


def _within(every: Sequence[Any], low: float, high: float) -> dict[Any, float]:
    """Those of `every` that stand for a number in this range, each with one; they stand for themselves and for all between, in turn."""
    found: dict[Any, float] = {}
    for number, value in enumerate(every):
        if number % 2 == 0:
            if low <= value <= high:
                found[value] = value
        elif (least := max(every[number - 1], low)) < (most := min(every[number + 1], high)):
            found[value] = value if least < value < most else (least + most) / 2
    return found
