"""What if: side by side with now, and one fact through several values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import books
import pytest

import massage_rules as mr
from massage_rules.advice import Evaluator
from massage_rules.changes.passing import later
from massage_rules.commands.changes import read_changes
from massage_rules.profile import ProfileBase, models

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
READY = Evaluator(
    books.book(
        books.rule("fever", "{fever: yes}", "{avoid: {techniques: all}}", title="Fever")
        + books.rule("sore", "{pain_now: {at_least: 5}}", "{adapt: {pressure_at_most: 2}}", title="Sore")
        + books.rule("rash", "{rash: yes}", "{avoid: {techniques: all}}", title="Rash")
    )
)


def client(**facts: Any) -> ProfileBase:
    place = {"region": "calf", "complaints": ["ache"], "rash": False, "pain_now": 3, **facts.pop("place", {})}
    return models(READY.rulebook.vocabulary).profile.read({"as_of": "2026-11-24", "fever": False, "sites": [place], **facts})


def test_what_moves_stands_side_by_side() -> None:
    """Verdicts, limits, the disposition and the rules that newly count are told; what stays is counted."""
    found = mr.what_if(client(), {"pain_now": 6}, evaluator=READY)
    assert found.changes == ("pain now: 6 (was 3)",)
    assert (found.before, found.after) == ("treat", "treat with modification")
    moved = {m.technique: m for m in found.moved}
    assert (moved[books.LIGHT].before, moved[books.LIGHT].after) == ("suitable", "adapt")
    assert moved[books.LIGHT].limits_before == ()
    assert moved[books.LIGHT].limits_after == ("pressure at most 2 (heavy lotioning)",)
    assert (moved[books.DEEP].before, moved[books.DEEP].after) == ("suitable", "avoid")
    assert found.unmoved == len(READY.rulebook.catalogue.variants) - len(moved)
    assert (found.newly, found.no_longer) == (("Sore",), ())
    assert found.advice == READY.recommend(client(place={"pain_now": 6}))
    assert "now treat, then treat with modification" in str(found)
    for written in (str(found), found.to_markdown(), found.to_html()):
        assert "Deep tissue massage" in written and "adapt: pressure at most 2" in written and "Sore" in written


def test_what_is_taken_back_is_asked() -> None:
    """A fact that is no longer told brings its question."""
    found = mr.what_if(client(), {"fever": None}, evaluator=READY)
    assert found.changes == ("a fever: not told (was no)",)
    assert found.after == "ask first"
    assert found.questions_new == ("Are you unwell today?",)
    back = mr.what_if(client(fever=None), {"fever": False}, evaluator=READY)
    assert back.questions_gone == ("Are you unwell today?",)


def test_an_answer_is_compared_by_the_rules_that_gave_it() -> None:
    """An answer of other rules than the shipped ones needs no evaluator beside it."""
    advice = READY.recommend(client())
    assert advice.what_if({"pain_now": 6}) == mr.what_if(client(), {"pain_now": 6}, evaluator=READY)
    assert advice.what_if({}, weeks=2).advice == READY.recommend(later(client(), 14))
    assert mr.sweep(advice, "pain_now", [6]) == mr.sweep(client(), "pain_now", [6], evaluator=READY)


def test_nothing_different_moves_nothing() -> None:
    """The same facts give the same answer, and that is said."""
    found = mr.what_if(client(), {"pain_now": 3}, evaluator=READY)
    assert (found.moved, found.newly, found.no_longer) == ((), (), ())
    assert "No verdict and no limit would be different." in str(found)


def test_a_denied_block_denies_only_the_rest() -> None:
    """Something told in a block that was denied as a whole leaves the denial of everything else in it."""
    found = mr.what_if(client(fever=None, denied=["today"]), {"fever": True}, evaluator=READY)
    assert (found.before, found.after) == ("treat", "do not treat")
    with pytest.raises(mr.ProfileError, match="`thinner` is no"):
        mr.what_if(client(thinner=False), {"warfarin": True}, evaluator=READY)


def test_weeks_pass() -> None:
    """So many weeks later is the client of later days."""
    file = EXAMPLES / "caesarean_scar.yaml"
    found = mr.what_if(file, {}, weeks=5)
    assert found.changes == ("5 weeks later",)
    assert found.advice == mr.recommend(later(mr.read_profile(file), 35))


def test_weeks_that_cannot_pass_are_refused() -> None:
    """Time doesn't run back, nor further than a length of time can grow."""
    pregnant = {"as_of": "2026-11-24", "pregnant": True, "gestation_weeks": 40}
    with pytest.raises(mr.ProfileError, match=r"Take 0 to 5\."):
        mr.what_if(pregnant, {}, weeks=6)
    with pytest.raises(mr.ProfileError, match="lie in the past"):
        mr.what_if(pregnant, {}, weeks=-1)


