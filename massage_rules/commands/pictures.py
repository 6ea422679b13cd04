"""Commands that draw."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from massage_rules.commands.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.errors import ContentError, Fault, Place, clean, nearest
from massage_rules.pictures.body import body_map
from massage_rules.pictures.heat import heat_map
from massage_rules.pictures.unlocks import unlocks

app = typer.Typer()


class Drawn(StrEnum):
    """How a picture is written."""

    TEXT = "text"
    SVG = "svg"


Written: TypeAlias = Annotated[Drawn, typer.Option("--format", help="How to write it.")]


@app.command("body")
def _body(
    file: Client,
    technique: Annotated[str | None, typer.Argument(help="A technique or family; without it, hands-on work as a whole.")] = None,
    look: Written = Drawn.TEXT,
    rules: Rules = None,
) -> None:
    """Draw the body: where there may be work, where within limits, where not, and where it isn't known yet.

    Example: massage-rules body client.yaml --format svg > body.svg
    """
    advice = advice_on(file, evaluator_of(rules))
    try:
        body = body_map(advice, technique=technique)
    except KeyError:
        names = sorted(advice.rulebook.catalogue.names())
        remedy = nearest(technique or "", names) or f"It takes {', '.join(f'`{name}`' for name in names)}."
        raise ContentError([Fault(Place("technique"), f"`{clean(technique)}` isn't a technique.", remedy)]) from None
    typer.echo(body.svg() if look is Drawn.SVG else str(body))


@app.command("unlocks")
def _unlocks(
    file: Client,
    weeks: Annotated[float, typer.Option("--weeks", help="How many weeks ahead to look.", min=0)] = 26,
    look: Written = Drawn.TEXT,
    rules: Rules = None,
) -> None:
    """Draw when each technique opens as weeks go by, with its limits.

    Example: massage-rules unlocks client.yaml --weeks 40 --format svg > unlocks.svg
    """
    evaluator = evaluator_of(rules)
    shown = unlocks(advice_on(file, evaluator), until_weeks=weeks, evaluator=evaluator)
    typer.echo(shown.svg() if look is Drawn.SVG else str(shown))


@app.command("heat-map")
def _heat_map(look: Written = Drawn.TEXT, rules: Rules = None) -> None:
    """Draw what is suggested for which complaint, and how certain research is.

    Example: massage-rules heat-map --format svg > suggested.svg
    """
    shown = heat_map(evaluator_of(rules).rulebook)
    typer.echo(shown.svg() if look is Drawn.SVG else str(shown))
