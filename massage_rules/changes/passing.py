"""The same client some days later, if time passes and nothing else happens.

A length of time that was told goes on, as a date does by itself. Everything else stays: a wound that is open stays open, and a
measurement that counts today is taken as made again with the same result. So what is said of later days holds only if that is so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from massage_rules.answers import Answer, Dated, Since
from massage_rules.conditions import Interval
from massage_rules.errors import Fault, Place, ProfileError
from massage_rules.parts import Injury, Part, Surgery
from massage_rules.profile import ProfileBase
from massage_rules.vocabulary import IN_DAYS, Fact

_DECIMALS = 4  # as answers are read
_AGO = {"weeks_ago": ("wk", 5000.0), "hours_ago": ("h", 90_000.0)}


def later(profile: ProfileBase, days: int) -> ProfileBase:
    """The client so many days later, if nothing else happens meanwhile."""
    if days == 0:
        return profile
    update = _moved(profile, profile, days)
    if profile.as_of is not None:
        update["as_of"] = profile.as_of + timedelta(days=days)
    update["sites"] = tuple(site.model_copy(update=_moved(profile, site, days)) for site in profile.sites)
    update["surgeries"] = tuple(_event(surgery, days) for surgery in profile.surgeries)
    update["injuries"] = tuple(_event(injury, days) for injury in profile.injuries)
    update["problems"] = tuple(
        problem.model_copy(update={"facts": tuple(_answers(profile, problem.told(), days).items())})
        for problem in profile.problems
    )
    return profile.model_copy(update=update)


def _moved(profile: ProfileBase, part: Part, days: int) -> dict[str, Any]:
    return dict(_answers(profile, part.answers(), days))


def _answers(profile: ProfileBase, told: Mapping[str, Answer], days: int) -> dict[str, Answer]:
    facts = profile.vocabulary.facts
    return {name: _answer(facts[name], answer, profile.as_of, days) for name, answer in told.items()}


def _answer(fact: Fact, answer: Answer, as_of: date | None, days: int) -> Answer:
    """An answer so many days later."""
    match answer:
        case Dated(value, on) if as_of is not None and not _stale(fact, on, as_of):
            return Dated(value, on + timedelta(days=days))
        case bool():
            return answer
        case int() | float() if fact.runs_on:
            return _longer(answer, days / IN_DAYS[fact.unit], fact.bounds[1])
        case Interval(low, high) if fact.runs_on:
            more, most = days / IN_DAYS[fact.unit], fact.bounds[1]
            return Interval(_longer(low, more, most), _longer(high, more, most))
        case _:
            return answer


def _stale(fact: Fact, on: date, as_of: date) -> bool:
    """Whether a measurement is too old to count, or never becomes it."""
    return fact.fresh_days is None or as_of - on > timedelta(days=fact.fresh_days)


def _longer(value: float, more: float, most: float) -> float:
    return min(round(value + more, _DECIMALS), most)


def _event(event: Surgery | Injury, days: int) -> Any:
    grown: dict[str, float | Interval] = {}
    for name, (unit, most) in _AGO.items():
        more = days / IN_DAYS[unit]
        match getattr(event, name, None):
            case int() | float() as ago:
                grown[name] = _longer(ago, more, most)
            case Interval(low, high):
                grown[name] = Interval(_longer(low, more, most), _longer(high, more, most))
            case _:
                pass
    return event.model_copy(update=grown)


def days_of(weeks: float, *, most: int = 5200) -> int:
    """So many weeks as whole days; ProfileError for weeks that lie in the past, are no number, or are more than the most."""
    if not 0 <= weeks <= most:
        what = "lie in the past" if weeks < 0 else f"are more than {most}" if weeks > most else "aren't a number of weeks"
        raise ProfileError([Fault(Place("weeks"), f"{weeks:g} weeks {what}.", f"Take 0 to {most}.")])
    return round(7 * weeks)


def furthest(profile: ProfileBase, days: int) -> int:
    """The last day, at most so many days ahead, on which no length of time has outgrown what its fact can be."""
    for fact, answer in _told(profile):
        match answer:
            case bool():
                continue
            case Since(_, latest) if profile.as_of is not None:
                days = min(days, math.floor(fact.bounds[1] * IN_DAYS[fact.unit]) - (profile.as_of - latest).days)
            case (int() | float() as low) | Interval(low, _) if fact.runs_on:
                days = min(days, math.floor((fact.bounds[1] - low) * IN_DAYS[fact.unit]))
            case _:
                pass
    return max(days, 0)


def to_measure_again(profile: ProfileBase, days: int) -> Iterator[tuple[str, date]]:
    """What counts today and would be too old before so many days have passed, with the last day on which it counts."""
    for fact, answer in _told(profile):
        if isinstance(answer, Dated) and profile.as_of is not None and not _stale(fact, answer.on, profile.as_of):
            last = answer.on + timedelta(days=fact.fresh_days or 0)
            if (last - profile.as_of).days < days:
                yield fact.id, last


def _told(profile: ProfileBase) -> Iterator[tuple[Fact, Answer]]:
    facts = profile.vocabulary.facts
    for told in (profile.answers(), *(s.answers() for s in profile.sites), *(p.told() for p in profile.problems)):
        yield from ((facts[name], answer) for name, answer in told.items())
