"""What is known at each site: answers, denials and events resolved into plain facts.

A view is one flat set of facts. A site has a view for every operation, injury or local problem that touches
it, and one for the rest of it; a rule holds at the site when it holds in one of its views, and binds where
the trouble is that it reads of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeAlias

from massage_rules.answers import Answer, NotKnowing, Unknown, value_at
from massage_rules.conditions import FactValue, Interval
from massage_rules.parts import Injury, Problem, SiteBase, Surgery
from massage_rules.procedures import procedures
from massage_rules.profile import ProfileBase
from massage_rules.vocabulary import IN_DAYS, Fact, Vocabulary

ELSEWHERE = -1


@dataclass(frozen=True, slots=True)
class Event:
    """An operation, injury or local problem: the facts it brings, those it leaves open, and the smallest regions it covers."""

    parts: frozenset[str]
    facts: Mapping[str, FactValue]
    unknown: Mapping[str, NotKnowing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """The facts known at one site in one respect, the events that some come from, and in which way others aren't known there.

    A local problem that touches no site has a view of its own, at the site ELSEWHERE; `problem` is its number.
    """

    site: int
    covered: frozenset[str]
    side: str | None
    facts: Mapping[str, FactValue]
    events: tuple[Event, ...]
    unknown: Mapping[str, NotKnowing] = field(default_factory=dict)
    problem: int | None = None

    def parts(self, reads: frozenset[str]) -> frozenset[str]:
        """The smallest regions that something which reads these facts speaks of."""
        touched = [e.parts for e in self.events if not reads.isdisjoint(e.facts)]
        if not touched:
            return self.covered
        return frozenset.intersection(*touched) or frozenset.union(*touched)


@dataclass(frozen=True, slots=True)
class Seen:
    """All views of a profile, and the facts whose not-knowing has a kind."""

    views: tuple[View, ...]
    unknown: Mapping[str, NotKnowing]


_Known: TypeAlias = "dict[str, FactValue]"


def views(profile: ProfileBase) -> Seen:
    """The views of a profile, site by site. Raises Unreadable where a date has no day to count from."""
    vocabulary = profile.vocabulary
    unknown: dict[str, NotKnowing] = {}
    patient = _resolved(vocabulary, profile.answers(), profile, unknown)
    _read_lists(profile, patient, unknown)
    denied = profile.denied_blocks()
    denials = [name for name, block in vocabulary.deniable if block in denied]
    ruled_out = _ruled_out(profile)
    found: list[View] = []
    open_ = dict(unknown)

    def view(index: int, site: SiteBase | Problem, own: _Known, here: dict[str, NotKnowing], events: tuple[Event, ...]) -> View:
        facts = {**own, **{k: v for event in events for k, v in event.facts.items()}}
        here = {**here, **{k: v for event in events for k, v in event.unknown.items()}}
        _infer(vocabulary, facts)
        for name in (*denials, *ruled_out):
            if name not in facts and name not in here:
                facts[name] = False
        vocabulary.gated.close(facts, here)
        return View(index, _parts(vocabulary, site.region), site.side, facts, events, here)

    for index, site in enumerate(profile.places):
        here = dict(unknown)  # what one site doesn't tell leaves the others as they are
        own = {**patient, **_resolved(vocabulary, site.answers(), profile, here), **_where(site)}
        found += [view(index, site, own, here, events) for events in _events(profile, site, _parts(vocabulary, site.region))]
        open_ |= here
    for number, problem in enumerate(profile.problems):
        if not any(_touched(profile, s, _parts(vocabulary, s.region), problem.region, problem.side) for s in profile.places):
            event = _problem(profile, problem, _parts(vocabulary, problem.region))
            own = {**patient, **_no_complaint(vocabulary), **_where(problem)}
            found.append(replace(view(ELSEWHERE, problem, own, unknown, (event,)), problem=number))
    return Seen(tuple(found), open_)


def _where(site: SiteBase | Problem) -> _Known:
    region = site.region if isinstance(site.region, str) else (site.region or ("",))[0]
    return {"region": region} if site.side is None else {"region": region, "side": site.side}


def _no_complaint(vocabulary: Vocabulary) -> _Known:
    """Where nothing is to be treated there is no complaint to treat; the trouble itself is told."""
    return {"complaints": frozenset[str]()} if "complaints" in vocabulary.facts else {}


def _parts(vocabulary: Vocabulary, region: str | tuple[str, ...] | None) -> frozenset[str]:
    names = (region,) if isinstance(region, str) else region or ()
    return frozenset().union(*(vocabulary.regions.parts(r) for r in names))


def _resolved(
    vocabulary: Vocabulary, answers: Mapping[str, Answer], profile: ProfileBase, unknown: dict[str, NotKnowing]
) -> _Known:
    known: _Known = {}
    for name, answer in answers.items():
        value = value_at(vocabulary.facts[name], answer, profile.as_of)
        if isinstance(value, Unknown):
            unknown[name] = value.way
        else:
            known[name] = value
    return known


def _ruled_out(profile: ProfileBase) -> frozenset[str]:
    """The facts that a complete list of medicines denies: all that it could establish, if every name on it is known."""
    table = profile.vocabulary.medications
    known = all(table.of(name) is not None for name in profile.medications or ())
    return table.ruled_out if profile.medications_complete and known else frozenset()


def _read_lists(profile: ProfileBase, patient: _Known, unknown: dict[str, NotKnowing]) -> None:
    facts = profile.vocabulary.facts
    for name in profile.medications or ():
        for fact in profile.vocabulary.medications.of(name) or ():
            patient.setdefault(fact, True)
    _read_operations(profile, patient, unknown)
    if "injury_past_4_weeks" in facts:
        for injury in profile.injuries:
            weeks = _weeks(profile, injury)
            if weeks is None or weeks.low <= 4 < weeks.high:
                unknown.setdefault("injury_past_4_weeks", "not_asked")
            elif weeks.high <= 4:
                patient.setdefault("injury_past_4_weeks", True)


def _read_operations(profile: ProfileBase, patient: _Known, unknown: dict[str, NotKnowing]) -> None:
    """When the last operation was, and whether a large one was recent; one without a date may be, so no denial counts."""
    facts = profile.vocabulary.facts
    for surgery in profile.surgeries:
        weeks = _weeks(profile, surgery)
        known = procedures().get(surgery.procedure)
        if known is not None and known.since in facts and weeks is not None:
            _counts_from(facts[known.since], patient, weeks)
        for name in ("operation_ever", *(known.establishes if known is not None else ())):
            if name in facts:
                patient.setdefault(name, True)
        if weeks is not None and "weeks_since_any_surgery" in facts:
            _most_recent(patient, "weeks_since_any_surgery", weeks)
        if "major_surgery_past_12_weeks" not in facts or (known is not None and known.clot_risk == "low"):
            continue
        if weeks is None or weeks.low <= 12 < weeks.high:
            unknown.setdefault("major_surgery_past_12_weeks", "not_asked")
        elif weeks.high <= 12:
            patient.setdefault("major_surgery_past_12_weeks", True)
            _most_recent(patient, "weeks_since_major_surgery", weeks)


def _counts_from(fact: Fact, patient: _Known, weeks: Interval) -> None:
    """What runs from an operation, such as the days since a birth; a time too long to be asked of isn't told."""
    factor = IN_DAYS["wk"] / IN_DAYS[fact.unit]
    if weeks.high * factor <= fact.bounds[1]:
        _most_recent(patient, fact.id, Interval(weeks.low * factor, weeks.high * factor))


