"""The body map: every region is drawn, and what is shown is never milder than the answer."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules import cli
from massage_rules.advice import shipped_evaluator
from massage_rules.pictures.body import WORDS, shapes
from massage_rules.rulebook import shipped_rulebook
from massage_rules.techniques import HANDS_ON
from massage_rules.verdicts import Verdict

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
SVG = "{http://www.w3.org/2000/svg}"


def client(**more: object) -> mr.Profile:
    told = {"as_of": "2026-11-24", "age": 40, "sex": "female", "otherwise_denied": ["all"], **more}
    return mr.Profile(**told)


def drawn(picture: str) -> dict[str, int]:
    """How many shapes are filled as each state."""
    fills = [e.get("fill", "") for e in ET.fromstring(picture).iter(f"{SVG}polygon")]
    return {state: fills.count(f"url(#mr-{state})") for state in WORDS}


def test_every_smallest_region_is_drawn() -> None:
    """Front and back together show every smallest region; only a stump has no place of its own."""
    regions = shipped_rulebook().vocabulary.regions
    assert regions.parts("body") - {name for view in shapes().values() for name in view} == {"residual_limb"}
    assert {name for view in shapes().values() for name in view} <= set(regions.regions)


def test_shapes_of_one_view_do_not_overlap() -> None:
    """No point inside one region lies inside another of the same view, so that no state hides another."""
    for view in shapes().values():
        for name, shape in view.items():
            x, y = _middle(shape)
            assert [n for n, s in view.items() if n != name and _inside(s, x, y)] == []


def test_a_state_is_never_milder_than_the_answer() -> None:
    """*Open* is shown only where every hands-on technique that something calls for is suitable."""
    evaluator = shipped_evaluator()
    hands_on = evaluator.rulebook.catalogue.select(HANDS_ON) or frozenset()
    profiles = [
        client(sites=[mr.Site(region="shoulder_top", complaints=["neck_upper_trapezius_tension"], pain_now=2)]),
        client(
            anticoagulated=True, sites=[mr.Site(region="calf", side="left", complaints=["myofascial_trigger_points"], pain_now=3)]
        ),
        mr.Profile(sites=[mr.Site(region="lower_back")]),
    ]
    shown = set()
    for profile in profiles:
        advice = evaluator.recommend(profile)
        for place in mr.body_map(advice).places:
            shown.add(place.state)
            verdicts = {t.verdict for t in advice.sites[0].techniques if t.technique in hands_on} - {Verdict.NOT_INDICATED}
            if place.state == "may":
                assert verdicts == {Verdict.SUITABLE}
            if place.state == "not":
                assert not any(v.open for v in verdicts) or "left out" in place.why
            if Verdict.ASK_FIRST in verdicts:
                assert place.state != "may"
    assert {"may", "limits", "unknown"} <= shown


def test_a_place_that_bears_little_is_open_within_limits() -> None:
    """The front of the neck isn't drawn like its back, though every technique is suitable at the neck."""
    advice = mr.recommend(client(sites=[mr.Site(region="neck", complaints=["neck_upper_trapezius_tension"], pain_now=4)]))
    places = {p.region: p for p in mr.body_map(advice).places}
    assert places["neck_anterior"].state == "limits"
    assert places["neck_anterior"].why.startswith("pressure at most 1 here")
    capped = {name for name, r in shipped_rulebook().vocabulary.regions.regions.items() if r.cap is not None and r.cap < 2}
    assert not capped & {name for name, place in places.items() if place.state == "may"}
    assert "may" in {place.state for place in places.values()}


def test_what_is_not_known_looks_like_nothing_else() -> None:
    """A client of whom nothing is known is drawn as not known, with words and a pattern of its own."""
    body = mr.body_map(mr.recommend(mr.Profile(sites=[mr.Site(region="knee")])))
    assert {p.state for p in body.places} == {"unknown"}
    assert drawn(body.svg()) == {"may": 0, "limits": 0, "unknown": 4, "not": 0}
    assert "not known yet: ask first: Front of the knee, Back of the knee" in str(body)


