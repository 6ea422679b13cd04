"""What the documents show is so: their Python, rules, cases, profiles and commands run, and their links lead somewhere.

A page's blocks run in order, in one folder and one namespace of their own:

- `python` is executed. A comment after an expression, or on lines of its own below, is compared where it is a plain value, such
  as `# 'treat'`, or an error with its message, such as `# ProfileError: ...`. What is printed is compared with a `text` block
  that follows at once.
- `yaml` is a list of rules or of cases, a `when` or `effect`, a piece of the vocabulary, the notes of a client's visits, or else
  a profile; it must load.
  A first line such as `# my_rules/necks.yaml` also puts it there, and under `with_faults/` it needn't load.
- `console` shows `$ massage-rules ...` or `$ pytest ...` with what comes out.

`...` stands for anything. A `text` block isn't run.
"""

from __future__ import annotations

import ast
import io
import os
import re
import shlex
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from doctest import ELLIPSIS, OutputChecker
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import massage_rules
from massage_rules import cli, reviews
from massage_rules._yaml import Node, data_folder, parse, read, rules_folder
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.cases import load_cases, run
from massage_rules.errors import ContentError, MassageRulesError
from massage_rules.profile import read_profile
from massage_rules.rulebook import build, load
from massage_rules.semantics import Disposition, Verdict
from massage_rules.vocabulary import load_vocabulary

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))
COMMANDS = sorted(get_command(cli.app).commands)  # type: ignore[attr-defined]

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FILE = re.compile(r"# ([\w./-]+\.ya?ml)\n")
_ERROR = re.compile(r"(\w+Error|Disagreement): (.+)", re.DOTALL)
_WRAPPING = """
id: fragments.piece
title: A piece of a rule
status: active
when: {region: neck}
effect: {define: piece}
because: So that it can be loaded.
limits: None.
references: [clinical_judgement]
review: unreviewed
"""


@dataclass(frozen=True)
class Block:
    """One fenced block, with its page and the line of its first content."""

    page: Path
    line: int
    language: str
    text: str
    follows_at_once: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    content, end = page.read_text(encoding="utf-8"), -1
    for found in _FENCE.finditer(content):
        at_once = end >= 0 and not content[end : found.start()].strip()
        yield Block(page, content.count("\n", 0, found.start()) + 2, found["language"], found["text"], at_once)
        end = found.end()


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


