"""What research says agrees with the rules that cite it, is read strictly, and ranks nothing by certainty of no effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import pytest
import small

import massage_rules as mr
from massage_rules import display, page
from massage_rules._yaml import data_folder, parse, read
from massage_rules.advice import shipped_evaluator
from massage_rules.effects import CERTAINTIES, Suggest
from massage_rules.errors import ContentError
from massage_rules.evidence import (
    MIXED,
    NOTHING_ADDED,
    Claim,
    Dose,
    Item,
    Result,
    adds_nothing,
    cited,
    disagrees,
    first_sentence,
    never_say,
    results_on,
)
from massage_rules.ranking import standing
from massage_rules.rulebook import Rule, Rulebook

RULEBOOK = shipped_evaluator().rulebook
EVIDENCE = RULEBOOK.evidence
GRADES = [c for c in CERTAINTIES if c != "guideline"]
SUGGESTING = [r for r in RULEBOOK.rules.values() if isinstance(r.effect, Suggest)]

RESULT = """
items:
  a_result:
    kind: result
    techniques: [deep_tissue_massage]
    about: stiff joints
    complaints: [stiffness]
    outcome: motion
    goal: mobility
    direction: benefit
    certainty: low
    certainty_origin: derived_here
    basis: read
    matters: unknown
    figures:
      - {measure: SMD, value: -0.5, ci95: [-1, 0]}
    says: It helped. It helped 12 people.
    sources: [a_trial]
directions: {benefit: better}
certainty_origins: {derived_here: worked out here}
"""


def lowest(results: tuple[Result, ...]) -> str:
    """The lowest grade among results; a panel's position where nothing is graded; none where there is nothing."""
    graded = [r.certainty for r in results if r.certainty != "guideline"]
    return max(graded, key=GRADES.index) if graded else "guideline" if results else "none"


def certain_of(rule: Rule) -> tuple[str, str]:
    assert isinstance(rule.effect, Suggest)
    return rule.effect.certainty, lowest(cited(EVIDENCE, rule.carries))


def book(text: str) -> Rulebook:
    return small.rulebook(data_evidence=text)


