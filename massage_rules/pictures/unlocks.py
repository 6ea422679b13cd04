"""The unlock timeline: technique by technique, when each opens as weeks go by, with its limits and what has to be so still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.changes.flips import FlipDates, flip_dates
from massage_rules.changes.moved import limits_in_words
from massage_rules.explaining import client_of, giving, place_in_words
from massage_rules.pictures.style import Picture, framed
from massage_rules.profile import ProfileBase
from massage_rules.verdicts import Verdict

STATES: Mapping[Verdict, str] = {
    Verdict.SUITABLE: "may",
    Verdict.ADAPT: "limits",
    Verdict.NOT_INDICATED: "none",
    Verdict.ASK_FIRST: "unknown",
    Verdict.REFER_FIRST: "not",
    Verdict.AVOID: "not",
}
_LEGEND = (
    ("may", "suitable"),
    ("limits", "within limits"),
    ("unknown", "ask first"),
    ("not", "avoid, or refer first"),
    ("none", "nothing calls for it"),
)
_LABEL, _CHART, _ROW, _TOP = 210, 520, 20, 64


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of days, the last one not included, in which one technique keeps its verdict and limits."""

    first: int
    end: int
    verdict: Verdict
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One technique at one place, with its stretches in order; they leave no day out."""

    site: int
    place: str
    technique: str
    label: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Unlocks(Picture):
    """When techniques open. Days count from today; `event` and `since` say from when the axis counts its weeks instead.

    Shows itself in a notebook; `svg()` is the picture alone, `rows()` are plain rows for a table or a frame.
    """

    techniques: tuple[Row, ...]
    flips: FlipDates
    event: str
    since: int

    def rows(self) -> list[dict[str, Any]]:
        """Plain rows, one for each technique, place and stretch."""
        return [
            {
                "site": row.site,
                "place": row.place,
                "technique": row.technique,
                "from_day": s.first,
                "to_day": s.end,
                "verdict": str(s.verdict),
                "limits": list(s.limits),
            }
            for row in self.techniques
            for s in row.stretches
        ]

    def svg(self) -> str:
        """The picture as SVG: no script, no font or file from elsewhere."""
        return framed(_picture(self), width=_LABEL + _CHART + 20, height=_height(self), words=str(self))

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def unlocks(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    *,
    until_weeks: float = 26,
    evaluator: Evaluator | None = None,
) -> Unlocks:
    """When each technique opens or closes as time alone passes, so many weeks ahead; techniques never called for are left out."""
    ready = evaluator or giving(about)
    client = client_of(about, ready)
    flips = flip_dates(client, until_weeks=until_weeks, evaluator=ready)
    event, since = _event(client)
    return Unlocks(tuple(_rows(ready, client, flips)), flips, event, since)


def _rows(ready: Evaluator, client: ProfileBase, flips: FlipDates) -> Iterator[Row]:
    now = ready.decide(client, core="compiled")[1]
    regions, variants = ready.rulebook.vocabulary.regions, ready.rulebook.catalogue.variants
    for number, site in enumerate(now.sites):
        for name, judgement in site.judgements.items():
            starts = [(0, judgement.verdict, limits_in_words(ready.rulebook, judgement))]
            starts += [
                (f.days, m.after, m.limits_after) for f in flips.flips for m in f.moved if (m.site, m.technique) == (number, name)
            ]
            if any(verdict is not Verdict.NOT_INDICATED for _, verdict, _ in starts):
                ends = [*(day for day, _, _ in starts[1:]), flips.until_days + 1]
                yield Row(
                    site=number,
                    place=place_in_words(regions.label(site.region), site.side),
                    technique=name,
                    label=variants[name].label.partition(" (")[0],
                    stretches=tuple(Stretch(day, end, v, limits) for (day, v, limits), end in zip(starts, ends, strict=True)),
                )


def _event(client: ProfileBase) -> tuple[str, int]:
    """What the axis counts from, and how many days ago it was: the one operation whose day is known, else today."""
    if len(client.surgeries) == 1 and client.as_of is not None:
        surgery = client.surgeries[0]
        if surgery.on is not None and surgery.on.earliest == surgery.on.latest:
            return "the operation", (client.as_of - surgery.on.earliest).days
    return "today", 0


def _lines(shown: Unlocks) -> Iterator[str]:
    yield f"When it opens, in weeks after {shown.event}"
    place = None
    for row in shown.techniques:
        if place != (row.site, row.place):
            yield row.place
        place = row.site, row.place
        told = "; ".join(f"{_span(shown, s)} {_said(s)}" for s in row.stretches)
        yield f"  {row.label}: {told}"
    yield shown.flips.note


def _span(shown: Unlocks, stretch: Stretch) -> str:
    first, end = stretch.first + shown.since, stretch.end + shown.since
    return f"{first / 7:.3g} to {end / 7:.3g}" if stretch.end <= shown.flips.until_days else f"from {first / 7:.3g}"


def _said(stretch: Stretch) -> str:
    return f"{stretch.verdict} ({'; '.join(stretch.limits)})" if stretch.limits else str(stretch.verdict)


def _height(shown: Unlocks) -> int:
    return _TOP + _ROW * (len(shown.techniques) + len({(r.site, r.place) for r in shown.techniques})) + 60


def _picture(shown: Unlocks) -> Iterator[str]:
    places = list(dict.fromkeys((r.site, r.place) for r in shown.techniques))
    yield '<text x="10" y="18" font-weight="600" font-size="14">When each technique opens</text>'
    yield f'<text x="10" y="34" font-size="11">{escape(shown.flips.note)}</text>'
    y = _TOP
    for number, place in places:
        yield f'<text x="10" y="{y + 14}" font-weight="600">{escape(place)}</text>'
        y += _ROW
        for row in shown.techniques:
            if row.site == number:
                yield f'<text x="20" y="{y + 14}">{escape(row.label)}</text>'
                yield from (_bar(shown, row, stretch, y) for stretch in row.stretches)
                y += _ROW
    yield from _axis(shown, y)
    yield from _legend(y + 44)


def _at(shown: Unlocks, day: float) -> float:
    return _LABEL + _CHART * day / (shown.flips.until_days + 1)


def _bar(shown: Unlocks, row: Row, stretch: Stretch, y: int) -> str:
    x, end = _at(shown, stretch.first), _at(shown, stretch.end)
    said = escape(f"{row.label}, {_span(shown, stretch)} weeks after {shown.event}: {_said(stretch)}")
    box = f'<rect class="place" x="{x:.1f}" y="{y + 2}" width="{end - x:.1f}" height="{_ROW - 5}" fill="url(#mr-{STATES[stretch.verdict]})">'
    pressure = next((w.split()[3] for w in stretch.limits if w.startswith("pressure at most ") and "over" not in w), "")
    mark = f'<text x="{(x + end) / 2:.1f}" y="{y + 14}" class="mark" text-anchor="middle">≤{pressure}</text>' if pressure else ""
    return f"{box}<title>{said}</title></rect>{mark if end - x > 22 else ''}"


def _axis(shown: Unlocks, y: int) -> Iterator[str]:
    first, last = shown.since / 7, (shown.since + shown.flips.until_days + 1) / 7
    step = next(s for s in (1, 2, 4, 8, 13, 26, 52, 104) if (last - first) / s <= 16 or s == 104)
    week = -(-int(shown.since) // (7 * step)) * step
    while week <= last:
        x = _at(shown, week * 7 - shown.since)
        yield f'<path class="grid" d="M{x:.1f} {_TOP}V{y + 4}"/><text x="{x:.1f}" y="{y + 16}" text-anchor="middle" font-size="11">{week:g}</text>'
        week += step
    yield f'<text x="10" y="{y + 16}" font-size="11">weeks after {shown.event}</text>'


def _legend(y: int) -> Iterator[str]:
    x = 10
    for state, words in (*_LEGEND, ("", "≤2: pressure at most 2 of 5")):
        if state:
            yield f'<rect class="place" x="{x}" y="{y - 9}" width="16" height="11" fill="url(#mr-{state})"/>'
        yield f'<text x="{x + (22 if state else 0)}" y="{y}" font-size="11">{words}</text>'
        x += (40 if state else 0) + round(5.4 * len(words))
