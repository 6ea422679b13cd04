"""Whether anything that may still be answered could change what is to be done.

It's read off the decision, without trying answers: what holds or doesn't hold for certain stays so, thus only a rule that can't be
told yet, and that some answer bears on, may change anything. Where several such rules, or the parts of one, exclude each other,
the advice may count as open though nothing would change it; it never counts as settled where something would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

from massage_rules.effects import Adapt, Emergency, Refer
from massage_rules.profile import ProfileBase
from massage_rules.questions import OpenPlace
from massage_rules.rule import Rule
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import decide, limiting, truths
from massage_rules.techniques import HANDS_ON
from massage_rules.truth import UNKNOWN
from massage_rules.verdicts import Decision, Disposition, Finding, Judgement, Verdict
from massage_rules.views import Seen, views


@dataclass(frozen=True, slots=True)
class Settled:
    """Whether no answer can change the disposition, and whether none can change a verdict either."""

    disposition: bool
    verdicts: bool


def settled(rulebook: Rulebook, seen: Seen, decision: Decision) -> Settled:
    """What can't change any more, whatever is answered.

    What may be answered are the facts that aren't known exactly and that the client hasn't declined to tell. Where the work is,
    and the lists of operations, injuries, problems, medicines and clearances, are taken as told.
    """
    open_ = _Open(rulebook, seen)
    disposition = not any(map(open_.answerable, _moving_disposition(rulebook, decision)))
    moving = chain.from_iterable(_moving(rulebook, j) for site in decision.sites for j in site.judgements.values())
    return Settled(disposition, disposition and not any(map(open_.answerable, moving)))


def settled_by(rulebook: Rulebook, profile: ProfileBase) -> Settled:
    """The same for a client whose decision isn't at hand."""
    seen = views(profile)
    return settled(rulebook, seen, decide(rulebook, profile, seen, [truths(rulebook, v.facts) for v in seen.views]))


class _Open:
    """Which rules that can't be told some answer bears on."""

    def __init__(self, rulebook: Rulebook, seen: Seen) -> None:
        self.facts = rulebook.vocabulary.facts
        self.places = [OpenPlace(rulebook, view) for view in seen.views]
        self._found: dict[str, bool] = {}

    def answerable(self, finding: Finding) -> bool:
        """Whether a finding can't be told and its rule turns, at any place, on something that may be told."""
        return finding.truth is UNKNOWN and self._bears_on(finding.rule)

    def _bears_on(self, rule: Rule) -> bool:
        if rule.id not in self._found:
            turns = ((place, *place.turns(rule.when)) for place in self.places)
            self._found[rule.id] = any(t is UNKNOWN and any(self._tellable(p, n) for n in names) for p, t, names in turns)
        return self._found[rule.id]

    def _tellable(self, place: OpenPlace, name: str) -> bool:
        """Whether a fact may be told, or follow from another that may."""
        if place.view.unknown.get(name) != "declined":
            return True
        narrower = (f.id for f in self.facts.values() if name in f.implies or f.follows == name)
        return any(other not in place.facts and self._tellable(place, other) for other in narrower)


def _moving_disposition(rulebook: Rulebook, decision: Decision) -> Iterator[Finding]:
    """The findings that may change the disposition, if they can't be told yet."""
    findings = [*chain.from_iterable(s.findings for s in decision.sites), *decision.elsewhere]
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    judged = [j for s in decision.sites for n, j in s.judgements.items() if n in hands_on]
    if decision.disposition is not Disposition.EMERGENCY:
        yield from (f for f in findings if isinstance(f.rule.effect, Emergency))
    match decision.disposition:
        case Disposition.TREAT:  # until somebody is called, or something that is limited is indicated besides
            yield from _calling(findings)
            yield from chain.from_iterable(_indicating(j) for j in judged if j.limits)
        case Disposition.MODIFY:  # unless nothing limits the work after all
            limits = [*_calling(findings), *(f for j in judged for f in j.against if limiting(f))]
            if not any(f.certain for f in limits):
                yield from limits
                yield from chain.from_iterable((*_indicating(j), *j.against) for j in judged)
        case Disposition.ASK_FIRST | Disposition.CONSULT:
            yield from chain.from_iterable((*_indicating(j), *_moving(rulebook, j)) for j in judged)


def _calling(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (f for f in findings if f.calls and f.cleared is None)


def _indicating(judgement: Judgement) -> tuple[Finding, ...]:
    """What may yet indicate a technique that isn't indicated."""
    return () if any(f.certain for f in judgement.suggested) else judgement.suggested


def _moving(rulebook: Rulebook, judgement: Judgement) -> Iterator[Finding]:
    """The findings that may change a verdict, if they can't be told yet."""
    least = rulebook.catalogue.variants[judgement.technique].pressure.min
    closing = [f for f in judgement.against if _may_close(f, least)]
    match judgement.verdict:
        case Verdict.AVOID | Verdict.SUITABLE:
            pass
        case Verdict.ADAPT:
            binding = {rule for kind, rules in judgement.limits.because.items() if kind != "advice" for rule in rules}
            if not any(f.certain and f.rule.id in binding and not f.rule.anatomical for f in judgement.against):
                yield from judgement.against
        case Verdict.NOT_INDICATED:
            yield from chain(judgement.suggested, closing)
        case Verdict.ASK_FIRST:
            yield from closing
        case Verdict.REFER_FIRST:
            yield from (f for f in closing if not isinstance(f.rule.effect, Refer))
        case _:
            assert_never(judgement.verdict)


def _may_close(finding: Finding, least: int) -> bool:
    """Whether a finding may close any part of a place to work that needs at least this pressure."""
    effect = finding.rule.effect
    if not isinstance(effect, Adapt):
        return True
    tight = effect.pressure_at_most is not None and effect.pressure_at_most < least
    return tight or bool(effect.spare) or bool(effect.no_positions)
