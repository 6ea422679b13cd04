"""Finds words that must never be used of massage, in whatever form they come, unless they are denied.

`made(text, phrase)` is true where a text makes the claim of a phrase. Words are compared by their stems, in any order within a
few words of each other; particles such as *down* don't count. Phrases with *no* or a number are taken as they stand. A claim is
denied by a negation before it in the same clause whose reach nothing ends, or by words after it such as *is a myth*. Where it's
doubtful whether a claim is denied, it counts as made.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product

_CLAUSE = re.compile(r"(?<=[.;:!?])\s+|\n+|\s[\u2014\u2013]\s|[()\[\]\u201c\u201d\"]")
_WORD = re.compile(r"[a-z0-9_]+(?:'[a-z]+)?|,")
_IRREGULAR = {
    "broke": "break", "broken": "break", "sped": "speed", "speed": "speed", "unstuck": "unstick", "removal": "remov", "dissolution": "dissolv",
    "acceleration": "accelerat", "prevention": "prevent", "reduction": "reduc", "is": "is", "this": "this", "anti": "anti",
}  # fmt: skip
_WEAK = {"a", "an", "the", "it", "is", "to", "of", "up", "down", "out", "away", "by", "in", "on", "for", "that"}
_AS_IT_STANDS = {"no", "not", "100", "percent"}
_NEGATORS = {"not", "never", "cannot", "neither", "nor", "nobody", "nothing", "none", "avoid", "avoids", "unlikely", "myth"}
_PROOF = {"trial", "trials", "study", "studies", "evidence", "proof", "research", "review", "toxin", "toxins", "source", "sign"}
_ENDS_REACH = {
    "but",
    "yet",
    "however",
    "although",
    "though",
    "while",
    "because",
    "since",
    "and",
    "so",
    "fail",
    "fails",
    "failed",
    "doubt",
}
_SUBJECTS = {"it", "this", "massage", "we", "they", "you", "deep", "our"}
_ONLY = {"only", "merely", "just", "simply"}
_DISPROVED = {"myth", "unproven", "untrue", "false", "unsupported", "disproved"}
_SHOWN = {"shown", "proven", "true", "so", "supported", "established", "known", "possible", "happen", "work"}
_REACH = 12


def made(text: str, phrase: str) -> bool:
    """Whether a text makes the claim of a phrase, in any of its clauses, undenied."""
    wanted = [stem(w) for w in _WORD.findall(_plain(phrase))]
    strong = [w for w in wanted if w not in _WEAK]
    in_order = bool(set(wanted) & _AS_IT_STANDS) or (len(wanted) > 1 and len(strong) < 2)
    return any(
        not _denied(words, first, last)
        for words, stems in _clauses(text)
        if set(stems).issuperset(strong)
        for first, last in (_in_order(stems, wanted) if in_order else _together(stems, strong))
    )


@cache
def _clauses(text: str) -> list[tuple[list[str], list[str]]]:
    found = [_WORD.findall(clause) for clause in _CLAUSE.split(_plain(text))]
    return [(words, [stem(w) for w in words]) for words in found if words]


def _in_order(stems: list[str], wanted: list[str]) -> list[tuple[int, int]]:
    """Where the words stand one after the other, but for commas; only the first of them is given."""
    at = [i for i, w in enumerate(stems) if w != ","]
    return [(k, k) for n, k in enumerate(at) if [stems[i] for i in at[n : n + len(wanted)]] == wanted]


def _together(stems: list[str], strong: list[str]) -> list[tuple[int, int]]:
    """First and last word of each place where the words stand near each other, in any order."""
    places = [[i for i, w in enumerate(stems) if w == s] for s in strong]
    spans = {(min(chosen), max(chosen)) for chosen in product(*places) if len(set(chosen)) == len(chosen)}
    return sorted((first, last) for first, last in spans if last - first < len(strong) + 3)


def _denied(words: list[str], first: int, last: int) -> bool:
    for i in range(last - 1, max(-1, first - _REACH), -1):
        directly = words[i] == "no" and first <= i + 1
        if directly or (_negates(words, i) and not _reach_ends(words[i + 1 : max(first, i + 1)])):
            return True
    after = words[last + 1 : last + 11]
    unsaid = re.search(r"\bnobody should (make|say|use|promise)\b", " ".join(after)) is not None
    after = after[: next((i for i in range(len(after)) if _reach_ends(after[i : i + 2])), None)]
    return unsaid or any(w in _DISPROVED or (_is_not(w) and _SHOWN & set(after[i:])) for i, w in enumerate(after))


def _negates(words: list[str], i: int) -> bool:
    word, following = words[i], words[i + 1 : i + 5]
    if _is_not(word) or word in _NEGATORS:
        return not following or following[0] not in _ONLY
    return word == "no" and bool(_PROOF & set(following))


def _reach_ends(between: list[str]) -> bool:
    """Whether something between a negation and a claim ends what the negation reaches."""
    a_new_subject = any(w == "," and set(between[i + 1 : i + 2]) & _SUBJECTS for i, w in enumerate(between))
    return a_new_subject or bool(_ENDS_REACH & set(between))


def _is_not(word: str) -> bool:
    return word.endswith("n't") or word == "not"


def _plain(text: str) -> str:
    lower = text.casefold().replace("\u2019", "'").replace("%", " percent").replace("per cent", "percent")
    return re.sub(r"(?<=[a-z])[-/](?=[a-z])", " ", lower)


def stem(word: str) -> str:
    """A word without its endings, so that *dissolves*, *dissolved* and *dissolving* are one."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.startswith("detox"):
        return "detox"
    for ending in ("ing", "ed", "es", "ly", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl" else word
