"""The minutes of a visit shared out among techniques, exactly and in whole minutes.

First choices come before options, and options before what stands beside them. Nothing gets more than its own limit, than its
site's, or than a rule allows for all that it binds. What doesn't fit is left out, the least useful first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FIRST = "first_line"
ROLES = {FIRST: 0, "option": 1, "adjunct": 2}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technique that could be in the visit: its least, usual and greatest minutes, and the limits that it shares with others.

    `rank` is its place at its site. `gentle` ones may take time that is left over.
    """

    site: int
    technique: str
    role: str
    rank: int
    low: int
    usual: int
    high: int
    gentle: bool
    caps: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, int, int]:
        """Its place among all: by role, then by rank at its site, sites in turn."""
        return ROLES.get(self.role, len(ROLES)), self.rank, self.site


@dataclass(frozen=True, slots=True)
class Shared:
    """The minutes that each technique got, and those that got none with the room there was."""

    minutes: Mapping[Candidate, int]
    left_out: Mapping[Candidate, int]


@dataclass(slots=True)
class _Purse:
    """What is left to share out: of the visit, of each site, and of each limit that several share."""

    visit: int
    sites: dict[int, int]
    caps: dict[str, int]
    given: dict[Candidate, int] = field(default_factory=dict)

    def room(self, candidate: Candidate) -> int:
        own = candidate.high - self.given.get(candidate, 0)
        return max(0, min([own, self.visit, self.sites[candidate.site], *(self.caps[c] for c in candidate.caps)]))

    def give(self, candidate: Candidate, minutes: int) -> None:
        self.given[candidate] = self.given.get(candidate, 0) + minutes
        self.visit -= minutes
        self.sites[candidate.site] -= minutes
        for cap in candidate.caps:
            self.caps[cap] -= minutes


def share(candidates: Iterable[Candidate], *, minutes: int, sites: Mapping[int, int], caps: Mapping[str, int]) -> Shared:
    """Minutes for each candidate.

    First choices get their least and then their usual time, options their usual time, what stands beside them its least, and
    the gentle ones what is left over.
    """
    purse = _Purse(minutes, dict(sites), dict(caps))
    waiting = sorted(candidates, key=lambda c: c.order)
    first = [c for c in waiting if c.role == FIRST]
    left_out: dict[Candidate, int] = {}
    for candidate in first:
        _admit(purse, candidate, candidate.low, left_out)
    for candidate in (c for c in first if c in purse.given):
        purse.give(candidate, min(purse.room(candidate), candidate.usual - purse.given[candidate]))
    for candidate in (c for c in waiting if c.role != FIRST):
        _admit(purse, candidate, candidate.usual if candidate.role == "option" else candidate.low, left_out)
    for role in sorted({c.order[0] for c in purse.given}):
        _fill(purse, [c for c in purse.given if c.gentle and c.order[0] == role])
    return Shared(purse.given, left_out)


def _admit(purse: _Purse, candidate: Candidate, wanted: int, left_out: dict[Candidate, int]) -> None:
    """Gives what is wanted, or the room there is; too little room leaves it out."""
    room = purse.room(candidate)
    if room < max(candidate.low, 1):
        left_out[candidate] = room
    else:
        purse.give(candidate, min(room, wanted))


def _fill(purse: _Purse, candidates: list[Candidate]) -> None:
    """Shares what is left over, a minute to each in turn."""
    while able := [c for c in candidates if purse.room(c) > 0]:
        for candidate in able:
            if purse.room(candidate) > 0:
                purse.give(candidate, 1)
