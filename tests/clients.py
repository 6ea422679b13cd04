"""Strategies for clients of the shipped vocabulary: profiles with holes, denials, operations and several places."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.procedures import procedures
from massage_rules.profile import ProfileBase, models
from massage_rules.vocabulary import Fact, shipped_vocabulary

VOCABULARY = shipped_vocabulary()
AS_OF = "2026-11-24"
PLACES = ["neck", "shoulder_top", "lower_back", "abdomen_lower", "calf", "knee_anterior", "back", "body", "hip", "head"]


def evaluator() -> Evaluator:
    return shipped_evaluator()


def value_of(fact: Fact) -> st.SearchStrategy[Any]:
    """A plausible answer to one fact."""
    match fact.type:
        case "yes_no":
            return st.booleans()
        case "number":
            low, high = fact.bounds
            exact = st.integers(int(low), int(min(high, 200)))
            return exact | st.tuples(exact, exact).map(lambda p: {"between": sorted(p)})
        case "choice":
            return st.sampled_from(sorted(fact.values))
        case _:
            return st.lists(st.sampled_from(sorted(fact.values)), min_size=1, max_size=2)


@st.composite
def _answers(draw: st.DrawFn, level: str, most: int) -> dict[str, Any]:
    pool = [f for f in VOCABULARY.facts.values() if f.level == level and f.id not in ("region", "side")]
    chosen = draw(st.lists(st.sampled_from(pool), max_size=most, unique_by=lambda f: f.id))
    return {f.id: draw(value_of(f)) for f in chosen}


@st.composite
def profiles(draw: st.DrawFn) -> ProfileBase:
    """A client that can be read: contradictory draws are dropped by leaving out what contradicts."""
    data: dict[str, Any] = {"as_of": AS_OF, **draw(_answers("patient", 12))}
    data["otherwise_denied"] = draw(
        st.just(["all"]) | st.lists(st.sampled_from(sorted(VOCABULARY.blocks)), max_size=8, unique=True)
    )
    complaints = st.lists(st.sampled_from(sorted(VOCABULARY.facts["complaints"].values)), min_size=1, max_size=2)
    data["sites"] = [
        {"region": draw(st.sampled_from(PLACES)), "complaints": draw(complaints), **draw(_answers("site", 6))}
        for _ in range(draw(st.integers(1, 2)))
    ]
    if draw(st.booleans()):
        data["surgeries"] = [{"procedure": draw(st.sampled_from(sorted(procedures()))), "weeks_ago": draw(st.integers(0, 60))}]
    return readable(data)


def readable(data: dict[str, Any]) -> ProfileBase:
    """The profile, without the answers that contradict others."""
    from massage_rules.errors import ProfileError

    for _ in range(60):
        try:
            return models(VOCABULARY).profile.read(data)
        except ProfileError as error:
            path = error.faults[0].place.file.removeprefix("profile.").split(".")
            here: Any = data
            for step in path[:-1]:
                here = here[int(step) if step.isdigit() else step]
            del here[int(path[-1]) if path[-1].isdigit() else path[-1]]
    raise AssertionError("no readable profile was left")
