"""Published cases interviewed: how many questions settle a case, against how many facts a whole form would ask for.

The client of a case answers out of the *complete* profile: the case as it is written, with everything that may be denied and isn't
told denied. The interview begins with the places to be worked on, and with the lists of operations, injuries, problems, medicines
and clearances, which no question asks for. Every fact has to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, assert_never

from massage_rules.advice import Evaluator
from massage_rules.answers import Unknown
from massage_rules.cases import Case
from massage_rules.conditions import NOT_APPLICABLE, Facts, FactValue, Interval, evaluate
from massage_rules.interview import Interview, Prompt
from massage_rules.profile import ProfileBase
from massage_rules.settled import settled
from massage_rules.telling import Spot
from massage_rules.truth import FALSE
from massage_rules.verdicts import Disposition
from massage_rules.views import View, views
from massage_rules.vocabulary import Vocabulary

UNSURE, NONE = "?", "none"


@dataclass(frozen=True, slots=True)
class Interviewed:
    """One case interviewed.

    `form` is how many facts a form would ask for, those that concern the client, at each place. `needed` is how many questions were
    answered before only such were left as would allow more, and `asked` how many in all. `settled` is after how many the disposition
    couldn't change any more: None where it still could at the end. `reached` is the disposition when nothing needed was left, `ended`
    that at the end; `complete` is that of the complete profile.
    """

    id: str
    form: int
    needed: int
    asked: int
    settled: int | None
    complete: Disposition
    reached: Disposition
    ended: Disposition


@dataclass(frozen=True, slots=True)
class Stage:
    """How an interview stands after so many answers."""

    asked: int
    waits: bool
    settled: bool
    disposition: Disposition


def interviewed(case: Case, evaluator: Evaluator) -> Interviewed:
    """The interview of a published case."""
    complete = completed(case.profile)
    start = unasked(complete)
    stages = list(interview_of(Interview(evaluator, start), Respondent(complete)))
    reached, end = next(s for s in stages if not s.waits), stages[-1]
    return Interviewed(
        id=str(case.source.get("id", case.name)),
        form=form_length(complete, start),
        needed=reached.asked,
        asked=end.asked,
        settled=next((s.asked for s in stages if s.settled), None),
        complete=evaluator.decide(complete, core="compiled")[1].disposition,
        reached=reached.disposition,
        ended=end.disposition,
    )


def interview_of(interview: Interview, client: Respondent) -> Iterator[Stage]:
    """How the interview stands before each question, and at its end."""
    while True:
        prompt = interview.next()
        seen, decision = interview.decision
        done = settled(interview.evaluator.rulebook, seen, decision).disposition
        yield Stage(interview.asked, prompt is not None and prompt.needed, done, decision.disposition)
        if prompt is None:
            return
        interview.answer(client.reply(prompt))


def completed(profile: ProfileBase) -> ProfileBase:
    """The same client, with everything denied that isn't told and may be denied."""
    return profile.with_facts({"otherwise_denied": ["all"]})


def unasked(profile: ProfileBase) -> ProfileBase:
    """The same client before any question: of facts only what is told though nobody would ask for it."""
    vocabulary = profile.vocabulary
    seen = views(profile).views

    def kept(told: dict[str, Any], here: list[View]) -> dict[str, Any]:
        facts = [n for n in told if n in vocabulary.facts and n not in ("region", "side")]
        asked = {n for n in facts if not all(_foreign(vocabulary, n, v.facts) for v in here)}
        return {k: v for k, v in told.items() if k not in asked | {"denied", "otherwise_denied"}}

    data = kept(profile.to_dict(), list(seen))
    data["sites"] = [kept(s.to_dict(), [v for v in seen if v.site == number]) for number, s in enumerate(profile.places)]
    return type(profile).read(data)


def _foreign(vocabulary: Vocabulary, name: str, facts: Facts) -> bool:
    """Whether a fact doesn't concern this client, so that no form asks for it."""
    return any(evaluate(gate, facts, {}) is FALSE for gate in vocabulary.gates(name))


def form_length(complete: ProfileBase, before: ProfileBase) -> int:
    """How many facts a form would ask this client for: those that concern the client and weren't told beforehand, at each place."""
    vocabulary = complete.vocabulary
    told = {v.site: v.facts for v in views(before).views}
    asked: set[tuple[str, int]] = set()
    for view in views(complete).views:
        for fact in vocabulary.facts.values():
            if fact.id not in told[view.site] and not _foreign(vocabulary, fact.id, view.facts):
                asked.add((fact.id, 0 if fact.level == "patient" else view.site))
    return len(asked)


