"""A client told otherwise: what goes with it, and what stays."""

from __future__ import annotations

import books

from massage_rules.changes.otherwise import Values, otherwise, telling
from massage_rules.contradictions import faults_of
from massage_rules.profile import ProfileBase, models

BOOK = books.book(
    books.rule("sore", "{pain_now: {at_least: 5}}", "{adapt: {pressure_at_most: 2}}")
    + books.rule("worse", "{pain_now: {above: {fact: pain_before}}}", "{adapt: {pressure_at_most: 2}}")
)


def client(**facts: object) -> ProfileBase:
    return models(BOOK.vocabulary).profile.read({"as_of": "2026-11-24", **facts})


def test_what_was_told_behind_a_fact_goes_with_it_at_its_place() -> None:
    """A wound that is gone takes its days with it, but not those of a wound elsewhere."""
    two = client(sites=[{"region": "calf", "wound": True, "wound_days": 3}, {"region": "neck", "wound": True, "wound_days": 5}])
    changed = telling(two, {("wound", 0): False})
    assert [place.to_dict() for place in changed.sites] == [
        {"region": "calf", "wound": False},
        {"region": "neck", "wound": True, "wound_days": 5},
    ]
    assert not faults_of(changed)


def test_what_is_told_with_it_is_kept() -> None:
    """A fact behind another that is told in the same breath stays, and contradicts it."""
    one = client(sites=[{"region": "calf", "wound": True, "wound_days": 3}])
    changed = telling(one, {("wound", 0): False, ("wound_days", 0): 4})
    assert changed.sites[0].wound_days == 4 and faults_of(changed)


def test_a_client_without_a_place_gets_the_whole_body() -> None:
    """A fact of a place can be told of a client of whom no place was named."""
    changed = telling(client(), {("wound", 0): True})
    assert [place.to_dict() for place in changed.sites] == [{"region": "body", "wound": True}]


def test_a_denied_block_denies_the_rest() -> None:
    """What is told, and what follows from it, leaves the denial of everything else in its block."""
    changed = telling(client(denied=["heart"]), {("warfarin", None): True})
    assert (changed.denied, changed.otherwise_denied) == ((), ("heart",))
    assert telling(client(denied=["heart"]), {("fever", None): True}).denied == ("heart",)
    everything = telling(client(denied=["all"]), {("fever", None): True})
    assert "today" not in everything.denied and everything.otherwise_denied == ("today",)


def test_values_are_those_that_rules_tell_apart() -> None:
    """Numbers are those in the rules with one between each two; a number that no rule reads has none."""
    facts, values = BOOK.vocabulary.facts, Values(BOOK)
    assert values.of(facts["pain_now"]) == (0, 2, 5, 8, 10)
    assert values.of(facts["temperature"]) == ()
    assert values.of(facts["fever"]) == (True, False)
    assert values.of(facts["phase"]) == ("acute", "chronic")
    assert values.of(facts["wishes"]) == ((), ("sleep",), ("movement",))
    assert values.partners == {"pain_now": {"pain_before"}, "pain_before": {"pain_now"}}


def test_otherwise_leaves_out_what_cannot_change_or_cannot_be() -> None:
    """History, lengths of time and contradictions aren't told otherwise; a fever is, and keeps its words."""
    place = {"region": "calf", "wound": True, "wound_days": 3, "pain_now": 3, "complaints": ["ache"]}
    told = list(otherwise(Values(BOOK), client(fever=True, stroke=True, stroke_weeks=4, sites=[place])))
    assert {o.words for o in told} == {"a fever: yes", "a wound: yes", "pain now: 3"}
    assert all(not faults_of(o.client) for o in told)
