"""What the rules mean, sentence by sentence of docs/semantics.md."""

from __future__ import annotations

from typing import Any

import pytest
from books import (
    BREATHE,
    DAY,
    DEEP,
    DRAIN,
    LIGHT,
    MOVE,
    book,
    decision,
    finding,
    judgement,
    profile,
    rule,
    seen,
    site,
    verdict,
    vocabulary,
    without_suggestion,
)

from massage_rules.advice import shipped_evaluator
from massage_rules.errors import ProfileError
from massage_rules.procedures import procedures
from massage_rules.profile import models
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import Disposition, Judgement, Limits, Verdict, deciding, truths
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

STOP = "{emergency: {urgency: now, who: ambulance, ask: Please help at once.}}"
AVOID = "{avoid: {techniques: all}}"
REFER = "{refer: {who: physician, urgency: before_treatment, ask: May this be done?, techniques: all}}"
CAP = "{adapt: {pressure_at_most: 2}}"
LOCAL = {"avoid": "avoid: {techniques: all", "refer": "refer: {who: physician, urgency: routine, ask: May it?, techniques: all"}
PARTS = vocabulary().regions.parts


def against(*whens: str, effect: str = AVOID) -> Rulebook:
    """A book of rules `r0`, `r1`, ... with these conditions and one effect."""
    return book("".join(rule(f"r{i}", when, effect) for i, when in enumerate(whens)))


def bound(kind: str, where: str, more: str = "") -> str:
    """An effect of a kind that binds somewhere."""
    return f"{{{LOCAL[kind]}, where: {where}{more}}}}}"


def adapt(**limits: Any) -> str:
    """An effect that sets limits."""
    return f"{{adapt: {{{', '.join(f'{k}: {v}' for k, v in limits.items())}}}}}"


def outcome(when: str, **told: Any) -> Truth:
    """The truth of a condition in the first view of a client."""
    return truths(against(when, effect="{define: asked}"), seen(**told).views[0].facts)["t.r0"]


def disposition(rulebook: Rulebook, **told: Any) -> Disposition:
    return decision(rulebook, **told).disposition


# What is known


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{fever: yes}", {"fever": "yes"}),
        ("{age: {at_least: 65}}", {"age": 70}),
        ("{phase: acute}", {"sites": [site(phase="acute")]}),
        ("{wishes: [sleep, movement]}", {"wishes": ["sleep"]}),
    ],
)
def test_a_fact_is_an_answer_a_number_a_choice_or_several(when: str, told: dict[str, Any]) -> None:
    """A rule can test facts of every type."""
    assert verdict(against(when), **told) is Verdict.AVOID


def test_a_fact_belongs_to_the_client_or_to_one_place() -> None:
    """What is true of the client counts at every place, what is true of a place only there."""
    places = [site("calf", rash="yes"), site("wrist", rash="no")]
    assert [verdict(against("{thinner: yes}"), at=i, thinner="yes", sites=places) for i in (0, 1)] == [Verdict.AVOID] * 2
    assert [verdict(against("{rash: yes}"), at=i, sites=places) for i in (0, 1)] == [Verdict.AVOID, Verdict.SUITABLE]


def test_unknown_is_never_no() -> None:
    """Nobody told, so it can't be told."""
    assert outcome("{fever: yes}") is UNKNOWN
    assert outcome("{not: {fever: yes}}") is UNKNOWN


@pytest.mark.parametrize("way", ["not_asked", "unsure", "declined"])
def test_the_ways_of_not_knowing_decide_alike(way: str) -> None:
    """A client who is unsure or would rather not say is as careful a case as one who wasn't asked."""
    assert verdict(against("{fever: yes}"), fever={"unknown": way}) is verdict(against("{fever: yes}")) is Verdict.ASK_FIRST


@pytest.mark.parametrize("test", ["{stroke_weeks: {at_least: 3}}", "{stroke_weeks: {below: 3}}"])
def test_every_test_of_what_does_not_apply_is_false(test: str) -> None:
    """A number that stands behind a no is neither small nor large."""
    assert outcome(test, stroke="no") is FALSE


def test_a_denied_block_sets_its_risks_to_no_and_never_a_protective_fact() -> None:
    """Who denies the block has no fever; whether a doctor agreed stays open."""
    assert outcome("{fever: yes}", denied="today") is FALSE
    assert outcome("{cleared: yes}", denied="about") is UNKNOWN


def test_what_was_ticked_survives_the_denial_of_the_rest() -> None:
    """`otherwise_denied` denies the other risks of a block only."""
    told = {"fever": "yes", "otherwise_denied": "today"}
    assert outcome("{fever: yes}", **told) is TRUE
    assert outcome("{drunk: yes}", **told) is FALSE


@pytest.mark.parametrize(
    ("told", "truth"),
    [
        ({"medications": []}, UNKNOWN),
        ({"medications": [], "medications_complete": "yes"}, FALSE),
        ({"medications": ["a herb"], "medications_complete": "yes"}, UNKNOWN),
        ({"medications": ["warfarin"]}, TRUE),
    ],
)
def test_a_complete_list_of_known_medicines_rules_out_their_classes(told: dict[str, Any], truth: Truth) -> None:
    """A list that isn't complete, or holds a name that isn't known, rules nothing out."""
    assert outcome("{thinner: yes}", **told) is truth


def test_a_fact_that_is_certainly_not_due_is_no() -> None:
    """Its own gate or its block's must be certainly closed; a value that was told counts in any case."""
    assert outcome("{pregnant: yes}", sex="male") is FALSE
    assert outcome("{pregnant: yes}") is UNKNOWN
    assert outcome("{pregnant: yes}", sex="male", pregnant="yes") is TRUE
    assert outcome("{gestation: {at_least: 13}}", sex="female", pregnant="no") is FALSE


@pytest.mark.parametrize(("bound", "truth"), [(5, TRUE), (6, UNKNOWN), (7, UNKNOWN), (8, FALSE)])
def test_a_number_between_bounds_is_decided_where_its_whole_range_is(bound: int, truth: Truth) -> None:
    """About six weeks is five to seven."""
    assert outcome(f"{{stroke_weeks: {{at_least: {bound}}}}}", stroke_weeks={"about": 6}) is truth


