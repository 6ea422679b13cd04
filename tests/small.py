"""A small vocabulary, a small body and small rules, for tests that shouldn't depend on the shipped content."""

from __future__ import annotations

from functools import cache

from massage_rules._yaml import Node, data_folder, parse, read
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook, build
from massage_rules.vocabulary import Vocabulary, load_vocabulary

REGIONS = """
regions:
  body: {label: Whole body}
  head: {label: Head, parent: body, neighbours: [neck]}
  neck: {label: Neck, parent: body, neighbours: [head], pressure_cap: 2, cap_binds: region, structures: [{name: large vessels}]}
  leg: {label: Leg, parent: body, paired: yes}
  thigh: {label: Thigh, parent: leg, paired: yes}
  calf: {label: Calf, parent: leg, paired: yes, pressure_cap: 3}
groups:
  upper: [head, neck]
motions:
  knee_flexion: {label: Bending the knee, unit: deg, normal: {low: 0, high: 135}}
sources: [a_book]
"""

VOCABULARY = """
clinicians: {surgeon: Surgeon, physician: Family doctor}
blocks:
  about: {title: About you, ask: Who are you?, why: it decides what is asked}
  pregnancy: {title: Pregnancy, ask: Are you pregnant?, why: it changes how to lie, only_if: {sex: [female, other]}}
  skin: {title: Skin, ask: Is any skin open?, why: it is left alone}
  blood: {title: Blood, ask: Do you take blood thinners?, why: bruises}
facts:
  sex: {type: choice, values: {female: female, male: male, other: other}, level: patient, block: about, ask: Which sex?}
  age: {type: number, unit: a, bounds: [0, 120], level: patient, block: about, ask: How old?}
  temperature: {type: number, unit: Cel, bounds: [30, 43], level: patient, block: about, ask: How warm?, fresh_for: {days: 1}}
  goals: {type: choices, values: [pain_management, mobility], level: patient, block: about, ask: What for?}
  pregnant: {type: yes_no, level: patient, role: risk, block: pregnancy, ask: Are you pregnant?}
  gestation_weeks:
    {type: number, unit: wk, bounds: [0, 45], level: patient, block: pregnancy, only_if: {pregnant: yes}, ask: How many weeks?}
  twins: {type: yes_no, level: patient, role: risk, block: pregnancy, implies: [pregnant], ask: Are they twins?}
  anticoagulated: {type: yes_no, level: patient, role: risk, block: blood, ask: Do you take a blood thinner?}
  warfarin_taken: {type: yes_no, level: patient, role: risk, block: blood, implies: [anticoagulated], ask: Do you take warfarin?}
  smoker: {type: yes_no, level: patient, block: about, ask: Do you smoke?}
  cleared: {type: yes_no, level: patient, role: protective, block: about, ask: Did your doctor agree?}
  open_skin: {type: yes_no, level: site, role: risk, block: skin, ask: Is the skin open?}
  wound_closed: {type: yes_no, level: site, role: protective, block: skin, ask: Is the wound closed?}
  complaints: {type: choices, values: [stiffness, scar], level: site, block: about, ask: What is wrong?}
  pain_now: {type: number, unit: "1", bounds: [0, 10], level: site, block: about, ask: How much does it hurt?}
  pain_before: {type: number, unit: "1", bounds: [0, 10], level: site, block: about, ask: How much did it hurt?}
  operated_here: {type: yes_no, level: site, role: risk, block: skin, from: surgery, ask: Was there an operation?}
  procedure: {type: choice, values: [laparotomy, other], level: site, block: skin, from: surgery, ask: Which?}
  weeks_since_surgery: {type: number, unit: wk, level: site, block: skin, from: surgery, ask: When?}
  days_since_surgery: {type: number, unit: d, level: site, block: skin, from: surgery, ask: When?}
  injured_here: {type: yes_no, level: site, role: risk, block: skin, from: injury, ask: Was there an injury?}
  injury_kind: {type: choice, values: [strain, sprain], level: site, block: skin, from: injury, ask: Of which kind?}
  weeks_since_injury: {type: number, unit: wk, level: site, block: skin, from: injury, ask: When?}
  hours_since_injury: {type: number, unit: h, level: site, block: skin, from: injury, ask: When?}
  major_surgery_past_12_weeks: {type: yes_no, level: patient, role: risk, block: blood, ask: Was there a large operation lately?}
  weeks_since_major_surgery: {type: number, unit: wk, level: patient, block: blood, ask: When was the last large one?}
  weeks_since_any_surgery: {type: number, unit: wk, level: patient, block: blood, ask: When was the last of all?}
  injury_past_4_weeks: {type: yes_no, level: patient, role: risk, block: blood, ask: Was there an injury lately?}
  scar_side: {type: choice, values: [left, right, both], level: site, block: about, ask: Which side is the scar?}
"""

