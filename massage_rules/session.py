"""A live intake: facts are told, changed and taken back one by one, and what follows is kept up to date.

durable_rules does the chaining where it can be imported. It keeps no record of why it concluded something, so the
memories here do: a conclusion is withdrawn when the last step that led to it has lost a premise.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Protocol, Self

from massage_rules import semantics
from massage_rules.conditions import Facts, Test
from massage_rules.engine import DurableCore, Outcome, shared_core
from massage_rules.errors import EvaluationError, nearest
from massage_rules.ground import ALWAYS, Ground, Proposition, ground
from massage_rules.profile import ProfileBase, models
from massage_rules.questions import Question, open_questions
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.truth import FALSE, TRUE, Truth, disjunction
from massage_rules.verdicts import Decision
from massage_rules.views import Seen, views


class Memory(Protocol):
    """The facts of one view, and what follows from them."""

    def change(self, facts: Facts) -> None:
        """Replaces the facts."""

    def outcome(self) -> Outcome:
        """What follows from the facts told last."""

    def close(self) -> None:
        """Frees what it holds."""


class DurableMemory:
    """A memory in durable_rules: what is new is added to it, and rulesets that read what is gone are told anew.

    It loses its room in the engine to others if it isn't used for long; it then still knows its outcome, and the next
    change starts it afresh, as after a failure.
    """

    def __init__(self, core: DurableCore) -> None:
        self._core = core
        self._told: dict[Proposition, None] = {}
        self._holds: set[Proposition] = {ALWAYS}
        self._fired: set[int] = set()
        self._sid: str | None = None

    def change(self, facts: Facts) -> None:
        """Replaces the facts."""
        told = self._core.ground.told(facts)
        with self._core.lock:
            if self._sid is None:
                self._sid = self._core.wake(self)
                self._told, self._holds, self._fired = {}, {ALWAYS}, set()
            self._core.used(self)
            try:
                self._update(self._sid, told)
            except BaseException:
                self.sleep()
                raise

    def outcome(self) -> Outcome:
        """What follows from the facts told last."""
        holds = frozenset(self._holds)
        return Outcome(self._core.ground.truths(holds), self._core.ground, holds, frozenset(self._fired))

    def close(self) -> None:
        """Frees its room in the engine."""
        with self._core.lock:
            self.sleep()

    def sleep(self) -> None:
        """Gives up its room, for a caller who holds the core's lock."""
        if self._sid is not None:
            self._core.release(self)
            self._sid = None

    def _update(self, sid: str, told: dict[Proposition, None]) -> None:
        self._withdraw(sid, [p for p in self._told if p not in told])
        new = {p: None for p in told if p not in self._told}
        self._told = told
        self._holds.update(new)
        for ruleset in self._core.rulesets:
            ruleset.chain(sid, new, self._holds, self._fired)

    def _withdraw(self, sid: str, gone: list[Proposition]) -> None:
        known = self._core.ground
        self._holds.difference_update(gone)
        while gone:
            lost = gone.pop()
            for ruleset in self._core.rulesets:
                if ruleset.reads(lost):
                    ruleset.forget(sid)
            for index in known.readers.get(lost, ()):
                if index in self._fired:
                    self._fired.remove(index)
                    conclusion = known.steps[index].conclusion
                    if self._fired.isdisjoint(known.concluding[conclusion]):
                        self._holds.remove(conclusion)
                        gone.append(conclusion)


class PlainMemory:
    """A memory without durable_rules: everything is worked out again by the definition."""

    def __init__(self, rulebook: Rulebook, known: Ground) -> None:
        self._rulebook, self._ground = rulebook, known
        self._outcome = Outcome({}, known, frozenset(), frozenset())

    def change(self, facts: Facts) -> None:
        """Replaces the facts."""
        holds, fired = self._ground.follow(self._ground.told(facts))
        self._outcome = Outcome(semantics.truths(self._rulebook, facts), self._ground, holds, fired)

    def outcome(self) -> Outcome:
        """What follows from the facts told last."""
        return self._outcome

    def close(self) -> None:
        """Has nothing to free."""


