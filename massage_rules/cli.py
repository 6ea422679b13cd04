"""The command line, the commands of its other modules included. Output on stdout, errors on stderr, exit codes that mean something.

0: done. 1: a case fails, a rule file has faults, a signed rule has changed, a record isn't answered as it was, or a note has
nobody to go to. 2: the input can't be read.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from massage_rules.advice import shipped_evaluator
from massage_rules.cases import Case, case_files, load_cases, run, uncovered
from massage_rules.commands import batch, changes, interviews, languages, muscles, pictures, review
from massage_rules.commands.arguments import Client, Rules, Spoken, advice_on, evaluator_of
from massage_rules.commands.explain import app as explanations
from massage_rules.commands.papers import app as papers
from massage_rules.commands.plan import app as plans
from massage_rules.commands.protocol import app as protocols
from massage_rules.commands.verify import app as proofs
from massage_rules.errors import ContentError, Fault, MassageRulesError, Place, ProfileError
from massage_rules.interview import Interview
from massage_rules.languages import FIRST
from massage_rules.profile import read_profile
from massage_rules.rule_page import rule_page
from massage_rules.rulebook import load
from massage_rules.scoreboard import score as score_case
from massage_rules.scoreboard import scoreboard, table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Clinical rules for medical massage.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(papers)
app.add_typer(explanations)
app.add_typer(changes.app)
app.add_typer(protocols)
app.add_typer(proofs)
app.add_typer(plans)
app.add_typer(review.app)
app.add_typer(muscles.app)
app.add_typer(pictures.app)
app.add_typer(batch.app)
app.add_typer(languages.app)
app.add_typer(interviews.app)


class Format(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    DETAILS = "details"
    JSON = "json"
    HTML = "html"


class TableFormat(StrEnum):
    """How a table is written."""

    TEXT = "text"
    JSON = "json"


@app.command()
def recommend(
    file: Client,
    format: Annotated[Format, typer.Option("--format", help="How to write the advice.")] = Format.TEXT,
    language: Spoken = FIRST,
    rules: Rules = None,
) -> None:
    """Advise on one client. JSON is the same in every language.

    Example: massage-rules recommend client.yaml --format html > advice.html
    """
    advice = advice_on(file, evaluator_of(rules))
    match format:
        case Format.JSON:
            typer.echo(advice.to_json())
        case Format.HTML:
            typer.echo(advice.html(language=language))
        case Format.DETAILS:
            typer.echo(advice.details(language=language))
        case _:
            typer.echo(advice.text(language=language))


@app.command()
def ask(
    file: Annotated[Path | None, typer.Argument(help="A profile to start from; without it, nothing is known.")] = None,
    save: Annotated[Path | None, typer.Option("--save", help="Where to write the profile that comes of it, as JSON.")] = None,
    needed_only: Annotated[bool, typer.Option("--needed", help="Leave out questions that would only allow more.")] = False,
    language: Spoken = FIRST,
    rules: Rules = None,
) -> None:
    """Interview a client: the best question first, until nothing more can matter.

    Example: massage-rules ask --save client.json
    """
    evaluator = evaluator_of(rules)
    start = read_profile(file, vocabulary=evaluator.rulebook.vocabulary) if file is not None else None
    interview = Interview(evaluator, start, language=language)
    if interview.language.notice:
        typer.echo(interview.language.notice)
    while (prompt := interview.next()) is not None and (prompt.needed or not needed_only):
        typer.echo(f"\n{prompt.ask}\n  ({prompt.why})")
        for number, option in enumerate(prompt.options, 1):
            typer.echo(f"  {number:2} {option}")
        said = typer.prompt(f"  {prompt.hint}", prompt_suffix=": ")
        if said.strip().lower() in interview.replies.stop:
            break
        try:
            interview.answer(said)
        except ProfileError as error:
            typer.echo(str(error), err=True)
    typer.echo(f"\n{interview.closing}\n")
    typer.echo(interview.advice.text(language=interview.language))
    if save is not None:
        save.write_text(json.dumps(interview.profile.to_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="The folder of rule files; without it, the shipped ones.")] = None,
) -> None:
    """Check rule files: every fault, with file, line and remedy, and every signature that no longer counts.

    Example: massage-rules check my_rules/
    """
    try:
        rulebook = load(folder)
    except ContentError as error:
        for fault in error.faults:
            typer.echo(str(fault), err=True)
        typer.echo("1 fault." if len(error.faults) == 1 else f"{len(error.faults)} faults.", err=True)
        raise typer.Exit(1) from None
    stale = review.stale(rulebook)
    for line in stale:
        typer.echo(line, err=True)
    lost = f" {len(stale)} signed {'rule has' if len(stale) == 1 else 'rules have'} changed." if stale else ""
    counts = f"{len(rulebook.rules)} rules, {len(rulebook.vocabulary.facts)} facts, {len(rulebook.catalogue.variants)} techniques"
    typer.echo(f"{counts}: no fault.{lost}")
    if stale:
        raise typer.Exit(1)


@app.command()
def test(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of *.cases.yaml.")],
    rules: Rules = None,
    gaps: Annotated[bool, typer.Option("--gaps", help="List rules without a holding, a failing and an open case.")] = False,
) -> None:
    """Run clinicians' cases and say in clinical words what differs.

    Example: massage-rules test tests/cases
    """
    evaluator = evaluator_of(rules)
    cases: list[Case] = []  # and not what came out: two thousand answers fill gigabytes
    failed = known = 0
    for path in case_files(paths):
        for case in load_cases(path, evaluator.rulebook):
            cases.append(case)
            differences = run(case, evaluator).differences
            if case.known_gap:
                known += 1
                if not differences:
                    failed += 1
                    typer.echo(
                        f"{case.place}: PASSES NOW: {case.name}\n    it is marked as a known gap ({case.known_gap}); remove the mark"
                    )
            elif differences:
                failed += 1
                typer.echo(f"{case.place}: {case.name}")
                for difference in differences:
                    typer.echo(f"    {difference}")
    if not cases:
        raise ContentError(
            [Fault(Place(str(paths[0])), "holds no cases.", "Give files that end in `.cases.yaml`, or folders that hold some.")]
        )
    if gaps:
        for rule, missing in sorted(uncovered(evaluator.rulebook, cases).items()):
            typer.echo(f"{rule}: no case where it {' / '.join(missing)}")
    typer.echo(f"{len(cases) - failed - known} passed, {failed} failed, {known} known {'gap' if known == 1 else 'gaps'}")
    if failed:
        raise typer.Exit(1)


@app.command()
def score(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders of cases; without any, published_*.cases.yaml and vignettes/ of tests/cases."),
    ] = None,
    format: Annotated[TableFormat, typer.Option("--format", help="How to write the scoreboard.")] = TableFormat.TEXT,
    rules: Rules = None,
) -> None:
    """Count how the rules fare on published cases, those that name a source, and apart on the project's own vignettes.

    Example: massage-rules score tests/cases/published_stop.cases.yaml
    """
    shipped = Path("tests/cases")
    files = list(case_files(paths or sorted([*shipped.glob("published_*.cases.yaml"), *shipped.glob("vignettes/*.cases.yaml")])))
    evaluator = evaluator_of(rules)
    cases = [case for path in files for case in load_cases(path, evaluator.rulebook) if case.source]
    if not cases:
        where = Place(", ".join(map(str, paths or files)) or "tests/cases")
        raise ContentError([Fault(where, "holds no case with a source.", "Give files of cases that have a `source:`.")])
    board = scoreboard([score_case(case, evaluator) for case in cases])
    as_json = format is TableFormat.JSON
    typer.echo(json.dumps(asdict(board), ensure_ascii=False, sort_keys=True, indent=1) if as_json else table(board))


@app.command()
def rules(
    rule: Annotated[str | None, typer.Argument(help="The id of a rule; without it, all are listed.")] = None,
    folder: Rules = None,
) -> None:
    """List the rules, or show one in full.

    Example: massage-rules rules clots.leg-signs-likely
    """
    rulebook = load(folder) if folder is not None else shipped_evaluator().rulebook
    if rule is None:
        for each in rulebook.rules.values():
            typer.echo(f"{each.id:50} {type(each.effect).__name__.lower():10} {each.title}")
        return
    typer.echo(rule_page(rulebook, rule))


def main() -> None:
    """Run the command line; every expected error is a message on stderr and exit code 2."""
    try:
        app()
    except ContentError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        sys.exit(2)
    except MassageRulesError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
