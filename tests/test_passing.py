"""A client on a later day: what goes on by itself, what stays, and what ends what can be said."""

from __future__ import annotations

from datetime import date
from typing import Any

import books
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import massage_rules as mr
from massage_rules.answers import Dated
from massage_rules.changes.passing import furthest, later, to_measure_again
from massage_rules.conditions import Interval
from massage_rules.profile import ProfileBase, models
from massage_rules.views import views
from massage_rules.vocabulary import Vocabulary, shipped_vocabulary

TODAY = date(2026, 11, 24)
LENGTHS = sorted(
    f.id for f in shipped_vocabulary().facts.values() if f.is_duration and not f.source and f.id != "gestation_weeks"
)


def known(client: ProfileBase) -> list[dict[str, Any]]:
    return [dict(view.facts) for view in views(client).views]


@st.composite
def timed(draw: st.DrawFn) -> ProfileBase:
    """A client with lengths of time and events, each told as a number, a range or a date."""
    told = draw(st.lists(st.sampled_from(LENGTHS), unique=True, max_size=5))
    short = st.integers(0, 50)
    length = (
        short | st.tuples(short, short).map(lambda pair: {"between": sorted(pair)}) | st.just("2026-11-03") | st.just("2026-11")
    )
    facts = shipped_vocabulary().facts
    here = {n: draw(length) for n in told if facts[n].level == "site"}
    patient = {n: draw(length) for n in told if facts[n].level == "patient" and n not in ("age", "days_postpartum")}
    ago = draw(
        st.sampled_from([{"on": "2026-10-27"}, {"on": "2026-10"}, {"weeks_ago": 5}, {"weeks_ago": {"between": [3, 6]}}, {}])
    )
    return mr.Profile(
        as_of=str(TODAY),
        **patient,
        surgeries=[{"procedure": "other", "region": "calf", **ago}],
        sites=[{"region": "calf", **here}],
    )


@settings(max_examples=60, deadline=None)
@given(timed(), st.integers(0, 90), st.integers(0, 90))
def test_later_and_later_is_as_much_later(client: ProfileBase, days: int, more: int) -> None:
    """Time adds up to within rounding, what comes of it can be read again, and dates say the same as lengths of time."""
    assume(furthest(client, days + more) == days + more)
    once, twice = later(client, days + more), later(later(client, days), more)
    assert type(client).read(once.to_dict()).to_dict() == once.to_dict()
    for one, other in zip(known(once), known(twice), strict=True):
        assert one.keys() == other.keys()
        for name, value in one.items():
            if isinstance(value, Interval):
                assert abs(value.low - other[name].low) < 0.01 and abs(value.high - other[name].high) < 0.01
            else:
                assert value == other[name]


def test_what_grows_and_what_stays() -> None:
    """The time since something grows; age, a wound, and how long a medicine was taken stay; a fresh measurement is as if made again."""
    client = mr.Profile(
        as_of="2026-11-24",
        age=40,
        weeks_since_stroke={"between": [5, 8]},
        past_stroke_tia=True,
        systemic_corticosteroid_use=True,
        corticosteroid_months=2,
        temperature={"value": 36.5, "on": "2026-11-24"},
        systolic_pressure={"value": 120, "on": "2026-05-01"},
        surgeries=[{"procedure": "caesarean_section", "weeks_ago": 6}, {"procedure": "caesarean_section", "on": "2026-09-30"}],
        injuries=[{"kind": "contusion", "region": "calf", "hours_ago": 10}],
        sites=[{"region": "calf", "wound_closed": True, "complaint_weeks": 2}],
    )
    then = later(client, 14)
    assert (then.as_of, then.age, then.corticosteroid_months, then.sites[0].wound_closed) == (date(2026, 12, 8), 40, 2, True)
    assert (then.sites[0].complaint_weeks, then.weeks_since_stroke) == (4, Interval(7, 10))
    assert then.temperature == Dated(36.5, date(2026, 12, 8))
    assert then.systolic_pressure == client.systolic_pressure  # too old to count already
    assert [s.weeks_ago for s in then.surgeries] == [8, None]
    assert then.injuries[0].hours_ago == 346
    assert later(client, 0) is client


def test_a_problem_elsewhere_grows_older_too() -> None:
    """What was told of a local problem goes on with the rest."""
    problem = {"kind": "fracture_past_6_months", "region": "wrist", "facts": {"weeks_since_fracture": 3}}
    client = mr.Profile(as_of="2026-11-24", problems=[problem], sites=[{"region": "calf"}])
    assert later(client, 21).problems[0].told()["weeks_since_fracture"] == 6


def test_a_length_of_time_ends_what_can_be_said() -> None:
    """Nothing is said of days on which a length of time has outgrown what its fact can be, such as a pregnancy of 46 weeks."""
    client = mr.Profile(as_of="2026-11-24", sex="female", age=30, pregnant=True, gestation_weeks=40)
    assert (furthest(client, 20), furthest(client, 180)) == (20, 35)
    told: Vocabulary = books.book("").vocabulary
    dated = models(told).profile.read({"as_of": "2026-11-24", "pregnant": True, "gestation": {"on": "2026-02-01"}})
    assert furthest(dated, 180) == 45 * 7 - (TODAY - date(2026, 2, 1)).days
    views(later(dated, furthest(dated, 180)))


def test_what_has_to_be_measured_again_is_named() -> None:
    """A measurement that would be too old is named with the last day on which it counts; one that is too old already isn't."""
    old = {"value": 120, "on": "2026-05-01"}
    client = mr.Profile(as_of="2026-11-24", temperature={"value": 36.5, "on": "2026-11-24"}, systolic_pressure=old)
    assert list(to_measure_again(client, 7)) == [("temperature", date(2026, 11, 25))]
    assert list(to_measure_again(client, 1)) == []
