"""What conditions mean, how they are written, and how faults in them are told."""

from __future__ import annotations

import itertools
import pickle
from copy import copy, deepcopy
from typing import Any as Anything

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import VOCABULARY, conditions, facts, values

from massage_rules import conditions as c
from massage_rules._yaml import parse
from massage_rules.conditions import (
    NOT_APPLICABLE,
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    Interval,
    Is,
    Not,
    OneOf,
    Points,
    evaluate,
    negated,
    pushed,
    read_condition,
    score,
    walk,
)
from massage_rules.errors import Faults
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
T, F, U = TRUE, FALSE, UNKNOWN
FEVER, RASH, CLOT = (Is(n, answer=True) for n in ("fever", "rash", "clot"))
BY_TRUTH: dict[Truth, dict[str, bool]] = {T: {"x": True}, F: {"x": False}, U: {}}


def holds(condition: Condition, **known: Anything) -> Truth:
    return evaluate(condition, known, {})


# What a test means


@pytest.mark.parametrize(
    ("condition", "value", "truth"),
    [
        (Is("x", answer=True), True, T),
        (Is("x", answer=True), False, F),
        (Is("x", answer=False), False, T),
        (Is("x", answer=False), True, F),
        (OneOf("x", frozenset({"a", "b"})), "a", T),
        (OneOf("x", frozenset({"a", "b"})), "c", F),
        (OneOf("x", frozenset({"a", "b"})), frozenset({"b", "c"}), T),
        (OneOf("x", frozenset({"a", "b"})), frozenset({"c"}), F),
        (OneOf("x", frozenset({"a", "b"})), frozenset(), F),
    ],
)
def test_answers_and_choices(condition: Condition, value: Anything, truth: Truth) -> None:
    """A yes/no fact has its answer; a choice is among the values; several choices have one among them."""
    assert holds(condition, x=value) is truth


@pytest.mark.parametrize(
    "condition",
    [
        Is("x", answer=True),
        Is("x", answer=False),
        OneOf("x", frozenset({"a"})),
        *(Compare("x", op, 5.0) for op in c.OPS),
        *(CompareFacts("x", op, "y") for op in c.OPS),
    ],
)
def test_unknown_and_not_applicable(condition: Condition) -> None:
    """What isn't known can't be told, and what doesn't concern the client is neither yes nor no: every test of it is false."""
    assert holds(condition) is U
    assert holds(condition, x=NOT_APPLICABLE) is F
    assert repr(NOT_APPLICABLE) == "not applicable"


@pytest.mark.parametrize(
    ("value", "at_least", "at_most", "above", "below"),
    [
        (Interval(5, 5), T, T, F, F),
        (Interval(6, 6), T, F, T, F),
        (Interval(4, 4), F, T, F, T),
        (Interval(5, 6), T, U, U, F),
        (Interval(6, 7), T, F, T, F),
        (Interval(4, 5), U, T, F, U),
        (Interval(3, 4), F, T, F, T),
        (Interval(4, 6), U, U, U, U),
    ],
)
def test_numbers_between_bounds(value: Interval, at_least: Truth, at_most: Truth, above: Truth, below: Truth) -> None:
    """A comparison with 5 is decided exactly when every number between the bounds gives the same."""
    expected = {"at_least": at_least, "at_most": at_most, "above": above, "below": below}
    assert {op: holds(Compare("x", op, 5.0), x=value) for op in c.OPS} == expected


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.sampled_from(c.OPS))
@settings(QUICK)
def test_two_numbers_are_compared_as_every_pair_of_them(low: int, wide: int, other_low: int, other_wide: int, op: c.Op) -> None:
    """TRUE if all pairs compare so, FALSE if none does, UNKNOWN if some do."""
    x, y = Interval(low, low + wide), Interval(other_low, other_low + other_wide)
    pairs = itertools.product(range(low, low + wide + 1), range(other_low, other_low + other_wide + 1))
    each = {holds(Compare("x", op, float(b)), x=Interval(a, a)) for a, b in pairs}
    assert holds(CompareFacts("x", op, "y"), x=x, y=y) is (each.pop() if len(each) == 1 else U)
    assert holds(CompareFacts("x", op, "y"), x=x) is U
    assert holds(CompareFacts("x", op, "y"), x=x, y=NOT_APPLICABLE) is F


