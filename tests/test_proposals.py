"""What would have to be different, in words: every proposal works, says how it comes about, and says how far was looked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import books
import pytest
from hypothesis import HealthCheck, assume, given, settings
from small_clients import Plain, clients
from small_clients import books as books_that_suggest
from test_least import goals

import massage_rules as mr
from massage_rules.advice import Evaluator
from massage_rules.changes.least import Goal
from massage_rules.changes.proposals import Proposals
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
REFER = "{refer: {who: surgeon, urgency: routine, ask: May we?, techniques: all}}"


def proposed(rules: str, *, technique: str | None = books.LIGHT, to: Any = (), **facts: Any) -> Proposals:
    """What would change the answer for a client of a small book, at a place that aches."""
    place = {"region": "calf", "complaints": ["ache"], **facts.pop("place", {})}
    ready = Evaluator(books.book(rules))
    client = models(ready.rulebook.vocabulary).profile.read({"as_of": "2026-11-24", "sites": [place], **facts})
    return mr.what_would_change(client, technique, to=to, evaluator=ready)


def words(found: Proposals) -> list[list[tuple[str, str, str, str]]]:
    return [[(c.kind, c.name, c.before, c.after) for c in p.changes] for p in found.proposals]


def rule(name: str, when: str, effect: str = "{avoid: {techniques: all}}") -> str:
    return books.rule(name, when, effect, title=name)


def test_what_can_pass_is_proposed_and_what_cannot_is_not() -> None:
    """A fever can pass; a stroke that was had stays had, and that is said of any number of changes."""
    found = proposed(rule("fever", "{fever: yes}"), fever=True)
    assert words(found) == [[("time", "fever", "yes", "no")]]
    assert [p.gives for p in found.proposals] == ["suitable"]
    never = proposed(rule("stroke", "{stroke: yes}"), stroke=True, stroke_weeks=400)
    assert (never.proposals, never.complete_to) == ((), None)
    assert "Nothing that can change would make it suitable or adapt." in str(never)


def test_what_is_not_known_can_be_learnt() -> None:
    """An open question is a change: the answer that opens, and not the denial of its whole block besides."""
    found = proposed(rule("clot", "{clot: yes}"))
    assert words(found) == [[("learn", "clot", "not known", "no")]]


def test_several_open_questions_are_learnt_together() -> None:
    """Where several things of one block are open, both have to turn out to be no."""
    found = proposed(rule("clot", "{clot: yes}") + rule("stroke", "{stroke: yes}"))
    assert words(found) == [[("learn", "clot", "not known", "no"), ("learn", "stroke", "not known", "no")]]


def test_what_does_not_concern_the_client_yet_is_asked_after_what_makes_it_so() -> None:
    """Whether a clot is treated can be learnt only with the clot itself."""
    treated = rule("clot", "{not: {clot_treated: yes}}")
    found = proposed(treated, place={"clot": True})
    assert words(found) == [[("learn", "clot_treated", "not known", "yes")]]
    found = proposed(treated)
    assert [[(c.name, c.after) for c in p.changes] for p in found.proposals] == [[("clot", "yes"), ("clot_treated", "yes")]]


def test_what_a_client_would_rather_not_say_is_not_asked_again() -> None:
    """A declined answer isn't proposed to be learnt."""
    assert proposed(rule("fever", "{fever: yes}"), fever={"unknown": "declined"}).proposals == ()


def test_a_referral_can_be_cleared_and_an_emergency_cannot() -> None:
    """A rule that waits for a clinician names whom to ask; in an emergency nothing is proposed."""
    found = proposed(rule("stroke", "{stroke: yes}", REFER), stroke=True, stroke_weeks=400)
    assert words(found) == [[("clear", "t.stroke", "", "surgeon")]]
    assert "Cleared in writing by the surgeon: “stroke”" in str(found)
    assert found.profile().clearances[0].rule == "t.stroke"
    stop = "{emergency: {who: ambulance, urgency: now, ask: Help!}}"
    gone = proposed(rule("fever", "{fever: yes}", stop), fever=True)
    assert (gone.proposals, "get help first" in gone.note) == ((), True)


