"""Muscles are a hint where to look: read strictly, the likeliest first, and without any weight in the advice."""

from __future__ import annotations

import pytest
import small
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules import cli
from massage_rules.advice import shipped_evaluator
from massage_rules.answer import MuscleHint
from massage_rules.errors import ContentError
from massage_rules.page import html

BOOK = shipped_evaluator().rulebook
MUSCLES = """
note: A table.
sources: [a_book]
basis: mixed
complaints: [stiffness]
muscles:
  long_one: {label: Long one, regions: [thigh], refers_to: [calf], test: [knee_flexion], pressure_at_most: 3, near: [a nerve]}
  short_one: {label: Short one, regions: [neck], refers_to: [leg], test: [knee_flexion], common: yes, note: Mind it.}
"""


def hints(site: dict[str, object], **facts: object) -> tuple[MuscleHint, ...]:
    return mr.recommend(client(site, **facts), core="compiled").sites[0].muscles_to_check


def client(site: dict[str, object], **facts: object) -> dict[str, object]:
    place = {"complaints": ["myofascial_trigger_points"], "complaint_weeks": 20, "pain_now": 4, "irritability": "low", **site}
    return {"age": 40, "sex": "male", "otherwise_denied": "all", **facts, "sites": [place]}


# The table


def test_a_muscle_is_what_its_entry_says() -> None:
    """With the structures of the map of the body, and those of its own first."""
    book = small.rulebook(data_muscles=MUSCLES)
    long, regions = book.muscles.muscles["long_one"], book.vocabulary.regions
    assert (long.regions, long.refers_to, long.test, long.pressure_at_most) == (("thigh",), ("calf",), ("knee_flexion",), 3)
    assert (book.muscles.basis, book.muscles.sources, book.muscles.complaints) == ("mixed", ("a_book",), {"stiffness"})
    assert book.muscles.to_spare(long, regions) == ("a nerve",)
    assert book.muscles.to_spare(book.muscles.muscles["short_one"], regions) == ("large vessels",)


@pytest.mark.parametrize(
    ("wrong", "right", "line", "says"),
    [
        ("regions: [thig]", "regions: [thigh]", 7, "`regions` names `thig`, which isn't a region. Did you mean `thigh`?"),
        ("refers_to: [moon]", "refers_to: [calf]", 7, "`refers_to` names `moon`, which isn't a region. Look it up in data/regions.yaml."),
        ("test: [knee_flexon], p", "test: [knee_flexion], p", 7, "which isn't a motion. Did you mean `knee_flexion`?"),
        ("test: [], p", "test: [knee_flexion], p", 7, "`test` names nothing. Name at least one."),
        ("pressure_at_most: 9", "pressure_at_most: 3", 7, "the pressure on `long_one` should be a whole number from 0 to 5."),
        ("common: maybe", "common: yes", 8, "`common` can't be `maybe`."),
        ("nots: Mind", "note: Mind", 8, "muscle `short_one` has no key `nots`. Did you mean `note`?"),
        ("sources: [a_bok]", "sources: [a_book]", 3, "which isn't a source. Did you mean `a_book`?"),
        ("basis: sure", "basis: mixed", 4, "`basis` can't be `sure`."),
        ("complaints: [stifness]", "complaints: [stiffness]", 5, "which isn't a complaint. Did you mean `stiffness`?"),
        ("{label: Long one, regions: [thigh], ", "{label: Long one, ", 7, "muscle `long_one` has no `regions`. Add `regions:`."),
    ],
)  # fmt: skip
def test_faults_have_a_place_and_a_remedy(wrong: str, right: str, line: int, says: str) -> None:
    """A wrong region, motion or source is found when the table is read."""
    text = MUSCLES.replace(wrong, right) if says.endswith("Add `regions:`.") else MUSCLES.replace(right, wrong)
    assert text != MUSCLES
    with pytest.raises(ContentError) as raised:
        small.rulebook(data_muscles=text)
    found = [str(f) for f in raised.value.faults]
    assert [f for f in found if f.startswith(f"data/muscles.yaml:{line}:") and says in f], found


def test_the_fact_and_the_table_name_the_same_muscles() -> None:
    """What can be told can be looked up, and the other way round."""
    fact = '  muscles: {type: choices, values: [long_one, other], level: site, block: about, ask: "Which muscles?"}\n'
    with pytest.raises(ContentError) as raised:
        small.rulebook(data_muscles=MUSCLES, data_vocabulary=small.VOCABULARY.rstrip() + "\n" + fact)
    assert {f.what for f in raised.value.faults} == {
        "muscle `short_one` can't be told of a client.",
        "the fact `muscles` has the value `other`, which isn't a muscle here.",
    }


