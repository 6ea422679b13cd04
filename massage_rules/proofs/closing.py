"""What may be done, as a formula: that a technique is open at a place, whatever else is known of the client or not.

It says of a client seen at one site what `semantics.judge` says: a technique is open where a suggestion holds and some part
of the site is neither closed, nor waiting for a clinician or an answer, nor left without room by limits. Clearances aren't given.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from massage_rules.conditions import OneOf
from massage_rules.effects import POSITIONS, Adapt, Avoid, Emergency, Refer, Scope, Suggest
from massage_rules.proofs.model import Model
from massage_rules.proofs.solver import Formula, every, flag, no, one_at_most, some
from massage_rules.rulebook import Rule


class Closing:
    """The formulas of one model's verdicts, at a part of the site that the solver may choose."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rulebook = model.rulebook
        self._regions = self.rulebook.vocabulary.regions
        self._open: dict[str, Formula] = {}

    @cached_property
    def parts(self) -> dict[str, Formula]:
        """That the part looked at is this one."""
        return {p: flag(f"{self.model.name}part:{p}") for p in sorted(self._regions.parts("body"))}

    @cached_property
    def somewhere(self) -> Formula:
        """One part of the site is looked at."""
        region = self.model.answer("region")
        within: dict[str, list[Formula]] = {p: [] for p in self.parts}
        for name, chosen in region.values.items():
            for part in self._regions.parts(name):
                within[part].append(chosen)
        return every(
            some(*self.parts.values()),
            one_at_most(self.parts.values()),
            *(some(no(flag_), *within[p]) for p, flag_ in self.parts.items()),
        )

    def open(self, technique: str) -> Formula:
        """The technique may be used at the part that is looked at, freely or within limits; it is asked with `somewhere`."""
        if technique not in self._open:
            self._open[technique] = self._is_open(technique)
        return self._open[technique]

    def _is_open(self, technique: str) -> Formula:
        indicated = [self.model.rule(r.id).holds for r in self.suggesting(technique)]
        against = [every(self.model.rule(r.id).possible, self.binds(r, technique)) for r in self.closing(technique)]
        return every(some(*indicated), *(no(a) for a in against), no(self.no_position(technique)))

    def capped(self, technique: str, most: int) -> Formula:
        """A limit keeps the pressure at the part that is looked at at most there."""
        return some(
            *(
                every(self.model.rule(r.id).possible, self.covers(r.effect.scope))
                for r in self.limiting(technique)
                if isinstance(r.effect, Adapt) and r.effect.pressure_at_most is not None and r.effect.pressure_at_most <= most
            )
        )

    def suggesting(self, technique: str) -> Iterator[Rule]:
        """The rules that suggest a technique."""
        return (r for r in self.rulebook.rules.values() if isinstance(r.effect, Suggest) and technique in r.effect.techniques)

    def closing(self, technique: str) -> Iterator[Rule]:
        """The rules that can close a part to a technique, or hold it up there."""
        least = self.rulebook.catalogue.variants[technique].pressure.min
        for rule in self.limiting(technique):
            match rule.effect:
                case Adapt() as limit:
                    tight = limit.pressure_at_most is not None and limit.pressure_at_most < least
                    if tight or limit.spare:
                        yield rule
                case _:
                    yield rule

    def limiting(self, technique: str) -> Iterator[Rule]:
        """The rules that bind a technique in any way."""
        for rule in self.rulebook.rules.values():
            if isinstance(rule.effect, Emergency | Avoid | Refer | Adapt) and technique in rule.effect.scope.techniques:
                yield rule

    def binds(self, rule: Rule, technique: str) -> Formula:
        """A rule closes the part that is looked at, wherever it applies."""
        effect = rule.effect
        assert isinstance(effect, Emergency | Avoid | Refer | Adapt)
        least = self.rulebook.catalogue.variants[technique].pressure.min
        if isinstance(effect, Adapt) and not (effect.pressure_at_most is not None and effect.pressure_at_most < least):
            spared = self._over(frozenset().union(*map(self._regions.parts, effect.spare)))
            return every(self.covers(effect.scope), spared)
        return self.covers(effect.scope)

    def covers(self, scope: Scope) -> Formula:
        """An effect's scope covers the part that is looked at."""
        sides = no(self.opposite(scope.side)) if scope.side else every()
        if isinstance(scope.where, str):
            return sides
        return every(sides, self._over(frozenset().union(*map(self._regions.parts, scope.where))))

    def _over(self, parts: frozenset[str]) -> Formula:
        return some(*(self.parts[p] for p in sorted(parts)))

    def opposite(self, fact: str) -> Formula:
        """The site is on the other side than a fact tells."""

        def at(name: str, side: str) -> Formula:
            return self.model.of(OneOf(name, frozenset({side}))).holds

        return some(every(at(fact, "left"), at("side", "right")), every(at(fact, "right"), at("side", "left")))

    def no_position(self, technique: str) -> Formula:
        """The limits leave no position to lie or sit in."""
        barring: dict[str, list[Formula]] = {p: [] for p in POSITIONS}
        for rule in self.limiting(technique):
            if isinstance(rule.effect, Adapt) and rule.effect.no_positions:
                applies = every(self.model.rule(rule.id).possible, self._touches(rule.effect.scope))
                for position in rule.effect.no_positions:
                    barring[position].append(applies)
        return every(*(some(*rules) for rules in barring.values()))

    def _touches(self, scope: Scope) -> Formula:
        """A scope covers some part of the site."""
        sides = no(self.opposite(scope.side)) if scope.side else every()
        if isinstance(scope.where, str):
            return sides
        names = frozenset().union(*(self._regions.overlapping(r) for r in scope.where))
        return every(sides, self.model.of(OneOf("region", names)).holds)

    def reads(self, *techniques: str) -> frozenset[str]:
        """The facts that bear on whether these techniques are open."""
        found = {"region", "side"}
        for technique in techniques:
            for rule in (*self.suggesting(technique), *self.limiting(technique)):
                found |= self.rulebook.reads(rule.id)
                effect = rule.effect
                if not isinstance(effect, Suggest) and effect.scope.side:  # type: ignore[union-attr]
                    found.add(effect.scope.side)  # type: ignore[union-attr]
        return frozenset(found)
