"""What data/planning.yaml says is read strictly, names only what exists, and stays inside the catalogue."""

from __future__ import annotations

import pytest

from massage_rules._yaml import data_folder, parse, read
from massage_rules.errors import Faults
from massage_rules.planning import Planning, PlanningNames, read_planning
from massage_rules.rulebook import shipped_rulebook

RULEBOOK = shipped_rulebook()
NAMES = PlanningNames(
    techniques=RULEBOOK.catalogue.variants,
    complaints=RULEBOOK.vocabulary.facts["complaints"].values,
    goals=RULEBOOK.catalogue.goals,
    measures=RULEBOOK.outcomes,
    sources=RULEBOOK.references,
    bases=RULEBOOK.catalogue.basis_codes,
)
TEXT = (data_folder() / "planning.yaml").read_text(encoding="utf-8")


def shipped() -> Planning:
    assert RULEBOOK.planning is not None
    return RULEBOOK.planning


def faults(text: str) -> list[str]:
    found = Faults()
    read_planning(parse(text.encode(), name="data/planning.yaml"), NAMES, found)
    return [str(f) for f in found.found]


def test_the_shipped_planning_has_no_fault() -> None:
    """And it belongs to the rulebook."""
    assert faults(TEXT) == []
    found = Faults()
    assert read_planning(read(data_folder() / "planning.yaml", name="planning"), NAMES, found) == shipped()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  - breathing_relaxation\n", "  - breathing_relaxaton\n", "`breathing_relaxaton` isn't among the techniques. Did you mean `breathing_relaxation`?"),
        ("measures: [NDI, NPRS, PSFS]", "measures: [NDX, NPRS, PSFS]", "`NDX` isn't among the measures."),
        ("  fibromyalgia:\n", "  fibromyalgy:\n", "`fibromyalgy` isn't among the complaints. Did you mean `fibromyalgia`?"),
        ("visits_basis: mixed", "visits_basis: guess", "`guess` isn't among the bases."),
        ("sources: [corp_nlbp,", "sources: [corp_nlpb,", "`corp_nlpb` isn't among the sources. Did you mean `corp_nlbp`?"),
        ("  mobility:\n    measures", "  mobillity:\n    measures", "`mobillity` isn't among the goals. Did you mean `mobility`?"),
        ("    place: part_of_package\n", "    place: part\n", "can't be read"),
        ("  opening_says:", "  opening_sings:", "`visit.opening_sings` has no meaning here."),
        ("review:\n", "revue:\n", "`review` is missing."),
    ],
)  # fmt: skip
def test_a_faulty_entry_is_a_fault_with_its_line(old: str, new: str, says: str) -> None:
    """Where, what and a near name."""
    assert TEXT.count(old) >= 1
    found = faults(TEXT.replace(old, new, 1))
    assert any(says in f for f in found), found
    assert all(f.startswith("data/planning.yaml:") for f in found)


def test_every_complaint_has_an_entry() -> None:
    """Save pain without a name, of which nothing is known that belongs beside hands-on work."""
    assert set(NAMES.complaints) - set(shipped().complaints) == {"unspecified_pain"}


def test_every_technique_has_its_place_in_the_visit() -> None:
    """Or is for home only."""
    assert set(shipped().order) == set(NAMES.techniques) - set(shipped().home.only)
    assert len(shipped().order) == len(set(shipped().order))


def test_home_doses_lie_inside_the_catalogue() -> None:
    """A complaint may narrow what the technique takes at home, not widen it."""
    for entry in shipped().complaints.values():
        if entry.home is None or entry.home.technique == "none":
            continue
        dose = RULEBOOK.catalogue.variants[entry.home.technique].dose
        for span, name in (
            (entry.home.minutes, "home_minutes"),
            (entry.home.per_day, "times_per_day"),
            (entry.home.repetitions, "repetitions"),
        ):
            if span is not None:
                assert span[0] <= dose[name].max
                assert span[1] >= dose[name].min
        assert entry.home.technique in shipped().home.techniques


def test_measures_of_complaints_show_change() -> None:
    """A measure that only sorts people can't tell whether a plan worked."""
    for entry in shipped().complaints.values():
        for measure in entry.measures:
            assert RULEBOOK.outcomes[measure].counts is not None
    for goal in NAMES.goals:
        assert shipped().goals[goal].measures


def test_a_book_without_planning_plans_nothing() -> None:
    """And says what is missing."""
    from dataclasses import replace

    import massage_rules as mr
    from massage_rules.advice import Evaluator, shipped_evaluator

    bare = Evaluator(replace(RULEBOOK, planning=None))
    client = mr.Profile(age=40, otherwise_denied="all", sites=[{"region": "neck"}])
    advice = shipped_evaluator().recommend(client, core="compiled").about(client, rulebook=bare.rulebook)
    with pytest.raises(mr.EvaluationError, match=r"has no data/planning.yaml"):
        mr.plan(advice)
