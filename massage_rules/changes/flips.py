"""When the answer changes if only time passes: the days on which a verdict, a limit or the disposition turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.changes.moved import Moved, counting, moved, only_in, tables
from massage_rules.changes.otherwise import Otherwise, Values, otherwise
from massage_rules.changes.passing import days_of, furthest, later, to_measure_again
from massage_rules.explaining import client_of, giving
from massage_rules.outline import Item, Page, Section, Shown
from massage_rules.profile import ProfileBase
from massage_rules.semantics import decide
from massage_rules.truth import Truth
from massage_rules.verdicts import Decision, Disposition
from massage_rules.views import views

_HEAD = ("Technique", "Until then", "From then on")
_MOST_WEEKS = 520  # every day is looked at
_IF = "All of this holds only if nothing else happens, and what was measured is measured again with the same result."
_EMERGENCY = "Stop and get help first. An emergency isn't waited out, so nothing is said of later days."


class Flip(BaseModel):
    """A day on which something changes: the disposition, or techniques with their verdicts and limits.

    `if_` lists what was told that has to be so still on that day: were one of these otherwise, something that eases would be more
    cautious than is said here. `no_longer` and `newly` are the titles of the rules behind it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int
    date: date | None
    before: Disposition
    after: Disposition
    moved: tuple[Moved, ...]
    no_longer: tuple[str, ...]
    newly: tuple[str, ...]
    if_: tuple[str, ...]


class FlipDates(Shown):
    """The days on which the answer changes as time alone passes, up to the last day that was looked at; between them nothing does.

    `until_days` is nearer than asked where a length of time would outgrow what its fact can be. `again` names what was measured
    and would be too old by then.
    """

    now: Disposition
    flips: tuple[Flip, ...]
    until_days: int
    until: date | None
    again: tuple[str, ...]
    note: str

    def rows(self) -> list[dict[str, object]]:
        """Plain rows for a table or a frame, one for each technique and day on which it changes."""
        return [{"days": f.days, "date": f.date, **m.model_dump(mode="json")} for f in self.flips for m in f.moved]

    def page(self) -> Page:
        """The days in order, each with what changes, why, and what has to be so still."""
        sections = [section for flip in self.flips for section in _sections(flip) if section.items or section.table is not None]
        nothing = [] if sections or self.note == _EMERGENCY else ["Nothing changes with time alone."]
        again = [f"To be measured again by then: {words}." for words in self.again]
        return Page(
            title="What changes as time passes",
            lead=(f"The client as a whole now: {self.now}.", *nothing, self.note),
            sections=tuple(sections),
            foot=(*again, f"Looked at up to {_day(self.until_days, self.until)}."),
            caution=self.now.caution,
        )


def _sections(flip: Flip) -> Iterator[Section]:
    """What changes on a day, place by place, and why."""
    whole = f"{flip.after}, as before" if flip.after is flip.before else f"{flip.after} (until then: {flip.before})"
    if_ = [Item(f"If this is still so: {'; '.join(flip.if_)}")] if flip.if_ else []
    yield Section(_from(flip), (Item(f"The client as a whole: {whole}", strong=True), *if_))
    yield from tables(flip.moved, _HEAD)
    gone, new = [Item(f"no longer counts: {t}") for t in flip.no_longer], [Item(f"counts then: {t}") for t in flip.newly]
    yield Section("Why", (*new, *gone))


def _from(flip: Flip) -> str:
    return f"From {_day(flip.days, flip.date)}" if flip.date is not None else _day(flip.days, None).capitalize()


def _day(count: int, on: date | None) -> str:
    days = f"in {count} day{'' if count == 1 else 's'}"
    return f"{on} ({days})" if on is not None else days


def flip_dates(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    *,
    until_weeks: float = 26,
    evaluator: Evaluator | None = None,
) -> FlipDates:
    """The days on which a verdict, a limit or the disposition changes as time alone passes, so many weeks ahead.

    Every day is looked at, so none is missed. During an emergency nothing is said of later days. Raises ProfileError for fewer
    than 0 or more than 520 weeks.
    """
    ready = evaluator or giving(about)
    client = client_of(about, ready)
    ahead = days_of(until_weeks, most=_MOST_WEEKS)
    emergency = ready.decide(client, core="compiled")[1].disposition is Disposition.EMERGENCY
    last = 0 if emergency else furthest(client, ahead)
    days = list(_days(ready, client, last))
    lay, values = ready.rulebook.vocabulary.lay, Values(ready.rulebook)
    return FlipDates(
        now=days[0].decision.disposition,
        flips=tuple(flip for old, new in pairwise(days) for flip in _flip(ready, values, old, new)),
        until_days=last,
        until=client.as_of + timedelta(days=last) if client.as_of is not None else None,
        again=tuple(f"{lay(name)}, after {day}" for name, day in to_measure_again(client, last)),
        note=_EMERGENCY if emergency else _IF,
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """The client so many days later, and the decision then."""

    days: int
    client: ProfileBase
    decision: Decision


def _days(ready: Evaluator, client: ProfileBase, last: int) -> Iterator[_Day]:
    """Today, and each day on which a rule has another truth than the day before, or another permission in writing counts."""
    before: tuple[Sequence[Mapping[str, Truth]], list[bool]] | None = None
    for day in range(last + 1):
        then = later(client, day)
        seen = views(then)
        truths = [ready.compiled.truths(view.facts) for view in seen.views]
        on = then.as_of or date.min
        counts = [bool(c.on and c.until and c.on <= on <= c.until) for c in then.clearances]
        if before != (truths, counts):
            yield _Day(day, then, decide(ready.rulebook, then, seen, truths))
        before = truths, counts


def _flip(ready: Evaluator, values: Values, old: _Day, new: _Day) -> Iterator[Flip]:
    """What is different on one day from the days before, if anything is."""
    found = tuple(moved(ready.rulebook, old.decision, new.decision))
    before, after = old.decision.disposition, new.decision.disposition
    if found or before is not after:
        counted, counts = counting(old.decision), counting(new.decision)
        yield Flip(
            days=new.days,
            date=new.client.as_of,
            before=before,
            after=after,
            moved=found,
            no_longer=only_in(counted, counts),
            newly=only_in(counts, counted),
            if_=tuple(dict.fromkeys(other.words for other in _leant_on(ready, values, new, found, before))),
        )


def _leant_on(ready: Evaluator, values: Values, day: _Day, found: Sequence[Moved], before: Disposition) -> Iterator[Otherwise]:
    """What is told of the client on a day and keeps something that eases then from being more cautious."""
    eased = [m for m in found if m.eased]
    disposition = day.decision.disposition
    if not eased and disposition.caution >= before.caution:
        return
    for other in otherwise(values, day.client):
        decision = ready.decide(other.client, core="compiled")[1]
        worse = any(decision.sites[m.site].judgements[m.technique].verdict.caution > m.after.caution for m in eased)
        if worse or (disposition.caution < before.caution and decision.disposition.caution > disposition.caution):
            yield other
