"""What can go wrong, said for the person who can put it right: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import islice
from typing import Any, NamedTuple, Self


class Place(NamedTuple):
    """A position in a file, counted from one, or a path into data that came from no file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: its place, what it is, and the remedy."""

    place: Place
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


class MassageRulesError(Exception):
    """The root of every error that this library raises on purpose."""


class ContentFault(MassageRulesError):  # noqa: N818  (a part of ContentError, and a word of the glossary)
    """One fault in a rule, case or data file."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fault,)


class ContentError(ExceptionGroup[ContentFault], MassageRulesError):
    """Every fault found in the content that was to be loaded, sorted by place."""

    def __new__(cls, faults: Iterable[Fault]) -> Self:
        """The faults sorted, each once, as an error each."""
        ordered = sorted(set(faults))
        count = "1 fault" if len(ordered) == 1 else f"{len(ordered)} faults"
        self = super().__new__(cls, f"{count} in the content", [ContentFault(f) for f in ordered])
        self.faults = tuple(ordered)
        return self

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:  # noqa: ARG002  (taken up by __new__)
        super().__init__("", [])

    def derive(self, excs: Sequence[ContentFault]) -> ContentError:  # type: ignore[override]
        """Part of the faults, as `split` and `except*` give them back."""
        return ContentError(e.fault for e in excs)

    def __str__(self) -> str:
        return "\n".join(str(f) for f in self.faults)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


class ProfileError(MassageRulesError, ValueError):
    """A client's profile that can't be read; every fault names its field, the reason and the remedy."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(f) for f in self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


class EvaluationError(MassageRulesError):
    """A rule that could not be evaluated; the evaluation stopped and gave no answer."""


class Disagreement(EvaluationError):  # noqa: N818  (says what happened)
    """The two evaluators differ on this client, so no answer is given."""

    def __init__(self, rules: Iterable[str], facts: Iterable[str], cores: tuple[str, str]) -> None:
        self.rules, self.facts, self.cores = tuple(rules), tuple(facts), cores
        super().__init__(
            f"{cores[0]} and {cores[1]} differ on {', '.join(f'`{r}`' for r in self.rules)}, which read "
            f"{', '.join(f'`{f}`' for f in self.facts) or 'no facts'}. No advice is given; please report this."
        )


@dataclass(slots=True)
class Faults:
    """Collects faults while reading goes on, so that all of them are reported at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, place: Place, what: str, remedy: str = "") -> None:
        """Notes a fault and goes on."""
        self.found.append(Fault(place, what, remedy))

    def stop_if_any(self) -> None:
        """Raises ContentError with every fault noted, if there are any."""
        if self.found:
            raise ContentError(self.found)


def nearest(name: str, names: Iterable[str]) -> str:
    """`Did you mean ...?` with the closest of the valid names, or nothing where none is close."""
    valid = sorted(set(names))
    sought = name[:_LONGEST_NAME]
    close = get_close_matches(sought, valid, n=1, cutoff=0.6) or get_close_matches(
        sought.lower().replace(" ", "_").replace("-", "_"), valid, n=1, cutoff=0.6
    )
    return f"Did you mean `{close[0]}`?" if close else ""


def clean(value: object, *, longest: int = 60) -> str:
    """Anything from outside made fit for a one-line message: printable, and cut where it is long."""
    text = _plain(value, depth=2)[: longest + 1]
    shown = "".join("'" if c == "`" else c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


_LONGEST_NAME = 80
_MOST_SHOWN = 8
_HUGE = 10**30


def _plain(value: object, *, depth: int) -> str:
    match value:
        case str():
            return value
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int():
            return int.__repr__(value) if abs(value) < _HUGE else "a huge number"
        case float():
            return float.__repr__(value)
        case date():
            return value.isoformat()
        case Mapping():
            items = (f"{_plain(k, depth=depth - 1)}: {_plain(v, depth=depth - 1)}" for k, v in islice(value.items(), _MOST_SHOWN))
            return "{" + (", ".join(items) if depth else "…") + "}"
        case list() | tuple() | set() | frozenset():
            return "[" + (", ".join(_plain(v, depth=depth - 1) for v in islice(value, _MOST_SHOWN)) if depth else "…") + "]"
        case _:
            return "something else than words, numbers and dates"
