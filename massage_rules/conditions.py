"""The one condition tree: what can be asked of the facts, how it is written, and what it means.

A condition is a test of a fact, a comparison of two facts, a definition, or `all`, `any`, `not` and
`points` of conditions. There is no test for absence: learning more never overturns what was certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, assert_never

from massage_rules._yaml import Node, listed
from massage_rules.errors import Faults, Place, clean, nearest
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction, disjunction

Op: TypeAlias = Literal["at_least", "at_most", "above", "below"]
Kind: TypeAlias = Literal["yes_no", "number", "choice", "choices", "definition"]
OPS: tuple[Op, ...] = ("at_least", "at_most", "above", "below")
_FLIPPED: dict[Op, Op] = {"at_least": "below", "below": "at_least", "at_most": "above", "above": "at_most"}


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known to lie between two bounds; equal bounds are an exact number."""

    low: float
    high: float


class NotApplicable:
    """The value of a fact that doesn't concern this client: every test of it is false. There is one, also once it was kept."""

    def __repr__(self) -> str:
        return "not applicable"

    def __reduce__(self) -> str:
        return "NOT_APPLICABLE"


NOT_APPLICABLE = NotApplicable()
FactValue: TypeAlias = "bool | Interval | str | frozenset[str] | NotApplicable"
Facts: TypeAlias = "Mapping[str, FactValue]"


@dataclass(frozen=True, slots=True)
class Is:
    """A yes/no fact has this answer."""

    fact: str
    answer: bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """A choice is one of these values, or a set of choices holds one of them."""

    fact: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compare:
    """A number compared with a bound."""

    fact: str
    op: Op
    bound: float


@dataclass(frozen=True, slots=True)
class CompareFacts:
    """A number compared with another number of the same profile."""

    fact: str
    op: Op
    other: str


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition holds."""

    name: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part doesn't hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Points:
    """The points of the parts that hold reach a total."""

    at_least: float
    items: tuple[tuple[float, Condition], ...]


Test: TypeAlias = "Is | OneOf | Compare | CompareFacts"
Condition: TypeAlias = "Test | Defined | All | Any | Not | Points"


def evaluate(condition: Condition, facts: Facts, defined: Mapping[str, Truth]) -> Truth:
    """The truth of a condition, given the facts that are known and the truth of every definition."""
    match condition:
        case Is() | OneOf() | Compare() | CompareFacts():
            return test(condition, facts)
        case Defined(name):
            return defined[name]
        case All(parts):
            return conjunction([evaluate(p, facts, defined) for p in parts])
        case Any(parts):
            return disjunction([evaluate(p, facts, defined) for p in parts])
        case Not(part):
            return ~evaluate(part, facts, defined)
        case Points(at_least, items):
            return score([(points, evaluate(p, facts, defined)) for points, p in items], at_least=at_least)
        case _:
            assert_never(condition)


def test(condition: Test, facts: Facts) -> Truth:
    """The truth of one test of the facts."""
    value = facts.get(condition.fact)
    match value:
        case None:
            return UNKNOWN
        case bool() if isinstance(condition, Is):
            return TRUE if value is condition.answer else FALSE
        case NotApplicable():
            return FALSE
        case str() if isinstance(condition, OneOf):
            return TRUE if value in condition.values else FALSE
        case frozenset() if isinstance(condition, OneOf):
            return FALSE if condition.values.isdisjoint(value) else TRUE
        case Interval() if isinstance(condition, Compare):
            return compare(value, condition.op, low=condition.bound, high=condition.bound)
        case Interval() if isinstance(condition, CompareFacts):
            other = facts.get(condition.other)
            if isinstance(other, Interval):
                return compare(value, condition.op, low=other.low, high=other.high)
            return UNKNOWN if other is None else FALSE
        case _:
            raise TypeError(f"`{condition.fact}` holds {value!r}, which its test can't read")


def compare(value: Interval, op: Op, *, low: float, high: float) -> Truth:
    """How a number between bounds compares with another; UNKNOWN where the bounds leave it open."""
    match op:
        case "at_least":
            return TRUE if value.low >= high else FALSE if value.high < low else UNKNOWN
        case "at_most":
            return TRUE if value.high <= low else FALSE if value.low > high else UNKNOWN
        case "above":
            return TRUE if value.low > high else FALSE if value.high <= low else UNKNOWN
        case "below":
            return TRUE if value.high < low else FALSE if value.low >= high else UNKNOWN


def score(items: list[tuple[float, Truth]], *, at_least: float) -> Truth:
    """Whether points reach a total: decided as soon as the open ones can't matter."""
    certain = sum(p for p, t in items if t is TRUE)
    least = certain + sum(min(p, 0.0) for p, t in items if t is UNKNOWN)
    most = certain + sum(max(p, 0.0) for p, t in items if t is UNKNOWN)
    return TRUE if least >= at_least else FALSE if most < at_least else UNKNOWN


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all its parts, outermost first."""
    yield condition
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from walk(part)
        case Not(part):
            yield from walk(part)
        case Points(_, items):
            for _, part in items:
                yield from walk(part)
        case _:
            pass


def facts_read(condition: Condition) -> tuple[str, ...]:
    """The facts that a condition itself reads, in order of appearance; definitions aren't opened."""
    names: dict[str, None] = {}
    for part in walk(condition):
        match part:
            case Is(fact) | OneOf(fact) | Compare(fact):
                names[fact] = None
            case CompareFacts(fact, _, other):
                names[fact] = names[other] = None
            case _:
                pass
    return tuple(names)


