"""Where an answer belongs, and the profile in which it is told: of the client, at a site, of an event or of trouble elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from massage_rules.conditions import FactValue, Interval
from massage_rules.parts import Injury, Surgery
from massage_rules.profile import ProfileBase
from massage_rules.views import ELSEWHERE, Seen
from massage_rules.vocabulary import IN_DAYS, Vocabulary

Where: TypeAlias = Literal["client", "sites", "problems", "surgeries", "injuries"]
_ASKED_OF_EVENTS = {"surgery": "surgeries", "injury": "injuries"}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a profile an answer belongs: of the client, or of the site, problem or event with this number."""

    where: Where
    number: int = 0

    def label(self, profile: ProfileBase, *, vocabulary: Vocabulary, last: str) -> str:
        """The place in the words of a vocabulary, `last` before the last of several; none for the client as a whole."""
        if self.where == "client":
            return ""
        part = profile.places[self.number] if self.where == "sites" else getattr(profile, self.where)[self.number]
        regions = (part.region,) if isinstance(part.region, str) else part.region or ()
        names = f" {last} ".join(vocabulary.regions.label(r) for r in regions)
        return f"{names}, {vocabulary.facts['side'].values[part.side]}" if part.side else names


def spots(profile: ProfileBase, seen: Seen, name: str, *, places: tuple[int, ...] | None = None) -> tuple[Spot, ...]:
    """Where a fact is open, among these places (all, if none are given); ELSEWHERE stands for the trouble elsewhere."""
    fact = profile.vocabulary.facts[name]
    if fact.level == "patient":
        return (Spot("client"),)
    open_ = [v for v in seen.views if _open(v.facts.get(name)) and (places is None or v.site in places)]
    inexact = list(_inexact(profile, fact.source)) if fact.is_duration else []
    if inexact and any(v.events for v in open_):
        return tuple(inexact)
    sites = sorted({v.site for v in open_ if v.site != ELSEWHERE})
    problems = sorted({v.problem for v in open_ if v.problem is not None})
    return (*(Spot("sites", n) for n in sites), *(Spot("problems", n) for n in problems))


def told(profile: ProfileBase, answers: Iterable[tuple[str, object, Spot]]) -> ProfileBase:
    """A new profile in which facts are told where they belong; raises ProfileError for what it can't take."""
    data = profile.to_dict()
    for name, answer, spot in answers:
        if spot.where == "sites" and "sites" not in data:
            data["sites"] = [place.to_dict() for place in profile.places]
        part = data if spot.where == "client" else data[spot.where][spot.number]
        match spot.where:
            case "client" | "sites":
                part[name] = answer
            case "problems":
                part["facts"] = {**part.get("facts", {}), name: answer}
            case _ if (weeks := _weeks_ago(answer, IN_DAYS[profile.vocabulary.facts[name].unit] / 7)) is not None:
                part["weeks_ago"] = weeks
    return type(profile).read(data)


def _open(value: FactValue | None) -> bool:
    """Whether a value isn't known, or known only roughly."""
    return value is None or (isinstance(value, Interval) and value.low < value.high)


def _weeks_ago(value: object, unit: float) -> object:
    """A time in weeks; a rough one is a unit more or less, and that nobody knows it is no news."""
    match value:
        case int() | float():
            return value * unit
        case {"about": int() | float() as middle}:
            return {"between": [max(0.0, middle - 1) * unit, (middle + 1) * unit]}
        case _:
            return None


def _inexact(profile: ProfileBase, source: str) -> Iterator[Spot]:
    """The events whose time may still be told more exactly."""
    where: Where = "surgeries" if source == "surgery" else "injuries"
    events: tuple[Surgery | Injury, ...] = getattr(profile, where) if source in _ASKED_OF_EVENTS else ()
    for number, event in enumerate(events):
        if event.on is None and not isinstance(event.weeks_ago, int | float):
            if isinstance(event, Surgery) or event.hours_ago is None:
                yield Spot(where, number)
