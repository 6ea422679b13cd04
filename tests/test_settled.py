"""What is called settled no answer changes: all answers on small rulebooks, and drawn ones on the shipped rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from books import DEEP, DRAIN, LIGHT, book, evaluator, profile, rule, site, without_suggestion
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import VOCABULARY, rulebooks

from massage_rules.advice import shipped_evaluator
from massage_rules.answer import Advice
from massage_rules.cases import Case, load_cases
from massage_rules.conditions import Compare, FactValue, Interval, facts_read, walk
from massage_rules.errors import ProfileError
from massage_rules.interview import Interview
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook
from massage_rules.scoreboard import undenied
from massage_rules.semantics import decide, truths
from massage_rules.settled import Settled, settled
from massage_rules.telling import Spot, spots, told
from massage_rules.truth import UNKNOWN
from massage_rules.verdicts import Decision
from massage_rules.views import ELSEWHERE, Seen, View, views
from massage_rules.vocabulary import Fact

AVOID = "{avoid: {techniques: all}}"
STOP = "{emergency: {urgency: now, who: ambulance, ask: Please help at once.}}"
REFER = "{refer: {who: physician, urgency: before_treatment, ask: May this be done?, techniques: all}}"
CAP = "{adapt: {pressure_at_most: 1}}"


def decision(rulebook: Rulebook, client: ProfileBase, seen: Seen) -> Decision:
    return decide(rulebook, client, seen, [truths(rulebook, v.facts) for v in seen.views])


def outcome(rulebook: Rulebook, client: ProfileBase, seen: Seen) -> tuple[str, list[str]]:
    found = decision(rulebook, client, seen)
    return found.disposition, verdicts(found)


def verdicts(decided: Decision) -> list[str]:
    return [j.verdict for s in decided.sites for j in s.judgements.values()]


def judged(rulebook: Rulebook, client: ProfileBase) -> Settled:
    seen = views(client)
    return settled(rulebook, seen, decision(rulebook, client, seen))


def said(rulebook: Rulebook, **told: Any) -> tuple[bool, bool]:
    found = judged(rulebook, profile(**told))
    return found.disposition, found.verdicts


# What settles an advice


def test_what_is_closed_for_good_is_settled() -> None:
    """No answer opens it, and no answer closes more."""
    rules = book(rule("a", "{fever: yes}", AVOID) + rule("b", "{stroke: yes}", AVOID))
    assert said(rules, fever="yes") == (True, True)
    assert said(rules) == (False, False)
    assert said(rules, fever="no") == (False, False)
    assert said(rules, fever="no", stroke="no") == (True, True)


def test_an_emergency_that_may_still_be_is_not_settled() -> None:
    """Who is sent home might have to be sent to hospital; with an emergency the visit ends."""
    rules = book(rule("a", "{fever: yes}", AVOID) + rule("b", "{stroke: yes}", STOP))
    assert said(rules, fever="yes") == (False, False)
    assert said(rules, fever="yes", stroke="no") == (True, True)
    assert said(rules, stroke="yes") == (True, True)


def test_a_limit_that_holds_settles_the_disposition() -> None:
    """One that can't be told yet doesn't."""
    rules = book(rule("a", "{fever: yes}", CAP) + rule("b", "{stroke: yes}", CAP))
    assert said(rules, fever="yes")[0]
    assert not said(rules)[0]
    assert said(rules, fever="no", stroke="no") == (True, True)


def test_what_may_be_indicated_leaves_verdicts_open() -> None:
    """A wish opens light work besides; whether the client is treated doesn't turn on it."""
    rules = without_suggestion(
        rule("ache", "{complaints: ache}", f"{{suggest: {{techniques: {DEEP}, role: option, goals: mobility, certainty: low}}}}")
        + rule("wish", "{wishes: sleep}", f"{{suggest: {{techniques: {LIGHT}, role: option, goals: mobility, certainty: low}}}}")
    )
    assert said(rules) == (True, False)
    assert said(rules, wishes=[]) == (True, True)


