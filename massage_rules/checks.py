"""What must hold of all rules together: definitions end somewhere, and a risk never relaxes a verdict."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from massage_rules.conditions import (
    All,
    Any,
    Condition,
    Defined,
    Is,
    Not,
    Points,
    definitions_read,
)
from massage_rules.effects import Adapt, Avoid, Define, Emergency, Progress, Refer, Suggest
from massage_rules.errors import Faults
from massage_rules.rule import Rule
from massage_rules.vocabulary import Vocabulary


def check_circles(rules: Mapping[str, Rule], faults: Faults) -> None:
    """Faults for definitions that go round in a circle, and for names that no active rule defines."""
    uses: dict[str, set[str]] = {}
    for rule in rules.values():
        if isinstance(rule.effect, Define):
            uses.setdefault(rule.effect.name, set()).update(definitions_read(rule.when))
    for rule in rules.values():
        for name in definitions_read(rule.when):
            if name not in uses:
                faults.add(
                    rule.place,
                    f"rule `{rule.id}` uses `{name}`, which no active rule defines.",
                    "Activate a rule that defines it.",
                )
    for start in sorted(uses):
        way = _way_round(start, uses)
        if way:
            place = next(r.place for r in rules.values() if isinstance(r.effect, Define) and r.effect.name == start)
            faults.add(place, f"definition `{start}` goes round in a circle: {' → '.join(way)}.", "Break the circle.")


def _way_round(start: str, uses: Mapping[str, set[str]]) -> list[str]:
    """The shortest way by which a definition comes back to itself; empty if it doesn't."""
    came: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        for other in sorted(uses.get(name, ())):
            if other == start:
                way = [start]
                while name != start:
                    way.append(name)
                    name = came[name]
                return [start, *reversed(way)]
            if other not in came:
                came[other] = name
                waiting.append(other)
    return []


def check_polarity(rules: Mapping[str, Rule], vocabulary: Vocabulary, faults: Faults) -> None:
    """Adding a risk must never relax a verdict: risks stand positively in rules against, negatively in rules for."""
    by_name: dict[str, list[Rule]] = {}
    for rule in rules.values():
        if isinstance(rule.effect, Define):
            by_name.setdefault(rule.effect.name, []).append(rule)

    def check(rule: Rule, condition: Condition, *, sign: bool, via: tuple[str, ...], seen: set[tuple[str, bool]]) -> None:
        for positive, part in _signed(condition, sign):
            match part:
                case Is(fact, answer) if vocabulary.facts[fact].role != "plain":
                    raises = vocabulary.facts[fact].role == "risk"
                    if (answer is positive) is not raises:
                        how = "lifts" if raises else "raises"
                        via_text = f" (through `{'` and `'.join(via)}`)" if via else ""
                        faults.add(
                            rule.place,
                            f"in rule `{rule.id}`{via_text}, {vocabulary.facts[fact].role} `{fact}` {how} caution.",
                            "Turn the test round, or use a protective fact for an exception.",
                        )
                case Defined(name) if (name, positive) not in seen:
                    seen.add((name, positive))
                    for inner in by_name.get(name, []):
                        check(rule, inner.when, sign=positive, via=(*via, name), seen=seen)
                case _:
                    pass

    for rule in rules.values():
        if isinstance(rule.effect, Emergency | Avoid | Refer | Adapt):
            check(rule, rule.when, sign=True, via=(), seen=set())
        elif isinstance(rule.effect, Suggest):
            check(rule, rule.when, sign=False, via=(), seen=set())
        elif isinstance(rule.effect, Progress):
            check(rule, rule.when, sign=rule.effect.cautious, via=(), seen=set())


def _signed(condition: Condition, sign: bool) -> Iterator[tuple[bool, Condition]]:
    """Every test and definition with the sign under which it counts."""
    match condition:
        case Is() | Defined():
            yield sign, condition
        case All(parts) | Any(parts):
            for part in parts:
                yield from _signed(part, sign)
        case Not(part):
            yield from _signed(part, not sign)
        case Points(_, items):
            for points, part in items:
                yield from _signed(part, sign if points > 0 else not sign)
        case _:
            pass
