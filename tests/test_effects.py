"""Effects: what they say of themselves, beyond what rules make of them."""

from __future__ import annotations

import pytest
from books import BREATHE, LIGHT, rule, without_suggestion

from massage_rules.effects import ACTIONS, Adapt, Progress, Scope, Suggest
from massage_rules.errors import ContentError

TWO = f"techniques: [{LIGHT}, {BREATHE}], role: option, goals: mobility, certainty: low"


def test_notes_are_said_of_the_techniques_they_name() -> None:
    """What concerns one technique comes before what concerns all."""
    rules = without_suggestion(
        rule("r", "{complaints: ache}", f"{{suggest: {{{TWO}, note: Slowly., notes: {{{LIGHT}: Lightly.}}}}}}")
    )
    effect = rules.rules["t.r"].effect
    assert isinstance(effect, Suggest)
    assert [effect.said_of(technique) for technique in (LIGHT, BREATHE)] == [("Lightly.", "Slowly."), ("Slowly.",)]


def test_a_note_on_what_is_not_suggested_is_a_fault() -> None:
    """It would never be shown."""
    with pytest.raises(ContentError) as error:
        without_suggestion(rule("r", "{complaints: ache}", f"{{suggest: {{{TWO}, notes: {{{LIGHT}s: Lightly.}}}}}}"))
    (fault,) = error.value.faults
    assert (fault.what, fault.remedy) == (
        f"`notes` speaks of `{LIGHT}s`, which the rule doesn't suggest.",
        f"Did you mean `{LIGHT}`?",
    )


def test_advice_alone_is_told_from_limits() -> None:
    """One limit beside it makes it more than advice."""
    assert Adapt(Scope(), advice="Offer water.").only_advises
    assert not Adapt(Scope(), advice="Offer water.", minutes_at_most=20).only_advises


def test_the_order_of_actions_is_one_of_caution() -> None:
    """To go on is less cautious than to hold back."""
    actions = [Progress(action) for action in ACTIONS]
    assert [a.caution for a in actions] == sorted(a.caution for a in actions)
    assert [a.action for a in actions if a.cautious] == ["ease", "reassess", "refer"]
