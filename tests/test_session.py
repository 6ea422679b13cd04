"""A live session says at every step what a fresh evaluation of its profile would say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any as Anything
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import VOCABULARY, answer, answers, rule, rulebook, rulebooks, sites

import massage_rules as mr
from massage_rules import engine
from massage_rules.conditions import All, Any, Interval, Is, Not
from massage_rules.effects import Avoid, Progress, Scope, Suggest
from massage_rules.engine import DurableCore, Limits, available, shared_core
from massage_rules.errors import EvaluationError, ProfileError
from massage_rules.ground import ALWAYS
from massage_rules.profile import models
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import decide, truths
from massage_rules.session import DurableMemory, Session, intake
from massage_rules.truth import FALSE, TRUE, UNKNOWN, disjunction
from massage_rules.views import views

durable = pytest.mark.skipif(not available(), reason="durable_rules can't be imported here")
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
GO_ON = Progress("continue")
FEVER, RASH = Is("fever", answer=True), Is("rash", answer=True)
BOOK = rulebook(rule("made_up.both", All((FEVER, RASH)), GO_ON), rule("made_up.none", Not(Any((FEVER, RASH))), GO_ON))


@contextmanager
def without_durable_rules() -> Iterator[None]:
    with patch.object(engine, "_durable", None):
        yield


def steps() -> st.SearchStrategy[tuple[str, Anything]]:
    """One thing that happens in an intake: facts told or taken back, sites, events and denials changed."""
    patient = [f.id for f in VOCABULARY.facts.values() if f.level == "patient"]
    local = [f.id for f in VOCABULARY.facts.values() if f.level == "site" and f.id not in ("region", "side")]
    number = st.integers(0, 2)
    problem = st.fixed_dictionaries(
        {"kind": st.sampled_from(["rash", "wound"]), "region": st.sampled_from(["wrist", "back", "arm"])}
    )
    surgery = st.fixed_dictionaries(
        {"procedure": st.just("other"), "region": st.sampled_from(["wrist", "arm"]), "weeks_ago": st.integers(0, 9)}
    )
    denied = st.lists(st.sampled_from(["heart", "skin", "all"]), max_size=2)
    lists = st.one_of(
        st.tuples(st.just("sites"), sites()),
        st.tuples(st.just("problems"), st.lists(problem, max_size=2)),
        st.tuples(st.just("surgeries"), st.lists(surgery, max_size=2)),
        st.tuples(st.sampled_from(["denied", "otherwise_denied"]), denied),
    )
    return st.one_of(
        st.tuples(st.just("tell"), answers("patient")),
        st.tuples(st.just("tell at"), st.tuples(number, answers("site"))),
        st.tuples(st.just("change"), st.sampled_from(patient).flatmap(lambda n: st.tuples(st.just(n), answer(n)))),
        st.tuples(st.just("take back"), st.sets(st.sampled_from([*patient, "problems", "denied", "sites"]), max_size=3)),
        st.tuples(st.just("take back at"), st.tuples(number, st.sets(st.sampled_from(local), max_size=3))),
        st.tuples(st.just("list"), lists),
    )


def take(session: Session, step: tuple[str, Anything]) -> None:
    match step:
        case "tell", told:
            session.tell(**told)
        case "tell at", (site, told):
            session.tell(site=site, **told)
        case "change" | "list", (name, value):
            session.change(**{name: value})
        case "take back", names:
            session.take_back(*sorted(names))
        case _, (site, names):
            session.take_back(*sorted(names), site=site)


def follow(book: Rulebook, history: list[tuple[str, Anything]]) -> None:
    with Session(book) as session:
        for step in history:
            before = (session.profile, session.truths())
            try:
                take(session, step)
            except ProfileError:
                assert (session.profile, session.truths()) == before
            seen = views(session.profile)
            assert session.truths() == [truths(book, view.facts) for view in seen.views]
            for name in book.rules:
                told = disjunction([t[name] for t in session.truths()])
                assert bool(session.why(name)) is (told is not UNKNOWN) or abs(session._ground.meaning[name]) == ALWAYS


@settings(QUICK, max_examples=400)
@given(rulebooks(), st.lists(steps(), min_size=1, max_size=8))
def test_it_equals_a_fresh_evaluation_at_every_step(book: Rulebook, history: list[tuple[str, Anything]]) -> None:
    """Whatever is told, changed and taken back, every view comes out as if it had been read at once."""
    follow(book, history)


@settings(QUICK, max_examples=150)
@given(rulebooks(), st.lists(steps(), min_size=1, max_size=8))
def test_it_equals_a_fresh_evaluation_without_durable_rules(book: Rulebook, history: list[tuple[str, Anything]]) -> None:
    """The same without durable_rules."""
    with without_durable_rules():
        follow(book, history)


@durable
@settings(QUICK, max_examples=150)
@given(
    rulebooks(),
    st.lists(
        st.tuples(st.integers(0, 2), st.dictionaries(st.sampled_from(["fever", "clot", "rash"]), st.booleans())), max_size=12
    ),
)
def test_memories_that_take_turns_keep_what_they_know(book: Rulebook, history: list[tuple[int, dict[str, bool]]]) -> None:
    """With room for one memory only, three that take turns say what they should, and so do runs in between."""
    with DurableCore(book, limits=Limits(memories=1, steps=8)) as core:
        memories = [DurableMemory(core) for _ in range(3)]
        for which, known in history:
            memories[which].change(known)
            outcome = memories[which].outcome()
            assert outcome.truths == truths(book, known) == core.truths(known)
            assert (outcome.holds, outcome.fired) == core.ground.follow(core.ground.told(known))
        for memory in memories:
            memory.close()
        assert all(not r._open for r in core.rulesets)


def test_an_intake_from_first_word_to_last() -> None:
    """Facts are told, changed and taken back; truths and reasons follow."""
    with Session(BOOK) as session:
        assert session.truths() == [{"made_up.both": UNKNOWN, "made_up.none": UNKNOWN}]
        assert session.why("made_up.both") == ()
        session.tell(fever=True, sites=[{"region": "wrist"}, {"region": "back"}])
        assert [t["made_up.none"] for t in session.truths()] == [FALSE, FALSE]
        assert session.why("made_up.none") == ((FEVER, TRUE),)
        session.tell(site=1, rash=True)
        assert [t["made_up.both"] for t in session.truths()] == [UNKNOWN, TRUE]
        assert session.why("made_up.both") == ((FEVER, TRUE), (RASH, TRUE))
        session.change(fever=False)
        assert session.why("made_up.both") == ((FEVER, FALSE),)
        session.take_back("fever")
        session.take_back("rash", site=1)
        assert session.why("made_up.both") == ()
        assert session.profile.to_dict() == {"sites": [{"region": "wrist"}, {"region": "back"}]}


def test_it_starts_from_a_profile() -> None:
    """What is known at the start counts from the start."""
    profile = models(VOCABULARY).profile.read({"fever": True, "sites": [{"region": "wrist", "rash": True}]})
    with Session(BOOK, profile) as session:
        assert session.truths() == [{"made_up.both": TRUE, "made_up.none": FALSE}]
        assert session.profile == profile


def test_a_faulty_change_changes_nothing() -> None:
    """A name or value that can't be read is refused with a remedy, and the session stays as it was."""
    with Session(BOOK) as session:
        session.tell(fever=True)
        before = (session.profile, session.truths())
        for wrong, message in (
            (lambda: session.tell(fevr=True), "Did you mean `fever`"),
            (lambda: session.tell(rash=True, fever="perhaps"), "`fever` can't be `perhaps`"),
            (lambda: session.tell(site=3, rash=True), "there is no site number 3. The only site is number 0."),
            (lambda: session.tell(denied=["heart"]), "is yes, but the block `heart`"),
            (lambda: session.take_back("fevr"), "Did you mean `fever`"),
            (lambda: session.take_back("region", site=0), "`region` is missing"),
        ):
            with pytest.raises(ProfileError, match=message):
                wrong()
            assert (session.profile, session.truths()) == before


