"""Views: answers, denials, gates, medicines and events resolved into plain facts, place by place."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import small
from hypothesis import HealthCheck, given, settings
from test_profile import clients, readable

from massage_rules.conditions import NOT_APPLICABLE, Interval
from massage_rules.profile import ProfileBase, read_profile
from massage_rules.views import ELSEWHERE, View, views


def seen(**facts: Any) -> list[View]:
    return list(views(small.client(**facts)).views)


def only(**facts: Any) -> View:
    (view,) = seen(**facts)
    return view


def shipped(text: str) -> ProfileBase:
    return read_profile(text.encode())


# What is said, denied and left open


def test_what_is_not_said_is_in_no_view() -> None:
    """Nothing but the place itself is known of an empty profile, and nothing is concluded from silence."""
    assert only().facts == {"region": "body"}


def test_answers_become_plain_facts() -> None:
    """A number is an interval, a list a set, a date a length of time at `as_of`."""
    facts = only(
        as_of="2026-11-24",
        age=46,
        smoker=False,
        goals=["mobility"],
        gestation_weeks="2026-11-10",
        sites=[{"region": "calf", "side": "left"}],
    ).facts
    assert facts == {
        "region": "calf",
        "side": "left",
        "age": Interval(46, 46),
        "smoker": False,
        "goals": frozenset({"mobility"}),
        "gestation_weeks": Interval(2, 2),
        "pregnant": True,
    }


@pytest.mark.parametrize("key", ["denied", "otherwise_denied"])
def test_a_denied_block_denies_its_risks_and_nothing_else(key: str) -> None:
    """Protective and plain facts, and other blocks, stay unknown."""
    facts = only(**{key: ["skin"]}).facts
    assert facts["open_skin"] is False
    assert not {"wound_closed", "anticoagulated", "pregnant", "smoker"} & set(facts)


def test_everything_denied_denies_every_risk() -> None:
    """`all` reaches every block; what only a denial could tell of the others stays as it is."""
    facts = only(denied="all").facts
    risks = {f.id for f in small.vocabulary().facts.values() if f.role == "risk"}
    assert {name for name, value in facts.items() if value is False} == risks
    assert not {"cleared", "wound_closed", "smoker"} & set(facts)


def test_a_number_behind_a_denied_risk_does_not_apply() -> None:
    """Nobody is asked for the weeks of a pregnancy that there isn't."""
    assert only(pregnant=False).facts["gestation_weeks"] is NOT_APPLICABLE
    assert only(denied="pregnancy").facts["gestation_weeks"] is NOT_APPLICABLE


@pytest.mark.parametrize("way", ["unsure", "declined", "not_asked"])
def test_an_explicit_not_knowing_survives_a_denial(way: str) -> None:
    """Who doesn't want to say has not said no."""
    found = views(small.client(otherwise_denied="all", sites=[{"region": "calf", "open_skin": {"unknown": way}}]))
    assert "open_skin" not in found.views[0].facts
    assert found.unknown == {"open_skin": way}


def test_a_risk_that_is_stated_survives_a_denial_of_the_rest() -> None:
    """`otherwise_denied` speaks of what isn't stated."""
    facts = only(otherwise_denied="all", anticoagulated=True).facts
    assert facts["anticoagulated"] is True
    assert facts["warfarin_taken"] is False


def test_a_stale_value_is_unknown_again_and_says_so() -> None:
    """A temperature of last week tells nothing of today."""
    fresh = views(small.client(as_of="2026-11-24", temperature={"value": 38, "on": "2026-11-24"}))
    stale = views(small.client(as_of="2026-11-24", temperature={"value": 38, "on": "2026-11-20"}))
    assert fresh.views[0].facts["temperature"] == Interval(38, 38)
    assert "temperature" not in stale.views[0].facts
    assert (fresh.unknown, stale.unknown) == ({}, {"temperature": "not_asked"})


def test_what_one_site_does_not_tell_leaves_the_others_as_they_are() -> None:
    """The order of sites changes nothing: each is denied, gated and left open by itself."""
    closed, open_ = {"region": "calf", "side": "left"}, {"region": "neck", "open_skin": {"unknown": "declined"}}
    for sites in itertools.permutations([closed, open_]):
        found = {v.facts["region"]: v.facts.get("open_skin") for v in seen(otherwise_denied="skin", sites=list(sites))}
        assert found == {"calf": False, "neck": None}


