"""What is known at many places at once, and the truth of every condition there.

This is `views.views` for rows without operations, injuries, problems or answers that don't know: a row is one view.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any as Anything
from typing import TypeAlias, assert_never

from massage_rules.batch.rails import Bits, Count, Negated, Program, Rails, Whole, both, counted, each, either, no, settled, some
from massage_rules.conditions import Compare, CompareFacts, Condition, Is, OneOf, Op, Test
from massage_rules.contradictions import OPERATED_LONG_AGO
from massage_rules.vocabulary import Fact, Vocabulary

Column: TypeAlias = Anything


@dataclass(frozen=True, slots=True)
class Told:
    """A column as it was given: where it is told, and what; yes and no for a yes/no fact.

    The values of a number are numbers, those of a choice and of choices are numbers of an entry in `entries`.
    """

    told: Bits
    values: Column = None
    entries: tuple[frozenset[str], ...] = ()
    yes: Bits = False
    no: Bits = False


NOTHING = Told(told=False)


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a fact in the end: yes or no, or told; and where it doesn't apply."""

    yes: Bits
    no: Bits
    told: Bits
    not_applicable: Bits

    @property
    def unknown(self) -> Bits:
        """Where nothing is known of it."""
        return no(some((self.yes, self.no, self.told, self.not_applicable)))


@dataclass(frozen=True, slots=True)
class Given:
    """All that was given of many places: answers, what medicines establish, which blocks were denied, whose medicines rule facts out."""

    columns: Mapping[str, Told]
    established: Mapping[str, Bits] = field(default_factory=dict)
    denied: Mapping[str, Bits] = field(default_factory=dict)
    denied_whole: Mapping[str, Bits] = field(default_factory=dict)
    ruled_out: Bits = False


