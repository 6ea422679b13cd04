"""The command that lists the languages in which an answer can be shown, and what of one isn't translated."""

from __future__ import annotations

from typing import Annotated

import typer

from massage_rules.commands.arguments import Rules, evaluator_of
from massage_rules.languages import FIRST, Language, language, languages
from massage_rules.rulebook import Rulebook
from massage_rules.translated import coverage, texts

app = typer.Typer()


@app.command("languages")
def _languages(
    name: Annotated[str | None, typer.Argument(help="A language, or a catalogue's file; without it, all are listed.")] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="List every text that is told in English, with its English.")
    ] = False,
    rules: Rules = None,
) -> None:
    """List the languages in which an answer can be shown, who made them, and how much of the rulebook each can tell.

    Example: massage-rules languages es --missing
    """
    rulebook = evaluator_of(rules).rulebook
    for each in [language(name)] if name is not None else map(language, languages()):
        typer.echo(_line(rulebook, each))
        if missing:
            told = set(coverage(rulebook, each).told)
            for path, english in texts(rulebook).items():
                if path not in told:
                    typer.echo(f"  {path}: {english}")


def _line(rulebook: Rulebook, told: Language) -> str:
    if told.code == FIRST:
        return f"{told.code}  {told.name}: the language that everything is written in"
    found = coverage(rulebook, told)
    reviewed = "reviewed" if told.reviewed else "not reviewed"
    changed = f", {len(found.changed)} of them from English that has changed since" if found.changed else ""
    counts = f"{len(found.told) + len(found.changed)} of {len(found.texts)} texts translated{changed}"
    return f"{told.code}  {told.name}: made by {told.made}, {reviewed}; all words of the pages, {counts}"
