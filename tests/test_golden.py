"""Ordinary clients and the page of advice that each gets, read line by line and kept.

`tests/golden/` holds a profile and the page for each, `es/` two of them in Spanish. `python tests/test_golden.py` writes the pages anew; read what changed.
"""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

import pytest

import massage_rules as mr
from massage_rules.answer import Advice
from massage_rules.profile import ProfileBase, read_profile
from massage_rules.verdicts import Grade

GOLDEN = Path(__file__).parent / "golden"
CLIENTS = sorted(p.stem for p in GOLDEN.glob("*.yaml"))
IN_SPANISH = ("low_back_chronic", "pregnant_24_weeks_low_back")
A_MINUTE = 250  # words; what people read in one
SAID = ("as_of", "age", "sex", "goals", "requested", "medications", "surgeries", "injuries", "problems")
SAID_OF_A_PLACE = ("region", "side", "complaints")


def advice_on(client: str) -> Advice:
    return mr.recommend(GOLDEN / f"{client}.yaml", core="compiled")


def page(advice: Advice, *, language: str = "en") -> str:
    """The page without its last lines, which name the rulebook and would change with every rule."""
    return re.split("\n(?:Rulebook|Reglas) ", advice.text(language=language))[0].rstrip() + "\n"


@pytest.mark.parametrize("client", CLIENTS)
def test_an_ordinary_client_gets_the_advice_that_was_read(client: str) -> None:
    """The page is as it was when somebody last read it."""
    kept = (GOLDEN / f"{client}.txt").read_text(encoding="utf-8")
    stale = (
        f"tests/golden/{client}.txt is stale: if the advice was meant to change, run `python tests/test_golden.py` and read it"
    )
    assert page(advice_on(client)) == kept, stale


@pytest.mark.parametrize("client", IN_SPANISH)
def test_an_ordinary_client_gets_the_same_in_spanish(client: str) -> None:
    """The Spanish page is as it was when somebody last read it."""
    kept = (GOLDEN / "es" / f"{client}.txt").read_text(encoding="utf-8")
    stale = f"tests/golden/es/{client}.txt is stale: run `python tests/test_golden.py` and read it"
    assert page(advice_on(client), language="es") == kept, stale


@pytest.mark.parametrize("client", CLIENTS)
def test_the_page_is_read_in_a_minute(client: str) -> None:
    """Words are what is read; the dots between figures aren't."""
    words = [w for w in page(advice_on(client)).split() if any(c.isalnum() for c in w)]
    assert len(words) <= A_MINUTE


@pytest.mark.parametrize("client", CLIENTS)
def test_an_ordinary_client_can_be_helped(client: str) -> None:
    """Something hands-on is open to each, nothing stops, and whatever limits it says how."""
    advice = advice_on(client)
    assert advice.disposition in ("treat", "treat with modification")
    assert not any(a.grade is Grade.STOP for a in advice.alerts)


def said_unasked(client: str) -> ProfileBase:
    """The client with no more than is said unasked, and a form on which all else was denied."""
    profile = read_profile(GOLDEN / f"{client}.yaml")
    told = profile.to_dict()
    sites = [{name: value for name, value in site.items() if name in SAID_OF_A_PLACE} for site in told["sites"]]
    said = {name: value for name, value in told.items() if name in SAID}
    return type(profile).read({**said, "sites": sites, "otherwise_denied": ["all"]})


def test_a_denied_form_leaves_few_questions() -> None:
    """Whoever only says who they are, what hurts and what was done is asked at most ten more, and mostly no more than four."""
    advised = [mr.recommend(said_unasked(client), core="compiled") for client in CLIENTS]
    asked = [len(a.questions) + len(a.easing_questions) for a in advised]
    assert max(asked) <= 10
    assert median(asked) <= 4


def test_every_page_has_its_client() -> None:
    """No page is left over, and there are no fewer than 25."""
    assert sorted(p.stem for p in GOLDEN.glob("*.txt")) == CLIENTS
    assert len(CLIENTS) >= 25


if __name__ == "__main__":
    for name in CLIENTS:
        (GOLDEN / f"{name}.txt").write_text(page(advice_on(name)), encoding="utf-8")
    for name in IN_SPANISH:
        (GOLDEN / "es" / f"{name}.txt").write_text(page(advice_on(name), language="es"), encoding="utf-8")
