"""What changes between two rulebooks over the same facts: proved equal in meaning, or a client for every rule that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from massage_rules.conditions import Condition
from massage_rules.effects import Adapt, Avoid, Define, Effect, Emergency, Progress, Refer, Suggest
from massage_rules.errors import ContentError, Fault, Place
from massage_rules.proofs.bench import Bench
from massage_rules.proofs.examples import Told
from massage_rules.proofs.model import Rails
from massage_rules.proofs.solver import Formula, Undecided, every, no, some
from massage_rules.proofs.strength import does_all_of
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

_GRAVITY = (Emergency, Avoid, Refer, Adapt, Define, Suggest, Progress)
_KEY = {TRUE: "holds", FALSE: "fails", UNKNOWN: "open"}
LOOSER, OTHER, STRICTER = "looser", "other", "stricter"


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a rule differs: looser, stricter or otherwise, and a client for whom it does, as a case for the new rules."""

    rule: str
    how: str
    what: str
    gravity: int
    case: str = ""


def differences(old: Rulebook, new: Rulebook, step: Callable[[], None] = lambda: None) -> tuple[Difference, ...]:
    """Every difference in what rules say of any plausible client, the worst first; none where they are equal in meaning.

    What is looser stands before what is stricter, and graver effects first. Titles, reasons and sources aren't compared.
    Raises ContentError where the two have other facts or techniques, Undecided where the solver gives up.
    """
    same_data = ("data/vocabulary.yaml", "data/regions.yaml", "data/techniques.yaml")
    if old.vocabulary.digest != new.vocabulary.digest or any(old.data.get(f) != new.data.get(f) for f in same_data):
        raise ContentError(
            [Fault(Place("data"), "the two rulebooks have other facts or techniques.", "Compare rules over the same.")]
        )
    both = _Both(Bench(old), Bench(new))
    found: list[Difference] = []
    for name in sorted({*old.rules, *new.rules}):
        found += both.of(name)
        step()
    return tuple(sorted(found, key=lambda d: ((LOOSER, OTHER, STRICTER).index(d.how), d.gravity, d.rule)))


@dataclass(frozen=True, slots=True)
class _Both:
    """Two rulebooks side by side; the solver sees the same client in both."""

    old: Bench
    new: Bench

    def of(self, name: str) -> Iterator[Difference]:
        """How one rule differs."""
        one, two = self.old.rulebook.rules.get(name), self.new.rulebook.rules.get(name)
        if one is None or two is None:
            yield from self._alone(name, one, two)
            return
        if one.effect != two.effect:
            yield self._effect(one, two)
        if self._spelled(self.old, one) != self._spelled(self.new, two):
            yield from self._condition(one, two)

    def _alone(self, name: str, one: Rule | None, two: Rule | None) -> Iterator[Difference]:
        bench, rule = (self.old, one) if one is not None else (self.new, two)
        assert rule is not None
        held = bench.example(rule)
        if held is None:
            return  # a rule that never holds is no loss and no gain
        told = bench.smallest_holding(held.told, name)
        how = _turned(rule, LOOSER if two is None else STRICTER)
        what = f"`{name}` is gone; it held for" if two is None else f"`{name}` is new; it holds for"
        case = self.new.examples.case(
            rule.title, told, **({"holds": [name]} if two is not None else {"disposition": self._now(told)})
        )
        yield Difference(name, how, f"{what} this client.", _gravity(rule), case)

    def _now(self, told: Told) -> list[str]:
        decision = self.new.examples.decision(told)
        return [str(decision.disposition)] if decision is not None else []

    def _effect(self, one: Rule, two: Rule) -> Difference:
        more, less = does_all_of(self.new.rulebook, two, one), does_all_of(self.old.rulebook, one, two)
        how = OTHER if more == less else _turned(two, STRICTER if more else LOOSER)
        words = {OTHER: "does something else", STRICTER: "does more", LOOSER: "does less"}[how]
        if _without_words(one.effect) == _without_words(two.effect):
            how, words = OTHER, "does the same in other words"
        held = self.new.example(two)
        case = self.new.examples.case(two.title, self.new.smallest_holding(held.told, two.id), holds=[two.id]) if held else ""
        return Difference(two.id, how, f"`{two.id}` {words} where it holds.", min(_gravity(one), _gravity(two)), case)

    def _spelled(self, bench: Bench, rule: Rule) -> tuple[Condition, ...]:
        """A condition with all definitions that it uses."""
        book = bench.rulebook
        return (rule.when, *(r.when for name in book.definitions_of(rule.id) for r in book.definitions[name]))

    def _condition(self, one: Rule, two: Rule) -> Iterator[Difference]:
        before, now = self.old.model.rule(one.id), self.new.model.rule(two.id)
        for how, first, second in ((LOOSER, before, now), (STRICTER, now, before)):
            reads = self.old.rulebook.reads(one.id) | self.new.rulebook.reads(two.id)
            found = self.new.model.find(_less(first, second), reading=reads)
            if found is None:
                continue
            found = self.new.model.find(every(first.holds, second.fails), reading=reads) or found  # plainer, if there is one
            told = self.new.examples.told(found)
            truths = self._truths(told, two.id)
            if truths is None or truths[0] is truths[1]:
                raise Undecided(f"the solver's client for `{two.id}` isn't confirmed by the definition")
            small = self.new.examples.smallest(told, partial(self._still, two.id, truths))
            what = f"`{two.id}` {truths[0]} before and {truths[1]} now, for this client."
            case = self.new.examples.case(two.title, small, **{_KEY[truths[1]]: [two.id]})
            yield Difference(two.id, _turned(two, how), what, _gravity(two), case)

    def _still(self, rule: str, truths: tuple[Truth, Truth], told: Told) -> bool:
        return self._truths(told, rule) == truths

    def _truths(self, told: Told, rule: str) -> tuple[Truth, Truth] | None:
        before, now = self.old.examples.truths(told).get(rule), self.new.examples.truths(told).get(rule)
        return None if before is None or now is None else (before, now)


def _less(one: Rails, two: Rails) -> Formula:
    """The second holds no longer, or can no longer be told, where the first does."""
    return some(every(one.holds, no(two.holds)), every(one.possible, two.fails))


def _without_words(effect: Effect) -> Effect:
    """What an effect does, without what it says besides."""
    match effect:
        case Adapt():
            return replace(effect, advice="")
        case Progress():
            return replace(effect, advice="")
        case Suggest():
            return replace(effect, note="", notes={})
        case Refer():
            return replace(effect, meanwhile="", consult=replace(effect.consult, ask=""))
        case Emergency():
            return replace(effect, consult=replace(effect.consult, ask=""))
        case Avoid():
            return replace(effect, consult=replace(effect.consult, ask="") if effect.consult is not None else None)
        case _:
            return effect


def _turned(rule: Rule, how: str) -> str:
    """Whether caution grows: more of a rule against is stricter, more of one for is looser; else it depends."""
    if isinstance(rule.effect, Define | Progress):
        return OTHER
    if isinstance(rule.effect, Suggest):
        return {LOOSER: STRICTER, STRICTER: LOOSER}[how]
    return how


def _gravity(rule: Rule) -> int:
    return next(i for i, kind in enumerate(_GRAVITY) if isinstance(rule.effect, kind))
