"""What to ask next: the open questions that could still change the answer, in order of what they would settle.

A question is a block of the intake form where one denial settles much, several blocks on one sheet, or a single fact.
The list is the interview that a client with nothing to report would go through: each question is chosen for what its
denial would settle, given that those before it were denied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from massage_rules.conditions import (
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    FactValue,
    Is,
    Not,
    OneOf,
    Points,
    Test,
    score,
    test,
)
from massage_rules.effects import Adapt, Avoid, Emergency, Refer, Suggest
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.techniques import HANDS_ON, Variant
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth
from massage_rules.verdicts import Decision, Disposition, Finding, Judgement, SiteDecision, Verdict
from massage_rules.views import Seen, View

_HARM = {Emergency: 9, Avoid: 4, Refer: 3, Suggest: 2, Adapt: 1}
_WOULD = {Emergency: "emergency", Avoid: "avoid", Refer: "refer", Adapt: "adapt", Suggest: "suggest"}
_NONE: frozenset[str] = frozenset()


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


_Open: TypeAlias = tuple[str, str]  # a question, and a fact that it would settle
_Turns: TypeAlias = Mapping[str, frozenset[_Open]]  # by rule


def open_questions(rulebook: Rulebook, seen: Seen, decision: Decision) -> tuple[Question, ...]:
    """The questions still open: first those that something waits for, then those whose answers would only allow more."""
    needed, easing = relevant(rulebook, decision)
    if not needed and not easing:
        return ()
    interview = _Interview(rulebook, seen)
    return (*interview.plan(needed, needed=True), *interview.plan(easing, needed=False))


def relevant(rulebook: Rulebook, decision: Decision) -> tuple[frozenset[str], frozenset[str]]:
    """The undecided rules that hold something up, and those whose answer would only allow more: lift a limit, or open a part.

    Whether something else is indicated holds nothing up while a hands-on technique that is may be used or asked about; what
    would be a first choice for the complaint is asked for all the same.
    """
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    variants = rulebook.catalogue.variants
    workable = [_workable(site, hands_on) for site in decision.sites]
    needed: set[str] = set()
    easing: set[str] = set()
    for site, enough in zip(decision.sites, workable, strict=True):
        covered = rulebook.vocabulary.regions.parts(site.region)
        for judgement in site.judgements.values():
            if not _in_question(judgement, hands_on, enough=enough):
                easing |= _first_choices(judgement, rulebook)
                continue
            if not enough and any(workable) and not _indicated(judgement):
                easing |= {f.rule.id for f in judgement.suggested}
                continue
            limiting = _only_limiting(judgement, variants[judgement.technique], covered)
            for finding in _open(judgement):
                (easing if finding.rule.id in limiting else needed).add(finding.rule.id)
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


def _first_choices(judgement: Judgement, rulebook: Rulebook) -> set[str]:
    """The open rules by which a technique that isn't indicated so far would be a first choice for a complaint."""
    if judgement.verdict is not Verdict.NOT_INDICATED:
        return set()
    open_ = {
        f.rule.id: f.rule.effect for f in judgement.suggested if f.truth is UNKNOWN and "complaints" in rulebook.reads(f.rule.id)
    }
    return {rule for rule, effect in open_.items() if isinstance(effect, Suggest) and effect.role == "first_line"}


def _open(judgement: Judgement) -> Iterator[Finding]:
    if judgement.verdict is not Verdict.AVOID:
        yield from (f for f in judgement.against if f.truth is UNKNOWN)
    if judgement.verdict is Verdict.NOT_INDICATED:
        yield from (f for f in judgement.suggested if f.truth is UNKNOWN)


def _only_limiting(judgement: Judgement, variant: Variant, covered: frozenset[str]) -> set[str]:
    """The open rules that nothing waits for: limits, and refusals of parts that leave others whatever comes of them."""
    open_ = [f for f in judgement.against if f.truth is UNKNOWN]
    limits = {f.rule.id for f in open_ if isinstance(f.rule.effect, Adapt)}
    of_parts = [f for f in open_ if isinstance(f.rule.effect, Avoid) and f.rule.effect.consult is None and not f.parts >= covered]
    lost = [f.parts for f in of_parts] + [f.parts for f in judgement.against if f.certain and _closes(f, variant)]
    return limits if _NONE.union(*lost) >= covered else limits | {f.rule.id for f in of_parts}


def _closes(finding: Finding, variant: Variant) -> bool:
    """Whether what a finding binds is closed or waits; a limit closes it where it leaves no room, or some of it if it spares a part."""
    effect = finding.rule.effect
    if not isinstance(effect, Adapt):
        return True
    return bool(effect.spare) or (effect.pressure_at_most is not None and effect.pressure_at_most < variant.pressure.min)


