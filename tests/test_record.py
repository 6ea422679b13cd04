"""Records: complete, the same bytes everywhere, replayed years later, and masked.

The records in `tests/records/` rest on made-up rules of their own, which stay as they are. `python tests/test_record.py`
writes them anew after a change to the answer itself; nothing else should make that necessary.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rfc8785
from clients import profiles
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource

import massage_rules as mr
from massage_rules._yaml import read, rules_folder
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.cases import Case, load_cases
from massage_rules.conditions import Compare
from massage_rules.masking import age_tests, band_of
from massage_rules.parts import Clearance, Injury, Override, Problem, Surgery
from massage_rules.profile import ProfileBase, read_profile
from massage_rules.record import read_record
from massage_rules.replays import Difference, RuleChange
from massage_rules.rulebook import Rulebook, build

RECORDS = Path(__file__).parent / "records"
BOOK = RECORDS / "book"
SHIPPED = shipped_evaluator()
CLIENTS: Mapping[str, Mapping[str, Any]] = {
    "nothing_known": {},
    "cleared": {
        "as_of": "2026-11-24",
        "age": 71,
        "temperature": {"value": 36.65, "on": "2026-11-24"},
        "platelets": {"value": 42.125, "on": "2026-10-02"},
        "medications": ["Warfarin", "Herr Müller\u2019s Tee"],
        "weeks_since_stroke": {"on": "2019"},
        "goals": ["mobility"],
        "surgeries": [
            {"procedure": "Naht nach Schnitt", "region": "arm", "side": "left", "on": "2026-10"},
            {"procedure": "other", "region": "leg", "on": "2026-10-13"},
        ],
        "clearances": [{"rule": "care.few-platelets", "by": "Dr Ærø", "on": "2026-11-01", "until": "2027-01-31", "note": "by letter"}],
        "overrides": [{"rule": "care.old-and-thin-blood", "by": "A. Tran", "reason": "she “insisted”\n— twice", "on": "2026-11-24"}],
        "sites": [
            {"region": "arm", "side": "left", "complaints": ["ache", "scar"], "open_skin": False},
            {"region": "leg", "complaints": "ache"},
        ],
    },
    "within_bounds": {
        "age": {"between": [64, 66]},
        "thinner": True,
        "platelets": {"at_least": 50.4},
        "surgeries": [{"procedure": "other", "region": "leg", "weeks_ago": {"about": 5.3333}}],
        "sites": [{"region": "leg", "side": "right", "complaints": ["ache"]}, {"region": "neck", "complaints": ["ache"]}],
        "otherwise_denied": ["place"],
    },
}  # fmt: skip
STORED = [*CLIENTS, "masked"]


def book(folder: Path = BOOK) -> Rulebook:
    return build({p.relative_to(folder).as_posix(): read(p) for p in sorted(folder.rglob("*.yaml"))})


@cache
def evaluator() -> Evaluator:
    return Evaluator(book())


def client(name: str) -> ProfileBase:
    return read_profile(CLIENTS[name], vocabulary=evaluator().rulebook.vocabulary)


def made(name: str) -> bytes:
    if name == "masked":
        return mr.mask(made("cleared"), evaluator=evaluator())
    return evaluator().recommend(client(name)).record()


def as_stored(record: bytes, stored: bytes) -> bytes:
    """The record with the names of who worked it out replaced by those of the stored one."""
    for name in ("library_version", "second_opinion"):
        now, then = (
            json.dumps({name: json.loads(r)["answer"]["basis"][name]})[1:-1].replace(": ", ":") for r in (record, stored)
        )
        assert record.count(now.encode()) == 1
        record = record.replace(now.encode(), then.encode())
    return record


@cache
def published() -> tuple[Case, ...]:
    folder = Path(__file__).parent / "cases"
    return tuple(c for p in sorted(folder.glob("published_*.cases.yaml")) for c in load_cases(p, SHIPPED.rulebook))


@pytest.mark.parametrize("name", STORED)
def test_a_stored_record_has_the_same_bytes_on_this_python(name: str) -> None:
    """Whatever Python and evaluator are here: recorded anew, and replayed, only who worked it out may differ."""
    stored = (RECORDS / f"{name}.json").read_bytes()
    fresh = "is stale: if the answer was meant to change, run `python tests/test_record.py`"
    assert as_stored(made(name), stored) == stored, f"tests/records/{name}.json {fresh}"
    again = mr.replay(stored, evaluator=evaluator())
    assert again.same
    assert as_stored(again.record, stored) == stored
    assert (again.rules, again.data, again.differences, again.faults) == ((), (), (), ())
    assert str(again).startswith("The same answer.")


@pytest.mark.parametrize("name", STORED)
def test_a_record_is_canonical_json_that_fits_its_schema(name: str) -> None:
    """Sorted keys, one way to write a number, no byte to spare; each part fits the schema that ships."""
    stored = (RECORDS / f"{name}.json").read_bytes()
    plain = json.loads(stored)
    assert rfc8785.dumps(plain) == stored
    own = mr.record_schema()
    for part in ("profile", "answer"):
        own["properties"][part] = {"type": "object"}
    jsonschema.validate(plain, own)
    jsonschema.validate(plain["answer"], mr.advice_schema())


def test_a_shipped_record_fits_the_three_schemas() -> None:
    """The record's schema refers to those of the profile and of the answer, and all three hold."""
    schemas = {"profile.schema.json": mr.profile_schema(), "advice.schema.json": mr.advice_schema()}
    registry: Registry[Any] = Registry().with_resources([(n, Resource.from_contents(s)) for n, s in schemas.items()])
    record = json.loads(mr.recommend(RECORDS.parent.parent / "docs" / "examples" / "caesarean_scar.yaml").record())
    jsonschema.Draft202012Validator(mr.record_schema(), registry=registry).validate(record)
    record["answer"]["disposition"] = "go ahead"
    assert not jsonschema.Draft202012Validator(mr.record_schema(), registry=registry).is_valid(record)


