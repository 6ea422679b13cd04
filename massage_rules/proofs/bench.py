"""What all checks stand on: the rulebook with its model, its clients, and for each rule a client for whom it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from massage_rules.conditions import All, Any, Compare, CompareFacts, Condition, Defined, Is, Not, OneOf, Points
from massage_rules.proofs.closing import Closing
from massage_rules.proofs.examples import Examples, Told
from massage_rules.proofs.model import Asking, Model
from massage_rules.proofs.solver import Formula, Undecided
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.truth import TRUE, Truth


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something a check found: the rules it is about, what is wrong, where, and a client who shows it, as a case that runs."""

    check: str
    subject: tuple[str, ...]
    what: str
    place: str = ""
    case: str = ""
    noted: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


@dataclass(frozen=True, slots=True)
class Held:
    """A client for whom a rule holds, and the truth of every rule for that client."""

    told: Told
    truths: Mapping[str, Truth]


class Bench:
    """A rulebook laid out for checking."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.model = Model(rulebook)
        self.examples = Examples(rulebook)
        self.held: dict[str, Held] = {}

    @cached_property
    def closing(self) -> Closing:
        """The formulas of what may be done."""
        return Closing(self.model)

    @cached_property
    def asking(self) -> Asking:
        """Questions about plausible clients, seen at one part of the site."""
        return Asking(self.model, self.closing.somewhere)

    @cached_property
    def asking_of_all(self) -> Asking:
        """The same about all clients, even those of whom something is told that doesn't concern them."""
        return Asking(self.model, self.closing.somewhere, clients="all")

    def opens(self, technique: str) -> str:
        """The name under which to ask that a technique is open."""
        return self.asking.name(f"open {technique}", lambda: self.closing.open(technique))

    @property
    def written(self) -> tuple[Rule, ...]:
        """The rules but for those that the map of the body stands for."""
        return tuple(r for r in self.rulebook.rules.values() if not r.anatomical)

    def holding(self, rule: Rule, *also: Formula, reads: frozenset[str] = frozenset()) -> Told | None:
        """A client for whom a rule holds, and this besides; None where there can be none."""
        found = self.model.find(self.model.rule(rule.id).holds, *also, reading=self.rulebook.reads(rule.id) | reads)
        return None if found is None else self.examples.told(found)

    def smallest_holding(self, told: Told, *rules: str) -> Told:
        """The smallest client for whom rules hold, within a client for whom they do."""

        def shows(less: Told) -> bool:
            truths = self.examples.truths(less)
            return all(truths.get(r) is TRUE for r in rules)

        return self.examples.smallest(told, shows)

    def example(self, rule: Rule) -> Held | None:
        """A client for whom a rule holds, as the definition confirms; found once."""
        if rule.id not in self.held:
            told = self.holding(rule)
            if told is None:
                return None
            truths = self.examples.truths(told)
            if truths.get(rule.id) is not TRUE:
                raise Undecided(f"the solver's client for `{rule.id}` isn't confirmed by the definition")
            self.held[rule.id] = Held(told, truths)
        return self.held[rule.id]

    def flaw(self, check: str, rule: Rule, what: str, *more: str, case: str = "") -> Flaw:
        """A flaw of a rule, with its place."""
        return Flaw(check, (rule.id, *more), what, str(rule.place), case)


def in_words(condition: Condition) -> str:
    """A condition as a rule file writes it, in one line."""
    match condition:
        case Is(fact, answer):
            return f"{fact}: {'yes' if answer else 'no'}"
        case OneOf(fact, values):
            named = sorted(values)
            few = named if len(named) <= 3 else [*named[:2], "…"]
            return f"{fact}: {few[0] if len(few) == 1 else '[' + ', '.join(few) + ']'}"
        case Compare(fact, op, bound):
            return f"{fact}: {{{op}: {bound:g}}}"
        case CompareFacts(fact, op, other):
            return f"{fact}: {{{op}: {{fact: {other}}}}}"
        case Defined(name):
            return f"{name}: yes"
        case All(parts) | Any(parts):
            word = "all" if isinstance(condition, All) else "any"
            return f"{word}: [{', '.join(_braced(p) for p in parts)}]"
        case Not(part):
            return f"not: {_braced(part)}"
        case Points(at_least, items):
            each = ", ".join(f"{{points: {n:g}, when: {_braced(p)}}}" for n, p in items)
            return f"points: {{at_least: {at_least:g}, of: [{each}]}}"
        case _:
            assert_never(condition)


def _braced(condition: Condition) -> str:
    return "{" + in_words(condition) + "}"


def parts_of(condition: Condition) -> Iterator[Condition]:
    """What must hold together for a condition to hold."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from parts_of(part)
    else:
        yield condition
