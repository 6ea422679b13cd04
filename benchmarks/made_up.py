"""Made-up rules and clients, the same for every engine that is measured."""

from __future__ import annotations

import random
from typing import Any

from massage_rules._yaml import data_folder, parse, read
from massage_rules.conditions import Interval
from massage_rules.rulebook import Rulebook, build

YES_NO, NUMBERS, CHOICES, WORDS = 70, 20, 10, "abcdef"


def vocabulary() -> str:
    lines = ["clinicians: {physician: Doctor}", "blocks:", "  form: {title: Form, ask: Any?, why: because}", "facts:"]
    common = "level: patient, role: plain, block: form, ask: What?"
    lines += [f"  b{i}: {{type: yes_no, {common}}}" for i in range(YES_NO)]
    lines += [f"  n{i}: {{type: number, unit: '1', bounds: [0, 20], {common}}}" for i in range(NUMBERS)]
    lines += [f"  e{i}: {{type: choice, values: [{', '.join(WORDS)}], {common}}}" for i in range(CHOICES)]
    return "\n".join(lines)


def atom(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        made = f"{{b{rng.randrange(YES_NO)}: {rng.choice(['yes', 'no'])}}}"
    elif kind < 0.85:
        made = f"{{n{rng.randrange(NUMBERS)}: {{{rng.choice(['at_least', 'at_most', 'above', 'below'])}: {rng.randint(1, 19)}}}}}"
    else:
        made = f"{{e{rng.randrange(CHOICES)}: [{', '.join(rng.sample(WORDS, 2))}]}}"
    return f"{{not: {made}}}" if rng.random() < 0.15 else made


def condition(rng: random.Random) -> str:
    parts = [atom(rng) for _ in range(rng.choice([1, 2, 2, 3, 3, 4]))]
    if len(parts) == 1:
        return parts[0]
    if len(parts) >= 3 and rng.random() < 0.6:
        return f"{{all: [{parts[0]}, {{any: [{', '.join(parts[1:])}]}}]}}"
    return f"{{{rng.choice(['all', 'any'])}: [{', '.join(parts)}]}}"


def rulebook(count: int) -> Rulebook:
    rng = random.Random(7)
    rules = "\n".join(
        f"- {{id: bench.r{i}, title: T, status: active, when: {condition(rng)}, effect: {{avoid: {{techniques: all}}}}, because: B, "
        f"limits: L, references: [clinical_judgement], review: unreviewed}}"
        for i in range(count)
    )
    data = data_folder()
    files = {f"data/{n}.yaml": read(data / f"{n}.yaml") for n in ("regions", "techniques", "references")}
    files["data/vocabulary.yaml"] = parse(vocabulary(), name="vocabulary")
    return build({**files, "bench.yaml": parse(rules, name="bench.yaml")})


def client(rng: random.Random) -> dict[str, Any]:
    facts: dict[str, Any] = {f"b{i}": rng.random() < 0.1 for i in range(YES_NO) if rng.random() < 0.5}
    facts |= {f"n{i}": rng.randint(0, 20) for i in range(NUMBERS) if rng.random() < 0.5}
    return facts | {f"e{i}": rng.choice(WORDS) for i in range(CHOICES) if rng.random() < 0.5}


def typed(facts: dict[str, Any]) -> dict[str, Any]:
    return {k: Interval(float(v), float(v)) if type(v) is int else v for k, v in facts.items()}