class OpenPlace:
    """One view as the interview goes on: what is known there, and on which facts the rules still turn."""

    def __init__(self, rulebook: Rulebook, view: View) -> None:
        self.rulebook, self.view = rulebook, view
        self.facts: dict[str, FactValue] = dict(view.facts)
        self.open: dict[str, frozenset[str]] = {}
        self._defined: dict[str, tuple[Truth, frozenset[str]]] = {}
        self._asked: dict[str, frozenset[str]] = {}

    def watch(self, rules: Iterable[str]) -> None:
        """Finds out, for each of these rules that can't be told here, on which facts it turns."""
        self.open = {}
        self._look(rules)

    def tell(self, answers: Mapping[str, FactValue]) -> None:
        """Adds answers to what isn't known, closes what then doesn't concern the client, and looks again where that is read."""
        before = frozenset(self.facts)
        self.facts = {**{n: a for n, a in answers.items() if n not in self.view.unknown}, **self.facts}
        self.rulebook.vocabulary.gated.close(self.facts, self.view.unknown)
        told = self.facts.keys() - before
        if told:
            self._defined.clear()
            self._asked.clear()
            self._look([rule for rule in self.open if not told.isdisjoint(self.rulebook.reads(rule))])

    def supposing(self, name: str, value: FactValue) -> OpenPlace:
        """The same place if this were the answer to a fact, where it isn't known."""
        return OpenPlace(self.rulebook, replace(self.view, facts={name: value, **self.facts}))

    def _look(self, rules: Iterable[str]) -> None:
        for rule in rules:
            self.open.pop(rule, None)
            truth, names = self.turns(self.rulebook.rules[rule].when)
            if truth is UNKNOWN:
                self.open[rule] = frozenset(n for n in names if self.view.unknown.get(n) != "declined")

    def turns(self, condition: Condition) -> tuple[Truth, frozenset[str]]:
        """The truth of a condition, and where it can't be told the facts on which it still turns."""
        match condition:
            case Is() | OneOf() | Compare() | CompareFacts():
                truth = test(condition, self.facts)
                return truth, self._asked_for(condition) if truth is UNKNOWN else _NONE
            case All(parts):
                return self._several(parts, decided_by=FALSE)
            case Any(parts):
                return self._several(parts, decided_by=TRUE)
            case Not(part):
                truth, names = self.turns(part)
                return ~truth, names
            case Points(at_least, items):
                found = [(points, *self.turns(part)) for points, part in items]
                truth = score([(points, t) for points, t, _ in found], at_least=at_least)
                return truth, _NONE.union(*(names for _, _, names in found)) if truth is UNKNOWN else _NONE
            case Defined(name):
                if name not in self._defined:
                    self._defined[name] = self._several([r.when for r in self.rulebook.definitions[name]], decided_by=TRUE)
                return self._defined[name]
            case _:
                assert_never(condition)

    def _several(self, parts: Iterable[Condition], *, decided_by: Truth) -> tuple[Truth, frozenset[str]]:
        """Of `all` and `any`: one part that is false, or true, decides; otherwise it turns on what its open parts turn on."""
        truth, open_ = ~decided_by, []
        for part in parts:
            found, names = self.turns(part)
            if found is decided_by:
                return decided_by, _NONE
            if found is UNKNOWN:
                truth = UNKNOWN
                open_.append(names)
        return truth, _NONE.union(*open_)

    def _asked_for(self, condition: Test) -> frozenset[str]:
        names = (condition.fact, condition.other) if isinstance(condition, CompareFacts) else (condition.fact,)
        return _NONE.union(*map(self._askable, [n for n in names if n not in self.facts] or names))

    def _askable(self, name: str) -> frozenset[str]:
        """A fact, or what must be known before it is due; where nobody can say whether it is, the fact with it.

        A block that screens for itself needn't wait.
        """
        if name not in self._asked:
            vocabulary = self.rulebook.vocabulary
            fact = vocabulary.facts[name]
            block = vocabulary.blocks.get(fact.block)
            alone = fact.follows is not None or (block is not None and block.self_screening)
            gates = [fact.only_if] if alone and fact.only_if is not None else [] if alone else vocabulary.gates(name)
            waiting = _NONE.union(*(names for truth, names in map(self.turns, gates) if truth is UNKNOWN))
            self._asked[name] = waiting if any(map(self._leads_on, waiting)) else waiting | {name}
        return self._asked[name]

    def _leads_on(self, name: str) -> bool:
        """Whether what stands behind a fact waits for it: it may be told, or it's what the rest is about, such as a wound."""
        return self.may_be_told(name) or self.rulebook.vocabulary.facts[name].type == "yes_no"

    def may_be_told(self, name: str) -> bool:
        """Whether a fact was left open without a word, so that asking may help."""
        return self.view.unknown.get(name, "not_asked") == "not_asked"