def faults(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        book(text)
    return [str(f) for f in caught.value.faults]


# --- Content ---


def test_all_that_was_collected_is_there() -> None:
    """108 results, 16 claims and 26 doses, and every item that a technique names."""
    kinds = [type(item) for item in EVIDENCE.values()]
    assert [kinds.count(k) for k in (Result, Claim, Dose)] == [108, 16, 26]
    named = {i for family in RULEBOOK.catalogue.families.values() for i in family.evidence}
    assert named - set(EVIDENCE) == set()


def test_no_rule_is_more_certain_than_what_it_cites() -> None:
    """A rule's certainty is at most the lowest grade among its results, and a panel's position isn't a grade."""
    wrong = {}
    for rule in SUGGESTING:
        says, least = certain_of(rule)
        fits = says in ("guideline", "none") if least == "guideline" else says in GRADES[GRADES.index(least) :]
        if not fits:
            wrong[rule.id] = f"says {says}, its results reach {least}"
    assert wrong == {}


def test_rules_say_which_way_their_results_point() -> None:
    """`evidence_says` lists the directions of what is cited, those in favour and those not."""
    wrong = {
        rule.id: (sorted(rule.effect.evidence_says), directions)
        for rule in SUGGESTING
        if isinstance(rule.effect, Suggest)
        and sorted(rule.effect.evidence_says) != (directions := sorted({r.direction for r in cited(EVIDENCE, rule.carries)}))
    }
    assert wrong == {}


def test_trials_of_mixed_styles_credit_no_technique_unsaid() -> None:
    """A rule whose graded results all mix styles of massage says so."""
    unsaid = []
    for rule in SUGGESTING:
        graded = [r for r in cited(EVIDENCE, rule.carries) if r.certainty != "guideline"]
        credited = certain_of(rule)[0] not in ("none", "guideline")
        if graded and credited and all(r.techniques == (MIXED,) for r in graded) and "mixed" not in rule.because:
            unsaid.append(rule.id)
    assert unsaid == []


def test_rules_cite_the_sources_of_their_results() -> None:
    """What a rule takes from a result it also cites."""
    missing = {
        rule.id: sorted(gap)
        for rule in SUGGESTING
        if (gap := {s for r in cited(EVIDENCE, rule.carries) for s in r.sources} - {k.split(" ")[0] for k in rule.references})
    }
    assert missing == {}


@pytest.mark.parametrize("item", EVIDENCE.values(), ids=list(EVIDENCE))
def test_the_first_sentence_is_short_and_stands_by_itself(item: Item) -> None:
    """People are shown one sentence, about a line long for results."""
    first = first_sentence(item.says)
    assert first.endswith(".")
    assert first[0].isupper() or first[0].isdigit()
    if isinstance(item, Result):
        assert len(first) <= 86
        assert not re.match(r"(It|They|That|This|Both|Nor|Another)\b", first)


@pytest.mark.parametrize("item", EVIDENCE.values(), ids=list(EVIDENCE))
def test_what_is_from_memory_says_so(item: Item) -> None:
    """An item that was partly recalled marks the part, in its words or at the figure."""
    if item.basis in ("mixed", "memory") and isinstance(item, Result):
        marked = "memory" in item.says + item.note + item.people or any(f.basis == "memory" for f in item.figures)
        assert marked
    assert item.basis in RULEBOOK.catalogue.basis_codes


def test_numbers_lie_within_their_intervals() -> None:
    """A value stands inside its confidence interval, and intervals run upwards."""
    for item in EVIDENCE.values():
        for figure in item.figures if isinstance(item, Result) else ():
            if figure.ci95 is not None:
                low, high = figure.ci95
                assert low < high, item.id
                assert figure.value is None or low <= figure.value <= high, item.id


def test_every_rule_that_stays_behind_for_want_of_effect_is_found() -> None:
    """Some suggestions rest on nothing but results that add nothing; the content holds such."""
    assert any(isinstance(r.effect, Suggest) and adds_nothing(r.effect.evidence_says) for r in SUGGESTING)


# --- Finding ---


def test_results_are_found_by_technique_and_complaint() -> None:
    """By variant, by family and for massage in general; not for what they aren't about."""
    on = {r.id for r in results_on(EVIDENCE, technique="effleurage_light_massage", complaint="knee_osteoarthritis")}
    assert on == {"knee_oa_womac_8w", "knee_oa_long", "knee_oa_rom", "oa_guidelines_conflict"}
    by_family = {r.id for r in results_on(EVIDENCE, technique="trigger_point_therapy", complaint="myofascial_trigger_points")}
    by_variant = results_on(EVIDENCE, technique="trigger_point_therapy.pressure_release", complaint="myofascial_trigger_points")
    assert {r.id for r in by_variant} < by_family
    assert "scs_tenderness" not in {r.id for r in by_variant}
    assert all(r.mixed_styles for r in results_on(EVIDENCE, technique=MIXED, complaint="low_back_nonspecific"))


def test_what_names_a_technique_comes_before_what_mixes_styles() -> None:
    """Of several results those of the technique come first, then mixed styles; others only where there are none."""
    ids = ["lbp_acute_pain", "scs_tenderness", "tth_frequency"]
    chosen = cited(EVIDENCE, ids, technique="trigger_point_therapy.strain_counterstrain")
    assert [r.id for r in chosen] == ["scs_tenderness", "tth_frequency", "lbp_acute_pain"]
    assert [r.id for r in cited(EVIDENCE, ids, technique="effleurage_light_massage")] == ["lbp_acute_pain"]
    assert [r.id for r in cited(EVIDENCE, ["scs_tenderness"], technique="range_of_motion.active")] == ["scs_tenderness"]
    assert cited(EVIDENCE, ["mk_knots", "not_there"]) == ()


def test_words_never_to_be_used_come_from_claims() -> None:
    """Each once, in order."""
    phrases = never_say(EVIDENCE)
    assert list(phrases) == sorted(set(phrases))
    assert {"detox", "breaks down scar tissue", "no side effects"} <= set(phrases)


# --- Ranking ---


@pytest.mark.parametrize("says", [*([d] for d in sorted(NOTHING_ADDED)), sorted(NOTHING_ADDED)], ids="-".join)
@pytest.mark.parametrize("certainty", CERTAINTIES)
def test_certainty_that_nothing_is_added_lifts_nothing(says: list[str], certainty: str) -> None:
    """However certain it is that nothing is added, a suggestion stands behind one with a benefit, however uncertain."""
    assert standing(certainty, says) == standing("none", says)
    assert all(standing(other, ["benefit", *says]) < standing(certainty, says) for other in CERTAINTIES)
    assert all(standing(other, ["small_benefit"]) < standing(certainty, says) for other in CERTAINTIES)


def test_more_certain_benefit_stands_higher() -> None:
    """Among benefits the order is that of certainty, and what nobody studied isn't counted as adding nothing."""
    order = ["high", "moderate", "guideline", "low", "very_low", "none"]
    assert sorted(order, key=lambda c: standing(c, ["benefit"])) == order
    assert standing("none", []) < standing("high", ["no_effect"])
    assert not adds_nothing([])


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (["benefit"], False), (["benefit", "conditional"], False), (["mixed"], True), (["benefit", "no_effect"], True),
        (["small_benefit", "no_difference"], True), (["no_effect", "no_benefit"], False), (["benefit", "harm"], True), ([], False),
    ],
)  # fmt: skip
def test_results_that_differ_are_called_so(says: list[str], expected: bool) -> None:
    """Where some are in favour and others not, or one is mixed."""
    assert disagrees(says) is expected


