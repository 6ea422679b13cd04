"""An interview: one question after the other, every kind of answer, and nothing lost by one that can't be read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from books import book, evaluator, profile, rule, site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import CATALOGUE, VOCABULARY, rulebook, rulebooks
from strategies import rule as made_up
from test_settled import nearly_told

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.blocks import Sheet
from massage_rules.conditions import Compare
from massage_rules.effects import Suggest
from massage_rules.errors import ProfileError
from massage_rules.interview import Interview, Prompt
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.telling import Spot

AVOID = "{avoid: {techniques: all}}"
HERE = "{avoid: {techniques: all, where: here}}"
YES_NO = "yes, no, ? (not sure) or - (rather not say)"


def about(*whens: str, effect: str = AVOID, **told: Any) -> Interview:
    """An interview on rules with these conditions."""
    return Interview(evaluator("".join(rule(f"r{i}", when, effect) for i, when in enumerate(whens))), profile(**told))


def told(interview: Interview) -> dict[str, Any]:
    """What the profile says besides what it started with."""
    return {k: v for k, v in interview.profile.to_dict().items() if k not in ("as_of", "sites")}


def asked(interview: Interview) -> str | None:
    prompt = interview.next()
    return prompt.id if prompt else None


def refused(interview: Interview, said: object) -> str:
    """What is said of an answer that can't be read, which changes nothing."""
    before = (interview.profile, interview.next(), interview.asked)
    with pytest.raises(ProfileError) as error:
        interview.answer(said)
    assert (interview.profile, interview.next(), interview.asked) == before
    return str(error.value)


# Where


@pytest.mark.parametrize("said", ["lower back", "lower_back", "  Lower Back "])
def test_the_place_is_asked_first(said: str) -> None:
    """All else depends on it; a region may be written with spaces."""
    interview = Interview(evaluator(rule("r0", "{fever: yes}", AVOID)))
    prompt = interview.next()
    assert prompt is not None
    assert (prompt.id, prompt.ask, prompt.needed) == ("region", "Which part of the body is to be treated?", True)
    interview.answer(said)
    assert (interview.profile.to_dict(), interview.asked) == ({"sites": [{"region": "lower_back"}]}, 1)
    assert asked(interview) == "complaints"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [("lowr back", "Did you mean `lower_back`?"), ("everywhere it hurts", "Try `neck`, `lower_back` or `body`.")],
)
def test_a_place_that_is_none_is_asked_again(said: str, remedy: str) -> None:
    """The message has the nearest name, or some to try."""
    assert refused(Interview(evaluator()), said) == f"region: `{said}` isn't a region. {remedy}"


def test_a_profile_with_a_place_is_taken_up_where_it_stands() -> None:
    """The place isn't asked again."""
    assert asked(about("{fever: yes}")) == "today"
    assert asked(about("{fever: yes}", fever="no")) is None


# Blocks


@pytest.mark.parametrize("said", ["no", "n", "None", " NO "])
def test_no_denies_a_block(said: str) -> None:
    """Nothing in it is left open, and nothing is asked any more."""
    interview = about("{fever: yes}")
    interview.answer(said)
    assert told(interview) == {"otherwise_denied": ["today"]}
    assert interview.next() is None
    assert interview.advice.disposition == "treat"


def test_blocks_are_denied_one_after_the_other() -> None:
    """Each keeps those before it."""
    interview = about("{fever: yes}", "{stroke: yes}")
    interview.answer("no")
    interview.answer("no")
    assert (told(interview), interview.asked) == ({"otherwise_denied": ["today", "heart"]}, 2)


def test_yes_to_a_block_asks_which_of_what_matters_in_it() -> None:
    """What is picked is so, and the rest of what was asked is not; nothing else in the block is taken to be denied."""
    interview = about("{fever: yes}", "{drunk: yes}")
    prompt = interview.next()
    assert prompt is not None
    assert (prompt.ask, prompt.why, prompt.hint) == ("Are you unwell today?", "illness comes first", YES_NO)
    interview.answer("yes")
    prompt = interview.next()
    assert prompt is not None
    assert (prompt.id, prompt.ask, prompt.options) == ("today", "Which of these?", ("drunk", "a fever"))
    interview.answer("drunk")
    assert told(interview) == {"drunk": True, "fever": False}
    assert interview.next() is None


