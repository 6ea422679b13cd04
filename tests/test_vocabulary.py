"""The facts, their blocks, gates and regions: small ones made for the test, and those that ship."""

from __future__ import annotations

import gc

import pytest
import small
from hypothesis import given
from hypothesis import strategies as st

from massage_rules.conditions import Compare, Is, OneOf, facts_read
from massage_rules.errors import ContentError
from massage_rules.regions import ROOT
from massage_rules.vocabulary import Vocabulary, shipped_vocabulary

SHIPPED = shipped_vocabulary()
REGIONS = SHIPPED.regions
NAMES = st.sampled_from(sorted(REGIONS.names()))


def test_a_fact_is_what_its_entry_says() -> None:
    """Everything written of a fact can be asked of it."""
    facts = small.vocabulary().facts
    weeks = facts["gestation_weeks"]
    assert (weeks.type, weeks.level, weeks.role, weeks.unit, weeks.bounds) == ("number", "patient", "plain", "wk", (0, 45))
    assert weeks.only_if == Is("pregnant", answer=True)
    assert weeks.is_duration
    assert not facts["temperature"].is_duration
    assert facts["temperature"].fresh_days == 1
    assert facts["twins"].implies == ("pregnant",)
    assert facts["sex"].values == {"female": "female", "male": "male", "other": "other"}
    assert facts["goals"].values == {"pain_management": "pain management", "mobility": "mobility"}
    assert facts["operated_here"].source == "surgery"
    assert (facts["region"].type, facts["side"].type) == ("choice", "choice")


def test_what_is_not_said_to_change_stays_unless_it_is_a_number() -> None:
    """A length of time passes, another number can be measured again, and everything else stays as it is."""
    facts = small.vocabulary(small.VOCABULARY.replace("unit: a,", "unit: a, changes: never,")).facts
    assert (facts["gestation_weeks"].changes, facts["temperature"].changes) == ("by_time", "by_measure")
    assert {facts[name].changes for name in ("age", "pregnant", "cleared", "goals", "sex")} == {"never"}


def test_no_shipped_history_or_refusal_is_said_to_change() -> None:
    """Nobody is told that treatment opens once age, sex, history or a refusal are talked away."""
    kept = (
        "age",
        "sex",
        "region",
        "side",
        "complaints",
        "consent_refused",
        "cancer_history",
        "previous_dvt",
        "suicidal_thoughts",
    )
    assert {SHIPPED.facts[name].changes for name in kept} == {"never"}


def test_a_block_is_what_its_entry_says() -> None:
    """A block has one question, a reason, and a gate that holds for all its facts."""
    block = small.vocabulary().blocks["pregnancy"]
    assert (block.title, block.ask, block.why) == ("Pregnancy", "Are you pregnant?", "it changes how to lie")
    assert block.only_if == OneOf("sex", frozenset({"female", "other"}))


def test_conditions_may_speak_of_every_fact() -> None:
    """A vocabulary knows how each of its names may be tested."""
    known = small.vocabulary()
    assert known.kind("age") == "number"
    assert known.kind("qqqq") is None
    assert known.values("sex") == {v: frozenset({v}) for v in ("female", "male", "other")}
    assert known.values("region")["upper"] == {"body", "upper", "head", "neck"}
    assert known.bounds("age") == (0, 120)
    assert {"age", "region", "side"} <= known.known()
    assert known.lay("scar_side") == "scar side"


def test_a_fact_has_the_gates_of_its_block_and_its_own() -> None:
    """The gate of the block is asked first."""
    known = small.vocabulary()
    assert known.gates("gestation_weeks") == (OneOf("sex", frozenset({"female", "other"})), Is("pregnant", answer=True))
    assert known.gates("age") == ()


def test_gated_facts_come_after_those_their_gates_read() -> None:
    """So one walk in order closes every gate, here and in the shipped vocabulary."""
    for known in (small.vocabulary(), SHIPPED):
        seen: set[str] = set()
        order = [gate.fact for gate in known.gated.each]
        gated = set(order)
        assert len(order) == len(gated)
        for name in order:
            assert {f for gate in known.gates(name) for f in facts_read(gate) if f in gated} <= seen
            seen.add(name)
        assert gated == {f for f in known.facts if known.gates(f)}


