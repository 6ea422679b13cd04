"""An interview, question by question: the best one first, until nothing that could be answered matters any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.answers import Unknown
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.profile import ProfileBase, models
from massage_rules.questions import Question
from massage_rules.replies import DECLINED, NO, UNSURE, YES, hint, picked, value
from massage_rules.telling import Spot, spots, told
from massage_rules.views import Seen, views

_YES_NO = "yes, no, ? (not sure) or - (rather not say)"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to ask now, why, and how it may be answered; `options` are what may be picked, by name or number."""

    id: str
    ask: str
    why: str
    hint: str
    needed: bool
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Whole:
    """A compound question, to be answered as a whole."""

    question: Question


@dataclass(frozen=True, slots=True)
class _Which:
    """Which of the facts in a compound question apply, after it was answered with yes."""

    question: Question
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _At:
    """At which of several places a fact applies that was picked."""

    fact: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class _One:
    """One fact, at one place."""

    question: Question
    spot: Spot


_Step: TypeAlias = _Whole | _Which | _At | _One


class Interview:
    """Keeps the profile as answers come in. An answer that can't be read raises ProfileError and changes nothing.

    A yes to a compound question is followed by which of its facts apply; those that aren't picked are told to be no. A fact of
    a place is asked for each place at which it matters.
    """

    def __init__(self, evaluator: Evaluator, profile: ProfileBase | None = None) -> None:
        self.evaluator = evaluator
        self.vocabulary = evaluator.rulebook.vocabulary
        self.profile = profile if profile is not None else models(self.vocabulary).profile.read({})
        self.asked = 0
        self._steps: list[_Step] = []
        self._done: set[tuple[str, Spot]] = set()
        self._started = bool(self.profile.sites)
        self._known: tuple[Advice, Seen] | None = None

    @property
    def advice(self) -> Advice:
        """The advice on what is known so far."""
        return self._now()[0]

    def next(self) -> Prompt | None:
        """The question to ask now, or None when nothing more can matter."""
        if not self._started:
            ask = self.vocabulary.facts["region"].ask
            return Prompt("region", ask, "all else depends on it", "a region, e.g. neck or lower_back", needed=True)
        match self._step():
            case None:
                return None
            case _Whole(question):
                return Prompt(question.id, question.ask, question.why, _YES_NO, question.needed)
            case _Which(question, facts):
                words = tuple(self.vocabulary.lay(f) for f in facts)
                how = "their numbers or names, separated by commas, with ? after what isn't sure; or none"
                return Prompt(question.id, "Which of these?", "you said that something applies", how, question.needed, words)
            case _At(name, places):
                words = tuple(spot.label(self.profile) for spot in places)
                how = "their numbers or names, separated by commas"
                return Prompt(name, f"Where? {self.vocabulary.lay(name)}", "it counts where it is", how, True, words)
            case _One(question, spot):
                fact = self.vocabulary.facts[question.id]
                only = spot.where == "client" or (spot.where == "sites" and len(self.profile.places) == 1)
                where = "" if only else f"{spot.label(self.profile)}: "
                return Prompt(fact.id, f"{where}{question.ask}", question.why, hint(fact), question.needed)

    def answer(self, said: str) -> None:
        """Takes the answer to the question that `next` gave."""
        said = said.strip().lower()
        if not self._started:
            region = _region(self.vocabulary.regions.names(), said)
            self._set(self.profile.with_facts({"sites": [{"region": region}]}))
            self._started = True
        else:
            step = self._step()
            if step is None:
                return
            following = self._take(step, said)
            self._steps = [*following, *(s for s in self._steps if s != step)]
        self.asked += 1

    def _now(self) -> tuple[Advice, Seen]:
        if self._known is None:
            self._known = self.evaluator.recommend(self.profile), views(self.profile)
        return self._known

    def _set(self, profile: ProfileBase) -> None:
        self.profile, self._known = profile, None

    def _step(self) -> _Step | None:
        """What to ask now: what an answer called for, or the best question that the client hasn't been asked yet.

        Being unsure is an answer, though it leaves the matter open.
        """
        if self._steps:
            return self._steps[0]
        advice, _ = self._now()
        for question in (*advice.questions, *advice.easing_questions):
            if question.is_block:
                if any(True for name in question.facts for _ in self._unasked(name, None)):
                    return _Whole(question)
            elif left := list(self._unasked(question.id, question.places)):
                return _One(question, left[0])
        return None

    def _unasked(self, name: str, places: tuple[int, ...] | None) -> Iterator[Spot]:
        """Where a fact is open that nobody has been asked about there."""
        for spot in spots(self.profile, self._now()[1], name, places=places):
            if (name, spot) not in self._done and not self._unsure(name, spot):
                yield spot

    def _unsure(self, name: str, spot: Spot) -> bool:
        """Whether it was told that nobody knows, or that the client would rather not say."""
        match spot.where:
            case "client":
                answer = self.profile.answers().get(name)
            case "sites":
                answer = self.profile.places[spot.number].answers().get(name)
            case "problems":
                answer = self.profile.problems[spot.number].told().get(name)
            case _:
                answer = None
        return isinstance(answer, Unknown) and answer.way != "not_asked"

    def _take(self, step: _Step, said: str) -> list[_Step]:
        """Tells the answer to a step; what has to be asked next because of it."""
        match step:
            case _Whole(question):
                return self._take_whole(question, said)
            case _Which(question, facts):
                return self._take_which(question, facts, said)
            case _At(fact, places):
                labels = [spot.label(self.profile) for spot in places]
                chosen = {places[i] for i, sure in picked(fact, said, labels) if sure}
                self._tell([(fact, spot in chosen, spot) for spot in places])
            case _One(question, spot):
                self._tell([(question.id, _answered(value(self.vocabulary.facts[question.id], said), said), spot)])
        return []

    def _take_whole(self, question: Question, said: str) -> list[_Step]:
        open_ = [(name, spot) for name in question.facts for spot in self._unasked(name, None)]
        if said in NO:
            data = self.profile.to_dict()
            self._set(self.profile.with_facts({"otherwise_denied": [*data.get("otherwise_denied", []), *question.blocks]}))
            self._done.update(open_)
        elif said in YES:
            return [_Which(question, tuple(dict.fromkeys(name for name, _ in open_)))]
        elif said in UNSURE | DECLINED:
            self._tell([(name, _answered(None, said), spot) for name, spot in open_])
        else:
            raise ProfileError(
                [Fault(Place(question.id), f"`{clean(said)}` isn't an answer to this.", "Answer yes, no, ? or -.")]
            )
        return []

    def _take_which(self, question: Question, facts: tuple[str, ...], said: str) -> list[_Step]:
        chosen = {facts[i]: sure for i, sure in picked(question.id, said, [self.vocabulary.lay(f) for f in facts], also=facts)}
        implied = set(self._implied([name for name, sure in chosen.items() if sure]))
        answers: list[tuple[str, object, Spot]] = []
        following: list[_Step] = []
        for name in facts:
            places = tuple(self._unasked(name, None))
            if chosen.get(name) and len(places) > 1:
                following.append(_At(name, places))
            elif name in chosen or name not in implied:
                answer = {"unknown": "unsure"} if name in chosen and not chosen[name] else name in chosen
                answers += [(name, answer, spot) for spot in places]
        self._tell(answers)
        return following

    def _implied(self, names: list[str]) -> Iterator[str]:
        """What follows from these facts, as far as it goes."""
        waiting, found = list(names), set[str]()
        while waiting:
            fact = self.vocabulary.facts[waiting.pop()]
            new = {*fact.implies, *([fact.follows] if fact.follows else [])} - found
            found |= new
            waiting += new
            yield from new

    def _tell(self, answers: list[tuple[str, object, Spot]]) -> None:
        """All of these answers, or none."""
        self._set(told(self.profile, answers))
        self._done.update((name, spot) for name, _, spot in answers)


def _answered(value: object, said: str) -> object:
    if said in UNSURE or said in DECLINED:
        return {"unknown": "unsure" if said in UNSURE else "declined"}
    return value


def _region(names: set[str], said: str) -> str:
    name = said.replace(" ", "_")
    if name not in names:
        raise ProfileError(
            [Fault(Place("region"), f"`{said}` isn't a region.", nearest(said, names) or "Try `neck`, `lower_back` or `body`.")]
        )
    return name
