"""The parts of a profile: operations, injuries, local problems, clearances, overrides and sites, each strict and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from massage_rules._yaml import Node, listed
from massage_rules.answers import (
    Answer,
    Since,
    Unreadable,
    read_answer,
    read_date,
    read_since,
    schema_of,
    written,
)
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.misread import faults_in
from massage_rules.procedures import procedures
from massage_rules.vocabulary import Fact, Vocabulary


def refused(error: Unreadable) -> PydanticCustomError:
    """What a model raises for an answer that can't be read, with its remedy."""
    return PydanticCustomError("unreadable", "{what} {remedy}", {"what": error.what, "remedy": error.remedy})


def _reading(fact: Fact, raw: object) -> Answer | None:
    try:
        return read_answer(fact, raw)
    except Unreadable as error:
        raise refused(error) from None


def _length(fact: Fact, raw: object) -> Answer | None:
    answer = _reading(fact, raw)
    if isinstance(answer, Since):
        raise refused(
            Unreadable(f"`{fact.id}` is a length of time, not a date.", "Write `on: 2026-09-30`, or how long ago it was.")
        )
    return answer


def _day(raw: object) -> date | None:
    try:
        return None if raw is None else read_date(raw)
    except Unreadable as error:
        raise refused(error) from None


def _when(raw: object) -> Since | None:
    try:
        return None if raw is None else read_since(raw)
    except Unreadable as error:
        raise refused(error) from None


_DURATION = Fact("weeks_ago", "number", "site", "plain", "", "How long ago?", unit="wk", bounds=(0.0, 5000.0))
_HOURS = Fact("hours_ago", "number", "site", "plain", "", "How many hours ago?", unit="h", bounds=(0.0, 90_000.0))
_DATE_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
_written = PlainSerializer(lambda a: None if a is None else written(a), when_used="always")

Day = Annotated[date | None, BeforeValidator(_day), PlainSerializer(lambda d: d and d.isoformat()), WithJsonSchema(_DATE_SCHEMA)]
When = Annotated[Any, BeforeValidator(_when), PlainSerializer(lambda s: s and written(s)["on"]), WithJsonSchema(_DATE_SCHEMA)]
Weeks = Annotated[Any, BeforeValidator(partial(_length, _DURATION)), _written, WithJsonSchema(schema_of(_DURATION))]
Hours = Annotated[Any, BeforeValidator(partial(_length, _HOURS)), _written, WithJsonSchema(schema_of(_HOURS))]


def field_of(fact: Fact) -> Any:
    """The type of a model's field that takes the answer to one fact."""
    return Annotated[Any, BeforeValidator(partial(_reading, fact)), _written, WithJsonSchema(schema_of(fact))]


class Part(BaseModel):
    """A frozen part of a profile that refuses names it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    vocabulary: ClassVar[Vocabulary]

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise ProfileError(faults_in(error, self.unknown_name, Place(type(self).__name__.lower()))) from None

    # A part inside another is then read by pydantic itself, not by this method, so that its faults keep their path.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def read(cls, data: object, *, name: str = "profile") -> Self:
        """The part written in plain data or read from a file; raises ProfileError with every fault."""
        node = data if isinstance(data, Node) else None
        plain = node.plain() if node else data
        if not isinstance(plain, Mapping):
            place = node.place if node else Place(name)
            raise ProfileError([Fault(place, "should be a mapping of facts to answers.", "Write `fact: answer` lines.")])
        if strange := [k for k in plain if not isinstance(k, str)]:
            wrong = "has `{}` where the name of a fact should be."
            raise ProfileError([Fault(Place(name), wrong.format(clean(k)), "Write names as words.") for k in strange])
        try:
            return cls.model_validate(dict(plain))
        except ValidationError as error:
            raise ProfileError(faults_in(error, cls.unknown_name, node.place if node else Place(name), node)) from None

    def answers(self) -> dict[str, Answer]:
        """The facts that were answered, by name."""
        facts = self.vocabulary.facts
        return {name: value for name, value in vars(self).items() if value is not None and name in facts}

    def to_dict(self) -> dict[str, Any]:
        """Plain data, without what was left out; reading it gives the same part."""
        return _without_gaps(self.model_dump(exclude_none=True))

    @classmethod
    def unknown_name(cls, path: list[str]) -> tuple[str, str]:
        """What is wrong with a name that has no meaning at this path, and what to write instead."""
        fields = set(cls.model_fields)
        return f"`{clean(path[-1])}` has no meaning here.", nearest(path[-1], fields) or f"It takes {listed(fields)}."


def _without_gaps(data: dict[str, Any]) -> dict[str, Any]:
    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: kept(v) for k, v in value.items() if v is not None and (v not in ((), {}) or k == "medications")}
        return [kept(v) for v in value] if isinstance(value, list | tuple) else value

    plain: dict[str, Any] = kept(data)
    if plain.get("medications_complete") is False:
        del plain["medications_complete"]
    return plain


def _regions(raw: object) -> object:
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, list | tuple) and raw and all(isinstance(r, str) for r in raw):
        return tuple(raw)
    raise refused(
        Unreadable(
            f"`{clean(raw)}` isn't a region of the body, nor a list of them.", "Write `region: calf` or `region: [calf, heel]`."
        )
    )


Where = Annotated[
    str | tuple[str, ...] | None,
    BeforeValidator(_regions),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Surgery(Part):
    """An operation: which, when, where. The region comes from the procedure where it isn't given."""

    procedure: str
    on: When = None
    weeks_ago: Weeks = None
    region: Where = None
    side: str | None = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _check_place(self.vocabulary, self.region, self.side)
        if self.on is not None and self.weeks_ago is not None:
            raise refused(Unreadable("an operation has both `on` and `weeks_ago`.", "Give one of them."))
        known = procedures()
        if self.procedure not in known and self.procedure != "other" and self.region is None:
            what = f"the procedure `{clean(self.procedure)}` isn't in the list, so its region is needed."
            raise refused(
                Unreadable(what, nearest(self.procedure, {*known, "other"}) or "Add `region:`, or use `other` with a region.")
            )
        if self.procedure == "other" and self.region is None:
            raise refused(Unreadable("an operation called `other` needs its region.", "Add `region:`."))
        return self


