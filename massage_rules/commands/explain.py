"""The command that says why an answer is what it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from massage_rules.commands.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.explaining import explain
from massage_rules.outline import Shown

app = typer.Typer()


class Look(StrEnum):
    """How something that shows itself is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


Written: TypeAlias = Annotated[Look, typer.Option("--format", help="How to write it.")]
Number: TypeAlias = Annotated[int, typer.Option("--site", help="The number of the place; the first is 0.")]


@app.command("explain")
def _explain(
    file: Client,
    technique: Annotated[str | None, typer.Argument(help="A technique; without it, the client as a whole.")] = None,
    site: Number = 0,
    look: Written = Look.TEXT,
    rules: Rules = None,
) -> None:
    """Say why a technique has its verdict, or the client the disposition, down to the facts that decide.

    Example: massage-rules explain client.yaml deep_tissue_massage --format html > why.html
    """
    evaluator = evaluator_of(rules)
    echo(explain(advice_on(file, evaluator), technique, site=site, evaluator=evaluator), look)


def echo(shown: Shown, look: Look) -> None:
    """Writes something that shows itself."""
    match look:
        case Look.MARKDOWN:
            typer.echo(shown.to_markdown(), nl=False)
        case Look.HTML:
            typer.echo(shown.to_html())
        case _:
            typer.echo(str(shown))
