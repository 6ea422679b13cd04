"""The second opinion: the truth of every rule by durable_rules, in two passes over the same steps.

The first pass chains over what certainly holds, the second adds what may still hold. A rule that the first pass
reaches holds; one that only the second reaches can't be told; one that neither reaches doesn't hold. An ordinary
client has little that holds and little that is open, so little fires, and the second opinion is quick:

- What follows from one proposition alone is told with it; durable_rules is asked what follows from several together.
- One ruleset opens its memory for both passes and frees it before the next does: opening costs by the step.
- A ruleset in which no step could fire at once isn't opened, since then nothing can follow in it.
- A step that turns only on facts of which nobody told anything isn't asked about for each client: durable_rules said
  once, with nothing known, whether it may fire.
- What durable_rules concluded in a ruleset is remembered for the next client for whom the same is told there.

That a step which fails to fire would read as *doesn't hold* is why this is only ever a second opinion: `recommend`
compares it with the generated function and gives no answer where they differ.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from functools import lru_cache, partial
from threading import Lock
from typing import Protocol

from massage_rules import semantics
from massage_rules.conditions import CompareFacts, Facts, FactValue, Test, facts_read, test
from massage_rules.engine import LIMITS, Ruleset, available, engine_name, shares
from massage_rules.errors import EvaluationError
from massage_rules.ground import ALWAYS, Ground, Proposition, Step, ground
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

_MEMORY = "0"
_SMALL = 8  # steps of a ruleset: most rules don't concern most clients, so many small ones, of which few are opened
_VALUES = 10_000  # values of facts whose tests are remembered
_GROUP = 16  # facts whose values are looked up together
_ANSWERS = 64  # answers of durable_rules that are remembered, a ruleset; and what the values of a group decide


class Opinion(Protocol):
    """Something that tells the truth of every rule, and what it is."""

    @property
    def name(self) -> str:
        """What it is, as an answer's record says it."""

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""

    def forget(self) -> None:
        """Forgets what it concluded before."""