def test_a_side_is_kept_and_left_is_left_in_both_views() -> None:
    """What is told of the left is drawn on the left: right of the midline in front, left of it behind."""
    site = mr.Site(region="lower_limb", side="left", complaints=["myofascial_trigger_points"], pain_now=3)
    body = mr.body_map(mr.recommend(client(sites=[site])))
    assert {p.side for p in body.places} == {"left"}
    for shape in ET.fromstring(body.svg()).iter(f"{SVG}polygon"):
        if shape.get("class") == "place":
            xs = [float(point.split(",")[0]) for point in (shape.get("points") or "").split()]
            assert min(xs) >= 105 if max(xs) < 210 else max(xs) <= 315


def test_left_out_parts_are_not_today() -> None:
    """After a knee replacement the back of the knee is left out, whatever is open in front."""
    site = mr.Site(region="knee", complaints=["post_operative_stiffness"], wound_closed=True)
    surgery = mr.Surgery(procedure="total_knee_arthroplasty", on="2026-11-03")
    body = mr.body_map(mr.recommend(client(age=66, sites=[site], surgeries=[surgery])))
    assert {p.region: p.state for p in body.places} == {"popliteal_fossa": "not", "knee_anterior": "limits"}


def test_an_emergency_closes_the_whole_body() -> None:
    """Where an ambulance is due, no place is blank."""
    evaluator = shipped_evaluator()
    advice = evaluator.recommend(mr.read_profile(EXAMPLES / "calf_after_a_flight.yaml"))
    assert advice.disposition == "emergency"
    places = mr.body_map(advice).places
    assert {p.state for p in places} == {"not"}
    assert {p.region for p in places} == evaluator.rulebook.vocabulary.regions.parts("body")


def test_one_technique_can_be_drawn() -> None:
    """A map of one technique follows its verdict; a name that is none is refused."""
    advice = mr.recommend(
        client(anticoagulated=True, sites=[mr.Site(region="lower_back", complaints=["low_back_nonspecific"], pain_now=3)])
    )
    assert {p.state for p in mr.body_map(advice, technique="deep_tissue_massage").places} == {"not"}
    with pytest.raises(KeyError):
        mr.body_map(advice, technique="deep_tissue")


def test_words_of_a_client_are_escaped() -> None:
    """The picture is well-formed and holds no script, whatever is written in the answer."""
    advice = mr.recommend(mr.Profile(sites=[mr.Site(region="knee")]))
    strange = advice.sites[0].model_copy(update={"label": "<script>&\"'"})
    picture = mr.body_map(advice.model_copy(update={"sites": (strange,)})).svg()
    assert "<script" not in picture
    assert any("<script>&" in (e.text or "") for e in ET.fromstring(picture).iter(f"{SVG}title"))


def test_the_command_draws(tmp_path) -> None:
    """`massage-rules body` writes words or SVG, and names the techniques where a name is none."""
    file = tmp_path / "client.yaml"
    file.write_text("sites:\n  - {region: residual_limb}\n")
    run = CliRunner().invoke
    assert "Stump after amputation" in run(cli.app, ["body", str(file)]).output
    picture = run(cli.app, ["body", str(file), "--format", "svg"]).output
    assert "Not drawn: Stump after amputation" in picture
    wrong = run(cli.app, ["body", str(file), "massage"])
    assert isinstance(wrong.exception, mr.ContentError)
    assert "`deep_tissue_massage`" in str(wrong.exception.faults[0])


def _middle(shape: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """A point inside: halfway between two crossings of a level line with the edges."""
    ys = sorted({y for _, y in shape})
    level = (ys[len(ys) // 2 - 1] + ys[len(ys) // 2]) / 2 + 0.013
    return _between(shape, level), level


def _between(shape: tuple[tuple[float, float], ...], level: float) -> float:
    crossings = sorted(
        a[0] + (level - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for a, b in pairwise([*shape, shape[0]])
        if (a[1] > level) != (b[1] > level)
    )
    return (crossings[0] + crossings[1]) / 2


def _inside(shape: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in pairwise([*shape, shape[0]]):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside
