"""The scoreboard counts every published case, in both readings, and hides no miss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from massage_rules.advice import shipped_evaluator
from massage_rules.cases import case_files, load_cases
from massage_rules.cli import app
from massage_rules.errors import ContentError
from massage_rules.scoreboard import MEASURES, OWN, READINGS, Reading, Scored, Share, score, scoreboard, table, undenied, wilson
from massage_rules.semantics import Disposition

CASES = Path(__file__).parent / "cases"
TREAT, MODIFY, ASK, CONSULT, REFUSE, EMERGENCY = Disposition
CLIENTS = """
- case: A tense neck and nothing else
  profile: {age: 30, otherwise_denied: all, sites: [{region: neck, complaints: [neck_upper_trapezius_tension]}]}
  disposition: [treat, treat with modification]
  expect:
    effleurage_light_massage: [suitable, adapt]
    deep_tissue_massage: [avoid, refer first]
    scar_mobilisation: [not indicated, adapt]
  source: {id: A-1, origin: source_patient}
- case: A fever
  profile:
    {age: 30, otherwise_denied: all, fever_or_rigors: yes, sites: [{region: neck, complaints: [neck_upper_trapezius_tension]}]}
  disposition: treat
  source: {id: A-2, origin: source_question}
  known_gap: Wrong on purpose.
- case: Nobody's case
  profile: {age: 30}
  disposition: ask first
"""


def scored(
    accepted: tuple[Disposition, ...],
    got: Disposition | Reading,
    strict: Disposition | Reading = ASK,
    **more: str | tuple[str, ...],
) -> Scored:
    """A case in a line: what it accepts, and what came out of the completed and of the strict reading."""
    completed, bare = (r if isinstance(r, Reading) else Reading(r) for r in (got, strict))
    told: dict[str, Any] = {"id": "A", "name": "A case", "origin": "source_patient", **more}
    return Scored(accepted=accepted, completed=completed, strict=bare, **told)


def counts(cases: list[Scored], measure: str, reading: Any = "completed") -> tuple[int, int]:
    share = scoreboard(cases).overall.measures[measure][reading]
    return share.hits, share.n


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_values(hits: int, n: int, low: float, high: float) -> None:
    """The worked examples of Newcombe, Statistics in Medicine 1998;17:857, method 3; and the mirror image of each."""
    assert wilson(hits, n=n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(n - hits, n=n) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_of_no_cases_everything_is_possible() -> None:
    """An empty measure says so, instead of claiming a share."""
    assert wilson(0, n=0) == (0.0, 1.0)
    assert str(Share(0, 0, 0.0, 1.0)) == "none to count"
    assert str(Share(13, 16, *wilson(13, n=16))) == "13/16 = 81% (57-93)"
    assert "none to count" in table(scoreboard([]))


STOPPED = [
    scored((EMERGENCY,), EMERGENCY, EMERGENCY),
    scored((EMERGENCY, CONSULT), CONSULT),
    scored((REFUSE, MODIFY), MODIFY),
    scored((CONSULT,), ASK),
    scored((CONSULT,), TREAT, MODIFY),
]
STARTED = [
    scored((TREAT, MODIFY), MODIFY),
    scored((MODIFY, EMERGENCY), EMERGENCY),
    scored((TREAT,), ASK),
    scored((TREAT,), EMERGENCY),
]


@pytest.mark.parametrize(
    ("measure", "completed", "strict"),
    [
        ("accepted", (5, 9), (1, 9)),
        ("identical", (1, 9), (1, 9)),
        ("sensitivity", (3, 5), (1, 5)),
        ("stopped", (2, 5), (1, 5)),
        ("held", (1, 5), (3, 5)),
        ("released", (1, 5), (1, 5)),
        ("specificity", (1, 4), (0, 4)),
        ("emergency_recall", (1, 2), (1, 2)),
        ("emergencies_accepted", (2, 3), (1, 1)),
    ],
)
def test_dispositions_are_counted(measure: str, completed: tuple[int, int], strict: tuple[int, int]) -> None:
    """The source's own disposition says whether a case is one to stop; an accepted alternative counts only where it is said to."""
    assert counts([*STOPPED, *STARTED], measure) == completed
    assert counts([*STOPPED, *STARTED], measure, "strict") == strict


