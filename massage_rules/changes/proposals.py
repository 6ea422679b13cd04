"""What would have to be different, in words: the least changes that bring a verdict or the disposition to a wanted one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, PrivateAttr

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.changes.least import EFFORT, Goal, Least, Search
from massage_rules.changes.moves import Move, Subject, as_known, waiting
from massage_rules.changes.otherwise import stretches
from massage_rules.conditions import Interval
from massage_rules.effects import Avoid, Refer
from massage_rules.errors import ContentError, Fault, Place, clean, nearest
from massage_rules.explaining import advice_on, giving, place_in_words, site_of, technique_of
from massage_rules.grounds import value_in_words
from massage_rules.outline import Item, Page, Section, Shown, joined
from massage_rules.profile import ProfileBase
from massage_rules.verdicts import Disposition, Verdict
from massage_rules.vocabulary import Fact

Kind: TypeAlias = Literal["learn", "measure", "client", "time", "clinician", "clear"]
_KINDS: tuple[Kind, ...] = ("learn", "measure", "client", "time", "clinician", "clear")
_BY: dict[str, Kind] = {"by_time": "time", "by_measure": "measure", "by_client": "client", "by_clinician": "clinician"}
_LEAD = {
    "learn": "If it turns out", "measure": "Measured again", "client": "Arranged with the client", "time": "If it changes",
    "clinician": "From a clinician",
}  # fmt: skip
_SHOWN = 12
_EMERGENCY = "Stop and get help first. An emergency isn't talked away, so nothing is proposed."
_Row: TypeAlias = "dict[Subject, tuple[Any, ...]]"


class Change(BaseModel):
    """One thing that would be different: what, how it comes about, from what to what, in words.

    `values` are the values that do it, as a profile takes them; of a stretch of numbers, some.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    name: str
    site: int | None
    words: str
    before: str
    after: str
    values: tuple[Any, ...]


