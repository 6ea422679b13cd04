"""The second opinion: the same truths as the definition, whatever is known, asked in any order and from any thread."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import facts, rule, rulebook, rulebooks

from massage_rules import engine
from massage_rules.conditions import All, Facts, Interval, Is, Not
from massage_rules.effects import Progress
from massage_rules.engine import Ruleset, available
from massage_rules.errors import EvaluationError
from massage_rules.opinion import PlainWalk, TwoPasses, second_opinion
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import truths
from massage_rules.truth import FALSE, TRUE, UNKNOWN

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
durable = pytest.mark.skipif(not available(), reason="durable_rules can't be imported here")
FEVER, RASH = Is("fever", answer=True), Is("rash", answer=True)


def small() -> Rulebook:
    """Three rules: of two facts together, of one that isn't, and of one."""
    both, well = (
        rule("made_up.both", All((FEVER, RASH)), Progress("refer")),
        rule("made_up.well", Not(FEVER), Progress("continue")),
    )
    return rulebook(both, well, rule("made_up.hot", FEVER, Progress("ease")))


@durable
@settings(QUICK, max_examples=300)
@given(rulebooks(), st.lists(facts(), min_size=1, max_size=4))
def test_it_agrees_with_the_definition(book: Rulebook, clients: list[Facts]) -> None:
    """Two passes give every rule the truth that the definition gives it, one client after another."""
    opinion = TwoPasses(book)
    for client in clients:
        assert opinion.truths(client) == truths(book, client)
    opinion.close()


@durable
def test_what_was_asked_before_leaves_no_trace() -> None:
    """The same client gets the same answer after any other."""
    opinion = TwoPasses(small())
    asked: list[Facts] = [{"fever": True, "rash": True}, {}, {"fever": False}, {"rash": True}, {"fever": True}]
    first = [opinion.truths(c) for c in asked]
    assert [opinion.truths(c) for c in reversed(asked)] == list(reversed(first))
    assert first[0] == {"made_up.both": TRUE, "made_up.hot": TRUE, "made_up.well": FALSE}
    assert first[1] == {"made_up.both": UNKNOWN, "made_up.hot": UNKNOWN, "made_up.well": UNKNOWN}


@durable
def test_what_follows_together_is_what_durable_rules_fired() -> None:
    """Where it fires nothing, a rule of two facts is missed: the second opinion rests on it and on nothing else."""
    opinion = TwoPasses(small())
    with patch.object(Ruleset, "_fire", lambda _self, _sid: iter(())):
        assert opinion.truths({"fever": True, "rash": True})["made_up.both"] is FALSE
    opinion.forget()
    assert opinion.truths({"fever": True, "rash": True})["made_up.both"] is TRUE


@durable
def test_of_what_nobody_told_it_was_asked_once() -> None:
    """What may hold while nothing is known isn't asked again; as soon as one of its facts is known, it is."""
    opinion, told = TwoPasses(small()), []
    with patch.object(Ruleset, "_boot", lambda self, sid, boot=Ruleset._boot: (told.append(sid), boot(self, sid))):
        assert opinion.truths({"age": Interval(40, 40), "cleared": True})["made_up.both"] is UNKNOWN
        assert told == []
        assert opinion.truths({"fever": True})["made_up.both"] is UNKNOWN
        assert len(told) == 1


@durable
def test_what_was_told_before_is_not_asked_again_until_it_is_forgotten() -> None:
    """The same premises in the same ruleset are one question; anything else is another."""
    opinion, told = TwoPasses(small()), []
    with patch.object(Ruleset, "_boot", lambda self, sid, boot=Ruleset._boot: (told.append(sid), boot(self, sid))):
        for client in ({"fever": True, "rash": True}, {"fever": True, "rash": True, "age": Interval(40, 40)}):
            assert opinion.truths(client)["made_up.both"] is TRUE
        assert len(told) == 1
        assert opinion.truths({"rash": True})["made_up.both"] is UNKNOWN
        assert len(told) == 2
        opinion.forget()
        assert opinion.truths({"fever": True, "rash": True})["made_up.both"] is TRUE
        assert len(told) == 3


