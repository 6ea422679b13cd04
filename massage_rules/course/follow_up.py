"""A course of visits: notes go in, and what they mean for the next visit comes out.

Notes become the facts that the progress rules read. A note that is corrected keeps what stood there before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from massage_rules._yaml import read
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.answer import Advice
from massage_rules.answers import read_date
from massage_rules.course.concluded import Concluded, Story, conclude
from massage_rules.course.followed import FollowUp
from massage_rules.course.following import Follower
from massage_rules.course.later import Told
from massage_rules.course.notes import Correction, Kept, Note, fault, read_note
from massage_rules.course.plan import Plan
from massage_rules.course.trend import TrendRow, trend
from massage_rules.errors import clean, nearest
from massage_rules.profile import ProfileBase, read_profile

_PAIN = "NPRS"


@dataclass(frozen=True)
class Course:
    """The visits of one client from the first on: who the client was then, and every note with its corrections.

    Nothing changes it: `with_note` and `amend` give a new one.
    """

    start: ProfileBase
    kept: tuple[Kept, ...] = ()
    measure: str = ""
    evaluator: Evaluator = field(default_factory=shipped_evaluator, repr=False, compare=False)
    first_plan: Plan | None = field(default=None, repr=False, compare=False)

    @classmethod
    def begin(
        cls,
        client: ProfileBase | Advice | Mapping[str, object] | str | Path,
        *,
        measure: str = "",
        evaluator: Evaluator | None = None,
    ) -> Self:
        """A course without notes, for a profile (or its file), or for the client of an advice.

        `measure` is the outcome that the treatment is judged by; without one, the first of the plan that was measured.
        """
        ready = evaluator or shipped_evaluator()
        if isinstance(client, Advice):
            profile = client.profile
            if evaluator is None and client.rulebook is not ready.rulebook:
                ready = Evaluator(client.rulebook)
        elif isinstance(client, ProfileBase):
            profile = client
        else:
            profile = read_profile(client, vocabulary=ready.rulebook.vocabulary)
        if measure:
            _check_measure(ready, measure, "measure")
        return cls(profile, (), measure, ready, ready.recommend(profile, core="compiled").plan)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as they stand, oldest first."""
        return tuple(k.note for k in self.kept)

    def history(self, number: int) -> tuple[Correction, ...]:
        """What stood in note number so-and-so (from 1) before, oldest first."""
        return self._kept(number).before

    def with_note(self, note: Note | Mapping[str, Any] | None = None, **told: Any) -> Self:
        """The course with one more note. Raises ProfileError with every fault of it."""
        name = f"notes.{len(self.kept) + 1}"
        read_ = read_note(note if note is not None else told, name=name)
        if self.kept and read_.day < self.notes[-1].day:
            raise fault(
                f"{name}.on", f"{read_.day} lies before the note before it ({self.notes[-1].day}).", "Give notes in order of day."
            )
        if self.start.as_of is not None and read_.day < self.start.as_of:
            raise fault(
                f"{name}.on", f"{read_.day} lies before the profile's `as_of` ({self.start.as_of}).", "Correct one of them."
            )
        return replace(self, kept=(*self.kept, Kept(note=read_, before=()))).checked(len(self.kept) + 1)

    def with_notes(self, notes: Sequence[Note | Mapping[str, Any]]) -> Self:
        """The course with several more notes."""
        course = self
        for note in notes:
            course = course.with_note(note)
        return course

    def amend(self, number: int, *, on: str | date, by: str, why: str, **changes: Any) -> Self:
        """The course with note number so-and-so (from 1) corrected; what stood there is kept, with when, by whom and why."""
        old = self._kept(number)
        name = f"notes.{number}"
        new = Note.read({**old.note.to_dict(), **changes}, name=name)
        if new.day != old.note.day or new.site != old.note.site:
            raise fault(name, "a correction can't move a note to another day or site.", "Add a note instead.")
        correction = Correction(note=old.note, on=read_date(on), by=by, why=why)
        kept = [*self.kept]
        kept[number - 1] = Kept(note=new, before=(*old.before, correction))
        return replace(self, kept=tuple(kept)).checked(number)

    def profile(self, *, on: str | date | None = None) -> ProfileBase:
        """The client as of the last note, or of a later day: what was told then, and what follows from the notes."""
        first = self.notes[0].day if self.notes else None
        told = Told(self.start, self.start.as_of or first)
        for note in self.notes:
            told.move(note.day, unchanged=any(n.anything_new is False for n in self.notes if n.day == note.day))
            told.tell(note)
        for site, found in self._concluded().items():
            told.conclude(site, found)
        if on is not None:
            day, last = read_date(on), self.notes[-1].day if self.notes else self.start.as_of
            if last is not None and day < last:
                what = "the last note" if self.notes else "the profile's `as_of`"
                raise fault("on", f"{day} lies before {what} ({last}).", "Give its day or a later one.")
            told.move(day, unchanged=False)
        return told.profile()

    def follow_up(self, *, on: str | date | None = None) -> FollowUp:
        """What the notes mean for the next visit. Raises ProfileError where nothing was noted yet."""
        if not self.kept:
            raise fault("notes", "nothing has been noted yet.", "Add a note with `with_note`.")
        client = self.profile(on=on)
        advice = self.evaluator.recommend(client)
        return Follower(advice, self._stories(), self._concluded(), self.trend()).answer().about(advice)

    def trend(self) -> tuple[TrendRow, ...]:
        """Every score that was noted, with its change since the first and whether that change counts."""
        return tuple(row for site, story in self._stories().items() for row in trend(story, site))

    def to_json(self) -> str:
        """Canonical JSON of the client and all notes with their corrections; `from_json` reads it."""
        data = {"measure": self.measure, "notes": [k.to_dict() for k in self.kept], "start": self.start.to_dict()}
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes, *, evaluator: Evaluator | None = None) -> Self:
        """The course that `to_json` wrote; raises ProfileError where it can't be read."""
        try:
            data = json.loads(text)
            start, measure, notes = data["start"], data["measure"], data["notes"]
        except (ValueError, TypeError, KeyError):
            raise fault("course", "can't be read.", "Give what `to_json` wrote.") from None
        course = cls.begin(start, measure=measure, evaluator=evaluator)
        kept = tuple(Kept.read(k, name=f"notes.{n}") for n, k in enumerate(notes, 1))
        return replace(course, kept=kept)

    @classmethod
    def read(cls, client: str | Path, notes: str | Path, *, evaluator: Evaluator | None = None) -> Self:
        """A course from a profile's file and a file of notes: a list, or a mapping with `notes` and perhaps `measure`."""
        node = read(Path(notes), name=Path(notes).name)
        plain = node.plain()
        told = plain if isinstance(plain, Mapping) else {"notes": plain}
        listed = told.get("notes")
        if not isinstance(listed, list) or set(told) - {"notes", "measure"}:
            raise fault(
                Path(notes).name,
                "should be a list of notes, or hold `notes` and perhaps `measure`.",
                "Start each note with `- on:`.",
            )
        course = cls.begin(client, measure=str(told.get("measure", "")), evaluator=evaluator)
        items = node.value["notes"].value if isinstance(node.value, dict) else node.value
        for number, item in enumerate(items if isinstance(items, list) else [], 1):
            course = course.with_note(Note.read(item, name=f"notes.{number}"))
        return course

    def _kept(self, number: int) -> Kept:
        if not 1 <= number <= len(self.kept):
            raise fault("notes", f"there is no note number {number}.", f"Notes are numbered 1 to {len(self.kept)}.")
        return self.kept[number - 1]

    def _stories(self) -> dict[int, Story]:
        """The notes of each site that has some, up to now."""
        sites = sorted({n.site for n in self.notes})
        return {site: self._story(site) for site in sites}

    def _story(self, site: int) -> Story:
        here = self.start.places[site]
        answers = here.answers()
        mine = tuple(n for n in self.notes if n.site == site)
        chosen = answers.get("complaints")
        return Story(
            notes=mine,
            complaints=frozenset(chosen) if isinstance(chosen, tuple) else frozenset(),
            region=here.region,
            measure=self._measure(site, mine),
            rulebook=self.evaluator.rulebook,
            had=int(_exact(answers.get("sessions_so_far")) or 0),
            pain_at_start=_first(_exact(answers.get("pain_before")), _exact(answers.get("pain_now"))),
            pain_limit=self._pain_limit(site, mine),
        )

    def _measure(self, site: int, notes: Sequence[Note]) -> str:
        """The measure that was chosen; else the first of the plan's that was taken, else one that was."""
        taken = list(dict.fromkeys(name for n in notes for name in n.scores()))
        goals = self.first_plan.goals if self.first_plan else ()
        planned = [m.measure for g in goals if g.site == site for m in g.measures]
        fitting = [m for m in (self.measure, *planned, *taken) if m in taken]
        return fitting[0] if fitting else self.measure or _PAIN

    def _pain_limit(self, site: int, notes: Sequence[Note]) -> float:
        """The most discomfort that was agreed for the techniques in use."""
        used = {t for n in notes for t in n.techniques}
        steps = [s for s in (self.first_plan.work if self.first_plan else ()) if s.site == site and s.pain is not None]
        limits = [s.pain.at_most for s in steps if s.pain is not None and (not used or s.technique in used)]
        return max(limits, default=_LIMIT)

    def _concluded(self) -> dict[int, tuple[Concluded, ...]]:
        """What follows from the notes at each site; what was told in so many words isn't worked out."""
        found = {}
        for site, story in self._stories().items():
            said = {name for name, _ in story.now.facts} | set(story.now.signs)
            found[site] = tuple(c for c in conclude(story) if c.fact not in said)
        return found

    def checked(self, number: int) -> Self:
        """The same course, once note number so-and-so names only what exists and says only what can be."""
        name, note = f"notes.{number}", self._kept(number).note
        vocabulary, places = self.start.vocabulary, self.start.places
        if note.site >= len(places):
            raise fault(f"{name}.site", f"there is no site number {note.site}.", f"Sites are numbered 0 to {len(places) - 1}.")
        for measure, value in note.measures:
            _check_measure(self.evaluator, measure, f"{name}.measures", value)
        for technique in note.techniques:
            if technique not in (known := self.evaluator.rulebook.catalogue.variants):
                remedy = nearest(technique, known) or "Techniques are listed in data/techniques.yaml."
                raise fault(f"{name}.techniques", f"`{clean(technique)}` isn't a technique.", remedy)
        yes_no = {f.id for f in vocabulary.facts.values() if f.type == "yes_no"}
        for sign in note.signs:
            if sign not in yes_no:
                remedy = nearest(sign, yes_no) or "A sign is a yes/no fact of data/vocabulary.yaml."
                raise fault(f"{name}.signs", f"`{clean(sign)}` isn't a sign.", remedy)
        for block in note.denied:
            if block not in vocabulary.blocks:
                remedy = nearest(block, vocabulary.blocks) or "Blocks are declared in data/vocabulary.yaml."
                raise fault(f"{name}.denied", f"`{clean(block)}` isn't a block of the form.", remedy)
        for fact, _ in note.facts:
            if fact not in vocabulary.facts:
                remedy = nearest(fact, vocabulary.facts) or "Facts are declared in data/vocabulary.yaml."
                raise fault(f"{name}.facts", f"unknown fact `{clean(fact)}`.", remedy)
        self.profile()
        return self


_LIMIT = 5.0  # where no plan sets a limit; the mark above which the rules say to go lighter


def _check_measure(evaluator: Evaluator, name: str, place: str, value: float | None = None) -> None:
    known = {o.id: o for o in evaluator.rulebook.outcomes.values() if o.counts is not None}
    if name not in known:
        remedy = nearest(name, known) or "Measures are listed in data/outcomes.yaml."
        raise fault(place, f"`{clean(name)}` isn't a measure that shows change.", remedy)
    span = known[name].range
    if value is not None and span is not None and not span[0] <= value <= span[1]:
        raise fault(place, f"`{name}` can't be {value:g}.", f"It goes from {span[0]:g} to {span[1]:g}.")


def _exact(answer: object) -> float | None:
    """An exact number among answers."""
    return float(answer) if isinstance(answer, int | float) and not isinstance(answer, bool) else None


def _first(*numbers: float | None) -> float | None:
    return next((n for n in numbers if n is not None), None)
