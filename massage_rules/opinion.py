"""The second opinion: the truth of every rule by durable_rules, in two passes over the same steps.

The first pass chains over what certainly holds, the second adds what may still hold. A rule that the first pass
reaches holds; one that only the second reaches can't be told; one that neither reaches doesn't hold. An ordinary
client has little that holds and little that is open, so little fires, and the second opinion is quick.

That a step which fails to fire would read as *doesn't hold* is why this is only ever a second opinion: `recommend`
compares it with the generated function and gives no answer where they differ.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from threading import Lock
from typing import Protocol

from massage_rules import semantics
from massage_rules.conditions import Facts, test
from massage_rules.engine import LIMITS, Ruleset, available, engine_name, shares
from massage_rules.errors import EvaluationError
from massage_rules.ground import ALWAYS, Ground, Proposition, Step, ground
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

_MEMORY = "0"
# Opening a memory costs by the step, and most rules don't concern most clients: small rulesets, opened only where one stirs.
_SMALL = 48


class Opinion(Protocol):
    """Something that tells the truth of every rule, and what it is."""

    @property
    def name(self) -> str:
        """What it is, as an answer's record says it."""

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""


class PlainWalk:
    """The second opinion where durable_rules can't be imported: the definition itself."""

    name = "plain walk"

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule."""
        return semantics.truths(self.rulebook, facts)


class TwoPasses:
    """A rulebook in durable_rules for the second opinion. Threads may share it; processes may not."""

    def __init__(self, rulebook: Rulebook) -> None:
        if not available():
            raise EvaluationError("durable_rules can't be imported here: it needs Python 3.11 or 3.12 and version 2.0.28.")
        self.name = engine_name()
        self._ground: Ground = ground(rulebook, widest=LIMITS.premises)
        self._lock = Lock()
        steps = tuple(_needed(self._ground))
        self.rulesets = [Ruleset(share, LIMITS) for share in shares(steps, LIMITS, most=_SMALL)]
        self._free = weakref.finalize(self, _close, self.rulesets)
        self._free.atexit = False

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""
        certain, open_ = _told(self._ground, facts)
        holds, may_hold = {ALWAYS, *certain}, {ALWAYS, *certain, *open_}
        with self._lock:
            if not self._free.alive:
                raise EvaluationError("this engine was closed; ask for a new one.")
            try:
                self._chain(certain, holds)
                may_hold |= holds
                self._chain(open_, may_hold)
            finally:
                for ruleset in self.rulesets:
                    ruleset.forget(_MEMORY)
        return {rule: TRUE if p in holds else UNKNOWN if p in may_hold else FALSE for rule, p in self._ground.meaning.items()}

    def _chain(self, new: dict[Proposition, None], holds: set[Proposition]) -> None:
        for ruleset in self.rulesets:
            if ruleset.stirs(holds):
                ruleset.chain(_MEMORY, new, holds, set())

    def close(self) -> None:
        """Frees what the engine holds; nothing can be evaluated afterwards."""
        with self._lock:
            self._free()


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


def _told(known: Ground, facts: Facts) -> tuple[dict[Proposition, None], dict[Proposition, None]]:
    """The propositions that the facts decide, and those that they leave open (a test and its negation)."""
    certain: dict[Proposition, None] = {}
    open_: dict[Proposition, None] = {}
    for name, entries in known.tests.items():
        untold = name not in facts
        for condition, node in entries:
            outcome = UNKNOWN if untold else test(condition, facts)
            if outcome is UNKNOWN:
                open_[node] = open_[-node] = None
            else:
                certain[node if outcome is TRUE else -node] = None
    return certain, open_
