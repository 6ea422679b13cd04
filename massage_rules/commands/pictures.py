"""Commands that draw."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from massage_rules.commands.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.pictures.body import body_map

app = typer.Typer()


class Drawn(StrEnum):
    """How a picture is written."""

    TEXT = "text"
    SVG = "svg"


@app.command("body")
def _body(
    file: Client,
    technique: Annotated[str | None, typer.Argument(help="A technique or family; without it, hands-on work as a whole.")] = None,
    look: Annotated[Drawn, typer.Option("--format", help="How to write it.")] = Drawn.TEXT,
    rules: Rules = None,
) -> None:
    """Draw the body: where there may be work, where within limits, where not, and where it isn't known yet.

    Example: massage-rules body client.yaml --format svg > body.svg
    """
    advice = advice_on(file, evaluator_of(rules))
    try:
        body = body_map(advice, technique=technique)
    except KeyError:
        known = ", ".join(sorted(advice.rulebook.catalogue.names()))
        raise typer.BadParameter(f"`{technique}` isn't a technique. It takes: {known}.") from None
    typer.echo(body.svg() if look is Drawn.SVG else str(body))
