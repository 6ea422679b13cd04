"""The commands that prove: what can be proved of the rules, and what changes between two sets of them."""

from __future__ import annotations

import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from massage_rules.advice import shipped_evaluator
from massage_rules.errors import MassageRulesError
from massage_rules.rulebook import load

app = typer.Typer()


@app.command()
def verify(
    rules: Annotated[Path | None, typer.Argument(help="A folder of rule files; without it, the shipped ones.")] = None,
    theorems: Annotated[
        Path | None, typer.Option("--theorems", help="A file of theorems and notes; the shipped rules have theirs.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="One check, such as `dead`; may be given again.")] = None,
    noted: Annotated[bool, typer.Option("--noted", help="Show flaws that are noted, too.")] = False,
) -> None:
    """Prove what the rules can and can never say of any client; each flaw comes with the smallest client who shows it, as a case.

    Example: massage-rules verify --only dead
    """
    _need_solver()
    from massage_rules.proofs import theorems as clinicians  # noqa: PLC0415  (Z3 is large and an extra)
    from massage_rules.proofs import verifying  # noqa: PLC0415

    rulebook = shipped_evaluator().rulebook if rules is None else load(rules)
    said = clinicians.Theorems()
    if theorems is not None:
        said = clinicians.load_theorems(theorems, rulebook)
    elif rules is None:
        said = clinicians.shipped_theorems(rulebook)
    chosen = [c for c in verifying.checks(rulebook, said) if not only or c.id in only]
    if not chosen:
        raise MassageRulesError(f"there is no such check; there are {', '.join(c.id for c in verifying.checks(rulebook))}.")
    found, began = [], time.monotonic()
    for check in chosen:
        with typer.progressbar(
            length=check.among, label=f"{check.id:14}", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            result = verifying.look(check, said.noted, partial(bar.update, 1))
        found.append(result)
        for flaw in (*result.flaws, *(result.noted if noted else ())):
            typer.echo(str(flaw) + (f"\n  noted: {flaw.noted}" if flaw.noted else ""))
            if flaw.case:
                typer.echo("".join(f"    {line}\n" for line in flaw.case.splitlines()), nl=False)
    old = verifying.stale(said.noted, found)
    for note in old:
        typer.echo(
            f"{note.place}: what is noted of {' and '.join(f'`{s}`' for s in note.subject)} is so no longer. Remove the note."
        )
    typer.echo("")
    for each in found:
        but = f" but for {len(each.noted)} noted" if each.noted else ""
        outcome = f"proved{but}" if each.clean else f"{len(each.flaws)} found{but and f', {len(each.noted)} noted'}"
        typer.echo(f"{each.check.id:14} {each.check.among:6,}  {each.check.shows}: {outcome}")
    typer.echo(f"Took {time.monotonic() - began:.0f} s.", err=True)
    if old or not all(each.clean for each in found):
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The folder of rule files as they were.")],
    new: Annotated[Path | None, typer.Argument(help="The folder as it is now; without it, the shipped rules.")] = None,
) -> None:
    """Say what changes between two sets of rules: equal in meaning (proved), or a client for each rule that differs, worst first.

    Example: massage-rules diff old_rules/ new_rules/
    """
    _need_solver()
    from massage_rules.proofs.differing import differences  # noqa: PLC0415

    before, now = load(old), load(new) if new is not None else shipped_evaluator().rulebook
    among = len({*before.rules, *now.rules})
    with typer.progressbar(length=among, label="rules", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        found = differences(before, now, partial(bar.update, 1))
    for each in found:
        typer.echo(f"{each.how}: {each.what}")
        typer.echo("".join(f"    {line}\n" for line in each.case.splitlines()), nl=False)
    count = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    typer.echo(f"{among:,} rules: {f'{count}.' if found else 'equal in meaning (proved).'}")
    if found:
        raise typer.Exit(1)


def _need_solver() -> None:
    if find_spec("z3") is None:
        raise MassageRulesError("this needs the solver Z3: python -m pip install 'massage-rules[verify]'.")
