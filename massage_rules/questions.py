"""What to ask next: the open questions that could still change the answer, in order of what they would settle.

A question is a block of the intake form where one denial settles much, or a single fact. The list is the
shortest interview that a client with nothing to report would go through: each question is chosen for what
its denial would settle, given that those before it were denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from massage_rules.conditions import All, Any, CompareFacts, Condition, Defined, Facts, FactValue, Not, Points, evaluate
from massage_rules.effects import Adapt, Avoid, Emergency, Refer, Suggest
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.techniques import HANDS_ON
from massage_rules.truth import UNKNOWN, Truth
from massage_rules.verdicts import Decision, Finding, Judgement, Verdict
from massage_rules.views import Seen, close_gates

_HARM = {Emergency: 9.0, Avoid: 4.0, Refer: 3.0, Suggest: 2.0, Adapt: 1.0}
_ALWAYS_FIRST = ("complaints", "age")


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask: a block of the form or one fact, why, and the rules that its answer bears on."""

    id: str
    is_block: bool
    ask: str
    why: str
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    needed: bool


Tell = Callable[[Facts], Mapping[str, Truth]]


def open_questions(rulebook: Rulebook, seen: Seen, decision: Decision, tell: Tell) -> tuple[Question, ...]:
    """The questions still open: first those that something waits for, then those that would only ease limits."""
    needed, easing = relevant(rulebook, decision)
    if not needed and not easing:
        return ()
    interview = _Interview(rulebook, seen, tell)
    return (*interview.plan(needed, needed=True), *interview.plan(easing, needed=False))


def relevant(rulebook: Rulebook, decision: Decision) -> tuple[frozenset[str], frozenset[str]]:
    """The undecided rules that hold something up, and those that only set limits meanwhile.

    Whether something else is indicated matters only while no hands-on technique that is may be used or asked about.
    """
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    needed: set[str] = set()
    easing: set[str] = set()
    for site in decision.sites:
        for judgement in _in_question(site.judgements.values(), hands_on):
            for finding in _open(judgement):
                (easing if isinstance(finding.rule.effect, Adapt) else needed).add(finding.rule.id)
    needed |= {f.rule.id for f in decision.elsewhere if f.truth is UNKNOWN and f.cleared is None}
    return frozenset(needed), frozenset(easing - needed)


def _in_question(judgements: Iterable[Judgement], hands_on: frozenset[str]) -> list[Judgement]:
    """The techniques that are indicated, and those that may be where none of these would do."""
    possible = [j for j in judgements if j.suggested]
    indicated = [j for j in possible if any(f.certain for f in j.suggested)]
    enough = any(j.technique in hands_on and (j.verdict.open or j.verdict is Verdict.ASK_FIRST) for j in indicated)
    return indicated if enough else possible


def _open(judgement: Judgement) -> Iterator[Finding]:
    if judgement.verdict is not Verdict.AVOID:
        yield from (f for f in judgement.against if f.truth is UNKNOWN)
    if judgement.verdict is Verdict.NOT_INDICATED:
        yield from (f for f in judgement.suggested if f.truth is UNKNOWN)


def open_facts(rulebook: Rulebook, condition: Condition, facts: Facts, defined: Mapping[str, Truth]) -> Iterator[str]:
    """The unknown facts on which an undecided condition still turns; a fact's own gate comes before it."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                if evaluate(part, facts, defined) is UNKNOWN:
                    yield from open_facts(rulebook, part, facts, defined)
        case Not(part):
            yield from open_facts(rulebook, part, facts, defined)
        case Points(_, items):
            for _, part in items:
                if evaluate(part, facts, defined) is UNKNOWN:
                    yield from open_facts(rulebook, part, facts, defined)
        case Defined(name):
            for rule in rulebook.definitions[name]:
                if evaluate(rule.when, facts, defined) is UNKNOWN:
                    yield from open_facts(rulebook, rule.when, facts, defined)
        case test:
            names = (test.fact, test.other) if isinstance(test, CompareFacts) else (test.fact,)
            for name in [n for n in names if n not in facts] or names:
                yield from _askable(rulebook, name, facts)


def _askable(rulebook: Rulebook, name: str, facts: Facts) -> Iterator[str]:
    """A fact, or what must be known before it is due; a block that screens for itself needn't wait."""
    vocabulary = rulebook.vocabulary
    fact = vocabulary.facts[name]
    block = vocabulary.blocks.get(fact.block)
    gates = [fact.only_if] if block is not None and block.self_screening else vocabulary.gates(name)
    waiting = False
    for gate in gates:
        if gate is not None and evaluate(gate, facts, {}) is UNKNOWN:
            waiting = True
            yield from open_facts(rulebook, gate, facts, {})
    if not waiting:
        yield name


