"""Explanations: the rules that decide, the facts that are enough for them, what kept others out; the same as text, Markdown and HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import books
import pytest
from clients import evaluator, profiles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import massage_rules as mr
from massage_rules.advice import Evaluator
from massage_rules.explained import Explanation
from massage_rules.profile import ProfileBase, models

EXAMPLES = sorted((Path(__file__).parent.parent / "docs" / "examples").glob("*.yaml"))


def rule(name: str, when: str, effect: str) -> str:
    return books.rule(name, when, effect, title=name)


def explained(rules: tuple[str, ...], technique: str | None = books.LIGHT, **facts: Any) -> Explanation:
    """The explanation for a client of a small book, at a place that aches."""
    ready = Evaluator(books.book("".join(rules)))
    place = {"region": "calf", "complaints": ["ache"], **facts.pop("place", {})}
    client = models(ready.rulebook.vocabulary).profile.read({"sites": [place], **facts})
    return mr.explain(client, technique, evaluator=ready)


FEVER = rule("fever", "{fever: yes}", "{avoid: {techniques: all}}")
WAITS = rule(
    "clot",
    "{any: [{clot: yes}, {all: [{thinner: yes}, {stroke: yes}]}]}",
    "{refer: {who: physician, urgency: routine, ask: May we?, techniques: all}}",
)
GENTLE = rule("gentle", "{rash: yes}", "{adapt: {pressure_at_most: 2}}")


def test_what_closes_a_technique_is_told_with_the_facts_that_are_enough() -> None:
    """A rule that closes stands first, with its fact, its value and how it is known, its file and line, and its review."""
    found = explained((FEVER, GENTLE), fever=True, place={"rash": True})
    (reason,) = found.decided_by
    assert (found.verdict, reason.rule, reason.truth, reason.review) == ("avoid", "t.fever", "holds", "unreviewed")
    assert [[(k.words, k.value, k.how) for k in facts] for facts in reason.rests_on] == [[("a fever", "yes", "")]]
    assert re.fullmatch(r"rules/t\.yaml:\d+:\d+", reason.place)
    assert "a fever: yes" in str(found)


def test_each_reason_that_is_enough_is_a_set_of_its_own() -> None:
    """Where two things each make a technique wait, both are told, and what only counts together stays together."""
    (reason,) = explained((WAITS,), thinner=True, stroke=True, place={"clot": True}).decided_by
    assert [{k.fact for k in facts} for facts in reason.rests_on] == [{"clot"}, {"thinner", "stroke"}]


def test_what_is_not_known_is_told_with_the_question() -> None:
    """A technique that waits for an answer says which facts are open, and asks for them."""
    found = explained((WAITS,), stroke=False)
    (reason,) = found.decided_by
    assert (found.verdict, reason.truth) == ("ask first", "can't be told")
    assert [{(k.fact, k.value) for k in facts} for facts in reason.rests_on] == [
        {("clot", "not known"), ("thinner", "not known")},
        {("clot", "not known"), ("stroke", "no")},
    ]
    assert found.questions
    assert "Open while nobody knows: clot or thinner." in " ".join(str(found).split())


def test_how_a_fact_is_known_is_told() -> None:
    """What a block denied, what follows from another answer, and what a client won't say are told as such."""
    well = "{suggest: {techniques: all, role: option, goals: mobility, certainty: low}}"
    gone = explained((rule("x", "{fever: no}", well),), otherwise_denied=["today"], place={"complaints": ["scar"]})
    assert gone.speaks_for[0].rests_on[0][0].how == "in the form, nothing under “Today” applies"
    follows = explained((rule("x", "{thinner: yes}", "{avoid: {techniques: all}}"),), warfarin=True)
    assert follows.decided_by[0].rests_on[0][0].how == "follows from other answers"
    declined = explained((FEVER,), fever={"unknown": "declined"})
    assert declined.decided_by[0].rests_on[0][0].how == "the client would rather not say"


def test_limits_name_what_sets_them() -> None:
    """Each limit of a technique that may be used stands with the titles of its rules."""
    found = explained((GENTLE,), place={"rash": True})
    assert found.verdict == "adapt"
    assert [(b.rules, b.words.startswith("pressure at most 2")) for b in found.limits] == [(("t.gentle",), True)]


def test_what_is_not_indicated_says_what_would_speak_for_it() -> None:
    """Where nothing speaks for a technique, the suggestions that come nearest say what keeps them from applying."""
    found = explained((), place={"complaints": ["scar"]})
    assert found.verdict == "not indicated"
    (reason,) = found.would_speak_for
    assert (reason.rule, reason.truth) == ("t.indicated", "doesn't hold")
    assert [{k.fact for k in facts} for facts in reason.rests_on] == [{"complaints"}]


