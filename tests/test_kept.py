"""What was read is kept for the next time, and nothing is disturbed by it."""

from __future__ import annotations

import gc
import pickle

import pytest

from massage_rules.compiled import compile_rulebook
from massage_rules.conditions import NOT_APPLICABLE, FactValue, Interval
from massage_rules.kept import undisturbed
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import truths


@pytest.mark.parametrize("searching", [True, False])
def test_the_search_for_garbage_is_as_it_was_before(*, searching: bool) -> None:
    """It rests meanwhile, and goes on afterwards only if it went on before; also after a failure."""
    before = gc.isenabled()
    try:
        (gc.enable if searching else gc.disable)()
        with pytest.raises(ValueError, match="faulty"), undisturbed():
            assert not gc.isenabled()
            raise ValueError("faulty")
        assert gc.isenabled() is searching
    finally:
        (gc.enable if before else gc.disable)()


def test_a_rulebook_that_was_kept_says_the_same() -> None:
    """Read again from what was kept, it gives a client with facts that don't apply the same truths, by both ways."""
    book = shipped_rulebook()
    again: Rulebook = pickle.loads(pickle.dumps(book, protocol=pickle.HIGHEST_PROTOCOL))
    facts: dict[str, FactValue] = {"sex": "male", "region": "calf", "operated_here": False, "sessions_so_far": Interval(0, 0)}
    for each in (book, again):
        known = dict(facts)
        each.vocabulary.gated.close(known, {})
        assert any(value is NOT_APPLICABLE for value in known.values())
        assert compile_rulebook(each).truths(known) == truths(book, known)