def test_the_table_is_part_of_the_rulebook() -> None:
    """Another table, another digest."""
    one, two = (small.rulebook(data_muscles=m) for m in (MUSCLES, MUSCLES.replace("Mind it.", "Mind.")))
    assert one.digest != two.digest


def test_every_shipped_muscle_names_one_that_is_sent_to_and_can_be_tested() -> None:
    """And the table says what it rests on, with sources of which some were only recalled."""
    assert BOOK.muscles.muscles
    for muscle in BOOK.muscles.muscles.values():
        assert muscle.regions and muscle.refers_to and muscle.test, muscle.id
    reads = [BOOK.references[key]["read"] in (True, "true", "yes") for key in BOOK.muscles.sources]
    assert BOOK.muscles.basis == "mixed"
    assert set(reads) == {True, False}


# The hint


def test_the_common_and_the_near_ones_come_first() -> None:
    """Infraspinatus is a common cause at the shoulder; what lies outside the place says so."""
    found = hints({"region": "shoulder"})
    assert found[0].muscle == "infraspinatus"
    assert found[0].common
    assert [h.where for h in found] == sorted((h.where for h in found), key=lambda w: w != "here")
    assert {h.muscle: h.where for h in found}["scalenes"] == "elsewhere"


def test_who_aches_at_a_muscle_is_shown_that_muscle() -> None:
    """The upper trapezius is said to send pain to neck and temple, and is looked for first where it lies itself."""
    found = hints({"region": "shoulder_top"})
    assert [h.where for h in found] == ["here", "here", "here", "elsewhere"]
    assert (found[0].muscle, found[-1].muscle) == ("upper_trapezius", "middle_lower_trapezius")


def test_a_muscle_that_was_told_stands_first() -> None:
    """Whatever the table says of where it sends pain."""
    found = hints({"region": "shoulder", "muscles": ["teres_minor", "soleus"]})
    assert [(h.muscle, h.told) for h in found[:3]] == [("teres_minor", True), ("soleus", True), ("infraspinatus", False)]
    assert found[1].where == "elsewhere"


def test_a_hint_says_where_to_look_what_to_test_and_what_to_go_round() -> None:
    """With the usual range, the error of measuring, the basis and the sources of each."""
    hint = next(h for h in hints({"region": "neck"}) if h.muscle == "levator_scapulae")
    assert hint.look_in == "back of the neck, top of the shoulder"
    assert "accessory nerve" in hint.go_round
    assert [t.motion for t in hint.test] == ["cervical_rotation", "cervical_flexion"]
    motion = BOOK.vocabulary.regions.motions["cervical_rotation"]
    assert (hint.test[0].usual, hint.test[0].error) == (motion.usual, motion.error)
    assert (hint.basis, hint.test[0].basis) == ("mixed", "memory")
    advice = mr.recommend(client({"region": "neck"}), core="compiled")
    read = {s.key: s.read for s in advice.sources}
    assert {*hint.sources, *hint.test[0].sources} <= set(read)
    assert not read["travell_simons"]
    assert read["fpnotebook_trp"]


@pytest.mark.parametrize("region", ["shoulder", "neck", "lower_back", "calf", "abdomen_lower"])
def test_muscles_open_and_close_nothing(region: str) -> None:
    """No rule reads which muscles were told, so every verdict, limit and question stays as it was."""
    assert not [rule for rule in BOOK.rules if "muscles" in BOOK.reads(rule)]
    before, after = (
        mr.recommend(client({"region": region, **told}), core="compiled")
        for told in ({}, {"muscles": sorted(BOOK.muscles.muscles)})
    )
    assert after.sites[0].techniques == before.sites[0].techniques
    assert (after.disposition, after.questions, after.alerts) == (before.disposition, before.questions, before.alerts)


@pytest.mark.parametrize(
    ("site", "facts"),
    [
        ({"region": "shoulder", "complaints": ["frozen_shoulder"]}, {}),
        ({"region": "calf"}, {"fever_or_rigors": True}),
        ({"region": "shoulder"}, {"otherwise_denied": []}),
        ({"region": "shoulder"}, {"chest_pain_or_pressure": True, "chest_pain_lasting_or_at_rest": True}),
    ],
)
def test_there_is_no_hint_where_it_has_no_place(site: dict[str, object], facts: dict[str, object]) -> None:
    """No trigger points, or nothing to be laid hands on today."""
    assert hints(site, **facts) == ()


