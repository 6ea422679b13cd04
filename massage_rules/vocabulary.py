"""The facts: everything that can be known of a client, declared once in data/vocabulary.yaml."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeAlias, get_args

from massage_rules._yaml import Node, data_folder, listed, read
from massage_rules.blocks import Block, Sheet, read_block, read_sheets
from massage_rules.conditions import NOT_APPLICABLE, Condition, Is, Kind, facts_read, read_condition
from massage_rules.errors import Faults, clean, nearest
from massage_rules.gates import Gates, gates, parents_first
from massage_rules.kept import kept
from massage_rules.regions import Regions, read_regions

Level: TypeAlias = Literal["patient", "site"]
Role: TypeAlias = Literal["risk", "protective", "plain"]
Changes: TypeAlias = Literal["never", "by_time", "by_measure", "by_client", "by_clinician"]

IN_DAYS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}
_FACT_KEYS = {
    "type", "level", "role", "block", "ask", "define", "unit", "bounds", "only_if", "values", "implies", "fresh_for",
    "from", "why", "label", "protective", "codes", "changes",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_TAKEN = {
    "region", "side",                                                           # built in
    "all", "any", "not", "points",                                              # words of conditions
    "as_of", "denied", "otherwise_denied", "medications", "medications_complete", "surgeries", "injuries", "problems", "sites",
    "clearances", "overrides",                                                  # keys of profiles
    "vocabulary", "read", "answers", "to_dict", "places", "with_fact", "denied_blocks", "copy", "json", "dict", "schema",
}  # fmt: skip
_DECLARED = "Facts are declared under `facts:`."
_UNBOUNDED = (0.0, 5_000.0)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that can be known of a client; `changes` says what could make a known value another one."""

    id: str
    type: Kind
    level: Level
    role: Role
    block: str
    ask: str
    define: str = ""
    label: str = ""
    unit: str = ""
    bounds: tuple[float, float] = _UNBOUNDED
    values: Mapping[str, str] = field(default_factory=dict)
    only_if: Condition | None = None
    implies: tuple[str, ...] = ()
    fresh_days: int | None = None
    source: str = ""
    why: str = ""
    changes: Changes = "never"

    @property
    def is_duration(self) -> bool:
        """Whether its unit is a unit of time, so that a date can stand for it."""
        return self.unit in IN_DAYS

    @property
    def runs_on(self) -> bool:
        """Whether it is a length of time that grows as days go by, such as the time since something; not how long something lasted."""
        return self.is_duration and self.changes == "by_time"

    @property
    def follows(self) -> str | None:
        """The yes/no fact that it is behind: it is due wherever that is so, even if its block isn't."""
        return self.only_if.fact if isinstance(self.only_if, Is) and self.only_if.answer else None


@dataclass(frozen=True, slots=True)
class Medicines:
    """What the names of medicines establish, and which facts a complete list of known names rules out."""

    establish: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ruled_out: frozenset[str] = frozenset()

    def of(self, name: str) -> tuple[str, ...] | None:
        """The facts that a medicine's name establishes, however it is spaced and capitalised; None for a name that isn't known."""
        return self.establish.get(" ".join(name.lower().split()))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All facts, blocks and regions; also the names that conditions may use.

    `gated` closes what doesn't concern a client; `deniable` are the risks that a denial of their block sets
    to no, each with its block.
    """

    facts: Mapping[str, Fact]
    blocks: Mapping[str, Block]
    clinicians: Mapping[str, str]
    regions: Regions
    medications: Medicines
    gated: Gates
    digest: str
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    deniable: tuple[tuple[str, str], ...] = ()

    def kind(self, name: str) -> Kind | None:
        """How a fact may be tested; None where there is no such fact."""
        fact = self.facts.get(name)
        return fact.type if fact else None

    def values(self, name: str) -> Mapping[str, frozenset[str]]:
        """The words that may stand for a choice's values, with the values each stands for."""
        if name == "region":
            return self.regions.words()
        return {v: frozenset({v}) for v in self.facts[name].values}

    def bounds(self, name: str) -> tuple[float, float]:
        """The least and greatest value of a number."""
        return self.facts[name].bounds

    def known(self) -> set[str]:
        """Every name, for suggestions."""
        return set(self.facts)

    def gates(self, name: str) -> tuple[Condition, ...]:
        """The conditions under which a fact concerns a client: its own and its block's."""
        fact = self.facts[name]
        block = self.blocks.get(fact.block)
        return tuple(c for c in (block.only_if if block else None, fact.only_if) if c is not None)

    def lay(self, name: str) -> str:
        """A fact in words."""
        fact = self.facts.get(name)
        return (fact.label if fact else "") or name.replace("_", " ")


