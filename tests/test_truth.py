"""Kleene's tables, row by row."""

from __future__ import annotations

from itertools import product

import pytest

from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction, disjunction

T, F, U = TRUE, FALSE, UNKNOWN
PAIRS = [(T, T), (T, U), (T, F), (U, T), (U, U), (U, F), (F, T), (F, U), (F, F)]


@pytest.mark.parametrize(("pair", "both"), list(zip(PAIRS, [T, U, F, U, U, F, F, F, F], strict=True)))
def test_and(pair: tuple[Truth, Truth], both: Truth) -> None:
    """False as soon as one is, true only if both are."""
    assert pair[0] & pair[1] is both
    assert conjunction(pair) is both


@pytest.mark.parametrize(("pair", "either"), list(zip(PAIRS, [T, T, T, T, U, U, T, U, F], strict=True)))
def test_or(pair: tuple[Truth, Truth], either: Truth) -> None:
    """True as soon as one is, false only if both are."""
    assert pair[0] | pair[1] is either
    assert disjunction(pair) is either


def test_not() -> None:
    """Not swaps true and false and leaves what can't be told."""
    assert (~T, ~U, ~F) == (F, U, T)
    assert all(type(~t) is Truth for t in Truth)


def test_of_none() -> None:
    """All of nothing holds, any of nothing doesn't."""
    assert conjunction([]) is TRUE
    assert disjunction([]) is FALSE


def test_of_several() -> None:
    """With more than two, the order is of no consequence and the results are the folded ones."""
    for three in product(Truth, repeat=3):
        assert conjunction(three) is three[0] & three[1] & three[2]
        assert disjunction(three) is three[0] | three[1] | three[2]
        assert ~conjunction(three) is disjunction(~t for t in three)


def test_what_can_not_be_told_is_neither_yes_nor_no() -> None:
    """Code must say which of the three it means."""
    for value in Truth:
        with pytest.raises(TypeError, match="say `is TRUE`, `is FALSE` or `is UNKNOWN`"):
            bool(value)


def test_it_reads_aloud() -> None:
    """Each has its words."""
    assert [str(t) for t in (T, U, F)] == ["holds", "can't be told", "doesn't hold"]