@pytest.mark.parametrize(("as_of", "truth"), [("2026-11-23", FALSE), ("2026-11-24", TRUE)])
def test_a_date_is_a_duration_as_of_the_profile(as_of: str, truth: Truth) -> None:
    """Six weeks have passed on one day and not on the day before, whatever day it is now."""
    assert outcome("{stroke_weeks: {at_least: 6}}", as_of=as_of, stroke_weeks="2026-10-13") is truth


@pytest.mark.parametrize(("day", "truth"), [(DAY, TRUE), ("2026-11-20", UNKNOWN)])
def test_a_value_that_went_stale_is_unknown_again(day: str, truth: Truth) -> None:
    """A temperature counts for a day."""
    assert outcome("{temperature: {at_least: 38}}", temperature={"value": 39, "on": day}) is truth


# Views


@pytest.mark.parametrize(("operated", "count"), [("knee_anterior", 2), ("knee", 1), ("wrist", 1)])
def test_an_operation_and_the_rest_of_the_place_are_two_views(operated: str, count: int) -> None:
    """There is none for the rest where the operation covers the whole place, and none for an operation elsewhere."""
    surgery = {"procedure": "other", "region": operated}
    assert len(seen(sites=[site("knee")], surgeries=[surgery]).views) == count


def test_a_local_problem_adds_a_view() -> None:
    """The place with its rash, and the place without."""
    views = seen(sites=[site("knee")], problems=[{"kind": "rash", "region": "knee_anterior"}]).views
    assert [v.facts.get("rash") for v in views] == [None, True]


def test_a_rule_reads_one_view_at_a_time() -> None:
    """Two operations aren't mixed: no view has the time of one and the region of the other."""
    surgeries = [
        {"procedure": "other", "region": "knee_anterior", "weeks_ago": 2},
        {"procedure": "other", "region": "popliteal_fossa", "weeks_ago": 30},
    ]
    told = {"sites": [site("knee")], "surgeries": surgeries, "otherwise_denied": "skin"}
    both = against("{all: [{weeks_since_surgery: {at_most: 4}}, {weeks_since_surgery: {at_least: 20}}]}")
    assert verdict(both, **told) is Verdict.SUITABLE
    early = finding(against("{weeks_since_surgery: {at_most: 4}}", effect=bound("avoid", "here")), "r0", **told)
    assert early is not None
    assert (early.truth, early.parts) == (TRUE, {"knee_anterior"})


def test_an_operation_dates_what_it_put_in() -> None:
    """Wherever it was; of several the last counts."""
    implant = next(name for name, procedure in procedures().items() if procedure.since == "weeks_since_implant")
    early = "{weeks_since_implant: {below: 6}}"
    for weeks, truth in ([3], TRUE), ([30], FALSE), ([30, 3], TRUE), ([], UNKNOWN):
        assert outcome(early, surgeries=[{"procedure": implant, "weeks_ago": w} for w in weeks]) is truth
    assert outcome(early, surgeries=[{"procedure": implant}]) is UNKNOWN


def test_left_and_right_do_not_touch() -> None:
    """A rash on the right calf leaves the left one alone."""
    rash = against("{rash: yes}")
    for side, expected in (("left", Verdict.SUITABLE), ("right", Verdict.AVOID)):
        told = {"sites": [site("calf", side=side)], "problems": [{"kind": "rash", "region": "calf", "side": "right"}]}
        assert verdict(rash, otherwise_denied="skin", **told) is expected


# Truth


def test_all_any_and_points_are_decided_as_soon_as_they_can_be() -> None:
    """`all` is as true as its least true part, `any` as its most true, `points` as soon as the open ones can't matter."""
    both, either = "{all: [{fever: yes}, {drunk: yes}]}", "{any: [{fever: yes}, {drunk: yes}]}"
    two = "{points: {at_least: 2, of: [{points: 2, when: {fever: yes}}, {points: 1, when: {drunk: yes}}]}}"
    assert [outcome(both, fever=f) for f in ("yes", "no")] == [UNKNOWN, FALSE]
    assert [outcome(either, fever=f) for f in ("yes", "no")] == [TRUE, UNKNOWN]
    assert [outcome(two, fever=f) for f in ("yes", "no")] == [TRUE, FALSE]


def test_two_numbers_of_a_client_are_compared() -> None:
    """More pain than before is told from the two."""
    worse = "{pain_now: {above: {fact: pain_before}}}"
    assert outcome(worse, sites=[site(pain_now=5, pain_before=3)]) is TRUE
    assert outcome(worse, sites=[site(pain_now=5)]) is UNKNOWN


def test_a_definition_holds_if_one_of_its_rules_does_and_may_build_on_others() -> None:
    """Ill is feverish or drunk; unfit is ill or bleeding easily."""
    unfit = book(
        rule("by-illness", "{ill: yes}", "{define: unfit}")
        + rule("by-blood", "{thinner: yes}", "{define: unfit}")
        + rule("fever", "{fever: yes}", "{define: ill}")
        + rule("drink", "{drunk: yes}", "{define: ill}")
        + rule("stop", "{unfit: yes}", AVOID)
    )
    assert [verdict(unfit, **{name: "yes"}) for name in ("fever", "drunk", "thinner")] == [Verdict.AVOID] * 3
    assert verdict(unfit, fever="no", drunk="no") is Verdict.ASK_FIRST
    assert verdict(unfit, fever="no", drunk="no", thinner="no") is Verdict.SUITABLE


def test_definitions_and_what_sessions_mean_are_no_findings() -> None:
    """They bind nothing."""
    rules = book(rule("ill", "{fever: yes}", "{define: ill}") + rule("less", "{fever: yes}", "{progress: {action: ease}}"))
    assert [f.rule.id for f in decision(rules, fever="yes").sites[0].findings] == ["t.indicated"]


# Findings


@pytest.mark.parametrize(
    ("effect", "holds", "open_"),
    [
        (STOP, Verdict.AVOID, Verdict.ASK_FIRST),
        (AVOID, Verdict.AVOID, Verdict.ASK_FIRST),
        (REFER, Verdict.REFER_FIRST, Verdict.ASK_FIRST),
        (CAP, Verdict.ADAPT, Verdict.ADAPT),
    ],
)
def test_what_a_finding_against_does(effect: str, holds: Verdict, open_: Verdict) -> None:
    """The rows of the table: what each effect does where it holds, can't be told and doesn't hold."""
    fever = against("{fever: yes}", effect=effect)
    assert [verdict(fever, fever=f) for f in ("yes", None, "no")] == [holds, open_, Verdict.SUITABLE]


