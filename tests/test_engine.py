"""The rulebook on durable_rules says what the definition says, names what it rests on, and leaves nothing behind."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import conditions, facts, rule, rulebook, rulebooks

from massage_rules import engine
from massage_rules.conditions import (
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    Interval,
    Is,
    Not,
    OneOf,
    Points,
    score,
)
from massage_rules.effects import Define, Progress
from massage_rules.engine import BEARS, LIMITS, DurableCore, Limits, Size, available, shared_core, written
from massage_rules.errors import ContentError, EvaluationError
from massage_rules.ground import ALWAYS, ground
from massage_rules.opinion import TwoPasses
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import truths
from massage_rules.truth import FALSE, TRUE, UNKNOWN

pytestmark = pytest.mark.skipif(not available(), reason="durable_rules can't be imported here")

GO_ON = Progress("continue")
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
SEVERAL = st.lists(facts(), min_size=1, max_size=4)


def only(when: Condition) -> Rulebook:
    return rulebook(rule("made_up.it", when, GO_ON))


def resident() -> int:
    """The memory that this process occupies, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@settings(QUICK, max_examples=1000)
@given(rulebooks(), SEVERAL)
def test_it_agrees_with_the_definition(book: Rulebook, clients: list[Facts]) -> None:
    """Every rule has the same truth as by the plain walk, and the steps that fire are those whose premises hold."""
    with DurableCore(book) as core:
        for known in clients:
            outcome = core.run(known)
            assert outcome.truths == truths(book, known)
            assert (outcome.holds, outcome.fired) == core.ground.follow(core.ground.told(known))


@settings(QUICK, max_examples=400)
@given(
    st.lists(st.tuples(st.integers(-6, 6).filter(bool).map(lambda n: n / 2), conditions()), min_size=1, max_size=6).map(tuple),
    st.integers(-12, 12).map(lambda n: n / 2),
    SEVERAL,
)
def test_points_are_decided_exactly_when_they_can_be(
    items: tuple[tuple[float, Condition], ...], at_least: float, clients: list[Facts]
) -> None:
    """The diagram that points unfold to is as sharp as the sum, with points for and against."""
    book = only(Points(at_least, items))
    with DurableCore(book) as core:
        for known in clients:
            assert core.truths(known) == truths(book, known)


def test_the_order_of_facts_is_of_no_consequence() -> None:
    """Shuffled facts give the same truths, the same steps and the same reasons."""

    @settings(QUICK, max_examples=150)
    @given(rulebooks(), st.data())
    def holds(book: Rulebook, draw: st.DataObject) -> None:
        known = draw.draw(facts())
        with DurableCore(book) as core:
            first = core.run(known)
            second = core.run(dict(draw.draw(st.permutations(list(known.items())))))
            assert first.truths == second.truths
            assert first.fired == second.fired
            assert all(first.why(r) == second.why(r) for r in book.rules)

    holds()


@settings(QUICK, max_examples=300)
@given(rulebooks(), facts())
def test_a_reason_is_enough(book: Rulebook, known: Facts) -> None:
    """Knowing only the facts behind a rule's reasons decides it alike; where it can't be told there are none."""
    with DurableCore(book) as core:
        outcome = core.run(known)
        for name, truth in outcome.truths.items():
            reasons = outcome.why(name)
            read = {f for t, _ in reasons for f in (t.fact, getattr(t, "other", t.fact))}
            alone = {f: v for f, v in known.items() if f in read}
            assert bool(reasons) or truth is UNKNOWN or abs(core.ground.meaning[name]) == ALWAYS
            assert truths(book, alone)[name] is truth or truth is UNKNOWN
            assert all(t is not UNKNOWN for _, t in reasons)


