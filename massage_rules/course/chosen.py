"""Which open techniques come into question for a visit, and which are set aside before any minutes are shared out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from massage_rules.answer import TechniqueAdvice
from massage_rules.course.here import Here
from massage_rules.course.minutes import FIRST, ROLES
from massage_rules.course.plan import LeftOut
from massage_rules.planning import Planning
from massage_rules.rulebook import Rulebook

_ALONE = "The client does it alone, so it belongs to the home work."
_TOO_MUCH = "Even at its lightest it was too much last time; something gentler takes its place."


@dataclass(slots=True)
class Chosen:
    """The techniques in question, site by site and best first, and those that were set aside with the reason."""

    open: list[tuple[Here, TechniqueAdvice]] = field(default_factory=list)
    aside: list[LeftOut] = field(default_factory=list)


def choose(rulebook: Rulebook, planning: Planning, sites: Sequence[Here]) -> Chosen:
    """The open techniques of all sites, without what is for home only, was too much, or is a step up or down from another."""
    found = Chosen()
    for here in sites:
        kinds: dict[tuple[str, bool], str] = {}
        for technique in here.open:
            kind = kind_of(rulebook, technique)
            if why := _against(rulebook, planning, here, technique, kinds.get(kind)):
                found.aside.append(
                    LeftOut(site=here.number, technique=technique.technique, label=technique.label, role=technique.role, why=why)
                )
            else:
                found.open.append((here, technique))
                kinds.setdefault(kind, technique.label)
    found.open = list(_once(rulebook, found.open))
    return found


def kind_of(rulebook: Rulebook, technique: TechniqueAdvice) -> tuple[str, bool]:
    """Forms of one kind stand on one ladder, each a step up or down from the other: one family, held stretches apart."""
    return technique.family, "stretch" in rulebook.catalogue.variants[technique.technique].does


def _against(rulebook: Rulebook, planning: Planning, here: Here, technique: TechniqueAdvice, better: str | None) -> str:
    """Why a technique is set aside, or nothing."""
    if technique.technique in planning.home.only:
        return _ALONE
    last = here.known("pressure_last_time")
    firm = "firm_pressure" in rulebook.catalogue.variants[technique.technique].does
    if here.too_much and firm and last is not None and technique.pressure and last.high <= technique.pressure[0]:
        return _TOO_MUCH
    if better is not None and technique.role != FIRST:
        return f"It is a step up or down from {better[:1].lower()}{better[1:]}; keep it for when that is too little or too much."
    return ""


def _once(rulebook: Rulebook, found: Sequence[tuple[Here, TechniqueAdvice]]) -> Iterator[tuple[Here, TechniqueAdvice]]:
    """What neither touches nor moves a part, such as breathing, is done once, at the site where it ranks best."""
    for here, technique in found:
        rivals = [(ROLES.get(t.role or "", 3), h.number) for h, t in found if t.technique == technique.technique]
        does = rulebook.catalogue.variants[technique.technique].does
        if does or (ROLES.get(technique.role or "", 3), here.number) == min(rivals):
            yield here, technique
