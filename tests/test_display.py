"""What people see: what can be done first, reasons with sources, everything escaped, no line too wide."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import massage_rules as mr
from massage_rules.display import html, text
from massage_rules.grounds import in_words
from massage_rules.rulebook import shipped_rulebook

CLIENT = {"age": 62, "sex": "female", "otherwise_denied": "all", "anticoagulated": True,
          "sites": [{"region": "lower_back", "complaints": ["low_back_nonspecific"], "complaint_weeks": 30, "pain_now": 4}]}  # fmt: skip


def test_text_is_narrow_and_names_sources() -> None:
    """No line is wider than a terminal, and every reason shown cites its sources."""
    advice = mr.recommend(CLIENT)
    shown = text(advice)
    assert max(map(len, shown.splitlines())) <= 170
    assert max(len(line) for line in shown.splitlines()[:-1]) <= 100
    assert "Sources:" in shown
    assert str(advice) == shown


def test_what_can_be_done_stands_before_what_cannot() -> None:
    """Open techniques come first."""
    shown = text(mr.recommend(CLIENT))
    assert shown.index("✓" if "✓" in shown else "◐") < shown.index("✕ avoid")


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_balanced_and_escaped() -> None:
    """Tags close in order, and text from outside can't become markup."""
    evil = "<script>alert(1)</script>"
    override = {"rule": "thinners.medium-at-most", "by": evil, "reason": evil}
    page = html(mr.recommend({**CLIENT, "overrides": [override], "medications": [evil]}))
    parser = _Balance()
    parser.feed(page)
    assert parser.open == []
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_verdicts_are_words_not_only_colours() -> None:
    """Each row says its verdict in words, with a mark."""
    page = html(mr.recommend(CLIENT))
    assert re.search(r"[✓◐] (suitable|adapt)", page)


def test_a_notebook_shows_the_same_html() -> None:
    """`_repr_html_` is the page."""
    advice = mr.recommend(CLIENT)
    assert advice._repr_html_() == html(advice)


def test_every_condition_has_words() -> None:
    """Any rule's condition can be said as a sentence."""
    rulebook = shipped_rulebook()
    for rule in rulebook.rules.values():
        assert in_words(rulebook, rule.when)
