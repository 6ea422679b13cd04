"""Which muscles to check where trigger points are the trouble: a hint of tradition beside the advice, which it doesn't change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from massage_rules.answer import MotionTest, MuscleHint
from massage_rules.muscles import FACT, Muscle
from massage_rules.rulebook import Rulebook
from massage_rules.techniques import HANDS_ON
from massage_rules.verdicts import Decision, Disposition, SiteDecision
from massage_rules.views import Seen

_TREATED = (Disposition.TREAT, Disposition.MODIFY)


def muscles_to_check(rulebook: Rulebook, seen: Seen, decision: Decision, number: int) -> tuple[MuscleHint, ...]:
    """The muscles that lie at a site or are said to send pain there, those told first; none where no hands may be laid on.

    They are for the complaints that the table of muscles names, and for muscles that were told.
    """
    site = decision.sites[number]
    told = _choices(seen, number, FACT)
    if not (told or _choices(seen, number, "complaints") & rulebook.muscles.complaints) or decision.disposition not in _TREATED:
        return ()
    closed = _left_out(rulebook, site)
    if closed is None:
        return ()
    found = rulebook.muscles.to_check(site.region, rulebook.vocabulary.regions, told=told)
    return tuple(_hint(rulebook, site, muscle, told=muscle.id in told, closed=closed) for muscle in found)


def _choices(seen: Seen, number: int, fact: str) -> frozenset[str]:
    values = (view.facts.get(fact) for view in seen.views if view.site == number)
    return frozenset().union(*(value for value in values if isinstance(value, frozenset)))


def _left_out(rulebook: Rulebook, site: SiteDecision) -> frozenset[str] | None:
    """The parts of a site that every open hands-on technique leaves out; None where none is open."""
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    left_out = [j.limits.spare for j in site.judgements.values() if j.verdict.open and j.technique in hands_on]
    return frozenset.intersection(*left_out) if left_out else None


def _hint(rulebook: Rulebook, site: SiteDecision, muscle: Muscle, *, told: bool, closed: frozenset[str]) -> MuscleHint:
    regions, muscles = rulebook.vocabulary.regions, rulebook.muscles
    here = regions.parts(site.region).intersection(*[frozenset().union(*map(regions.parts, muscle.regions))])
    where: Literal["here", "left out", "elsewhere"] = "elsewhere" if not here else "left out" if here <= closed else "here"
    return MuscleHint(
        muscle=muscle.id,
        label=muscle.label,
        told=told,
        common=muscle.common,
        where=where,
        regions=muscle.regions,
        look_in=", ".join(_lower(regions.label(name)) for name in muscle.regions),
        test=tuple(_tests(rulebook, muscle)),
        go_round=muscles.to_spare(muscle, regions),
        pressure_at_most=muscle.pressure_at_most,
        note=muscle.note,
        basis=muscles.basis,
        sources=muscles.sources,
    )


def _tests(rulebook: Rulebook, muscle: Muscle) -> Iterator[MotionTest]:
    regions = rulebook.vocabulary.regions
    for motion in (regions.motions[name] for name in muscle.test):
        yield MotionTest(
            motion=motion.id,
            label=motion.label,
            usual=motion.usual,
            error=motion.error,
            unit=motion.unit,
            basis=regions.motions_basis,
            sources=regions.motions_sources,
        )


def _lower(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"
