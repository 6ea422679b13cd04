"""What to ask next: the open questions that could still change the answer, in order of what they would settle.

A question is a block of the intake form where one denial settles much, several blocks on one sheet, or a single fact.
The list is the interview that a client with nothing to report would go through: each question is chosen for what its
denial would settle, given that those before it were denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from massage_rules.conditions import All, Any, CompareFacts, Condition, Defined, Facts, Not, Points, evaluate
from massage_rules.effects import Adapt, Avoid, Emergency, Refer, Suggest
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.techniques import HANDS_ON, Variant
from massage_rules.truth import FALSE, UNKNOWN, Truth
from massage_rules.verdicts import Decision, Disposition, Finding, Judgement, SiteDecision, Verdict
from massage_rules.views import Seen, View, close_gates

_HARM = {Emergency: 9.0, Avoid: 4.0, Refer: 3.0, Suggest: 2.0, Adapt: 1.0}
_WOULD = {
    Emergency: "would need help at once",
    Avoid: "would be left alone",
    Refer: "would wait for a clinician",
    Adapt: "would be worked on within limits",
    Suggest: "would change what suits",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask: blocks of the form or one fact, why, and the rules that its answer bears on.

    `blocks` are those that a plain no denies; a question for one fact has none. `places` are the sites, by number, at which it
    matters to know the fact; ELSEWHERE (-1) stands for trouble elsewhere.
    """

    id: str
    is_block: bool
    ask: str
    why: str
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    needed: bool
    blocks: tuple[str, ...] = ()
    places: tuple[int, ...] = ()


Tell = Callable[[Facts], Mapping[str, Truth]]
_Open: TypeAlias = tuple[str, str]  # a question, and a fact that it would settle
_Turns: TypeAlias = Mapping[str, frozenset[_Open]]  # by rule


def open_questions(rulebook: Rulebook, seen: Seen, decision: Decision, tell: Tell) -> tuple[Question, ...]:
    """The questions still open: first those that something waits for, then those whose answers would only allow more."""
    needed, easing = relevant(rulebook, decision)
    if not needed and not easing:
        return ()
    interview = _Interview(rulebook, seen, tell)
    return (*interview.plan(needed, needed=True), *interview.plan(easing, needed=False))


def relevant(rulebook: Rulebook, decision: Decision) -> tuple[frozenset[str], frozenset[str]]:
    """The undecided rules that hold something up, and those whose answer would only allow more: lift a limit, or open a part.

    Whether something else is indicated holds nothing up while a hands-on technique that is may be used or asked about.
    """
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    workable = [_workable(site, hands_on) for site in decision.sites]
    needed: set[str] = set()
    easing: set[str] = set()
    for site, enough in zip(decision.sites, workable, strict=True):
        covered = rulebook.vocabulary.regions.parts(site.region)
        for judgement in site.judgements.values():
            if not _in_question(judgement, hands_on, enough=enough):
                continue
            if not enough and any(workable) and not _indicated(judgement):
                easing |= {f.rule.id for f in judgement.suggested}
                continue
            limiting = _only_limiting(judgement, rulebook.catalogue.variants[judgement.technique], covered)
            for finding in _open(judgement):
                (easing if finding in limiting else needed).add(finding.rule.id)
    needed |= {f.rule.id for f in decision.elsewhere if f.truth is UNKNOWN and f.cleared is None}
    if decision.disposition is not Disposition.EMERGENCY:
        found = (f for site in decision.sites for f in site.findings)
        needed |= {f.rule.id for f in found if f.truth is UNKNOWN and isinstance(f.rule.effect, Emergency)}
    if not needed and decision.disposition is Disposition.ASK_FIRST:  # the limits themselves leave no technique room
        return frozenset(easing), frozenset()
    return frozenset(needed), frozenset(easing - needed)


def _indicated(judgement: Judgement) -> bool:
    return any(f.certain for f in judgement.suggested)


def _workable(site: SiteDecision, hands_on: frozenset[str]) -> bool:
    """Whether a hands-on technique that is indicated may be used at a site, or asked about."""
    usable = [j for j in site.judgements.values() if j.verdict.open or j.verdict is Verdict.ASK_FIRST]
    return any(j.technique in hands_on and _indicated(j) for j in usable)


def _in_question(judgement: Judgement, hands_on: frozenset[str], *, enough: bool) -> bool:
    """Whether a technique is indicated, or is a hands-on one that may be where no other would do."""
    return _indicated(judgement) or (not enough and bool(judgement.suggested) and judgement.technique in hands_on)