def test_techniques_are_counted_one_by_one() -> None:
    """Open against the case and shut against it are told apart, and what only waits for an answer is said."""
    done = Reading(TREAT, to_be_shut=3, wrongly_open=1, to_be_open=4, wrongly_shut=2, held=1)
    cases = [scored((TREAT,), done), scored((TREAT,), TREAT)]
    assert counts(cases, "open_but_unwanted") == (1, 3)
    assert counts(cases, "shut_but_wanted") == (2, 4)
    assert counts(cases, "held_but_wanted") == (1, 4)


def test_questions_are_those_of_cases_that_may_proceed() -> None:
    """Median and most over proceed cases in the strict reading."""
    asked = [scored((TREAT,), TREAT, strict=Reading(ASK, questions=n)) for n in (4, 9, 5)]
    board = scoreboard([*asked, scored((EMERGENCY,), EMERGENCY, strict=Reading(ASK, questions=40))])
    assert (board.overall.questions.n, board.overall.questions.median, board.overall.questions.most) == (3, 5, 9)
    assert "median 5, at most 9 (n = 3)" in table(board)


def test_what_is_asked_after_a_denied_form_is_counted_whole() -> None:
    """Questions that would only allow more are asked too, so they count; a case to stop doesn't."""
    asked = [
        scored((MODIFY,), Reading(MODIFY, questions=n, easing=m), strict=Reading(ASK, questions=9)) for n, m in ((0, 0), (1, 3))
    ]
    board = scoreboard([*asked, scored((EMERGENCY,), Reading(EMERGENCY, questions=40))])
    assert (board.overall.further.n, board.overall.further.median, board.overall.further.most) == (2, 2, 4)
    assert "median 2, at most 4 (n = 2)" in table(board)


def test_the_confusion_holds_every_case_once() -> None:
    """Rows are the source's own dispositions, columns what was advised."""
    for reading in READINGS:
        confusion = scoreboard([*STOPPED, *STARTED]).overall.confusion[reading]
        assert sum(n for row in confusion.values() for n in row.values()) == 9
    assert scoreboard(STOPPED).overall.confusion["completed"][CONSULT] == {
        EMERGENCY: 0, REFUSE: 0, CONSULT: 0, ASK: 1, MODIFY: 0, TREAT: 1
    }  # fmt: skip


def test_origins_add_up_to_the_whole() -> None:
    """No case is lost between the kinds of vignette."""
    cases = [*STOPPED, *(scored((TREAT,), TREAT, origin=o) for o in ("source_question", "instantiated_from_rule"))]
    board = scoreboard(cases)
    assert list(board.by_origin) == ["instantiated_from_rule", "source_patient", "source_question"]
    for measure in MEASURES:
        for reading in READINGS:
            whole = board.overall.measures[measure][reading]
            parts = [t.measures[measure][reading] for t in board.by_origin.values()]
            assert (whole.hits, whole.n) == (sum(p.hits for p in parts), sum(p.n for p in parts))


def test_what_the_project_wrote_is_counted_apart() -> None:
    """It changes no figure of the published cases, its misses are listed, and the table says what it is."""
    own = [scored((TREAT,), TREAT, origin=OWN), scored((CONSULT,), TREAT, origin=OWN, id="PV-1", differences=("expected",))]
    board = scoreboard([*STOPPED, *own])
    assert board.overall == scoreboard(STOPPED).overall
    assert board.by_origin[OWN].n == 2
    assert "PV-1" in [m.id for m in board.misses]
    assert "neither published nor by clinicians" in table(board)
    assert "Written by the project" not in table(scoreboard(STOPPED))
    assert table(scoreboard(own)).startswith("0 published cases")


def test_a_known_gap_is_a_miss_like_any_other() -> None:
    """A mark on a case changes no count, and the case is listed with its excuse."""
    plain = scored((CONSULT,), TREAT, differences=("expected consult a clinician, but the answer is: treat",))
    excused = scored((CONSULT,), TREAT, differences=plain.differences, known_gap="No source agrees.")
    assert scoreboard([plain]).overall == scoreboard([excused]).overall
    assert [m.known_gap for m in scoreboard([excused]).misses] == ["No source agrees."]
    assert "known gap: No source agrees." in table(scoreboard([excused]))


