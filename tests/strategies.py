"""Strategies for small rulebooks over a made-up vocabulary: conditions, facts with holes, rulebooks and profiles.

They are for agreement between readings of a rulebook. Clients of the shipped vocabulary are in `clients`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cache
from typing import Any as Anything

from hypothesis import strategies as st

from massage_rules._yaml import data_folder, parse, read
from massage_rules.conditions import (
    NOT_APPLICABLE,
    OPS,
    All,
    Any,
    Compare,
    CompareFacts,
    Condition,
    Defined,
    FactValue,
    Interval,
    Is,
    Not,
    OneOf,
    Points,
)
from massage_rules.effects import Adapt, Avoid, Consult, Define, Effect, Emergency, Refer, Scope, Suggest
from massage_rules.errors import Faults, Place
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.techniques import Catalogue, read_catalogue
from massage_rules.vocabulary import Vocabulary, load_vocabulary

_REGIONS = """
regions:
  body: {label: Whole body}
  arm: {label: Arm, parent: body, paired: yes}
  wrist: {label: Wrist, parent: arm, paired: yes}
  elbow: {label: Elbow, parent: arm, paired: yes}
  back: {label: Back, parent: body}
"""
_FACTS = """
clinicians: {physician: Family doctor}
blocks:
  heart: {title: Heart, ask: Any heart trouble?, why: It may rule out pressure.}
  skin: {title: Skin, ask: Any skin trouble?, why: It may rule out contact.}
facts:
  fever: {changes: by_time, type: yes_no, level: patient, role: risk, block: heart, ask: Fever?}
  clot: {changes: by_time, type: yes_no, level: patient, role: risk, block: heart, ask: A clot?, implies: [thinners]}
  thinners: {changes: by_client, type: yes_no, level: patient, role: risk, block: heart, ask: Blood thinners?}
  cleared: {changes: by_clinician, type: yes_no, level: patient, role: protective, ask: Cleared?}
  rash: {changes: by_time, type: yes_no, level: site, role: risk, block: skin, ask: A rash?}
  wound: {changes: by_time, type: yes_no, level: site, role: risk, block: skin, ask: A wound?}
  wound_closed: {changes: by_time, type: yes_no, level: site, role: protective, block: skin, ask: Is it closed?, only_if: {wound: yes}}
  age: {type: number, level: patient, ask: Age?, unit: a, bounds: [0, 20]}
  pulse: {type: number, level: patient, ask: Pulse?, unit: "1", bounds: [0, 20]}
  pain: {type: number, level: site, ask: Pain?, unit: "1", bounds: [0, 10]}
  weeks: {type: number, level: site, ask: Weeks?, unit: wk, bounds: [0, 20], only_if: {wound: yes}}
  phase: {changes: by_time, type: choice, level: site, ask: Phase?, values: [acute, subacute, chronic]}
  goals: {changes: by_client, type: choices, level: patient, ask: Goals?, values: [sleep, movement, comfort]}
"""
TENTHS = st.integers(0, 20).map(float)
HALVES = st.sampled_from([-2.0, -1.0, -0.5, 0.5, 1.0, 1.5, 3.0])


def _vocabulary() -> Vocabulary:
    return load_vocabulary(parse(_FACTS, name="data/vocabulary.yaml"), parse(_REGIONS, name="data/regions.yaml"))


def _catalogue() -> Catalogue:
    whole = read_catalogue(read(data_folder() / "techniques.yaml"), Faults())
    assert whole is not None
    return whole.model_copy(update={"families": dict(itertools.islice(whole.families.items(), 1))})


VOCABULARY, CATALOGUE = _vocabulary(), _catalogue()
_BY_TYPE = {
    kind: [f.id for f in VOCABULARY.facts.values() if f.type == kind] for kind in ("yes_no", "number", "choice", "choices")
}


@cache
def values(name: str) -> st.SearchStrategy[FactValue]:
    """A value of a fact as a view holds it, now and then that it doesn't apply."""
    fact = VOCABULARY.facts[name]
    match fact.type:
        case "yes_no":
            known: st.SearchStrategy[Anything] = st.booleans()
        case "number":
            known = st.builds(lambda low, wide: Interval(low, low + wide), TENTHS, st.sampled_from([0.0, 0.0, 1.0, 5.0]))
        case "choice":
            known = st.sampled_from(sorted(fact.values))
        case _:
            known = st.frozensets(st.sampled_from(sorted(fact.values)))
    return known | st.just(NOT_APPLICABLE) if fact.type != "yes_no" else known


@cache
def facts() -> st.SearchStrategy[dict[str, FactValue]]:
    """What is known in one view, with holes."""
    return st.fixed_dictionaries({}, optional={name: values(name) for name in VOCABULARY.facts})


