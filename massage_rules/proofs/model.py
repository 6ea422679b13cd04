"""The rulebook as formulas of the solver Z3: what holds of every client that there can be, rather than of one.

A client is one view: a flat set of facts at one place, some of them unknown. Three values stand on two rails: for every
condition one formula says that it certainly holds and another that it certainly doesn't; where neither is true, it can't
be told. What a client may be follows from the vocabulary: an answer says what it implies, a number lies within its bounds,
and what doesn't concern a client is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

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
from massage_rules.contradictions import OPERATED_LONG_AGO
from massage_rules.proofs.solver import (
    Answered,
    Formula,
    Number,
    Questions,
    every,
    flag,
    follows,
    no,
    number,
    one_at_most,
    some,
    total,
    variable,
)
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth
from massage_rules.vocabulary import Fact

Clients: TypeAlias = Literal["all", "plausible"]


@dataclass(frozen=True, slots=True)
class Rails:
    """The two formulas of a condition: that it certainly holds, and that it certainly doesn't."""

    holds: Formula
    fails: Formula

    @property
    def possible(self) -> Formula:
        """It holds or can't be told."""
        return no(self.fails)

    @property
    def open(self) -> Formula:
        """It can't be told."""
        return every(no(self.holds), no(self.fails))


@dataclass(frozen=True, slots=True)
class Answer:
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


