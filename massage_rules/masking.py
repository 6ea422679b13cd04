"""A record without what could name somebody: people and free words replaced, dates counted from a made-up day, age in a band.

A masked record is a record: its answer is worked out anew for the masked client, by the rulebook of the record.
It is harder to tie to a person, not anonymous: what the client has, and where, is still in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from massage_rules._yaml import listed
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.answers import Dated, Since
from massage_rules.conditions import Compare, Condition, Interval, walk
from massage_rules.errors import EvaluationError, clean, nearest
from massage_rules.procedures import procedures
from massage_rules.profile import ProfileBase, read_profile
from massage_rules.record import Mask, Record, read_record, recorded
from massage_rules.replays import differences
from massage_rules.rulebook import Rulebook
from massage_rules.vocabulary import IN_DAYS


class Kind(StrEnum):
    """What a mask hides."""

    AGE = "age"
    DATES = "dates"
    PEOPLE = "people"
    WORDS = "words"


FIRST_DAY = date(2000, 1, 1)
OLDEST_BAND = 90
_AGE = "age"


def mask(record: bytes | str | Path, *, keep: Collection[Kind | str] = (), evaluator: Evaluator | None = None) -> bytes:
    """The record without names, free words, dates and age, but for the kinds in `keep`.

    Raises EvaluationError where the record rests on another rulebook than the evaluator's, ContentError where it can't
    be read.
    """
    for kind in keep:
        if kind not in list(Kind):
            raise EvaluationError(
                f"`{clean(kind)}` isn't masked. {nearest(str(kind), list(Kind)) or f'Use {listed(list(Kind))}.'}"
            )
    old, ready = read_record(record), evaluator or shipped_evaluator()
    if old.basis.get("rulebook_digest") != ready.rulebook.digest:
        raise EvaluationError(
            "the record rests on another rulebook, so it can't be answered anew. Mask it with `evaluator=` of that rulebook."
        )
    client = read_profile(old.profile, vocabulary=ready.rulebook.vocabulary)
    masking = _Masking(client, ready.rulebook, frozenset(Kind) - frozenset(keep))
    masked = read_profile(masking.profile(), vocabulary=ready.rulebook.vocabulary)
    core: Literal["checked", "compiled"] = "compiled" if old.basis.get("second_opinion") == "none" else "checked"
    new = recorded(ready.recommend(masked, core=core))
    found = {kind: tuple(sorted({*places, *_before(old, kind)})) for kind, places in masking.masked.items()}
    changed = tuple(dict.fromkeys((*_before(old, "changed"), *_changed(old, new))))
    return new.model_copy(update={"mask": Mask(**found, changed=changed)}).to_bytes()


def _before(old: Record, kind: str) -> tuple[str, ...]:
    """What was masked, or changed by it, already."""
    found: tuple[str, ...] = getattr(old.mask, kind) if old.mask else ()
    return found


def _changed(old: Record, new: Record) -> Iterator[str]:
    """What the mask changed in what is decided; words, and figures in words, are meant to change."""
    for difference in differences(old.answer, new.answer, set()):
        if difference.what in (
            "disposition",
            "verdict",
            "limits",
            "pressure",
            "consults",
            "questions",
            "easing_questions",
            "progress",
        ):
            yield str(difference)


class _Masking:
    """One client's profile, masked; `masked` says where, by kind."""

    def __init__(self, client: ProfileBase, rulebook: Rulebook, kinds: frozenset[str]) -> None:
        self.client, self.rulebook, self.kinds = client, rulebook, kinds
        self.masked: dict[str, list[str]] = {kind: [] for kind in Kind}
        self.people: dict[str, str] = {}
        self.shift = FIRST_DAY - (client.as_of or self._latest())

    def _latest(self) -> date:
        return max((o.on for o in self.client.overrides if o.on is not None), default=FIRST_DAY)

    def profile(self) -> dict[str, Any]:
        """The masked profile as plain data."""
        data = self.client.to_dict()
        if "words" in self.kinds:
            self._words(data)
        if "people" in self.kinds:
            self._people(data)
        if "dates" in self.kinds:
            self._dates(data)
        if "age" in self.kinds and _AGE in data:
            self._age(data)
        return data

    def _words(self, data: dict[str, Any]) -> None:
        table = self.rulebook.vocabulary.medications
        for number, name in enumerate(data.get("medications", ())):
            if table.of(name) is None:
                self._put(data["medications"], number, f"unknown medicine {number + 1}", "words", f"medications.{number}")
        for number, surgery in enumerate(data.get("surgeries", ())):
            if surgery["procedure"] not in procedures():
                self._put(surgery, "procedure", "other", "words", f"surgeries.{number}.procedure")
        for key, field in (("clearances", "note"), ("overrides", "reason")):
            for number, entry in enumerate(data.get(key, ())):
                if entry.get(field):
                    self._put(entry, field, "(masked)", "words", f"{key}.{number}.{field}")

    def _people(self, data: dict[str, Any]) -> None:
        for key in ("clearances", "overrides"):
            for number, entry in enumerate(data.get(key, ())):
                name = self.people.setdefault(entry["by"], f"person {len(self.people) + 1}")
                self._put(entry, "by", name, "people", f"{key}.{number}.by")

    def _put(self, into: Any, key: str | int, value: object, kind: str, path: str) -> None:
        if into[key] != value:
            into[key] = value
            self.masked[kind].append(path)

    def _dates(self, data: dict[str, Any]) -> None:
        if "as_of" in data:
            self._put(data, "as_of", self._moved(data["as_of"]), "dates", "as_of")
        for key in ("clearances", "overrides"):
            for number, entry in enumerate(data.get(key, ())):
                for field in ("on", "until"):
                    if field in entry:
                        self._put(entry, field, self._moved(entry[field]), "dates", f"{key}.{number}.{field}")
        for key in ("surgeries", "injuries"):
            for number, event in enumerate(getattr(self.client, key)):
                if event.on is not None:
                    self._event(data[key][number], event.on, f"{key}.{number}")
        self._facts(data, self.client.answers(), "")
        for number, site in enumerate(self.client.sites):
            self._facts(data["sites"][number], site.answers(), f"sites.{number}.")
        for number, problem in enumerate(self.client.problems):
            self._facts(data["problems"][number].get("facts", {}), problem.told(), f"problems.{number}.facts.")

    def _facts(self, data: dict[str, Any], answers: Mapping[str, Any], path: str) -> None:
        for name, answer in answers.items():
            match answer:
                case Dated(_, on):
                    self._put(data[name], "on", (on + self.shift).isoformat(), "dates", f"{path}{name}.on")
                case Since(earliest, latest) if earliest == latest:
                    self._put(data[name], "on", (earliest + self.shift).isoformat(), "dates", f"{path}{name}.on")
                case Since():
                    unit = IN_DAYS[self.rulebook.vocabulary.facts[name].unit]
                    self._put(data, name, self._span(answer, unit), "dates", f"{path}{name}.on")

    def _event(self, entry: dict[str, Any], on: Since, path: str) -> None:
        """The day of an operation or injury; a month or a year becomes how many weeks ago it was."""
        if on.earliest == on.latest:
            self._put(entry, "on", (on.earliest + self.shift).isoformat(), "dates", f"{path}.on")
        else:
            del entry["on"]
            entry["weeks_ago"] = self._span(on, IN_DAYS["wk"])
            self.masked["dates"].append(f"{path}.on")

    def _span(self, since: Since, unit: float) -> dict[str, list[float]]:
        day = self.client.as_of or FIRST_DAY
        return {"between": [max(0, (day - d).days) / unit for d in (since.latest, since.earliest)]}

    def _moved(self, day: str) -> str:
        return (date.fromisoformat(day) + self.shift).isoformat()

    def _age(self, data: dict[str, Any]) -> None:
        answer = getattr(self.client, _AGE)
        years = answer.value if isinstance(answer, Dated) else answer
        if isinstance(years, int | float):
            band = band_of(years, self.rulebook)
            shown: Any = {"between": [band.low, band.high]}
            if isinstance(answer, Dated):
                self._put(data[_AGE], "value", shown, "age", _AGE)
            else:
                self._put(data, _AGE, shown, "age", _AGE)