class Proposal(BaseModel):
    """Changes that together are enough, none of which can be left out, and what comes of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    changes: tuple[Change, ...]
    gives: str


class Proposals(Shown):
    """The least changes that would bring a verdict, or the disposition, to a wanted one.

    Every proposal works, and nothing smaller does. `complete_to` says up to how many changes these are all that there are; None,
    that no number of changes has others. `tried` counts what was worked out.
    """

    label: str
    place: str
    now: str
    wanted: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    complete_to: int | None
    tried: int
    note: str
    _clients: tuple[ProfileBase, ...] = PrivateAttr(default=())

    def profile(self, number: int = 0) -> ProfileBase:
        """The client as one of the proposals would have it, with one of the values that do; LookupError where there is none."""
        if not 0 <= number < len(self._clients):
            raise LookupError(f"There is no proposal number {number}, or it was read back without its client.")
        return self._clients[number]

    def page(self) -> Page:
        """The proposals, the fewest changes first, and how far was looked."""
        where = f" · {self.place}" if self.place else ""
        items = tuple(_item(p) for p in self.proposals[:_SHOWN])
        more = len(self.proposals) - _SHOWN
        rest = (Item(f"{more} more ways.", small=True),) if more > 0 else ()
        return Page(
            title=f"{self.label}{where}: {self.now}",
            lead=(self._said(),),
            sections=(Section("Any one of these is enough", (*items, *rest)),) if items else (),
            foot=(self.note,) if self.note else (),
        )

    def _said(self) -> str:
        wanted = joined(self.wanted, last="or")
        if self.note == _EMERGENCY:
            return f"Asked for: {wanted}."
        if self.now in self.wanted:
            return "It is so already."
        if self.complete_to is None:
            return f"All that would make it {wanted}:" if self.proposals else f"Nothing that can change would make it {wanted}."
        if self.complete_to == 0:
            found = f"; these would make it {wanted}:" if self.proposals else "."
            return f"There is more than could be looked at; not even all single changes were{found}"
        count = "single changes" if self.complete_to == 1 else f"sets of up to {self.complete_to} changes"
        if not self.proposals:
            return f"No {count} would make it {wanted}. Larger ones weren't all looked at."
        return f"All {count} that would make it {wanted}. Larger ones weren't all looked at."


def _item(proposal: Proposal) -> Item:
    lines = [_line(change) for change in proposal.changes]
    if len(lines) == 1:
        return Item(f"{lines[0]}. Then: {proposal.gives}.")
    return Item(f"{len(lines)} changes together. Then: {proposal.gives}.", tuple(map(Item, lines)))


def _line(change: Change) -> str:
    if change.kind == "clear":
        return f"Cleared in writing by the {change.after}: “{change.words}”"
    return f"{_LEAD[change.kind]}: {change.words}: {change.after} (now {change.before})"


def what_would_change(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    technique: str | None = None,
    *,
    to: str | Collection[str] = (),
    site: int = 0,
    most: int | None = None,
    effort: int = EFFORT,
    evaluator: Evaluator | None = None,
) -> Proposals:
    """The least changes that would bring a technique's verdict at a site, or the client's disposition, to a wanted one.

    What can change is what isn't known, what the vocabulary says can change, and what a clinician could clear in writing; what
    time alone does is told by `flip_dates`. Without `to`, the next better is wanted: what is closed should open, what has limits
    should have none; of what is as good as can be, anything more cautious is asked for. `most` is the number of changes up to
    which everything is looked through (three, or one where more caution is asked for), as far as `effort` sets of changes allow.
    The answer says how far it got.
    """
    ready = evaluator or giving(about)
    advice = advice_on(about, ready)
    here = site_of(advice, site)
    said = technique_of(here, technique) if technique is not None else None
    now: Verdict | Disposition = advice.disposition if said is None else said.verdict
    goal = Goal(_wanted(to, now), said.technique if said is not None else None, site)
    found, told, note = Least((), None, 0), list[tuple[Proposal, ProfileBase]](), ""
    if advice.disposition is Disposition.EMERGENCY:
        note = _EMERGENCY
    elif now not in goal.wanted:
        searched = Search(ready, advice.profile, goal)
        found = searched.least(most=most or (3 if goal.most < now.caution else 1), effort=effort)
        told = _Telling(searched).proposals(found.sets)
        if advice.profile.as_of is None and any(waiting(searched.moves.decision)):
            note = "The profile has no `as_of`, so no clearance in writing was considered."
    answer = Proposals(
        label=said.label if said is not None else "The client as a whole",
        place=place_in_words(here.label, here.side) if said is not None else "",
        now=now,
        wanted=tuple(word for word in _all(now) if word in goal.wanted),
        proposals=tuple(p for p, _ in told),
        complete_to=found.complete_to,
        tried=found.tried,
        note=note,
    )
    answer._clients = tuple(client for _, client in told)  # noqa: SLF001  (its own)
    return answer


def _all(now: Verdict | Disposition) -> list[Verdict | Disposition]:
    """All verdicts, or all dispositions."""
    return [*Verdict] if isinstance(now, Verdict) else [*Disposition]


def _wanted(to: str | Collection[str], now: Verdict | Disposition) -> frozenset[Verdict | Disposition]:
    """What is wanted, or the next better where nothing was said; raises ContentError for what can't be."""
    kinds = _all(now)
    chosen = {to} if isinstance(to, str) else {*to}
    for word in sorted(chosen.difference(kinds)):
        what = "a verdict" if isinstance(now, Verdict) else "a disposition"
        remedy = nearest(word, kinds) or f"It takes {', '.join(f'`{kind}`' for kind in kinds)}."
        raise ContentError([Fault(Place("to"), f"`{clean(word)}` isn't {what}.", remedy)])
    if chosen:
        return frozenset(kind for kind in kinds if kind in chosen)
    best = min(kinds, key=lambda k: k.caution)
    if now is best:
        return frozenset(kind for kind in kinds if kind is not best)
    return frozenset(kind for kind in kinds if kind.caution <= min(1, now.caution - 1))


