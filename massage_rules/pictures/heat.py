"""What is suggested for what, and how sure anybody is: complaints by techniques, read from the rules that suggest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, TypeAlias

from massage_rules.conditions import OneOf, walk
from massage_rules.effects import ROLES, Suggest
from massage_rules.evidence import adds_nothing, disagrees
from massage_rules.pictures.style import Picture, framed
from massage_rules.ranking import standing
from massage_rules.rulebook import Rule, Rulebook, shipped_rulebook

Leaning: TypeAlias = Literal["for", "mixed", "nothing"]
_LETTERS = {"high": "H", "moderate": "M", "guideline": "G", "low": "L", "very_low": "V"}
_SHADES: Mapping[str, Mapping[str, str]] = {
    "for": {"high": "#08519c", "moderate": "#3182bd", "guideline": "#6baed6", "low": "#9ecae1", "very_low": "#deebf7"},
    "mixed": {"high": "#9a9389", "moderate": "#aaa397", "guideline": "#bdb7ac", "low": "#cfcac0", "very_low": "#e3dfd8"},
    "nothing": {"high": "#d9770f", "moderate": "#e8954a", "guideline": "#f0b27a", "low": "#f5cba7", "very_low": "#fae5d3"},
}
_SIGNS = {"for": "", "mixed": "±", "nothing": "0"}
_LEANING = {
    "for": "in favour",
    "mixed": "± results differ, or it was only compared with other treatments",
    "nothing": "0 adds nothing or harms",
}
_NO_RESEARCH = "#fbfaf8"
_INK = {"#08519c": "#fff", "#3182bd": "#fff"}
_HEIGHTS = {"first_line": 19, "option": 14, "adjunct": 10}
_WORDS = {"first_line": "first choice", "option": "option", "adjunct": "beside the others"}
_LEFT, _TOP, _STEP, _ROW = 300, 170, 30, 22


@dataclass(frozen=True, slots=True)
class Cell:
    """What the rules say of one technique for one complaint at best: the role, which way research leans, how certain, the rules."""

    complaint: str
    technique: str
    role: str
    leaning: Leaning
    certainty: str
    rules: tuple[str, ...]

    @property
    def words(self) -> str:
        """What research says, in words."""
        if self.certainty == "none":
            return "no research"
        return f"{_LEANING[self.leaning].lstrip('±0 ')}, certainty {self.certainty.replace('_', ' ')}"

    @property
    def sign(self) -> str:
        """The same in two letters at most."""
        return "?" if self.certainty == "none" else f"{_LETTERS[self.certainty]}{_SIGNS[self.leaning]}"

    @property
    def fill(self) -> str:
        """The same as a colour."""
        return _SHADES[self.leaning].get(self.certainty, _NO_RESEARCH)


@dataclass(frozen=True, slots=True)
class HeatMap(Picture):
    """Complaints by techniques. It says what may be suggested at best; what a client's own facts forbid is another matter.

    Shows itself in a notebook; `svg()` is the picture alone, `rows()` are plain rows for a table or a frame.
    """

    complaints: tuple[tuple[str, str], ...]
    techniques: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Plain rows, one for each complaint and technique that some rule suggests for it."""
        return [
            {
                "complaint": c.complaint,
                "technique": c.technique,
                "role": c.role,
                "leaning": c.leaning,
                "certainty": c.certainty,
                "rules": list(c.rules),
            }
            for c in self.cells
        ]

    def svg(self) -> str:
        """The picture as SVG: no script, no font or file from elsewhere."""
        return framed(_picture(self), width=_width(self), height=_height(self), words="What is suggested for what")

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def heat_map(rulebook: Rulebook | None = None) -> HeatMap:
    """The map of a rulebook, the shipped one unless another is given."""
    book = rulebook or shipped_rulebook()
    suggesting = [(rule, rule.effect) for rule in book.rules.values() if isinstance(rule.effect, Suggest)]
    found: dict[tuple[str, str], list[tuple[Rule, Suggest]]] = {}
    for rule, effect in suggesting:
        for complaint in _complaints(rule):
            for technique in effect.techniques:
                found.setdefault((complaint, technique), []).append((rule, effect))
    words = book.vocabulary.facts["complaints"].values if "complaints" in book.vocabulary.facts else {}
    return HeatMap(
        complaints=tuple((name, label) for name, label in words.items() if any(name == c for c, _ in found)),
        techniques=tuple((name, v.label.partition(" (")[0]) for name, v in book.catalogue.variants.items()),
        cells=tuple(_cell(*key, rules) for key, rules in found.items()),
    )


