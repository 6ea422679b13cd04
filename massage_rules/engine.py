"""The rulebook on durable_rules: the second opinion, and the memories behind live sessions.

Python decides each test once; the engine only chains ground facts, one small message each, and says which steps
fired. It is driven through its C module, without threads, timers or callbacks, and never near its limits. Each habit
of durable_rules 2.0.28 that this works around has a test in tests/test_durable_traps.py.
"""

from __future__ import annotations

import itertools
import json
import weakref
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import isqrt
from threading import Lock
from types import TracebackType
from typing import Any, Protocol, Self

from massage_rules import semantics
from massage_rules.conditions import Facts, Test
from massage_rules.errors import ContentError, EvaluationError, Fault
from massage_rules.ground import ALWAYS, Ground, Proposition, Step, ground
from massage_rules.rulebook import Rulebook
from massage_rules.truth import Truth

_durable: Any
try:
    import durable_rules_engine as _durable
except ImportError:  # pragma: no cover  (Python 3.13 and later, or no C compiler when it was installed)
    _durable = None

_NEEDED = (
    "assert_fact", "complete_and_start_action", "create_ruleset", "delete_ruleset", "delete_state", "error", "retract_fact",
    "start_action_for_state",
)  # fmt: skip
_DONE = 0
_BOOT = "$boot"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of one ruleset of durable_rules, and how many live memories are kept.

    It bears 4,096 steps (but slows down with each), 255 readers of a fact, 511 facts told apart at a level, 16
    premises and 1,024 memories. A memory takes about 10 kB a premise, hence few of them.
    """

    steps: int = 400
    readers: int = 200
    alphas: int = 500
    premises: int = 16
    memories: int = 8


LIMITS = Limits()


class Opinion(Protocol):
    """Something that tells the truth of every rule, and what it is."""

    @property
    def name(self) -> str: ...

    def truths(self, facts: Facts) -> dict[str, Truth]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truth of every rule for one set of facts, with what each rests on."""

    truths: Mapping[str, Truth]
    _ground: Ground
    _holds: Collection[Proposition]
    _fired: Collection[int]

    def why(self, rule_id: str) -> tuple[tuple[Test, Truth], ...]:
        """The tests that decide a rule, whatever else is or becomes known; none where it can't be told."""
        return self._ground.why(rule_id, self._holds, self._fired)


@dataclass(frozen=True, slots=True)
class PlainWalk:
    """The second opinion where durable_rules can't be imported: the definition itself."""

    rulebook: Rulebook
    name: str = "plain walk"

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule."""
        return semantics.truths(self.rulebook, facts)


def available() -> bool:
    """Whether durable_rules can be used here."""
    return all(hasattr(_durable, name) for name in _NEEDED)


_CORES: dict[int, DurableCore] = {}
_BUILDING = Lock()


def second_opinion(rulebook: Rulebook) -> Opinion:
    """The independent evaluator of a rulebook: built at the first call and kept for as long as the rulebook lives."""
    return shared_core(rulebook) or PlainWalk(rulebook)


def shared_core(rulebook: Rulebook) -> DurableCore | None:
    """The one core of a rulebook, or None where durable_rules can't be used."""
    if not available():
        return None
    key = id(rulebook)
    with _BUILDING:
        core = _CORES.get(key)
        if core is None or core.closed:
            core = _CORES[key] = DurableCore(rulebook)
            weakref.finalize(rulebook, _CORES.pop, key, None).atexit = False
        return core


