"""What the templates of papers are told: the answer and its plan as plain words and lists, the same for every paper.

Everything is text fit for one line: what a client or a clinic wrote can't begin a line of its own or hide in marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from massage_rules.answer import Advice, Alert, ConsultAdvice, Reason, SiteAdvice, TechniqueAdvice
from massage_rules.course.plan import Amount, HomeWork, Plan, Schedule, Step
from massage_rules.display import MARKS, basis_word, shown_reasons
from massage_rules.effects import POSITIONS
from massage_rules.languages import english
from massage_rules.papers.reported import Reported, events, reported
from massage_rules.verdicts import Disposition, Grade, Verdict

_MARKS = {
    Disposition.TREAT: "✓", Disposition.MODIFY: "◐", Disposition.ASK_FIRST: "?", Disposition.CONSULT: "→",
    Disposition.DO_NOT_TREAT: "✕", Disposition.EMERGENCY: "!",
}  # fmt: skip
_BODY_MAP = "body_map"
_CARE, _HOW_HARD = "advice", "pressure_at_most"


def words_of(advice: Advice, plan: Plan | None) -> dict[str, Any]:
    """The words of an answer, by the names that docs/papers.md lists."""
    return {name: _clean(words) for name, words in _Words(advice, plan).all().items()}


def one_line(words: str) -> str:
    """Words as one line of printable text."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def _clean(value: Any) -> Any:
    match value:
        case str():
            return one_line(value)
        case Mapping():
            return {k: _clean(v) for k, v in value.items()}
        case list() | tuple():
            return [_clean(v) for v in value]
        case _:
            return value


