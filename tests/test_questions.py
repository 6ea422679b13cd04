"""What is asked, in which order, and that asking comes to an end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from books import DEEP, LIGHT, book, decision, evaluator, profile, rule, seen, site, without_suggestion

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.blocks import Sheet
from massage_rules.cases import load_cases
from massage_rules.profile import ProfileBase, models
from massage_rules.questions import Question, open_questions
from massage_rules.rulebook import Rulebook
from massage_rules.scoreboard import undenied
from massage_rules.semantics import Decision

STOP = "{emergency: {urgency: now, who: ambulance, ask: Please help at once.}}"
AVOID = "{avoid: {techniques: all}}"
REFER = "{refer: {who: physician, urgency: before_treatment, ask: May this be done?, techniques: all}}"
CAP = "{adapt: {pressure_at_most: 2}}"


def questions(rulebook: Rulebook, **told: Any) -> tuple[Question, ...]:
    return open_questions(rulebook, seen(**told), decision(rulebook, **told))


def asked(rulebook: Rulebook, **told: Any) -> list[str]:
    return [q.id for q in questions(rulebook, **told)]


def against(*whens: str, effect: str = AVOID) -> Rulebook:
    """A book of rules `r0`, `r1`, ... with these conditions and one effect."""
    return book("".join(rule(f"r{i}", when, effect) for i, when in enumerate(whens)))


# What a question is


def test_a_risk_is_asked_by_its_block() -> None:
    """One denial settles all risks of the block; the question tells the facts and rules that it bears on."""
    (question,) = questions(against("{fever: yes}", "{any: [{drunk: yes}, {fever: yes}]}"))
    assert (question.id, question.is_block, question.needed) == ("today", True, True)
    assert (question.ask, question.why) == ("Are you unwell today?", "illness comes first")
    assert (question.facts, question.rules) == (("drunk", "fever"), ("t.r0", "t.r1"))


def test_what_is_no_risk_is_asked_by_itself() -> None:
    """No denial of a block settles a protective or plain fact; why it is asked is the gravest rule in its own words."""
    rules = book(
        rule("a", "{age: {below: 18}}", CAP, title="Children need less") + rule("b", "{age: {above: 99}}", AVOID, title="Rest")
    )
    (question,) = questions(rules)
    assert (question.id, question.is_block, question.ask) == ("age", False, "How old are you?")
    assert (question.why, question.facts, question.rules) == ("Rest: would be left alone", ("age",), ("t.b",))


def test_nothing_open_asks_nothing() -> None:
    """Where all is decided there is no question."""
    assert asked(against("{fever: yes}"), fever="no") == []
    assert asked(against("{fever: yes}"), fever="yes") == []


def on_one_sheet(rulebook: Rulebook, *blocks: str) -> Rulebook:
    """The same book, with these blocks on one sheet."""
    sheet = Sheet("here", "Here", "Of this place, is any of this so?", "it may be more than an ache", blocks)
    return replace(rulebook, vocabulary=replace(rulebook.vocabulary, sheets={"here": sheet}))


def test_blocks_on_a_sheet_are_asked_in_one_question() -> None:
    """Those that matter, in the order of the form; each of them is denied by the one no."""
    rules = on_one_sheet(against("{rash: yes}", "{stroke: yes}", "{fever: yes}"), "heart", "skin", "work")
    here, today = questions(rules)
    assert (here.id, here.is_block, here.blocks) == ("here", True, ("heart", "skin"))
    assert here.ask == "Of this place, is any of this so? Any heart trouble or clot? Is any skin open?"
    assert (here.why, here.facts) == ("it may be more than an ache", ("rash", "stroke"))
    assert (today.id, today.blocks) == ("today", ("today",))


def test_one_block_of_a_sheet_is_asked_as_itself() -> None:
    """Nothing is gathered where only one matters."""
    (question,) = questions(on_one_sheet(against("{rash: yes}"), "heart", "skin"))
    assert (question.id, question.ask, question.blocks) == ("skin", "Is any skin open?", ("skin",))


def test_a_block_on_a_sheet_that_comes_to_be_due_later_is_asked_later() -> None:
    """Whether work is asked about depends on the age."""
    rules = on_one_sheet(against("{heavy_work: yes}", "{rash: yes}", "{stroke: yes}"), "heart", "skin", "work")
    assert asked(rules) == ["age", "here"]
    assert asked(rules, age=40) == ["here"]
    assert [q.blocks for q in questions(rules, age=40)] == [("heart", "skin", "work")]
    assert [q.blocks for q in questions(rules, age=12)] == [("heart", "skin")]


# Which come first


def test_the_gravest_harm_is_asked_about_first() -> None:
    """An emergency before a refusal, before a referral; a limit comes last and isn't needed."""
    rules = book(
        rule("cap", "{pregnant: yes}", CAP)
        + rule("refer", "{rash: yes}", REFER)
        + rule("avoid", "{stroke: yes}", AVOID)
        + rule("stop", "{fever: yes}", STOP)
    )
    found = [(q.id, q.needed) for q in questions(rules)]
    assert found == [("today", True), ("heart", True), ("skin", True), ("birth", False)]