def test_a_value_of_the_wrong_kind_stops_the_evaluation() -> None:
    """A rule that can't be evaluated is never skipped."""
    for condition, value in (
        (FEVER, "yes"),
        (Compare("fever", "above", 3.0), True),
        (OneOf("fever", frozenset("a")), Interval(1, 1)),
    ):
        with pytest.raises(TypeError, match=r"`fever` holds .*, which its test can't read"):
            holds(condition, fever=value)


# What the whole means


@pytest.mark.parametrize(("a", "b"), list(itertools.product(Truth, repeat=2)))
def test_all_any_not_are_kleenes(a: Truth, b: Truth) -> None:
    """The tables of the truths are those of the conditions."""
    known = {n: t is T for n, t in (("fever", a), ("rash", b)) if t is not U}
    assert holds(All((FEVER, RASH)), **known) is a & b
    assert holds(Any((FEVER, RASH)), **known) is a | b
    assert holds(Not(FEVER), **known) is ~a


def test_a_definition_has_the_truth_it_was_given() -> None:
    """Definitions are looked up, not opened."""
    for truth in Truth:
        assert evaluate(Defined("d"), {}, {"d": truth}) is truth


@pytest.mark.parametrize(
    ("items", "truth"),
    [
        ([(1.0, T), (1.0, T), (1.0, F)], T),
        ([(1.0, T), (1.0, U), (1.0, F)], U),
        ([(1.0, T), (1.0, F), (1.0, F)], F),
        ([(2.0, T), (1.0, U)], T),
        ([(1.0, U), (0.5, U)], F),
        ([(3.0, T), (-2.0, U)], U),
        ([(3.0, T), (-2.0, T)], F),
        ([(3.0, T), (-1.0, U)], T),
        ([(3.0, T), (-2.0, F)], T),
        ([(1.0, U), (1.0, U), (-1.0, T)], F),
    ],
)
def test_points_reaching_two(items: list[tuple[float, Truth]], truth: Truth) -> None:
    """A count is decided as soon as the open points can't matter, those against included."""
    assert score(items, at_least=2.0) is truth


@given(
    st.lists(st.tuples(st.sampled_from([-2.0, -1.0, 0.5, 1.0, 3.0]), st.sampled_from(Truth)), min_size=1, max_size=6),
    st.integers(-4, 6),
)
@settings(QUICK)
def test_points_are_every_way_of_filling_the_gaps(items: list[tuple[float, Truth]], at_least: int) -> None:
    """TRUE if every answer to the open items reaches the total, FALSE if none does, UNKNOWN if some do."""
    ways = itertools.product(*([t is T] if t is not U else [True, False] for _, t in items))
    each = {sum(p for (p, _), counts in zip(items, way, strict=True) if counts) >= at_least for way in ways}
    assert score(items, at_least=at_least) is (U if len(each) > 1 else T if each.pop() else F)


@settings(QUICK, max_examples=300)
@given(conditions(), facts(), st.data())
def test_what_is_certain_stays_certain(condition: Condition, known: Facts, draw: st.DataObject) -> None:
    """Learning more never overturns what held or didn't."""
    before = evaluate(condition, known, {})
    open_ = sorted(set(VOCABULARY.facts) - set(known))
    learnt = draw.draw(st.fixed_dictionaries({}, optional={n: values(n) for n in open_}))
    assert before is U or evaluate(condition, {**known, **learnt}, {}) is before


