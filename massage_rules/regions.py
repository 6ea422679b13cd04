"""Body regions: a tree with sides, named groups, the structures to spare, and normal ranges of motion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from massage_rules._yaml import Node
from massage_rules.errors import Faults, nearest

Side: TypeAlias = Literal["left", "right", "both", "midline"]
ROOT = "body"
_KEYS = {
    "note", "sources", "basis", "review", "regions", "groups", "motions", "motions_note", "motions_sources", "motions_basis",
    "measuring_error",
}  # fmt: skip
_REMEDY = "Declare it under `regions:`, or remove the name."


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the body. A cap binds the whole region or only the named structures in it."""

    id: str
    label: str
    parent: str | None
    paired: bool
    neighbours: tuple[str, ...] = ()
    pressure_cap: int | None = None
    cap_binds: str = "structures"
    structures: tuple[str, ...] = ()
    note: str = ""

    @property
    def cap(self) -> int | None:
        """The most pressure that the whole region bears, whoever the client is; None where only structures in it are spared."""
        return self.pressure_cap if self.cap_binds == "region" else None


@dataclass(frozen=True, slots=True)
class Motion:
    """One motion of a joint, with its usual range in degrees (or millimetres for the jaw) after each author.

    `functional` is a common need of daily life; less change than `error` is no change.
    """

    id: str
    label: str
    unit: str
    normal: tuple[tuple[str, float], ...]
    region: str = ROOT
    functional: float | None = None
    error: float | None = None
    note: str = ""

    @property
    def usual(self) -> tuple[float, float] | None:
        """The least and the greatest of the ranges that are called normal; None where there is none."""
        found = [value for _, value in self.normal]
        return (min(found), max(found)) if found else None


@dataclass(frozen=True, slots=True)
class Regions:
    """All regions and groups. Two names overlap when they share a smallest region."""

    regions: Mapping[str, Region]
    groups: Mapping[str, tuple[str, ...]]
    motions: Mapping[str, Motion]
    sources: tuple[str, ...]
    motions_note: str = ""
    motions_sources: tuple[str, ...] = ()
    motions_basis: str = "default"
    _parts: dict[str, frozenset[str]] = field(default_factory=dict)
    _overlaps: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)
    group_labels: Mapping[str, str] = field(default_factory=dict)
    _by_size: list[str] = field(default_factory=list, compare=False)

    def names(self) -> set[str]:
        """Every name that may stand where a region is asked for."""
        return {*self.regions, *self.groups}

    def parts(self, name: str) -> frozenset[str]:
        """The smallest regions that a name covers."""
        return self._parts[name]

    def label(self, name: str) -> str:
        """The name in lay words."""
        return self.regions[name].label if name in self.regions else self.group_labels.get(name) or name.replace("_", " ")

    def overlapping(self, name: str) -> frozenset[str]:
        """Every name that shares a part with this one."""
        if name not in self._overlaps:
            mine = self.parts(name)
            self._overlaps[name] = frozenset(other for other in self._parts if not mine.isdisjoint(self._parts[other]))
        return self._overlaps[name]

    def words(self) -> dict[str, frozenset[str]]:
        """Every name with the names that it overlaps: what a test of the region accepts for it."""
        return {name: self.overlapping(name) for name in sorted(self._parts)}

    def summary(self, parts: frozenset[str]) -> tuple[str, ...]:
        """The fewest names that together cover exactly these parts, largest first."""
        if not self._by_size:
            self._by_size[:] = sorted(self.regions, key=lambda n: (-len(self._parts[n]), n))
        left, chosen = set(parts), []
        for name in self._by_size:
            if not left:
                break
            mine = self._parts[name]
            if mine and mine <= left:
                chosen.append(name)
                left -= mine
        return tuple(chosen)


def read_regions(node: Node, faults: Faults) -> Regions:
    """The regions written in data/regions.yaml."""
    top = node.mapping(faults, what="the file")
    node.allow(_KEYS, faults, what="the file")
    found: dict[str, Region] = {}
    for name, entry in top["regions"].mapping(faults, what="`regions`").items() if "regions" in top else ():
        found[name] = _read_region(name, entry, faults)
    if ROOT not in found and not faults.found:
        faults.add(
            node.place, f"there is no region `{ROOT}`.", f"Declare `{ROOT}` under `regions:`; everything else stands below it."
        )
    for name, region in found.items():
        place = (top["regions"].keys or {}).get(name, node.place)
        if name in _ancestors(name, found):
            faults.add(place, f"region `{name}` stands below itself.", "Correct a `parent:` on the way up.")
        if region.parent is None and name != ROOT:
            faults.add(place, f"region `{name}` has no parent.", f"Only `{ROOT}` stands alone.")
        for other in (region.parent, *region.neighbours):
            if other is not None and other not in found:
                faults.add(place, f"region `{name}` speaks of `{other}`, which isn't a region.", nearest(other, found) or _REMEDY)
    groups = {
        name: entry.words(faults, what=f"group `{name}`")
        for name, entry in (top["groups"].mapping(faults, what="`groups`").items() if "groups" in top else ())
    }
    for name, members in groups.items():
        if name in found:
            faults.add(top["groups"].place, f"group `{name}` has the name of a region.", "Choose another name.")
        for member in members:
            if member not in found:
                faults.add(
                    top["groups"].place,
                    f"group `{name}` holds `{member}`, which isn't a region.",
                    nearest(member, found) or _REMEDY,
                )
    motions = _read_motions(top, {*found, *groups}, faults)
    sources = top["sources"].words(faults, what="`sources`") if "sources" in top else ()
    behind = top["motions_sources"].words(faults, what="`motions_sources`") if "motions_sources" in top else ()
    note = top["motions_note"].text(faults, what="`motions_note`") if "motions_note" in top else ""
    basis = top["motions_basis"].text(faults, what="`motions_basis`") if "motions_basis" in top else "default"
    faults.stop_if_any()
    return Regions(found, groups, motions, sources, note, behind, basis, _parts_of(found, groups))


