"""Collects `*.cases.yaml` as tests, named by their sentences; failures say in clinical words what differs.

A clinic runs its own cases with `pytest cases/`; `--rules DIR` takes its own rule files instead of the shipped ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.cases import Case, load_cases, run
from massage_rules.errors import MassageRulesError
from massage_rules.rulebook import load

_EVALUATOR = pytest.StashKey[Evaluator]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--rules`."""
    group = parser.getgroup("massage_rules")
    group.addoption("--rules", default=None, metavar="DIR", help="folder of rule files that *.cases.yaml are run against")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    """Collects files of cases."""
    if file_path.name.endswith(".cases.yaml"):
        return CaseFile.from_parent(parent, path=file_path)
    return None


def _evaluator(config: pytest.Config) -> Evaluator:
    if _EVALUATOR not in config.stash:
        folder = config.getoption("--rules")
        config.stash[_EVALUATOR] = shipped_evaluator() if folder is None else Evaluator(load(folder))
    return config.stash[_EVALUATOR]


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """One test for each case."""
        try:
            evaluator = _evaluator(self.config)
            cases = load_cases(self.path, evaluator.rulebook)
        except MassageRulesError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            yield CaseItem.from_parent(self, name=case.name, case=case)


class Differs(Exception):  # noqa: N818  (read as a sentence in the report)
    """A case whose advice isn't what it expects."""


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.case = case
        if case.known_gap:
            self.add_marker(pytest.mark.xfail(reason=case.known_gap, raises=Differs, strict=True))

    def runtest(self) -> None:
        """Runs the case and fails where the advice differs."""
        differences = run(self.case, _evaluator(self.config)).differences
        if differences:
            raise Differs("\n".join(differences))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """The differences, in clinical words."""
        if isinstance(excinfo.value, Differs):
            source = self.case.source.get("title", "")
            told = f"\n  source: {source}" if source else ""
            lines = "\n".join(f"  {line}" for line in str(excinfo.value).split("\n"))
            return f"{self.case.place}: {self.case.name}\n{lines}{told}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands."""
        return self.path, self.case.place.line - 1, self.case.name