def test_what_kept_the_others_out_stands_beside() -> None:
    """The other techniques are told by verdict, with the rules that keep them out."""
    found = explained(
        (rule("deep", "{fever: yes}", "{avoid: {techniques: [deep_tissue_massage]}}"),), "range_of_motion", fever=True
    )
    beside = {label: b for b in found.beside for label in b.labels}
    assert (beside["Deep tissue massage"].verdict, beside["Deep tissue massage"].why) == ("avoid", ("deep",))


def test_a_clearance_and_an_override_are_told() -> None:
    """What a clinician lifted is shown as lifted, and a therapist's decision against a rule leaves the verdict as it is."""
    clearance = {"rule": "t.clot", "by": "Dr Hart", "on": "2026-11-01", "until": "2026-12-31"}
    found = explained((WAITS,), clearances=[clearance], as_of="2026-11-24", place={"clot": True})
    assert found.verdict == "suitable"
    assert [r.cleared_by for r in found.cleared] == ["Dr Hart, 2026-11-01, until 2026-12-31"]
    override = {"rule": "t.fever", "by": "M. Rossi", "reason": "the client insists"}
    kept = explained((FEVER,), fever=True, overrides=[override])
    assert (kept.verdict, "M. Rossi decided against “fever”" in str(kept)) == ("avoid", True)


class Reader(HTMLParser):
    """What a page holds: tags, attributes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_nothing_that_was_told_becomes_markup() -> None:
    """Names and reasons from a profile stay words in HTML and in Markdown, whatever they hold."""
    nasty = "<script>alert(1)</script> **bold** [x](javascript:alert(1)) `code` | # \x1b[31m"
    found = explained((FEVER,), fever=True, overrides=[{"rule": "t.fever", "by": nasty, "reason": "# so"}])
    page = Reader()
    page.feed(found.to_html())
    assert "script" not in page.tags
    assert "alert(1)" in page.words
    assert "\x1b" not in found.to_html() + str(found) + found.to_markdown()
    assert "<script" not in found.to_markdown()
    assert "](javascript" not in found.to_markdown().replace("\\]", "")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_every_example_explains_itself_in_three_ways(file: Path) -> None:
    """For every technique and the client as a whole, text, Markdown and HTML say the same rules."""
    advice = mr.recommend(file)
    whole = mr.explain(advice)
    assert whole.verdict == advice.disposition
    assert whole.decided_by
    for technique in (t.technique for t in advice.sites[0].techniques[::5]):
        found = mr.explain(advice, technique)
        said = advice.sites[0][technique]
        assert found.verdict == said.verdict
        if said.verdict in ("avoid", "refer first"):
            assert set(said.decided_by) <= {r.rule for r in found.decided_by}
        page = Reader()
        page.feed(found._repr_html_())
        for reason in found.decided_by[:8]:
            for shown in (str(found), found.to_markdown().replace("\\", ""), page.words):
                assert reason.rule in shown
        assert max(map(len, str(found).splitlines())) <= 100


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(profiles(), st.data())
def test_whoever_comes_is_explained(profile: ProfileBase, data: Any) -> None:
    """Any client's advice can be explained, each reason with at least one set of facts, or none because it always holds."""
    advice = evaluator().recommend(profile, core="compiled")
    site = data.draw(st.integers(0, len(advice.sites) - 1))
    technique = data.draw(st.sampled_from([t.technique for t in advice.sites[site].techniques]))
    for found in (mr.explain(advice, technique, site=site), mr.explain(advice)):
        assert all(reason.rests_on for reason in found.decided_by)
        assert str(found) and found.to_markdown() and found.to_html()


def test_a_family_stands_for_its_least_restricted_variant() -> None:
    """Asked for a family, the variant that may be used most freely is explained, as in the answer itself."""
    advice = mr.recommend(EXAMPLES[0])
    assert mr.explain(advice, "range_of_motion").technique == advice.sites[0]["range_of_motion"].technique


def test_what_cannot_be_explained_says_why() -> None:
    """A technique or site that there isn't, another rulebook's answer, and an answer without its client are refused with a remedy."""
    advice = mr.recommend(EXAMPLES[0])
    with pytest.raises(mr.ContentError) as error:
        mr.explain(advice, "deep_tissue_massag")
    assert "Did you mean `deep_tissue_massage`?" in str(error.value.faults[0])
    with pytest.raises(mr.ContentError) as error:
        mr.explain(advice, "Light relaxing massage")
    assert "Did you mean `effleurage_light_massage`?" in str(error.value.faults[0])
    with pytest.raises(mr.ProfileError, match="no site number 4"):
        mr.explain(advice, "deep_tissue_massage", site=4)
    with pytest.raises(mr.EvaluationError, match="another rulebook"):
        mr.explain(advice, evaluator=Evaluator(books.book(FEVER)))
    with pytest.raises(LookupError, match="without its client"):
        mr.explain(mr.Advice.model_validate_json(advice.to_json()))
