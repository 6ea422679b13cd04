"""An answer may be shown in another language: its words change, and nothing else; what isn't translated is told in English."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from unicodedata import normalize

import pytest
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules import cli
from massage_rules._yaml import data_folder, parse
from massage_rules.advice import shipped_evaluator
from massage_rules.answer import Advice
from massage_rules.errors import ContentError
from massage_rules.interview import Interview
from massage_rules.languages import Language, english, language, languages, read_language
from massage_rules.translated import coverage, texts, translated

PACKAGE = Path(mr.__file__).parent
GOLDEN = Path(__file__).parent / "golden"
CLIENTS = sorted(GOLDEN.glob("*.yaml"))
SHOWING = ("display", "page", "details", "interview", "replies")  # all that they show comes out of a catalogue
WRITING = (
    "advice",
    "alerts",
    "grounds",
    "questions",
    "reviews",
    "anatomy",
    "cli",
    "papers/words",
)  # these use the catalogues too
TEMPLATES = sorted((data_folder() / "templates").glob("leaflet.*"))
ALIKE = {"value.no"}  # the same words in both languages
CATALOGUE = (data_folder() / "languages" / "es.yaml").read_text(encoding="utf-8")


def spanish() -> Language:
    return language("es")


@cache
def advice_on(client: Path) -> Advice:
    return mr.recommend(client, core="compiled")


def read_as(text: str) -> Language:
    return read_language(parse(text, name="mine.yaml"), english())


# Which words there are


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))


def constants(module: str) -> list[str]:
    """All text in a module that isn't a docstring."""
    walked = list(ast.walk(tree(module)))
    documented = {
        id(node.body[0].value)
        for node in walked
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [n.value for n in walked if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in documented]


def test_every_word_that_is_asked_for_is_there_and_no_other() -> None:
    """A key that is written out is in the catalogue; a key in the catalogue is written out, or its group is."""
    keys, groups = set(english().words), {key.partition(".")[0] for key in english().words}
    said = [word for module in (*SHOWING, *WRITING) for word in constants(module)]
    said += [key for template in TEMPLATES for key in re.findall(r'say\("([a-z_.]+)"', template.read_text(encoding="utf-8"))]
    written = {w for w in said if re.fullmatch(r"[a-z_]+\.[a-z_]+", w) and w.partition(".")[0] in groups}
    assert written <= keys
    composed = {w.removesuffix(".") for w in said if re.fullmatch(r"[a-z_]+\.", w)} | {"disposition", "verdict", "grade"}
    notices = {key for key in keys if key.startswith("notice.")}
    assert {k.removesuffix("_short") for k in keys - written - notices if k.partition(".")[0] not in composed} <= written


@pytest.mark.parametrize("module", SHOWING)
def test_a_page_has_no_words_of_its_own(module: str) -> None:
    """What is left besides keys, names and markup has no letters."""
    found = []
    for text in constants(module):
        bare = re.sub(r"<[^>]*>?|^[^<>]*\">|[a-z-]+=\"|&\w+;|https?://", "", text)
        if not re.fullmatch(r"[a-z_0-9]*(\.[a-z_0-9]*)?", bare) and re.search("[A-Za-z]{2}", bare):
            found.append(text)
    assert [
        text for text in found if not text.startswith("\n.mr{") and text not in ("left out", "NFC")
    ] == []  # a style, and names


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_the_leaflet_has_no_words_of_its_own(template: Path) -> None:
    """What is left besides marks, tags and the style has no letters."""
    text = re.sub(r"<style>.*?</style>", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.search("[A-Za-z]", re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "", text, flags=re.DOTALL)) is None


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_no_word_is_left_untranslated(code: str) -> None:
    """A word that is the same as in English is one of the few that are so in both."""
    same = {key for key, words in language(code).words.items() if words == english().words[key] and re.search("[a-z]{2}", words)}
    assert same - {key for key in same if re.fullmatch(r"(\W*\{\w+\}\W*)+", english().words[key])} <= ALIKE


@pytest.mark.parametrize("code", languages())
def test_a_limit_ends_in_what_an_alert_shortens(code: str) -> None:
    """An alert says `there` for a list of places that it has named already."""
    say = language(code)
    assert say.words["limit.local_pressure"].endswith(say.words["alert.over"])


# What is wrong with a catalogue


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    treat: tratar\n", "", "the words `disposition.treat` are missing. Translate `treat`."),
        ("    treat: tratar\n", "    treet: tratar\n", "nothing asks for the words `disposition.treet`. Did you mean `disposition.treat`?"),
        ("presión {span} de 5", "presión {n} de 5", "`dose.pressure` has the gaps `n`. In English it has `span`."),
        ("presión {span} de 5", "presión de 5", "`dose.pressure` has no gaps. In English it has `span`."),
        ("made: machine", "made: maschine", "`made` can't be `maschine`. It takes `machine` and `people`."),
        ("reviewed: no", "reviewed: perhaps", "`reviewed` can't be `perhaps`. It takes `no` and `yes`."),
        ("reviewed: no\n", "", "the catalogue has no `reviewed`. Add it, as in data/languages/es.yaml."),
        ("language: es", "language: Spanish", "`Spanish` isn't the code of a language. Write `es` or `pt-BR`."),
        ("{day}/{month}/{year}", "{day}.", '`date` should have a day, a month and a year. Write `date: "{day}/{month}/{year}"`.'),
        ("name: español", "nome: español", "the catalogue has no key `nome`. Did you mean `name`?"),
        ("texts:\n", "texts:\n  facts.other.ask: {es: Edad}\n", "`facts.other.ask` needs the English and its translation. Write `en:` and `es:`."),
    ],
)  # fmt: skip
def test_a_fault_in_a_catalogue_has_its_place(old: str, new: str, fault: str) -> None:
    """A missing word, one that nobody asks for and other gaps are faults, each with file, line and remedy."""
    text = CATALOGUE if "texts:" in CATALOGUE else f"{CATALOGUE}texts:\n"
    assert text.count(old) >= 1
    with pytest.raises(ContentError) as error:
        read_as(text.replace(old, new, 1))
    assert any(re.fullmatch(rf"mine\.yaml:\d+:\d+: {re.escape(fault)}", str(f)) for f in error.value.faults)


