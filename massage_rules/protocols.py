"""Protocols: what an operation allows week by week, and the ordinary rules that each protocol stands for.

A protocol says from which week each kind of work opens, who agrees before, how long legs stay gentle for the sake of clots,
and, phase by phase, how far the joint moves and what else is done. It is checked for gaps and overlaps between its weeks
and expands into rules that are read, judged and shown like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from massage_rules._yaml import Node, listed
from massage_rules.errors import Faults, Place, clean, nearest

Week: TypeAlias = float | None
NEVER = "never"
MONTHS_THREE = 12
OPENINGS = {
    "massage": ("massage_too_early", "no massage of the operated part"),
    "gentle": ("only_lightest_pressure", "lightest pressure at most on the operated part"),
    "medium": ("only_gentle_pressure", "gentle pressure at most on the operated part"),
    "firm": ("only_medium_pressure", "medium pressure at most on the operated part"),
    "scar": ("scar_too_early", "no scar work"),
    "scar_firm": ("scar_only_gentle", "scar work stays gentle"),
    "end_range": ("end_range_too_early", "not to the end of the range"),
    "contract_relax": ("contract_relax_too_early", "no work against resistance"),
}
_LADDERS = (("massage", "gentle", "medium", "firm"), ("scar", "scar_firm"))
OWN_WEEKS = "procedure_has_own_weeks"
AGREEMENT = "agreement_due_from_"
CLOT_WINDOW = "clot_window_of_{:g}_weeks"
LOADS = {
    "none": "No weight on the leg or hand.",
    "toe_touch": "The toes may touch the ground, no more.",
    "partial": "Part of the weight, as the team has said.",
    "as_comfortable": "Weight as comfortable.",
    "full": "Full weight.",
}
_WORDS = ("because", "limits", "references", "basis", "carries", "review")
_KEYS = {"protocol", "title", "status", "opens", "agreement", "clot_window", "moves", "phases", "throughout", *_WORDS}
_PHASE = {"weeks", "says", "load", "motion", "moved_by", "no_end_range", "bars", "where", "work", "because", "limits", "carries"}
_MOVED_BY = {"anybody": "joint_movement", "others": "passive_movement"}
_EVERYTHING = ["hands_on", "myofascial_release.self", "joint_movement"]


@dataclass(frozen=True, slots=True)
class Phase:
    """Some weeks of a protocol, from the start of `first` to the start of `end` (None: for good): movement, load and work."""

    first: float
    end: Week
    says: str
    load: str
    motion: Mapping[str, float]
    moved_by: str
    no_end_range: bool
    bars: tuple[str, ...]
    where: tuple[str, ...]
    work: str
    because: str
    limits: str
    carries: tuple[str, ...]
    place: Place

    @property
    def weeks(self) -> str:
        """Its weeks in words."""
        if self.end is None:
            return f"from week {self.first:g} on" if self.first else "for good"
        return f"weeks {self.first:g} to {self.end:g}"


@dataclass(frozen=True, slots=True)
class Protocol:
    """What one operation allows week by week. `opens` gives the first week of each kind of work, None where it stays closed."""

    procedure: str
    title: str
    status: str
    opens: Mapping[str, Week]
    agreement: tuple[str, float] | None
    clot_window: float
    moves: tuple[str, ...]
    phases: tuple[Phase, ...]
    throughout: tuple[Phase, ...]
    words: Mapping[str, Any]
    stem: str
    place: Place

    @property
    def prefix(self) -> str:
        """How the ids of its rules begin."""
        return f"{self.stem}.{self.procedure.replace('_', '-')}."

    def phase_at(self, week: float) -> Phase:
        """The phase that a week falls into."""
        return next(p for p in self.phases if p.end is None or week < p.end)

    def rules(self) -> Iterator[Node]:
        """The ordinary rules that it stands for."""
        yield self._rule("weeks", f"{self.title}: it has weeks of its own", {"procedure": self.procedure}, {"define": OWN_WEEKS})
        yield from self._openings()
        if self.agreement is not None:
            who, until = self.agreement
            title = f"{self.title}: agreement is needed before week {until:g}"
            yield self._rule("agreement", title, self._before(until), {"define": AGREEMENT + who})
        if self.clot_window:
            title = f"{self.title}: legs stay gentle for {self.clot_window:g} weeks"
            yield self._rule(
                "clot-window", title, self._before(self.clot_window), {"define": CLOT_WINDOW.format(self.clot_window)}
            )
        for phase in self.phases:
            yield from self._phase(phase, phase.weeks.replace(" ", "-"))
        for phase in self.throughout:
            yield from self._phase(phase, f"besides.{phase.weeks.replace(' ', '-')}")

    def _openings(self) -> Iterator[Node]:
        closed_until: Week = 0
        for kind, (name, words) in OPENINGS.items():
            week = self.opens[kind]
            follows = any(kind in ladder[1:] for ladder in _LADDERS)
            if week != 0 and not (follows and week == closed_until):
                until = "for good" if week is None else f"before week {week:g}"
                yield self._rule(kind.replace("_", "-"), f"{self.title}: {words} {until}", self._before(week), {"define": name})
            closed_until = week

    def _phase(self, phase: Phase, name: str) -> Iterator[Node]:
        where = list(phase.where or self.moves) or "here"
        title = f"{self.title}, {phase.weeks}: {phase.says}"
        when = self._between(phase.first, phase.end)
        own: dict[str, Any] = {k: v for k in ("because", "limits") if (v := getattr(phase, k))}
        if phase.carries:
            own["carries"] = [*self.words.get("carries", ()), *phase.carries]
        advice = " ".join(t for t in (phase.work, LOADS.get(phase.load, "")) if t)
        if phase.motion or phase.no_end_range:
            adapt: dict[str, Any] = {"techniques": [_MOVED_BY[phase.moved_by]], "where": where}
            if phase.motion:
                adapt["motion"] = {m: {"at_most": most} for m, most in phase.motion.items()}
            if phase.no_end_range:
                adapt["no_end_range"] = "yes"
            yield self._rule(name, title, when, {"adapt": adapt | ({"advice": advice} if advice else {})}, own, phase.place)
        elif advice and not phase.bars:
            yield self._rule(
                name, title, when, {"adapt": {"techniques": _EVERYTHING, "where": "here", "advice": advice}}, own, phase.place
            )
        if phase.bars:
            bars = {"avoid": {"techniques": list(phase.bars), "where": where}}
            yield self._rule(
                f"{name}.barred", title, when, bars, own | ({"do": advice} if advice and not phase.motion else {}), phase.place
            )

    def _before(self, week: Week) -> dict[str, Any]:
        return self._between(0, week)

    def _between(self, first: float, end: Week) -> dict[str, Any]:
        """The condition that a week lies between two; who no longer knows the date may still know that 12 weeks are over."""
        bounds: dict[str, float] = {"at_least": first} if first else {}
        if end is not None and end != MONTHS_THREE:
            bounds["below"] = end
        parts: list[dict[str, Any]] = [{"procedure": self.procedure}]
        if end is not None and end <= MONTHS_THREE:
            parts.append({"recently_operated": "yes"})
        elif end is None and not first:
            parts.append({"operated_here": "yes"})
        return {"all": [*parts, {"weeks_since_surgery": bounds}] if bounds else parts}

    def _rule(
        self,
        name: str,
        title: str,
        when: dict[str, Any],
        effect: dict[str, Any],
        own: Mapping[str, Any] | None = None,
        place: Place | None = None,
    ) -> Node:
        written = {
            "id": f"{self.prefix}{name}",
            "title": title,
            "status": self.status,
            "when": when,
            "effect": effect,
            **self.words,
            **(own or {}),
        }
        return _node(written, place or self.place)


def is_protocol(node: Node) -> bool:
    """Whether an item of a rule file is a protocol rather than a rule."""
    return isinstance(node.value, dict) and "protocol" in node.value


def read_protocol(node: Node, *, stem: str, faults: Faults) -> Protocol | None:
    """The protocol written in a file; None, with faults, where it can't be read."""
    return _Reading(node, stem, faults).protocol()


