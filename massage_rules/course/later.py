"""A client's profile moved to a later day: lengths of time go on, and what was true only of the day is asked anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from massage_rules.course.concluded import Concluded
from massage_rules.course.notes import Note
from massage_rules.profile import ProfileBase
from massage_rules.vocabulary import IN_DAYS, Vocabulary

TODAY = "today"
_OF_THE_DAY = ("pain_now", "pain_worst")
_EVENTS = {"weeks_ago": "wk", "hours_ago": "h"}


class Told:
    """What is told of a client, note by note, as plain data that becomes a profile again."""

    def __init__(self, start: ProfileBase, day: date | None) -> None:
        self._model, self._vocabulary = type(start), start.vocabulary
        self._data: dict[str, Any] = start.to_dict()
        self._data["sites"] = [place.to_dict() for place in start.places]
        self._day = day

    def profile(self) -> ProfileBase:
        """The profile that has come of it. Raises ProfileError where something told can't be read."""
        return self._model.read(self._data)

    def move(self, to: date, *, unchanged: bool) -> None:
        """Moves on to a day.

        Unless the client was asked what has changed and said nothing (`unchanged`), the questions of the day are open again. How
        strong the pain is has to be asked in any case.
        """
        days = (to - self._day).days if self._day is not None else 0
        self._day = to
        self._data["as_of"] = to.isoformat()
        if days == 0:
            return
        _advance(self._data, self._vocabulary, days)
        for site in self._data["sites"]:
            _advance(site, self._vocabulary, days)
            for name in _OF_THE_DAY:
                site.pop(name, None)
        for event in (*self._data.get("surgeries", ()), *self._data.get("injuries", ())):
            for name, unit in _EVENTS.items():
                if name in event:
                    event[name] = _later(event[name], days / IN_DAYS[unit])
        for problem in self._data.get("problems", ()):
            _advance(problem.get("facts", {}), self._vocabulary, days)
        if not unchanged:
            _reopen(self._data, self._vocabulary)

    def tell(self, note: Note) -> None:
        """Takes up what a note says in so many words: its signs, its facts, what was denied, and the pain on arrival."""
        told: dict[str, Any] = {**dict.fromkeys(note.signs, True), **dict(note.facts)}
        if note.pain_before is not None:
            told.setdefault("pain_now", note.pain_before)
        self._put(note.site, told)
        denied = {*self._data.get("otherwise_denied", ())}
        if note.denied and "all" not in denied:
            self._data["otherwise_denied"] = [*self._data.get("otherwise_denied", ()), *sorted(set(note.denied) - denied)]

    def conclude(self, site: int, found: Iterable[Concluded]) -> None:
        """Takes up what follows from the notes."""
        self._put(site, {c.fact: c.value for c in found})

    def _put(self, site: int, told: Mapping[str, Any]) -> None:
        self._data = _with_blocks_open(self._data, self._vocabulary, told)
        for name, value in told.items():
            here = self._data["sites"][site] if self._vocabulary.facts[name].level == "site" else self._data
            here[name] = value


def _advance(told: dict[str, Any], vocabulary: Vocabulary, days: int) -> None:
    for name in [n for n in told if n in vocabulary.facts and vocabulary.facts[n].runs_on]:
        fact = vocabulary.facts[name]
        value = _later(told[name], days / IN_DAYS[fact.unit])
        if _beyond(value, fact.bounds[1]):
            del told[name]
        else:
            told[name] = value


def _later(value: Any, more: float) -> Any:
    """A number or a range with the time that has passed; dates and ways of not knowing stay as they are."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(value + more, 4)
    if isinstance(value, Mapping) and "between" in value:
        low, high = value["between"]
        return {"between": [round(low + more, 4), round(high + more, 4)]}
    return value


def _beyond(value: Any, most: float) -> bool:
    numbers = value["between"] if isinstance(value, Mapping) and "between" in value else [value]
    return any(isinstance(n, int | float) and not isinstance(n, bool) and n > most for n in numbers)


def _reopen(data: dict[str, Any], vocabulary: Vocabulary) -> None:
    """Takes back what was answered of the day itself."""
    for key in ("denied", "otherwise_denied"):
        blocks = data.get(key, [])
        named = list(vocabulary.blocks) if "all" in blocks else list(blocks)
        if named:
            data[key] = [b for b in named if b != TODAY]
    for told in (data, *data.get("sites", ())):
        for name in [n for n in told if n in vocabulary.facts and vocabulary.facts[n].block == TODAY]:
            del told[name]


def _with_blocks_open(data: dict[str, Any], vocabulary: Vocabulary, told: Mapping[str, Any]) -> dict[str, Any]:
    """The same data, where a block that was denied as a whole is denied only otherwise, if one of the facts now told is in it."""
    denied = list(data.get("denied", ()))
    named = list(vocabulary.blocks) if "all" in denied else denied
    touched = {vocabulary.facts[n].block for n in told if n in vocabulary.facts} & set(named)
    if not touched:
        return data
    other = list(data.get("otherwise_denied", ()))
    return {**data, "denied": [b for b in named if b not in touched], "otherwise_denied": [*other, *sorted(touched - set(other))]}
