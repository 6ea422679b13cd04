"""Needless questions: a part of a condition never matters, and yet somebody is asked for it, since three values can't tell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from massage_rules.conditions import All, Any, Condition, Not, Points, definitions_read, facts_read
from massage_rules.proofs.bench import Bench, Flaw, in_words
from massage_rules.proofs.examples import Told
from massage_rules.proofs.model import Rails
from massage_rules.proofs.rule_checks import Found
from massage_rules.proofs.solver import Formula, Questions, Undecided, every, no, same, some
from massage_rules.rulebook import Rule
from massage_rules.truth import UNKNOWN

_ALWAYS_TOLD = {"region", "complaints"}  # what every visit begins with; a rule may say for its reader whom it is about


def needless(bench: Bench) -> Found:
    """Parts of rules that make somebody be asked, though of clients of whom all is known the rule says the same without them."""
    for rule in bench.written:
        if rule.id not in bench.rulebook.from_protocols:
            yield from _in_rule(bench, rule)
            yield None


def _in_rule(bench: Bench, rule: Rule) -> Iterator[Flaw]:
    shorter = list(without_a_part(rule.when))
    if not shorter:
        return
    names = bench.model.cone(bench.rulebook.reads(rule.id))
    laws = [law for n in names for law in bench.model.laws(n, "plausible")]
    known = Questions(*laws, *(_known(bench, n) for n in names))
    whole = bench.model.rule(rule.id)
    for number, (part, rest) in enumerate(shorter):
        if set(facts_read(part)) <= _ALWAYS_TOLD and not definitions_read(part):
            continue
        other = bench.model.of(rest)
        if known.ask(known.name(str(number), partial(_differ, whole, other))) is None:
            yield from _asked(bench, rule, part, rest)


def without_a_part(condition: Condition) -> Iterator[tuple[Condition, Condition]]:
    """Every part of a condition that could be left out, with what is then left."""
    match condition:
        case All(parts) | Any(parts):
            kind = type(condition)
            for i, part in enumerate(parts):
                others = (*parts[:i], *parts[i + 1 :])
                if others:
                    yield part, others[0] if len(others) == 1 else kind(others)
                for inner, rest in without_a_part(part):
                    yield inner, kind((*parts[:i], rest, *parts[i + 1 :]))
        case Not(part):
            for inner, rest in without_a_part(part):
                yield inner, Not(rest)
        case Points(at_least, items):
            for i, (points, part) in enumerate(items):
                if len(items) > 1:
                    yield part, Points(at_least, (*items[:i], *items[i + 1 :]))
                for inner, rest in without_a_part(part):
                    yield inner, Points(at_least, (*items[:i], (points, rest), *items[i + 1 :]))
        case _:
            pass


def _known(bench: Bench, name: str) -> Formula:
    """All there is to be known of a fact is told, or it doesn't apply."""
    answer = bench.model.answer(name)
    return every(some(answer.told, answer.not_applicable), same(answer.low, answer.high))


def _differ(one: Rails, two: Rails) -> Formula:
    return some(every(one.holds, two.fails), every(one.fails, two.holds))


def _asked(bench: Bench, rule: Rule, part: Condition, rest: Condition) -> Iterator[Flaw]:
    """A client for whom a rule can't be told for want of a part that never matters; there may be none."""
    asked = every(bench.model.rule(rule.id).open, no(bench.model.of(rest).open))
    found = bench.model.find(asked, reading=bench.rulebook.reads(rule.id))
    if found is None:
        return

    def shows(told: Told) -> bool:
        facts = bench.examples.facts(told)
        truths = [bench.examples.truth(c, facts) for c in (rule.when, rest)] if facts is not None else []
        return bool(truths) and truths[0] is UNKNOWN and truths[1] is not UNKNOWN

    told = bench.examples.told(found)
    if not shows(told):
        raise Undecided(f"the solver's client for `{rule.id}` isn't confirmed by the definition")
    case = bench.examples.case(f"{rule.title} (settled, and still asked)", bench.examples.smallest(told, shows), open=[rule.id])
    what = f"`{rule.id}` says the same of everybody without `{in_words(part)}`, and yet it is asked."
    yield bench.flaw("needless", rule, what, in_words(part), case=case)