# What follows


def test_a_narrower_fact_implies_the_wider_one() -> None:
    """Twins mean a pregnancy; a pregnancy doesn't mean twins."""
    assert only(twins=True).facts["pregnant"] is True
    assert "twins" not in only(pregnant=True).facts
    assert "pregnant" not in only(twins=False).facts


def test_a_recorded_value_implies_the_fact_behind_which_it_stands() -> None:
    """Who counts the weeks of a pregnancy is pregnant."""
    assert only(gestation_weeks=20).facts["pregnant"] is True
    assert only(gestation_weeks=20, otherwise_denied="all").facts["pregnant"] is True


def test_a_closed_gate_closes_what_stands_behind_it() -> None:
    """For a man, a pregnancy is no and its weeks don't apply; for a woman, both are open."""
    man, woman, anybody = (only(**facts).facts for facts in ({"sex": "male"}, {"sex": "female"}, {}))
    assert (man["pregnant"], man["twins"], man["gestation_weeks"]) == (False, False, NOT_APPLICABLE)
    assert not {"pregnant", "twins", "gestation_weeks"} & {*woman, *anybody}


def test_a_recorded_value_counts_though_its_gate_is_closed() -> None:
    """A pregnant man is pregnant: what was said outweighs what wouldn't have been asked."""
    assert only(sex="male", pregnant=True).facts["pregnant"] is True


def test_what_follows_a_fact_is_due_wherever_that_is_so() -> None:
    """Whoever is with child is asked how far, though the block of that isn't due."""
    (view,) = seen(sex="male", pregnant=True)
    assert "gestation_weeks" not in view.facts
    (view,) = seen(sex="male")
    assert view.facts["gestation_weeks"] is NOT_APPLICABLE


def test_trouble_elsewhere_is_no_complaint() -> None:
    """Nothing is to be treated there; what complaints call for isn't due."""
    place, elsewhere = seen(problems=[{"kind": "open_skin", "region": "calf"}], sites=[{"region": "neck"}])
    assert "complaints" not in place.facts
    assert elsewhere.facts["complaints"] == frozenset()


def test_a_refusal_to_answer_outweighs_a_closed_gate() -> None:
    """Who was asked all the same and declined hasn't said no; who was only not asked needn't be."""
    assert "pregnant" not in only(sex="male", pregnant={"unknown": "declined"}).facts
    assert only(sex="male", pregnant={"unknown": "not_asked"}).facts["pregnant"] is False


# Medicines


def test_a_medicine_establishes_its_facts_however_it_is_written() -> None:
    """Capitals and spaces don't matter."""
    for name in ("warfarin", "Warfarin", "  WARFARIN "):
        assert only(medications=[name]).facts["anticoagulated"] is True


def test_a_list_rules_out_only_if_it_is_complete_and_known() -> None:
    """One unknown name, or no word that the list is complete, and nothing is concluded to be absent."""
    assert only(medications=[], medications_complete=True).facts["anticoagulated"] is False
    assert "anticoagulated" not in only(medications=[]).facts
    assert "anticoagulated" not in only(medications=["some herb"], medications_complete=True).facts
    assert "anticoagulated" not in only(medications=[], medications_complete=True, anticoagulated={"unknown": "unsure"}).facts


# Operations, injuries and local problems


def test_an_operation_belongs_to_the_places_that_it_touches() -> None:
    """At the place itself it was certainly here; above, one view knows it and one doesn't."""
    calf, leg, neck = (
        {v.facts.get("operated_here") for v in seen(surgeries=SURGERY, sites=[{"region": r}])} for r in ("calf", "leg", "neck")
    )
    assert (calf, leg, neck) == ({True}, {None, True}, {None})


SURGERY = [{"procedure": "other", "region": "calf", "side": "left", "weeks_ago": 6}]


@pytest.mark.parametrize(("side", "touched"), [("left", True), ("both", True), (None, True), ("midline", True), ("right", False)])
def test_sides_keep_apart_what_is_left_and_what_is_right(side: str | None, touched: bool) -> None:
    """Only left and right exclude each other; a side that wasn't said may be either."""
    views_ = seen(surgeries=SURGERY, sites=[{"region": "calf", **({"side": side} if side else {})}])
    assert any(v.facts.get("operated_here") for v in views_) is touched


