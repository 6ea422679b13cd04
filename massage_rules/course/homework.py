"""What the client does between visits: one or two things, in amounts that rules and complaint allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from massage_rules.answer import TechniqueAdvice
from massage_rules.course.amounts import Amounts
from massage_rules.course.chosen import kind_of
from massage_rules.course.here import Here
from massage_rules.course.limits import numbers
from massage_rules.course.minutes import ROLES
from massage_rules.course.pain import pain_guide
from massage_rules.course.plan import Amount, HomeWork
from massage_rules.planning import HomeDose, Planning
from massage_rules.rulebook import Rulebook

_NAMES = {
    "scar_mobilisation": ("home_minutes", "times_per_day"),
    "breathing_relaxation": ("session_minutes", "sessions_per_week"),
    "myofascial_release.self": ("hold_seconds", "repetitions", "minutes_per_region", "sessions_per_week"),
    "range_of_motion.static_stretch": ("hold_seconds", "repetitions", "sessions_per_week"),
}
_MOVING = ("hold_seconds", "repetitions", "sets", "times_per_day")


def homework(
    rulebook: Rulebook, planning: Planning, amounts: Amounts, sites: Sequence[Here]
) -> tuple[tuple[HomeWork, ...], tuple[str, ...]]:
    """The home work to begin with, and the labels of what may come later."""
    able = sorted(_able(planning, sites), key=lambda pair: _order(planning, *pair))
    chosen: list[tuple[Here, TechniqueAdvice]] = []
    later: list[str] = []
    for here, technique in able:
        if len(chosen) < planning.home.at_most and kind_of(rulebook, technique) not in {kind_of(rulebook, t) for _, t in chosen}:
            chosen.append((here, technique))
        else:
            later.append(technique.label)
    labels = {t.label for _, t in chosen}
    work = tuple(_work(rulebook, amounts, here, technique) for here, technique in chosen)
    return work, tuple(label for label in dict.fromkeys(later) if label not in labels)


def _able(planning: Planning, sites: Sequence[Here]) -> Iterator[tuple[Here, TechniqueAdvice]]:
    for here in sites:
        decided_by_team = any(d.technique == "none" for d in _doses(here))
        for technique in here.open:
            if technique.technique in planning.home.techniques and not (
                decided_by_team and technique.technique == "scar_mobilisation"
            ):
                yield here, technique


def _doses(here: Here) -> list[HomeDose]:
    return [e.home for e in here.entries if e.home is not None]


def _order(planning: Planning, here: Here, technique: TechniqueAdvice) -> tuple[int, int, int, int]:
    """What the complaint names first, then by role, then as the list of home work has it; sites in turn."""
    named = any(d.technique == technique.technique for d in _doses(here))
    return not named, ROLES.get(technique.role or "", 3), planning.home.techniques.index(technique.technique), here.number


def _work(rulebook: Rulebook, amounts: Amounts, here: Here, technique: TechniqueAdvice) -> HomeWork:
    variant = rulebook.catalogue.variants[technique.technique]
    return HomeWork(
        site=here.number,
        technique=technique.technique,
        label=technique.label,
        amounts=tuple(_amounts(rulebook, amounts, here, technique)),
        how=variant.how_performed,
        limits=technique.limits,
        pain=pain_guide(rulebook, here, technique),
    )


def _amounts(rulebook: Rulebook, amounts: Amounts, here: Here, technique: TechniqueAdvice) -> Iterator[Amount]:
    figures = {f.name: f for f in technique.dose}
    caps = numbers(rulebook, technique).minutes
    most = min((c.minutes for c in caps), default=None)
    told = next((d for d in _doses(here) if d.technique == technique.technique), None)
    spans = {"home_minutes": told.minutes, "repetitions": told.repetitions, "times_per_day": told.per_day} if told else {}
    for name in _NAMES.get(technique.technique, _MOVING):
        if name not in figures:
            continue
        in_minutes = name in ("home_minutes", "session_minutes", "minutes_per_region")
        amount = amounts.of(name, figures[name], at_most=most if in_minutes else None, rules=[c.rule for c in caps])
        span = spans.get(name)
        if span is not None:
            high = min(amount.high, span[1])
            low = min(max(amount.low, span[0]), high)
            amount = amount.model_copy(update={"low": low, "high": high, "usual": min(max(amount.usual, low), high)})
        yield amount
    if told is not None and told.weeks is not None:
        yield amounts.between("home_weeks", told.weeks, told.weeks, told.weeks, like=[])
