"""Builds the documentation as static pages: the written ones, and one for each rule, technique, condition, operation and source.

make site                  # writes site/, to be opened offline
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

import content
import reference

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages() -> dict[str, str]:
    """Every page of the site, as Markdown by its path."""
    return {**dict(_written()), **content.pages(), **reference.pages()}


def _written() -> Iterator[tuple[str, str]]:
    """The pages that people wrote, with their links turned to where they stand here."""
    yield "index.md", _links((ROOT / "README.md").read_text("utf-8"), {"docs/decisions/)": "decisions/index.md)", "docs/": ""})
    for path in sorted(DOCS.rglob("*.md")):
        yield path.relative_to(DOCS).as_posix(), path.read_text("utf-8")
    decisions = [(p.name, _title(p)) for p in sorted((DOCS / "decisions").glob("*.md"))]
    yield "decisions/index.md", "# Decisions\n\n" + "".join(f"- [{title}]({name})\n" for name, title in decisions)


def _links(text: str, to: Mapping[str, str]) -> str:
    """A text with the beginnings of its links replaced, the longest first."""
    for old, new in to.items():
        text = text.replace(f"]({old}", f"]({new}")
    return text


def _title(path: Path) -> str:
    return path.read_text("utf-8").partition("\n")[0].lstrip("# ")


def build(out: Path) -> None:
    """Writes the site into a folder, replacing what was there.

    Raises CalledProcessError where a link leads nowhere, and RuntimeError where a page would load something from the network.
    """
    with TemporaryDirectory() as work:
        source = Path(work) / "docs"
        for name, text in pages().items():
            file = source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        shutil.copytree(DOCS / "notebooks", source / "notebooks")
        shutil.copy(DOCS / "site" / "extra.css", source / "extra.css")
        shutil.copy(DOCS / "site" / "mkdocs.yml", Path(work) / "mkdocs.yml")
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out.resolve())],
            check=True,
            cwd=work,
        )
    outside = re.compile(r'<(?:script|link|img|iframe)[^>]*\s(?:src|href)="(?:https?:)?//')
    if found := [page for page in out.rglob("*.html") if outside.search(page.read_text("utf-8"))]:
        raise RuntimeError(f"{found[0]} and {len(found) - 1} more load something from the network.")


def main() -> None:
    """The command line of this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "site")
    out: Path = parser.parse_args().out
    build(out)
    print(f"{sum(1 for _ in out.rglob('*.html'))} pages in {out}: `make read`, or open {out / 'index.html'}")


if __name__ == "__main__":
    main()
