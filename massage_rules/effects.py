"""What a rule does when its condition holds: a closed set of effects, and how each is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from massage_rules._yaml import Node, listed
from massage_rules.errors import Faults, clean, nearest
from massage_rules.techniques import Catalogue
from massage_rules.vocabulary import Vocabulary

Urgency: TypeAlias = Literal["now", "same_day", "within_days", "before_treatment", "routine"]
URGENCIES: tuple[Urgency, ...] = ("now", "same_day", "within_days", "before_treatment", "routine")
POSITIONS = ("prone", "supine", "side_lying", "seated", "semi_reclined")
ROLES = ("first_line", "option", "adjunct")
CERTAINTIES = ("high", "moderate", "low", "very_low", "none", "guideline")
_REGIONS = "Regions are listed in data/regions.yaml."
ACTIONS = ("continue", "progress", "ease", "reassess", "refer")


@dataclass(frozen=True, slots=True)
class Consult:
    """Who is to be consulted, how soon, and what to ask them."""

    who: str
    urgency: Urgency
    ask: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an effect binds: the whole body, here, or named regions; on one side where a fact tells it."""

    where: Literal["body", "here"] | tuple[str, ...] = "here"
    side: str = ""
    techniques: frozenset[str] = frozenset()
    margin_cm: float | None = None


@dataclass(frozen=True, slots=True)
class Define:
    """A derived finding holds."""

    name: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """Stop; emergency or same-day care."""

    consult: Consult
    scope: Scope


@dataclass(frozen=True, slots=True)
class Avoid:
    """What must not be done."""

    scope: Scope
    consult: Consult | None = None


@dataclass(frozen=True, slots=True)
class Refer:
    """A clinician must be consulted before these techniques."""

    consult: Consult
    scope: Scope
    meanwhile: str = ""


@dataclass(frozen=True, slots=True)
class Adapt:
    """It may be done within limits."""

    scope: Scope
    pressure_at_most: int | None = None
    minutes_at_most: float | None = None
    pain_at_most: float | None = None
    no_positions: frozenset[str] = frozenset()
    spare: tuple[str, ...] = ()
    motion: Mapping[str, float] = field(default_factory=dict)
    no_end_range: bool = False
    advice: str = ""

    @property
    def only_advises(self) -> bool:
        """Whether it sets no limit and merely gives advice."""
        return self == Adapt(self.scope, advice=self.advice)


