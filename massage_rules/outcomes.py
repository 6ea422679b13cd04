"""What can be measured, and which change counts for one person: read from data/outcomes.yaml, strictly."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from massage_rules._yaml import Node, listed
from massage_rules.errors import Faults, clean, nearest

BETTER = ("lower", "higher", "closer")
BASES = ("read", "mixed", "memory", "default")
KINDS = (
    "important_change", "measurement_error", "between_groups", "recovered", "response", "trial_definition", "cut_off", "range_by_method",
    "reliability", "observed", "referral", "caution", "none_found",
)  # fmt: skip
_OUTCOME = {"name", "measures", "range", "unit", "better", "counts", "figures", "note"}
_COUNTS = {"change", "percent", "rule", "basis", "sources"}
_FIGURE = {"value", "unit", "kind", "basis", "sources", "context", "note"}

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Counts:
    """The change that counts for one person: in points, in per cent of the first score, or either."""

    change: float | None
    percent: float | None
    rule: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure, or that none was found; with what it speaks of and rests on."""

    value: Span | None
    unit: str
    kind: str
    basis: str
    sources: tuple[str, ...]
    context: str
    note: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that can be measured; `counts` is missing where it sorts people and doesn't show change."""

    id: str
    name: str
    measures: str
    range: Span | None
    unit: str
    better: str
    counts: Counts | None
    figures: tuple[Figure, ...]
    note: str


def read_outcomes(node: Node, references: Collection[str], faults: Faults) -> dict[str, Outcome]:
    """The outcomes written in a file, by name; faults are collected."""
    reader = _Reader(references, faults)
    top = reader.fields(node, {"measures"}, ("measures",), "the outcomes")
    entries = top["measures"].mapping(faults, what="`measures`") if "measures" in top else {}
    return {name: reader.outcome(name, entry) for name, entry in entries.items()}


@dataclass(frozen=True, slots=True)
class _Reader:
    references: Collection[str]
    faults: Faults

    def outcome(self, name: str, node: Node) -> Outcome:
        entry = self.fields(node, _OUTCOME, ("name", "measures", "unit", "better", "figures"), f"outcome `{name}`")
        figures = entry["figures"].listing(self.faults, what=f"the figures of `{name}`") if "figures" in entry else []
        return Outcome(
            id=name,
            name=self.text(entry, "name"),
            measures=self.text(entry, "measures"),
            range=self.span(entry.get("range")),
            unit=self.text(entry, "unit"),
            better=self.word(entry, "better", BETTER),
            counts=self.counts(entry["counts"]) if "counts" in entry else None,
            figures=tuple(self.figure(item) for item in figures),
            note=self.text(entry, "note"),
        )

    def counts(self, node: Node) -> Counts:
        entry = self.fields(node, _COUNTS, ("rule", "basis", "sources"), "`counts`")
        change, percent = self.span(entry.get("change")), self.span(entry.get("percent"))
        if change is None and percent is None:
            self.faults.add(node.place, "`counts` counts nothing.", "Give `change` or `percent`, or leave `counts` out.")
        basis, sources = self.basis(node, entry)
        return Counts(change and change[0], percent and percent[0], self.text(entry, "rule"), basis, sources)

    def figure(self, node: Node) -> Figure:
        entry = self.fields(node, _FIGURE, ("unit", "kind", "basis", "sources"), "a figure")
        kind = self.word(entry, "kind", KINDS)
        if kind and ("value" in entry) is (kind in ("caution", "none_found")):
            remedy = "Give `value:` where there is a figure, and only there."
            self.faults.add(node.place, f"a figure of the kind `{kind}` has the wrong parts.", remedy)
        basis, sources = self.basis(node, entry)
        value, unit = self.span(entry.get("value")), self.text(entry, "unit")
        return Figure(value, unit, kind, basis, sources, self.text(entry, "context"), self.text(entry, "note"))

    def fields(self, node: Node, names: set[str], required: tuple[str, ...], what: str) -> dict[str, Node]:
        entry = node.mapping(self.faults, what=what)
        node.allow(names, self.faults, what=what)
        for name in required:
            if entry and name not in entry:
                self.faults.add(node.place, f"{what} has no `{name}`.", f"Add `{name}:`.")
        return entry

    def basis(self, node: Node, entry: dict[str, Node]) -> tuple[str, tuple[str, ...]]:
        """What a figure rests on, and its sources; what was read names one."""
        basis, told = self.word(entry, "basis", BASES), entry.get("sources")
        sources = told.words(self.faults, what="`sources`") if told is not None and told.value != [] else ()
        for key in sources:
            if key not in self.references:
                remedy = nearest(key, self.references) or "Sources are listed in data/references.yaml."
                self.faults.add(node.place, f"`{clean(key)}` isn't a source.", remedy)
        if basis in ("read", "mixed") and not sources:
            remedy = "Add it under `sources:`, or say `memory` or `default`."
            self.faults.add(node.place, f"what rests on `{basis}` names no source.", remedy)
        return basis, sources

    def text(self, entry: dict[str, Node], key: str) -> str:
        return entry[key].text(self.faults, what=f"`{key}`") if key in entry else ""

    def word(self, entry: dict[str, Node], key: str, choices: tuple[str, ...]) -> str:
        word = self.text(entry, key)
        if word and word not in choices:
            remedy = nearest(word, choices) or f"It takes {listed(choices)}."
            self.faults.add(entry[key].place, f"`{key}` can't be `{clean(word)}`.", remedy)
        return word

    def span(self, node: Node | None) -> Span | None:
        """A number, or two of which the smaller stands first."""
        match node.plain() if node is not None else None:
            case int() | float() as number:
                return float(number), float(number)
            case [int() | float() as low, int() | float() as high] if low < high:
                return float(low), float(high)
            case _ if node is not None:
                remedy = "Write a number, or `[1.3, 1.8]`."
                self.faults.add(node.place, "a figure should be a number, or two of which the smaller stands first.", remedy)
        return None
