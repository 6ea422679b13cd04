"""Checks on single rules and pairs of them: which can never hold, are swallowed, speak against each other, or leave a gap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TypeAlias

from massage_rules.conditions import Compare, Condition, OneOf
from massage_rules.effects import POSITIONS, Adapt, Suggest
from massage_rules.proofs.bench import Bench, Flaw, in_words, parts_of
from massage_rules.proofs.examples import Told
from massage_rules.proofs.solver import Formula, Undecided, every, no, some
from massage_rules.proofs.strength import does_all_of
from massage_rules.protocols import Phase, Protocol
from massage_rules.rulebook import Rule
from massage_rules.truth import FALSE, TRUE

Found: TypeAlias = "Iterator[Flaw | None]"  # a flaw, or None where one more thing was looked at
_WEEK = "weeks_since_surgery"


def dead(bench: Bench) -> Found:
    """Rules that can never hold, whoever the client is."""
    for rule in bench.written:
        if bench.example(rule) is None:
            clash = _clash(bench, rule)
            what = f"`{rule.id}` can never hold: " + (
                f"`{in_words(clash[0])}` is never so."
                if len(clash) == 1
                else f"{' and '.join(f'`{in_words(c)}`' for c in clash)} are never so together."
            )
            yield bench.flaw("dead", rule, what)
        yield None


def _clash(bench: Bench, rule: Rule) -> list[Condition]:
    """The fewest of the things that a rule asks for which can't be so together."""
    kept = list(parts_of(rule.when))
    for part in list(kept):
        fewer = [p for p in kept if p is not part]
        if fewer and bench.model.find(*(bench.model.of(p).holds for p in fewer), reading=bench.rulebook.reads(rule.id)) is None:
            kept = fewer
    return kept


def swallowed(bench: Bench) -> Found:
    """Rules that never do anything which another doesn't do as well, wherever they hold or can't be told."""
    for rule in bench.written:
        held = bench.example(rule)
        if held is not None:
            able = [r for r in bench.written if r is not rule and held.truths[r.id] is TRUE]
            for other in _always_with(bench, rule, [r for r in able if does_all_of(bench.rulebook, r, rule)]):
                smallest = bench.smallest_holding(held.told, rule.id)
                what = f"`{rule.id}` is swallowed by `{other.id}`: whenever it holds, that holds too and does all that it does."
                name = f"{rule.title}, and the other rule says it too"
                case = bench.examples.case(name, smallest, holds=[rule.id, other.id])
                yield bench.flaw("swallowed", rule, what, other.id, case=case)
        yield None


def _always_with(bench: Bench, rule: Rule, candidates: list[Rule]) -> Iterator[Rule]:
    """Those that hold whenever a rule holds, and can be told to fail only where it fails."""
    while candidates:
        other = candidates.pop(0)
        one, two = bench.model.rule(rule.id), bench.model.rule(other.id)
        apart = some(every(one.holds, no(two.holds)), every(one.possible, two.fails))
        reads = bench.rulebook.reads(rule.id) | bench.rulebook.reads(other.id)
        found = bench.model.find(apart, reading=reads)
        if found is None:
            yield other
        else:
            truths = bench.examples.truths(bench.examples.told(found))
            weak = truths[rule.id]
            candidates = [c for c in candidates if truths[c.id] is TRUE or (truths[c.id] is not FALSE and weak is not TRUE)]


def contradictory(bench: Bench) -> Found:
    """Suggestions that other rules never let anybody follow, and limits that leave nothing over."""
    left = {(r.id, t) for r in bench.written if isinstance(r.effect, Suggest) for t in r.effect.techniques}
    for rule in bench.written:
        match rule.effect:
            case Suggest():
                yield from _never_followed(bench, rule, left)
            case Adapt() as limit:
                yield from _no_room(bench, rule, limit)
            case _:
                pass
        yield None
    barring = [(r, r.effect.no_positions) for r in bench.written if isinstance(r.effect, Adapt) and r.effect.no_positions]
    for (one, first), (two, second) in combinations(barring, 2):
        if first | second >= set(POSITIONS):
            yield from _no_position(bench, one, two)


def _never_followed(bench: Bench, rule: Rule, left: set[tuple[str, str]]) -> Iterator[Flaw]:
    """The techniques that a rule suggests and that are never open when it does; a client settles all that are `left` and open."""
    asking = bench.asking
    holds = asking.name(f"holds {rule.id}", lambda: bench.model.rule(rule.id).holds)
    for technique in sorted(t for r, t in left if r == rule.id):
        if (rule.id, technique) not in left:
            continue
        left.discard((rule.id, technique))
        found = asking.find(holds, bench.opens(technique))
        if found is not None:
            told = bench.examples.told(found)
            truths, open_ = bench.examples.truths(told), _open(bench, told)
            if technique not in open_:
                raise Undecided(f"the solver's client for `{rule.id}` isn't confirmed by the definition")
            left -= {(r, t) for r, t in left if t in open_ and truths[r] is TRUE}
            continue
        held = bench.example(rule)
        if held is not None:
            what = f"`{rule.id}` suggests `{technique}`, which is never open when it holds: other rules always close it."
            smallest = bench.smallest_holding(held.told, rule.id)
            expect = {technique: _verdict(bench, smallest, technique)}
            case = bench.examples.case(f"{rule.title}, but it may not be done", smallest, expect=expect, holds=[rule.id])
            yield bench.flaw("contradictory", rule, what, technique, case=case)