def definitions_read(condition: Condition) -> tuple[str, ...]:
    """The definitions that a condition uses, in order of appearance."""
    return tuple(dict.fromkeys(p.name for p in walk(condition) if isinstance(p, Defined)))


def negated(condition: Condition) -> Condition:
    """The same condition with `not` on the outside, pushed down to tests and definitions."""
    match condition:
        case Is(fact, answer):
            return Not(Is(fact, answer))
        case Not(part):
            return pushed(part)
        case All(parts):
            return Any(tuple(negated(p) for p in parts))
        case Any(parts):
            return All(tuple(negated(p) for p in parts))
        case Points(at_least, items):
            return Not(Points(at_least, tuple((n, pushed(p)) for n, p in items)))
        case _:
            return Not(condition)


def pushed(condition: Condition) -> Condition:
    """The same condition with every `not` pushed down to tests, definitions and points."""
    match condition:
        case Not(part):
            return negated(part)
        case All(parts):
            return All(tuple(pushed(p) for p in parts))
        case Any(parts):
            return Any(tuple(pushed(p) for p in parts))
        case Points(at_least, items):
            return Points(at_least, tuple((n, pushed(p)) for n, p in items))
        case _:
            return condition


class Names(Protocol):
    """What a condition may speak of."""

    def kind(self, name: str) -> Kind | None:
        """How a fact or definition may be tested, or None where there is no such name."""

    def values(self, name: str) -> Mapping[str, frozenset[str]]:
        """The words that may stand for a choice's values, with the values each stands for."""

    def bounds(self, name: str) -> tuple[float, float]:
        """The least and greatest value of a number."""

    def known(self) -> set[str]:
        """Every name, for suggestions."""


def read_condition(node: Node, names: Names, faults: Faults) -> Condition | None:
    """The condition written in a file; faults are collected, and None stands for a faulty one."""
    if not isinstance(node.value, dict) or len(node.value) != 1:
        faults.add(node.place, "a condition should be one `name: value`.", "Put several under `all:` or `any:`.")
        return None
    ((key, value),) = node.value.items()
    place = (node.keys or {}).get(key, node.place)
    match key:
        case "all" | "any":
            parts = [read_condition(n, names, faults) for n in value.listing(faults, what=f"`{key}`")]
            if not parts:
                faults.add(place, f"`{key}` has no parts.", "List at least one condition under it.")
            good = tuple(p for p in parts if p is not None)
            return None if len(good) < len(parts) or not parts else All(good) if key == "all" else Any(good)
        case "not":
            part = read_condition(value, names, faults)
            return None if part is None else Not(part)
        case "points":
            return _read_points(value, names, faults)
        case _:
            return _read_test(key, value, place, names, faults)


