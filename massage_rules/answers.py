"""One answer to one question: how it may be written, and what it means at a given day.

A yes/no answer, a number (exact, about, between, at least, at most), a choice, a date that stands for a
duration, or one of the ways of not knowing.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any, Literal, TypeAlias, assert_never

from massage_rules._yaml import listed
from massage_rules.conditions import FactValue, Interval
from massage_rules.errors import clean, nearest
from massage_rules.vocabulary import IN_DAYS, Fact

NotKnowing: TypeAlias = Literal["not_asked", "unsure", "declined"]
_WAYS: tuple[NotKnowing, ...] = ("not_asked", "unsure", "declined")
_DECIMALS = 4  # so that every number is written short and without an exponent, and read back as it is
_LONG_AGO, _FAR_AHEAD = date(1880, 1, 1), date(2200, 12, 31)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DIGITS = re.compile(r"[-+]?[0-9]{1,12}(\.[0-9]{1,12})?\Z")
_FORMS = "Write a number, `{about: 6}`, `{between: [5, 8]}`, `{at_least: 12}`, `{at_most: 2}` or `{value: 6, unit: d}`."


class Unreadable(ValueError):  # noqa: N818  (becomes a fault of the profile, never reaches a caller)
    """An answer that its question can't take; says what is wrong and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what, self.remedy = what, remedy


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known, and in which way: not asked, asked but unsure, or declined."""

    way: NotKnowing = "not_asked"


@dataclass(frozen=True, slots=True)
class Since:
    """A date, known to the day, the month or the year, from which a duration runs."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Dated:
    """A value with the day on which it was true."""

    value: bool | float | Interval | str | tuple[str, ...]
    on: date


Answer: TypeAlias = "bool | float | Interval | str | tuple[str, ...] | Unknown | Since | Dated"


def read_answer(fact: Fact, raw: object) -> Answer | None:
    """The answer in `raw`; None where there is none. Raises Unreadable with a remedy."""
    match raw:
        case None:
            return None
        case Unknown(way):
            return _unknown(fact, way)
        case {"unknown": way, **rest} if not rest:
            return _unknown(fact, way)
        case Dated(value, on):
            return _dated(fact, value, on)
        case {"value": value, "on": on, **rest} if not rest or set(rest) == {"unit"}:
            return _dated(fact, {"value": value, **rest} if rest else value, on)
    match fact.type:
        case "yes_no":
            return _yes_no(fact, raw)
        case "number":
            return _number(fact, raw)
        case "choice":
            return _choice(fact, raw)
        case "choices":
            items = raw if isinstance(raw, list | tuple | set | frozenset) else [raw]
            return tuple(sorted({_choice(fact, item) for item in items}))
        case _:
            raise Unreadable(f"`{fact.id}` can't be answered.", "Leave it out; rules work it out.")


def _unknown(fact: Fact, way: object) -> Unknown:
    for known in _WAYS:
        if isinstance(way, str) and way == known:
            return Unknown(known)
    shown = clean(way)
    raise Unreadable(f"`{fact.id}` is unknown in a way `{shown}`.", nearest(shown, _WAYS) or f"Use {listed(_WAYS)}.")


def _dated(fact: Fact, raw: object, on: object) -> Dated:
    """A value with its day. A length of time has none: it would have grown since then."""
    day = read_date(on)
    if fact.is_duration:
        remedy = "Give the length at `as_of`, or the day that it counts from, `{on: 2026-09-30}`."
        raise Unreadable(f"`{fact.id}` is a length of time, so it can't be as it was on another day.", remedy)
    nested = isinstance(raw, Dated) or (isinstance(raw, Mapping) and "on" in raw)
    read = None if nested else read_answer(fact, raw)
    if isinstance(read, bool | int | float | Interval | str | tuple):
        return Dated(read, day)
    raise Unreadable(f"`{fact.id}` has a dated value that is no value.", "Give the value, or leave the date out.")