def test_the_question_that_settles_more_comes_first() -> None:
    """Two rules on the skin outweigh one on the heart; what an answer would only help to settle counts a tenth."""
    assert asked(against("{stroke: yes}", "{rash: yes}", "{wound: yes}")) == ["skin", "heart"]
    together = "{points: {at_least: 2, of: [{points: 1, when: {rash: yes}}, {points: 1, when: {fever: yes}}]}}"
    assert asked(against(together, together, "{stroke: yes}"))[0] == "heart"


def test_among_equals_the_form_decides() -> None:
    """The order is that of the blocks on the form."""
    assert asked(against("{rash: yes}", "{stroke: yes}", "{fever: yes}")) == ["today", "heart", "skin"]


def test_complaint_and_age_come_before_all() -> None:
    """So much depends on them."""
    rules = book(rule("stop", "{fever: yes}", STOP) + rule("old", "{age: {above: 90}}", AVOID))
    assert asked(rules, sites=[{"region": "calf"}])[:2] == ["complaints", "age"]


def test_a_known_range_of_the_age_comes_in_its_turn() -> None:
    """Somebody of age may be over 90; first comes what more depends on."""
    rules = book(rule("stop", "{fever: yes}", STOP) + rule("old", "{age: {above: 90}}", AVOID))
    assert asked(rules, age={"at_least": 18}) == ["today", "age"]


# What is asked only where it is due


def test_a_gate_is_asked_before_what_stands_behind_it() -> None:
    """How long ago the stroke was is asked only of those who had one."""
    recent = against("{stroke_weeks: {below: 12}}")
    assert asked(recent) == ["heart"]
    assert asked(recent, stroke="yes") == ["stroke_weeks"]
    assert asked(recent, stroke="no") == []


def test_a_protective_fact_is_asked_where_it_is_due() -> None:
    """Whether a clot is treated is asked of those who have one, and not in the same breath as whether there is one."""
    clot = against("{all: [{clot: yes}, {not: {clot_treated: yes}}]}")
    assert asked(clot) == ["heart"]
    assert asked(clot, sites=[site(clot="yes")]) == ["clot_treated"]
    assert asked(clot, denied="heart") == []


def test_a_block_that_screens_for_itself_is_asked_before_it_is_known_to_be_due() -> None:
    """Nobody needs to be asked their sex to be asked whether they may be pregnant."""
    assert asked(against("{pregnant: yes}")) == ["birth"]
    assert asked(against("{gestation: {at_least: 13}}")) == ["birth"]
    assert asked(against("{gestation: {at_least: 13}}"), pregnant="yes") == ["gestation"]
    assert asked(against("{pregnant: yes}"), sex="male") == []


def test_a_block_that_does_not_screen_for_itself_waits_for_its_gate() -> None:
    """Who is under age isn't asked about work."""
    assert asked(against("{heavy_work: yes}")) == ["age"]
    assert asked(against("{heavy_work: yes}"), age=40) == ["work"]
    assert asked(against("{heavy_work: yes}"), age=12) == []


# What still turns on what


@pytest.mark.parametrize(
    ("when", "told", "expected"),
    [
        ("{all: [{fever: yes}, {stroke: yes}]}", {"fever": "yes"}, ["heart"]),
        ("{any: [{fever: yes}, {stroke: yes}]}", {"fever": "no"}, ["heart"]),
        ("{not: {all: [{cleared: yes}, {wishes: sleep}]}}", {"cleared": "yes"}, ["wishes"]),
        (
            "{points: {at_least: 2, of: [{points: 1, when: {fever: yes}}, {points: 1, when: {stroke: yes}}]}}",
            {"fever": "yes"},
            ["heart"],
        ),
        ("{pain_now: {above: {fact: pain_before}}}", {}, ["pain_before", "pain_now"]),
        ("{pain_now: {above: {fact: pain_before}}}", {"sites": [site(pain_now=3)]}, ["pain_before"]),
    ],
)
def test_only_what_a_rule_still_turns_on_is_asked(when: str, told: dict[str, Any], expected: list[str]) -> None:
    """Parts that are decided ask nothing more."""
    assert asked(against(when), **told) == expected


