"""The facts that decide a rule: every minimal set of them that is enough by itself.

A set decides a rule that holds, or doesn't hold, if these facts alone give the rule its truth, whatever is or isn't known
besides. It decides that a rule can't be told if the rule can't be told as long as these facts stay as they are, whatever is
learnt besides. It is minimal if none of its facts can be left out. As everywhere in Kleene's logic, each test is looked at by
itself: *hot or not hot* isn't decided while nobody knows whether it's hot.

durable_rules' firings say what followed from what; where it can't be imported, and for what can't be told, the same steps are
followed in plain Python.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias, assert_never

from massage_rules.conditions import (
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    Interval,
    Is,
    Not,
    OneOf,
    Points,
    Test,
    score,
    test,
)
from massage_rules.engine import DurableCore
from massage_rules.ground import ALWAYS, Ground, Proposition
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction, disjunction

MOST = 24
_Set: TypeAlias = frozenset[str]
_Range: TypeAlias = tuple[Truth, Truth]


@dataclass(frozen=True, slots=True)
class Supports:
    """The minimal sets of facts that decide a rule, the smallest first, and whether these are all."""

    truth: Truth
    sets: tuple[tuple[str, ...], ...]
    complete: bool


class Deciding:
    """Finds what decides the rules of a rulebook for one set of facts; `core` does the chaining, where there is one."""

    def __init__(self, rulebook: Rulebook, facts: Facts, known: Ground, core: DurableCore | None) -> None:
        self.rulebook, self.facts, self._ground = rulebook, facts, known
        if core is not None:
            outcome = core.run(facts)
            holds, fired = outcome.holds, outcome.fired
        else:
            holds, fired = known.follow(known.told(facts))
        self.truths = known.truths(holds)
        self._certain = _Labels(known, facts, holds, fired)
        self._open: _Labels | None = None

    def supports(self, rule_id: str) -> Supports:
        """The minimal sets of facts that decide a rule."""
        truth, node = self.truths[rule_id], self._ground.meaning[rule_id]
        if truth is UNKNOWN:
            labels = self._may_hold()
            joined = labels.of_both(node)
        else:
            labels = self._certain
            joined = labels.of(node if truth is TRUE else -node)
        rule, complete = self.rulebook.rules[rule_id], labels.cut.isdisjoint((node, -node))
        sets = joined if complete else _distinct(self._lessened(rule, s, truth) for s in joined)
        order = {name: i for i, name in enumerate(self.rulebook.direct_facts(rule_id))}
        named = sorted((tuple(sorted(s, key=lambda n: order[n])) for s in sets), key=lambda s: (len(s), [order[n] for n in s]))
        return Supports(truth, tuple(named), complete)

    def _may_hold(self) -> _Labels:
        """What is certain and what is open, followed together: what then follows can't be ruled out, nor can its negation."""
        if self._open is None:
            told: list[Proposition] = []
            for entries in self._ground.tests.values():
                for condition, node in entries:
                    outcome = test(condition, self.facts)
                    told += [node, -node] if outcome is UNKNOWN else [node if outcome is TRUE else -node]
            holds, fired = self._ground.follow(told)
            self._open = _Labels(self._ground, self.facts, holds, fired)
        return self._open

    def _lessened(self, rule: Rule, names: _Set, truth: Truth) -> _Set:
        """A set that is enough, without the facts that it can do without."""
        for name in sorted(names):
            if span(self.rulebook, rule.when, self.facts, names - {name}) == (truth, truth):
                names -= {name}
        return names