def test_an_operation_brings_its_name_and_its_time() -> None:
    """Weeks and days are counted from the same day; a coarse date is an interval."""
    (exact,) = seen(
        as_of="2026-11-24",
        surgeries=[{"procedure": "laparotomy", "region": "calf", "on": "2026-11-10"}],
        sites=[{"region": "calf"}],
    )
    assert exact.facts["procedure"] == "laparotomy"
    assert exact.facts["weeks_since_surgery"] == Interval(2, 2)
    assert exact.facts["days_since_surgery"] == Interval(14, 14)
    (coarse,) = seen(
        as_of="2026-11-24", surgeries=[{"procedure": "nose", "region": "calf", "on": "2026-11"}], sites=[{"region": "calf"}]
    )
    assert coarse.facts["procedure"] == "other"
    assert coarse.facts["days_since_surgery"] == Interval(0, 23)
    (undated,) = seen(surgeries=[{"procedure": "nose", "region": "calf"}], sites=[{"region": "calf"}])
    assert not {"weeks_since_surgery", "days_since_surgery"} & set(undated.facts)


def test_an_injury_brings_its_kind_and_its_time() -> None:
    """Hours, weeks and dates say the same."""
    for when in ({"hours_ago": 336}, {"weeks_ago": 2}, {"on": "2026-11-10"}):
        (view,) = seen(as_of="2026-11-24", injuries=[{"kind": "strain", "region": "calf", **when}], sites=[{"region": "calf"}])
        assert view.facts["injury_kind"] == "strain"
        assert view.facts["weeks_since_injury"] == Interval(2, 2)
        assert view.facts["hours_since_injury"] == Interval(336, 336)


def test_two_operations_at_one_place_are_two_views() -> None:
    """What is true of one operation is never mixed with what is true of another."""
    both = [
        {"procedure": "other", "region": "calf", "weeks_ago": 2},
        {"procedure": "laparotomy", "region": "calf", "weeks_ago": 90},
    ]
    found = {(v.facts["procedure"], v.facts["weeks_since_surgery"]) for v in seen(surgeries=both, sites=[{"region": "calf"}])}
    assert found == {("other", Interval(2, 2)), ("laparotomy", Interval(90, 90))}


@pytest.mark.parametrize(
    ("surgeries", "recent"),
    [
        ([{"weeks_ago": 3}], True),
        ([{"weeks_ago": 12}], True),
        ([{"weeks_ago": 13}], False),
        ([{"weeks_ago": {"between": [10, 14]}}], None),
        ([{}], None),
        ([{"weeks_ago": {"unknown": "unsure"}}], None),
        ([{"weeks_ago": 90}, {"weeks_ago": 3}], True),
        ([{"weeks_ago": 90}, {}], None),
        ([], False),
    ],
)
def test_a_recent_operation_is_known_from_the_list_or_may_have_been(surgeries: list[dict[str, Any]], recent: bool | None) -> None:
    """With everything else denied, an operation without a date still leaves it open whether it was lately."""
    listed = [{"procedure": "nose", "region": "head", **s} for s in surgeries]
    found = {v.facts.get("major_surgery_past_12_weeks") for v in seen(otherwise_denied="all", surgeries=listed)}
    assert found == {recent}


@pytest.mark.parametrize(
    ("injury", "recent"),
    [
        ({"weeks_ago": 3}, True),
        ({"hours_ago": 30}, True),
        ({"weeks_ago": 5}, False),
        ({"weeks_ago": {"about": 4}}, None),
        ({}, None),
    ],
)
def test_a_recent_injury_is_known_from_the_list_or_may_have_been(injury: dict[str, Any], recent: bool | None) -> None:
    """The same for injuries, which make clots likelier for a month."""
    found = {
        v.facts.get("injury_past_4_weeks")
        for v in seen(otherwise_denied="all", injuries=[{"kind": "strain", "region": "head", **injury}])
    }
    assert found == {recent}


def test_the_last_operation_counts() -> None:
    """Of several operations, the time since any is that since the last."""
    listed = [{"procedure": "nose", "region": "head", "weeks_ago": w} for w in (40, 20, 30)]
    assert {v.facts["weeks_since_any_surgery"] for v in seen(surgeries=listed)} == {Interval(20, 20)}