class Model:
    """The clients of a rulebook's vocabulary and the two rails of its rules; two models of different `name` are two clients."""

    def __init__(self, rulebook: Rulebook, *, name: str = "") -> None:
        self.rulebook = rulebook
        self.name = name
        self._gates = {g.fact: g for g in rulebook.vocabulary.gated.each}
        self._answers: dict[str, Answer] = {}
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
                return Rails(every(*(p.holds for p in each)), some(*(p.fails for p in each)))
            case Any(parts):
                each = [self.of(p) for p in parts]
                return Rails(some(*(p.holds for p in each)), every(*(p.fails for p in each)))
            case Not(part):
                return Rails(self.of(part).fails, self.of(part).holds)
            case Points(at_least, items):
                return _points(at_least, [(points, self.of(p)) for points, p in items])
            case _:
                assert_never(condition)

    def _definition(self, name: str) -> Rails:
        if name not in self._defined:
            each = [self.of(rule.when) for rule in self.rulebook.definitions[name]]
            self._defined[name] = Rails(some(*(r.holds for r in each)), every(*(r.fails for r in each)))
        return self._defined[name]

    def _test(self, condition: Test) -> Rails:
        answer = self.answer(condition.fact)
        match condition:
            case Is(_, wanted):
                yes, no_ = (answer.yes, answer.no) if wanted else (answer.no, answer.yes)
                return Rails(yes, some(no_, answer.not_applicable))
            case OneOf(_, values):
                chosen = some(*(answer.values[v] for v in sorted(values)))
                return Rails(every(answer.told, chosen), some(every(answer.told, no(chosen)), answer.not_applicable))
            case Compare(_, op, bound):
                exact = number(bound)
                return self._compared(answer, op, exact, exact, also=every(), never=some())
            case CompareFacts(_, op, other):
                second = self.answer(other)
                return self._compared(
                    answer, op, second.low, second.high, also=second.told, never=every(answer.told, second.not_applicable)
                )

    def _compared(self, answer: Answer, op: Op, low: Number, high: Number, *, also: Formula, never: Formula) -> Rails:
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
        known = every(answer.told, also)
        return Rails(every(known, holds), some(every(known, fails), answer.not_applicable, never))

    def answer(self, name: str) -> Answer:
        """The variables of a fact."""
        if name not in self._answers:
            self._answers[name] = self._new_answer(self.rulebook.vocabulary.facts[name])
        return self._answers[name]

    def _new_answer(self, fact: Fact) -> Answer:
        def own(what: str) -> Formula:
            return flag(f"{self.name}{fact.id}:{what}")

        never = some()
        yes = no_ = never
        values: dict[str, Formula] = {}
        match fact.type:
            case "yes_no":
                yes, no_ = own("yes"), own("no")
                told = some(yes, no_)
            case "choice":
                values = {v: own(f"is {v}") for v in fact.values}
                told = some(*values.values())
            case _:
                values = {v: own(f"has {v}") for v in fact.values}
                told = own("told")
        numeric = fact.type == "number"
        low = variable(f"{self.name}{fact.id}:low") if numeric else 0
        high = variable(f"{self.name}{fact.id}:high") if numeric else 0
        return Answer(fact, yes, no_, values, told, low, high, own("not applicable"), own("unsure"))

    def shape(self, name: str) -> tuple[Formula, ...]:
        """What is so of the answer to a fact whatever it is: there is one answer at most."""
        answer = self.answer(name)
        found = [no(every(answer.told, answer.not_applicable))]
        match answer.fact.type:
            case "yes_no":
                found.append(no(every(answer.yes, answer.no)))
            case "choice":
                found.append(one_at_most(answer.values.values()))
            case "number":
                found.append(answer.low <= answer.high)
        return tuple(found)

    def laws(self, name: str, clients: Clients) -> tuple[Formula, ...]:
        """What the vocabulary says of a fact: its shape and bounds, what its answer implies, and when it is closed.

        Of `plausible` clients nothing is told where a fact doesn't concern them, but for the no that it then is.
        """
        if (name, clients) not in self._laws:
            self._laws[name, clients] = (*self.shape(name), *self._implied(name), *self._closed(name, clients))
        return self._laws[name, clients]

    def _implied(self, name: str) -> list[Formula]:
        answer = self.answer(name)
        said = every(answer.told, no(answer.no))
        found = [follows(answer.yes, self.answer(parent).yes) for parent in answer.fact.implies]
        if answer.fact.type == "number":
            least, most = map(number, answer.fact.bounds)
            found += [answer.low >= least, answer.high <= most]
        if answer.fact.follows:
            found.append(follows(said, self.answer(answer.fact.follows).yes))
        if name == "region":
            found.append(answer.told)
        return found

    def _closed(self, name: str, clients: Clients) -> list[Formula]:
        answer, gate = self.answer(name), self._gates.get(name)
        plausible = [no(answer.unsure)] if clients == "plausible" else []
        if gate is None:
            return [no(answer.not_applicable), *plausible]
        conditions = self.rulebook.vocabulary.gated.conditions
        shut = some(*(self.of(conditions[i]).fails for i in gate.conditions))
        unknown = no(some(answer.told, answer.not_applicable))
        found = [follows(every(unknown, shut), answer.unsure), follows(answer.not_applicable, shut)]
        closed = isinstance(gate.otherwise, NotApplicable)
        if not closed:
            found.append(no(answer.not_applicable))
        if name == OPERATED_LONG_AGO:  # a profile that says so of a younger operation is refused
            found.append(follows(shut, no(answer.yes)))
        if clients == "plausible":
            found.append(follows(shut, no(answer.told if closed else every(answer.told, no(answer.no)))))
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
        found = Questions(*wanted, *(law for name in names for law in self.laws(name, clients))).ask()
        return None if found is None else self.read(found, names)

    def read(self, found: Answered, names: Iterable[str]) -> Witness:
        """The client in an answer of the solver."""
        facts: dict[str, FactValue] = {}
        unsure: set[str] = set()
        for name in names:
            value = self._value(self.answer(name), found)
            if value is not None:
                facts[name] = value
            elif found.so(self.answer(name).unsure):
                unsure.add(name)
        return Witness(facts, frozenset(unsure))

    def _value(self, answer: Answer, found: Answered) -> FactValue | None:
        if found.so(answer.not_applicable):
            return NOT_APPLICABLE
        if not found.so(answer.told):
            return None
        match answer.fact.type:
            case "yes_no":
                return found.so(answer.yes)
            case "number":
                return Interval(found.number(answer.low), found.number(answer.high))
            case "choice":
                return next(v for v, flag in answer.values.items() if found.so(flag))
            case _:
                return frozenset(v for v, flag in answer.values.items() if found.so(flag))

    def known(self, facts: Facts, names: Iterable[str]) -> list[Formula]:
        """That of these facts exactly this is known."""
        found: list[Formula] = []
        for name in names:
            answer, value = self.answer(name), facts.get(name)
            found.append(answer.not_applicable == isinstance(value, NotApplicable))
            match value:
                case None | NotApplicable():
                    found.append(no(answer.told))
                case bool():
                    found.append(answer.yes if value else answer.no)
                case Interval(low, high):
                    found += [answer.told, answer.low == number(low), answer.high == number(high)]
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
        found = Questions(*self.known(facts, names), *allowed).ask()
        return {rule.id: _truth(self.of(rule.when), found) for rule in self.rulebook.ordered} if found else None


class Asking:
    """Many questions about the same clients, put one after the other; much faster than each for itself."""

    def __init__(self, model: Model, *always: Formula, clients: Clients = "plausible") -> None:
        self.model = model
        self._names = tuple(model.rulebook.vocabulary.facts)
        self._questions = Questions(*always, *(law for n in self._names for law in model.laws(n, clients)))

    def name(self, name: str, formula: Callable[[], Formula]) -> str:
        """Names a formula, to ask for it; what has the name already isn't worked out again."""
        return self._questions.name(name, formula)

    def find(self, *names: str) -> Witness | None:
        """A client of whom all that is named here is so; None where there can be none. Raises Undecided."""
        found = self._questions.ask(*names)
        return None if found is None else self.model.read(found, self._names)


def _truth(rails: Rails, found: Answered) -> Truth:
    return TRUE if found.so(rails.holds) else FALSE if found.so(rails.fails) else UNKNOWN


def _points(at_least: float, items: list[tuple[float, Rails]]) -> Rails:
    """Points that are certain reach the total, or can't reach it whatever the open ones are."""
    least = total((r.holds if p > 0 else r.possible, p) for p, r in items)
    most = total((r.possible if p > 0 else r.holds, p) for p, r in items)
    return Rails(least >= number(at_least), most < number(at_least))