def test_a_sheet_gathers_blocks() -> None:
    """Several blocks are asked in one question, in the order in which the sheet names them."""
    known = small.vocabulary(small.VOCABULARY.replace("\nfacts:\n", "\n" + SHEET + "facts:\n"))
    assert known.sheets["body"].blocks == ("blood", "skin")
    assert (known.sheets["body"].ask, known.sheets["body"].why) == ("Any of this?", "it matters")


SHEET = """sheets:
  body: {title: Body, ask: Any of this?, why: it matters, blocks: [blood, skin]}
"""


@pytest.mark.parametrize(
    ("sheet", "fault"),
    [
        (
            SHEET.replace("[blood, skin]", "[blood, skim]"),
            "sheet `body` gathers `skim`, which isn't a block. Did you mean `skin`?",
        ),
        (SHEET.replace("[blood, skin]", "[blood, blood]"), "block `blood` is gathered twice. Leave it on one sheet."),
        (
            SHEET.replace(", blocks: [blood, skin]", ""),
            "sheet `body` has no blocks. List those that are asked together under `blocks:`.",
        ),
        (SHEET.replace("body:", "skin:"), "sheet `skin` has the name of a block. Use a new name."),
        (SHEET.replace("why: it matters, ", ""), "sheet `body` has no `why`. Add it."),
    ],
)
def test_a_faulty_sheet_is_refused(sheet: str, fault: str) -> None:
    """The message says what is wrong and what to do."""
    with pytest.raises(ContentError) as error:
        small.vocabulary(small.VOCABULARY.replace("\nfacts:\n", "\n" + sheet + "facts:\n"))
    assert any(str(f).endswith(fault) for f in error.value.faults), [str(f) for f in error.value.faults]


def test_the_digest_tells_one_vocabulary_from_another() -> None:
    """The same text has the same digest; a changed question or region has another."""
    one = small.vocabulary().digest
    assert one == small.vocabulary().digest
    assert one != small.vocabulary(small.VOCABULARY.replace("How old?", "Which age?")).digest
    assert one != small.vocabulary(regions=small.REGIONS.replace("Leg", "Whole leg")).digest
    assert one != small.vocabulary(medications="groups: {}").digest


def test_a_medicine_is_known_by_any_spelling_of_its_name() -> None:
    """Capitals and spaces don't matter; what isn't in the table is told from what says nothing."""
    table = small.vocabulary().medications
    assert table.of(" Warfarin  ") == ("warfarin_taken", "anticoagulated")
    assert table.of("some herb") is None
    assert table.ruled_out == {"warfarin_taken", "anticoagulated"}
    assert SHIPPED.medications.of("st. joseph  aspirin") == SHIPPED.medications.of("ASPIRIN")


def test_without_a_table_no_medicine_is_known() -> None:
    """The table is optional, and its groups are."""
    assert small.vocabulary(medications="groups: {}").medications.of("warfarin") is None


def test_vocabularies_do_not_share_their_regions() -> None:
    """One made after another was forgotten has its own regions, not those of its predecessor."""
    for name in ("arm", "tail", "wing", "fin"):
        known = small.vocabulary(regions=f"regions: {{body: {{}}, {name}: {{parent: body}}}}")
        assert set(known.values("region")) == {"body", name}
        del known
        gc.collect()


# Regions


def test_a_name_covers_its_smallest_regions() -> None:
    """A parent covers what its children cover, a group what its members cover."""
    regions = small.vocabulary().regions
    assert regions.parts("calf") == {"calf"}
    assert regions.parts("leg") == {"thigh", "calf"}
    assert regions.parts("upper") == {"head", "neck"}
    assert regions.parts("body") == {"head", "neck", "thigh", "calf"}


def test_names_overlap_where_they_share_a_part() -> None:
    """The part overlaps the whole, and the whole the part; neighbours don't overlap."""
    regions = small.vocabulary().regions
    assert regions.overlapping("calf") == {"calf", "leg", "body"}
    assert regions.overlapping("leg") == {"calf", "thigh", "leg", "body"}
    assert regions.overlapping("neck") == {"neck", "upper", "body"}


