"""Strict reading of YAML: every value knows its place, and YAML's surprises are refused.

Scalars stay words, except plain whole and decimal numbers; `yes`, `no`, `on` and dates are words until
the schema says otherwise. Repeated keys, aliases, tags, merge keys, several documents, deep nesting,
huge, binary and empty files are faults with a place and a remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from massage_rules.errors import ContentError, Fault, Faults, Place, clean, nearest

DEEPEST = 24
LONGEST_FILE = 4_000_000
LONGEST_TEXT = 4_000
MOST_FAULTS = 100
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_SURPRISE = re.compile(
    r"[-+]?(0[0-9]+|0[xob][0-9a-fA-F_]+|[0-9]+(_[0-9]+)+|[0-9]+(:[0-5]?[0-9])+|[0-9.]+[eE][-+]?[0-9]+|\.[0-9]+|[0-9]+\.)\Z"
    r"|[-+]?\.(inf|Inf|INF|nan|NaN|NAN)\Z"
)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMERIC = frozenset("+-.0123456789")
_new: Any = tuple.__new__
_WHOLES = (dict, list)
_NOTHING = {"", "~", "null", "Null", "NULL"}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Value: TypeAlias = "str | int | float | list[Node] | dict[str, Node] | None"


class Node(NamedTuple):
    """A value read from a file, with its place; `keys` gives the place of each key of a mapping.

    `read` is a mapping or list without places, as the file's reader made it beside the nodes; it's for `plain` alone.
    """

    value: Value
    place: Place
    keys: Mapping[str, Place] | None = None
    read: Mapping[str, object] | Sequence[object] | None = None

    def plain(self) -> Any:
        """The value without places, as dicts, lists, text and numbers; whoever gets it changes nothing in it."""
        if self.read is not None:
            return self.read
        match self.value:
            case dict(items):
                return {k: v.plain() if v.value.__class__ in _WHOLES else v.value for k, v in items.items()}
            case list(items):
                return [v.plain() if v.value.__class__ in _WHOLES else v.value for v in items]
            case other:
                return other

    def mapping(self, faults: Faults, *, what: str) -> dict[str, Node]:
        """Its entries, or a fault and nothing where it isn't a mapping."""
        if isinstance(self.value, dict):
            return self.value
        faults.add(self.place, f"{what} should be a mapping of names to values.", "Write `name: value` lines.")
        return {}

    def listing(self, faults: Faults, *, what: str) -> list[Node]:
        """Its items, or a fault and nothing where it isn't a list."""
        if isinstance(self.value, list):
            return self.value
        faults.add(self.place, f"{what} should be a list.", "Start each item with `- `.")
        return []

    def text(self, faults: Faults, *, what: str) -> str:
        """Its text, or a fault and nothing where it isn't text."""
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        if isinstance(self.value, int | float):
            return str(self.value)
        faults.add(self.place, f"{what} should be text.", "Write a word or a sentence.")
        return ""

    def words(self, faults: Faults, *, what: str) -> tuple[str, ...]:
        """Its words: one, or a list of them."""
        if isinstance(self.value, list):
            return tuple(n.text(faults, what=what) for n in self.value)
        word = self.text(faults, what=what)
        return (word,) if word else ()

    def allow(self, names: set[str], faults: Faults, *, what: str) -> None:
        """Faults for keys that have no meaning here."""
        for key, place in (self.keys or {}).items():
            if key not in names:
                faults.add(place, f"{what} has no key `{clean(key)}`.", nearest(key, names) or f"It takes {listed(names)}.")

    def at(self, path: tuple[int | str, ...]) -> Place:
        """The place of what a path of keys and numbers leads to, as far as it leads."""
        here = self
        for step in path:
            if isinstance(here.value, dict) and str(step) in here.value:
                here = here.value[str(step)]
            elif isinstance(here.value, list) and isinstance(step, int) and step < len(here.value):
                here = here.value[step]
            else:
                break
        return here.place


def listed(names: Iterator[str] | set[str] | tuple[str, ...] | list[str]) -> str:
    """`a`, `b` and `c`, sorted, for a message."""
    quoted = [f"`{n}`" for n in sorted(names)]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" and {quoted[-1]}" if quoted else "nothing"


