"""The same client with one thing that was told told otherwise, and the values that rules tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from massage_rules.answers import Answer, Dated
from massage_rules.conditions import Compare, CompareFacts, Interval, walk
from massage_rules.contradictions import faults_of
from massage_rules.grounds import value_in_words
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.vocabulary import Fact


class Values:
    """Of each fact, the values that the rules of a rulebook tell apart."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._cuts: dict[str, set[float]] = {}
        facts = rulebook.vocabulary.facts
        conditions = [*(r.when for r in rulebook.rules.values()), *(g for f in facts for g in rulebook.vocabulary.gates(f))]
        for part in (part for condition in conditions for part in walk(condition)):
            match part:
                case Compare(fact, _, bound):
                    self._cuts.setdefault(fact, set()).add(bound)
                case CompareFacts(fact, _, other):
                    for name in (fact, other):
                        self._cuts.setdefault(name, set()).update(facts[name].bounds)
                case _:
                    pass

    def of(self, fact: Fact) -> tuple[bool | str | float, ...]:
        """Yes and no, each choice, or numbers: those that rules compare it with, and one between each two of them."""
        match fact.type:
            case "yes_no":
                return True, False
            case "choice":
                return tuple(fact.values)
            case "number":
                low, high = fact.bounds
                cuts = sorted({low, high, *(cut for cut in self._cuts.get(fact.id, ()) if low < cut < high)})
                return (*cuts, *(_between(a, b) for a, b in pairwise(cuts))) if fact.id in self._cuts else ()
            case _:
                return ()


def _between(low: float, high: float) -> float:
    """A number between two others, a whole one where there is one."""
    middle = (low + high) / 2
    return float(round(middle)) if low < round(middle) < high else round(middle, 4)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A fact with the value that was told, in words, and the client of whom another is told."""

    words: str
    client: ProfileBase


def otherwise(values: Values, client: ProfileBase) -> Iterator[Otherwise]:
    """Every fact that was told and can change, but not by time alone, with each other value that rules tell apart.

    What would contradict the rest is left out.
    """
    for name, answer in client.answers().items():
        for words, other in _others(values, name, answer):
            yield from _without_faults(words, client.model_copy(update={name: other}))
    for number, site in enumerate(client.sites):
        for name, answer in site.answers().items():
            for words, other in _others(values, name, answer):
                sites = [*client.sites]
                sites[number] = site.model_copy(update={name: other})
                yield from _without_faults(words, client.model_copy(update={"sites": tuple(sites)}))


def _without_faults(words: str, client: ProfileBase) -> Iterator[Otherwise]:
    if not faults_of(client):
        yield Otherwise(words, client)


def _others(values: Values, name: str, answer: Answer) -> Iterator[tuple[str, Answer]]:
    """A fact in words, with each value that it could have instead."""
    vocabulary = values.rulebook.vocabulary
    fact = vocabulary.facts[name]
    if fact.changes == "never" or fact.runs_on:
        return
    told = answer.value if isinstance(answer, Dated) else answer
    match told:
        case bool() | str() | Interval():
            known: bool | str | Interval = told
        case int() | float():
            known = Interval(float(told), float(told))
        case _:
            return
    words = f"{vocabulary.lay(name)}: {value_in_words(values.rulebook, name, known)}"
    for other in values.of(fact):
        if other != told:
            yield words, Dated(other, answer.on) if isinstance(answer, Dated) else other