class PlainWalk:
    """The second opinion where durable_rules can't be imported: the definition itself."""

    name = "plain walk"

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule."""
        return semantics.truths(self.rulebook, facts)

    def forget(self) -> None:
        """It remembers nothing."""


class TwoPasses:
    """A rulebook in durable_rules for the second opinion. Threads may share it; processes may not."""

    def __init__(self, rulebook: Rulebook) -> None:
        if not available():
            raise EvaluationError("durable_rules can't be imported here: it needs Python 3.11 or 3.12 and version 2.0.28.")
        self.name = f"{engine_name()}, equal questions asked once"
        known = ground(rulebook, widest=LIMITS.premises)
        needed = tuple(_needed(known))
        alone = _alone(known, needed)
        turns_on = _turns_on(known)
        self._meaning: dict[Proposition, list[str]] = {}
        for rule, proposition in known.meaning.items():
            self._meaning.setdefault(proposition, []).append(rule)
        self._none_holds = dict.fromkeys(known.meaning, FALSE)
        self._told = _Told(known, alone)
        self._lock = Lock()
        self.rulesets: list[Ruleset] = []
        self._free = weakref.finalize(self, _close, self.rulesets)
        self._free.atexit = False
        self._joins: list[_Joins] = []
        _, may_hold = self._told.by({})
        for steps in shares([item for item in needed if len(item[1].premises) > 1], LIMITS, most=_SMALL):
            self.rulesets.append(Ruleset(steps, LIMITS))
            self._joins.append(_Joins(self.rulesets[-1], steps, alone=alone, turns_on=turns_on, may_hold=may_hold))

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""
        holds, may_hold = self._told.by(facts)
        known = facts.keys()
        with self._lock:
            if not self._free.alive:
                raise EvaluationError("this engine was closed; ask for a new one.")
            for joins in self._joins:
                if not may_hold.isdisjoint(joins.first):
                    joins.follow(known, holds=holds, may_hold=may_hold)
        found = dict(self._none_holds)
        for proposition in self._meaning.keys() & may_hold:
            found.update(dict.fromkeys(self._meaning[proposition], TRUE if proposition in holds else UNKNOWN))
        return found

    def forget(self) -> None:
        """Forgets what was concluded before, so that durable_rules is asked anew."""
        with self._lock:
            self._told.forget()
            for joins in self._joins:
                joins.forget()

    def close(self) -> None:
        """Frees what the engine holds; nothing can be evaluated afterwards."""
        with self._lock:
            self._free()


class _Joins:
    """The steps with several premises of one ruleset, each with the facts on which it turns.

    `may_hold` is all that may hold before this ruleset where nothing is known; what then may follow here is added to it.
    `first` are the first premises of the steps: without any of them nothing follows.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        steps: Sequence[tuple[int, Step]],
        *,
        alone: Mapping[Proposition, frozenset[Proposition]],
        turns_on: Mapping[Proposition, frozenset[str]],
        may_hold: set[Proposition],
    ) -> None:
        self._ruleset = ruleset
        self._follows = {index: alone[step.conclusion] for index, step in steps}
        self._premises = [step.premises for _, step in steps]
        self.first = frozenset(premises[0] for premises in self._premises)
        self._answers = lru_cache(maxsize=_ANSWERS)(self._ask)
        reads = frozenset().union(*self._premises)
        fired = frozenset().union(*self._fire(reads & {ALWAYS}, reads & may_hold))
        may_hold |= self._following(fired)
        here = self._following(self._follows)
        self._steps = [
            (
                turns_on[abs(step.conclusion)],
                self._follows[index] if index in fired else frozenset(),
                frozenset(step.premises) - here,
                step.premises,
            )
            for index, step in steps
        ]

    def follow(self, known: KeysView[str], *, holds: set[Proposition], may_hold: set[Proposition]) -> None:
        """Adds what follows here to what holds and to what may hold, where something is known of these facts."""
        if not any(map(may_hold.issuperset, self._premises)):
            return
        asked = []
        for turns_on, follows_if_open, from_before, premises in self._steps:
            if known.isdisjoint(turns_on):
                may_hold |= follows_if_open
            elif may_hold >= from_before:
                asked.append(premises)
        if any(map(may_hold.issuperset, asked)):
            reads = frozenset().union(*asked)
            certain, open_ = self._answers(reads & holds, reads & may_hold)
            holds |= certain
            may_hold |= open_

    def forget(self) -> None:
        """Forgets what was concluded before."""
        self._answers.cache_clear()

    def _ask(
        self, holds: frozenset[Proposition], may_hold: frozenset[Proposition]
    ) -> tuple[frozenset[Proposition], frozenset[Proposition]]:
        """What durable_rules concludes here from what holds, and what from all that may hold."""
        certain, open_ = self._fire(holds, may_hold)
        return self._following(certain), self._following(certain | open_)

    def _fire(self, holds: frozenset[Proposition], may_hold: frozenset[Proposition]) -> tuple[frozenset[int], frozenset[int]]:
        """The steps that fire for what holds, and those that fire besides for what may hold: both passes in one memory."""
        told: set[Proposition] = set()
        try:
            return self._pass(holds, told), self._pass(may_hold, told)
        finally:
            self._ruleset.forget(_MEMORY)

    def _pass(self, new: frozenset[Proposition], told: set[Proposition]) -> frozenset[int]:
        """Tells the memory what it wasn't told yet, and gives the steps that fire; what follows from them is told too."""
        fired = []
        first = sorted(new - told)
        told |= new
        for index in self._ruleset.tell(_MEMORY, first):
            fired.append(index)
            for conclusion in sorted(self._follows[index] - told):
                told.add(conclusion)
                self._ruleset.add(_MEMORY, conclusion)
        return frozenset(fired)

    def _following(self, fired: Iterable[int]) -> frozenset[Proposition]:
        return frozenset().union(*map(self._follows.__getitem__, fired))


