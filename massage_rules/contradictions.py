"""What can't be true of a client all at once: answers against denials, against each other, and against the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from massage_rules._yaml import listed
from massage_rules.answers import Answer, Dated, Since, Unknown, Unreadable, value_at
from massage_rules.conditions import Interval, Is, evaluate
from massage_rules.errors import Fault, Place, clean, nearest
from massage_rules.procedures import procedures
from massage_rules.truth import FALSE
from massage_rules.vocabulary import Fact

if TYPE_CHECKING:
    from massage_rules.parts import SiteBase, Surgery
    from massage_rules.profile import ProfileBase

OPERATED_LONG_AGO = "operation_over_12_weeks_ago"
_AGE = "weeks_since_surgery"


def faults_of(profile: ProfileBase) -> list[Fault]:
    """Every block that isn't one, every date that can't be, and every contradiction, each with its place and remedy."""
    return [*_block_faults(profile), *_date_faults(profile), *_contradictions(profile)]


def _block_faults(profile: ProfileBase) -> list[Fault]:
    blocks = {*profile.vocabulary.blocks, "all"}
    return [
        Fault(Place(key), f"`{clean(name)}` isn't a block of the form.", nearest(name, blocks) or f"It takes {listed(blocks)}.")
        for key in ("denied", "otherwise_denied")
        for name in getattr(profile, key)
        if name not in blocks
    ]


def _date_faults(profile: ProfileBase) -> list[Fault]:
    faults = []
    dates: list[tuple[str, date]] = []
    for prefix, told in _told(profile):
        for name, answer in told.items():
            dates += _days(prefix + name, answer)
            if isinstance(answer, Since) and profile.as_of is not None:
                faults += _beyond(prefix + name, profile.vocabulary.facts[name], answer, profile.as_of)
    for key in ("surgeries", "injuries"):
        for i, event in enumerate(getattr(profile, key)):
            if event.on is not None:
                dates.append((f"{key}.{i}.on", event.on.earliest))
    for path, day in dates:
        if profile.as_of is None:
            faults.append(
                Fault(
                    Place(path),
                    "is a date, so the profile needs `as_of`.",
                    "Add the day that the profile speaks of, `as_of: 2026-11-24`.",
                )
            )
        elif day > profile.as_of:
            faults.append(Fault(Place(path), f"{day} lies after `as_of` ({profile.as_of}).", "Correct the date, or `as_of`."))
    for i, override in enumerate(profile.overrides):
        if override.on is not None and profile.as_of is not None and override.on > profile.as_of:
            faults.append(
                Fault(Place(f"overrides.{i}.on"), f"{override.on} lies after `as_of` ({profile.as_of}).", "Correct one of them.")
            )
    for i, clearance in enumerate(profile.clearances):
        if clearance.on is not None and clearance.until is not None and clearance.until < clearance.on:
            faults.append(
                Fault(
                    Place(f"clearances.{i}.until"),
                    f"{clearance.until} lies before `on` ({clearance.on}).",
                    "Correct one of them.",
                )
            )
        if profile.as_of is None or clearance.on is None or clearance.until is None or not clearance.on <= profile.as_of:
            faults.append(
                Fault(
                    Place(f"clearances.{i}.on"),
                    "a clearance needs its day, its last day, and an `as_of` that isn't before it.",
                    "Add them.",
                )
            )
    return faults


def _told(profile: ProfileBase) -> list[tuple[str, Mapping[str, Answer]]]:
    """Everything that was answered, with the path to it: of the client first, then place by place."""
    sites = [(f"sites.{i}.", s.answers()) for i, s in enumerate(profile.sites)]
    problems = [(f"problems.{i}.facts.", p.told()) for i, p in enumerate(profile.problems)]
    return [("", profile.answers()), *sites, *problems]


def _beyond(path: str, fact: Fact, answer: Since, as_of: date) -> list[Fault]:
    try:
        value_at(fact, answer, as_of)
    except Unreadable as error:
        return [Fault(Place(path), error.what, error.remedy)]
    return []


def _days(path: str, answer: Answer) -> list[tuple[str, date]]:
    earliest = getattr(answer, "earliest", None) or getattr(answer, "on", None)
    return [(path, earliest)] if earliest is not None else []


def _contradictions(profile: ProfileBase) -> list[Fault]:
    told = {prefix: _current(profile, answers) for prefix, answers in _told(profile)}
    faults = []
    for prefix, own in told.items():
        answers = {**told[""], **own}
        for name, answer in own.items():
            faults += [Fault(Place(prefix + name), what, remedy) for what, remedy in _against(profile, answers, name, answer)]
    return [*faults, *_younger_operations(profile), *_denied_lists(profile), *_denied_medicines(profile, told[""])]


def _current(profile: ProfileBase, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers that say something now: not those that don't know, and not those that went stale."""
    said: dict[str, Answer] = {}
    for name, answer in answers.items():
        days = profile.vocabulary.facts[name].fresh_days
        if isinstance(answer, Dated):
            if days is None or (profile.as_of is not None and (profile.as_of - answer.on).days <= days):
                said[name] = answer.value
        elif not isinstance(answer, Unknown):
            said[name] = answer
    return said


