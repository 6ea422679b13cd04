"""The words in which an answer is told: a catalogue for each language, read strictly from data/languages.

A catalogue has the words of the pages, each with its key, and the translated texts of facts, places and techniques, each beside
the English that it was made from. A word that is missing is a fault. A text that is missing, or whose English has changed
since, is told in English.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from massage_rules._yaml import Node, data_folder, listed, read
from massage_rules.errors import ContentError, Fault, Faults, Place, clean, nearest
from massage_rules.kept import kept

Made: TypeAlias = Literal["people", "machine"]
FIRST = "en"
_HEAD = {"language", "name", "made", "reviewed", "decimal", "date"}
_CODE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_GAP = re.compile(r"\{([a-z_]*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A translated text, with the English that it was made from."""

    words: str
    english: str
    place: Place


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language. Calling it with a key, and what stands in its gaps, gives the words.

    `made` and `reviewed` say who wrote the catalogue, and whether a professional who speaks the language has reviewed it.
    """

    code: str
    name: str
    made: Made
    reviewed: bool
    decimal: str
    date_form: str
    digest: str
    words: Mapping[str, str]
    texts: Mapping[str, Text] = field(default_factory=dict)

    def __call__(self, key: str, **gaps: object) -> str:
        """The words for a key; `{name}` in them stands for what is given by that name."""
        return self.words[key].format(**{k: self.number(v) if isinstance(v, int | float) else v for k, v in gaps.items()})

    def word(self, member: StrEnum) -> str:
        """The word for one of a closed set, such as a verdict."""
        return self.words[f"{type(member).__name__.lower()}.{member.name.lower()}"]

    def number(self, value: float) -> str:
        """A number with the language's decimal mark."""
        return f"{value:g}".replace(".", self.decimal)

    def span(self, low: float, high: float) -> str:
        """A number, or the two between which it lies."""
        return self.number(low) if low == high else f"{self.number(low)}-{self.number(high)}"

    def day(self, day: date | str | None) -> str:
        """A day as it is written in the language; nothing for none."""
        if day is None:
            return ""
        year, month, number = str(day).split("-")
        return self.date_form.format(year=year, month=month, day=number)

    @property
    def notice(self) -> str:
        """How the words were made, and what becomes of what isn't translated; nothing for the first language."""
        if self.code == FIRST:
            return ""
        parts = (
            "notice.machine" if self.made == "machine" else "",
            "" if self.reviewed else "notice.unreviewed",
            "notice.english",
        )
        return " ".join(self(part) for part in parts if part)


def languages() -> tuple[str, ...]:
    """The codes of the languages that ship with the library."""
    return tuple(sorted(file.stem for file in (data_folder() / "languages").glob("*.yaml")))


def language(name: str | Path | Language) -> Language:
    """The language with this code, or in this file; raises ContentError where there is none, with every fault of the file."""
    if isinstance(name, Language):
        return name
    if isinstance(name, Path) or name.endswith(".yaml"):
        return read_language(read(Path(name)), english())
    if name not in languages():
        what = f"`{clean(name)}` isn't a language that the library has."
        raise ContentError([Fault(Place("language"), what, f"There are {listed(languages())}; or give a catalogue's file.")])
    return _shipped(name)


def english() -> Language:
    """The first language, in which everything is written."""
    return _shipped(FIRST)


@cache
def _shipped(code: str) -> Language:
    folder = data_folder() / "languages"
    files = [folder / f"{name}.yaml" for name in dict.fromkeys((FIRST, code))]

    def made() -> Language:
        node = read(files[-1], name=f"data/languages/{files[-1].name}")
        return read_language(node, english() if code != FIRST else None)

    return kept(f"language.{code}", files, made)