def test_a_definition_is_asked_through_its_rules() -> None:
    """Only those of its rules that are open."""
    ill = (
        rule("a", "{fever: yes}", "{define: ill}") + rule("b", "{stroke: yes}", "{define: ill}") + rule("c", "{ill: yes}", AVOID)
    )
    assert asked(book(ill)) == ["today", "heart"]
    assert asked(book(ill), fever="no") == ["heart"]


def test_all_places_are_asked_about_together() -> None:
    """What one place leaves open is asked, though another has told it."""
    rash = against("{rash: yes}", effect="{avoid: {techniques: all, where: here}}")
    assert asked(rash, sites=[site("calf", rash="no"), site("wrist")]) == ["skin"]
    assert asked(rash, sites=[site("calf", rash="no"), site("wrist", rash="no")]) == []


# What the answer of somebody with nothing to report leaves open


def test_what_protects_is_taken_to_be_so_when_the_next_question_is_planned() -> None:
    """Whose wound has closed isn't asked how old it is."""
    rules = against("{all: [{wound_closed: no}, {wound_days: {below: 5}}]}")
    assert asked(rules, sites=[site(wound="yes")]) == ["wound_closed"]
    assert asked(rules, sites=[site(wound="yes", wound_closed="no")]) == ["wound_days"]


def test_a_set_of_choices_is_planned_as_if_it_were_empty() -> None:
    """What matters only to those with a scar is asked once there is one."""
    rules = against("{all: [{complaints: scar}, {pain_now: {above: 5}}]}", effect="{avoid: {techniques: all, where: body}}")
    two = [site("calf"), {"region": "wrist"}]
    assert asked(rules, sites=two) == ["complaints"]
    assert asked(rules, sites=[site("calf"), site("wrist", complaints=["scar"])]) == ["pain_now"]


def test_a_suggestion_is_planned_for_one_question() -> None:
    """What else it turns on is asked if the answer leaves it open."""
    wish = suggest("sleep", "{any: [{wishes: sleep}, {phase: chronic}]}")
    assert asked(without_suggestion(wish)) == ["phase"]
    assert asked(without_suggestion(wish), sites=[site(phase="acute")]) == ["wishes"]


# Ways of not knowing


def test_what_was_declined_is_not_asked_again() -> None:
    """Nor the block for its sake."""
    assert asked(against("{fever: yes}"), fever={"unknown": "declined"}) == []
    assert asked(against("{age: {above: 90}}"), age={"unknown": "declined"}) == []
    (question,) = questions(against("{fever: yes}", "{drunk: yes}"), fever={"unknown": "declined"})
    assert (question.id, question.facts) == ("today", ("drunk",))


def test_what_the_client_is_unsure_of_is_asked_by_itself() -> None:
    """Denying the block wouldn't settle it any more."""
    found = questions(against("{fever: yes}", "{drunk: yes}"), fever={"unknown": "unsure"})
    assert [(q.id, q.is_block, q.facts) for q in found] == [("today", True, ("drunk",)), ("fever", False, ("fever",))]


def test_what_stands_behind_what_nobody_knows_is_asked_with_it() -> None:
    """Otherwise the interview would end while the work still waits for an answer; the age of a wound that may not be isn't asked."""
    assert asked(against("{heavy_work: yes}")) == ["age"]
    assert asked(against("{heavy_work: yes}"), age={"unknown": "unsure"}) == ["age", "work"]
    assert asked(against("{heavy_work: yes}"), age={"unknown": "declined"}) == ["work"]
    assert asked(against("{wound_days: {below: 5}}"), sites=[site(wound={"unknown": "unsure"})]) == ["wound"]


def test_what_nobody_knows_keeps_nothing_else_from_being_asked() -> None:
    """If the wishes aren't known, the temperature may still settle a rule."""
    book_ = against("{all: [{wishes: sleep}, {temperature: {above: 38}}]}", "{wishes: movement}")
    assert asked(book_) == ["wishes"]
    assert asked(book_, wishes={"unknown": "unsure"}) == ["wishes", "temperature"]


def test_a_block_whose_rest_was_denied_is_not_asked_again() -> None:
    """Nothing of it is open."""
    assert asked(against("{fever: yes}", "{drunk: yes}"), fever="no", otherwise_denied="today") == []


