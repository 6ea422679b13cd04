"""The words and records that decisions are told in: verdicts, dispositions, findings, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from massage_rules.effects import Avoid, Emergency, Refer
from massage_rules.parts import Clearance
from massage_rules.rule import Rule
from massage_rules.truth import TRUE, Truth


class Verdict(StrEnum):
    """What may be done with one technique at one site."""

    SUITABLE = "suitable"
    ADAPT = "adapt"
    NOT_INDICATED = "not indicated"
    ASK_FIRST = "ask first"
    REFER_FIRST = "refer first"
    AVOID = "avoid"

    @property
    def caution(self) -> int:
        """Its place in the order of caution; what isn't indicated and what waits for an answer stand alike."""
        return {"suitable": 0, "adapt": 1, "not indicated": 2, "ask first": 2, "refer first": 3, "avoid": 4}[self]

    @property
    def open(self) -> bool:
        """Whether the technique may be used now."""
        return self in (Verdict.SUITABLE, Verdict.ADAPT)


class Disposition(StrEnum):
    """What is to be done with the client as a whole, in order of caution."""

    TREAT = "treat"
    MODIFY = "treat with modification"
    ASK_FIRST = "ask first"
    CONSULT = "consult a clinician"
    DO_NOT_TREAT = "do not treat"
    EMERGENCY = "emergency"

    @property
    def caution(self) -> int:
        """Its place in the order of caution."""
        return list(Disposition).index(self)


class Grade(StrEnum):
    """What an alert changes, gravest first."""

    STOP = "stop"
    CLEARANCE = "get clearance"
    ASK = "ask first"
    ADAPT = "adapt"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Its place in the order of gravity; the gravest is 0."""
        return list(Grade).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's outcome at one site: that it holds or can't be told, and the parts of the site it binds."""

    rule: Rule
    truth: Truth
    site: int
    parts: frozenset[str]
    cleared: Clearance | None = None

    @property
    def certain(self) -> bool:
        """Whether the rule holds, rather than can't be told."""
        return self.truth is TRUE

    @property
    def calls(self) -> bool:
        """Whether it calls for a clinician; advice wanted only before a treatment calls for nobody where it binds nothing."""
        match self.rule.effect:
            case Emergency():
                return True
            case Refer(consult):
                return bool(self.parts) or consult.urgency not in ("before_treatment", "routine")
            case Avoid(_, consult):
                return consult is not None
            case _:
                return False


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a technique where it is used; each field's rules are in `because`."""

    pressure_at_most: int | None = None
    local_pressure: Mapping[str, int] = field(default_factory=dict)
    minutes_at_most: float | None = None
    pain_at_most: float | None = None
    no_positions: frozenset[str] = frozenset()
    spare: frozenset[str] = frozenset()
    margin_cm: float | None = None
    motion: Mapping[str, float] = field(default_factory=dict)
    no_end_range: bool = False
    because: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(name != "advice" for name in self.because)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one technique at one site, with the findings that speak for it, decide it, and limit it."""

    technique: str
    verdict: Verdict
    limits: Limits
    suggested: tuple[Finding, ...]
    against: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SiteDecision:
    """All verdicts at one site."""

    region: str
    side: str | None
    findings: tuple[Finding, ...]
    judgements: Mapping[str, Judgement]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rulebook says of one profile; `elsewhere` holds findings on local problems that touch no site.

    `progress` holds what the last sessions mean, site by site, the most cautious first; `truths`, what it all rests on: the
    truth of every rule in each view.
    """

    disposition: Disposition
    sites: tuple[SiteDecision, ...]
    elsewhere: tuple[Finding, ...] = ()
    progress: tuple[Finding, ...] = ()
    truths: tuple[Mapping[str, Truth], ...] = ()
