"""The same client with one thing that was told told otherwise, and the values that rules tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from massage_rules.answers import Answer, Dated
from massage_rules.conditions import Compare, CompareFacts, Interval, walk
from massage_rules.contradictions import faults_of
from massage_rules.grounds import value_in_words
from massage_rules.parts import Part
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.vocabulary import Fact


class Values:
    """Of each fact, the values that the rules of a rulebook tell apart; `partners` are the numbers that each is compared with."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._cuts: dict[str, set[float]] = {}
        self.partners: dict[str, set[str]] = {}
        facts = rulebook.vocabulary.facts
        conditions = [*(r.when for r in rulebook.rules.values()), *(g for f in facts for g in rulebook.vocabulary.gates(f))]
        for part in (part for condition in conditions for part in walk(condition)):
            match part:
                case Compare(fact, _, bound):
                    self._cuts.setdefault(fact, set()).add(bound)
                case CompareFacts(fact, _, other):
                    for name, partner in ((fact, other), (other, fact)):
                        self.partners.setdefault(name, set()).add(partner)
                        self._cuts.setdefault(name, set()).update(facts[name].bounds)
                case _:
                    pass

    def of(self, fact: Fact) -> tuple[bool | str | float | tuple[str, ...], ...]:
        """Yes and no, each choice, or numbers in order: those that rules compare it with, and one between each two of them."""
        match fact.type:
            case "yes_no":
                return True, False
            case "choice":
                return tuple(fact.values)
            case "number":
                low, high = fact.bounds
                cuts = sorted({low, high, *(cut for cut in self._cuts.get(fact.id, ()) if low < cut < high)})
                between = [(_short(a), _short(_between(a, b))) for a, b in pairwise(cuts)]
                return (*(n for pair in between for n in pair), _short(cuts[-1])) if fact.id in self._cuts else ()
            case _:
                return (), *((value,) for value in fact.values)


def stretches(every: Sequence[Any], chosen: Iterable[Any], *, word: Callable[[Any], str]) -> Iterator[str]:
    """Stretches of numbers in words, given some of all that `Values.of` tells apart, with one between each two bounds."""
    for run in _runs([every.index(v) for v in chosen]):
        first, last = run[0], run[-1]
        if first == last and first % 2 == 0:
            yield word(every[first])
            continue
        least = f"more than {word(every[first - 1])}" if first % 2 else f"at least {word(every[first])}"
        most = f"less than {word(every[last + 1])}" if last % 2 else f"at most {word(every[last])}"
        bounds = [*([least] if first > 0 else []), *([most] if last < len(every) - 1 else [])]
        yield " and ".join(bounds) or "any number"


def _runs(indexes: Iterable[int]) -> Iterator[list[int]]:
    """Neighbours together."""
    run: list[int] = []
    for index in sorted(indexes):
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _between(low: float, high: float) -> float:
    """A number between two others, a whole one where there is one."""
    middle = (low + high) / 2
    return float(round(middle)) if low < round(middle) < high else round(middle, 4)


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A fact with the value that was told, in words, and the client of whom another is told."""

    words: str
    client: ProfileBase


def otherwise(values: Values, client: ProfileBase) -> Iterator[Otherwise]:
    """Every fact that was told and can change, but not by time alone, with each other value that rules tell apart.

    What would contradict the rest is left out.
    """
    for site, told in ((None, client.answers()), *((i, place.answers()) for i, place in enumerate(client.sites))):
        for name, answer in told.items():
            for words, other in _others(values, name, answer):
                changed = telling(client, {(name, site): other})
                if not faults_of(changed):
                    yield Otherwise(words, changed)


Where: TypeAlias = "int | None"


def telling(client: ProfileBase, changes: Mapping[tuple[str, Where], Answer]) -> ProfileBase:
    """The client of whom these facts, each of the client or of a site, are told otherwise; contradictions aren't looked for.

    What was told behind a fact that is now no is taken back, and a block denied as a whole denies only the rest.
    """
    facts = client.vocabulary.facts
    changed = denying_the_rest(client, [name for (name, _), answer in changes.items() if answer is not False])
    places = changed.places if any(site is not None for _, site in changes) else changed.sites
    parts: dict[Where, Part] = {None: changed, **dict(enumerate(places))}
    update: dict[Where, dict[str, Any]] = {site: {} for site in parts}
    for (name, site), answer in changes.items():
        update[site][name] = answer
    closed = [where for where, answer in changes.items() if answer is False]
    while closed:
        name, where = closed.pop()
        for site in parts if where is None else [where]:
            behind = [(n, site) for n in parts[site].answers() if facts[n].follows == name and (n, site) not in changes]
            update[site].update(dict.fromkeys(n for n, _ in behind))
            closed += behind
    if any(update[i] for i in range(len(places))):
        update[None]["sites"] = tuple(place.model_copy(update=update[i]) for i, place in enumerate(places))
    return changed.model_copy(update=update[None])


def denying_the_rest(client: ProfileBase, told: Iterable[str]) -> ProfileBase:
    """The client of whom a block denied as a whole denies only the rest, where one of its facts, or what follows from it, is told."""
    facts = client.vocabulary.facts
    waiting, touched = list(told), set[str]()
    while waiting:
        fact = facts[waiting.pop()]
        touched.add(fact.block)
        waiting += [*fact.implies, *([fact.follows] if fact.follows else [])]
    denied = [*client.vocabulary.blocks] if "all" in client.denied else [*client.denied]
    if touched.isdisjoint(denied):
        return client
    kept = tuple(block for block in denied if block not in touched)
    rest = (*client.otherwise_denied, *(block for block in denied if block in touched))
    return client.model_copy(update={"denied": kept, "otherwise_denied": tuple(dict.fromkeys(rest))})


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