def test_what_a_suggestion_does() -> None:
    """A technique is indicated only where its suggestion holds."""
    ache = [verdict(book(), sites=[{"region": "calf", **told}]) for told in ({"complaints": "ache"}, {}, {"complaints": "scar"})]
    assert ache == [Verdict.SUITABLE, Verdict.NOT_INDICATED, Verdict.NOT_INDICATED]


def test_an_emergency_ends_the_visit() -> None:
    """It closes every place and decides the disposition."""
    stop = against("{rash: yes}", effect=STOP)
    told = decision(stop, sites=[site("calf", rash="yes"), site("wrist", rash="no")])
    assert told.disposition is Disposition.EMERGENCY
    assert {j.verdict for s in told.sites for j in s.judgements.values()} == {Verdict.AVOID}


def test_an_effect_speaks_of_its_techniques_only() -> None:
    """What closes firm pressure leaves the rest open."""
    firm = against("{fever: yes}", effect="{avoid: {techniques: firm_pressure}}")
    assert [verdict(firm, t, fever="yes") for t in (LIGHT, DEEP, DRAIN)] == [Verdict.AVOID, Verdict.AVOID, Verdict.SUITABLE]


def test_an_effect_binds_the_place_it_speaks_of() -> None:
    """`here` binds where the rule holds, and only there."""
    here = against("{rash: yes}", effect=bound("avoid", "here"))
    places = [site("calf", rash="yes"), site("wrist", rash="no")]
    assert [verdict(here, at=i, sites=places) for i in (0, 1)] == [Verdict.AVOID, Verdict.SUITABLE]


@pytest.mark.parametrize("kind", ["avoid", "refer"])
def test_an_effect_binds_the_whole_body_from_one_place(kind: str) -> None:
    """What is true of one place can close another, and can keep it waiting for an answer."""
    body = against("{rash: yes}", effect=bound(kind, "body"))
    for rash, expected in (("yes", {"avoid": Verdict.AVOID, "refer": Verdict.REFER_FIRST}[kind]), (None, Verdict.ASK_FIRST)):
        assert verdict(body, at=1, sites=[site("calf", rash=rash), site("wrist", rash="no")]) is expected


def test_an_effect_binds_named_regions_wherever_it_is_told() -> None:
    """A rash on the calf closes the back that the rule names, and not the calf."""
    named = against("{rash: yes}", effect=bound("avoid", "[lower_back, sacrum]"))
    places = [site("calf", rash="yes"), site("lower_back", rash="no"), site("wrist", rash="no")]
    assert [verdict(named, at=i, sites=places) for i in (0, 1, 2)] == [Verdict.SUITABLE, Verdict.AVOID, Verdict.SUITABLE]


def test_an_effect_may_bind_the_side_that_a_fact_tells() -> None:
    """The weak side is closed, the other isn't; without a known side both are."""
    weak = against("{stroke: yes}", effect=bound("avoid", "legs", ", side: weak_side"))
    told = {"stroke": "yes", "sites": [site("calf", side="left"), site("calf", side="right"), site("calf")]}
    assert [verdict(weak, at=i, weak_side="left", **told) for i in (0, 1, 2)] == [Verdict.AVOID, Verdict.SUITABLE, Verdict.AVOID]
    assert [verdict(weak, at=i, weak_side="both", **told) for i in (0, 1, 2)] == [Verdict.AVOID] * 3
    assert [verdict(weak, at=i, **told) for i in (0, 1, 2)] == [Verdict.AVOID] * 3


def test_a_part_is_left_out_and_the_rest_stays_open() -> None:
    """A rash over the sacrum leaves the rest of the back, with a part to spare."""
    rash = against("{rash: yes}")
    told = judgement(rash, sites=[site("back")], problems=[{"kind": "rash", "region": "sacrum"}], otherwise_denied="skin")
    assert (told.verdict, told.limits.spare) == (Verdict.ADAPT, {"sacrum"})
    assert told.limits.because == {"spare": ("t.r0",)}


def test_an_open_part_is_left_out_until_it_is_known() -> None:
    """The rash of one part that can't be told leaves the others open, and doesn't cost the certain ones their certainty."""
    infected = against("{all: [{rash: yes}, {fever: yes}]}")
    told = {"sites": [site("back")], "problems": [{"kind": "rash", "region": "sacrum"}], "otherwise_denied": "skin"}
    open_ = judgement(infected, **told)
    assert (open_.verdict, open_.limits.spare) == (Verdict.ADAPT, {"sacrum"})
    assert [f.truth for f in open_.against] == [UNKNOWN]
    assert verdict(infected, **told, fever="no") is Verdict.SUITABLE


def test_a_rule_may_hold_at_one_part_and_be_open_at_another() -> None:
    """Both are findings: what holds closes its part, what is open keeps the rest waiting."""
    rash = against("{rash: yes}")
    told = decision(rash, sites=[site("knee")], problems=[{"kind": "rash", "region": "knee_anterior"}]).sites[0]
    assert [(f.truth, f.parts) for f in told.judgements[LIGHT].against] == [(TRUE, {"knee_anterior"}), (UNKNOWN, PARTS("knee"))]
    assert told.judgements[LIGHT].verdict is Verdict.ASK_FIRST


def test_what_is_open_adds_nothing_to_what_is_closed() -> None:
    """Where a rule certainly closes everything, whether it also holds in another view isn't a finding."""
    rash = against("{rash: yes}", effect=bound("avoid", "body"))
    told = judgement(rash, sites=[site("knee")], problems=[{"kind": "rash", "region": "knee_anterior"}])
    assert [f.truth for f in told.against] == [TRUE]


@pytest.mark.parametrize(("fever", "truth"), [("yes", TRUE), (None, UNKNOWN)])
def test_what_binds_nothing_here_is_a_finding_all_the_same(fever: str | None, truth: Truth) -> None:
    """The rule holds or can't be told at this place; it just closes none of it."""
    elsewhere = against("{fever: yes}", effect=bound("avoid", "wrist"))
    found = finding(elsewhere, "r0", fever=fever)
    assert found is not None
    assert (found.truth, found.parts) == (truth, frozenset())
    assert verdict(elsewhere, fever=fever) is Verdict.SUITABLE


