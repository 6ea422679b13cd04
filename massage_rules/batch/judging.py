"""Verdicts at many places of one region at once: what `semantics.judge` and `semantics.dispose` say, on columns of booleans.

In one region every rule binds the same parts wherever it holds, so what it does there is worked out once. Parts that the same
rules bind are told as one, and rules that do the same to the same parts are one group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from massage_rules.batch.rails import Bits, Shared, both, each, either, no, some
from massage_rules.effects import POSITIONS, Adapt, Avoid, Emergency, Refer, Scope, Suggest
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.techniques import HANDS_ON, Variant
from massage_rules.verdicts import Disposition, Verdict

Kind: TypeAlias = Literal["close", "wait", "limit"]
Parts: TypeAlias = frozenset[str]
_WHOLE = -1  # the number that stands for all parts of a place


@dataclass(frozen=True, slots=True)
class Against:
    """Where rules that speak against treatment hold and bind, and where they can't be told and would bind."""

    certain: Bits
    open: Bits

    @property
    def possible(self) -> Bits:
        """Where one of the two is so."""
        return either(self.certain, self.open)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that do the same to the same parts of a region; the parts are numbered, `spared` are those to be left out."""

    kind: Kind
    techniques: frozenset[str]
    parts: tuple[int, ...]
    whole: bool
    anatomical: bool
    limit: Adapt | None
    spared: tuple[int, ...]
    rules: tuple[str, ...]

    def limits(self, variant: Variant) -> bool:
        """Whether it limits a technique at all; the map of the body does where it binds the whole place."""
        if self.limit is None:
            return True
        limit = self.limit
        tight = limit.pressure_at_most is not None and limit.pressure_at_most < variant.pressure.max
        moved = "joint_movement" in variant.does and (bool(limit.motion) or limit.no_end_range)
        less = limit.pain_at_most is not None and limit.pain_at_most < variant.pain.max
        timed = limit.minutes_at_most is not None
        return (
            (tight and (self.whole or not self.anatomical)) or moved or less or timed or bool(self.spared or limit.no_positions)
        )

    def counts(self, variant: Variant) -> bool:
        """Whether it makes any difference to a technique, advice included."""
        told = self.limit is not None and bool(self.limit.advice) and (self.whole or not self.anatomical)
        return told or self.limits(variant)


@dataclass(frozen=True, slots=True)
class Region:
    """What the rules do in one region: how many parts it has that are told apart, the groups, and the rules that are given as reasons."""

    parts: int
    groups: tuple[Group, ...]
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """Where each verdict on a technique is so, and where its pressure, minutes and discomfort are limited to each value."""

    verdicts: Mapping[Verdict, Bits]
    pressure: tuple[tuple[float, Bits], ...]
    minutes: tuple[tuple[float, Bits], ...]
    pain: tuple[tuple[float, Bits], ...]
    indicated: Bits
    suggested: Bits


def region(rulebook: Rulebook, name: str, techniques: Iterable[str]) -> Region:
    """What the rules of a rulebook do in a region."""
    regions, variants = rulebook.vocabulary.regions, rulebook.catalogue.variants
    covered = regions.parts(name)
    found: dict[object, list[Rule]] = {}
    shapes: dict[object, tuple[Kind, Scope, Parts, Parts, Adapt | None]] = {}
    for rule in rulebook.rules.values():
        effect = rule.effect
        if not isinstance(effect, Emergency | Avoid | Refer | Adapt):
            continue
        where = effect.scope.where
        bound = covered if isinstance(where, str) else covered & _together(regions.parts(r) for r in where)
        if not bound:
            continue
        limit = effect if isinstance(effect, Adapt) else None
        spared = bound & _together(regions.parts(r) for r in limit.spare) if limit else frozenset()
        kind: Kind = "limit" if limit else "wait" if isinstance(effect, Refer) else "close"
        key = (kind, effect.scope.techniques, bound, spared, rule.anatomical, limit and _shape(limit))
        found.setdefault(key, []).append(rule)
        shapes[key] = kind, effect.scope, bound, spared, limit
    numbers = _numbered(covered, [s for _, _, bound, spared, _ in shapes.values() for s in (bound, spared)])
    groups = tuple(
        Group(
            kind,
            scope.techniques,
            tuple(sorted({numbers[p] for p in bound})),
            bound == covered,
            found[key][0].anatomical,
            limit,
            tuple(sorted({numbers[p] for p in spared})),
            tuple(rule.id for rule in found[key]),
        )
        for key, (kind, scope, bound, spared, limit) in shapes.items()
    )
    told = frozenset(
        r
        for g in groups
        if not g.anatomical and any(g.counts(variants[t]) for t in techniques if t in g.techniques)
        for r in g.rules
    )
    return Region(len(set(numbers.values())), groups, told)


def _together(several: Iterable[Parts]) -> Parts:
    return frozenset().union(*several)


def _shape(limit: Adapt) -> tuple[object, ...]:
    """All of a limit that makes a difference between suitable, adapted and closed."""
    told = (limit.pressure_at_most, limit.minutes_at_most, limit.pain_at_most, limit.no_positions)
    return (*told, bool(limit.motion), limit.no_end_range, bool(limit.advice), limit.only_advises)


def _numbered(covered: Parts, sets: Sequence[Parts]) -> dict[str, int]:
    """The parts, numbered so that those which stand in the same sets share a number."""
    distinct = list(dict.fromkeys(sets))
    numbers: dict[tuple[bool, ...], int] = {}
    return {p: numbers.setdefault(tuple(p in s for s in distinct), len(numbers)) for p in sorted(covered)}


class _Tally:
    """What the groups against one technique add up to: what binds the whole place once, the rest part by part."""

    def __init__(self, parts: int, variant: Variant, shared: Shared) -> None:
        self.variant, self.parts, self._either = variant, parts, shared.either
        self.closed: dict[int, Bits] = {_WHOLE: False}
        self.waiting: dict[int, Bits] = {_WHOLE: False}
        self.pending: dict[int, Bits] = {_WHOLE: False}
        self.tight: dict[int, Bits] = {_WHOLE: False}
        self.capped: dict[int, dict[int, Bits]] = {_WHOLE: {}}
        self.barred: dict[str, Bits] = dict.fromkeys(POSITIONS, False)
        self.barred_for_sure: dict[str, Bits] = dict.fromkeys(POSITIONS, False)
        self.minutes: dict[float, Bits] = {}
        self.pain: dict[float, Bits] = {}
        self.limited: Bits = False
        self.mapped: list[tuple[Group, Bits]] = []

    def count(self, group: Group, found: Against, possible: Bits) -> None:
        """Adds what a group does where its rules hold or can't be told."""
        if group.limits(self.variant):
            self.limited = self._either(self.limited, possible)
        if group.limit is None:
            self._close((_WHOLE,) if group.whole else group.parts, found, waiting=group.kind == "wait")
        else:
            self._limit(group, group.limit, found, possible)

    def _close(self, parts: Iterable[int], found: Against, *, waiting: bool) -> None:
        closing = self.waiting if waiting else self.closed
        for part in parts:
            closing[part] = self._either(closing.get(part, False), found.certain)
            self.pending[part] = self._either(self.pending.get(part, False), found.open)

    def _limit(self, group: Group, limit: Adapt, found: Against, possible: Bits) -> None:
        self._close(group.spared, found, waiting=False)
        cap = limit.pressure_at_most
        if cap is not None and cap < self.variant.pressure.max:
            for part in (_WHOLE,) if group.whole else group.parts:
                capped = self.capped.setdefault(part, {})
                capped[cap] = self._either(capped.get(cap, False), possible)
                if cap < self.variant.pressure.min:
                    self.tight[part] = self._either(self.tight.get(part, False), found.certain)
            if group.anatomical and not group.whole:
                self.mapped.append((group, possible))
        for position in limit.no_positions:
            self.barred[position] = self._either(self.barred[position], possible)
            self.barred_for_sure[position] = self._either(self.barred_for_sure[position], found.certain)
        for values, value in ((self.minutes, limit.minutes_at_most), (self.pain, limit.pain_at_most)):
            if value is not None and (values is self.minutes or value < self.variant.pain.max):
                values[value] = self._either(values.get(value, False), possible)

    def judged(self, indicated: Bits, suggested: Bits) -> Judged:
        """The verdicts, once all is counted."""
        touched = sorted({*self.closed, *self.waiting, *self.pending, *self.tight, *self.capped} - {_WHOLE})
        every = (
            touched if len(touched) == self.parts else [_WHOLE, *touched]
        )  # _WHOLE stands for the parts that nothing else touches
        self._bind_the_map(every)
        least = self.variant.pressure.min
        all_barred, surely = each(self.barred.values()), each(self.barred_for_sure.values())
        low = {part: some(b for cap, b in capped.items() if cap < least) for part, capped in self.capped.items()}
        closed = {p: some((_of(self.closed, p), _of(self.tight, p), surely)) for p in every}
        held = {p: either(closed[p], _of(self.waiting, p)) for p in every}
        shut = {p: some((held[p], _of(self.pending, p), _of(low, p), all_barred)) for p in every}
        avoid, refer, ask = each(closed.values()), each(held.values()), each(shut.values())
        verdicts = {
            Verdict.AVOID: avoid,
            Verdict.REFER_FIRST: both(refer, no(avoid)),
            Verdict.NOT_INDICATED: both(no(indicated), no(refer)),
            Verdict.ASK_FIRST: each((indicated, ask, no(refer))),
            Verdict.ADAPT: each((indicated, self.limited, no(ask))),
            Verdict.SUITABLE: each((indicated, no(self.limited), no(ask))),
        }
        allowed = both(indicated, no(ask))
        return Judged(
            verdicts,
            tuple((cap, both(allowed, bits)) for cap, bits in self._under(every, shut)),
            tuple((value, both(allowed, bits)) for value, bits in sorted(self.minutes.items())),
            tuple((value, both(allowed, bits)) for value, bits in sorted(self.pain.items())),
            indicated,
            suggested,
        )

    def _under(self, every: Sequence[int], shut: Mapping[int, Bits]) -> Iterator[tuple[int, Bits]]:
        """The caps, lowest first, and where no part that is left may be pressed harder."""
        for cap in sorted({cap for capped in self.capped.values() for cap in capped}):
            under = {part: some(b for c, b in capped.items() if c <= cap) for part, capped in self.capped.items()}
            yield cap, each(either(shut[p], _of(under, p)) for p in every)

    def _bind_the_map(self, every: Sequence[int]) -> None:
        """The caps of the map of the body count where, with the rest, they leave no part as it is."""
        if not self.mapped:
            return
        shut = {p: some((_of(self.closed, p), _of(self.waiting, p), _of(self.pending, p))) for p in every}
        capped = {part: some(bits.values()) for part, bits in self.capped.items()}
        none_left = each(either(shut[p], _of(capped, p)) for p in every)
        for group, possible in self.mapped:
            left = no(each(shut[p] for p in group.parts))
            self.limited = either(self.limited, each((none_left, possible, left)))


