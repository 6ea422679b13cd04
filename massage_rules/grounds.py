"""What a finding rests on, what its limits are, and what a condition asks, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from massage_rules.conditions import (
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    Facts,
    FactValue,
    Interval,
    Is,
    Not,
    NotApplicable,
    OneOf,
    Points,
    evaluate,
    walk,
)
from massage_rules.effects import Adapt
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction
from massage_rules.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of one view with the truth of every rule and definition."""

    facts: Facts
    rules: Mapping[str, Truth]
    defined: Mapping[str, Truth]


class _Defined(dict[str, Truth]):
    """The truth of definitions, each worked out when it is first asked for."""

    def __init__(self, rulebook: Rulebook, rules: Mapping[str, Truth]) -> None:
        self._definitions, self._rules = rulebook.definitions, rules

    def __missing__(self, name: str) -> Truth:
        self[name] = disjunction([self._rules[rule.id] for rule in self._definitions[name]])
        return self[name]


def told(rulebook: Rulebook, facts: Facts, rules: Mapping[str, Truth]) -> Told:
    """A view's facts with the truths that were worked out for them."""
    return Told(facts, rules, _Defined(rulebook, rules))


def grounds(rulebook: Rulebook, rule: Rule, views: Sequence[Told], outcome: Truth) -> tuple[tuple[str, str], ...]:
    """The facts that decide a rule (or leave it open) with their values in words, in the first view where they do."""
    for view in views:
        if view.rules[rule.id] is outcome:
            names = dict.fromkeys(_Deciding(rulebook, view.facts, view.defined).of(rule.when, outcome))
            return tuple((n, value_in_words(rulebook, n, view.facts.get(n))) for n in names)
    return ()


def deciding(rulebook: Rulebook, condition: Condition, facts: Facts, defined: Mapping[str, Truth]) -> Iterator[str]:
    """Facts that are enough for a condition to have the truth it has; the open ones where it can't be told."""
    yield from _Deciding(rulebook, facts, defined).of(condition, evaluate(condition, facts, defined))


@dataclass(frozen=True, slots=True)
class _Deciding:
    rulebook: Rulebook
    facts: Facts
    defined: Mapping[str, Truth]

    def of(self, condition: Condition, outcome: Truth) -> Iterator[str]:
        """The facts that decide a condition of which the truth is known."""
        match condition:
            case All(parts):
                yield from self._some(parts, outcome, one_is_enough=outcome is FALSE)
            case Any(parts):
                yield from self._some(parts, outcome, one_is_enough=outcome is TRUE)
            case Not(part):
                yield from self.of(part, ~outcome)
            case Points(_, items):
                wanted = {TRUE: (TRUE,), FALSE: (FALSE,), UNKNOWN: (TRUE, UNKNOWN)}[outcome]
                for points, part in items:
                    truth = evaluate(part, self.facts, self.defined)
                    if (truth if points > 0 else ~truth) in wanted:
                        yield from self.of(part, truth)
            case Defined(name):
                parts = tuple(rule.when for rule in self.rulebook.definitions[name])
                yield from self._some(parts, outcome, one_is_enough=outcome is TRUE)
            case CompareFacts(fact, _, other):
                yield fact
                yield other
            case test:
                yield test.fact

    def _some(self, parts: Sequence[Condition], outcome: Truth, *, one_is_enough: bool) -> Iterator[str]:
        """The facts that decide the parts with this truth, or the first of them."""
        for part in parts:
            if evaluate(part, self.facts, self.defined) is outcome:
                yield from self.of(part, outcome)
                if one_is_enough:
                    return


def leaned_on(rulebook: Rulebook, rule: Rule, views: Sequence[Told]) -> tuple[Rule, ...]:
    """The lines of protocols through which a rule holds, in the first view where it does."""
    for view in views:
        if view.rules[rule.id] is TRUE:
            found = dict.fromkeys(_leaned_on(rulebook, rule.when, view))
            return tuple(rulebook.rules[r] for r in found if r in rulebook.from_protocols and not r.endswith(".weeks"))
    return ()


def _leaned_on(rulebook: Rulebook, condition: Condition, view: Told) -> Iterator[str]:
    for part in walk(condition):
        if isinstance(part, Defined):
            for rule in rulebook.definitions[part.name]:
                if view.rules[rule.id] is TRUE:
                    yield rule.id
                    yield from _leaned_on(rulebook, rule.when, view)


def value_in_words(rulebook: Rulebook, name: str, value: FactValue | None) -> str:
    """A value as a therapist would say it."""
    fact, say = rulebook.vocabulary.facts[name], rulebook.language
    match value:
        case None:
            return say("value.unknown")
        case bool():
            return say("value.yes" if value else "value.no")
        case Interval(low, high):
            least, most = say.number(round(low, 1)), say.number(round(high, 1))
            told = least if low == high else say("value.between", low=least, high=most)
            units = {"wk": "weeks", "d": "days", "h": "hours", "mo": "months", "a": "years"}
            signs = {"1": "", "Cel": " °C", "deg": "°"}
            return say(f"unit.{units[fact.unit]}", n=told) if fact.unit in units else told + signs.get(fact.unit, f" {fact.unit}")
        case frozenset():
            return ", ".join(sorted(fact.values.get(v, v) for v in value)) or say("value.none")
        case NotApplicable():
            return say("value.not_applicable")
        case _:
            return fact.values.get(value, value)