def test_a_part_that_is_left_out_today_is_said() -> None:
    """A muscle that lies only in parts which every open technique leaves out isn't one to be pressed."""
    advice = mr.recommend(client({"region": "lower_limb", "side": "left"}, problems=[{"kind": "open_skin_lesion", "region": "calf", "side": "left"}]),
                          core="compiled")  # fmt: skip
    where = {h.muscle: h.where for h in advice.sites[0].muscles_to_check}
    assert where
    assert where["gastrocnemius"] == "left out"
    assert where["hamstrings"] == "here"


def test_it_is_shown_in_few_lines_as_a_hint_of_tradition() -> None:
    """The page names three muscles, the details six in full, HTML all; each says that it opens and closes nothing."""
    advice = mr.recommend(client({"region": "shoulder"}), core="compiled")
    short, full, page = str(advice), advice.details(), html(advice)
    for shown in (short, full, page):
        assert "opens and closes nothing" in " ".join(shown.split())
    lines = short.split("\n")
    start = next(n for n, line in enumerate(lines) if "Muscles to check" in line)
    assert lines.index("", start) - start <= 4
    assert "needs advice of its own before it is treated" in " ".join(full.split())
    assert "Scalenes (outside this place)" in " ".join(full.split())
    assert page.count("look in:") == len(advice.sites[0].muscles_to_check)


def test_places_with_other_muscles_are_told_apart() -> None:
    """Two places with the same techniques have muscles of their own."""
    told = (("left", "teres_minor"), ("right", "deltoid"))
    places = [client({"region": "shoulder", "side": side, "muscles": [muscle]})["sites"][0] for side, muscle in told]  # type: ignore[index]
    advice = mr.recommend({**client({}), "sites": places}, core="compiled")
    assert advice.sites[0].techniques == advice.sites[1].techniques
    for shown in (str(advice), advice.details(), html(advice)):
        assert shown.count("Muscles to check") == 2


# Motions


def test_a_motion_carries_its_usual_range_with_the_caution() -> None:
    """After two authors, from memory, with the error of measuring, larger at the spine and hip; none in millimetres."""
    regions = BOOK.vocabulary.regions
    knee, neck, jaw = (regions.motions[m] for m in ("knee_flexion", "cervical_rotation", "tmj_opening"))
    assert knee.usual == (min(v for _, v in knee.normal), max(v for _, v in knee.normal))
    assert knee.functional is not None
    assert knee.region == "knee"
    assert knee.error is not None
    assert neck.error is not None
    assert neck.error > knee.error
    assert jaw.error is None
    assert regions.motions_basis == "memory"
    assert "compare with the other side" in regions.motions_note
    assert set(regions.motions_sources) <= set(BOOK.references)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("normal: {low: 0, high: much}", "the range `high` of `knee_flexion` should be a number."),
        ("normal: {low: 0}, region: kne", "motion `knee_flexion` is in `kne`, which isn't a region."),
        ("normal: {low: 0}, funktional: 3", "motion `knee_flexion` has no key `funktional`. Did you mean `functional`?"),
    ],
)
def test_a_faulty_motion_is_told(wrong: str, says: str) -> None:
    """With its place and a remedy."""
    with pytest.raises(ContentError) as raised:
        small.rulebook(data_regions=small.REGIONS.replace("normal: {low: 0, high: 135}", wrong))
    assert says in str(raised.value)


# The command


def test_muscles_lists_those_to_check_for_a_region() -> None:
    """Each with where it lies, what to test and what to go round; and what the table rests on."""
    said = CliRunner().invoke(cli.app, ["muscles", "knee_anterior"]).output
    assert "Rectus femoris [rectus_femoris]" in said
    assert "soleus" not in said
    assert "travell_simons" in said
    assert "recalled, text not" in said
    everything = CliRunner().invoke(cli.app, ["muscles"]).output
    assert all(f"[{name}]" in everything for name in BOOK.muscles.muscles)
    wrong = CliRunner().invoke(cli.app, ["muscles", "kne"]).exception
    assert isinstance(wrong, ContentError)
    assert "there is no region `kne`. Did you mean `knee`?" in str(wrong)
