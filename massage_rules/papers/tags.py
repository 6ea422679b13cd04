"""Alert tags: at most sixty characters for the front desk and for the therapist, with start, end and acknowledgement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from massage_rules.answer import Advice
from massage_rules.course.plan import Plan
from massage_rules.languages import english
from massage_rules.papers.reported import runs_out
from massage_rules.verdicts import Disposition

LONGEST = 60
_LONG_LIST = 32


class Tag(BaseModel):
    """A short alert. `expires` is the first day on which it no longer counts; without one, it counts until the next intake.

    One for the front desk never says what a client has or takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str
    audience: Literal["everyone", "therapist", "front desk"]
    starts: date | None
    expires: date | None
    acknowledge: bool

    def __str__(self) -> str:
        start = f"from {self.starts}" if self.starts else "from now"
        end = f"until {self.expires}" if self.expires else "until the next intake"
        return f"[{self.audience}] {self.text} ({start}, {end}{', to be acknowledged' if self.acknowledge else ''})"


def tags_of(advice: Advice, plan: Plan | None, *, expires: date | None) -> tuple[Tag, ...]:
    """The tags of an answer; none where nothing is to be heeded."""
    end = expires or runs_out(advice.profile)
    return tuple(
        Tag(text=text, audience=audience, starts=advice.profile.as_of, expires=end, acknowledge=acknowledge)
        for audience, text, acknowledge in _told(advice, plan)
    )


_Told = tuple[Literal["everyone", "therapist", "front desk"], str, bool]


def _told(advice: Advice, plan: Plan | None) -> Iterator[_Told]:
    first = advice.consults[0] if advice.consults else None
    whom = fitted("Ask", (first.label, english()(f"soon.{first.urgency}"))) if first else ""
    match advice.disposition:
        case Disposition.EMERGENCY:
            yield "everyone", "STOP. May be an emergency: get help now, see the note.", True
            if first:
                yield "therapist", fitted("Get help", (first.label, english()(f"soon.{first.urgency}"))), True
        case Disposition.DO_NOT_TREAT | Disposition.CONSULT:
            said = (
                "No hands-on work today."
                if advice.disposition is Disposition.DO_NOT_TREAT
                else "No hands-on work before an answer."
            )
            yield "therapist", said, True
            yield "front desk", "Ask the therapist before booking a treatment.", True
        case Disposition.ASK_FIRST:
            count = len(advice.questions)
            more = f": {count} {'question is' if count == 1 else 'questions are'} open" if count else ""
            yield "therapist", f"Ask before any hands-on work{more}.", True
        case Disposition.MODIFY:
            yield "therapist", fitted("Limits", _limits(advice) or ("see the answer",)), True
        case Disposition.TREAT:
            pass
    if whom and advice.disposition is not Disposition.EMERGENCY:
        yield "therapist", whom, True
    if plan is not None and plan.schedule is not None and plan.schedule.visit_minutes.high < plan.minutes_booked:
        yield "front desk", f"Book {plan.schedule.visit_minutes.high:g} minutes at most.", False


def _limits(advice: Advice) -> Sequence[str]:
    """What is barred or bounded, in few words: pressure, positions and time first, then how much else there is."""
    open_ = [t for s in advice.sites for t in s.techniques if t.verdict.open]
    bounds = [b for t in open_ for b in t.limits if b.kind != "advice"]
    words: dict[str, None] = {}
    levels = [t.pressure[1] for t in open_ if t.pressure is not None and any(b.kind == "pressure_at_most" for b in t.limits)]
    if levels:
        words[f"pressure max {min(levels)}" + ("" if len(set(levels)) == 1 else f" to {max(levels)}")] = None
    for kind in (
        "no_positions",
        "minutes_at_most",
        "spare",
        "local_pressure",
        "margin_cm",
        "motion",
        "no_end_range",
        "pain_at_most",
    ):
        words |= {_short(b.words): None for b in bounds if b.kind == kind}
    shut = {t.label for s in advice.sites for t in s.techniques if not t.verdict.open and t.requested}
    words |= {f"no {label.lower()}": None for label in sorted(shut)}
    return tuple(words)


def _short(words: str) -> str:
    """A limit in fewer words; a long list of parts by its number."""
    head, _, parts = words.replace("at most", "max").partition(": ")
    return f"{head}: {parts.count(',') + 1} parts" if len(parts) > _LONG_LIST else words.replace("at most", "max")


def fitted(head: str, parts: Sequence[str]) -> str:
    """The parts that fit into sixty characters, whole ones only and the first ones first, and how many more there are."""
    chosen: list[str] = []
    for part in parts:
        if len(_joined(head, [*chosen, part], len(parts))) <= LONGEST:
            chosen.append(part)
    return _joined(head, chosen, len(parts)) if chosen else f"{head}: {len(parts)}, see the answer"


def _joined(head: str, chosen: Sequence[str], count: int) -> str:
    left = count - len(chosen)
    return f"{head}: {'; '.join(chosen)}{f'; {left} more' if left else ''}"
