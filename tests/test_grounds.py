"""What a finding rests on: few facts, enough of them, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any as Anything

import pytest
from books import DEEP, LIGHT, MOVE, book, decision, judgement, rule, seen, site, vocabulary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import facts as some_facts
from strategies import rulebooks

from massage_rules.conditions import NOT_APPLICABLE, Facts, FactValue, Interval, Is, evaluate
from massage_rules.grounds import Told, deciding, grounds, in_words, told, value_in_words, worded_limits
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import truths
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
AVOID = "{avoid: {techniques: all}}"


def known(rulebook: Rulebook, facts: Facts) -> Told:
    return told(rulebook, facts, truths(rulebook, facts))


def rests_on(when: str, *, definitions: str = "", **facts: FactValue) -> list[str]:
    """The facts that decide a condition, or on which it still turns."""
    rules = book(definitions + rule("asked", when, "{define: asked}") + rule("x", "{asked: yes}", "{define: used}"))
    view = known(rules, facts)
    return list(deciding(rules, rules.rules["t.asked"].when, view.facts, view.defined))


# Enough


@QUICK
@given(rulebooks(most=4), some_facts())
def test_deciding_facts_are_enough(rulebook: Rulebook, facts: Mapping[str, FactValue]) -> None:
    """With only these known, every rule has the truth that it has with all."""
    view = known(rulebook, facts)
    for r in rulebook.rules.values():
        names = set(deciding(rulebook, r.when, facts, view.defined))
        assert truths(rulebook, {n: v for n, v in facts.items() if n in names})[r.id] is view.rules[r.id]


@QUICK
@given(rulebooks(most=4), some_facts(), st.data())
def test_the_rest_is_of_no_consequence(rulebook: Rulebook, facts: Mapping[str, FactValue], data: st.DataObject) -> None:
    """Whatever else is told, a rule that these facts decide stays as it is."""
    others = data.draw(some_facts())
    view = known(rulebook, facts)
    for r in rulebook.rules.values():
        if view.rules[r.id] is not UNKNOWN:
            names = set(deciding(rulebook, r.when, facts, view.defined))
            assert truths(rulebook, {**others, **{n: v for n, v in facts.items() if n in names}})[r.id] is view.rules[r.id]


@QUICK
@given(rulebooks(most=4), some_facts())
def test_what_can_not_be_told_turns_on_something_open(rulebook: Rulebook, facts: Mapping[str, FactValue]) -> None:
    """Among the facts named is one that isn't known, or only between bounds."""
    view = known(rulebook, facts)
    for r in rulebook.rules.values():
        if view.rules[r.id] is UNKNOWN:
            values = [facts.get(n) for n in deciding(rulebook, r.when, facts, view.defined)]
            assert any(v is None or (isinstance(v, Interval) and v.low < v.high) for v in values)


def test_what_takes_no_points_away_is_named() -> None:
    """Two points hold only because the one that would be taken away isn't."""
    items = "[{points: 2, when: {fever: yes}}, {points: -1, when: {stroke: yes}}]"
    assert rests_on(f"{{points: {{at_least: 2, of: {items}}}}}", fever=True, stroke=False) == ["fever", "stroke"]


# Few


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ("{all: [{fever: yes}, {stroke: yes}]}", {"fever": True, "stroke": True}, ["fever", "stroke"]),
        ("{all: [{fever: yes}, {stroke: yes}, {drunk: yes}]}", {"stroke": False, "drunk": False}, ["stroke"]),
        ("{all: [{fever: yes}, {stroke: yes}, {drunk: yes}]}", {"fever": True}, ["stroke", "drunk"]),
        ("{any: [{fever: yes}, {stroke: yes}, {drunk: yes}]}", {"stroke": True, "drunk": True}, ["stroke"]),
        ("{any: [{fever: yes}, {stroke: yes}]}", {"fever": False, "stroke": False}, ["fever", "stroke"]),
        ("{any: [{fever: yes}, {stroke: yes}]}", {"fever": False}, ["stroke"]),
        ("{not: {fever: yes}}", {"fever": True}, ["fever"]),
        ("{age: {at_least: 65}}", {"age": Interval(70, 70)}, ["age"]),
        ("{pain_now: {above: {fact: pain_before}}}", {"pain_now": Interval(5, 5)}, ["pain_now", "pain_before"]),
        ("{phase: acute}", {"phase": "acute"}, ["phase"]),
    ],
)
def test_no_more_facts_are_named_than_are_needed(when: str, facts: dict[str, FactValue], expected: list[str]) -> None:
    """One false part of `all` and one true part of `any` is enough; of what can't be told the open parts."""
    assert rests_on(when, **facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"fever": True, "stroke": True, "drunk": False}, ["fever", "stroke"]),
        ({"fever": True, "stroke": False, "drunk": False}, ["stroke", "drunk"]),
        ({"fever": True, "stroke": False}, ["fever", "drunk"]),
    ],
)
def test_points_rest_on_what_counts(facts: dict[str, FactValue], expected: list[str]) -> None:
    """On those that hold where the total is reached, on those that don't where it can't be, on what holds or is open else."""
    items = ", ".join(f"{{points: 1, when: {{{name}: yes}}}}" for name in ("fever", "stroke", "drunk"))
    assert rests_on(f"{{points: {{at_least: 2, of: [{items}]}}}}", **facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"fever": True, "drunk": True}, ["fever"]),
        ({"fever": False, "drunk": False}, ["fever", "drunk"]),
        ({"fever": False}, ["drunk"]),
    ],
)
def test_definitions_are_opened(facts: dict[str, FactValue], expected: list[str]) -> None:
    """One rule that holds is enough for a definition; all must fail."""
    ill = rule("a", "{fever: yes}", "{define: ill}") + rule("b", "{drunk: yes}", "{define: ill}")
    assert rests_on("{ill: yes}", definitions=ill, **facts) == expected