@pytest.mark.parametrize(
    ("said", "drunk", "fever"),
    [
        ("1, 2", True, True),
        ("A fever", False, True),
        ("fever?", False, {"unknown": "unsure"}),
        ("drunk, 2?", True, {"unknown": "unsure"}),
        ("none", False, False),
    ],
)
def test_facts_are_picked_by_number_or_name(said: str, drunk: Any, fever: Any) -> None:
    """A question mark says that the client isn't sure."""
    interview = about("{fever: yes}", "{drunk: yes}")
    interview.answer("yes")
    interview.answer(said)
    assert told(interview) == {"drunk": drunk, "fever": fever}
    assert interview.next() is None


def test_what_a_picked_fact_implies_is_not_denied() -> None:
    """Whoever takes warfarin takes a blood thinner, picked or not."""
    interview = about("{thinner: yes}", "{warfarin: yes}")
    interview.answer("yes")
    interview.answer("warfarin")
    assert told(interview) == {"warfarin": True}


def test_a_sheet_is_denied_block_by_block() -> None:
    """One no for those that were asked, and a yes asks which of all."""
    rules = on_one_sheet(rule("r0", "{stroke: yes}", AVOID) + rule("r1", "{rash: yes}", AVOID), "heart", "skin", "work")
    interview = Interview(rules, profile())
    assert asked(interview) == "here"
    interview.answer("no")
    assert told(interview) == {"otherwise_denied": ["heart", "skin"]}
    interview = Interview(rules, profile())
    interview.answer("yes")
    interview.answer("rash")
    assert (told(interview), interview.profile.to_dict()["sites"][0]["rash"]) == ({"stroke": False}, True)


def on_one_sheet(rules: str, *blocks: str) -> Evaluator:
    """An evaluator of these rules, with these blocks on one sheet."""
    plain = book(rules)
    sheet = Sheet("here", "Here", "Is any of this so?", "it may be more than an ache", blocks)
    return Evaluator(replace(plain, vocabulary=replace(plain.vocabulary, sheets={"here": sheet})))


@pytest.mark.parametrize(
    ("said", "way"), [("?", "unsure"), ("Don't know", "unsure"), ("-", "declined"), ("rather not say", "declined")]
)
def test_a_block_may_stay_open(said: str, way: str) -> None:
    """What matters in it is open in that way, and isn't asked again."""
    interview = about("{fever: yes}", "{drunk: yes}")
    interview.answer(said)
    assert told(interview) == {"fever": {"unknown": way}, "drunk": {"unknown": way}}
    assert interview.next() is None
    assert interview.advice.disposition == "ask first"


def test_an_answer_that_is_none_to_a_block_changes_nothing() -> None:
    """It says which there are."""
    assert refused(about("{fever: yes}"), "perhaps") == "today: `perhaps` isn't an answer to this. Answer yes, no, ? or -."


def test_a_pick_that_can_not_be_read_changes_nothing() -> None:
    """The same is asked again, with the nearest name."""
    interview = about("{fever: yes}", "{drunk: yes}")
    interview.answer("yes")
    assert refused(interview, "drunc") == "today: `drunc` isn't among them. Did you mean `drunk`?"
    assert refused(interview, "3") == "today: `3` isn't among them. Answer with numbers or names from the list, or none."
    interview.answer("1")
    assert told(interview) == {"drunk": True, "fever": False}


def test_what_is_unsure_in_a_block_is_not_asked_again() -> None:
    """After yes to the block, only the others are."""
    interview = about("{fever: yes}", "{drunk: yes}", fever={"unknown": "unsure"})
    interview.answer("yes")
    prompt = interview.next()
    assert prompt is not None
    assert prompt.options == ("drunk",)
    interview.answer("none")
    assert interview.next() is None


def test_a_block_that_applies_is_not_asked_about_again() -> None:
    """What else matters of it once more is known is picked from a list; nobody hears the same question twice."""
    rules = rule("a", "{fever: yes}", "{avoid: {techniques: deep_tissue_massage}}") + rule(
        "b", "{drunk: yes}", "{adapt: {pressure_at_most: 2}}"
    )
    interview, seen = Interview(evaluator(rules), profile()), []
    for reply in ("yes", "a fever", "none"):
        prompt = interview.next()
        assert prompt is not None
        seen.append((prompt.kind, prompt.id, prompt.facts))
        interview.answer(reply)
    assert seen == [("whole", "today", ("fever",)), ("which", "today", ("fever",)), ("which", "today", ("drunk",))]
    assert interview.next() is None


