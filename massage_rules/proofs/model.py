"""The rulebook as formulas of the solver Z3: what holds of every client that there can be, rather than of one.

A client is one view: a flat set of facts at one place, some of them unknown. Three values stand on two rails: for every
condition one formula says that it certainly holds and another that it certainly doesn't; where neither is true, it can't
be told. What a client may be follows from the vocabulary: an answer says what it implies, a number lies within its bounds,
and what doesn't concern a client is closed.

This is the only module that knows Z3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any as Anything
from typing import Literal, TypeAlias, assert_never

import z3

from massage_rules.conditions import (
    NOT_APPLICABLE,
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    FactValue,
    Interval,
    Is,
    Not,
    NotApplicable,
    OneOf,
    Op,
    Points,
    Test,
    facts_read,
)
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth
from massage_rules.vocabulary import Fact

Formula: TypeAlias = Anything
Number: TypeAlias = Anything
Clients: TypeAlias = Literal["all", "plausible"]
PATIENCE = 10_000  # milliseconds for one question to the solver


class Undecided(Exception):  # noqa: N818  (an outcome, not a fault of anybody's)
    """The solver gave up on a question."""


@dataclass(frozen=True, slots=True)
class Rails:
    """The two formulas of a condition: that it certainly holds, and that it certainly doesn't."""

    holds: Formula
    fails: Formula

    @property
    def possible(self) -> Formula:
        """It holds or can't be told."""
        return z3.Not(self.fails)

    @property
    def open(self) -> Formula:
        """It can't be told."""
        return z3.And(z3.Not(self.holds), z3.Not(self.fails))


@dataclass(frozen=True, slots=True)
class _Answer:
    """The solver's variables for one fact: which answers there are, and whether it doesn't apply or isn't known for a reason."""

    fact: Fact
    yes: Formula
    no: Formula
    values: Mapping[str, Formula]
    told: Formula
    low: Number
    high: Number
    not_applicable: Formula
    unsure: Formula


@dataclass(frozen=True, slots=True)
class Witness:
    """A client that the solver found: the facts told of it, and those that are unknown though they would be closed."""

    facts: Facts
    unsure: frozenset[str]


def every(*formulas: Formula) -> Formula:
    """All of these."""
    return z3.And(*formulas)


def some(*formulas: Formula) -> Formula:
    """At least one of these."""
    return z3.Or(*formulas)


def no(formula: Formula) -> Formula:
    """Not this."""
    return z3.Not(formula)


