"""Muscles and where trigger points in them are said to send pain: read from data/muscles.yaml, strictly.

Professional tradition, and a hint where to look. It opens and closes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from massage_rules._yaml import Node, listed
from massage_rules.errors import Faults, clean, nearest
from massage_rules.regions import Regions
from massage_rules.vocabulary import Vocabulary

FACT = "muscles"
BASES = ("read", "mixed", "memory", "default")
_TOP = ("note", "sources", "basis", "complaints", "muscles")
_REQUIRED = ("label", "regions", "refers_to", "test")
_OPTIONAL = ("common", "pressure_at_most", "near", "note")


@dataclass(frozen=True, slots=True)
class Muscle:
    """One muscle, or a group of them: where it lies, where it is said to send pain, which motions to test, what lies near."""

    id: str
    label: str
    regions: tuple[str, ...]
    refers_to: tuple[str, ...]
    test: tuple[str, ...]
    common: bool = False
    pressure_at_most: int | None = None
    near: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Muscles:
    """All muscles, what the table rests on, and the complaints for which it is of use."""

    muscles: Mapping[str, Muscle] = field(default_factory=dict)
    complaints: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    basis: str = "default"
    note: str = ""

    def to_check(self, region: str, regions: Regions, *, told: Collection[str] = ()) -> tuple[Muscle, ...]:
        """The muscles to check for pain in a region: those that lie in it, those said to send pain there, and those told.

        Those told come first, then those that lie there; among these, and among those elsewhere, the common ones and then those
        said to send pain there.
        """
        place = regions.parts(region)

        def near(muscle: Muscle) -> bool:
            return _meets(muscle.regions, place, regions)

        def sends(muscle: Muscle) -> bool:
            return _meets(muscle.refers_to, place, regions)

        found = [m for m in self.muscles.values() if m.id in told or near(m) or sends(m)]
        return tuple(sorted(found, key=lambda m: (m.id not in told, not near(m), not m.common, not sends(m))))

    def to_spare(self, muscle: Muscle, regions: Regions) -> tuple[str, ...]:
        """What to go round on the way to a muscle: what is named for it, and what the map of the body names where it lies."""
        mapped = (s for name in muscle.regions if name in regions.regions for s in regions.regions[name].structures)
        return tuple(dict.fromkeys((*muscle.near, *mapped)))


def _meets(names: Collection[str], place: frozenset[str], regions: Regions) -> bool:
    return any(not place.isdisjoint(regions.parts(name)) for name in names)


def read_muscles(node: Node, vocabulary: Vocabulary, references: Collection[str], faults: Faults) -> Muscles:
    """The muscles written in a file; faults are collected."""
    reader = _Reader(vocabulary, references, faults)
    top = reader.fields(node, _TOP, _TOP, "the muscles")
    entries = top["muscles"].mapping(faults, what="`muscles`") if "muscles" in top else {}
    reader.same_as_the_fact(top.get("muscles", node), entries)
    complaints = vocabulary.facts["complaints"].values if "complaints" in vocabulary.facts else ()
    return Muscles(
        muscles={name: reader.muscle(name, entry) for name, entry in entries.items()},
        complaints=frozenset(reader.names(top, "complaints", complaints, "a complaint")),
        sources=reader.names(top, "sources", references, "a source"),
        basis=reader.word(top, "basis", BASES),
        note=reader.text(top, "note"),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    vocabulary: Vocabulary
    references: Collection[str]
    faults: Faults

    def muscle(self, name: str, node: Node) -> Muscle:
        entry = self.fields(node, _REQUIRED, (*_REQUIRED, *_OPTIONAL), f"muscle `{name}`")
        regions = self.vocabulary.regions
        return Muscle(
            id=name,
            label=self.text(entry, "label"),
            regions=self.names(entry, "regions", regions.names(), "a region"),
            refers_to=self.names(entry, "refers_to", regions.names(), "a region"),
            test=self.names(entry, "test", regions.motions, "a motion"),
            common=self.word(entry, "common", ("yes", "no")) == "yes",
            pressure_at_most=self.pressure(entry.get("pressure_at_most"), name),
            near=entry["near"].words(self.faults, what="`near`") if "near" in entry else (),
            note=self.text(entry, "note"),
        )

    def fields(self, node: Node, required: tuple[str, ...], names: tuple[str, ...], what: str) -> dict[str, Node]:
        entry = node.mapping(self.faults, what=what)
        node.allow(set(names), self.faults, what=what)
        for name in required:
            if entry and name not in entry:
                self.faults.add(node.place, f"{what} has no `{name}`.", f"Add `{name}:`.")
        return entry

    def names(self, entry: Mapping[str, Node], key: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """Words that are names of something; a fault for each that isn't, and for none at all."""
        if key not in entry:
            return ()
        words = entry[key].words(self.faults, what=f"`{key}`")
        if entry[key].value == []:
            self.faults.add(entry[key].place, f"`{key}` names nothing.", "Name at least one.")
        for word in words:
            if word not in known:
                file = {"a source": "references", "a complaint": "vocabulary"}.get(what, "regions")
                remedy = nearest(word, known) or f"Look it up in data/{file}.yaml."
                self.faults.add(entry[key].place, f"`{key}` names `{clean(word)}`, which isn't {what}.", remedy)
        return words

    def same_as_the_fact(self, node: Node, muscles: Collection[str]) -> None:
        """Faults where the fact that tells muscles, if there is one, has other values."""
        if FACT not in self.vocabulary.facts:
            return
        values = self.vocabulary.facts[FACT].values
        for name in sorted(set(muscles) - set(values)):
            remedy = f"Add it to the values of `{FACT}` in data/vocabulary.yaml."
            self.faults.add((node.keys or {}).get(name, node.place), f"muscle `{clean(name)}` can't be told of a client.", remedy)
        for name in sorted(set(values) - set(muscles)):
            remedy = "Describe it here, or remove the value from data/vocabulary.yaml."
            self.faults.add(node.place, f"the fact `{FACT}` has the value `{name}`, which isn't a muscle here.", remedy)

    def pressure(self, node: Node | None, name: str) -> int | None:
        if node is None:
            return None
        if isinstance(node.value, int) and 0 <= node.value <= 5:
            return node.value
        self.faults.add(node.place, f"the pressure on `{name}` should be a whole number from 0 to 5.", "Give a Walton level.")
        return None

    def text(self, entry: Mapping[str, Node], key: str) -> str:
        return entry[key].text(self.faults, what=f"`{key}`") if key in entry else ""

    def word(self, entry: Mapping[str, Node], key: str, choices: tuple[str, ...]) -> str:
        word = self.text(entry, key)
        if word and word not in choices:
            remedy = nearest(word, choices) or f"It takes {listed(choices)}."
            self.faults.add(entry[key].place, f"`{key}` can't be `{clean(word)}`.", remedy)
        return word