def test_parts_are_summed_up_in_the_fewest_names() -> None:
    """Both halves of a leg are called the leg."""
    regions = small.vocabulary().regions
    assert regions.summary(frozenset({"thigh", "calf", "neck"})) == ("leg", "neck")
    assert regions.summary(frozenset()) == ()


def test_a_region_has_its_words() -> None:
    """Labels are for people; a group is called by its name."""
    regions = small.vocabulary().regions
    assert (regions.label("calf"), regions.label("upper")) == ("Calf", "upper")
    calf, neck = regions.regions["calf"], regions.regions["neck"]
    assert (calf.paired, calf.pressure_cap, calf.cap_binds) == (True, 3, "structures")
    assert (neck.pressure_cap, neck.cap_binds, neck.structures, neck.neighbours) == (2, "region", ("large vessels",), ("head",))
    assert regions.motions["knee_flexion"].normal == (("low", 0), ("high", 135))


@given(NAMES, NAMES)
def test_overlapping_is_mutual(one: str, other: str) -> None:
    """If the one overlaps the other, the other overlaps the one; everything overlaps itself and the body."""
    assert (other in REGIONS.overlapping(one)) == (one in REGIONS.overlapping(other))
    assert {one, ROOT} <= REGIONS.overlapping(one)


@given(st.lists(NAMES, max_size=4))
def test_a_summary_covers_exactly_what_it_sums_up(names: list[str]) -> None:
    """Nothing is added and nothing is lost in words."""
    parts = frozenset().union(*(REGIONS.parts(n) for n in names))
    summary = REGIONS.summary(parts)
    assert frozenset().union(*(REGIONS.parts(n) for n in summary)) == parts
    assert len(summary) == len(set(summary))


# What ships


def test_every_shipped_region_stands_below_the_body() -> None:
    """The body is the whole of its parts."""
    assert REGIONS.parts(ROOT) == frozenset().union(*(REGIONS.parts(n) for n in REGIONS.names()))
    assert all(r.parent in REGIONS.regions for r in REGIONS.regions.values() if r.id != ROOT)


def test_every_neighbourhood_is_mutual() -> None:
    """Who borders on a region is bordered by it, or by its whole."""
    missing = [
        (r.id, other)
        for r in REGIONS.regions.values()
        for other in r.neighbours
        if not any(r.id in REGIONS.overlapping(n) for n in REGIONS.regions[other].neighbours)
    ]
    assert missing == []


def test_every_shipped_risk_can_be_denied() -> None:
    """A risk stands in a block, and what can't be denied itself stands behind what can."""
    for fact in SHIPPED.facts.values():
        if fact.role == "risk":
            assert fact.block in SHIPPED.blocks
            assert fact.type == "yes_no" or fact.only_if is not None


def test_every_shipped_question_is_one() -> None:
    """Facts are asked, blocks are asked and say why."""
    assert [f.id for f in SHIPPED.facts.values() if not f.ask] == []
    assert [b.id for b in SHIPPED.blocks.values() if not (b.title and b.ask and b.why)] == []


def test_every_shipped_gate_can_open() -> None:
    """A gate compares within bounds and with values that exist, which reading has checked, and is never empty."""
    assert any(isinstance(g, Compare | OneOf | Is) for f in SHIPPED.facts for g in SHIPPED.gates(f))
    assert all(facts_read(g) for f in SHIPPED.facts for g in SHIPPED.gates(f))


@pytest.mark.parametrize("known", [SHIPPED, small.vocabulary()], ids=["shipped", "small"])
def test_what_is_implied_is_of_the_same_kind(known: Vocabulary) -> None:
    """A narrower risk implies a wider one, so that adding the narrower never takes caution away; levels agree."""
    for fact in known.facts.values():
        for other in fact.implies:
            assert known.facts[other].type == "yes_no"
            assert known.facts[other].level == "patient" or fact.level == "site"


def test_the_shipped_vocabulary_is_read_once() -> None:
    """Asking for it again costs nothing."""
    assert shipped_vocabulary() is SHIPPED
