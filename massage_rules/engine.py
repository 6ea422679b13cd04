"""The rulebook on durable_rules, with what each conclusion rests on: the engine behind live sessions.

Python decides each test once; the engine only chains ground facts, one small message each, and says which steps
fired. It is driven through its C module, without threads, timers or callbacks, and never near its limits. Each habit
of durable_rules 2.0.28 that this works around has a test in tests/test_durable_traps.py.
"""

from __future__ import annotations

import itertools
import json
import weakref
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import isqrt
from threading import Lock
from types import TracebackType
from typing import Any, Protocol, Self

from massage_rules.conditions import Facts, Test
from massage_rules.errors import ContentError, EvaluationError, Fault
from massage_rules.ground import ALWAYS, Ground, Proposition, Step, ground
from massage_rules.rulebook import Rulebook
from massage_rules.truth import Truth

try:
    import durable_rules_engine as _durable
except ImportError:  # pragma: no cover  (Python 3.13 and later, or no C compiler when it was installed)
    _durable = None

_NEEDED = (
    "assert_fact", "complete_and_start_action", "create_ruleset", "delete_ruleset", "delete_state", "error",
    "start_action_for_state",
)  # fmt: skip
_DONE = 0
_BOOT = "$boot"
_RUN = "0"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of one ruleset of durable_rules at most, and how many live memories are kept.

    Steps; readers of a fact; facts told apart at a level; premises of a step; letters of a message. Every step slows it down,
    and a memory takes about 10 kB a premise, hence few of both.
    """

    steps: int = 200
    readers: int = 200
    alphas: int = 500
    premises: int = 16
    message: int = 100
    memories: int = 8


LIMITS = Limits()
BEARS = Limits(
    steps=4_096, readers=255, alphas=511, premises=16, message=65_535, memories=1_024
)  # durable_rules itself, measured


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked of one ruleset, by the names of its limits; facts are told apart by group, then by key."""

    steps: int
    premises: int
    readers: int
    alphas: int
    message: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truth of every rule for one set of facts, with what each rests on."""

    truths: Mapping[str, Truth]
    ground: Ground
    holds: Collection[Proposition]
    fired: Collection[int]

    def why(self, rule_id: str) -> tuple[tuple[Test, Truth], ...]:
        """The tests that decide a rule, whatever else is or becomes known; none where it can't be told."""
        return self.ground.why(rule_id, self.holds, self.fired)


def available() -> bool:
    """Whether durable_rules can be used here."""
    return all(hasattr(_durable, name) for name in _NEEDED)


_CORES: dict[int, DurableCore] = {}
_BUILDING = Lock()


def engine_name() -> str:
    """The engine with its version, as an answer's record says it."""
    return f"durable_rules {version('durable-rules')}"


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


class Sleeper(Protocol):
    """A memory that can give up its room in the engine and come back later."""

    def sleep(self) -> None:
        """Gives it up."""


