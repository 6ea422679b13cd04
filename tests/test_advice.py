"""The answer: checked by two evaluators, complete, and the same for the same client."""

from __future__ import annotations

import threading
from pathlib import Path
from unittest.mock import patch

import pytest

import massage_rules as mr
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.engine import Ruleset, available
from massage_rules.published import files
from massage_rules.truth import Truth

NECK = {
    "region": "neck",
    "complaints": ["neck_upper_trapezius_tension"],
    "complaint_weeks": 20,
    "pain_now": 4,
    "irritability": "low",
}


def test_a_typical_adult_who_denied_every_block_is_treated() -> None:
    """Neck tension, all blocks denied: treat, with no question left."""
    advice = mr.recommend({"age": 38, "denied": "all", "sites": [NECK]})
    assert advice.disposition == "treat"
    assert advice.questions == ()
    assert advice.easing_questions == ()


def test_the_same_adult_who_was_asked_nothing_is_asked_first() -> None:
    """Asked nothing: ask first, at most ten questions, and denying them in turn leads to treatment."""
    client = {"age": 38, "sites": [NECK]}
    advice = mr.recommend(client)
    assert advice.disposition == "ask first"
    assert 1 <= len(advice.questions) <= 10
    after = mr.recommend({**client, "denied": [b for q in advice.questions for b in q.blocks]})
    assert after.questions == ()
    assert after.disposition in ("treat", "treat with modification")


def test_the_answer_says_who_decided_it() -> None:
    """Both evaluators stand in the answer, with the rulebook's version and digest."""
    basis = mr.recommend({"age": 38, "denied": "all", "sites": [NECK]}).basis
    assert basis.core == "generated function"
    assert basis.second_opinion.startswith("durable_rules") or "plain walk" in basis.second_opinion
    assert len(basis.rulebook_digest) == 64
    assert basis.rulebook_version == mr.__version__


def test_a_disagreement_gives_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the two evaluators differ, the error names the rule and the facts, and there is no advice."""
    ready = Evaluator(shipped_evaluator().rulebook)
    honest = ready.compiled.truths
    rule = next(iter(ready.rulebook.rules))

    class Bent:
        def truths(self, facts: object) -> dict[str, Truth]:
            told = honest(facts)  # type: ignore[arg-type]
            return {**told, rule: Truth((told[rule].value + 2) % 3 - 1)}

    monkeypatch.setattr(ready, "compiled", Bent())
    with pytest.raises(mr.Disagreement) as caught:
        ready.recommend(mr.read_profile({"age": 38, "denied": "all", "sites": [NECK]}))
    assert rule in caught.value.rules
    assert rule in str(caught.value)


@pytest.mark.skipif(not available(), reason="durable_rules can't be imported here")
def test_what_durable_rules_missed_is_not_remembered() -> None:
    """Where it fires nothing there is no answer, and the next one rests on what it says then."""
    ready = Evaluator(shipped_evaluator().rulebook)
    client = mr.read_profile({"age": 38, "denied": "all", "sites": [NECK]})
    with patch.object(Ruleset, "_fire", lambda _self, _sid: iter(())), pytest.raises(mr.Disagreement):
        ready.recommend(client)
    assert ready.recommend(client) == mr.recommend(client)


def test_a_clearance_lifts_the_rule_it_names_and_no_other() -> None:
    """A valid written clearance lifts one rule; it stays visible; once expired it lifts nothing."""
    client = {"as_of": "2026-11-24", "age": 60, "otherwise_denied": "all", "anticoagulated": True, "sites": [NECK]}
    rule = next(r for r in mr.recommend(client).reasons.values() if r.effect in ("avoid", "refer") and r.certain)
    letter = {"rule": rule.rule, "by": "Dr A", "on": "2026-11-01", "until": "2026-12-31"}
    cleared = mr.recommend({**client, "clearances": [letter]})
    for site in cleared.sites:
        for technique in site.techniques:
            assert rule.rule not in technique.reasons
    expired = mr.recommend({**client, "clearances": [{**letter, "until": "2026-11-10"}]})
    assert any(rule.rule in t.reasons for s in expired.sites for t in s.techniques)


def test_an_emergency_cannot_be_cleared() -> None:
    """A clearance of an emergency rule is refused."""
    rulebook = shipped_evaluator().rulebook
    emergency = next(r.id for r in rulebook.rules.values() if type(r.effect).__name__ == "Emergency")
    letter = {"rule": emergency, "by": "Dr A", "on": "2026-11-01", "until": "2026-12-31"}
    with pytest.raises(mr.ProfileError, match="can't be cleared"):
        mr.recommend({"as_of": "2026-11-24", "clearances": [letter]})


def test_an_override_is_recorded_and_changes_no_verdict() -> None:
    """A therapist's override is in the notes; the verdicts are as before."""
    client = {"age": 60, "otherwise_denied": "all", "anticoagulated": True, "sites": [NECK]}
    plain = mr.recommend(client)
    rule = next(iter(plain.reasons))
    overridden = mr.recommend({**client, "overrides": [{"rule": rule, "by": "MT", "reason": "long known"}]})
    assert overridden.sites == plain.sites
    assert any("long known" in note for note in overridden.notes)