@dataclass(slots=True)
class _Labels:
    """For every proposition that was reached, the minimal sets of facts from which it follows; in `cut` where there are more."""

    ground: Ground
    facts: Facts
    holds: Collection[Proposition]
    fired: Collection[int]
    known: dict[Proposition, tuple[_Set, ...]] = field(default_factory=dict)
    cut: set[Proposition] = field(default_factory=set)

    def of(self, proposition: Proposition) -> tuple[_Set, ...]:
        if proposition == ALWAYS:
            return (frozenset(),)
        if proposition not in self.known:
            self.known[proposition] = self._found(proposition)
        return self.known[proposition]

    def of_both(self, node: Proposition) -> tuple[_Set, ...]:
        """The minimal sets from which a proposition and its negation follow."""
        return self._fewest((a | b for a, b in product(self.of(node), self.of(-node))), node)

    def _found(self, proposition: Proposition) -> tuple[_Set, ...]:
        condition = self.ground.tested.get(abs(proposition))
        if condition is not None:
            return _of_test(condition, self.facts, holds=proposition > 0)
        sets: list[_Set] = []
        for index in self.ground.concluding.get(proposition, ()):
            if index in self.fired:
                joined: tuple[_Set, ...] = (frozenset(),)
                for premise in self.ground.steps[index].premises:
                    joined = self._fewest((a | b for a, b in product(joined, self.of(premise))), proposition)
                    if premise in self.cut:
                        self.cut.add(proposition)
                sets += joined
        return self._fewest(sets, proposition)

    def _fewest(self, sets: Iterable[_Set], proposition: Proposition) -> tuple[_Set, ...]:
        kept = _distinct(sets)
        if len(kept) > MOST:
            self.cut.add(proposition)
        return kept[:MOST]


def _distinct(sets: Iterable[_Set]) -> tuple[_Set, ...]:
    """The sets that hold no other, the smallest first."""
    kept: list[_Set] = []
    for each in sorted(set(sets), key=lambda s: (len(s), sorted(s))):
        if not any(other <= each for other in kept):
            kept.append(each)
    return tuple(kept)


def _of_test(condition: Test, facts: Facts, *, holds: bool) -> tuple[_Set, ...]:
    """The facts that make a test hold (or fail), or keep it from failing (or holding), whatever the others are."""
    if not isinstance(condition, CompareFacts):
        return (frozenset({condition.fact}),)
    outcome = test(condition, facts)
    enough = []
    for names in ({condition.fact}, {condition.other}, {condition.fact, condition.other}):
        low, high = _test_span(condition, facts, names)
        if low >= outcome if holds else high <= outcome:
            enough.append(frozenset(names))
    return _distinct(enough)


def span(rulebook: Rulebook, condition: Condition, facts: Facts, fixed: Collection[str]) -> _Range:
    """The least and greatest truth that a condition can have while the fixed facts stay as they are, whatever the others become."""
    match condition:
        case Is() | OneOf() | Compare() | CompareFacts():
            return _test_span(condition, facts, fixed)
        case Defined(name):
            return _either([span(rulebook, r.when, facts, fixed) for r in rulebook.definitions[name]])
        case All(parts):
            found = [span(rulebook, p, facts, fixed) for p in parts]
            return conjunction(low for low, _ in found), conjunction(high for _, high in found)
        case Any(parts):
            return _either([span(rulebook, p, facts, fixed) for p in parts])
        case Not(part):
            low, high = span(rulebook, part, facts, fixed)
            return ~high, ~low
        case Points(at_least, items):
            spans = [(points, span(rulebook, p, facts, fixed)) for points, p in items]
            least = score([(points, low if points > 0 else high) for points, (low, high) in spans], at_least=at_least)
            most = score([(points, high if points > 0 else low) for points, (low, high) in spans], at_least=at_least)
            return least, most
        case _:
            assert_never(condition)


def _either(found: list[_Range]) -> _Range:
    return disjunction(low for low, _ in found), disjunction(high for _, high in found)


def _test_span(condition: Test, facts: Facts, fixed: Collection[str]) -> _Range:
    outcome = test(condition, facts)
    if not isinstance(condition, CompareFacts):
        return (outcome, outcome) if condition.fact in fixed else (FALSE, TRUE)
    if condition.fact in fixed:
        alone = test(condition, {n: v for n, v in facts.items() if n == condition.fact})
        settled = condition.other in fixed or alone is FALSE or condition.fact not in facts
        return (outcome, outcome) if settled else (FALSE, TRUE)
    comparable = isinstance(facts.get(condition.other), Interval) or condition.other not in fixed
    return FALSE, TRUE if comparable else UNKNOWN