@settings(QUICK, max_examples=300)
@given(conditions(definitions=("d0", "d1")), facts(), st.sampled_from(Truth), st.sampled_from(Truth))
def test_pushing_not_inwards_changes_nothing(condition: Condition, known: Facts, d0: Truth, d1: Truth) -> None:
    """`pushed` keeps the meaning, `negated` turns it round, and only tests, definitions and points stay negated."""
    defined = {"d0": d0, "d1": d1}
    before = evaluate(condition, known, defined)
    assert evaluate(pushed(condition), known, defined) is before
    assert evaluate(negated(condition), known, defined) is ~before
    inner = [p.part for p in walk(pushed(condition)) if isinstance(p, Not)]
    assert not any(isinstance(p, All | Any | Not) for p in inner)


def test_what_a_condition_reads() -> None:
    """Facts and definitions are named in order of appearance, each once."""
    condition = All(
        (RASH, Any((CompareFacts("age", "above", "pulse"), Not(Defined("d1")))), Points(1.0, ((1.0, RASH), (1.0, Defined("d0")))))
    )
    assert c.facts_read(condition) == ("rash", "age", "pulse")
    assert c.definitions_read(condition) == ("d1", "d0")


# How it is written


class Names:
    """The made-up vocabulary and one definition."""

    def kind(self, name: str) -> c.Kind | None:
        return "definition" if name == "dvt_likely" else VOCABULARY.kind(name)

    values, bounds = staticmethod(VOCABULARY.values), staticmethod(VOCABULARY.bounds)

    def known(self) -> set[str]:
        return {*VOCABULARY.known(), "dvt_likely"}