class _Interview:
    """Plays the interview through, question by question, as if each had been answered with no."""

    def __init__(self, rulebook: Rulebook, seen: Seen, tell: Tell) -> None:
        self.rulebook, self.tell = rulebook, tell
        self.unknown = seen.unknown
        self.views: list[dict[str, FactValue]] = [dict(v.facts) for v in seen.views]
        self.answered: set[str] = {name for name, way in seen.unknown.items() if way == "declined"}

    def plan(self, rules: frozenset[str], *, needed: bool) -> Iterator[Question]:
        """The questions, best first, until none of these rules is open any more."""
        turns = self._turns(rules)
        while turns:  # each question answers facts that were open
            question = self._best(turns, needed=needed)
            yield question
            self._deny(question)
            turns = self._turns(rules) if question.is_block else self._left(turns)

    def _turns(self, rules: frozenset[str]) -> dict[str, frozenset[str]]:
        """The facts on which each rule still turns, over all views, without those already answered."""
        found: dict[str, set[str]] = {}
        for facts in self.views:
            told = self.tell(facts)
            defined = _defined(self.rulebook, told)
            for rule in rules:
                if told[rule] is UNKNOWN:
                    turns = open_facts(self.rulebook, self.rulebook.rules[rule].when, facts, defined)
                    found.setdefault(rule, set()).update(turns)
        return self._left(found)

    def _left(self, turns: Mapping[str, AbstractSet[str]]) -> dict[str, frozenset[str]]:
        """The same without what was answered; a fact that is only asked for leaves the views as they are."""
        return {rule: frozenset(left) for rule, names in turns.items() if (left := names - self.answered)}

    def _best(self, turns: Mapping[str, frozenset[str]], *, needed: bool) -> Question:
        candidates: dict[str, set[str]] = {}
        for names in turns.values():
            for name in names:
                candidates.setdefault(self._question_of(name), set()).add(name)
        best = min(
            candidates, key=lambda c: (_rank_first(c), -round(self._worth(candidates[c], turns), 6), self._form_order(c), c)
        )
        facts = tuple(sorted(candidates[best]))
        rules = tuple(sorted(r for r, names in turns.items() if names & candidates[best]))
        vocabulary = self.rulebook.vocabulary
        block = vocabulary.blocks.get(best)
        if block is not None and best not in vocabulary.facts:
            return Question(best, True, block.ask, block.why, facts, rules, needed)
        fact = vocabulary.facts[best]
        return Question(best, False, fact.ask, _why(self.rulebook, rules), facts, rules, needed)

    def _question_of(self, name: str) -> str:
        """The block whose denial would settle a fact, or the fact itself."""
        fact = self.rulebook.vocabulary.facts[name]
        by_block = fact.role == "risk" and fact.type == "yes_no" and name not in self.unknown
        return fact.block if by_block else name

    def _worth(self, facts: set[str], turns: Mapping[str, frozenset[str]]) -> float:
        """The harm at stake in the rules that an answer would settle, and a tenth of it where it would only help."""
        harm = {r: _HARM.get(type(self.rulebook.rules[r].effect), 0.0) for r in turns}
        return sum(harm[r] if names <= facts else harm[r] / 10 if names & facts else 0.0 for r, names in turns.items())

    def _form_order(self, name: str) -> int:
        blocks = list(self.rulebook.vocabulary.blocks)
        return blocks.index(name) if name in blocks else len(blocks)

    def _deny(self, question: Question) -> None:
        vocabulary = self.rulebook.vocabulary
        self.answered.update(question.facts)
        if not question.is_block:
            return
        denied = [f.id for f in vocabulary.facts.values() if f.block == question.id and f.role == "risk" and f.type == "yes_no"]
        for facts in self.views:
            for name in denied:
                if name not in facts and name not in self.unknown:
                    facts[name] = False
            close_gates(vocabulary, facts, self.unknown)


def _rank_first(name: str) -> int:
    return _ALWAYS_FIRST.index(name) if name in _ALWAYS_FIRST else len(_ALWAYS_FIRST)


def _defined(rulebook: Rulebook, told: Mapping[str, Truth]) -> dict[str, Truth]:
    return {name: max(told[r.id] for r in rules) for name, rules in rulebook.definitions.items()}


def _why(rulebook: Rulebook, rules: Sequence[str]) -> str:
    """The gravest of the rules that an answer bears on, in its own words."""
    gravest: Rule = max((rulebook.rules[r] for r in rules), key=lambda r: _HARM.get(type(r.effect), 0.0))
    return f"bears on: {gravest.title[0].lower()}{gravest.title[1:]}"
