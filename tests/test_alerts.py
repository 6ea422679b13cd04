"""Alerts: every rule that decides is told once, gravest first, each alert with one thing to do."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase

import pytest
from clients import evaluator, profiles
from hypothesis import HealthCheck, given, settings

import massage_rules as mr
from massage_rules._yaml import parse
from massage_rules.answer import Advice
from massage_rules.effects import Define, Progress, Suggest
from massage_rules.errors import ContentError, Faults
from massage_rules.topics import OTHER, read_topics, topic_of
from massage_rules.verdicts import Grade, Verdict

RULEBOOK = evaluator().rulebook
AGAINST = ("emergency", "avoid", "refer", "adapt")
BACK = {"region": "back", "complaints": ["stress_or_tension_without_complaint"]}
THINNER = {"age": 71, "otherwise_denied": "all", "anticoagulated": True, "vitamin_k_antagonist": True}


def deciding(advice: Advice) -> set[str]:
    """The rules that decide something in an answer, as the answer itself tells it."""
    found = {r.rule for r in advice.reasons.values() if r.certain and r.effect in AGAINST}
    for technique in (t for s in advice.sites for t in s.techniques):
        found |= set(technique.decided_by)
        if technique.verdict.open:
            found |= {r for b in technique.limits for r in b.rules}
        if technique.verdict is Verdict.ASK_FIRST:
            found |= {r for r in technique.reasons if advice.reasons[r].effect in AGAINST}
    return found | {r for c in advice.consults for r in c.rules}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(profiles())
def test_every_rule_that_decides_is_in_one_alert(client: mr.Profile) -> None:
    """No deciding rule is left out, and none is told twice."""
    advice = evaluator().recommend(client, core="compiled")
    told = Counter(r for a in advice.alerts for r in a.rules)
    assert deciding(advice) <= set(told)
    assert set(told.values()) <= {1}
    assert set(told) <= set(advice.reasons)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(profiles())
def test_the_gravest_stands_first_and_each_says_what_to_do(client: mr.Profile) -> None:
    """Alerts stand by grade, emergencies before all; each has a title, an action and a place, and the top holds three."""
    advice = evaluator().recommend(client, core="compiled")
    assert [a.grade.rank for a in advice.alerts] == sorted(a.grade.rank for a in advice.alerts)
    assert [a.emergency for a in advice.alerts] == sorted((a.emergency for a in advice.alerts), reverse=True)
    assert all(a.action.strip(" .") and a.title and a.where for a in advice.alerts)
    emergencies = sum(a.emergency for a in advice.alerts)
    assert len(advice.top_alerts) <= max(3, emergencies)
    assert [a for a in advice.alerts if a.emergency] == [a for a in advice.top_alerts if a.emergency]
    assert (advice.disposition == "emergency") == (emergencies > 0)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(profiles())
def test_no_consult_is_hidden(client: mr.Profile) -> None:
    """What is to be asked of a clinician stands in the page of text, whether on top or below."""
    advice = evaluator().recommend(client, core="compiled")
    page = " ".join(str(advice).split())
    for consult in advice.consults:
        assert consult.label in page
        for ask in consult.ask:
            assert ask in page


def test_a_thinner_its_reading_and_an_irregular_heart_are_one_alert() -> None:
    """Warfarin, an INR that is out of date and atrial fibrillation bind the back together, so they are told together."""
    advice = mr.recommend({**THINNER, "atrial_fibrillation": True, "inr": 2.4, "inr_in_range": False, "sites": [BACK]})
    told = [a for a in advice.alerts if a.topic == "bleeding"]
    assert len(told) == 1
    assert {"thinners.inr-out-of-range", "thinners.no-pressing-or-deep"} <= set(told[0].rules)
    assert told[0].grade is Grade.ADAPT
    assert "pressure at most 2" in told[0].action.lower()
    assert advice.alerts[0] == told[0]


def test_what_is_not_known_is_one_alert() -> None:
    """Asked nothing, the client has one alert that asks, however many rules wait."""
    advice = mr.recommend({"age": 38, "sites": [BACK]})
    asking = [a for a in advice.alerts if a.grade is Grade.ASK]
    assert len(asking) == 1
    assert len(asking[0].rules) > 100
    assert advice.questions[0].ask in asking[0].action
    assert asking[0] not in advice.top_alerts


def test_one_place_closed_does_not_stop_the_other() -> None:
    """A large bruise on the thigh stops the thigh, and the alert says so."""
    advice = mr.recommend("docs/examples/bruised_thigh.yaml")
    assert advice.alerts[0].grade is Grade.STOP
    assert advice.alerts[0].where == ("thigh",)
    assert not advice.alerts[0].emergency


def test_two_places_that_share_no_rule_are_told_apart() -> None:
    """Two operations far apart are two alerts; their limits are not mixed."""
    shoulder = {"region": "shoulder", "side": "left", "complaints": ["post_operative_stiffness"]}
    strained = {"region": "thigh_posterior", "side": "right", "complaints": ["muscle_strain_grade_1"]}
    advice = mr.recommend({
        "age": 40, "otherwise_denied": "all", "sites": [shoulder, strained],
        "surgeries": [{"procedure": "rotator_cuff_repair_small_medium", "weeks_ago": 30, "side": "left"}],
        "injuries": [{"kind": "muscle_strain_grade_1", "region": "thigh_posterior", "side": "right", "weeks_ago": 2}],
    })  # fmt: skip
    healing = [a.where for a in advice.alerts if a.topic == "healing"]
    assert len(healing) == len(set(healing)) >= 1
    assert all(len(w) == 1 for w in healing)


def test_the_map_of_the_body_is_told_once() -> None:
    """What lies unprotected at two places that share nothing is one note."""
    sites = [{"region": r, "complaints": ["stress_or_tension_without_complaint"]} for r in ("shoulder_top", "calf")]
    advice = mr.recommend({"age": 30, "otherwise_denied": "all", "sites": sites})
    assert [len(a.rules) for a in advice.alerts if a.topic == "body_map"] == [2]


def test_a_cleared_rule_is_a_note() -> None:
    """A clinician's letter takes the weight off an alert, and the rule stays in sight."""
    client = {**THINNER, "as_of": "2026-11-24", "inr": 2.4, "antiplatelet_single": True, "recent_fall": True, "sites": [BACK]}
    rule = "thinners.two-with-fall-or-bruises"
    asked = next(a for a in mr.recommend(client).alerts if rule in a.rules)
    assert asked.grade is Grade.CLEARANCE
    letter = {"rule": rule, "by": "Dr A", "on": "2026-11-01", "until": "2026-12-31"}
    cleared = next(a for a in mr.recommend({**client, "clearances": [letter]}).alerts if rule in a.rules)
    assert cleared.grade is Grade.ADAPT