def _open(judgement: Judgement) -> Iterator[Finding]:
    if judgement.verdict is not Verdict.AVOID:
        yield from (f for f in judgement.against if f.truth is UNKNOWN)
    if judgement.verdict is Verdict.NOT_INDICATED:
        yield from (f for f in judgement.suggested if f.truth is UNKNOWN)


def _only_limiting(judgement: Judgement, variant: Variant, covered: frozenset[str]) -> list[Finding]:
    """The open findings that nothing waits for: limits, and refusals of parts that leave others whatever comes of them."""
    open_ = [f for f in judgement.against if f.truth is UNKNOWN]
    limits = [f for f in open_ if isinstance(f.rule.effect, Adapt)]
    of_parts = [f for f in open_ if isinstance(f.rule.effect, Avoid) and f.rule.effect.consult is None and not f.parts >= covered]
    lost = [f.parts for f in judgement.against if f in of_parts or (f.certain and _closes(f, variant))]
    return limits if frozenset[str]().union(*lost) >= covered else [*limits, *of_parts]


def _closes(finding: Finding, variant: Variant) -> bool:
    """Whether what a finding binds is closed or waits; a limit closes it where it leaves no room, or some of it if it spares a part."""
    effect = finding.rule.effect
    if not isinstance(effect, Adapt):
        return True
    return bool(effect.spare) or (effect.pressure_at_most is not None and effect.pressure_at_most < variant.pressure.min)


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
    alone = fact.follows is not None or (block is not None and block.self_screening)
    gates = [fact.only_if] if alone else vocabulary.gates(name)
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
        self.views = [(view, dict(view.facts)) for view in seen.views]
        self._sheets = {b: sheet.id for sheet in rulebook.vocabulary.sheets.values() for b in sheet.blocks}
        self._order = {name: i for i, name in enumerate(rulebook.vocabulary.blocks)}
        self._order |= {s.id: min(self._order[b] for b in s.blocks) for s in rulebook.vocabulary.sheets.values()}
        self._places: dict[str, set[int]] = {}
        self._answered: set[_Open] = set()

    def plan(self, rules: frozenset[str], *, needed: bool) -> Iterator[Question]:
        """The questions, best first, until none of these rules is open any more."""
        turns = self._turns(rules)
        while turns:  # each question answers facts that were open
            question, asked = self._best(turns, needed=needed)
            yield question
            self._answered |= asked
            told = self._deny(question) if question.is_block else self._grant(question)
            rules -= self._may_settle(question)
            turns = self._turns(rules) if told else self._left({r: n for r, n in turns.items() if r in rules})

    def _turns(self, rules: frozenset[str]) -> _Turns:
        """The facts on which each rule still turns, over all views, each with its question, without those already answered."""
        found: dict[str, set[_Open]] = {}
        self._places = {}
        for view, facts in self.views:
            told = self.tell(facts)
            defined = _defined(self.rulebook, told)
            for rule in rules:
                if told[rule] is UNKNOWN:
                    turns = set(open_facts(self.rulebook, self.rulebook.rules[rule].when, facts, defined))
                    turns = {name for name in turns if view.unknown.get(name) != "declined"}
                    found.setdefault(rule, set()).update((self._question_of(name, view), name) for name in turns)
                    for name in turns:
                        self._places.setdefault(name, set()).add(view.site)
        return self._left(found)

    def _left(self, turns: Mapping[str, AbstractSet[_Open]]) -> _Turns:
        """The same without what was answered; a fact that is only asked for leaves the views as they are."""
        return {rule: frozenset(left) for rule, open_ in turns.items() if (left := open_ - self._answered)}

    def _best(self, turns: _Turns, *, needed: bool) -> tuple[Question, set[_Open]]:
        candidates: dict[str, set[_Open]] = {}
        for open_ in turns.values():
            for question, name in open_:
                candidates.setdefault(question, set()).add((question, name))
        best = min(candidates, key=lambda c: self._rank(c, candidates[c], turns))
        facts = tuple(sorted(name for _, name in candidates[best]))
        rules = tuple(sorted(r for r, open_ in turns.items() if open_ & candidates[best]))
        asked = self._compound(best, facts, rules, needed) or self._single(best, facts, rules, needed)
        return asked, candidates[best]

    def _rank(self, name: str, open_: set[_Open], turns: _Turns) -> tuple[int, float, bool, int, str]:
        """What much else depends on first, then what settles most; then what a plain answer settles, and the order of the form."""
        fact = self.rulebook.vocabulary.facts.get(name)
        first = 0 if name == "complaints" else 1 if name == "age" and not any(name in facts for _, facts in self.views) else 2
        number = fact is not None and fact.type != "yes_no"
        worth = round(self._worth(open_, turns), 6)
        return first, -worth, number, self._order.get(name, len(self._order)), name

    def _compound(self, name: str, facts: tuple[str, ...], rules: tuple[str, ...], needed: bool) -> Question | None:
        """The question of a block, or of a sheet with those of its blocks that these facts stand in; None for a fact's own."""
        vocabulary = self.rulebook.vocabulary
        if name in vocabulary.facts:
            return None
        mine = {vocabulary.facts[f].block for f in facts}
        blocks = tuple(b for b in vocabulary.blocks.values() if b.id in mine)
        asked = vocabulary.sheets[name] if name in vocabulary.sheets and len(blocks) > 1 else blocks[0]
        ask = " ".join([asked.ask, *(b.ask for b in blocks)]) if asked not in blocks else asked.ask
        return Question(asked.id, True, ask, asked.why, facts, rules, needed, tuple(b.id for b in blocks))

    def _single(self, name: str, facts: tuple[str, ...], rules: tuple[str, ...], needed: bool) -> Question:
        fact = self.rulebook.vocabulary.facts[name]
        places = tuple(sorted(self._places[name])) if fact.level == "site" else ()
        why = fact.why or _why(self.rulebook, rules)
        return Question(name, False, fact.ask, why, facts, rules, needed, places=places)

    def _question_of(self, name: str, view: View) -> str:
        """The sheet or block whose denial would settle a fact, or the fact itself."""
        fact = self.rulebook.vocabulary.facts[name]
        by_block = fact.role == "risk" and fact.type == "yes_no" and name not in view.unknown
        return self._sheets.get(fact.block, fact.block) if by_block else name

    def _worth(self, answered: set[_Open], turns: _Turns) -> float:
        """The harm at stake in the rules that an answer would settle, and a tenth of it where it would only help."""
        harm = {r: _HARM.get(type(self.rulebook.rules[r].effect), 0.0) for r in turns}
        return sum(harm[r] if open_ <= answered else harm[r] / 10 if open_ & answered else 0.0 for r, open_ in turns.items())

    def _may_settle(self, question: Question) -> frozenset[str]:
        """The rules that the answer to one fact may settle, so that what else they turn on is asked once it is known, if ever.

        These are suggestions, and with a set of choices what doesn't hold if it is empty.
        """
        if question.is_block:
            return frozenset()
        found = {r for r in question.rules if isinstance(self.rulebook.rules[r].effect, Suggest)}
        if self.rulebook.vocabulary.facts[question.id].type == "choices":
            told = [self.tell({question.id: frozenset[str](), **facts}) for _, facts in self.views]
            found |= {r for r in question.rules if all(t[r] is FALSE for t in told)}
        return frozenset(found)

    def _deny(self, question: Question) -> bool:
        """Answers blocks with no."""
        facts = self.rulebook.vocabulary.facts.values()
        denied = [f.id for f in facts if f.block in question.blocks and f.role == "risk" and f.type == "yes_no"]
        return self._tell(dict.fromkeys(denied, False))

    def _grant(self, question: Question) -> bool:
        """Answers a fact as somebody with nothing to report would: what protects is so; of all else nobody knows."""
        fact = self.rulebook.vocabulary.facts[question.id]
        return self._tell({fact.id: True} if fact.role == "protective" and fact.type == "yes_no" else {})

    def _tell(self, answers: Mapping[str, bool]) -> bool:
        """Tells the views some answers, where it isn't known that the client can't give them; says whether there were any."""
        for view, facts in self.views if answers else ():
            for name, answer in answers.items():
                if name not in view.unknown:
                    facts.setdefault(name, answer)
            close_gates(self.rulebook.vocabulary, facts, view.unknown)
        return bool(answers)


def _defined(rulebook: Rulebook, told: Mapping[str, Truth]) -> dict[str, Truth]:
    return {name: max(told[r.id] for r in rules) for name, rules in rulebook.definitions.items()}


def _why(rulebook: Rulebook, rules: Sequence[str]) -> str:
    """The gravest of the rules that an answer bears on: what it is about, and what would come of it."""
    gravest: Rule = max((rulebook.rules[r] for r in rules), key=lambda r: _HARM.get(type(r.effect), 0.0))
    return f"{gravest.danger}: {_WOULD.get(type(gravest.effect), 'would change the advice')}"