def _of(parts: Mapping[int, Bits], part: int) -> Bits:
    """What is so of a part, by itself or since it is so of the whole."""
    return either(parts[_WHOLE], parts.get(part, False)) if _WHOLE in parts else parts.get(part, False)


def judge(
    rulebook: Rulebook, place: Region, against: Mapping[str, Against], suggesting: Mapping[str, tuple[Bits, Bits]]
) -> tuple[dict[str, Judged], dict[Disposition, Bits]]:
    """The verdicts on all techniques, and what is to be done at each place.

    `suggesting` says of each technique where a suggestion holds, and where one may.
    """
    found: list[tuple[Group, Against, Bits]] = []
    for group in place.groups:
        live = [against[rule] for rule in group.rules if rule in against]
        together = Against(some(a.certain for a in live), some(a.open for a in live))
        possible = together.possible
        if possible is not False:
            found.append((group, together, possible))
    found.sort(key=lambda three: -len(three[0].techniques))  # so that sums for several techniques start alike
    shared = Shared()
    judged: dict[str, Judged] = {}
    limiting: Bits = False
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    for name, variant in rulebook.catalogue.variants.items():
        tally = _Tally(place.parts, variant, shared)
        for group, bits, possible in found:
            if name in group.techniques:
                tally.count(group, bits, possible)
                told = not group.anatomical and not (group.limit is not None and group.limit.only_advises)
                if told and name in hands_on and group.counts(variant):
                    limiting = either(limiting, possible)
        judged[name] = tally.judged(*suggesting.get(name, (False, False)))
    return judged, dispose([judged[name] for name in judged if name in hands_on], limiting)


