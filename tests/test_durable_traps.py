"""Every habit of durable_rules 2.0.28 that could lose or invent a finding, and that it can't here.

Numbers in brackets are those of the list in the study of the engine; "limit" stands for its table of limits.
"""

from __future__ import annotations

import gc
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from strategies import rule, rulebook
from test_engine import resident

from massage_rules import engine
from massage_rules.conditions import All, Any, Compare, Condition, Defined, Facts, Interval, Is, Not, OneOf, Points
from massage_rules.effects import Define, Progress
from massage_rules.engine import DurableCore, Limits, Ruleset, available, check_hashes, written
from massage_rules.errors import EvaluationError
from massage_rules.ground import ground
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import truths
from massage_rules.session import DurableMemory
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth

pytestmark = pytest.mark.skipif(not available(), reason="durable_rules can't be imported here")

GO_ON = Progress("continue")


def book(*conditions: Condition) -> Rulebook:
    return rulebook(*(rule(f"made_up.r{i}", when, GO_ON) for i, when in enumerate(conditions)))


def yes(fact: str) -> Is:
    return Is(fact, answer=True)


def asked(conditions: tuple[Condition, ...], known: Facts) -> list[Truth]:
    """What durable_rules says of some conditions, having checked that the definition says the same."""
    rules = book(*conditions)
    with DurableCore(rules) as core:
        found = core.truths(known)
        assert found == truths(rules, known)
        return [found[f"made_up.r{i}"] for i in range(len(conditions))]


def everything_written(rules: Rulebook, limits: Limits | None = None) -> tuple[dict[str, object], Mapping[int, tuple[str, ...]]]:
    return written(list(enumerate(ground(rules).steps)), limits or Limits())


WIDE = book(
    All((yes("fever"), Compare("age", "at_least", 1e-05), OneOf("phase", frozenset({'"; \\ {', "acute"})))),
    Any((Not(yes("rash")), Compare("pulse", "below", 2.0**70), yes('we"ird \\ name'))),
    Points(2.0, ((1.0, yes("fever")), (1.5, yes("rash")), (-0.5, yes("clot")))),
)


def test_neither_number_nor_text_nor_null_goes_in() -> None:
    """[1, 2, 4, 5] The engine coerces types, has no unknown, breaks on 1e-05 and compares text up to its quote."""
    definition, messages = everything_written(WIDE)
    definition.pop("$boot")
    for step in definition.values():
        assert isinstance(step, dict)
        assert set(step) == {"all", "pri"}
        for pattern in step["all"]:
            ((alias, alpha),) = pattern.items()
            assert re.fullmatch(r"c\d+", alias)
            assert list(alpha) == ["$and"]
            group, key = alpha["$and"]
            assert list(group) == ["g"]
            assert isinstance(group["g"], int)
            assert list(key) == ["k"]
            assert re.fullmatch(r"n\d+=[TF]", key["k"])
    for message in (m for several in messages.values() for m in several):
        assert re.fullmatch(r'\{"id":"i\d+","g":\d+,"k":"n\d+=[TF]","sid":"%s"\}', message)


def test_text_that_looks_like_a_number_stays_text() -> None:
    """[1] `"abc" > 5` matches in the engine, and so does `5 == "5"`; the tests are decided before it."""
    both = (OneOf("phase", frozenset({"5"})), yes("fever"))
    assert asked((All(both),), {"phase": "5", "fever": True}) == [TRUE]
    assert asked((All(both),), {"phase": "5.0", "fever": True}) == [FALSE]
    rules = book(All((Compare("age", "above", 5.0), yes("fever"))))
    with DurableCore(rules) as core, pytest.raises(TypeError, match="`age` holds 'abc'"):
        core.run({"age": "abc", "fever": True})


def test_what_is_missing_is_unknown() -> None:
    """[2] A missing property makes every comparison false in the engine, `!=` too; here it leaves the rule open."""
    conditions = (All((yes("fever"), yes("rash"))), Not(Any((yes("fever"), yes("rash")))), Any((yes("fever"), Not(yes("fever")))))
    assert asked(conditions, {}) == [UNKNOWN, UNKNOWN, UNKNOWN]
    assert asked(conditions, {"fever": False}) == [FALSE, UNKNOWN, TRUE]