def worded_limits(rulebook: Rulebook, judgement: Judgement) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each limit of a technique: its kind, the words for it, and the rules that set it."""
    limits, regions, say = judgement.limits, rulebook.vocabulary.regions, rulebook.language
    because = limits.because

    def places(parts: Iterable[str]) -> str:
        return ", ".join(regions.label(n).lower() for n in regions.summary(frozenset(parts)))

    if (cap := limits.pressure_at_most) is not None:
        level = rulebook.catalogue.pressure_scale.levels[cap].name
        yield "pressure_at_most", say("limit.pressure_at_most", n=cap, level=level), because.get("pressure_at_most", ())
    by_cap: dict[int, set[str]] = {}
    for part, cap in limits.local_pressure.items():
        by_cap.setdefault(cap, set()).add(part)
    for cap, parts in sorted(by_cap.items()):
        yield "local_pressure", say("limit.local_pressure", n=cap, places=places(parts)), because.get("pressure_at_most", ())
    if limits.spare:
        yield (
            "spare",
            say("limit.spare", places=places(limits.spare)),
            because.get("spare", ()) or because.get("pressure_at_most", ()),
        )
    if limits.margin_cm is not None:
        yield "margin_cm", say("limit.margin_cm", n=limits.margin_cm), because["margin_cm"]
    if limits.no_positions:
        barred = (say("limit.no_position", position=say(f"position.{p}")) for p in sorted(limits.no_positions))
        yield "no_positions", ", ".join(barred), because["no_positions"]
    if limits.minutes_at_most is not None:
        yield "minutes_at_most", say("limit.minutes_at_most", n=limits.minutes_at_most), because["minutes_at_most"]
    if limits.pain_at_most is not None:
        yield "pain_at_most", say("limit.pain_at_most", n=limits.pain_at_most), because["pain_at_most"]
    for motion, most in limits.motion.items():
        found = regions.motions[motion]
        unit = "°" if found.unit == "deg" else f" {found.unit}"
        yield "motion", say("limit.motion", motion=found.label.lower(), most=say.number(most) + unit), because["motion"]
    if limits.no_end_range:
        yield "no_end_range", say("limit.no_end_range"), because["no_end_range"]
    for rule_id in because.get("advice", ()):
        effect = rulebook.rules[rule_id].effect
        if isinstance(effect, Adapt):
            yield "advice", effect.advice, (rule_id,)


def course_within(course: Mapping[str, object], judgement: Judgement) -> dict[str, object]:
    """A course, its visits no longer than rules for the whole body allow; other minutes bound the technique, not the visit."""
    effects = (f.rule.effect for f in judgement.against)
    caps = [e.minutes_at_most for e in effects if isinstance(e, Adapt) and e.scope.where == "body" and e.minutes_at_most]
    match course.get("minutes"):
        case [int() | float() as low, int() | float() as high] if caps:
            return {**course, "minutes": [min(low, *caps), min(high, *caps)]}
        case _:
            return dict(course)


def in_words(rulebook: Rulebook, condition: Condition) -> str:
    """A condition as a sentence a clinician can read."""
    lay, facts = rulebook.vocabulary.lay, rulebook.vocabulary.facts
    ops = {"at_least": "at least", "at_most": "at most", "above": "more than", "below": "less than"}
    match condition:
        case Is(fact, answer):
            return f"{lay(fact)} is {'yes' if answer else 'no'}"
        case OneOf("region", values):
            named = rulebook.vocabulary.regions.summary(
                frozenset(p for p in values if len(rulebook.vocabulary.regions.parts(p)) == 1)
            )
            return f"the place is {_or(rulebook.vocabulary.regions.label(n).lower() for n in sorted(named))}"
        case OneOf(fact, values):
            return f"{lay(fact)} is {_or(facts[fact].values.get(v, v) for v in sorted(values))}"
        case Compare(fact, op, bound):
            return f"{lay(fact)} is {ops[op]} {bound:g} {facts[fact].unit if facts[fact].unit != '1' else ''}".rstrip()
        case CompareFacts(fact, op, other):
            return f"{lay(fact)} is {ops[op]} {lay(other)}"
        case Defined(name):
            return f"{lay(name)} holds"
        case All(parts):
            return f"({' and '.join(in_words(rulebook, p) for p in parts)})"
        case Any(parts):
            return f"({' or '.join(in_words(rulebook, p) for p in parts)})"
        case Not(part):
            return f"it isn't so that {in_words(rulebook, part)}"
        case Points(at_least, items):
            listed = "; ".join(f"{n:g} if {in_words(rulebook, p)}" for n, p in items)
            return f"at least {at_least:g} points are reached ({listed})"


def _or(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"
