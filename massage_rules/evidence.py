"""What research says: results with their certainty and direction, claims that aren't shown, and doses that were tested.

Read from data/evidence.yaml, strictly. Evidence ranks and explains what is open; it opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from massage_rules._yaml import Node, listed
from massage_rules.errors import Faults, clean, nearest

MIXED = "massage_mixed"
NOTHING_ADDED = frozenset({"no_effect", "no_important_effect", "no_difference", "no_benefit"})
_HELPED = frozenset({"benefit", "small_benefit"})
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(_Entry):
    """A number from a source, with its interval; it rests on what its result rests on unless it says otherwise."""

    measure: str
    value: float | None = None
    range: tuple[float, float] | None = None
    ci95: tuple[float, float] | None = None
    unit: str = ""
    i2: float | None = None
    p: float | str | None = None
    basis: str = ""
    note: str = ""


class _Item(_Entry):
    id: str
    basis: str
    says: str
    sources: tuple[str, ...]


class Result(_Item):
    """What studies or panels found of techniques for one outcome; `massage_mixed` where trials mixed styles.

    What was found after one operation (`only_after`) isn't told to a client who had another.
    """

    kind: Literal["result"]
    techniques: tuple[str, ...]
    about: str
    complaints: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    outcome: str
    goal: str
    direction: str
    certainty: str
    certainty_origin: str
    people: str = ""
    against: str = ""
    at: str = ""
    studies: int | None = None
    participants: int | None = None
    reviews: int | None = None
    matters: Literal["yes", "borderline", "no", "unknown"]
    figures: tuple[Effect, ...] = ()
    use: str = ""
    note: str = ""

    def names(self, technique: str) -> bool:
        """Whether it is about a technique by name: a variant, its family, or a family one of whose variants it names."""
        family = technique.partition(".")[0]
        return any(t in (technique, family) or (technique == family and t.startswith(f"{family}.")) for t in self.techniques)

    def speaks_to(self, operations: Collection[str]) -> bool:
        """Whether it may be told to a client with these operations."""
        return not self.only_after or not set(self.only_after).isdisjoint(operations)

    @property
    def mixed_styles(self) -> bool:
        """Whether its trials mixed styles of massage."""
        return MIXED in self.techniques


class Claim(_Item):
    """Something said of massage that isn't shown, with the words never to be used and what may be said instead."""

    kind: Literal["marketing_claim"]
    claim: str
    status: Literal["unproven", "contradicted", "partly_supported"]
    goal: str = ""
    certainty: str
    certainty_origin: str
    say_instead: str
    never_say: tuple[str, ...]


class Dose(_Item):
    """A dose that was tested, what came of it, and what follows."""

    kind: Literal["dose"]
    about: str
    complaints: tuple[str, ...] = ()
    people: str = ""
    participants: int | None = None
    tested: str
    use: str


Item: TypeAlias = Result | Claim | Dose
_KINDS: Mapping[str, type[Result | Claim | Dose]] = {"result": Result, "marketing_claim": Claim, "dose": Dose}


def first_sentence(text: str) -> str:
    """The first sentence of a text; that of what an item says stands by itself."""
    return _SENTENCE_END.split(text)[0]


def cited(evidence: Mapping[str, Item], ids: Iterable[str], *, technique: str = "") -> tuple[Result, ...]:
    """The results among ids; for a technique those that name it, then those that mix styles, or all where none does."""
    found = [r for r in (evidence.get(i) for i in ids) if isinstance(r, Result)]
    named = [r for r in found if not technique or r.names(technique)]
    return tuple([*named, *(r for r in found if r.mixed_styles and r not in named)] or found)


def results_on(evidence: Mapping[str, Item], *, technique: str, complaint: str) -> tuple[Result, ...]:
    """The results about a technique in a complaint; `massage_mixed` gives those of massage in general."""
    found = (r for r in evidence.values() if isinstance(r, Result))
    return tuple(r for r in found if r.names(technique) and complaint in r.complaints)


def never_say(evidence: Mapping[str, Item]) -> tuple[str, ...]:
    """The words never to be used of massage, in order, each once."""
    return tuple(sorted({phrase for item in evidence.values() if isinstance(item, Claim) for phrase in item.never_say}))