def test_a_reason_names_no_more_than_it_needs() -> None:
    """One true part is the reason for `any`, one false part that for `all`, and the first written counts."""
    a, b, c = Is("fever", answer=True), Is("rash", answer=True), Is("clot", answer=True)
    book = rulebook(rule("made_up.any", Any((a, b)), GO_ON), rule("made_up.all", All((Any((a, b)), c)), GO_ON))
    with DurableCore(book) as core:
        both = core.run({"fever": True, "rash": True, "clot": False})
        assert both.why("made_up.any") == ((a, TRUE),)
        assert both.why("made_up.all") == ((c, FALSE),)
        rest = core.run({"rash": True, "clot": True})
        assert rest.why("made_up.all") == ((b, TRUE), (c, TRUE))
        assert core.run({"rash": True}).why("made_up.all") == ()


@settings(QUICK, max_examples=300)
@given(
    rulebooks(),
    SEVERAL,
    st.builds(Limits, steps=st.integers(6, 12), readers=st.integers(1, 3), alphas=st.integers(6, 12), premises=st.integers(2, 5)),
)
def test_tight_limits_change_nothing(book: Rulebook, clients: list[Facts], tight: Limits) -> None:
    """Spread over many small rulesets, with facts in several copies, the answer is the same."""
    with DurableCore(book, limits=tight) as core:
        for known in clients:
            outcome = core.run(known)
            assert outcome.truths == truths(book, known)
            assert (outcome.holds, outcome.fired) == core.ground.follow(core.ground.told(known))


def test_conclusions_cross_rulesets() -> None:
    """A chain of definitions is followed from one ruleset to the next."""
    links = [rule("define.d0", All((Is("fever", answer=True), Is("rash", answer=True))), Define("d0"))]
    for i in range(1, 40):
        links.append(
            rule(f"define.d{i}", All((Defined(f"d{i - 1}"), Compare("age", "at_least", float(i % 20)))), Define(f"d{i}"))
        )
    book = rulebook(*reversed(links))
    known: Facts = {"fever": True, "rash": True, "age": Interval(19, 19)}
    with DurableCore(book, limits=Limits(steps=6)) as core:
        assert len(core.rulesets) > 15
        assert set(core.truths(known).values()) == {TRUE}
        assert core.truths({**known, "rash": False}) == truths(book, {**known, "rash": False})
        assert [t for t, _ in core.run(known).why("define.d2")][:2] == [Is("fever", answer=True), Is("rash", answer=True)]


def test_what_is_always_so_needs_no_facts() -> None:
    """Points that are reached or out of reach whatever the answers are decided at once, without a reason."""
    item = (1.0, Is("fever", answer=True))
    book = rulebook(
        rule("made_up.sure", Points(0.0, (item,)), GO_ON),
        rule("made_up.never", Points(2.0, (item,)), GO_ON),
        rule("made_up.both", All((Points(0.0, (item,)), Is("rash", answer=True))), GO_ON),
        rule("made_up.neither", All((Points(2.0, (item,)), Is("rash", answer=True))), GO_ON),
        rule("made_up.empty", All(()), GO_ON),
    )
    with DurableCore(book) as core:
        assert core.truths({}) == truths(book, {})
        assert core.run({}).why("made_up.sure") == ()
        assert core.truths({"rash": True}) == truths(book, {"rash": True})


def test_what_is_written_for_the_engine_is_always_the_same() -> None:
    """The same rulebook gives the same definition, byte for byte, in another process too."""
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from test_engine import definition_of_an_example\n"
        "print(definition_of_an_example())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[1],
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == definition_of_an_example() + "\n"


def definition_of_an_example() -> str:
    phases = [OneOf("phase", frozenset({"acute", "chronic", value})) for value in ("acute", "subacute")]
    parts = (*phases, CompareFacts("age", "above", "pulse"))
    count = Points(2.0, tuple((1.0, part) for part in parts))
    known = ground(rulebook(rule("made_up.a", count, GO_ON), rule("made_up.b", Not(Any(parts)), GO_ON)))
    return repr(written(list(enumerate(known.steps)), Limits()))