def _ancestors(name: str, regions: Mapping[str, Region]) -> set[str]:
    seen: set[str] = set()
    here = regions[name].parent
    while here is not None and here in regions and here not in seen:
        seen.add(here)
        here = regions[here].parent
    return seen


def _read_region(name: str, node: Node, faults: Faults) -> Region:
    node.allow(
        {"label", "parent", "paired", "neighbours", "pressure_cap", "cap_binds", "structures", "note"},
        faults,
        what=f"region `{name}`",
    )
    entry = node.mapping(faults, what=f"region `{name}`")

    def words(key: str) -> tuple[str, ...]:
        return entry[key].words(faults, what=f"`{key}`") if key in entry and entry[key].value is not None else ()

    structures = tuple(
        str(s.value["name"].value) if isinstance(s.value, dict) and "name" in s.value else str(s.value)
        for s in (entry["structures"].listing(faults, what="`structures`") if "structures" in entry else ())
    )
    cap = entry["pressure_cap"].value if "pressure_cap" in entry else None
    if cap is not None and (not isinstance(cap, int) or not 0 <= cap <= 5):
        faults.add(entry["pressure_cap"].place, f"the cap of region `{name}` should be 0 to 5.", "Give a Walton level.")
        cap = None
    parent = entry["parent"].value if "parent" in entry else None
    return Region(
        id=name,
        label=entry["label"].text(faults, what="`label`") if "label" in entry else name.replace("_", " "),
        parent=str(parent) if parent is not None else None,
        paired="paired" in entry and entry["paired"].value == "yes",
        neighbours=words("neighbours"),
        pressure_cap=cap,
        cap_binds=(words("cap_binds") or ("structures",))[0],
        structures=structures,
        note=(" ".join(words("note"))),
    )


def _read_motions(top: Mapping[str, Node], regions: set[str], faults: Faults) -> dict[str, Motion]:
    errors = _read_errors(top["measuring_error"], regions, faults) if "measuring_error" in top else {}
    return {
        name: _read_motion(name, entry, errors, regions, faults)
        for name, entry in (top["motions"].mapping(faults, what="`motions`").items() if "motions" in top else ())
    }


def _read_errors(node: Node, regions: set[str], faults: Faults) -> dict[str, float]:
    """The error of measuring in degrees: the usual one, and those of regions."""
    errors = node.mapping(faults, what="`measuring_error`")
    node.allow({"usual", *regions}, faults, what="`measuring_error`")
    return {name: _number(entry, f"the error `{name}`", faults) for name, entry in errors.items()}


def _read_motion(name: str, node: Node, errors: Mapping[str, float], regions: set[str], faults: Faults) -> Motion:
    entry = node.mapping(faults, what=f"motion `{name}`")
    node.allow({"label", "region", "normal", "functional", "unit", "note"}, faults, what=f"motion `{name}`")

    def text(key: str, otherwise: str) -> str:
        return entry[key].text(faults, what=f"`{key}`") if key in entry else otherwise

    region, unit = text("region", ROOT), text("unit", "deg")
    if region not in regions:
        faults.add(
            entry["region"].place, f"motion `{name}` is in `{region}`, which isn't a region.", nearest(region, regions) or _REMEDY
        )
    normal = entry["normal"].mapping(faults, what="`normal`") if "normal" in entry else {}
    return Motion(
        id=name,
        label=text("label", name.replace("_", " ")),
        unit=unit,
        normal=tuple((who, _number(value, f"the range `{who}` of `{name}`", faults)) for who, value in normal.items()),
        region=region,
        functional=_number(entry["functional"], f"`functional` of `{name}`", faults) if "functional" in entry else None,
        error=errors.get(region, errors.get("usual")) if unit == "deg" else None,
        note=text("note", ""),
    )


def _number(node: Node, what: str, faults: Faults) -> float:
    if isinstance(node.value, int | float):
        return node.value
    faults.add(node.place, f"{what} should be a number.", "Write degrees, or millimetres for the jaw.")
    return 0


def _parts_of(regions: Mapping[str, Region], groups: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    children: dict[str, list[str]] = {name: [] for name in regions}
    for name, region in regions.items():
        if region.parent is not None:
            children[region.parent].append(name)

    def parts(name: str) -> frozenset[str]:
        return frozenset().union(*map(parts, children[name])) if children[name] else frozenset({name})

    found = {name: parts(name) for name in regions}
    for name, members in groups.items():
        found[name] = frozenset().union(*(found[m] for m in members))
    return found
