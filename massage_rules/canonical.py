"""One way to write data as bytes, so that what is the same is the same byte for byte, on every Python and machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping

import rfc8785

from massage_rules.errors import ContentError, Fault, Place

_written = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: object, *, name: str) -> bytes:
    """Plain data as canonical JSON (RFC 8785): UTF-8, sorted keys, one way to write each number.

    Raises ContentError under this name for what JSON can't say, such as half a character.
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        what = "holds text or a number that JSON can't say."
        raise ContentError([Fault(Place(name), what, "Look for half a character, or a number beyond 2^53.")]) from None


def digest(plain: object) -> str:
    """The SHA-256 of plain data, in the order in which it was written."""
    return _sha256(_written(plain))


def digests(plain: Mapping[str, object], *, each: Collection[str]) -> tuple[str, dict[str, str]]:
    """The digest of plain data by name, as `digest` gives it for the list of names with their data, and some of them alone."""
    written = {name: _written(data) for name, data in plain.items()}
    whole = ", ".join(f"[{_written(name)}, {text}]" for name, text in written.items())
    return _sha256(f"[{whole}]"), {name: _sha256(written[name]) for name in each}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