class Respondent:
    """A client who answers out of a profile: yes and no as it says, and that nobody knows where it says nothing."""

    def __init__(self, profile: ProfileBase) -> None:
        self.profile, self.views = profile, views(profile).views

    def reply(self, prompt: Prompt) -> object:
        """The answer to a question, as `Interview.answer` takes it."""
        facts = list(zip(prompt.facts, prompt.spots, strict=True))
        match prompt.kind:
            case "whole":
                return "yes" if self._has_any(prompt.facts) else "no"
            case "which":
                return self._picks([self._says(name, where) for name, where in facts])
            case "where":
                return self._picks([self._says(name, [spot]) for name, where in facts for spot in where])
            case "fact":
                ((name, (spot,)),) = facts
                return self._value(name, spot)
            case _:
                assert_never(prompt.kind)

    def _has_any(self, facts: Sequence[str]) -> bool:
        """Whether anything is so, or may be, that stands in one of the blocks of these facts, asked for by name or not."""
        vocabulary = self.profile.vocabulary
        blocks = {vocabulary.facts[name].block for name in facts}
        names = {*facts, *(name for name, block in vocabulary.deniable if block in blocks)}
        return any(view.facts.get(name) is not False for name in names for view in self.views)

    def _picks(self, says: Sequence[bool | None]) -> str:
        picked = [f"{number}{UNSURE if said is None else ''}" for number, said in enumerate(says, 1) if said is not False]
        return ", ".join(picked) or NONE

    def _at(self, spot: Spot) -> list[View]:
        """What is known at a spot: of a site, apart from the operations and injuries that touch a part of it."""
        match spot.where:
            case "sites":
                here = [v for v in self.views if v.site == spot.number]
                return [v for v in here if len(v.events) == min(len(w.events) for w in here)]
            case "problems":
                return [v for v in self.views if v.problem == spot.number]
            case _:
                return list(self.views)

    def _says(self, name: str, where: Sequence[Spot]) -> bool | None:
        """Whether something is so at any of these places; None where nobody knows."""
        said = {view.facts.get(name) for spot in where for view in self._at(spot)}
        return True if True in said else None if None in said else False

    def _value(self, name: str, spot: Spot) -> object:
        """A value as a profile takes it: as it was told, or as it follows."""
        part = self.profile.places[spot.number] if spot.where == "sites" else self.profile
        answer = part.answers().get(name) if spot.where in ("client", "sites") else None
        if answer is not None and not isinstance(answer, Unknown):
            return part.to_dict()[name]
        return next((written for v in self._at(spot) if (written := _written(v.facts.get(name))) is not None), UNSURE)


def _written(value: FactValue | None) -> object:
    match value:
        case None:
            return None
        case Interval(low, high):
            return low if low == high else {"between": [low, high]}
        case frozenset():
            return sorted(value)
        case _:
            return None if value == NOT_APPLICABLE else value


def table(found: Sequence[Interviewed]) -> str:
    """The interviews as text: what they came to over all, and a line each."""
    same = sum(i.ended is i.complete for i in found)
    reached = sum(i.reached is i.complete for i in found)
    settled = [i.settled for i in found if i.settled is not None]
    lines = [
        f"{len(found)} published cases interviewed; each answers out of its complete profile, and everything has to be asked.",
        f"{'':48}{'median':>8}{'most':>8}",
        *(
            f"{words:48}{median(numbers):8g}{max(numbers):8}" if numbers else f"{words:48}{'none':>8}"
            for words, numbers in (
                ("facts that a whole form asks for", [i.form for i in found]),
                ("questions until the disposition was settled", settled),
                ("questions that something waited for", [i.needed for i in found]),
                ("questions in all", [i.asked for i in found]),
            )
        ),
        f"disposition as of the complete profile: {reached} when nothing needed was left, {same} at the end, of {len(found)}",
        f"disposition settled at the end: {len(settled)} of {len(found)}",
        "",
        f"{'case':12}{'form':>6}{'settled':>9}{'needed':>8}{'asked':>7}  disposition",
    ]
    for each in found:
        moved = f"{each.ended}" + ("" if each.ended is each.complete else f", but {each.complete} of the complete profile")
        lines.append(
            f"{each.id:12}{each.form:6}{each.settled if each.settled is not None else '-':>9}{each.needed:8}{each.asked:7}  {moved}"
        )
    return "\n".join(lines)
