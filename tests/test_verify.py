"""The solver's model says what the definition says, and every check finds the fault that is sown for it."""

from __future__ import annotations

from clients import profiles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import facts, rulebooks

from massage_rules.conditions import Facts
from massage_rules.profile import ProfileBase
from massage_rules.proofs.model import Model
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import truths
from massage_rules.views import views

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
SHIPPED = Model(shipped_rulebook())


@settings(QUICK, max_examples=60)
@given(rulebooks(), st.lists(facts(), min_size=1, max_size=4))
def test_the_model_agrees_with_the_definition(book: Rulebook, clients: list[Facts]) -> None:
    """Every rule has the same truth on its two rails as by the plain walk, whatever is known."""
    model = Model(book)
    for known in clients:
        assert model.truths(known) == truths(book, known)


@settings(QUICK, max_examples=6)
@given(profiles())
def test_it_agrees_on_the_shipped_rules(client: ProfileBase) -> None:
    """Every view of a generated client is one that the model allows, and every shipped rule has the same truth in it."""
    for view in views(client).views:
        assert SHIPPED.truths(view.facts, clients="all") == truths(SHIPPED.rulebook, view.facts)
