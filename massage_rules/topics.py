"""Topics: the dangers that people think of as one. Rules of one topic at one place are told as one alert.

Read from data/topics.yaml, strictly. Topics sort what is told; they change no verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from massage_rules._yaml import Node
from massage_rules.errors import Faults, clean


@dataclass(frozen=True, slots=True)
class Topic:
    """A danger, its name for people, the patterns of the rules that speak of it, and whether it's told once for all places."""

    id: str
    label: str
    patterns: tuple[str, ...] = ()
    everywhere: bool = False


OTHER = Topic("other", "Other")


def read_topics(node: Node, faults: Faults) -> tuple[Topic, ...]:
    """The topics of a file, gravest first; faults are collected."""
    found: dict[str, Topic] = {}
    owners: dict[str, str] = {}
    node.allow({"topics"}, faults, what="the topics")
    top = node.mapping(faults, what="the topics").get("topics")
    for name, item in top.mapping(faults, what="`topics`").items() if top is not None else ():
        entry = item.mapping(faults, what=f"topic `{clean(name)}`")
        item.allow({"label", "rules", "everywhere"}, faults, what=f"topic `{clean(name)}`")
        for key in ("label", "rules"):
            if key not in entry:
                faults.add(item.place, f"topic `{clean(name)}` has no `{key}`.", f"Add `{key}:`.")
        label = entry["label"].text(faults, what="`label`") if "label" in entry else ""
        patterns = entry["rules"].words(faults, what="`rules`") if "rules" in entry else ()
        for pattern in patterns:
            if pattern in owners:
                what = f"`{clean(pattern)}` stands under two topics, `{clean(owners[pattern])}` and `{clean(name)}`."
                faults.add(item.place, what, "A rule has one topic; remove one of them.")
            owners[pattern] = name
        everywhere = entry["everywhere"].text(faults, what="`everywhere`") if "everywhere" in entry else "no"
        if everywhere not in ("yes", "no"):
            faults.add(entry["everywhere"].place, f"`everywhere` can't be `{clean(everywhere)}`.", "Write `yes` or `no`.")
        found[name] = Topic(name, label, patterns, everywhere == "yes")
    return tuple(found.values())


def topic_of(topics: Sequence[Topic], rule: str) -> Topic:
    """The topic with the longest pattern that fits a rule's id, the gravest of several; `other` where none fits."""
    fitting = [(len(p), -place, t) for place, t in enumerate(topics) for p in t.patterns if fnmatchcase(rule, p)]
    return max(fitting, key=lambda f: f[:2])[2] if fitting else OTHER