class _Told:
    """What facts decide of the tests that rules start from and what they leave open, with what follows from each alone."""

    def __init__(self, known: Ground, alone: Mapping[Proposition, frozenset[Proposition]]) -> None:
        self._alone = alone
        self._tests = {name: [e for e in entries if not _of_two(e[0])] for name, entries in known.tests.items()}
        self._of_two = [e for entries in known.tests.values() for e in entries if _of_two(e[0])]
        self._by_value = lru_cache(maxsize=_VALUES)(self._by_one)
        names = tuple(self._tests)
        groups = [names[i : i + _GROUP] for i in range(0, len(names), _GROUP)]
        self._groups = [(group, lru_cache(maxsize=_ANSWERS)(partial(self._by_group, group))) for group in groups]

    def forget(self) -> None:
        """Forgets what several values decided before."""
        for _, by_group in self._groups:
            by_group.cache_clear()

    def by(self, facts: Facts) -> tuple[set[Proposition], set[Proposition]]:
        """The propositions that hold, and all that may hold: of a test that is open, both it and its negation."""
        of_each = [by_group(tuple(map(facts.get, group))) for group, by_group in self._groups]
        of_each += [self._outcome(entry, facts) for entry in self._of_two]
        holds = {ALWAYS}.union(*[decided for decided, _ in of_each])
        return holds, holds.union(*[open_ for _, open_ in of_each])

    def _by_group(
        self, names: tuple[str, ...], values: tuple[FactValue | None, ...]
    ) -> tuple[frozenset[Proposition], frozenset[Proposition]]:
        """The same for the tests of some facts, each by itself."""
        of_each = list(map(self._by_value, names, values))
        return frozenset().union(*[d for d, _ in of_each]), frozenset().union(*[o for _, o in of_each])

    def _by_one(self, name: str, value: FactValue | None) -> tuple[frozenset[Proposition], frozenset[Proposition]]:
        """The same for the tests of one fact alone."""
        facts: Facts = {} if value is None else {name: value}
        outcomes = [self._outcome(entry, facts) for entry in self._tests[name]]
        return frozenset().union(*[d for d, _ in outcomes]), frozenset().union(*[o for _, o in outcomes])

    def _outcome(self, entry: tuple[Test, Proposition], facts: Facts) -> tuple[frozenset[Proposition], frozenset[Proposition]]:
        condition, node = entry
        match test(condition, facts):
            case Truth.TRUE:
                return self._alone[node], frozenset()
            case Truth.FALSE:
                return self._alone[-node], frozenset()
            case _:
                return frozenset(), self._alone[node] | self._alone[-node]


def _of_two(condition: Test) -> bool:
    return isinstance(condition, CompareFacts)


def second_opinion(rulebook: Rulebook) -> Opinion:
    """The independent evaluator of a rulebook."""
    return TwoPasses(rulebook) if available() else PlainWalk(rulebook)


def _close(rulesets: list[Ruleset]) -> None:
    while rulesets:
        rulesets.pop().close()


def _needed(known: Ground) -> Iterator[tuple[int, Step]]:
    """The steps that can lead to a rule's holding, in their order; those that show that one doesn't hold aren't needed."""
    wanted: set[Proposition] = set()
    waiting = list(known.meaning.values())
    while waiting:
        proposition = waiting.pop()
        if proposition not in wanted:
            wanted.add(proposition)
            waiting += [p for index in known.concluding.get(proposition, ()) for p in known.steps[index].premises]
    for index, step in enumerate(known.steps):
        if step.conclusion in wanted:
            yield index, step


def _alone(known: Ground, needed: Iterable[tuple[int, Step]]) -> dict[Proposition, frozenset[Proposition]]:
    """What follows from each proposition alone and itself, as far as a rule or a step with several premises reads it."""
    single: dict[Proposition, list[Proposition]] = {}
    read = set(known.meaning.values())
    for _, step in needed:
        if len(step.premises) == 1:
            single.setdefault(step.premises[0], []).append(step.conclusion)
        else:
            read.update(step.premises)
    found: dict[Proposition, frozenset[Proposition]] = {}
    for node in {*known.tested, *(abs(step.conclusion) for step in known.steps)}:
        for start in (node, -node):
            reached, waiting = {start}, [start]
            while waiting:
                further = [c for c in single.get(waiting.pop(), ()) if c not in reached]
                reached.update(further)
                waiting += further
            found[start] = frozenset(reached & read)
    return found


def _turns_on(known: Ground) -> dict[Proposition, frozenset[str]]:
    """The facts on which each node turns."""
    found = {node: frozenset(facts_read(condition)) for node, condition in known.tested.items()}
    for step in known.steps:
        node = abs(step.conclusion)
        found[node] = found.get(node, frozenset()).union(*(found[abs(p)] for p in step.premises))
    return found
