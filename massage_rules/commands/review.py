"""Commands for those who sign rules: `review` signs one, `reviews` counts what is signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from massage_rules.commands.arguments import Rules
from massage_rules.errors import ContentError, Fault, Place
from massage_rules.protocol_page import protocol_page
from massage_rules.reviews import Review, Signature, signed, with_signatures
from massage_rules.rule_page import rule_page
from massage_rules.rulebook import Rulebook, load, shipped_rulebook, signatures_file

app = typer.Typer()


@app.command()
def review(
    rule: Annotated[str, typer.Argument(help="The id of the rule, or an operation: every rule of its protocol.")],
    by: Annotated[str, typer.Option("--by", help="Who signs, by name.")],
    profession: Annotated[str, typer.Option("--profession", help="What the licence is for, such as `physiotherapist`.")],
    on: Annotated[str, typer.Option("--on", help="The day, such as 2026-11-24.")],
    note: Annotated[str, typer.Option("--note", help="Anything that belongs to the signature.")] = "",
    rules: Rules = None,
) -> None:
    """Show a rule in full, and sign it as it stands.

    Example: massage-rules review clots.leg-signs-likely --by "A. Smith" --profession physician --on 2026-11-24
    """
    rulebook = _rulebook(rules)
    protocol = rulebook.protocols.get(rule)
    names = [rule] if protocol is None else _unsigned(rulebook, protocol.prefix, by) or [rule]
    signatures = [signed(rulebook, name, by=by, profession=profession, on=on, note=note) for name in names]
    typer.echo(rule_page(rulebook, rule) if protocol is None else protocol_page(rulebook, rule))
    file = signatures_file(rules)
    _write(file, signatures)
    what = "rule" if protocol is None else f"{len(signatures)} rules"
    typer.echo(f"\nSigned {what} {signatures[0].words}, in {file}. A change takes the signature away.")


@app.command()
def reviews(rules: Rules = None) -> None:
    """Count the rules that are signed, and list those that have changed since.

    Example: massage-rules reviews
    """
    rulebook = _rulebook(rules)
    states = [rulebook.review(rule).state for rule in rulebook.rules]
    for words, state in (("unreviewed", "unreviewed"), ("signed", "reviewed"), ("changed since signed", "changed since review")):
        typer.echo(f"{states.count(state):6} {words}")  # type: ignore[arg-type]
    for line in stale(rulebook):
        typer.echo(line)


def stale(rulebook: Rulebook) -> list[str]:
    """A line for every rule that has changed since it was signed, with the place of the signature."""
    return [_stale_line(rule, found) for rule, found in rulebook.reviews.items() if found.state == "changed since review"]


def _stale_line(rule: str, found: Review) -> str:
    last = found.signatures[-1]
    what = f"rule `{rule}` changed since it was reviewed {last.words}, and counts as unreviewed."
    return str(Fault(last.place, what, f"Have it signed anew with `massage-rules review {rule}`."))


def _unsigned(rulebook: Rulebook, prefix: str, by: str) -> list[str]:
    """The rules of a protocol that somebody hasn't signed as they stand."""
    mine = {rule: rulebook.review(rule) for rule in rulebook.rules if rule.startswith(prefix)}
    return [
        rule for rule, found in mine.items() if found.state != "reviewed" or by.strip() not in {s.by for s in found.signatures}
    ]


def _rulebook(rules: Path | None) -> Rulebook:
    return shipped_rulebook() if rules is None else load(rules)


def _write(file: Path, signatures: list[Signature]) -> None:
    try:
        text = file.read_bytes().decode("utf-8") if file.is_file() else ""
        file.write_bytes(with_signatures(text, signatures, name=file.name).encode("utf-8"))
    except OSError as error:
        remedy = "Sign in a folder of rules that you may write to, with `--rules`."
        raise ContentError([Fault(Place(str(file)), f"can't be written: {error.strerror}.", remedy)]) from None