def test_another_technique_that_is_limited_unsettles_treating() -> None:
    """The groin bears a little pressure only: drainage is suitable as it is, and light massage isn't."""
    rules = without_suggestion(
        rule("ache", "{complaints: ache}", f"{{suggest: {{techniques: {DRAIN}, role: option, goals: mobility, certainty: low}}}}")
        + rule("wish", "{wishes: sleep}", f"{{suggest: {{techniques: {LIGHT}, role: option, goals: mobility, certainty: low}}}}")
    )
    groin = [site("groin_inguinal")]
    assert decision(rules, profile(sites=groin), views(profile(sites=groin))).disposition == "treat"
    assert said(rules, sites=groin) == (False, False)
    wishing = profile(sites=groin, wishes=["sleep"])
    assert decision(rules, wishing, views(wishing)).disposition == "treat with modification"


def test_a_call_for_somebody_settles_nothing_while_it_is_open() -> None:
    """Treating becomes treating with modification when a clinician is called for."""
    later = REFER.replace("before_treatment", "within_days").replace("techniques: all", f"techniques: {DEEP}, where: [wrist]")
    rules = book(rule("a", "{fever: yes}", later))
    assert said(rules)[0] is False
    assert said(rules, fever="no") == (True, True)


def test_what_was_declined_can_not_be_answered() -> None:
    """It stays as it is; what the client isn't sure of may still be measured."""
    rules = book(rule("a", "{fever: yes}", AVOID))
    assert said(rules, fever={"unknown": "declined"}) == (True, True)
    assert said(rules, fever={"unknown": "unsure"}) == (False, False)


def test_what_follows_from_an_answer_may_change_it_though_it_was_declined() -> None:
    """Whoever won't speak of blood thinners may still say that the tablet is warfarin."""
    rules = book(rule("a", "{thinner: yes}", AVOID))
    assert said(rules, thinner={"unknown": "declined"}) == (False, False)
    assert said(rules, thinner={"unknown": "declined"}, warfarin="no") == (True, True)


def test_advice_that_is_certain_limits_nothing() -> None:
    """A limit that isn't one for a technique leaves its verdict to the limit that can't be told."""
    rules = book(
        rule("a", "{fever: yes}", "{adapt: {pressure_at_most: 5, advice: Go slowly.}}") + rule("b", "{stroke: yes}", CAP)
    )
    assert said(rules, fever="yes") == (True, False)


def test_rules_that_exclude_each_other_count_as_open() -> None:
    """It errs to the careful side: nobody can be both over six and under four, but each alone may be."""
    never = "{all: [{pain_now: {above: 6}}, {pain_now: {below: 4}}]}"
    rules = book(rule("shut", "{fever: yes}", AVOID) + rule("stop", never, STOP))
    assert said(rules, fever="yes") == (False, False)
    assert said(rules, fever="yes", sites=[site(pain_now=5)]) == (True, True)


def test_the_advice_says_whether_it_is_settled() -> None:
    """As data; an answer read back without its client can't."""
    ready = evaluator(rule("a", "{fever: yes}", AVOID))
    answers = [ready.recommend(profile(fever=f)) for f in ("yes", "no", {"unknown": "unsure"})]
    assert [(a.settled, a.disposition_settled) for a in answers] == [(True, True), (True, True), (False, False)]
    with pytest.raises(LookupError):
        _ = Advice.model_validate_json(answers[0].to_json()).settled


def test_an_interview_ends_with_what_no_answer_changes() -> None:
    """The disposition and all verdicts, the disposition alone, or nothing."""
    ready = evaluator(rule("a", "{fever: yes}", CAP) + rule("b", "{stroke: yes}", CAP.replace("1", "0")))
    closing = [Interview(ready, profile(**told)).closing for told in ({"fever": True, "stroke": True}, {"fever": True}, {})]
    assert closing == [
        "0 questions asked. Nothing that could still be answered changes the disposition or any verdict.",
        "0 questions asked. Nothing that could still be answered changes the disposition.",
        "0 questions asked.",
    ]


# Against all answers


def completions(client: ProfileBase, seen: Seen) -> Iterator[Seen]:
    """All ways of answering what is due, one fact after the other, in part and in full."""
    yield seen
    for number, view in enumerate(seen.views):
        for name in sorted(set(VOCABULARY.facts) - {"region", "side"}):
            if not is_open(view.facts.get(name)) or view.unknown.get(name) == "declined" or not due(view, name):
                continue
            for value in all_values(name, view.facts.get(name)):
                answered = answer(seen, number, name, value)
                if answered is not None:
                    yield from completions(client, answered)
            return