def with_text(path: str, of: str, said: str) -> Language:
    return read_as(f"{CATALOGUE.partition('texts:')[0]}texts:\n  {path}:\n    en: {of}\n    es: {said}\n")


def test_a_translation_of_nothing_is_a_fault() -> None:
    """A catalogue can only translate what the rulebook has."""
    with pytest.raises(ContentError) as error:
        coverage(shipped_evaluator().rulebook, with_text("facts.agee.ask", "How old are you?", "¿Qué edad tiene?"))
    fault = error.value.faults[0]
    assert (fault.place.file, fault.what) == ("mine.yaml", "`facts.agee.ask` isn't a text of the rulebook.")
    assert fault.remedy == "Did you mean `facts.age.ask`?"


def test_a_translation_whose_english_has_changed_is_not_used() -> None:
    """It may ask for something else than the rules now read; English is told until somebody has looked at it."""
    rulebook = shipped_evaluator().rulebook
    now = rulebook.vocabulary.facts["age"].ask
    fresh, stale = (with_text("facts.age.ask", of, "¿Qué edad tiene?") for of in (now, "How old were you?"))
    assert translated(rulebook, fresh).vocabulary.facts["age"].ask == "¿Qué edad tiene?"
    assert translated(rulebook, stale).vocabulary.facts["age"].ask == now
    assert coverage(rulebook, fresh).told == coverage(rulebook, stale).changed == ("facts.age.ask",)
    assert len(coverage(rulebook, fresh).texts) == len(texts(rulebook)) > 2000


def test_the_shipped_catalogues_translate_what_there_is() -> None:
    """Every translated text has its place in the rulebook."""
    for code in languages():
        coverage(shipped_evaluator().rulebook, language(code))


def test_a_translated_rule_keeps_its_signatures_and_what_it_means() -> None:
    """A signature stands under the English; conditions, ids and digests stay as they are."""
    rulebook = shipped_evaluator().rulebook
    rule = next(r for r in rulebook.rules.values() if type(r.effect).__name__ == "Emergency")
    told = translated(rulebook, with_text(f"rules.{rule.id}.title", f'"{rule.title}"', "Otra cosa"))
    assert told.rules[rule.id].title == "Otra cosa"
    assert (told.rules[rule.id].when, told.rules[rule.id].digest) == (rule.when, rule.digest)
    assert told.reviews is rulebook.reviews
    assert told.digest == rulebook.digest


def test_the_map_of_the_body_is_told_in_spanish() -> None:
    """Its rules are written anew from the places and what lies in them."""
    told = translated(shipped_evaluator().rulebook, spanish()).rules["anatomy.popliteal_fossa"]
    assert told.title.startswith("Parte trasera de la rodilla: ")
    assert "arteria poplítea" in told.because


