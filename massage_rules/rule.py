"""What one rule is, and how it is written in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any as Anything

from massage_rules._yaml import Node, listed
from massage_rules.canonical import digest
from massage_rules.conditions import (
    Condition,
    Kind,
    definitions_read,
    facts_read,
    read_condition,
)
from massage_rules.effects import Adapt, Avoid, Effect, Emergency, Reader, Refer
from massage_rules.errors import Faults, Place, clean, nearest
from massage_rules.vocabulary import Vocabulary

_KEYS = {"id", "title", "status", "when", "effect", "because", "limits", "references", "basis", "carries", "review",
         "do", "superseded_by"}  # fmt: skip
_REQUIRED = ("id", "title", "status", "when", "effect", "because", "limits", "references")
UNREVIEWED = "unreviewed"
BASES = ("read", "mixed", "memory", "default")


@dataclass(frozen=True, slots=True)
class Rule:
    """When a condition holds, an effect applies; with its reason, its limits and its sources.

    `digest` tells it from what it said before, or says nothing where it was never written.
    """

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
    do: str
    place: Place
    digest: str = ""

    @property
    def anatomical(self) -> bool:
        """Whether it comes from the map of the body and says only how firmly a region may ever be pressed."""
        return self.id.startswith("anatomy.")

    @property
    def danger(self) -> str:
        """What it is about: its title up to the semicolon or colon, after which it says what to do."""
        return self.title.partition(";")[0] if ";" in self.title else self.title.partition(": ")[0]

    @property
    def against(self) -> bool:
        """Whether it speaks against or limits treatment."""
        return isinstance(self.effect, Emergency | Avoid | Refer | Adapt)


@dataclass(frozen=True, slots=True)
class RuleNames:
    """The facts of the vocabulary and the names that rules define."""

    vocabulary: Vocabulary
    defined: set[str]
    _values: dict[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def kind(self, name: str) -> Kind | None:
        """How a fact or definition may be tested."""
        return "definition" if name in self.defined else self.vocabulary.kind(name)

    def values(self, name: str) -> Mapping[str, frozenset[str]]:
        """The words for a choice's values."""
        if name not in self._values:
            self._values[name] = self.vocabulary.values(name)
        return self._values[name]

    def bounds(self, name: str) -> tuple[float, float]:
        """The least and greatest value of a number."""
        return self.vocabulary.bounds(name)

    def known(self) -> set[str]:
        """Every name."""
        return self.vocabulary.known() | self.defined


@dataclass(slots=True)
class RuleReader:
    """Reads rules against the names, effects and sources that there are, collecting faults."""

    names: RuleNames
    effects: Reader
    references: Mapping[str, Mapping[str, Anything]]
    faults: Faults

    def read(self, node: Node, *, stem: str) -> Rule | None:
        """The rule written in a file; None, with faults, where it can't be read."""
        before = len(self.faults.found)
        entry = node.mapping(self.faults, what="a rule")
        if not isinstance(node.value, dict):
            return None
        node.allow(_KEYS, self.faults, what="a rule")
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
        if "review" in entry and entry["review"].value != UNREVIEWED:
            remedy = f"Write `{UNREVIEWED}`, or leave it out; `massage-rules review` signs a rule in a file of its own."
            self.faults.add(entry["review"].place, "a rule isn't signed where it is written.", remedy)
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
            do=self._text(entry, "do"),
            place=node.place,
            digest=digest(node.plain()),
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