HALVES = ("hip_anterior", "hip_lateral")


@pytest.mark.parametrize(
    ("first", "second", "told", "expected"),
    [
        ("avoid", "avoid", {"fever": "yes", "drunk": "yes"}, Verdict.AVOID),
        ("avoid", "avoid", {"fever": "yes", "drunk": "no"}, Verdict.ADAPT),
        ("avoid", "avoid", {"fever": "yes"}, Verdict.ASK_FIRST),
        ("avoid", "refer", {"fever": "yes", "drunk": "yes"}, Verdict.REFER_FIRST),
        ("refer", "refer", {"fever": "yes", "drunk": "yes"}, Verdict.REFER_FIRST),
        ("refer", "refer", {"fever": "yes"}, Verdict.ASK_FIRST),
        ("refer", "refer", {"fever": "yes", "drunk": "no"}, Verdict.ADAPT),
        ("refer", "avoid", {}, Verdict.ASK_FIRST),
    ],
)
def test_several_parts_add_up_to_the_whole(first: str, second: str, told: dict[str, str], expected: Verdict) -> None:
    """The verdict is that of all parts together: closed, waiting for a clinician, waiting for an answer, or left out."""
    hip = book(rule("front", "{fever: yes}", bound(first, HALVES[0])) + rule("back", "{drunk: yes}", bound(second, HALVES[1])))
    assert verdict(hip, sites=[site("hip")], **told) is expected


# Troubles elsewhere


def test_trouble_elsewhere_can_be_an_emergency() -> None:
    """A clot in the wrist stops work on the back; one that can't be told to be an emergency is asked about first."""
    stop = against(
        "{all: [{clot: yes}, {fever: yes}]}", effect="{emergency: {urgency: now, who: ambulance, ask: Help., where: legs}}"
    )
    told = {"problems": [{"kind": "clot", "region": "wrist"}], "otherwise_denied": "heart"}
    assert [disposition(stop, fever=f, **told) for f in ("yes", None, "no")] == [
        Disposition.EMERGENCY,
        Disposition.ASK_FIRST,
        Disposition.TREAT,
    ]


@pytest.mark.parametrize(
    ("effect", "calls"),
    [
        (bound("refer", "here"), True),
        (bound("avoid", "here", ", consult: {who: physician, urgency: routine, ask: What is it?}"), True),
        (bound("avoid", "here"), False),
        (CAP, False),
    ],
)
def test_trouble_elsewhere_can_call_for_a_clinician(effect: str, calls: bool) -> None:
    """It leaves the techniques here as they are, and the visit isn't a plain one any more."""
    told = decision(
        against("{rash: yes}", effect=effect), problems=[{"kind": "rash", "region": "wrist"}], otherwise_denied="skin"
    )
    assert told.sites[0].judgements[LIGHT].verdict is Verdict.SUITABLE
    assert [(f.rule.id, f.truth, f.parts) for f in told.elsewhere] == ([("t.r0", TRUE, {"wrist"})] if calls else [])
    assert told.disposition is (Disposition.MODIFY if calls else Disposition.TREAT)


def test_trouble_elsewhere_that_can_not_be_told_is_a_finding_too() -> None:
    """A rash that may be infected is kept, open, and the visit isn't a plain one."""
    rash = against("{all: [{rash: yes}, {fever: yes}]}", effect=bound("refer", "here"))
    told = decision(rash, problems=[{"kind": "rash", "region": "wrist"}], otherwise_denied="skin")
    assert [f.truth for f in told.elsewhere] == [UNKNOWN]
    assert told.disposition is Disposition.MODIFY


def test_trouble_elsewhere_binds_the_whole_body_where_a_rule_says_so() -> None:
    """A body-wide effect reaches the place to be treated."""
    told = {"problems": [{"kind": "rash", "region": "wrist"}], "otherwise_denied": "skin"}
    assert verdict(against("{rash: yes}", effect=bound("avoid", "body")), **told) is Verdict.AVOID
    assert verdict(against("{rash: yes}", effect=bound("avoid", "lower_back")), **told) is Verdict.AVOID


def test_trouble_elsewhere_says_nothing_of_rules_that_do_not_read_it() -> None:
    """A rule on the client, or on another trouble, isn't told again for a rash on the wrist."""
    rules = book(rule("fever", "{fever: yes}", REFER) + rule("wound", "{wound: yes}", bound("refer", "here")))
    told = decision(rules, problems=[{"kind": "rash", "region": "wrist"}], sites=[site(wound="no")])
    assert told.elsewhere == ()


# Clearances and overrides


def cleared(rule_id: str = "t.r0", on: str = "2026-11-01", until: str = "2026-12-01") -> dict[str, Any]:
    return {"clearances": [{"rule": rule_id, "by": "Dr Example", "on": on, "until": until}]}


@pytest.mark.parametrize("effect", [AVOID, REFER, CAP])
@pytest.mark.parametrize("fever", ["yes", None])
def test_a_clearance_lifts_the_rule_it_names(effect: str, fever: str | None) -> None:
    """The finding is kept with its clearance and bars nothing."""
    fevers = against("{fever: yes}", effect=effect)
    assert verdict(fevers, fever=fever, **cleared()) is Verdict.SUITABLE
    found = finding(fevers, "r0", fever=fever, **cleared())
    assert found is not None
    assert found.cleared is not None


def test_a_clearance_lifts_one_rule() -> None:
    """Another rule on the same fact stands."""
    assert verdict(against("{fever: yes}", "{fever: yes}"), fever="yes", **cleared("t.r1")) is Verdict.AVOID


@pytest.mark.parametrize(
    ("until", "expected"), [("2026-11-24", Verdict.SUITABLE), ("2026-11-23", Verdict.AVOID), ("2026-11-01", Verdict.AVOID)]
)
def test_a_clearance_counts_to_its_last_day(until: str, expected: Verdict) -> None:
    """It counts on its last day and not on the next."""
    assert verdict(against("{fever: yes}"), fever="yes", **cleared(until=until)) is expected


@pytest.mark.parametrize("told", [cleared(on="2026-11-25"), {**cleared(), "as_of": None}])
def test_a_clearance_that_is_not_valid_yet_is_refused(told: dict[str, Any]) -> None:
    """A clearance is given before the day that the profile speaks of, and needs that day."""
    with pytest.raises(ProfileError, match="a clearance needs its day, its last day, and an `as_of` that isn't before it"):
        profile(fever="yes", **told)