# --- What people see ---

CLIENT = {"age": 50, "sex": "male", "otherwise_denied": "all"}


@cache
def answers() -> tuple[mr.Advice, ...]:
    """Advice for a well client with each complaint in turn."""
    told = []
    for complaint in (
        "low_back_nonspecific",
        "neck_upper_trapezius_tension",
        "rotator_cuff_related_shoulder_pain",
        "post_surgical_scar",
    ):
        site = {"region": "shoulder", "complaints": [complaint], "complaint_weeks": 30, "pain_now": 3, "irritability": "low"}
        told.append(mr.recommend({**CLIENT, "sites": [site]}))
    return tuple(told)


def test_null_results_stand_after_benefits_of_the_same_role() -> None:
    """In an answer no technique with a benefit follows one of the same role that adds nothing."""
    seen = 0
    for advice in answers():
        for site in advice.sites:
            by_role: dict[str | None, list[bool]] = {}
            for technique in site.techniques:
                if technique.verdict.open:
                    by_role.setdefault(technique.role, []).append(adds_nothing(technique.evidence_says))
            assert all(nulls == sorted(nulls) for nulls in by_role.values())
            seen += sum(map(sum, by_role.values()))
    assert seen > 0


def test_evidence_in_an_answer_is_that_of_its_techniques() -> None:
    """Every id leads to what it says, its certainty and its basis, and every source is listed."""
    for advice in answers():
        ids = {i for s in advice.sites for t in s.techniques for i in t.evidence}
        assert set(advice.evidence) == ids
        for item in advice.evidence.values():
            kept = EVIDENCE[item.id]
            assert isinstance(kept, Result)
            assert (item.says, item.basis, item.direction) == (kept.says, kept.basis, kept.direction)
            assert set(item.sources) <= {s.key for s in advice.sources}


def test_research_is_one_line_for_what_is_offered_and_none_for_adjuncts() -> None:
    """One sentence for first choices and options, with a mark for mixed styles and for what is from memory."""
    for advice in answers():
        for site in advice.sites:
            for technique in site.techniques:
                line = display.research(advice, technique)
                if technique.role not in ("first_line", "option") or not technique.evidence or technique.certainty == "none":
                    assert line == ""
                else:
                    item = advice.evidence[technique.evidence[0]]
                    assert first_sentence(item.says).removesuffix(".") in line
                    assert ("mixed styles" in line.partition(":")[0]) is item.mixed_styles
                    assert ("from memory" in line) or item.basis not in ("mixed", "memory")
        lines = sum(bool(display.research(advice, t)) for s in advice.sites for t in s.techniques if t.verdict.open)
        assert len(re.findall(r"^    research(?:, mixed styles)?: ", advice.details(), re.MULTILINE)) == lines
        assert page.html(advice).count("<small>research") == lines


# --- Strict reading ---