def test_words_that_may_be_picked_can_be_told_apart() -> None:
    """What is replied may name several, separated by commas, so no translated value has one."""
    values = {path: text.words for path, text in spanish().texts.items() if ".values." in path}
    assert {path for path, words in values.items() if set(",;") & set(words)} == set()


def test_a_translation_has_the_same_numbers_and_asks_where_the_english_asks() -> None:
    """A figure that was lost or changed would be another rule; labels, made of ids, may spell a number out."""

    def numbers(words: str) -> list[str]:
        return sorted(n.replace(spanish().decimal, ".") for n in re.findall(r"\d+(?:[.,/]\d+)*", words))

    found = {path: text for path, text in spanish().texts.items() if not path.endswith(".label")}
    assert {path for path, text in found.items() if numbers(text.words) != numbers(text.english)} == set()
    assert {path for path, text in found.items() if ("?" in text.words) != ("?" in text.english)} == set()
    assert {path for path, text in found.items() if text.words.count("¿") != text.words.count("?")} == set()
    titles = {path: text for path, text in found.items() if path.startswith("rules.") and path.endswith(".title")}
    assert {path for path, text in titles.items() if text.words.count(";") != text.english.count(";")} == set()


def test_languages_are_listed_with_what_they_lack(tmp_path: Path) -> None:
    """Who made each, how much it can tell, what has changed, and with `--missing` every text that is told in English."""

    def said(*arguments: str) -> str:
        return CliRunner().invoke(cli.app, ["languages", *arguments]).stdout

    assert re.match(r"en  English: .*\nes  español: made by machine, not reviewed; .* \d+ of \d+ texts translated\n$", said())
    file = tmp_path / "ours.yaml"
    file.write_text(
        f"{CATALOGUE.partition('texts:')[0]}texts:\n  facts.age.ask: {{en: How old were you?, es: ¿Edad?}}\n", encoding="utf-8"
    )
    listed = said(str(file), "--missing")
    assert ", 1 of them from English that has changed since" in listed
    assert "\n  facts.age.ask: How old are you?\n" in listed


def test_a_language_that_there_is_not() -> None:
    """The message names those that there are."""
    with pytest.raises(ContentError) as error:
        advice_on(CLIENTS[0]).text(language="fr")
    says = "language: `fr` isn't a language that the library has. There are `en` and `es`; or give a catalogue's file."
    assert str(error.value) == says


# What changes with the language, and what doesn't


def decided(advice: Advice) -> object:
    """All of an answer that isn't words."""
    return (
        advice.disposition,
        [
            (s.region, s.side, [(t.technique, t.verdict, t.role, t.pressure, t.dose, t.course, t.reasons, t.decided_by,
              [(b.kind, b.rules) for b in t.limits]) for t in s.techniques], [m.muscle for m in s.muscles_to_check])
            for s in advice.sites
        ],
        [(a.topic, a.grade, a.emergency, a.until_known, a.rules, len(a.where)) for a in advice.alerts],
        [(q.id, q.facts, q.rules, q.needed, q.places) for q in (*advice.questions, *advice.easing_questions)],
        [(c.who, c.urgency, c.rules, len(c.ask)) for c in advice.consults],
        [(r.rule, r.certain, [g.fact for g in r.grounds]) for r in advice.reasons.values()],
        [(p.site, p.action, p.rules) for p in advice.progress],
        len(advice.notes),
        advice.basis,
    )  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS[::3], ids=lambda path: path.stem)
def test_nothing_but_words_changes(client: Path) -> None:
    """The same is decided in the same order, for the same reasons, and what is kept is the same bytes."""
    advice = advice_on(client)
    before = advice.record()
    assert decided(advice._told_in("es")) == decided(advice)
    assert len({advice.text(), advice.text(language="es")}) == 2
    assert (advice.record(), advice.text(language="en")) == (before, str(advice))


@pytest.mark.parametrize("client", CLIENTS[::5], ids=lambda path: path.stem)
def test_every_page_says_how_it_was_translated(client: Path) -> None:
    """Machine-made, unreviewed, and English for what isn't translated; English pages say nothing of it."""
    advice, notice = advice_on(client), spanish().notice
    assert notice == (
        "Traducción hecha por una máquina. Ningún profesional ha revisado la traducción. Lo que no está traducido aparece en inglés."
    )
    for page in (advice.text(language="es"), advice.details(language="es"), advice.html(language="es")):
        assert notice in " ".join(page.split())
    assert 'lang="es"' in advice.html(language="es")
    assert 'lang="en"' in advice.html()
    assert english().notice == ""