def test_a_clearance_of_a_rule_that_is_not_there_is_refused() -> None:
    """A mistyped rule would otherwise lift nothing in silence."""
    with pytest.raises(ProfileError, match=r"profile.clearances.0: `t.r00` isn't a rule. Did you mean `t.r0`\?"):
        decision(against("{fever: yes}"), fever="yes", **cleared("t.r00"))


def test_an_emergency_can_not_be_cleared() -> None:
    """Whether or not it holds."""
    with pytest.raises(ProfileError, match=r"`t.r0` is an emergency and can't be cleared in writing\."):
        decision(against("{fever: yes}", effect=STOP), **cleared())


def test_a_clearance_lifts_a_rule_on_trouble_elsewhere() -> None:
    """The visit is a plain one again."""
    rash = against("{rash: yes}", effect=bound("refer", "here"))
    told = {"problems": [{"kind": "rash", "region": "wrist"}], "otherwise_denied": "skin"}
    assert [disposition(rash, **told), disposition(rash, **told, **cleared())] == [Disposition.MODIFY, Disposition.TREAT]


def test_an_override_changes_no_verdict() -> None:
    """It is recorded only."""
    override = [{"rule": "t.r0", "by": "A therapist", "reason": "It was discussed."}]
    assert verdict(against("{fever: yes}"), fever="yes", overrides=override) is Verdict.AVOID


def test_an_override_of_a_rule_that_is_not_there_is_refused() -> None:
    """It would be recorded against nothing."""
    override = [{"rule": "t.nothing", "by": "A therapist", "reason": "It was discussed."}]
    with pytest.raises(ProfileError, match=r"profile.overrides.0: `t.nothing` isn't a rule\."):
        decision(book(), overrides=override)


# Progress


def test_the_most_cautious_meaning_of_the_last_sessions_stands_first() -> None:
    """Those that hold at a place are told, and change nothing there; those that can't be told say nothing."""
    rules = book(
        rule("on", "{pain_now: {at_most: 9}}", "{progress: {action: progress}}")
        + rule("ease", "{pain_now: {above: {fact: pain_before}}}", "{progress: {action: ease}}")
        + rule("back", "{fever: yes}", "{progress: {action: refer}}")
    )
    told = decision(rules, sites=[site(), site("calf", pain_now=8, pain_before=3)])
    assert [(f.rule.id, f.site) for f in told.progress] == [("t.ease", 1), ("t.on", 1)]
    assert told.disposition is Disposition.TREAT


# Limits


def limits(*effects: str, technique: str = LIGHT, region: str = "lower_back", **told: Any) -> Limits:
    """The limits of rules that all hold for a fever."""
    rules = book("".join(rule(f"r{i}", "{fever: yes}", effect) for i, effect in enumerate(effects)))
    return judgement(rules, technique, fever="yes", sites=[site(region)], **told).limits


@pytest.mark.parametrize("effects", [(CAP, adapt(pressure_at_most=1)), (adapt(pressure_at_most=1), CAP)])
def test_the_lowest_pressure_counts(effects: tuple[str, str]) -> None:
    """In whatever order the rules stand."""
    found = limits(*effects)
    assert found.pressure_at_most == 1
    assert found.because["pressure_at_most"] == ("t.r0", "t.r1")


def test_a_cap_on_a_part_is_kept_for_that_part() -> None:
    """The highest cap is that of the whole, and lower ones are told for their parts."""
    found = limits(adapt(pressure_at_most=1, where="sacrum"), CAP, region="back")
    assert (found.pressure_at_most, dict(found.local_pressure)) == (2, {"sacrum": 1})
    found = limits(adapt(pressure_at_most=1, where="sacrum"), region="back")
    assert (found.pressure_at_most, dict(found.local_pressure)) == (None, {"sacrum": 1})


@pytest.mark.parametrize("effects", [(30, 20), (20, 30)])
def test_the_shortest_time_counts(effects: tuple[int, int]) -> None:
    """In whatever order the rules stand."""
    assert limits(*(adapt(minutes_at_most=m) for m in effects)).minutes_at_most == 20


@pytest.mark.parametrize("effects", [(1, 0), (0, 1)])
def test_the_least_discomfort_counts(effects: tuple[int, int]) -> None:
    """None at all is less than a little."""
    assert limits(*(adapt(pain_at_most=p) for p in effects)).pain_at_most == 0


def test_the_smallest_range_of_each_motion_counts() -> None:
    """Each motion is limited by itself, and only where a joint is moved."""
    effects = [adapt(motion=f"{{knee_flexion: {{at_most: {n}}}}}", techniques="all") for n in (90, 60)]
    effects.append(adapt(motion="{hip_flexion: {at_most: 80}}", techniques="all"))
    assert dict(limits(*effects, technique=MOVE).motion) == {"hip_flexion": 80, "knee_flexion": 60}
    assert not limits(*effects, technique=LIGHT)


def test_the_end_of_the_range_is_left_out_where_a_joint_is_moved() -> None:
    """It means nothing to a stroke."""
    no_end = adapt(no_end_range="yes", techniques="all")
    assert limits(no_end, technique=MOVE).no_end_range
    assert not limits(no_end, technique=LIGHT).no_end_range


def test_all_barred_positions_are_barred() -> None:
    """Those that one rule bars, and those that another doesn't allow."""
    found = limits(adapt(no_positions="prone"), adapt(positions="[prone, side_lying, seated]"))
    assert found.no_positions == {"prone", "supine", "semi_reclined"}


def test_all_spared_parts_are_spared() -> None:
    """The parts of each rule are left out, those that no site has are of no consequence."""
    found = limits(adapt(spare="[sacrum, wrist]"), adapt(spare="mid_back"), region="back")
    assert (found.spare, found.because) == ({"sacrum", "mid_back"}, {"spare": ("t.r0", "t.r1")})
    assert not limits(adapt(spare="wrist"), region="back")


def test_the_widest_margin_counts() -> None:
    """Ten centimetres keep five."""
    effects = [bound("avoid", "sacrum", f", margin_cm: {cm}") for cm in (5, 10, 2)]
    assert limits(*effects, region="back").margin_cm == 10


