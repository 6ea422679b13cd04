"""The limits of an advised technique as numbers, read from the rules that set them."""

from __future__ import annotations

from dataclasses import dataclass

from massage_rules.answer import TechniqueAdvice
from massage_rules.effects import POSITIONS, Adapt
from massage_rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class MinutesCap:
    """A rule's limit on minutes: of the whole visit, or of what it binds at one site."""

    rule: str
    minutes: int
    whole_visit: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the rules allow a technique at one site."""

    minutes: tuple[MinutesCap, ...]
    pain_at_most: float | None
    pain_rules: tuple[str, ...]
    positions: tuple[str, ...]
    position_rules: tuple[str, ...]


def numbers(rulebook: Rulebook, technique: TechniqueAdvice) -> Numbers:
    """The limits of one technique as numbers."""
    minutes: list[MinutesCap] = []
    pain: dict[str, float] = {}
    barred: set[str] = set()
    position_rules: list[str] = []
    for bound in technique.limits:
        for rule in bound.rules:
            effect = rulebook.rules[rule].effect
            if not isinstance(effect, Adapt):
                continue
            if bound.kind == "minutes_at_most" and effect.minutes_at_most is not None:
                minutes.append(MinutesCap(rule, int(effect.minutes_at_most), effect.scope.where == "body"))
            elif bound.kind == "pain_at_most" and effect.pain_at_most is not None:
                pain[rule] = effect.pain_at_most
            elif bound.kind == "no_positions":
                barred |= effect.no_positions
                position_rules.append(rule)
    return Numbers(
        minutes=tuple(minutes),
        pain_at_most=min(pain.values(), default=None),
        pain_rules=tuple(sorted(pain)),
        positions=tuple(p for p in POSITIONS if p not in barred),
        position_rules=tuple(position_rules),
    )
