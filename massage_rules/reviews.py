"""Clinicians' signatures under rules: who signed which rule, when, and on what it said.

A signature stands apart from its rule, with a digest of all that was agreed to. It counts for as long as the rule says the
same; a rule that has changed has lost it. Every other rule is unreviewed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from massage_rules._yaml import Node, parse
from massage_rules.conditions import OneOf
from massage_rules.effects import Adapt, Scope
from massage_rules.errors import ContentError, Fault, Faults, Place, clean, nearest
from massage_rules.languages import Language, english
from massage_rules.regions import Regions

if TYPE_CHECKING:
    from massage_rules.rulebook import Rulebook

State: TypeAlias = Literal["unreviewed", "reviewed", "changed since review"]
FILE = "reviews.yaml"
_REQUIRED = ("rule", "by", "profession", "on", "digest")
_KEYS = (*_REQUIRED, "note")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_HEAD = "# Clinicians' signatures under rules. Written by `massage-rules review`.\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """What one clinician signed: a rule, as it was on a day."""

    rule: str
    by: str
    profession: str
    on: date
    digest: str
    note: str = ""
    place: Place = Place(FILE)  # noqa: RUF009  (a frozen value)

    @property
    def words(self) -> str:
        """Who signed, and when, in English."""
        return self.told(english())

    def told(self, say: Language) -> str:
        """Who signed, and when."""
        return say("review.signature", day=say.day(self.on), by=self.by, profession=self.profession)


@dataclass(frozen=True, slots=True)
class Review:
    """Whether a rule is signed as it stands, with the signatures that say so; or those that it has lost."""

    state: State = "unreviewed"
    signatures: tuple[Signature, ...] = ()

    @property
    def words(self) -> str:
        """The state in English, with who signed and when."""
        return self.told(english())

    def told(self, say: Language) -> str:
        """The state in words, with who signed and when."""
        match self.state:
            case "reviewed":
                return say("review.reviewed", signatures=f" {say('review.and')} ".join(s.told(say) for s in self.signatures))
            case "changed since review":
                return say("review.changed", signature=self.signatures[-1].told(say))
            case _:
                return say("review.unreviewed")


def reviews(rulebook: Rulebook, signatures: Iterable[Signature]) -> dict[str, Review]:
    """The state of every rule that was ever signed: signatures count where they were given on what it says now."""
    given: dict[str, list[Signature]] = {}
    for signature in sorted(signatures, key=lambda s: (s.on, s.by)):
        given.setdefault(signature.rule, []).append(signature)
    return {rule: _review(digest_of_rule(rulebook, rule), mine) for rule, mine in sorted(given.items())}


def _review(now: str, given: Sequence[Signature]) -> Review:
    valid = tuple(s for s in given if s.digest == now)
    return Review("reviewed", valid) if valid else Review("changed since review", tuple(given))


def disclaimer(states: Collection[State], *, any_signed: bool, say: Language) -> str:
    """What every answer says of itself, with how many of the rules shown are signed as they stand."""
    signed = sum(state == "reviewed" for state in states)
    key = "disclaimer.one" if signed == 1 else "disclaimer.some"
    reviewed = say(key, signed=signed, n=len(states)) if any_signed else say("disclaimer.none")
    return f"{say('disclaimer.supports')} {reviewed}"


# What a signature is given on


def digest_of_rule(rulebook: Rulebook, rule_id: str) -> str:
    """The digest of all that a clinician agrees to: what a rule means, and its words.

    Its meaning is its condition, its effect, every definition that it uses, and of every fact that these read the unit, the
    exact definition and when it is due. Layout, places in files and names of groups aren't part of it.
    """
    rule, regions = rulebook.rules[rule_id], rulebook.vocabulary.regions
    agreed = {
        "rule": rule.id,
        "when": _plain(rule.when, regions),
        "effect": _plain(rule.effect, regions),
        "definitions": {
            name: sorted((_plain(r.when, regions) for r in rulebook.definitions[name]), key=_written)
            for name in rulebook.definitions_of(rule_id)
        },
        "facts": {name: _fact(rulebook, name) for name in rulebook.reads(rule_id)},
        "words": [_words(text) for text in (rule.title, rule.because, rule.limits, rule.do)],
        "references": rule.references,
    }
    return f"sha256:{hashlib.sha256(_written(agreed).encode()).hexdigest()}"


def _fact(rulebook: Rulebook, name: str) -> list[Any]:
    fact, regions = rulebook.vocabulary.facts[name], rulebook.vocabulary.regions
    return [fact.unit, _words(fact.define), [_plain(gate, regions) for gate in rulebook.vocabulary.gates(name)]]


def _plain(value: object, regions: Regions) -> Any:
    """Conditions and effects as plain data that is written in one way; what is as if unsaid is left out."""
    match value:
        case OneOf("region", values):
            return ["region", sorted(name for name in values if regions.parts(name) == {name})]
        case bool():
            return value
        case int() | float():
            return float(value)
        case str():
            return _words(value)
        case frozenset():
            return sorted(_plain(v, regions) for v in value)
        case tuple() | list():
            return [_plain(v, regions) for v in value]
        case Mapping():
            return {str(k): _plain(v, regions) for k, v in value.items()}
        case None:
            return None
    assert is_dataclass(value)
    said = {f.name: getattr(value, f.name) for f in fields(value) if not _as_if_unsaid(value, f)}
    if isinstance(value, Scope) and isinstance(value.where, tuple):
        said["where"] = frozenset().union(*map(regions.parts, value.where))
    if isinstance(value, Adapt) and value.spare:
        said["spare"] = frozenset().union(*map(regions.parts, value.spare))
    return {"is": type(value).__name__, **{name: _plain(v, regions) for name, v in said.items()}}


def _as_if_unsaid(value: object, field: Any) -> bool:
    """Whether a part has the value that it has where nothing is said, so that a new kind of limit voids no signature."""
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return default is not MISSING and getattr(value, field.name) == default


def _words(text: str) -> str:
    return " ".join(text.split())


def _written(plain: object) -> str:
    return json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


# The file of signatures


def read_reviews(node: Node, statuses: Mapping[str, str], faults: Faults) -> tuple[Signature, ...]:
    """The signatures in a file, of rules whose status is known by their ids; faults are collected."""
    found: dict[tuple[str, str, str], Signature] = {}
    for entry in node.listing(faults, what="the file of signatures"):
        signature = _read_signature(entry, faults)
        if signature is None:
            continue
        key = (signature.rule, signature.by, signature.digest)
        status = statuses.get(signature.rule)
        if status is None:
            remedy = nearest(signature.rule, statuses) or "Remove the entry, or correct the id."
            faults.add(entry.place, f"`{clean(signature.rule)}` was signed, but there is no such rule.", remedy)
        elif status != "active":
            remedy = "Remove the entry; what is in force now is signed by itself."
            faults.add(entry.place, f"rule `{signature.rule}` was signed, but its status is `{status}`.", remedy)
        elif key in found:
            faults.add(
                entry.place, f"{clean(signature.by)} signed `{signature.rule}` twice as it stood.", "Remove one of the entries."
            )
        found.setdefault(key, signature)
    return tuple(found.values())


def _read_signature(node: Node, faults: Faults) -> Signature | None:
    before = len(faults.found)
    entry = node.mapping(faults, what="a signature")
    node.allow(set(_KEYS), faults, what="a signature")
    for key in _REQUIRED:
        if isinstance(node.value, dict) and key not in entry:
            faults.add(node.place, f"a signature has no `{key}`.", f"Add `{key}:`, or sign anew with `massage-rules review`.")
    text = {key: entry[key].text(faults, what=f"`{key}`") for key in _KEYS if key in entry}
    if text.get("on") and (on := _day(text["on"])) is None:
        faults.add(entry["on"].place, f"`on` can't be `{clean(text['on'])}`.", "Write a day such as `2026-11-24`.")
    if text.get("digest") and not _DIGEST.fullmatch(text["digest"]):
        what, remedy = "`digest` isn't the digest of a rule.", "It is written by `massage-rules review`; sign anew."
        faults.add(entry["digest"].place, what, remedy)
    if len(faults.found) > before or on is None:
        return None
    return Signature(text["rule"], text["by"], text["profession"], on, text["digest"], text.get("note", ""), node.place)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def signed(rulebook: Rulebook, rule_id: str, *, by: str, profession: str, on: str, note: str = "") -> Signature:
    """A clinician's signature under a rule as it stands. Raises ContentError where it can't be given."""
    place = Place(FILE)
    if rule_id not in rulebook.rules:
        remedy = nearest(rule_id, rulebook.rules) or "Only active rules are signed; `massage-rules rules` lists them."
        raise ContentError([Fault(place, f"there is no rule `{clean(rule_id)}`.", remedy)])
    faults = Faults()
    for name, said in (("by", by), ("profession", profession)):
        if not said.strip() or not said.isprintable():
            faults.add(place, f"`{name}` says nobody.", "Give a name, or what the licence is for.")
    day = _day(on)
    if day is None:
        faults.add(place, f"`on` can't be `{clean(on)}`.", "Write a day such as `2026-11-24`.")
    review = rulebook.review(rule_id)
    if review.state == "reviewed" and any(s.by == by.strip() for s in review.signatures):
        faults.add(place, f"{clean(by)} has signed `{rule_id}` as it stands.", "There is nothing more to sign.")
    faults.stop_if_any()
    assert day is not None
    return Signature(rule_id, by.strip(), profession.strip(), day, digest_of_rule(rulebook, rule_id), _words(note))


def with_signatures(text: str, signatures: Sequence[Signature], *, name: str) -> str:
    """The text of a file of signatures with some more at its end; everything else stays as it was written.

    Raises ContentError where the file isn't a list that can be added to.
    """
    source = text if text.strip() else f"{_HEAD}[]\n"
    old, lines = parse(source, name=name), source.splitlines(keepends=True)
    if old.value == []:
        at = old.place.line - 1
        rest = lines[at].replace("[]", "", 1)
        lines[at] = rest if rest.strip() else ""
    kept = "".join(lines)
    kept += "" if kept.endswith("\n") or not kept else "\n"
    indent = " " * (old.place.column - 1) if old.value else ""
    new = "".join(_entry(signature, indent) for signature in signatures)
    return _checked(kept + new, [*_plain_items(old), *map(_as_data, signatures)], name=name)


def _checked(text: str, wanted: list[object], *, name: str) -> str:
    """The text, once it reads as wanted."""
    try:
        reads = _plain_items(parse(text, name=name))
    except ContentError:
        reads = []
    if reads != wanted:
        remedy = "Write it as a list, each entry with a dash on a line of its own."
        raise ContentError([Fault(Place(name), "can't be added to.", remedy)])
    return text


def _plain_items(node: Node) -> list[object]:
    plain = node.plain()
    return plain if isinstance(plain, list) else []


def _as_data(signature: Signature) -> dict[str, object]:
    said = {key: str(getattr(signature, key)) for key in _KEYS}
    return {key: value for key, value in said.items() if value}


def _entry(signature: Signature, indent: str) -> str:
    quoted: Iterable[tuple[str, str]] = (
        (key, json.dumps(value, ensure_ascii=False) if key in ("by", "profession", "note") else str(value))
        for key, value in _as_data(signature).items()
    )
    return "".join(f"{indent}{'- ' if n == 0 else '  '}{key}: {value}\n" for n, (key, value) in enumerate(quoted))
