"""Gates: when a fact concerns a client, and what it is for those whom it doesn't concern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

from massage_rules._yaml import Node
from massage_rules.conditions import NOT_APPLICABLE, Condition, FactValue, NotApplicable
from massage_rules.errors import Faults
from massage_rules.written import Writer


class Gate(NamedTuple):
    """A fact that doesn't concern everybody: the numbers of its conditions, and its value where one of them is false."""

    fact: str
    conditions: tuple[int, ...]
    otherwise: bool | NotApplicable


@dataclass(frozen=True)
class Gates:
    """The gates of all facts, parents first, with their distinct conditions."""

    each: tuple[Gate, ...]
    conditions: tuple[Condition, ...]

    def close(self, facts: dict[str, FactValue], unknown: Mapping[str, str]) -> None:
        """Adds what doesn't concern this client; a recorded value always counts, and what is unknown for a reason stays so."""
        self._function(facts, unknown.get)

    @cached_property
    def _function(self) -> Callable[[dict[str, FactValue], Callable[[str, str], str]], None]:
        """Closes gate after gate. Parents come first, so that what a condition reads is settled when its line is reached."""
        writer = Writer()
        for fact, numbers, otherwise in self.each:
            closed = " or ".join(f"{writer.part(self.conditions[number])} < 0" for number in numbers)
            due = f"{fact!r} not in facts and unknown({fact!r}, 'not_asked') == 'not_asked'"
            writer.lines.append(
                f"if ({closed}) and {due}: facts[{fact!r}] = {'NA' if otherwise is NOT_APPLICABLE else otherwise}"
            )
        function, _ = writer.function("close(facts, unknown)", "None")
        return cast("Callable[[dict[str, FactValue], Callable[[str, str], str]], None]", function)

    def __getstate__(self) -> tuple[tuple[Gate, ...], tuple[Condition, ...]]:
        return self.each, self.conditions

    def __setstate__(self, state: tuple[tuple[Gate, ...], tuple[Condition, ...]]) -> None:
        vars(self).update(each=state[0], conditions=state[1])


def gates(each: Iterable[tuple[str, tuple[Condition, ...], bool | NotApplicable]]) -> Gates:
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
