"""Which change counts for one person: asked of the rules that define it, so that plan, notes and rules can't differ."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from massage_rules.conditions import All, Compare, Condition, Facts, FactValue, Interval, OneOf, evaluate, walk
from massage_rules.outcomes import Outcome
from massage_rules.rulebook import Rulebook
from massage_rules.truth import TRUE, UNKNOWN

Change: TypeAlias = Literal["gain", "loss", "none"]
GAIN, LOSS = "worthwhile_gain", "worthwhile_loss"
_MEASURE = "main_measure"
_POINTS, _PERCENT = "main_measure_gain", "main_measure_gain_percent"
_WHOLE = ("points", "mm", "grades", "degrees", "days")
_ABOUT = ("complaints", "region", "side")


def gained(outcome: Outcome, first: float, now: float) -> float:
    """The points by which a score improved, whichever way it counts; below zero where it got worse.

    Better may be closer to a target; then a larger number counts as better, so give the distance gained.
    """
    return round(first - now if outcome.better == "lower" else now - first, 4)


def percent_gained(outcome: Outcome, first: float, now: float) -> float | None:
    """The same in per cent of the first score; None where that was nothing."""
    return None if first == 0 else round(100 * gained(outcome, first, now) / abs(first), 4)


def change(rulebook: Rulebook, outcome: Outcome, *, first: float, now: float, about: Facts) -> Change:
    """Whether a score changed by what counts, as the rules on measures say; `about` tells the complaint and the place."""
    points, percent = gained(outcome, first, now), percent_gained(outcome, first, now)
    for name, word in ((GAIN, "gain"), (LOSS, "loss")):
        if _holds(rulebook, name, outcome.id, points, percent, about):
            return "gain" if word == "gain" else "loss"
    return "none"


def least_change(rulebook: Rulebook, outcome: Outcome, *, first: float | None, about: Facts) -> float | None:
    """The least gain in points that counts here, from a first score where it is known; None where points alone don't count.

    From a whole score it is a whole number where the measure counts in whole steps.
    """
    wholes = [whole for rule in rulebook.definitions.get(GAIN, ()) for whole in walk(rule.when) if isinstance(whole, All)]
    mine = [w for w in wholes if any(isinstance(p, OneOf) and p.fact == _MEASURE and outcome.id in p.values for p in w.parts)]
    found = {b for whole in mine for b in _bounds(whole, _POINTS)}
    if first:
        found |= {b * abs(first) / 100 for whole in mine for b in _bounds(whole, _PERCENT)}
    if first is not None and first == int(first) and outcome.unit in _WHOLE:
        found = {float(math.ceil(round(b, 6))) for b in found}
    for points in sorted(p for p in found if p > 0):
        percent = 100 * points / abs(first) if first else None
        if _holds(rulebook, GAIN, outcome.id, points, percent, about):
            return round(points, 4)
    return None


def _bounds(condition: Condition, fact: str) -> set[float]:
    return {part.bound for part in walk(condition) if isinstance(part, Compare) and part.fact == fact}


def _holds(rulebook: Rulebook, name: str, measure: str, points: float, percent: float | None, about: Facts) -> bool:
    facts: dict[str, FactValue] = {k: about[k] for k in _ABOUT if k in about}
    facts |= {_MEASURE: measure, _POINTS: Interval(points, points)}
    if percent is not None:
        facts[_PERCENT] = Interval(percent, percent)
    unknown = dict.fromkeys(rulebook.definitions, UNKNOWN)
    return any(evaluate(rule.when, facts, unknown) is TRUE for rule in rulebook.definitions.get(name, ()))