@cache
def single_tests() -> st.SearchStrategy[Condition]:
    """A test of a fact, or a comparison of two."""
    numbers, ops = st.sampled_from(_BY_TYPE["number"]), st.sampled_from(OPS)
    return st.one_of(
        st.builds(Is, st.sampled_from(_BY_TYPE["yes_no"]), st.booleans()),
        st.builds(Compare, numbers, ops, TENTHS),
        st.builds(CompareFacts, numbers, ops, numbers),
        st.sampled_from([*_BY_TYPE["choice"], *_BY_TYPE["choices"]]).flatmap(_one_of),
    )


@cache
def _one_of(name: str) -> st.SearchStrategy[OneOf]:
    return st.builds(OneOf, st.just(name), st.frozensets(st.sampled_from(sorted(VOCABULARY.facts[name].values)), min_size=1))


@cache
def conditions(*, definitions: tuple[str, ...] = ()) -> st.SearchStrategy[Condition]:
    """A condition; it may use these definitions."""
    leaves = single_tests() | st.sampled_from(definitions).map(Defined) if definitions else single_tests()
    return st.recursive(leaves, _whole, max_leaves=8)


def _whole(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=1, max_size=4).map(tuple)
    items = st.lists(st.tuples(HALVES, parts), min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(All, several), st.builds(Any, several), st.builds(Not, parts), st.builds(Points, HALVES | st.just(2.5), items)
    )


def rule(name: str, when: Condition, effect: Effect) -> Rule:
    """A rule with nothing special in it but its condition and effect."""
    return Rule(
        id=name, title=name, status="active", when=when, effect=effect, because="", limits="", references=(), basis="default",
        carries=(), do="", place=Place("rules/made_up.yaml", 1, 1),
    )  # fmt: skip


def rulebook(*rules: Rule) -> Rulebook:
    """A rulebook of these rules."""
    return Rulebook({r.id: r for r in rules}, VOCABULARY, CATALOGUE, {}, "made up")


@cache
def effects() -> st.SearchStrategy[Effect]:
    """What a rule does, on some of the techniques."""
    names = sorted(CATALOGUE.variants)
    techniques = st.frozensets(st.sampled_from(names), min_size=1)
    consult = Consult("physician", "before_treatment", "May this be done?")
    scope = st.builds(Scope, st.sampled_from(["here", "body", ("wrist",)]), techniques=techniques)
    return st.one_of(
        st.builds(Emergency, st.just(consult), scope),
        st.builds(Avoid, scope),
        st.builds(Refer, st.just(consult), scope),
        st.builds(Adapt, scope, st.integers(0, 4)),
        st.builds(Suggest, techniques, st.just("option"), st.just(()), st.just("none")),
    )


@st.composite
def rulebooks(draw: st.DrawFn, *, most: int = 8) -> Rulebook:
    """A rulebook whose definitions build on each other, one or two rules each, in an order of no meaning."""
    rules: list[Rule] = []
    defined: tuple[str, ...] = ()
    for i in range(draw(st.integers(0, 3))):
        for j in range(draw(st.integers(1, 2))):
            rules.append(rule(f"define.d{i}-{j}", draw(conditions(definitions=defined)), Define(f"d{i}")))
        defined = (*defined, f"d{i}")
    for i in range(draw(st.integers(1, most))):
        rules.append(rule(f"made_up.r{i}", draw(conditions(definitions=defined)), draw(effects())))
    return rulebook(*draw(st.permutations(rules)))


@cache
def answers(level: str) -> st.SearchStrategy[dict[str, Anything]]:
    """Answers to facts of a level, as a profile takes them; some say that the client isn't sure."""
    return st.fixed_dictionaries(
        {}, optional={n: answer(n) for n, f in VOCABULARY.facts.items() if f.level == level and n not in _PLACE}
    )


_PLACE = ("region", "side")


@cache
def answer(name: str) -> st.SearchStrategy[Anything]:
    """An answer to one fact, as a profile takes it."""
    fact = VOCABULARY.facts[name]
    match fact.type:
        case "yes_no":
            known: st.SearchStrategy[Anything] = st.booleans()
        case "number":
            exact = st.integers(0, int(fact.bounds[1]))
            known = exact | st.tuples(exact, exact).map(lambda pair: {"between": sorted(pair)})
        case "choice":
            known = st.sampled_from(sorted(fact.values))
        case _:
            known = st.lists(st.sampled_from(sorted(fact.values)), max_size=2)
    return known | st.just({"unknown": "unsure"})


@cache
def sites() -> st.SearchStrategy[list[Mapping[str, Anything]]]:
    """The places to be treated."""
    place = st.fixed_dictionaries(
        {"region": st.sampled_from(sorted(VOCABULARY.regions.names()))}, optional={"side": st.sampled_from(["left", "right"])}
    )
    return st.lists(st.builds(lambda where, told: {**where, **told}, place, answers("site")), max_size=2)
