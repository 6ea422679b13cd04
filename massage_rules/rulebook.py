"""A rulebook: rules, facts, techniques and sources that fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any as Anything

from massage_rules._yaml import Node, data_folder, read, rules_folder
from massage_rules.anatomy import anatomical_rules
from massage_rules.canonical import digests
from massage_rules.checks import check_circles, check_polarity
from massage_rules.conditions import (
    Condition,
    Defined,
    definitions_read,
    facts_read,
    walk,
)
from massage_rules.effects import Consult, Define, Progress, Reader
from massage_rules.errors import ContentError, Fault, Faults, Place, clean
from massage_rules.evidence import Item, Names, read_evidence
from massage_rules.kept import kept, undisturbed
from massage_rules.languages import Language, english
from massage_rules.muscles import Muscles, read_muscles
from massage_rules.outcomes import Outcome, read_outcomes
from massage_rules.planning import Planning, PlanningNames, read_planning
from massage_rules.protocols import Protocol, rules_and_protocols
from massage_rules.reviews import FILE, Review, Signature, read_reviews, reviews
from massage_rules.rule import Rule, RuleNames, RuleReader
from massage_rules.techniques import Catalogue, read_catalogue
from massage_rules.topics import Topic, read_topics, topic_of
from massage_rules.vocabulary import Vocabulary, load_vocabulary

VERSION = "0.1.0"
_DATA = (
    "vocabulary", "regions", "medications", "techniques", "references", "procedures", "evidence", "outcomes", "planning", "topics",
    "muscles",
)  # fmt: skip
_SIGNATURES = f"data/{FILE}"


@dataclass(frozen=True)
class Rulebook:
    """Rules, facts, techniques and sources that fit together; everything an answer depends on.

    `digest` stands for all of it, `data` for each file of facts, techniques and sources by its name.
    """

    rules: Mapping[str, Rule]
    vocabulary: Vocabulary
    catalogue: Catalogue
    references: Mapping[str, Mapping[str, Anything]]
    digest: str
    version: str = VERSION
    evidence: Mapping[str, Item] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    planning: Planning | None = None
    topics: tuple[Topic, ...] = ()
    protocols: Mapping[str, Protocol] = field(default_factory=dict)
    signatures: tuple[Signature, ...] = ()
    muscles: Muscles = field(default_factory=Muscles)
    language: Language = field(default_factory=english)
    _reads: dict[str, frozenset[str]] = field(default_factory=dict)
    _topics: dict[str, Topic] = field(default_factory=dict)

    @cached_property
    def reviews(self) -> Mapping[str, Review]:
        """Every rule that was ever signed, with what its signatures are worth now."""
        return reviews(self, self.signatures)

    def review(self, rule_id: str) -> Review:
        """Whether a rule is signed as it stands."""
        return self.reviews.get(rule_id, Review())

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

    def topic(self, rule_id: str) -> Topic:
        """The topic of a rule."""
        if rule_id not in self._topics:
            self._topics[rule_id] = topic_of(self.topics, rule_id)
        return self._topics[rule_id]

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

    @property
    def any_signed(self) -> bool:
        """Whether at least one rule is signed as it stands."""
        return any(review.state == "reviewed" for review in self.reviews.values())

    def definitions_of(self, rule_id: str) -> tuple[str, ...]:
        """The definitions that a rule uses, and those that these use, in order of name."""
        found: set[str] = set()
        waiting = [self.rules[rule_id].when]
        while waiting:
            for name in definitions_read(waiting.pop()):
                if name not in found:
                    found.add(name)
                    waiting.extend(rule.when for rule in self.definitions[name])
        return tuple(sorted(found))

    @cached_property
    def from_protocols(self) -> frozenset[str]:
        """The rules that nobody wrote one by one, since a protocol stands for them."""
        prefixes = tuple(p.prefix for p in self.protocols.values())
        return frozenset(r for r in self.rules if prefixes and r.startswith(prefixes))

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
    return kept(
        "rulebook",
        [*data_folder().glob("*.yaml"), *data_folder().glob("languages/*.yaml"), *rules_folder().rglob("*.yaml")],
        load,
    )


@undisturbed()
def load(folder: Path | str | None = None) -> Rulebook:
    """The rulebook in a folder of rule files, over the shipped facts and techniques, with the signatures in its `reviews.yaml`.

    Without a folder, the shipped rules. Raises ContentError with every fault of every file.
    """
    rules = Path(folder) if folder is not None else rules_folder()
    data = data_folder()
    if not rules.is_dir():
        raise ContentError([Fault(Place(str(rules)), "isn't a folder.", "Give the folder that holds the rule files.")])
    files: dict[str, Node] = {}
    faults: list[Fault] = []
    paths = [(f"data/{n}.yaml", data / f"{n}.yaml") for n in _DATA]
    signatures = signatures_file(folder)
    own = sorted(p for p in rules.rglob("*.yaml") if p != signatures)
    if not own or any(rules.rglob("*.yml")):
        what = "holds no rule files." if not own else "holds files that end in `.yml`, which aren't read."
        raise ContentError([Fault(Place(str(rules)), what, "Give rule files the ending `.yaml`.")])
    paths += [(f"{rules.name}/{p.relative_to(rules)}", p) for p in own]
    places = {name: name for name, _ in paths}
    if signatures.is_file():
        paths.append((_SIGNATURES, signatures))
        places[_SIGNATURES] = f"{signatures.parent.name}/{FILE}"
    for name, path in paths:
        try:
            files[name] = read(path, name=places[name])
        except ContentError as error:
            faults += error.faults
    if faults:
        raise ContentError(faults)
    return build(files)


def signatures_file(folder: Path | str | None = None) -> Path:
    """Where the signatures under the rules of a folder stand, or those under the shipped rules."""
    return (Path(folder) if folder is not None else data_folder()) / FILE


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
    planning = _read_planning(files.get("data/planning.yaml"), vocabulary, catalogue, references, outcomes, faults)
    topics = read_topics(files["data/topics.yaml"], faults) if "data/topics.yaml" in files else ()
    muscles = (
        read_muscles(files["data/muscles.yaml"], vocabulary, references, faults) if "data/muscles.yaml" in files else Muscles()
    )
    protocols, nodes = rules_and_protocols(files, faults)
    names = RuleNames(vocabulary, _defined_names(n for _, n in nodes))
    reader = RuleReader(names, Reader(vocabulary, catalogue, faults), references, faults)
    written = _read_rules(nodes, reader)
    rules = {rule.id: rule for rule in written.values() if rule.status == "active"}
    rules |= {r.id: r for r in anatomical_rules(vocabulary, catalogue, place=files["data/regions.yaml"].place, say=english())}
    check_circles(rules, faults)
    faults.stop_if_any()
    check_polarity(rules, vocabulary, faults)
    statuses = {rule.id: rule.status for rule in (*written.values(), *rules.values())}
    signatures = read_reviews(files[_SIGNATURES], statuses, faults) if _SIGNATURES in files else ()
    faults.stop_if_any()
    plain = {name: files[name].plain() for name in sorted(files)}
    whole, each = digests(plain, each=[name for name in plain if name.startswith("data/")])
    return Rulebook(
        rules=dict(sorted(rules.items())),
        vocabulary=vocabulary,
        catalogue=catalogue,
        references=references,
        digest=whole,
        evidence=evidence,
        outcomes=outcomes,
        protocols=protocols,
        planning=planning,
        topics=topics,
        signatures=signatures,
        muscles=muscles,
        data=each,
    )


def _read_rules(nodes: Iterable[tuple[str, Node]], reader: RuleReader) -> dict[str, Rule]:
    """The rules in nodes with the names of their files, by id; a second rule of one id is a fault."""
    found: dict[str, Rule] = {}
    stems: dict[str, str] = {}
    for name, node in nodes:
        rule = reader.read(node, stem=stems.get(name) or stems.setdefault(name, Path(name).stem))
        first = found.setdefault(rule.id, rule) if rule is not None else None
        if rule is not None and first is not None and first is not rule:
            what = f"rule `{rule.id}` stands twice (first in {first.place})."
            reader.faults.add(rule.place, what, "Rename or remove one of them.")
    return found


def _read_evidence(
    node: Node | None, vocabulary: Vocabulary, catalogue: Catalogue, references: Iterable[str], faults: Faults
) -> dict[str, Item]:
    """What research says, where the book has such a file."""
    complaints = vocabulary.facts["complaints"].values if "complaints" in vocabulary.facts else ()
    techniques = {*catalogue.families, *catalogue.variants}
    operations = vocabulary.facts["procedure"].values if "procedure" in vocabulary.facts else ()
    names = Names(
        techniques, complaints, catalogue.goals, set(references), catalogue.basis_codes, catalogue.certainty_codes, operations
    )
    return read_evidence(node, names, faults) if node is not None else {}


def _read_planning(
    node: Node | None,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
    references: Iterable[str],
    outcomes: Iterable[str],
    faults: Faults,
) -> Planning | None:
    """How advice becomes a course, where the book has such a file."""
    complaints = vocabulary.facts["complaints"].values if "complaints" in vocabulary.facts else ()
    names = PlanningNames(catalogue.variants, complaints, catalogue.goals, set(outcomes), set(references), catalogue.basis_codes)
    return read_planning(node, names, faults) if node is not None else None


def text_seen(reference: Mapping[str, Anything]) -> bool:
    """Whether a source's text was seen, rather than recalled."""
    return reference["read"] in (True, "true", "yes")


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


__all__ = ["Consult", "Progress", "Rule", "Rulebook", "build", "load", "shipped_rulebook"]
