"""Gates: when a fact concerns a client, and what it is for those whom it doesn't concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from massage_rules._yaml import Node
from massage_rules.conditions import Condition, FactValue, evaluate
from massage_rules.errors import Faults
from massage_rules.truth import FALSE, Truth


class Gate(NamedTuple):
    """A fact that doesn't concern everybody: the numbers of its conditions, and its value where one of them is false."""

    fact: str
    conditions: tuple[int, ...]
    otherwise: FactValue


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates of all facts, parents first, with their distinct conditions."""

    each: tuple[Gate, ...]
    conditions: tuple[Condition, ...]

    def close(self, facts: dict[str, FactValue], unknown: Mapping[str, str]) -> None:
        """Adds what doesn't concern this client; a recorded value always counts, and what is unknown for a reason stays so."""
        told: dict[int, Truth] = {}  # INVARIANT: parents come first, so what a condition reads is settled when it's first needed
        for fact, conditions, otherwise in self.each:
            if fact in facts or unknown.get(fact, "not_asked") != "not_asked":
                continue
            for number in conditions:
                if number not in told:
                    told[number] = evaluate(self.conditions[number], facts, {})
                if told[number] is FALSE:
                    facts[fact] = otherwise
                    break


def gates(each: Iterable[tuple[str, tuple[Condition, ...], FactValue]]) -> Gates:
    """The gates of facts, given in order, parents first, each with its conditions and its value where one of them is false."""
    numbers: dict[Condition, int] = {}
    found = [
        Gate(name, tuple(numbers.setdefault(c, len(numbers)) for c in conditions), value) for name, conditions, value in each
    ]
    return Gates(tuple(found), tuple(numbers))


def parents_first(parents: Mapping[str, tuple[str, ...]], faults: Faults, node: Node) -> tuple[str, ...]:
    """The facts that have parents, each after those of its parents; a circle is a fault."""
    order: list[str] = []
    state: dict[str, int] = {}
    for start in parents:
        stack = [start]
        while stack:
            name = stack[-1]
            if state.get(name) == 2:
                stack.pop()
                continue
            if state.get(name) == 1:
                state[name] = 2
                stack.pop()
                if parents[name]:
                    order.append(name)
                continue
            state[name] = 1
            for other in parents[name]:
                if state.get(other) == 1:
                    place = (node.keys or {}).get(name, node.place)
                    faults.add(place, f"`only_if` of `{name}` goes round in a circle through `{other}`.", "Break the circle.")
                elif other not in state:
                    stack.append(other)
    return tuple(order)
