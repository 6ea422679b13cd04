"""What decides a rule: every set that is given is enough by itself, can do without none of its facts, and none is missing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
import strategies as made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from massage_rules.advice import shipped_evaluator
from massage_rules.conditions import (
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    Is,
    Not,
    OneOf,
    Points,
    evaluate,
)
from massage_rules.conditions import test as outcome_of
from massage_rules.engine import DurableCore, available
from massage_rules.ground import ground
from massage_rules.profile import models
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import truths
from massage_rules.supports import Deciding, span
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth
from massage_rules.views import views

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def deciding(book: Rulebook, facts: Facts) -> Deciding:
    return Deciding(book, facts, ground(book), None)


def only(facts: Facts, names: tuple[str, ...]) -> Facts:
    return {n: v for n, v in facts.items() if n in names}


@SLOW
@given(made.rulebooks(most=4), made.facts())
def test_a_set_alone_is_enough_and_none_of_its_facts_can_be_dropped(book: Rulebook, facts: Facts) -> None:
    """What a rule rests on is enough without anything else, and too little without any one of its facts."""
    found = deciding(book, facts)
    told = truths(book, facts)
    for rule in book.rules:
        supports = found.supports(rule)
        assert supports.truth is told[rule]
        assert supports.sets
        if supports.truth is UNKNOWN:
            continue
        for names in supports.sets:
            assert truths(book, only(facts, names))[rule] is told[rule]
            for left_out in names:
                kept = tuple(n for n in names if n != left_out)
                assert truths(book, only(facts, kept))[rule] is UNKNOWN


@SLOW
@given(made.rulebooks(most=2), made.facts())
def test_no_set_is_missing(book: Rulebook, facts: Facts) -> None:
    """Every set of known facts that is enough holds one of the sets that are given, unless it is said that there are more."""
    found = deciding(book, facts)
    told = truths(book, facts)
    for rule in book.rules:
        supports = found.supports(rule)
        read = [n for n in book.direct_facts(rule) if n in facts]
        if told[rule] is UNKNOWN or not supports.complete or len(read) > 7:
            continue
        for size in range(len(read) + 1):
            for names in itertools.combinations(read, size):
                if truths(book, only(facts, names))[rule] is told[rule]:
                    assert any(set(s) <= set(names) for s in supports.sets), (rule, names)


@SLOW
@given(made.rulebooks(most=3), made.facts(), made.facts())
def test_what_leaves_a_rule_open_leaves_it_open_whatever_else_is_learnt(book: Rulebook, facts: Facts, others: Facts) -> None:
    """While the facts of such a set stay as they are, known or not, the rule can't be told."""
    found = deciding(book, facts)
    for rule, truth in truths(book, facts).items():
        for names in found.supports(rule).sets if truth is UNKNOWN else ():
            changed = {**{n: v for n, v in others.items() if n not in names}, **only(facts, names)}
            assert truths(book, changed)[rule] is UNKNOWN


def outcomes(condition: Condition, facts: Facts, fixed: frozenset[str], book: Rulebook) -> set[Truth]:
    """Every truth a condition can have if each test of a fact that isn't fixed may come out in any way, wherever it stands."""
    free: list[str] = []
    defined: dict[str, Truth] = {}

    def named(part: Condition) -> Condition:
        match part:
            case Is() | OneOf() | Compare():
                if part.fact in fixed:
                    name = f"fixed {part}"
                    defined[name] = outcome_of(part, facts)
                    return Defined(name)
                free.append(f"free {len(free)}")
                return Defined(free[-1])
            case Defined(name):
                return Any(tuple(named(r.when) for r in book.definitions[name]))
            case All(parts):
                return All(tuple(named(p) for p in parts))
            case Any(parts):
                return Any(tuple(named(p) for p in parts))
            case Not(part):
                return Not(named(part))
            case Points(at_least, items):
                return Points(at_least, tuple((n, named(p)) for n, p in items))
            case _:
                raise AssertionError(part)

    whole = named(condition)
    if len(free) > 6:
        return set()
    choices: list[Mapping[str, Truth]] = [
        dict(zip(free, chosen, strict=True)) for chosen in itertools.product(Truth, repeat=len(free))
    ]
    return {evaluate(whole, {}, {**defined, **chosen}) for chosen in choices}


def without_comparisons(condition: Condition, book: Rulebook) -> bool:
    match condition:
        case CompareFacts():
            return False
        case Defined(name):
            return all(without_comparisons(r.when, book) for r in book.definitions[name])
        case All(parts) | Any(parts):
            return all(without_comparisons(p, book) for p in parts)
        case Not(part):
            return without_comparisons(part, book)
        case Points(_, items):
            return all(without_comparisons(p, book) for _, p in items)
        case _:
            return True


