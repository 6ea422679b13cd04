"""One way to write data as bytes, so that what is the same is the same byte for byte, on every Python and machine."""

from __future__ import annotations

import hashlib
import json

import rfc8785

from massage_rules.errors import ContentError, Fault, Place


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
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
