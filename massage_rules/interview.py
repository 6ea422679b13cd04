"""An interview, question by question: the best one first, until nothing that could be answered matters any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from unicodedata import normalize

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.answers import Unknown
from massage_rules.errors import Fault, Place, ProfileError, clean
from massage_rules.languages import FIRST, Language, english
from massage_rules.languages import language as language_named
from massage_rules.profile import ProfileBase, models
from massage_rules.questions import Question, open_questions
from massage_rules.replies import replies
from massage_rules.telling import Spot, spots, told
from massage_rules.verdicts import Decision
from massage_rules.views import Seen

Kind: TypeAlias = Literal["whole", "which", "where", "fact"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to ask now, why, and how it may be answered; `options` are what may be picked, by name or number.

    It asks whether any of several `facts` is so (whole), which of them are (which), at which places one is (where), or for one of
    them at one place (fact); `spots` are the places that it asks about, for each fact.
    """

    kind: Kind
    id: str
    ask: str
    why: str
    hint: str
    needed: bool
    options: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    spots: tuple[tuple[Spot, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Whole:
    """A compound question, to be answered as a whole."""

    question: Question


@dataclass(frozen=True, slots=True)
class _Which:
    """Which of the facts in a compound question apply, after it was answered with yes."""

    question: Question


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

    A yes to a compound question is followed by which of its facts apply; those that aren't picked are told to be no. What else
    matters of it later is picked in the same way: nothing is asked twice in the same words. A fact of a place is asked for each
    place at which it matters.
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
        self._raised: set[str] = set()  # blocks that were asked about as a whole and not denied
        self._started = bool(self.profile.sites)
        self._known: tuple[Seen, Decision, tuple[Question, ...]] | None = None
        self._advice: Advice | None = None

    @property
    def advice(self) -> Advice:
        """The advice on what is known so far, in English."""
        if self._advice is None:
            self._advice = self.evaluator.recommend(self.profile)
        return self._advice

    @property
    def decision(self) -> tuple[Seen, Decision]:
        """What is known so far, and the decision on it."""
        seen, decision, _ = self._now()
        return seen, decision

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
            return Prompt("fact", "region", ask, say("ask.region_why"), say("ask.region"), needed=True, facts=("region",))
        match self._step():
            case None:
                return None
            case _Whole(question):
                how, facts = say("ask.yes_no"), self._open(question)
                return Prompt("whole", question.id, question.ask, question.why, how, question.needed, (), *_parts(facts))
            case _Which(question):
                which, why, how, facts = say("ask.which"), say("ask.which_why"), say("ask.which_hint"), self._open(question)
                words = tuple(self._option(name, places) for name, places in facts.items())
                return Prompt("which", question.id, which, why, how, question.needed, words, *_parts(facts))
            case _At(name, places):
                words, ask = tuple(map(self._label, places)), say("ask.where", fact=self.vocabulary.lay(name))
                why, how = say("ask.where_why"), say("ask.where_hint")
                return Prompt("where", name, ask, why, how, True, words, (name,), (places,))
            case _One(question, spot):
                ask = question.ask if self._only(spot) else say("ask.at", place=self._label(spot), question=question.ask)
                how = self.replies.hint(self.vocabulary.facts[question.id])
                return Prompt("fact", question.id, ask, question.why, how, question.needed, (), question.facts, ((spot,),))

    def answer(self, reply: object) -> None:
        """Takes the answer to the question that `next` gave: words, or for a single fact also a value as a profile takes it."""
        said = normalize("NFC", str(reply)).strip().lower()
        if not self._started:
            region = self._region(said)
            self._set(self.profile.with_facts({"sites": [{"region": region}]}))
            self._started = True
        else:
            step = self._step()
            if step is None:
                return
            following = self._take(step, said, reply)
            self._steps = [*following, *(s for s in self._steps if s != step)]
        self.asked += 1

    def _now(self) -> tuple[Seen, Decision, tuple[Question, ...]]:
        """What is known, the decision on it, and the questions still open."""
        if self._known is None:
            seen, decision = self._asking.decide(self.profile)
            self._known = seen, decision, open_questions(self._asking.rulebook, seen, decision)
        return self._known

    def _set(self, profile: ProfileBase) -> None:
        self.profile, self._known, self._advice = profile, None, None

    def _step(self) -> _Step | None:
        """What to ask now: what an answer called for, or the best question that the client hasn't been asked yet.

        Being unsure is an answer, though it leaves the matter open.
        """
        if self._steps:
            return self._steps[0]
        for question in self._now()[2]:
            if question.is_block:
                if self._open(question):
                    return _Which(question) if self._raised.issuperset(question.blocks) else _Whole(question)
            elif (spot := next(self._unasked(question.id, question.places), None)) is not None:
                return _One(question, spot)
        return None

    def _open(self, question: Question) -> dict[str, tuple[Spot, ...]]:
        """The facts of a compound question that nobody has been asked about, each with where."""
        found = {name: tuple(self._unasked(name, None)) for name in question.facts}
        return {name: places for name, places in found.items() if places}

    def _unasked(self, name: str, places: tuple[int, ...] | None) -> Iterator[Spot]:
        """Where a fact is open that nobody has been asked about there."""
        for spot in spots(self.profile, self._now()[0], name, places=places):
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

    def _take(self, step: _Step, said: str, reply: object) -> list[_Step]:
        """Tells the answer to a step; what has to be asked next because of it."""
        match step:
            case _Whole(question):
                return self._take_whole(question, said)
            case _Which(question):
                return self._take_which(question, said)
            case _At(fact, places):
                labels = [self._label(spot) for spot in places]
                chosen = {places[i] for i, sure in self.replies.picked(fact, said, labels) if sure}
                self._tell([(fact, spot in chosen, spot) for spot in places])
            case _One(question, spot):
                words = isinstance(reply, str)
                given = self._answered(self.replies.value(self.vocabulary.facts[question.id], said), said) if words else reply
                self._tell([(question.id, given, spot)])
        return []

    def _take_whole(self, question: Question, said: str) -> list[_Step]:
        answers = [(name, self._answered(None, said), spot) for name, places in self._open(question).items() for spot in places]
        if said in self.replies.no:
            denied = self.profile.to_dict().get("otherwise_denied", [])
            self._set(self.profile.with_facts({"otherwise_denied": [*denied, *question.blocks]}))
            self._done.update((name, spot) for name, _, spot in answers)
            return []
        if said not in self.replies.yes | self.replies.unsure | self.replies.declined:
            what = self.language("ask.isnt_an_answer", said=clean(said))
            raise ProfileError([Fault(Place(question.id), what, self.language("ask.answer_yes_no"))])
        self._raised.update(question.blocks)
        if said in self.replies.yes:
            return [_Which(question)]
        self._tell(answers)
        return []

    def _take_which(self, question: Question, said: str) -> list[_Step]:
        facts = self._open(question)
        names, labels = tuple(facts), [self._option(name, places) for name, places in facts.items()]
        chosen = {names[i]: sure for i, sure in self.replies.picked(question.id, said, labels, also=names)}
        implied = set(self._implied([name for name, sure in chosen.items() if sure]))
        answers: list[tuple[str, object, Spot]] = []
        following: list[_Step] = []
        for name, places in facts.items():
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
        """All of these answers, or none. A place whose side nobody knows stays without one."""
        self._set(told(self.profile, [a for a in answers if a[0] != "side" or isinstance(a[1], str)]))
        self._done.update((name, spot) for name, _, spot in answers)

    def _answered(self, value: object, said: str) -> object:
        if said in self.replies.unsure or said in self.replies.declined:
            return {"unknown": "unsure" if said in self.replies.unsure else "declined"}
        return value

    def _option(self, name: str, places: tuple[Spot, ...]) -> str:
        """A fact to pick, with its place where it is asked of one of several only."""
        words = self.vocabulary.lay(name)
        if len(places) > 1 or self._only(places[0]):
            return words
        return self.language("ask.at", place=self._label(places[0]), question=words)

    def _only(self, spot: Spot) -> bool:
        """Whether it goes without saying where."""
        return spot.where == "client" or (spot.where == "sites" and len(self.profile.places) == 1 and not self.profile.problems)

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


def _parts(facts: dict[str, tuple[Spot, ...]]) -> tuple[tuple[str, ...], tuple[tuple[Spot, ...], ...]]:
    return tuple(facts), tuple(facts.values())