def _yes_no(fact: Fact, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw in ("yes", "no", "true", "false"):  # JSON read as YAML says `true` and `false`
        return raw in ("yes", "true")
    raise Unreadable(f"`{fact.id}` can't be `{clean(raw)}`.", "Answer yes or no, or `{unknown: unsure}`.")


def _choice(fact: Fact, raw: object) -> str:
    word = ("yes" if raw else "no") if isinstance(raw, bool) else raw
    for value in fact.values:
        if isinstance(word, str) and word == value:
            return value
    shown, close = clean(word), nearest(word, fact.values) if isinstance(word, str) else ""
    remedy = close or f"It takes {listed(list(fact.values)[:12])}{' and more' if len(fact.values) > 12 else ''}."
    raise Unreadable(f"`{fact.id}` has no value `{shown}`.", remedy)


def _number(fact: Fact, raw: object) -> Answer:
    low, high = fact.bounds
    match raw:
        case bool():
            raise Unreadable(f"`{fact.id}` is a number, not yes or no.", _FORMS)
        case Real() | Decimal():
            return _measure(fact, raw)
        case Interval(least, most):
            return _interval(fact, _measure(fact, least), _measure(fact, most))
        case Since() | date():
            return _since(fact, raw)
        case {"on": on, **rest} if not rest:
            return _since(fact, on)
        case {"value": value, "unit": unit, **rest} if not rest:
            return _measure(fact, value, unit)
        case {"about": about, **rest} if set(rest) <= {"unit"}:
            middle, step = _measure(fact, about, *rest.values()), _factor(fact, *rest.values()) if rest else 1.0
            return _interval(fact, max(low, middle - step), min(high, middle + step))
        case {"between": [least, most], **rest} if set(rest) <= {"unit"}:
            return _interval(fact, _measure(fact, least, *rest.values()), _measure(fact, most, *rest.values()))
        case {"at_least": least, **rest} if set(rest) <= {"unit"}:
            return _interval(fact, _measure(fact, least, *rest.values()), high)
        case {"at_most": most, **rest} if set(rest) <= {"unit"}:
            return _interval(fact, low, _measure(fact, most, *rest.values()))
        case str() if fact.is_duration and raw[:4].isdigit() and "-" in raw:
            return _since(fact, raw)
        case _:
            remedy = f"Write {raw} without quotes." if isinstance(raw, str) and _DIGITS.match(raw) else _FORMS
            raise Unreadable(f"`{fact.id}` is a number, not `{clean(raw)}`.", remedy)


def _measure(fact: Fact, raw: object, unit: object = None) -> float:
    """A plain number in the fact's own unit, within its bounds."""
    if isinstance(raw, bool) or not isinstance(raw, Real | Decimal):
        raise Unreadable(f"`{fact.id}` is a number, not `{clean(raw)}`.", _FORMS)
    try:
        value = float(raw)
    except (OverflowError, ValueError):
        value = math.inf
    if unit is not None and unit == "[degF]" and fact.unit == "Cel":
        return _bounded(fact, round((value - 32) * 5 / 9, 2) if math.isfinite(value) else value)
    return _bounded(fact, value if unit is None else value * _factor(fact, unit))


def _bounded(fact: Fact, value: float) -> float:
    if not math.isfinite(value):
        shown = "what isn't a number" if math.isnan(value) else "a number beyond all bounds"
        raise Unreadable(f"`{fact.id}` can't be {shown}.", "Leave it out, or write `{unknown: unsure}`.")
    low, high = fact.bounds
    if low <= value <= high:
        kept = round(value, _DECIMALS)
        return int(kept) if kept == int(kept) else kept
    raise Unreadable(f"`{fact.id}={value:g}` lies outside {low:g} to {high:g}{_named(fact.unit)}.", _meant(fact, value))


def _interval(fact: Fact, low: float, high: float) -> Interval:
    if low > high:
        raise Unreadable(f"`{fact.id}` runs from {low:g} down to {high:g}.", "Give the smaller number first.")
    return Interval(round(float(low), _DECIMALS), round(float(high), _DECIMALS))


def _named(unit: str) -> str:
    names = {"wk": " weeks", "d": " days", "h": " hours", "mo": " months", "a": " years", "1": "", "Cel": " °C", "deg": "°"}
    return names.get(unit, f" {unit}")


_OTHER_UNITS: dict[str, tuple[tuple[str, str, float, float], ...]] = {
    "wk": (("days", "d", 1 / 7, 0.0), ("months", "mo", IN_DAYS["mo"] / 7, 0.0)),
    "mo": (("weeks", "wk", 7 / IN_DAYS["mo"], 0.0), ("days", "d", 1 / IN_DAYS["mo"], 0.0)),
    "a": (("months", "mo", IN_DAYS["mo"] / IN_DAYS["a"], 0.0),),
    "Cel": (("degrees Fahrenheit", "[degF]", 5 / 9, -160 / 9),),
    "cm": (("millimetres", "mm", 0.1, 0.0),),
    "mm[Hg]": (("kilopascals", "kPa", 7.50062, 0.0),),
    "mmol/L": (("mg/dL", "mg/dL", 1 / 18.016, 0.0),),
    "10*9/L": (("cells per microlitre", "/uL", 0.001, 0.0),),
    "kg": (("pounds", "[lb_av]", 0.453592, 0.0), ("grams", "g", 0.001, 0.0)),
    "d": (("hours", "h", 1 / 24, 0.0),),
    "h": (("minutes", "min", 1 / 60, 0.0),),
}


def _meant(fact: Fact, value: float) -> str:
    """What somebody who wrote an impossible number probably meant."""
    low, high = fact.bounds
    if fact.unit == "a" and _LONG_AGO.year <= value <= _FAR_AHEAD.year:
        return "That looks like a year of birth: give the years that have passed."
    for words, unit, factor, shift in _OTHER_UNITS.get(fact.unit, ()):
        meant = value * factor + shift
        if low <= meant <= high:
            return f"That looks like {words}: did you mean {round(meant, 1):g}, or `{{value: {value:g}, unit: {unit}}}`?"
    if value < 0 and low <= -value <= high:
        return f"Did you mean {-value:g}?"
    if low <= value / 10 <= high:
        return f"Did you mean {value / 10:g}?"
    return "Check the number and its unit."


def _factor(fact: Fact, unit: object) -> float:
    if unit == fact.unit:
        return 1.0
    if fact.is_duration and isinstance(unit, str) and unit in IN_DAYS:
        return IN_DAYS[unit] / IN_DAYS[fact.unit]
    for _, code, factor, _shift in _OTHER_UNITS.get(fact.unit, ()):
        if unit == code:
            return factor
    known = {fact.unit, *(IN_DAYS if fact.is_duration else ()), *(u for _, u, _, _ in _OTHER_UNITS.get(fact.unit, ()))} - {""}
    raise Unreadable(f"`{fact.id}` can't be given in `{clean(unit)}`.", f"Use {listed(known)}.")


def _since(fact: Fact, raw: object) -> Since:
    if not fact.is_duration:
        raise Unreadable(f"`{fact.id}` isn't a length of time, so a date can't stand for it.", _FORMS)
    return read_since(raw)


def read_since(raw: object) -> Since:
    """A day, a month (`2026-09`) or a year (`2026`)."""
    if isinstance(raw, Since):
        since = Since(read_date(raw.earliest), read_date(raw.latest))
        if read_since(_span(since)) != since:
            raise Unreadable(f"{_span(since)} isn't a whole day, month or year.", "Write `2026-09-30`, `2026-09` or `2026`.")
        return since
    text = str(raw) if isinstance(raw, str) or (isinstance(raw, int) and 1000 <= raw <= 9999) else ""
    parts = text.split("-")
    if all(p.isascii() and p.isdigit() for p in parts) and [len(p) for p in parts] in ([4], [4, 2]):
        year, month = int(parts[0]), int(parts[1]) if len(parts) == 2 else 0
        if _LONG_AGO.year <= year <= _FAR_AHEAD.year and month <= 12 and (len(parts) == 1 or month >= 1):
            last = date(year, month or 12, calendar.monthrange(year, month or 12)[1])
            return Since(date(year, month or 1, 1), last)
    day = read_date(raw)
    return Since(day, day)


def _span(since: Since) -> str:
    if since.earliest == since.latest:
        return since.earliest.isoformat()
    return f"{since.earliest:%Y}" if (since.latest - since.earliest).days > 31 else f"{since.earliest:%Y-%m}"


def read_date(raw: object) -> date:
    """A day written `2026-09-30`; raises Unreadable."""
    day = _day(raw)
    if day is None:
        raise Unreadable(f"`{clean(raw)}` isn't a date.", "Write it as `2026-09-30`.")
    if not _LONG_AGO <= day <= _FAR_AHEAD:
        raise Unreadable(f"the date {day} is out of reach.", f"Use a day from {_LONG_AGO.year} to {_FAR_AHEAD.year}.")
    return day


def _day(raw: object) -> date | None:
    try:
        if isinstance(raw, date):
            return date(raw.year, raw.month, raw.day)
        return date.fromisoformat(raw) if isinstance(raw, str) and _DAY.match(raw) else None
    except (ValueError, TypeError):  # a day that no calendar has, or a data frame's mark for a missing one
        return None


def value_at(fact: Fact, answer: Answer, as_of: date | None) -> FactValue | Unknown:
    """What an answer says at a day; a value that went stale is unknown again.

    Raises Unreadable where a date can't be counted from: there is no day to count to, or it lies beyond all bounds.
    """
    match answer:
        case Unknown():
            return answer
        case Dated(value, on):
            if fact.fresh_days is not None and (as_of is None or as_of - on > timedelta(days=fact.fresh_days)):
                return Unknown("not_asked")
            return value_at(fact, value, as_of)
        case Since(earliest, latest):
            if as_of is None:
                raise Unreadable(f"`{fact.id}` is a date, so the profile needs `as_of`.", "Add `as_of: 2026-11-24`.")
            unit, most = IN_DAYS[fact.unit], fact.bounds[1]
            least = max(0.0, (as_of - latest).days / unit)
            if least > most:
                what = f"`{fact.id}` would be {least:.0f}{_named(fact.unit)}, counted from {latest}, but is at most {most:g}."
                raise Unreadable(what, "Correct the date, or `as_of`.")
            return Interval(least, max(0.0, (as_of - earliest).days / unit))
        case bool() | str() | Interval():
            return answer
        case int() | float():
            return Interval(float(answer), float(answer))
        case tuple():
            return frozenset(answer)
        case _:
            assert_never(answer)


def schema_of(fact: Fact) -> dict[str, Any]:
    """The JSON Schema of a fact's answers."""
    unknown: dict[str, Any] = {
        "type": "object",
        "properties": {"unknown": {"enum": list(_WAYS)}},
        "required": ["unknown"],
        "additionalProperties": False,
    }
    match fact.type:
        case "yes_no":
            plain: dict[str, Any] = {"type": "boolean"}
            forms = [plain, {"enum": ["yes", "no"]}]
        case "number":
            plain = {"type": "number", "minimum": fact.bounds[0], "maximum": fact.bounds[1]}
            forms = [plain, {"type": "object", "description": _FORMS}]
            if fact.is_duration:
                forms.append({"type": "string", "format": "date"})
        case "choice":
            plain = {"enum": list(fact.values)}
            forms = [plain]
        case _:
            plain = {"enum": list(fact.values)}
            forms = [{"type": "array", "items": plain}, plain]
    dated: dict[str, Any] = {
        "type": "object",
        "properties": {"value": forms[0], "on": {"type": "string", "format": "date"}, "unit": {"type": "string"}},
        "required": ["value", "on"],
        "additionalProperties": False,
    }
    about = f" ({fact.unit})" if fact.unit not in ("", "1") else ""
    if not fact.is_duration:
        forms.append(dated)
    return {"description": f"{fact.ask}{about} {fact.define}".strip(), "anyOf": [*forms, unknown, {"type": "null"}]}


def written(answer: Answer) -> object:
    """An answer as JSON and YAML write it; reading it gives the same answer."""
    match answer:
        case Unknown(way):
            return {"unknown": way}
        case Since():
            return {"on": _span(answer)}
        case Dated(value, on):
            return {"value": written(value), "on": on.isoformat()}
        case Interval(low, high):
            return {"between": [int(low) if low == int(low) else low, int(high) if high == int(high) else high]}
        case tuple():
            return list(answer)
        case _:
            return answer
