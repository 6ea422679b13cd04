"""Kleene's three truth values: what holds, what doesn't, and what can't be told."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NoReturn


class Truth(IntEnum):
    """TRUE, FALSE or UNKNOWN, ordered so that *and* is the least and *or* the greatest."""

    FALSE = -1
    UNKNOWN = 0
    TRUE = 1

    def __and__(self, other: Truth) -> Truth:  # type: ignore[override]
        return min(self, other)

    def __or__(self, other: Truth) -> Truth:  # type: ignore[override]
        return max(self, other)

    def __invert__(self) -> Truth:
        return Truth(-self.value)

    def __bool__(self) -> NoReturn:
        raise TypeError("a truth is three-valued: say `is TRUE`, `is FALSE` or `is UNKNOWN`")

    def __str__(self) -> str:
        return _WORDS[self]


TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
_WORDS = {TRUE: "holds", FALSE: "doesn't hold", UNKNOWN: "can't be told"}


def conjunction(truths: Iterable[Truth]) -> Truth:
    """TRUE if all are, FALSE if one is, otherwise UNKNOWN; of none, TRUE."""
    return min(truths, default=TRUE)


def disjunction(truths: Iterable[Truth]) -> Truth:
    """TRUE if one is, FALSE if all are, otherwise UNKNOWN; of none, FALSE."""
    return max(truths, default=FALSE)
