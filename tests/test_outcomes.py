"""What can be measured: read strictly, each figure with what it rests on, and none of it needed by a book without it."""

from __future__ import annotations

import pytest
from books import book
from clients import evaluator

from massage_rules._yaml import data_folder, parse, read
from massage_rules.errors import Faults
from massage_rules.outcomes import BASES, BETTER, KINDS, Outcome, read_outcomes

RULEBOOK = evaluator().rulebook
SOURCES = ("a_book",)
PAIN = """measures:
  pain:
    name: Pain
    measures: How much it hurts
    range: [0, 10]
    unit: points
    better: lower
    counts: {change: 2, percent: 30, rule: Two points., basis: read, sources: [a_book]}
    figures:
      - {value: [1.5, 2], unit: points, kind: important_change, basis: read, sources: [a_book], context: backs, note: Mean.}
      - {unit: points, kind: none_found, basis: memory, sources: []}
"""


def outcomes(text: str) -> tuple[dict[str, Outcome], list[str]]:
    """What is read from a text, and its faults."""
    faults = Faults()
    found = read_outcomes(parse(text, name="data/outcomes.yaml"), SOURCES, faults)
    return found, [str(f) for f in faults.found]


def test_an_outcome_is_read_as_it_stands() -> None:
    """Names, range, the change that counts, and figures with and without a value."""
    found, faults = outcomes(PAIN)
    assert faults == []
    pain = found["pain"]
    assert (pain.id, pain.name, pain.range, pain.better, pain.note) == ("pain", "Pain", (0.0, 10.0), "lower", "")
    assert pain.counts is not None
    assert (pain.counts.change, pain.counts.percent, pain.counts.sources) == (2.0, 30.0, ("a_book",))
    assert [(f.value, f.kind, f.context) for f in pain.figures] == [
        ((1.5, 2.0), "important_change", "backs"),
        (None, "none_found", ""),
    ]


def test_a_measure_may_sort_people_and_count_no_change() -> None:
    """Without `counts` there is no change that counts."""
    found, faults = outcomes("measures: {screen: {name: A screen, measures: Risk, unit: points, better: lower, figures: []}}")
    assert faults == []
    assert found["screen"].counts is None
    assert found["screen"].range is None


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ("    name: Pain\n", "", "3", "outcome `pain` has no `name`"),
        ("better: lower", "better: lowest", "7", "`better` can't be `lowest`. Did you mean `lower`?"),
        ("range: [0, 10]", "range: [10, 0]", "5", "two of which the smaller stands first"),
        ("range: [0, 10]", "rang: [0, 10]", "5", "has no key `rang`. Did you mean `range`?"),
        ("change: 2, percent: 30, ", "", "8", "`counts` counts nothing"),
        ("change: 2,", "change: two,", "8", "should be a number"),
        ("basis: read, sources: [a_book]}\n", "basis: read, sources: []}\n", "8", "rests on `read` names no source"),
        ("[a_book], context", "[a_bok], context", "10", "`a_bok` isn't a source. Did you mean `a_book`?"),
        ("important_change", "important_chance", "10", "Did you mean `important_change`?"),
        ("value: [1.5, 2], ", "", "10", "the kind `important_change` has the wrong parts"),
        (
            "{unit: points, kind: none_found",
            "{value: 3, unit: points, kind: none_found",
            "11",
            "`none_found` has the wrong parts",
        ),
        ("basis: memory", "basis: hearsay", "11", "`basis` can't be `hearsay`"),
        ("measures:\n  pain", "outcomes:\n  pain", "1", "the outcomes has no `measures`"),
        ("sources: []}", "sources: nowhere}", "11", "`nowhere` isn't a source. Sources are listed in data/references.yaml."),
    ],
)
def test_each_fault_has_its_place_and_remedy(old: str, new: str, place: str, what: str) -> None:
    """What is wrong is named with its line."""
    _, faults = outcomes(PAIN.replace(old, new, 1))
    assert any(f.startswith(f"data/outcomes.yaml:{place}:") and what in f for f in faults), faults


def test_the_shipped_outcomes_belong_to_the_rulebook() -> None:
    """Forty measures; each figure names its kind and basis, and what was read names a source that exists."""
    assert len(RULEBOOK.outcomes) == 40
    for outcome in RULEBOOK.outcomes.values():
        assert outcome.better in BETTER
        assert outcome.figures
        for said in (*outcome.figures, *([outcome.counts] if outcome.counts else [])):
            assert said.basis in BASES
            assert set(said.sources) <= set(RULEBOOK.references)
        assert all(f.kind in KINDS for f in outcome.figures)
    assert {name for name, o in RULEBOOK.outcomes.items() if o.counts is None} == {"WPI_SSS", "STarT_Back"}


def test_a_book_may_have_no_outcomes() -> None:
    """Books without the file have none; the shipped file has no fault of its own."""
    assert book().outcomes == {}
    faults = Faults()
    read_outcomes(read(data_folder() / "outcomes.yaml", name="data/outcomes.yaml"), RULEBOOK.references, faults)
    assert faults.found == []
