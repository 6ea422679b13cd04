"""What the notes of a course tell the rules: facts of the last session and of the course, each with what it was worked out from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from massage_rules.conditions import FactValue
from massage_rules.course.gains import Change, change, gained, percent_gained
from massage_rules.course.notes import Note
from massage_rules.rulebook import Rulebook

_DAYS = 7
_TOO_SORE_HOURS, _A_DAY = 48, 24
_BLOCK = 4  # the fewest visits that count as a block of sessions
_STABLE_DAYS = (14, 28)
_SCAR = "post_surgical_scar"
_MOTION = "ROM"


@dataclass(frozen=True, slots=True)
class Concluded:
    """A fact for the rules, and why."""

    fact: str
    value: Any
    because: str


@dataclass(frozen=True, slots=True)
class Story:
    """The notes of one site up to a day, oldest first, with what the client brought along.

    `pain_at_start`, `had` (sessions before the notes begin) and `pain_limit` (the most discomfort that was agreed) may be missing.
    """

    notes: tuple[Note, ...]
    complaints: frozenset[str]
    region: str
    measure: str
    rulebook: Rulebook
    had: int = 0
    pain_at_start: float | None = None
    pain_limit: float = 5

    @property
    def now(self) -> Note:
        """The latest note."""
        return self.notes[-1]

    @property
    def sessions(self) -> tuple[Note, ...]:
        """The notes of visits with a session."""
        return tuple(n for n in self.notes if n.treated)

    def scores(self, measure: str) -> list[tuple[Note, float]]:
        """Every score of one measure, oldest first."""
        return [(n, scores[measure]) for n in self.notes if measure in (scores := n.scores())]

    def changed(self, measure: str, first: float, now: float) -> Change:
        """Whether a score changed by what counts here."""
        about: dict[str, FactValue] = {"complaints": self.complaints, "region": self.region}
        return change(self.rulebook, self.rulebook.outcomes[measure], first=first, now=now, about=about)

    def change_now(self) -> Change | None:
        """How the main measure has changed since the start; None where it wasn't taken twice."""
        found = self.scores(self.measure)
        return self.changed(self.measure, found[0][1], found[-1][1]) if len(found) > 1 else None


def conclude(story: Story) -> Iterator[Concluded]:
    """The facts that follow from the notes."""
    yield from _pain(story)
    yield from _last_session(story)
    yield from _reaction(story)
    yield from _runs(story)
    yield from _measures(story)
    yield from _reviews(story)
    yield from _course(story)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _pain(story: Story) -> Iterator[Concluded]:
    arrivals = [(n, n.pain_before) for n in story.notes if n.pain_before is not None]
    first = story.pain_at_start if story.pain_at_start is not None else arrivals[0][1] if arrivals else None
    if first is not None:
        yield Concluded("pain_before", first, "pain at the start")
    if arrivals and arrivals[-1][0] is story.now:
        yield Concluded("pain_now", arrivals[-1][1], "pain on arrival at the last visit")


def _last_session(story: Story) -> Iterator[Concluded]:
    done = story.sessions
    yield Concluded(
        "sessions_so_far", story.had + len(done), f"{len(done)} noted{f' after {story.had} before' if story.had else ''}"
    )
    if not done:
        return
    last = done[-1]
    if last.pain_during is not None:
        yield Concluded("pain_during", last.pain_during, f"noted on {last.day}")
    if last.pressure is not None:
        yield Concluded("pressure_last_time", last.pressure, f"noted on {last.day}")
    if story.now.review:
        yield from _dose(done)


def _dose(done: Sequence[Note]) -> Iterator[Concluded]:
    """How long and how often the sessions were, which is judged at a review."""
    lengths = [n.minutes for n in done if n.minutes is not None]
    if lengths:
        yield Concluded(
            "session_minutes", round(sum(lengths) / len(lengths), 1), f"the mean of {_count(len(lengths), 'session')}"
        )
    weeks = (done[-1].day - done[0].day).days / _DAYS
    if weeks >= 1:
        often = min(14.0, round((len(done) - 1) / weeks, 2))
        yield Concluded("sessions_per_week", often, f"{_count(len(done), 'session')} in {weeks:.1f} weeks")


def _reaction(story: Story) -> Iterator[Concluded]:
    """What came after the last session whose reaction was told."""
    told = [n for n in story.notes if n.soreness_hours is not None]
    if told:
        yield Concluded("soreness_hours", told[-1].soreness_hours, f"told on {told[-1].day}")
    rises = [n for n in story.notes if n.soreness_rise is not None]
    if rises:
        yield Concluded("soreness_rise", rises[-1].soreness_rise, f"told on {rises[-1].day}")
    if story.now.anything_new is False:
        yield Concluded("new_nerve_signs", False, "nothing has changed since last time, as told")
    said = [n for n in story.notes if n.function is not None]
    if said:
        yield Concluded("function_change", said[-1].function, f"told on {said[-1].day}")
    if not story.now.treated and story.sessions:
        asked = (story.now.pain_before, story.now.soreness_hours, story.now.function)
        done = all(v is not None for v in asked)
        yield Concluded(
            "response_noted", done, "pain, soreness and function at this visit" if done else "something of it is missing"
        )


def _runs(story: Story) -> Iterator[Concluded]:
    """How many sessions in a row went well, and how many left it too sore."""
    sore = 0
    for note in reversed([n for n in story.notes if n.soreness_hours is not None]):
        if note.soreness_hours is None or note.soreness_hours <= _TOO_SORE_HOURS:
            break
        sore += 1
    if any(n.soreness_hours is not None for n in story.notes):
        yield Concluded("sessions_too_sore", sore, "soreness told visit by visit")
    judged = [(n, well) for n in story.sessions if (well := _went_well(story, n)) is not None]
    if judged:
        good = 0
        for _, well in reversed(judged):
            if not well:
                break
            good += 1
        yield Concluded(
            "well_tolerated_sessions", good, f"{_count(len(judged), 'session')} judged by pain, soreness, bruises and function"
        )


