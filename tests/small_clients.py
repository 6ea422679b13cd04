"""Strategies for the questions what would be different: small rulebooks in which something speaks for every technique, and clients."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import strategies as made
from hypothesis import assume
from hypothesis import strategies as st

from massage_rules.advice import Evaluator
from massage_rules.compiled import compile_rulebook
from massage_rules.conditions import OPS, All, Compare, OneOf
from massage_rules.conditions import Any as Any_
from massage_rules.effects import Suggest
from massage_rules.errors import ProfileError
from massage_rules.opinion import PlainWalk
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook

TODAY = "2026-11-24"
TECHNIQUES = sorted(made.CATALOGUE.variants)


class Plain(Evaluator):
    """An evaluator without the second engine, which would only take time here."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.compiled = compile_rulebook(rulebook)
        self.second = PlainWalk(rulebook)
        self.doses = defaultdict(tuple)


@st.composite
def books(draw: st.DrawFn, *, most: int) -> Rulebook:
    """A rulebook in which something speaks for every technique, mostly everywhere, so that what is against it is what matters."""
    book = draw(made.rulebooks(most=most))
    everywhere = OneOf("region", frozenset(made.VOCABULARY.regions.names()))
    when = draw(st.just(everywhere) | st.just(everywhere) | made.conditions())
    speaks = Suggest(frozenset(TECHNIQUES), "option", (), "none")
    return made.rulebook(*book.rules.values(), made.rule("made_up.for", when, speaks))


@st.composite
def timed_books(draw: st.DrawFn) -> Rulebook:
    """The same, and the weeks speak against some techniques."""
    weeks = st.builds(Compare, st.just("weeks"), st.sampled_from(OPS), st.integers(1, 19).map(float))
    alone = weeks | st.builds(lambda a, b: Any_((a, b)), weeks, weeks)
    when = st.one_of(weeks, alone, st.builds(lambda a, b: All((a, b)), weeks, made.conditions()))
    rules = [made.rule(f"timed.r{i}", draw(when), draw(made.effects())) for i in range(draw(st.integers(1, 3)))]
    return made.rulebook(*draw(books(most=3)).rules.values(), *rules)


@st.composite
def clients(draw: st.DrawFn) -> ProfileBase:
    """A client of the made-up vocabulary, with blocks denied now and then."""
    data: dict[str, Any] = {"as_of": TODAY, **draw(made.answers("patient")), "sites": draw(made.sites())}
    data["otherwise_denied"] = draw(st.sampled_from([[], ["heart"], ["skin"], ["all"]]))
    data["denied"] = draw(st.sampled_from([[], [], ["heart"]]))
    problem = {"kind": draw(st.sampled_from(["rash", "wound"])), "region": draw(st.sampled_from(["wrist", "back"]))}
    data["problems"] = draw(st.sampled_from([[], [], [problem]]))
    return readable(data)


@st.composite
def timed_clients(draw: st.DrawFn) -> ProfileBase:
    """A client with a length of time: as a number, vague or not, in days, or as a day, month or year."""
    days = st.dates(date(2026, 5, 1), date(2026, 11, 24)).map(str) | st.sampled_from(["2026-11", "2026-10", "2026-08", "2026"])
    vague = st.tuples(st.integers(0, 19), st.integers(0, 19)).map(lambda pair: {"between": sorted(pair)})
    weeks = draw(days | st.integers(0, 19) | vague | st.just({"value": 18, "unit": "d"}))
    place = {"region": draw(st.sampled_from(["back", "arm"])), **draw(made.answers("site")), "wound": True, "weeks": weeks}
    return readable({"as_of": TODAY, **draw(made.answers("patient")), "sites": [place]})


def readable(data: dict[str, Any]) -> ProfileBase:
    """The client, if nothing in it contradicts anything."""
    try:
        return models(made.VOCABULARY).profile.read(data)
    except ProfileError:
        assume(False)
        raise
