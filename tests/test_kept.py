"""What was read is kept for the next time, and nothing is disturbed by it."""

from __future__ import annotations

import gc

import pytest

from massage_rules.kept import undisturbed


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