@pytest.mark.parametrize(
    ("effect", "technique"),
    [
        (adapt(pressure_at_most=3), LIGHT),
        (adapt(pressure_at_most=2), DRAIN),
        (adapt(pain_at_most=2), LIGHT),
        (adapt(pressure_at_most=1), BREATHE),
        (adapt(motion="{knee_flexion: {at_most: 60}}"), LIGHT),
    ],
)
def test_a_limit_that_leaves_a_technique_as_it_is_does_not_count(effect: str, technique: str) -> None:
    """It is no reason and no limit, and the visit stays a plain one."""
    rules = without_suggestion(
        rule(
            "only",
            "{complaints: ache}",
            f"{{suggest: {{techniques: {technique}, role: option, goals: mobility, certainty: low}}}}",
        )
        + rule("r0", "{fever: yes}", effect.replace("{adapt: {", f"{{adapt: {{techniques: {technique}, "))
    )
    told = judgement(rules, technique, fever="yes")
    assert (told.verdict, told.against, bool(told.limits)) == (Verdict.SUITABLE, (), False)


@pytest.mark.parametrize("limit", [{"pressure_at_most": 3}, {"spare": "lower_back"}, {"positions": "[]"}])
def test_a_limit_that_leaves_no_room_closes_or_asks_first(limit: dict[str, Any]) -> None:
    """It closes where it holds, and is asked about where it can't be told."""
    if "positions" in limit:
        limit = {"no_positions": "[prone, supine, side_lying, seated, semi_reclined]"}
    tight = against("{fever: yes}", effect=adapt(**limit))
    assert [verdict(tight, DEEP, fever=f) for f in ("yes", None, "no")] == [Verdict.AVOID, Verdict.ASK_FIRST, Verdict.SUITABLE]


def test_positions_that_are_barred_one_by_one_may_leave_none() -> None:
    """Closed if all rules hold; asked about while one of them is open."""
    tight = book(
        rule("back", "{fever: yes}", adapt(positions="prone")) + rule("front", "{drunk: yes}", adapt(no_positions="prone"))
    )
    assert [verdict(tight, fever="yes", drunk=d) for d in ("yes", None, "no")] == [
        Verdict.AVOID,
        Verdict.ASK_FIRST,
        Verdict.ADAPT,
    ]


def test_a_limit_that_leaves_no_room_in_a_part_leaves_out_that_part() -> None:
    """Deep work spares the sacrum where it may only be stroked."""
    told = judgement(
        against("{fever: yes}", effect=adapt(pressure_at_most=2, where="sacrum")), DEEP, fever="yes", sites=[site("back")]
    )
    assert (told.verdict, told.limits.spare, dict(told.limits.local_pressure)) == (Verdict.ADAPT, {"sacrum"}, {})


def test_advice_alone_is_no_limit() -> None:
    """It is a reason worth reading, and the technique stays suitable in a plain visit."""
    told = decision(against("{fever: yes}", effect=adapt(advice="Offer water.")), fever="yes")
    light = told.sites[0].judgements[LIGHT]
    assert (light.verdict, [f.rule.id for f in light.against], bool(light.limits)) == (Verdict.SUITABLE, ["t.r0"], False)
    assert told.disposition is Disposition.TREAT


def test_a_closed_technique_has_nothing_to_spare() -> None:
    """Where everything is closed, leaving out a part would say too little."""
    assert judgement(against("{fever: yes}"), fever="yes").limits.spare == frozenset()


# The map of the body


def test_the_map_of_the_body_caps_its_regions() -> None:
    """The hollow of the knee is only ever stroked, which is too little for deep work."""
    hollow = {"sites": [site("popliteal_fossa")]}
    light = judgement(book(), LIGHT, **hollow)
    assert (light.verdict, light.limits.pressure_at_most) == (Verdict.ADAPT, 1)
    assert light.limits.because == {"pressure_at_most": ("anatomy.popliteal_fossa",)}
    assert verdict(book(), DEEP, **hollow) is Verdict.AVOID
    assert verdict(book(), DRAIN, **hollow) is Verdict.SUITABLE


def test_a_cap_of_the_map_on_a_part_is_told_and_changes_no_verdict() -> None:
    """Every knee has its hollow: work on it is plain, with the hollow stroked only, or left out by what is deep."""
    told = decision(book(), sites=[site("knee")])
    light, deep = told.sites[0].judgements[LIGHT], told.sites[0].judgements[DEEP]
    assert (light.verdict, dict(light.limits.local_pressure)) == (Verdict.SUITABLE, {"popliteal_fossa": 1})
    assert (deep.verdict, deep.limits.spare) == (Verdict.SUITABLE, {"popliteal_fossa"})
    assert told.disposition is Disposition.TREAT


def test_caps_of_the_map_on_all_parts_count_together() -> None:
    """The groin is two capped parts: strokes there are lighter, and deep work has no room in either."""
    told = decision(book(), sites=[site("groin")]).sites[0].judgements
    both = ("anatomy.femoral_triangle", "anatomy.groin_inguinal")
    assert (told[LIGHT].verdict, told[LIGHT].limits.pressure_at_most) == (Verdict.ADAPT, 2)
    assert dict(told[LIGHT].limits.local_pressure) == {"femoral_triangle": 1}
    assert told[LIGHT].limits.because == {"pressure_at_most": both}
    assert told[DEEP].verdict is Verdict.AVOID
    assert [f.rule.id for f in deciding(told[DEEP], book().catalogue.variants[DEEP])] == list(both)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [("avoid", Verdict.AVOID), ("refer", Verdict.REFER_FIRST)],
)
def test_a_cap_of_the_map_counts_where_the_rest_is_closed(effect: str, expected: Verdict) -> None:
    """With the front of the knee closed, the hollow is all that is left: the strokes there are lighter, and deep work has no room."""
    front = against("{fever: yes}", effect=bound(effect, "knee_anterior"))
    light, deep = (judgement(front, t, fever="yes", sites=[site("knee")]) for t in (LIGHT, DEEP))
    assert (light.verdict, light.limits.pressure_at_most, light.limits.spare) == (Verdict.ADAPT, 1, {"knee_anterior"})
    assert [f.rule.id for f in light.against] == ["t.r0", "anatomy.popliteal_fossa"]
    assert (deep.verdict, [f.rule.id for f in deep.against]) == (expected, ["t.r0", "anatomy.popliteal_fossa"])


