"""A map of the body, front and back: where there may be work, where within limits, where not, and where it isn't known yet.

A place is shown by its gravest reading, never by its mildest: *may* stands only where no hands-on technique is limited, barred or
waiting for an answer, and where the place itself bears the pressure of each. Every state has a pattern of its own, so that it reads without colour, and a title for who can't see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Literal, TypeAlias

from massage_rules._yaml import data_folder, read
from massage_rules.answer import Advice, SiteAdvice, TechniqueAdvice
from massage_rules.effects import Adapt
from massage_rules.errors import Faults
from massage_rules.pictures.style import Picture, framed
from massage_rules.regions import ROOT, Regions
from massage_rules.techniques import HANDS_ON
from massage_rules.verdicts import Disposition, Verdict

State: TypeAlias = Literal["may", "limits", "unknown", "not"]
Half: TypeAlias = Literal["left", "right"]
Shape: TypeAlias = tuple[tuple[float, float], ...]
WORDS: Mapping[State, str] = {
    "may": "open",
    "limits": "open within limits",
    "unknown": "not known yet: ask first",
    "not": "not today",
}
_GRAVER: tuple[State, ...] = ("may", "limits", "unknown", "not")
_WIDTH, _HEIGHT, _MIDDLE = 420, 520, {"front": 105, "back": 315}


@dataclass(frozen=True, slots=True)
class Place:
    """One smallest region on one side of the body: its state and, in words, what made it so."""

    region: str
    label: str
    side: Half
    state: State
    why: str


@dataclass(frozen=True, slots=True)
class BodyMap(Picture):
    """The map of one answer. Shows itself in a notebook; `svg()` is the picture alone."""

    title: str
    places: tuple[Place, ...]

    def svg(self) -> str:
        """The picture as SVG: no script, no font or file from elsewhere."""
        return framed(_picture(self), width=_WIDTH, height=_HEIGHT, words=str(self))

    def __str__(self) -> str:
        return f"{self.title}\n" + "\n".join(f"  {line}" for line in _lines(self))


def body_map(advice: Advice, *, technique: str | None = None) -> BodyMap:
    """The map of an answer, for hands-on work as a whole or for one technique or family; KeyError where it names none."""
    states: dict[tuple[str, Half], tuple[State, str]] = {}
    regions, catalogue = advice.rulebook.vocabulary.regions, advice.rulebook.catalogue
    meant = catalogue.select(technique or HANDS_ON)
    if meant is None:
        raise KeyError(technique)
    for site in advice.sites:
        mine = [t for t in site.techniques if t.technique in meant]
        state = _state(mine, asking=bool(advice.questions))
        left_out = frozenset.intersection(*[_left_out(advice, t) for t in mine if t.verdict.open] or [frozenset()])
        most = max((catalogue.variants[t.technique].pressure.max for t in mine if t.verdict.open), default=0)
        for part in regions.parts(site.region):
            here: tuple[State, str] = ("not", f"left out at: {site.label}") if part in left_out else (state, _why(site, mine))
            cap = regions.regions[part].cap
            if here[0] == "may" and cap is not None and cap < most:
                here = ("limits", f"pressure at most {cap} here; {here[1]}")
            for side in _sides(site, regions, part):
                known = states.get((part, side))
                if known is None or _GRAVER.index(here[0]) > _GRAVER.index(known[0]):
                    states[part, side] = here
    if advice.disposition is Disposition.EMERGENCY:
        whole: tuple[Half, ...] = ("left", "right")
        states = {(part, side): ("not", "an emergency: nothing anywhere") for part in regions.parts(ROOT) for side in whole}
    label = f"{technique.replace('_', ' ').replace('.', ': ')}; the client as a whole: " if technique else ""
    return BodyMap(
        title=f"{label}{advice.disposition}".capitalize(),
        places=tuple(Place(r, regions.label(r), side, *found) for (r, side), found in sorted(states.items())),
    )


def _state(techniques: list[TechniqueAdvice], *, asking: bool) -> State:
    """Several techniques as one state. One that nothing calls for says nothing; where nothing calls for any, questions decide."""
    verdicts = {t.verdict for t in techniques if t.verdict is not Verdict.NOT_INDICATED}
    if verdicts == {Verdict.SUITABLE}:
        return "may"
    if any(v.open for v in verdicts):
        return "limits"
    return "unknown" if Verdict.ASK_FIRST in verdicts or (asking and not verdicts) else "not"


def _why(site: SiteAdvice, techniques: list[TechniqueAdvice]) -> str:
    open_ = [t.name for t in techniques if t.verdict.open]
    waiting = sum(t.verdict is Verdict.ASK_FIRST for t in techniques)
    told = ", ".join(open_[:3]) + (f" and {len(open_) - 3} more" if len(open_) > 3 else "") if open_ else "nothing is open"
    return f"{site.label}: {told}" + (f"; {waiting} waiting for an answer" if waiting else "")


def _left_out(advice: Advice, technique: TechniqueAdvice) -> frozenset[str]:
    """The smallest regions that a technique leaves out at its site, by the rules behind its limits."""
    regions, rules = advice.rulebook.vocabulary.regions, advice.rulebook.rules
    effects = [rules[r].effect for b in technique.limits if b.kind == "spare" for r in b.rules if r in rules]
    return frozenset(p for e in effects if isinstance(e, Adapt) for name in e.spare for p in regions.parts(name))


def _sides(site: SiteAdvice, regions: Regions, part: str) -> tuple[Half, ...]:
    """The halves that a part is drawn on: both where it lies in the midline, or where nobody said which."""
    both: tuple[Half, ...] = ("left", "right")
    return tuple(half for half in both if half == site.side) or both if regions.regions[part].paired else both


@cache
def shapes() -> Mapping[str, Mapping[str, Shape]]:
    """The shapes of the shipped map, by view and region; ContentError where the file can't be read."""
    faults = Faults()
    top = read(data_folder() / "body_map.yaml", name="data/body_map.yaml").mapping(faults, what="the file")
    found = {
        view: {
            region: _shape(points.text(faults, what="a shape")) for region, points in top[view].mapping(faults, what=view).items()
        }
        for view in _MIDDLE
    }
    faults.stop_if_any()
    return found