def rules_and_protocols(files: Mapping[str, Node], faults: Faults) -> tuple[dict[str, Protocol], list[tuple[str, Node]]]:
    """The active protocols by operation, and every rule of the rule files, those that protocols stand for among them."""
    protocols: dict[str, Protocol] = {}
    rules: list[tuple[str, Node]] = []
    for name, file in files.items():
        for node in file.listing(faults, what="a rule file") if not name.startswith("data/") else ():
            if not is_protocol(node):
                rules.append((name, node))
                continue
            protocol = read_protocol(node, stem=Path(name).stem, faults=faults)
            if protocol is None:
                continue
            first = protocols.setdefault(protocol.procedure, protocol)
            if first is not protocol:
                what = f"a protocol for `{protocol.procedure}` stands twice (first in {first.place})."
                faults.add(node.place, what, "Remove one of them.")
            else:
                rules += [(name, rule) for rule in protocol.rules()]
    return {p: protocols[p] for p in sorted(protocols) if protocols[p].status == "active"}, rules


class _Reading:
    """Reads one protocol, collecting faults; what its rules say is checked when they are read in turn."""

    def __init__(self, node: Node, stem: str, faults: Faults) -> None:
        self.node, self.stem, self.faults = node, stem, faults
        self.entry = node.mapping(faults, what="a protocol")
        self.name = str(node.value["protocol"].value) if isinstance(node.value, dict) else ""

    def protocol(self) -> Protocol | None:
        before = len(self.faults.found)
        self.node.allow(_KEYS, self.faults, what="a protocol")
        for key in sorted(_KEYS - {"agreement", "clot_window", "moves", "throughout", "basis", "carries", "review"}):
            if key not in self.entry:
                self.faults.add(self.node.place, f"protocol `{clean(self.name)}` has no `{key}`.", f"Add `{key}:`.")
        if len(self.faults.found) > before:
            return None
        opens = self._opens()
        phases = self._phases("phases")
        self._contiguous(phases)
        found = Protocol(
            procedure=self.name,
            title=self._text("title"),
            status=self._text("status"),
            opens=opens,
            agreement=self._agreement(),
            clot_window=self._week(self.entry["clot_window"], "clot_window") or 0 if "clot_window" in self.entry else 0,
            moves=self.entry["moves"].words(self.faults, what="`moves`") if "moves" in self.entry else (),
            phases=phases,
            throughout=self._phases("throughout") if "throughout" in self.entry else (),
            words={k: self.entry[k].plain() for k in _WORDS if k in self.entry},
            stem=self.stem,
            place=self.node.place,
        )
        return found if len(self.faults.found) == before else None

    def _text(self, key: str) -> str:
        return self.entry[key].text(self.faults, what=f"`{key}`")

    def _week(self, node: Node, what: str) -> Week:
        if node.value == NEVER:
            return None
        if isinstance(node.value, int | float) and node.value >= 0:
            return float(node.value)
        self.faults.add(node.place, f"`{what}` should be a week, counted from the operation.", f"Write a number, or `{NEVER}`.")
        return None

    def _opens(self) -> dict[str, Week]:
        node = self.entry["opens"]
        weeks = node.mapping(self.faults, what="`opens`")
        node.allow(set(OPENINGS), self.faults, what="`opens`")
        for kind in OPENINGS:
            if kind not in weeks:
                self.faults.add(
                    node.place, f"`opens` doesn't say when `{kind}` opens.", f"Add `{kind}:` with a week, or `{NEVER}`."
                )
        found = {kind: self._week(weeks[kind], kind) if kind in weeks else None for kind in OPENINGS}
        for ladder in _LADDERS:
            for lower, higher in pairwise(ladder):
                if higher in weeks and _after(found[lower], found[higher]):
                    self.faults.add(
                        weeks[higher].place,
                        f"`{higher}` opens before `{lower}`, which is milder.",
                        "Correct one of the two weeks.",
                    )
        return found

    def _agreement(self) -> tuple[str, float] | None:
        if "agreement" not in self.entry:
            return None
        node = self.entry["agreement"]
        entry = node.mapping(self.faults, what="`agreement`")
        node.allow({"who", "until"}, self.faults, what="`agreement`")
        if set(entry) != {"who", "until"}:
            self.faults.add(
                node.place, "`agreement` needs `who` and `until`.", "Name the clinician and the week until which one is asked."
            )
            return None
        return entry["who"].text(self.faults, what="`who`"), self._week(entry["until"], "until") or 0

    def _phases(self, key: str) -> tuple[Phase, ...]:
        found = (self._phase(n) for n in self.entry[key].listing(self.faults, what=f"`{key}`"))
        return tuple(p for p in found if p is not None)

    def _phase(self, node: Node) -> Phase | None:
        entry = node.mapping(self.faults, what="a phase")
        node.allow(_PHASE, self.faults, what="a phase")
        span = self._span(entry.get("weeks"), node.place)
        if span is None:
            return None
        load = self._choice(entry, "load", LOADS)
        texts = {
            k: entry[k].text(self.faults, what=f"`{k}`") if k in entry else "" for k in ("says", "work", "because", "limits")
        }
        motion = entry["motion"].mapping(self.faults, what="`motion`") if "motion" in entry else {}
        for name, most in motion.items():
            if not isinstance(most.value, int | float):
                self.faults.add(most.place, f"`{clean(name)}` should be a number of degrees.", "Write the most that is allowed.")
        phase = Phase(
            first=span[0],
            end=span[1],
            load=load,
            motion={m: float(n.value) for m, n in motion.items() if isinstance(n.value, int | float)},
            moved_by=self._choice(entry, "moved_by", _MOVED_BY) or "anybody",
            no_end_range=self._choice(entry, "no_end_range", ("yes",)) == "yes",
            bars=entry["bars"].words(self.faults, what="`bars`") if "bars" in entry else (),
            where=entry["where"].words(self.faults, what="`where`") if "where" in entry else (),
            carries=entry["carries"].words(self.faults, what="`carries`") if "carries" in entry else (),
            place=node.place,
            **texts,
        )
        if not phase.says:
            self.faults.add(node.place, "a phase has no `says`.", "Say in a few words what these weeks allow.")
        return phase

    def _choice(self, entry: Mapping[str, Node], key: str, choices: Mapping[str, str] | Sequence[str]) -> str:
        if key not in entry:
            return ""
        word = entry[key].text(self.faults, what=f"`{key}`")
        if word not in choices:
            remedy = nearest(word, choices) or f"It takes {listed(list(choices))}."
            self.faults.add(entry[key].place, f"`{key}` can't be `{clean(word)}`.", remedy)
        return word

    def _span(self, node: Node | None, place: Place) -> tuple[float, Week] | None:
        """The weeks of a phase, written [first, end] or, for good, [first]."""
        values = [n.value for n in node.value] if node is not None and isinstance(node.value, list) else []
        numbers = [float(v) for v in values if isinstance(v, int | float)]
        if not 1 <= len(values) <= 2 or len(numbers) != len(values) or numbers[0] < 0 or numbers != sorted(set(numbers)):
            where = node.place if node is not None else place
            self.faults.add(where, "a phase needs its `weeks`.", "Write `[0, 2]`, or `[12]` for week 12 and all after.")
            return None
        return numbers[0], numbers[1] if len(numbers) == 2 else None

    def _contiguous(self, phases: tuple[Phase, ...]) -> None:
        """Faults for weeks that no phase covers, or two do."""
        if not phases:
            return
        if phases[0].first != 0:
            self.faults.add(phases[0].place, f"weeks 0 to {phases[0].first:g} are in no phase.", "Begin with week 0.")
        for earlier, later in pairwise(phases):
            if earlier.end is None or later.first < earlier.end:
                until = "for good" if earlier.end is None else f"until week {earlier.end:g}"
                what = f"this phase begins in week {later.first:g}, but the one before lasts {until}."
                self.faults.add(later.place, what, "Let each phase begin where the one before ends.")
            elif later.first > earlier.end:
                self.faults.add(later.place, f"weeks {earlier.end:g} to {later.first:g} are in no phase.", "Close the gap.")
        if phases[-1].end is not None:
            self.faults.add(
                phases[-1].place, f"nothing is said from week {phases[-1].end:g} on.", "Let the last phase be open: `[12]`."
            )


def _after(lower: Week, higher: Week) -> bool:
    """Whether the milder kind opens after the stronger one."""
    return higher is not None and (lower is None or lower > higher)


def _node(value: Any, place: Place) -> Node:
    """Plain values as if read from that place."""
    match value:
        case dict():
            return Node({k: _node(v, place) for k, v in value.items()}, place, dict.fromkeys(value, place))
        case list() | tuple():
            return Node([_node(v, place) for v in value], place)
        case _:
            return Node(value, place)