def test_what_the_shipped_map_closes_or_caps_has_its_reason() -> None:
    """Whatever region or group is treated, no technique is closed or held lighter without a rule to show for it."""
    ready = shipped_evaluator()
    client = models(ready.rulebook.vocabulary).profile
    complaint = "stress_or_tension_without_complaint"
    for region in sorted(ready.rulebook.vocabulary.regions.names()):
        told = client.read({"age": 40, "otherwise_denied": "all", "sites": [{"region": region, "complaints": [complaint]}]})
        _, decided = ready.decide(told, core="compiled")
        for found in decided.sites[0].judgements.values():
            assert found.against or found.verdict.open or found.verdict is Verdict.NOT_INDICATED, (region, found.technique)
            assert found.limits.pressure_at_most is None or found.limits.because["pressure_at_most"], (region, found.technique)


def test_a_cap_of_the_map_adds_nothing_to_what_is_closed() -> None:
    """Where a rule closes the whole knee, its hollow is no further reason; where it is cleared, it is none at all."""
    assert [f.rule.id for f in judgement(against("{fever: yes}"), DEEP, fever="yes", sites=[site("knee")]).against] == ["t.r0"]
    hollow = {"sites": [site("popliteal_fossa")], **cleared("anatomy.popliteal_fossa")}
    assert verdict(book(), DEEP, **hollow) is Verdict.SUITABLE


# Verdicts


def test_the_order_of_caution() -> None:
    """What isn't indicated and what waits for an answer stand alike; only the first two are open."""
    order = [Verdict.SUITABLE, Verdict.ADAPT, Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID]
    assert [v.caution for v in order] == [0, 1, 2, 3, 4]
    assert Verdict.NOT_INDICATED.caution == Verdict.ASK_FIRST.caution
    assert {v for v in Verdict if v.open} == {Verdict.SUITABLE, Verdict.ADAPT}
    assert [d.caution for d in Disposition] == [0, 1, 2, 3, 4, 5]


LADDER = [("stroke", AVOID), ("thinner", REFER), ("fever", AVOID), ("drunk", CAP)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"stroke": "yes", "thinner": "yes", "drunk": "yes"}, Verdict.AVOID),
        ({"stroke": "no", "thinner": "yes", "drunk": "yes"}, Verdict.REFER_FIRST),
        ({"thinner": "yes", "drunk": "yes"}, Verdict.REFER_FIRST),
        ({"stroke": "no", "thinner": "no", "drunk": "yes"}, Verdict.ASK_FIRST),
        ({"stroke": "no", "thinner": "no", "fever": "no", "drunk": "yes"}, Verdict.ADAPT),
        ({"stroke": "no", "thinner": "no", "fever": "no", "drunk": "no"}, Verdict.SUITABLE),
    ],
)
def test_the_strictest_finding_decides(told: dict[str, str], expected: Verdict) -> None:
    """The first line of the table that fits."""
    assert verdict(book("".join(rule(f, f"{{{f}: yes}}", effect) for f, effect in LADDER)), **told) is expected


@pytest.mark.parametrize(
    ("effect", "expected"), [(AVOID, Verdict.AVOID), (REFER, Verdict.REFER_FIRST), (CAP, Verdict.NOT_INDICATED)]
)
def test_what_is_not_indicated_may_still_be_closed(effect: str, expected: Verdict) -> None:
    """Closed and waiting come before not indicated, which comes before what is to be asked and adapted."""
    assert verdict(against("{fever: yes}", effect=effect), fever="yes", sites=[site(complaints=["scar"])]) is expected
    assert verdict(against("{fever: yes}"), sites=[site(complaints=["scar"])]) is Verdict.NOT_INDICATED


def test_one_suggestion_that_holds_is_enough() -> None:
    """Others that don't hold, or can't be told, take nothing away."""
    rules = book(
        rule("sleep", "{wishes: sleep}", f"{{suggest: {{techniques: {LIGHT}, role: option, goals: mobility, certainty: low}}}}")
    )
    told = judgement(rules)
    assert (told.verdict, [(f.rule.id, f.truth) for f in told.suggested]) == (
        Verdict.SUITABLE,
        [("t.indicated", TRUE), ("t.sleep", UNKNOWN)],
    )


# Which findings decide


def decided(rulebook: Rulebook, technique: str = LIGHT, **told: Any) -> list[str]:
    found: Judgement = judgement(rulebook, technique, **told)
    return [f.rule.id for f in deciding(found, rulebook.catalogue.variants[technique])]


def test_what_closes_decides_before_what_leaves_no_room() -> None:
    """A cap that leaves no room matters only where nothing closes the place."""
    rules = book(
        rule("fever", "{fever: yes}", AVOID) + rule("drunk", "{drunk: yes}", CAP) + rule("blood", "{thinner: yes}", REFER)
    )
    assert decided(rules, DEEP, fever="yes", drunk="yes", thinner="yes") == ["t.fever"]
    assert decided(rules, DEEP, fever="no", drunk="yes", thinner="yes") == ["t.drunk"]
    assert decided(rules, LIGHT, fever="no", drunk="yes", thinner="yes") == ["t.blood"]
    assert decided(rules, LIGHT, fever="no", drunk="yes", thinner="no") == []


@pytest.mark.parametrize(
    "limit", [{"spare": "lower_back"}, {"no_positions": "[prone, supine, side_lying, seated, semi_reclined]"}]
)
def test_every_limit_that_leaves_no_room_decides(limit: dict[str, str]) -> None:
    """One that leaves some doesn't."""
    rules = book(rule("fever", "{fever: yes}", adapt(**limit)) + rule("drunk", "{drunk: yes}", adapt(minutes_at_most=20)))
    assert decided(rules, fever="yes", drunk="yes") == ["t.fever"]


def test_limits_that_leave_no_room_together_decide_together() -> None:
    """Two rules that bar all positions between them are both named."""
    rules = book(rule("a", "{fever: yes}", adapt(positions="prone")) + rule("b", "{drunk: yes}", adapt(no_positions="prone")))
    assert decided(rules, fever="yes", drunk="yes") == ["t.a", "t.b"]


