"""The least changes: nothing smaller reaches the goal, each that is given does, and none is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import strategies as made
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from small_clients import TECHNIQUES, TODAY, Plain, books, clients

from massage_rules.advice import Evaluator
from massage_rules.changes.least import Goal, Search
from massage_rules.changes.moves import Move, Moves, Subject
from massage_rules.conditions import Is, Not
from massage_rules.contradictions import faults_of
from massage_rules.effects import Avoid, Scope, Suggest
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook
from massage_rules.verdicts import Disposition, Verdict
from massage_rules.views import views

LENIENT = list(HealthCheck)


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    """A verdict for a technique, or a disposition; mostly a less cautious one."""
    if draw(st.booleans()):
        verdicts = [
            {Verdict.SUITABLE, Verdict.ADAPT},
            {Verdict.SUITABLE},
            {Verdict.AVOID},
            {Verdict.ASK_FIRST, Verdict.REFER_FIRST},
        ]
        return Goal(frozenset(draw(st.sampled_from(verdicts))), draw(st.sampled_from(TECHNIQUES)))
    whole = [{Disposition.TREAT, Disposition.MODIFY}, {Disposition.TREAT}, {Disposition.EMERGENCY}, {Disposition.CONSULT}]
    return Goal(frozenset(draw(st.sampled_from(whole))))


def subjects(moves: Iterable[Move]) -> frozenset[Subject]:
    return frozenset(m.subject for m in moves)


def everything(moves: Moves, book: Rulebook) -> dict[Subject, tuple[Move, ...]]:
    """All that can be moved of a client, whatever any rule reads."""
    facts = moves.subjects(book.vocabulary.facts, range(len(moves.profile.places)))
    rules = (Subject("rule", name) for name in book.rules)
    return {s: moves.of(s) for s in sorted((*facts, *rules), key=lambda s: s.order) if moves.of(s)}


def fits(moves: Moves, tried: tuple[Move, ...]) -> bool:
    """Whether these moves contradict nothing, and can be told in some order in which each concerns the client when it is told."""
    if faults_of(moves.applied(tried)):
        return False
    return any(
        all(moves.due(m.subject, views(moves.applied(order[:i]))) for i, m in enumerate(order))
        for order in itertools.permutations(tried)
    )


def by_trying_all(ready: Evaluator, moves: Moves, goal: Goal, most: int) -> set[frozenset[Subject]]:
    """The minimal sets of subjects that reach the goal, by working out every set of moves."""
    of, found = everything(moves, ready.rulebook), set[frozenset[Subject]]()
    for size in range(1, most + 1):
        for chosen in itertools.combinations(of, size):
            if any(done < frozenset(chosen) for done in found):
                continue
            for tried in itertools.product(*(of[s] for s in chosen)):
                if goal.reached(ready.decide(moves.applied(tried), core="compiled")[1]) and fits(moves, tried):
                    found.add(frozenset(chosen))
                    break
    return found


def check(book: Rulebook, profile: ProfileBase, goal: Goal, *, most: int, at_most_moves: int) -> None:
    ready = Plain(book)
    search = Search(ready, profile, goal)
    if goal.reached(search.moves.decision) or sum(map(len, everything(search.moves, book).values())) > at_most_moves:
        reject()
    found = search.least(most=most, effort=100_000)
    for moves in found.sets:
        after = search.moves.applied(moves)
        assert goal.reached(ready.decide(after, core="compiled")[1])
        assert type(profile).read(after.to_dict()).to_dict() == after.to_dict()
    assert found.complete_to is None or found.complete_to == most
    assert {subjects(s) for s in found.sets} == by_trying_all(ready, search.moves, goal, most)


@settings(max_examples=40, deadline=None, suppress_health_check=LENIENT)
@given(books(most=5), clients(), goals())
def test_one_or_two_changes_are_all_that_there_are(book: Rulebook, profile: ProfileBase, goal: Goal) -> None:
    """Up to two changes, the search finds exactly the minimal sets that trying everything finds, and each of them works."""
    check(book, profile, goal, most=2, at_most_moves=45)


@settings(max_examples=5, deadline=None, suppress_health_check=LENIENT)
@given(books(most=4), clients(), goals())
def test_three_changes_are_all_that_there_are(book: Rulebook, profile: ProfileBase, goal: Goal) -> None:
    """The same up to three changes."""
    check(book, profile, goal, most=3, at_most_moves=28)


def test_what_would_contradict_changes_with_it() -> None:
    """A clot can't turn out where no thinner is taken, since it implies one; so both are told otherwise."""
    book = made.rulebook(
        made.rule("made_up.r", Not(Is("clot", True)), Avoid(Scope("body", techniques=frozenset(TECHNIQUES)))),
        made.rule("made_up.for", Not(Is("rash", True)), Suggest(frozenset(TECHNIQUES), "option", (), "none")),
    )
    told = {"as_of": TODAY, "thinners": False, "sites": [{"region": "back", "rash": False}]}
    client = models(made.VOCABULARY).profile.read(told)
    goal = Goal(frozenset({Verdict.SUITABLE}), TECHNIQUES[0])
    found = Search(Plain(book), client, goal).least(most=2)
    assert {subjects(s) for s in found.sets} == {frozenset({Subject("fact", "clot"), Subject("fact", "thinners")})}
    check(book, client, goal, most=2, at_most_moves=1_000)
