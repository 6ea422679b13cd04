"""The unlock timeline: it agrees with fresh answers week by week, leaves no day out and is a well-formed picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import pairwise

import pytest
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules import cli
from massage_rules.advice import shipped_evaluator
from massage_rules.changes.moved import limits_in_words
from massage_rules.pictures.unlocks import STATES

TODAY = date(2026, 11, 24)
SURGERIES = {
    "rotator_cuff_repair_small_medium": ("shoulder", "left", ["post_operative_stiffness"], 58, "male"),
    "total_knee_arthroplasty": ("knee", "left", ["post_operative_stiffness", "post_surgical_scar"], 66, "female"),
    "caesarean_section": ("abdomen_lower", None, ["post_surgical_scar"], 34, "female"),
}


def client(procedure: str, *, days_ago: int = 0) -> mr.Profile:
    region, side, complaints, age, sex = SURGERIES[procedure]
    return mr.Profile(
        as_of=TODAY,
        age=age,
        sex=sex,
        otherwise_denied=["all"],
        surgeries=[mr.Surgery(procedure=procedure, on=TODAY - timedelta(days=days_ago))],
        sites=[mr.Site(region=region, side=side, complaints=complaints, wound_closed=True)],
    )


@pytest.mark.parametrize("procedure", SURGERIES)
def test_it_agrees_with_fresh_answers_week_by_week(procedure: str) -> None:
    """What is shown for a week is the answer for a client whose operation was so many weeks ago."""
    evaluator = shipped_evaluator()
    shown = mr.unlocks(client(procedure), until_weeks=30)
    assert shown.techniques
    for week in range(30):
        decision = evaluator.decide(client(procedure, days_ago=7 * week), core="compiled")[1]
        for row in shown.techniques:
            at = next(s for s in row.stretches if s.first <= 7 * week < s.end)
            judgement = decision.sites[row.site].judgements[row.technique]
            assert (at.verdict, at.limits) == (judgement.verdict, limits_in_words(evaluator.rulebook, judgement)), (
                week,
                row.label,
            )


def test_no_day_is_left_out_or_told_twice() -> None:
    """The stretches of a technique follow each other from today to the last day looked at, each different from the one before."""
    shown = mr.unlocks(client("total_knee_arthroplasty"), until_weeks=26)
    for row in shown.techniques:
        assert (row.stretches[0].first, row.stretches[-1].end) == (0, 26 * 7 + 1)
        for a, b in pairwise(row.stretches):
            assert a.end == b.first
            assert (a.verdict, a.limits) != (b.verdict, b.limits)


def test_the_axis_counts_from_the_operation() -> None:
    """Weeks are those since the operation where its day is known, else from today."""
    later = mr.unlocks(client("caesarean_section", days_ago=56), until_weeks=4)
    assert (later.event, later.since) == ("the operation", 56)
    assert "from 8 " in str(later)
    assert mr.unlocks(mr.Profile(sites=[mr.Site(region="knee")]), until_weeks=1).event == "today"


def test_the_picture_holds_every_stretch() -> None:
    """Each stretch is a bar in the pattern of its verdict, with its words as a title."""
    shown = mr.unlocks(client("total_knee_arthroplasty"))
    bars = [e for e in ET.fromstring(shown.svg()).iter("{http://www.w3.org/2000/svg}rect") if len(e)]
    wanted = [f"url(#mr-{STATES[s.verdict]})" for row in shown.techniques for s in row.stretches]
    assert [bar.get("fill") for bar in bars] == wanted
    assert len(shown.rows()) == len(wanted)


def test_an_emergency_has_no_later_days() -> None:
    """During an emergency nothing is said of later days."""
    shown = mr.unlocks("docs/examples/calf_after_a_flight.yaml")
    assert shown.flips.until_days == 0
    assert "isn't waited out" in str(shown)


def test_the_command_draws() -> None:
    """`massage-rules unlocks` writes words or SVG."""
    run = CliRunner().invoke
    words = run(cli.app, ["unlocks", "docs/examples/knee_replacement.yaml", "--weeks", "10"]).output
    assert "Scar mobilisation" in words
    assert run(cli.app, ["unlocks", "docs/examples/knee_replacement.yaml", "--weeks", "10", "--format", "svg"]).output.startswith(
        "<svg"
    )