def _went_well(story: Story, session: Note) -> bool | None:
    """Whether a session went well; None where its reaction isn't known yet and nothing speaks against it."""
    if (session.pain_during or 0) > story.pain_limit:
        return False
    later = story.notes[story.notes.index(session) + 1 :]
    after = later[0] if later else None
    if after is None or after.soreness_hours is None or session.pain_during is None:
        return None
    bruised = any(dict(after.facts).get(f) is True or f in after.signs for f in ("new_bruise", "bruise_beyond_coin"))
    return after.soreness_hours < _A_DAY and not bruised and after.function != "worse"


def _measures(story: Story) -> Iterator[Concluded]:
    found = story.scores(story.measure)
    if found:
        yield Concluded("main_measure", story.measure, "chosen at the start")
    if len(found) > 1:
        outcome, (first, now) = story.rulebook.outcomes[story.measure], (found[0][1], found[-1][1])
        points, percent = gained(outcome, first, now), percent_gained(outcome, first, now)
        because = f"from {first:g} to {now:g}"
        yield Concluded("main_measure_gain", max(-100.0, min(100.0, points)), because)
        if percent is not None:
            yield Concluded("main_measure_gain_percent", max(-100.0, min(100.0, percent)), because)
    motion = story.scores(_MOTION)
    if len(motion) > 1:
        degrees = max(-180.0, min(180.0, motion[-1][1] - motion[0][1]))
        yield Concluded("motion_gain", degrees, f"from {motion[0][1]:g} to {motion[-1][1]:g} degrees")
    tender = story.scores("PPT")
    if len(tender) > 1:
        less = story.changed("PPT", tender[0][1], tender[-1][1]) == "gain"
        yield Concluded("tenderness_less", less, f"from {tender[0][1]:g} to {tender[-1][1]:g}")


def _reviews(story: Story) -> Iterator[Concluded]:
    if story.now.review:
        yield Concluded("at_review", True, "all measures taken again today")
    done = story.sessions
    if not done:
        return
    earlier = [n for n in story.notes if n.review]
    since = earlier[-1] if earlier else done[0]
    counted = [n for n in done if not earlier or story.notes.index(n) > story.notes.index(since)]
    if not earlier:
        counted = list(done)
    yield Concluded("sessions_since_review", len(counted), f"since {since.day}")
    yield Concluded("weeks_since_review", round((story.now.day - since.day).days / _DAYS, 2), f"since {since.day}")
    blocks, stable = _blocks(story, earlier)
    because = _count(len(earlier), "review") if earlier else "no review yet"
    yield Concluded("blocks_without_gain", blocks, because)
    yield Concluded("stable_reviews", stable, because)


def _blocks(story: Story, reviews: Sequence[Note]) -> tuple[int, int]:
    """The last blocks in a row without a change that counts since the start, and the last reviews in a row without further change."""
    scores = {n.day: value for n, value in story.scores(story.measure)}
    found = story.scores(story.measure)
    blocks = stable = 0
    for number in range(len(reviews) - 1, -1, -1):
        review = reviews[number]
        begin = story.notes.index(reviews[number - 1]) if number else -1
        block = [n for n in story.sessions if begin < story.notes.index(n) <= story.notes.index(review)]
        if (
            review.day not in scores
            or story.changed(story.measure, found[0][1], scores[review.day]) == "gain"
            or len(block) < _BLOCK
        ):
            break
        blocks += 1
    for number in range(len(reviews) - 1, 0, -1):
        before, review = reviews[number - 1], reviews[number]
        apart = (review.day - before.day).days
        if before.day not in scores or review.day not in scores or not _STABLE_DAYS[0] <= apart <= _STABLE_DAYS[1]:
            break
        if story.changed(story.measure, scores[before.day], scores[review.day]) != "none":
            break
        stable += 1
    return blocks, stable


def _course(story: Story) -> Iterator[Concluded]:
    done = story.sessions
    if not done:
        return
    start = done[0].day
    weeks = round((story.now.day - start).days / _DAYS, 2)
    yield Concluded("weeks_of_care", weeks, f"since {start}")
    scar = [n for n in done if "scar_mobilisation" in n.techniques]
    if scar:
        yield Concluded("scar_work_weeks", round((story.now.day - scar[0].day).days / _DAYS, 2), f"first on {scar[0].day}")
    now = story.change_now()
    if now == "loss" or story.now.function == "worse":
        yield Concluded(
            "worse_with_or_after_treatment",
            True,
            "worse than at the start by what counts" if now == "loss" else "function is worse",
        )
    scar_care = any(c.startswith(_SCAR) for c in story.complaints)
    if now == "gain" and scar_care:
        yield Concluded("scar_care_weeks_without_change", 0, "a change that counts")
    if now == "none" and story.now.function != "better":
        without = round((story.now.day - _last_gain(story, start)).days / _DAYS, 2)
        if without >= 1:
            yield Concluded("treated_without_change", True, f"{without:g} weeks without a change that counts")
            yield Concluded("weeks_of_care_without_change", without, "no change that counts, and function no better")
            if scar_care:
                yield Concluded("scar_care_weeks_without_change", without, "no change that counts")


def _last_gain(story: Story, start: date) -> date:
    """The last day on which a change that counts had been reached, or the start."""
    found = story.scores(story.measure)
    days = [n.day for n, value in found[1:] if story.changed(story.measure, found[0][1], value) == "gain"]
    return max([start, *days])
