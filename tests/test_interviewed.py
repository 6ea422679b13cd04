"""A published case that is interviewed comes to the disposition of its complete profile, with few questions."""

from __future__ import annotations

from typing import Any

import pytest
from books import evaluator, profile, rule, site
from test_settled import published

from massage_rules.advice import shipped_evaluator
from massage_rules.cases import Case
from massage_rules.interview import Interview
from massage_rules.interviewed import Interviewed, Respondent, completed, form_length, interview_of, interviewed, table, unasked
from massage_rules.profile import ProfileBase

AVOID = "{avoid: {techniques: all}}"
HERE = "{avoid: {techniques: all, where: here}}"


@pytest.mark.parametrize("case", published()[3::28], ids=lambda case: str(case.source["id"]))
def test_an_interview_comes_to_the_disposition_of_the_complete_profile(case: Case) -> None:
    """It asks a small part of what a whole form asks for."""
    found = interviewed(case, shipped_evaluator())
    assert found.ended == found.complete
    assert found.needed <= found.asked <= min(32, found.form // 10)


def answers_of(rules: str, **told: Any) -> tuple[ProfileBase, list[tuple[int, bool, bool, str]]]:
    """The profile that comes of an interview with a client, and how it stood before each question and at the end."""
    complete = completed(profile(**told))
    interview = Interview(evaluator(rules), unasked(complete))
    stages = [(s.asked, s.waits, s.settled, str(s.disposition)) for s in interview_of(interview, Respondent(complete))]
    return interview.profile, stages


def test_the_client_answers_out_of_the_profile() -> None:
    """Yes and no, numbers as they were told, choices, and that nobody knows."""
    whens = (
        "{fever: yes}",
        "{temperature: {above: 38}}",
        "{cleared: no}",
        "{phase: acute}",
        "{stroke: yes}",
        "{pain_now: {above: 6}}",
    )
    rules = "".join(rule(f"r{i}", when, "{avoid: {techniques: deep_tissue_massage}}") for i, when in enumerate(whens))
    told, _ = answers_of(rules, drunk="yes", temperature={"between": [36, 39]}, sites=[site(phase="chronic")])
    kept = told.to_dict()
    place = kept["sites"][0]
    assert kept["temperature"] == {"between": [36, 39]}
    assert (kept["cleared"], place["phase"], place["pain_now"]) == ({"unknown": "unsure"}, "chronic", {"unknown": "unsure"})
    assert (kept["fever"], "drunk" in kept, kept["otherwise_denied"]) == (False, False, ["heart"])


def test_a_block_is_denied_only_by_who_has_nothing_of_it() -> None:
    """Though only the fever matters, who is drunk can't say that there is nothing."""
    told, stages = answers_of(rule("r0", "{fever: yes}", AVOID), drunk="yes")
    assert (told.to_dict()["fever"], len(stages)) == (False, 4)  # the complaint, the block, which of it
    told, stages = answers_of(rule("r0", "{fever: yes}", AVOID))
    assert (told.to_dict()["otherwise_denied"], len(stages)) == (["today"], 3)


def test_what_is_so_at_one_place_is_told_there() -> None:
    """Which of several places is picked."""
    told, _ = answers_of(rule("r0", "{rash: yes}", HERE), sites=[site("calf"), site("wrist", rash="yes")])
    assert [s["rash"] for s in told.to_dict()["sites"]] == [False, True]


def test_the_stages_say_when_it_is_settled() -> None:
    """Before the end, where what is left changes nothing."""
    _, stages = answers_of(rule("r0", "{fever: yes}", AVOID) + rule("r1", "{stroke: yes}", AVOID), fever="yes")
    assert stages[0] == (0, True, False, "ask first")
    assert stages[-1] == (3, False, True, "do not treat")


def test_a_form_asks_for_what_concerns_the_client_and_is_not_told() -> None:
    """The age of a wound only of who has one; what was told unasked isn't counted."""
    plain, wounded = (completed(profile(sites=[site(wound=w)])) for w in ("no", "yes"))
    counts = [form_length(p, unasked(p)) for p in (plain, wounded)]
    assert counts[1] - counts[0] == 2  # since when, and whether it is closed
    volunteered = completed(profile(sites=[site(wound="no")], sex="male", heavy_work="yes", age=12))
    assert unasked(volunteered).to_dict()["heavy_work"] is True


def test_the_table_tells_what_changed() -> None:
    """And what never was settled."""
    cases = [Interviewed("A", 100, 4, 6, 4, *["treat"] * 3), Interviewed("B", 300, 8, 8, None, "treat", "ask first", "ask first")]  # type: ignore[list-item]
    lines = table(cases).splitlines()
    assert lines[2].split() == ["facts", "that", "a", "whole", "form", "asks", "for", "200", "300"]
    assert lines[6] == "disposition as of the complete profile: 1 when nothing needed was left, 1 at the end, of 2"
    assert lines[-2:] == [
        "A              100        4       4      6  treat",
        "B              300        -       8      8  ask first, but treat of the complete profile",
    ]
