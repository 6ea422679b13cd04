"""A profile: read from files, text and data alike, strict, frozen, and written back as it was read."""

from __future__ import annotations

import itertools
import json
import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import small
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_answers import answers

from massage_rules.answers import Dated, Since, Unknown
from massage_rules.conditions import Interval
from massage_rules.errors import ContentError, ProfileError
from massage_rules.parts import Clearance, Override
from massage_rules.procedures import procedures
from massage_rules.profile import WHOLE_BODY, ProfileBase, models, read_profile
from massage_rules.vocabulary import Fact, shipped_vocabulary

VOCABULARY = shipped_vocabulary()
MODELS = models(VOCABULARY)
CLIENT = """
as_of: 2026-11-24
age: 46
sex: female
goals: [pain_management]
denied: cancer
otherwise_denied: [heart_and_circulation]
smoker: yes
pregnant: no
gestation_weeks: {unknown: declined}
platelets: {value: 210, unit: 10*9/L, on: 2026-11-20}
medications: [ibuprofen]
surgeries:
  - {procedure: caesarean_section, on: 2026-09-30}
injuries:
  - {kind: whiplash_wad, region: neck, hours_ago: {about: 30}}
problems:
  - {kind: open_skin_lesion, region: [hand_dorsum], side: left, facts: {pain_now: 3}}
sites:
  - {region: abdomen_lower, side: midline, complaints: [post_surgical_scar], pain_now: {between: [2, 3]}, wound_closed: yes}
clearances:
  - {rule: a.b, by: Dr Who, on: 2026-11-01, until: 2026-12-01}
overrides:
  - {rule: a.b, by: A. Therapist, reason: agreed with the client}
"""


def read(text: str = CLIENT) -> ProfileBase:
    return read_profile(text.encode())


def test_a_profile_says_what_was_written_and_nothing_else() -> None:
    """Every answer is there, typed; everything that wasn't said is unknown."""
    client = read()
    assert client.answers() == {
        "age": 46,
        "sex": "female",
        "goals": ("pain_management",),
        "smoker": True,
        "pregnant": False,
        "gestation_weeks": Unknown("declined"),
        "platelets": Dated(210, date(2026, 11, 20)),
    }
    assert client.as_of == date(2026, 11, 24)
    assert client.denied_blocks() == {"cancer", "heart_and_circulation"}
    assert client.surgeries[0].on == Since(date(2026, 9, 30), date(2026, 9, 30))
    assert client.injuries[0].hours_ago == Interval(29, 31)
    assert client.problems[0].told() == {"pain_now": 3}
    assert client.sites[0].answers() == {
        "region": "abdomen_lower",
        "side": "midline",
        "complaints": ("post_surgical_scar",),
        "pain_now": Interval(2, 3),
        "wound_closed": True,
    }
    assert client.clearances[0] == Clearance(rule="a.b", by="Dr Who", on="2026-11-01", until="2026-12-01")  # type: ignore[arg-type]
    assert client.overrides[0].reason == "agreed with the client"


def test_nothing_is_known_of_an_empty_profile() -> None:
    """No fact has a default, and where nothing else is said the whole body is treated."""
    client = read("{}")
    assert client.answers() == {}
    assert client.to_dict() == {}
    assert client.denied_blocks() == frozenset()
    assert [p.answers() for p in client.places] == [{"region": WHOLE_BODY}]


def test_yaml_json_bytes_paths_and_data_are_read_alike(tmp_path: Path) -> None:
    """It doesn't matter how a profile arrives."""
    client = read()
    data = client.to_dict()
    (tmp_path / "client.yaml").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "client.json").write_text(json.dumps(data), encoding="utf-8")
    assert read_profile(tmp_path / "client.yaml") == client
    assert read_profile(str(tmp_path / "client.json")) == client
    assert read_profile(json.dumps(data, indent=1).encode()) == client
    assert read_profile(data) == client
    assert MODELS.profile(**data) == client
    assert read_profile(yaml.safe_load(yaml.safe_dump(data))) == client