@pytest.mark.parametrize("client", CLIENTS[::7], ids=lambda path: path.stem)
def test_a_leaflet_has_the_same_figures_in_spanish(client: Path) -> None:
    """The same plan is told, of the same visit; and it says how it was translated."""
    papers = mr.Papers(advice_on(client))
    told, plain = papers.leaflet(language="es"), papers.leaflet()
    day = advice_on(client).basis.as_of or ""
    assert sorted(re.findall(r"\d+", told.replace(spanish().day(day) if day else "-", ""))) == sorted(
        re.findall(r"\d+", plain.replace(day or "-", ""))
    )
    assert spanish().notice in " ".join(told.split())
    assert '<html lang="es">' in papers.leaflet(format="html", language="es")
    assert papers.leaflet(language="en") == plain


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    """A decimal comma, and the day first."""
    assert (spanish().span(1, 2.5), spanish().day("2026-11-24")) == ("1-2,5", "24/11/2026")
    assert (english().span(2.5, 2.5), english().day("2026-11-24"), english().day(None)) == ("2.5", "2026-11-24", "")


def test_an_answer_read_back_is_shown_in_english() -> None:
    """Without its client and its rules it can't be told anew."""
    back = Advice.model_validate_json(advice_on(CLIENTS[0]).to_json())
    assert back.text() == advice_on(CLIENTS[0]).text()
    with pytest.raises(LookupError, match="read back without its rules"):
        back.text(language="es")


def test_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    """A clinic's words are used where its file is given."""
    file = tmp_path / "ours.yaml"
    file.write_text(CATALOGUE.replace("made: machine", "made: people").replace("reviewed: no", "reviewed: yes"), encoding="utf-8")
    shown = advice_on(CLIENTS[0]).text(language=file)
    assert "Lo que no está traducido aparece en inglés." in " ".join(shown.split())
    assert "Traducción hecha por una máquina." not in shown
    assert advice_on(CLIENTS[0]).text(language=str(file)) == shown


# The interview


def replies_to(interview: Interview, *, no: str, unsure: str) -> list[tuple[str, bool]]:
    """The ids of the questions that a client with nothing to report is asked."""
    asked = []
    while (prompt := interview.next()) is not None and len(asked) < 60:
        asked.append((prompt.id, prompt.needed))
        interview.answer(no if prompt.hint == interview.language("ask.yes_no") else unsure)
    return asked


def test_an_interview_in_spanish_is_the_same_interview() -> None:
    """The same is asked, the replies are read in Spanish, and the profile and its answer are the same."""
    evaluator = shipped_evaluator()
    plain, ours = Interview(evaluator), Interview(evaluator, language="es")
    for interview, place in ((plain, "lower back"), (ours, ours.vocabulary.regions.label("lower_back").lower())):
        interview.answer(place)
    assert replies_to(plain, no="no", unsure="?") == replies_to(ours, no="ninguna", unsure="no sé")
    assert plain.profile == ours.profile
    assert plain.advice.record() == ours.advice.record()


def test_an_interview_in_the_terminal_says_first_how_it_was_translated() -> None:
    """Then it asks, refuses and ends in Spanish; letters may have their accents apart."""
    said = CliRunner().invoke(cli.app, ["ask", "--language", "es"], input="la luna\nZona lumbar\n?\n46\nparar\n").output
    assert said.startswith(f"{spanish().notice}\n\n¿Qué parte del cuerpo se va a tratar?")
    assert "`la luna` no es una zona" in said
    assert "\n3 preguntas hechas." in said
    interview = Interview(shipped_evaluator(), language="es")
    interview.answer(normalize("NFD", "Mandíbula y su articulación"))
    assert interview.profile.to_dict()["sites"] == [{"region": "jaw_tmj"}]


def test_replies_are_read_in_spanish_and_refused_in_spanish() -> None:
    """A number may have a decimal comma, and a choice be named in its own words."""
    interview = Interview(shipped_evaluator(), language="es")
    with pytest.raises(mr.ProfileError, match="`la luna` no es una zona"):
        interview.answer("la luna")
    fact = interview.vocabulary.facts
    read = interview.replies.value
    assert (read(fact["age"], "unos 46"), read(fact["age"], "46,5"), read(fact["pregnant"], "sí")) == (
        {"about": 46.0},
        46.5,
        True,
    )
    side = fact["side"]
    assert (read(side, "lado izquierdo"), read(side, "left")) == ("left", "left")