@dataclass(frozen=True, slots=True)
class Suggest:
    """It is indicated."""

    techniques: frozenset[str]
    role: str
    goals: tuple[str, ...]
    certainty: str
    pressure_at_most: int | None = None
    evidence_says: tuple[str, ...] = ()
    course: Mapping[str, object] = field(default_factory=dict)
    note: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def said_of(self, technique: str) -> tuple[str, ...]:
        """The notes that concern a technique: those on it alone, and the one on all."""
        return tuple(n for n in (self.notes.get(technique, ""), self.note) if n)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the last sessions mean."""

    action: str
    advice: str = ""

    @property
    def caution(self) -> int:
        """Its place in the order of caution."""
        return ACTIONS.index(self.action)

    @property
    def cautious(self) -> bool:
        """Whether it holds back, rather than go on."""
        return self.action not in ("continue", "progress")


Effect: TypeAlias = "Define | Emergency | Avoid | Refer | Adapt | Suggest | Progress"
_KINDS = ("define", "emergency", "avoid", "refer", "adapt", "suggest", "progress")


@dataclass(slots=True)
class Reader:
    """Reads effects against the catalogue and the vocabulary, collecting faults."""

    vocabulary: Vocabulary
    catalogue: Catalogue
    faults: Faults

    def read(self, node: Node, *, whole: bool) -> Effect | None:
        """The effect written in a file; `whole` says that the rule reads only facts of the client."""
        if not isinstance(node.value, dict) or len(node.value) != 1:
            self.faults.add(node.place, "a rule has exactly one effect.", f"Write one of {listed(_KINDS)}.")
            return None
        ((kind, value),) = node.value.items()
        if kind == "define":
            name = value.text(self.faults, what="`define`")
            if name and (name in self.vocabulary.facts or not name.replace("_", "").isalnum() or name != name.lower()):
                self.faults.add(
                    value.place,
                    f"`{clean(name)}` can't be the name of a definition.",
                    "Use a new name in lower case with underscores.",
                )
            return Define(name) if name else None
        readers: dict[str, Callable[[Node, bool], Effect]] = {
            "emergency": self._emergency, "avoid": self._avoid, "refer": self._refer, "adapt": self._adapt,
            "suggest": self._suggest, "progress": self._progress,
        }  # fmt: skip
        reader = readers.get(kind)
        if reader is None:
            place = (node.keys or {}).get(kind, node.place)
            self.faults.add(
                place, f"`{clean(kind)}` isn't an effect.", nearest(kind, _KINDS) or f"Write one of {listed(_KINDS)}."
            )
            return None
        before = len(self.faults.found)
        effect = reader(value, whole)
        return effect if len(self.faults.found) == before else None

    def _fields(self, node: Node, names: set[str], kind: str, required: tuple[str, ...] = ()) -> dict[str, Node]:
        entry = node.mapping(self.faults, what=f"`{kind}`")
        node.allow(names, self.faults, what=f"`{kind}`")
        for name in required:
            if name not in entry:
                self.faults.add(node.place, f"`{kind}` has no `{name}`.", f"Add `{name}:`.")
        return entry

    def _word(self, node: Node | None, what: str, choices: tuple[str, ...] | set[str], default: str = "") -> str:
        if node is None:
            return default
        word = node.text(self.faults, what=f"`{what}`")
        if word and word not in choices:
            self.faults.add(
                node.place, f"`{what}` can't be `{clean(word)}`.", nearest(word, choices) or f"It takes {listed(set(choices))}."
            )
        return word

    def _text(self, entry: Mapping[str, Node], key: str) -> str:
        return entry[key].text(self.faults, what=f"`{key}`") if key in entry else ""

    def _pressure(self, entry: Mapping[str, Node]) -> int | None:
        if "pressure_at_most" not in entry:
            return None
        node = entry["pressure_at_most"]
        if not isinstance(node.value, int) or not 0 <= node.value <= 5:
            self.faults.add(node.place, "`pressure_at_most` should be a whole number from 0 to 5.", "Correct it.")
            return None
        return node.value

    def _number(self, entry: Mapping[str, Node], key: str, low: float, high: float) -> float | None:
        if key not in entry:
            return None
        value = entry[key].value
        if not isinstance(value, int | float) or not low <= value <= high:
            self.faults.add(entry[key].place, f"`{key}` should be a number from {low:g} to {high:g}.", "Correct it.")
            return None
        return value

    def _techniques(self, node: Node | None, default: str = "all") -> frozenset[str]:
        names = node.words(self.faults, what="`techniques`") if node is not None else (default,)
        found: frozenset[str] = frozenset()
        for name in names:
            chosen = self.catalogue.select(name)
            if chosen is None and node is not None:
                remedy = nearest(name, self.catalogue.names()) or "Techniques are listed in data/techniques.yaml."
                self.faults.add(node.place, f"`{clean(name)}` isn't a technique or a property of techniques.", remedy)
            found |= chosen or frozenset()
        return found

    def _scope(self, entry: Mapping[str, Node], *, whole: bool, techniques: str = "all") -> Scope:
        where: Literal["body", "here"] | tuple[str, ...] = "body" if whole else "here"
        if "where" in entry:
            names = entry["where"].words(self.faults, what="`where`")
            regions = self.vocabulary.regions.names()
            if names in (("body",), ("here",)):
                where = "body" if names == ("body",) else "here"
            else:
                for name in names:
                    if name not in regions:
                        self.faults.add(
                            entry["where"].place,
                            f"`{clean(name)}` isn't a region.",
                            nearest(name, {*regions, "here", "body"}) or _REGIONS,
                        )
                where = names
        side = self._text(entry, "side")
        if side and (side not in self.vocabulary.facts or "left" not in self.vocabulary.facts[side].values):
            self.faults.add(
                entry["side"].place,
                f"`{clean(side)}` isn't a fact that tells a side.",
                nearest(side, self.vocabulary.facts) or "Name a choice that has the value `left`.",
            )
        margin = self._number(entry, "margin_cm", 0, 50)
        return Scope(where, side, self._techniques(entry.get("techniques"), techniques), margin)

    def _consult(self, entry: Mapping[str, Node]) -> Consult:
        who = self._word(entry.get("who"), "who", set(self.vocabulary.clinicians))
        urgency = self._word(entry.get("urgency"), "urgency", URGENCIES, "before_treatment")
        return Consult(who, urgency, self._text(entry, "ask"))  # type: ignore[arg-type]

    def _emergency(self, node: Node, _whole: bool) -> Emergency:
        entry = self._fields(
            node, {"urgency", "who", "ask", "where", "side", "techniques"}, "emergency", ("urgency", "who", "ask")
        )
        self._word(entry.get("urgency"), "urgency", ("now", "same_day"))
        return Emergency(self._consult(entry), self._scope(entry, whole=True))

    def _avoid(self, node: Node, whole: bool) -> Avoid:
        entry = self._fields(node, {"techniques", "where", "side", "margin_cm", "consult"}, "avoid", ("techniques",))
        consult = None
        if "consult" in entry:
            consult = self._consult(
                self._fields(entry["consult"], {"who", "urgency", "ask"}, "consult", ("who", "urgency", "ask"))
            )
        return Avoid(self._scope(entry, whole=whole), consult)

    def _refer(self, node: Node, whole: bool) -> Refer:
        names = {"who", "urgency", "ask", "techniques", "where", "side", "margin_cm", "meanwhile"}
        entry = self._fields(node, names, "refer", ("who", "urgency", "ask", "techniques"))
        return Refer(self._consult(entry), self._scope(entry, whole=whole), self._text(entry, "meanwhile"))

    def _adapt(self, node: Node, whole: bool) -> Adapt:
        limits = {
            "pressure_at_most", "minutes_at_most", "pain_at_most", "no_positions", "positions", "spare", "motion", "no_end_range", "advice",
        }  # fmt: skip
        entry = self._fields(node, {"techniques", "where", "side", "margin_cm", *limits}, "adapt")
        if not limits & set(entry):
            self.faults.add(node.place, "`adapt` sets no limit.", f"Give at least one of {listed(limits)}.")
        barred = frozenset(entry["no_positions"].words(self.faults, what="`no_positions`") if "no_positions" in entry else ())
        only = frozenset(entry["positions"].words(self.faults, what="`positions`") if "positions" in entry else POSITIONS)
        for name in (barred | only) - set(POSITIONS):
            self.faults.add(
                node.place, f"`{clean(name)}` isn't a position.", nearest(name, POSITIONS) or f"It takes {listed(POSITIONS)}."
            )
        spare = entry["spare"].words(self.faults, what="`spare`") if "spare" in entry else ()
        for name in spare:
            if name not in self.vocabulary.regions.names():
                self.faults.add(
                    entry["spare"].place,
                    f"`{clean(name)}` isn't a region.",
                    nearest(name, self.vocabulary.regions.names()) or _REGIONS,
                )
        end_range = self._word(entry.get("no_end_range"), "no_end_range", ("yes", "no"), "no") == "yes"
        pressure = self._pressure(entry)
        return Adapt(
            scope=self._scope(entry, whole=whole, techniques="hands_on" if "motion" not in entry and not end_range else "all"),
            pressure_at_most=pressure,
            minutes_at_most=self._number(entry, "minutes_at_most", 1, 240),
            pain_at_most=self._number(entry, "pain_at_most", 0, 10),
            no_positions=barred | (set(POSITIONS) - only),
            spare=spare,
            motion=self._motion(entry.get("motion")),
            no_end_range=end_range,
            advice=self._text(entry, "advice"),
        )

    def _motion(self, node: Node | None) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, limit in node.mapping(self.faults, what="`motion`").items() if node is not None else ():
            if name not in self.vocabulary.regions.motions:
                self.faults.add(
                    limit.place,
                    f"`{clean(name)}` isn't a motion.",
                    nearest(name, self.vocabulary.regions.motions) or "Motions are listed in data/regions.yaml.",
                )
            degrees = self._number(self._fields(limit, {"at_most"}, name, ("at_most",)), "at_most", -30, 360)
            if degrees is not None:
                found[name] = degrees
        return found

    def _suggest(self, node: Node, _whole: bool) -> Suggest:
        names = {"techniques", "role", "goals", "pressure_at_most", "certainty", "evidence_says", "course", "note", "notes"}
        entry = self._fields(node, names, "suggest", ("techniques", "role", "goals", "certainty"))
        goals = entry["goals"].words(self.faults, what="`goals`") if "goals" in entry else ()
        for goal in goals:
            if goal not in self.catalogue.goals:
                self.faults.add(
                    entry["goals"].place,
                    f"`{clean(goal)}` isn't a goal.",
                    nearest(goal, self.catalogue.goals) or f"It takes {listed(set(self.catalogue.goals))}.",
                )
        pressure = self._pressure(entry)
        chosen = self._techniques(entry.get("techniques"))
        for variant in sorted(chosen):
            least = self.catalogue.variants[variant].pressure.min
            if pressure is not None and pressure < least:
                self.faults.add(
                    node.place,
                    f"`{variant}` needs pressure {least}, but at most {pressure:g} is suggested.",
                    "Raise the limit or drop it.",
                )
        course = (
            {k: v.plain() for k, v in entry["course"].mapping(self.faults, what="`course`").items()} if "course" in entry else {}
        )
        return Suggest(
            techniques=chosen,
            role=self._word(entry.get("role"), "role", ROLES, "option"),
            goals=goals,
            certainty=self._word(entry.get("certainty"), "certainty", CERTAINTIES, "none"),
            pressure_at_most=pressure,
            evidence_says=entry["evidence_says"].words(self.faults, what="`evidence_says`")
            if "evidence_says" in entry and entry["evidence_says"].value
            else (),
            course=course,
            note=self._text(entry, "note"),
            notes=self._notes(entry.get("notes"), chosen),
        )

    def _notes(self, node: Node | None, chosen: frozenset[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in node.mapping(self.faults, what="`notes`").items() if node is not None else ():
            if name not in chosen:
                self.faults.add(
                    value.place, f"`notes` speaks of `{clean(name)}`, which the rule doesn't suggest.", nearest(name, chosen)
                )
            found[name] = value.text(self.faults, what="a note")
        return found

    def _progress(self, node: Node, _whole: bool) -> Progress:
        entry = self._fields(node, {"action", "advice"}, "progress", ("action",))
        return Progress(self._word(entry.get("action"), "action", ACTIONS), self._text(entry, "advice"))
