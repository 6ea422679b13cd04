"""Nothing that ships makes a claim that isn't shown, and every number that is shown says what it rests on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from claims import made, stem

import massage_rules as mr
from massage_rules._yaml import data_folder, read, rules_folder
from massage_rules.advice import shipped_evaluator
from massage_rules.effects import Suggest
from massage_rules.evidence import never_say
from massage_rules.techniques import Pain, Pressure, Quantity

RULEBOOK = shipped_evaluator().rulebook
PHRASES = never_say(RULEBOOK.evidence)
CODES = set(RULEBOOK.catalogue.basis_codes)
PACKAGE = Path(mr.__file__).parent
ROOT = Path(__file__).parent.parent
_SAID_OF_SOMETHING_ELSE = re.compile(
    r"permanent (radioactive )?seeds|permanent; never used again|`[a-z_]+\.[a-z0-9-]+`", re.IGNORECASE
)
_NOT_OURS = {"never_say", "claim", "sources", "references", "url", "carries", "names"}


def _yaml_texts(value: object, at: str) -> Iterator[tuple[str, str]]:
    """Every text in a file with the keys that lead to it, but for names, and for the claims themselves."""
    match value:
        case dict(fields):
            for key, inner in fields.items():
                if key not in _NOT_OURS:
                    yield from _yaml_texts(inner, f"{at}.{key}")
        case list(items):
            for number, inner in enumerate(items):
                name = inner.get("id") if isinstance(inner, dict) else None
                yield from _yaml_texts(inner, f"{at}.{name or number}")
        case str() if not re.fullmatch(r"[a-z0-9_.:/-]+", value):
            yield at, value
        case _:
            pass


def _python_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Every text in a module that isn't a docstring; the holes of f-strings are one space."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield f"{path.name}:{node.lineno}", node.value


def shipped_texts() -> list[tuple[str, str]]:
    """All that a client or therapist may see, with its place."""
    files = [
        *sorted(rules_folder().rglob("*.yaml")),
        *(p for p in sorted(data_folder().glob("*.yaml")) if p.name != "references.yaml"),
    ]
    texts = [found for path in files for found in _yaml_texts(read(path).plain(), path.name)]
    texts += [found for path in sorted(PACKAGE.rglob("*.py")) for found in _python_texts(path)]
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return texts + [
        (p.name, part) for p in pages if p.is_file() for part in re.split(r"\n\n|\n(?=[|#-])", p.read_text(encoding="utf-8"))
    ]


TEXTS = shipped_texts()


def test_all_kinds_of_text_are_looked_at() -> None:
    """Rules, notes, advice, questions, techniques, regions, evidence and the words of the display are among the texts."""
    places = "\n".join(p for p, _ in TEXTS)
    for part in (
        "indications_low_back.back-holds.because", ".limits", ".ask", ".meanwhile", ".advice", ".do", ".note", ".title",
        "vocabulary.yaml.facts", "vocabulary.yaml.blocks", "techniques.yaml.families", "regions.yaml.regions", "says", "say_instead",
        "display.py", "advice.py", "procedures.yaml",
    ):  # fmt: skip
        assert part in places, part
    assert "never_say" not in places


@pytest.mark.parametrize("phrase", PHRASES)
def test_nothing_that_ships_makes_a_claim_that_is_not_shown(phrase: str) -> None:
    """No text says what may never be said; denying it is allowed."""
    assert [(place, text) for place, text in TEXTS if made(_SAID_OF_SOMETHING_ELSE.sub("this", text), phrase)] == []


def test_nothing_that_ships_is_called_safe() -> None:
    """The word is used only of what it is denied to."""
    assert [(place, text) for place, text in TEXTS if made(text, "safe")] == []


# --- The matcher ---


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize(
    "template",
    ["{}", "{}.", "Massage: {}!", "Our massage {} fast", "It helps, and it {} too", "This isn't pain, it {}", "No fuss; it {}"],
)
def test_every_phrase_is_found_where_it_is_claimed(phrase: str, template: str) -> None:
    """As it stands, in capitals, and in the middle of a sentence, whatever is denied before it."""
    assert made(template.format(phrase), phrase)
    assert made(template.format(phrase).upper(), phrase)


@pytest.mark.parametrize("phrase", [p for p in PHRASES if not p.startswith(("no ", "100", "drink", "stretch it"))])
@pytest.mark.parametrize(
    "template",
    ["It doesn't mean that massage {}.", "Never say that it {}.", "Nobody has shown that it {}.", "No trial shows that massage {}.",
     "That massage {} is a myth.", "That it {} hasn't been shown.", "It has not been proven that it {}.", "Avoid saying that it {}.",
     "It doesn\u2019t mean that it {}.", "That it {} is untrue."],
)  # fmt: skip
def test_a_denied_claim_is_allowed(phrase: str, template: str) -> None:
    """Denials before and after the claim, with either apostrophe."""
    assert not made(template.format(phrase), phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Breaking down the tight scar tissue takes weeks", "breaks down scar tissue"),
        ("Scar tissue is broken down", "breaks down scar tissue"),
        ("It breaks old scar tissue", "breaks down scar tissue"),
        ("A knot has to be broken up", "breaks up knots"),
        ("Adhesions are dissolved", "dissolves adhesions"),
        ("Dissolving of adhesions", "dissolves adhesions"),
        ("fascia is lengthened or freed for good", "lengthens fascia"),
        ("Detoxifying strokes", "detox"), ("It detoxes", "detox"), ("DE-TOX? No: a detoxification", "detox"),
        ("The pain is permanently gone", "permanent"), ("A cure", "cures"), ("It cured her", "cures"),
        ("A slim waist by lymph drainage", "slimming"),
        ("For a better circulation boost", "boosts circulation"),
        ("An anti-inflammatory massage", "anti-inflammatory massage"), ("A massage that is anti inflammatory", "anti-inflammatory massage"),
        ("inflammation is reduced", "reduces inflammation"), ("Healing is sped up", "speeds healing"),
        ("It\u2019s 100 % safe", "100% safe"), ("It is 100 per cent safe", "100% safe"),
        ("It flushes out lactate and toxins", "flushes toxins"), ("Unstuck at last", "unsticks"),
        ("A removal of lactic acid", "removes lactic acid"), ("Just stretch it out", "stretch it out"),
        ("It not only dissolves adhesions", "dissolves adhesions"), ("It never fails to dissolve adhesions", "dissolves adhesions"),
        ("It doesn't hurt, it dissolves adhesions", "dissolves adhesions"), ("There is no doubt that it dissolves adhesions", "dissolves adhesions"),
        ("It doesn't hurt but dissolves adhesions", "dissolves adhesions"), ("It doesn't hurt and dissolves adhesions", "dissolves adhesions"),
        ("It isn't painful because it melts fascia", "melts fascia"), ("No pain. It melts fascia.", "melts fascia"),
        ("There are no side effects", "no side effects"), ("Remember: no pain, no gain", "no pain no gain"),
        ("It dissolves adhesions, and harm isn't known", "dissolves adhesions"),
        ("It melts fascia, it hasn't been shown to hurt", "melts fascia"),
        ("It doesn't melt fascia. It lengthens fascia.", "lengthens fascia"),
    ],
)  # fmt: skip
def test_forms_and_feints_are_found(text: str, phrase: str) -> None:
    """Inflected, passive, with words between, and behind a negation that reaches something else."""
    assert made(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It doesn't break up adhesions or dissolve scar tissue", "dissolves adhesions"),
        ("Nothing is flushed out, and no toxins are", "flushes toxins"),
        ("Nothing is flushed: toxins aren't washed out", "flushes toxins"),
        ("Don't speak of a knot that has to be broken.", "breaks up knots"),
        ("Adhesions aren't dissolved", "dissolves adhesions"),
        ("That fascia is lengthened or freed for good, which hasn't been shown", "lengthens fascia"),
        ("Side effects were no more frequent", "no side effects"),
        ("Muscle may be breaking down under the scar. Its tissue is thin.", "breaks down scar tissue"),
        ("Stretch gently, and come out slowly", "stretch it out"),
        ("The flow of blood increased in the skin", "increases blood flow to heal"),
        ("It secures the pillow", "cures"), ("An accurate cursor", "cures"), ("A permanence", "permanent"),
        ("Stitches have dissolved; ask about adhesions", "dissolves adhesions"),
        ("Deeper work did no better", "deeper is better"), ("mk_expedites_healing", "expedites healing"),
        ("A claim on detox that nobody should make", "detox"),
    ],
)  # fmt: skip
def test_what_is_no_claim_is_left_alone(text: str, phrase: str) -> None:
    """Denied in the passive, in a list, in another clause, or other words altogether."""
    assert not made(text, phrase)


def test_endings_are_taken_off_alike() -> None:
    """All forms of a word have one stem."""
    for forms in (
        "dissolve dissolves dissolved dissolving", "break breaks breaking broke broken", "slim slims slimming", "cure cures cured curing",
        "speed speeds speeding sped", "remove removes removed removing removal", "lower lowers lowering lowered", "flush flushes flushed",
        "detox detoxes detoxify detoxification", "permanent permanently", "tissue tissues", "hormone hormones",
    ):  # fmt: skip
        assert len({stem(w) for w in forms.split()}) == 1, forms


# --- Numbers ---


def test_every_number_of_a_technique_says_what_it_rests_on() -> None:
    """Pressure, pain, dose and course of every variant."""
    for name, family in RULEBOOK.catalogue.families.items():
        numbers: list[tuple[str, Quantity | Pressure | Pain]] = list(family.course.items())
        for kind, variant in family.variants.items():
            numbers += [(f"{kind}.pressure", variant.pressure), (f"{kind}.pain", variant.pain)]
            numbers += [(f"{kind}.{figure}", quantity) for figure, quantity in variant.dose.items()]
        for place, number in numbers:
            assert number.basis in CODES, f"{name}.{place}: {number.basis}"


def test_every_number_in_an_answer_says_what_it_rests_on() -> None:
    """Doses and evidence by their own basis, courses and limits by the rules that set them."""
    told = {"age": 50, "sex": "female", "otherwise_denied": "all", "anticoagulated": True}
    for complaint in ("low_back_nonspecific", "knee_osteoarthritis", "plantar_heel_pain", "fibromyalgia"):
        site = {"region": "lower_back", "complaints": [complaint], "complaint_weeks": 30, "pain_now": 4, "irritability": "low"}
        advice = mr.recommend({**told, "sites": [site]})
        opened = [t for s in advice.sites for t in s.techniques if t.verdict.open]
        assert opened
        for technique in opened:
            assert all(figure.basis in CODES for figure in technique.dose)
            assert all(bound.rules and {advice.reasons[r].basis for r in bound.rules} <= CODES for bound in technique.limits)
            suggesting = [r for r in technique.reasons if isinstance(RULEBOOK.rules[r].effect, Suggest)]
            assert suggesting
            assert {advice.reasons[r].basis for r in suggesting} <= CODES
        assert {e.basis for e in advice.evidence.values()} <= CODES
        assert all(e.sources for e in advice.evidence.values())
        assert {r.basis for r in advice.reasons.values()} <= CODES