def test_left_and_right_are_kept_apart() -> None:
    """A local problem on one side leaves the other side as it was."""
    site = {"region": "calf", "complaints": ["delayed_onset_muscle_soreness"]}
    base = {"age": 30, "otherwise_denied": "all", "problems": [{"kind": "open_skin_lesion", "region": "calf", "side": "left"}]}
    left = mr.recommend({**base, "sites": [{**site, "side": "left"}]})
    right = mr.recommend({**base, "sites": [{**site, "side": "right"}]})
    assert left.disposition != right.disposition


def test_eight_threads_get_right_answers() -> None:
    """One evaluator shared by eight threads answers as it does alone."""
    ready = shipped_evaluator()
    clients = [
        mr.read_profile({"age": a, "otherwise_denied": "all", "anticoagulated": a % 2 == 0, "sites": [NECK]})
        for a in (30, 40, 66, 80)
    ]
    expected = [ready.decide(c)[1] for c in clients]
    wrong: list[int] = []

    def work(thread: int) -> None:
        for i in range(150):
            k = (i + thread) % len(clients)
            if ready.decide(clients[k])[1].disposition != expected[k].disposition:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_generated_files_are_fresh() -> None:
    """Schemas and stub are what the vocabulary says today."""
    for path, content in files().items():
        assert Path(path).read_text(encoding="utf-8") == content, f"{path} is stale: run `make generate`"


def test_every_public_name_is_there() -> None:
    """What `__all__` promises can be had."""
    for name in mr.__all__:
        assert getattr(mr, name) is not None
    with pytest.raises(AttributeError, match="has no name"):
        mr.nonsense  # noqa: B018


def test_an_answer_knows_its_client_and_one_read_back_says_that_it_does_not() -> None:
    """What explains an answer later needs the client; the words of the answer alone don't hold one."""
    client = mr.read_profile({"age": 40, "sites": [{"region": "lower_back"}]})
    advice = mr.recommend(client)
    assert advice.profile == client
    with pytest.raises(LookupError, match="without its client"):
        _ = mr.Advice.model_validate_json(advice.to_json()).profile


def test_a_decision_holds_the_truths_that_it_rests_on() -> None:
    """One set of truths a view, the same whoever works them out."""
    ready = shipped_evaluator()
    client = mr.read_profile({"age": 40, "sites": [{"region": "neck"}, {"region": "knee"}]})
    seen, decision = ready.decide(client)
    assert decision.truths == tuple(ready.compiled.truths(view.facts) for view in seen.views)
    assert decision == ready.decide(client, core="compiled")[1]
