"""The site's own pages: one for each rule, technique, condition, operation and source, with links that lead somewhere."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path

import pytest

from massage_rules.rulebook import shipped_rulebook

SITE = Path(__file__).parent.parent / "docs" / "site"
sys.path.insert(0, str(SITE))
BOOK = shipped_rulebook()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    import build

    return build.pages()


def test_everything_has_a_page(pages: dict[str, str]) -> None:
    """Each rule, technique, complaint, operation and source has a page of its own, and a place in its index."""
    import content

    wanted = [content.address(rule) for rule in BOOK.rules]
    wanted += [f"techniques/{name}.md" for name in BOOK.catalogue.families]
    wanted += [f"conditions/{name}.md" for name in BOOK.vocabulary.facts["complaints"].values]
    wanted += [f"operations/{name}.md" for name in BOOK.protocols]
    wanted += [f"sources/{name}.md" for name in BOOK.references]
    assert [name for name in wanted if name not in pages] == []
    for name in wanted:
        index = posixpath.join(posixpath.dirname(name), "index.md")
        assert posixpath.basename(name) in pages[index], name


def test_every_written_page_is_in_the_menu() -> None:
    """The menu of the site names each page of docs/, and no page that isn't there."""
    menu = (SITE / "mkdocs.yml").read_text("utf-8")
    named = set(re.findall(r"(?<![\w/])(\w+\.md)$", menu, re.MULTILINE))
    written = {p.name for p in SITE.parent.glob("*.md")}
    assert written <= named
    assert named <= written | {"index.md", "facts.md", "commands.md", "api.md", "honest.md"}


def test_links_lead_to_pages(pages: dict[str, str]) -> None:
    """Every link inside the site leads to a page of it."""
    lost = set()
    for name, text in pages.items():
        for target in re.findall(r'\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)|href="([^"#:]+)\.html"', text):
            found = target[0] or f"{target[1]}.md"
            if posixpath.normpath(posixpath.join(posixpath.dirname(name), found)) not in pages:
                lost.add((name, found))
    assert lost == set()


def test_a_rule_page_tells_all_of_it(pages: dict[str, str]) -> None:
    """It says what the rule does, why, where it ends, what it needs, on what it rests, and which cases hold it."""
    page = pages["rules/thinners/inr-over-4.md"]
    rule = BOOK.rules["thinners.inr-over-4"]
    for words in (
        rule.title,
        rule.because,
        rule.limits,
        "unreviewed",
        "What was your last INR?",
        "mja_warfarin2013",
        "*holds*",
        "*open*",
    ):
        assert words in page


def test_the_page_of_worth_counts(pages: dict[str, str]) -> None:
    """The page on what is proved and unreviewed holds numbers that were counted, none typed."""
    assert f"0 of {len(BOOK.rules):,} rules are signed" in pages["honest.md"]
    assert "known gaps" in pages["honest.md"]