class Lineage:
    """Which answers say yes to another fact as well: narrower facts, and what is told behind it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._children: dict[str, list[str]] = {}
        for fact in vocabulary.facts.values():
            for parent in (*fact.implies, *((fact.follows,) if fact.follows else ())):
                self._children.setdefault(parent, []).append(fact.id)
        self.below = {name: tuple(self._below(name)) for name in self._children}

    def _below(self, name: str) -> Iterator[str]:
        seen, waiting = {name}, list(self._children[name])
        while waiting:
            child = waiting.pop()
            if child not in seen:
                seen.add(child)
                yield child
                waiting += self._children.get(child, ())


class Rows:
    """Many places: every fact and every condition, each worked out when it is first asked for."""

    def __init__(self, vocabulary: Vocabulary, program: Program, lineage: Lineage, given: Given, height: int) -> None:
        self.vocabulary, self.program, self.given, self.height = vocabulary, program, given, height
        self._lineage = lineage
        self._gates = {g.fact: g for g in vocabulary.gated.each}
        self._blocks = dict(vocabulary.deniable)
        self._states: dict[str, State] = {}
        self._rails: list[Rails | None] = [None] * len(program.steps)
        self._choices: dict[tuple[str, str], Bits] = {}
        self._entries: dict[tuple[str, int], Bits] = {}

    def said(self, name: str) -> Bits:
        """Where an answer says something that isn't no."""
        told = self.given.columns.get(name, NOTHING)
        established = self.given.established.get(name, False)
        return either(told.yes, both(established, no(told.no))) if self._yes_no(name) else told.told

    def follows_from(self, name: str) -> Bits:
        """Where other answers say yes to a fact."""
        return some(self.said(child) for child in self._lineage.below.get(name, ()))

    def contradictory(self) -> Bits:
        """Where answers may contradict each other or a denied block; nowhere else do they."""
        columns = self.given.columns
        found = both(columns.get(OPERATED_LONG_AGO, NOTHING).yes, columns.get("weeks_since_surgery", NOTHING).told)
        for fact in self.vocabulary.facts.values():
            if fact.type != "yes_no":
                continue
            told = self.given.columns.get(fact.id, NOTHING)
            implied = self.follows_from(fact.id)
            found = either(found, both(told.no, either(implied, self.given.established.get(fact.id, False))))
            if fact.role == "risk":
                denied = self.given.denied_whole.get(fact.block, False)
                found = either(found, both(denied, either(implied, self.said(fact.id))))
        return found

    def _yes_no(self, name: str) -> bool:
        return self.vocabulary.facts[name].type == "yes_no"

    def state(self, name: str) -> State:
        """What is known of a fact, all that follows from other answers included."""
        if name not in self._states:
            self._states[name] = self._closed(name, self._answered(name))
        return self._states[name]

    def _answered(self, name: str) -> State:
        told = self.given.columns.get(name, NOTHING)
        if not self._yes_no(name):
            return State(False, False, told.told, False)
        yes = either(self.said(name), both(self.follows_from(name), no(told.no)))
        denied = self.given.denied.get(self._blocks.get(name, ""), False)
        if name in self.vocabulary.medications.ruled_out:
            denied = either(denied, self.given.ruled_out)
        return State(yes, either(told.no, both(denied, no(yes))), False, False)

    def _closed(self, name: str, state: State) -> State:
        gate = self._gates.get(name)
        if gate is None:
            return state
        shut = both(state.unknown, some(self.at(self.program.gates[number]).fails for number in gate.conditions))
        if gate.otherwise is False:
            return State(state.yes, either(state.no, shut), state.told, False)
        return State(state.yes, state.no, state.told, shut)

    def at(self, number: int) -> Rails:
        """The rails of a part of the program."""
        found = self._rails[number]
        if found is None:
            found = self._rails[number] = self._work_out(number)
        return found

    def rule(self, rule_id: str) -> Rails:
        """The rails of a rule."""
        return self.at(self.program.rules[rule_id])

    def _work_out(self, number: int) -> Rails:
        match self.program.steps[number]:
            case Whole(True, parts):
                return Rails(some(self.at(p).holds for p in parts), each(self.at(p).fails for p in parts))
            case Whole(_, parts):
                return Rails(each(self.at(p).holds for p in parts), some(self.at(p).fails for p in parts))
            case Negated(part):
                return Rails(self.at(part).fails, self.at(part).holds)
            case Count() as step:
                return counted(step, [self.at(part) for _, part in step.items])
            case Is() | OneOf() | Compare() | CompareFacts() as condition:
                return self._test(condition)
            case step:
                assert_never(step)

    def _test(self, condition: Test) -> Rails:
        state = self.state(condition.fact)
        column = self.given.columns.get(condition.fact, NOTHING)
        match condition:
            case Is(_, answer):
                yes, other = (state.yes, state.no) if answer else (state.no, state.yes)
                return Rails(yes, either(other, state.not_applicable))
            case OneOf(fact, values):
                chosen = some(self._entry(fact, n) for n, e in enumerate(column.entries) if not values.isdisjoint(e))
                return Rails(both(state.told, chosen), either(both(state.told, no(chosen)), state.not_applicable))
            case Compare(_, op, bound):
                outcome = False if state.told is False else settled(_compared(column.values, op, bound))
                return Rails(both(state.told, outcome), either(both(state.told, no(outcome)), state.not_applicable))
            case CompareFacts(_, op, other):
                second = self.state(other)
                known = both(state.told, second.told)
                against = self.given.columns.get(other, NOTHING).values
                outcome = False if known is False else settled(_compared(column.values, op, against))
                never = either(state.not_applicable, both(state.told, second.not_applicable))
                return Rails(both(known, outcome), either(both(known, no(outcome)), never))

    def _entry(self, fact: str, number: int) -> Bits:
        """Where a choice has this entry."""
        if (fact, number) not in self._entries:
            self._entries[fact, number] = settled(self.given.columns[fact].values == number)
        return self._entries[fact, number]

    def choice_is(self, fact: str, value: str) -> Bits:
        """Where a choice is known to be this value."""
        if (fact, value) not in self._choices:
            self._choices[fact, value] = self._test(OneOf(fact, frozenset({value}))).holds
        return self._choices[fact, value]

    def turning(self, roots: Mapping[int, Bits]) -> dict[str, Bits]:
        """The facts to be asked, each with where: those on which parts of the program turn that are open there."""
        asked: list[Bits] = [False] * len(self.program.steps)
        facts: dict[str, Bits] = {}
        for number, bits in roots.items():
            asked[number] = either(asked[number], bits)
        self._hand_down(asked, facts, len(asked) - 1)
        for gate in reversed(self.vocabulary.gated.each):
            where = facts.get(gate.fact, False)
            if where is False:
                continue
            waits: Bits = False
            for number in self._waits_for(self.vocabulary.facts[gate.fact]):
                open_ = both(where, self.at(number).open)
                if open_ is not False:
                    waits = either(waits, open_)
                    behind: list[Bits] = [False] * (number + 1)
                    behind[number] = open_
                    self._hand_down(behind, facts, number)
            facts[gate.fact] = both(where, no(waits))
        return {name: facts[name] for name in self.vocabulary.facts if facts.get(name, False) is not False}

    def _waits_for(self, fact: Fact) -> tuple[int, ...]:
        """The conditions that must be known before it is worth asking whether a fact is so."""
        block = self.vocabulary.blocks.get(fact.block)
        if fact.follows is not None or (block is not None and block.self_screening):
            gates: tuple[Condition, ...] = (fact.only_if,) if fact.only_if is not None else ()
        else:
            gates = self.vocabulary.gates(fact.id)
        conditions = self.vocabulary.gated.conditions
        return tuple(self.program.gates[conditions.index(gate)] for gate in gates)

    def _hand_down(self, asked: list[Bits], facts: dict[str, Bits], last: int) -> None:
        """From what is asked to the parts of it that are open, down to the facts that aren't known."""
        for number in range(last, -1, -1):
            where = asked[number]
            if where is False:
                continue
            match self.program.steps[number]:
                case Whole(_, parts):
                    below: tuple[int, ...] = parts
                case Negated(part):
                    below = (part,)
                case Count(_, items):
                    below = tuple(part for _, part in items)
                case test:
                    names = (test.fact, test.other) if isinstance(test, CompareFacts) else (test.fact,)
                    for name in names:
                        facts[name] = either(facts.get(name, False), both(where, self.state(name).unknown))
                    below = ()
            for part in below:
                asked[part] = either(asked[part], both(where, self.at(part).open))


def _compared(values: Column, op: Op, other: Column) -> Bits:
    match op:
        case "at_least":
            return values >= other
        case "at_most":
            return values <= other
        case "above":
            return values > other
        case "below":
            return values < other
