"""Placeholder until the durable_rules core stands here."""

from __future__ import annotations

from collections.abc import Mapping

from massage_rules.conditions import Facts
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import truths
from massage_rules.truth import Truth


class PlainWalk:
    name = "plain walk"

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    def truths(self, facts: Facts) -> Mapping[str, Truth]:
        return truths(self.rulebook, facts)


def second_opinion(rulebook: Rulebook) -> PlainWalk:
    return PlainWalk(rulebook)