def test_parts_may_be_given_as_parts() -> None:
    """Python code may put a profile together from its models."""
    site = MODELS.site(region="calf", side="left", pain_now=3)
    surgery = MODELS.surgery(procedure="caesarean_section", weeks_ago=8)
    client = MODELS.profile(age=46, sites=[site], surgeries=[surgery])
    assert client == MODELS.profile.read({"age": 46, "sites": [site.to_dict()], "surgeries": [surgery.to_dict()]})


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: MODELS.site(region="nekk"), "site"),
        (lambda: MODELS.site(region="neck", pain_now=11), "site.pain_now"),
        (lambda: MODELS.surgery(procedure="other"), "surgery"),
        (lambda: MODELS.profile(age=-1), "profile.age"),
        (lambda: MODELS.profile(sites=[{"region": "neck", "pain_now": 11}]), "profile.sites.0.pain_now"),
        (lambda: Clearance(rule="a.b", by="Dr Who", on="2026-11-01"), "clearance.until"),  # type: ignore[call-arg, arg-type]
        (lambda: Clearance(rule="a", by="b", on=None, until=None, utnil=1), "clearance.utnil"),  # type: ignore[call-arg]
        (lambda: Override(rule="a.b", by="A", reason=3), "override.reason"),  # type: ignore[arg-type]
    ],
)
def test_a_part_made_in_python_names_its_field(make: Any, field: str) -> None:
    """Whatever is built first, the fault has the path to it."""
    with pytest.raises(ProfileError) as caught:
        make()
    assert [f.place.file for f in caught.value.faults] == [field]


def test_a_fault_in_a_file_has_its_line_however_deep_it_lies() -> None:
    """Parts within parts keep their places."""
    with pytest.raises(ProfileError) as caught:
        read("age: 46\nsites:\n  - region: neck\n    pain_now: 3\n  - region: calf\n    pain_now: 30\n")
    (fault,) = caught.value.faults
    assert str(fault.place) == "profile:6:5"


def test_one_answer_changed_gives_a_new_profile() -> None:
    """Telling, changing and taking back leave the old profile alone, and what was said otherwise stays said."""
    client = read()
    told = client.with_fact("age", 47)
    assert (client.answers()["age"], told.answers()["age"]) == (46, 47)
    assert told.with_fact("age", 46) == client
    assert client.with_fact("smoker", None).answers().get("smoker") is None
    assert told.sites == client.sites


def test_an_answer_may_be_told_of_a_site() -> None:
    """A site goes by its number; without sites, number 0 is the whole body."""
    client = read().with_fact("pain_now", 5, site=0)
    assert client.sites[0].answers()["pain_now"] == 5
    everywhere = read("age: 46").with_fact("pain_now", 5, site=0)
    assert [s.answers() for s in everywhere.sites] == [{"region": "body", "pain_now": 5}]


@pytest.mark.parametrize("site", [-1, 1, 99])
def test_a_site_that_is_not_there_is_a_fault(site: int) -> None:
    """Counting from the end isn't offered."""
    with pytest.raises(ProfileError, match="there is no site number"):
        read().with_fact("pain_now", 5, site=site)


def test_everything_may_be_denied_at_once() -> None:
    """`all` stands for every block of the form."""
    assert read("denied: all").denied_blocks() == frozenset(VOCABULARY.blocks)
    assert read("otherwise_denied: [all]").denied_blocks() == frozenset(VOCABULARY.blocks)


@pytest.mark.parametrize(
    "text",
    [
        "otherwise_denied: all\nsmoker: yes",
        "otherwise_denied: all\ngestation_weeks: 20\npregnant: yes",
        "denied: cancer\nsmoker: yes",
        "denied: all\nsmoker: no",
        "denied: all\nsmoker: {unknown: unsure}",
        "denied: all\ncleared_by_surgeon: yes" if "cleared_by_surgeon" in VOCABULARY.facts else "denied: all",
        "pregnant: no\ngestation_weeks: {unknown: declined}",
        "pregnant: yes\ngestation_weeks: 20",
        "gestation_weeks: 20",
        "vitamin_k_antagonist: yes",
        "vitamin_k_antagonist: no\nanticoagulated: no",
        "medications: [warfarin]\nanticoagulated: yes",
        "medications: []\nmedications_complete: yes",
    ],
)
def test_what_does_not_contradict_itself_is_read(text: str) -> None:
    """Only what can't be true together is refused."""
    assert read(text) is not None


