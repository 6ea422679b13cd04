"""Small rulebooks for tests: a handful of made-up facts, the shipped regions and techniques, rules in a few words.

    fever = book(rule("fever", "{fever: yes}", "{avoid: {techniques: all}}"))
    assert verdict(fever, fever="yes") is Verdict.AVOID

Every book holds `t.indicated` besides, which suggests all techniques for an ache; `without_suggestion` leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from massage_rules._yaml import Node, data_folder, parse, read
from massage_rules.advice import Evaluator
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook, build
from massage_rules.semantics import Decision, Finding, Judgement, Verdict, decide, truths
from massage_rules.views import Seen, views
from massage_rules.vocabulary import Vocabulary, load_vocabulary

VOCABULARY = """
clinicians: {physician: Family doctor, surgeon: Surgeon, ambulance: Ambulance}
blocks:
  about: {title: About you, ask: Who are you?, why: it decides what is asked}
  place: {title: The place, ask: What is it like there?, why: it decides what suits}
  today: {title: Today, ask: Are you unwell today?, why: illness comes first}
  heart: {title: Heart and clots, ask: Any heart trouble or clot?, why: pressure may be risky}
  skin: {title: Skin, ask: Is any skin open?, why: it is left alone}
  work: {title: Work, ask: Is your work heavy?, why: it tires, only_if: {age: {at_least: 18}}}
  birth:
    {title: Pregnancy, ask: Are you pregnant?, why: it changes how to lie, only_if: {sex: [female, other]}, self_screening: yes}
facts:
  sex: {type: choice, values: [female, male, other], level: patient, block: about, ask: Which sex?}
  age: {type: number, unit: a, bounds: [0, 120], level: patient, block: about, ask: How old are you?}
  wishes: {type: choices, values: [sleep, movement], level: patient, block: about, ask: What would you like?}
  cleared: {changes: by_clinician, type: yes_no, level: patient, role: protective, block: about, ask: Did your doctor agree?}
  temperature: {type: number, unit: Cel, bounds: [30, 43], level: patient, block: today, ask: How warm?, fresh_for: {days: 1}}
  fever: {changes: by_time, type: yes_no, level: patient, role: risk, block: today, ask: Do you have a fever?, label: a fever}
  drunk: {type: yes_no, level: patient, role: risk, block: today, ask: Are you drunk?}
  thinner: {type: yes_no, level: patient, role: risk, block: heart, ask: Do you take a blood thinner?}
  warfarin: {type: yes_no, level: patient, role: risk, block: heart, ask: Do you take warfarin?, implies: [thinner]}
  stroke: {type: yes_no, level: patient, role: risk, block: heart, ask: Did you have a stroke?}
  heavy_work: {type: yes_no, level: patient, role: risk, block: work, ask: Do you lift much?}
  stroke_weeks: {type: number, unit: wk, level: patient, block: heart, ask: How long ago?, only_if: {stroke: yes}}
  weak_side: {type: choice, values: [left, right, both], level: patient, block: about, ask: Which side is weak?}
  clot: {type: yes_no, level: site, role: risk, block: heart, ask: Is there a clot?}
  clot_treated: {type: yes_no, level: site, role: protective, block: heart, ask: Is it treated?, only_if: {clot: yes}}
  weeks_since_implant: {type: number, unit: wk, level: patient, block: about, ask: How long ago was it put in?}
  pregnant: {type: yes_no, level: patient, role: risk, block: birth, ask: Are you pregnant?}
  gestation: {type: number, unit: wk, bounds: [0, 45], level: patient, block: birth, ask: Which week?, only_if: {pregnant: yes}}
  wound: {changes: by_time, type: yes_no, level: site, role: risk, block: skin, ask: Is there a wound?, label: a wound}
  rash: {changes: by_time, type: yes_no, level: site, role: risk, block: skin, ask: Is there a rash?}
  wound_closed: {changes: by_time, type: yes_no, level: site, role: protective, block: skin, ask: Is it closed?, only_if: {wound: yes}}
  wound_days: {type: number, unit: d, bounds: [0, 400], level: site, block: skin, ask: How old is it?, only_if: {wound: yes}}
  complaints: {type: choices, values: {ache: an ache, scar: a scar}, level: site, block: place, ask: What is wrong?}
  pain_now: {type: number, unit: "1", bounds: [0, 10], level: site, block: place, ask: How much does it hurt?}
  pain_before: {type: number, unit: "1", bounds: [0, 10], level: site, block: place, ask: How much did it hurt?}
  phase: {type: choice, values: {acute: still acute, chronic: long there}, level: site, block: place, ask: How long?}
  operated_here: {type: yes_no, level: site, role: risk, block: skin, from: surgery, ask: Was there an operation?}
  weeks_since_surgery: {type: number, unit: wk, level: site, block: skin, from: surgery, ask: When?, only_if: {operated_here: yes}}
  injured_here: {type: yes_no, level: site, role: risk, block: skin, from: injury, ask: Was there an injury?}
  injury_kind: {type: choice, values: [strain, sprain], level: site, block: skin, from: injury, ask: Which?}
"""
MEDICATIONS = "groups: {thinners: {facts: [thinner], also: [warfarin], names: [warfarin]}}"
REFERENCES = "a_book: {title: A book, read: yes}\na_trial: {title: A trial, read: no, year: 2020}"
INDICATED = """
- id: t.indicated
  when: {complaints: ache}
  effect: {suggest: {techniques: all, role: option, goals: mobility, certainty: low}}