RUN = [p for p in PAGES if any(b.language in ("python", "console", "yaml") for b in blocks(p))]
YAML_BLOCKS = [b for p in PAGES for b in blocks(p) if b.language == "yaml"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run a page in, from which the examples can be seen."""
    (tmp_path / "docs").symlink_to(DOCS)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


@pytest.mark.parametrize("page", RUN, ids=name)
def test_what_a_page_shows_is_so(page: Path, folder: Path) -> None:
    """Every Python block, every file and every command of a page does what the page says."""
    namespace: dict[str, Any] = {}
    printed = ""
    for block in blocks(page):
        match block.language:
            case "python":
                printed = run_python(block, namespace)
            case "text" if block.follows_at_once and printed:
                compare(block, block.text, printed)
                printed = ""
            case "yaml":
                keep(block, folder)
            case "console":
                run_console(block)


def keep(block: Block, folder: Path) -> None:
    """Puts a block that names its file there; a case is run at once."""
    path = file_of(block)
    if path is not None:
        path = folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    if kind_of(block) == "cases" and not has_faults(block):
        run_cases(block, path or folder / "page.cases.yaml", folder)


def file_of(block: Block) -> Path | None:
    named = _FILE.match(block.text)
    return Path(named[1]) if named else None


def has_faults(block: Block) -> bool:
    return (file_of(block) or Path()).is_relative_to("with_faults")


def run_cases(block: Block, path: Path, folder: Path) -> None:
    """Cases in `my_cases/` run against `my_rules/`, all others against the shipped rules; a known gap must be one."""
    path.write_text(block.text, encoding="utf-8")
    own = path.parent.name == "my_cases"
    evaluator = Evaluator(load(folder / "my_rules")) if own else shipped_evaluator()
    for case in load_cases(path, evaluator.rulebook, name=str(block)):
        differences = run(case, evaluator).differences
        assert bool(differences) is bool(case.known_gap), f"{block}: {case.name}: {differences or 'is no gap any more'}"


def run_python(block: Block, namespace: dict[str, Any]) -> str:
    """Executes a block statement by statement, compares what its comments say, and gives back what was printed."""
    comments, out = comments_of(block.text), io.StringIO()
    for statement in ast.parse(block.text).body:
        place = f"{name(block.page)}:{block.line + statement.lineno - 1}"
        comment = comments.get(statement.end_lineno or statement.lineno, "")
        code = compile(ast.Module([statement], []), place, "exec")
        if expected := _ERROR.fullmatch(comment):
            with pytest.raises(Exception) as raised:
                exec(code, namespace)
            assert f"{type(raised.value).__name__}: {raised.value}" == comment, f"{place}: expected {expected[0]}"
            continue
        with redirect_stdout(out):
            if not isinstance(statement, ast.Expr):
                exec(code, namespace)
                continue
            value = eval(compile(ast.Expression(statement.value), place, "eval"), namespace)
        with_value, wanted = plain_value(comment)
        assert not with_value or value == wanted, f"{place}: says {wanted!r}, but it is {value!r}"
    return out.getvalue()


def comments_of(source: str) -> dict[int, str]:
    """The comment that belongs to each line: the one on it, or those alone on the lines below it."""
    found: dict[int, str] = {}
    owner = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, words = token.start[0], token.string.removeprefix("#").strip()
        if token.line.strip() != token.string:
            found[line] = words
        else:
            owner = owner if line - 1 == last else line - 1
            found[owner] = f"{found.get(owner, '')} {words}".strip()
            last = line
    return found


def plain_value(comment: str) -> tuple[bool, Any]:
    """Whether a comment is a plain value, and which."""
    try:
        return True, ast.literal_eval(comment)
    except (ValueError, SyntaxError):
        return False, None


def run_console(block: Block) -> None:
    """Runs each command and compares what comes out; answers to prompts are taken from what is shown."""
    for entry in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, wanted = entry.partition("\n")
        program, *arguments = shlex.split(command)
        if program == "pytest":
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            options = ["-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *options, *arguments], capture_output=True, text=True, check=False, env=env
            )
            compare(block, wanted, done.stdout)
            continue
        assert program == "massage-rules", f"{block}: can't run `{command}`"
        result = CliRunner().invoke(cli.app, arguments, input=answers(wanted))
        error = result.exception
        if error is not None and not isinstance(error, MassageRulesError | SystemExit):
            raise error
        compare(block, wanted, result.output + (f"{error}\n" if isinstance(error, MassageRulesError) else ""))


def answers(shown: str) -> str:
    """What was typed in a conversation: the end of each line that follows a question and its reason."""
    lines = shown.split("\n")
    typed = [line.rpartition(": ")[2] for before, line in zip(lines, lines[1:], strict=False) if before.startswith("  (")]
    return "".join(f"{answer}\n" for answer in typed)


def compare(block: Block, wanted: str, got: str) -> None:
    trimmed = "\n".join(line.rstrip() for line in got.split("\n"))
    same = OutputChecker().check_output(wanted.strip("\n") + "\n", trimmed.strip("\n") + "\n", ELLIPSIS)
    assert same, f"{block}: shows\n{wanted}\nbut what comes out is\n{got}"


def kind_of(block: Block) -> str:
    """What a block of YAML is: rules, cases, a fragment of a rule, vocabulary, notes of visits or a profile."""
    plain = parse(block.text, name=str(block)).plain()
    if isinstance(plain, dict) and "notes" in plain:
        return "notes"
    if isinstance(plain, list):
        return "cases" if any("case" in item for item in plain) else "rules"
    assert isinstance(plain, dict), f"{block}: neither a list nor a mapping"
    if set(plain) <= {"when", "effect"}:
        return "fragment"
    return "vocabulary" if set(plain) <= {"facts", "blocks"} else "profile"


def loadable(kind: str) -> list[Block]:
    return [b for b in YAML_BLOCKS if not has_faults(b) and kind_of(b) == kind]


@cache
def data() -> Mapping[str, Node]:
    """The shipped data; the signatures under shipped rules aren't under those of a page."""
    files = [p for p in sorted(data_folder().glob("*.yaml")) if p.name != reviews.FILE]
    return {f"data/{p.name}": read(p, name=f"data/{p.name}") for p in files}


@pytest.mark.parametrize("page", sorted({b.page for b in loadable("rules")}), ids=name)
def test_rules_on_a_page_fit_together(page: Path) -> None:
    """Every rule and every piece of one loads over the shipped facts, techniques and sources."""
    rules: dict[str, Node] = {}
    wanted: set[str] = set()
    for block in (b for b in loadable("rules") if b.page == page):
        node = parse(block.text, name=str(block))
        assert isinstance(node.value, list)
        ids = [n.value["id"].value for n in node.value if isinstance(n.value, dict) and "id" in n.value]
        if not ids:  # protocols, which lean on the name that rules give to the first twelve weeks
            rules |= {f"{block}/protocols.yaml": node, f"{block}/scars.yaml": first_weeks()}
            continue
        wanted |= {str(i) for i in ids}
        rules[f"{block}/{str(ids[0]).partition('.')[0]}.yaml"] = node
    for number, block in enumerate(b for b in loadable("fragment") if b.page == page):
        rules[f"{block}/fragments.yaml"] = wrapped(parse(block.text, name=str(block)), number)
    book = build({**data(), **rules})
    assert wanted <= set(book.rules) | drafts(rules)


def first_weeks() -> Node:
    """The shipped rule that says what counts as recently operated."""
    shipped = read(rules_folder() / "scars.yaml").value
    assert isinstance(shipped, list)
    one = [n for n in shipped if isinstance(n.value, dict) and n.value["id"].value == "scars.operated-under-twelve-weeks"]
    return Node(one, one[0].place)


def wrapped(piece: Node, number: int) -> Node:
    """A rule around a piece of one."""
    around = parse(_WRAPPING, name="around").value
    assert isinstance(around, dict)
    assert isinstance(piece.value, dict)
    named = {"id": Node(f"fragments.piece-{number}", piece.place)}
    defined = {} if "effect" in piece.value else {"effect": parse(f"define: piece_{number}", name="around")}
    return Node([Node({**around, **defined, **piece.value, **named}, piece.place)], piece.place)


def drafts(files: Mapping[str, Node]) -> set[str]:
    """The rules that are read but don't count: drafts and retired ones."""
    nodes = [n.value for node in files.values() for n in (node.value if isinstance(node.value, list) else [])]
    return {str(n["id"].value) for n in nodes if isinstance(n, dict) and "id" in n and n["status"].value != "active"}


FAULTY = (
    """
- {id: f.a, title: T, status: active, when: {age: {below: 9}, sex: female}, effect: {define: a}, LAST}
- {id: f.b, title: T, status: active, when: {pregnant: yes}, effect: {define: b, avoid: {techniques: all}}, LAST}
- {id: f.c, title: T, status: active, when: {pain_now: {above: 11}}, effect: {define: c}, LAST}
- {id: f.d, title: T, status: active, when: {pregnant: no}, effect: {suggest: {techniques: deep_tissue_massage, role: option,
     goals: [function], certainty: none, pressure_at_most: 2}}, LAST}
""",
    """
- {id: f.a, title: T, status: active, when: {b: yes}, effect: {define: a}, LAST}
- {id: f.b, title: T, status: active, when: {any: [{a: yes}, {d: yes}]}, effect: {define: b}, LAST}
- {id: f.d, title: T, status: draft, when: {pregnant: yes}, effect: {define: d}, LAST}
""",
    "- {id: f.a, title: T, title: U}",
    "- id: f.a\n  title: A rule: with a colon",
)


def test_messages_in_the_table_are_real() -> None:
    """Each message that the page on rules lists is one that a faulty file gets."""
    last = "because: B, limits: L, references: [clinical_judgement], review: unreviewed"
    said = ""
    for rules in FAULTY:
        with pytest.raises(ContentError) as raised:
            build({**data(), "f.yaml": parse(rules.replace("LAST", last), name="f.yaml")})
        said += str(raised.value)
    page = (DOCS / "writing_rules.md").read_text(encoding="utf-8")
    table = page[page.index("| message |") : page.index("How rules fit together")]
    for message in re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)[1:]:
        assert message in said