def test_consequences_contradict_as_well_as_answers() -> None:
    """What follows from what follows from an answer counts like the answer itself."""
    client = small.client
    with pytest.raises(ProfileError, match="twins: is yes, but `pregnant` is no"):
        client(twins=True, pregnant=False)
    with pytest.raises(ProfileError, match="which holds `pregnant`, was denied"):
        client(gestation_weeks=20, denied=["pregnancy"])
    with pytest.raises(ProfileError, match="was denied as a whole"):
        client(medications=["Warfarin "], denied=["blood"])
    with pytest.raises(ProfileError, match="`warfarin`, but `anticoagulated` is no"):
        client(medications=["warfarin"], anticoagulated=False)
    assert client(temperature={"value": 39, "on": "2026-11-20"}, as_of="2026-11-24")


def test_a_dated_answer_contradicts_as_well() -> None:
    """A day beside an answer changes nothing about what it says."""
    with pytest.raises(ProfileError, match="was denied as a whole"):
        read("as_of: 2026-11-24\ndenied: all\nsmoker: {value: yes, on: 2026-11-01}")
    with pytest.raises(ProfileError, match="`pregnant` is no"):
        read("as_of: 2026-11-24\npregnant: {value: no, on: 2026-11-01}\ngestation_weeks: 20")


def test_a_set_of_none_is_not_the_same_as_nothing_said() -> None:
    """`[]` is an answer, and stays one when it is written and read again."""
    client = read("goals: []\nmedications: []")
    assert client.answers() == {"goals": ()}
    assert client.to_dict() == {"goals": [], "medications": []}
    assert client != read("{}")


def test_operations_are_known_by_name_or_by_region() -> None:
    """A known operation brings its regions; any other needs them."""
    assert all(VOCABULARY.regions.names() >= set(p.regions) for p in procedures().values())
    assert set(procedures()) <= set(VOCABULARY.facts["procedure"].values)
    assert read("surgeries: [{procedure: nose_thing, region: face_cheek}]").surgeries[0].region == "face_cheek"


def test_another_vocabulary_has_another_profile() -> None:
    """The fields of a profile are the facts of its vocabulary; the same vocabulary has the same model."""
    one, same = models(small.vocabulary()), models(small.vocabulary())
    assert one is same
    assert one is not MODELS
    assert {"age", "twins", "sites"} <= set(one.profile.model_fields)
    with pytest.raises(ProfileError, match="unknown fact"):
        one.profile.read({"vitamin_k_antagonist": True})
    with pytest.raises(ProfileError, match="isn't a kind of injury"):
        one.profile.read({"injuries": [{"kind": "whiplash_wad", "region": "neck"}]})
    none = models(small.vocabulary(small.VOCABULARY.replace("injury_kind:", "kind_of_injury:")))
    with pytest.raises(ProfileError, match="isn't a kind of injury"):
        none.profile.read({"injuries": [{"kind": "strain", "region": "neck"}]})
    assert read_profile({"twins": True}, vocabulary=small.vocabulary()).answers() == {"twins": True}


@pytest.mark.parametrize("text", ["missing.yaml", "age: 46"])
def test_a_text_is_a_path_and_never_content(text: str) -> None:
    """Content comes as bytes or data, so that nothing is read by mistake."""
    with pytest.raises(ContentError, match="fault"):
        read_profile(text)


ASKABLE = [f for f in VOCABULARY.facts.values() if f.id not in ("region", "side")]
LEVELS = {level: [f for f in ASKABLE if f.level == level] for level in ("patient", "site")}
PAST = st.dates(date(2000, 1, 1), date(2026, 11, 24)).map(date.isoformat)