class Injury(Part):
    """An injury: which kind, where and when."""

    kind: str
    region: Where
    side: str | None = None
    on: When = None
    hours_ago: Hours = None
    weeks_ago: Weeks = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _check_place(self.vocabulary, self.region, self.side)
        declared = self.vocabulary.facts.get("injury_kind")
        kinds = declared.values if declared else {}
        if self.kind not in kinds:
            remedy = nearest(self.kind, kinds) or f"It takes {listed(list(kinds))}."
            raise refused(Unreadable(f"`{clean(self.kind)}` isn't a kind of injury.", remedy))
        if sum(v is not None for v in (self.on, self.hours_ago, self.weeks_ago)) > 1:
            raise refused(Unreadable("an injury has several times.", "Give one of `on`, `hours_ago`, `weeks_ago`."))
        return self


class Problem(Part):
    """A local trouble somewhere on the body, binding only where it is; `facts` tells more of it."""

    kind: str
    region: Where
    side: str | None = None
    facts: Annotated[
        tuple[tuple[str, Any], ...],
        PlainSerializer(lambda told: {k: written(v) for k, v in told}),
        WithJsonSchema({"type": "object"}),
    ] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_facts(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "facts" not in data:
            return data
        if not isinstance(data["facts"], Mapping):
            raise refused(Unreadable("`facts` should be a mapping of facts to answers.", "Write `facts: {pain_now: 3}`."))
        local = {
            f.id: f
            for f in cls.vocabulary.facts.values()
            if f.level == "site" and f.id not in ("region", "side", data.get("kind"))
        }
        told: dict[str, Answer | None] = {}
        for name, raw in data["facts"].items():
            if name not in local:
                remedy = nearest(clean(name), local) or "Facts are declared in data/vocabulary.yaml, with `level: site`."
                raise refused(Unreadable(f"`{clean(name)}` isn't another fact of a place.", remedy))
            told[name] = _reading(local[name], raw)
        return {**data, "facts": tuple(sorted((name, answer) for name, answer in told.items() if answer is not None))}

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _check_place(self.vocabulary, self.region, self.side)
        local = {f.id for f in self.vocabulary.facts.values() if f.level == "site" and f.type == "yes_no" and f.role == "risk"}
        if self.kind not in local:
            remedy = nearest(self.kind, local) or "Use a yes/no risk that the vocabulary declares for a site."
            raise refused(Unreadable(f"`{clean(self.kind)}` isn't a local problem.", remedy))
        return self

    def told(self) -> dict[str, Answer]:
        """What else was told of it, by fact."""
        return dict(self.facts)


class Clearance(Part):
    """A clinician's written clearance of one rule: who gave it, when, and until when it counts."""

    rule: str
    by: str
    on: Day
    until: Day
    note: str = ""


class Override(Part):
    """A therapist's decision to go against one rule, kept with its reason; it changes no verdict."""

    rule: str
    by: str
    reason: str
    on: Day = None


def _check_place(vocabulary: Vocabulary, region: str | tuple[str, ...] | None, side: str | None) -> None:
    names = vocabulary.regions.names()
    for name in (region,) if isinstance(region, str) else region or ():
        if name not in names:
            remedy = nearest(name, names) or "Regions are listed in data/regions.yaml."
            raise refused(Unreadable(f"`{clean(name)}` isn't a region of the body.", remedy))
    sides = vocabulary.facts["side"].values
    if side is not None and side not in sides:
        raise refused(Unreadable(f"`{clean(side)}` isn't a side.", nearest(side, sides) or f"It takes {listed(list(sides))}."))


class SiteBase(Part):
    """One place to be treated, with what is known of it."""

    region: str
    side: str | None = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _check_place(self.vocabulary, self.region, self.side)
        return self

    @classmethod
    def unknown_name(cls, path: list[str]) -> tuple[str, str]:
        """As for any part, and whether it's a fact of the client."""
        if path[-1] in cls.vocabulary.facts:
            return f"`{path[-1]}` is a fact of the client, not of a site.", "Move it to the top of the profile."
        return unknown_fact(cls, path[-1])


def unknown_fact(part: type[Part], name: str) -> tuple[str, str]:
    """What is wrong with a name that isn't a fact at all, and what to write instead."""
    facts = part.vocabulary.facts
    if name in part.vocabulary.blocks:
        return f"`{name}` is a block of the form, not a fact.", f"Write `denied: [{name}]` if nothing in it applies."
    close = nearest(name, set(part.model_fields)) or nearest(name, facts)
    return f"unknown fact `{clean(name)}`.", close or "Facts are declared in data/vocabulary.yaml."
