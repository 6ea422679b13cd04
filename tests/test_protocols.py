"""Protocols: faults in their weeks, the rules they stand for, and each week held against the table of the clinical basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from massage_rules._yaml import parse, read
from massage_rules.advice import shipped_evaluator
from massage_rules.conditions import Interval
from massage_rules.effects import Adapt, Avoid
from massage_rules.errors import Faults
from massage_rules.procedures import procedures
from massage_rules.profile import read_profile
from massage_rules.protocols import read_protocol
from massage_rules.truth import TRUE, Truth

TABLE: Mapping[str, Any] = read(Path(__file__).parent / "basis" / "protocols.yaml").plain()  # type: ignore[assignment]
RESTRICTIONS: Mapping[str, Any] = read(Path(__file__).parent / "basis" / "restrictions.yaml").plain()  # type: ignore[assignment]
BOOK = shipped_evaluator().rulebook
FORBIDDEN = [(name, row) for name, rows in RESTRICTIONS.items() for row in rows]
ROWS = [(name, row) for name, entry in TABLE.items() for row in entry["weeks"]]
PASSIVE, ACTIVE, STROKES, SCAR = (
    "range_of_motion.passive",
    "range_of_motion.active",
    "effleurage_light_massage",
    "scar_mobilisation",
)
CLINICIANS = ("surgeon", "physiotherapist", "hand_therapist", "dentist", "cardiologist", "physician")
DAY = 1 / 7


def weeks_in(row: Mapping[str, Any]) -> Iterator[float]:
    """The first, a middle and the last day of a row's weeks."""
    first = float(row["weeks"][0])
    end = float(row["weeks"][1]) if len(row["weeks"]) > 1 else first + 60
    yield from (first, round((first + end) / 2 / DAY) * DAY, end - DAY)


@cache
def findings(procedure: str, week: float) -> tuple[Any, ...]:
    """The effects of the certain findings on the operated part, with nothing else the matter and every agreement still to come."""
    region = procedures()[procedure].regions[0]
    client = read_profile({
        "age": 40, "otherwise_denied": "all", "surgeries": [{"procedure": procedure, "weeks_ago": round(week, 4)}],
        "sites": [{"region": region, "complaints": ["post_operative_stiffness"], "surgeon_clearance": "no"}],
    })  # fmt: skip
    _, decision = shipped_evaluator().decide(client, core="compiled")
    mine = {r for p in BOOK.protocols.values() for r in BOOK.rules if r.startswith(p.prefix)}
    effects = {"surgery_weeks", "surgery_clearance", "scars", "scar_ladder", "motion", "surgery_lasting"}
    held = (f for s in decision.sites for f in s.findings if f.certain)
    return tuple(f.rule for f in held if f.rule.id in mine or f.rule.id.split(".")[0] in effects)


def allowed(procedure: str, week: float, technique: str) -> tuple[object, dict[str, float]]:
    """The highest pressure (none: closed) of a technique and how far each motion may go."""
    most: object = 5
    motion: dict[str, float] = {}
    for rule in findings(procedure, week):
        effect = rule.effect
        if isinstance(effect, Avoid) and technique in effect.scope.techniques:
            return "none", {}
        if isinstance(effect, Adapt) and technique in effect.scope.techniques:
            if effect.pressure_at_most is not None and rule.id.startswith("surgery_weeks."):
                most = min(most, effect.pressure_at_most)  # type: ignore[type-var]
            for name, degrees in effect.motion.items():
                motion[name] = min(motion.get(name, degrees), degrees)
    return most, motion