class Session:
    """One client's intake, with a memory for every view. For one thread at a time; close it, or use it in `with`.

    A change that can't be read raises ProfileError and leaves everything as it was.
    """

    def __init__(self, rulebook: Rulebook, profile: ProfileBase | None = None) -> None:
        self.rulebook = rulebook
        self._core = shared_core(rulebook)
        self._ground = self._core.ground if self._core else ground(rulebook)
        self._memories: dict[tuple[int, int], Memory] = {}
        self._closed = False
        self._follow(profile if profile is not None else models(rulebook.vocabulary).profile.read({}))

    @property
    def core(self) -> str:
        """What does the chaining: durable_rules with its version, or the plain walk."""
        return self._core.name if self._core else "plain walk"

    @property
    def profile(self) -> ProfileBase:
        """Everything that is known of the client now."""
        return self._profile

    def tell(self, *, site: int | None = None, **facts: object) -> None:
        """Adds facts of the client, or of a site by its number, all at once or none."""
        self._follow(self._profile.with_facts(facts, site=site))

    def change(self, *, site: int | None = None, **facts: object) -> None:
        """Replaces facts; the same as `tell`, for what was told before."""
        self.tell(site=site, **facts)

    def take_back(self, *names: str, site: int | None = None) -> None:
        """Makes facts unknown again."""
        self._follow(self._profile.with_facts(dict.fromkeys(names), site=site))

    def truths(self) -> list[dict[str, Truth]]:
        """The truth of every rule in each view, as `semantics.decide` takes it."""
        return [dict(outcome.truths) for outcome in self._outcomes]

    def why(self, rule_id: str) -> tuple[tuple[Test, Truth], ...]:
        """The tests that decide a rule: where it holds first, or in every view if it holds in none.

        There are none where it can't be told.
        """
        if rule_id not in self.rulebook.rules:
            raise EvaluationError(f"`{rule_id}` isn't a rule. {nearest(rule_id, self.rulebook.rules)}".strip())
        truth = disjunction([outcome.truths[rule_id] for outcome in self._outcomes])
        deciding = [o for o in self._outcomes if o.truths[rule_id] is truth and truth in (TRUE, FALSE)]
        found = [reason for outcome in (deciding[:1] if truth is TRUE else deciding) for reason in outcome.why(rule_id)]
        return tuple(dict.fromkeys(found))

    def decision(self) -> Decision:
        """What the rulebook says of the client now."""
        return semantics.decide(self.rulebook, self._profile, self._seen, self.truths())

    def next_question(self) -> Question | None:
        """The question to ask now, the best first; None when nothing more can matter."""
        return next(iter(open_questions(self.rulebook, self._seen, self.decision())), None)

    def close(self) -> None:
        """Frees its memories; nothing can be told afterwards, and what was concluded can still be read."""
        self._closed = True
        while self._memories:
            self._memories.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _follow(self, profile: ProfileBase) -> None:
        """Brings the memories up to date with a profile; a failure is made good by the next change."""
        if self._closed:
            raise EvaluationError("this session was closed; start another with `intake`.")
        seen = views(profile)
        count: Counter[int] = Counter()
        wanted: dict[tuple[int, int], Facts] = {}
        for view in seen.views:
            wanted[view.site, count[view.site]] = view.facts
            count[view.site] += 1
        for key, facts in wanted.items():
            if key not in self._memories:
                self._memories[key] = DurableMemory(self._core) if self._core else PlainMemory(self.rulebook, self._ground)
            self._memories[key].change(facts)
        for key in self._memories.keys() - wanted.keys():
            self._memories.pop(key).close()
        self._profile: ProfileBase = profile
        self._seen: Seen = seen
        self._outcomes = [self._memories[key].outcome() for key in wanted]


def intake(profile: ProfileBase | None = None, *, rulebook: Rulebook | None = None) -> Session:
    """Opens a session with the shipped rules, or others."""
    return Session(rulebook or shipped_rulebook(), profile)
