"""Rules as data: what one rule is, how it is written, and a rulebook in which everything fits together."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any as Anything

from massage_rules._yaml import Node, data_folder, listed, read, rules_folder
from massage_rules.conditions import (
    Any,
    Condition,
    Defined,
    Is,
    Kind,
    Not,
    OneOf,
    Points,
    definitions_read,
    facts_read,
    pushed,
    read_condition,
    walk,
)
from massage_rules.effects import Adapt, Avoid, Consult, Define, Effect, Emergency, Progress, Reader, Refer, Scope, Suggest
from massage_rules.errors import ContentError, Fault, Faults, Place, clean, nearest
from massage_rules.evidence import Item, Names, read_evidence
from massage_rules.kept import kept
from massage_rules.outcomes import Outcome, read_outcomes
from massage_rules.techniques import HANDS_ON, Catalogue, read_catalogue
from massage_rules.vocabulary import Vocabulary, load_vocabulary

VERSION = "0.1.0"
_KEYS = ("id", "title", "status", "when", "effect", "because", "limits", "references", "basis", "carries", "review",
         "do", "superseded_by")  # fmt: skip
_REQUIRED = ("id", "title", "status", "when", "effect", "because", "limits", "references", "review")
_DATA = ("vocabulary", "regions", "medications", "techniques", "references", "procedures", "evidence", "outcomes")
BASES = ("read", "mixed", "memory", "default")


@dataclass(frozen=True, slots=True)
class Rule:
    """When a condition holds, an effect applies; with its reason, its limits and its sources."""

    id: str
    title: str
    status: str
    when: Condition
    effect: Effect
    because: str
    limits: str
    references: tuple[str, ...]
    basis: str
    carries: tuple[str, ...]
    review: str
    do: str
    place: Place

    @property
    def anatomical(self) -> bool:
        """Whether it comes from the map of the body and says only how firmly a region may ever be pressed."""
        return self.id.startswith("anatomy.")

    @property
    def against(self) -> bool:
        """Whether it speaks against or limits treatment."""
        return isinstance(self.effect, Emergency | Avoid | Refer | Adapt)


@dataclass(frozen=True)
class Rulebook:
    """Rules, facts, techniques and sources that fit together; everything an answer depends on."""

    rules: Mapping[str, Rule]
    vocabulary: Vocabulary
    catalogue: Catalogue
    references: Mapping[str, Mapping[str, Anything]]
    digest: str
    version: str = VERSION
    evidence: Mapping[str, Item] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    _reads: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def definitions(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that define each name, names in an order in which each comes after those it uses."""
        by_name: dict[str, list[Rule]] = {}
        for rule in self.rules.values():
            if isinstance(rule.effect, Define):
                by_name.setdefault(rule.effect.name, []).append(rule)
        return {name: tuple(by_name[name]) for name in _in_order(by_name)}

    @cached_property
    def ordered(self) -> tuple[Rule, ...]:
        """All rules, those that define names first and in order."""
        defining = [r for rules in self.definitions.values() for r in rules]
        return (*defining, *(r for r in self.rules.values() if not isinstance(r.effect, Define)))

    def reads(self, rule_id: str) -> frozenset[str]:
        """Every fact on which a rule may turn: its own, its definitions', and those that decide whether these apply."""
        if rule_id not in self._reads:
            self._reads[rule_id] = self._closure(self.rules[rule_id].when)
        return self._reads[rule_id]

    def _closure(self, condition: Condition) -> frozenset[str]:
        found: set[str] = set()
        waiting: list[Condition] = [condition]
        while waiting:
            part = waiting.pop()
            for name in definitions_read(part):
                for rule in self.definitions[name]:
                    found |= self.reads(rule.id)
            for name in facts_read(part):
                if name not in found:
                    found.add(name)
                    waiting.extend(self.vocabulary.gates(name))
        return frozenset(found)

    def direct_facts(self, rule_id: str) -> tuple[str, ...]:
        """The facts that a rule tests, definitions opened, in order of appearance."""
        found: dict[str, None] = {}

        def collect(condition: Condition) -> None:
            for part in walk(condition):
                for name in facts_read(part):
                    found.setdefault(name)
                if isinstance(part, Defined):
                    for rule in self.definitions[part.name]:
                        collect(rule.when)

        collect(self.rules[rule_id].when)
        return tuple(found)

    @cached_property
    def whole_body(self) -> frozenset[str]:
        """The rules that read only facts of the client, so that they say the same at every site."""
        facts = self.vocabulary.facts
        return frozenset(r for r in self.rules if all(facts[f].level == "patient" for f in self.reads(r)))