def holds(procedure: str, week: float, rule: str) -> bool:
    return any(r.id == rule for r in findings(procedure, week))


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{n}-{r['weeks'][0]}" for n, r in ROWS])
def test_a_week_allows_what_the_basis_allows(name: str, row: Mapping[str, Any]) -> None:
    """Pressure, scar work, stretches, agreement and the clot window on the first, a middle and the last day."""
    for week in weeks_in(row):
        wanted = min(row["pressure"], 4) if row["pressure"] != "none" else "none"
        most, _ = allowed(name, week, STROKES)
        assert (min(most, 4) if most != "none" else most) == wanted, (week, most)  # type: ignore[type-var]
        scar = (
            "closed"
            if holds(name, week, "scars.too-early")
            else "gentle"
            if holds(name, week, "scar_ladder.gentle-until-its-week")
            else "open"
        )
        assert scar == row["scar"] or (row["scar"] == "open" and week < 2), (week, scar)
        assert ("closed" if holds(name, week, "motion.held-stretch-waits") else "open") == row["stretch"], week
        agrees = {w for w in CLINICIANS if holds_of_itself(name, week, f"surgery_clearance.{w.replace('_', '-')}-agrees-first")}
        assert agrees == ({row["agrees"]} - {"nobody"}), (week, agrees)
        window = any(holds_of_itself(name, week, f"surgery_lasting.operated-leg-{w}-weeks") for w in ("two", "six", "twelve"))
        assert window == (row["clots"] == "yes"), week


def holds_of_itself(procedure: str, week: float, rule: str) -> bool:
    """Whether a rule holds of the operation alone, wherever it binds, nobody having agreed to anything."""
    return truths_of_itself(procedure, week)[rule] is TRUE


def truths_of_itself(procedure: str, week: float) -> Mapping[str, Truth]:
    """What each rule says of the operation alone."""
    facts = {
        "procedure": procedure, "operated_here": True, "weeks_since_surgery": Interval(week, week), "surgeon_clearance": False,
        "operation_over_12_weeks_ago": week >= 12, "clinician_involvement": "none",
    }  # fmt: skip
    return shipped_evaluator().compiled.truths(facts)


@pytest.mark.parametrize(("name", "row"), FORBIDDEN, ids=[f"{n}-{r['weeks'][0]}" for n, r in FORBIDDEN])
def test_what_the_basis_forbids_by_name_is_said_in_its_weeks(name: str, row: Mapping[str, Any]) -> None:
    """Each restriction is carried by a rule that holds in every one of its weeks."""
    for week in weeks_in(row):
        said = {
            entry for rule, truth in truths_of_itself(name, week).items() if truth is TRUE for entry in BOOK.rules[rule].carries
        }
        assert [tag for tag in row["forbids"] if tag not in said] == [], week


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{n}-{r['weeks'][0]}" for n, r in ROWS])
def test_no_motion_goes_further_than_the_basis_allows(name: str, row: Mapping[str, Any]) -> None:
    """Moved by others and by itself; a protocol may be more careful, and says why where the table names it."""
    for week in weeks_in(row):
        for key, technique in (("moved", PASSIVE), ("by_itself", ACTIVE)):
            most, motion = allowed(name, week, technique)
            if row.get(key) == "none":
                assert most == "none", (week, key)
                continue
            for m, degrees in row.get(key, {}).items():
                assert most == "none" or m in motion, (week, key, m)
                assert most == "none" or motion[m] <= degrees, (week, key, m, motion[m])
            if most != "none" and not TABLE[name].get("stricter"):
                wider = {m: d for m, d in motion.items() if m in row.get(key, {}) and d < row[key][m]}
                assert wider == {}, (week, key)


def test_every_operation_of_the_basis_has_a_protocol_and_its_phases_leave_no_week_out() -> None:
    """The table, the protocols and the list of operations name the same fifty, and every week falls into one phase."""
    assert set(TABLE) == set(BOOK.protocols) == set(procedures())
    for protocol in BOOK.protocols.values():
        for week in (0.0, 1.9, 2.0, 11.99, 12.0, 500.0):
            fits = [p for p in protocol.phases if p.first <= week and (p.end is None or week < p.end)]
            assert fits == [protocol.phase_at(week)], (protocol.procedure, week)


def test_what_a_protocol_stands_for_are_ordinary_rules_that_lead_back_to_its_line() -> None:
    """They are in the rulebook with the protocol's sources and the place of the phase they come from."""
    protocol = BOOK.protocols["acl_reconstruction"]
    rule = BOOK.rules["knee.acl-reconstruction.weeks-2-to-6"]
    assert rule.references == tuple(protocol.words["references"])
    assert rule.place == protocol.phase_at(3).place
    assert rule.title == "New cruciate ligament, weeks 2 to 6: bent to 120 degrees"
    assert rule.id in BOOK.from_protocols