def test_a_rulebook_may_have_no_evidence_and_the_digest_covers_what_it_has() -> None:
    """Without the file there is none; one word changed changes the digest."""
    assert small.rulebook().evidence == {}
    one, other = book(RESULT), book(RESULT.replace("It helped 12", "It helped 13"))
    assert one.evidence["a_result"].says == "It helped. It helped 12 people."
    assert len({small.rulebook().digest, one.digest, other.digest}) == 3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("direction: benefit", "direction: benefti", "data/evidence.yaml:10:16: `direction` of evidence `a_result` can't be `benefti`. Did you mean `benefit`?"),
        ("[deep_tissue_massage]", "[deep_tissue_masage]", "`techniques` of evidence `a_result` can't be `deep_tissue_masage`. Did you mean `deep_tissue_massage`?"),
        ("[stiffness]", "[stifness]", "Did you mean `stiffness`?"),
        ("goal: mobility", "goal: nimbleness", "`goal` of evidence `a_result` can't be `nimbleness`. It takes"),
        ("certainty: low", "certainty: lowish", "`certainty` of evidence"),
        ("certainty_origin: derived_here", "certainty_origin: hearsay", "`certainty_origin` of evidence"),
        ("basis: read", "basis: rumour", "`basis` of evidence `a_result` can't be `rumour`."),
        ("[a_trial]", "[a_tryal]", "Did you mean `a_trial`?"),
        ("[a_trial]", "[]", "evidence `a_result` has no source. Name one in `sources:`."),
        ("kind: result", "kind: rumour", "evidence `a_result` has no `kind` that is known. It takes `dose`, `marketing_claim` and `result`."),
        ("outcome: motion", "outcom: motion", "`outcom` of evidence `a_result` has no meaning here."),
        ("    about: stiff joints\n", "", "`about` of evidence `a_result` is missing. Add it."),
        ("matters: unknown", "matters: perhaps", "`matters` of evidence `a_result` can't be read: input should be"),
        ("value: -0.5, ci95: [-1, 0]", "value: low", "`figures.0.value` of evidence `a_result` can't be read"),
        ("value: -0.5, ci95: [-1, 0]", "unit: deg", "a figure of evidence `a_result` has no number."),
        ("value: -0.5, ci95: [-1, 0]", "value: 1, basis: rumour", "a figure of evidence `a_result` can't rest on `rumour`."),
        ("items:", "itmes:", "the evidence has no key `itmes`. Did you mean `items`?"),
    ],
)  # fmt: skip
def test_faults_name_the_place_and_the_remedy(old: str, new: str, expected: str) -> None:
    """Each slip is reported in words, with the nearest valid name."""
    assert RESULT.count(old) == 1
    found = faults(RESULT.replace(old, new))
    assert any(expected in f for f in found), found


def test_an_item_that_isnt_a_mapping_is_a_fault() -> None:
    """So is evidence that isn't one."""
    assert "has no `kind`" in faults("items: {a_result: words}")[0]
    assert "the evidence should be a mapping" in faults("words")[0]


def test_claims_and_doses_are_read_too() -> None:
    """Each kind has its own shape, and a claim can't be a dose."""
    claim = "items: {x: {kind: marketing_claim, claim: c, status: unproven, certainty: low, certainty_origin: o, basis: read, says: S.,"
    text = f"{claim} say_instead: I., never_say: [melts away], sources: [a_trial]}}}}\ncertainty_origins: {{o: ours}}"
    assert never_say(book(text).evidence) == ("melts away",)
    dose = book("items: {x: {kind: dose, about: a, basis: read, tested: t, says: S., use: U., sources: [a_trial]}}").evidence["x"]
    assert isinstance(dose, Dose)
    assert any("`never_say` of evidence `x` has no meaning here" in f for f in faults(text.replace("marketing_claim", "dose")))


def test_the_file_has_one_regular_shape() -> None:
    """Keys come in one order for each kind, so that the file can be compared item by item."""
    plain = read(data_folder() / "evidence.yaml", name="data/evidence.yaml").plain()
    assert isinstance(plain, Mapping)
    for kind, model in (("result", Result), ("marketing_claim", Claim), ("dose", Dose)):
        orders = [list(item) for item in plain["items"].values() if item["kind"] == kind]
        allowed = set(model.model_fields)
        assert all(set(order) <= allowed for order in orders)
        places: dict[tuple[str, str], None] = {}
        for order in orders:
            for i, key in enumerate(order):
                places.update(dict.fromkeys((key, later) for later in order[i + 1 :]))
        assert [pair for pair in places if pair[::-1] in places] == []
    assert parse(RESULT, name="x").plain()


def test_what_was_found_after_one_operation_is_not_told_after_another() -> None:
    """A stiff new knee hears of knees, a cuff repair of cuffs, and neither of the other."""

    def heard(procedure: str, region: str) -> set[str]:
        client = {
            "age": 60, "otherwise_denied": "all", "surgeries": [{"procedure": procedure, "weeks_ago": 9}],
            "sites": [{"region": region, "complaints": ["post_operative_stiffness"]}],
        }  # fmt: skip
        return set(mr.recommend(client, core="compiled").evidence)

    knee, cuff = heard("total_knee_arthroplasty", "knee"), heard("rotator_cuff_repair_small_medium", "shoulder")
    assert {"tka_massage_rom", "rcr_early_motion"} & knee == {"tka_massage_rom"}
    assert {"tka_massage_rom", "rcr_early_motion"} & cuff == {"rcr_early_motion"}
    assert "rcr_large_tear_harm" not in cuff