def _against(profile: ProfileBase, answers: Mapping[str, Answer], name: str, answer: Answer) -> Iterator[tuple[str, str]]:
    """What an answer, with all that follows from it, says against other answers and denied blocks."""
    facts = profile.vocabulary.facts
    given = "is yes" if answer is True else "is given"
    waiting, seen = [name] if answer is not False else [], {name}
    while waiting:
        fact = facts[waiting.pop()]
        follows = fact.id != name
        if follows and answers.get(fact.id) is False:
            yield f"{given}, but `{fact.id}` is no.", "Correct one of the two."
        elif (follows or answer is True) and fact.role == "risk" and {"all", fact.block} & set(profile.denied):
            via = f", which holds `{fact.id}`," if follows else ""
            remedy = f"Move `{fact.block}` to `otherwise_denied` if nothing else in it applies, or remove it."
            yield f"{given}, but the block `{fact.block}`{via} was denied as a whole.", remedy
        else:
            parents = list(fact.implies) if follows or answer is True else []
            if isinstance(fact.only_if, Is) and fact.only_if.answer:
                parents.append(fact.only_if.fact)
            waiting += [p for p in parents if p not in seen]
            seen.update(parents)


def _younger_operations(profile: ProfileBase) -> Iterator[Fault]:
    """Places said to have been operated on long ago, where the age of an operation here makes that answer's own `only_if` false."""
    fact = profile.vocabulary.facts.get(OPERATED_LONG_AGO)
    if fact is None or fact.only_if is None:
        return
    for i, site in enumerate(profile.sites):
        told = site.answers()
        if told.get(OPERATED_LONG_AGO) is not True:
            continue
        times = [told[_AGE]] if _AGE in told else []
        times += [s.on or s.weeks_ago for s in profile.surgeries if _meets(profile, site, s)]
        ages = [{_AGE: value} for time in times if (value := _age(profile, time)) is not None]
        if any(evaluate(fact.only_if, age, {}) is FALSE for age in ages):
            what = "is yes, but an operation here is younger."
            yield Fault(Place(f"sites.{i}.{OPERATED_LONG_AGO}"), what, "Leave it out; for an older operation here give its day.")


def _age(profile: ProfileBase, time: Answer | None) -> Interval | None:
    """How many weeks ago an operation was; None where that isn't known, or is told as a fault of its own."""
    try:
        value = None if time is None else value_at(profile.vocabulary.facts[_AGE], time, profile.as_of)
    except Unreadable:
        return None
    return value if isinstance(value, Interval) else None


def _meets(profile: ProfileBase, site: SiteBase, surgery: Surgery) -> bool:
    """Whether an operation was at a place, or at a part of it."""
    if {site.side, surgery.side} == {"left", "right"}:
        return False
    known = procedures().get(surgery.procedure)
    return not _covered(profile, site.region).isdisjoint(_covered(profile, surgery.region or (known.regions if known else ())))


def _covered(profile: ProfileBase, regions: str | tuple[str, ...] | None) -> frozenset[str]:
    names = (regions,) if isinstance(regions, str) else regions or ()
    return frozenset().union(*(profile.vocabulary.regions.parts(r) for r in names))


def _denied_lists(profile: ProfileBase) -> Iterator[Fault]:
    """Events that stand in a block which was denied as a whole."""
    facts = profile.vocabulary.facts
    kinds = [(f"problems.{i}", p.kind) for i, p in enumerate(profile.problems)]
    kinds += [(f"surgeries.{i}", "operated_here") for i in range(len(profile.surgeries))]
    kinds += [(f"injuries.{i}", "injured_here") for i in range(len(profile.injuries))]
    for path, kind in kinds:
        block = facts[kind].block if kind in facts else ""
        if block and {"all", block} & set(profile.denied):
            yield Fault(Place(path), f"stands in the denied block `{block}`.", f"Move `{block}` to `otherwise_denied`.")


def _denied_medicines(profile: ProfileBase, said: Mapping[str, Answer]) -> Iterator[Fault]:
    facts = profile.vocabulary.facts
    if profile.medications_complete and profile.medications is None:
        what = "`medications_complete` is yes, but there is no list of them."
        yield Fault(Place("medications_complete"), what, "Add `medications:`, as `[]` if none is taken.")
    for i, name in enumerate(profile.medications or ()):
        told = profile.vocabulary.medications.of(name) or ()
        for fact in told:
            if said.get(fact) is False:
                yield Fault(Place(f"medications.{i}"), f"has `{clean(name)}`, but `{fact}` is no.", "Correct one of the two.")
        for block in dict.fromkeys(facts[f].block for f in told if facts[f].role == "risk"):
            if {"all", block} & set(profile.denied):
                what = f"has `{clean(name)}`, but the block `{block}`, which asks for it, was denied as a whole."
                yield Fault(
                    Place(f"medications.{i}"), what, f"Move `{block}` to `otherwise_denied` if nothing else in it applies."
                )