def _in_order(by_name: Mapping[str, list[Rule]]) -> list[str]:
    """The names of definitions, each after those that its rules use."""
    uses = {name: dict.fromkeys(d for rule in rules for d in definitions_read(rule.when)) for name, rules in by_name.items()}
    order: dict[str, None] = {}
    for start in uses:
        waiting = [start]
        while waiting:
            name = waiting[-1]
            first = [other for other in uses[name] if other not in order]
            if name in order or not first:
                order.setdefault(name)
                waiting.pop()
            else:
                waiting += reversed(first)
    return list(order)


@cache
def shipped_rulebook() -> Rulebook:
    """The rulebook that ships with the library; read once, and kept ready for the next time."""
    return kept("rulebook", [*data_folder().glob("*.yaml"), *rules_folder().rglob("*.yaml")], load)


def load(folder: Path | str | None = None) -> Rulebook:
    """The rulebook in a folder of rule files, over the shipped facts and techniques.

    Without a folder, the shipped rules. Raises ContentError with every fault of every file.
    """
    rules = Path(folder) if folder is not None else rules_folder()
    data = data_folder()
    if not rules.is_dir():
        raise ContentError([Fault(Place(str(rules)), "isn't a folder.", "Give the folder that holds the rule files.")])
    files: dict[str, Node] = {}
    faults: list[Fault] = []
    paths = [(f"data/{n}.yaml", data / f"{n}.yaml") for n in _DATA]
    paths += [(str(p.relative_to(rules)), p) for p in sorted(rules.rglob("*.yaml"))]
    for name, path in paths:
        try:
            files[name] = read(path, name=name if name.startswith("data/") else f"rules/{name}")
        except ContentError as error:
            faults += error.faults
    if faults:
        raise ContentError(faults)
    return build(files)


def build(files: Mapping[str, Node]) -> Rulebook:
    """The rulebook in nodes by file name: `data/...` for the data, any other name for rules."""
    vocabulary = load_vocabulary(files["data/vocabulary.yaml"], files["data/regions.yaml"], files.get("data/medications.yaml"))
    faults = Faults()
    catalogue = read_catalogue(files["data/techniques.yaml"], faults)
    references = _read_references(files["data/references.yaml"], faults)
    if catalogue is None:
        raise ContentError(faults.found)
    evidence = _read_evidence(files.get("data/evidence.yaml"), vocabulary, catalogue, references, faults)
    outcomes = read_outcomes(files["data/outcomes.yaml"], references, faults) if "data/outcomes.yaml" in files else {}
    nodes = [
        (name, n)
        for name, node in files.items()
        if not name.startswith("data/")
        for n in node.listing(faults, what="a rule file")
    ]
    names = _RuleNames(vocabulary, _defined_names(n for _, n in nodes))
    reader = _RuleReader(names, Reader(vocabulary, catalogue, faults), references, faults)
    rules: dict[str, Rule] = {}
    places: dict[str, Place] = {}
    for name, node in nodes:
        rule = reader.read(node, stem=Path(name).stem)
        if rule is None:
            continue
        first = places.setdefault(rule.id, rule.place)
        if first is not rule.place:
            faults.add(rule.place, f"rule `{rule.id}` stands twice (first in {first}).", "Rename or remove one of them.")
        elif rule.status == "active":
            rules[rule.id] = rule
    rules |= {r.id: r for r in _anatomy(vocabulary, catalogue, files["data/regions.yaml"].place)}
    _check_circles(rules, faults)
    faults.stop_if_any()
    _check_polarity(rules, vocabulary, faults)
    faults.stop_if_any()
    content = repr([(name, files[name].plain()) for name in sorted(files)])
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Rulebook(dict(sorted(rules.items())), vocabulary, catalogue, references, digest, evidence=evidence, outcomes=outcomes)


