"""Where the answers to a question lead: the disposition of the client who gives the answer."""

from __future__ import annotations

from typing import Any

import pytest
from books import book, evaluator, profile, rule, site
from hypothesis import HealthCheck, given, settings
from strategies import rulebook, rulebooks
from test_interview import INDICATED
from test_settled import nearly_told, published
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.changes.leading import Leads, leads_to
from massage_rules.cli import app
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook

AVOID = "{avoid: {techniques: all}}"
HERE = "{avoid: {techniques: all, where: here}}"
CAP = "{adapt: {pressure_at_most: 1}}"
STOP = "{emergency: {urgency: now, who: ambulance, ask: Please help at once.}}"


def leads(rules: str, **told: Any) -> dict[str, dict[str, list[str]]]:
    """By question, where each answer leads."""
    found = leads_to(profile(**told), evaluator=evaluator(rules))
    return {lead.question: {said: [str(d) for d in after] for said, after in lead.leads_to.items()} for lead in found.leads}


def test_a_fact_leads_to_one_disposition_for_each_answer() -> None:
    """Yes or no, the outcome is that of the client who says so."""
    rules = rule("a", "{all: [{stroke: yes}, {cleared: no}]}", AVOID)
    assert leads(rules, stroke="yes") == {"cleared": {"yes": ["treat"], "no": ["do not treat"]}}


def test_a_yes_to_a_block_may_mean_any_of_its_facts() -> None:
    """So it may lead to several, the mildest first; a no leads to one."""
    rules = rule("a", "{fever: yes}", STOP) + rule("b", "{drunk: yes}", AVOID)
    assert leads(rules) == {"today": {"yes": ["do not treat", "emergency"], "no": ["treat"]}}


def test_numbers_are_told_in_stretches_with_one_outcome() -> None:
    """By the bounds that rules name, and within what is known roughly."""
    rules = rule("a", "{any: [{age: {below: 16}}, {age: {above: 70}}]}", AVOID)
    outside, within = "less than 16 years or more than 70 years", "at least 16 years and at most 70 years"
    assert leads(rules) == {"age": {outside: ["do not treat"], within: ["treat"]}}
    known = leads(rules, age={"between": [60, 80]})["age"]
    assert known == {
        "more than 18 years and at most 70 years": ["treat"],
        "more than 70 years and less than 120 years": ["do not treat"],
    }


def test_choices_are_told_one_by_one() -> None:
    """Of a set of choices none, or one; at one of two places the other may still be treated."""
    sites = [site("calf"), site("wrist", phase="chronic")]
    told = leads(rule("a", "{phase: acute}", HERE), sites=sites)
    assert told == {"phase": {"still acute": ["treat with modification"], "long there": ["treat"]}}
    told = leads(rule("a", "{wishes: sleep}", AVOID))
    assert told == {"wishes": {"none": ["treat"], "sleep": ["do not treat"], "movement": ["treat"]}}


def test_an_answer_that_contradicts_what_is_known_leads_nowhere() -> None:
    """Who takes no blood thinner doesn't take warfarin."""
    told = leads(rule("a", "{warfarin: yes}", AVOID), thinner="no", warfarin={"unknown": "unsure"})
    assert told == {"warfarin": {"no": ["treat"]}}


def test_the_gravest_stands_first_and_blocks_before_facts() -> None:
    """Whatever the order in which they would be asked."""
    rules = rule("a", "{cleared: no}", AVOID) + rule("b", "{rash: yes}", AVOID) + rule("c", "{fever: yes}", STOP)
    found = leads_to(profile(), evaluator=evaluator(rules))
    assert [(lead.question, lead.gravest) for lead in found.leads] == [
        ("today", "emergency"),
        ("skin", "do not treat"),
        ("cleared", "do not treat"),
    ]
    only = leads_to(profile(), "skin", evaluator=evaluator(rules))
    assert [lead.question for lead in only.leads] == ["skin"]


def test_the_page_tells_why_and_where() -> None:
    """Or that nothing is left to ask; read back it is the same."""
    found = leads_to(profile(), evaluator=evaluator(rule("a", "{fever: yes}", STOP)))
    assert "    - Why: illness comes first\n    - yes: emergency\n    - no: treat" in str(found)
    assert Leads.model_validate_json(found.model_dump_json()) == found
    assert "Nothing is left to ask." in str(leads_to(profile(), evaluator=Evaluator(book())))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rulebooks(most=4), nearly_told())
def test_where_the_disposition_is_settled_every_answer_leads_to_it(drawn: Rulebook, client: ProfileBase) -> None:
    """Two ways of telling that agree: reading the decision, and trying the answers."""
    ready = Evaluator(rulebook(*drawn.rules.values(), INDICATED))
    advice = ready.recommend(client, core="compiled")
    after = {d for lead in leads_to(advice, evaluator=ready).leads for tried in lead.leads_to.values() for d in tried}
    assert after <= {advice.disposition} or not advice.disposition_settled


def test_the_same_holds_on_published_cases() -> None:
    """As they are told, with their questions that would only allow more."""
    for case in published()[5::9]:
        advice = shipped_evaluator().recommend(case.profile, core="compiled")
        if advice.disposition_settled:
            after = {d for lead in leads_to(advice).leads for tried in lead.leads_to.values() for d in tried}
            assert after <= {advice.disposition}


def test_the_command_tells_of_one_question_or_all() -> None:
    """By name."""
    done = CliRunner().invoke(app, ["leads", "docs/examples/caesarean_scar.yaml"])
    assert "any number: treat with modification" in done.output


@pytest.mark.parametrize("name", ["today", "todai"])
def test_a_name_that_no_open_question_has_is_refused(name: str) -> None:
    """It is never told as if nothing were left to ask; the nearest name, or those that are open, are told."""
    with pytest.raises(mr.ContentError) as refused:
        leads_to("docs/examples/caesarean_scar.yaml", name)
    assert f"question: `{name}` isn't a question that is open. Open are " in str(refused.value.faults[0])
    with pytest.raises(mr.ContentError) as refused:
        leads_to({"sites": [{"region": "shoulder"}]}, "todai")
    assert "Did you mean `today`?" in str(refused.value.faults[0])