def test_a_local_problem_binds_where_it_is() -> None:
    """Part of a site has a view of its own; a problem that covers the site is in all its views; elsewhere it stands alone."""
    problem = [{"kind": "open_skin", "region": "calf"}]

    def found(region: str) -> list[tuple[int, bool | None]]:
        return [(v.site, v.facts.get("open_skin")) for v in seen(problems=problem, sites=[{"region": region}])]  # type: ignore[misc]

    assert found("calf") == [(0, True)]
    assert found("leg") == [(0, None), (0, True)]
    assert found("neck") == [(0, None), (ELSEWHERE, True)]


def test_what_is_not_told_of_a_problem_survives_a_denial() -> None:
    """A problem's own not-knowing counts at the problem, and only there."""
    problem = [{"kind": "open_skin", "region": "calf", "facts": {"injured_here": {"unknown": "declined"}, "pain_now": 4}}]
    rest, there = seen(otherwise_denied="all", problems=problem, sites=[{"region": "leg"}])
    assert rest.facts["injured_here"] is False
    assert "injured_here" not in there.facts
    assert there.facts["pain_now"] == Interval(4, 4)


def test_what_reads_of_an_event_binds_where_the_event_is() -> None:
    """A rule about the operation speaks of its region; a rule about the client speaks of the whole site."""
    rest, operated = seen(surgeries=SURGERY, sites=[{"region": "leg", "side": "left"}])
    leg, calf = small.vocabulary().regions.parts("leg"), small.vocabulary().regions.parts("calf")
    assert rest.parts(frozenset({"operated_here"})) == leg
    assert operated.parts(frozenset({"age"})) == leg
    assert operated.parts(frozenset({"weeks_since_surgery", "age"})) == calf


# For any client


@given(clients())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_every_fact_in_a_view_has_a_value_of_its_type(data: dict[str, Any]) -> None:
    """Views hold nothing that a condition couldn't test, and every stated answer is in the views of its place."""
    client = readable(data)
    facts = client.vocabulary.facts
    kinds = {"yes_no": bool, "number": Interval, "choice": str, "choices": frozenset}
    found = views(client)
    assert {v.site for v in found.views} - {ELSEWHERE} == set(range(len(client.places)))
    for view in found.views:
        for name, value in view.facts.items():
            assert value is NOT_APPLICABLE or isinstance(value, kinds[facts[name].type]), name
        for name, answer in client.answers().items():
            if isinstance(answer, bool):
                assert view.facts[name] is answer


@given(clients())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_the_order_of_places_does_not_matter(data: dict[str, Any]) -> None:
    """What is known at a place is the same, whichever place is named first."""
    client = readable(data)
    turned = type(client).read({**client.to_dict(), "sites": [s.to_dict() for s in reversed(client.sites)]})

    def known(profile: ProfileBase) -> list[list[tuple[str, str]]]:
        return sorted(
            sorted((k, repr(v)) for k, v in view.facts.items() if not isinstance(v, frozenset)) for view in views(profile).views
        )

    assert known(client) == known(turned)


def test_the_shipped_operations_touch_their_regions() -> None:
    """A caesarean concerns the lower belly and not the neck."""
    client = shipped(
        "surgeries: [{procedure: caesarean_section, weeks_ago: 8}]\nsites: [{region: abdomen_lower}, {region: neck}]"
    )
    found = {v.site: v.facts.get("procedure") for v in views(client).views}
    assert found == {0: "caesarean_section", 1: None}


def test_an_old_operation_elsewhere_or_old_enough_here_is_no_contradiction() -> None:
    """Only an operation at the place itself that is known to be younger than twelve weeks contradicts *over twelve weeks ago*."""
    told = "as_of: 2026-11-24\nsurgeries: [{}]\nsites: [{{region: knee, side: left, operation_over_12_weeks_ago: yes}}]"
    for surgery in (
        "{procedure: total_knee_arthroplasty, side: right, on: 2026-11-17}",
        "{procedure: laparoscopy, on: 2026-11-17}",
        "{procedure: total_knee_arthroplasty, on: 2026-09-01}",
        "{procedure: total_knee_arthroplasty}",
        "{procedure: total_knee_arthroplasty, weeks_ago: {at_least: 10}}",
    ):
        assert shipped(told.format(surgery)).sites
