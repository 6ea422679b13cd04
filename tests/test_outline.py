"""One tree, three ways of writing it: everything is said in each, and nothing that was told becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massage_rules.outline import Item, Page, Section, Shown, Table, html, joined, markdown, plain, text

PAGE = Page(
    "A title",
    ("First of all.",),
    (
        Section("Why", (Item("Because", (Item("it is so", small=True),), strong=True), Item("See:", links=(("a book", "https://a.b/c"),)))),
        Section("When", (), Table(("What", "Now"), (("one", "two"),))),
    ),
    ("Small print.",),
    caution=4,
)  # fmt: skip


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.tags, self.targets = "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.targets += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.words += data


def read(page: str) -> Words:
    found = Words()
    found.feed(page)
    return found


def test_a_page_as_text() -> None:
    """Headings stand in capitals, lines hang below what they belong to, small print stands in brackets."""
    assert text(PAGE).splitlines() == [
        "A title", "First of all.", "", "WHY", "  Because", "    (it is so)", "  - See: a book", "", "WHEN", "  What  Now",
        "  one   two", "", "Small print.",
    ]  # fmt: skip


def test_a_page_as_markdown() -> None:
    """The same as Markdown, with links and a table."""
    found = markdown(PAGE)
    assert found.startswith("### A title\n\nFirst of all.\n\n#### Why\n\n- **Because**\n  - <small>it is so</small>\n")
    assert "- See: [a book](<https://a.b/c>)" in found
    assert "| What | Now |\n|---|---|\n| one | two |" in found


def test_a_page_as_html() -> None:
    """The same as HTML, with a name for those who can't see it."""
    found = read(html(PAGE, label="A page"))
    assert {"section", "h2", "h3", "ul", "table", "th", "a", "small", "strong"} <= set(found.tags)
    assert found.targets == ["https://a.b/c"]
    assert 'aria-label="A page"' in html(PAGE, label="A page")
    assert 'class="s4"' in html(PAGE, label="A page")


@given(st.text(max_size=60))
def test_no_words_become_markup(words: str) -> None:
    """Whatever the words are, HTML has the same tags and the same words; Markdown has no tag and no link of theirs."""
    page = Page(words, (words,), (Section(words, (Item(words),), Table((words,), ((words,),))),), (words,))
    shown = read(html(page, label=words))
    assert (
        shown.tags
        == read(html(Page("x", ("x",), (Section("x", (Item("x"),), Table(("x",), (("x",),))),), ("x",)), label="x")).tags
    )
    assert plain(words) in shown.words
    bare = markdown(page).replace("<small>", "").replace("</small>", "")
    assert "<" not in bare and not re.search(r"(?<!\\)\]\(", bare)
    assert max(map(len, text(page).splitlines()), default=0) <= 120


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://x", "//x", ""])
def test_only_addresses_of_pages_are_links(url: str) -> None:
    """An address that could do something is shown as words only."""
    page = Page("x", (), (Section("x", (Item("See", links=(("here", url),)),)),))
    assert read(html(page, label="x")).targets == []
    assert "](" not in markdown(page)


def test_an_address_cannot_break_out() -> None:
    """Quotes, brackets and spaces in an address stay part of it."""
    page = Page("x", (), (Section("x", (Item("See", links=(("here", 'https://a.b/"><script>) x'),)),)),))
    assert "script" not in read(html(page, label="x")).tags
    assert "<script" not in markdown(page)


def test_a_wide_table_is_narrowed_and_a_very_wide_one_told_row_by_row() -> None:
    """Long cells are wrapped within their column; where there are too many columns, each row is told by itself."""
    long = "many words in one cell " * 5
    narrowed = text(Page("x", (), (Section("x", (), Table(("A", "B"), ((long, long),))),)))
    assert max(map(len, narrowed.splitlines())) <= 100
    assert narrowed.count("many") == 10
    wide = Table(tuple(f"column {i}" for i in range(12)), (tuple("a long cell" for _ in range(12)),))
    assert "    column 11: a long cell" in text(Page("x", (), (Section("x", (), wide),))).splitlines()


def test_lists_in_a_sentence() -> None:
    """Words are joined as in a sentence."""
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"], last="or")] == [
        "",
        "a",
        "a and b",
        "a, b or c",
    ]


def test_what_shows_nothing_says_so() -> None:
    """Whatever shows itself has to say how."""
    with pytest.raises(NotImplementedError):
        str(Shown())