def dispose(hands_on: Sequence[Judged], limiting: Bits) -> dict[Disposition, Bits]:
    """What is to be done at each place, from the verdicts on hands-on techniques."""
    usable = some(either(j.verdicts[Verdict.ADAPT], j.verdicts[Verdict.SUITABLE]) for j in hands_on)
    worse = some(both(j.indicated, no(j.verdicts[Verdict.SUITABLE])) for j in hands_on)
    modify = either(limiting, worse)
    wait = some(both(j.suggested, either(j.verdicts[Verdict.ASK_FIRST], j.verdicts[Verdict.NOT_INDICATED])) for j in hands_on)
    consult = some(both(j.suggested, j.verdicts[Verdict.REFER_FIRST]) for j in hands_on)
    return {
        Disposition.TREAT: both(usable, no(modify)),
        Disposition.MODIFY: both(usable, modify),
        Disposition.ASK_FIRST: both(no(usable), wait),
        Disposition.CONSULT: each((no(usable), no(wait), consult)),
        Disposition.DO_NOT_TREAT: each((no(usable), no(wait), no(consult))),
    }


def suggestions(rulebook: Rulebook) -> Iterator[tuple[str, frozenset[str]]]:
    """The rules that suggest, each with its techniques."""
    for rule in rulebook.rules.values():
        if isinstance(rule.effect, Suggest):
            yield rule.id, rule.effect.techniques


def calls_without_binding(rule: Rule) -> bool:
    """Whether a rule that holds calls for a clinician even where it binds no part."""
    match rule.effect:
        case Emergency():
            return True
        case Refer(consult):
            return consult.urgency not in ("before_treatment", "routine")
        case Avoid(_, consult):
            return consult is not None
        case _:
            return False