def written(text: str) -> tuple[Condition | None, list[str]]:
    faults = Faults()
    found = read_condition(parse(text, name="rules/x.yaml"), Names(), faults)
    return found, [str(f) for f in faults.found]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("fever: yes", FEVER),
        ("fever: no", Is("fever", answer=False)),
        ("dvt_likely: yes", Defined("dvt_likely")),
        ("dvt_likely: no", Not(Defined("dvt_likely"))),
        ("age: {at_least: 3}", Compare("age", "at_least", 3.0)),
        ("age: {below: 10.5, at_least: 3}", All((Compare("age", "at_least", 3.0), Compare("age", "below", 10.5)))),
        ("age: {above: {fact: pulse}}", CompareFacts("age", "above", "pulse")),
        ("phase: acute", OneOf("phase", frozenset({"acute"}))),
        ("phase: [acute, chronic]", OneOf("phase", frozenset({"acute", "chronic"}))),
        ("region: wrist", OneOf("region", frozenset({"wrist", "arm", "body"}))),
        ("all: [fever: yes, rash: yes]", All((FEVER, RASH))),
        ("any: [fever: yes, {not: {rash: yes}}]", Any((FEVER, Not(RASH)))),
        (
            "points: {at_least: 2, of: [{points: 1, when: {fever: yes}}, {points: -0.5, when: {rash: yes}}]}",
            Points(2.0, ((1.0, FEVER), (-0.5, RASH))),
        ),
    ],
)
def test_every_form_is_read(text: str, condition: Condition) -> None:
    """What stands in a file is the tree it says."""
    assert written(text) == (condition, [])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("fever", "1:1: a condition should be one `name: value`. Put several under `all:` or `any:`."),
        ("{fever: yes, rash: yes}", "1:1: a condition should be one `name: value`. Put several under `all:` or `any:`."),
        ("all: []", "1:1: `all` has no parts. List at least one condition under it."),
        ("any: {fever: yes}", "1:6: `any` should be a list. Start each item with `- `."),
        ("not: fever", "1:6: a condition should be one `name: value`."),
        ("all: [fever: yes, fevr: yes]", "1:19: `fevr` is neither a fact nor a definition. Did you mean `fever`?"),
        ("qqqqqq: yes", "1:1: `qqqqqq` is neither a fact nor a definition. Facts are declared in data/vocabulary.yaml"),
        ("fever: true", "1:8: `fever` is answered yes or no. Write `fever: yes` or `fever: no`."),
        ("dvt_likely: 1", "1:13: `dvt_likely` is answered yes or no."),
        ("age: 3", "1:6: `age` is a number. Compare it: `age: {at_least: 3}`, with `above`, `at_least`, `at_most` and `below`."),
        ("age: {}", "1:6: `age` is a number."),
        ("age: {atleast: 3}", "1:7: the comparison of `age` has no key `atleast`. Did you mean `at_least`?"),
        ("age: {at_least: 30}", "1:17: `age` lies between 0 and 20, so 30 decides nothing. Correct the bound."),
        ("age: {at_least: old}", "1:17: the bound of `age` should be a number. Write a number or `{fact: other_fact}`."),
        ("age: {at_least: {fact: puls}}", "1:17: `puls` isn't a number fact. Did you mean `pulse`?"),
        ("age: {at_least: {fact: fever}}", "1:17: `fever` isn't a number fact."),
        ("phase: acut", "1:8: `phase` has no value `acut`. Did you mean `acute`?"),
        ("phase: zzzzzz", "1:8: `phase` has no value `zzzzzz`. It takes `acute`, `chronic` and `subacute`."),
        ("phase: {acute: yes}", "1:8: the value of `phase` should be text."),
        ("region: hand", "1:9: `region` has no value `hand`."),
        ("points: 3", "1:9: `points` should be a mapping of names to values."),
        ("points: {of: [{points: 1, when: {fever: yes}}]}", "1:9: `points` needs a total. Write `at_least:` and a number."),
        ("points: {at_least: two, of: []}", "1:9: `points` needs a total."),
        ("points: {at_least: 2}", "1:9: `points` has no items. List them under `of:`."),
        ("points: {at_least: 2, of: []}", "1:9: `points` has no items."),
        ("points: {at_least: 2, of: [{points: 0, when: {fever: yes}}]}", "1:28: an item of `points` needs `points` and `when`."),
        ("points: {at_least: 2, of: [{when: {fever: yes}}]}", "1:28: an item of `points` needs `points` and `when`."),
        ("points: {at_least: 2, of: [{points: 1}]}", "1:28: an item of `points` needs `points` and `when`."),
        ("points: {at_least: 2, of: [{points: 1, when: {fevr: yes}}]}", "1:47: `fevr` is neither a fact nor a definition."),
        ("points: {at_least: 2, of: [{point: 1, when: {fever: yes}}]}", "1:29: an item of `points` has no key `point`."),
        (
            "points: {at_least: 0.9, of: [{points: 1, when: {fever: yes}}]}",
            "1:9: 0.9 points can't be added up exactly. Use whole, half",
        ),
        ("points: {at_least: 1, of: [{points: 0.2, when: {fever: yes}}]}", "1:9: 0.2 points can't be added up exactly."),
        ("points: {total: 2, of: []}", "1:10: `points` has no key `total`."),
    ],
)
def test_every_fault_has_its_place_and_remedy(text: str, fault: str) -> None:
    """A faulty condition is told with its place, what is wrong and what to do, and stands for no condition."""
    condition, faults = written(text)
    assert condition is None
    assert any(f.startswith(f"rules/x.yaml:{fault}") for f in faults), faults


def test_faults_of_all_parts_are_told_together() -> None:
    """Reading goes on after a fault."""
    condition, faults = written("all: [fevr: yes, {any: [rsh: yes, age: 3]}]")
    assert condition is None
    assert len(faults) == 3


def test_there_is_one_value_that_does_not_apply() -> None:
    """A copy, or one that was kept and read again, is the same one, by which it is told."""
    for again in (copy(NOT_APPLICABLE), deepcopy(NOT_APPLICABLE), pickle.loads(pickle.dumps(NOT_APPLICABLE))):
        assert again is NOT_APPLICABLE
