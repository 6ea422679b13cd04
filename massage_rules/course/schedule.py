"""How many visits, how often and for how long: the most careful of what the planned techniques and rules ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from massage_rules.answer import TechniqueAdvice
from massage_rules.course.amounts import Amounts, narrowest
from massage_rules.course.here import Here
from massage_rules.course.plan import Amount, Schedule
from massage_rules.planning import Planning

_SINCE_REVIEW = ("sessions_since_review", "weeks_since_review")
_FAMILY = {"per_week": "sessions_per_week", "weeks": "course_weeks", "review_after": "sessions_before_reassessment"}


class Scheduler:
    """Works out the visits for the techniques that are planned."""

    def __init__(self, planning: Planning, amounts: Amounts) -> None:
        self.planning, self.amounts = planning, amounts

    def course(self, key: str, here: Here, techniques: Sequence[TechniqueAdvice], *, fall_back: bool = True) -> Amount | None:
        """One figure of the course at one site: of the rules that suggest the techniques, else of the catalogue, at its most careful."""
        found = self._suggested(key, here, techniques)
        if not found and fall_back and key in _FAMILY:
            figures = (f for t in techniques for f in t.dose if f.name == _FAMILY[key])
            found = [self.amounts.of(key, f) for f in figures]
        if here.flares and key in ("minutes", "per_week", "review_after"):
            found.append(self.amounts.of(key, getattr(self.planning.flares_easily, key)))
        if key == "review_after":
            found.append(self.amounts.of(key, self.planning.review.sessions))
        amount, acute = narrowest(self.amounts, key, found), here.acute
        most = {"sessions": acute.sessions, "review_after": acute.review_after}.get(key) if acute else None
        if amount is not None and most is not None and most < amount.high:
            low, usual = min(amount.low, most), min(amount.usual, most)
            amount = amount.model_copy(update={"low": low, "high": float(most), "usual": usual})
        return amount

    def _suggested(self, key: str, here: Here, techniques: Sequence[TechniqueAdvice]) -> list[Amount]:
        return [a for t in techniques for a in self.amounts.suggested(t, key, here.entries)]

    def schedule(self, chosen: Sequence[tuple[Here, TechniqueAdvice]], *, visit: Amount, wanted: int | None) -> Schedule:
        """The visits until the review, and how far apart they lie."""
        sites = list({h.number: h for h, _ in chosen}.values())
        techniques = [t for _, t in chosen]
        had = max((int(n.high) for h in sites if (n := h.known("sessions_so_far")) is not None), default=0)

        def careful(key: str) -> Amount | None:
            mine = [(h, [t for site, t in chosen if site is h]) for h in sites]
            told = any(self._suggested(key, h, ts) for h, ts in mine)  # what is for home in the catalogue doesn't count then
            found = [a for h, ts in mine if (a := self.course(key, h, ts, fall_back=not told)) is not None]
            return narrowest(self.amounts, key, found)

        per_week, weeks, review = careful("per_week"), careful("weeks"), careful("review_after")
        assert per_week is not None  # every family has these figures
        assert weeks is not None
        assert review is not None
        sessions = careful("sessions") or self.amounts.between("sessions", 1, review.high, review.usual, like=[review])
        gaps = [f for t in techniques for f in t.dose if f.name == "min_hours_between_same_region"]
        gap = narrowest(
            self.amounts, "hours_between", [self.amounts.of("min_hours_between_same_region", f) for f in gaps], least=True
        )
        days_apart = max(7 / max(1.0, per_week.usual), gap.usual / 24 if gap else 0)
        latest = self.planning.review.weeks
        since, weeks_since = (max((n.high for h in sites if (n := h.known(f)) is not None), default=0) for f in _SINCE_REVIEW)
        by_weeks = 1 + math.floor(max(0, 7 * (latest.max - weeks_since)) / days_apart)
        until_review = max(1, min(int(review.usual - since), by_weeks))
        left = max(0, int(sessions.high) - had)
        until_review = min(until_review, max(1, left))
        planned = min(left, until_review if wanted is None else wanted)
        return Schedule(
            planned=planned,
            sessions=sessions,
            per_week=per_week,
            weeks=weeks,
            visit_minutes=visit,
            hours_between=gap,
            review_after=review,
            review_in=until_review,
            days=tuple(math.ceil(n * days_apart) for n in range(planned)),
            why=tuple(_why(planned, sessions, until_review, wanted, had)),
        )


def _why(planned: int, sessions: Amount, until_review: int, wanted: int | None, had: int) -> Iterator[str]:
    if had:
        yield f"{had} of at most {sessions.high:g} visits have been."
    if planned == 0:
        yield "The visits of this course are used up. Take all measures again before more are planned."
    elif wanted is None:
        visits = "the next visit" if until_review == 1 else f"{until_review} visits"
        yield f"After {visits} everything is measured again, and only then are more planned."
    elif wanted > planned:
        yield f"{wanted} visits were asked for; {planned} are as many as this course has left."
    if wanted is not None and planned > until_review:
        yield f"After visit {until_review} everything is measured again; the visits after it depend on that."
