"""Commands that look further than today: the course of treatment for a client, and what the notes of its visits mean."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from massage_rules.commands.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.course.follow_up import Course
from massage_rules.course.pages import html, markdown, text
from massage_rules.course.planner import plan
from massage_rules.course.tidier import table

app = typer.Typer()


class PlanFormat(StrEnum):
    """How a plan is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    TIDIER = "tidier"


class FollowFormat(StrEnum):
    """How a follow-up is written."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


@app.command("plan")
def _plan(
    file: Client,
    minutes: Annotated[int, typer.Option("--minutes", help="How long the visits are booked for.")] = 60,
    sessions: Annotated[
        int | None, typer.Option("--sessions", help="How many visits to plan; without it, up to the review.")
    ] = None,
    format: Annotated[
        PlanFormat, typer.Option("--format", help="How to write it; `tidier` is a table for papers, after TIDieR.")
    ] = PlanFormat.TEXT,
    tidier: Annotated[bool, typer.Option("--tidier", help="Short for `--format tidier`.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Short for `--format html`.")] = False,
    rules: Rules = None,
) -> None:
    """Plan a course of treatment for one client.

    Example: massage-rules plan client.yaml --minutes 45
    """
    found = plan(advice_on(file, evaluator_of(rules)), minutes=minutes, sessions=sessions)
    match PlanFormat.TIDIER if tidier else PlanFormat.HTML if as_html else format:
        case PlanFormat.TIDIER:
            typer.echo(table(found.to_tidier()))
        case PlanFormat.JSON:
            typer.echo(found.to_json())
        case PlanFormat.HTML:
            typer.echo(html(found))
        case PlanFormat.MARKDOWN:
            typer.echo(markdown(found), nl=False)
        case _:
            typer.echo(text(found))


@app.command("follow-up")
def _follow_up(
    file: Annotated[Path, typer.Argument(help="The client's profile at the start, in YAML or JSON.")],
    notes: Annotated[Path, typer.Argument(help="The notes of the visits: a list, or `notes:` and perhaps `measure:`.")],
    on: Annotated[str | None, typer.Option("--on", help="The day of the next visit; without it, that of the last note.")] = None,
    format: Annotated[FollowFormat, typer.Option("--format", help="How to write it.")] = FollowFormat.TEXT,
    rules: Rules = None,
) -> None:
    """Say what the notes of a client's visits mean: go on, one step up, do less, look again, or ask a clinician.

    Example: massage-rules follow-up client.yaml notes.yaml
    """
    found = Course.read(file, notes, evaluator=evaluator_of(rules)).follow_up(on=on)
    match format:
        case FollowFormat.JSON:
            typer.echo(found.to_json())
        case FollowFormat.HTML:
            typer.echo(found._repr_html_())
        case _:
            typer.echo(str(found))
