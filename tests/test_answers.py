"""One answer: every way of writing it, what it means at a day, and that it is written back as it was read."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import jsonschema
import pytest
import small
from hypothesis import given, settings
from hypothesis import strategies as st

from massage_rules.answers import (
    Answer,
    Dated,
    Since,
    Unknown,
    Unreadable,
    read_answer,
    read_date,
    read_since,
    schema_of,
    value_at,
    written,
)
from massage_rules.conditions import Interval
from massage_rules.vocabulary import IN_DAYS, Fact, shipped_vocabulary

FACTS = small.vocabulary().facts
TODAY = date(2026, 11, 24)


def number(unit: str, low: float = 0, high: float = 1000) -> Fact:
    return Fact("n", "number", "patient", "plain", "", "How much?", unit=unit, bounds=(low, high))


class Sex(StrEnum):
    FEMALE = "female"


@pytest.mark.parametrize(
    ("name", "raw", "answer"),
    [
        ("pregnant", None, None),
        ("pregnant", True, True),
        ("pregnant", False, False),
        ("pregnant", "yes", True),
        ("pregnant", "no", False),
        ("pregnant", "true", True),
        ("pregnant", "false", False),
        ("pregnant", {"unknown": "unsure"}, Unknown("unsure")),
        ("pregnant", {"unknown": "declined"}, Unknown("declined")),
        ("pregnant", {"unknown": "not_asked"}, Unknown("not_asked")),
        ("pregnant", Unknown("declined"), Unknown("declined")),
        ("pregnant", {"value": "yes", "on": "2026-11-24"}, Dated(True, TODAY)),
        ("pregnant", Dated(True, TODAY), Dated(True, TODAY)),
        ("age", 46, 46),
        ("age", 46.0, 46),
        ("age", 46.5, 46.5),
        ("age", 0, 0),
        ("age", 120, 120),
        ("age", Decimal("46.5"), 46.5),
        ("age", Fraction(93, 2), 46.5),
        ("age", {"about": 46}, Interval(45, 47)),
        ("age", {"about": 0}, Interval(0, 1)),
        ("age", {"about": 120}, Interval(119, 120)),
        ("age", {"between": [40, 50]}, Interval(40, 50)),
        ("age", {"between": [40, 40]}, Interval(40, 40)),
        ("age", {"at_least": 65}, Interval(65, 120)),
        ("age", {"at_most": 17}, Interval(0, 17)),
        ("age", {"value": 18, "unit": "mo"}, 1.5),
        ("age", {"between": [12, 24], "unit": "mo"}, Interval(1, 2)),
        ("age", Interval(40, 50), Interval(40, 50)),
        ("gestation_weeks", {"value": 140, "unit": "d"}, 20),
        ("gestation_weeks", {"about": 140, "unit": "d"}, Interval(20 - 1 / 7, 20 + 1 / 7)),
        ("gestation_weeks", {"at_least": 140, "unit": "d"}, Interval(20, 45)),
        ("gestation_weeks", {"at_most": 140, "unit": "d"}, Interval(0, 20)),
        ("gestation_weeks", {"on": "2026-09-30"}, Since(date(2026, 9, 30), date(2026, 9, 30))),
        ("gestation_weeks", {"on": "2026-09"}, Since(date(2026, 9, 1), date(2026, 9, 30))),
        ("gestation_weeks", {"on": 2026}, Since(date(2026, 1, 1), date(2026, 12, 31))),
        ("gestation_weeks", "2026-09-30", Since(date(2026, 9, 30), date(2026, 9, 30))),
        ("gestation_weeks", "2026-09", Since(date(2026, 9, 1), date(2026, 9, 30))),
        ("gestation_weeks", date(2026, 9, 30), Since(date(2026, 9, 30), date(2026, 9, 30))),
        ("gestation_weeks", datetime(2026, 9, 30, 17, 5), Since(date(2026, 9, 30), date(2026, 9, 30))),  # noqa: DTZ001
        ("gestation_weeks", Since(date(2026, 2, 1), date(2026, 2, 28)), Since(date(2026, 2, 1), date(2026, 2, 28))),
        ("temperature", {"value": 98.6, "unit": "[degF]"}, 37),
        ("temperature", {"value": 37.5, "on": "2026-11-24"}, Dated(37.5, TODAY)),
        ("temperature", {"value": 99.5, "unit": "[degF]", "on": "2026-11-24"}, Dated(37.5, TODAY)),
        ("sex", "female", "female"),
        ("sex", Sex.FEMALE, "female"),
        ("goals", ["mobility", "pain_management", "mobility"], ("mobility", "pain_management")),
        ("goals", "mobility", ("mobility",)),
        ("goals", {"mobility"}, ("mobility",)),
        ("goals", [], ()),
    ],
)
def test_an_answer_may_be_written_in_these_ways(name: str, raw: object, answer: Answer | None) -> None:
    """What a clinic writes, and what the same means as plain data."""
    found = read_answer(FACTS[name], raw)
    if isinstance(answer, Interval):
        assert isinstance(found, Interval)
        assert (found.low, found.high) == pytest.approx((answer.low, answer.high), abs=1e-4)
    else:
        assert found == answer
        assert type(found) is type(answer)


@pytest.mark.parametrize(
    ("unit", "raw", "value"),
    [
        ("cm", {"value": 55, "unit": "mm"}, 5.5),
        ("mm[Hg]", {"value": 16, "unit": "kPa"}, 120.0099),
        ("mmol/L", {"value": 180, "unit": "mg/dL"}, 9.9911),
        ("10*9/L", {"value": 150000, "unit": "/uL"}, 150),
        ("kg", {"value": 154, "unit": "[lb_av]"}, 69.8532),
        ("kg", {"value": 900, "unit": "g"}, 0.9),
        ("d", {"value": 36, "unit": "h"}, 1.5),
        ("h", {"value": 90, "unit": "min"}, 1.5),
        ("h", {"value": 2, "unit": "d"}, 48),
        ("wk", {"value": 1, "unit": "a"}, 52.1786),
        ("mo", {"value": 8.5, "unit": "wk"}, 1.9548),
        ("%", {"value": 5, "unit": "%"}, 5),
    ],
)
def test_units_are_converted(unit: str, raw: object, value: float) -> None:
    """A number in another unit of the same quantity means the same."""
    assert read_answer(number(unit), raw) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("fact", "raw", "meant"),
    [
        (number("wk", 0, 45), 196, "did you mean 28, or `{value: 196, unit: d}`?"),
        (number("wk", 0, 45), 340, "Did you mean 34?"),
        (number("Cel", 30, 43), 100.4, "did you mean 38, or `{value: 100.4, unit: [degF]}`?"),
        (number("Cel", 30, 43), 375, "Did you mean 37.5?"),
        (number("cm", 0, 15), 55, "did you mean 5.5, or `{value: 55, unit: mm}`?"),
        (number("a", 0, 120), 1980, "a year of birth"),
        (number("a", 0, 120), 300, "did you mean 25, or `{value: 300, unit: mo}`?"),
        (number("1", 0, 10), -3, "Did you mean 3?"),
        (number("1", 0, 10), 5_000, "Check the number and its unit."),
    ],
)
def test_an_impossible_number_is_told_what_it_probably_meant(fact: Fact, raw: float, meant: str) -> None:
    """Other units, lost points and signs are recognised; nothing is corrected by itself."""
    with pytest.raises(Unreadable) as caught:
        read_answer(fact, raw)
    assert f"`n={raw:g}` lies outside" in caught.value.what
    assert meant in caught.value.remedy


@pytest.mark.parametrize(
    "raw",
    [
        Since(date(2026, 9, 3), date(2026, 10, 2)),
        Since(date(2026, 9, 30), date(2026, 9, 1)),
        Since(date(1, 1, 1), date(1, 1, 1)),
        Dated(Unknown(), TODAY),
        Dated(20, TODAY),
        Unknown("perhaps"),  # type: ignore[arg-type]
        Interval(3, 900),
        {"value": 20, "on": "2026-11-24"},
        {"value": 3},
        {"on": "2026-09-30", "about": 3},
        "2026-9-30",
        "2026-00",
        "20260930",
    ],
)
def test_answers_made_in_python_are_checked_as_strictly(raw: object) -> None:
    """An object of the right class doesn't go round the checks."""
    with pytest.raises(Unreadable):
        read_answer(FACTS["gestation_weeks"], raw)