def test_an_option_says_where_if_it_is_asked_of_one_place_only() -> None:
    """The rash at the calf is known; it is asked of the wrist."""
    interview = about("{rash: yes}", effect=HERE, sites=[site("calf", rash="yes"), site("wrist")])
    interview.answer("yes")
    prompt = interview.next()
    assert prompt is not None
    assert prompt.options == ("Wrist: rash",)
    assert prompt.spots == ((Spot("sites", 1),),)


def test_a_value_may_be_told_as_a_profile_takes_it() -> None:
    """Software has ranges and dates; a compound question takes words."""
    interview = about("{age: {above: 90}}")
    interview.answer({"between": [40, 49]})
    assert told(interview) == {"age": {"between": [40, 49]}}
    assert refused(about("{fever: yes}"), True).startswith("today: `true` isn't an answer to this.")


# Single facts


@pytest.mark.parametrize(
    ("when", "said", "value"),
    [
        ("{cleared: no}", "yes", True),
        ("{cleared: no}", "n", False),
        ("{age: {above: 90}}", "41", 41),
        ("{age: {above: 90}}", "41.5", 41.5),
        ("{age: {above: 90}}", "about 40", {"between": [39, 41]}),
        ("{sex: other}", "male", "male"),
        ("{wishes: sleep}", "sleep", ["sleep"]),
        ("{wishes: sleep}", "Movement, sleep", ["movement", "sleep"]),
        ("{cleared: no}", "?", {"unknown": "unsure"}),
        ("{age: {above: 90}}", "unsure", {"unknown": "unsure"}),
        ("{sex: other}", "skip", {"unknown": "declined"}),
    ],
)
def test_a_fact_takes_an_answer_of_its_kind(when: str, said: str, value: Any) -> None:
    """Yes or no, a number or about a number, a choice or several, unsure, declined."""
    interview = about(when)
    (name,) = interview.advice.questions[0].facts
    interview.answer(said)
    assert told(interview) == {name: value}
    assert interview.next() is None


@pytest.mark.parametrize("said", ["41", "about 40", "since always"])
def test_a_fact_of_the_place_is_kept_at_the_place(said: str) -> None:
    """Choices may be written with spaces."""
    interview = about("{phase: acute}" if said == "since always" else "{wound_days: {below: 5}}", sites=[site(wound="yes")])
    if said == "since always":
        assert "`phase`" in refused(interview, said)
        said = "chronic"
    interview.answer(said)
    assert told(interview) == {}
    assert set(interview.profile.to_dict()["sites"][0]) & {"phase", "wound_days"}
    assert interview.next() is None


@pytest.mark.parametrize(
    ("when", "said", "message"),
    [
        ("{cleared: no}", "maybe", "`cleared`"),
        ("{age: {above: 90}}", "old", "`age`"),
        ("{age: {above: 90}}", "about old", "`age`"),
        ("{age: {above: 90}}", "about 40 years", "`age`"),
        ("{age: {above: 90}}", "400", "lies outside 0 to 120"),
        ("{age: {above: 90}}", "nan", "`age`"),
        ("{sex: other}", "mail", "Did you mean `male`?"),
        ("{wishes: sleep}", "sleep, wealth", "`wealth`"),
        ("{wishes: sleep}", "", "`wishes`"),
        ("{cleared: no}", "", "`cleared`"),
    ],
)
def test_an_answer_that_can_not_be_read_changes_nothing(when: str, said: str, message: str) -> None:
    """It is refused with the fact's name, and the same question is asked again."""
    assert message in refused(about(when), said)


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ("{cleared: no}", YES_NO),
        ("{age: {above: 90}}", "years, e.g. 6 or about 6, or ?"),
        ("{temperature: {above: 38}}", "Cel, e.g. 6 or about 6, or ?"),
        ("{sex: other}", "one of: female, male, other; or ?"),
        ("{wishes: sleep}", "one or more of: sleep, movement; or ?"),
    ],
)
def test_a_hint_says_how_to_answer(when: str, hint: str) -> None:
    """Each kind of fact has its own."""
    prompt = about(when).next()
    assert prompt is not None
    assert prompt.hint == hint