class Model:
    """The clients of a rulebook's vocabulary and the two rails of its rules; two models of different `name` are two clients."""

    def __init__(self, rulebook: Rulebook, *, name: str = "") -> None:
        self.rulebook = rulebook
        self.name = name
        self._gates = {g.fact: g for g in rulebook.vocabulary.gated.each}
        self._answers: dict[str, _Answer] = {}
        self._rails: dict[Condition, Rails] = {}
        self._defined: dict[str, Rails] = {}
        self._laws: dict[tuple[str, Clients], tuple[Formula, ...]] = {}
        self._related: dict[str, tuple[str, ...]] = {}

    def rule(self, rule_id: str) -> Rails:
        """The rails of a rule."""
        return self.of(self.rulebook.rules[rule_id].when)

    def of(self, condition: Condition) -> Rails:
        """The rails of a condition."""
        if condition not in self._rails:
            self._rails[condition] = self._build(condition)
        return self._rails[condition]

    def _build(self, condition: Condition) -> Rails:
        match condition:
            case Is() | OneOf() | Compare() | CompareFacts():
                return self._test(condition)
            case Defined(name):
                return self._definition(name)
            case All(parts):
                each = [self.of(p) for p in parts]
                return Rails(z3.And(*(p.holds for p in each)), z3.Or(*(p.fails for p in each)))
            case Any(parts):
                each = [self.of(p) for p in parts]
                return Rails(z3.Or(*(p.holds for p in each)), z3.And(*(p.fails for p in each)))
            case Not(part):
                return Rails(self.of(part).fails, self.of(part).holds)
            case Points(at_least, items):
                return _points(at_least, [(points, self.of(p)) for points, p in items])
            case _:
                assert_never(condition)

    def _definition(self, name: str) -> Rails:
        if name not in self._defined:
            each = [self.of(rule.when) for rule in self.rulebook.definitions[name]]
            self._defined[name] = Rails(z3.Or(*(r.holds for r in each)), z3.And(*(r.fails for r in each)))
        return self._defined[name]

    def _test(self, condition: Test) -> Rails:
        answer = self.answer(condition.fact)
        match condition:
            case Is(_, wanted):
                yes, no_ = (answer.yes, answer.no) if wanted else (answer.no, answer.yes)
                return Rails(yes, z3.Or(no_, answer.not_applicable))
            case OneOf(_, values):
                chosen = z3.Or(*(answer.values[v] for v in sorted(values)))
                return Rails(z3.And(answer.told, chosen), z3.Or(z3.And(answer.told, z3.Not(chosen)), answer.not_applicable))
            case Compare(_, op, bound):
                exact = _number(bound)
                return self._compared(answer, op, exact, exact, also=z3.BoolVal(val=True), never=z3.BoolVal(val=False))
            case CompareFacts(_, op, other):
                second = self.answer(other)
                return self._compared(
                    answer, op, second.low, second.high, also=second.told, never=z3.And(answer.told, second.not_applicable)
                )

    def _compared(self, answer: _Answer, op: Op, low: Number, high: Number, *, also: Formula, never: Formula) -> Rails:
        """A number against another between bounds, which must be told `also`; it fails where one of them doesn't apply."""
        match op:
            case "at_least":
                holds, fails = answer.low >= high, answer.high < low
            case "at_most":
                holds, fails = answer.high <= low, answer.low > high
            case "above":
                holds, fails = answer.low > high, answer.high <= low
            case "below":
                holds, fails = answer.high < low, answer.low >= high
        known = z3.And(answer.told, also)
        return Rails(z3.And(known, holds), z3.Or(z3.And(known, fails), answer.not_applicable, never))

    def answer(self, name: str) -> _Answer:
        """The variables of a fact."""
        if name not in self._answers:
            self._answers[name] = self._new_answer(self.rulebook.vocabulary.facts[name])
        return self._answers[name]

    def _new_answer(self, fact: Fact) -> _Answer:
        def flag(what: str) -> Formula:
            return z3.Bool(f"{self.name}{fact.id}:{what}")

        never = z3.BoolVal(val=False)
        yes = no_ = never
        values: dict[str, Formula] = {}
        match fact.type:
            case "yes_no":
                yes, no_ = flag("yes"), flag("no")
                told = z3.Or(yes, no_)
            case "choice":
                values = {v: flag(f"is {v}") for v in fact.values}
                told = z3.Or(*values.values())
            case _:
                values = {v: flag(f"has {v}") for v in fact.values}
                told = flag("told")
        number = fact.type == "number"
        low = z3.Real(f"{self.name}{fact.id}:low") if number else 0
        high = z3.Real(f"{self.name}{fact.id}:high") if number else 0
        return _Answer(fact, yes, no_, values, told, low, high, flag("not applicable"), flag("unsure"))

    def shape(self, name: str) -> tuple[Formula, ...]:
        """What is so of the answer to a fact whatever it is: there is one answer at most."""
        answer = self.answer(name)
        found = [z3.Not(z3.And(answer.told, answer.not_applicable))]
        match answer.fact.type:
            case "yes_no":
                found.append(z3.Not(z3.And(answer.yes, answer.no)))
            case "choice":
                found.append(z3.AtMost(*answer.values.values(), 1))
            case "number":
                found.append(answer.low <= answer.high)
        return tuple(found)

    def laws(self, name: str, clients: Clients) -> tuple[Formula, ...]:
        """What the vocabulary says of a fact: its shape and bounds, what its answer implies, and when it is closed.

        Of `plausible` clients, nothing but no is told where a fact doesn't concern them, and what is closed is closed.
        """
        if (name, clients) not in self._laws:
            self._laws[name, clients] = (*self.shape(name), *self._implied(name), *self._closed(name, clients))
        return self._laws[name, clients]

    def _implied(self, name: str) -> list[Formula]:
        answer = self.answer(name)
        said = z3.And(answer.told, z3.Not(answer.no))
        found = [z3.Implies(answer.yes, self.answer(parent).yes) for parent in answer.fact.implies]
        if answer.fact.type == "number":
            least, most = map(_number, answer.fact.bounds)
            found += [answer.low >= least, answer.high <= most]
        if answer.fact.follows:
            found.append(z3.Implies(said, self.answer(answer.fact.follows).yes))
        if name == "region":
            found.append(answer.told)
        return found

    def _closed(self, name: str, clients: Clients) -> list[Formula]:
        answer, gate = self.answer(name), self._gates.get(name)
        plausible = [z3.Not(answer.unsure)] if clients == "plausible" else []
        if gate is None:
            return [z3.Not(answer.not_applicable), *plausible]
        conditions = self.rulebook.vocabulary.gated.conditions
        shut = z3.Or(*(self.of(conditions[i]).fails for i in gate.conditions))
        unknown = z3.Not(z3.Or(answer.told, answer.not_applicable))
        found = [z3.Implies(z3.And(unknown, shut), answer.unsure), z3.Implies(answer.not_applicable, shut)]
        if gate.otherwise is not NOT_APPLICABLE:
            found.append(z3.Not(answer.not_applicable))
        if clients == "plausible":
            found.append(z3.Implies(shut, z3.Not(z3.And(answer.told, z3.Not(answer.no)))))
        return [*found, *plausible]

    def cone(self, names: Iterable[str]) -> tuple[str, ...]:
        """These facts and all that bear on what they may be, in a settled order."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += self._neighbours(name)
        return tuple(sorted(found))

    def _neighbours(self, name: str) -> tuple[str, ...]:
        if name not in self._related:
            fact, gate = self.rulebook.vocabulary.facts[name], self._gates.get(name)
            conditions = [self.rulebook.vocabulary.gated.conditions[i] for i in gate.conditions] if gate else []
            behind = (fact.follows,) if fact.follows else ()
            self._related[name] = (*fact.implies, *behind, *(f for c in conditions for f in facts_read(c)))
        return self._related[name]

    def find(self, *wanted: Formula, reading: Iterable[str], clients: Clients = "plausible") -> Witness | None:
        """A client of whom this is so, among facts that bear on those that it reads; None where there can be none.

        Raises Undecided where the solver gives up.
        """
        names = self.cone(reading)
        found = solve([*wanted, *(law for name in names for law in self.laws(name, clients))])
        return None if found is None else self.read(found, names)

    def read(self, found: Callable[[Formula], Anything], names: Iterable[str]) -> Witness:
        """The client in an answer of the solver."""
        facts: dict[str, FactValue] = {}
        unsure: set[str] = set()
        for name in names:
            value = self._value(self.answer(name), found)
            if value is not None:
                facts[name] = value
            elif z3.is_true(found(self.answer(name).unsure)):
                unsure.add(name)
        return Witness(facts, frozenset(unsure))

    def _value(self, answer: _Answer, found: Callable[[Formula], Anything]) -> FactValue | None:
        if z3.is_true(found(answer.not_applicable)):
            return NOT_APPLICABLE
        if not z3.is_true(found(answer.told)):
            return None
        match answer.fact.type:
            case "yes_no":
                return bool(z3.is_true(found(answer.yes)))
            case "number":
                return Interval(float(found(answer.low).as_fraction()), float(found(answer.high).as_fraction()))
            case "choice":
                return next(v for v, flag in answer.values.items() if z3.is_true(found(flag)))
            case _:
                return frozenset(v for v, flag in answer.values.items() if z3.is_true(found(flag)))

    def known(self, facts: Facts, names: Iterable[str]) -> list[Formula]:
        """That of these facts exactly this is known."""
        found: list[Formula] = []
        for name in names:
            answer, value = self.answer(name), facts.get(name)
            found.append(answer.not_applicable == isinstance(value, NotApplicable))
            match value:
                case None | NotApplicable():
                    found.append(z3.Not(answer.told))
                case bool():
                    found.append(answer.yes if value else answer.no)
                case Interval(low, high):
                    found += [answer.told, answer.low == _number(low), answer.high == _number(high)]
                case str():
                    found.append(answer.values[value])
                case _:
                    found += [answer.told, *(flag == (v in value) for v, flag in answer.values.items())]
        return found

    def truths(self, facts: Facts, *, clients: Clients | None = None) -> dict[str, Truth] | None:
        """The truth of every rule for one set of facts, as `semantics.truths` gives it.

        None where there is no such client; without `clients`, any facts will do.
        """
        names = list(self.rulebook.vocabulary.facts)
        allowed = [law for n in names for law in (self.laws(n, clients) if clients else self.shape(n))]
        found = solve([*self.known(facts, names), *allowed])
        return {rule.id: _truth(self.of(rule.when), found) for rule in self.rulebook.ordered} if found else None


def solve(formulas: Iterable[Formula]) -> Callable[[Formula], Anything] | None:
    """What the solver answers where all of these can be so at once, as a function that works out formulas; None where they can't."""
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(*formulas)
    outcome = solver.check()
    if outcome == z3.unsat:
        return None
    if outcome != z3.sat:
        raise Undecided(str(solver.reason_unknown()))
    model = solver.model()
    return lambda formula: model.eval(formula, model_completion=True)


def _truth(rails: Rails, found: Callable[[Formula], Anything]) -> Truth:
    return TRUE if z3.is_true(found(rails.holds)) else FALSE if z3.is_true(found(rails.fails)) else UNKNOWN


def _points(at_least: float, items: list[tuple[float, Rails]]) -> Rails:
    """Points that are certain reach the total, or can't reach it whatever the open ones are."""
    least = [z3.If(r.holds if p > 0 else z3.Not(r.fails), _number(p), _number(0)) for p, r in items]
    most = [z3.If(z3.Not(r.fails) if p > 0 else r.holds, _number(p), _number(0)) for p, r in items]
    return Rails(z3.Sum(*least) >= _number(at_least), z3.Sum(*most) < _number(at_least))


def _number(value: float) -> Number:
    """Exactly this number."""
    return z3.RealVal(Fraction(value))
