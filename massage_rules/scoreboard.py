"""How the rules fare on published cases: what the source expects against what is advised, counted with nothing left out.

Each case is read twice: *completed*, the profile as it is written, and *strict*, the same profile without its denials, so that
whatever isn't stated is unknown. A known gap counts as a miss like any other. Cases that the project wrote itself are counted
apart and never mixed with published ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Literal, TypeAlias

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.cases import Case, run
from massage_rules.profile import ProfileBase
from massage_rules.verdicts import Disposition, Verdict

ReadingName: TypeAlias = Literal["completed", "strict"]
READINGS: tuple[ReadingName, ...] = ("completed", "strict")
PROCEED = (Disposition.TREAT, Disposition.MODIFY)
STOP = (Disposition.CONSULT, Disposition.DO_NOT_TREAT, Disposition.EMERGENCY)
OWN = "written_by_project"  # the origin of cases that imitate published ones and aren't published


@dataclass(frozen=True, slots=True)
class Reading:
    """What was advised in one reading of a case: the disposition, how techniques compare with what is expected, and what is to ask.

    `wrongly_open` of the `to_be_shut` techniques may be used all the same; `wrongly_shut` of the `to_be_open` ones may not, and
    `held` of these only wait for an answer. A technique that the case leaves free either way isn't counted. Something waits for
    the answers to `questions`; those to `easing` would only allow more.
    """

    disposition: Disposition
    to_be_shut: int = 0
    wrongly_open: int = 0
    to_be_open: int = 0
    wrongly_shut: int = 0
    held: int = 0
    questions: int = 0
    easing: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A published case in both readings, and how the completed one departs from it; the source's own disposition stands first."""

    id: str
    name: str
    origin: str
    accepted: tuple[Disposition, ...]
    completed: Reading
    strict: Reading
    differences: tuple[str, ...] = ()
    known_gap: str = ""

    @property
    def expected(self) -> Disposition:
        """The disposition that the source itself gives."""
        return self.accepted[0]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the bounds of the 95 % interval."""

    hits: int
    n: int
    low: float
    high: float

    def __str__(self) -> str:
        if self.n == 0:
            return "none to count"
        return f"{self.hits}/{self.n} = {self.hits / self.n:.0%} ({self.low * 100:.0f}-{self.high * 100:.0f})"


@dataclass(frozen=True, slots=True)
class Questions:
    """How many questions cases that may proceed are asked."""

    n: int
    median: float | None
    most: int | None

    def __str__(self) -> str:
        return f"median {self.median:g}, at most {self.most} (n = {self.n})" if self.n else "none to count"


@dataclass(frozen=True, slots=True)
class Tally:
    """Every measure in both readings over some cases, and their confusion: expected disposition, then predicted, then how many.

    `questions` are what something waits for when nothing was denied; `further`, all that is still asked after a denied form.
    """

    n: int
    measures: Mapping[str, Mapping[ReadingName, Share]]
    confusion: Mapping[ReadingName, Mapping[Disposition, Mapping[Disposition, int]]]
    questions: Questions
    further: Questions


@dataclass(frozen=True, slots=True)
class Miss:
    """A case with something amiss, and each thing in words."""

    id: str
    name: str
    amiss: tuple[str, ...]
    known_gap: str


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The tally over all published cases and by where vignettes come from, every miss, and the cases that couldn't be counted."""

    overall: Tally
    by_origin: Mapping[str, Tally]
    misses: tuple[Miss, ...]
    not_counted: tuple[str, ...]


Count: TypeAlias = Callable[[Scored, Reading], tuple[int, int]]