def test_grounds_are_those_of_the_first_view_with_that_outcome() -> None:
    """Each with its value in words; each once, however often it is tested."""
    rules = book(rule("r", "{all: [{rash: yes}, {age: {at_least: 18}}, {age: {at_most: 90}}]}", AVOID))
    views = [
        known(rules, v.facts)
        for v in seen(age=40, sites=[site("calf", rash="no"), site("wrist", rash="yes"), site("neck")]).views
    ]
    r = rules.rules["t.r"]
    assert grounds(rules, r, views, TRUE) == (("rash", "yes"), ("age", "40 years"))
    assert grounds(rules, r, views, FALSE) == (("rash", "no"),)
    assert grounds(rules, r, views, UNKNOWN) == (("rash", "not known"),)
    assert grounds(rules, r, views[:1], TRUE) == ()


def test_told_knows_every_rule_and_definition() -> None:
    """A definition is as true as its most true rule."""
    rules = book(
        rule("a", "{fever: yes}", "{define: ill}") + rule("b", "{drunk: yes}", "{define: ill}") + rule("c", "{ill: yes}", AVOID)
    )
    found: list[tuple[Truth, Truth]] = []
    for facts in ({"fever": True}, {"fever": False}, {"fever": False, "drunk": False}):
        view = known(rules, facts)
        found.append((view.defined["ill"], view.rules["t.c"]))
    assert found == [(TRUE, TRUE), (UNKNOWN, UNKNOWN), (FALSE, FALSE)]
    assert evaluate(Is("fever", answer=True), known(rules, {}).facts, {}) is UNKNOWN


# In words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("fever", None, "not known"),
        ("fever", True, "yes"),
        ("fever", False, "no"),
        ("age", Interval(40, 40), "40 years"),
        ("stroke_weeks", Interval(5, 7), "5 to 7 weeks"),
        ("wound_days", Interval(3.26, 3.26), "3.3 days"),
        ("temperature", Interval(38.5, 38.5), "38.5 °C"),
        ("pain_now", Interval(3, 3), "3"),
        ("phase", "acute", "still acute"),
        ("wishes", frozenset({"sleep", "movement"}), "movement, sleep"),
        ("wishes", frozenset(), "none"),
        ("gestation", NOT_APPLICABLE, "doesn't apply"),
    ],
)
def test_a_value_is_said_as_a_therapist_would(name: str, value: FactValue | None, words: str) -> None:
    """With its unit, its bounds, and the meaning of its choice."""
    assert value_in_words(book(), name, value) == words