def _open(bench: Bench, told: Told) -> frozenset[str]:
    decision = bench.examples.decision(told)
    return frozenset(n for n, j in decision.sites[0].judgements.items() if j.verdict.open) if decision else frozenset()


def _verdict(bench: Bench, told: Told, technique: str) -> str:
    decision = bench.examples.decision(told)
    assert decision is not None
    return str(decision.sites[0].judgements[technique].verdict)


def _no_room(bench: Bench, rule: Rule, limit: Adapt) -> Iterator[Flaw]:
    variants = bench.rulebook.catalogue.variants
    cap = limit.pressure_at_most
    if cap is not None and all(cap < variants[t].pressure.min for t in limit.scope.techniques):
        yield bench.flaw(
            "contradictory", rule, f"`{rule.id}` limits the pressure to {cap}, but every technique it speaks of needs more."
        )
    if limit.no_positions >= set(POSITIONS):
        yield bench.flaw("contradictory", rule, f"`{rule.id}` leaves no position to lie or sit in.")


def _no_position(bench: Bench, one: Rule, two: Rule) -> Iterator[Flaw]:
    told = bench.holding(one, bench.model.rule(two.id).holds, reads=bench.rulebook.reads(two.id))
    if told is not None:
        what = f"`{one.id}` and `{two.id}` can hold together, and leave no position to lie or sit in."
        smallest = bench.smallest_holding(told, one.id, two.id)
        case = bench.examples.case("No position is left", smallest, holds=[one.id, two.id])
        yield bench.flaw("contradictory", one, what, two.id, case=case)


def gaps(bench: Bench) -> Found:
    """Weeks of a protocol in which none of its phases speaks, and weeks in which two do."""
    for protocol in bench.rulebook.protocols.values():
        speaking = [(phase, rules) for phase in protocol.phases if (rules := _rules_of(bench, protocol, phase))]
        known = bench.model.of(OneOf("procedure", frozenset({protocol.procedure}))).holds
        told = [known, *_exactly(bench, _WEEK)]
        reads = frozenset({_WEEK, "procedure"}).union(*(bench.rulebook.reads(r.id) for _, rules in speaking for r in rules))
        silent = [_within(bench, p) for p in protocol.phases if all(p is not s for s, _ in speaking)]
        none = [bench.model.rule(r.id).fails for _, rules in speaking for r in rules]
        found = bench.model.find(*told, *none, *(no(s) for s in silent), reading=reads) if speaking else None
        if found is not None:
            client = bench.examples.told(found)
            fails = [r.id for _, rules in speaking for r in rules]
            yield _week_flaw(bench, protocol, client, fails, "none of its phases speaks", fails=fails)
        for (first, one), (second, two) in combinations(speaking, 2):
            both = [some(*(bench.model.rule(r.id).holds for r in rules)) for rules in (one, two)]
            found = bench.model.find(*told, *both, reading=reads)
            if found is not None:
                client = bench.examples.told(found)
                truths = bench.examples.truths(client)
                holds = [r.id for r in (*one, *two) if truths[r.id] is TRUE]
                what = f"two of its phases speak ({first.weeks} and {second.weeks})"
                yield _week_flaw(bench, protocol, client, holds, what, holds=holds)
        yield None


def _rules_of(bench: Bench, protocol: Protocol, phase: Phase) -> list[Rule]:
    """The rules that a phase stands for; none where it sets no limit and gives no advice."""
    name = f"{protocol.prefix}{phase.weeks.replace(' ', '-')}"
    rules = bench.rulebook.rules
    return [rules[n] for n in (name, f"{name}.barred") if n in rules]


def _within(bench: Bench, phase: Phase) -> Formula:
    late = bench.model.of(Compare(_WEEK, "at_least", phase.first)).holds
    return every(late, bench.model.of(Compare(_WEEK, "below", phase.end)).holds) if phase.end is not None else late


def _exactly(bench: Bench, name: str) -> list[Formula]:
    answer = bench.model.answer(name)
    return [answer.told, answer.low == answer.high]


def _week_flaw(bench: Bench, protocol: Protocol, client: Told, rules: list[str], what: str, **expected: object) -> Flaw:
    wanted = dict.fromkeys(rules, TRUE if "holds" in expected else FALSE)

    def shows(told: Told) -> bool:
        truths = bench.examples.truths(told)
        return _WEEK in told and all(truths.get(r) is truth for r, truth in wanted.items())

    smallest = bench.examples.smallest(client, shows)
    week = smallest[_WEEK]
    case = bench.examples.case(f"{protocol.title}, week {week}", smallest, **expected)
    said = f"protocol `{protocol.procedure}`: in week {week} {what}."
    return Flaw("gaps", (protocol.procedure, *rules), said, str(protocol.place), case)
