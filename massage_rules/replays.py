"""A stored record answered again: the same bytes, or which rules changed and what that changed in the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.errors import ProfileError
from massage_rules.profile import read_profile
from massage_rules.record import Record, read_record, recorded

Plain: TypeAlias = "Mapping[str, Any]"
_NAMED = 6
_LISTS = {"consults": ("who", "urgency"), "questions": ("id",), "easing_questions": ("id",), "progress": ("site", "action")}
_DECIDED = ("verdict", "limits", "pressure", "dose", "course")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleChange(_Part):
    """A rule that isn't as it was, or whose text is but which says something else of this client, before and after."""

    rule: str
    change: Literal["added", "removed", "changed", "unchanged"]
    before: str
    after: str

    def __str__(self) -> str:
        said = f"{self.before} then, {self.after} now" if self.before and self.after else self.before or self.after
        return f"{self.change}: {self.rule} ({said})"


class Difference(_Part):
    """Something that the answer says differently of the client or of a technique at a site, before and after.

    `rules` are the changed rules that bear on it.
    """

    where: str
    technique: str
    what: str
    before: str
    after: str
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.told(self.technique)

    def told(self, techniques: str) -> str:
        """The difference in words, as that of these techniques."""
        where = f"{self.where}, {techniques}" if techniques else self.where
        because = f" [{', '.join(self.rules)}]" if self.rules else ""
        return f"{where}: {self.what}: {self.before or 'nothing'} → {self.after or 'nothing'}{because}"


class Replay(_Part):
    """What became of a stored answer.

    `same` says that nothing differs but, perhaps, who worked it out; `record` is then the stored one, byte for byte where
    that is the same too. `faults` says why today's vocabulary or rules can't read the client any more; there is no
    `record` then.
    """

    same: bool
    record: bytes
    rules: tuple[RuleChange, ...]
    data: tuple[str, ...]
    differences: tuple[Difference, ...]
    faults: tuple[str, ...]
    before: dict[str, str]
    after: dict[str, str]

    @property
    def spoke(self) -> tuple[RuleChange, ...]:
        """The changed rules that said something of this client, then or now: that they hold or can't be told."""
        return tuple(r for r in self.rules if {r.before, r.after} & {"holds", "can't be told"})

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def replay(record: bytes | str | Path, *, evaluator: Evaluator | None = None) -> Replay:
    """A stored record, as bytes or as the path of its file, answered again by the rules of today.

    Raises ContentError where the record can't be read.
    """
    old, ready = read_record(record), evaluator or shipped_evaluator()
    try:
        client = read_profile(old.profile, vocabulary=ready.rulebook.vocabulary)
        core: Literal["checked", "compiled"] = "compiled" if old.basis.get("second_opinion") == "none" else "checked"
        advice = ready.recommend(client, core=core)
    except ProfileError as error:
        return _unread(old, ready, error)
    new = recorded(advice, mask=old.mask)
    changes = tuple(_rule_changes(old.rules.said(), new.rules.said()))
    return Replay(
        same=old.compared() == new.compared(),
        record=new.to_bytes(),
        rules=changes,
        data=_data_changes(old.data, new.data),
        differences=differences(old.answer, new.answer, {c.rule for c in changes}),
        faults=(),
        before=_names(old.basis),
        after=_names(new.basis),
    )


def _unread(old: Record, evaluator: Evaluator, error: ProfileError) -> Replay:
    """A client whom today's vocabulary or rules can't read: the rules can still be compared, the answers can't."""
    rulebook = evaluator.rulebook
    now = {rule.id: ("", rule.digest[:16]) for rule in rulebook.rules.values()}
    after = {"rulebook_version": rulebook.version, "rulebook_digest": rulebook.digest}
    return Replay(
        same=False,
        record=b"",
        rules=tuple(c for c in _rule_changes(old.rules.said(), now) if c.change != "unchanged"),
        data=_data_changes(old.data, rulebook.data),
        differences=(),
        faults=tuple(str(f) for f in error.faults),
        before=_names(old.basis),
        after=after,
    )


def _names(basis: Plain) -> dict[str, str]:
    return {
        k: str(basis.get(k, "")) for k in ("rulebook_version", "rulebook_digest", "library_version", "core", "second_opinion")
    }


def _rule_changes(old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]]) -> Iterator[RuleChange]:
    for rule in sorted({*old, *new}):
        before, after = old.get(rule), new.get(rule)
        if before is None or after is None:
            change: Literal["added", "removed"] = "added" if before is None else "removed"
            yield RuleChange(rule=rule, change=change, before=before[0] if before else "", after=after[0] if after else "")
        elif before != after:
            same_text = before[1] == after[1]
            yield RuleChange(rule=rule, change="unchanged" if same_text else "changed", before=before[0], after=after[0])


def _data_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


def differences(old: Plain, new: Plain, changed: set[str]) -> tuple[Difference, ...]:
    """Where two answers differ, what decides first and mere words last; `changed` are the rules that may be to blame."""
    return tuple(sorted(_differences(old, new, changed), key=lambda d: d.what.startswith("words")))