def test_a_unit_without_a_name_is_shown_as_it_is() -> None:
    """Better than none."""
    from massage_rules.advice import shipped_evaluator

    facts = shipped_evaluator().rulebook.vocabulary.facts
    name = next(n for n, f in facts.items() if f.unit == "mm[Hg]")
    assert value_in_words(shipped_evaluator().rulebook, name, Interval(120, 120)) == "120 mm[Hg]"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{fever: yes}", "a fever is yes"),
        ("{wound: no}", "a wound is no"),
        ("{phase: [acute, chronic]}", "phase is still acute or long there"),
        ("{region: calf}", "the place is calf"),
        pytest.param(
            "{age: {at_least: 18}}",
            "age is at least 18 years",
            marks=pytest.mark.xfail(reason="units stand there in the code of UCUM"),
        ),
        ("{pain_now: {below: 3}}", "pain now is less than 3"),
        ("{pain_now: {above: {fact: pain_before}}}", "pain now is more than pain before"),
        ("{all: [{fever: yes}, {not: {wound: yes}}]}", "(a fever is yes and it isn't so that a wound is yes)"),
        ("{any: [{fever: yes}, {ill: yes}]}", "(a fever is yes or ill holds)"),
        ("{points: {at_least: 2, of: [{points: 2, when: {fever: yes}}]}}", "at least 2 points are reached (2 if a fever is yes)"),
    ],
)
def test_a_condition_is_a_sentence(when: str, words: str) -> None:
    """Every kind of condition can be read."""
    rules = book(
        rule("ill", "{drunk: yes}", "{define: ill}")
        + rule("x", when, "{define: x}")
        + rule("y", "{any: [{x: yes}, {ill: yes}]}", "{define: y}")
    )
    assert in_words(rules, rules.rules["t.x"].when) == words


def limits_in_words(
    *limits: str, technique: str = LIGHT, region: str = "lower_leg", **told: Anything
) -> list[tuple[str, str, tuple[str, ...]]]:
    rules = book("".join(rule(f"r{i}", "{fever: yes}", f"{{{effect}}}") for i, effect in enumerate(limits)))
    return list(worded_limits(rules, judgement(rules, technique, fever="yes", sites=[site(region)], **told)))


@pytest.mark.parametrize(
    ("effect", "technique", "kind", "words"),
    [
        ("adapt: {pressure_at_most: 2}", LIGHT, "pressure_at_most", "pressure at most 2 ("),
        ("adapt: {pressure_at_most: 2, where: calf}", LIGHT, "local_pressure", "pressure at most 2 over: calf"),
        ("adapt: {spare: calf}", LIGHT, "spare", "leave out: calf"),
        ("adapt: {pressure_at_most: 2, where: calf}", DEEP, "spare", "leave out: calf"),
        ("adapt: {no_positions: [supine, prone]}", LIGHT, "no_positions", "not lying face down, not lying flat on the back"),
        ("adapt: {minutes_at_most: 20}", LIGHT, "minutes_at_most", "at most 20 minutes"),
        ("adapt: {pain_at_most: 1}", LIGHT, "pain_at_most", "discomfort at most 1 of 10"),
        ("adapt: {motion: {knee_flexion: {at_most: 60}}}", MOVE, "motion", "knee: bending: at most 60°"),
        ("adapt: {no_end_range: yes}", MOVE, "no_end_range", "no movement to the end of the range"),
        ("adapt: {advice: Offer water.}", LIGHT, "advice", "Offer water."),
    ],
)
def test_a_limit_is_said_in_words(effect: str, technique: str, kind: str, words: str) -> None:
    """With the rule that sets it."""
    ((found, said, rules),) = limits_in_words(effect, technique=technique)
    assert (found, rules) == (kind, ("t.r0",))
    assert said.startswith(words)


def test_a_margin_stands_beside_what_is_left_out() -> None:
    """How far to stay away, and from what."""
    found = limits_in_words("avoid: {techniques: all, where: calf, margin_cm: 10}")
    assert [(kind, words) for kind, words, _ in found] == [
        ("spare", "leave out: calf"),
        ("margin_cm", "stay 10 cm away from it"),
    ]


def test_a_motion_that_is_no_angle_has_its_unit() -> None:
    """The jaw opens by millimetres."""
    motions = book().vocabulary.regions.motions
    name = next(n for n, m in motions.items() if m.unit != "deg")
    ((_, words, _),) = limits_in_words(f"adapt: {{motion: {{{name}: {{at_most: 30}}}}}}", technique=MOVE)
    assert words == f"{motions[name].label.lower()}: at most 30 {motions[name].unit}"


def test_parts_with_the_same_cap_are_said_together() -> None:
    """The lowest cap first, regions by their fewest names."""
    found = limits_in_words(
        "adapt: {pressure_at_most: 2, where: [calf, achilles]}", "adapt: {pressure_at_most: 1, where: lower_leg_lateral}"
    )
    side, tendon = (vocabulary().regions.label(n).lower() for n in ("lower_leg_lateral", "achilles"))
    assert [words for _, words, _ in found] == [f"pressure at most 1 over: {side}", f"pressure at most 2 over: {tendon}, calf"]
    assert {rules for _, _, rules in found} == {("t.r0", "t.r1")}


def test_what_is_suitable_has_no_limits() -> None:
    """Nothing is said."""
    assert limits_in_words("adapt: {pressure_at_most: 3}") == []
    assert decision(book()).sites[0].judgements[LIGHT].limits.because == {}
