"""The blocks of the intake form, and the sheets on which several blocks are asked in one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from massage_rules._yaml import Node, listed
from massage_rules.conditions import Condition, Names, read_condition
from massage_rules.errors import Faults, clean, nearest


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the intake form: one compound question that a client can deny as a whole.

    A block that screens for itself ("are you, or could you be, pregnant?") may be asked before it is known to be due.
    """

    id: str
    title: str
    ask: str
    why: str
    only_if: Condition | None
    self_screening: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Blocks that are asked in one question, those of them that are due and matter; it can't be denied, only its blocks can."""

    id: str
    title: str
    ask: str
    why: str
    blocks: tuple[str, ...]


def read_block(name: str, node: Node, names: Names, faults: Faults) -> Block:
    """The block written in a file."""
    text = _texts("block", name, node, faults, also=("only_if", "self_screening"))
    entry = node.value if isinstance(node.value, dict) else {}
    gate = read_condition(entry["only_if"], names, faults) if "only_if" in entry else None
    alone = "self_screening" in entry and entry["self_screening"].value == "yes"
    return Block(name, text.get("title", ""), text.get("ask", ""), text.get("why", ""), gate, alone)


def read_sheets(node: Node, blocks: Mapping[str, Block], faults: Faults) -> dict[str, Sheet]:
    """The sheets written in a file; a block stands on one sheet at most."""
    found: dict[str, Sheet] = {}
    gathered: set[str] = set()
    for name, entry in node.mapping(faults, what="`sheets`").items():
        text = _texts("sheet", name, entry, faults, also=("blocks",))
        fields = entry.value if isinstance(entry.value, dict) else {}
        if name in blocks:
            faults.add(entry.place, f"sheet `{name}` has the name of a block.", "Use a new name.")
        members = fields["blocks"].words(faults, what=f"`blocks` of `{name}`") if "blocks" in fields else ()
        if not members:
            faults.add(entry.place, f"sheet `{name}` has no blocks.", "List those that are asked together under `blocks:`.")
        for member in members:
            if member not in blocks:
                remedy = nearest(member, blocks) or f"It takes {listed(list(blocks))}."
                faults.add(fields["blocks"].place, f"sheet `{name}` gathers `{clean(member)}`, which isn't a block.", remedy)
            elif member in gathered:
                faults.add(fields["blocks"].place, f"block `{member}` is gathered twice.", "Leave it on one sheet.")
            gathered.add(member)
        found[name] = Sheet(name, text.get("title", ""), text.get("ask", ""), text.get("why", ""), members)
    return found


def _texts(kind: str, name: str, node: Node, faults: Faults, *, also: tuple[str, ...]) -> dict[str, str]:
    """The words that a block or a sheet must have."""
    entry = node.mapping(faults, what=f"{kind} `{name}`")
    node.allow({"title", "ask", "why", *also}, faults, what=f"{kind} `{name}`")
    for key in ("title", "ask", "why"):
        if key not in entry:
            faults.add(node.place, f"{kind} `{name}` has no `{key}`.", "Add it.")
    return {k: entry[k].text(faults, what=f"`{k}`") for k in ("title", "ask", "why") if k in entry}