def some(draw: st.DrawFn, level: str, most: int) -> dict[str, Any]:
    chosen: list[Fact] = draw(st.lists(st.sampled_from(LEVELS[level]), max_size=most, unique_by=lambda f: f.id))
    return {f.id: draw(answers(f)) for f in chosen}


@st.composite
def clients(draw: st.DrawFn) -> dict[str, Any]:
    """A client as plain data, in any of the ways in which answers may be written."""
    regions = st.sampled_from(sorted(VOCABULARY.regions.names()))
    sides = st.sampled_from([{}, {"side": "left"}, {"side": "right"}, {"side": "both"}])
    since = st.sampled_from(
        [{}, {"weeks_ago": 6}, {"weeks_ago": {"about": 6}}, {"on": "2026-09"}, {"on": "2026-09-30"}, {"on": "2025"}]
    )
    local = st.sampled_from([f.id for f in LEVELS["site"] if f.role == "risk" and f.type == "yes_no"])
    data: dict[str, Any] = {"as_of": "2026-11-24", **some(draw, "patient", 6)}
    data["sites"] = [{"region": draw(regions), **draw(sides), **some(draw, "site", 4)} for _ in range(draw(st.integers(0, 2)))]
    data["otherwise_denied"] = draw(st.lists(st.sampled_from(["all", *sorted(VOCABULARY.blocks)]), max_size=3))
    if draw(st.booleans()):
        data["surgeries"] = [{"procedure": draw(st.sampled_from(sorted(procedures()))), **draw(since)}]
        data["injuries"] = [{"kind": "whiplash_wad", "region": [draw(regions)], **draw(sides), **draw(since)}]
        data["problems"] = [{"kind": draw(local), "region": draw(regions), **draw(sides)}]
        data["medications"] = draw(st.lists(st.sampled_from(["warfarin", "Ibuprofen", "some herb"]), max_size=2))
    return data


def readable(data: dict[str, Any]) -> ProfileBase:
    """The client without the answers that can't stand together, one by one."""
    for _ in range(40):
        try:
            return MODELS.profile.read(data)
        except ProfileError as error:
            for fault in error.faults:
                steps = fault.place.file.split(".")[1:]
                where: Any = data
                for step in steps[:-1]:
                    where = where[int(step)] if isinstance(where, list) else where[step]
                if isinstance(where, dict):
                    where.pop(steps[-1], None)
                else:
                    where.clear()
    raise AssertionError("no client is left")


SLOW = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


@given(clients())
@SLOW
def test_a_profile_is_written_back_as_it_was_read(data: dict[str, Any]) -> None:
    """Through plain data, JSON and YAML: reading what was written gives the same profile and the same bytes."""
    client = readable(data)
    written = client.to_dict()
    assert MODELS.profile.read(written) == client
    text = json.dumps(written)
    assert read_profile(text.encode()) == client
    assert json.dumps(read_profile(text.encode()).to_dict()) == text
    assert type(client).model_validate(client) == client


@given(clients(), st.randoms(use_true_random=False))
@SLOW
def test_the_order_of_facts_does_not_matter(data: dict[str, Any], chance: random.Random) -> None:
    """The same facts in any order are the same profile, and are written as the same bytes."""
    client = readable(data)
    shuffled = list(client.to_dict().items())
    chance.shuffle(shuffled)
    again = MODELS.profile.read(dict(shuffled))
    assert again == client
    assert json.dumps(again.to_dict()) == json.dumps(client.to_dict())


@given(clients())
@SLOW
def test_adding_facts_one_by_one_gives_the_same_profile(data: dict[str, Any]) -> None:
    """An intake that is told one fact at a time ends where a form that is read at once ends."""
    client = readable(data)
    written = client.to_dict()
    lists = {k: v for k, v in written.items() if k not in VOCABULARY.facts}
    slowly = MODELS.profile.read(lists)
    for name, answer in itertools.islice(written.items(), len(written)):
        if name in VOCABULARY.facts:
            slowly = slowly.with_fact(name, answer)
    assert slowly == client


