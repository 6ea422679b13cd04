"""The command that answers many clients at once."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from massage_rules.commands.arguments import Rules, evaluator_of
from massage_rules.errors import MassageRulesError

app = typer.Typer()
_NEEDED = {"polars", "pyarrow"}


@app.command()
def batch(
    profiles: Annotated[Path, typer.Argument(help="A Parquet file: a row for each place, `client` telling whose it is.")],
    answers: Annotated[Path, typer.Argument(help="The Parquet file to write, a row for each row.")],
    technique: Annotated[
        list[str] | None, typer.Option("--technique", help="A technique or family to tell of; may be given again.")
    ] = None,
    verdicts: Annotated[bool, typer.Option("--verdicts", help="Leave out reasons, open rules and questions: quicker.")] = False,
    at_once: Annotated[int, typer.Option("--rows", help="How many rows to hold in memory.", min=1)] = 250_000,
    rules: Rules = None,
) -> None:
    """Answer every client of a Parquet file. The exit code is 1 if a row couldn't be read; its `error` says why.

    Example: massage-rules batch clients.parquet answers.parquet --verdicts
    """
    try:
        from massage_rules.batch.frames import Batch  # noqa: PLC0415  (Polars is large and an extra)
        from massage_rules.batch.parquet import rows_in, stream  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        raise MassageRulesError("`batch` needs Polars and PyArrow: python -m pip install 'massage-rules[batch]'.") from None
    rows = rows_in(profiles)
    ready = Batch(evaluator_of(rules), techniques=technique or None)
    began = time.monotonic()
    with typer.progressbar(length=rows, label="rows", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        work = ready.verdicts if verdicts else ready.recommend
        done = stream(profiles, answers, answer=work, rows=at_once, told=lambda n: bar.update(n - bar.pos))
    for disposition, count in done.dispositions.items():
        typer.echo(f"{count:12,}  {disposition}")
    typer.echo(f"{done.errors:12,}  couldn't be read")
    took = time.monotonic() - began
    typer.echo(f"{done.rows:,} rows in {took:.1f} s.", err=True)
    if done.errors:
        raise typer.Exit(1)