# What matters for the answer


def suggest(name: str, when: str, techniques: str = LIGHT) -> str:
    return rule(name, when, f"{{suggest: {{techniques: {techniques}, role: option, goals: mobility, certainty: low}}}}")


def test_what_is_closed_anyway_is_not_asked_about() -> None:
    """A refusal that is certain leaves nothing to be gained."""
    assert asked(against("{fever: yes}", "{stroke: yes}"), fever="yes") == []


def test_a_technique_that_is_not_indicated_is_not_asked_about() -> None:
    """What speaks against deep work matters only where deep work is suggested."""
    rules = suggest("light", "{complaints: ache}") + rule("deep", "{fever: yes}", "{avoid: {techniques: deep_tissue_massage}}")
    assert asked(without_suggestion(rules)) == []


def test_what_else_may_be_indicated_is_asked_only_where_nothing_will_do() -> None:
    """A wish for sleep matters where nothing hands-on is indicated, or where what is indicated is closed."""
    wish = suggest("sleep", "{wishes: sleep}")
    assert asked(without_suggestion(wish)) == ["wishes"]
    assert asked(without_suggestion(wish + suggest("breathe", "{complaints: ache}", "breathing_relaxation"))) == ["wishes"]
    drain = wish + suggest("drain", "{complaints: ache}", "manual_lymphatic_drainage")
    closed = rule("shut", "{fever: yes}", "{avoid: {techniques: manual_lymphatic_drainage}}")
    assert asked(without_suggestion(drain)) == []
    assert asked(without_suggestion(drain + closed), fever="no") == []
    assert asked(without_suggestion(drain + closed), fever="yes") == ["wishes"]
    assert asked(without_suggestion(drain + closed)) == ["today"]


def test_a_first_choice_for_the_complaint_is_asked_about_though_another_will_do() -> None:
    """It may be the better one; an option, or what only a wish decides, isn't asked about."""
    enough = suggest("drain", "{complaints: ache}", "manual_lymphatic_drainage")
    first = suggest("release", "{all: [{complaints: ache}, {phase: chronic}]}").replace("option", "first_line")
    found = questions(without_suggestion(enough + first))
    assert [(q.id, q.needed) for q in found] == [("phase", False)]
    assert asked(without_suggestion(enough + first.replace("first_line", "option"))) == []
    assert asked(without_suggestion(enough + suggest("sleep", "{wishes: sleep}").replace("option", "first_line"))) == []
    closed = rule("shut", "{fever: yes}", f"{{avoid: {{techniques: {LIGHT}}}}}")
    assert asked(without_suggestion(enough + first + closed), fever="yes") == []


def test_a_suggestion_of_what_is_closed_is_not_asked_about() -> None:
    """Knowing that it would be indicated opens nothing."""
    assert asked(without_suggestion(suggest("sleep", "{wishes: sleep}") + rule("shut", "{fever: yes}", AVOID)), fever="yes") == []


def test_what_is_not_hands_on_holds_nothing_up() -> None:
    """Whether breathing is indicated as well waits for nobody's answer."""
    wish = suggest("breathe", "{wishes: sleep}", "breathing_relaxation") + suggest("drain", "{complaints: ache}", LIGHT)
    closed = rule("shut", "{fever: yes}", f"{{avoid: {{techniques: {LIGHT}}}}}")
    assert asked(without_suggestion(wish + closed), fever="yes") == []


def test_what_a_second_place_may_be_good_for_holds_nothing_up() -> None:
    """The work begins where it is indicated; what ails the other place is asked besides."""
    rules = suggest("ache", "{complaints: ache}") + rule("rash", "{rash: yes}", "{avoid: {techniques: all, where: here}}")
    other = {"region": "wrist", "rash": "no"}
    found = questions(without_suggestion(rules), sites=[site("calf", rash="no"), other])
    assert [(q.id, q.needed) for q in found] == [("complaints", False)]
    assert [(q.id, q.needed) for q in questions(without_suggestion(rules), sites=[other])] == [("complaints", True)]


def test_a_refusal_of_a_part_holds_nothing_up() -> None:
    """The part is left out until it is known; a whole place waits, and so does what calls for somebody."""
    part = against("{fever: yes}", effect="{avoid: {techniques: all, where: [calf]}}")
    assert [(q.id, q.needed) for q in questions(part, sites=[site("lower_leg")])] == [("today", False)]
    assert [(q.id, q.needed) for q in questions(part, sites=[site("calf")])] == [("today", True)]
    consult = "consult: {who: physician, urgency: same_day, ask: What is it?}"
    called = against("{fever: yes}", effect=f"{{avoid: {{techniques: all, where: [calf], {consult}}}}}")
    assert [(q.id, q.needed) for q in questions(called, sites=[site("lower_leg")])] == [("today", True)]


