"""The pytest plugin runs a clinic's own cases against its own rules, and says in clinical words what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

RULE = """
- id: mine.no-neck-work
  title: No work on the neck here
  status: active
  when: {region: neck}
  effect: {avoid: {techniques: all}}
  because: The clinic doesn't treat necks.
  limits: None.
  references: [clinical_judgement]
  review: unreviewed
"""
CASES = """
- case: A neck is left alone
  profile: {sites: [{region: neck}]}
  holds: [mine.no-neck-work]
- case: A calf is refused
  profile: {sites: [{region: calf}]}
  expect: {deep_tissue_massage: avoid}
- case: A known gap stays visible
  profile: {sites: [{region: calf}]}
  holds: [mine.no-neck-work]
  known_gap: the clinic hasn't decided on calves
"""


@pytest.fixture
def clinic(pytester: pytest.Pytester) -> Path:
    rules = pytester.mkdir("rules")
    (rules / "mine.yaml").write_text(RULE)
    (pytester.path / "own.cases.yaml").write_text(CASES)
    return pytester.path


def test_cases_are_collected_and_told(pytester: pytest.Pytester, clinic: Path) -> None:
    """Names are the sentences; a difference names the place, the expectation and what came out; a gap is an xfail."""
    result = pytester.runpytest_subprocess("--rules", "rules", "-v", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(
        ["*A neck is left alone*", "*own.cases.yaml:5:3: A calf is refused*", "*expected avoid, got not indicated*"]
    )


def test_a_faulty_file_of_cases_is_one_clear_error(pytester: pytest.Pytester) -> None:
    """A mistake in a case stops the collection with file, line and remedy."""
    (pytester.path / "own.cases.yaml").write_text("- case: Typo\n  profile: {age: 40}\n  dispositon: treat\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*own.cases.yaml:3:3*`dispositon`*Did you mean `disposition`?*"])
    assert result.ret != 0