@durable
def test_no_memory_is_left_open() -> None:
    """After an answer, and after one that failed, no ruleset has a memory open."""
    opinion = TwoPasses(small())
    opinion.truths({"fever": True, "rash": True})
    assert not any(ruleset._open for ruleset in opinion.rulesets)
    opinion.forget()
    with patch.object(Ruleset, "add", side_effect=EvaluationError("refused")), pytest.raises(EvaluationError):
        opinion.truths({"fever": True, "rash": True})
    assert not any(ruleset._open for ruleset in opinion.rulesets)
    assert opinion.truths({"fever": True, "rash": True})["made_up.both"] is TRUE


@durable
@settings(QUICK, max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.5, 1.0]))
def test_the_shipped_rules_agree_on_clients_with_gaps(seed: int, density: float) -> None:
    """The shipped rulebook comes out alike in both, whatever is missing."""
    book, random = shipped_rulebook(), Random(seed)
    known: dict[str, object] = {}
    for fact in book.vocabulary.facts.values():
        if random.random() > density:
            continue
        if fact.type == "yes_no":
            known[fact.id] = random.random() < 0.3
        elif fact.type == "number":
            value = float(random.randint(int(fact.bounds[0]), int(min(fact.bounds[1], 200))))
            known[fact.id] = Interval(value, value)
    assert shipped_opinion().truths(known) == truths(book, known)  # type: ignore[arg-type]


def shipped_opinion() -> TwoPasses:
    """One for all examples; building it takes longer than asking."""
    if not _SHIPPED:
        _SHIPPED.append(TwoPasses(shipped_rulebook()))
    return _SHIPPED[0]


_SHIPPED: list[TwoPasses] = []


@durable
def test_threads_may_share_it() -> None:
    """Eight threads with two thousand questions each get right answers only, while what was answered is forgotten."""
    opinion, wrong = TwoPasses(small()), []
    clients: list[Facts] = [{"fever": True, "rash": True}, {"fever": False}, {}]
    expected = [opinion.truths(c) for c in clients]

    def work(start: int) -> None:
        for i in range(2_000):
            if i % 2:
                opinion.forget()
            if opinion.truths(clients[(i + start) % 3]) != expected[(i + start) % 3]:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@durable
def test_memory_stays_flat() -> None:
    """Twenty thousand answers, each asked anew, leave the process within two megabytes of where it was."""
    opinion = TwoPasses(small())

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")

    def answer(times: int) -> None:
        for i in range(times):
            opinion.truths({"fever": True, "rash": i % 2 == 0})
            opinion.forget()

    answer(2_000)
    before = resident()
    answer(20_000)
    assert resident() - before < 2_000_000


@durable
def test_one_that_was_closed_says_so() -> None:
    """A closed engine answers nothing."""
    opinion = TwoPasses(small())
    opinion.close()
    opinion.close()
    with pytest.raises(EvaluationError, match="was closed"):
        opinion.truths({})


def test_without_durable_rules_the_plain_walk_gives_it_and_says_so() -> None:
    """Where durable_rules can't be imported, or isn't what it should be, the definition answers."""
    with patch.object(engine, "_durable", None):
        assert not available()
        opinion = second_opinion(small())
        assert isinstance(opinion, PlainWalk)
        assert opinion.name == "plain walk"
        assert opinion.truths({"fever": True})["made_up.hot"] is TRUE
        opinion.forget()
        assert opinion.truths({"fever": False})["made_up.hot"] is FALSE
        with pytest.raises(EvaluationError, match="can't be imported"):
            TwoPasses(small())


@durable
def test_where_durable_rules_is_there_it_gives_the_second_opinion() -> None:
    """Its name and version stand in the answer's record, and that what was asked before isn't asked again."""
    assert second_opinion(small()).name == "durable_rules 2.0.28, equal questions asked once"
