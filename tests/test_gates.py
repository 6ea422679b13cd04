"""Gates: what doesn't concern a client is closed in one walk, and nothing that was said is."""

from __future__ import annotations

from massage_rules.conditions import NOT_APPLICABLE, Any, FactValue, Interval, Is
from massage_rules.gates import Gates, gates

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