def test_a_record_is_complete() -> None:
    """The client as told, every rule with what it said and its digest, every file of data, and the whole answer."""
    advice = evaluator().recommend(client("cleared"))
    plain = json.loads(advice.record())
    assert read_profile(plain["profile"], vocabulary=evaluator().rulebook.vocabulary) == advice.profile
    said = {**plain["rules"]["holds"], **plain["rules"]["open"], **plain["rules"]["fails"]}
    assert said == {r.id: r.digest[:16] for r in evaluator().rulebook.rules.values()}
    assert all(said.values())
    assert "care.few-platelets" in plain["rules"]["holds"]
    assert "care.open-skin" in plain["rules"]["open"]  # nobody told of the leg
    assert set(plain["data"]) == {f"data/{n}.yaml" for n in ("medications", "references", "regions", "techniques", "vocabulary")}
    assert mr.Advice.model_validate(plain["answer"]).to_json() == mr.Advice.model_validate_json(advice.to_json()).to_json()
    basis = plain["answer"]["basis"]
    assert (basis["rulebook_digest"], basis["library_version"]) == (evaluator().rulebook.digest, mr.__version__)
    assert basis["second_opinion"]


@pytest.mark.parametrize("case", published()[::3], ids=lambda c: c.source["id"])
def test_published_cases_replay_to_the_same_bytes(case: Case) -> None:
    """Published cases, recorded and replayed, are the same, byte for byte."""
    record = SHIPPED.recommend(case.profile, core="compiled").record()
    again = mr.replay(record)
    assert again.same
    assert again.record == record


@settings(max_examples=5, deadline=None)
@given(profiles(), st.randoms(use_true_random=False))
def test_the_order_of_facts_leaves_no_trace(profile: ProfileBase, random: Any) -> None:
    """The same facts in any order have the same record, and it replays."""
    data = list(profile.to_dict().items())
    record = SHIPPED.recommend(profile, core="compiled").record()
    random.shuffle(data)
    assert SHIPPED.recommend(read_profile(dict(data)), core="compiled").record() == record
    assert mr.replay(record).record == record


def test_the_second_opinion_is_given_again() -> None:
    """A replay decides as the record did: through both evaluators, or through one."""
    checked = SHIPPED.recommend(published()[0].profile).record()
    assert mr.replay(checked).record == checked
    single = SHIPPED.recommend(published()[0].profile, core="compiled").record()
    assert json.loads(mr.replay(single).record)["answer"]["basis"]["second_opinion"] == "none"
    assert read_record(checked).compared() == read_record(single).compared()


def edited(tmp_path: Path, file: str, old: str, new: str) -> Evaluator:
    """The small book with one passage of a file changed."""
    shutil.copytree(BOOK, tmp_path / "book")
    path = tmp_path / "book" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return Evaluator(book(tmp_path / "book"))


