"""What the last sessions mean at a site: of the progress rules that hold there, those that are heard."""

from __future__ import annotations

from massage_rules.effects import Progress
from massage_rules.techniques import HANDS_ON, Catalogue
from massage_rules.verdicts import Decision, Finding


def heard(decision: Decision, site: int, catalogue: Catalogue) -> tuple[tuple[Progress, Finding], ...]:
    """The progress findings that count at a site with their effects, of which the first has the action that decides.

    Advice to go on isn't heard beside a more cautious one, nor where no hands-on technique is open.
    """
    found = [f for f in decision.progress if f.site == site and f.cleared is None]
    held = [(f.rule.effect, f) for f in found if isinstance(f.rule.effect, Progress)]
    holding_back = tuple(pair for pair in held if pair[0].cautious)
    if holding_back or not held:
        return holding_back
    hands_on = catalogue.select(HANDS_ON) or frozenset()
    if not any(name in hands_on and j.verdict.open for name, j in decision.sites[site].judgements.items()):
        return ()
    return tuple(pair for pair in held if pair[0].action == held[0][0].action)