@pytest.mark.parametrize("raw", [Since(TODAY, TODAY), TODAY, {"on": "2026-11-24"}])
def test_a_date_stands_only_for_a_length_of_time(raw: object) -> None:
    """A date says nothing about a number that isn't a time, nor about a yes/no fact."""
    for name in ("temperature", "pregnant", "sex", "goals"):
        with pytest.raises(Unreadable):
            read_answer(FACTS[name], raw)


@pytest.mark.parametrize(
    ("raw", "earliest", "latest"),
    [
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026", "2026-01-01", "2026-12-31"),
        (2026, "2026-01-01", "2026-12-31"),
        ("2026-12-31", "2026-12-31", "2026-12-31"),
    ],
)
def test_a_date_may_be_known_to_the_day_the_month_or_the_year(raw: object, earliest: str, latest: str) -> None:
    """A coarse date is an interval of days."""
    assert read_since(raw) == Since(date.fromisoformat(earliest), date.fromisoformat(latest))


@pytest.mark.parametrize(
    "raw", [None, True, 0, 20_26.0, "", "today", "2026-2-1", "2026-13", "1879-12-31", "2201-01-01", "2026-W40-1", b"2026-01-01"]
)
def test_what_is_no_date_is_refused(raw: object) -> None:
    """Neither words nor other calendars' ways of writing are dates."""
    with pytest.raises(Unreadable):
        read_date(raw)


