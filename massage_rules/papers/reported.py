"""What was told of a client, in words: reported, denied, measured, not known, and what happened when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from massage_rules.answers import Answer, Dated, Since, Unknown, Unreadable, value_at
from massage_rules.conditions import Interval
from massage_rules.grounds import value_in_words
from massage_rules.parts import Injury, Problem, Surgery
from massage_rules.procedures import procedures
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.vocabulary import Fact

SIDES = {"left": ", left", "right": ", right", "both": ", both sides", "midline": ", in the middle"}
_LENGTHS = {"wk", "d", "h", "mo", "a", "1", "min", "/wk", ""}
_WAYS = {"unsure": "not sure", "declined": "would rather not say", "not_asked": "not asked, or too old to count"}


@dataclass(slots=True)
class Reported:
    """What was told of one client or place, sorted by how it was told."""

    said: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def reported(rulebook: Rulebook, answers: Mapping[str, Answer], as_of: date | None) -> Reported:
    """The answers to the facts of a client or of a place."""
    found = Reported()
    for name, answer in answers.items():
        fact, words = rulebook.vocabulary.facts[name], rulebook.vocabulary.lay(name)
        try:
            value = value_at(fact, answer, as_of)
        except Unreadable:
            continue
        match value:
            case Unknown(way):
                found.unknown.append(f"{words} ({_WAYS[way]})")
            case True:
                found.said.append(words)
            case False:
                found.denied.append(words)
            case _:
                into = found.measured if _is_measured(fact) else found.said
                into.append(f"{words}: {value_in_words(rulebook, name, value)}{_when(answer)}")
    return found


def _is_measured(fact: Fact) -> bool:
    return fact.type == "number" and fact.unit not in _LENGTHS


def _when(answer: Answer) -> str:
    return f" ({answer.on.isoformat()})" if isinstance(answer, Dated) else ""


def events(rulebook: Rulebook, profile: ProfileBase) -> Iterator[str]:
    """Operations, injuries and local problems, with where and when."""
    for surgery in profile.surgeries:
        known = procedures().get(surgery.procedure)
        label = known.label if known else surgery.procedure.replace("_", " ")
        yield f"operation: {label}{_where(rulebook, surgery)}{_time(surgery)}"
    for injury in profile.injuries:
        kinds = rulebook.vocabulary.facts["injury_kind"].values
        yield f"injury: {kinds.get(injury.kind, injury.kind)}{_where(rulebook, injury)}{_time(injury)}"
    for problem in profile.problems:
        yield f"{rulebook.vocabulary.lay(problem.kind)}{_where(rulebook, problem)}"


def _where(rulebook: Rulebook, event: Surgery | Injury | Problem) -> str:
    names = (event.region,) if isinstance(event.region, str) else event.region or ()
    labels = ", ".join(rulebook.vocabulary.regions.label(n).lower() for n in names)
    return f", {labels}{SIDES.get(event.side or '', '')}" if labels else SIDES.get(event.side or "", "")


def _time(event: Surgery | Injury) -> str:
    if isinstance(event.on, Since):
        return f", {_span(event.on)}"
    for length, unit in ((event.weeks_ago, "weeks"), (getattr(event, "hours_ago", None), "hours")):
        if isinstance(length, int | float):
            return f", {length:g} {unit} ago"
        if isinstance(length, Interval):
            return f", {length.low:g} to {length.high:g} {unit} ago"
    return ""


def _span(since: Since) -> str:
    if since.earliest == since.latest:
        return since.earliest.isoformat()
    return f"{since.earliest:%Y}" if (since.latest - since.earliest).days > 31 else f"{since.earliest:%Y-%m}"


def runs_out(profile: ProfileBase) -> date | None:
    """The first day on which something that was told no longer counts: a value goes stale, or a clearance is over.

    None where nothing that was told has such a day.
    """
    days: list[date] = []
    if profile.as_of is None:
        return None
    for part in (profile, *profile.sites):
        for name, answer in part.answers().items():
            fresh = profile.vocabulary.facts[name].fresh_days
            if isinstance(answer, Dated) and fresh is not None:
                days.append(answer.on + timedelta(days=fresh + 1))
    days += [c.until + timedelta(days=1) for c in profile.clearances if c.until is not None]
    return min((d for d in days if d > profile.as_of), default=None)
