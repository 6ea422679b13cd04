"""What the rules find at many places at once: `semantics.decide`, up to the verdicts, on columns of booleans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from massage_rules.advice import Evaluator
from massage_rules.batch.judging import Against, Region, calls_without_binding, region, suggestions
from massage_rules.batch.rails import Bits, Program, Rails, both, each, either, no, program, some
from massage_rules.batch.rows import Lineage, Rows
from massage_rules.effects import Adapt, Avoid, Emergency, Refer, Scope
from massage_rules.rulebook import Rule
from massage_rules.verdicts import Disposition


class Book:
    """A rulebook made ready for many places at once."""

    def __init__(self, evaluator: Evaluator, techniques: Iterable[str]) -> None:
        self.evaluator, self.rulebook = evaluator, evaluator.rulebook
        self.techniques = tuple(techniques)
        self.program: Program = program(self.rulebook)
        self.lineage = Lineage(self.rulebook.vocabulary)
        self.against = tuple(r for r in self.rulebook.rules.values() if r.against)
        self.suggesting = tuple(suggestions(self.rulebook))
        self._regions: dict[str, Region] = {}

    def region(self, name: str) -> Region:
        """What the rules do in a region."""
        if name not in self._regions:
            self._regions[name] = region(self.rulebook, name, self.techniques)
        return self._regions[name]

    @cached_property
    def bound(self) -> Mapping[str, frozenset[str]]:
        """The regions in which each rule binds a part."""
        names = sorted(self.rulebook.vocabulary.regions.names())
        return self._in_regions({n: frozenset(r for g in self.region(n).groups for r in g.rules) for n in names})

    @cached_property
    def telling(self) -> Mapping[str, frozenset[str]]:
        """The regions in which each rule is a reason of a verdict."""
        names = sorted(self.rulebook.vocabulary.regions.names())
        return self._in_regions({n: self.region(n).reasons for n in names})

    def _in_regions(self, rules: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        return {r.id: frozenset(n for n, found in rules.items() if r.id in found) for r in self.against}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: rules against treatment that bind, suggestions by technique, and who calls for a clinician."""

    against: Mapping[str, Against]
    suggesting: Mapping[str, tuple[Bits, Bits]]
    emergency: Bits
    called: Bits


def find(book: Book, rows: Rows, places: Places, elsewhere: Callable[[Bits], Bits]) -> Found:
    """The findings at all places. `elsewhere` says where something is so at another place of the same client, or here."""
    against: dict[str, Against] = {}
    emergency: Bits = False
    called: Bits = False
    for rule in book.against:
        told = rows.rule(rule.id)
        spread = _scope(rule).where != "here" and rule.id not in book.rulebook.whole_body
        if told.fails is True:
            continue  # everywhere, so elsewhere too
        holds = either(told.holds, elsewhere(told.holds)) if spread else told.holds
        bound = _bound(rows, rule, told, elsewhere if spread else _nowhere)
        if bound.possible is not False:
            against[rule.id] = bound
        if isinstance(rule.effect, Emergency):
            emergency = either(emergency, holds)
        if calls_without_binding(rule):
            called = either(called, holds)
        elif isinstance(rule.effect, Refer):
            called = either(called, both(bound.certain, places.where(book.bound[rule.id])))
    return Found(against, _suggested(book, rows), emergency, called)


class Places:
    """The regions that there are, and where each is."""

    def __init__(self, rows: Rows, present: Iterable[str]) -> None:
        self.rows, self.present = rows, frozenset(present)
        self._found: dict[frozenset[str], Bits] = {}

    def where(self, regions: frozenset[str]) -> Bits:
        """The rows in one of these regions."""
        wanted = self.present & regions
        if wanted == self.present:
            return True
        if wanted not in self._found:
            self._found[wanted] = some(self.rows.choice_is("region", name) for name in sorted(wanted))
        return self._found[wanted]


def _scope(rule: Rule) -> Scope:
    assert isinstance(rule.effect, Emergency | Avoid | Refer | Adapt)
    return rule.effect.scope


def _nowhere(_: Bits) -> Bits:
    return False


def _bound(rows: Rows, rule: Rule, told: Rails, elsewhere: Callable[[Bits], Bits]) -> Against:
    """Where a rule binds: not on the side opposite to that which it speaks of."""
    side = _scope(rule).side
    if not side:
        certain = either(told.holds, elsewhere(told.holds))
        return Against(certain, both(either(told.open, elsewhere(told.open)), no(certain)))
    parts = []
    for rail in (told.holds, told.open):
        left, right = both(rail, no(rows.choice_is(side, "right"))), both(rail, no(rows.choice_is(side, "left")))
        left, right = either(left, elsewhere(left)), either(right, elsewhere(right))
        at_left, at_right = rows.choice_is("side", "left"), rows.choice_is("side", "right")
        middle = both(either(rail, elsewhere(rail)), no(either(at_left, at_right)))
        parts.append(some((middle, both(left, at_left), both(right, at_right))))
    return Against(parts[0], both(parts[1], no(parts[0])))


def _suggested(book: Book, rows: Rows) -> dict[str, tuple[Bits, Bits]]:
    found: dict[str, tuple[Bits, Bits]] = {}
    for rule_id, techniques in book.suggesting:
        told = rows.rule(rule_id)
        if told.fails is True:
            continue
        possible = no(told.fails)
        for name in techniques:
            holds, may = found.get(name, (False, False))
            found[name] = either(holds, told.holds), either(may, possible)
    return found


def questions(book: Book, rows: Rows, places: Places, found: Found, here: Mapping[Disposition, Bits]) -> dict[str, Bits]:
    """The facts to be asked, each with where."""
    roots: dict[int, Bits] = {}
    for rule in book.against:
        if rule.id in found.against and not isinstance(rule.effect, Adapt):
            open_ = each((rows.rule(rule.id).open, found.against[rule.id].open, places.where(book.telling[rule.id])))
            _add(roots, book.program.rules[rule.id], open_)
    for rule_id, techniques in book.suggesting:
        if not techniques.isdisjoint(book.techniques):
            _add(roots, book.program.rules[rule_id], both(rows.rule(rule_id).open, here[Disposition.ASK_FIRST]))
    return rows.turning(roots)


def _add(roots: dict[int, Bits], number: int, bits: Bits) -> None:
    if bits is not False:
        roots[number] = either(roots.get(number, False), bits)