def test_too_wide_a_condition_is_named_with_its_place() -> None:
    """What can't be made to fit is a fault of the content, said at load."""
    wide = only(All(tuple(Compare("age", "at_least", float(i)) for i in range(9))))
    with pytest.raises(ContentError) as found:
        DurableCore(wide, limits=Limits(steps=8))
    assert str(found.value) == (
        "rules/made_up.yaml:1:1: a condition of rule `made_up.it` needs 10 steps at once; durable_rules is given 8. "
        "Name a part of it with `define`."
    )
    with pytest.raises(ContentError):
        DurableCore(wide, limits=Limits(alphas=3))


def test_too_entangled_points_are_named_with_their_place() -> None:
    """Points that add up in very many ways are refused, rather than unfolded without end."""
    tangled = only(Points(2.0**19, tuple((2.0**i + 0.5, Compare("age", "at_least", float(i))) for i in range(20))))
    with pytest.raises(ContentError) as found:
        DurableCore(tangled)
    assert "the points of rule `made_up.it` can add up in more than 2,000 ways" in str(found.value)


def test_many_round_points_are_no_trouble() -> None:
    """Forty items of one point each unfold to a diagram of moderate size."""
    items = tuple((1.0, Compare("age", "at_least", i / 2)) for i in range(40))
    book = only(Points(20.0, items))
    with DurableCore(book) as core:
        for age in (Interval(9, 9), Interval(9.5, 9.5), Interval(0, 20), Interval(9.5, 20)):
            known: Facts = {"age": age}
            assert core.truths(known) == truths(book, known)
    assert score([(1.0, TRUE)] * 20, at_least=20.0) is TRUE


def test_a_closed_core_says_so() -> None:
    """After closing there are no answers, and closing twice does no harm."""
    core = DurableCore(only(Is("fever", answer=True)))
    assert core.truths({"fever": True}) == {"made_up.it": TRUE}
    core.close()
    core.close()
    with pytest.raises(EvaluationError, match="was closed"):
        core.run({})


def test_a_rulebook_has_one_core_for_as_long_as_it_lives() -> None:
    """The core is built once, shared, rebuilt if somebody closed it, and freed with its rulebook."""
    book = only(All((Is("fever", answer=True), Is("rash", answer=True))))
    core = shared_core(book)
    assert shared_core(book) is core
    assert core.name == "durable_rules 2.0.28"
    assert isinstance(core, DurableCore)
    core.close()
    again = shared_core(book)
    assert again is not core
    assert again.truths({"fever": False}) == {"made_up.it": FALSE}
    key, alive = id(book), weakref.ref(again)
    del book, core
    gc.collect()
    assert key not in engine._CORES
    assert again.truths({"fever": False}) == {"made_up.it": FALSE}, "who holds a core may go on using it"
    del again
    gc.collect()
    assert alive() is None


def test_without_durable_rules_there_is_no_core() -> None:
    """Where durable_rules can't be imported, or isn't what it should be, nothing is built, and that is said."""
    book = only(Is("fever", answer=True))
    with patch.object(engine, "_durable", None):
        assert not available()
        assert shared_core(book) is None
        with pytest.raises(EvaluationError, match="can't be imported"):
            DurableCore(book)
    with patch.object(engine, "_NEEDED", (*engine._NEEDED, "something_else")):
        assert not available()