def is_open(value: FactValue | None) -> bool:
    return value is None or (isinstance(value, Interval) and value.low < value.high)


def due(view: View, name: str) -> bool:
    """Whether what a fact is behind is told; until then it is answered first."""
    return all(f in view.facts for gate in VOCABULARY.gates(name) for f in (getattr(gate, "fact", ""),))


def all_values(name: str, rough: FactValue | None) -> list[FactValue]:
    fact = VOCABULARY.facts[name]
    match fact.type:
        case "yes_no":
            return [True, False]
        case "number":
            low, high = (rough.low, rough.high) if isinstance(rough, Interval) else fact.bounds
            return [Interval(n / 3, n / 3) for n in range(round(low * 3), round(high * 3) + 1)]
        case "choice":
            return sorted(fact.values)
        case _:
            return [frozenset(c) for n in range(len(fact.values) + 1) for c in combinations(sorted(fact.values), n)]


def answer(seen: Seen, number: int, name: str, value: FactValue) -> Seen | None:
    """The client after one answer, where it contradicts nothing."""
    fact, found = VOCABULARY.facts[name], []
    for other, view in enumerate(seen.views):
        here = other == number or fact.level == "patient" or (view.site == seen.views[number].site != ELSEWHERE)
        if here and is_open(view.facts.get(name)) and view.unknown.get(name) != "declined":
            implied = fact.implies if value is True else ()
            if any(view.facts.get(i) is False for i in implied):
                return None
            facts = {**view.facts, name: value, **dict.fromkeys(implied, True)}
            VOCABULARY.gated.close(facts, view.unknown)
            found.append(replace(view, facts=facts))
        else:
            found.append(view)
    return Seen(tuple(found), seen.unknown)


NUMBERS = ("age", "pulse", "pain", "weeks")


@st.composite
def nearly_told(draw: st.DrawFn) -> ProfileBase:
    """A client of whom a few facts aren't told, one number at most among them; some are declined or not sure."""
    names = sorted(set(VOCABULARY.facts) - {"region", "side", *NUMBERS})
    left = draw(st.lists(st.sampled_from(names), max_size=4, unique=True)) + draw(st.lists(st.sampled_from(NUMBERS), max_size=1))
    ways = st.sampled_from([None, None, None, {"unknown": "unsure"}, {"unknown": "declined"}])

    def told(level: str) -> dict[str, Any]:
        facts = [f for f in VOCABULARY.facts.values() if f.level == level and f.id not in ("region", "side")]
        known = {f.id: draw(ways if f.id in left else answer_to(f.id)) for f in facts}
        return {name: value for name, value in known.items() if value is not None}

    regions = draw(st.lists(st.sampled_from(["wrist", "arm", "back"]), min_size=1, max_size=2, unique=True))
    try:
        return models(VOCABULARY).profile.read({**told("patient"), "sites": [{"region": r, **told("site")} for r in regions]})
    except ProfileError:
        assume(False)
        raise


def answer_to(name: str) -> st.SearchStrategy[Any]:
    """A plain answer to a fact."""
    fact = VOCABULARY.facts[name]
    match fact.type:
        case "yes_no":
            return st.sampled_from([False, False, True])
        case "number":
            low, high = fact.bounds
            return st.integers(int(low), int(high))
        case "choice":
            return st.sampled_from(sorted(fact.values))
        case _:
            return st.lists(st.sampled_from(sorted(fact.values)), max_size=2, unique=True)


def whole(rules: Rulebook, client: ProfileBase) -> tuple[set[str], set[tuple[str, ...]]]:
    """Every disposition, and every set of verdicts with it, that some answers lead to."""
    found = list(islice((outcome(rules, client, c) for c in completions(client, views(client))), 201))
    assume(len(found) <= 200)
    return {d for d, _ in found}, {(d, *v) for d, v in found}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rulebooks(most=4), nearly_told())
