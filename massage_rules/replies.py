"""What somebody may reply to a question in words, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.languages import FIRST, Language
from massage_rules.vocabulary import Fact


@dataclass(frozen=True, slots=True)
class Replies:
    """What may be replied in one language; yes, no and the like are understood in English too."""

    say: Language
    yes: frozenset[str]
    no: frozenset[str]
    unsure: frozenset[str]
    declined: frozenset[str]
    stop: frozenset[str]

    def hint(self, fact: Fact) -> str:
        """How a fact may be answered."""
        match fact.type:
            case "yes_no":
                return self.say("ask.yes_no")
            case "number":
                unit = self.say(f"units.{fact.unit}") if f"units.{fact.unit}" in self.say.words else fact.unit
                return self.say("ask.number", unit=unit)
            case "choice":
                return self.say("ask.one", names=self._names(fact))
            case _:
                return self.say("ask.several", names=self._names(fact))

    def _names(self, fact: Fact) -> str:
        """What may be chosen: in English the names that a profile takes, otherwise their words."""
        return ", ".join(fact.values) if self.say.code == FIRST else "; ".join(fact.values.values())

    def value(self, fact: Fact, said: str) -> object:
        """The answer that a reply gives, as a profile takes it; what can't be read is left for the profile to refuse."""
        match fact.type:
            case "yes_no":
                return True if said in self.yes else False if said in self.no else said
            case "number":
                return self._number(said)
            case "choice":
                return _chosen(fact, said, otherwise=said)
            case _:
                none = said in self.no and said not in fact.values
                words = [w.strip() for w in re.split("[,;]", said)]
                return [] if none else [_chosen(fact, w, otherwise=w.replace(" ", "_")) for w in words]

    def _number(self, said: str) -> object:
        words = said.split()
        about = len(words) == 2 and words[0] in ("about", self.say("reply.about"))
        number = words[1] if about else said
        try:
            read = float(number.replace(self.say.decimal, "."))
        except ValueError:
            return said
        return {"about": read} if about else read

    def picked(self, name: str, said: str, labels: Sequence[str], *, also: Sequence[str] = ()) -> Iterator[tuple[int, bool]]:
        """What was picked of several, by number or name, and whether it is sure; nothing where none applies.

        Raises ProfileError for what isn't among them. `also` are other names of the same.
        """
        numbers = {str(i): i - 1 for i in range(1, len(labels) + 1)}
        numbers |= {w.replace("_", " ").lower(): i for names in (also, labels) for i, w in enumerate(names)}
        for word in [] if said in self.no else [w.strip() for w in said.split(",")]:
            plain = word.removesuffix("?").strip().replace("_", " ")
            if plain not in numbers:
                remedy = self.nearest(plain, [w.lower() for w in labels]) or self.say("ask.answer_from_list")
                raise ProfileError([Fault(Place(name), self.say("ask.isnt_among", said=clean(word)), remedy)])
            yield numbers[plain], not word.endswith("?")

    def nearest(self, said: str, names: Sequence[str]) -> str:
        """The name that is probably meant, as a question; nothing where none is close."""
        found = re.search("`(.+)`", nearest(said, names))
        return self.say("ask.did_you_mean", name=found[1]) if found else ""


def replies(say: Language, first: Language) -> Replies:
    """What may be replied in a language, and in the first one."""

    def words(key: str) -> frozenset[str]:
        return frozenset(w.strip() for each in (first, say) for w in each(f"reply.{key}").split(","))

    return Replies(say, words("yes"), words("no"), words("unsure"), words("declined"), words("stop"))


def _chosen(fact: Fact, said: str, *, otherwise: str) -> str:
    """The value that a name or its words stand for."""
    name = said.replace(" ", "_")
    by_words = {words.lower(): value for value, words in fact.values.items()}
    return name if name in fact.values else by_words.get(said, otherwise)