class Odd(dict[str, Any]):
    """A mapping of a class of its own."""


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**310)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals()
    | st.fractions()
    | st.complex_numbers()
    | st.sampled_from(
        [object(), object, len, ..., NotImplemented, Odd(value=1), range(3), Decimal("sNaN"), "\ud800", {1, 2}, iter([])]
    )
    | st.sampled_from(["yes", "no", "2026-09", "2026-09-30", "female", "12", "unsure"])
    | st.builds(Interval, st.floats(), st.floats())
    | st.builds(Unknown, st.text(max_size=5))  # type: ignore[arg-type]
    | st.builds(Since, st.dates(), st.dates() | st.datetimes())
    | st.builds(Dated, st.integers() | st.booleans(), st.dates() | st.text(max_size=3))  # type: ignore[arg-type]
)
KEYS = (
    st.sampled_from(["unknown", "value", "on", "unit", "about", "between", "at_least", "at_most", "x"])
    | st.text(max_size=3)
    | st.integers(0, 3)
)
OBJECTS = st.recursive(
    LEAVES, lambda o: st.lists(o, max_size=3) | st.dictionaries(KEYS, o, max_size=3) | st.tuples(o, o), max_leaves=6
)


def read_or_fault(data: dict[str, Any]) -> bool:
    """Whether the data are accepted and written back as they were read, or refused in words with a remedy."""
    try:
        client = MODELS.profile.read(data)
    except ProfileError as error:
        return all(f.what and f.remedy and str(f).isprintable() for f in error.faults)
    return read_profile(json.dumps(client.to_dict(), ensure_ascii=False).encode("utf-8")) == client


@given(st.sampled_from(LEVELS["patient"]), OBJECTS)
@example(VOCABULARY.facts["age"], 10**400)
@example(VOCABULARY.facts["age"], {"value": 10**400, "unit": "mo"})
@example(VOCABULARY.facts["age"], {"about": 46, "unit": None})
@example(VOCABULARY.facts["goals"], [["mobility"], {}])
@settings(deadline=None, max_examples=600, suppress_health_check=list(HealthCheck))
def test_any_object_for_an_answer_is_read_or_is_a_fault(fact: Fact, value: object) -> None:
    """Whatever stands for an answer, it is accepted and written back, or it is refused as a fault of the profile."""
    assert read_or_fault({"as_of": "2026-11-24", fact.id: value})


@given(st.sampled_from(sorted(MODELS.profile.model_fields)) | st.text(max_size=5), OBJECTS)
@settings(deadline=None, max_examples=500, suppress_health_check=list(HealthCheck))
def test_any_object_for_any_part_is_read_or_is_a_fault(name: str, value: object) -> None:
    """The same for dates, lists of places, operations and medicines."""
    assert read_or_fault({name: value})


PARTS = {"region": st.sampled_from(["neck", "calf"]) | OBJECTS, "side": st.just("left") | OBJECTS, "procedure": OBJECTS, "kind": OBJECTS,
         "on": OBJECTS, "weeks_ago": OBJECTS, "facts": OBJECTS, "pain_now": OBJECTS, "rule": OBJECTS, "until": OBJECTS}  # fmt: skip


@given(
    st.sampled_from(["sites", "surgeries", "injuries", "problems", "clearances", "overrides"]),
    st.fixed_dictionaries({}, optional=PARTS),
)
@settings(deadline=None, max_examples=500, suppress_health_check=list(HealthCheck))
def test_any_object_within_a_part_is_read_or_is_a_fault(name: str, part: dict[str, Any]) -> None:
    """The same for what stands within a place, an operation or a problem."""
    assert read_or_fault({"as_of": date(2026, 11, 24), name: [part]})


def test_a_moment_counts_as_its_day() -> None:
    """Clinic software has clocks; a profile has days."""
    client = MODELS.profile(as_of=datetime(2026, 11, 24, 9, 30), weeks_since_dvt=datetime(2026, 11, 10, 23, 59))  # noqa: DTZ001
    assert client.to_dict() == {"as_of": "2026-11-24", "weeks_since_dvt": {"on": "2026-11-10"}}
