"""A plan keeps to the minutes, the catalogue and the rules, and treats nobody whom nobody may treat."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import massage_rules as mr
from massage_rules.advice import shipped_evaluator
from massage_rules.cases import load_cases
from massage_rules.plans import Plan
from massage_rules.verdicts import Disposition

ROOT = Path(__file__).parent.parent
RULEBOOK = shipped_evaluator().rulebook
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
TREATED = (Disposition.TREAT, Disposition.MODIFY)


@cache
def advices() -> tuple[mr.Advice, ...]:
    """The advice on every example and every published case."""
    ready = shipped_evaluator()
    found = [ready.recommend(mr.read_profile(p), core="compiled") for p in EXAMPLES]
    for path in sorted((ROOT / "tests" / "cases").glob("published_*.cases.yaml")):
        found += [ready.recommend(c.profile, core="compiled") for c in load_cases(path, ready.rulebook)]
    return tuple(found)


@cache
def plans() -> tuple[tuple[mr.Advice, Plan], ...]:
    return tuple((a, a.plan) for a in advices())


def test_minutes_add_up_and_fit() -> None:
    """The minutes of the parts are those of the visit, and the visit is no longer than booked."""
    for _, plan in plans():
        assert plan.minutes == sum(s.minutes for s in plan.session) <= plan.minutes_booked
        assert all(s.minutes > 0 for s in plan.session)


def test_a_client_whom_nobody_may_treat_gets_no_technique() -> None:
    """Then the plan says what has to happen first."""
    for advice, plan in plans():
        if advice.disposition not in TREATED:
            assert not plan.session
            assert plan.schedule is None
            assert not plan.home
            assert plan.first or advice.disposition is Disposition.DO_NOT_TREAT or not advice.questions


def test_a_plan_goes_to_json_and_back() -> None:
    """Nothing is lost on the way."""
    for _, plan in plans():
        assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("minutes", [9, 241, 30.5, True, "60"])
def test_impossible_minutes_are_refused(minutes: object) -> None:
    """The message says what can be booked."""
    with pytest.raises(mr.ProfileError, match="Give whole minutes from 10 to 240"):
        mr.plan(advices()[0], minutes=minutes)  # type: ignore[arg-type]