class DurableCore:
    """A rulebook in durable_rules. Threads may share it; processes may not, so build it after a fork.

    Close it or use it in `with`; one that is forgotten is closed when it is collected.
    """

    def __init__(self, rulebook: Rulebook, *, limits: Limits = LIMITS) -> None:
        if not available():
            raise EvaluationError("durable_rules can't be imported here: it needs Python 3.11 or 3.12 and version 2.0.28.")
        self.name = engine_name()
        self.ground = ground(rulebook, widest=limits.premises)
        self.lock = Lock()
        self.rulesets: list[Ruleset] = []
        self._limits = limits
        self._awake: dict[Sleeper, str] = {}
        self._sids = deque(str(i + 1) for i in range(limits.memories))
        self._free = weakref.finalize(self, _close, self.rulesets)
        self._free.atexit = False
        for steps in shares(tuple(enumerate(self.ground.steps)), limits):
            self.rulesets.append(Ruleset(steps, limits))

    def run(self, facts: Facts) -> Outcome:
        """What the rulebook says of these facts."""
        new = self.ground.told(facts)
        holds, fired = {ALWAYS, *new}, set[int]()
        with self.lock:
            self.check_open()
            for ruleset in self.rulesets:
                try:
                    ruleset.chain(_RUN, new, holds, fired)
                finally:
                    ruleset.forget(_RUN)
        return Outcome(self.ground.truths(holds), self.ground, holds, fired)

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""
        return dict(self.run(facts).truths)

    def wake(self, sleeper: Sleeper) -> str:
        """Gives room in the engine; whoever used theirs longest ago loses it if there are too many."""
        self.check_open()
        while len(self._awake) >= self._limits.memories:
            next(iter(self._awake)).sleep()
        self._awake[sleeper] = self._sids.popleft()
        return self._awake[sleeper]

    def used(self, sleeper: Sleeper) -> None:
        """Notes that a memory was used just now."""
        self._awake[sleeper] = self._awake.pop(sleeper)

    def release(self, sleeper: Sleeper) -> None:
        """Takes the room back."""
        sid = self._awake.pop(sleeper)
        for ruleset in self.rulesets:
            ruleset.forget(sid)
        self._sids.append(sid)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._free.alive

    def check_open(self) -> None:
        """Raises EvaluationError if it was closed."""
        if self.closed:
            raise EvaluationError("this engine was closed; ask for a new one.")

    def close(self) -> None:
        """Frees what the engine holds; nothing can be evaluated afterwards."""
        with self.lock:
            for sleeper in list(self._awake):
                sleeper.sleep()
            self._free()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Ruleset:
    """Some of the steps as one ruleset of the engine, with the messages of the facts that they read."""

    def __init__(self, steps: Sequence[tuple[int, Step]], limits: Limits) -> None:
        definition, self._messages = written(steps, limits)
        self.size = size_of(definition, self._messages)
        self._conclusions = {index: step.conclusion for index, step in steps}
        self._open: dict[str, int] = {}
        self._handle = _durable.create_ruleset(f"massage_rules {next(_NUMBERS)}", json.dumps(definition))

    def chain(self, sid: str, new: dict[Proposition, None], holds: set[Proposition], fired: set[int]) -> None:
        """Tells a memory what is new, and adds what follows from it here: to what is new, what holds, and what fired.

        A memory that isn't open here is told everything that holds.
        """
        told = self._messages.keys() & (new.keys() if sid in self._open else holds)
        for index in self.tell(sid, sorted(told)):
            fired.add(index)
            conclusion = self._conclusions[index]
            if conclusion not in holds:
                holds.add(conclusion)
                new[conclusion] = None
                self.add(sid, conclusion)

    def tell(self, sid: str, told: Sequence[Proposition]) -> Iterator[int]:
        """Tells a memory of propositions, opening it for the first, and gives the steps that fire, one by one."""
        if told and sid not in self._open:
            self._boot(sid)
        for proposition in told:
            self.add(sid, proposition)
        return self._fire(sid) if told else iter(())

    def add(self, sid: str, proposition: Proposition) -> None:
        """Tells an open memory one more proposition, if a step here reads it; while steps fire, it counts at once."""
        for message in self._messages.get(proposition, ()):
            self._say(_durable.assert_fact, message % sid)

    def reads(self, proposition: Proposition) -> bool:
        """Whether a step here has it as a premise."""
        return proposition in self._messages

    def _fire(self, sid: str) -> Iterator[int]:
        """The steps that fire, one by one; what is told meanwhile counts."""
        offset = self._open[sid]
        first = _durable.start_action_for_state(self._handle, offset)
        message = first[1] if first else None
        left = len(self._conclusions)
        while message is not None:
            if left == 0:
                raise EvaluationError(f"durable_rules fired more than {len(self._conclusions)} steps, though each can fire once.")
            left -= 1
            yield int(message[3 : message.index('"', 3)])
            message = _durable.complete_and_start_action(self._handle, offset)

    def forget(self, sid: str) -> None:
        """Frees a memory here, if it is open. Facts can't be taken back one by one: `retract_fact` strays beyond its frame."""
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


