"""Conditions over many places at once, in three values on two rails: where they hold, and where they don't.

A rail is a column of booleans without gaps, or plain True or False where it is the same everywhere. With neither rail, a
condition can't be told. Conditions become a program once; a part that several of them share stands in it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any as Anything
from typing import NamedTuple, TypeAlias, assert_never

from massage_rules.conditions import All, Any, Compare, CompareFacts, Condition, Defined, Is, Not, OneOf, Points, Test
from massage_rules.rulebook import Rulebook

Bits: TypeAlias = Anything  # a column of booleans, or a bool


class Rails(NamedTuple):
    """Where a condition certainly holds, and where it certainly doesn't."""

    holds: Bits
    fails: Bits

    @property
    def open(self) -> Bits:
        """Where it can't be told."""
        return no(either(self.holds, self.fails))


def settled(bits: Bits) -> Bits:
    """The same, as a plain bool where it is the same everywhere."""
    if bits.__class__ is bool:
        return bits
    return False if not bits.any() else True if bits.all() else bits


def both(first: Bits, second: Bits) -> Bits:
    """Where both are."""
    if first is False or second is False:
        return False
    if first is True or first is second:
        return second
    return first if second is True else settled(first & second)


def either(first: Bits, second: Bits) -> Bits:
    """Where one of them is."""
    if first is True or second is True:
        return True
    if first is False or first is second:
        return second
    return first if second is False else settled(first | second)


def no(bits: Bits) -> Bits:
    """Where it isn't."""
    return not bits if bits.__class__ is bool else ~bits


def each(many: Iterable[Bits]) -> Bits:
    """Where all are; of none, everywhere."""
    found: Bits = True
    for bits in many:
        found = both(found, bits)
        if found is False:
            break
    return found


def some(many: Iterable[Bits]) -> Bits:
    """Where at least one is; of none, nowhere."""
    found: Bits = False
    for bits in many:
        found = either(found, bits)
        if found is True:
            break
    return found


class Shared:
    """Works out each *one of the two* once, where many sums have their first terms in common."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Bits, Bits, Bits]] = {}  # the terms stay, so that their ids do

    def either(self, first: Bits, second: Bits) -> Bits:
        """Where one of them is."""
        if first.__class__ is bool or second.__class__ is bool:
            return either(first, second)
        found = self._known.get((id(first), id(second)))
        if found is None:
            found = self._known[id(first), id(second)] = first, second, either(first, second)
        return found[2]


class Whole(NamedTuple):
    """All of the parts, numbered; with `any`, one of them."""

    any: bool
    parts: tuple[int, ...]


class Negated(NamedTuple):
    """Not that part."""

    part: int


class Count(NamedTuple):
    """Points of the parts that reach a total, exactly."""

    at_least: Fraction
    items: tuple[tuple[Fraction, int], ...]


Step: TypeAlias = "Test | Whole | Negated | Count"


@dataclass(slots=True)
class Program:
    """The parts of all conditions of a rulebook, each after those it is made of; where each rule stands, and each gate's condition."""

    steps: list[Step] = field(default_factory=list)
    rules: dict[str, int] = field(default_factory=dict)
    gates: list[int] = field(default_factory=list)
    _numbers: dict[Step, int] = field(default_factory=dict)
    _defined: dict[str, int] = field(default_factory=dict)

    def add(self, condition: Condition) -> int:
        """The number of a condition."""
        match condition:
            case Is() | OneOf() | Compare() | CompareFacts():
                return self._number(condition)
            case Defined(name):
                return self._defined[name]
            case All(parts):
                return self._whole(parts, any_=False)
            case Any(parts):
                return self._whole(parts, any_=True)
            case Not(part):
                return self._number(Negated(self.add(part)))
            case Points(at_least, items):
                return self._number(Count(_exact(at_least), tuple((_exact(p), self.add(part)) for p, part in items)))
            case _:
                assert_never(condition)

    def define(self, name: str, rules: Sequence[Condition]) -> None:
        """A definition, which holds where one of its rules does."""
        self._defined[name] = self._whole(rules, any_=True)

    def _whole(self, parts: Sequence[Condition], *, any_: bool) -> int:
        numbers = tuple(dict.fromkeys(self.add(p) for p in parts))
        return numbers[0] if len(numbers) == 1 else self._number(Whole(any_, numbers))

    def _number(self, step: Step) -> int:
        if step not in self._numbers:
            self._numbers[step] = len(self.steps)
            self.steps.append(step)
        return self._numbers[step]


def program(rulebook: Rulebook) -> Program:
    """The program of a rulebook: its definitions, its rules, and the conditions under which facts concern a client."""
    found = Program()
    for name, rules in rulebook.definitions.items():
        found.define(name, [rule.when for rule in rules])
    for rule in rulebook.ordered:
        found.rules[rule.id] = found.add(rule.when)
    found.gates = [found.add(condition) for condition in rulebook.vocabulary.gated.conditions]
    return found


def counted(step: Count, parts: Sequence[Rails]) -> Rails:
    """Where points surely reach the total, and where they surely can't."""
    least = [rails.holds if points > 0 else rails.fails for (points, _), rails in zip(step.items, parts, strict=True)]
    most = [no(rails.fails if points > 0 else rails.holds) for (points, _), rails in zip(step.items, parts, strict=True)]
    return Rails(_reached(step, least), no(_reached(step, most)))


def _reached(step: Count, won: Sequence[Bits]) -> Bits:
    """Where the points that are won reach the total; an item with negative points is won where it doesn't count."""
    worth = [abs(points) for points, _ in step.items]
    known: dict[tuple[int, Fraction], Bits] = {}

    def reach(index: int, need: Fraction) -> Bits:
        if need <= 0:
            return True
        if sum(worth[index:]) < need:
            return False
        if (index, need) not in known:
            with_it = both(won[index], reach(index + 1, need - worth[index]))
            known[index, need] = either(with_it, reach(index + 1, need))
        return known[index, need]

    return reach(0, step.at_least - sum(points for points, _ in step.items if points < 0))


def _exact(points: float) -> Fraction:
    return Fraction(str(points))