MEDICATIONS = """
groups:
  thinners: {facts: [warfarin_taken, anticoagulated], names: [warfarin, coumadin]}
"""

REFERENCES = """
a_book: {title: A book of rules, read: yes}
a_trial: {title: A trial, read: no}
"""

RULE = """
- id: skin.open
  title: Open skin is left alone
  status: active
  when: {open_skin: yes}
  effect: {avoid: {techniques: all}}
  because: It would hurt.
  limits: Until it has closed.
  references: [a_book]
  basis: read
  review: unreviewed
"""


def vocabulary(facts: str = VOCABULARY, regions: str = REGIONS, medications: str = MEDICATIONS) -> Vocabulary:
    return load_vocabulary(
        parse(facts, name="data/vocabulary.yaml"),
        parse(regions, name="data/regions.yaml"),
        parse(medications, name="data/medications.yaml"),
    )


@cache
def techniques() -> Node:
    return read(data_folder() / "techniques.yaml", name="data/techniques.yaml")


@cache
def techniques_text() -> str:
    return (data_folder() / "techniques.yaml").read_text(encoding="utf-8")


def rulebook(**files: str) -> Rulebook:
    """The rulebook of rule files given by stem, e.g. `skin=...`; `data_vocabulary` and the like replace the small data."""
    data = {"vocabulary": VOCABULARY, "regions": REGIONS, "medications": MEDICATIONS, "references": REFERENCES}
    replaced = files.pop("data_techniques", None)
    nodes: dict[str, Node] = {"data/techniques.yaml": parse(replaced, name="data/techniques.yaml") if replaced else techniques()}
    for more in ("evidence", "reviews", "muscles"):
        if (said := files.pop(f"data_{more}", None)) is not None:
            nodes[f"data/{more}.yaml"] = parse(said, name=f"data/{more}.yaml")
    for name, text in data.items():
        nodes[f"data/{name}.yaml"] = parse(files.pop(f"data_{name}", text), name=f"data/{name}.yaml")
    for stem, text in (files or {"skin": RULE}).items():
        nodes[f"rules/{stem}.yaml"] = parse(text, name=f"rules/{stem}.yaml")
    return build(nodes)


def rule(ident: str = "skin.open", **changes: str | None) -> str:
    """A rule as text, with keys replaced or (None) left out."""
    keys = {
        "title": "Open skin is left alone",
        "status": "active",
        "when": "{open_skin: yes}",
        "effect": "{avoid: {techniques: all}}",
        "because": "It would hurt.",
        "limits": "Until it has closed.",
        "references": "[a_book]",
        "basis": "read",
        "review": "unreviewed",
    }
    lines = [f"- id: {ident}" if ident else "- title: A rule without an id"]
    if not ident:
        keys.pop("title")
    for key, value in {**keys, **changes}.items():
        if value is not None:
            lines.append(f"  {key}: {value}")
    return "\n".join(lines) + "\n"


def client(**facts: object) -> ProfileBase:
    """A profile of the small vocabulary."""
    return models(_small()).profile.read(facts)


@cache
def _small() -> Vocabulary:
    return vocabulary()
