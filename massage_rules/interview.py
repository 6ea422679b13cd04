"""An interview, question by question: the best one first, until nothing that could be answered matters any more."""

from __future__ import annotations

from dataclasses import dataclass

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.answers import Unknown
from massage_rules.errors import Fault, Place, ProfileError, nearest
from massage_rules.profile import ProfileBase, models
from massage_rules.questions import Question
from massage_rules.vocabulary import Fact

_YES, _NO = {"y", "yes"}, {"n", "no", "none"}
_UNSURE, _DECLINED = {"?", "unsure", "don't know", "dont know"}, {"-", "skip", "declined", "rather not say"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to ask now, why, and how it may be answered."""

    id: str
    ask: str
    why: str
    hint: str
    needed: bool


class Interview:
    """Keeps the profile as answers come in. An answer that can't be read raises ProfileError and changes nothing."""

    def __init__(self, evaluator: Evaluator, profile: ProfileBase | None = None) -> None:
        self.evaluator = evaluator
        self.vocabulary = evaluator.rulebook.vocabulary
        self.profile = profile if profile is not None else models(self.vocabulary).profile.read({})
        self.asked = 0
        self._queue: list[str] = []
        self._answered: set[str] = set()
        self._blocks: tuple[str, ...] = ()
        self._started = bool(self.profile.sites)
        self._advice: Advice | None = None

    @property
    def advice(self) -> Advice:
        """The advice on what is known so far."""
        if self._advice is None:
            self._advice = self.evaluator.recommend(self.profile)
        return self._advice

    def next(self) -> Prompt | None:
        """The question to ask now, or None when nothing more can matter."""
        if not self._started:
            return Prompt(
                "region",
                self.vocabulary.facts["region"].ask,
                "all else depends on it",
                "a region, e.g. neck or lower_back",
                needed=True,
            )
        if self._queue:
            fact = self.vocabulary.facts[self._queue[0]]
            return Prompt(fact.id, fact.ask, "you said something in this group applies", _hint(fact), needed=True)
        question = self._question()
        if question is None:
            return None
        if question.is_block:
            return Prompt(
                question.id, question.ask, question.why, "yes, no, ? (not sure) or - (rather not say)", needed=question.needed
            )
        return Prompt(question.id, question.ask, question.why, _hint(self.vocabulary.facts[question.id]), needed=question.needed)

    def _question(self) -> Question | None:
        """The best question that the client hasn't been asked yet; being unsure is an answer, though it leaves the matter open."""
        asked = self._unsure() | self._answered
        open_ = (*self.advice.questions, *self.advice.easing_questions)
        return next((q for q in open_ if not set(q.facts) <= asked), None)

    def _unsure(self) -> set[str]:
        told = [self.profile.answers(), *(site.answers() for site in self.profile.sites)]
        return {name for answers in told for name, answer in answers.items() if isinstance(answer, Unknown)}

    def answer(self, said: str) -> None:
        """Takes the answer to the question that `next` gave."""
        said = said.strip().lower()
        prompt = self.next()
        if prompt is None:
            return
        if prompt.id == "region" and not self._started:
            self._tell({"sites": [{"region": _region(self.vocabulary.regions.names(), said)}]})
            self._started = True
        elif self._queue:
            self._tell_fact(self._queue[0], said)
            self._answered.add(self._queue[0])
            self._queue.pop(0)
            if not self._queue:
                self._close(self._blocks)
        else:
            question = self._question()
            if question is not None and question.is_block:
                self._answer_block(question, said)
            elif question is not None:
                self._tell_fact(question.id, said)
                self._answered.add(question.id)
        self.asked += 1

    def _answer_block(self, question: Question, said: str) -> None:
        if said in _NO:
            self._close(question.blocks)
        elif said in _YES:
            self._queue, self._blocks = [f for f in question.facts if f not in self._unsure()], question.blocks
        elif said in _UNSURE | _DECLINED:
            way = "unsure" if said in _UNSURE else "declined"
            for name in question.facts:
                self._put(name, {"unknown": way})
        else:
            raise ProfileError([Fault(Place(question.id), f"`{said}` isn't an answer to this.", "Answer yes, no, ? or -.")])

    def _close(self, blocks: tuple[str, ...]) -> None:
        data = self.profile.to_dict()
        self._tell({"otherwise_denied": [*data.get("otherwise_denied", []), *blocks]})

    def _tell_fact(self, name: str, said: str) -> None:
        if said in _UNSURE or said in _DECLINED:
            self._put(name, {"unknown": "unsure" if said in _UNSURE else "declined"})
        else:
            self._put(name, _value(self.vocabulary.facts[name], said))

    def _put(self, name: str, value: object) -> None:
        if self.vocabulary.facts[name].level == "patient":
            self._set(self.profile.with_fact(name, value))
        else:
            profile = self.profile
            for site, place in enumerate(profile.places):
                if getattr(place, name) is None:
                    profile = profile.with_fact(name, value, site=site)
            self._set(profile)

    def _tell(self, changes: dict[str, object]) -> None:
        self._set(self.profile.with_facts(changes))

    def _set(self, profile: ProfileBase) -> None:
        self.profile, self._advice = profile, None


def _region(names: set[str], said: str) -> str:
    name = said.replace(" ", "_")
    if name not in names:
        raise ProfileError(
            [Fault(Place("region"), f"`{said}` isn't a region.", nearest(said, names) or "Try `neck`, `lower_back` or `body`.")]
        )
    return name


def _hint(fact: Fact) -> str:
    match fact.type:
        case "yes_no":
            return "yes, no, ? (not sure) or - (rather not say)"
        case "number":
            unit = {"wk": "weeks", "d": "days", "h": "hours", "mo": "months", "a": "years", "1": "a number"}.get(
                fact.unit, fact.unit
            )
            return f"{unit}, e.g. 6 or about 6, or ?"
        case "choice":
            return f"one of: {', '.join(fact.values)}; or ?"
        case _:
            return f"one or more of: {', '.join(fact.values)}; or ?"


def _value(fact: Fact, said: str) -> object:
    match fact.type:
        case "yes_no":
            return True if said in _YES else False if said in _NO else said
        case "number":
            words = said.split()
            about = len(words) == 2 and words[0] == "about"
            number = words[1] if about else said
            try:
                value = float(number)
            except ValueError:
                return said
            return {"about": value} if about else value
        case "choice":
            return said.replace(" ", "_") if said.replace(" ", "_") in fact.values else said
        case _:
            return [w.strip().replace(" ", "_") for w in said.split(",")]