def _complaints(rule: Rule) -> frozenset[str]:
    """The complaints that a rule names."""
    tests = [part for part in walk(rule.when) if isinstance(part, OneOf) and part.fact == "complaints"]
    return frozenset().union(*(test.values for test in tests))


def _cell(complaint: str, technique: str, rules: list[tuple[Rule, Suggest]]) -> Cell:
    """The best role that a rule gives, and among the rules that give it the one that research stands behind most."""
    role = min((effect.role for _, effect in rules), key=ROLES.index)
    best = sorted(
        ((rule, effect) for rule, effect in rules if effect.role == role),
        key=lambda found: (standing(found[1].certainty, found[1].evidence_says), found[0].id),
    )
    chosen = best[0][1]
    return Cell(
        complaint, technique, role, _leaning(chosen.evidence_says), chosen.certainty, tuple(sorted(r.id for r, _ in best))
    )


def _leaning(says: tuple[str, ...]) -> Leaning:
    if adds_nothing(says) or set(says) == {"harm"}:
        return "nothing"
    return "mixed" if disagrees(says) or {"unclear", "harm", "comparator_preferred"} & set(says) else "for"


def _lines(shown: HeatMap) -> Iterator[str]:
    labels = dict(shown.techniques)
    for name, label in shown.complaints:
        yield label
        for role in ROLES:
            mine = [c for c in shown.cells if (c.complaint, c.role) == (name, role)]
            if mine:
                told = ", ".join(f"{labels[c.technique].lower()} ({c.words})" for c in mine)
                yield f"  {_WORDS[role]}: {told}"


def _width(shown: HeatMap) -> int:
    return _LEFT + _STEP * len(shown.techniques) + 110


def _height(shown: HeatMap) -> int:
    return _TOP + _ROW * len(shown.complaints) + 150


def _picture(shown: HeatMap) -> Iterator[str]:
    column = {name: i for i, (name, _) in enumerate(shown.techniques)}
    row = {name: i for i, (name, _) in enumerate(shown.complaints)}
    yield '<text x="10" y="20" font-weight="600" font-size="14">What is suggested for what, at best</text>'
    yield '<text x="10" y="36" font-size="11">What a client must not have stands elsewhere.</text>'
    for name, label in shown.techniques:
        x = _LEFT + _STEP * column[name] + _STEP / 2
        yield f'<text transform="translate({x + 4} {_TOP - 8}) rotate(-55)">{escape(label)}</text>'
    for name, label in shown.complaints:
        y = _TOP + _ROW * row[name]
        yield f'<path class="grid" d="M10 {y}H{_LEFT + _STEP * len(column)}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end" font-size="11">{escape(label)}</text>'
    for cell in shown.cells:
        yield _square(cell, _LEFT + _STEP * column[cell.technique], _TOP + _ROW * row[cell.complaint])
    yield from _legend(_TOP + _ROW * len(row) + 24)


def _square(cell: Cell, x: float, y: float) -> str:
    height = _HEIGHTS[cell.role]
    said = escape(f"{cell.complaint}, {cell.technique}: {_WORDS[cell.role]}; {cell.words}")
    box = f'<rect x="{x + 2}" y="{y + (_ROW - height) / 2}" width="{_STEP - 4}" height="{height}" class="place" '
    return f'{box}fill="{cell.fill}"><title>{said}</title></rect>{_letters(cell.sign, cell.fill, x + _STEP / 2, y + 14.5)}'


def _letters(sign: str, fill: str, x: float, y: float) -> str:
    ink = _INK.get(fill, "#1b1b1b")
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="9.5" style="fill:{ink}">{sign}</text>'


def _legend(y: int) -> Iterator[str]:
    x = 10
    for role, height in _HEIGHTS.items():
        yield f'<rect class="place" x="{x}" y="{y - height / 2}" width="24" height="{height}" fill="#fff"/>'
        yield f'<text x="{x + 30}" y="{y + 4}" font-size="11">{_WORDS[role]}</text>'
        x += 50 + 6 * len(_WORDS[role])
    for leaning, shades in _SHADES.items():
        x, y = 10, y + 22
        for certainty, fill in shades.items():
            yield f'<rect class="place" x="{x}" y="{y - 10}" width="26" height="14" fill="{fill}"/>'
            yield _letters(_LETTERS[certainty] + _SIGNS[leaning], fill, x + 13, y + 0.5)
            x += 30
        yield f'<text x="{x + 6}" y="{y + 1}" font-size="11">research {_LEANING[leaning]}</text>'
    words = "certainty: H high, M moderate, G a panel's word, L low, V very low; ? no research"
    yield f'<text x="10" y="{y + 24}" font-size="11">{words}</text>'