@pytest.mark.parametrize("weeks", [-1.0, float("nan"), float("inf"), 1e12])
def test_a_time_that_is_none_is_refused_alike(weeks: float) -> None:
    """In the past, without end, or beyond any plan: the field and what it takes are named."""
    known = {"as_of": "2026-11-24", "age": 40}
    for ask in (mr.what_if, mr.flip_dates, mr.unlocks):
        told: dict[str, Any] = {"weeks": weeks, "changes": {}} if ask is mr.what_if else {"until_weeks": weeks}
        with pytest.raises(mr.ProfileError, match=r"^weeks: .* weeks .*\. Take 0 to \d+\.$"):
            ask(known, **told)


def test_facts_of_a_place_are_those_of_the_site() -> None:
    """A fact of a place changes at the site that is named, and nowhere else."""
    two = client().to_dict()
    two["sites"] = [*two["sites"], {"region": "neck", "complaints": ["ache"], "rash": False, "pain_now": 1}]
    found = mr.what_if(models(READY.rulebook.vocabulary).profile.read(two), {"rash": True}, site=1, evaluator=READY)
    assert {m.site for m in found.moved} == {1}
    with pytest.raises(mr.ProfileError, match="no site number 2"):
        mr.what_if(client(), {"rash": True}, site=2, evaluator=READY)
    with pytest.raises(mr.ProfileError, match="Did you mean `fever`"):
        mr.what_if(client(), {"fevr": True}, evaluator=READY)


def test_every_kind_of_answer_has_words() -> None:
    """Numbers, ranges, dates, choices and ways of not knowing are told as a therapist says them."""
    dated = {"value": 38.5, "on": "2026-11-24"}
    said = mr.what_if(
        client(),
        {
            "temperature": dated, "age": {"between": [30, 40]}, "sex": "male", "wishes": ["sleep"], "stroke": True,
            "stroke_weeks": {"on": "2026-10-01"}, "drunk": {"unknown": "unsure"}, "cleared": {"unknown": "declined"},
            "medications": ["warfarin"],
        },
        evaluator=READY,
    ).changes  # fmt: skip
    assert said == (
        "temperature: 38.5 on 2026-11-24 (was not told)",
        "age: 30 to 40 years (was not told)",
        "sex: male (was not told)",
        "wishes: sleep (was not told)",
        "stroke: yes (was not told)",
        "stroke weeks: since 2026-10-01 (was not told)",
        "drunk: the client isn't sure (was not told)",
        "cleared: the client would rather not say (was not told)",
        "other medications",
    )


def test_a_sweep_is_the_answer_for_each_value() -> None:
    """Each row is what the answer for that value says; techniques that don't move are left out of the table."""
    found = mr.sweep(client(), "pain_now", [0, 5], evaluator=READY)
    for step, value in zip(found.steps, (0, 5), strict=True):
        then = READY.recommend(client(place={"pain_now": value}))
        assert step.disposition == then.disposition
        assert step.verdicts == {t.technique: t.verdict for t in then.sites[0].techniques}
    assert [row["value"] for row in found.rows()] == ["0", "5"]
    assert "Deep tissue massage" in str(found) and "Breathing" not in str(found)
    one = mr.sweep(client(), "pain_now", [0, 5], technique=books.DRAIN, evaluator=READY)
    assert "No verdict depends on it." in str(one)


def test_a_comparison_read_back_holds_no_answer() -> None:
    """What was stored as plain data says that the answer isn't there."""
    found = mr.what_if(client(), {"pain_now": 6}, evaluator=READY)
    with pytest.raises(LookupError, match="read back"):
        _ = type(found).model_validate(found.model_dump()).advice


def test_changes_are_written_on_the_command_line_as_in_a_profile() -> None:
    """Values are YAML, nothing takes a fact back, and what has no value is refused."""
    written = ["wound_closed=no", "pain_now=6", "fever=", "age={about: 50}", "complaints=[ache, scar]", "on=2026-11-24"]
    assert read_changes(written) == {
        "wound_closed": "no", "pain_now": 6, "fever": None, "age": {"about": 50}, "complaints": ["ache", "scar"], "on": "2026-11-24",
    }  # fmt: skip
    with pytest.raises(mr.ContentError) as error:
        read_changes(["fever"])
    assert "`fever` has no value" in str(error.value.faults[0])
    with pytest.raises(mr.ContentError) as error:
        read_changes(["=3"])
    assert "`=3` names no fact. Write `fact=value`." in str(error.value.faults[0])
    with pytest.raises(mr.ContentError) as error:
        read_changes(["age=30", "age=40"])
    assert "`age` is given twice" in str(error.value.faults[0])