def test_facts_that_belong_together_are_told_together() -> None:
    """Several facts are read as one change, in any order, where one alone would contradict another."""
    with Session(BOOK) as session:
        session.tell(clot=True, thinners=True)
        session.tell(thinners=False, clot=False)
        assert session.profile.answers() == {"clot": False, "thinners": False}


def test_views_come_and_go() -> None:
    """A problem elsewhere at the site opens a view, and closes it when it is taken back."""
    with Session(BOOK) as session:
        session.tell(fever=True, sites=[{"region": "arm"}])
        alone = len(session.truths())
        session.tell(problems=[{"kind": "rash", "region": "wrist"}])
        assert len(session.truths()) > alone
        assert session.why("made_up.both") == ((FEVER, TRUE), (RASH, TRUE))
        session.take_back("problems")
        assert len(session.truths()) == alone
        assert session.why("made_up.both") == ()


def test_its_decision_is_that_of_the_profile() -> None:
    """The decision is the one that a fresh evaluation of the profile gives."""
    technique = frozenset(list(rulebook().catalogue.variants)[:1])
    book = rulebook(
        rule("made_up.suggest", Is("cleared", answer=True), Suggest(technique, "option", (), "none")),
        rule("made_up.avoid", All((FEVER, RASH)), Avoid(Scope("here", techniques=technique))),
    )
    with Session(book) as session:
        for told in ({"cleared": True}, {"fever": True}, {"denied": ["skin"]}, {"fever": False}):
            session.tell(**told)
            seen = views(session.profile)
            assert session.decision() == decide(book, session.profile, seen, [truths(book, v.facts) for v in seen.views])


