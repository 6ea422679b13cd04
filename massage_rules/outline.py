"""Something to be said, as a tree of short lines and tables, written as text, Markdown or HTML.

Everything is escaped: no value from a profile can become markup. The HTML has no script and needs no network, and colour never
carries meaning alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from textwrap import fill, wrap
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from massage_rules.display import STYLE, WIDTH

_NARROWEST = 13
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")
_STARTS_A_BLOCK = re.compile(r"^([#+=-]|\d+[.)])")


@dataclass(frozen=True, slots=True)
class Item:
    """A line, with what stands below it; `links` (words and address) follow it, and `small` is small print."""

    words: str
    below: tuple[Item, ...] = ()
    strong: bool = False
    small: bool = False
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines, and a table after them."""

    heading: str
    items: tuple[Item, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A title and what is to be said first, the sections, and the small print at the end.

    `caution` colours the title, from 0 (go on) to 5 (emergency).
    """

    title: str
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    foot: tuple[str, ...] = ()
    caution: int = 0


def plain(words: str) -> str:
    """Words on one line, without characters that can't be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def text(page: Page) -> str:
    """The page for a terminal, at most 100 characters wide."""
    lines = [_filled(page.title, 0), *(_filled(words, 0) for words in page.lead)]
    for section in page.sections:
        lines += ["", _filled(section.heading.upper(), 0)]
        for item in section.items:
            lines += _item_lines(item, 2)
        if section.table is not None:
            lines += _table_lines(section.table)
    return "\n".join([*lines, *(["", *(_filled(words, 0) for words in page.foot)] if page.foot else [])])


def _filled(words: str, indent: int, mark: str = "") -> str:
    lead = " " * indent + mark
    return fill(plain(words), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False)


def _item_lines(item: Item, indent: int) -> Iterator[str]:
    words = " ".join([item.words, "; ".join(words for words, _ in item.links)]) if item.links else item.words
    yield _filled(f"({words})" if item.small else words, indent, "" if item.small or item.strong else "- ")
    for below in item.below:
        yield from _item_lines(below, indent + 2)


def _table_lines(table: Table) -> Iterator[str]:
    """A table in columns, the widest narrowed until it fits; where too many columns are left, row by row."""
    rows = [tuple(plain(cell) for cell in row) for row in (table.head, *table.rows)]
    widths = [max(1, *(len(row[i]) for row in rows)) for i in range(len(table.head))]
    while sum(widths) + 2 * len(widths) > WIDTH and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    if sum(widths) + 2 * len(widths) <= WIDTH:
        for row in rows:
            cells = [wrap(cell, width, break_on_hyphens=False) for cell, width in zip(row, widths, strict=True)]
            for line in zip_longest(*cells, fillvalue=""):
                yield ("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))).rstrip()
        return
    for row in rows[1:]:
        yield _filled(row[0], 2)
        for name, cell in zip(rows[0][1:], row[1:], strict=True):
            if cell:
                yield _filled(f"{name}: {cell}" if name else cell, 4)


def markdown(page: Page) -> str:
    """The page as Markdown."""
    blocks = [f"### {_marked(page.title)}", *map(_marked, page.lead)]
    for section in page.sections:
        blocks.append(f"#### {_marked(section.heading)}")
        items = [line for item in section.items for line in _item_markdown(item, 0)]
        if items:
            blocks.append("\n".join(items))
        if section.table is not None:
            blocks.append("\n".join(_table_markdown(section.table)))
    return "\n\n".join([*blocks, *(f"<small>{_marked(words)}</small>" for words in page.foot)]) + "\n"


def _marked(words: str) -> str:
    """Words in which Markdown finds nothing to do."""
    safe = _MARKDOWN.sub(r"\\\1", plain(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return _STARTS_A_BLOCK.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], safe)


def _item_markdown(item: Item, depth: int) -> Iterator[str]:
    links = [f"[{_marked(words)}](<{url}>)" if (url := _safe(to)) else _marked(words) for words, to in item.links]
    words = " ".join([_marked(item.words), *(["; ".join(links)] if links else [])])
    words = f"**{words}**" if item.strong else f"<small>{words}</small>" if item.small else words
    yield f"{'  ' * depth}- {words}"
    for below in item.below:
        yield from _item_markdown(below, depth + 1)


def _table_markdown(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(_marked, table.head))} |"
    yield f"|{'---|' * len(table.head)}"
    for row in table.rows:
        yield f"| {' | '.join(map(_marked, row))} |"


def html(page: Page, *, label: str) -> str:
    """The page as one self-contained piece of HTML; `label` says to those who can't see it what it is."""
    parts = [
        f'<section class="mr" lang="en" aria-label="{escape(label)}"><style>{STYLE}</style>',
        f'<h2 class="s{page.caution}">{_shown(page.title)}</h2>',
        *(f"<p>{_shown(words)}</p>" for words in page.lead),
    ]
    for section in page.sections:
        parts.append(f"<h3>{_shown(section.heading)}</h3>")
        if section.items:
            parts.append(f"<ul>{''.join(map(_item_html, section.items))}</ul>")
        if section.table is not None:
            parts.append(_table_html(section.table))
    parts += [f"<p><small>{_shown(words)}</small></p>" for words in page.foot]
    return "".join([*parts, "</section>"])


def _shown(words: str) -> str:
    return escape(plain(words))


def _item_html(item: Item) -> str:
    links = [f'<a href="{escape(url)}">{_shown(words)}</a>' if (url := _safe(to)) else _shown(words) for words, to in item.links]
    words = " ".join([_shown(item.words), *(["; ".join(links)] if links else [])])
    words = f"<strong>{words}</strong>" if item.strong else f"<small>{words}</small>" if item.small else words
    return f"<li>{words}{_list_html(item.below)}</li>"


def _list_html(items: Sequence[Item]) -> str:
    return f"<ul>{''.join(map(_item_html, items))}</ul>" if items else ""


def _table_html(table: Table) -> str:
    head = "".join(f'<th scope="col">{_shown(cell)}</th>' for cell in table.head)
    rows = "".join(f"<tr>{''.join(f'<td>{_shown(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _safe(url: str) -> str:
    """An address that can only lead to a page; nothing where it may do something else."""
    return quote(url, safe=":/?#@!$&'*+,;=%~") if url.startswith(("https://", "http://")) else ""


def joined(words: Iterable[str], last: str = "and") -> str:
    """Words as a list in a sentence."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


class Shown(BaseModel):
    """Something frozen that shows itself: text in a terminal, HTML in a notebook, and Markdown where it is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def page(self) -> Page:
        """What is to be said, before it is text, Markdown or HTML."""
        raise NotImplementedError

    def __str__(self) -> str:
        return text(self.page())

    def to_markdown(self) -> str:
        """The same as Markdown."""
        return markdown(self.page())

    def to_html(self) -> str:
        """The same as one self-contained piece of HTML."""
        return html(self.page(), label=self.page().title)

    def _repr_html_(self) -> str:
        return self.to_html()
