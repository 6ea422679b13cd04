"""How advice becomes a course: what belongs beside hands-on work, what to measure, how a visit is laid out.

Read from data/planning.yaml, strictly. What a technique needs stands in the catalogue, and what visits are like in the rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from massage_rules._yaml import Node
from massage_rules.errors import Faults, clean, nearest
from massage_rules.techniques import Quantity

Span: TypeAlias = tuple[float, float]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VisitShape(_Entry):
    """What a visit begins and ends with, and how long that takes."""

    opening: Quantity
    closing: Quantity
    opening_says: str
    closing_says: str


class HomeNames(_Entry):
    """The techniques that a client can do alone, how many of them at a time, and those that are only for home."""

    techniques: tuple[str, ...]
    at_most: int
    only: tuple[str, ...]


class FlaresEasily(_Entry):
    """What a place that flares easily bears, and the complaints that it doesn't concern."""

    minutes: Quantity
    per_week: Quantity
    review_after: Quantity
    not_for: tuple[str, ...]


class Review(_Entry):
    """The latest time for a full review, in sessions and in weeks."""

    sessions: Quantity
    weeks: Quantity


class GoalEntry(_Entry):
    """What a goal is measured by, which measures made for one complaint suit it too, and what may honestly be expected."""

    measures: tuple[str, ...]
    also: tuple[str, ...] = ()
    expect: str


class Acute(_Entry):
    """A shorter course while a complaint is young."""

    below_weeks: float
    sessions: int
    review_after: int


class HomeDose(_Entry):
    """What a client with a complaint does at home; `none` where a team decides."""

    technique: str
    minutes: Span | None = None
    repetitions: Span | None = None
    per_day: Span | None = None
    weeks: float | None = None


class ComplaintEntry(_Entry):
    """What belongs into the plan of a complaint beside hands-on work."""

    place: Literal["part_of_package", "option", "adjunct", "comfort_only"]
    include: str
    visits_basis: str = "default"
    measures: tuple[str, ...] = ()
    acute: Acute | None = None
    home: HomeDose | None = None
    sources: tuple[str, ...] = ()


class Planning(_Entry):
    """Everything in data/planning.yaml."""

    places: Mapping[str, str]
    visit: VisitShape
    order: tuple[str, ...]
    home: HomeNames
    flares_easily: FlaresEasily
    review: Review
    goals: Mapping[str, GoalEntry]
    complaints: Mapping[str, ComplaintEntry]


@dataclass(frozen=True, slots=True)
class PlanningNames:
    """The names that planning may use, from the rest of the content."""

    techniques: Collection[str]
    complaints: Collection[str]
    goals: Collection[str]
    measures: Collection[str]
    sources: Collection[str]
    bases: Collection[str]


def read_planning(node: Node, names: PlanningNames, faults: Faults) -> Planning | None:
    """The planning written in a file; None, with faults, where it can't be read."""
    try:
        planning = Planning.model_validate(node.plain())
    except ValidationError as error:
        for item in error.errors(include_url=False):
            key = clean(".".join(map(str, item["loc"])), longest=120)
            what = _SHAPES.get(item["type"], f"can't be read: {item['msg'].lower()}.")
            faults.add(node.at(item["loc"]), f"`{key}` {what}", "Correct the entry.")
        return None
    for path, kind, name in _named(planning):
        known = getattr(names, kind)
        if name not in known:
            remedy = nearest(name, known) or "Correct it, or declare it."
            faults.add(node.at(path), f"`{clean(name)}` isn't among the {kind}.", remedy)
    return planning


_SHAPES = {"missing": "is missing.", "extra_forbidden": "has no meaning here."}


def _named(planning: Planning) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Every name that planning uses: where, of which kind, and the name."""
    yield from ((("order",), "techniques", t) for t in planning.order)
    yield from ((("home",), "techniques", t) for t in (*planning.home.techniques, *planning.home.only))
    yield from ((("flares_easily", "not_for"), "complaints", c) for c in planning.flares_easily.not_for)
    for goal, entry in planning.goals.items():
        yield ("goals", goal), "goals", goal
        yield from ((("goals", goal, "measures"), "measures", m) for m in (*entry.measures, *entry.also))
    for complaint, told in planning.complaints.items():
        yield ("complaints", complaint), "complaints", complaint
        yield ("complaints", complaint, "visits_basis"), "bases", told.visits_basis
        yield from ((("complaints", complaint, "measures"), "measures", m) for m in told.measures)
        yield from ((("complaints", complaint, "sources"), "sources", s) for s in told.sources)
        if told.home is not None and told.home.technique != "none":
            yield ("complaints", complaint, "home"), "techniques", told.home.technique
    for quantity in (
        planning.visit.opening, planning.visit.closing, planning.flares_easily.minutes, planning.flares_easily.per_week,
        planning.flares_easily.review_after, planning.review.sessions, planning.review.weeks,
    ):  # fmt: skip
        yield (), "bases", quantity.basis
        yield from (((), "sources", s) for s in quantity.sources)