def test_what_is_settled_no_answer_changes(rules: Rulebook, client: ProfileBase) -> None:
    """By going through all of them."""
    dispositions, verdicts = whole(rules, client)
    found = judged(rules, client)
    assert len(dispositions) == 1 or not found.disposition
    assert len(verdicts) == 1 or not found.verdicts


# The shipped rules


def drawn(rulebook: Rulebook, client: ProfileBase, random: Random) -> ProfileBase:
    """The client after answers drawn at random to what undecided rules read, parents before what depends on them."""
    vocabulary = rulebook.vocabulary
    open_ = (r for v in views(client).views for r, t in shipped_evaluator().compiled.truths(v.facts).items() if t is UNKNOWN)
    read = frozenset[str]().union(*map(rulebook.reads, open_)) - {"region", "side"}
    ill = random.choice((0.02, 0.1, 0.5))
    for depth in range(4):
        answers: list[tuple[str, object, Spot]] = []
        seen = views(client)
        for name in sorted(n for n in read if depth_of(n) == depth):
            here = [v.facts.get(name) for v in seen.views if v.unknown.get(name) != "declined"]
            if any(map(is_open, here)) and random.random() < 0.9:
                rough = next((v for v in here if isinstance(v, Interval)), None)
                value = any_answer(vocabulary.facts[name], random, ill=ill, rough=rough)
                answers += [(name, value, spot) for spot in spots(client, seen, name)]
        client = as_far_as_it_goes(client, answers)
    return client


@cache
def depth_of(name: str) -> int:
    """How many answers stand before a fact that concerns few."""
    before = {f for gate in shipped_evaluator().rulebook.vocabulary.gates(name) for f in facts_read(gate)} - {name}
    return min(3, max((1 + depth_of(f) for f in before), default=0))


def as_far_as_it_goes(client: ProfileBase, answers: list[tuple[str, object, Spot]]) -> ProfileBase:
    """The client with these answers, without those that contradict others."""
    with suppress(ProfileError):
        return told(client, answers)
    if len(answers) == 1:
        return client
    half = len(answers) // 2
    return as_far_as_it_goes(as_far_as_it_goes(client, answers[:half]), answers[half:])


def any_answer(fact: Fact, random: Random, *, ill: float, rough: Interval | None) -> object:
    match fact.type:
        case "yes_no":
            return random.random() < (ill if fact.role == "risk" else 0.5)
        case "number":
            low, high = (rough.low, rough.high) if rough else fact.bounds
            return min(max(random.choice(bounds().get(fact.id, [0])) + random.choice((-1, 0, 1)), low), high)
        case "choice":
            return random.choice(sorted(fact.values))
        case _:
            return random.sample(sorted(fact.values), random.randint(0, min(2, len(fact.values))))


@cache
def bounds() -> dict[str, list[float]]:
    """What the shipped rules compare each number with."""
    found: dict[str, list[float]] = {}
    for rule_ in shipped_evaluator().rulebook.rules.values():
        for part in walk(rule_.when):
            if isinstance(part, Compare):
                found.setdefault(part.fact, []).append(part.bound)
    return found


def contradicted(client: ProfileBase, random: Random, *, draws: int) -> tuple[Settled, int]:
    """What is said to be settled, and how many draws of answers changed something else; raises where they change that."""
    ready, changed = shipped_evaluator(), 0
    seen, before = ready.decide(client, core="compiled")
    found = settled(ready.rulebook, seen, before)
    for _ in range(draws):
        _, after = ready.decide(drawn(ready.rulebook, client, random), core="compiled")
        same = after.disposition is before.disposition, verdicts(after) == verdicts(before)
        assert found.disposition <= same[0]
        assert found.verdicts <= all(same)
        changed += not all(same)
    return found, changed


def published() -> list[Case]:
    ready, folder = shipped_evaluator(), Path(__file__).parent / "cases"
    return [c for path in sorted(folder.glob("published_*.cases.yaml")) for c in load_cases(path, ready.rulebook)]


def test_sampled_answers_change_nothing_that_the_shipped_rules_call_settled() -> None:
    """On published cases as they are told, and without what they deny."""
    for number, case in enumerate(published()[::12]):
        for client in (case.profile, undenied(case.profile)):
            contradicted(client, Random(number), draws=2)
