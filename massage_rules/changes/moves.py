"""What could be different of a client, one thing at a time: the moves from which changes are put together.

A move is one of these:

- something that isn't known is learnt: a fact that concerns the client, unless the client would rather not say;
- something that is known becomes another, where the vocabulary says that it can: with time, measured again, by the client's or a
  clinician's doing;
- a rule that makes something wait for a clinician is cleared by one in writing.

Numbers move to the numbers that rules compare them with and to one between each two of these, so that a move stands for all
numbers between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, TypeAlias

from massage_rules.answers import Answer, Unknown
from massage_rules.changes.otherwise import Values, telling
from massage_rules.conditions import FactValue, Interval, NotApplicable, evaluate, facts_read
from massage_rules.effects import Avoid, Refer
from massage_rules.parts import Clearance
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE
from massage_rules.verdicts import Decision
from massage_rules.views import ELSEWHERE, Seen, View
from massage_rules.vocabulary import Fact

What: TypeAlias = Literal["fact", "rule"]
_LAST_DAY = date(2200, 12, 31)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a move changes: a fact of the client or of a site, or a rule to be cleared."""

    what: What
    name: str
    site: int | None = None

    @property
    def order(self) -> tuple[str, str, int]:
        """Its place in any list."""
        return self.what, self.name, -1 if self.site is None else self.site


@dataclass(frozen=True, slots=True)
class Move:
    """One change: of what, and to which answer."""

    subject: Subject
    value: Any = None