@SLOW
@given(made.rulebooks(most=3), made.facts())
def test_no_fact_can_be_dropped_from_what_leaves_a_rule_open(book: Rulebook, facts: Facts) -> None:
    """Without any one of these facts, some way of changing the others would decide the rule; with all of them none does."""
    found = deciding(book, facts)
    for rule, truth in truths(book, facts).items():
        when = book.rules[rule].when
        if truth is not UNKNOWN or not without_comparisons(when, book):
            continue
        for names in found.supports(rule).sets:
            every = frozenset(names)
            assert outcomes(when, facts, every, book) <= {UNKNOWN}
            for left_out in names:
                possible = outcomes(when, facts, every - {left_out}, book)
                assert not possible or possible > {UNKNOWN}, (rule, names, left_out)


@SLOW
@given(made.conditions(), made.facts(), st.frozensets(st.sampled_from(sorted(made.VOCABULARY.facts))))
def test_the_span_is_what_can_come_out(condition: Condition, facts: Facts, fixed: frozenset[str]) -> None:
    """The least and greatest truth are those that some outcome of the free tests gives."""
    book = made.rulebook()
    low, high = span(book, condition, facts, fixed)
    if without_comparisons(condition, book):
        possible = outcomes(condition, facts, fixed, book)
        assert not possible or (min(possible), max(possible)) == (low, high)


@SLOW
@given(made.single_tests(), made.facts(), made.facts(), st.frozensets(st.sampled_from(["age", "pulse", "pain", "weeks"])))
def test_the_span_holds_for_comparisons(condition: Condition, facts: Facts, others: Facts, fixed: frozenset[str]) -> None:
    """Whatever the free facts become, the truth lies within the span."""
    low, high = span(made.rulebook(), condition, facts, fixed)
    changed = {**{n: v for n, v in others.items() if n not in fixed}, **{n: v for n, v in facts.items() if n in fixed}}
    assert low <= evaluate(condition, changed, {}) <= high


@pytest.mark.skipif(not available(), reason="durable_rules can't be imported here")
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(made.rulebooks(), made.facts())
def test_firings_and_the_plain_walk_give_the_same_sets(book: Rulebook, facts: Facts) -> None:
    """What durable_rules fired and what plain Python followed rest on the same facts."""
    with DurableCore(book) as core:
        by_engine = Deciding(book, facts, core.ground, core)
        by_hand = Deciding(book, facts, core.ground, None)
        for rule in book.rules:
            assert by_engine.supports(rule) == by_hand.supports(rule)


def test_too_many_sets_are_cut_to_the_smallest_and_said_to_be_cut() -> None:
    """Where a count can be reached in very many ways, some are given, each still minimal, and it is said that there are more."""
    names = ["fever", "clot", "thinners", "rash", "wound"]
    tests = [Is(n, answer=True) for n in names] + [Compare(f, "above", 5.0) for f in ("age", "pulse", "pain", "weeks")]
    book = made.rulebook(made.rule("t.many", Points(4, tuple((1.0, t) for t in tests)), made.Define("many")))
    facts: dict[str, made.FactValue] = {**dict.fromkeys(names, True)}
    facts |= dict.fromkeys(("age", "pulse", "pain", "weeks"), made.Interval(9, 9))
    found = deciding(book, facts).supports("t.many")
    assert not found.complete
    assert 0 < len(found.sets) <= 24
    for chosen in found.sets:
        assert len(chosen) == 4
        assert truths(book, only(facts, chosen))["t.many"] is TRUE


def test_two_reasons_are_two_sets() -> None:
    """If either of two facts is enough, each is a set of its own; what both need is in both."""
    either = All((Is("clot", answer=True), Any((Is("fever", answer=True), Is("rash", answer=True)))))
    book = made.rulebook(made.rule("t.either", either, made.Define("either")))
    assert deciding(book, {"clot": True, "fever": True, "rash": True}).supports("t.either").sets == (
        ("clot", "fever"),
        ("clot", "rash"),
    )
    assert deciding(book, {"clot": False, "fever": False, "rash": False}).supports("t.either").sets == (
        ("clot",),
        ("fever", "rash"),
    )
    assert deciding(book, {"clot": True, "fever": False}).supports("t.either").sets == (("clot", "fever", "rash"),)


def test_shipped_rules_rest_on_few_facts() -> None:
    """On an ordinary client every shipped rule has its sets, all of them, and each alone gives the rule its truth."""
    ready = shipped_evaluator()
    data = {"age": 44, "sex": "female", "otherwise_denied": ["all"], "sites": [{"region": "neck", "pain_now": 4}]}
    facts = views(models(ready.rulebook.vocabulary).profile.read(data)).views[0].facts
    found = deciding(ready.rulebook, facts)
    for rule, truth in ready.compiled.truths(facts).items():
        supports = found.supports(rule)
        assert supports.truth is truth
        assert supports.complete
        wanted = (truth, truth)
        assert all(span(ready.rulebook, ready.rulebook.rules[rule].when, facts, s) == wanted for s in supports.sets)
    assert FALSE in found.truths.values()