def _most_recent(patient: _Known, name: str, time: Interval) -> None:
    old = patient.get(name)
    patient[name] = Interval(min(old.low, time.low), min(old.high, time.high)) if isinstance(old, Interval) else time


def _events(profile: ProfileBase, site: SiteBase, covered: frozenset[str]) -> Iterator[tuple[Event, ...]]:
    """The combinations of events that make the views of a site; the empty one is the site in itself."""
    surgeries = [
        Event(parts, _surgery_facts(profile, s))
        for s in profile.surgeries
        if (
            parts := _touched(
                profile,
                site,
                covered,
                s.region or (procedures()[s.procedure].regions if s.procedure in procedures() else ()),
                s.side,
            )
        )
    ]
    injuries = [
        Event(parts, _injury_facts(profile, i))
        for i in profile.injuries
        if (parts := _touched(profile, site, covered, i.region, i.side))
    ]
    problems = [
        _problem(profile, p, parts) for p in profile.problems if (parts := _touched(profile, site, covered, p.region, p.side))
    ]
    everywhere = tuple(p for p in problems if p.parts == covered)
    for surgery, injury in product(_or_rest(surgeries, covered), _or_rest(injuries, covered)):
        events = (*surgery, *injury, *everywhere)
        yield events
        for problem in problems:
            if problem not in everywhere:
                yield (*events, problem)


