"""An interview, question by question: the best one first, until nothing that could be answered matters any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.answers import Unknown
from massage_rules.errors import Fault, Place, ProfileError, clean
from massage_rules.languages import FIRST, Language, english
from massage_rules.languages import language as language_named
from massage_rules.profile import ProfileBase, models
from massage_rules.questions import Question
from massage_rules.replies import replies
from massage_rules.telling import Spot, spots, told
from massage_rules.views import Seen, views


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

    def __init__(
        self, evaluator: Evaluator, profile: ProfileBase | None = None, *, language: str | Path | Language = FIRST
    ) -> None:
        self.evaluator = evaluator
        say = self.language = language_named(language)
        self._asking = evaluator if say.code == FIRST else evaluator.telling(say)
        self.vocabulary = self._asking.rulebook.vocabulary
        self.replies = replies(say, english())
        self.profile = profile if profile is not None else models(evaluator.rulebook.vocabulary).profile.read({})
        self.asked = 0
        self._steps: list[_Step] = []
        self._done: set[tuple[str, Spot]] = set()
        self._started = bool(self.profile.sites)
        self._known: tuple[Advice, Seen] | None = None

    @property
    def advice(self) -> Advice:
        """The advice on what is known so far, in English."""
        return self._now()[0] if self._asking is self.evaluator else self.evaluator.recommend(self.profile)

    @property
    def closing(self) -> str:
        """How many questions were asked, and what nothing that could still be answered changes any more."""
        told = self.language("ask.asked", n=self.asked)
        if self.advice.settled:
            return f"{told} {self.language('ask.settled')}"
        return f"{told} {self.language('ask.disposition_settled')}" if self.advice.disposition_settled else told

    def next(self) -> Prompt | None:
        """The question to ask now, or None when nothing more can matter."""
        say = self.language
        if not self._started:
            ask = self.vocabulary.facts["region"].ask
            return Prompt("region", ask, say("ask.region_why"), say("ask.region"), needed=True)
        match self._step():
            case None:
                return None
            case _Whole(question):
                return Prompt(question.id, question.ask, question.why, say("ask.yes_no"), question.needed)
            case _Which(question, facts):
                words = tuple(self.vocabulary.lay(f) for f in facts)
                which, why, how = say("ask.which"), say("ask.which_why"), say("ask.which_hint")
                return Prompt(question.id, which, why, how, question.needed, words)
            case _At(name, places):
                words = tuple(self._label(spot) for spot in places)
                ask = say("ask.where", fact=self.vocabulary.lay(name))
                return Prompt(name, ask, say("ask.where_why"), say("ask.where_hint"), True, words)
            case _One(question, spot):
                fact = self.vocabulary.facts[question.id]
                only = spot.where == "client" or (spot.where == "sites" and len(self.profile.places) == 1)
                ask = question.ask if only else say("ask.at", place=self._label(spot), question=question.ask)
                return Prompt(fact.id, ask, question.why, self.replies.hint(fact), question.needed)

    def answer(self, said: str) -> None:
        """Takes the answer to the question that `next` gave."""
        said = said.strip().lower()
        if not self._started:
            region = self._region(said)
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
            self._known = self._asking.recommend(self.profile), views(self.profile)
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
                labels = [self._label(spot) for spot in places]
                chosen = {places[i] for i, sure in self.replies.picked(fact, said, labels) if sure}
                self._tell([(fact, spot in chosen, spot) for spot in places])
            case _One(question, spot):
                given = self.replies.value(self.vocabulary.facts[question.id], said)
                self._tell([(question.id, self._answered(given, said), spot)])
        return []

    def _take_whole(self, question: Question, said: str) -> list[_Step]:
        open_ = [(name, spot) for name in question.facts for spot in self._unasked(name, None)]
        if said in self.replies.no:
            data = self.profile.to_dict()
            self._set(self.profile.with_facts({"otherwise_denied": [*data.get("otherwise_denied", []), *question.blocks]}))
            self._done.update(open_)
        elif said in self.replies.yes:
            return [_Which(question, tuple(dict.fromkeys(name for name, _ in open_)))]
        elif said in self.replies.unsure | self.replies.declined:
            self._tell([(name, self._answered(None, said), spot) for name, spot in open_])
        else:
            what = self.language("ask.isnt_an_answer", said=clean(said))
            raise ProfileError([Fault(Place(question.id), what, self.language("ask.answer_yes_no"))])
        return []

    def _take_which(self, question: Question, facts: tuple[str, ...], said: str) -> list[_Step]:
        chosen = {
            facts[i]: sure
            for i, sure in self.replies.picked(question.id, said, [self.vocabulary.lay(f) for f in facts], also=facts)
        }
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

    def _answered(self, value: object, said: str) -> object:
        if said in self.replies.unsure or said in self.replies.declined:
            return {"unknown": "unsure" if said in self.replies.unsure else "declined"}
        return value

    def _label(self, spot: Spot) -> str:
        return spot.label(self.profile, vocabulary=self.vocabulary, last=self.language("ask.and"))

    def _region(self, said: str) -> str:
        """The region that a name or its words stand for; raises ProfileError where there is none."""
        regions, name = self.vocabulary.regions, said.replace(" ", "_")
        by_words = {regions.label(each).lower(): each for each in sorted(regions.names(), reverse=True)}
        if name not in regions.names() and said not in by_words:
            remedy = self.replies.nearest(said, sorted(regions.names())) or self.replies.nearest(said, sorted(by_words))
            what = self.language("ask.isnt_a_region", said=clean(said))
            raise ProfileError([Fault(Place("region"), what, remedy or self.language("ask.try_a_region"))])
        return name if name in regions.names() else by_words[said]