def _differences(old: Plain, new: Plain, changed: set[str]) -> Iterator[Difference]:
    if old.get("disposition") != new.get("disposition"):
        speaking = changed & {*(old.get("reasons") or {}), *(new.get("reasons") or {})}
        yield _difference("client", "disposition", old.get("disposition"), new.get("disposition"), speaking)
    yield from _site_differences(old, new, changed)
    then: Any
    now: Any
    for key, ids in _LISTS.items():
        then, now = ([" ".join(str(e.get(i)) for i in ids) for e in answer.get(key) or ()] for answer in (old, new))
        if then != now:
            bearing = {r for a in (old, new) for e in a.get(key) or () for r in e.get("rules", ())}
            yield _difference("client", key, then, now, bearing & changed)
        elif old.get(key) != new.get(key):
            yield _difference("client", f"words of `{key}`", "one thing", "another", set())
    reasons = [a.get("reasons") or {} for a in (old, new)]
    moved = {r for r in {*reasons[0], *reasons[1]} if reasons[0].get(r) != reasons[1].get(r)}
    if moved:
        yield _difference("client", "reasons", sorted(moved & set(reasons[0])), sorted(moved & set(reasons[1])), moved & changed)
    for key in sorted({*old, *new} - {"schema_version", "basis", "disposition", "sites", "reasons", *_LISTS}):
        if old.get(key) != new.get(key):
            worded = isinstance(old.get(key), str) and isinstance(new.get(key), str)
            then, now = (old[key], new[key]) if worded else ("one thing", "another")
            yield _difference("client", f"words of `{key}`", then, now, set())


def _site_differences(old: Plain, new: Plain, changed: set[str]) -> Iterator[Difference]:
    old_sites, new_sites = old.get("sites") or [], new.get("sites") or []
    for number in range(max(len(old_sites), len(new_sites))):
        sites = [s[number] if number < len(s) else {} for s in (old_sites, new_sites)]
        label = str((sites[1] or sites[0]).get("label", number))
        before, after = ({t["technique"]: t for t in s.get("techniques", ())} for s in sites)
        for name in sorted({*before, *after}):
            yield from _technique_differences(label, before.get(name, {}), after.get(name, {}), changed)
        if list(before) != list(after) and sorted(before) == sorted(after):
            yield _difference(label, "order of techniques", "one", "another", set())


def _technique_differences(label: str, old: Plain, new: Plain, changed: set[str]) -> Iterator[Difference]:
    if old == new:
        return
    name = str((new or old).get("technique"))
    bearing = {r for t in (old, new) for r in t.get("reasons", ())}
    bearing |= {r for t in (old, new) for b in t.get("limits", ()) for r in b.get("rules", ())}
    usable = any(t.get("verdict") in ("suitable", "adapt") for t in (old, new))
    found = False
    for key in _DECIDED if usable else _DECIDED[:1]:
        before, after = _in_words(key, old.get(key), new.get(key)), _in_words(key, new.get(key), old.get(key))
        if before != after:
            found = True
            yield _difference(label, key, before, after, bearing & changed, technique=name)
    if not found:
        keys = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
        yield _difference(
            label, f"words of {', '.join(f'`{k}`' for k in keys)}", "one thing", "another", bearing & changed, technique=name
        )


def _in_words(key: str, value: Any, other: Any) -> str:
    """What decides, in words; of limits, those that the other answer doesn't have."""
    match key, value:
        case _, None:
            return ""
        case "limits", list():
            theirs = {bound.get("words") for bound in other or ()}
            return "; ".join(str(bound.get("words")) for bound in value if bound.get("words") not in theirs)
        case "pressure", [low, high]:
            return f"{low:g} to {high:g}"
        case "dose", list():
            return "; ".join(f"{f.get('name')} {f.get('low'):g} to {f.get('high'):g}" for f in value)
        case "course", dict():
            return "; ".join(f"{name} {value[name]}" for name in sorted(value))
        case _:
            return str(value)


def _difference(where: str, what: str, before: Any, after: Any, rules: set[str], *, technique: str = "") -> Difference:
    def words(value: Any) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")

    return Difference(
        where=where, technique=technique, what=what, before=words(before), after=words(after), rules=tuple(sorted(rules))
    )


def _gathered(found: Iterable[Difference]) -> Iterator[str]:
    """The differences in words, what is the same for several techniques said once."""
    groups: dict[Difference, list[str]] = {}
    for difference in found:
        groups.setdefault(difference.model_copy(update={"technique": ""}), []).append(difference.technique)
    for difference, techniques in groups.items():
        names = [t for t in techniques if t]
        yield difference.told(", ".join(names) if len(names) <= _NAMED else f"{len(names)} techniques")


def _lines(found: Replay) -> Iterator[str]:
    yield "The same answer." if found.same else "NOT THE SAME"
    for name, label in (("rulebook_digest", "Rulebook"), ("library_version", "Library"), ("second_opinion", "Second opinion")):
        before, after = found.before.get(name, "")[:24], found.after.get(name, "")[:24]
        if before != after and after:
            yield f"{label}: {before} then, {after} now."
    if found.faults:
        yield "The client can't be read by today's rules:"
        yield from (f"  {fault}" for fault in found.faults)
    if found.rules:
        spoke = found.spoke
        yield "RULES"
        yield from (f"  {rule}" for rule in spoke)
        if silent := len(found.rules) - len(spoke):
            yield f"  {silent} more {'has' if silent == 1 else 'have'} changed, and said nothing of this client then or now."
    if found.data:
        yield f"FACTS, TECHNIQUES AND SOURCES changed: {', '.join(found.data)}"
    if found.differences:
        yield "ANSWER"
        yield from (f"  {words}" for words in _gathered(found.differences))
    if not (found.same or found.data or found.faults or any(rule.change != "unchanged" for rule in found.rules)):
        yield "No rule and no file has changed: the library has, or the record isn't as it was written."