class Moves:
    """All moves of one client, what each could have an effect on, and when it can be made."""

    def __init__(self, values: Values, profile: ProfileBase, seen: Seen, decision: Decision) -> None:
        self.values, self.profile, self.seen, self.decision = values, profile, seen, decision
        self.rulebook: Rulebook = values.rulebook
        self._told: dict[int | None, dict[str, Answer]] = {None: profile.answers()}
        self._told.update((i, place.answers()) for i, place in enumerate(profile.places))
        self._of: dict[Subject, tuple[Move, ...]] = {}
        self._behind: dict[tuple[int, str], frozenset[Subject]] = {}

    def of(self, subject: Subject) -> tuple[Move, ...]:
        """The moves of a subject; none where it can't be changed."""
        if subject not in self._of:
            if subject.what == "rule":
                found: Iterable[Move] = [Move(subject)] if subject.name in self.clearable else ()
            else:
                found = (Move(subject, value) for value in self._values(subject.name, subject.site))
            self._of[subject] = tuple(found)
        return self._of[subject]

    @cached_property
    def clearable(self) -> frozenset[str]:
        """The rules that hold and name a clinician to be consulted; a clearance counts from a day, so the client's has to be known."""
        if self.profile.as_of is None:
            return frozenset()
        return frozenset(f.rule.id for f in waiting(self.decision))

    def _values(self, name: str, site: int | None) -> Iterator[Any]:
        """The values that a fact could have instead, as a profile takes them."""
        fact = self.rulebook.vocabulary.facts[name]
        view, answer = self.view(site), self._told[site].get(name)
        if view is None or fact.source or name in ("region", "side") or answer == Unknown("declined"):
            return
        known = view.facts.get(name)
        closed = answer is None and any(evaluate(g, view.facts, {}) is FALSE for g in self.rulebook.vocabulary.gates(name))
        if known is None or closed or isinstance(known, NotApplicable):
            yield from self.values.of(fact)
        elif isinstance(known, Interval) and known.low < known.high:
            yield from (v for v in self.values.of(fact) if isinstance(v, int | float) and known.low <= v <= known.high)
        elif fact.changes != "never" and not fact.is_duration:
            yield from (v for v in self.values.of(fact) if as_known(v) != known)

    def view(self, site: int | None) -> View | None:
        """The view that shows best what was told of a site, or of the client: the one that the fewest events colour."""
        own = [v for v in self.seen.views if v.site == site or site is None]
        return min(own, key=lambda v: len(v.events), default=None)

    def behind(self, view: int, name: str) -> frozenset[Subject]:
        """Everything whose move could make a fact of a view another one, or known; only what can be moved."""
        site = self.seen.views[view].site
        if (site, name) not in self._behind:
            self._behind[site, name] = frozenset(self.subjects(self._influences(name), [site]))
        return self._behind[site, name]

    def subjects(self, names: Iterable[str], sites: Collection[int]) -> Iterator[Subject]:
        """What can be moved of these facts, of the client and of these sites."""
        for name in names:
            where: Iterable[int | None] = [None] if self._fact(name).level == "patient" else [s for s in sites if s != ELSEWHERE]
            yield from (s for s in (Subject("fact", name, site) for site in where) if self.of(s))

    def kin(self, subject: Subject) -> frozenset[Subject]:
        """Everything that could contradict a fact or that it could wait for: what follows from it, what it follows from, and gates."""
        if subject.what == "rule":
            return frozenset()
        found, left = {subject.name}, [subject.name]
        while left:
            name = left.pop()
            fact = self._fact(name)
            new = {*self._influences(name), *fact.implies, *([fact.follows] if fact.follows else [])} - found
            found |= new
            left += new
        return frozenset(self.subjects(found, range(len(self.profile.places))))

    def _fact(self, name: str) -> Fact:
        return self.rulebook.vocabulary.facts[name]

    def _influences(self, name: str) -> frozenset[str]:
        """The facts whose answers can decide what a view holds of a fact: itself, its gates', and those from which it follows."""
        found, left = {name}, [name]
        while left:
            fact = left.pop()
            gates = {f for gate in self.rulebook.vocabulary.gates(fact) for f in facts_read(gate)}
            new = (gates | self._narrower.get(fact, set())) - found
            found |= new
            left += new
        return frozenset(found)

    @cached_property
    def _narrower(self) -> dict[str, set[str]]:
        """By fact, those from whose answers it follows."""
        found: dict[str, set[str]] = {}
        for fact in self.rulebook.vocabulary.facts.values():
            for wider in (*fact.implies, *([fact.follows] if fact.follows else [])):
                found.setdefault(wider, set()).add(fact.id)
        return found

    def applied(self, moves: Sequence[Move]) -> ProfileBase:
        """The client after these moves; contradictions aren't looked for."""
        told = {(m.subject.name, m.subject.site): m.value for m in moves if m.subject.what == "fact"}
        changed = telling(self.profile, told) if told else self.profile
        cleared = [
            Clearance(rule=m.subject.name, by="a clinician", on=self.profile.as_of, until=_LAST_DAY)
            for m in moves
            if m.subject.what == "rule"
        ]
        return changed.model_copy(update={"clearances": (*changed.clearances, *cleared)}) if cleared else changed

    def due(self, subject: Subject, seen: Seen) -> bool:
        """Whether a fact concerns the client as seen, or was told already; only then can it be told otherwise."""
        if subject.what == "rule" or subject.name in self._told[subject.site]:
            return True
        vocabulary = self.rulebook.vocabulary
        fact = self._fact(subject.name)
        block = vocabulary.blocks.get(fact.block)
        gates = [fact.only_if] if block is not None and block.self_screening else list(vocabulary.gates(fact.id))
        asked = [gate for gate in gates if gate is not None]
        here = [v for v in seen.views if subject.site is None or v.site == subject.site]
        return not asked or any(all(evaluate(gate, v.facts, {}) is TRUE for gate in asked) for v in here)


def waiting(decision: Decision) -> Iterator[Any]:
    """The findings that hold and name a clinician to be consulted, not yet cleared; emergencies can't be cleared."""
    for finding in (*(f for s in decision.sites for f in s.findings), *decision.elsewhere):
        effect = finding.rule.effect
        names = isinstance(effect, Refer) or (isinstance(effect, Avoid) and effect.consult is not None)
        if names and finding.certain and finding.cleared is None:
            yield finding


def as_known(value: object) -> FactValue | None:
    """A value of a move as a view would hold it."""
    match value:
        case bool() | str():
            return value
        case int() | float():
            return Interval(float(value), float(value))
        case tuple():
            return frozenset(value)
        case _:
            return None