def _shape(text: str) -> Shape:
    pairs = [point.split(",") for point in text.split()]
    return tuple((float(x), float(y)) for x, y in pairs)


def _picture(body: BodyMap) -> Iterator[str]:
    by_place = {(p.region, p.side): p for p in body.places}
    yield f'<text x="{_WIDTH // 2}" y="16" text-anchor="middle" font-weight="600" font-size="14">{escape(body.title)}</text>'
    for view, middle in _MIDDLE.items():
        yield f'<text x="{middle}" y="36" text-anchor="middle">{view}</text>'
        halves: tuple[tuple[Half, int], ...] = (("right", -1), ("left", 1))
        for side, sign in halves:
            out = middle + 62 * (sign if view == "front" else -sign)
            yield f'<text x="{out}" y="60" text-anchor="middle" font-size="11">{side[0].upper()}</text>'
            for region, shape in shapes()[view].items():
                yield _drawn(by_place.get((region, side)), shape, middle=middle, sign=sign if view == "front" else -sign)
    yield from _legend(body)


def _drawn(place: Place | None, shape: Shape, *, middle: int, sign: int) -> str:
    points = " ".join(f"{middle + sign * x:g},{y + 42:g}" for x, y in shape)
    if place is None:
        return f'<polygon class="skin" points="{points}"/>'
    said = escape(f"{place.label}, {place.side}: {WORDS[place.state]}. {place.why}")
    return f'<polygon class="place" points="{points}" fill="url(#mr-{place.state})"><title>{said}</title></polygon>'


def _legend(body: BodyMap) -> Iterator[str]:
    drawn = {region for view in shapes().values() for region in view}
    if missing := sorted({p.label for p in body.places if p.region not in drawn}):
        yield f'<text x="20" y="{_HEIGHT - 54}">Not drawn: {escape(", ".join(missing))}</text>'
    there = [state for state in _GRAVER if any(p.state == state for p in body.places)]
    for i, state in enumerate(there):
        x, y = 20 + (i % 2) * 200, _HEIGHT - 38 + (i // 2) * 16
        yield f'<rect class="place" x="{x}" y="{y - 9}" width="16" height="11" fill="url(#mr-{state})"/>'
        yield f'<text x="{x + 22}" y="{y}">{WORDS[state]}</text>'
    yield f'<text x="20" y="{_HEIGHT - 4}" font-size="11">Blank: not part of this advice.</text>'


def _lines(body: BodyMap) -> Iterator[str]:
    for state in reversed(_GRAVER):
        names: dict[str, set[str]] = {}
        for place in body.places:
            if place.state == state:
                names.setdefault(place.label, set()).add(place.side)
        if names:
            told = (label if len(sides) == 2 else f"{label} ({next(iter(sides))})" for label, sides in names.items())
            yield f"{WORDS[state]}: {', '.join(told)}"
