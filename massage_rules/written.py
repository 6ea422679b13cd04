"""Conditions as lines of Python, one for each distinct part: what generated functions are made of.

A line's variable is 1 where its part holds, -1 where it doesn't, and 0 where it can't be told. The function that is made of them
has the facts by name in `facts`, and their `get` in `get`; `NA` stands for what doesn't apply.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any as Anything
from typing import assert_never

from massage_rules.conditions import (
    NOT_APPLICABLE,
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Is,
    Not,
    OneOf,
    Op,
    Points,
)

_TRUE = {"at_least": "{v}.low >= {b}", "at_most": "{v}.high <= {b}", "above": "{v}.low > {b}", "below": "{v}.high < {b}"}
_FALSE = {"at_least": "{v}.high < {b}", "at_most": "{v}.low > {b}", "above": "{v}.high <= {b}", "below": "{v}.low >= {b}"}
_TRUE_OF_TWO = {
    "at_least": "{v}.low >= {b}.high",
    "at_most": "{v}.high <= {b}.low",
    "above": "{v}.low > {b}.high",
    "below": "{v}.high < {b}.low",
}
_FALSE_OF_TWO = {
    "at_least": "{v}.high < {b}.low",
    "at_most": "{v}.low > {b}.high",
    "above": "{v}.high <= {b}.low",
    "below": "{v}.low >= {b}.high",
}


@dataclass(slots=True)
class Writer:
    """Writes one line for each distinct part of a condition; equal parts share their variable."""

    lines: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    constants: dict[str, Anything] = field(default_factory=dict)
    defined: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    known: dict[Anything, str] = field(default_factory=dict)

    def rule(self, condition: Condition) -> str:
        """The variable of a condition that is asked for in the end."""
        result = self.part(condition)
        self.results.append(result)
        return result

    def function(self, head: str, result: str) -> tuple[Anything, str]:
        """The function with this head that works the lines out and returns the result, and its source."""
        body = "\n".join(f"    {line}" for line in ("get = facts.get", *self.lines))
        source = f"def {head}:\n{body}\n    return {result}\n"
        scope: dict[str, Anything] = {"NA": NOT_APPLICABLE, **self.constants}
        exec(compile(source, "<rulebook>", "exec"), scope)  # noqa: S102  (generated here, from checked names only)
        return scope[head.partition("(")[0]], source

    def assign(self, prefix: str, expression: str) -> str:
        """A new variable with this value."""
        name = f"{prefix}{len(self.lines)}"
        self.lines.append(f"{name} = {expression}")
        return name

    def fact(self, name: str) -> str:
        """The variable of a fact."""
        if name not in self.facts:
            self.facts[name] = self.assign("f", f"get({name!r})")
        return self.facts[name]

    def part(self, condition: Condition) -> str:
        """The variable of a condition; equal ones share it."""
        key = ("defined", condition.name) if isinstance(condition, Defined) else condition
        if key not in self.known:
            self.known[key] = self.write(condition)
        return self.known[key]

    def write(self, condition: Condition) -> str:
        """The variable of a condition that has none yet."""
        match condition:
            case Is(fact, answer):
                v = self.fact(fact)
                return self.assign("t", f"0 if {v} is None else 1 if {v} is {answer} else -1")
            case OneOf(fact, values):
                return self.one_of(self.fact(fact), values)
            case Compare(fact, op, bound):
                v = self.fact(fact)
                yes, no = _TRUE[op].format(v=v, b=repr(bound)), _FALSE[op].format(v=v, b=repr(bound))
                return self.assign("t", f"0 if {v} is None else -1 if {v} is NA else 1 if {yes} else -1 if {no} else 0")
            case CompareFacts(fact, op, other):
                return self.two(self.fact(fact), op, self.fact(other))
            case Defined(name):
                return self.defined[name]
            case All(parts):
                return self.all([self.part(p) for p in parts])
            case Any(parts):
                return self.any([self.part(p) for p in parts])
            case Not(part):
                return self.assign("t", f"-{self.part(part)}")
            case Points(at_least, items):
                return self.points(at_least, [(points, self.part(p)) for points, p in items])
            case _:
                assert_never(condition)

    def one_of(self, v: str, values: frozenset[str]) -> str:
        """Whether a choice is one of these values, or a set holds one of them."""
        constant = f"S{len(self.constants)}"
        self.constants[constant] = values
        test = f"1 if ({v} in {constant} if {v}.__class__ is str else not {constant}.isdisjoint({v})) else -1"
        return self.assign("t", f"0 if {v} is None else -1 if {v} is NA else {test}")

    def two(self, v: str, op: Op, w: str) -> str:
        """How two numbers compare."""
        yes, no = _TRUE_OF_TWO[op].format(v=v, b=w), _FALSE_OF_TWO[op].format(v=v, b=w)
        open_ = f"0 if {v} is None else -1 if {v} is NA else 0 if {w} is None else -1 if {w} is NA"
        return self.assign("t", f"{open_} else 1 if {yes} else -1 if {no} else 0")

    def all(self, names: list[str]) -> str:
        """Whether every part holds."""
        if len(names) == 1:
            return names[0]
        no = " or ".join(f"{n} < 0" for n in names)
        yes = " and ".join(names)
        return self.assign("t", f"-1 if {no} else 1 if {yes} else 0")

    def any(self, names: list[str]) -> str:
        """Whether at least one part holds."""
        if len(names) == 1:
            return names[0]
        yes = " or ".join(f"{n} > 0" for n in names)
        no = " and ".join(f"{n}" for n in names)
        return self.assign("t", f"1 if {yes} else -1 if {no} else 0")

    def points(self, at_least: float, items: list[tuple[float, str]]) -> str:
        """Whether points reach a total."""
        certain = " + ".join(f"({p!r} if {n} > 0 else 0)" for p, n in items)
        least = " + ".join(f"({min(p, 0.0)!r} if {n} == 0 else 0)" for p, n in items)
        most = " + ".join(f"({max(p, 0.0)!r} if {n} == 0 else 0)" for p, n in items)
        total = self.assign("p", certain)
        return self.assign("t", f"1 if {total} + {least} >= {at_least!r} else -1 if {total} + {most} < {at_least!r} else 0")