def test_what_closes_the_parts_decides_together() -> None:
    """One rule closes the front, another leaves no room at the back: both are named."""
    rules = book(
        rule("a", "{fever: yes}", bound("avoid", HALVES[0]))
        + rule("b", "{drunk: yes}", adapt(pressure_at_most=0, where=HALVES[1]))
    )
    assert decided(rules, DEEP, fever="yes", drunk="yes", sites=[site("hip")]) == ["t.a", "t.b"]


# Disposition


def test_treat_if_all_that_is_indicated_is_suitable_and_nothing_is_limited() -> None:
    """A rule that bars a technique nobody suggested is a modification too: it would be one to remember."""
    rules = without_suggestion(
        rule(
            "light", "{complaints: ache}", f"{{suggest: {{techniques: {LIGHT}, role: option, goals: mobility, certainty: low}}}}"
        )
        + rule("r0", "{fever: yes}", f"{{avoid: {{techniques: {DEEP}}}}}")
    )
    assert [disposition(rules, fever=f) for f in ("no", None, "yes")] == [
        Disposition.TREAT,
        Disposition.MODIFY,
        Disposition.MODIFY,
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"fever": "no", "thinner": "no", "stroke": "no"}, Disposition.TREAT),
        ({"fever": "no", "thinner": "no", "stroke": "no", "drunk": "yes"}, Disposition.MODIFY),
        ({"fever": "no", "thinner": "no"}, Disposition.ASK_FIRST),
        ({"fever": "no", "thinner": "yes"}, Disposition.CONSULT),
        ({"fever": "yes"}, Disposition.DO_NOT_TREAT),
    ],
)
def test_the_disposition_of_one_place(told: dict[str, str], expected: Disposition) -> None:
    """Open, limited, waiting for an answer, waiting for a clinician, closed."""
    effects = {"fever": AVOID, "thinner": REFER, "stroke": AVOID, "drunk": adapt(minutes_at_most=20)}
    told = {"drunk": "no", **told}
    assert disposition(book("".join(rule(f, f"{{{f}: yes}}", e) for f, e in effects.items())), **told) is expected


def test_an_open_suggestion_may_still_open_something() -> None:
    """Nobody asked for the complaint, so it is to be asked; with one that suggests nothing there is nothing to do."""
    assert disposition(book(), sites=[{"region": "calf"}]) is Disposition.ASK_FIRST
    assert disposition(book(), sites=[site(complaints=["scar"])]) is Disposition.DO_NOT_TREAT


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (
            "{refer: {who: physician, urgency: same_day, ask: What is it?, techniques: hands_on, where: [legs]}}",
            Disposition.MODIFY,
        ),
        (
            "{avoid: {techniques: hands_on, where: [legs], consult: {who: physician, urgency: same_day, ask: What is it?}}}",
            Disposition.MODIFY,
        ),
        ("{avoid: {techniques: hands_on, where: [legs]}}", Disposition.TREAT),
        (
            "{refer: {who: physician, urgency: within_days, ask: What is it?, techniques: hands_on, where: [legs]}}",
            Disposition.MODIFY,
        ),
        (
            "{refer: {who: physician, urgency: before_treatment, ask: May I?, techniques: hands_on, where: [legs]}}",
            Disposition.TREAT,
        ),
    ],
)
def test_a_plain_treatment_never_comes_with_a_clinician_to_consult(effect: str, expected: Disposition) -> None:
    """What calls for one may bind none of the places, such as a leg while the back is to be massaged; leave to treat it doesn't."""
    rules = book(rule("leg", "{fever: yes}", effect))
    assert [disposition(rules, fever=f) for f in ("no", "yes")] == [Disposition.TREAT, expected]
    assert decision(rules, fever="yes").sites[0].judgements[LIGHT].verdict is Verdict.SUITABLE


def test_only_hands_on_work_counts() -> None:
    """Breathing stays open to who may not be touched, and doesn't make a treatment."""
    hands_off = against("{fever: yes}", effect="{avoid: {techniques: hands_on}}")
    assert verdict(hands_off, BREATHE, fever="yes") is Verdict.SUITABLE
    assert disposition(hands_off, fever="yes") is Disposition.DO_NOT_TREAT


WHERE = {
    Disposition.TREAT: {"rash": "no", "wound": "no", "operated_here": "no", "phase": "chronic"},
    Disposition.MODIFY: {"rash": "no", "wound": "no", "operated_here": "no", "phase": "acute"},
    Disposition.ASK_FIRST: {"rash": "no", "wound": "no", "phase": "chronic"},
    Disposition.CONSULT: {"rash": "no", "wound": "yes", "operated_here": "no", "phase": "chronic"},
    Disposition.DO_NOT_TREAT: {"rash": "yes", "wound": "no", "operated_here": "no", "phase": "chronic"},
}
PLACES = book(
    rule("rash", "{rash: yes}", bound("avoid", "here"))
    + rule("wound", "{wound: yes}", bound("refer", "here"))
    + rule("operated", "{operated_here: yes}", bound("avoid", "here"))
    + rule("acute", "{phase: acute}", CAP)
)


@pytest.mark.parametrize("first", WHERE)
@pytest.mark.parametrize("second", WHERE)
def test_the_disposition_of_two_places(first: Disposition, second: Disposition) -> None:
    """Treat only if both are; with modification if one is open; otherwise the less cautious of the two."""
    told = disposition(PLACES, sites=[site("calf", **WHERE[first]), site("wrist", **WHERE[second])])
    open_ = {Disposition.TREAT, Disposition.MODIFY} & {first, second}
    if open_:
        assert told is (Disposition.TREAT if first is second is Disposition.TREAT else Disposition.MODIFY)
    else:
        assert told is min(first, second, key=lambda d: d.caution)


def test_an_emergency_at_any_place_decides() -> None:
    """However plain the other is."""
    stop = against("{rash: yes}", effect="{emergency: {urgency: now, who: ambulance, ask: Help., where: here}}")
    told = decision(stop, sites=[site("wrist", rash="no"), site("calf", rash="yes")])
    assert told.disposition is Disposition.EMERGENCY
    assert [s.judgements[LIGHT].verdict for s in told.sites] == [Verdict.SUITABLE, Verdict.AVOID]


def test_an_emergency_that_can_not_be_told_is_asked_about_first() -> None:
    """At the place itself, before any of its work."""
    assert disposition(against("{fever: yes}", effect=STOP)) is Disposition.ASK_FIRST
