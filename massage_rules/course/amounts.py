"""The numbers of a plan: figures of the catalogue, and of the rules that suggest, brought down by what limits them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from massage_rules.answer import Figure, TechniqueAdvice
from massage_rules.course.plan import Amount
from massage_rules.effects import Suggest
from massage_rules.planning import ComplaintEntry
from massage_rules.rulebook import Rulebook
from massage_rules.techniques import Quantity

_LABELS = {"minutes": "session_minutes", "per_week": "sessions_per_week", "weeks": "course_weeks", "review_after": "sessions_before_reassessment"}  # fmt: skip
_OWN = {
    "sessions": ("Sessions in all", "1"), "minutes": ("Length of a visit", "min"), "home_weeks": ("Weeks of it at home", "wk"),
    "hours_between": ("Shortest gap before the same part is treated again", "h"),
}  # fmt: skip
OF_A_SPOT = (
    "hold_seconds", "hold_seconds_older", "stroke_seconds", "contraction_seconds", "effort_percent", "repetitions", "sets",
    "spots_per_session", "total_seconds_per_muscle",
)  # fmt: skip
WEAKEST = ("default", "memory", "mixed", "guideline", "expert_read", "consensus_read", "guideline_read", "trial_read", "read")


def weakest(bases: Iterable[str]) -> str:
    """The basis on which least can be built."""
    return min(bases, key=lambda b: WEAKEST.index(b) if b in WEAKEST else 0)


class Amounts:
    """Makes the amounts of one plan, with the labels and units of its catalogue."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rules = rulebook.rules
        doses = rulebook.catalogue.doses
        self._doses: Mapping[str, Mapping[str, str]] = doses if isinstance(doses, Mapping) else {}

    def of(self, name: str, quantity: Quantity | Figure, *, at_most: float | None = None, rules: Sequence[str] = ()) -> Amount:
        """A figure of the catalogue, brought down where rules allow less."""
        low, high, usual = (
            (quantity.min, quantity.max, quantity.typical)
            if isinstance(quantity, Quantity)
            else (quantity.low, quantity.high, quantity.usual)
        )
        capped = at_most is not None and at_most < high
        if capped and at_most is not None:
            low, high, usual = min(low, at_most), at_most, min(usual, at_most)
        return self._amount(name, low, high, usual, quantity.basis, quantity.sources, rules if capped else ())

    def between(self, name: str, low: float, high: float, usual: float, *, like: Sequence[Amount]) -> Amount:
        """What several amounts have in common, resting on the weakest of them."""
        basis = weakest([a.basis for a in like] or ["default"])
        sources = tuple(dict.fromkeys(s for a in like for s in a.sources))
        return self._amount(name, low, high, usual, basis, sources, tuple(dict.fromkeys(r for a in like for r in a.rules)))

    def suggested(self, technique: TechniqueAdvice, key: str, entries: Sequence[ComplaintEntry]) -> Iterator[Amount]:
        """A figure of the course from each rule that suggests the technique; what it rests on is said for the complaint."""
        basis = weakest([e.visits_basis for e in entries] or ["default"])
        sources = tuple(dict.fromkeys(s for e in entries for s in e.sources)) if basis != "default" else ()
        for rule in technique.reasons:
            effect = self._rules[rule].effect
            match effect.course.get(key) if isinstance(effect, Suggest) else None:
                case [int() | float() as low, int() | float() as high]:
                    yield self._amount(key, low, high, math.floor((low + high) / 2), basis, sources, (rule,))
                case int() | float() as value:
                    yield self._amount(key, value, value, value, basis, sources, (rule,))

    def _amount(
        self, name: str, low: float, high: float, usual: float, basis: str, sources: Sequence[str], rules: Sequence[str]
    ) -> Amount:
        dose = self._doses.get(_LABELS.get(name, name), {})
        label, unit = _OWN.get(name, (str(dose.get("label", name)), str(dose.get("unit", "1"))))
        return Amount(
            name=name, label=label, unit=unit, low=low, high=high, usual=usual,
            basis=basis, sources=tuple(sources), rules=tuple(rules),
        )  # fmt: skip


def narrowest(amounts: Amounts, name: str, found: Sequence[Amount], *, least: bool = False) -> Amount | None:
    """The most careful of several ranges: no more than the least of their upper ends, what they share where they share it.

    With `least`, the longest gap instead: no less than the greatest of them.
    """
    if not found:
        return None
    if least:
        longest = max(found, key=lambda a: (a.usual, a.high))
        return longest.model_copy(update={"name": name})
    high = min(a.high for a in found)
    low = max((a.low for a in found if a.low <= high), default=high)
    usual = max(low, min(high, *(a.usual for a in found)))
    return amounts.between(name, low, high, usual, like=[a for a in found if a.high == high])


def minutes_of(amounts: Amounts, technique: TechniqueAdvice) -> Amount:
    """How long a technique takes at one place: its time there, a round of it, a session, or what its holds add up to."""
    figures = {f.name: f for f in technique.dose}
    for name in ("minutes_per_region", "home_minutes", "session_minutes"):
        if name in figures:
            return amounts.of("minutes_per_region", figures[name])
    if "total_seconds_per_muscle" in figures:
        made = [amounts.of("total_seconds_per_muscle", figures["total_seconds_per_muscle"])]
        low, high, usual = made[0].low, made[0].high, made[0].usual
    else:
        parts = [figures[n] for n in ("contraction_seconds", "hold_seconds") if n in figures]
        times = figures.get("repetitions")
        made = [amounts.of(f.name, f) for f in (*parts, *((times,) if times else ()))]
        low, high, usual = (
            (getattr(times, end) if times else 1) * sum(getattr(p, end) for p in parts) for end in ("low", "high", "usual")
        )
    whole = [max(1, math.ceil(seconds / 60)) for seconds in (low, high, usual)]
    return amounts.between("minutes_per_region", whole[0], max(whole[:2]), min(max(whole), whole[2]), like=made)


def dose_of(amounts: Amounts, technique: TechniqueAdvice, names: Iterable[str] = OF_A_SPOT) -> tuple[Amount, ...]:
    """The figures of a technique's dose that are named, in that order."""
    figures = {f.name: f for f in technique.dose}
    return tuple(amounts.of(n, figures[n]) for n in names if n in figures)
