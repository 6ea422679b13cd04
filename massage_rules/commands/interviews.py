"""Commands on questions: where their answers lead, and how many it takes to settle published cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from massage_rules.cases import case_files, load_cases
from massage_rules.changes.leading import leads_to
from massage_rules.commands.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.commands.explain import Look, Written, echo
from massage_rules.errors import ContentError, Fault, Place
from massage_rules.interviewed import interviewed, table

app = typer.Typer()


@app.command("interviews")
def _interviews(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders of cases; without any, published_*.cases.yaml of tests/cases.")
    ] = None,
    rules: Rules = None,
) -> None:
    """Interview published cases out of their own profiles, and count the questions until nothing could change.

    Example: massage-rules interviews tests/cases/published_family.cases.yaml
    """
    evaluator = evaluator_of(rules)
    files = list(case_files(paths or sorted(Path("tests/cases").glob("published_*.cases.yaml"))))
    cases = [case for path in files for case in load_cases(path, evaluator.rulebook) if case.source]
    if not cases:
        where = Place(", ".join(map(str, paths or files)) or "tests/cases")
        raise ContentError([Fault(where, "holds no case with a source.", "Give files of cases that have a `source:`.")])
    typer.echo(table([interviewed(case, evaluator) for case in cases]))


@app.command("leads")
def _leads(
    file: Client,
    question: Annotated[str | None, typer.Argument(help="The name of a question; without it, all that are open.")] = None,
    look: Written = Look.TEXT,
    rules: Rules = None,
) -> None:
    """Say for each open question where its answers may lead: the gravest first, blocks before single facts.

    Example: massage-rules leads client.yaml today
    """
    evaluator = evaluator_of(rules)
    echo(leads_to(advice_on(file, evaluator), question, evaluator=evaluator), look)