def _or_rest(events: list[Event], covered: frozenset[str]) -> list[tuple[Event, ...]]:
    """Each event alone, and none of them unless one covers the whole site."""
    alone: list[tuple[Event, ...]] = [(e,) for e in events]
    return alone if any(e.parts == covered for e in events) else [(), *alone]


def _touched(
    profile: ProfileBase, site: SiteBase, covered: frozenset[str], region: str | tuple[str, ...] | None, side: str | None
) -> frozenset[str]:
    if {site.side, side} == {"left", "right"}:
        return frozenset()
    return covered & _parts(profile.vocabulary, region)


def _weeks(profile: ProfileBase, event: Surgery | Injury) -> Interval | None:
    if event.on is not None and profile.as_of is not None:
        return Interval(max(0, (profile.as_of - event.on.latest).days) / 7, (profile.as_of - event.on.earliest).days / 7)
    for value, factor in ((event.weeks_ago, 1.0), (getattr(event, "hours_ago", None), IN_DAYS["h"] / 7)):
        if isinstance(value, int | float):
            return Interval(value * factor, value * factor)
        if isinstance(value, Interval):
            return Interval(value.low * factor, value.high * factor)
    return None


def _problem(profile: ProfileBase, problem: Problem, parts: frozenset[str]) -> Event:
    """The problem itself and what was told of it."""
    unknown: dict[str, NotKnowing] = {}
    known = _resolved(profile.vocabulary, problem.told(), profile, unknown)
    return Event(parts, {problem.kind: True, **known}, unknown)


def _surgery_facts(profile: ProfileBase, surgery: Surgery) -> _Known:
    weeks = _weeks(profile, surgery)
    facts: _Known = {"operated_here": True, "procedure": surgery.procedure if surgery.procedure in procedures() else "other"}
    if weeks is not None:
        facts["weeks_since_surgery"] = weeks
        facts["days_since_surgery"] = Interval(weeks.low * 7, weeks.high * 7)
    return {k: v for k, v in facts.items() if k in profile.vocabulary.facts}


def _injury_facts(profile: ProfileBase, injury: Injury) -> _Known:
    weeks = _weeks(profile, injury)
    facts: _Known = {"injured_here": True, "injury_kind": injury.kind}
    if weeks is not None:
        facts["weeks_since_injury"] = weeks
        facts["hours_since_injury"] = Interval(weeks.low * 168, weeks.high * 168)
    return {k: v for k, v in facts.items() if k in profile.vocabulary.facts}


def _infer(vocabulary: Vocabulary, facts: _Known) -> None:
    """What an answer says of others: a narrower fact implies a wider one, a recorded value its parent."""
    waiting = [n for n, v in facts.items() if v is not False]
    while waiting:
        fact = vocabulary.facts.get(waiting.pop())
        if fact is None:
            continue
        parents = list(fact.implies) if facts.get(fact.id) is True else []
        if fact.follows:
            parents.append(fact.follows)
        for parent in parents:
            if parent not in facts:
                facts[parent] = True
                waiting.append(parent)