@pytest.mark.parametrize(
    ("name", "answer", "value"),
    [
        ("pregnant", True, True),
        ("age", 46, Interval(46, 46)),
        ("age", Interval(40, 50), Interval(40, 50)),
        ("sex", "male", "male"),
        ("goals", ("mobility",), frozenset({"mobility"})),
        ("goals", (), frozenset()),
        ("pregnant", Unknown("declined"), Unknown("declined")),
        ("gestation_weeks", Since(date(2026, 11, 10), date(2026, 11, 10)), Interval(2, 2)),
        ("gestation_weeks", Since(date(2026, 11, 1), date(2026, 11, 30)), Interval(0, 23 / 7)),
        ("temperature", Dated(37.5, TODAY), Interval(37.5, 37.5)),
        ("temperature", Dated(37.5, date(2026, 11, 23)), Interval(37.5, 37.5)),
        ("temperature", Dated(37.5, date(2026, 11, 22)), Unknown("not_asked")),
        ("smoker", Dated(True, date(1990, 1, 1)), True),
    ],
)
def test_an_answer_means_something_at_a_day(name: str, answer: Answer, value: object) -> None:
    """A date becomes a length of time; a value that went stale is unknown again."""
    assert value_at(FACTS[name], answer, TODAY) == value


def test_a_date_means_nothing_without_a_day_to_count_from() -> None:
    """Nothing asks the clock."""
    with pytest.raises(Unreadable, match="as_of"):
        value_at(FACTS["gestation_weeks"], Since(TODAY, TODAY), None)
    assert value_at(FACTS["temperature"], Dated(37, TODAY), None) == Unknown("not_asked")


def in_bounds(fact: Fact) -> st.SearchStrategy[float]:
    low, high = fact.bounds
    return st.integers(math.ceil(low), math.floor(high)) | st.floats(low, high, allow_nan=False)


def lengths(fact: Fact) -> st.SearchStrategy[Any]:
    """Ways to write a number."""
    inside = in_bounds(fact)
    forms = [
        inside,
        inside.map(lambda n: {"about": n}),
        inside.map(lambda n: {"at_least": n}),
        inside.map(lambda n: {"at_most": n}),
        st.tuples(inside, inside).map(lambda p: {"between": sorted(p)}),
        inside.map(lambda n: {"value": n, "unit": fact.unit}) if fact.unit else inside,
    ]
    if fact.is_duration:
        days = st.dates(date(1880, 1, 1), date(2200, 12, 31))
        forms += [
            days,
            days.map(lambda d: {"on": d.isoformat()}),
            days.map(lambda d: f"{d:%Y-%m}"),
            days.map(lambda d: {"on": f"{d:%Y}"}),
        ]
    return st.one_of(forms)


def answers(fact: Fact) -> st.SearchStrategy[Any]:
    """Ways to answer a fact."""
    match fact.type:
        case "yes_no":
            plain = st.sampled_from([True, False, "yes", "no"])
        case "number":
            plain = lengths(fact)
        case "choice":
            plain = st.sampled_from(sorted(fact.values))
        case _:
            plain = st.lists(st.sampled_from(sorted(fact.values)), max_size=3)
    unknown = st.sampled_from(["not_asked", "unsure", "declined"]).map(lambda w: {"unknown": w})
    if fact.is_duration:
        return plain | unknown
    dated = st.tuples(plain if fact.type != "number" else in_bounds(fact), st.dates(date(2000, 1, 1), date(2026, 11, 24)))
    return plain | unknown | dated.map(lambda p: {"value": p[0], "on": p[1].isoformat()})


SHIPPED = [f for f in shipped_vocabulary().facts.values() if f.id not in ("region", "side")]


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_an_answer_is_written_back_as_it_was_read(data: st.DataObject) -> None:
    """Reading, writing and reading again gives the same answer, which the schema allows."""
    fact = data.draw(st.sampled_from(SHIPPED))
    answer = read_answer(fact, data.draw(answers(fact)))
    assert answer is not None
    again = written(answer)
    assert read_answer(fact, again) == answer
    jsonschema.validate(again, schema_of(fact))


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_what_is_read_can_be_told_at_any_day(data: st.DataObject) -> None:
    """Every accepted answer has a meaning: a value of its fact's type within its bounds, or a way of not knowing."""
    fact = data.draw(st.sampled_from(SHIPPED))
    answer = read_answer(fact, data.draw(answers(fact)))
    assert answer is not None
    try:
        value = value_at(fact, answer, data.draw(st.dates(date(2000, 1, 1), date(2100, 1, 1))))
    except Unreadable:
        assert isinstance(answer, Since), "only a date can lie too far back"
        return
    match value:
        case Unknown():
            return
        case Interval(low, high):
            assert fact.type == "number"
            assert fact.bounds[0] <= low <= high
            assert high <= fact.bounds[1] or isinstance(answer, Since)
        case bool():
            assert fact.type == "yes_no"
        case str():
            assert fact.type == "choice"
        case _:
            assert fact.type == "choices"


def test_the_units_of_time_are_those_of_the_calendar() -> None:
    """A week is seven days; a year is 365.25, and a month its twelfth."""
    assert IN_DAYS["wk"] == 7
    assert IN_DAYS["a"] == pytest.approx(12 * IN_DAYS["mo"])
    assert IN_DAYS["h"] * 24 == 1