def test_a_rule_that_is_none_has_no_reason() -> None:
    """A wrong name is refused with the nearest right one."""
    with (
        Session(BOOK) as session,
        pytest.raises(EvaluationError, match=r"`made_up.bth` isn't a rule. Did you mean `made_up.both`"),
    ):
        session.why("made_up.bth")


def test_a_closed_session_can_be_read_but_not_told() -> None:
    """Closing frees the memories; what was concluded stays."""
    session = Session(BOOK)
    session.tell(fever=False)
    session.close()
    session.close()
    assert session.truths() == [{"made_up.both": FALSE, "made_up.none": UNKNOWN}]
    assert session.why("made_up.both") == ((FEVER, FALSE),)
    with pytest.raises(EvaluationError, match="this session was closed"):
        session.tell(fever=True)


@durable
def test_sessions_share_the_core_of_their_rulebook() -> None:
    """Many sessions may be open; the engine holds a few memories, and none when all are closed."""
    core = shared_core(BOOK)
    assert core is not None
    sessions = [Session(BOOK) for _ in range(12)]
    for i, session in enumerate(sessions):
        session.tell(fever=i % 2 == 0)
    for i, session in enumerate(sessions):
        session.tell(sites=[{"region": "wrist", "rash": True}])
        assert session.truths() == [{"made_up.both": TRUE if i % 2 == 0 else FALSE, "made_up.none": FALSE}]
        assert session.core == "durable_rules 2.0.28"
    assert 0 < sum(len(r._open) for r in core.rulesets) <= Limits().memories
    for session in sessions:
        session.close()
    assert sum(len(r._open) for r in core.rulesets) == 0


@durable
def test_a_failure_in_the_engine_is_made_good_by_the_next_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session keeps its profile and its truths, and catches up with the next change."""
    with Session(BOOK) as session:
        session.tell(fever=True)
        core = shared_core(BOOK)
        assert core is not None
        with monkeypatch.context() as patched:
            patched.setattr(core.rulesets[0], "_conclusions", {})
            with pytest.raises(EvaluationError, match="fired more than 0 steps"):
                session.tell(sites=[{"region": "wrist", "rash": True}])
        assert session.truths() == [{"made_up.both": UNKNOWN, "made_up.none": FALSE}]
        session.tell(sites=[{"region": "wrist", "rash": True}])
        assert session.truths() == [{"made_up.both": TRUE, "made_up.none": FALSE}]


@durable
def test_facts_are_never_taken_back_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`retract_fact` reads and writes beyond a frame whose action has fired, so it isn't called."""
    monkeypatch.setattr(engine._durable, "retract_fact", None)
    with Session(BOOK) as session:
        for i in range(60):
            session.tell(fever=i % 2 == 0, sites=[{"region": "wrist", "rash": i % 3 == 0}])
            assert session.truths() == [truths(BOOK, v.facts) for v in views(session.profile).views]


def test_without_durable_rules_it_says_so() -> None:
    """The session works on the plain walk, and its name tells which."""
    with without_durable_rules(), Session(BOOK) as session:
        assert session.core == "plain walk"
        session.tell(fever=False)
        assert session.why("made_up.both") == ((FEVER, FALSE),)
        session.change(fever=True)
        assert session.why("made_up.both") == ()


def test_an_intake_with_the_shipped_rules() -> None:
    """`intake` opens a session with the shipped rules, which agrees with them read afresh as facts come and go."""
    book = shipped_rulebook()
    with mr.intake() as session:
        assert session.rulebook is book
        session.tell(as_of="2026-11-24", age=46, sites=[{"region": "calf", "side": "left"}])
        session.tell(otherwise_denied=["all"])
        session.change(age={"between": [60, 70]})
        session.take_back("otherwise_denied")
        assert session.truths() == [truths(book, v.facts) for v in views(session.profile).views]
        facts = views(session.profile).views[0].facts
        assert facts["age"] == Interval(60, 70)
        decided = [name for name, truth in session.truths()[0].items() if truth is not UNKNOWN]
        assert decided
        assert all(session.why(name) for name in decided)
    with intake(rulebook=BOOK) as other:
        assert other.rulebook is BOOK


def test_it_says_what_to_ask_next() -> None:
    """The best open question comes first; once nothing can matter any more there is none."""
    with intake() as session:
        first = session.next_question()
        assert first is not None
        session.tell(age=38, denied="all", sites=[{"region": "neck", "complaints": ["neck_upper_trapezius_tension"], "complaint_weeks": 20,
                                                    "pain_now": 3}])  # fmt: skip
        assert session.next_question() is None
