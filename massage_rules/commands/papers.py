"""Commands that write papers on a client: notes, entries, tags, leaflets, pages and records; and replaying and masking."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from massage_rules.commands.arguments import Client, Rules, Spoken, advice_on, evaluator_of
from massage_rules.course.planner import plan
from massage_rules.languages import FIRST
from massage_rules.masking import Kind, mask
from massage_rules.papers.writing import Papers
from massage_rules.replays import replay

app = typer.Typer()
Stored: TypeAlias = Annotated[Path, typer.Argument(help="A stored record; `-` reads standard input.")]
Minutes: TypeAlias = Annotated[int, typer.Option("--minutes", help="How many minutes the visit is booked for.")]
Name: TypeAlias = Annotated[str, typer.Option("--client", help="The client's name, to be printed.")]
Therapist: TypeAlias = Annotated[str, typer.Option("--therapist", help="The therapist's name, to be printed.")]
Clinic: TypeAlias = Annotated[str, typer.Option("--clinic", help="The clinic's name, to be printed.")]
Expires: TypeAlias = Annotated[str | None, typer.Option("--expires", help="The day on which it no longer counts, 2027-02-20.")]
Templates: TypeAlias = Annotated[Path | None, typer.Option("--templates", help="A folder with templates of your own.")]


class PaperFormat(StrEnum):
    """How a paper is written."""

    TEXT = "text"
    HTML = "html"


class TagFormat(StrEnum):
    """How tags are written."""

    TEXT = "text"
    JSON = "json"


As: TypeAlias = Annotated[PaperFormat, typer.Option("--format", help="How to write it.")]


def _papers(file: Path, rules: Path | None, minutes: int = 60, **told: str | Path | None) -> Papers:
    advice = advice_on(file, evaluator_of(rules))
    planned = plan(advice, minutes=minutes) if advice.rulebook.planning is not None else None
    return Papers(advice, plan=planned, **told)  # type: ignore[arg-type]


@app.command("note")
def _note(
    file: Client,
    to: Annotated[str, typer.Option("--to", help="The clinician, e.g. physician; without it, the most urgent one.")] = "",
    format: As = PaperFormat.TEXT,
    minutes: Minutes = 60,
    client: Name = "",
    therapist: Therapist = "",
    clinic: Clinic = "",
    expires: Expires = None,
    templates: Templates = None,
    rules: Rules = None,
) -> None:
    """Write the note to a clinician who should be consulted. Exit code 1 if nobody, or not this one, has to be.

    Example: massage-rules note client.yaml --to physician --format html > note.html
    """
    told = {"client": client, "therapist": therapist, "clinic": clinic, "expires": expires, "templates": templates}
    try:
        typer.echo(_papers(file, rules, minutes, **told).note(to, format=format.value), nl=False)
    except LookupError as error:
        typer.echo(error.args[0], err=True)
        raise typer.Exit(1) from None


@app.command("soap")
def _soap(file: Client, minutes: Minutes = 60, templates: Templates = None, rules: Rules = None) -> None:
    """Write an entry for the chart in four parts: subjective, objective, assessment, plan.

    Example: massage-rules soap client.yaml
    """
    typer.echo(_papers(file, rules, minutes, templates=templates).soap(), nl=False)


@app.command("tag")
def _tag(
    file: Client,
    format: Annotated[TagFormat, typer.Option("--format", help="How to write the tags.")] = TagFormat.TEXT,
    minutes: Minutes = 60,
    expires: Expires = None,
    rules: Rules = None,
) -> None:
    """Write alert tags of at most sixty characters, one a line; none where nothing is to be heeded.

    Example: massage-rules tag client.yaml --format json
    """
    for tag in _papers(file, rules, minutes, expires=expires).tags():
        typer.echo(json.dumps(tag.model_dump(mode="json"), ensure_ascii=False) if format is TagFormat.JSON else str(tag))


@app.command("leaflet")
def _leaflet(
    file: Client,
    format: As = PaperFormat.TEXT,
    minutes: Minutes = 60,
    client: Name = "",
    clinic: Clinic = "",
    language: Spoken = FIRST,
    templates: Templates = None,
    rules: Rules = None,
) -> None:
    """Write a leaflet for the client, in plain words.

    Example: massage-rules leaflet client.yaml --client "Ms Example"
    """
    papers = _papers(file, rules, minutes, client=client, clinic=clinic, templates=templates)
    typer.echo(papers.leaflet(format=format.value, language=language), nl=False)


@app.command("page")
def _page(
    file: Client,
    minutes: Minutes = 60,
    client: Name = "",
    therapist: Therapist = "",
    clinic: Clinic = "",
    templates: Templates = None,
    rules: Rules = None,
) -> None:
    """Write one page to print and take to the table, as HTML for A4.

    Example: massage-rules page client.yaml > page.html
    """
    told = {"client": client, "therapist": therapist, "clinic": clinic, "templates": templates}
    typer.echo(_papers(file, rules, minutes, **told).page(), nl=False)


def _stored(file: Path) -> bytes | Path:
    return sys.stdin.buffer.read() if str(file) == "-" else file


@app.command("record")
def _record(file: Client, rules: Rules = None) -> None:
    """Advise on a client and write the record of it, to be stored: canonical JSON.

    Example: massage-rules record client.yaml > 2026-11-24.json
    """
    typer.echo(advice_on(file, evaluator_of(rules)).record(), nl=False)


@app.command("replay")
def _replay(record: Stored, rules: Rules = None) -> None:
    """Answer a stored record again: the same, or which rules changed and what that changed. Exit code 1 if it isn't the same.

    Example: massage-rules replay 2026-11-24.json
    """
    found = replay(_stored(record), evaluator=evaluator_of(rules))
    typer.echo(str(found))
    if not found.same:
        raise typer.Exit(1)


@app.command("mask")
def _mask(
    record: Stored,
    keep: Annotated[
        list[Kind] | None, typer.Option("--keep", help="What to leave as it is: age, dates, people or words.")
    ] = None,
    rules: Rules = None,
) -> None:
    """Write a record without names, free words, dates and age.

    Example: massage-rules mask 2026-11-24.json --keep age > masked.json
    """
    typer.echo(mask(_stored(record), keep=keep or (), evaluator=evaluator_of(rules)), nl=False)