def _anatomy(vocabulary: Vocabulary, catalogue: Catalogue, place: Place) -> Iterator[Rule]:
    """A rule for every region in which nothing may ever be pressed harder than its cap."""
    for region in vocabulary.regions.regions.values():
        if region.cap_binds != "region" or region.pressure_cap is None:
            continue
        spared = f"It holds {', '.join(region.structures)}. " if region.structures else ""
        yield Rule(
            id=f"anatomy.{region.id}",
            title=f"{region.label}: pressure at most {region.pressure_cap}",
            status="active",
            when=OneOf("region", vocabulary.regions.overlapping(region.id)),
            effect=Adapt(
                Scope((region.id,), "", catalogue.select(HANDS_ON) or frozenset()), pressure_at_most=region.pressure_cap
            ),
            because=f"{spared}{region.note}".strip() or "Tissue there lies unprotected.",
            limits="Professional tradition and case reports, no trials; training and clearance can raise it.",
            references=vocabulary.regions.sources,
            basis="mixed",
            carries=(),
            review="unreviewed",
            do="",
            place=place,
        )


def _read_evidence(
    node: Node | None, vocabulary: Vocabulary, catalogue: Catalogue, references: Iterable[str], faults: Faults
) -> dict[str, Item]:
    """What research says, where the book has such a file."""
    complaints = vocabulary.facts["complaints"].values if "complaints" in vocabulary.facts else ()
    techniques = {*catalogue.families, *catalogue.variants}
    names = Names(techniques, complaints, catalogue.goals, set(references), catalogue.basis_codes, catalogue.certainty_codes)
    return read_evidence(node, names, faults) if node is not None else {}


def _read_references(node: Node, faults: Faults) -> dict[str, Mapping[str, Anything]]:
    found: dict[str, Mapping[str, Anything]] = {}
    for key, entry in node.mapping(faults, what="the references").items():
        fields = entry.plain()
        if not isinstance(fields, dict) or not fields.get("title") or "read" not in fields:
            faults.add(entry.place, f"source `{clean(key)}` needs `title` and `read`.", "Add them.")
        else:
            found[key] = fields
    return found


def _defined_names(nodes: Iterable[Node]) -> set[str]:
    found = set()
    for node in nodes:
        effect = node.value.get("effect") if isinstance(node.value, dict) else None
        define = effect.value.get("define") if effect is not None and isinstance(effect.value, dict) else None
        if define is not None and isinstance(define.value, str):
            found.add(define.value)
    return found


@dataclass(frozen=True, slots=True)
class _RuleNames:
    """The facts of the vocabulary and the names that rules define."""

    vocabulary: Vocabulary
    defined: set[str]

    def kind(self, name: str) -> Kind | None:
        return "definition" if name in self.defined else self.vocabulary.kind(name)

    def values(self, name: str) -> Mapping[str, frozenset[str]]:
        return self.vocabulary.values(name)

    def bounds(self, name: str) -> tuple[float, float]:
        return self.vocabulary.bounds(name)

    def known(self) -> set[str]:
        return self.vocabulary.known() | self.defined


