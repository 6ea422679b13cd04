"""What people see: what can be done first, reasons with sources, everything escaped, no line too wide."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import massage_rules as mr
from massage_rules.display import shown_reasons, text
from massage_rules.grounds import in_words
from massage_rules.page import html
from massage_rules.rulebook import shipped_rulebook

CLIENT = {"age": 62, "sex": "female", "otherwise_denied": "all", "anticoagulated": True,
          "sites": [{"region": "lower_back", "complaints": ["low_back_nonspecific"], "complaint_weeks": 30, "pain_now": 4}]}  # fmt: skip


def test_text_is_narrow_and_details_name_sources() -> None:
    """No line is wider than a terminal, and in the details every reason shown cites its sources and says where it ends."""
    advice = mr.recommend(CLIENT)
    for shown in (text(advice), advice.details()):
        assert max(map(len, shown.splitlines())) <= 100
    assert str(advice) == text(advice)
    details = " ".join(advice.details().split())
    for reason in shown_reasons(advice):
        assert f"[{reason.rule}]" in details
        assert f"Sources: {reason.references[0]}" in details
    assert all(alert.limits in details for alert in advice.alerts)


def test_what_can_be_done_stands_before_what_cannot() -> None:
    """Open techniques come first."""
    advice = mr.recommend(CLIENT)
    shown = text(advice)
    assert shown.index("✓" if "✓" in shown else "◐") < shown.index("1. ADAPT ·")
    details = advice.details()
    assert details.index("✓" if "✓" in details else "◐") < details.index("✕ avoid")


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


def test_an_alert_of_many_rules_names_a_few_and_counts_the_rest() -> None:
    """Where hardly anything is known, hundreds of rules wait together; the details stay readable, and the answer holds them all."""
    advice = mr.recommend(mr.Profile(sites=[mr.Site(region="shoulder", complaints=["unspecified_pain"])]))
    waiting = advice.alerts[0].rules
    assert len(waiting) > 100
    shown = " ".join(advice.details().split())
    assert f"{waiting[11]} and {len(waiting) - 12} more" in shown
    assert waiting[12] not in shown
    assert advice.alerts[0].limits not in shown


def test_every_part_to_spare_is_on_the_page() -> None:
    """What an open technique leaves out, or may only press lightly, stands on the short page, in its lines or in an alert on top."""
    for region, complaint in (
        ("neck", "neck_upper_trapezius_tension"),
        ("lower_limb", "myofascial_trigger_points"),
        ("upper_limb", "unspecified_pain"),
    ):
        site = {"region": region, "complaints": [complaint], "complaint_weeks": 30, "pain_now": 3, "irritability": "low"}
        advice = mr.recommend({"age": 40, "sex": "female", "otherwise_denied": ["all"], "sites": [site]})
        page = " ".join(str(advice).split()).lower()
        alerts = " ".join(a.action for a in advice.top_alerts).lower()
        bounds = {
            b.words
            for t in advice.sites[0].techniques
            if t.verdict.open
            for b in t.limits
            if b.kind in ("spare", "local_pressure")
        }
        assert bounds
        for words in bounds:
            assert words.lower() in page or words.lower() in alerts