def test_refusals_of_parts_that_leave_nothing_hold_up() -> None:
    """Together they may close the place."""
    parts = ["calf", "achilles", "lower_leg_anterior", "lower_leg_lateral"]
    half = rule("r0", "{fever: yes}", f"{{avoid: {{techniques: all, where: [{', '.join(parts[:2])}]}}}}")
    rest = rule("r1", "{stroke: yes}", f"{{avoid: {{techniques: all, where: [{', '.join(parts[2:])}]}}}}")
    found = questions(book(half + rest), sites=[site("lower_leg")])
    assert [(q.id, q.needed) for q in found] == [("today", True), ("heart", True)]


def test_limits_that_leave_no_room_hold_up_what_nothing_else_does() -> None:
    """Who is told to ask first is told what to ask, even where only a limit can't be told."""
    rules = suggest("deep", "{complaints: ache}", DEEP) + rule("cap", "{fever: yes}", CAP)
    assert decision(without_suggestion(rules)).disposition == "ask first"
    assert [(q.id, q.needed) for q in questions(without_suggestion(rules))] == [("today", True)]


def test_an_emergency_is_asked_about_whatever_is_closed() -> None:
    """Who is sent home might have to be sent to hospital."""
    rules = book(rule("stop", "{stroke: yes}", STOP) + rule("shut", "{fever: yes}", AVOID))
    assert asked(rules, fever="yes") == ["heart"]
    assert asked(rules, fever="yes", stroke="yes") == []


def test_trouble_elsewhere_is_asked_about() -> None:
    """Whether the rash on the wrist calls for a clinician matters wherever the work is; once it is cleared, it doesn't."""
    rash = against(
        "{all: [{rash: yes}, {fever: yes}]}",
        effect="{refer: {who: physician, urgency: routine, ask: May it?, techniques: all, where: here}}",
    )
    told = {"problems": [{"kind": "rash", "region": "wrist"}], "otherwise_denied": "skin"}
    clearance = [{"rule": "t.r0", "by": "Dr Example", "on": "2026-11-01", "until": "2026-12-01"}]
    assert asked(rash, **told) == ["today"]
    assert asked(rash, **told, clearances=clearance) == []


def test_a_rule_that_holds_something_up_is_not_asked_about_twice() -> None:
    """A question that is needed is left out of those that would only allow more."""
    rules = book(rule("a", "{fever: yes}", AVOID) + rule("b", "{drunk: yes}", CAP) + rule("c", "{stroke: yes}", CAP))
    assert [(q.id, q.needed, q.rules) for q in questions(rules)] == [("today", True, ("t.a",)), ("heart", False, ("t.c",))]


def test_the_advice_tells_needed_and_easing_questions_apart() -> None:
    """Both are told as data."""
    ready = evaluator(rule("a", "{fever: yes}", AVOID) + rule("c", "{stroke: yes}", CAP))
    advice = ready.recommend(profile(), core="compiled")
    assert ([q.id for q in advice.questions], [q.id for q in advice.easing_questions]) == (["today"], ["heart"])


# Ordinary clients


NECK = {"region": "neck", "complaints": ["neck_upper_trapezius_tension"]}
CLIENTS: dict[str, dict[str, Any]] = {
    "neck tension": {"age": 35, "sex": "female", "sites": [NECK]},
    "low back pain": {"age": 44, "sex": "male", "sites": [{"region": "lower_back", "complaints": ["low_back_nonspecific"]}]},
    "caesarean scar at 8 weeks": {
        "age": 33,
        "sex": "female",
        "surgeries": [{"procedure": "caesarean_section", "weeks_ago": 8}],
        "sites": [{"region": "abdomen_lower", "complaints": ["post_surgical_scar"], "wound_closed": True}],
    },
    "knee replacement at 8 weeks": {
        "age": 68,
        "sex": "male",
        "surgeries": [{"procedure": "total_knee_arthroplasty", "weeks_ago": 8}],
        "sites": [{"region": "knee", "side": "right", "complaints": ["post_operative_stiffness"], "wound_closed": True}],
    },
    "pregnancy at 20 weeks": {
        "age": 30,
        "sex": "female",
        "pregnant": True,
        "gestation_weeks": 20,
        "sites": [{"region": "lower_back", "complaints": ["low_back_nonspecific"]}],
    },
    "runner's calf": {
        "age": 29,
        "sex": "male",
        "sites": [{"region": "calf", "side": "left", "complaints": ["muscle_strain_grade_1"]}],
    },
    "desk worker": {
        "age": 38,
        "sex": "other",
        "sites": [{"region": "shoulder_top", "complaints": ["stress_or_tension_without_complaint"]}],
    },
    "frozen shoulder at 70": {
        "age": 70,
        "sex": "female",
        "sites": [{"region": "shoulder", "side": "left", "complaints": ["frozen_shoulder"]}],
    },
}


