"""The least changes that bring a verdict or the disposition to a wanted one: nothing smaller does it, and each of these does.

The search grows sets of moves, smallest first. Where a set isn't enough, something holds the answer where it is: findings against,
or that nothing speaks for it. As long as nothing moves that such a *hold* rests on, the wanted answer stays out of reach; so the
search goes on only with moves of the hold. A set that could be enough is never left out, and where nothing that a hold rests on
can move, no more moves help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from massage_rules.advice import Evaluator
from massage_rules.changes.moves import Move, Moves, Subject
from massage_rules.changes.otherwise import Values
from massage_rules.conditions import FactValue
from massage_rules.contradictions import faults_of
from massage_rules.effects import Adapt, Emergency, Suggest
from massage_rules.profile import ProfileBase
from massage_rules.rule import Rule
from massage_rules.semantics import judge
from massage_rules.supports import span
from massage_rules.techniques import HANDS_ON
from massage_rules.truth import TRUE, Truth
from massage_rules.verdicts import Decision, Disposition, Finding, Judgement, Verdict
from massage_rules.views import ELSEWHERE, Seen

EFFORT = 500
_OPEN: frozenset[Verdict | Disposition] = frozenset({Disposition.TREAT, Disposition.MODIFY})


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted: one of these verdicts for a technique at a site, or, without a technique, one of these dispositions."""

    wanted: frozenset[Verdict | Disposition]
    technique: str | None = None
    site: int = 0

    def of(self, decision: Decision) -> Verdict | Disposition:
        """What a decision gives instead."""
        if self.technique is None:
            return decision.disposition
        return decision.sites[self.site].judgements[self.technique].verdict

    def reached(self, decision: Decision) -> bool:
        """Whether a decision gives it."""
        return self.of(decision) in self.wanted

    @property
    def most(self) -> int:
        """The most caution that is wanted."""
        return max(w.caution for w in self.wanted)


@dataclass(frozen=True, slots=True)
class Least:
    """Sets of moves that reach a goal, no subject of which can be left out: all of them up to so many moves, or of any number (None).

    `tried` counts the sets that were worked out.
    """

    sets: tuple[tuple[Move, ...], ...]
    complete_to: int | None
    tried: int


@dataclass(frozen=True, slots=True)
class State:
    """A client after some moves, the decision then, and what each finding in it rests on, as far as that was asked."""

    seen: Seen
    decision: Decision
    holds: dict[tuple[str, Truth, int], frozenset[Subject]] = field(default_factory=dict)


