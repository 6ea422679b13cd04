"""Commands that write papers on a client: records, and replaying and masking them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from massage_rules.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.masking import Kind, mask
from massage_rules.replays import replay

app = typer.Typer()
Stored: TypeAlias = Annotated[Path, typer.Argument(help="A stored record; `-` reads standard input.")]


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
