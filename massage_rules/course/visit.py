"""One visit laid out: what it opens and closes with, each technique with its minutes, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from massage_rules.answer import Advice, TechniqueAdvice
from massage_rules.course.amounts import Amounts, dose_of, minutes_of
from massage_rules.course.chosen import choose
from massage_rules.course.here import Here
from massage_rules.course.limits import MinutesCap, numbers
from massage_rules.course.minutes import FIRST, Candidate, Shared, share
from massage_rules.course.pain import pain_guide
from massage_rules.course.plan import Amount, LeftOut, Step
from massage_rules.course.schedule import Scheduler
from massage_rules.display import research
from massage_rules.planning import Planning
from massage_rules.rulebook import Rulebook
from massage_rules.techniques import HANDS_ON, Variant

_LONG_HOLD = 30


class Visit:
    """The visit that the open techniques make within the minutes that are booked."""

    def __init__(
        self, advice: Advice, rulebook: Rulebook, planning: Planning, scheduler: Scheduler, sites: Sequence[Here], booked: int
    ) -> None:
        self.advice, self.rulebook, self.planning, self.scheduler = advice, rulebook, planning, scheduler
        self.amounts: Amounts = scheduler.amounts
        self.sites, self.booked = sites, booked
        chosen = choose(rulebook, planning, sites)
        self.open, self.aside = chosen.open, chosen.aside
        self.length = {h.number: scheduler.course("minutes", h, h.open) for h in sites}
        self.allowed = {(h.number, t.technique): self._allowed(t) for h, t in self.open}
        self.minutes, self.why = self._minutes()
        self.opening, self.closing = self._frame()
        self.shared = self._share()

    @property
    def treats(self) -> bool:
        """Whether any technique has a place in the visit."""
        return bool(self.shared.minutes)

    def steps(self) -> Iterator[Step]:
        """Everything in the visit, in working order."""
        if not self.treats:
            return
        shape = self.planning.visit
        yield self._edge("opening", "Before the work", self.opening, shape.opening_says)
        order = {technique: place for place, technique in enumerate(self.planning.order)}
        found = {(c.site, c.technique): m for c, m in self.shared.minutes.items()}
        placed = sorted(
            ((h, t) for h, t in self.open if (h.number, t.technique) in found),
            key=lambda pair: (bool(self._does(pair[1])), pair[0].number, order.get(pair[1].technique, len(order))),
        )
        for here, technique in placed:
            yield self._step(here, technique, found[here.number, technique.technique])
        yield self._edge("closing", "After the work", self.closing, shape.closing_says)

    def left_out(self) -> Iterator[LeftOut]:
        """The open techniques that are not in the visit, and why."""
        labels = {(h.number, t.technique): t for h, t in self.open}
        for candidate, room in self.shared.left_out.items():
            technique = labels[candidate.site, candidate.technique]
            left = "no time is left" if room == 0 else f"{_minutes(room)} {'is' if room == 1 else 'are'} left"
            why = f"It needs {_minutes(candidate.low)}, and {left}."
            yield LeftOut(site=candidate.site, technique=technique.technique, label=technique.label, role=technique.role, why=why)
        yield from self.aside

    def visit_minutes(self) -> Amount:
        """How long the visits of this course are, brought down to what was booked and allowed."""
        lengths = [a for a in self.length.values() if a is not None]
        longest = max(lengths, key=lambda a: a.high, default=None)
        if longest is None:
            return self.amounts.between("minutes", self.minutes, self.minutes, self.minutes, like=[])
        high = min(longest.high, float(self.minutes))
        rules = tuple(dict.fromkeys([*longest.rules, *(c.rule for c in self._whole_visit() if c.minutes == self.minutes)]))
        return longest.model_copy(
            update={"low": min(longest.low, high), "high": high, "usual": min(longest.usual, high), "rules": rules}
        )

    def _does(self, technique: TechniqueAdvice) -> frozenset[str]:
        return self.rulebook.catalogue.variants[technique.technique].does

    def _gentle(self, technique: TechniqueAdvice) -> bool:
        """Whether hands may stay on longer than usual: it aims at no discomfort."""
        return HANDS_ON in self._does(technique) and self.rulebook.catalogue.variants[technique.technique].pain.target[0] == 0

    def _allowed(self, technique: TechniqueAdvice) -> Amount:
        caps = numbers(self.rulebook, technique).minutes
        amount = minutes_of(self.amounts, technique)
        most = min((c.minutes for c in caps), default=None)
        if most is None or most >= amount.high:
            return amount
        rules = tuple(sorted(c.rule for c in caps if c.minutes == most))
        return amount.model_copy(
            update={"low": min(amount.low, most), "high": float(most), "usual": min(amount.usual, most), "rules": rules}
        )

    def _whole_visit(self) -> list[MinutesCap]:
        found = [c for _, t in self.open for c in numbers(self.rulebook, t).minutes if c.whole_visit]
        return sorted(set(found), key=lambda c: (c.minutes, c.rule))

    def _minutes(self) -> tuple[int, list[str]]:
        """How long the visit may be, and what keeps it from being as long as booked."""
        minutes, why = self.booked, []
        most = f"{self.planning.flares_easily.minutes.max:g}"
        for surely, reason in (
            (True, "flares easily"),
            (False, "may flare easily; ask how strong the pain is and how soon it settles"),
        ):
            names = [
                h.advice.label for h in self.sites if h.flares and h.surely_flares is surely and self.length[h.number] is not None
            ]
            if names:
                why.append(f"{', '.join(names)}: at most {most} minutes, since it {reason}.")
        lengths = [int(a.high) for a in self.length.values() if a is not None]
        if lengths and max(lengths) < minutes:
            minutes = max(lengths)
            if not (self.sites and all(h.flares for h in self.sites if h.open)):
                why.append(f"Visits for this last at most {minutes} minutes.")
        for cap in self._whole_visit()[:1]:
            if cap.minutes < minutes:
                minutes = cap.minutes
                why.append(f"At most {minutes} minutes: {self.rulebook.rules[cap.rule].title}.")
        if minutes < self.booked:
            why.append(f"{self.booked - minutes} of the {self.booked} minutes booked stay free.")
        return minutes, why

    def _frame(self) -> tuple[int, int]:
        """The minutes before and after the work: a tenth of the visit each, within their range."""
        opening, closing = self.planning.visit.opening, self.planning.visit.closing
        return (
            int(max(opening.min, min(opening.max, self.minutes // 10))),
            int(max(closing.min, min(closing.max, self.minutes // 10))),
        )

    def _share(self) -> Shared:
        candidates: list[Candidate] = []
        caps: dict[str, int] = {}
        for here, technique in self.open:
            allowed = self.allowed[here.number, technique.technique]
            mine = {
                f"{c.rule}@{'visit' if c.whole_visit else here.number}": c.minutes
                for c in numbers(self.rulebook, technique).minutes
            }
            caps |= mine
            candidates.append(
                Candidate(
                    site=here.number,
                    technique=technique.technique,
                    role=technique.role or "adjunct",
                    rank=here.open.index(technique),
                    low=int(allowed.low),
                    usual=int(allowed.usual),
                    high=int(allowed.high),
                    gentle=self._gentle(technique),
                    caps=tuple(sorted(mine)),
                )
            )
        sites = {n: self.minutes if a is None else min(self.minutes, int(a.high)) for n, a in self.length.items()}
        return share(candidates, minutes=self.minutes - self.opening - self.closing, sites=sites, caps=caps)

    def _edge(self, kind: str, label: str, minutes: int, says: str) -> Step:
        return Step.model_validate(
            {
                "kind": kind,
                "site": None,
                "technique": None,
                "label": label,
                "minutes": minutes,
                "why": "Time to talk; a default.",
                "how": (says,),
            }
        )

    def _step(self, here: Here, technique: TechniqueAdvice, minutes: int) -> Step:
        variant = self.rulebook.catalogue.variants[technique.technique]
        allowed = self.allowed[here.number, technique.technique]
        pressed = technique.pressure if technique.pressure is not None and technique.pressure[1] > 0 else None
        hands_on = HANDS_ON in variant.does
        said = research(self.advice, technique)
        return Step(
            kind="work",
            site=here.number,
            technique=technique.technique,
            label=technique.label,
            minutes=minutes,
            why=_why(minutes, allowed, technique),
            verdict=technique.verdict,
            role=technique.role,
            goals=technique.goals,
            minutes_allowed=allowed,
            pressure_start=_start(here, variant, technique, pressed) if pressed and hands_on else None,
            pressure_at_most=pressed[1] if pressed and hands_on else None,
            pain=pain_guide(self.rulebook, here, technique),
            positions=numbers(self.rulebook, technique).positions if hands_on else (),
            dose=dose_of(self.amounts, technique),
            how=variant.how_performed,
            limits=technique.limits,
            notes=technique.notes,
            evidence=(said,) if said else (),
        )


def _minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"


def _start(here: Here, variant: Variant, technique: TechniqueAdvice, pressed: tuple[int, int]) -> int:
    """Where pressure begins: for a first choice as firm as last time, a level less where that was too much, else as it always does."""
    last = here.known("pressure_last_time")
    if technique.role != FIRST or last is None or not pressed[0] <= last.high <= pressed[1]:
        return max(pressed[0], min(variant.pressure.start, pressed[1]))
    return max(pressed[0], int(last.high) - here.too_much)


def _why(minutes: int, allowed: Amount, technique: TechniqueAdvice) -> str:
    """How the minutes of a technique came about, and for how many holds there is room."""
    span = f"{allowed.low:g} to {allowed.high:g}" if allowed.low != allowed.high else f"{allowed.high:g}"
    within = "the rules allow" if allowed.rules else "it takes"
    usual = ", the usual time" if minutes == allowed.usual and allowed.low != allowed.high else ""
    hold = next((f.usual for f in technique.dose if f.name == "hold_seconds" and f.usual >= _LONG_HOLD), None)
    room = f" That leaves room for {int(minutes * 60 // hold)} holds of {hold:g} seconds." if hold else ""
    return f"{minutes} of the {span} minutes that {within}{usual}.{room}"
