"""Operations: the regions they touch, the clot risk they leave, and what they establish of the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from massage_rules._yaml import data_folder, read


@dataclass(frozen=True, slots=True)
class Procedure:
    """An operation: the regions it touches, the clot risk it leaves, the facts that it establishes, and what counts from it."""

    id: str
    label: str
    regions: tuple[str, ...]
    clot_risk: str
    establishes: tuple[str, ...]
    since: str


@cache
def procedures() -> Mapping[str, Procedure]:
    """Every operation that ships, by its id."""
    plain: Any = read(data_folder() / "procedures.yaml", name="data/procedures.yaml").plain()
    return {
        n: Procedure(
            n, str(e["label"]), tuple(e["regions"]), str(e["clot_risk"]), tuple(e.get("establishes", ())), str(e.get("since", ""))
        )
        for n, e in plain["procedures"].items()
    }
