"""When the answer changes if only time passes, against deciding every day by itself."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import books
import pytest
from clients import evaluator, profiles
from hypothesis import HealthCheck, given, settings
from small_clients import Plain, timed_books, timed_clients

import massage_rules as mr
from massage_rules.advice import Evaluator
from massage_rules.changes.flips import FlipDates, flip_dates
from massage_rules.changes.moved import limits_in_words
from massage_rules.changes.passing import later
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook
from massage_rules.verdicts import Disposition, Verdict

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
LENIENT = list(HealthCheck)


def day_by_day(ready: Evaluator, client: ProfileBase, days: int) -> set[tuple[Any, ...]]:
    """What changes between a day and the next, each of them decided by itself."""
    found: set[tuple[Any, ...]] = set()
    decided = [ready.decide(later(client, day), core="compiled")[1] for day in range(days + 1)]
    for day, (old, new) in enumerate(pairwise(decided), 1):
        if old.disposition is not new.disposition:
            found.add((day, old.disposition, new.disposition))
        for number, (was, now) in enumerate(zip(old.sites, new.sites, strict=True)):
            for name, before in was.judgements.items():
                after = now.judgements[name]
                limits = [limits_in_words(ready.rulebook, j) for j in (before, after)]
                if before.verdict is not after.verdict or limits[0] != limits[1]:
                    found.add((day, number, name, before.verdict, after.verdict, *limits))
    return found


def said(found: FlipDates) -> set[tuple[Any, ...]]:
    """The same from the flips; each says something."""
    assert all(flip.moved or flip.before is not flip.after for flip in found.flips)
    turns = {(f.days, f.before, f.after) for f in found.flips if f.before is not f.after}
    return turns | {
        (f.days, m.site, m.technique, m.before, m.after, m.limits_before, m.limits_after) for f in found.flips for m in f.moved
    }


@settings(max_examples=60, deadline=None, suppress_health_check=LENIENT)
@given(timed_books(), timed_clients())
def test_flips_are_what_deciding_every_day_gives(book: Rulebook, client: ProfileBase) -> None:
    """No day is missing and none is too many, for verdicts, limits and the disposition; in an emergency nothing is said."""
    ready = Plain(book)
    found = flip_dates(client, until_weeks=12, evaluator=ready)
    emergency = ready.decide(client, core="compiled")[1].disposition is Disposition.EMERGENCY
    assert said(found) == (set() if emergency else day_by_day(ready, client, found.until_days))


@settings(max_examples=5, deadline=None, suppress_health_check=LENIENT)
@given(profiles())
def test_flips_of_any_client_are_what_deciding_every_day_gives(client: ProfileBase) -> None:
    """On the shipped rules too, with operations, injuries and problems."""
    found = flip_dates(client, until_weeks=4)
    assert said(found) == day_by_day(evaluator(), client, found.until_days)


@pytest.mark.parametrize("name", ["caesarean_scar", "knee_replacement", "chemotherapy", "bruised_thigh"])
def test_flips_of_examples_are_what_deciding_every_day_gives(name: str) -> None:
    """And for the published examples."""
    client = mr.read_profile(EXAMPLES / f"{name}.yaml")
    assert said(mr.flip_dates(client, until_weeks=10)) == day_by_day(evaluator(), client, 70)


EARLY = books.rule("early", "{weeks_since_surgery: {below: 6}}", "{avoid: {techniques: all}}", title="Too early")
WOUND = books.rule("open", "{wound: yes}", "{avoid: {techniques: all}}", title="A wound")


def healing(rules: str, **facts: Any) -> tuple[FlipDates, Evaluator]:
    ready = Evaluator(books.book(rules))
    place = {"region": "calf", "complaints": ["ache"], "wound": False, **facts.pop("place", {})}
    operation = {"procedure": "other", "region": "calf", "on": "2026-10-27"}
    client = {"as_of": "2026-11-24", "surgeries": [operation], "sites": [place], **facts}
    return flip_dates(models(ready.rulebook.vocabulary).profile.read(client), evaluator=ready), ready


def test_a_flip_says_what_changes_why_and_what_has_to_be_so_still() -> None:
    """Six weeks after the operation it opens, if there is no wound then either."""
    found, _ = healing(EARLY + WOUND)
    (flip,) = found.flips
    assert (flip.days, flip.date, flip.before, flip.after) == (14, date(2026, 12, 8), "do not treat", "treat")
    assert {(m.before, m.after) for m in flip.moved} == {(Verdict.AVOID, Verdict.SUITABLE)}
    assert (flip.no_longer, flip.newly, flip.if_) == (("Too early",), (), ("a wound: no",))
    for page in (str(found), found.to_markdown(), found.to_html()):
        assert "2026-12-08 (in 14 days)" in page.lower() and "Too early" in page and "a wound: no" in page
    assert {(row["date"], row["after"]) for row in found.rows()} == {(date(2026, 12, 8), "suitable")}


def test_numbers_are_leant_on_where_a_rule_compares_them() -> None:
    """A pain that would limit the pressure is among what has to be so still; one that no rule reads isn't."""
    sore = books.rule("sore", "{pain_now: {at_least: 5}}", "{adapt: {pressure_at_most: 2}}", title="Sore")
    found, _ = healing(EARLY + sore, place={"pain_now": 3, "pain_before": 9})
    assert found.flips[0].if_ == ("pain now: 3",)