def test_pieces_of_vocabulary_in_the_documents_load() -> None:
    """Facts and blocks shown as examples fit into the shipped vocabulary."""
    top = data()["data/vocabulary.yaml"]
    assert isinstance(top.value, dict)
    merged = dict(top.value)
    for block in loadable("vocabulary"):
        piece = parse(block.text, name=str(block)).value
        assert isinstance(piece, dict)
        for key, node in piece.items():
            old = merged[key]
            assert isinstance(old.value, dict)
            assert isinstance(node.value, dict)
            merged[key] = Node({**old.value, **node.value}, old.place, {**(old.keys or {}), **(node.keys or {})})
    load_vocabulary(Node(merged, top.place, top.keys), data()["data/regions.yaml"], data()["data/medications.yaml"])


@pytest.mark.parametrize("block", loadable("profile"), ids=str)
def test_profiles_in_the_documents_get_advice(block: Block) -> None:
    """Every profile shown is one that can be read and advised on."""
    client = read_profile(block.text.encode(), name=str(block))
    assert shipped_evaluator().recommend(client, core="compiled").summary


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_examples_get_advice(example: Path) -> None:
    """Every example says who the client is, is advised on with reasons, and treats a published case as its source does."""
    told = example.read_text(encoding="utf-8")
    assert told.startswith("# "), "the first line should say who the client is"
    advice = advised(example)
    assert any(r.certain for r in advice.reasons.values()) or advice.questions
    assert str(advice).startswith(advice.disposition.upper())
    assert advice._repr_html_()
    if published := re.search(r"From published case (PC-\d+)", told):
        assert advice.disposition in accepted()[published[1]]
    else:
        assert "An invented client" in told