PROTOCOL = """
- protocol: knee_thing
  title: Knee thing
  status: active
  opens: {massage: 2, gentle: 2, medium: 6, firm: 12, scar: 4, scar_firm: 8, end_range: never, contract_relax: 6}
  agreement: {who: surgeon, until: 6}
  phases:
    - {weeks: [0, 2], says: rest}
    - {weeks: [2, 6], says: it moves, motion: {knee_flexion: 90}}
    - {weeks: [6], says: all of it}
  because: It heals.
  limits: None known.
  references: [a_book]
  review: unreviewed
"""


def faults_of(old: str = "", new: str = "") -> list[str]:
    assert old in PROTOCOL
    (node,) = parse(PROTOCOL.replace(old, new, 1), name="knee.yaml").listing(faults := Faults(), what="a file")
    protocol = read_protocol(node, stem="knee", faults=faults)
    assert (protocol is None) == bool(faults.found)
    return [str(f) for f in faults.found]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", []),
        ("[0, 2]", "[1, 2]", ["knee.yaml:8:7: weeks 0 to 1 are in no phase. Begin with week 0."]),
        ("[2, 6]", "[3, 6]", ["knee.yaml:9:7: weeks 2 to 3 are in no phase. Close the gap."]),
        (
            "[2, 6]",
            "[1, 6]",
            ["knee.yaml:9:7: this phase begins in week 1, but the one before lasts until week 2. "
             "Let each phase begin where the one before ends."],
        ),
        ("[6]", "[6, 12]", ["knee.yaml:10:7: nothing is said from week 12 on. Let the last phase be open: `[12]`."]),
        ("[2, 6]", "[6, 2]", ["knee.yaml:9:15: a phase needs its `weeks`. Write `[0, 2]`, or `[12]` for week 12 and all after.",
             "knee.yaml:10:7: weeks 2 to 6 are in no phase. Close the gap."]),
        ("medium: 6", "medium: 1", ["knee.yaml:5:42: `medium` opens before `gentle`, which is milder. Correct one of the two weeks."]),
        ("firm: 12, ", "", ["knee.yaml:5:10: `opens` doesn't say when `firm` opens. Add `firm:` with a week, or `never`."]),
        ("never", "later", ["knee.yaml:5:89: `end_range` should be a week, counted from the operation. Write a number, or `never`."]),
        (", until: 6", "", ["knee.yaml:6:14: `agreement` needs `who` and `until`. Name the clinician and the week until which one is asked."]),
        ("knee_flexion: 90", "knee_flexion: far", ["knee.yaml:9:62: `knee_flexion` should be a number of degrees. Write the most that is allowed."]),
        (", says: rest", "", ["knee.yaml:8:7: a phase has no `says`. Say in a few words what these weeks allow."]),
        ("says: rest", "says: rest, load: ful", ["knee.yaml:8:41: `load` can't be `ful`. Did you mean `full`?"]),
        ("  because: It heals.\n", "", ["knee.yaml:2:3: protocol `knee_thing` has no `because`. Add `because:`."]),
        ("phases:", "phase:", ["knee.yaml:7:3: a protocol has no key `phase`. Did you mean `phases`?",
                               "knee.yaml:2:3: protocol `knee_thing` has no `phases`. Add `phases:`."]),
    ],
)  # fmt: skip
def test_a_fault_in_a_protocol_is_found_where_it_stands(old: str, new: str, said: list[str]) -> None:
    """Gaps, overlaps and slips are faults at load, each with file, line and remedy."""
    assert faults_of(old, new) == said


def test_a_reason_names_the_line_of_the_protocol_and_its_sources() -> None:
    """`too early` says for which operation and until which week, on the protocol's own sources."""
    client = {
        "age": 66, "otherwise_denied": "all", "surgeries": [{"procedure": "total_knee_arthroplasty", "weeks_ago": 1}],
        "sites": [{"region": "knee", "complaints": ["post_operative_stiffness"]}],
    }  # fmt: skip
    reason = shipped_evaluator().recommend(read_profile(client)).reasons["surgery_weeks.massage-too-early"]
    assert reason.through == ("Knee replacement: no massage of the operated part before week 2",)
    assert "stone_tkr" in reason.references
    reason = shipped_evaluator().recommend(read_profile(client)).reasons["surgery_clearance.surgeon-agrees-first"]
    assert (reason.certain, reason.through) == (False, ())