def test_a_changed_threshold_is_reported_with_its_effect(tmp_path: Path) -> None:
    """The rule, what it said then and says now, and each verdict and limit that it moved."""
    told = {**CLIENTS["within_bounds"], "age": 63, "sites": [{"region": "leg", "complaints": ["ache"]}]}
    record = evaluator().recommend(read_profile(told, vocabulary=evaluator().rulebook.vocabulary)).record()
    lower = edited(tmp_path, "rules/care.yaml", "{at_least: 65}", "{at_least: 60}")
    found = mr.replay(record, evaluator=lower)
    assert not found.same
    assert found.data == ()
    assert found.rules == (RuleChange(rule="care.old-and-thin-blood", change="changed", before="doesn't hold", after="holds"),)
    wanted = Difference(
        where="Leg", technique="deep", what="verdict", before="ask first", after="avoid", rules=("care.old-and-thin-blood",)
    )  # fmt: skip
    assert wanted in found.differences
    assert any(d.what == "consults" and d.rules for d in found.differences)
    assert "changed: care.old-and-thin-blood (doesn't hold then, holds now)" in str(found)


def test_a_changed_shipped_threshold_is_reported(tmp_path: Path) -> None:
    """In a copy of the shipped rules, a number moved past the client moves the answer, and the replay names the rule."""
    shutil.copytree(rules_folder(), tmp_path / "rules")
    path = tmp_path / "rules" / "blood_counts.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("platelets: {below: 20}") == 1
    path.write_text(text.replace("platelets: {below: 20}", "platelets: {below: 10}"), encoding="utf-8")
    ache = {"region": "neck", "complaints": ["neck_upper_trapezius_tension"]}
    record = mr.recommend({"age": 40, "sex": "male", "otherwise_denied": "all", "platelets": 15, "sites": [ache]}).record()
    found = mr.replay(record, evaluator=Evaluator(mr.load(tmp_path / "rules")))
    rule = "blood_counts.platelets-under-20"
    assert found.rules == (RuleChange(rule=rule, change="changed", before="holds", after="doesn't hold"),)
    moved = [(d.before, d.after) for d in found.differences if d.what == "verdict" and d.rules == (rule,)]
    assert ("avoid", "adapt") in moved
    assert any(d.what == "disposition" and d.rules == (rule,) for d in found.differences)


def test_added_removed_and_reworded_rules_are_told_apart(tmp_path: Path) -> None:
    """A rule that came, one that went, and one whose words alone changed; those that concern nobody here are only counted."""
    record = made("within_bounds")
    moved = edited(tmp_path, "rules/care.yaml", "- id: care.open-skin", "- id: care.broken-skin")
    changes = {r.rule: (r.change, r.before, r.after) for r in mr.replay(record, evaluator=moved).rules}
    assert changes == {
        "care.broken-skin": ("added", "", "doesn't hold"),
        "care.open-skin": ("removed", "doesn't hold", ""),
    }
    assert "2 more have changed, and said nothing of this client" in str(mr.replay(record, evaluator=moved))
    shutil.rmtree(tmp_path / "book")
    reworded = edited(tmp_path, "rules/care.yaml", "because: It heals.", "because: The wound heals.")
    found = mr.replay(record, evaluator=reworded)
    assert [(r.rule, r.change) for r in found.rules] == [("care.young-scar", "changed")]
    assert [d.what for d in found.differences] == ["reasons"]


def test_changed_facts_are_named_by_file(tmp_path: Path) -> None:
    """What changes an answer without changing a rule is told too: the file of data, and what the rules say now."""
    wider = edited(tmp_path, "data/vocabulary.yaml", "fresh_for: {days: 90}", "fresh_for: {days: 9}")
    found = mr.replay(made("cleared"), evaluator=wider)
    assert found.data == ("data/vocabulary.yaml",)
    assert [(r.rule, r.change, r.before, r.after) for r in found.rules] == [
        ("care.few-platelets", "unchanged", "holds", "can't be told")
    ]
    assert "changed: data/vocabulary.yaml" in str(found)


def test_a_client_whom_todays_vocabulary_cannot_read_is_told(tmp_path: Path) -> None:
    """A fact that went, or a clearance of a rule that went: the rules are compared, and the faults say why nothing else is."""
    renamed = edited(tmp_path, "data/vocabulary.yaml", "  temperature:", "  body_temperature:")
    found = mr.replay(made("cleared"), evaluator=renamed)
    assert (found.same, found.record, found.differences) == (False, b"", ())
    assert any("temperature" in fault for fault in found.faults)
    shutil.rmtree(tmp_path / "book")
    gone = edited(tmp_path, "rules/care.yaml", "- id: care.few-platelets", "- id: care.low-platelets")
    found = mr.replay(made("cleared"), evaluator=gone)
    assert {r.rule: r.change for r in found.rules} == {"care.few-platelets": "removed", "care.low-platelets": "added"}
    assert "can't be read by today's rules" in str(found)


