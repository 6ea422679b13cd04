"""Errors carry their faults, survive being sent elsewhere, and show text from outside in a fit state."""

from __future__ import annotations

import copy
import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massage_rules.errors import (
    ContentError,
    ContentFault,
    Disagreement,
    EvaluationError,
    Fault,
    Faults,
    MassageRulesError,
    Place,
    ProfileError,
    clean,
    nearest,
)

SECOND = Fault(Place("b.yaml", 10, 2), "is wrong.", "Put it right.")
FIRST = Fault(Place("b.yaml", 9, 7), "is missing.")


def test_a_place_is_a_line_of_a_file_or_a_path_into_data() -> None:
    """Editors and terminals know how to open `file:line:column`."""
    assert str(Place("a.yaml", 3, 4)) == "a.yaml:3:4"
    assert str(Place("profile.age")) == "profile.age"


def test_faults_are_told_once_each_and_in_the_order_of_the_file() -> None:
    """The same fault found twice is one; line 9 comes before line 10."""
    error = ContentError([SECOND, FIRST, SECOND])
    assert error.faults == (FIRST, SECOND)
    assert str(error) == "b.yaml:9:7: is missing.\nb.yaml:10:2: is wrong. Put it right."
    assert error.message == "2 faults in the content"
    assert [str(e) for e in error.exceptions] == str(error).split("\n")
    assert ContentError([FIRST]).message == "1 fault in the content"


def test_one_fault_of_many_can_be_handled() -> None:
    """`except*` and `split` give the rest back as the same kind of error."""
    handled, rest = ContentError([FIRST, SECOND]).split(lambda e: isinstance(e, ContentFault) and e.fault == FIRST)
    assert isinstance(handled, ContentError)
    assert isinstance(rest, ContentError)
    assert (handled.faults, rest.faults) == ((FIRST,), (SECOND,))


@pytest.mark.parametrize("error", [ContentError([SECOND, FIRST]), ProfileError([SECOND, FIRST]), ContentFault(FIRST)])
def test_errors_survive_being_sent_to_another_process(error: ContentError | ProfileError | ContentFault) -> None:
    """What a worker raises arrives whole."""
    for sent in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(sent) is type(error)
        assert str(sent) == str(error)
        assert getattr(sent, "faults", None) == getattr(error, "faults", None)
        assert getattr(sent, "fault", None) == getattr(error, "fault", None)


def test_a_disagreement_names_rules_facts_and_cores() -> None:
    """Whoever reports it has everything that is needed."""
    error = Disagreement(["a.b"], [], ("compiled", "ground"))
    assert isinstance(error, EvaluationError)
    assert isinstance(error, MassageRulesError)
    assert (error.rules, error.facts, error.cores) == (("a.b",), (), ("compiled", "ground"))
    assert "compiled and ground differ on `a.b`, which read no facts" in str(error)


def test_collected_faults_stop_the_reading_together() -> None:
    """Nothing is raised while there is nothing to tell."""
    faults = Faults()
    faults.stop_if_any()
    faults.add(Place("a"), "is wrong.", "Correct it.")
    with pytest.raises(ContentError):
        faults.stop_if_any()


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("pregnent", "Did you mean `pregnant`?"),
        ("Pregnant", "Did you mean `pregnant`?"),
        ("LOW BACK", "Did you mean `low_back`?"),
        ("low-back", "Did you mean `low_back`?"),
        ("qqqq", ""),
        ("", ""),
        ("pregnant" * 1_000_000, ""),
    ],
)
def test_the_nearest_name_is_suggested_where_one_is_near(name: str, suggestion: str) -> None:
    """A slip of the finger is corrected; what is like nothing is compared with nothing."""
    assert nearest(name, ["pregnant", "low_back", "age"]) == suggestion


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand\x00more", "two lines and more"),
        ("\u202eright to left", " right to left"),
        ("a`b", "a'b"),
        ("\ud800", " "),
        ("x" * 61, "x" * 59 + "…"),
        (None, "nothing"),
        (True, "yes"),
        (False, "no"),
        (46, "46"),
        (37.5, "37.5"),
        (-(10**400), "a huge number"),
        (date(2026, 9, 30), "2026-09-30"),
        ([1, "a", [2, [3, [4]]]], "[1, a, [2, […]]]"),
        ({"a": {"b": {"c": 1}}}, "{a: {b: {…}}}"),
        ((), "[]"),
        (object(), "something else than words, numbers and dates"),
    ],
)
def test_anything_from_outside_is_shown_fit_for_a_line(value: object, shown: str) -> None:
    """Messages are one line of printable characters, in the words of the file and not of Python."""
    assert clean(value) == shown


@given(
    st.text()
    | st.binary()
    | st.integers()
    | st.floats()
    | st.recursive(st.text(), lambda t: st.lists(t) | st.dictionaries(st.text(), t))
)
def test_whatever_is_shown_is_printable_and_short(value: object) -> None:
    """No text from outside breaks a message, a log or a terminal."""
    shown = clean(value)
    assert len(shown) <= 60
    assert shown.isprintable()