def test_every_shipped_rule_has_a_topic_and_every_pattern_a_rule() -> None:
    """No rule is left over, no pattern is dead, and topics are named once."""
    rules = [r.id for r in RULEBOOK.rules.values() if not isinstance(r.effect, Define | Suggest | Progress)]
    assert [r for r in rules if topic_of(RULEBOOK.topics, r) is OTHER] == []
    dead = [p for t in RULEBOOK.topics for p in t.patterns if not any(fnmatchcase(r, p) for r in rules)]
    assert dead == []


def test_a_fault_in_the_topics_has_a_place_and_a_remedy() -> None:
    """A missing key, a strange key and a pattern under two topics are faults."""
    text = """
topics:
  a: {label: A, rules: ["x.*"]}
  b: {label: B, rules: ["x.*"], lable: b}
  c: {rules: ["z.*"], everywhere: maybe}
"""
    faults = Faults()
    read_topics(parse(text, name="data/topics.yaml"), faults)
    with pytest.raises(ContentError) as caught:
        faults.stop_if_any()
    said = str(caught.value)
    assert "two topics, `a` and `b`" in said and "`lable`" in said and "topic `c` has no `label`" in said
    assert "`everywhere` can't be `maybe`" in said


def test_a_rule_of_ones_own_has_the_topic_other() -> None:
    """A clinic's rules need no topic."""
    assert topic_of(RULEBOOK.topics, "house.no-oil") is OTHER