def test_a_wrong_release_in_the_strict_reading_is_a_miss() -> None:
    """What isn't known may never let a stop case through, nor open what should be shut."""
    released = scored((EMERGENCY, CONSULT), EMERGENCY, strict=Reading(MODIFY, to_be_shut=2, wrongly_open=1))
    assert scoreboard([released]).misses[0].amiss == (
        "strict: released wrongly (treat with modification)",
        "strict: 1 of 2 techniques that should be shut are open",
    )


def test_a_case_without_a_disposition_is_named() -> None:
    """It can't be counted, so it is said to be left out."""
    board = scoreboard([scored((), TREAT, name="Only techniques"), scored((TREAT,), TREAT)])
    assert board.overall.n == 1
    assert board.not_counted == ("Only techniques",)
    assert table(board).endswith("Not counted, names no disposition: Only techniques")


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "clients.cases.yaml"
    path.write_text(CLIENTS, encoding="utf-8")
    return path


def test_a_case_is_read_as_written_and_without_its_denials(clients: Path) -> None:
    """Completed, a tense neck may be treated; strictly, nothing is known but the neck, and questions come first."""
    evaluator = shipped_evaluator()
    neck, fever, _ = load_cases(clients, evaluator.rulebook)
    assert undenied(neck.profile).to_dict() == {k: v for k, v in neck.profile.to_dict().items() if k != "otherwise_denied"}
    told = score(neck, evaluator)
    assert told.completed.disposition in (TREAT, MODIFY)
    assert (told.completed.to_be_shut, told.completed.to_be_open, told.completed.wrongly_shut) == (1, 1, 0)
    assert told.strict.disposition is ASK
    assert (told.strict.wrongly_open, told.strict.wrongly_shut, told.strict.held) == (0, 1, 1)
    assert told.strict.questions > 0
    assert score(fever, evaluator).differences
    assert scoreboard([score(fever, evaluator)]).misses[0].known_gap == "Wrong on purpose."


def test_only_cases_with_a_source_are_scored(clients: Path, tmp_path: Path) -> None:
    """Clinicians' own cases aren't evidence; a file of nothing else is an error."""
    assert "2 published cases" in CliRunner().invoke(app, ["score", str(clients)]).output
    clients.write_text(CLIENTS[CLIENTS.index("- case: Nobody") :], encoding="utf-8")
    error = CliRunner().invoke(app, ["score", str(clients)]).exception
    assert isinstance(error, ContentError)
    assert "holds no case with a source" in str(error.faults[0])


def test_the_command_prints_the_board_as_text_and_as_json() -> None:
    """Both tell the same of one file of published cases."""
    path = str(CASES / "published_family.cases.yaml")
    text, plain = (CliRunner().invoke(app, ["score", path, *more]) for more in ([], ["--format", "json"]))
    assert text.exit_code == plain.exit_code == 0
    board = json.loads(plain.output)
    told = board["overall"]["measures"]["accepted"]["completed"]
    assert f"{MEASURES['accepted'][0]:58}{told['hits']}/{told['n']} = " in text.output
    assert text.output.startswith(f"{board['overall']['n']} published cases.")
    assert set(board["overall"]["measures"]) == set(MEASURES)


def test_every_published_case_can_be_scored() -> None:
    """Each names where it comes from, how its vignette came about, and what its source expects."""
    rulebook = shipped_evaluator().rulebook
    named = [c for path in case_files([CASES]) for c in load_cases(path, rulebook) if c.source]
    published, own = ([c for c in named if (c.source.get("origin") == OWN) is mine] for mine in (False, True))
    assert len(published) >= 111
    assert [c.name for c in own if not c.disposition or not {"id", "of", "basis"} <= set(c.source)] == []
    assert [c.name for c in published if not c.disposition or not {"id", "origin", "title", "url"} <= set(c.source)] == []
