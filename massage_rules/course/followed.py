"""What the notes of a course mean for the next visit, as data that shows itself in a terminal and a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from massage_rules.answer import Advice, Basis
from massage_rules.course.plan import PlanPart
from massage_rules.course.trend import TrendRow, in_words, svg
from massage_rules.display import STYLE, wrapped
from massage_rules.languages import english
from massage_rules.verdicts import Disposition

if TYPE_CHECKING:
    from massage_rules.course.plan import Plan

FOLLOW_UP_SCHEMA_VERSION = "1.0"
_SHOWN = 3


class Why(PlanPart):
    """A progress rule that was heard: what it found, what to do, and why."""

    rule: str
    title: str
    advice: str
    because: str
    basis: str


class Conclusion(PlanPart):
    """A fact that was worked out from the notes, in words, and from what."""

    site: int
    fact: str
    words: str
    value: str
    because: str


class SiteFollowUp(PlanPart):
    """What the last sessions mean at one site; `action` is missing where no rule speaks."""

    site: int
    label: str
    sessions: int
    action: str | None
    reasons: tuple[Why, ...]


class FollowUp(PlanPart):
    """What the notes mean: an action with its reasons, what was concluded, what to ask, and how the measures went.

    `action` is that of the most cautious site, or `refer` and `reassess` where treatment has to stop or wait. Its `advice`, `plan`
    and `profile` are those of the next visit.
    """

    schema_version: str
    on: str
    visits: int
    disposition: Disposition
    stops: bool
    action: str | None
    summary: str
    sites: tuple[SiteFollowUp, ...]
    concluded: tuple[Conclusion, ...]
    ask: tuple[str, ...]
    trend: tuple[TrendRow, ...]
    basis: Basis
    disclaimer: str
    _advice: Advice | None = PrivateAttr(default=None)

    @property
    def advice(self) -> Advice:
        """The advice for the next visit; what was read back from JSON doesn't hold one and raises LookupError."""
        if self._advice is None:
            raise LookupError("This was read back without its advice. Ask the course for it anew.")
        return self._advice

    @property
    def plan(self) -> Plan:
        """The plan from here on."""
        return self.advice.plan

    def about(self, advice: Advice) -> FollowUp:
        """The same, holding the advice for the next visit."""
        found = self.model_copy()
        found._advice = advice  # noqa: SLF001  (its own)
        return found

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, the same bytes for the same notes."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def _repr_html_(self) -> str:
        return _html(self)


def follow_up_schema() -> dict[str, Any]:
    """The JSON Schema of a follow-up."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **FollowUp.model_json_schema(mode="serialization")}


def _measured(found: FollowUp) -> Iterator[tuple[str, list[TrendRow]]]:
    """The rows of each measure at each site."""
    for key in dict.fromkeys((r.site, r.measure) for r in found.trend):
        rows = [r for r in found.trend if (r.site, r.measure) == key]
        yield (f"{found.sites[key[0]].label}: " if len(found.sites) > 1 else ""), rows


def _first(found: FollowUp) -> list[str]:
    """What has to be asked before any work, best first, where the answer waits for it."""
    if found._advice is None or found.disposition is not Disposition.ASK_FIRST:  # noqa: SLF001  (its own)
        return []
    asks = [question.ask for question in found.advice.questions]
    return [*asks[:_SHOWN], *([f"And {len(asks) - _SHOWN} more."] if len(asks) > _SHOWN else [])]


def _lines(found: FollowUp) -> Iterator[str]:
    yield wrapped(found.summary)
    yield ""
    if first := _first(found):
        yield "ASK FIRST"
        yield from (wrapped(f"- {words}", 2, 4) for words in first)
        yield ""
    for site in found.sites:
        yield wrapped(f"{site.label.upper()}: {english()(f'action.{site.action}') if site.action else 'no rule speaks'}")
        for why in site.reasons:
            yield wrapped(f"- {why.title} [{why.rule}]", 2, 4)
            if why.advice:
                yield wrapped(why.advice, 4)
    outcomes = found.advice.rulebook.outcomes if found._advice is not None else {}  # noqa: SLF001  (its own)
    if found.trend and outcomes:
        yield ""
        yield "HOW IT WENT"
        for place, rows in _measured(found):
            yield wrapped(f"{place}{in_words(rows, outcomes[rows[0].measure])}", 2, 4)
    if found.ask:
        yield ""
        yield "WOULD SETTLE MORE IF ASKED"
        yield from (wrapped(f"- {words}", 2, 4) for words in found.ask)
    yield ""
    yield "WORKED OUT FROM THE NOTES"
    yield from (wrapped(f"- {c.words}: {c.value} ({c.because})", 2, 4) for c in found.concluded)
    yield ""
    yield wrapped(found.disclaimer)


def _html(found: FollowUp) -> str:
    outcomes = found.advice.rulebook.outcomes if found._advice is not None else {}  # noqa: SLF001  (its own)
    parts = [
        f'<section class="mr" lang="en" aria-label="Follow-up"><style>{STYLE}</style><p><strong>{escape(found.summary)}</strong></p>'
    ]
    first = "".join(f"<li>{escape(words)}</li>" for words in _first(found))
    parts.append(f"<h3>Ask first</h3><ul>{first}</ul>" if first else "")
    for site in found.sites:
        action = english()(f"action.{site.action}") if site.action else "no rule speaks"
        reasons = "".join(
            f"<li><strong>{escape(w.title)}</strong> {escape(w.advice)}<br><small>{escape(w.because)} <code>{escape(w.rule)}</code></small></li>"
            for w in site.reasons
        )
        parts.append(f"<h3>{escape(site.label)}: {escape(action)}</h3><ul>{reasons}</ul>")
    if outcomes:
        pictures = "".join(
            f"<p>{escape(place)}{escape(in_words(rows, outcomes[rows[0].measure]))}<br>{svg(rows, outcomes[rows[0].measure])}</p>"
            for place, rows in _measured(found)
        )
        parts.append(f"<h3>How it went</h3>{pictures}" if pictures else "")
    asks = "".join(f"<li>{escape(words)}</li>" for words in found.ask)
    parts.append(f"<h3>Would settle more if asked</h3><ul>{asks}</ul>" if asks else "")
    facts = "".join(f"<li>{escape(c.words)}: {escape(c.value)} <small>{escape(c.because)}</small></li>" for c in found.concluded)
    parts.append(f"<details><summary>Worked out from the notes</summary><ul>{facts}</ul></details>")
    return "".join([*parts, f"<p><small>{escape(found.disclaimer)}</small></p></section>"])
