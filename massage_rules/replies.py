"""What somebody may reply to a question in words, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.vocabulary import Fact

YES, NO = frozenset({"y", "yes"}), frozenset({"n", "no", "none"})
UNSURE = frozenset({"?", "unsure", "don't know", "dont know"})
DECLINED = frozenset({"-", "skip", "declined", "rather not say"})


def hint(fact: Fact) -> str:
    """How a fact may be answered."""
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


def value(fact: Fact, said: str) -> object:
    """The answer that a reply gives, as a profile takes it; what can't be read is left for the profile to refuse."""
    match fact.type:
        case "yes_no":
            return True if said in YES else False if said in NO else said
        case "number":
            words = said.split()
            about = len(words) == 2 and words[0] == "about"
            number = words[1] if about else said
            try:
                read = float(number)
            except ValueError:
                return said
            return {"about": read} if about else read
        case "choice":
            return said.replace(" ", "_") if said.replace(" ", "_") in fact.values else said
        case _:
            return [] if said in NO and said not in fact.values else [w.strip().replace(" ", "_") for w in said.split(",")]


def picked(name: str, said: str, labels: Sequence[str], *, also: Sequence[str] = ()) -> Iterator[tuple[int, bool]]:
    """What was picked of several, by number or name, and whether it is sure; nothing where none applies.

    Raises ProfileError for what isn't among them. `also` are other names of the same.
    """
    numbers = {str(i): i - 1 for i in range(1, len(labels) + 1)}
    numbers |= {w.replace("_", " ").lower(): i for names in (also, labels) for i, w in enumerate(names)}
    for word in [] if said in NO else [w.strip() for w in said.split(",")]:
        plain = word.removesuffix("?").strip().replace("_", " ")
        if plain not in numbers:
            remedy = nearest(plain, [w.lower() for w in labels]) or "Answer with numbers or names from the list, or none."
            raise ProfileError([Fault(Place(name), f"`{clean(word)}` isn't among them.", remedy)])
        yield numbers[plain], not word.endswith("?")
