"""Reading YAML: scalars stay what they look like, everything has a place, and nothing but a fault comes of bad text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from massage_rules import _yaml
from massage_rules._yaml import Node, data_folder, listed, parse, read, rules_folder
from massage_rules.errors import ContentError, Faults, Place

LOADERS = [pytest.param(loader, id=loader.__name__) for loader in dict.fromkeys([_yaml._Loader, yaml.SafeLoader])]


def plain(text: str) -> Any:
    return parse(text, name="f.yaml").plain()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("46", 46),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("37.5", 37.5),
        ("-0.25", -0.25),
        ("0.0", 0.0),
        ("'46'", "46"),
        ('"46"', "46"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("true", "true"),
        ("N", "N"),
        ("2026-09-30", "2026-09-30"),
        ("2026-09", "2026-09"),
        ("NaN", "NaN"),
        ("'1:30'", "1:30"),
        ("1.2.3", "1.2.3"),
        ("10*9/L", "10*9/L"),
        ("'~'", "~"),
        ("1 000", "1 000"),
        ("١٢", "١٢"),
        ("[]", []),
        ("{}", {}),
        ("''", ""),
        ("{a: }", {"a": None}),
        ("{a: ~}", {"a": None}),
        ("{a: null}", {"a": None}),
        ("{1: a}", {"1": "a"}),
        ("{1.5: a}", {"1.5": "a"}),
        ("{yes: a}", {"yes": "a"}),
        (">-\n  one\n  two\n", "one two"),
        ("|\n  one\n  two\n", "one\ntwo\n"),
    ],
)
def test_scalars_stay_what_they_look_like(written: str, value: Any) -> None:
    """Plain numbers are numbers, nothing is nothing, and every other word is a word."""
    found = plain(f"top: {written}")["top"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_and_every_key_has_its_place() -> None:
    """Lines and columns count from one, for values and for the keys of mappings."""
    node = parse("a: 1\nlist:\n  - x\n  - {b: [2, 3]}\n", name="f.yaml")
    assert isinstance(node.value, dict)
    assert node.keys == {"a": Place("f.yaml", 1, 1), "list": Place("f.yaml", 2, 1)}
    assert node.value["a"].place == Place("f.yaml", 1, 4)
    items = node.value["list"].value
    assert isinstance(items, list)
    assert [i.place for i in items] == [Place("f.yaml", 3, 5), Place("f.yaml", 4, 5)]
    assert items[1].keys == {"b": Place("f.yaml", 4, 6)}
    assert node.plain() == {"a": 1, "list": ["x", {"b": [2, 3]}]}


def test_text_is_read_like_bytes() -> None:
    """Text and its UTF-8 give the same tree."""
    assert parse("é: ü\n", name="f.yaml") == parse("é: ü\n".encode(), name="f.yaml")


def test_a_file_is_named_in_messages_as_it_is_asked_for(tmp_path: Path) -> None:
    """A file goes by its own name, or by the one that is given for it."""
    path = tmp_path / "a.yaml"
    path.write_text("x: 1\n", encoding="utf-8")
    assert read(path).place.file == "a.yaml"
    assert read(path, name="rules/a.yaml").place.file == "rules/a.yaml"


def test_a_file_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    """A file of any size costs no more memory than the largest that may be read."""
    path = tmp_path / "endless.yaml"
    with path.open("wb") as file:
        file.truncate(_yaml.LONGEST_FILE * 1_000)
    with pytest.raises(ContentError) as caught:
        read(path)
    assert "is larger than" in str(caught.value)


def test_nesting_at_the_limit_is_read() -> None:
    """The deepest permitted nesting is no fault; one more is."""
    deepest = "[" * _yaml.DEEPEST + "]" * _yaml.DEEPEST
    assert str(plain(deepest)) == deepest
    with pytest.raises(ContentError):
        plain(f"[{deepest}]")


def test_the_asked_for_shapes_are_given_or_are_faults() -> None:
    """A node gives its entries, items, text or words, or says what it should be."""
    faults = Faults()
    node = parse("m: {a: 1}\nl: [a, b]\nt: words here\nn: 3.5\nw: one\ne: ''\n", name="f.yaml")
    top = node.mapping(faults, what="it")
    assert set(top["m"].mapping(faults, what="it")) == {"a"}
    assert [i.value for i in top["l"].listing(faults, what="it")] == ["a", "b"]
    assert top["t"].text(faults, what="it") == "words here"
    assert top["n"].text(faults, what="it") == "3.5"
    assert top["l"].words(faults, what="it") == ("a", "b")
    assert top["w"].words(faults, what="it") == ("one",)
    assert faults.found == []
    assert top["l"].mapping(faults, what="it") == {}
    assert top["m"].listing(faults, what="it") == []
    assert top["m"].text(faults, what="it") == ""
    assert top["e"].words(faults, what="it") == ()
    assert [str(f) for f in faults.found] == [
        "f.yaml:2:4: it should be a mapping of names to values. Write `name: value` lines.",
        "f.yaml:1:4: it should be a list. Start each item with `- `.",
        "f.yaml:1:4: it should be text. Write a word or a sentence.",
        "f.yaml:6:4: it should be text. Write a word or a sentence.",
    ]


def test_keys_without_a_meaning_are_faults_at_the_key() -> None:
    """An unknown key is told where it stands, with the nearest that has a meaning, or all of them."""
    faults = Faults()
    parse("titel: x\nzzz: y\ntitle: z\n", name="f.yaml").allow({"title", "ask"}, faults, what="a block")
    assert [str(f) for f in faults.found] == [
        "f.yaml:1:1: a block has no key `titel`. Did you mean `title`?",
        "f.yaml:2:1: a block has no key `zzz`. It takes `ask` and `title`.",
    ]


def test_lists_of_names_are_sorted_and_quoted() -> None:
    """Names in a message read as a sentence."""
    assert listed([]) == "nothing"
    assert listed(["b"]) == "`b`"
    assert listed({"c", "a", "b"}) == "`a`, `b` and `c`"


def test_the_shipped_files_are_found() -> None:
    """Data and rules are found, installed or in a checkout."""
    assert (data_folder() / "vocabulary.yaml").is_file()
    assert rules_folder().is_dir()


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=12)
numbers = st.integers(-(10**12), 10**12) | st.integers(-(10**6), 10**6).map(lambda n: n / 8)
trees = st.recursive(
    words | numbers | st.none(), lambda t: st.lists(t, max_size=4) | st.dictionaries(words, t, max_size=4), max_leaves=12
)


@given(st.dictionaries(words, trees, min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_json_is_read_as_it_was_written(data: dict[str, Any]) -> None:
    """JSON is YAML: what is written as the one is read as the other."""
    assert plain(json.dumps(data, ensure_ascii=False)) == data


@pytest.mark.parametrize("loader", LOADERS)
@given(data=st.binary(max_size=80))
@settings(deadline=None, max_examples=250)
def test_any_bytes_are_read_or_are_a_fault(loader: Any, data: bytes) -> None:
    """Whatever the bytes, reading gives a tree or ContentError, and nothing else."""
    assert read_or_fault(loader, data)


SYNTAX = st.text(st.sampled_from("ab: -[]{},&*!|>'\"%@`#\n\t?~<0123.e_x\\U/\r\u2028é\ud800\x01"), max_size=60)


@pytest.mark.parametrize("loader", LOADERS)
@given(text=SYNTAX)
@settings(deadline=None, max_examples=600)
def test_any_text_that_looks_like_yaml_is_read_or_is_a_fault(loader: Any, text: str) -> None:
    """Text made of YAML's own signs meets every corner of the reader, in C and in Python."""
    assert read_or_fault(loader, text)


def read_or_fault(loader: Any, data: bytes | str) -> bool:
    before, _yaml._Loader = _yaml._Loader, loader
    try:
        node = parse(data, name="f.yaml")
    except ContentError as error:
        return all(f.place.file == "f.yaml" and f.place.line >= 1 and f.remedy and str(f).isprintable() for f in error.faults)
    finally:
        _yaml._Loader = before
    return every_place(node)


def every_place(node: Node) -> bool:
    match node.value:
        case dict(entries):
            inner = entries.values()
            if set(entries) != set(node.keys or {}):
                return False
        case list(items):
            inner = items
        case _:
            inner = []
    return node.place.line >= 1 and node.place.column >= 1 and all(every_place(n) for n in inner)