@cache
def shipped_vocabulary() -> Vocabulary:
    """The vocabulary that ships with the library."""
    files = [data_folder() / f"{name}.yaml" for name in ("vocabulary", "regions", "medications")]
    return kept("vocabulary", files, lambda: load_vocabulary(*(read(file, name=f"data/{file.name}") for file in files)))


def load_vocabulary(node: Node, regions: Node, medications: Node | None = None) -> Vocabulary:
    """The vocabulary written in a file; raises ContentError with every fault."""
    faults = Faults()
    places = read_regions(regions, faults)
    top = node.mapping(faults, what="the vocabulary")
    node.allow({"clinicians", "blocks", "sheets", "facts", "version"}, faults, what="the vocabulary")
    for key in ("clinicians", "blocks", "facts"):
        if top and key not in top:
            faults.add(node.place, f"the vocabulary has no `{key}`.", f"Add `{key}:`.")
    faults.stop_if_any()
    clinicians = {k: v.text(faults, what=f"`{k}`") for k, v in top["clinicians"].mapping(faults, what="`clinicians`").items()}
    facts: dict[str, Fact] = {"region": _region_fact(places), "side": _side_fact()}
    draft = _Draft(facts)
    entries = top["facts"].mapping(faults, what="`facts`")
    for name, entry in entries.items():
        if not _NAME.match(name) or name in _TAKEN:
            place = (top["facts"].keys or {}).get(name, entry.place)
            faults.add(place, f"`{clean(name)}` can't be the name of a fact.", "Use a new name in lower case with underscores.")
        facts[name] = _read_fact(name, entry, faults)
    draft.words = places.words()
    blocks: dict[str, Block] = {}
    for name, entry in top["blocks"].mapping(faults, what="`blocks`").items():
        if not _NAME.match(name) or name == "all":
            place = (top["blocks"].keys or {}).get(name, entry.place)
            faults.add(place, f"`{clean(name)}` can't be the name of a block.", "Use a new name in lower case with underscores.")
        blocks[name] = read_block(name, entry, draft, faults)
    sheets = read_sheets(top["sheets"], blocks, faults) if "sheets" in top else {}
    for name, entry in entries.items():
        _read_links(facts, name, entry, blocks=blocks, names=draft, faults=faults)
    gated = _gates(facts, blocks, faults, top["facts"])
    drugs = _read_medications(medications, facts, faults) if medications else Medicines()
    faults.stop_if_any()
    digest = hashlib.sha256(
        repr([node.plain(), regions.plain(), medications.plain() if medications else None]).encode()
    ).hexdigest()
    deniable = tuple((f.id, f.block) for f in facts.values() if f.role == "risk" and f.type == "yes_no")
    return Vocabulary(facts, blocks, clinicians, places, drugs, gated, digest, sheets, deniable)


@dataclass(slots=True)
class _Draft:
    """The names known while the vocabulary itself is being read."""

    facts: dict[str, Fact]
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def kind(self, name: str) -> Kind | None:
        return self.facts[name].type if name in self.facts else None

    def values(self, name: str) -> Mapping[str, frozenset[str]]:
        return self.words if name == "region" else {v: frozenset({v}) for v in self.facts[name].values}

    def bounds(self, name: str) -> tuple[float, float]:
        return self.facts[name].bounds

    def known(self) -> set[str]:
        return set(self.facts)


