"""One site as a plan sees it: what is open there, what is known of it, and what a plan has to wait for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from massage_rules.answer import Advice, ProgressAdvice, SiteAdvice, TechniqueAdvice
from massage_rules.conditions import Facts, Interval, evaluate
from massage_rules.planning import Acute, ComplaintEntry, Planning
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, Truth
from massage_rules.verdicts import Disposition
from massage_rules.views import views

HIGH, OPERATED = "high_irritability", "remodelling_scar_or_operated_region"
_REACTION = frozenset({"pain_during", "guarded_during", "bruise_beyond_coin", "pressure_last_time"})
_TREATED = (Disposition.TREAT, Disposition.MODIFY)


@dataclass(frozen=True, slots=True)
class Here:
    """One site: its advice, the facts of each of its views, the definitions that hold there, and what follows for a plan.

    `open` are the techniques that may be planned, best first; `waits` says why none is. `too_much` says that the last session was.
    """

    number: int
    advice: SiteAdvice
    facts: tuple[Facts, ...]
    defined: tuple[Mapping[str, Truth], ...]
    complaints: tuple[str, ...]
    entries: tuple[ComplaintEntry, ...]
    open: tuple[TechniqueAdvice, ...]
    waits: tuple[str, ...]
    flares: bool
    surely_flares: bool
    contexts: frozenset[str]
    too_much: bool

    def known(self, fact: str) -> Interval | None:
        """A number known here, in the first view that tells it."""
        return next((v for facts in self.facts if isinstance(v := facts.get(fact), Interval)), None)

    @property
    def about(self) -> Facts:
        """What rules on measures ask of the place."""
        return self.facts[0]

    @property
    def acute(self) -> Acute | None:
        """The shorter course of a complaint that is certainly young."""
        age = self.known("complaint_weeks")
        found = [e.acute for e in self.entries if e.acute is not None]
        return next((a for a in found if age is not None and age.high < a.below_weeks), None)


def sites_of(advice: Advice, rulebook: Rulebook, planning: Planning) -> tuple[Here, ...]:
    """Every site of an advice."""
    told: dict[int, list[Facts]] = {}
    for view in views(advice.profile).views:
        told.setdefault(view.site, []).append(view.facts)
    progress = {p.site: p for p in advice.progress}
    return tuple(
        _here(advice, rulebook, planning, number, told[number], progress.get(number)) for number in range(len(advice.sites))
    )


def _here(
    advice: Advice, rulebook: Rulebook, planning: Planning, number: int, facts: Sequence[Facts], progress: ProgressAdvice | None
) -> Here:
    site = advice.sites[number]
    defined = tuple(Definitions(rulebook, f) for f in facts)
    values = facts[0].get("complaints")
    complaints = tuple(sorted(values)) if isinstance(values, frozenset) else ()
    stopped = advice.disposition not in _TREATED
    held = progress is not None and progress.action == "refer"
    able = tuple(t for t in site.techniques if t.verdict.open)
    return Here(
        number=number,
        advice=site,
        facts=tuple(facts),
        defined=defined,
        complaints=complaints,
        entries=tuple(planning.complaints[c] for c in complaints if c in planning.complaints),
        open=() if stopped else tuple(t for t in able if not held or not rulebook.catalogue.variants[t.technique].does),
        waits=tuple(_waits(advice, site, progress if held else None)),
        flares=not set(complaints) <= set(planning.flares_easily.not_for) and _may(defined, "irritability_high"),
        surely_flares=any(d["irritability_high"] is TRUE for d in defined),
        contexts=frozenset(_contexts(facts, defined)),
        too_much=progress is not None
        and progress.action == "ease"
        and any(not _REACTION.isdisjoint(rulebook.direct_facts(r)) for r in progress.rules),
    )


class Definitions(dict[str, Truth]):
    """The truth of every definition, given the facts of one view, each worked out when it is first asked for."""

    def __init__(self, rulebook: Rulebook, facts: Facts) -> None:
        super().__init__()
        self._rulebook, self._facts = rulebook, facts

    def __missing__(self, name: str) -> Truth:
        rules = self._rulebook.definitions.get(name, ())
        self[name] = max((evaluate(rule.when, self._facts, self) for rule in rules), default=FALSE)
        return self[name]


def _may(defined: Sequence[Mapping[str, Truth]], name: str) -> bool:
    """Whether a definition holds in some view, or can't be told: a limit that follows from it applies until it is."""
    return any(d[name] is not FALSE for d in defined)


def _contexts(facts: Sequence[Facts], defined: Sequence[Mapping[str, Truth]]) -> Iterator[str]:
    """The circumstances in which a technique's own limit of discomfort is lower."""
    if _may(defined, "irritability_high"):
        yield HIGH
    scar = any(d["surgical_scar"] is TRUE or d["healing_remodelling"] is TRUE for d in defined)
    if scar or any(isinstance(f.get("procedure"), str) for f in facts):
        yield OPERATED


def _waits(advice: Advice, site: SiteAdvice, progress: ProgressAdvice | None) -> Iterator[str]:
    """Why nothing hands-on is planned at a site."""
    if progress is not None:
        yield from progress.advice
    elif not any(t.verdict.open for t in site.techniques):
        titles = [advice.reasons[r].title for t in site.techniques for r in t.decided_by if r in advice.reasons]
        yield from list(dict.fromkeys(titles))[:3] or ["Nothing is open here until the questions are answered."]
