"""How the measures of a course went: rows for a table, and a line that can be seen in a terminal or a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from massage_rules.course.concluded import Story
from massage_rules.course.gains import Change, gained
from massage_rules.course.plan import PlanPart
from massage_rules.outcomes import Outcome

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _EDGE = 240, 60, 6


class TrendRow(PlanPart):
    """One score of one measure: its change since the first, and whether that is a change that counts."""

    visit: int
    on: str
    site: int
    measure: str
    name: str
    value: float
    change: float
    counts: Change


def trend(story: Story, site: int) -> tuple[TrendRow, ...]:
    """Every score that was noted at a site, measure by measure; `change` is above zero where it got better."""
    names = dict.fromkeys(name for note in story.notes for name in note.scores())
    rows = []
    for name in names:
        found = story.scores(name)
        outcome, first = story.rulebook.outcomes[name], found[0][1]
        for note, value in found:
            rows.append(
                TrendRow(
                    visit=story.notes.index(note) + 1,
                    on=note.day.isoformat(),
                    site=site,
                    measure=name,
                    name=outcome.name,
                    value=value,
                    change=gained(outcome, first, value) + 0.0,
                    counts=story.changed(name, first, value),
                )
            )
    return tuple(rows)


def sparkline(values: Sequence[float], span: tuple[float, float] | None = None) -> str:
    """A line of bars, the higher the larger the value, over the range of the measure or of the values."""
    low, high = span or (min(values), max(values))
    steps = [0 if high == low else round((min(max(v, low), high) - low) / (high - low) * (len(_BARS) - 1)) for v in values]
    return "".join(_BARS[s] for s in steps)


def in_words(rows: Sequence[TrendRow], outcome: Outcome) -> str:
    """The scores of one measure as a line of bars with its numbers."""
    values = [r.value for r in rows]
    shown = " → ".join(f"{v:g}" for v in values)
    last = rows[-1]
    said = {"gain": ", a change that counts", "loss": ", worse by what counts", "none": ", no change that counts"}
    change = said[last.counts] if len(rows) > 1 else ""
    return f"{outcome.name} {sparkline(values, outcome.range)} {shown}{change}"


def svg(rows: Sequence[TrendRow], outcome: Outcome, target: float | None = None) -> str:
    """The same as a small picture, with a dashed line where the change counts; its words are in its label."""
    values = [r.value for r in rows]
    low, high = outcome.range or (
        min([*values, *([target] if target is not None else [])]),
        max([*values, *([target] if target is not None else [])]),
    )
    wide = (high - low) or 1.0

    def y(value: float) -> float:
        return round(_HEIGHT - _EDGE - (min(max(value, low), high) - low) / wide * (_HEIGHT - 2 * _EDGE), 1)

    step = (_WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    points = [(round(_EDGE + n * step, 1), y(v)) for n, v in enumerate(values)]
    line = " ".join(f"{x},{level}" for x, level in points)
    dots = "".join(f'<circle cx="{x}" cy="{level}" r="2.5"/>' for x, level in points)
    dash = f'<path d="M{_EDGE} {y(target)}H{_WIDTH - _EDGE}" stroke-dasharray="4 3" opacity=".6"/>' if target is not None else ""
    label = escape(in_words(rows, outcome), quote=True)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" '
        f'stroke="currentColor"><title>{label}</title>{dash}<polyline points="{line}" stroke-width="1.5"/>{dots}</svg>'
    )