def test_an_altered_record_is_not_the_same() -> None:
    """A record whose answer was changed by hand doesn't replay, and the replay says that no rule accounts for it."""
    altered = made("cleared").replace(b'"disposition":"treat with modification"', b'"disposition":"treat"')
    assert altered != made("cleared")
    found = mr.replay(altered, evaluator=evaluator())
    assert not found.same
    assert [str(d) for d in found.differences] == ["client: disposition: treat → treat with modification"]
    assert "the library has, or the record isn't as it was written" in str(found)


def test_an_altered_client_is_told_though_no_rule_has_changed() -> None:
    """A rule that is as it was and says something else isn't an explanation: the record itself is doubted."""
    altered = mr.Replay(
        same=False, record=b"", data=(), differences=(), faults=(), before={}, after={},
        rules=(RuleChange(rule="a.b", change="unchanged", before="doesn't hold", after="holds"),),
    )  # fmt: skip
    assert "the library has, or the record isn't as it was written" in str(altered)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "can't be read as JSON"),
        (b"[1]", "isn't a record"),
        (b'{"schema_version": "9.0"}', "version `9.0`"),
        (b'{"schema_version": "1.0"}', "isn't as a record has it"),
        (b'{"schema_version": "1.0", "schema_version": "1.0"}', "can't be read as JSON"),
        (b'{"schema_version": NaN}', "can't be read as JSON"),
        (b"\xff", "can't be read as JSON"),
        (b"[" * 100_000, "can't be read as JSON"),
    ],
)
def test_what_is_no_record_is_refused(raw: bytes, says: str) -> None:
    """Anything else than a record gets one message that says what is wrong."""
    assert says in fault(lambda: mr.replay(raw))


def test_a_path_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    """A record's file that isn't there."""
    assert "none.json: can't be read: No such file" in fault(lambda: mr.replay(tmp_path / "none.json"))
    (tmp_path / "some.json").write_bytes(made("nothing_known"))
    assert mr.replay(str(tmp_path / "some.json"), evaluator=evaluator()).same


def test_a_record_needs_the_client_and_the_rules_of_its_answer() -> None:
    """Another client's facts, or another rulebook's digests, would make a record that says what never was."""
    advice = evaluator().recommend(client("cleared"))
    for other in (
        advice.about(client("nothing_known")),
        advice.about(advice.profile, rulebook=dataclasses.replace(advice.rulebook, digest="another")),
    ):
        with pytest.raises(mr.EvaluationError, match="isn't about the client or the rules that it holds"):
            other.record()
    with pytest.raises(LookupError, match="without its client"):
        mr.Advice.model_validate_json(advice.to_json()).record()


def fault(act: Callable[[], object]) -> str:
    with pytest.raises(mr.ContentError) as raised:
        act()
    return str(raised.value)


def test_half_a_character_is_refused() -> None:
    """Text that UTF-8 can't say has no bytes to be stored."""
    odd = client("cleared").with_facts({"medications": ["\ud800"]})
    assert "can't say" in fault(lambda: evaluator().recommend(odd))


def test_a_mask_hides_people_words_dates_and_age_and_says_so() -> None:
    """None of it is left anywhere, the answer included; the places are listed, and nothing was decided differently."""
    masked = mr.mask(made("cleared"), evaluator=evaluator())
    for hidden in ("Ærø", "Tran", "insisted", "letter", "Müller", "Naht", "2026", "2027", "2019", ":71,"):
        assert hidden not in masked.decode(), hidden
    plain = json.loads(masked)
    assert plain["profile"]["age"] == {"between": [70, 79]}
    assert plain["profile"]["as_of"] == "2000-01-01"
    assert plain["profile"]["clearances"] == [
        {"rule": "care.few-platelets", "by": "person 1", "on": "1999-12-09", "until": "2000-03-09", "note": "(masked)"}
    ]
    assert plain["profile"]["surgeries"][0]["weeks_ago"] == {"between": [3.4286, 7.7143]}
    assert plain["mask"] == {
        "age": ["age"],
        "dates": [
            "as_of", "clearances.0.on", "clearances.0.until", "overrides.0.on", "platelets.on", "surgeries.0.on", "surgeries.1.on",
            "temperature.on", "weeks_since_stroke.on",
        ],
        "people": ["clearances.0.by", "overrides.0.by"],
        "words": ["clearances.0.note", "medications.1", "overrides.0.reason", "surgeries.0.procedure"],
        "changed": [],
    }  # fmt: skip
    assert mr.mask(masked, evaluator=evaluator()) == masked