class _Interview:
    """Plays the interview through, question by question, as if each had been answered with no."""

    def __init__(self, rulebook: Rulebook, seen: Seen) -> None:
        self.rulebook = rulebook
        self.places = [OpenPlace(rulebook, view) for view in seen.views]
        self._sheets = {b: sheet.id for sheet in rulebook.vocabulary.sheets.values() for b in sheet.blocks}
        self._order = {name: i for i, name in enumerate(rulebook.vocabulary.blocks)}
        self._order |= {s.id: min(self._order[b] for b in s.blocks) for s in rulebook.vocabulary.sheets.values()}
        self._watched: frozenset[str] = frozenset()
        self._answered: set[_Open] = set()

    def plan(self, rules: frozenset[str], *, needed: bool) -> Iterator[Question]:
        """The questions, best first, until none of these rules is open any more."""
        for place in self.places:
            place.watch(rules)
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
        found: dict[str, frozenset[_Open]] = {}
        self._watched = rules
        for place in self.places:
            asks = {name: (self._question_of(name, place.view), name) for name in _NONE.union(*place.open.values())}
            for rule, names in place.open.items():
                if rule in rules:
                    found[rule] = found.get(rule, frozenset()).union([asks[name] for name in names])
        return self._left(found)

    def _left(self, turns: _Turns) -> _Turns:
        """The same without what was answered; a fact that is only asked for leaves the views as they are."""
        return {rule: left for rule, open_ in turns.items() if (left := open_ - self._answered)}

    def _best(self, turns: _Turns, *, needed: bool) -> tuple[Question, set[_Open]]:
        worth = self._worth(turns)
        best = min(worth, key=lambda name: self._rank(name, worth[name]))
        answered = {item for open_ in turns.values() for item in open_ if item[0] == best}
        facts = tuple(sorted(name for _, name in answered))
        rules = tuple(sorted(rule for rule, open_ in turns.items() if not open_.isdisjoint(answered)))
        asked = self._compound(best, facts, rules, needed) or self._single(best, facts, rules, needed)
        return asked, answered

    def _rank(self, name: str, worth: int) -> tuple[int, int, bool, int, str]:
        """What much else depends on first, then what settles most; then what a plain answer settles, and the order of the form."""
        fact = self.rulebook.vocabulary.facts.get(name)
        first = 0 if name == "complaints" else 1 if name == "age" and not any(name in place.facts for place in self.places) else 2
        number = fact is not None and fact.type != "yes_no"
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
        open_at = {p.view.site for p in self.places if any(name in p.open[rule] for rule in p.open.keys() & self._watched)}
        places = tuple(sorted(open_at)) if fact.level == "site" else ()
        why = fact.why or _why(self.rulebook, rules)
        return Question(name, False, fact.ask, why, facts, rules, needed, places=places)

    def _question_of(self, name: str, view: View) -> str:
        """The sheet or block whose denial would settle a fact, or the fact itself."""
        fact = self.rulebook.vocabulary.facts[name]
        by_block = fact.role == "risk" and fact.type == "yes_no" and name not in view.unknown
        return self._sheets.get(fact.block, fact.block) if by_block else name

    def _worth(self, turns: _Turns) -> Counter[str]:
        """What is at stake in the rules that an answer would settle, in tenths, and a tenth of it where it would only help."""
        worth: Counter[str] = Counter()
        for rule, open_ in turns.items():
            harm = _HARM.get(type(self.rulebook.rules[rule].effect), 0)
            questions = {question for question, _ in open_}
            for question in questions:
                worth[question] += harm if len(questions) > 1 else 10 * harm
        return worth

    def _may_settle(self, question: Question) -> frozenset[str]:
        """The rules that the answer to one fact may settle, so that what else they turn on is asked once it is known, if ever.

        These are suggestions, and with a set of choices what doesn't hold if it is empty. What nobody knows settles nothing.
        """
        if question.is_block or not any(place.may_be_told(question.id) for place in self.places):
            return frozenset()
        found = {r for r in question.rules if isinstance(self.rulebook.rules[r].effect, Suggest)}
        if self.rulebook.vocabulary.facts[question.id].type == "choices":
            none = [place.supposing(question.id, _NONE) for place in self.places]
            whens = {rule: self.rulebook.rules[rule].when for rule in question.rules}
            found |= {rule for rule, when in whens.items() if all(place.turns(when)[0] is FALSE for place in none)}
        return frozenset(found)

    def _deny(self, question: Question) -> bool:
        """Answers blocks with no."""
        denied = [name for name, block in self.rulebook.vocabulary.deniable if block in question.blocks]
        return self._tell(dict.fromkeys(denied, False))

    def _grant(self, question: Question) -> bool:
        """Answers a fact as somebody with nothing to report would: what protects is so; of all else nobody knows."""
        fact = self.rulebook.vocabulary.facts[question.id]
        return self._tell({fact.id: True} if fact.role == "protective" and fact.type == "yes_no" else {})

    def _tell(self, answers: Mapping[str, bool]) -> bool:
        """Tells the views some answers, where it isn't known that the client can't give them; says whether there were any."""
        for place in self.places if answers else ():
            place.tell(answers)
        return bool(answers)


def _why(rulebook: Rulebook, rules: Sequence[str]) -> str:
    """The gravest of the rules that an answer bears on: what it is about, and what would come of it."""
    gravest: Rule = max((rulebook.rules[r] for r in rules), key=lambda r: _HARM.get(type(r.effect), 0))
    return f"{gravest.danger}: {rulebook.language('would.' + _WOULD.get(type(gravest.effect), 'other'))}"