def test_nothing_is_asked_for_absence() -> None:
    """[3, 12, 13] `$nex` loops for ever, `$not` isn't withdrawn, unknown operators never match: only `$and` is used."""
    definition, _ = everything_written(WIDE)
    assert set(re.findall(r"\$\w+", json.dumps(definition))) == {"$boot", "$and"}


def test_extreme_numbers_and_long_text_are_compared_as_they_are() -> None:
    """[4, 5] Exponents are errors in the engine, big numbers saturate, and 65,537 characters equal one."""
    numbers = (Compare("age", "at_least", 1e-05), Compare("age", "at_most", 2.0**70), yes("fever"))
    assert asked((All(numbers),), {"age": Interval(2.0**70, 2.0**70), "fever": True}) == [TRUE]
    assert asked((All(numbers),), {"age": Interval(2.0**70 + 2.0**20, 2.0**71), "fever": True}) == [FALSE]
    text = All((OneOf("phase", frozenset({"a"})), yes("fever")))
    assert asked((text,), {"phase": "a" * 65_537, "fever": True}) == [FALSE]
    assert asked((text,), {"phase": "a!", "fever": True}) == [FALSE]


def test_names_with_one_hash_are_kept_apart() -> None:
    """[6] `liquid` and `costarring` are the same property to the engine; facts don't go in by their names."""
    both = (All((yes("liquid"), yes("fever"))), All((yes("costarring"), yes("fever"))))
    assert asked(both, {"liquid": True, "fever": True}) == [TRUE, UNKNOWN]
    assert asked(both, {"liquid": True, "costarring": False, "fever": True}) == [TRUE, FALSE]
    assert asked((All((yes("a.b"), yes("fever"))),), {"a.b": True, "fever": True}) == [TRUE]


def test_identities_with_one_hash_are_refused() -> None:
    """[7, 8] Facts and memories are known by a 32-bit hash alone, so all that can meet are checked when built."""
    with pytest.raises(EvaluationError, match="can't tell `costarring` from `liquid`"):
        check_hashes(["fever", "liquid", "costarring"])
    check_hashes([*(f"i{n}" for n in range(100_000)), "b", *(f"sid-{n}" for n in range(1_024))])
    check_hashes(["id", "sid", "g", "k", "$s"])


def test_a_fact_serves_all_its_readers() -> None:
    """[9] Events are used up by the first rule that fires; facts aren't."""
    others = ("rash", "clot", "wound", "thinners")
    conditions = tuple(All((yes("fever"), yes(other))) for other in others)
    assert asked(conditions, {"fever": True} | dict.fromkeys(others, True)) == [TRUE] * 4


def test_many_true_parts_do_not_multiply() -> None:
    """[10] `any` with k facts makes all 2^k combinations in the engine and hangs; here each part fires once."""
    rules = book(Any(tuple(Compare("age", "at_least", float(i)) for i in range(60))))
    with DurableCore(rules) as core:
        outcome = core.run({"age": Interval(60, 60)})
        assert outcome.truths == {"made_up.r0": TRUE}
        assert len(outcome.fired) <= 70


def test_one_fact_may_stand_twice_in_a_condition() -> None:
    """[11] Two patterns on one fact don't match in the engine; equal parts are written once."""
    x = yes("fever")
    assert asked((All((x, x)), All((x, Any((x, x)))), All((x, Not(x)))), {"fever": True}) == [TRUE, TRUE, FALSE]


def test_conclusions_are_withdrawn_with_their_cause() -> None:
    """[12] Retracting a cause leaves what it led to in the engine; the memory withdraws it, link by link."""
    chain = [rule("define.d0", All((yes("fever"), yes("rash"))), Define("d0"))]
    chain += [rule(f"define.d{i}", All((Defined(f"d{i - 1}"), yes("clot"))), Define(f"d{i}")) for i in range(1, 6)]
    rules = rulebook(*chain)
    with DurableCore(rules, limits=Limits(steps=6)) as core:
        memory = DurableMemory(core)
        for known in ({"fever": True, "rash": True, "clot": True}, {"fever": True, "clot": True}, {"fever": False, "clot": True}):
            memory.change(known)
            assert memory.outcome().truths == truths(rules, known)


