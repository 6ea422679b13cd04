"""How the client's word guides the hands: the discomfort aimed at, the most, and where to let go."""

from __future__ import annotations

from massage_rules.answer import TechniqueAdvice
from massage_rules.course.here import Here
from massage_rules.course.limits import numbers
from massage_rules.course.plan import PainGuide
from massage_rules.rulebook import Rulebook


def pain_guide(rulebook: Rulebook, here: Here, technique: TechniqueAdvice) -> PainGuide:
    """The pain guide of one technique at one site: the catalogue's, brought down by the place and by rules."""
    pain = rulebook.catalogue.variants[technique.technique].pain
    limits = numbers(rulebook, technique)
    by_place = [float(most) for context, most in (pain.caps_by_context or {}).items() if context in here.contexts]
    ruled = [] if limits.pain_at_most is None else [limits.pain_at_most]
    most = min([pain.max, *by_place, *ruled])
    return PainGuide(
        target=(min(pain.target[0], most), min(pain.target[1], most)),
        at_most=most,
        let_go_above=pain.hard_stop,
        says=pain.rule,
        basis=pain.basis,
        rules=limits.pain_rules if ruled and ruled[0] == most else (),
    )
