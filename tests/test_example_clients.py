"""The example clients that ship: each can be read, says what it is, and gets an answer."""

from __future__ import annotations

import pytest

import massage_rules as mr
from massage_rules.advice import shipped_evaluator


@pytest.mark.parametrize("name", mr.examples())
def test_each_gets_an_answer(name: str) -> None:
    """Every example is a whole profile and is advised on."""
    assert shipped_evaluator().recommend(mr.examples()[name]).sites


def test_they_list_themselves() -> None:
    """Printed, each example has a line that says who it is; a name that is none is a KeyError."""
    found = mr.examples()
    lines = str(found).splitlines()
    assert [line.partition(":")[0] for line in lines] == list(found)
    assert all(line.partition(": ")[2].endswith(".") for line in lines)
    with pytest.raises(KeyError):
        found["nobody"]