"""
LIGHT = "effleurage_light_massage"  # pressure 1 to 3, discomfort at most 2
DEEP = "deep_tissue_massage"  # pressure 4
DRAIN = "manual_lymphatic_drainage"  # pressure 0 to 1
MOVE = "range_of_motion.passive"  # pressure 0 to 2, moves joints
BREATHE = "breathing_relaxation"  # no hands
DAY = "2026-11-24"
CAPS = {"popliteal_fossa": 1, "groin_inguinal": 2, "femoral_triangle": 1}  # the group `groin` is the last two
_REST = {
    "title": "A rule",
    "status": "active",
    "because": "It was read.",
    "limits": "It may be wrong.",
    "references": "a_book",
    "review": "unreviewed",
}


@cache
def vocabulary() -> Vocabulary:
    """The made-up facts over the shipped regions."""
    files = data()
    return load_vocabulary(files["data/vocabulary.yaml"], files["data/regions.yaml"], files["data/medications.yaml"])


@cache
def data() -> Mapping[str, Node]:
    """The data that every book shares, by file name."""
    made_up = {"vocabulary": VOCABULARY, "medications": MEDICATIONS, "references": REFERENCES}
    shipped = {n: read(data_folder() / f"{n}.yaml", name=f"data/{n}.yaml") for n in ("regions", "techniques")}
    nodes = {**{n: parse(text, name=f"data/{n}.yaml") for n, text in made_up.items()}, **shipped}
    nodes["regions"] = _bare(nodes["regions"])
    return {f"data/{name}.yaml": node for name, node in nodes.items()}


def _bare(node: Node) -> Node:
    """The shipped map of the body with no caps but those of `CAPS`, so that only a test's rules bind."""

    def region(name: str, entry: Node) -> Node:
        assert isinstance(entry.value, dict)
        kept = {k: v for k, v in entry.value.items() if k not in ("pressure_cap", "cap_binds", "structures", "note")}
        cap = {"pressure_cap": Node(CAPS[name], entry.place), "cap_binds": Node("region", entry.place)} if name in CAPS else {}
        return Node({**kept, **cap}, entry.place, entry.keys)

    assert isinstance(node.value, dict)
    regions = node.value["regions"]
    assert isinstance(regions.value, dict)
    bare = Node({name: region(name, entry) for name, entry in regions.value.items()}, regions.place, regions.keys)
    return Node({**node.value, "regions": bare, "sources": Node("a_book", node.place)}, node.place, node.keys)


@cache
def without_suggestion(rules: str) -> Rulebook:
    """The rulebook of rules of the file `t`; what a rule doesn't say of itself is filled in."""
    node = parse(rules, name="rules/t.yaml")
    assert isinstance(node.value, list)
    return build({**data(), "rules/t.yaml": Node([_whole(n) for n in node.value], node.place)})


def rule(name: str, when: str, effect: str, **more: str) -> str:
    """One rule in a line of YAML; its id is `t.<name>`."""
    said = {"id": f"t.{name}", "when": when, "effect": effect, **more}
    return "- {" + ", ".join(f"{key}: {value}" for key, value in said.items()) + "}\n"


def book(rules: str = "") -> Rulebook:
    """The rulebook of these rules and of one that suggests every technique for an ache."""
    return without_suggestion(INDICATED + rules)


def _whole(node: Node) -> Node:
    assert isinstance(node.value, dict)
    return Node({**{k: Node(v, node.place) for k, v in _REST.items()}, **node.value}, node.place, node.keys)


@cache
def evaluator(rules: str = "") -> Evaluator:
    """The book of these rules, made ready for advice."""
    return Evaluator(book(rules))


def profile(**told: Any) -> ProfileBase:
    """A client with an ache in the lower back, unless other sites are told."""
    return models(vocabulary()).profile.read({"as_of": DAY, "sites": [site()], **told})


def site(region: str = "lower_back", **told: Any) -> dict[str, Any]:
    """A place that aches."""
    return {"region": region, "complaints": ["ache"], **told}


def seen(**told: Any) -> Seen:
    """What is known at each place of a client."""
    return views(profile(**told))


def decision(rulebook: Rulebook, **told: Any) -> Decision:
    """What a book says of a client, by the definition alone."""
    client = profile(**told)
    known = views(client)
    return decide(rulebook, client, known, [truths(rulebook, v.facts) for v in known.views])


def judgement(rulebook: Rulebook, technique: str = LIGHT, *, at: int = 0, **told: Any) -> Judgement:
    """What a book says of one technique at one place."""
    return decision(rulebook, **told).sites[at].judgements[technique]


def verdict(rulebook: Rulebook, technique: str = LIGHT, *, at: int = 0, **told: Any) -> Verdict:
    """The verdict of a book on one technique at one place."""
    return judgement(rulebook, technique, at=at, **told).verdict


def finding(rulebook: Rulebook, rule: str, *, at: int = 0, **told: Any) -> Finding | None:
    """What became of a rule at one place, the certain finding first; None where it doesn't hold."""
    return next((f for f in decision(rulebook, **told).sites[at].findings if f.rule.id == f"t.{rule}"), None)