class _Telling:
    """Puts sets of moves into words, alike ones together."""

    def __init__(self, searched: Search) -> None:
        self.searched, self.moves = searched, searched.moves
        self.rulebook, self.vocabulary = searched.rulebook, searched.rulebook.vocabulary

    def proposals(self, sets: Sequence[tuple[Move, ...]]) -> list[tuple[Proposal, ProfileBase]]:
        """The proposals with the client whom one of their sets makes, the easiest first."""
        groups: dict[tuple[frozenset[Subject], Verdict | Disposition], list[_Row]] = {}
        for moves in sets:
            gives = self.searched.goal.of(self.searched.state(moves).decision)
            groups.setdefault((frozenset(m.subject for m in moves), gives), []).append({m.subject: (m.value,) for m in moves})
        told = []
        for (_, gives), rows in groups.items():
            for row in self._merged(rows):
                changes = sorted((self._change(s, v, {o.name for o in row} - {s.name}) for s, v in row.items()), key=_ease)
                client = self.moves.applied([Move(s, v[0]) for s, v in row.items()])
                told.append((Proposal(changes=tuple(changes), gives=gives), client))
        return sorted(told, key=lambda pair: (len(pair[0].changes), [_ease(c) for c in pair[0].changes]))

    def _merged(self, rows: list[_Row]) -> list[_Row]:
        """Rows that differ in one subject only as one row with all its values; every combination in a row is one that was found."""
        for subject in sorted(rows[0], key=lambda s: s.order):
            order = [move.value for move in self.moves.of(subject)]
            groups: dict[frozenset[tuple[Subject, tuple[Any, ...]]], list[Any]] = {}
            for row in rows:
                groups.setdefault(frozenset((s, v) for s, v in row.items() if s != subject), []).extend(row[subject])
            rows = [{**dict(rest), subject: tuple(sorted(set(v), key=order.index))} for rest, v in groups.items()]
        return rows

    def _change(self, subject: Subject, values: tuple[Any, ...], others: Collection[str]) -> Change:
        if subject.what == "rule":
            rule = self.rulebook.rules[subject.name]
            consult = rule.effect.consult if isinstance(rule.effect, Refer | Avoid) else None
            after = self.vocabulary.clinicians.get(consult.who if consult is not None else "", "clinician").lower()
            return Change(kind="clear", name=rule.id, site=None, words=rule.title, before="", after=after, values=())
        view = self.moves.view(subject.site)
        facts = view.facts if view is not None else {}
        known = facts.get(subject.name)
        fact, words = self.vocabulary.facts[subject.name], self.vocabulary.lay(subject.name)
        if subject.site is not None and len(self.moves.profile.places) > 1:
            words += f" ({self.vocabulary.regions.label(self.moves.profile.places[subject.site].region)})"
        vague = isinstance(known, Interval) and known.low < known.high
        stretches = fact.type == "number" and self.moves.values.partners.get(fact.id, set()).isdisjoint({*others, *facts})
        return Change(
            kind="learn" if known is None or vague or fact.changes == "never" or fact.is_duration else _BY[fact.changes],
            name=fact.id,
            site=subject.site,
            words=words,
            before=value_in_words(self.rulebook, fact.id, known),
            after=joined(self._stretches(fact, values) if stretches else map(self._value(fact.id), values), last="or"),
            values=values,
        )

    def _stretches(self, fact: Fact, values: Sequence[float]) -> Iterator[str]:
        return stretches(self.moves.values.of(fact), values, word=self._value(fact.id))

    def _value(self, name: str) -> Any:
        return lambda value: value_in_words(self.rulebook, name, as_known(value))


def _ease(change: Change) -> tuple[int, str, str]:
    return _KINDS.index(change.kind), change.words, change.after