def test_a_question_that_would_only_ease_limits_comes_last_and_says_so() -> None:
    """Nothing waits for it."""
    rules = rule("a", "{stroke: yes}", AVOID) + rule("b", "{fever: yes}", "{adapt: {pressure_at_most: 2}}")
    interview = Interview(evaluator(rules), profile())
    prompts = []
    while (prompt := interview.next()) is not None:
        prompts.append((prompt.id, prompt.needed))
        interview.answer("no")
    assert prompts == [("heart", True), ("today", False)]


def test_an_answer_after_the_last_question_changes_nothing() -> None:
    """There is nothing that it could answer."""
    interview = about("{fever: yes}", fever="no")
    before = interview.profile
    interview.answer("yes")
    assert (interview.profile, interview.asked) == (before, 0)


def test_the_advice_is_worked_out_once_for_each_answer() -> None:
    """It is kept until something is told."""
    interview = about("{fever: yes}")
    first = interview.advice
    assert interview.advice is first
    interview.answer("no")
    assert interview.advice is not first


# Several places


def test_a_fact_of_a_place_is_asked_for_each_place_that_left_it_open() -> None:
    """What is long there at the calf may be fresh at the wrist."""
    interview = about("{phase: acute}", effect=HERE, sites=[site("calf"), site("wrist", side="left")])
    prompt = interview.next()
    assert prompt is not None
    assert prompt.ask == "Calf: How long?"
    interview.answer("chronic")
    prompt = interview.next()
    assert prompt is not None
    assert prompt.ask == "Wrist, left: How long?"
    interview.answer("acute")
    assert [s["phase"] for s in interview.profile.to_dict()["sites"]] == ["chronic", "acute"]
    assert interview.next() is None


def test_a_fact_is_asked_only_where_it_matters() -> None:
    """How old the wound is matters where there is one."""
    places = [site("calf", wound="no"), site("wrist", wound="yes")]
    interview = about("{wound_days: {below: 5}}", effect=HERE, sites=places)
    assert asked(interview) == "wound_days"
    interview.answer("12")
    assert [s.get("wound_days") for s in interview.profile.to_dict()["sites"]] == [None, 12]
    assert interview.next() is None


def test_a_picked_fact_of_a_place_is_asked_where() -> None:
    """The rash is at the wrist, and not at the calf."""
    interview = about("{rash: yes}", effect=HERE, sites=[site("calf"), site("wrist")])
    interview.answer("yes")
    interview.answer("rash")
    prompt = interview.next()
    assert prompt is not None
    assert (prompt.id, prompt.ask, prompt.options) == ("rash", "Where? rash", ("Calf", "Wrist"))
    interview.answer("wrist")
    assert [s["rash"] for s in interview.profile.to_dict()["sites"]] == [False, True]
    assert interview.next() is None


def test_a_side_that_nobody_knows_is_asked_once() -> None:
    """The place stays without one."""
    interview = about("{side: left}", effect=HERE, sites=[site("wrist")])
    assert asked(interview) == "side"
    interview.answer("?")
    assert interview.next() is None
    assert "side" not in interview.profile.to_dict()["sites"][0]


def test_an_answer_leaves_what_a_place_has_told() -> None:
    """The wrist is asked about; the calf stays as it was."""
    interview = about("{phase: acute}", effect=HERE, sites=[site("calf", phase="acute"), site("wrist")])
    interview.answer("chronic")
    assert [s["phase"] for s in interview.profile.to_dict()["sites"]] == ["acute", "chronic"]


def test_an_answer_on_trouble_elsewhere_is_kept_there() -> None:
    """How much the wrist hurts settles whether the wrist calls for a clinician."""
    refer = "{refer: {who: physician, urgency: routine, ask: May it?, techniques: all, where: here}}"
    trouble = {"problems": [{"kind": "rash", "region": "wrist"}], "otherwise_denied": "skin"}
    interview = about("{all: [{rash: yes}, {pain_now: {above: 6}}]}", effect=refer, **trouble)
    assert asked(interview) == "pain_now"
    interview.answer("3")
    assert interview.next() is None
    assert "pain_now" not in interview.profile.to_dict()["sites"][0]