def read_language(node: Node, first: Language | None) -> Language:
    """The language written in a catalogue, complete beside the first; raises ContentError with every fault."""
    faults = Faults()
    top = node.mapping(faults, what="the catalogue")
    node.allow({*_HEAD, "words", "texts"}, faults, what="the catalogue")
    for key in (*sorted(_HEAD), "words"):
        if key not in top:
            faults.add(node.place, f"the catalogue has no `{key}`.", "Add it, as in data/languages/es.yaml.")
    faults.stop_if_any()
    head = {key: top[key].text(faults, what=f"`{key}`") for key in _HEAD}
    _check_head(head, top, faults)
    words = _read_words(top["words"], faults)
    if first is not None:
        _compare(words, first, top["words"].place, faults)
    texts = _read_texts(top["texts"], head["language"], faults) if "texts" in top else {}
    faults.stop_if_any()
    return Language(
        code=head["language"],
        name=head["name"],
        made=cast("Made", head["made"]),
        reviewed=head["reviewed"] == "yes",
        decimal=head["decimal"],
        date_form=head["date"],
        digest=hashlib.sha256(repr(node.plain()).encode()).hexdigest(),
        words={key: said.text(faults, what=f"`{key}`") for key, said in words.items()},
        texts=texts,
    )


def _check_head(head: Mapping[str, str], top: Mapping[str, Node], faults: Faults) -> None:
    if not _CODE.fullmatch(head["language"]):
        faults.add(top["language"].place, f"`{clean(head['language'])}` isn't the code of a language.", "Write `es` or `pt-BR`.")
    for key, choices in (("made", get_args(Made)), ("reviewed", ("yes", "no"))):
        if head[key] not in choices:
            faults.add(top[key].place, f"`{key}` can't be `{clean(head[key])}`.", f"It takes {listed(choices)}.")
    if set(_GAP.findall(head["date"])) != {"day", "month", "year"}:
        faults.add(top["date"].place, "`date` should have a day, a month and a year.", 'Write `date: "{day}/{month}/{year}"`.')


def _read_words(node: Node, faults: Faults) -> dict[str, Node]:
    """The words by key, each group's name before a dot."""
    found: dict[str, Node] = {}
    for group, entry in node.mapping(faults, what="`words`").items():
        for key, said in entry.mapping(faults, what=f"`{group}`").items():
            said.text(faults, what=f"`{group}.{key}`")
            found[f"{group}.{key}"] = said
    return found


def _compare(words: Mapping[str, Node], first: Language, top: Place, faults: Faults) -> None:
    """Faults for words that are missing, that nobody asks for, or that have other gaps than in the first language."""
    for key, said in words.items():
        if key not in first.words:
            faults.add(said.place, f"nothing asks for the words `{clean(key)}`.", nearest(key, first.words) or "Remove them.")
        elif (gaps := sorted(_GAP.findall(str(said.value)))) != (wanted := sorted(_GAP.findall(first.words[key]))):
            has = f"has the gaps {listed(gaps)}" if gaps else "has no gaps"
            faults.add(said.place, f"`{key}` {has}.", f"In English it has {listed(wanted)}.")
    for key in first.words:
        if key not in words:
            faults.add(top, f"the words `{key}` are missing.", f"Translate `{first.words[key]}`.")


def _read_texts(node: Node, code: str, faults: Faults) -> dict[str, Text]:
    """The translated texts by the path of what they translate, each beside its English."""
    found: dict[str, Text] = {}
    for path, entry in node.mapping(faults, what="`texts`").items():
        fields = entry.mapping(faults, what=f"`{path}`")
        entry.allow({FIRST, code}, faults, what=f"`{path}`")
        said = {key: value.text(faults, what=f"`{key}` of `{path}`") for key, value in fields.items()}
        if fields and not {FIRST, code} <= said.keys():
            faults.add(entry.place, f"`{clean(path)}` needs the English and its translation.", f"Write `{FIRST}:` and `{code}:`.")
        found[path] = Text(said.get(code, ""), said.get(FIRST, ""), entry.place)
    return found