def test_the_mask_knows_every_part_of_a_profile() -> None:
    """A field that comes to be must be looked at: does it name somebody, hold free words, or a date?"""
    own = {"vocabulary"}
    assert {p.__name__: set(p.model_fields) - own for p in (ProfileBase, Surgery, Injury, Problem, Clearance, Override)} == {
        "ProfileBase": {
            "as_of", "denied", "otherwise_denied", "medications", "medications_complete", "surgeries", "injuries", "problems", "sites",
            "clearances", "overrides",
        },
        "Surgery": {"procedure", "on", "weeks_ago", "region", "side"},
        "Injury": {"kind", "region", "side", "on", "hours_ago", "weeks_ago"},
        "Problem": {"kind", "region", "side", "facts"},
        "Clearance": {"rule", "by", "on", "until", "note"},
        "Override": {"rule", "by", "reason", "on"},
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["age", "dates", "people", "words"])
def test_what_is_kept_stays_as_told(kind: Any) -> None:
    """Each kind can be kept alone, and is then as it was told."""
    told, plain = json.loads(made("cleared"))["profile"], json.loads(mr.mask(made("cleared"), keep=[kind], evaluator=evaluator()))
    assert plain["mask"][kind] == []
    now = plain["profile"]
    same = {
        "age": now["age"] == told["age"],
        "dates": now["as_of"] == told["as_of"] and now["surgeries"][1] == told["surgeries"][1],
        "people": now["overrides"][0]["by"] == told["overrides"][0]["by"],
        "words": now["overrides"][0]["reason"] == told["overrides"][0]["reason"],
    }
    assert [k for k, v in same.items() if v] == [kind]


def test_what_a_mask_changes_in_the_answer_is_listed(tmp_path: Path) -> None:
    """A month becomes a span of weeks, rounded; where a rule turns on the last digit, the record says what the mask moved."""
    old = "when: {weeks_since_surgery: {below: 6}}\n  effect: {adapt: {pressure_at_most: 1, minutes_at_most: 7.5, no_positions: prone}}"
    new = "when: {weeks_since_surgery: {below: 7.71429}}\n  effect: {avoid: {techniques: deep_pressure}}"
    exact = edited(tmp_path, "rules/care.yaml", old, new)
    told = {"as_of": "2026-11-24", "age": 30, "thinner": False, "platelets": {"value": 200, "on": "2026-11-01"},
            "surgeries": [{"procedure": "other", "region": "leg", "on": "2026-10"}],
            "sites": [{"region": "leg", "complaints": ["ache"], "open_skin": False}]}  # fmt: skip
    record = exact.recommend(read_profile(told, vocabulary=exact.rulebook.vocabulary)).record()
    masked = mr.mask(record, evaluator=exact)
    assert mr.replay(masked, evaluator=exact).same
    assert "Leg, deep: verdict: avoid \u2192 ask first" in json.loads(masked)["mask"]["changed"]


def test_masking_refuses_what_it_cannot_answer_anew() -> None:
    """Another rulebook, or a kind that isn't one."""
    with pytest.raises(mr.EvaluationError, match="another rulebook"):
        mr.mask(made("cleared"))
    with pytest.raises(mr.EvaluationError, match="Did you mean `dates`"):
        mr.mask(made("cleared"), keep=["date"], evaluator=evaluator())  # type: ignore[list-item]


@pytest.mark.parametrize("case", published()[1::6], ids=lambda c: c.source["id"])
def test_masked_published_cases_replay_and_decide_alike(case: Case) -> None:
    """A masked record is a record: it replays to the same bytes, and the mask moved no verdict."""
    record = mr.mask(SHIPPED.recommend(case.profile, core="compiled").record())
    assert mr.replay(record).record == record
    assert json.loads(record)["mask"]["changed"] == []


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 120, allow_nan=False).map(lambda a: round(a, 2)))
def test_no_rule_tells_the_ages_of_a_band_apart(years: float) -> None:
    """Every test of the age says of each end of the band what it says of the age itself."""
    band = band_of(years, SHIPPED.rulebook)
    assert band.low <= years <= band.high
    for test in age_tests(SHIPPED.rulebook):
        assert {_says(test, age) for age in (band.low, years, band.high)} == {_says(test, years)}, test


def _says(test: Compare, years: float) -> bool:
    match test.op:
        case "at_least":
            return years >= test.bound
        case "at_most":
            return years <= test.bound
        case "above":
            return years > test.bound
        case "below":
            return years < test.bound


if __name__ == "__main__":
    for stored in STORED:
        (RECORDS / f"{stored}.json").write_bytes(made(stored))
