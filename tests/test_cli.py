"""The command line: clean output, errors on stderr, exit codes that mean something."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from massage_rules.answer import advice_schema

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
CLIENT = EXAMPLES / "caesarean_scar.yaml"


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "massage_rules", *arguments], input=text, capture_output=True, text=True, check=False
    )


def test_recommend_prints_the_advice() -> None:
    """The first line is the disposition; nothing goes to stderr."""
    done = run("recommend", str(CLIENT))
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("TREAT WITH MODIFICATION\n")
    assert "No licensed professional has reviewed these rules" in " ".join(done.stdout.split())


def test_recommend_reads_standard_input() -> None:
    """`-` reads the profile from a pipe, as YAML or JSON."""
    done = run("recommend", "-", "--format", "json", text='{"age": 40, "denied": "all", "sites": [{"region": "neck"}]}')
    assert done.returncode == 0
    assert json.loads(done.stdout)["disposition"] == "ask first"


def test_json_fits_its_published_schema() -> None:
    """The answer validates against the schema that ships, byte for byte as printed."""
    done = run("recommend", str(CLIENT), "--format", "json")
    jsonschema.validate(json.loads(done.stdout), advice_schema())


def test_html_is_one_closed_piece_without_script() -> None:
    """HTML needs no script and no network."""
    done = run("recommend", str(CLIENT), "--format", "html")
    assert done.returncode == 0
    assert done.stdout.count("<section") == done.stdout.count("</section>") == 1
    assert "<script" not in done.stdout
    assert "src=" not in done.stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("pregnent: yes\n", "client.yaml:1:1: unknown fact `pregnent`. Did you mean `pregnant`?"),
        ("age: forty\n", "client.yaml:1:1: `age` is a number"),
        ("", "client.yaml:1:1: is empty"),
        ("a: *b\n", "client.yaml:1:4"),
    ],
)
def test_a_faulty_profile_is_an_error_with_its_place(tmp_path: Path, content: str, says: str) -> None:
    """Faults go to stderr with file and line; exit code 2; nothing on stdout."""
    client = tmp_path / "client.yaml"
    client.write_text(content)
    done = run("recommend", str(client))
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr


def test_a_missing_file_is_an_error() -> None:
    """A path that isn't there is said, not traced."""
    done = run("recommend", "nowhere.yaml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "nowhere.yaml" in done.stderr


def test_check_passes_the_shipped_rules() -> None:
    """The shipped rules have no fault."""
    done = run("check")
    assert done.returncode == 0
    assert "no fault" in done.stdout


def test_check_reports_every_fault(tmp_path: Path) -> None:
    """All faults of all files come at once, and the exit code is 1."""
    (tmp_path / "one.yaml").write_text("- {id: one.a, title: T}\n")
    (tmp_path / "two.yaml").write_text("- {id: wrong.b, titel: T}\n")
    done = run("check", str(tmp_path))
    assert done.returncode == 1
    assert "one.yaml" in done.stderr
    assert "two.yaml" in done.stderr
    assert "Did you mean `title`?" in done.stderr


def test_test_says_what_differs(tmp_path: Path) -> None:
    """A failing case is told in clinical words, and the exit code is 1."""
    cases = tmp_path / "mine.cases.yaml"
    cases.write_text(
        "- case: A well client is sent away\n  profile: {age: 40, denied: all, sites: [{region: neck}]}\n  disposition: emergency\n"
    )
    done = run("test", str(cases))
    assert done.returncode == 1
    assert "expected emergency, but the answer is: ask first" in done.stdout
    assert "0 passed, 1 failed" in done.stdout


def test_rules_lists_and_shows() -> None:
    """A rule's page has its headings; a wrong id gets the nearest right one."""
    listed = run("rules").stdout.splitlines()
    first = listed[0].split()[0]
    page = run("rules", first).stdout
    for heading in ("What it does", "Why", "Limits", "Facts it needs", "Sources"):
        assert heading in page
    wrong = run("rules", first + "x")
    assert wrong.returncode == 2
    assert f"Did you mean `{first}`?" in wrong.stderr


def test_ask_interviews_and_stops(tmp_path: Path) -> None:
    """A client with nothing to report is asked at most ten blocks before treatment is open; the profile is saved."""
    start = tmp_path / "start.yaml"
    start.write_text(
        "age: 38\nsites: [{region: neck, complaints: [neck_upper_trapezius_tension], complaint_weeks: 20, pain_now: 4}]\n"
    )
    saved = tmp_path / "client.json"
    done = run("ask", str(start), "--needed", "--save", str(saved), text="no\n" * 40)
    assert done.returncode == 0
    asked = int(done.stdout.split(" questions asked")[0].split()[-1])
    assert 1 <= asked <= 10
    again = run("recommend", str(saved), "--format", "json")
    assert json.loads(again.stdout)["questions"] == []


def test_ask_says_when_no_answer_could_change_anything() -> None:
    """An emergency stays one, whatever else is told."""
    done = run("ask", "docs/examples/calf_after_a_flight.yaml", "--needed")
    assert "questions asked. Nothing that could still be answered changes the disposition or any verdict." in done.stdout


def test_ask_repeats_a_question_it_could_not_read(tmp_path: Path) -> None:
    """An answer that makes no sense is refused with the remedy, and the interview goes on."""
    start = tmp_path / "start.yaml"
    start.write_text("sites: [{region: neck, complaints: [neck_upper_trapezius_tension]}]\n")
    done = run("ask", str(start), text="many\n40\nstop\n")
    assert "is a number" in done.stderr
    assert done.returncode == 0


def test_help_has_examples() -> None:
    """Each command's help shows how it is called."""
    for command in ("recommend", "ask", "check", "test", "rules", "review", "reviews"):
        assert "Example: massage-rules" in run(command, "--help").stdout


def test_without_typer_the_command_line_says_how_to_get_it() -> None:
    """A bare install has no command line; what to install is told in one line."""
    code = "import sys; sys.modules['typer'] = None; from massage_rules.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "The command line needs Typer: python -m pip install 'massage-rules[cli]'.\n"


@pytest.mark.parametrize("command", ["score", "interviews"])
def test_a_folder_without_published_cases_is_named(command: str, tmp_path: Path) -> None:
    """The folder that was given, not the shipped one."""
    done = subprocess.run(
        [sys.executable, "-m", "massage_rules", command, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path}")


def test_a_rule_that_is_none_is_told_with_where_to_look() -> None:
    """Where no name is near, the list is."""
    done = subprocess.run([sys.executable, "-m", "massage_rules", "rules", "qqqq"], capture_output=True, text=True, check=False)
    assert "there is no rule `qqqq`. `massage-rules rules` lists them." in done.stderr
