"""The generated function says what the definition says."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import conditions, facts, rule, rulebook, rulebooks

from massage_rules.compiled import compile_rulebook
from massage_rules.conditions import (
    NOT_APPLICABLE,
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Facts,
    Interval,
    Is,
    Not,
    OneOf,
)
from massage_rules.effects import Progress
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import truths
from massage_rules.truth import FALSE, TRUE

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
GO_ON = Progress("continue")
FEVER, RASH = Is("fever", answer=True), Is("rash", answer=True)


@settings(QUICK, max_examples=500)
@given(rulebooks(), st.lists(facts(), min_size=1, max_size=5))
def test_it_agrees_with_the_definition(book: Rulebook, clients: list[Facts]) -> None:
    """Every rule has the same truth as by the plain walk, and in the same order."""
    compiled = compile_rulebook(book)
    for known in clients:
        found, right = compiled.truths(known), truths(book, known)
        assert found == right
        assert list(found) == list(right)


@settings(QUICK, max_examples=400)
@given(conditions(), st.lists(facts(), min_size=1, max_size=5))
def test_it_agrees_on_single_conditions(when: Condition, clients: list[Facts]) -> None:
    """A rulebook of one rule, on many clients."""
    book = rulebook(rule("made_up.it", when, GO_ON))
    compiled = compile_rulebook(book)
    for known in clients:
        assert compiled.truths(known) == truths(book, known)


def test_equal_parts_are_worked_out_once() -> None:
    """The source has one line for a test, however many rules stand on it."""
    both = All((FEVER, RASH))
    book = rulebook(*(rule(f"made_up.r{i}", when, GO_ON) for i, when in enumerate((both, Not(both), Any((both, FEVER)), RASH))))
    source = compile_rulebook(book).source
    assert source.count("get('fever')") == source.count("get('rash')") == 1
    assert source.count("is True") == 2


def test_every_kind_of_test_on_every_kind_of_value() -> None:
    """Known, unknown, between bounds, not applicable: one table for the two readings."""
    numbers = (None, NOT_APPLICABLE, Interval(3, 3), Interval(5, 5), Interval(4, 6))
    tests: list[Condition] = [Compare("age", op, 5.0) for op in ("at_least", "at_most", "above", "below")]
    tests += [CompareFacts("age", op, "pulse") for op in ("at_least", "at_most", "above", "below")]
    tests += [
        OneOf("phase", frozenset({"acute"})),
        OneOf("goals", frozenset({"sleep", "comfort"})),
        FEVER,
        Is("fever", answer=False),
    ]
    book = rulebook(*(rule(f"made_up.r{i:02}", when, GO_ON) for i, when in enumerate(tests)))
    compiled = compile_rulebook(book)
    rest: list[Facts] = [
        {},
        {"phase": "acute", "goals": frozenset({"sleep"}), "fever": True},
        {"phase": "chronic", "goals": frozenset(), "fever": False},
        {"phase": NOT_APPLICABLE, "goals": NOT_APPLICABLE},
    ]
    for age, pulse, other in itertools.product(numbers, numbers, rest):
        known = {**other, **{k: v for k, v in (("age", age), ("pulse", pulse)) if v is not None}}
        assert compiled.truths(known) == truths(book, known)


def test_it_agrees_on_the_shipped_rules_with_nothing_known() -> None:
    """An empty client comes out alike."""
    book = shipped_rulebook()
    assert compile_rulebook(book).truths({}) == truths(book, {})


def test_the_truths_of_one_client_are_his_own() -> None:
    """What is told of one client can be changed without changing what is told of the next."""
    compiled = compile_rulebook(rulebook(rule("made_up.hot", FEVER, GO_ON)))
    compiled.truths({"fever": False}).clear()
    assert compiled.truths({"fever": False}) == {"made_up.hot": FALSE}
    assert compiled.truths({"fever": True}) == {"made_up.hot": TRUE}
