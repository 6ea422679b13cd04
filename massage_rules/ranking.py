"""In which order techniques stand in an answer: what is open first, by role, what research favours, wishes and goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from massage_rules.answer import TechniqueAdvice
from massage_rules.evidence import adds_nothing

ROLES = {"first_line": 0, "option": 1, "adjunct": 2}
_CERTAINTY = {"high": 0, "moderate": 1, "guideline": 2, "low": 3, "very_low": 4, "none": 5}


def standing(certainty: str | None, says: Sequence[str]) -> tuple[bool, int]:
    """How research ranks a suggestion: after the others where it only says that nothing is added, however certain that is."""
    nothing_added = adds_nothing(says)
    return nothing_added, len(_CERTAINTY) if nothing_added else _CERTAINTY.get(certainty or "", len(_CERTAINTY))


def rank(advice: TechniqueAdvice, goals: set[str]) -> tuple[Any, ...]:
    """The place of a technique in the answer, what can be done first: by role, what research favours, what was asked for and serves the goals, then certainty."""
    nothing_added, certainty = standing(advice.certainty, advice.evidence_says)
    return (
        not advice.verdict.open,
        advice.verdict.caution if not advice.verdict.open else 0,
        ROLES.get(advice.role or "", 3),
        nothing_added,
        not advice.requested,
        -len(goals & set(advice.goals)),
        certainty,
        advice.verdict.caution,
        advice.technique,
    )