def _region_fact(regions: Regions) -> Fact:
    values = {name: regions.label(name) for name in sorted(regions.names())}
    return Fact("region", "choice", "site", "plain", "", "Which part of the body is to be treated?", values=values)


def _side_fact() -> Fact:
    values = {"left": "left", "right": "right", "both": "both sides", "midline": "in the middle"}
    return Fact("side", "choice", "site", "plain", "", "Which side?", values=values)


def _read_fact(name: str, node: Node, faults: Faults) -> Fact:
    entry = node.mapping(faults, what=f"fact `{name}`")
    node.allow(_FACT_KEYS, faults, what=f"fact `{name}`")

    def word(key: str, choices: tuple[str, ...], default: str = "") -> str:
        said = entry[key].text(faults, what=f"`{key}`") if key in entry else default
        if said in choices:
            return said
        if key in entry:
            remedy = nearest(said, choices) or f"It takes {listed(choices)}."
            faults.add(entry[key].place, f"fact `{name}` has the {key} `{clean(said)}`.", remedy)
        else:
            faults.add(node.place, f"fact `{name}` has no `{key}`.", f"Add `{key}:` with one of {listed(choices)}.")
        return choices[0]

    def text(key: str) -> str:
        return entry[key].text(faults, what=f"`{key}` of `{name}`") if key in entry else ""

    kind = word("type", ("yes_no", "number", "choice", "choices"))
    if name.startswith("not_"):
        faults.add(node.place, f"fact `{name}` is negated.", "Name what is the case; `no` says the rest.")
    if not text("ask"):
        faults.add(node.place, f"fact `{name}` has no question.", "Add `ask:`.")
    values = _values(name, entry["values"], faults) if "values" in entry else {}
    if kind in ("choice", "choices") and not values:
        faults.add(node.place, f"fact `{name}` is a choice without values.", "Add `values:`.")
    if kind == "number" and "unit" not in entry:
        faults.add(node.place, f"fact `{name}` is a number without a unit.", "Add `unit:` in UCUM, `1` if it has none.")
    return Fact(
        id=name,
        type=kind,  # type: ignore[arg-type]
        level=word("level", ("patient", "site")),  # type: ignore[arg-type]
        role=word("role", ("risk", "protective", "plain"), "plain"),  # type: ignore[arg-type]
        block=text("block"),
        ask=text("ask"),
        define=text("define"),
        label=text("label"),
        unit=text("unit"),
        bounds=_bounds(name, entry["bounds"], faults) if "bounds" in entry else _UNBOUNDED,
        values=values,
        fresh_days=_fresh_days(name, entry["fresh_for"], faults) if "fresh_for" in entry else None,
        source=word("from", ("surgery", "injury")) if "from" in entry else "",
        why=text("why"),
        changes=word("changes", get_args(Changes), _usual_change(kind, text("unit"))),  # type: ignore[arg-type]
    )


def _usual_change(kind: str, unit: str) -> str:
    """What changes a fact of which nothing is said: a length of time passes, a number is measured again, all else stays."""
    return ("by_time" if unit in IN_DAYS else "by_measure") if kind == "number" else "never"


def _values(name: str, node: Node, faults: Faults) -> dict[str, str]:
    match node.value:
        case dict(items):
            return {k: v.text(faults, what=f"value `{k}` of `{name}`") for k, v in items.items()}
        case list():
            return {word: word.replace("_", " ") for word in node.words(faults, what=f"a value of `{name}`")}
        case _:
            faults.add(
                node.place, f"the values of `{name}` should be names with their meanings.", "Write `values: {name: in words}`."
            )
            return {}


def _bounds(name: str, node: Node, faults: Faults) -> tuple[float, float]:
    match node.plain():
        case [int() | float() as low, int() | float() as high] if low < high:
            return float(low), float(high)
        case _:
            faults.add(
                node.place, f"the bounds of `{name}` should be two numbers, the smaller first.", "Write `bounds: [0, 45]`."
            )
            return _UNBOUNDED


