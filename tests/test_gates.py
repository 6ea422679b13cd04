"""Gates: what doesn't concern a client is closed in one walk, and nothing that was said is."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import conditions, facts

from massage_rules.conditions import NOT_APPLICABLE, Any, Condition, Facts, FactValue, Interval, Is, evaluate
from massage_rules.gates import Gates, gates
from massage_rules.truth import FALSE
from massage_rules.vocabulary import shipped_vocabulary

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))

CHILD, GRANDCHILD = Is("child", answer=True), Is("grandchild", answer=True)
FAMILY = gates(
    [
        ("grandchild", (CHILD,), False),
        ("named", (CHILD,), NOT_APPLICABLE),
        ("its_age", (GRANDCHILD,), NOT_APPLICABLE),
        ("either", (Any((CHILD, Is("dog", answer=True))), CHILD), False),
    ]
)


def closed(known: dict[str, FactValue], *, by: Gates = FAMILY, **unknown: str) -> dict[str, FactValue]:
    facts = dict(known)
    by.close(facts, unknown)
    return {name: value for name, value in facts.items() if name not in known}


def test_what_does_not_concern_a_client_is_closed_with_what_follows() -> None:
    """A closed parent closes its own children in the same walk, each with its value."""
    none = {"grandchild": False, "named": NOT_APPLICABLE, "its_age": NOT_APPLICABLE, "either": False}
    assert closed({"child": False}) == none


def test_one_false_condition_closes() -> None:
    """The others may hold, or not be known."""
    assert closed({"child": False, "dog": True})["either"] is False
    assert "either" not in closed({"child": True, "dog": False})


def test_what_is_not_known_closes_nothing() -> None:
    """Neither what nobody said nor what holds."""
    assert closed({}) == {}
    assert closed({"child": True, "grandchild": True}) == {}


def test_a_recorded_value_counts_and_opens_what_follows() -> None:
    """What was said is never overwritten, whatever its parent says."""
    assert "its_age" not in closed({"child": False, "grandchild": True})
    assert closed({"child": False, "its_age": Interval(3, 3)}).keys() == {"grandchild", "named", "either"}


def test_what_is_unknown_for_a_reason_stays_so() -> None:
    """A client who is unsure or declines leaves it open, and with it what follows; one who wasn't asked doesn't."""
    assert closed({"child": False}, grandchild="declined").keys() == {"named", "either"}
    assert "grandchild" in closed({"child": False}, grandchild="not_asked")


def test_equal_conditions_are_looked_at_once() -> None:
    """The same condition has one number."""
    assert FAMILY.conditions == (CHILD, GRANDCHILD, Any((CHILD, Is("dog", answer=True))))
    assert [gate.conditions for gate in FAMILY.each] == [(0,), (0,), (1,), (2, 0)]


def by_definition(these: Gates, known: Facts, unknown: Mapping[str, str]) -> dict[str, FactValue]:
    """What is known once each gate was closed in order, by the definition of each condition."""
    found = dict(known)
    for fact, numbers, otherwise in these.each:
        open_ = fact not in found and unknown.get(fact, "not_asked") == "not_asked"
        if open_ and any(evaluate(these.conditions[n], found, {}) is FALSE for n in numbers):
            found[fact] = otherwise
    return found


@settings(QUICK, max_examples=200)
@given(st.lists(conditions(), min_size=1, max_size=6), facts(), st.sets(st.integers(0, 5)))
def test_gates_close_as_their_conditions_are_defined(several: list[Condition], known: Facts, declined: set[int]) -> None:
    """Whatever the conditions, and where one gate is behind another."""
    behind: list[tuple[Condition, ...]] = [
        (c,) if i % 2 else (c, Is(f"gated_{i - 1}", answer=True)) for i, c in enumerate(several)
    ]
    these = gates((f"gated_{i}", found, False if i % 3 else NOT_APPLICABLE) for i, found in enumerate(behind))
    unknown = {f"gated_{i}": "declined" for i in declined}
    found = dict(known)
    these.close(found, unknown)
    assert found == by_definition(these, known, unknown)


@settings(QUICK, max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 0.9]))
def test_the_shipped_gates_close_as_their_conditions_are_defined(seed: int, density: float) -> None:
    """In the shipped vocabulary, whatever is missing."""
    random, known = Random(seed), dict[str, FactValue]()
    for fact in shipped_vocabulary().facts.values():
        if random.random() > density:
            continue
        if fact.type == "yes_no":
            known[fact.id] = random.random() < 0.3
        elif fact.type == "number":
            low, high = sorted(random.uniform(*fact.bounds) for _ in range(2))
            known[fact.id] = Interval(low, high)
        else:
            value = random.choice(sorted(fact.values))
            known[fact.id] = value if fact.type == "choice" else frozenset({value})
    unknown = {name: "declined" for name in shipped_vocabulary().facts if random.random() < 0.1}
    found = dict(known)
    shipped_vocabulary().gated.close(found, unknown)
    assert found == by_definition(shipped_vocabulary().gated, known, unknown)
