"""The solver Z3, as far as it is needed here: formulas, and answers to whether they can be so at once.

This is the only module that knows Z3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import z3

Formula: TypeAlias = Any
Number: TypeAlias = Any
PATIENCE = 10_000  # milliseconds for one question


class Undecided(Exception):  # noqa: N818  (an outcome, not a fault of anybody's)
    """The solver gave up on a question, or its answer isn't what the definition says."""


def flag(name: str) -> Formula:
    """Something that may or may not be so."""
    return z3.Bool(name)


def variable(name: str) -> Number:
    """A number that isn't known."""
    return z3.Real(name)


def number(value: float) -> Number:
    """Exactly this number."""
    return z3.RealVal(Fraction(value))


def every(*formulas: Formula) -> Formula:
    """All of these; of none, so."""
    return z3.And(*formulas)


def some(*formulas: Formula) -> Formula:
    """At least one of these; of none, not so."""
    return z3.Or(*formulas)


def no(formula: Formula) -> Formula:
    """Not this."""
    return z3.Not(formula)


def follows(formula: Formula, then: Formula) -> Formula:
    """If the one, then the other."""
    return z3.Implies(formula, then)


def same(one: Formula | Number, two: Formula | Number) -> Formula:
    """Both are so, or neither; or they are the same number."""
    return z3.BoolVal(one == two) if isinstance(one, int) and isinstance(two, int) else one == two


def one_at_most(formulas: Iterable[Formula]) -> Formula:
    """No two of these."""
    return z3.AtMost(*formulas, 1)


def total(items: Iterable[tuple[Formula, float]]) -> Number:
    """What those that are so add up to."""
    return z3.Sum(*(z3.If(formula, number(worth), number(0)) for formula, worth in items))


class Answered:
    """One way in which everything that was asked for is so."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def so(self, formula: Formula) -> bool:
        """Whether a formula is so."""
        return bool(z3.is_true(self._model.eval(formula, model_completion=True)))

    def number(self, value: Number) -> float:
        """What a number is."""
        return float(self._model.eval(value, model_completion=True).as_fraction())


class Questions:
    """Questions put one after the other about what is always so."""

    def __init__(self, *always: Formula) -> None:
        self._solver = z3.Solver()
        self._solver.set("timeout", PATIENCE)
        self._solver.add(*always)
        self._named: dict[str, Formula] = {}

    def name(self, name: str, formula: Callable[[], Formula]) -> str:
        """Names a formula, to ask for it; what has the name already isn't worked out again."""
        if name not in self._named:
            self._named[name] = z3.Bool(f"asked:{name}")
            self._solver.add(z3.Implies(self._named[name], formula()))
        return name

    def ask(self, *names: str) -> Answered | None:
        """A way in which all that is named here is so; None where there is none. Raises Undecided."""
        outcome = self._solver.check(*(self._named[n] for n in names))
        if outcome == z3.unsat:
            return None
        if outcome != z3.sat:
            raise Undecided(f"the solver gave up ({self._solver.reason_unknown()})")
        return Answered(self._solver.model())
