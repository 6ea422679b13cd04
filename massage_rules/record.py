"""The record of an answer: what was told, what every rule said, with what it was worked out, and the whole answer.

A record needs nothing beside it. It is canonical JSON (RFC 8785), so that the same answer has the same bytes on every
Python and machine, but for three names in the answer's `basis`: the library's version and the two evaluators that agreed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, ValidationError

from massage_rules.advice import digest_of
from massage_rules.answer import Advice
from massage_rules.canonical import canonical
from massage_rules.errors import ContentError, EvaluationError, Fault, Place, clean
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import truths
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction
from massage_rules.views import views

RECORD_VERSION = "1.0"
LARGEST = 64_000_000
APART = ("core", "second_opinion", "library_version")
_SHORT = 16

Digests = dict[str, str]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rules(_Part):
    """Every rule of the rulebook by what it said of the client, with the digest of its text."""

    holds: Digests
    open: Digests
    fails: Digests

    def said(self) -> dict[str, tuple[str, str]]:
        """For every rule, what it said and its digest."""
        words = (("holds", self.holds), ("can't be told", self.open), ("doesn't hold", self.fails))
        return {rule: (said, digest) for said, rules in words for rule, digest in rules.items()}


class Mask(_Part):
    """What was masked, by its place in the profile, and what that changed in the answer."""

    age: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Record(_Part):
    """An answer with all that it rests on; `data` has the digest of each file of facts, techniques and sources.

    `mask` is absent from a record that isn't masked.
    """

    schema_version: str
    profile: dict[str, Any]
    rules: Rules
    data: Digests
    answer: dict[str, Any]
    mask: Mask | None = None

    def to_bytes(self) -> bytes:
        """The record as it is stored."""
        return canonical(self._plain(), name="record")

    def compared(self) -> bytes:
        """What a replay compares: all of it but the three names of who worked it out."""
        basis = {k: v for k, v in self.basis.items() if k not in APART}
        return canonical({**self._plain(), "answer": {**self.answer, "basis": basis}}, name="record")

    def _plain(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"mask"} if self.mask is None else None)

    @property
    def basis(self) -> Mapping[str, Any]:
        """What the answer was worked out with."""
        found: Any = self.answer.get("basis")
        return found if isinstance(found, dict) else {}


def recorded(advice: Advice, *, mask: Mask | None = None) -> Record:
    """The record of an answer.

    Raises LookupError for an answer that was read back without its client and rules, and EvaluationError where it speaks
    of another client than it holds, or rests on other rules.
    """
    client, rulebook = advice.profile, advice.rulebook
    if (advice.basis.profile_digest, advice.basis.rulebook_digest) != (digest_of(client), rulebook.digest):
        raise EvaluationError(
            "the answer isn't about the client or the rules that it holds. Record the answer that `recommend` gave."
        )
    return Record(
        schema_version=RECORD_VERSION,
        profile=client.to_dict(),
        rules=_said(rulebook, client),
        data=dict(rulebook.data),
        answer=advice.model_dump(mode="json"),
        mask=mask,
    )


def _said(rulebook: Rulebook, client: ProfileBase) -> Rules:
    """What each rule says of a client, over all views, by the definition itself."""
    told = [truths(rulebook, view.facts) for view in views(client).views]
    found: dict[Truth, Digests] = {TRUE: {}, UNKNOWN: {}, FALSE: {}}
    for rule in rulebook.rules.values():
        found[disjunction([said[rule.id] for said in told])][rule.id] = rule.digest[:_SHORT]
    return Rules(holds=found[TRUE], open=found[UNKNOWN], fails=found[FALSE])


def read_record(record: bytes | str | Path) -> Record:
    """The record in its bytes, or in the file at a path. Raises ContentError where it can't be read."""
    name = "record" if isinstance(record, bytes) else Path(record).name
    plain = _parsed(record if isinstance(record, bytes) else _bytes_of(Path(record)), name)
    version = plain.get("schema_version")
    if not isinstance(version, str) or version.partition(".")[0] != RECORD_VERSION.partition(".")[0]:
        remedy = f"This library reads version {RECORD_VERSION}. Read it with the library named in its `basis`."
        raise _fault(name, f"is a record of version `{clean(version)}`.", remedy)
    try:
        return Record.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise _fault(name, f"`{clean(path)}` isn't as a record has it.", "Give a record as `advice.record()` wrote it.") from None


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise _fault(path.name, f"can't be read: {why}.", "Check the path.") from None


def _parsed(raw: bytes, name: str) -> dict[str, Any]:
    if len(raw) > LARGEST:
        raise _fault(name, f"is larger than {LARGEST:,} bytes.", "Give one record.")
    try:
        plain = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _fault(name, "isn't a record: it can't be read as JSON.", "Give the bytes that `advice.record()` wrote.") from None
    if not isinstance(plain, dict):
        raise _fault(name, "isn't a record.", "Give the bytes that `advice.record()` wrote.")
    return plain


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


def _fault(name: str, what: str, remedy: str) -> ContentError:
    return ContentError([Fault(Place(clean(name)), what, remedy)])


def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record; it refers to those of a profile and of an answer."""
    schema = Record.model_json_schema(mode="serialization")
    for part, file in (("profile", "profile"), ("answer", "advice")):
        schema["properties"][part] = {"$ref": f"{file}.schema.json"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