def test_the_time_of_an_operation_is_told_of_the_operation() -> None:
    """It was some weeks ago; which, settles whether the place is left alone."""
    operation = {"procedure": "other", "region": "calf", "weeks_ago": {"between": [2, 12]}}
    rules = ("{weeks_since_surgery: {below: 6}}",)
    interview = about(*rules, effect=HERE, sites=[site("calf")], surgeries=[operation])
    assert asked(interview) == "weeks_since_surgery"
    interview.answer("8")
    assert interview.profile.to_dict()["surgeries"][0]["weeks_ago"] == 8
    assert interview.next() is None
    interview = about(*rules, effect=HERE, sites=[site("calf")], surgeries=[operation])
    interview.answer("about 6")
    assert interview.profile.to_dict()["surgeries"][0]["weeks_ago"] == {"between": [5, 7]}
    assert interview.next() is None
    interview = about(*rules, effect=HERE, sites=[site("calf")], surgeries=[operation])
    interview.answer("?")
    assert interview.profile.to_dict()["surgeries"] == [operation]
    assert interview.next() is None


def test_what_one_place_declines_is_asked_at_the_other() -> None:
    """And what trouble elsewhere declines isn't asked again there."""
    places = [site("calf", phase={"unknown": "declined"}), site("wrist")]
    interview = about("{phase: acute}", effect=HERE, sites=places)
    assert asked(interview) == "phase"
    interview.answer("chronic")
    assert [s["phase"] for s in interview.profile.to_dict()["sites"]] == [{"unknown": "declined"}, "chronic"]
    assert interview.next() is None


def test_what_went_stale_is_asked_again() -> None:
    """Yesterday's temperature says nothing of today."""
    interview = about("{temperature: {above: 38}}", temperature={"value": 39, "on": "2026-11-20"})
    assert asked(interview) == "temperature"
    interview.answer("37")
    assert told(interview)["temperature"] == 37
    assert interview.next() is None


def test_a_rough_number_is_asked_for_once() -> None:
    """About six weeks may be more than six or not; asking again won't tell."""
    interview = about("{stroke_weeks: {below: 6}}", stroke="yes")
    interview.answer("about 6")
    assert interview.next() is None


# The shipped rules


def test_an_interview_on_the_shipped_rules_comes_to_an_end() -> None:
    """Whoever denies everything is treated after a limited number of questions."""
    interview = Interview(shipped_evaluator())
    interview.answer("neck")
    answers = {"age": "38", "complaints": "neck upper trapezius tension"}
    while (prompt := interview.next()) is not None and interview.asked < 25:
        interview.answer(answers.get(prompt.id, "no" if prompt.hint == YES_NO else "?"))
    assert interview.next() is None
    assert interview.advice.disposition in ("treat", "treat with modification")


# Any rules, any answers

INDICATED = made_up("made_up.all", Compare("age", "at_least", 0.0), Suggest(frozenset(CATALOGUE.variants), "option", (), "none"))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rulebooks(most=6), nearly_told(), st.integers(0, 2**32))
def test_an_interview_ends_and_asks_nothing_twice(drawn: Rulebook, client: ProfileBase, seed: int) -> None:
    """Whatever the rules and the answers: no fact twice at one place, and no compound question twice in the same words."""
    interview, random = Interview(Evaluator(rulebook(*drawn.rules.values(), INDICATED)), client), Random(seed)
    wholes: list[str] = []
    picked: list[tuple[str, Spot]] = []
    while (prompt := interview.next()) is not None:
        if prompt.kind == "whole":
            wholes.append(prompt.ask)
        elif prompt.kind != "where":  # which was asked about before, without the place
            picked += [(name, spot) for name, where in zip(prompt.facts, prompt.spots, strict=True) for spot in where]
        with suppress(ProfileError):  # of two answers that exclude each other one isn't taken
            interview.answer(any_reply(prompt, random))
            continue
        interview.answer("none" if prompt.kind in ("which", "where") else "?")
    assert len(set(wholes)) == len(wholes)
    assert len(set(picked)) == len(picked)


def any_reply(prompt: Prompt, random: Random) -> str:
    if prompt.kind == "whole":
        return random.choice(["yes", "no", "?", "-"])
    if prompt.options:
        return (
            ", ".join(f"{i}{random.choice(['', '?'])}" for i in range(1, len(prompt.options) + 1) if random.random() < 0.5)
            or "none"
        )
    fact = VOCABULARY.facts[prompt.id]
    match fact.type:
        case "yes_no":
            return random.choice(["yes", "no", "?", "-"])
        case "number":
            return random.choice(["?", *(str(n) for n in range(int(fact.bounds[1]) + 1)), "about 3"])
        case _:
            return random.choice(["?", "-", *fact.values])
