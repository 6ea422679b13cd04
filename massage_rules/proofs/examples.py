"""Clients that show something: from the solver's answer to the smallest profile, and to a case that runs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from massage_rules.compiled import compile_rulebook
from massage_rules.conditions import NOT_APPLICABLE, Condition, Facts, FactValue, Interval, evaluate
from massage_rules.errors import ProfileError
from massage_rules.profile import ProfileBase, models
from massage_rules.proofs.model import Witness
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import decide
from massage_rules.truth import Truth, disjunction
from massage_rules.verdicts import Decision
from massage_rules.views import Seen, views

Told: TypeAlias = "Mapping[str, object]"
Shows: TypeAlias = Callable[[Told], bool]
_PLACES = ("lower_back", "body")


class Examples:
    """What a rulebook says of clients with one site, told fact by fact."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._compiled = compile_rulebook(rulebook)
        self._model = models(rulebook.vocabulary).profile

    def told(self, witness: Witness) -> Told:
        """What a client must be told to have, for the solver's client to be seen."""
        facts = {n: plain(v) for n, v in witness.facts.items() if v is not NOT_APPLICABLE}
        return {"region": self.place, **facts, **{n: {"unknown": "unsure"} for n in sorted(witness.unsure)}}

    @property
    def place(self) -> str:
        """A region to treat where it doesn't matter which."""
        known = self.rulebook.vocabulary.regions.names()
        return next(p for p in _PLACES if p in known)

    def data(self, told: Told) -> dict[str, Any]:
        """The profile in plain data, its one site last."""
        facts = self.rulebook.vocabulary.facts
        local = {n: v for n, v in told.items() if n in facts and facts[n].level == "site"}
        return {**{n: v for n, v in told.items() if n not in local}, "sites": [local]}

    def profile(self, told: Told) -> ProfileBase | None:
        """The profile; None where the answers contradict each other."""
        try:
            return self._model.read(self.data(told))
        except ProfileError:
            return None

    def facts(self, told: Told) -> Facts | None:
        """What is known at the site."""
        profile = self.profile(told)
        return None if profile is None else views(profile).views[0].facts

    def truths(self, told: Told) -> Mapping[str, Truth]:
        """The truth of every rule at the site; of nothing where there can be no such client."""
        facts = self.facts(told)
        return {} if facts is None else self._compiled.truths(facts)

    def truth(self, condition: Condition, facts: Facts) -> Truth:
        """The truth of any condition."""
        defined: dict[str, Truth] = {}
        for name, rules in self.rulebook.definitions.items():
            defined[name] = disjunction([evaluate(r.when, facts, defined) for r in rules])
        return evaluate(condition, facts, defined)

    def decision(self, told: Told) -> Decision | None:
        """What the rulebook says of the client."""
        profile = self.profile(told)
        if profile is None:
            return None
        seen: Seen = views(profile)
        return decide(self.rulebook, profile, seen, [self._compiled.truths(v.facts) for v in seen.views])

    def smallest(self, told: Told, shows: Shows) -> Told:
        """A client of whom nothing can be left out without its showing less; numbers whole where they may be."""
        denied = {"otherwise_denied": ["all"], **{n: v for n, v in told.items() if v is not False}}
        kept = denied if shows(denied) else dict(told)
        kept = _thinned(kept, shows)
        shorter = True
        while shorter:
            shorter = False
            for name in sorted(kept, key=lambda n: (n == "region", n)):
                for less in self._less(name, kept[name]):
                    tried = {n: v for n, v in kept.items() if n != name} if less is None else {**kept, name: less}
                    if tried != kept and shows(tried):
                        kept, shorter = tried, True
                        break
        return kept

    def _less(self, name: str, value: object) -> Iterator[object | None]:
        """What could be told instead of an answer, the simplest first; None leaves it out."""
        if name == "region":
            yield self.place
            return
        yield None
        if isinstance(value, list):
            yield from ([one] for one in value if len(value) > 1)
        if isinstance(value, dict) and "between" in value:
            low, high = value["between"]
            yield from (math.floor(low), math.ceil(high))
        if isinstance(value, float) and not isinstance(value, bool):
            yield from (round(value), math.floor(value), math.ceil(value))

    def case(self, name: str, told: Told, **expected: object) -> str:
        """A case of this client that can be put into a file of cases and run."""
        data = self.data(told)
        sites = data.pop("sites")
        lines = [f"- case: {_written(name)}", "  profile:"]
        lines += [f"    {fact}: {_written(data[fact])}" for fact in sorted(data)]
        lines.append(f"    sites: {_written(sites)}")
        lines += [f"  {key}: {_written(value)}" for key, value in expected.items()]
        return "\n".join(lines) + "\n"


def _thinned(told: Told, shows: Shows) -> dict[str, object]:
    """A client of whom many things at once have been left out, where that could be done: halves, quarters, and so on."""
    kept = dict(told)
    size = len(kept) // 2
    while size > 1:
        names = [n for n in kept if n != "region"]
        for start in range(0, len(names), size):
            less = {n: v for n, v in kept.items() if n not in names[start : start + size]}
            if shows(less):
                kept = less
        size //= 2
    return kept


def plain(value: FactValue) -> object:
    """A fact's value as a profile takes it."""
    match value:
        case Interval(low, high):
            return _short(low) if low == high else {"between": [_short(low), _short(high)]}
        case frozenset():
            return sorted(value)
        case _:
            return value


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


def _written(value: object) -> str:
    """A value as a line of YAML."""
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return "{" + ", ".join(f"{k}: {_written(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_written(v) for v in value) + "]"
        case str() if value.replace("_", "").replace("-", "").replace(".", "").isalnum() and not value[:1].isdigit():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