def wilson(hits: int, *, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score method; of none, everything is possible."""
    if n == 0:
        return 0.0, 1.0
    share, weight = hits / n, 1.959964**2 / n
    centre, half = share + weight / 2, sqrt(weight * (share * (1 - share) + weight / 4))
    return max(0.0, (centre - half) / (1 + weight)), min(1.0, (centre + half) / (1 + weight))


def undenied(profile: ProfileBase) -> ProfileBase:
    """The same profile without what was denied as a whole: everything not stated is unknown."""
    return type(profile).read({k: v for k, v in profile.to_dict().items() if k not in ("denied", "otherwise_denied")})


def score(case: Case, evaluator: Evaluator) -> Scored:
    """A published case, that is one with a source, advised on in both readings."""
    outcome = run(case, evaluator)
    return Scored(
        id=str(case.source.get("id", "")),
        name=case.name,
        origin=str(case.source.get("origin", "unknown")),
        accepted=tuple(Disposition(d) for d in case.disposition),
        completed=_reading(case, outcome.advice),
        strict=_reading(case, evaluator.recommend(undenied(case.profile))),
        differences=outcome.differences,
        known_gap=case.known_gap,
    )


def _reading(case: Case, advice: Advice) -> Reading:
    shut: list[Verdict] = []
    open_: list[Verdict] = []
    for (site, technique), words in case.expect.items():
        wanted = {Verdict(w).open for w in words}
        if len(wanted) == 1:
            (open_ if True in wanted else shut).append(advice.sites[site][technique].verdict)
    return Reading(
        disposition=advice.disposition,
        to_be_shut=len(shut),
        wrongly_open=sum(v.open for v in shut),
        to_be_open=len(open_),
        wrongly_shut=sum(not v.open for v in open_),
        held=open_.count(Verdict.ASK_FIRST),
        questions=len(advice.questions),
        easing=len(advice.easing_questions),
    )


def _among(population: Callable[[Scored, Reading], bool], hit: Callable[[Scored, Reading], bool]) -> Count:
    """One to count for a case of the population, and a hit where it is one."""
    return lambda case, reading: (int(hit(case, reading)), 1) if population(case, reading) else (0, 0)


def _accepted(case: Scored, reading: Reading) -> bool:
    return reading.disposition in case.accepted


def _to_stop(case: Scored, _: Reading) -> bool:
    return case.expected in STOP


def _to_proceed(case: Scored, _: Reading) -> bool:
    return case.expected in PROCEED


def _stopped(_: Scored, reading: Reading) -> bool:
    return reading.disposition in STOP


def _emergency(_: Scored, reading: Reading) -> bool:
    return reading.disposition is Disposition.EMERGENCY


def _released(case: Scored, reading: Reading) -> bool:
    return reading.disposition in PROCEED and not _accepted(case, reading)


MEASURES: Mapping[str, tuple[str, Count]] = {
    "accepted": ("verdict is one that the case accepts", _among(lambda _, __: True, _accepted)),
    "identical": ("verdict is the source's own", _among(lambda _, __: True, lambda c, r: r.disposition is c.expected)),
    "sensitivity": (
        "sensitivity: stop cases stopped or accepted",
        _among(_to_stop, lambda c, r: _stopped(c, r) or _accepted(c, r)),
    ),
    "stopped": ("  stopped, the case's alternatives aside", _among(_to_stop, _stopped)),
    "held": ("  held by a question", _among(_to_stop, lambda _, r: r.disposition is Disposition.ASK_FIRST)),
    "released": ("  released wrongly", _among(_to_stop, _released)),
    "specificity": ("specificity: proceed cases let through", _among(_to_proceed, lambda _, r: r.disposition in PROCEED)),
    "emergency_recall": ("emergency recall", _among(lambda c, _: c.expected is Disposition.EMERGENCY, _emergency)),
    "emergencies_accepted": ("emergencies predicted that the case accepts", _among(_emergency, _accepted)),
    "open_but_unwanted": ("technique violations: to be shut, but open", lambda _, r: (r.wrongly_open, r.to_be_shut)),
    "shut_but_wanted": ("technique violations: to be open, but shut", lambda _, r: (r.wrongly_shut, r.to_be_open)),
    "held_but_wanted": ("  of these held by a question only", lambda _, r: (r.held, r.to_be_open)),
}


def scoreboard(scored: Sequence[Scored]) -> Scoreboard:
    """Everything counted; a case that names no disposition can't be, and is said to be left out."""
    counted = [c for c in scored if c.accepted]
    origins = sorted({c.origin for c in counted})
    return Scoreboard(
        overall=_tally([c for c in counted if c.origin != OWN]),
        by_origin={o: _tally([c for c in counted if c.origin == o]) for o in origins},
        misses=tuple(Miss(c.id, c.name, amiss, c.known_gap) for c in counted if (amiss := tuple(_amiss(c)))),
        not_counted=tuple(c.name for c in scored if not c.accepted),
    )


def _read(case: Scored, reading: ReadingName) -> Reading:
    return case.completed if reading == "completed" else case.strict


def _tally(cases: Sequence[Scored]) -> Tally:
    proceed = [c for c in cases if c.expected in PROCEED]
    return Tally(
        n=len(cases),
        measures={m: {r: _share(cases, count, r) for r in READINGS} for m, (_, count) in MEASURES.items()},
        confusion={r: _confusion(cases, r) for r in READINGS},
        questions=_asked([c.strict.questions for c in proceed]),
        further=_asked([c.completed.questions + c.completed.easing for c in proceed]),
    )


def _asked(numbers: Sequence[int]) -> Questions:
    return Questions(len(numbers), median(numbers) if numbers else None, max(numbers, default=None))


def _share(cases: Sequence[Scored], count: Count, reading: ReadingName) -> Share:
    counts = [count(c, _read(c, reading)) for c in cases]
    hits, n = sum(h for h, _ in counts), sum(n for _, n in counts)
    return Share(hits, n, *wilson(hits, n=n))


def _confusion(cases: Sequence[Scored], reading: ReadingName) -> dict[Disposition, dict[Disposition, int]]:
    predicted = [(c.expected, _read(c, reading).disposition) for c in cases]
    return {e: {p: predicted.count((e, p)) for p in reversed(Disposition)} for e in reversed(Disposition)}


def _amiss(case: Scored) -> Iterator[str]:
    yield from case.differences
    if _to_stop(case, case.strict) and _released(case, case.strict):
        yield f"strict: released wrongly ({case.strict.disposition})"
    if case.strict.wrongly_open:
        yield f"strict: {case.strict.wrongly_open} of {case.strict.to_be_shut} techniques that should be shut are open"


def table(board: Scoreboard) -> str:
    """The scoreboard as text, a line for each measure and each miss."""
    return "\n".join(_lines(board))


def _lines(board: Scoreboard) -> Iterator[str]:
    yield f"{board.overall.n} published cases. Shares with the Wilson 95 % interval. Nobody with a licence has reviewed rules or cases."
    yield "completed: the profile as written. strict: without its denials, so that everything not stated is unknown."
    if board.overall.n or OWN not in board.by_origin:
        yield from _tally_lines("All published cases", board.overall)
    for origin, tally in board.by_origin.items():
        if origin != OWN:
            yield from _measure_lines(f"Vignettes of origin {origin}", tally)
    if OWN in board.by_origin:
        yield ""
        yield "The rest was written by the project from the basis of its rules: neither published nor by clinicians, and not counted above."
        yield from _tally_lines("Written by the project", board.by_origin[OWN])
    yield from ("", f"{len(board.misses)} cases with something amiss")
    for miss in board.misses:
        yield f"{miss.id}: {miss.name}"
        yield from (f"    {a}" for a in miss.amiss)
        if miss.known_gap:
            yield f"    known gap: {miss.known_gap}"
    yield from (f"Not counted, names no disposition: {name}" for name in board.not_counted)


def _tally_lines(title: str, tally: Tally) -> Iterator[str]:
    yield from _measure_lines(title, tally)
    for reading in READINGS:
        yield from ("", f"Expected (rows) and predicted (columns), {reading}")
        yield from _confusion_lines(tally.confusion[reading])


def _measure_lines(title: str, tally: Tally) -> Iterator[str]:
    yield from ("", f"{f'{title} (n = {tally.n})':58}{'completed':28}strict")
    for measure, (words, _) in MEASURES.items():
        shares = tally.measures[measure]
        yield f"{words:58}{shares['completed']!s:28}{shares['strict']}"
    yield f"{'questions needed by a proceed case':86}{tally.questions}"
    yield f"{'questions, needed or not, after a denied form':58}{tally.further}"


def _confusion_lines(confusion: Mapping[Disposition, Mapping[Disposition, int]]) -> Iterator[str]:
    columns = [*reversed(Disposition)]
    short = [p.removeprefix("treat with ").removesuffix(" a clinician") for p in columns]
    yield "".join([" " * 24, *(f"{p:>14}" for p in short), f"{'sum':>6}"])
    for expected, row in confusion.items():
        if any(row.values()):
            yield "".join([f"{expected:24}", *(f"{row[p]:>14}" for p in columns), f"{sum(row.values()):>6}"])