def test_priorities_are_all_different_and_fit() -> None:
    """[13, 17] Priorities are cut to 16 bits, and ties fire in an order of their own."""
    rules = book(*(All((Compare("age", "at_least", float(i)), yes("fever"))) for i in range(200)))
    known = ground(rules)
    definition, _ = written(list(enumerate(known.steps)), Limits())
    priorities = [step["pri"] for step in definition.values()]  # type: ignore[index]
    assert priorities == sorted(set(priorities))
    assert priorities[-1] < 65_536
    shuffled = [(f"age{i}", True) for i in range(50)]
    several = book(*(All((yes(f"age{i}"), yes(f"age{i + 1}"))) for i in range(49)))
    with DurableCore(several) as core:
        first = core.run(dict(shuffled))
        for seed in range(5):
            random.Random(seed).shuffle(shuffled)
            assert core.run(dict(shuffled)).fired == first.fired


def test_a_failure_is_never_swallowed() -> None:
    """[14, 15, 16] Exceptions in actions vanish in the engine, and batches stop half-way; here they come out, and the next run is sound."""
    rules = book(All((yes("fever"), yes("rash"))))
    with DurableCore(rules) as core:
        (ruleset,) = core.rulesets
        with pytest.raises(EvaluationError, match=r"refused \{broken: Could not assert fact"):
            ruleset._say(engine._durable.assert_fact, "{broken")
        for code in (1, 2, 3):
            with pytest.raises(EvaluationError, match=f"answered {code} to x"):
                ruleset._say(lambda _handle, _message, code=code: (code, 0), "x")
        told = core.ground.told({"fever": True})
        ruleset.chain("5", dict(told), set(told), set())
        with pytest.raises(EvaluationError, match="answered 2"):
            ruleset.chain("5", dict(told), set(told), set())
        ruleset.forget("5")
        assert core.truths({"fever": True, "rash": True}) == {"made_up.r0": TRUE}


def test_a_failed_run_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """[15] Whatever goes wrong in a run, its memory is deleted, so that the next one starts empty."""
    rules = book(All((yes("fever"), yes("rash"))))
    with DurableCore(rules) as core:
        (ruleset,) = core.rulesets
        with monkeypatch.context() as patch:
            patch.setattr(ruleset, "_conclusions", {})
            with pytest.raises(EvaluationError, match="fired more than 0 steps"):
                core.run({"fever": True, "rash": True})
        assert ruleset._open == {}
        assert core.truths({"fever": True}) == {"made_up.r0": UNKNOWN}
        memory = DurableMemory(core)
        with monkeypatch.context() as patch:
            patch.setattr(ruleset, "_conclusions", {})
            with pytest.raises(EvaluationError, match="fired more than 0 steps"):
                memory.change({"fever": True, "rash": True})
        assert ruleset._open == {}
        memory.change({"fever": True, "rash": True})
        assert memory.outcome().truths == {"made_up.r0": TRUE}


def test_no_lease_is_left_behind() -> None:
    """[18] An unfinished action bars a memory for 30 seconds; each is finished at once, so the next change fires."""
    rules = book(All((yes("fever"), yes("rash"))))
    with DurableCore(rules) as core:
        memory = DurableMemory(core)
        started = time.monotonic()
        for i in range(50):
            known = {"fever": True, "rash": i % 2 == 0}
            memory.change(known)
            assert memory.outcome().truths == truths(rules, known)
        assert time.monotonic() - started < 20


def test_rulesets_of_one_process_do_not_meet() -> None:
    """[19] Names of rulesets are for life in the engine; cores of the same rulebook stand side by side."""
    rules = book(All((yes("fever"), yes("rash"))))
    with DurableCore(rules) as first:
        with DurableCore(rules) as second:
            assert first.truths({"fever": False}) == second.truths({"fever": False}) == {"made_up.r0": FALSE}
        assert first.truths({"fever": True}) == {"made_up.r0": UNKNOWN}


