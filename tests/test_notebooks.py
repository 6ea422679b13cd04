"""The notebooks run from top to bottom and show something; they are kept without output, which the site makes anew."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@cache
def shown(path: Path) -> list[Any]:
    """What the cells of a notebook show when they run; nbclient raises where one fails."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=240, kernel_name="python3").execute(cwd=str(FOLDER))
    return [o.get("text") or o["data"] for cell in notebook.cells for o in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_runs_and_needs_no_script_or_network(path: Path) -> None:
    """Every cell runs; what is shown is text, or plain HTML and SVG that survives being printed."""
    outputs = shown(path)
    pictures = [o["text/html"] for o in outputs if isinstance(o, dict) and "text/html" in o]
    assert pictures
    for page in pictures:
        assert "<script" not in page
        assert 'src="http' not in page and "url(http" not in page


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_is_kept_without_output(path: Path) -> None:
    """A change of rules would make kept output stale; the site runs the notebooks instead."""
    cells = nbformat.read(path, as_version=4).cells
    assert [c for c in cells if c.get("outputs") or c.get("execution_count")] == []