def test_trouble_elsewhere_counts_for_the_client_as_a_whole() -> None:
    """A rule that speaks of a problem outside the place can be cleared; one that might call for help has to be ruled out."""
    elsewhere = {"technique": None, "problems": [{"kind": "rash", "region": "neck"}], "place": {"rash": False, "wound": False}}
    refer = "{refer: {who: surgeon, urgency: within_days, ask: May we?, techniques: all}}"
    found = proposed(rule("rash", "{rash: yes}", refer), to="treat", **elsewhere)
    assert (found.now, words(found)) == ("treat with modification", [[("clear", "t.rash", "", "surgeon")]])
    stop = "{emergency: {who: ambulance, urgency: now, ask: Help!}}"
    found = proposed(rule("both", "{all: [{rash: yes}, {fever: yes}]}", stop), **elsewhere)
    assert (found.now, words(found)) == ("ask first", [[("learn", "fever", "not known", "no")]])


def test_a_side_that_is_not_known_can_be_learnt() -> None:
    """A rule for one side closes the other too while nobody knows which side it is."""
    avoid = "{avoid: {techniques: all, where: [calf], side: weak_side}}"
    found = proposed(rule("weak", "{stroke: yes}", avoid), stroke=True, stroke_weeks=400, place={"side": "left"})
    assert words(found) == [[("learn", "weak_side", "not known", "right")]]


def test_without_a_day_nobody_can_clear_anything() -> None:
    """A clearance counts from a day; where the client's isn't known, it is said that none was considered."""
    found = proposed(rule("stroke", "{stroke: yes}", REFER), as_of=None, stroke=True, stroke_weeks=400)
    assert found.proposals == ()
    assert "no clearance in writing was considered" in str(found)


def test_numbers_are_told_as_stretches() -> None:
    """All numbers that do are one change: below a bound, above one, or between two."""
    hot = proposed(rule("hot", "{temperature: {above: 38}}"), temperature={"value": 39, "on": "2026-11-24"})
    assert words(hot) == [[("measure", "temperature", "39 °C", "at most 38 °C")]]
    both = rule("low", "{pain_now: {below: 2}}") + rule("high", "{pain_now: {at_least: 5}}")
    between = proposed(both, place={"pain_now": 8})
    assert words(between) == [[("measure", "pain_now", "8", "at least 2 and less than 5")]]


def test_several_changes_stand_together() -> None:
    """Where one change isn't enough, those that are needed together are one proposal, in one item."""
    found = proposed(rule("a", "{fever: yes}") + rule("b", "{rash: yes}"), fever=True, place={"rash": True})
    assert words(found) == [[("time", "fever", "yes", "no"), ("time", "rash", "yes", "no")]]
    assert "2 changes together. Then: suitable." in str(found)
    assert "<li>2 changes together" in found.to_html()


def test_more_caution_can_be_asked_for() -> None:
    """Of what is as good as it can be, what would make it more cautious; and any verdict can be asked for by name."""
    found = proposed(rule("fever", "{fever: yes}"), fever=False)
    assert (found.now, words(found), found.complete_to) == ("suitable", [[("time", "fever", "no", "yes")]], None)
    assert proposed(rule("fever", "{fever: yes}"), fever=False, to="refer first").proposals == ()
    assert "It is so already." in str(proposed(rule("fever", "{fever: yes}"), fever=False, to="suitable"))
    with pytest.raises(mr.ContentError) as error:
        proposed("", to="suitble")
    assert "Did you mean `suitable`?" in str(error.value.faults[0])
    with pytest.raises(mr.ContentError) as error:
        proposed("", to="treat")
    assert "`treat` isn't a verdict. It takes `suitable`, `adapt`," in str(error.value.faults[0])