def test_threads_may_share_a_core() -> None:
    """Eight threads with two thousand runs each get right answers only."""
    a, b = Is("fever", answer=True), Is("rash", answer=True)
    book = rulebook(rule("made_up.all", All((a, b)), GO_ON), rule("made_up.not", Not(Any((a, b))), GO_ON))
    clients: list[Facts] = [{}, {"fever": True}, {"fever": True, "rash": True}, {"fever": False, "rash": False}, {"rash": False}]
    right = [truths(book, known) for known in clients]
    wrong: list[object] = []

    def work(start: int) -> None:
        for i in range(start, start + 2000):
            found = core.truths(clients[i % len(clients)])
            if found != right[i % len(clients)]:
                wrong.append(found)

    before = threading.active_count()
    with DurableCore(book) as core:
        assert threading.active_count() == before, "the engine starts no threads of its own"
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_twenty_thousand_runs_leave_memory_as_it_was() -> None:
    """Everything that a run takes is given back."""
    parts = tuple(Compare("age", "at_least", float(i)) for i in range(10))
    book = rulebook(rule("made_up.any", Any(parts), GO_ON), rule("made_up.all", All(parts), GO_ON))
    clients: list[Facts] = [{}, {"age": Interval(5, 5)}, {"age": Interval(5, 12)}]
    with DurableCore(book) as core:
        for i in range(2000):
            core.run(clients[i % 3])
        before = resident()
        for i in range(20_000):
            core.run(clients[i % 3])
        assert resident() - before < 2_000_000


def test_the_shipped_rules_agree_on_clients_with_many_gaps() -> None:
    """The shipped rulebook comes out alike in both, whatever is missing."""
    book = shipped_rulebook()
    core = shared_core(book)
    names = list(book.vocabulary.facts.values())

    @settings(QUICK, max_examples=15)
    @given(st.randoms(use_true_random=True), st.sampled_from([0.05, 0.5, 1.0]))
    def agrees(random: object, density: float) -> None:
        known: dict[str, object] = {}
        for fact in names:
            if random.random() > density:  # type: ignore[attr-defined]
                continue
            if fact.type == "yes_no":
                known[fact.id] = random.random() < 0.2  # type: ignore[attr-defined]
            elif fact.type == "number":
                low, high = sorted(random.uniform(*fact.bounds) for _ in range(2))  # type: ignore[attr-defined]
                known[fact.id] = Interval(low, high)
            else:
                value = random.choice(sorted(fact.values))  # type: ignore[attr-defined]
                known[fact.id] = value if fact.type == "choice" else frozenset({value})
        assert core.truths(known) == truths(book, known)  # type: ignore[arg-type]

    agrees()


def test_no_ruleset_is_asked_for_more_than_it_is_given() -> None:
    """The shipped rules stay below the limits in every ruleset, and those below what durable_rules bears."""
    core = shared_core(shipped_rulebook())
    assert core is not None
    for ruleset in (*core.rulesets, *TwoPasses(shipped_rulebook()).rulesets):
        for part in Size.__dataclass_fields__:
            assert getattr(ruleset.size, part) <= getattr(LIMITS, part) <= getattr(BEARS, part), part
    assert LIMITS.memories <= BEARS.memories


@settings(QUICK, max_examples=60)
@given(rulebooks(), st.integers(6, 30), st.integers(1, 4), st.integers(6, 30), st.integers(2, 16))
def test_whatever_the_limits_are_no_ruleset_exceeds_them(
    book: Rulebook, steps: int, readers: int, alphas: int, wide: int
) -> None:
    """Rules are shared out among as many rulesets as it takes; what can't be shared out is refused."""
    limits = Limits(steps=steps, readers=readers, alphas=alphas, premises=wide)
    try:
        core = DurableCore(book, limits=limits)
    except ContentError:
        return
    with core:
        for ruleset in core.rulesets:
            assert all(getattr(ruleset.size, part) <= getattr(limits, part) for part in Size.__dataclass_fields__), ruleset.size


def test_the_size_of_a_ruleset_is_counted() -> None:
    """Steps, the most premises of one, the most readers of a fact, facts at a level, and the longest message."""
    with DurableCore(only(All((Is("fever", answer=True), Is("rash", answer=True))))) as core:
        (ruleset,) = core.rulesets
        assert ruleset.size == Size(
            steps=3, premises=2, readers=1, alphas=2, message=len('{"id":"i0","g":0,"k":"n2=T","sid":"%s"}')
        )