def _read_points(node: Node, names: Names, faults: Faults) -> Condition | None:
    entries = node.mapping(faults, what="`points`")
    node.allow({"at_least", "of"}, faults, what="`points`")
    total = entries.get("at_least")
    if total is None or not isinstance(total.value, int | float):
        faults.add(node.place, "`points` needs a total.", "Write `at_least:` and a number.")
        return None
    items: list[tuple[float, Condition]] = []
    good = True
    for item in entries["of"].listing(faults, what="`of`") if "of" in entries else []:
        item.allow({"points", "when"}, faults, what="an item of `points`")
        fields = item.mapping(faults, what="an item of `points`")
        worth = fields.get("points")
        part = read_condition(fields["when"], names, faults) if "when" in fields else None
        if worth is None or not isinstance(worth.value, int | float) or worth.value == 0 or part is None:
            if part is not None or "when" not in fields:
                faults.add(
                    item.place, "an item of `points` needs `points` and `when`.", "Give a number other than 0 and a condition."
                )
            good = False
        else:
            items.append((float(worth.value), part))
    for number in (float(total.value), *(points for points, _ in items)):
        if not (4 * number).is_integer():
            faults.add(node.place, f"{number:g} points can't be added up exactly.", "Use whole, half or quarter points.")
            good = False
    if not items and good:
        faults.add(node.place, "`points` has no items.", "List them under `of:`.")
    return Points(float(total.value), tuple(items)) if items and good else None


def _read_test(key: str, value: Node, place: Place, names: Names, faults: Faults) -> Condition | None:
    kind = names.kind(key)
    if kind is None:
        remedy = nearest(key, names.known()) or "Facts are declared in data/vocabulary.yaml, definitions by rules with `define`."
        faults.add(place, f"`{clean(key)}` is neither a fact nor a definition.", remedy)
        return None
    if kind in ("yes_no", "definition"):
        if value.value not in ("yes", "no"):
            faults.add(value.place, f"`{key}` is answered yes or no.", f"Write `{key}: yes` or `{key}: no`.")
            return None
        if kind == "definition":
            return Defined(key) if value.value == "yes" else Not(Defined(key))
        return Is(key, value.value == "yes")
    if kind == "number":
        return _read_comparison(key, value, names, faults)
    words = value.words(faults, what=f"the value of `{key}`")
    if value.value == []:
        faults.add(value.place, f"`{key}` has no value to be compared with.", "List at least one.")
    meaning = names.values(key)
    chosen: set[str] = set()
    for word in words:
        if word in meaning:
            chosen |= meaning[word]
        else:
            faults.add(
                value.place,
                f"`{key}` has no value `{clean(word)}`.",
                nearest(word, meaning) or f"It takes {listed(set(meaning))}.",
            )
            return None
    return OneOf(key, frozenset(chosen)) if words else None


def _read_comparison(key: str, value: Node, names: Names, faults: Faults) -> Condition | None:
    if not isinstance(value.value, dict) or not value.value:
        faults.add(value.place, f"`{key}` is a number.", f"Compare it: `{key}: {{at_least: 3}}`, with {listed(OPS)}.")
        return None
    value.allow(set(OPS), faults, what=f"the comparison of `{key}`")
    low, high = names.bounds(key)
    parts: list[Condition] = []
    for op in OPS:
        bound = value.value.get(op)
        if bound is None:
            continue
        if isinstance(bound.value, int | float):
            if not low <= bound.value <= high:
                faults.add(
                    bound.place,
                    f"`{key}` lies between {low:g} and {high:g}, so {bound.value:g} decides nothing.",
                    "Correct the bound.",
                )
                return None
            parts.append(Compare(key, op, float(bound.value)))
        elif isinstance(bound.value, dict) and set(bound.value) == {"fact"}:
            other = bound.value["fact"].text(faults, what="`fact`")
            if names.kind(other) != "number":
                faults.add(
                    bound.place,
                    f"`{clean(other)}` isn't a number fact.",
                    nearest(other, names.known()) or "Only a number can be compared with a number.",
                )
                return None
            parts.append(CompareFacts(key, op, other))
        else:
            faults.add(bound.place, f"the bound of `{key}` should be a number.", "Write a number or `{fact: other_fact}`.")
            return None
    if len(parts) != len(value.value):
        return None
    return parts[0] if len(parts) == 1 else All(tuple(parts))
