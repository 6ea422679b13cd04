"""Commands that say what would be different."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from massage_rules._yaml import parse
from massage_rules.changes.comparing import what_if
from massage_rules.changes.flips import flip_dates
from massage_rules.changes.proposals import what_would_change
from massage_rules.commands.arguments import Client, Rules, advice_on, evaluator_of
from massage_rules.commands.explain import Look, Number, Written, echo
from massage_rules.errors import ContentError, Fault, Place, clean

app = typer.Typer()


@app.command("what-if")
def _what_if(
    file: Client,
    changes: Annotated[
        list[str] | None, typer.Argument(help="What is different, as `fact=value`; `fact=` takes it back.")
    ] = None,
    weeks: Annotated[float, typer.Option("--weeks", help="How many weeks later.")] = 0,
    site: Number = 0,
    look: Written = Look.TEXT,
    rules: Rules = None,
) -> None:
    """Say what another answer or a later day would change, side by side with now. Values are written as in a profile.

    Example: massage-rules what-if client.yaml wound_closed=no pain_now=6 --weeks 2
    """
    evaluator = evaluator_of(rules)
    told = read_changes(changes or ())
    echo(what_if(advice_on(file, evaluator), told, site=site, weeks=weeks, evaluator=evaluator), look)


@app.command("what-would-change")
def _what_would_change(
    file: Client,
    technique: Annotated[str | None, typer.Argument(help="A technique; without it, the client as a whole.")] = None,
    to: Annotated[list[str] | None, typer.Option("--to", help="A wanted verdict or disposition; may be given again.")] = None,
    site: Number = 0,
    look: Written = Look.TEXT,
    rules: Rules = None,
) -> None:
    """Say what the least changes are that would bring a verdict, or the client's disposition, to a wanted one.

    Example: massage-rules what-would-change client.yaml deep_tissue_massage --to suitable
    """
    evaluator = evaluator_of(rules)
    echo(what_would_change(advice_on(file, evaluator), technique, to=to or (), site=site, evaluator=evaluator), look)


@app.command("when")
def _when(
    file: Client,
    weeks: Annotated[float, typer.Option("--weeks", help="How many weeks ahead.")] = 26,
    look: Written = Look.TEXT,
    rules: Rules = None,
) -> None:
    """Say on which days the answer changes if only time passes, and what has to be so still on that day.

    Example: massage-rules when client.yaml --weeks 12
    """
    evaluator = evaluator_of(rules)
    echo(flip_dates(advice_on(file, evaluator), until_weeks=weeks, evaluator=evaluator), look)


def read_changes(changes: Sequence[str]) -> dict[str, object]:
    """The facts and values written as `fact=value`; raises ContentError."""
    found: dict[str, object] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not (name and equals):
            what = "has no value" if name else "names no fact"
            raise ContentError([Fault(Place("changes"), f"`{clean(change)}` {what}.", "Write `fact=value`.")])
        if name in found:
            raise ContentError([Fault(Place("changes"), f"`{clean(name)}` is given twice.", "Keep one of them.")])
        found[name] = parse(value, name=name).plain() if value else None
    return found