def test_of_what_is_open_it_is_never_said_that_nothing_can_change_it() -> None:
    """Hardly anything is known of the client, and the whole form denied would open it: so the search may only say how far it got."""
    told = {"as_of": "2026-11-24", "sites": [{"region": "shoulder", "complaints": ["unspecified_pain"]}]}
    denied = mr.recommend({**told, "age": 40, "sex": "female", "otherwise_denied": ["all"]})
    assert denied.sites[0]["effleurage_light_massage"].verdict == "suitable"
    found = mr.what_would_change(told, "effleurage_light_massage", to="suitable")
    assert found.complete_to is not None or found.proposals
    assert "Nothing that can change" not in str(found)


def test_the_client_as_a_whole_can_be_asked_about() -> None:
    """Without a technique it is the disposition that moves."""
    found = proposed(rule("fever", "{fever: yes}"), technique=None, fever=True)
    assert (found.now, [p.gives for p in found.proposals]) == ("do not treat", ["treat"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(books_that_suggest(most=4), clients(), goals())
def test_every_proposal_works(book: Rulebook, profile: ProfileBase, goal: Goal) -> None:
    """Whatever is proposed, the client as it would be has the verdict that is promised."""
    ready = Plain(book)
    decision = ready.decide(profile, core="compiled")[1]
    assume(not goal.reached(decision))
    found = mr.what_would_change(profile, goal.technique, to=goal.wanted, most=2, evaluator=ready)
    for number, proposal in enumerate(found.proposals):
        after = ready.decide(found.profile(number), core="compiled")[1]
        assert goal.of(after) == proposal.gives
        assert proposal.gives in goal.wanted
    assert str(found) and found.to_html() and found.to_markdown()


def test_an_answer_says_what_would_change_it() -> None:
    """An answer is asked by the rules that gave it; read back, proposals hold no clients."""
    ready = Evaluator(books.book(rule("fever", "{fever: yes}")))
    place = {"region": "calf", "complaints": ["ache"]}
    advice = ready.recommend(models(ready.rulebook.vocabulary).profile.read({"fever": True, "sites": [place]}))
    found = mr.what_would_change(advice, books.LIGHT)
    assert ready.recommend(found.profile()).sites[0][books.LIGHT].verdict == "suitable"
    with pytest.raises(LookupError, match="no proposal number 7"):
        found.profile(7)
    with pytest.raises(LookupError, match="without its client"):
        Proposals.model_validate(found.model_dump()).profile()


def test_an_explanation_says_what_would_change_it() -> None:
    """From an explanation, the question goes to the same client, technique and rules; read back, it says that it can't."""
    ready = Evaluator(books.book(rule("fever", "{fever: yes}")))
    client = {"fever": True, "sites": [{"region": "calf", "complaints": ["ache"]}]}
    why = mr.explain(client, books.LIGHT, evaluator=ready)
    assert why.what_would_change() == mr.what_would_change(client, books.LIGHT, evaluator=ready)
    whole = mr.explain(client, evaluator=ready).what_would_change(to="treat")
    assert [p.gives for p in whole.proposals] == ["treat"]
    assert why == mr.explain(client, books.LIGHT, evaluator=ready)
    with pytest.raises(LookupError, match="without its client"):
        mr.Explanation.model_validate(why.model_dump()).what_would_change()


def test_how_far_was_looked_is_said() -> None:
    """Where more changes than were looked through might do it, that is said, and never that nothing does."""
    booked = mr.what_would_change(EXAMPLES / "phone_booking.yaml", "effleurage_light_massage", most=2)
    assert (booked.proposals, booked.complete_to) == ((), 2)
    assert "Larger ones weren't all looked at." in " ".join(str(booked).split())
    short = mr.what_would_change(EXAMPLES / "warfarin.yaml", "range_of_motion.static_stretch", effort=3)
    assert (short.complete_to, short.tried) == (0, 3)
    assert "not even all single changes were" in " ".join(str(short).split())


def test_a_shipped_example_opens_as_its_rules_say() -> None:
    """A client in chemotherapy may be treated once the team agrees."""
    team = mr.what_would_change(EXAMPLES / "chemotherapy.yaml")
    assert words(team) == [[("clinician", "oncology_clearance", "no", "yes")]]
