"""The command that lists muscles: where they lie, where they are said to send pain, what to test, and what lies near."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from massage_rules.display import wrapped
from massage_rules.errors import ContentError, Fault, Place, clean, nearest
from massage_rules.muscles import Muscle
from massage_rules.rulebook import Rulebook, shipped_rulebook, text_seen

app = typer.Typer()


@app.command()
def muscles(
    region: Annotated[str | None, typer.Argument(help="The region that hurts; without it, all muscles are listed.")] = None,
) -> None:
    """List the muscles that lie in a region or are said to send pain there.

    Example: massage-rules muscles elbow_lateral
    """
    rulebook = shipped_rulebook()
    for line in _lines(rulebook, _found(rulebook, region)):
        typer.echo(line)


def _found(rulebook: Rulebook, region: str | None) -> tuple[Muscle, ...]:
    regions = rulebook.vocabulary.regions
    if region is None:
        return tuple(rulebook.muscles.muscles.values())
    if region not in regions.names():
        remedy = nearest(region, regions.names()) or "Regions are listed in data/regions.yaml."
        raise ContentError([Fault(Place("data/regions.yaml"), f"there is no region `{clean(region)}`.", remedy)])
    return rulebook.muscles.to_check(region, regions)


def _lines(rulebook: Rulebook, found: tuple[Muscle, ...]) -> Iterator[str]:
    regions, table = rulebook.vocabulary.regions, rulebook.muscles
    for muscle in found:
        yield wrapped(f"{muscle.label}{' (common)' if muscle.common else ''} [{muscle.id}]", 0, 2)
        for words, names in (("lies in", muscle.regions), ("sends pain to", muscle.refers_to)):
            yield wrapped(f"{words}: {', '.join(regions.label(n).lower() for n in names)}", 2, 4)
        yield wrapped(f"test: {', '.join(regions.motions[m].label.lower() for m in muscle.test)}", 2, 4)
        if spare := table.to_spare(muscle, regions):
            yield wrapped(f"go round: {', '.join(spare)}", 2, 4)
        if muscle.pressure_at_most is not None:
            yield f"  pressure at most {muscle.pressure_at_most}"
        if muscle.note:
            yield wrapped(muscle.note, 2, 4)
    if not found:
        yield "No muscle of the table lies there or is said to send pain there."
    yield ""
    yield wrapped(table.note)
    for key in table.sources:
        entry = rulebook.references[key]
        seen = f"seen: {entry.get('read_extent', 'text')}" if text_seen(entry) else "recalled, text not seen"
        yield wrapped(f"{key}: {entry['title']} ({seen})", 2, 4)
