"""What a treatment is for at each site, by what it is judged, where that stands now, and the change that counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from massage_rules.course.gains import least_change
from massage_rules.course.here import Here
from massage_rules.course.plan import Goal, Measure
from massage_rules.outcomes import Outcome
from massage_rules.planning import Planning
from massage_rules.rulebook import Rulebook

MEASURE_FIRST = "measure at the first visit"
_PAIN = "NPRS"


def goals_of(
    rulebook: Rulebook, planning: Planning, here: Here, planned: Sequence[str], asked: Collection[str]
) -> Iterator[Goal]:
    """The goals of one site: those the client named that the planned techniques serve, else those of the best technique."""
    chosen = [t for t in here.open if t.technique in planned]
    serving = {g: tuple(t.technique for t in chosen if g in t.goals) for g in rulebook.catalogue.goals}
    wanted = [g for g in serving if g in asked and serving[g]] or list(chosen[0].goals if chosen else ())
    for goal in sorted(wanted, key=lambda g: _place(planning, here, g)):
        yield Goal(
            site=here.number,
            goal=goal,
            label=rulebook.catalogue.goals[goal],
            asked_for=goal in asked,
            techniques=serving[goal],
            measures=tuple(measure(rulebook, here, rulebook.outcomes[m]) for m in measures_for(planning, here, goal)),
            expect=planning.goals[goal].expect if goal in planning.goals else "",
        )


def _place(planning: Planning, here: Here, goal: str) -> int:
    """The goal that the first measure of the complaint belongs to stands first."""
    entry = planning.goals.get(goal)
    suiting = (*entry.also, *entry.measures) if entry is not None else ()
    return min((n for e in here.entries for n, m in enumerate(e.measures) if m in suiting), default=len(suiting) + 100)


def measures_for(planning: Planning, here: Here, goal: str) -> tuple[str, ...]:
    """One measure made for the complaint where there is one, and one for the goal as such."""
    entry = planning.goals.get(goal)
    if entry is None:
        return ()
    own = [m for e in here.entries for m in e.measures if m in entry.also]
    return tuple(dict.fromkeys([*own[:1], *entry.measures]))[:2]


def measure(rulebook: Rulebook, here: Here, outcome: Outcome) -> Measure:
    """A measure with its baseline, where the profile tells it, and the change that counts."""
    baseline, says = _baseline(here, outcome)
    counts = outcome.counts
    change = least_change(rulebook, outcome, first=baseline, about=here.about)
    target = None
    if baseline is not None and change is not None:
        target = round(baseline - change if outcome.better == "lower" else baseline + change, 4)
    return Measure(
        measure=outcome.id,
        name=outcome.name,
        measures=outcome.measures,
        unit=outcome.unit,
        better=outcome.better,
        baseline=baseline,
        baseline_says=says,
        change=change,
        percent=counts.percent if counts else None,
        target=target if target is None or outcome.range is None or outcome.range[0] <= target <= outcome.range[1] else None,
        rule=counts.rule if counts else "It sorts people and doesn't show change.",
        basis=counts.basis if counts else "default",
        sources=counts.sources if counts else (),
    )


def _baseline(here: Here, outcome: Outcome) -> tuple[float | None, str]:
    if outcome.id != _PAIN:
        return None, MEASURE_FIRST
    told = here.known("pain_before") or here.known("pain_now")
    if told is None:
        return None, MEASURE_FIRST
    if told.low == told.high:
        return told.low, f"{told.low:g} of 10, as told"
    return None, f"{told.low:g} to {told.high:g} of 10, as told; {MEASURE_FIRST}"