def test_nothing_runs_in_the_background() -> None:
    """Timers of the stock host run actions on other threads and crash; none are started."""
    code = (
        "import threading, massage_rules.engine as e, sys\n"
        "sys.path.insert(0, 'tests')\n"
        "from test_durable_traps import book, yes, All\n"
        "core = e.DurableCore(book(All((yes('fever'), yes('rash')))))\n"
        "core.run({'fever': True})\n"
        "assert threading.active_count() == 1\n"
        "assert 'durable' not in sys.modules and 'durable.engine' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    assert (done.returncode, done.stderr) == (0, ""), "a core that nobody closed ends quietly with its process"


def test_a_memory_in_which_nothing_fired_can_be_deleted() -> None:
    """Deleting one frees a wild pointer in the engine and crashes within a few hundred; each fires once when opened."""
    rules = book(*(All((yes("fever"), yes(f"other{i}"))) for i in range(20)))
    with DurableCore(rules) as core:
        for _ in range(3_000):
            assert set(core.truths({"fever": True}).values()) == {UNKNOWN}


def test_more_runs_and_sessions_than_memories() -> None:
    """[limit 1,024 memories] Each run gives its own back, and memories in excess sleep until they are used again."""
    rules = book(All((yes("fever"), yes("rash"))))
    with DurableCore(rules, limits=Limits(memories=3)) as core:
        memories = [DurableMemory(core) for _ in range(1_100)]
        for memory in memories:
            memory.change({"fever": True})
        assert sum(len(r._open) for r in core.rulesets) == 3
        for memory in memories:
            assert memory.outcome().truths == {"made_up.r0": UNKNOWN}
            memory.change({"fever": True, "rash": True})
            assert memory.outcome().truths == {"made_up.r0": TRUE}
        for _ in range(1_100):
            assert core.truths({"fever": False}) == {"made_up.r0": FALSE}
        assert sum(len(r._open) for r in core.rulesets) == 3
    assert Limits().memories < 1_024


def test_more_tests_than_a_level_holds() -> None:
    """[limit 511 conditions at a level] 512 give false errors and 513 hang; facts are told apart at two levels."""
    rules = book(*(All((yes(f"a{i}"), yes(f"b{i}"))) for i in range(700)))
    definition, _ = everything_written(rules)
    alphas = [tuple(p["$and"][0].values()) for s in definition.values() for q in s["all"] for p in q.values() if "$and" in p]  # type: ignore[index]
    per_group: dict[object, int] = {}
    for group in alphas:
        per_group[group] = per_group.get(group, 0) + 1
    assert len(per_group) < 100
    assert Limits().alphas < 511
    known = {f"{c}{i}": (i % 3 > 0) for i in range(700) for c in "ab" if i % 7}
    asked(tuple(r.when for r in rules.rules.values()), known)


def test_more_readers_than_a_fact_may_have() -> None:
    """[limit 255 readers] 256 readers of a fact crash the process; it goes in as several copies."""
    conditions = tuple(All((yes("fever"), yes(f"b{i}"))) for i in range(600))
    rules = book(*conditions)
    definition, messages = everything_written(rules)
    assert max(len(m) for m in messages.values()) == 3
    text = json.dumps(definition)
    keys = re.findall(r'"k": "(n[^"]+)"', text)
    assert max(keys.count(key) for key in set(keys)) <= Limits().readers < 255
    known = {"fever": True} | {f"b{i}": i % 2 == 0 for i in range(600)}
    asked(conditions, known)
    whole = Limits(steps=4_000, readers=200)
    with DurableCore(rules, limits=whole) as core:
        assert len(core.rulesets) == 1
        assert core.truths(known) == truths(rules, known)


def test_more_tests_of_one_fact_than_one_message_may_match() -> None:
    """[limit 64 matches of a fact] One wide fact dies at 65; each test goes in by itself."""
    conditions = tuple(All((Compare("age", "at_least", float(i)), yes("fever"))) for i in range(200))
    assert asked(conditions, {"age": Interval(300, 300), "fever": True}) == [TRUE] * 200


def test_more_parts_than_a_step_may_have() -> None:
    """[limit 16 patterns, 29 comparisons] 17 patterns fail when they meet their facts; long conditions go in parts."""
    parts = tuple(yes(f"a{i}") for i in range(100))
    known = dict.fromkeys((f"a{i}" for i in range(100)), True)
    conditions = (All(parts), Not(Any(parts)), All(parts[:17]), Any(parts[:17]))
    assert asked(conditions, known) == [TRUE, FALSE, TRUE, TRUE]
    assert asked(conditions, known | {"a99": False}) == [FALSE, FALSE, TRUE, TRUE]
    assert asked(conditions, dict.fromkeys(known, False)) == [FALSE, TRUE, FALSE, FALSE]
    assert all(len(step.premises) <= 16 for step in ground(book(*conditions)).steps)


def test_more_steps_than_a_ruleset_may_have() -> None:
    """[limit 4,096 rules] 4,097 are refused; they are spread over several rulesets."""
    conditions = tuple(All((yes(f"a{i % 90}"), yes(f"b{i % 91}"))) for i in range(1_500))
    rules = book(*conditions)
    known = {f"{c}{i}": i % 5 > 0 for i in range(91) for c in "ab" if i % 11}
    with DurableCore(rules) as core:
        assert len(core.ground.steps) > 4_096
        assert all(len(r._conclusions) <= Limits().steps for r in core.rulesets)
        assert core.truths(known) == truths(rules, known)


def test_a_message_has_four_properties() -> None:
    """[limit 254 properties] A client with three hundred facts is as many small messages."""
    conditions = tuple(All((yes(f"a{i}"), yes("fever"))) for i in range(300))
    assert asked(conditions, {f"a{i}": True for i in range(300)} | {"fever": True}) == [TRUE] * 300
    _, messages = everything_written(book(*conditions))
    assert all(list(json.loads(m)) == ["id", "g", "k", "sid"] for several in messages.values() for m in several)


def test_a_long_chain_is_followed_to_its_end() -> None:
    """Six hundred conclusions one upon the other need no recursion."""
    chain = [rule("define.d00000", All((yes("fever"), yes("rash"))), Define("d00000"))]
    chain += [rule(f"define.d{i:05}", All((Defined(f"d{i - 1:05}"), yes("clot"))), Define(f"d{i:05}")) for i in range(1, 600)]
    rules = rulebook(*chain)
    with DurableCore(rules, limits=Limits(steps=4_000)) as core:
        outcome = core.run({"fever": True, "rash": True, "clot": True})
        assert set(outcome.truths.values()) == {TRUE}
        assert len(outcome.why("define.d00599")) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_rebuilding_leaves_nothing_behind() -> None:
    """[limit 131,071 rulesets] The engine never frees a ruleset by itself; a core that is closed or forgotten does."""
    rules = book(*(All((yes(f"a{i}"), yes(f"b{i}"), yes("fever"))) for i in range(100)))

    def rebuild(*, times: int) -> None:
        for i in range(times):
            core = DurableCore(rules)
            core.run({"a1": True, "fever": True})
            if i % 2:
                core.close()

    rebuild(times=20)
    gc.collect()
    before = resident()
    rebuild(times=200)
    gc.collect()
    assert resident() - before < 4_000_000


def test_a_ruleset_knows_its_firings_by_name() -> None:
    """What fired is read from the engine's message; the facts in it are the premises of that step."""
    rules = book(Any((All((yes("fever"), yes("rash"))), yes("clot"))))
    known = ground(rules)
    ruleset = Ruleset(list(enumerate(known.steps)), Limits())
    told = known.told({"fever": True, "rash": True, "clot": True})
    ruleset._boot("1")
    for proposition in told:
        ruleset.add("1", proposition)
    message = engine._durable.start_action_for_state(ruleset._handle, ruleset._open["1"])[1]
    ((name, frame),) = json.loads(message).items()
    step = known.steps[int(name[1:])]
    assert {f["k"] for f in frame.values()} == {f"n{abs(p)}={'T' if p > 0 else 'F'}" for p in step.premises}
    ruleset.close()
