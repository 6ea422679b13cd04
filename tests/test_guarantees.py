"""The laws of the design, each a sentence with a property over profiles with holes on the shipped rulebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

from clients import VOCABULARY, evaluator, profiles, value_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from massage_rules.advice import Evaluator
from massage_rules.conditions import Interval
from massage_rules.effects import Adapt, Avoid, Emergency, Refer
from massage_rules.errors import ProfileError
from massage_rules.profile import ProfileBase
from massage_rules.semantics import Decision, Verdict, decide, truths
from massage_rules.truth import FALSE, TRUE, Truth
from massage_rules.views import Seen, views

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def told(ready: Evaluator, seen: Seen) -> list[dict[str, Truth]]:
    return [ready.compiled.truths(v.facts) for v in seen.views]


def decision(ready: Evaluator, profile: ProfileBase, seen: Seen) -> Decision:
    return decide(ready.rulebook, profile, seen, told(ready, seen))


def filled(draw: Any, seen: Seen, how_many: int) -> Seen:
    """The same client with some of the gaps filled, in any way that contradicts nothing known."""
    open_ = sorted({f for f in VOCABULARY.facts if any(f not in v.facts for v in seen.views)})
    chosen = draw.draw(st.lists(st.sampled_from(open_), max_size=how_many, unique=True)) if open_ else []
    learnt: dict[str, Any] = {}
    for name in chosen:
        fact = VOCABULARY.facts[name]
        value = draw.draw(value_of(fact))
        if isinstance(value, dict):
            value = Interval(*map(float, value["between"]))
        elif isinstance(value, int) and not isinstance(value, bool):
            value = Interval(float(value), float(value))
        elif isinstance(value, list):
            value = frozenset(value)
        if any(v.facts.get(o) is False for v in seen.views for o in fact.implies) and value is True:
            continue
        learnt[name] = value
    found = []
    for view in seen.views:
        facts = {**learnt, **view.facts}
        VOCABULARY.gated.close(facts, seen.unknown)
        found.append(replace(view, facts=facts))
    return Seen(tuple(found), seen.unknown)


@SLOW
@given(profiles(), st.data())
def test_law_1_filling_the_gaps_never_closes_what_was_open(profile: ProfileBase, data: Any) -> None:
    """What isn't known never makes a technique suitable: no answer turns suitable or adapt into a refusal."""
    ready, seen = evaluator(), views(profile)
    before, after = decision(ready, profile, seen), decision(ready, profile, filled(data, seen, 40))
    for old, new in zip(before.sites, after.sites, strict=True):
        for name, judgement in old.judgements.items():
            if judgement.verdict.open:
                assert new.judgements[name].verdict not in (Verdict.AVOID, Verdict.REFER_FIRST), name


@SLOW
@given(profiles(), st.data())
def test_law_2_what_is_certain_stays_certain(profile: ProfileBase, data: Any) -> None:
    """Learning more never overturns a rule that holds or doesn't hold."""
    ready, seen = evaluator(), views(profile)
    for old, new in zip(told(ready, seen), told(ready, filled(data, seen, 40)), strict=True):
        for rule, outcome in old.items():
            assert outcome not in (TRUE, FALSE) or new[rule] is outcome, rule


@SLOW
@given(profiles(), st.data())
def test_law_3_adding_a_risk_never_relaxes_a_verdict(profile: ProfileBase, data: Any) -> None:
    """A risk that is told makes no verdict less cautious."""
    risks = sorted(f.id for f in VOCABULARY.facts.values() if f.role == "risk" and f.level == "patient")
    name = data.draw(st.sampled_from(risks))
    try:
        worse = profile.with_fact(name, value=True)
    except ProfileError:
        assume(False)
    ready = evaluator()
    before, after = (decision(ready, p, views(p)) for p in (profile, worse))
    for old, new in zip(before.sites, after.sites, strict=True):
        for technique, judgement in old.judgements.items():
            assert new.judgements[technique].verdict.caution >= judgement.verdict.caution, (name, technique)


@SLOW
@given(profiles())
def test_law_4_the_strictest_finding_decides(profile: ProfileBase) -> None:
    """No technique is open where a rule that holds closes the place, and none is without an indication."""
    ready, seen = evaluator(), views(profile)
    for site in decision(ready, profile, seen).sites:
        covered = VOCABULARY.regions.parts(site.region)
        for name, judgement in site.judgements.items():
            if not judgement.verdict.open:
                continue
            assert any(f.certain for f in judgement.suggested)
            for finding in site.findings:
                effect = finding.rule.effect
                if finding.certain and isinstance(effect, Emergency | Avoid | Refer) and name in effect.scope.techniques:
                    assert not finding.parts >= covered, finding.rule.id
                if isinstance(effect, Adapt) and name in effect.scope.techniques and finding.parts >= covered:
                    cap, limit = effect.pressure_at_most, judgement.limits.pressure_at_most
                    most = ready.rulebook.catalogue.variants[name].pressure.max
                    assert cap is None or cap >= most or (limit is not None and limit <= cap), finding.rule.id


@SLOW
@given(profiles())
def test_law_5_every_verdict_has_a_reason_and_every_reason_a_source(profile: ProfileBase) -> None:
    """Each verdict names rules, each rule is in the answer or is open, and each cites sources that exist."""
    ready = evaluator()
    advice = ready.recommend(profile, core="compiled")
    keys = {s.key for s in advice.sources}
    for site in advice.sites:
        for technique in site.techniques:
            assert technique.reasons or technique.verdict is Verdict.NOT_INDICATED
            for rule in technique.reasons:
                reason = advice.reasons[rule]
                assert reason.references
                assert {k.split(" ")[0] for k in reason.references} <= keys


@SLOW
@given(profiles())
def test_law_6_both_evaluators_agree_with_the_definition(profile: ProfileBase) -> None:
    """The generated function and the second opinion give every rule the truth that the definition gives it."""
    ready = evaluator()
    for view in views(profile).views:
        expected = truths(ready.rulebook, view.facts)
        assert ready.compiled.truths(view.facts) == expected
        assert ready.second.truths(view.facts) == expected


@settings(SLOW, max_examples=25)
@given(profiles(), st.randoms(use_true_random=False))
def test_law_7_the_order_of_facts_changes_nothing(profile: ProfileBase, shuffler: Any) -> None:
    """Same facts, same bytes, in whatever order they are told."""
    data = profile.to_dict()
    names = list(data)
    shuffler.shuffle(names)
    other = type(profile).read({name: data[name] for name in names})
    ready = evaluator()
    assert ready.recommend(profile, core="compiled").to_json() == ready.recommend(other, core="compiled").to_json()


def test_law_7_the_same_bytes_in_another_process(tmp_path: Any) -> None:
    """Hash seeds and processes leave no trace in an answer."""
    client = tmp_path / "client.json"
    client.write_text(json.dumps({"age": 61, "otherwise_denied": "all", "anticoagulated": True, "sites": [{"region": "back"}]}))
    code = f"import massage_rules as mr; print(mr.recommend({str(client)!r}).to_json())"
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1
