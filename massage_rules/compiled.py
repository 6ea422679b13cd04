"""The rulebook as one generated Python function: the truth of every rule for one set of facts, fast.

The function takes the facts by name and returns one integer a rule, in the order of `Rulebook.ordered`:
1 holds, -1 doesn't hold, 0 can't be told. Each test of a fact is worked out once. The source is kept in
`Compiled.source`, for whoever wants to read it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from massage_rules.conditions import Facts
from massage_rules.effects import Define
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth
from massage_rules.written import Writer


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rulebook's generated function with its source and the rules it speaks of, also as if none held."""

    rules: tuple[str, ...]
    none_holds: dict[str, Truth]
    source: str
    function: Callable[[Facts], Sequence[int]]

    def truths(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, as `semantics.truths` gives it."""
        told = zip(self.rules, self.function(facts), strict=True)
        return self.none_holds | {rule: TRUE if value else UNKNOWN for rule, value in told if value >= 0}


def compile_rulebook(rulebook: Rulebook) -> Compiled:
    """The rulebook's function, generated once; building it is slow, calling it is not."""
    writer = Writer()
    for name, rules in rulebook.definitions.items():
        results = [writer.rule(rule.when) for rule in rules]
        writer.defined[name] = writer.any(results) if len(results) > 1 else results[0]
    for rule in rulebook.ordered:
        if not isinstance(rule.effect, Define):
            writer.rule(rule.when)
    function, source = writer.function("truths(facts)", f"({''.join(f'{r}, ' for r in writer.results)})")
    names = tuple(r.id for r in rulebook.ordered)
    return Compiled(names, dict.fromkeys(names, FALSE), source, function)