class _Words:
    """Says one answer and its plan in words."""

    def __init__(self, advice: Advice, plan: Plan | None) -> None:
        self.advice, self.plan, self.rulebook, self.say = advice, plan, advice.rulebook, advice.language
        self.client = advice.profile
        self.goals = self.rulebook.catalogue.goals
        self.anatomy = {r.id for r in self.rulebook.rules.values() if r.anatomical}

    def all(self) -> dict[str, Any]:
        """Every name with its words."""
        advice, plan = self.advice, self.plan
        told = reported(self.rulebook, self._answers(), self.client.as_of)
        basis = advice.basis
        return {
            "date": self.say.day(basis.as_of),
            "disposition": str(advice.disposition),
            "mark": _MARKS[advice.disposition],
            "summary": advice.summary,
            "emergency": advice.disposition is Disposition.EMERGENCY,
            "treats": plan.treats if plan is not None else self._open(),
            "about": self._about(),
            "goals": [self.goals.get(g, g) for g in self._told("goals")],
            "requested": [self._family(f) for f in self._told("requested")],
            "reported": told.said,
            "denied": told.denied,
            "denied_blocks": [self._block(b) for b in (*self.client.denied, *self.client.otherwise_denied)],
            "measured": told.measured,
            "unknown": told.unknown,
            "events": list(events(self.rulebook, self.client)),
            "medicines": list(self.client.medications or ()),
            "medicines_complete": self.client.medications_complete,
            "sites": [self._site(n, s) for n, s in enumerate(advice.sites)],
            "work": [self._step(s) for s in (plan.work if plan is not None else ())],
            "visit": self._visit(plan) if plan is not None and plan.treats else None,
            "consults": [self._consult(c) for c in advice.consults],
            "questions": [q.ask for q in advice.questions],
            "easing": [q.ask for q in advice.easing_questions],
            "alerts": [self._alert(a) for a in advice.alerts],
            "reasons": [self._reason(r) for r in shown_reasons(advice) if r.effect != "suggest" and r.rule not in self.anatomy],
            "home": [self._home(h) for h in (plan.home if plan is not None else ())],
            "aftercare": list((plan.aftercare if plan is not None else ()) or advice.aftercare),
            "meanwhile": list(plan.meanwhile) if plan is not None else [w for c in advice.consults for w in c.meanwhile],
            "since_last": [f"{p.label}: {self.say(f'action.{p.action}')}. {' '.join(p.advice)}" for p in advice.progress],
            "notes": list(advice.notes),
            "basis": f"Rulebook {basis.rulebook_version} ({basis.rulebook_digest[:12]})"
            + (f", as of {basis.as_of}" if basis.as_of else ""),
            "disclaimer": advice.disclaimer,
        }  # fmt: skip

    def _answers(self) -> dict[str, Any]:
        return {k: v for k, v in self.client.answers().items() if k not in ("age", "sex", "goals", "requested")}

    def _about(self) -> list[str]:
        """Age and sex, where they were told."""
        answers = {k: v for k, v in self.client.answers().items() if k in ("age", "sex")}
        told = reported(self.rulebook, answers, self.client.as_of)
        return [*told.said, *told.unknown]

    def _told(self, fact: str) -> tuple[str, ...]:
        value = getattr(self.client, fact, None)
        return value if isinstance(value, tuple) else ()

    def _family(self, name: str) -> str:
        families = self.rulebook.catalogue.families
        return families[name].label if name in families else name.replace("_", " ")

    def _block(self, name: str) -> str:
        blocks = self.rulebook.vocabulary.blocks
        return blocks[name].title if name in blocks else "everything else on the form"

    def _open(self) -> bool:
        treated = self.advice.disposition in (Disposition.TREAT, Disposition.MODIFY)
        return treated and any(t.verdict.open for s in self.advice.sites for t in s.techniques)

    def _site(self, number: int, site: SiteAdvice) -> dict[str, Any]:
        answers = self.client.places[number].answers() if number < len(self.client.places) else {}
        told: Reported = reported(
            self.rulebook, {k: v for k, v in answers.items() if k not in ("complaints", "region", "side")}, self.client.as_of
        )
        labels = self.rulebook.vocabulary.facts["complaints"].values if "complaints" in self.rulebook.vocabulary.facts else {}
        complaints = answers.get("complaints")
        named = complaints if isinstance(complaints, tuple) else ()
        stopped = self.advice.disposition is Disposition.EMERGENCY
        open_ = [t for t in site.techniques if t.verdict.open and not stopped]
        bounds = {b.words: b.kind for t in open_ for b in t.limits}
        return {
            "place": self._place(site.label, site.side),
            "complaints": [labels.get(c, c) for c in named],
            "reported": told.said,
            "denied": told.denied,
            "measured": told.measured,
            "unknown": told.unknown,
            "open": [self._offered(t) for t in open_],
            "shut": list(self._shut(site)),
            "not_indicated": [t.label for t in site.techniques if t.verdict is Verdict.NOT_INDICATED],
            "limits": [w for w, kind in bounds.items() if kind != _CARE],
            "care": [w for w, kind in bounds.items() if kind == _CARE],
        }

    def _offered(self, technique: TechniqueAdvice) -> dict[str, Any]:
        return {
            "technique": technique.label,
            "verdict": str(technique.verdict),
            "mark": MARKS[technique.verdict],
            "pressure": self._pressure(technique.pressure[1] if technique.pressure else None),
            "purpose": [self.goals.get(g, g) for g in technique.goals],
            "limits": [b.words for b in technique.limits if b.kind != _CARE],
        }

    def _shut(self, site: SiteAdvice) -> Iterator[dict[str, Any]]:
        """The techniques that may not be used now, the same verdict and reason said once, with what waits before what is barred."""
        for verdict in (Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID):
            groups: dict[str, list[str]] = {}
            for technique in site.techniques:
                if technique.verdict is verdict:
                    titles = [self.advice.reasons[r].title for r in technique.decided_by if r in self.advice.reasons]
                    groups.setdefault("; ".join(dict.fromkeys(titles[:2])), []).append(technique.label)
            for why, names in groups.items():
                yield {"verdict": str(verdict), "mark": MARKS[verdict], "techniques": names, "why": why}

    def _step(self, step: Step) -> dict[str, Any]:
        site = self.plan.sites[step.site] if self.plan is not None and step.site is not None else None
        few = step.positions if len(step.positions) < len(POSITIONS) else ()
        return {
            "place": self._place(site.label, site.side) if site else "",
            "technique": step.label,
            "minutes": step.minutes,
            "verdict": str(step.verdict or ""),
            "pressure": self._pressure(step.pressure_at_most),
            "feels": self._feels(step.pressure_at_most),
            "discomfort": self.say("paper.discomfort", n=step.pain.at_most) if step.pain is not None else "",
            "positions": [self.say(f"position.{p}") for p in few],
            "purpose": [self.goals.get(g, g) for g in step.goals],
            "limits": [b.words for b in step.limits if b.kind not in (_CARE, _HOW_HARD)],
            "care": [b.words for b in step.limits if b.kind == _CARE],
        }

    def _feels(self, level: int | None) -> str:
        """What a pressure is like, in the scale's own words."""
        levels = self.rulebook.catalogue.pressure_scale.levels
        return levels[level].anchor.partition(";")[0] if level is not None and level in levels else ""

    def _visit(self, plan: Plan) -> dict[str, Any]:
        found: Schedule | None = plan.schedule
        return {
            "minutes": plan.minutes,
            "booked": plan.minutes_booked,
            "per_week": self.say("paper.per_week", span=self._span(found.per_week)) if found else "",
            "weeks": self.say("paper.weeks", span=self._span(found.weeks)) if found else "",
            "sessions": self.say("paper.sessions", span=self._span(found.sessions)) if found else "",
            "review": self.say("paper.review", span=self._span(found.review_after)) if found else "",
        }

    def _consult(self, consult: ConsultAdvice) -> dict[str, Any]:
        reasons = [self.advice.reasons[r] for r in consult.rules if r in self.advice.reasons]
        return {
            "who": consult.who,
            "label": consult.label,
            "urgency": self.say(f"soon.{consult.urgency}"),
            "urgent": consult.urgency in ("now", "same_day"),
            "questions": [a for a in consult.ask if "?" in a],
            "messages": [a for a in consult.ask if "?" not in a],
            "meanwhile": list(consult.meanwhile),
            "because": [self._reason(r) for r in reasons],
            "titles": list(consult.because),
            "waits": list(self._waits(consult)),
            "rules": list(consult.rules),
        }

    def _waits(self, consult: ConsultAdvice) -> Iterator[dict[str, Any]]:
        """What would be done if it weren't for the rules of a consult: place by place, what is indicated or was asked for."""
        for site in self.advice.sites:
            names = [
                t.label
                for t in site.techniques
                if not t.verdict.open and (t.role is not None or t.requested) and set(t.decided_by) & set(consult.rules)
            ]
            if names:
                yield {"place": self._place(site.label, site.side), "techniques": names}

    def _alert(self, alert: Alert) -> dict[str, Any]:
        return {
            "topic": alert.topic,
            "grade": str(alert.grade),
            "why": alert.grade not in (Grade.ASK, Grade.NOTE) and alert.topic != _BODY_MAP,
            "title": alert.title,
            "action": alert.action,
            "where": list(alert.where),
            "limits": alert.limits,
            "until_known": alert.until_known,
            "rules": list(alert.rules),
        }

    def _reason(self, reason: Reason) -> dict[str, Any]:
        return {
            "rule": reason.rule,
            "title": reason.title,
            "because": reason.because,
            "do": reason.do,
            "certain": reason.certain,
            "rests_on": [f"{g.words}: {g.value}" for g in reason.grounds],
            "basis": basis_word(reason.basis, say=self.say),
            "cleared_by": reason.cleared_by or "",
        }

    def _home(self, work: HomeWork) -> dict[str, Any]:
        site = self.plan.sites[work.site] if self.plan is not None else None
        others = {w.strip() for say in (self.say, english()) for w in say("paper.not_for_the_client").split(",")}
        return {
            "place": self._place(site.label, site.side) if site else "",
            "technique": work.label,
            "amounts": list(self._amounts(work.amounts)),
            "how": list(work.how),
            "how_you": [words for words in work.how if not others & set(words.lower().split())],
            "limits": [b.words for b in work.limits if b.kind not in (_CARE, _HOW_HARD)],
            "discomfort": self.say("paper.discomfort", n=work.pain.at_most),
        }

    def _place(self, label: str, side: str | None) -> str:
        place = f"{label[:1].upper()}{label[1:]}"
        return f"{place}, {self.say(f'side.{side}')}" if side else place

    def _pressure(self, most: int | None) -> str:
        return "" if most is None else self.say("paper.pressure", n=most)

    def _span(self, amount: Amount) -> str:
        low, high = self.say.number(amount.low), self.say.number(amount.high)
        return low if low == high else self.say("value.between", low=low, high=high)

    def _amounts(self, amounts: Iterable[Amount]) -> Iterator[str]:
        for amount in amounts:
            key = f"home.{amount.name}"
            if key in self.say.words:
                yield self.say(key, span=self._span(amount))
            else:
                yield f"{amount.label.lower()}: {self._span(amount)} {amount.unit}"