def written(steps: Sequence[tuple[int, Step]], limits: Limits) -> tuple[dict[str, object], dict[Proposition, tuple[str, ...]]]:
    """The steps as durable_rules reads them, and the messages that tell each proposition.

    A fact is told apart by its group and its key, and one that many steps read goes in as several copies.
    """
    readers: Counter[Proposition] = Counter()
    slots: dict[str, int] = {}
    of: dict[Proposition, list[str]] = {}
    rows: list[list[str]] = []
    for _, step in steps:
        rows.append([_key(p, readers[p] // limits.readers) for p in step.premises])
        readers.update(step.premises)
        for p, key in zip(step.premises, rows[-1], strict=True):
            if key not in slots:
                slots[key] = len(slots)
                of.setdefault(p, []).append(key)
    width = isqrt(len(slots) - 1) + 1
    definition: dict[str, object] = {_BOOT: {"all": [{"m": {"k": _BOOT}}], "pri": 0}}
    for order, ((index, _), row) in enumerate(zip(steps, rows, strict=True), 1):
        patterns = [{f"c{i}": {"$and": [{"g": slots[key] // width}, {"k": key}]}} for i, key in enumerate(row)]
        definition[f"s{index}"] = {"all": patterns, "pri": order}
    sids = [str(i) for i in range(limits.memories + 1)]
    check_hashes([*(f"i{slot}" for slot in slots.values()), "b", *(f"sid-{s}" for s in sids)])
    check_hashes(sids)
    message = '{{"id":"i{slot}","g":{group},"k":"{key}","sid":"%s"}}'
    return definition, {
        p: tuple(message.format(slot=slots[key], group=slots[key] // width, key=key) for key in keys) for p, keys in of.items()
    }


def size_of(definition: Mapping[str, Any], messages: Mapping[Proposition, tuple[str, ...]]) -> Size:
    """How much a written ruleset asks of the engine."""
    steps = [
        [pattern["$and"] for c in step["all"] for pattern in c.values()] for name, step in definition.items() if name != _BOOT
    ]
    readers = Counter((group["g"], key["k"]) for patterns in steps for group, key in patterns)
    keys = Counter(group for group, _ in readers)
    longest = max(len(message) for several in messages.values() for message in several)
    return Size(len(steps), max(map(len, steps)), max(readers.values()), max(len(keys), *keys.values()), longest)


def _key(proposition: Proposition, copy: int) -> str:
    return f"n{abs(proposition)}={'T' if proposition > 0 else 'F'}" + (f"#{copy}" if copy else "")


def shares(steps: Sequence[tuple[int, Step]], limits: Limits, *, most: int | None = None) -> Iterator[list[tuple[int, Step]]]:
    """The steps in portions that a ruleset bears, all that conclude on one node together, premises first.

    `most` asks for smaller portions where steps allow it.
    """
    full = limits.steps if most is None else most
    room = limits.alphas * (limits.alphas - 1)
    share: list[tuple[int, Step]] = []
    readers: Counter[Proposition] = Counter()
    taken = 0
    for _, group in itertools.groupby(steps, key=lambda item: abs(item[1].conclusion)):
        whole = list(group)
        read = Counter(p for _, step in whole for p in step.premises)
        if share and (len(share) + len(whole) > full or taken + _slots(read, readers, limits) > room):
            yield share
            share, readers, taken = [], Counter(), 0
        if len(whole) > limits.steps or _slots(read, readers, limits) > room:
            rule = whole[0][1].rule
            what = f"a condition of rule `{rule.id}` needs {len(whole)} steps at once; durable_rules is given {limits.steps}."
            raise ContentError([Fault(rule.place, what, "Name a part of it with `define`.")])
        taken += _slots(read, readers, limits)
        readers += read
        share += whole
    if share:
        yield share


def _slots(read: Counter[Proposition], readers: Counter[Proposition], limits: Limits) -> int:
    """How many facts, copies included, more readers need."""
    return sum(-(-(readers[p] + n) // limits.readers) + (-readers[p] // limits.readers) for p, n in read.items())


def check_hashes(names: Iterable[str]) -> None:
    """The engine knows names by a 32-bit hash alone, so no two may share one."""
    seen: dict[int, str] = {}
    for name in names:
        value = 0x811C9DC5
        for byte in name.encode():
            value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
        if seen.setdefault(value, name) != name:
            raise EvaluationError(f"durable_rules can't tell `{name}` from `{seen[value]}`: they have the same hash.")


def _close(rulesets: list[Ruleset]) -> None:
    while rulesets:
        rulesets.pop().close()