def test_the_table_of_examples_is_right() -> None:
    """The tutorial lists every example, with its disposition."""
    rows = re.findall(r"^\| (\[.+) \| ([a-z ]+) \|$", (DOCS / "tutorial.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {Path(link).name: disposition for links, disposition in rows for link in _LINK.findall(links)}
    assert told == {p.name: advised(p).disposition for p in EXAMPLES}


@cache
def advised(example: Path) -> massage_rules.Advice:
    return shipped_evaluator().recommend(read_profile(example))


@cache
def accepted() -> Mapping[str, tuple[str, ...]]:
    """The dispositions that the source of each published case supports."""
    folder, rulebook = ROOT / "tests" / "cases", shipped_evaluator().rulebook
    cases = [c for path in sorted(folder.glob("published_*.cases.yaml")) for c in load_cases(path, rulebook)]
    return {str(c.source["id"]): c.disposition for c in cases}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link inside the project leads to a file, and to a heading of it where it names one."""
    content = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in _LINK.findall(content):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, heading = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{name(page)} links to {target}, which isn't there"
        assert not heading or heading in headings(path), f"{name(page)} links to {link}, but there is no such heading"


def headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in found}


def everything() -> str:
    return "\n".join(p.read_text(encoding="utf-8") for p in PAGES)


@pytest.mark.parametrize("public", massage_rules.__all__)
def test_public_names_are_documented(public: str) -> None:
    """Everything that the package offers is explained somewhere."""
    assert re.search(rf"\bmr\.{public}\b|`{public}`", everything())


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_documented(command: str) -> None:
    """Every command of the command line is explained somewhere."""
    assert f"massage-rules {command}" in everything()


def test_commands_that_are_shown_exist() -> None:
    """No page shows a command that isn't there."""
    shown = {
        w
        for b in (b for p in PAGES for b in blocks(p))
        for w in re.findall(r"^\s*(?:\$ )?massage-rules ([\w-]+)", b.text, re.MULTILINE)
    }
    assert shown <= set(COMMANDS)


@pytest.mark.parametrize("word", [*Verdict, *Disposition], ids=str)
def test_the_glossary_has_every_word_of_the_answer(word: str) -> None:
    """Verdicts and dispositions are called what the glossary calls them."""
    assert word in (DOCS / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md", "docs/writing_rules.md", "docs/writing_cases.md"])
def test_pages_say_that_nobody_with_a_licence_has_reviewed_the_rules(page: str) -> None:
    """Whoever reads only one page learns it there."""
    content = " ".join((ROOT / page).read_text(encoding="utf-8").lower().split())
    assert re.search(r"(nobody with a licence|no licensed professional) has reviewed", content)