class Search:
    """One client and one goal: whether moves reach it, and which further moves are needed where they don't."""

    def __init__(self, evaluator: Evaluator, profile: ProfileBase, goal: Goal) -> None:
        self.evaluator, self.profile, self.goal = evaluator, profile, goal
        self.rulebook = evaluator.rulebook
        seen, decision = evaluator.decide(profile, core="compiled")
        self.moves = Moves(Values(self.rulebook), profile, seen, decision)
        self._states: dict[frozenset[Move], State] = {}
        self._kept: dict[tuple[str, tuple[FactValue | None, ...]], frozenset[str]] = {}
        self._facts: dict[str, tuple[str, ...]] = {}

    def least(self, *, most: int, effort: int = EFFORT) -> Least:
        """The least sets of at most so many moves. At most `effort` sets are tried, and a size that wasn't finished isn't complete."""
        found: dict[frozenset[Move], tuple[Move, ...]] = {}
        frontier: list[tuple[Move, ...]] = [()]
        seen = set[frozenset[Move]]()
        for size in range(1, most + 1):
            smaller = {frozenset(m.subject for m in moves) for moves in found}
            following: list[tuple[Move, ...]] = []
            for path in frontier:
                if any(done <= {m.subject for m in path} for done in smaller):
                    continue
                for move in self.needed(path):
                    moves = (*path, move)
                    key, subjects = frozenset(moves), frozenset(m.subject for m in moves)
                    if key in seen or any(done < subjects for done in smaller):
                        continue
                    if len(seen) >= effort:
                        return Least(tuple(found.values()), size - 1, len(seen))
                    seen.add(key)
                    if self.goal.reached(self.state(moves).decision) and not faults_of(self.moves.applied(moves)):
                        found[key] = moves
                    else:
                        following.append(moves)
            if not following:
                return Least(tuple(found.values()), None, len(seen))
            frontier = following
        return Least(tuple(found.values()), most, len(seen))

    def state(self, moves: Sequence[Move]) -> State:
        """The client after these moves, and the decision then."""
        key = frozenset(moves)
        if key not in self._states:
            self._states[key] = State(*self.evaluator.decide(self.moves.applied(moves), core="compiled"))
        return self._states[key]

    def needed(self, path: Sequence[Move]) -> Iterator[Move]:
        """The moves of which at least one has to be added.

        A fact that doesn't concern the client yet waits for what makes it so, which is in every hold that it is in.
        """
        state, done = self.state(path), frozenset(m.subject for m in path)
        if self.goal.reached(state.decision):  # but these moves contradict something
            subjects = frozenset[Subject]().union(*(self.moves.kin(m.subject) for m in path))
        else:
            subjects = self._hold(state, done)
        ready = (s for s in subjects - done if self.moves.due(s, state.seen))
        for subject in sorted(ready, key=lambda s: s.order):
            yield from self.moves.of(subject)

    def _hold(self, state: State, done: frozenset[Subject]) -> frozenset[Subject]:
        """Of what one has to move; the hold that can move least, where there are several."""
        if self.goal.of(state.decision).caution <= self.goal.most:
            return self.everything
        if self.goal.technique is not None:
            judgement = state.decision.sites[self.goal.site].judgements[self.goal.technique]
            holds = list(self._on_verdict(state, judgement, self.goal.site))
        else:
            holds = list(self._on_disposition(state, done))
        return min(holds, key=lambda h: self._weight(h - done)) if holds else self.everything

    @cached_property
    def everything(self) -> frozenset[Subject]:
        """All that can be moved of what the rules that bear on the goal read, and all rules that can be cleared."""
        bearing = [r for r in self.rulebook.rules.values() if self._bears(r)]
        read = {(i, n) for i in range(len(self.moves.seen.views)) for r in bearing for n in (*self._direct(r), *_side(r))}
        facts = {s for i, name in read for s in self.moves.behind(i, name)}
        rules = (Subject("rule", name) for name in self.moves.clearable.intersection(r.id for r in bearing))
        return frozenset((*facts, *rules))

    def _bears(self, rule: Rule) -> bool:
        scope = getattr(rule.effect, "scope", None)
        techniques = rule.effect.techniques if isinstance(rule.effect, Suggest) else scope.techniques if scope else ()
        return self.goal.technique in techniques if self.goal.technique is not None else bool(techniques)

    def _on_verdict(self, state: State, judgement: Judgement, site: int) -> Iterator[frozenset[Subject]]:
        """Holds on a verdict that is more cautious than is wanted: by findings against it, and by nothing speaking for it."""
        most = self.goal.most if self.goal.technique is not None else Verdict.ADAPT.caution
        rules = [
            r
            for r in self.rulebook.rules.values()
            if isinstance(r.effect, Suggest) and judgement.technique in r.effect.techniques
        ]
        if not rules:
            yield frozenset()
            return
        covered = self.rulebook.vocabulary.regions.parts(state.decision.sites[site].region)
        speaks = Finding(rules[0], TRUE, site, covered)
        variant = self.rulebook.catalogue.variants[judgement.technique]

        def closed(findings: Sequence[Finding]) -> bool:
            judged = judge(self.rulebook, judgement.technique, variant, [*findings, speaks], covered)
            return judged.verdict.caution > most

        if closed(judgement.against):
            yield self._least_hold(state, judgement.against, closed)
        if most < Verdict.NOT_INDICATED.caution and not any(f.certain for f in judgement.suggested):
            views = [i for i, view in enumerate(state.seen.views) if view.site == site]
            yield frozenset().union(*(self._on_rule(state, rule, i) for rule in rules for i in views))

    def _least_hold(
        self, state: State, against: Sequence[Finding], closed: Callable[[Sequence[Finding]], bool]
    ) -> frozenset[Subject]:
        """A hold on findings that are enough to close: on one of them, or on as few as can be."""
        holds = [self._on_finding(state, finding) for finding in against]
        order = sorted(range(len(against)), key=lambda i: (self._weight(holds[i]), i))
        for i in order:
            if closed([against[i]]):
                return holds[i]
        kept = set(order)
        for i in reversed(order):
            if closed([against[j] for j in sorted(kept - {i})]):
                kept.remove(i)
        return frozenset().union(*(holds[i] for i in kept))

    def _on_disposition(self, state: State, done: frozenset[Subject]) -> Iterator[frozenset[Subject]]:
        """Holds on a disposition that is more cautious than is wanted."""
        decision = state.decision
        everywhere = [*(f for s in decision.sites for f in s.findings), *decision.elsewhere]
        hands_on = self.rulebook.catalogue.select(HANDS_ON) or frozenset()
        judged = [(i, j) for i, s in enumerate(decision.sites) for n, j in s.judgements.items() if n in hands_on]
        if decision.disposition is Disposition.EMERGENCY:
            yield from (self._on_finding(state, f) for f in everywhere if isinstance(f.rule.effect, Emergency) and f.certain)
        elif decision.disposition is Disposition.MODIFY:
            limiting = [f for _, j in judged for f in j.against if not f.rule.anatomical and not _only_advises(f)]
            limiting += [f for s in decision.sites for f in s.findings if f.calls and f.certain and f.cleared is None]
            limiting += [f for f in decision.elsewhere if f.cleared is None]
            yield from (self._on_finding(state, f) for f in {(f.rule.id, f.site, f.certain): f for f in limiting}.values())
        elif self.goal.wanted <= _OPEN:
            waiting = [f for f in decision.elsewhere if isinstance(f.rule.effect, Emergency)]
            if waiting:
                yield from (self._on_finding(state, f) for f in waiting)
                return
            found: frozenset[Subject] = frozenset()
            for site, judgement in judged:
                ways = self._on_verdict(state, judgement, site)
                found |= min(ways, key=lambda way: self._weight(way - found - done))
            yield found

    def _on_finding(self, state: State, finding: Finding) -> frozenset[Subject]:
        """A hold on a finding: that it stays as true as it is wherever it comes from, and isn't cleared."""
        key = finding.rule.id, finding.truth, finding.site
        if key not in state.holds:
            state.holds[key] = self._held(state, finding)
        return state.holds[key]

    def _held(self, state: State, finding: Finding) -> frozenset[Subject]:
        rule, cleared = finding.rule, Subject("rule", finding.rule.id)
        found: frozenset[Subject] = frozenset({cleared}) if self.moves.of(cleared) else frozenset()
        for i, (view, told) in enumerate(zip(state.seen.views, state.decision.truths, strict=True)):
            if told[rule.id] is finding.truth and _speaks(finding, view.site):
                found |= self._on_rule(state, rule, i)
                found = found.union(*(self.moves.behind(i, name) for name in _side(rule)))
        return found or (frozenset() if finding.certain else self.everything)  # what is open can always be learnt

    def _on_rule(self, state: State, rule: Rule, view: int) -> frozenset[Subject]:
        """A hold on the truth of a rule in one view: facts that are enough for it, and what is behind them."""
        names, facts = self._direct(rule), state.seen.views[view].facts
        key = f"{rule.id} {state.seen.views[view].site}", tuple(facts.get(name) for name in names)
        if key not in self._kept:
            truth, enough = state.decision.truths[view][rule.id], set(names)
            for name in sorted(names, key=lambda n: (-self._weight(self.moves.behind(view, n)), n)):
                if span(self.rulebook, rule.when, facts, enough - {name}) == (truth, truth):
                    enough.remove(name)
            self._kept[key] = frozenset(enough)
        return frozenset().union(*(self.moves.behind(view, name) for name in self._kept[key]))

    def _direct(self, rule: Rule) -> tuple[str, ...]:
        if rule.id not in self._facts:
            self._facts[rule.id] = self.rulebook.direct_facts(rule.id)
        return self._facts[rule.id]

    def _weight(self, subjects: Iterable[Subject]) -> int:
        return sum(len(self.moves.of(s)) for s in subjects)


def _speaks(finding: Finding, site: int) -> bool:
    """Whether a view of a site can be what a finding comes from."""
    scope = getattr(finding.rule.effect, "scope", None)
    return site == finding.site or (finding.site != ELSEWHERE and scope is not None and scope.where != "here")


def _side(rule: Rule) -> tuple[str, ...]:
    scope = getattr(rule.effect, "scope", None)
    return (scope.side,) if scope is not None and scope.side else ()


def _only_advises(finding: Finding) -> bool:
    return isinstance(finding.rule.effect, Adapt) and finding.rule.effect.only_advises
