"""Two clients side by side: what is certain stays certain when more is learnt, and a risk never makes a rule less cautious."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from massage_rules.effects import Adapt, Avoid, Emergency, Refer, Suggest
from massage_rules.proofs.bench import Bench
from massage_rules.proofs.examples import Told
from massage_rules.proofs.model import Answer, Model, Witness
from massage_rules.proofs.rule_checks import Found
from massage_rules.proofs.solver import Formula, Questions, Undecided, every, follows, no, same, some
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN

Relation: TypeAlias = "Callable[[Answer, Answer], Iterable[Formula]]"


class Pair:
    """Two plausible clients, the second of whom stands in some relation to the first."""

    def __init__(self, rulebook: Rulebook, relation: Relation) -> None:
        self.first, self.second = Model(rulebook, name="first "), Model(rulebook, name="second ")
        self._names = tuple(rulebook.vocabulary.facts)
        laws = (law for m in (self.first, self.second) for n in self._names for law in m.laws(n, "plausible"))
        related = (f for n in self._names for f in relation(self.first.answer(n), self.second.answer(n)))
        self._questions = Questions(*laws, *related)

    def find(self, name: str, formula: Formula) -> tuple[Witness, Witness] | None:
        """Two such clients of whom this is so; None where there can be none."""
        found = self._questions.ask(self._questions.name(name, lambda: formula))
        return None if found is None else (self.first.read(found, self._names), self.second.read(found, self._names))


def more_is_known(first: Answer, second: Answer) -> list[Formula]:
    """What is told of the one is told of the other; the other may have more told."""
    return [follows(first.told, every(second.told, *_same_value(first, second)))]


def more_at_risk(first: Answer, second: Answer) -> list[Formula]:
    """The other has the same answers but for risks that were added and protections that were lost, and what these ask for anew."""
    unknown = no(some(second.told, second.not_applicable))
    anew = follows(first.not_applicable, some(second.not_applicable, unknown))
    match first.fact.role, first.fact.type:
        case "risk", "yes_no":
            return [follows(first.told, second.told), follows(first.yes, second.yes), follows(second.no, first.no), anew]
        case "protective", "yes_no":
            return [follows(first.told, second.told), follows(first.no, second.no), follows(second.yes, first.yes), anew]
        case _:
            kept = follows(first.told, every(second.told, *_same_value(first, second)))
            return [kept, follows(second.told, first.told), anew]


def _same_value(first: Answer, second: Answer) -> list[Formula]:
    pairs = [(first.yes, second.yes), (first.no, second.no), *zip(first.values.values(), second.values.values(), strict=True)]
    return [same(one, two) for one, two in (*pairs, (first.low, second.low), (first.high, second.high))]


def uncertain(bench: Bench, relation: Relation = more_is_known) -> Found:
    """Rules whose certain answer could be overturned by learning more."""
    pair = Pair(bench.rulebook, relation)
    for rule in bench.written:
        one, two = pair.first.rule(rule.id), pair.second.rule(rule.id)
        lost = some(every(one.holds, no(two.holds)), every(one.fails, no(two.fails)))
        yield from _shown(bench, pair, rule, "certain", lost, "is certain, and learning more overturns it")
        yield None


def relaxed(bench: Bench) -> Found:
    """Rules that a risk makes less cautious: against, they no longer hold or can no longer be told; for, they hold only with it."""
    pair = Pair(bench.rulebook, more_at_risk)
    for rule in bench.written:
        one, two = pair.first.rule(rule.id), pair.second.rule(rule.id)
        if isinstance(rule.effect, Emergency | Avoid | Refer | Adapt):
            lifted, doubted = every(one.possible, two.fails), every(one.holds, two.open)
            yield from _shown(bench, pair, rule, "risks", lifted, "is lifted by a risk that is added", "lifted")
            asked = "holds, and can't be told when a risk is added, until what the risk asks for is known"
            yield from _shown(bench, pair, rule, "risks", doubted, asked)
        elif isinstance(rule.effect, Suggest):
            yield from _shown(bench, pair, rule, "risks", every(two.holds, no(one.holds)), "suggests only with a risk", "only")
        yield None


def _shown(bench: Bench, pair: Pair, rule: Rule, check: str, formula: Formula, what: str, how: str = "") -> Found:
    found = pair.find(f"{rule.id} {how}", formula)
    if found is None:
        return
    before, after = (bench.examples.told(w) for w in found)
    truths = [bench.examples.truths(told).get(rule.id) for told in (before, after)]
    if None in truths or truths[0] is truths[1]:
        raise Undecided(f"the solver's two clients for `{rule.id}` aren't confirmed by the definition")
    added = {n: v for n, v in after.items() if before.get(n) != v}

    def shows(less: Told, more: Told) -> bool:
        return [bench.examples.truths(told).get(rule.id) for told in (less, {**less, **more})] == truths

    small = bench.examples.smallest(before, lambda less: shows(less, added))
    for name in sorted(added):
        fewer = {n: v for n, v in added.items() if n != name}
        added = fewer if shows(small, fewer) else added
    cases = [
        bench.examples.case(f"{rule.title} ({when})", told, **{_KEY[truth]: [rule.id]})
        for when, told, truth in zip(("before", "after"), (small, {**small, **added}), truths, strict=True)
        if truth is not None
    ]
    yield bench.flaw(check, rule, f"`{rule.id}` {what}.", case="".join(cases))


_KEY = {TRUE: "holds", FALSE: "fails", UNKNOWN: "open"}
