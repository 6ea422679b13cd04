"""Every entry of the clinical basis is carried by a rule or has its reason, and docs/accounts.md says which.

`python tests/test_accounts.py` writes docs/accounts.md anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from massage_rules._yaml import Node, read
from massage_rules.errors import Faults
from massage_rules.rulebook import shipped_rulebook

ROOT = Path(__file__).parent.parent
ENTRIES = Path(__file__).parent / "basis" / "entries.yaml"
PAGE = ROOT / "docs" / "accounts.md"
NOT_YET = "not yet: "
_IN_FILE = re.compile(r"((?:data|massage_rules)/[\w.]+): (\w+), .+")
_AS_OTHER = re.compile(r"as ([\w.]+): .+")
_SHOWN = 6
_HEAD = """# Accounts: what became of each entry of the clinical basis

Rules were written from a clinical basis, a collection of entries read from the literature. A rule names in `carries` the entries
it was written from. This page lists every entry with the rules that carry it, or the reason why none does. That a rule names an
entry says where it comes from, not that nothing of the entry is left out. Nobody with a licence has reviewed either.

Written by `python tests/test_accounts.py` from the rules and `tests/basis/entries.yaml`; don't edit.
"""


@dataclass(frozen=True)
class Kind:
    """One kind of entry: all its ids, and the reasons of those that no rule carries."""

    name: str
    ids: tuple[str, ...]
    without_rule: Mapping[str, str]


@cache
def kinds() -> tuple[Kind, ...]:
    faults = Faults()
    found = [kind(name, node, faults) for name, node in read(ENTRIES).mapping(faults, what="the entries").items()]
    faults.stop_if_any()
    return tuple(found)


def kind(name: str, node: Node, faults: Faults) -> Kind:
    entry = node.mapping(faults, what=f"`{name}`")
    node.allow({"ids", "without_rule"}, faults, what=f"`{name}`")
    reasons = entry["without_rule"].mapping(faults, what="`without_rule`") if "without_rule" in entry else {}
    return Kind(name, entry["ids"].words(faults, what="`ids`"), {i: n.text(faults, what="a reason") for i, n in reasons.items()})


@cache
def carriers() -> Mapping[str, tuple[str, ...]]:
    """The rules that carry each entry."""
    found: dict[str, list[str]] = {}
    for rule in shipped_rulebook().rules.values():
        for entry in rule.carries:
            found.setdefault(entry, []).append(rule.id)
    return {entry: tuple(sorted(set(rules))) for entry, rules in found.items()}


KINDS = kinds()


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_every_entry_is_carried_or_excused(kind: Kind) -> None:
    """No entry of the basis is forgotten in silence."""
    assert [i for i in kind.ids if i not in carriers() and i not in kind.without_rule] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_every_excuse_is_true(kind: Kind) -> None:
    """What a rule carries by now needs no excuse, and what is said to stand elsewhere stands there."""
    assert [i for i in kind.without_rule if i not in kind.ids] == [], "excused, but no entry"
    assert [i for i in kind.without_rule if i in carriers()] == [], "carried by a rule now: remove the reason"
    assert [f"{i}: {why}" for i, why in kind.without_rule.items() if not holds(why)] == []


def holds(why: str) -> bool:
    """Whether a reason leads where it says: to a word in a file, to another carried id, or openly nowhere."""
    if in_file := _IN_FILE.fullmatch(why):
        path = ROOT / in_file[1]
        return path.is_file() and re.search(rf"\b{in_file[2]}\b", path.read_text(encoding="utf-8")) is not None
    if as_other := _AS_OTHER.fullmatch(why):
        return as_other[1] in carriers()
    return why.startswith(NOT_YET)


def test_every_carried_entry_is_known() -> None:
    """A rule can't name an entry that the basis doesn't have."""
    known = {i for kind in KINDS for i in kind.ids}
    assert {entry: rules for entry, rules in carriers().items() if entry not in known} == {}


def test_no_entry_stands_twice_in_its_kind() -> None:
    """The counts are counts of entries."""
    assert [k.name for k in KINDS if len(set(k.ids)) != len(k.ids)] == []


@pytest.mark.parametrize(
    ("why", "true"),
    [
        ("data/regions.yaml: neck_anterior, capped", True),
        ("data/regions.yaml: no_such_region, capped", False),
        ("data/nowhere.yaml: neck_anterior, capped", False),
        ("as dvt_history: the same", True),
        ("as no_such_entry: the same", False),
        ("not yet: nobody wrote it", True),
        ("it can wait", False),
    ],
)
def test_a_reason_must_lead_somewhere(why: str, true: bool) -> None:
    """Only three kinds of reason count."""
    assert holds(why) is true


def test_the_page_is_fresh() -> None:
    """docs/accounts.md says what is so now."""
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/accounts.md is stale: run `python tests/test_accounts.py`"


def page() -> str:
    """The page of accounts."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| kind | entries | carried by rules | carried elsewhere | not yet |"
    yield "|---|---|---|---|---|"
    total = [0, 0, 0, 0]
    for kind in KINDS:
        counts = _counts(kind)
        total = [t + c for t, c in zip(total, counts, strict=True)]
        yield f"| {kind.name} | {' | '.join(map(str, counts))} |"
    yield f"| all | {' | '.join(map(str, total))} |"
    for kind in KINDS:
        yield f"\n## {kind.name[0].upper()}{kind.name[1:]}\n\n| id | rules that carry it, or why none does |\n|---|---|"
        yield from (f"| `{i}` | {_account(i, kind)} |" for i in kind.ids)
    yield ""


def _counts(kind: Kind) -> tuple[int, int, int, int]:
    carried = sum(i in carriers() for i in kind.ids)
    missing = sum(why.startswith(NOT_YET) for why in kind.without_rule.values())
    return len(kind.ids), carried, len(kind.without_rule) - missing, missing


def _account(entry: str, kind: Kind) -> str:
    rules = carriers().get(entry, ())
    if not rules:
        return kind.without_rule.get(entry, "**nobody says**")
    more = f" and {len(rules) - _SHOWN} more" if len(rules) > _SHOWN else ""
    return ", ".join(f"`{r}`" for r in rules[:_SHOWN]) + more


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