def data_folder() -> Path:
    """The folder of the shipped data, installed or in a checkout."""
    inside = Path(__file__).parent / "data"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "data"


def rules_folder() -> Path:
    """The folder of the shipped rules."""
    return Path(__file__).parent / "rules"


def read(path: Path, *, name: str = "") -> Node:
    """The content of a file; raises ContentError with its faults."""
    shown = name or path.name
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise ContentError([Fault(Place(clean(shown)), f"can't be read: {why}.", "Check the path.")]) from None
    return parse(raw, name=shown)


def parse(raw: bytes | str, *, name: str) -> Node:
    """The content of a text; raises ContentError with its faults."""
    top = Place(name, 1, 1)
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(data) > LONGEST_FILE:
        raise ContentError([Fault(top, f"is larger than {LONGEST_FILE:,} bytes.", "Split the file.")])
    if b"\0" in data:
        raise ContentError([Fault(top, "is a binary file.", "Give a text file in YAML.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ContentError([Fault(Place(name, line, column), "isn't UTF-8 text.", "Save the file as UTF-8.")]) from None
    if strange := _UNPRINTABLE.search(text):
        place = Place(name, text.count("\n", 0, strange.start()) + 1, strange.start() - text.rfind("\n", 0, strange.start()))
        raise ContentError([Fault(place, f"holds U+{ord(strange[0]):04X}, which isn't a character of text.", "Remove it.")])
    faults = Faults()
    try:
        node = _Builder(name, faults).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and "nesting depth" in (error.problem or "") and len(text) > mark.index:
            return parse(text[: mark.index], name=name)  # the library's limit; ours lies before it and names its place
        place = Place(name, mark.line + 1, mark.column + 1) if mark else top
        faults.add(place, f"isn't readable YAML: {clean(error.problem or 'syntax error')}.", _syntax_remedy(error))
        raise ContentError(faults.found) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the reader in Python passes on what an escape can't say
        faults.add(
            top, f"isn't readable YAML: {clean(str(error).partition(chr(10))[0])}.", "Look for an escape such as `\\U` in quotes."
        )
        raise ContentError(faults.found) from None
    faults.stop_if_any()
    if node is None or node.value is None:
        raise ContentError([Fault(top, "is empty.", "Write something in it or remove the file.")])
    return node


def _syntax_remedy(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "\\t" in problem or "token" in problem:
        return "Indent with spaces, and quote text that holds `: `, `#`, `%`, `@` or a leading `*`, `&`, `!`."
    if "mapping values" in problem:
        return "Quote text that holds a colon followed by a space."
    return "Check indentation, brackets and quotes on this line and the one above."


class _Builder:
    """Builds the tree from the parser's events, without recursion."""

    def __init__(self, name: str, faults: Faults) -> None:
        self.name, self.faults, self.documents = name, faults, 0

    def build(self, text: str) -> Node | None:
        loader = _Loader(text)
        around = _Open(Place(self.name, 1, 1), None, is_mapping=False)
        try:
            self._fill(around, iter(loader.get_event, None))
        finally:
            loader.dispose()
        return around.whole[0] if around.whole else None

    def _fill(self, inner: _Open, events: Iterator[Any]) -> None:
        name, scalar = self.name, yaml.ScalarEvent
        for event in events:
            kind = event.__class__
            if kind is scalar:
                value, mark = event.value, event.start_mark
                place = _new(Place, (name, mark.line + 1, mark.column + 1))
                if value in _NOTHING or value[0] in _NUMERIC or len(value) > LONGEST_TEXT or event.anchor or event.tag:
                    value = self.scalar(event)
                if inner.wants_key:
                    inner.key = value if value.__class__ is str and value != "<<" else self.key(value, place)
                    inner.at, inner.wants_key = place, False
                    continue
                node, plain = _new(Node, (value, place, None, None)), value
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node, plain, inner = inner.node(), inner.plain, inner.outer
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                inner = self.open(event, inner, is_mapping=kind is yaml.MappingStartEvent)
                continue
            else:
                self.other(event)
                continue
            if not inner.is_mapping:
                inner.whole.append(node)
                inner.plain.append(plain)
            elif inner.wants_key:
                inner.key, inner.at, inner.wants_key = self.key(None, node.place), node.place, False
            else:
                key = inner.key
                if key in inner.whole:
                    self.repeated(inner)
                inner.whole[key], inner.places[key], inner.plain[key], inner.wants_key = node, inner.at, plain, True

    def open(self, event: Any, outer: _Open, *, is_mapping: bool) -> _Open:
        """A list or mapping that begins inside another."""
        if event.anchor or event.tag:
            self.plainness(event)
        if outer.depth >= DEEPEST:
            self.fault(event, f"is nested deeper than {DEEPEST} levels.", "Name a part with `define`.", stop=True)
        return _Open(self.place(event), outer, is_mapping=is_mapping)

    def other(self, event: Any) -> None:
        """What is neither a value nor its beginning or end."""
        if event.__class__ is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                self.fault(event, "holds several documents.", "Keep one document; remove `---`.", stop=True)
        elif event.__class__ is yaml.AliasEvent:
            self.fault(event, "uses an alias (`*name`).", "Write the value out in full.", stop=True)

    def place(self, event: yaml.Event) -> Place:
        mark: Any = event.start_mark
        return Place(self.name, mark.line + 1, mark.column + 1)

    def fault(self, at: yaml.Event | Place, what: str, remedy: str, *, stop: bool = False) -> None:
        self.faults.add(at if isinstance(at, Place) else self.place(at), what, remedy)
        if stop or len(self.faults.found) >= MOST_FAULTS:
            raise ContentError(self.faults.found)

    def plainness(self, event: Any) -> None:
        if event.anchor:
            self.fault(event, f"uses an anchor (`&{clean(event.anchor)}`).", "Write the value out where it is needed.")
        if event.tag:
            self.fault(event, f"uses a tag (`{clean(event.tag)}`).", "Remove the tag; write plain values.")

    def scalar(self, event: Any) -> str | int | float | None:
        text: str = event.value
        self.plainness(event)
        if len(text) > LONGEST_TEXT:
            self.fault(event, f"has a text of more than {LONGEST_TEXT:,} characters.", "Shorten it.")
        if not event.implicit[0]:
            return text
        if text in _NOTHING:
            return None
        if text[0] not in _NUMERIC:
            return text
        if _NUMBER.match(text):
            if len(text) > 15:
                self.fault(event, f"has a number of {len(text)} characters.", "Use a number of at most 15 characters.")
                return 0
            return float(text) if "." in text else int(text)
        if _SURPRISE.match(text):
            remedy = "Write a plain number such as `12` or `0.5`, or quote it if it is text."
            self.fault(event, f"has `{clean(text)}`, which YAML readers take in different ways.", remedy)
        return text

    def key(self, value: str | float | None, place: Place) -> str:
        """A key that isn't simply a word; None stands for one that can't be one."""
        if value is None:
            self.fault(place, "has a key that isn't a plain word.", "Write `name: value`.")
        elif value == "<<":
            self.fault(place, "uses a merge key (`<<`).", "Write the values out in full.")
        return "?" if value is None else str(value)

    def repeated(self, parent: _Open) -> None:
        """A key that stands twice."""
        first = parent.places[parent.key].line
        self.fault(parent.at, f"repeats the key `{clean(parent.key)}` (first on line {first}).", "Remove one of them.")


class _Open:
    """A list or mapping whose end hasn't been read yet, in the one around it; a mapping with the key that came last."""

    __slots__ = ("at", "depth", "is_mapping", "key", "outer", "place", "places", "plain", "wants_key", "whole")

    def __init__(self, place: Place, outer: Any, *, is_mapping: bool) -> None:
        self.place, self.outer, self.depth = place, outer, outer.depth + 1 if outer is not None else 0
        self.is_mapping = self.wants_key = is_mapping
        self.whole: Any = {} if is_mapping else []
        self.plain: Any = {} if is_mapping else []
        self.places: dict[str, Place] = {}
        self.key, self.at = "", place

    def node(self) -> Node:
        return Node(self.whole, self.place, self.places if self.is_mapping else None, self.plain)
