"""Advice made into a course of treatment: goals, techniques in order and time, visits, home work, and when to stop.

Every number comes from the catalogue or from the rule that suggests, and none exceeds what the rules that hold allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from massage_rules.answer import Advice, Prompts, Source, TechniqueAdvice
from massage_rules.course.amounts import Amounts
from massage_rules.course.goals import goals_of
from massage_rules.course.here import Here, sites_of
from massage_rules.course.homework import homework
from massage_rules.course.plan import PLAN_SCHEMA_VERSION, Amount, Goal, Plan, PlanSite
from massage_rules.course.schedule import Scheduler
from massage_rules.course.visit import Visit
from massage_rules.course.watch import ladders, said_of, watched
from massage_rules.errors import EvaluationError, Fault, Place, ProfileError
from massage_rules.languages import english
from massage_rules.planning import Planning
from massage_rules.rulebook import Rulebook, text_seen
from massage_rules.verdicts import Disposition

SHORTEST, LONGEST = 10, 240
_MOST_SESSIONS = 100
_GROWN_UP = 18
_FOR_ALL = ("NPRS", "ROM", "limb_volume")


def plan(advice: Advice, *, minutes: int = 60, sessions: int | None = None) -> Plan:
    """A course of treatment from an advice, for visits of so many minutes, and for so many sessions where they are given.

    Raises LookupError for an answer that doesn't hold its client, and ProfileError for impossible minutes or sessions.
    """
    faults = []
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not SHORTEST <= minutes <= LONGEST:
        remedy = f"Give whole minutes from {SHORTEST} to {LONGEST}."
        faults.append(Fault(Place("minutes"), f"a visit can't last `{minutes}` minutes.", remedy))
    if sessions is not None and (
        isinstance(sessions, bool) or not isinstance(sessions, int) or not 1 <= sessions <= _MOST_SESSIONS
    ):
        remedy = f"Give a whole number from 1 to {_MOST_SESSIONS}, or leave it out."
        faults.append(Fault(Place("sessions"), f"a plan can't have `{sessions}` sessions.", remedy))
    if faults:
        raise ProfileError(faults)
    rulebook = advice.rulebook
    if rulebook.planning is None:
        raise EvaluationError("This rulebook has no data/planning.yaml, so nothing can be planned with it.")
    return _Planner(advice, rulebook, rulebook.planning, minutes, sessions).plan()


class _Planner:
    """Makes one plan."""

    def __init__(self, advice: Advice, rulebook: Rulebook, planning: Planning, minutes: int, sessions: int | None) -> None:
        self.advice, self.rulebook, self.planning = advice, rulebook, planning
        self.booked, self.wanted = minutes, sessions
        self.amounts = Amounts(rulebook)
        self.scheduler = Scheduler(planning, self.amounts)
        self.sites = sites_of(advice, rulebook, planning)

    def plan(self) -> Plan:
        visit = Visit(self.advice, self.rulebook, self.planning, self.scheduler, self.sites, self.booked)
        session = tuple(visit.steps())
        work = [s for s in session if s.kind == "work"]
        here = {h.number: h for h in self.sites}
        placed = [(here[s.site], t) for s in work if s.site is not None for t in here[s.site].open if t.technique == s.technique]
        chosen = [t for _, t in placed]
        home, later = homework(self.rulebook, self.planning, self.amounts, self.sites if work else ())
        asked = self._choices("goals")
        goals = tuple(
            g
            for h in self.sites
            for g in goals_of(self.rulebook, self.planning, h, [s.technique or "" for s in work if s.site == h.number], asked)
        )
        labels = self.rulebook.catalogue.goals
        plan = Plan(
            schema_version=PLAN_SCHEMA_VERSION,
            disposition=self.advice.disposition,
            summary=self._summary(bool(work)),
            first=tuple(self._first()),
            meanwhile=tuple(self._meanwhile()),
            sites=tuple(self._site(h, sum(s.minutes for s in work if s.site == h.number)) for h in self.sites),
            goals=goals,
            goals_not_served=tuple(labels[g] for g in labels if g in asked and g not in {x.goal for x in goals}),
            minutes_booked=self.booked,
            minutes=sum(s.minutes for s in session),
            minutes_why=tuple(visit.why) if work else (),
            session=session,
            left_out=tuple(visit.left_out()),
            schedule=self.scheduler.schedule(placed, visit=visit.visit_minutes(), wanted=self.wanted) if work else None,
            ladders=tuple(ladders(self.rulebook, work)),
            progression=said_of(chosen, self.rulebook, "progression"),
            regression=said_of(chosen, self.rulebook, "regression"),
            watch=watched(self.rulebook, self.sites) if work else (),
            home=home,
            home_later=later,
            aftercare=said_of(chosen, self.rulebook, "aftercare"),
            ask=self._prompts(chosen),
            since_last=tuple(f"{p.label}: {words}" for p in self.advice.progress for words in p.advice),
            notes=(*self.advice.notes, *self._for_children(goals)),
            sources=(),
            basis=self.advice.basis,
            disclaimer=self.advice.disclaimer,
        )
        return plan.model_copy(update={"sources": tuple(self._sources(plan))})

    def _choices(self, fact: str) -> frozenset[str]:
        values = self.sites[0].about.get(fact)
        return values if isinstance(values, frozenset) else frozenset()

    def _summary(self, treats: bool) -> str:
        if treats:
            return "Within the limits below." if self.advice.disposition is Disposition.MODIFY else "Nothing known limits it."
        if self.advice.progress and self.advice.disposition in (Disposition.TREAT, Disposition.MODIFY):
            return "Nothing more is planned until what came of the last visits has been settled."
        return f"Nothing is planned. {self.advice.summary}"

    def _first(self) -> Iterator[str]:
        """What has to happen before anything else: whom to consult, and what to ask."""
        for consult in self.advice.consults:
            yield f"{english()(f'urgency.{consult.urgency}')}: {consult.label}. {' '.join(consult.ask)}"
        if self.advice.disposition is not Disposition.EMERGENCY:
            for question in self.advice.questions:
                yield f"{'Ask, for what still waits' if any(h.open for h in self.sites) else 'Ask'}: {question.ask}"
        for here in self.sites:
            if here.waits and self.advice.disposition in (Disposition.TREAT, Disposition.MODIFY):
                yield from (f"{here.advice.label}: {words}" for words in here.waits)

    def _meanwhile(self) -> Iterator[str]:
        """What may be done until then: what clinicians' rules say, and what neither touches nor moves the client."""
        yield from dict.fromkeys(words for c in self.advice.consults for words in c.meanwhile)
        if not any(h.open for h in self.sites) and self.advice.disposition is not Disposition.EMERGENCY:
            quiet = [
                t.label for h in self.sites for t in h.advice.techniques
                if t.verdict.open and not self.rulebook.catalogue.variants[t.technique].does
            ]  # fmt: skip
            yield from (f"{label} is open, without hands." for label in dict.fromkeys(quiet))

    def _site(self, here: Here, minutes: int) -> PlanSite:
        values = self.rulebook.vocabulary.facts["complaints"].values
        return PlanSite(
            region=here.advice.region,
            label=here.advice.label,
            side=here.advice.side,
            complaints=tuple(values.get(c, c) for c in here.complaints),
            place_says=" ".join(dict.fromkeys(self.planning.places[e.place] for e in here.entries)),
            include=tuple(dict.fromkeys(e.include for e in here.entries)),
            minutes=minutes,
            waits_for=here.waits,
        )

    def _for_children(self, goals: Sequence[Goal]) -> Iterator[str]:
        """The questionnaires were made for adults."""
        age = self.sites[0].known("age")
        if age is not None and age.high < _GROWN_UP and any(m.measure not in _FOR_ALL for g in goals for m in g.measures):
            yield "The questionnaires named here were made for adults. Choose one for children with whoever referred the child."

    def _prompts(self, chosen: Sequence[TechniqueAdvice]) -> Prompts:
        base = self.rulebook.catalogue.communication_base
        families = [self.rulebook.catalogue.families[f].prompts for f in dict.fromkeys(t.family for t in chosen)]
        return Prompts(
            before=tuple(dict.fromkeys([*base.before, *(w for f in families for w in f.before)])),
            during=tuple(dict.fromkeys([*base.during, *(w for f in families for w in f.during)])) if chosen else (),
            after=tuple(dict.fromkeys([*base.after, *(w for f in families for w in f.after)])) if chosen else (),
        )

    def _sources(self, plan: Plan) -> Iterator[Source]:
        """Every source that a number of the plan or a limit rests on."""
        amounts = [a for s in plan.session for a in (*s.dose, *([s.minutes_allowed] if s.minutes_allowed else ()))]
        amounts += [a for h in plan.home for a in h.amounts]
        if plan.schedule is not None:
            amounts += [a for a in vars(plan.schedule).values() if isinstance(a, Amount)]
        keys = {k for a in amounts for k in a.sources} | {k for g in plan.goals for m in g.measures for k in m.sources}
        rules = {r for s in plan.session for b in s.limits for r in b.rules} | {r for a in amounts for r in a.rules}
        keys |= {k for r in rules if r in self.rulebook.rules for k in self.rulebook.rules[r].references}
        for key in sorted({k.split(" ")[0] for k in keys}):
            entry = self.rulebook.references[key]
            year, url = entry.get("year"), entry.get("url")
            yield Source(
                key=key,
                title=str(entry["title"]),
                year=year if isinstance(year, int) else None,
                url=str(url) if url else None,
                read=text_seen(entry),
            )
