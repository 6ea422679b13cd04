"""The command that shows what an operation allows week by week."""

from __future__ import annotations

from typing import Annotated

import typer

from massage_rules.advice import shipped_evaluator
from massage_rules.protocol_page import protocol_page

app = typer.Typer()


@app.command()
def protocol(
    procedure: Annotated[str | None, typer.Argument(help="The operation; without it, all protocols are listed.")] = None,
) -> None:
    """Show what an operation allows week by week.

    Example: massage-rules protocol total_knee_arthroplasty
    """
    rulebook = shipped_evaluator().rulebook
    if procedure is None:
        for each in rulebook.protocols.values():
            typer.echo(f"{each.procedure:40} {each.title}")
        return
    typer.echo(protocol_page(rulebook, procedure))
