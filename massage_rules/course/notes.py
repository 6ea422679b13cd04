"""What was noted of one visit, as it was written; a correction keeps what stood there before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from massage_rules.answers import Unreadable
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.parts import Day, Part, refused

_FUNCTION = ("better", "same", "worse")


def _number(low: float, high: float, *, whole: bool = False) -> BeforeValidator:
    def read(raw: object) -> object:
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not low <= raw <= high or (whole and raw != int(raw)):
            kind = "a whole number" if whole else "a number"
            raise refused(Unreadable(f"can't be `{clean(raw)}`.", f"Give {kind} from {low:g} to {high:g}, or leave it out."))
        return int(raw) if whole else float(raw)

    return BeforeValidator(read)


def _answer(raw: object) -> object:
    return {"yes": True, "no": False, "true": True, "false": False}.get(raw, raw) if isinstance(raw, str) else raw


def _words(raw: object) -> object:
    return (raw,) if isinstance(raw, str) else tuple(raw) if isinstance(raw, list | tuple) else raw


def _pairs(raw: object) -> object:
    if isinstance(raw, Mapping):
        return tuple(sorted((k, v) for k, v in raw.items() if isinstance(k, str)))
    return tuple((k, v) for k, v in raw) if isinstance(raw, list | tuple) else raw


Score = Annotated[float | None, _number(0, 10)]
YesNo = Annotated[bool | None, BeforeValidator(_answer)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Pairs = Annotated[tuple[tuple[str, Any], ...], BeforeValidator(_pairs), PlainSerializer(dict), WithJsonSchema({"type": "object"})]


class Note(Part):
    """What was noted of one visit at one site. What came since the last session stands in the note of the visit after it.

    `pain_before`, `soreness_hours`, `soreness_rise`, `function`, `signs` and `measures` are told before the work; `pain_during`,
    `pain_after`, `pressure`, `minutes` and `techniques` belong to it. `anything_new` is the answer to whether anything has changed
    since last time. `signs` are yes/no facts that are now so, `denied` the blocks of the form that were asked again and in which
    nothing else is, and `facts` are any others. `session` says whether there was one, where nothing else does.
    """

    on: Day
    site: Annotated[int, _number(0, 99, whole=True)] = 0
    by: str = ""
    anything_new: YesNo = None
    pain_before: Score = None
    pain_during: Score = None
    pain_after: Score = None
    pressure: Annotated[int | None, _number(0, 5, whole=True)] = None
    minutes: Annotated[int | None, _number(1, 240, whole=True)] = None
    techniques: Words = ()
    soreness_hours: Annotated[float | None, _number(0, 2000)] = None
    soreness_rise: Score = None
    function: str | None = None
    measures: Pairs = ()
    review: Annotated[bool, BeforeValidator(_answer)] = False
    signs: Words = ()
    denied: Words = ()
    facts: Pairs = ()
    says: str = ""
    session: YesNo = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.on is None:
            raise refused(Unreadable("a note has no day.", "Add `on: 2026-11-24`."))
        if self.function is not None and self.function not in _FUNCTION:
            remedy = nearest(self.function, _FUNCTION) or "It takes `better`, `same` or `worse`, compared with the start."
            raise refused(Unreadable(f"`function` can't be `{clean(self.function)}`.", remedy))
        for name, value in self.measures:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise refused(Unreadable(f"the measure `{clean(name)}` has no number.", "Write `NDI: 22`."))
        return self

    @property
    def day(self) -> date:
        """Its day."""
        assert self.on is not None
        return self.on

    @property
    def treated(self) -> bool:
        """Whether there was a session: as told, else whether anything of one was noted."""
        if self.session is not None:
            return self.session
        return any(v is not None for v in (self.pain_during, self.pain_after, self.pressure, self.minutes)) or bool(
            self.techniques
        )

    def scores(self) -> dict[str, float]:
        """What was measured, by name; arrival pain is the numeric rating where that wasn't given by itself."""
        found = {name: float(value) for name, value in self.measures}
        if self.pain_before is not None:
            found.setdefault("NPRS", self.pain_before)
        return found


class Correction(Part):
    """A note that was replaced: what stood there, and when, by whom and why it was changed."""

    note: Note
    on: Day
    by: str
    why: str


class Kept(Part):
    """A note as it stands, with everything that stood there before, the oldest first."""

    note: Note
    before: tuple[Correction, ...] = Field((), strict=False)


def read_note(raw: object, *, name: str = "note") -> Note:
    """The note written in plain data. Raises ProfileError with every fault."""
    return raw if isinstance(raw, Note) else Note.read(raw, name=name)


def fault(name: str, what: str, remedy: str) -> ProfileError:
    """One thing that is wrong with a note."""
    return ProfileError([Fault(Place(name), what, remedy)])