def band_of(years: float, rulebook: Rulebook) -> Interval:
    """The ages of the same ten years, and from ninety on all, that no rule of a rulebook tells from this one."""
    start = min(years // 10 * 10, OLDEST_BAND)
    low, high = (
        start,
        (start + 9 if years <= start + 9 else start + 10) if start < OLDEST_BAND else rulebook.vocabulary.bounds(_AGE)[1],
    )
    for test in age_tests(rulebook):
        bound = test.bound
        below = years < bound if test.op in ("at_least", "below") else years <= bound
        strict = test.op in ("at_least", "below")
        if below:
            high = min(high, max(years, bound - 1) if strict else bound)
        else:
            low = max(low, bound if strict else min(years, bound + 1))
    return Interval(low, high)


def age_tests(rulebook: Rulebook) -> Iterator[Compare]:
    """Every test of the age, in rules and in what makes a question due."""
    conditions: list[Condition] = [rule.when for rule in rulebook.rules.values()]
    conditions += [gate for name in rulebook.vocabulary.facts for gate in rulebook.vocabulary.gates(name)]
    for condition in conditions:
        for part in walk(condition):
            if isinstance(part, Compare) and part.fact == _AGE:
                yield part


__all__ = ["Kind", "age_tests", "band_of", "mask"]
