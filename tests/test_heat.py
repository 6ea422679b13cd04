"""The heat map: what it shows is what the rules suggest, and certainty of nothing never looks like a reason."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules import cli
from massage_rules.effects import ROLES, Suggest
from massage_rules.pictures.heat import Cell
from massage_rules.rulebook import shipped_rulebook

BOOK = shipped_rulebook()
SHOWN = mr.heat_map()
RECTANGLE = "{http://www.w3.org/2000/svg}rect"


def effects(cell: Cell) -> list[Suggest]:
    """What the rules behind a cell suggest."""
    return [e for e in (BOOK.rules[r].effect for r in cell.rules) if isinstance(e, Suggest)]


def test_each_cell_is_what_its_rules_say() -> None:
    """The rules of a cell suggest the technique in that role, and one of them with that certainty; none gives it a better role."""
    best: dict[tuple[str, str], int] = {}
    for cell in SHOWN.cells:
        assert all(cell.technique in e.techniques and e.role == cell.role for e in effects(cell))
        assert cell.certainty in {e.certainty for e in effects(cell)}
        best[cell.complaint, cell.technique] = ROLES.index(cell.role)
    assert len(best) == len(SHOWN.cells)
    assert {t for e in map(effects, SHOWN.cells) for s in e for t in s.techniques} <= {name for name, _ in SHOWN.techniques}


def test_certainty_of_nothing_never_looks_like_a_reason() -> None:
    """Where all that was found is that nothing is added, the cell says so in its sign, its words and its colour."""
    blues = {"#08519c", "#3182bd", "#6baed6", "#9ecae1", "#deebf7"}
    nothing = [c for c in SHOWN.cells if c.leaning == "nothing" and c.certainty != "none"]
    assert nothing
    for cell in nothing:
        assert cell.sign.endswith("0") and "adds nothing" in cell.words and cell.fill not in blues
    for cell in SHOWN.cells:
        if cell.fill in blues:
            assert {"benefit", "small_benefit", "conditional"} & {s for e in effects(cell) for s in e.evidence_says}


def test_no_research_says_so() -> None:
    """A suggestion without research is no shade of certainty."""
    assert {c.sign for c in SHOWN.cells if c.certainty == "none"} == {"?"}


def test_the_picture_holds_every_cell() -> None:
    """Each cell is drawn once, with its words as a title."""
    boxes = [e for e in ET.fromstring(SHOWN.svg()).iter(RECTANGLE) if len(e)]
    assert [e.get("fill") for e in boxes] == [c.fill for c in SHOWN.cells]


@pytest.mark.parametrize(("look", "start"), [("text", "Lasting neck"), ("svg", "<svg")])
def test_the_command_draws(look: str, start: str) -> None:
    """`massage-rules heat-map` writes words or SVG."""
    assert CliRunner().invoke(cli.app, ["heat-map", "--format", look]).output.startswith(start)