class DurableCore:
    """A rulebook in durable_rules. Threads may share it; processes may not, so build it after a fork.

    Close it or use it in `with`; one that is forgotten is closed when it is collected.
    """

    def __init__(self, rulebook: Rulebook, *, limits: Limits = LIMITS) -> None:
        if not available():
            raise EvaluationError("durable_rules can't be imported here: it needs Python 3.11 or 3.12 and version 2.0.28.")
        self.name = f"durable_rules {version('durable-rules')}"
        self.ground = ground(rulebook, widest=limits.premises)
        self.lock = Lock()
        self._limits = limits
        self.sids = deque(str(i) for i in range(limits.memories + 1))
        self.awake: dict[Memory, None] = {}
        self.rulesets: list[_Ruleset] = []
        self._free = weakref.finalize(self, _close, self.rulesets)
        self._free.atexit = False
        for steps in _shares(self.ground.steps, limits):
            self.rulesets.append(_Ruleset(steps, limits, tuple(self.sids)))

    def run(self, facts: Facts) -> Outcome:
        """What the rulebook says of these facts."""
        told = self.ground.told(facts)
        memory = Memory(self)
        with self.lock:
            try:
                memory.update(told)
            finally:
                memory.sleep()
        return memory.outcome()

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""
        return dict(self.run(facts).truths)

    def make_room(self) -> None:
        """Sends to sleep the memories that were used longest ago, if there are too many."""
        while len(self.awake) >= self._limits.memories:
            next(iter(self.awake)).sleep()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._free.alive

    def close(self) -> None:
        """Frees what the engine holds; nothing can be evaluated afterwards."""
        with self.lock:
            for memory in list(self.awake):
                memory.sleep()
            self._free()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Memory:
    """What is told of one view, what follows from it, and by which steps: kept up to date as it changes.

    durable_rules keeps no record of why it concluded something. So this one does: a conclusion is withdrawn when the
    last step that led to it has lost a premise, and so on from there. While asleep, a memory takes no room in the
    engine and still knows its outcome; the next change wakes it.
    """

    def __init__(self, core: DurableCore) -> None:
        self._core = core
        self._told: dict[Proposition, None] = {}
        self._holds: set[Proposition] = {ALWAYS}
        self._fired: set[int] = set()
        self._sid: str | None = None

    def change(self, told: Mapping[Proposition, None]) -> None:
        """Replaces what is told. After a failure the memory starts afresh at the next change."""
        core = self._core
        with core.lock:
            core.awake.pop(self, None)
            core.make_room()
            core.awake[self] = None
            try:
                self.update(told)
            except BaseException:
                self.sleep()
                raise

    def outcome(self) -> Outcome:
        """What follows from what was told last."""
        holds = frozenset(self._holds)
        return Outcome(self._core.ground.truths(holds), self._core.ground, holds, frozenset(self._fired))

    def close(self) -> None:
        """Frees its room in the engine."""
        with self._core.lock:
            self.sleep()

    def update(self, told: Mapping[Proposition, None]) -> None:
        """Does the work of `change`, for a caller who holds the core's lock."""
        if self._core.closed:
            raise EvaluationError("this engine was closed; ask for a new one.")
        if self._sid is None:
            self._sid = self._core.sids.popleft()
            self._told, self._holds, self._fired = {}, {ALWAYS}, set()
        gone = [p for p in self._told if p not in told]
        new = {p: None for p in told if p not in self._told}
        self._told = dict(told)
        self._withdraw(gone, self._sid)
        self._conclude(new, self._sid)

    def sleep(self) -> None:
        """Frees its room in the engine, for a caller who holds the core's lock."""
        self._core.awake.pop(self, None)
        if self._sid is not None:
            for ruleset in self._core.rulesets:
                ruleset.forget(self._sid)
            self._core.sids.append(self._sid)
            self._sid = None

    def _withdraw(self, gone: list[Proposition], sid: str) -> None:
        known = self._core.ground
        self._holds.difference_update(gone)
        while gone:
            lost = gone.pop()
            for ruleset in self._core.rulesets:
                ruleset.retract(lost, sid)
            for index in known.readers.get(lost, ()):
                if index in self._fired:
                    self._fired.remove(index)
                    conclusion = known.steps[index].conclusion
                    if self._fired.isdisjoint(known.concluding[conclusion]):
                        self._holds.remove(conclusion)
                        gone.append(conclusion)

    def _conclude(self, new: dict[Proposition, None], sid: str) -> None:
        steps, holds = self._core.ground.steps, self._holds
        holds.update(new)
        for ruleset in self._core.rulesets:
            read = [p for p in new if p in ruleset.messages]
            if not read:
                continue
            for proposition in read:
                ruleset.put(proposition, sid)
            for index in ruleset.fire(sid):
                self._fired.add(index)
                conclusion = steps[index].conclusion
                if conclusion not in holds:
                    holds.add(conclusion)
                    new[conclusion] = None
                    ruleset.put(conclusion, sid)


