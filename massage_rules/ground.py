"""The rulebook as ground rules: what an engine that only knows *this follows from those* needs to be told.

Every test of a fact and every distinct part of a condition is a node, numbered after the nodes it is made of. A
node has two propositions, written as signed numbers: `n`, it certainly holds, and `-n`, it certainly doesn't. With
neither, it can't be told. So `not` is a change of sign, `any` is the negative of `all` of the negatives, a definition
is `any` of its rules, and `points` unfold to a small diagram of `all` and `any`: one kind of step is enough.

    n is all of a, b, c:     n follows from a, b and c      -n follows from -a, from -b, from -c
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, assert_never

from massage_rules.conditions import (
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    Is,
    Not,
    OneOf,
    Points,
    Test,
    test,
)
from massage_rules.errors import ContentError, Fault
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

Proposition: TypeAlias = int
ALWAYS: Proposition = 1
LARGEST_DIAGRAM = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """A proposition that follows from others, and the first rule of the rulebook that needs it."""

    premises: tuple[Proposition, ...]
    conclusion: Proposition
    rule: Rule


@dataclass(frozen=True, slots=True)
class Ground:
    """All steps of a rulebook, premises always concluded first, with the tests they start from and the rules they end in."""

    steps: tuple[Step, ...]
    tests: Mapping[str, tuple[tuple[Test, Proposition], ...]]
    meaning: Mapping[str, Proposition]
    readers: Mapping[Proposition, tuple[int, ...]]
    concluding: Mapping[Proposition, tuple[int, ...]]
    tested: Mapping[Proposition, Test]

    def told(self, facts: Facts) -> dict[Proposition, None]:
        """The propositions that the facts themselves decide, always in the same order."""
        found: dict[Proposition, None] = {}
        for name, entries in self.tests.items():
            if name in facts:
                for condition, node in entries:
                    outcome = test(condition, facts)
                    if outcome is not UNKNOWN:
                        found[node if outcome is TRUE else -node] = None
        return found

    def follow(self, told: Iterable[Proposition]) -> tuple[set[Proposition], set[int]]:
        """Everything that holds, given what is told, and the steps whose premises hold; in plain Python."""
        holds, fired = {ALWAYS, *told}, set()
        for index, step in enumerate(self.steps):
            if holds.issuperset(step.premises):
                fired.add(index)
                holds.add(step.conclusion)
        return holds, fired

    def truths(self, holds: Container[Proposition]) -> dict[str, Truth]:
        """The truth of every rule, given everything that holds."""
        return {rule: TRUE if p in holds else FALSE if -p in holds else UNKNOWN for rule, p in self.meaning.items()}

    def why(self, rule_id: str, holds: Container[Proposition], fired: Container[int]) -> tuple[tuple[Test, Truth], ...]:
        """The tests that decide a rule, followed back through the steps that fired; none where it can't be told.

        Where several steps conclude the same, the one that is written first counts.
        """
        node = self.meaning[rule_id]
        waiting = [p for p in (node, -node) if p in holds]
        found: dict[Test, Truth] = {}
        seen: set[Proposition] = {ALWAYS}
        while waiting:
            proposition = waiting.pop()
            if proposition in seen:
                continue
            seen.add(proposition)
            if abs(proposition) in self.tested:
                found[self.tested[abs(proposition)]] = TRUE if proposition > 0 else FALSE
            else:
                step = next(i for i in self.concluding[proposition] if i in fired)
                waiting += reversed(self.steps[step].premises)
        return tuple(found.items())


def ground(rulebook: Rulebook, *, widest: int = 16) -> Ground:
    """The ground rules of a rulebook; no step has more than `widest` premises.

    Raises ContentError where the points of a rule are too entangled to unfold.
    """
    builder = _Builder(widest)
    for name, rules in rulebook.definitions.items():
        builder.defined[name] = builder.either([builder.of(rule) for rule in rules])
    meaning = {rule.id: builder.of(rule) for rule in rulebook.ordered}
    tests: dict[str, list[tuple[Test, Proposition]]] = {}
    for condition, node in builder.tests.items():
        tests.setdefault(condition.fact, []).append((condition, node))
    readers: dict[Proposition, list[int]] = {}
    concluding: dict[Proposition, list[int]] = {}
    for index, step in enumerate(builder.steps):
        concluding.setdefault(step.conclusion, []).append(index)
        for premise in step.premises:
            readers.setdefault(premise, []).append(index)
    return Ground(
        steps=tuple(builder.steps),
        tests={name: tuple(entries) for name, entries in tests.items()},
        meaning=meaning,
        readers={p: tuple(found) for p, found in readers.items()},
        concluding={p: tuple(found) for p, found in concluding.items()},
        tested={node: condition for condition, node in builder.tests.items()},
    )


@dataclass(slots=True)
class _Builder:
    """Numbers the nodes; equal parts share theirs, whatever rule they stand in."""

    widest: int
    last: int = ALWAYS
    steps: list[Step] = field(default_factory=list)
    tests: dict[Test, Proposition] = field(default_factory=dict)
    wholes: dict[frozenset[Proposition], Proposition] = field(default_factory=dict)
    defined: dict[str, Proposition] = field(default_factory=dict)
    rules: dict[str, Proposition] = field(default_factory=dict)
    rule: Rule | None = None

    def of(self, rule: Rule) -> Proposition:
        """The proposition that a rule holds."""
        if rule.id not in self.rules:
            self.rule = rule
            self.rules[rule.id] = self.node(rule.when)
        return self.rules[rule.id]

    def new(self) -> Proposition:
        self.last += 1
        return self.last

    def node(self, condition: Condition) -> Proposition:
        match condition:
            case Is() | OneOf() | Compare() | CompareFacts():
                if condition not in self.tests:
                    self.tests[condition] = self.new()
                return self.tests[condition]
            case Defined(name):
                return self.defined[name]
            case All(parts):
                return self.all([self.node(p) for p in parts])
            case Any(parts):
                return self.either([self.node(p) for p in parts])
            case Not(part):
                return -self.node(part)
            case Points(at_least, items):
                return self.points(at_least, [(points, self.node(p)) for points, p in items])
            case _:
                assert_never(condition)

    def either(self, parts: list[Proposition]) -> Proposition:
        return -self.all([-p for p in parts])

    def all(self, parts: list[Proposition]) -> Proposition:
        distinct = tuple(dict.fromkeys(p for p in parts if p != ALWAYS))
        if -ALWAYS in distinct:
            return -ALWAYS
        if len(distinct) <= 1:
            return distinct[0] if distinct else ALWAYS
        if len(distinct) > self.widest:
            return self.all([self.all(list(distinct[i : i + self.widest])) for i in range(0, len(distinct), self.widest)])
        key = frozenset(distinct)
        if key not in self.wholes:
            whole = self.wholes[key] = self.new()
            assert self.rule is not None
            self.steps.append(Step(distinct, whole, self.rule))
            self.steps += [Step((-part,), -whole, self.rule) for part in distinct]
        return self.wholes[key]

    def points(self, at_least: float, items: list[tuple[float, Proposition]]) -> Proposition:
        """Points as a diagram over their items: what still has to be reached by the items that are left.

        An item with negative points counts as won unless it holds. As no item then counts both ways, the diagram
        is decided exactly when no way of answering the open items could change the sum's verdict.
        """
        won = [(abs(_exact(p)), node if p > 0 else -node) for p, node in items]
        left = [Fraction(0)]
        for points, _ in reversed(won):
            left.append(left[-1] + points)
        states: dict[tuple[int, Fraction], Proposition] = {}

        def reach(index: int, need: Fraction) -> Proposition:
            if need <= 0:
                return ALWAYS
            if left[len(won) - index] < need:
                return -ALWAYS
            if (index, need) not in states:
                if len(states) >= LARGEST_DIAGRAM:
                    self.too_entangled()
                points, item = won[index]
                states[index, need] = self.either([self.all([item, reach(index + 1, need - points)]), reach(index + 1, need)])
            return states[index, need]

        return reach(0, _exact(at_least) - sum(_exact(p) for p, _ in items if p < 0))

    def too_entangled(self) -> None:
        assert self.rule is not None
        what = f"the points of rule `{self.rule.id}` can add up in more than {LARGEST_DIAGRAM:,} ways."
        raise ContentError([Fault(self.rule.place, what, "Use rounder points, or split the count with `define`.")])


def _exact(points: float) -> Fraction:
    return Fraction(str(points))
