"""Whether one effect does all that another does: where it binds, what it closes, how narrow its limits are."""

from __future__ import annotations

from massage_rules.effects import (
    CERTAINTIES,
    ROLES,
    URGENCIES,
    Adapt,
    Avoid,
    Consult,
    Define,
    Emergency,
    Progress,
    Refer,
    Scope,
    Suggest,
)
from massage_rules.rulebook import Rule, Rulebook


def does_all_of(rulebook: Rulebook, strong: Rule, weak: Rule) -> bool:
    """Whether a rule, wherever both hold, leaves the other nothing to do or to say of what is to be done."""
    if not _reaches(rulebook, strong, weak):
        return False
    match weak.effect, strong.effect:
        case Define(name), Define(other):
            return name == other
        case Progress() as one, Progress() as two:
            return one.action == two.action and one.advice in ("", two.advice)
        case Suggest() as one, Suggest() as two:
            return _suggests_all(two, one)
        case Emergency(call, _), Emergency(other_call, _):
            return _calls_as_soon(other_call, call)
        case Avoid(_, consult), (Avoid() | Emergency()) as two:
            return consult is None or _calls_as_soon(two.consult, consult)
        case Refer(call, _, meanwhile), Refer(other_call, _, other_meanwhile):
            return _calls_as_soon(other_call, call) and meanwhile in ("", other_meanwhile)
        case Refer(call, _, _), (Avoid() | Emergency()) as two:
            return two.consult is not None and _calls_as_soon(two.consult, call)
        case Adapt() as one, Adapt() as two:
            return _as_narrow(two, one)
        case Adapt() as one, Avoid() | Emergency():
            return not one.advice
        case _:
            return False


def _reaches(rulebook: Rulebook, strong: Rule, weak: Rule) -> bool:
    """Whether an effect binds all techniques and places that another binds."""
    one, two = weak.effect, strong.effect
    if isinstance(one, Define | Suggest | Progress) or isinstance(two, Define | Suggest | Progress):
        return True
    return one.scope.techniques <= two.scope.techniques and _covers(rulebook, strong, weak, two.scope, one.scope)


def _covers(rulebook: Rulebook, strong: Rule, weak: Rule, wide: Scope, narrow: Scope) -> bool:
    if (narrow.margin_cm or 0) > (wide.margin_cm or 0) or wide.side not in ("", narrow.side):
        return False
    if wide.where == "body":
        return True
    if wide.where == "here":  # binds where the event is whose facts it reads, so it may read of no event besides
        facts = rulebook.vocabulary.facts
        local = {f for f in rulebook.reads(strong.id) if facts[f].level == "site"}
        return narrow.where == "here" and local <= rulebook.reads(weak.id)
    if isinstance(narrow.where, str):
        return False
    parts = rulebook.vocabulary.regions.parts
    return frozenset().union(*map(parts, narrow.where)) <= frozenset().union(*map(parts, wide.where))


def _calls_as_soon(strong: Consult | None, weak: Consult) -> bool:
    """Whether a clinician is called at least as soon; another one only if sooner."""
    if strong is None:
        return False
    sooner = URGENCIES.index(weak.urgency) - URGENCIES.index(strong.urgency)
    return sooner > 0 or (sooner == 0 and strong.who == weak.who)


def _suggests_all(strong: Suggest, weak: Suggest) -> bool:
    return (
        weak.techniques <= strong.techniques
        and set(weak.goals) <= set(strong.goals)
        and ROLES.index(strong.role) <= ROLES.index(weak.role)
        and CERTAINTIES.index(strong.certainty) <= CERTAINTIES.index(weak.certainty)
        and weak.pressure_at_most == strong.pressure_at_most
        and set(weak.evidence_says) <= set(strong.evidence_says)
        and weak.course in ({}, strong.course)
        and weak.note in ("", strong.note)
        and weak.notes.items() <= strong.notes.items()
    )


def _as_narrow(strong: Adapt, weak: Adapt) -> bool:
    """Whether every limit of one is set at least as narrowly by the other."""

    def most(one: float | None, two: float | None) -> bool:
        return two is None or (one is not None and one <= two)

    return (
        most(strong.pressure_at_most, weak.pressure_at_most)
        and most(strong.minutes_at_most, weak.minutes_at_most)
        and most(strong.pain_at_most, weak.pain_at_most)
        and weak.no_positions <= strong.no_positions
        and set(weak.spare) <= set(strong.spare)
        and all(most(strong.motion.get(m), degrees) for m, degrees in weak.motion.items())
        and (strong.no_end_range or not weak.no_end_range)
        and weak.advice in ("", strong.advice)
    )
