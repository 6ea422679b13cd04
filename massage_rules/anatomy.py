"""Rules that nobody writes one by one: how firmly a region of the body may ever be pressed, and what lies unprotected in it."""

from __future__ import annotations

from collections.abc import Iterator

from massage_rules.canonical import digest
from massage_rules.conditions import OneOf
from massage_rules.effects import Adapt, Scope
from massage_rules.errors import Place
from massage_rules.languages import Language
from massage_rules.rule import Rule
from massage_rules.techniques import HANDS_ON, Catalogue
from massage_rules.vocabulary import Vocabulary


def anatomical_rules(vocabulary: Vocabulary, catalogue: Catalogue, *, place: Place, say: Language) -> Iterator[Rule]:
    """A rule for every region that may never be pressed harder than its cap, or that holds structures to go round."""
    hands_on = catalogue.select(HANDS_ON) or frozenset()
    for region in vocabulary.regions.regions.values():
        cap, spared = region.pressure_cap, ", ".join(region.structures)
        whole = region.cap_binds == "region" and cap is not None
        if not whole and not region.structures:
            continue
        most = say("body_map.at_most", n=cap) if cap is not None and cap < 4 else say("body_map.lightly")
        scope = Scope((region.id,), "", hands_on)
        advice = Adapt(scope, advice=say("body_map.over", most=most, structures=spared))
        holds = f"{say('body_map.holds', structures=spared)} " if spared else ""
        yield Rule(
            id=f"anatomy.{region.id}",
            title=say("body_map.capped" if whole else "body_map.go_round", region=region.label, n=cap or 0),
            status="active",
            when=OneOf("region", vocabulary.regions.overlapping(region.id)),
            effect=Adapt(scope, pressure_at_most=cap) if whole else advice,
            because=f"{holds}{region.note}".strip() or say("body_map.unprotected"),
            limits=say("body_map.limits"),
            references=vocabulary.regions.sources,
            basis="mixed",
            carries=(),
            do="",
            place=place,
            digest=digest([region.id, cap, region.cap_binds, region.structures, region.note, region.label]),
        )