def _fresh_days(name: str, node: Node, faults: Faults) -> int | None:
    match node.plain():
        case {"days": int() as days, **rest} if days > 0 and not rest:
            return days
        case _:
            faults.add(node.place, f"`fresh_for` of `{name}` should be a number of days.", "Write `fresh_for: {days: 90}`.")
            return None


def _read_links(
    facts: dict[str, Fact], name: str, node: Node, *, blocks: Mapping[str, Block], names: _Draft, faults: Faults
) -> None:
    entry = node.value if isinstance(node.value, dict) else {}
    fact = facts[name]
    if fact.block and fact.block not in blocks:
        faults.add(
            entry["block"].place,
            f"fact `{name}` stands in `{clean(fact.block)}`, which isn't a block.",
            nearest(fact.block, blocks) or f"It takes {listed(list(blocks))}.",
        )
    implies = entry["implies"].words(faults, what="`implies`") if "implies" in entry else ()
    for other in implies:
        if other not in facts or facts[other].type != "yes_no":
            faults.add(
                entry["implies"].place,
                f"fact `{name}` implies `{clean(other)}`, which isn't a yes/no fact.",
                nearest(other, facts) or _DECLARED,
            )
    gate = read_condition(entry["only_if"], names, faults) if "only_if" in entry else None
    if fact.role == "risk" and not fact.block:
        faults.add(node.place, f"risk `{name}` stands in no block.", "Add `block:`, so that a form can deny it.")
    if fact.role == "risk" and fact.type != "yes_no" and gate is None:
        faults.add(node.place, f"risk `{name}` can't be denied.", "Put it behind a yes/no fact with `only_if:`.")
    facts[name] = Fact(
        **{k: getattr(fact, k) for k in Fact.__dataclass_fields__ if k not in ("only_if", "implies")},
        only_if=gate,
        implies=implies,
    )


def _gates(facts: Mapping[str, Fact], blocks: Mapping[str, Block], faults: Faults, node: Node) -> Gates:
    """The gates of all facts that have one; a fact behind a yes/no fact doesn't wait for its block."""

    def of(fact: Fact) -> tuple[Condition, ...]:
        block = blocks.get(fact.block)
        return tuple(c for c in (block.only_if if block else None, fact.only_if) if c is not None)

    order = parents_first({n: tuple(p for c in of(f) for p in facts_read(c)) for n, f in facts.items()}, faults, node)
    return gates(
        (
            name,
            of(facts[name]) if facts[name].follows is None else of(facts[name])[-1:],
            False if facts[name].type == "yes_no" and facts[name].role != "protective" else NOT_APPLICABLE,
        )
        for name in order
    )


def _read_medications(node: Node, facts: Mapping[str, Fact], faults: Faults) -> Medicines:
    names: dict[str, list[str]] = {}
    ruled_out: set[str] = set()
    top = node.mapping(faults, what="the table of medicines")
    node.allow({"groups"}, faults, what="the table of medicines")
    for group, entry in top["groups"].mapping(faults, what="`groups`").items() if "groups" in top else ():
        fields = entry.mapping(faults, what=f"group `{group}`")
        entry.allow({"facts", "also", "names", "note", "label"}, faults, what=f"group `{group}`")
        said = {k: fields[k].words(faults, what=f"`{k}`") if k in fields else () for k in ("facts", "also", "names")}
        for fact in (*said["facts"], *said["also"]):
            if fact not in facts or facts[fact].type != "yes_no":
                faults.add(
                    entry.place,
                    f"group `{group}` establishes `{clean(fact)}`, which isn't a yes/no fact.",
                    nearest(fact, facts) or _DECLARED,
                )
        ruled_out |= set(said["facts"])
        for name in said["names"]:
            names.setdefault(" ".join(name.lower().split()), []).extend((*said["facts"], *said["also"]))
    return Medicines({name: tuple(dict.fromkeys(found)) for name, found in names.items()}, frozenset(ruled_out))
