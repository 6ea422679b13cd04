"""One profile through five engines on the same rules, side by side in one run; prints ratios, asserts equal answers.

Run with `make bench`. Every engine answers three-valued: for each rule whether it certainly holds and whether it certainly doesn't.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import clips
import rule_engine
import zen
from made_up import client, rulebook, typed

from massage_rules.compiled import compile_rulebook
from massage_rules.conditions import All, Compare, Condition, Defined, Is, Not, OneOf, pushed
from massage_rules.conditions import Any as AnyOf
from massage_rules.engine import DurableCore
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import truths
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth


class Words:
    """Writes "certainly holds" and "certainly doesn't" as expressions of another engine."""

    def __init__(self, true: str, false: str, null: str, member: Callable[[str, list[str]], str]) -> None:
        self.answer, self.null, self.member = {True: true, False: false}, null, member

    def test(self, part: Condition, *, holds: bool) -> str:
        match part:
            case Is(fact, answer):
                return f"({fact} == {self.answer[answer is holds]})"
            case OneOf(fact, values):
                inside = self.member(fact, sorted(values))
                return f"({fact} != {self.null} and {inside})" if holds else f"({fact} != {self.null} and not ({inside}))"
            case Compare(fact, op, bound):
                sign = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
                other = {"at_least": "<", "at_most": ">", "above": "<=", "below": ">="}
                return f"({fact} != {self.null} and {fact} {(sign if holds else other)[op]} {bound:g})"
        raise TypeError(part)

    def write(self, part: Condition, *, holds: bool) -> str:
        match part:
            case All(parts) | AnyOf(parts):
                word = " and " if isinstance(part, All) is holds else " or "
                return "(" + word.join(self.write(p, holds=holds) for p in parts) + ")"
            case Not(inner):
                return self.write(inner, holds=not holds)
            case Defined():
                raise TypeError(part)
            case _:
                return self.test(part, holds=holds)


def zen_engine(book: Rulebook) -> Callable[[dict[str, Any]], dict[str, Truth]]:
    words = Words("true", "false", "null", lambda f, v: f"{f} in {json.dumps(v)}")
    expressions = [
        {"id": f"{r}{rail}", "key": f"{r}{rail}", "value": words.write(book.rules[r].when, holds=rail == "T")}
        for r in rules_of(book)
        for rail in "TF"
    ]
    graph = {
        "nodes": [
            {"id": "i", "type": "inputNode", "name": "in"},
            {
                "id": "x",
                "type": "expressionNode",
                "name": "x",
                "content": {"expressions": [{**e, "key": key(e["key"])} for e in expressions]},
            },
            {"id": "o", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "1", "sourceId": "i", "targetId": "x", "type": "edge"},
            {"id": "2", "sourceId": "x", "targetId": "o", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(json.dumps(graph))
    names = rules_of(book)

    def answer(facts: dict[str, Any]) -> dict[str, Truth]:
        result = decision.evaluate(facts)["result"]
        return {r: rails(result[key(r + "T")], result[key(r + "F")]) for r in names}

    return answer


def key(name: str) -> str:
    return name.replace(".", "_")


def rails(holds: object, fails: object) -> Truth:
    return TRUE if holds else FALSE if fails else UNKNOWN


def rules_of(book: Rulebook) -> list[str]:
    return [r for r in book.rules if r.startswith("bench.")]


def python_rule_engine(book: Rulebook) -> Callable[[dict[str, Any]], dict[str, Truth]]:
    words = Words("true", "false", "null", lambda f, v: "(" + " or ".join(f'{f} == "{x}"' for x in v) + ")")
    context = rule_engine.Context(default_value=None)
    made = {
        r: tuple(rule_engine.Rule(words.write(book.rules[r].when, holds=holds), context=context) for holds in (True, False))
        for r in rules_of(book)
    }
    return lambda facts: {r: rails(holds.matches(facts), fails.matches(facts)) for r, (holds, fails) in made.items()}


def clips_engine(book: Rulebook) -> Callable[[dict[str, Any]], dict[str, Truth]]:
    """CLIPS over ground facts, like durable_rules: Python decides the tests, CLIPS combines them."""
    atoms: dict[Condition, str] = {}

    def pattern(part: Condition, *, holds: bool) -> str:
        match part:
            case All(parts) | AnyOf(parts):
                word = "and" if isinstance(part, All) is holds else "or"
                return f"({word} {' '.join(pattern(p, holds=holds) for p in parts)})"
            case Not(inner):
                return pattern(inner, holds=not holds)
            case _:
                name = atoms.setdefault(part, f"a{len(atoms)}")
                return f"({name} {'T' if holds else 'F'})"

    environment = clips.Environment()
    out: set[str] = set()
    environment.define_function(lambda name: out.add(str(name)), name="told")
    for r in rules_of(book):
        when = pushed(book.rules[r].when)
        for rail in "TF":
            environment.build(f'(defrule {key(r)}{rail} {pattern(when, holds=rail == "T")} => (told "{r}{rail}"))')
    from massage_rules.conditions import test  # noqa: PLC0415

    names = rules_of(book)

    def answer(facts: dict[str, Any]) -> dict[str, Truth]:
        out.clear()
        environment.reset()
        known = typed(facts)
        for part, name in atoms.items():
            told = test(part, known)  # type: ignore[arg-type]
            if told is not UNKNOWN:
                environment.assert_string(f"({name} {'T' if told is TRUE else 'F'})")
        environment.run()
        return {r: rails(r + "T" in out, r + "F" in out) for r in names}

    return answer


def clock(answer: Callable[[dict[str, Any]], object], clients: list[dict[str, Any]]) -> float:
    times = []
    for facts in clients:
        start = time.perf_counter()
        answer(facts)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    book, rng = rulebook(count), random.Random(1)
    clients = [client(rng) for _ in range(200)]
    compiled = compile_rulebook(book)
    core = DurableCore(book)
    typed_clients = {id(c): typed(c) for c in clients}
    engines: dict[str, tuple[Callable[[dict[str, Any]], Any], int]] = {
        "generated function, bare": (lambda c: compiled.function(typed_clients[id(c)]), 200),
        "generated function, as truths": (lambda c: compiled.truths(typed_clients[id(c)]), 200),
        "definition, plain walk": (lambda c: truths(book, typed_clients[id(c)]), 200),
        "durable_rules": (lambda c: core.truths(typed_clients[id(c)]), 200),
        "CLIPS": (clips_engine(book), 200),
        "zen-engine": (zen_engine(book), 200),
        "rule-engine": (python_rule_engine(book), 20),
    }
    for facts in clients[:20]:
        expected = {r: t for r, t in truths(book, typed(facts)).items() if r.startswith("bench.")}
        for name, (answer, _) in engines.items():
            if name != "generated function, bare":
                found = {r: t for r, t in answer(facts).items() if r.startswith("bench.")}
                assert found == expected, f"{name} differs"
    print(f"{count} rules, half the facts unknown; median of one profile; all engines gave the same answers\n")
    measured = {name: clock(answer, clients[:many]) for name, (answer, many) in engines.items()}
    base = measured["generated function, bare"]
    for name, micros in measured.items():
        print(f"{name:32}{micros:12,.0f} µs {micros / base:10.1f} x")
    core.close()


if __name__ == "__main__":
    main()