class _Ruleset:
    """Some of the steps as one ruleset of the engine, with the messages of the facts that they read.

    Facts are told apart at two levels, group and key, and one that many steps read goes in as several copies.
    """

    def __init__(self, steps: Sequence[tuple[int, Step]], limits: Limits, sids: tuple[str, ...]) -> None:
        readers: dict[Proposition, int] = {}
        slots: dict[tuple[Proposition, int], int] = {}
        placed: list[list[int]] = []
        for _, step in steps:
            row = []
            for p in step.premises:
                readers[p] = readers.get(p, -1) + 1
                row.append(slots.setdefault((p, readers[p] // limits.readers), len(slots)))
            placed.append(row)
        width = isqrt(len(slots) - 1) + 1
        keys = [_key(p, copy) for p, copy in slots]
        definition: dict[str, object] = {_BOOT: {"all": [{"m": {"k": _BOOT}}], "pri": 0}}
        for order, ((index, _), row) in enumerate(zip(steps, placed, strict=True)):
            patterns = [{f"c{i}": {"$and": [{"g": slot // width}, {"k": keys[slot]}]}} for i, slot in enumerate(row)]
            definition[f"s{index}"] = {"all": patterns, "pri": order + 1}
        _check_hashes([*(f"i{slot}" for slot in slots.values()), "b", *(f"sid-{s}" for s in sids)])
        _check_hashes(sids)
        self.messages: dict[Proposition, tuple[str, ...]] = {}
        for (p, _), slot in slots.items():
            message = f'{{"id":"i{slot}","g":{slot // width},"k":"{keys[slot]}","sid":"%s"}}'
            self.messages[p] = (*self.messages.get(p, ()), message)
        self._most = len(steps)
        self._open: dict[str, int] = {}
        self._handle = _durable.create_ruleset(f"massage_rules {next(_NUMBERS)}", json.dumps(definition))

    def put(self, proposition: Proposition, sid: str) -> None:
        """Tells a proposition, if anything here reads it."""
        for message in self.messages.get(proposition, ()):
            if sid not in self._open:
                self._boot(sid)
            self._say(_durable.assert_fact, message % sid)

    def retract(self, proposition: Proposition, sid: str) -> None:
        """Takes a proposition back, if it was told here."""
        if sid in self._open:
            for message in self.messages.get(proposition, ()):
                self._say(_durable.retract_fact, message % sid)

    def fire(self, sid: str) -> Iterator[int]:
        """The steps that fire, one by one; what is told meanwhile counts."""
        offset = self._open[sid]
        first = _durable.start_action_for_state(self._handle, offset)
        message = first[1] if first else None
        count = 0
        while message is not None:
            count += 1
            if count > self._most:
                raise EvaluationError(f"durable_rules fired more than {self._most} steps, though each can fire once.")
            yield int(message[3 : message.index('"', 3)])
            message = _durable.complete_and_start_action(self._handle, offset)

    def forget(self, sid: str) -> None:
        """Frees a memory."""
        if self._open.pop(sid, None) is not None:
            _durable.delete_state(self._handle, sid)

    def close(self) -> None:
        """Frees the ruleset, its memories first: the engine doesn't."""
        for sid in list(self._open):
            self.forget(sid)
        _durable.delete_ruleset(self._handle)

    def _boot(self, sid: str) -> None:
        """Opens a memory and fires once in it: the engine can't delete one in which nothing ever fired."""
        offset = self._say(_durable.assert_fact, f'{{"id":"b","k":"{_BOOT}","sid":"{sid}"}}')
        _durable.start_action_for_state(self._handle, offset)
        self._open[sid] = offset
        _durable.complete_and_start_action(self._handle, offset)

    def _say(self, function: Any, message: str) -> int:
        try:
            code, offset = function(self._handle, message)
        except _durable.error as error:
            raise EvaluationError(f"durable_rules refused {message}: {error}.") from error
        if code != _DONE:
            raise EvaluationError(f"durable_rules answered {code} to {message}, as if it were unread, told before or put off.")
        return int(offset)


def _key(proposition: Proposition, copy: int) -> str:
    return f"n{abs(proposition)}={'T' if proposition > 0 else 'F'}" + (f"#{copy}" if copy else "")


def _shares(steps: Sequence[Step], limits: Limits) -> Iterator[list[tuple[int, Step]]]:
    """The steps in portions that a ruleset bears, all that concern one node together, premises first."""
    most_slots = limits.alphas * (limits.alphas - 1)
    share: list[tuple[int, Step]] = []
    slots: dict[Proposition, int] = {}
    for _, group in itertools.groupby(enumerate(steps), key=lambda item: abs(item[1].conclusion)):
        whole = list(group)
        for fresh in (False, True):
            if fresh and share:
                yield share
                share, slots = [], {}
            taken = dict(slots)
            for _, step in whole:
                for p in step.premises:
                    taken[p] = taken.get(p, 0) + 1
            used = sum((n - 1) // limits.readers + 1 for n in taken.values())
            if len(share) + len(whole) < limits.steps and used <= most_slots:
                break
        else:
            rule = whole[0][1].rule
            what = f"a condition of rule `{rule.id}` is too wide for durable_rules, which is given {limits.steps} steps at a time."
            raise ContentError([Fault(rule.place, what, "Name a part of it with `define`.")])
        share += whole
        slots = taken
    if share:
        yield share


def _check_hashes(names: Iterable[str]) -> None:
    """The engine knows names by a 32-bit hash alone, so no two may share one."""
    seen: dict[int, str] = {}
    for name in names:
        value = 0x811C9DC5
        for byte in name.encode():
            value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
        if seen.setdefault(value, name) != name:
            raise EvaluationError(f"durable_rules can't tell `{name}` from `{seen[value]}`: they have the same hash.")


def _close(rulesets: list[_Ruleset]) -> None:
    while rulesets:
        rulesets.pop().close()