def shipped(data: dict[str, Any]) -> ProfileBase:
    return models(shipped_evaluator().rulebook.vocabulary).profile.read(data)


def plan(ready: Evaluator, client: ProfileBase) -> tuple[Decision, tuple[Question, ...]]:
    known, decided = ready.decide(client, core="compiled")
    return decided, open_questions(ready.rulebook, known, decided)


def denied(ready: Evaluator, client: ProfileBase, question: Question) -> ProfileBase:
    """The client after the answer of somebody with nothing to report: no, none, or an ordinary number."""
    if question.is_block:
        data = client.to_dict()
        return type(client).read({**data, "otherwise_denied": [*data.get("otherwise_denied", []), *question.blocks]})
    fact = ready.rulebook.vocabulary.facts[question.id]
    low, high = fact.bounds
    ordinary = {"yes_no": False, "number": min(max(low, 12), high), "choice": next(iter(fact.values), None), "choices": []}[
        fact.type
    ]
    if fact.level == "patient":
        return client.with_fact(fact.id, ordinary)
    for place in range(len(client.places)):
        client = client.with_fact(fact.id, ordinary, site=place)
    return client


def interview(ready: Evaluator, client: ProfileBase) -> Iterator[tuple[Question, tuple[Question, ...], tuple[Question, ...]]]:
    """Each question in turn, with what was planned after it and what is planned once it was denied."""
    _, planned = plan(ready, client)
    while planned:
        client = denied(ready, client, planned[0])
        _, then = plan(ready, client)
        yield planned[0], planned[1:], then
        planned = then


@pytest.mark.parametrize("name", CLIENTS)
def test_denying_each_question_in_turn_leaves_none(name: str) -> None:
    """An ordinary client is never asked the same twice, and is done after at most 25 questions."""
    ready = shipped_evaluator()
    ids = [question.id for question, _, _ in interview(ready, shipped(CLIENTS[name]))]
    assert len(ids) == len(set(ids)) <= 25


@pytest.mark.parametrize("name", ["neck tension", "low back pain", "desk worker"])
def test_the_plan_is_the_interview_of_a_client_with_nothing_to_report(name: str) -> None:
    """As long as blocks are denied, what is asked next is what was planned."""
    for question, planned, then in interview(shipped_evaluator(), shipped(CLIENTS[name])):
        if not question.is_block:
            break
        assert [q.id for q in then] == [q.id for q in planned]


def test_a_denial_brings_no_question_that_was_not_planned() -> None:
    """On published cases as they were told: while blocks are denied the plan only gets shorter, so none is asked without end."""
    folder = Path(__file__).parent / "cases"
    ready = shipped_evaluator()
    cases = [c for path in sorted(folder.glob("published_*.cases.yaml")) for c in load_cases(path, ready.rulebook)]
    for case in cases[::20]:
        for question, planned, then in interview(ready, undenied(case.profile)):
            if not question.is_block:
                break
            assert {q.id for q in then} <= {q.id for q in planned}, case.name


def test_a_tense_neck_needs_few_questions() -> None:
    """A booking tells age and complaint; with nothing else asked, at most ten questions stand before the work."""
    place = {**NECK, "complaint_weeks": 20, "pain_now": 4, "irritability": "low"}
    _, planned = plan(shipped_evaluator(), shipped({"age": 38, "sites": [place]}))
    assert 1 <= len([q for q in planned if q.needed]) <= 10


def test_who_waits_for_an_answer_has_a_question() -> None:
    """Who is told to ask first is told what to ask."""
    ready = shipped_evaluator()
    for name, told in CLIENTS.items():
        for extra in ({}, {"otherwise_denied": "all"}):
            decided, planned = plan(ready, shipped({**told, **extra}))
            assert decided.disposition != "ask first" or [q for q in planned if q.needed], name