@dataclass(slots=True)
class _RuleReader:
    names: _RuleNames
    effects: Reader
    references: Mapping[str, Mapping[str, Anything]]
    faults: Faults

    def read(self, node: Node, *, stem: str) -> Rule | None:
        before = len(self.faults.found)
        entry = node.mapping(self.faults, what="a rule")
        if not isinstance(node.value, dict):
            return None
        node.allow(set(_KEYS), self.faults, what="a rule")
        for key in _REQUIRED:
            if key not in entry:
                self.faults.add(node.place, f"rule `{self._text(entry, 'id') or '?'}` has no `{key}`.", f"Add `{key}:`.")
        name = self._text(entry, "id")
        if name and (not name.startswith(f"{stem}.") or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")):
            place = entry["id"].place
            self.faults.add(
                place,
                f"rule id `{clean(name)}` doesn't fit its file.",
                f"Write `{stem}.` and a few words in lower case with hyphens.",
            )
        status = self._word(entry, "status", ("draft", "active", "retired"))
        basis = self._word(entry, "basis", BASES) or "default"
        references = entry["references"].words(self.faults, what="`references`") if "references" in entry else ()
        if "references" in entry and entry["references"].value == []:
            self.faults.add(
                entry["references"].place,
                "`references` names no source.",
                "Every rule rests on at least one of data/references.yaml.",
            )
        for key in references:
            if key.split(" ")[0] not in self.references:
                remedy = nearest(key, self.references) or "Sources are listed in data/references.yaml."
                self.faults.add(entry["references"].place, f"`{clean(key)}` isn't a source.", remedy)
        when = read_condition(entry["when"], self.names, self.faults) if "when" in entry else None
        whole = when is not None and self._whole(when)
        effect = self.effects.read(entry["effect"], whole=whole) if "effect" in entry else None
        if when is None or effect is None or len(self.faults.found) > before:
            return None
        return Rule(
            id=name,
            title=self._text(entry, "title"),
            status=status,
            when=when,
            effect=effect,
            because=self._text(entry, "because"),
            limits=self._text(entry, "limits"),
            references=references,
            basis=basis,
            carries=entry["carries"].words(self.faults, what="`carries`")
            if "carries" in entry and entry["carries"].value
            else (),
            review=self._text(entry, "review"),
            do=self._text(entry, "do"),
            place=node.place,
        )

    def _whole(self, when: Condition) -> bool:
        """Whether only facts of the client are read here; definitions count as local, which is the narrower default."""
        facts = self.names.vocabulary.facts
        return not definitions_read(when) and all(
            facts[f].level == "patient"
            and all(facts[g].level == "patient" for c in self.names.vocabulary.gates(f) for g in facts_read(c))
            for f in facts_read(when)
        )

    def _text(self, entry: Mapping[str, Node], key: str) -> str:
        return entry[key].text(self.faults, what=f"`{key}`") if key in entry else ""

    def _word(self, entry: Mapping[str, Node], key: str, choices: tuple[str, ...]) -> str:
        word = self._text(entry, key)
        if word and word not in choices:
            self.faults.add(
                entry[key].place, f"`{key}` can't be `{clean(word)}`.", nearest(word, choices) or f"It takes {listed(choices)}."
            )
        return word


def _check_circles(rules: Mapping[str, Rule], faults: Faults) -> None:
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


def _check_polarity(rules: Mapping[str, Rule], vocabulary: Vocabulary, faults: Faults) -> None:
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
    match pushed(condition):
        case Not(Points(_, items)):
            for points, part in items:
                yield from _signed(part, not sign if points > 0 else sign)
        case Not(part):
            yield not sign, part
        case Points(_, items):
            for points, part in items:
                yield from _signed(part, sign if points > 0 else not sign)
        case Is() | Defined() as part:
            yield sign, part
        case Any(parts):
            for part in parts:
                yield from _signed(part, sign)
        case other if hasattr(other, "parts"):
            for part in other.parts:
                yield from _signed(part, sign)
        case _:
            pass


__all__ = ["Consult", "Progress", "Rule", "Rulebook", "build", "load", "shipped_rulebook"]