def adds_nothing(directions: Collection[str]) -> bool:
    """Whether all that was found is that little or nothing is added: certainty of this must not lift a technique."""
    return bool(directions) and set(directions) <= NOTHING_ADDED


def disagrees(directions: Collection[str]) -> bool:
    """Whether some results are in favour and others aren't, or results disagree within one."""
    return "mixed" in directions or bool(_HELPED & set(directions) and (NOTHING_ADDED | {"harm", "unclear"}) & set(directions))


@dataclass(frozen=True, slots=True)
class Names:
    """The names that evidence may use, from the rest of the content."""

    techniques: Collection[str]
    complaints: Collection[str]
    goals: Collection[str]
    sources: Collection[str]
    bases: Collection[str]
    certainties: Collection[str]
    operations: Collection[str] = ()


def read_evidence(node: Node, names: Names, faults: Faults) -> dict[str, Item]:
    """The items in a file, by id; what can't be read is a fault and left out."""
    entry = node.mapping(faults, what="the evidence")
    node.allow({"directions", "certainty_origins", "items"}, faults, what="the evidence")
    codes = {
        key: entry[key].mapping(faults, what=f"`{key}`") if key in entry else {} for key in ("directions", "certainty_origins")
    }
    items = entry["items"].mapping(faults, what="`items`") if "items" in entry else {}
    found: dict[str, Item] = {}
    for name, fields in items.items():
        item = _read_item(name, fields, faults)
        if item is not None:
            _check(item, fields, names, codes, faults)
            found[name] = item
    return found


def _read_item(name: str, node: Node, faults: Faults) -> Item | None:
    plain = node.plain()
    kind = plain.get("kind") if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or not isinstance(kind, str) or kind not in _KINDS:
        faults.add(node.place, f"evidence `{clean(name)}` has no `kind` that is known.", f"It takes {listed(set(_KINDS))}.")
        return None
    try:
        return _KINDS[kind].model_validate({"id": name, **plain})
    except ValidationError as error:
        for item in error.errors(include_url=False):
            what, remedy = _SHAPES.get(item["type"], (f"can't be read: {item['msg'].lower()}.", "Correct the entry."))
            key = clean(".".join(map(str, item["loc"])), longest=120)
            faults.add(node.at(item["loc"]), f"`{key}` of evidence `{clean(name)}` {what}", remedy)
        return None


_SHAPES = {
    "missing": ("is missing.", "Add it."),
    "extra_forbidden": ("has no meaning here.", "Correct its name, or remove it."),
}


def _check(item: Item, node: Node, names: Names, codes: Mapping[str, Collection[str]], faults: Faults) -> None:
    """Every name it uses is one that the rest of the content knows."""
    for key, known in (
        ("techniques", {*names.techniques, MIXED}), ("complaints", names.complaints), ("only_after", names.operations),
        ("goal", names.goals), ("sources", names.sources),
        ("basis", names.bases), ("certainty", names.certainties), ("direction", codes["directions"]),
        ("certainty_origin", codes["certainty_origins"]),
    ):  # fmt: skip
        value = getattr(item, key, ())
        for name in (value,) if isinstance(value, str) else value:
            if name and name not in known:
                faults.add(node.at((key,)), f"`{key}` of evidence `{item.id}` can't be `{clean(name)}`.", _remedy(name, known))
    for number, figure in enumerate(item.figures if isinstance(item, Result) else ()):
        place = node.at(("figures", number))
        if figure.basis and figure.basis not in names.bases:
            faults.add(
                place,
                f"a figure of evidence `{item.id}` can't rest on `{clean(figure.basis)}`.",
                _remedy(figure.basis, names.bases),
            )
        if figure.value is None and figure.range is None and figure.ci95 is None and figure.p is None:
            faults.add(place, f"a figure of evidence `{item.id}` has no number.", "Give `value`, `range`, `ci95` or `p`.")
    if not item.sources:
        faults.add(node.place, f"evidence `{item.id}` has no source.", "Name one in `sources:`.")


def _remedy(name: str, known: Collection[str]) -> str:
    return nearest(name, known) or (f"It takes {listed(set(known))}." if 0 < len(known) <= 20 else "Correct it, or declare it.")