def test_what_only_tightens_leans_on_nothing() -> None:
    """Where time makes things more cautious, nothing has to be so still for it."""
    late = books.rule("late", "{weeks_since_surgery: {at_least: 6}}", "{avoid: {techniques: all}}", title="Too late")
    found, _ = healing(late + WOUND)
    assert (found.flips[0].after, found.flips[0].if_) == ("do not treat", ())


def test_a_permission_in_writing_ends() -> None:
    """The day after the last day of a clearance, the rule counts again."""
    stroke = books.rule("stroke", "{stroke: yes}", "{refer: {who: surgeon, urgency: routine, ask: May we?, techniques: all}}")
    cleared = {"rule": "t.stroke", "by": "a surgeon", "on": "2026-11-20", "until": "2026-11-30"}
    found, _ = healing(stroke, stroke=True, stroke_weeks=400, clearances=[cleared])
    assert [(f.date, f.before, f.after) for f in found.flips] == [(date(2026, 12, 1), "treat", "consult a clinician")]


def test_an_emergency_is_not_waited_out() -> None:
    """During an emergency nothing is said of later days."""
    found = mr.flip_dates(EXAMPLES / "calf_after_a_flight.yaml")
    assert (found.flips, found.until_days) == ((), 0)
    assert "Stop and get help first" in str(found)


def test_where_nothing_changes_that_is_said() -> None:
    """And how far was looked, and what has to be measured again."""
    fresh = {"value": 36.5, "on": "2026-11-24"}
    found, _ = healing(WOUND, temperature=fresh)
    assert (found.flips, found.again) == ((), ("temperature, after 2026-11-25",))
    page = " ".join(str(found).split())
    assert "Nothing changes with time alone." in page
    assert "Looked at up to 2027-05-25 (in 182 days)." in page


def test_without_a_day_only_the_number_of_days_is_said() -> None:
    """A client of whom only lengths of time are told has flips without dates."""
    ready = Evaluator(books.book(EARLY))
    operation = {"procedure": "other", "region": "calf", "weeks_ago": 4}
    client = {"surgeries": [operation], "sites": [{"region": "calf", "complaints": ["ache"]}]}
    found = flip_dates(models(ready.rulebook.vocabulary).profile.read(client), evaluator=ready)
    assert [(f.days, f.date) for f in found.flips] == [(14, None)]
    assert "IN 14 DAYS" in str(found).splitlines()
