"""A client's profile: what is known now, as a strict, frozen model built from the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from massage_rules._yaml import Node, listed, parse, read
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
from massage_rules.conditions import Interval
from massage_rules.contradictions import faults_of
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.procedures import procedures
from massage_rules.vocabulary import Fact, Vocabulary, shipped_vocabulary

WHOLE_BODY = "body"


def _refused(error: Unreadable) -> PydanticCustomError:
    return PydanticCustomError("unreadable", "{what} {remedy}", {"what": error.what, "remedy": error.remedy})


def _reading(fact: Fact, raw: object) -> Answer | None:
    try:
        return read_answer(fact, raw)
    except Unreadable as error:
        raise _refused(error) from None


def _length(fact: Fact, raw: object) -> Answer | None:
    answer = _reading(fact, raw)
    if isinstance(answer, Since):
        raise _refused(
            Unreadable(f"`{fact.id}` is a length of time, not a date.", "Write `on: 2026-09-30`, or how long ago it was.")
        )
    return answer


def _day(raw: object) -> date | None:
    try:
        return None if raw is None else read_date(raw)
    except Unreadable as error:
        raise _refused(error) from None


def _when(raw: object) -> Since | None:
    try:
        return None if raw is None else read_since(raw)
    except Unreadable as error:
        raise _refused(error) from None


_DURATION = Fact("weeks_ago", "number", "site", "plain", "", "How long ago?", unit="wk", bounds=(0.0, 5000.0))
_HOURS = Fact("hours_ago", "number", "site", "plain", "", "How many hours ago?", unit="h", bounds=(0.0, 90_000.0))
_DATE_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
_written = PlainSerializer(lambda a: None if a is None else written(a), when_used="always")

Day = Annotated[date | None, BeforeValidator(_day), PlainSerializer(lambda d: d and d.isoformat()), WithJsonSchema(_DATE_SCHEMA)]
When = Annotated[Any, BeforeValidator(_when), PlainSerializer(lambda s: s and written(s)["on"]), WithJsonSchema(_DATE_SCHEMA)]
Weeks = Annotated[Any, BeforeValidator(partial(_length, _DURATION)), _written, WithJsonSchema(schema_of(_DURATION))]
Hours = Annotated[Any, BeforeValidator(partial(_length, _HOURS)), _written, WithJsonSchema(schema_of(_HOURS))]


class _Part(BaseModel):
    """A frozen part of a profile that refuses names it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    vocabulary: ClassVar[Vocabulary]

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise ProfileError(_faults(error, type(self), Place(_title(type(self))))) from None

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
            raise ProfileError(_faults(error, cls, node.place if node else Place(name), node)) from None

    def answers(self) -> dict[str, Answer]:
        """The facts that were answered, by name."""
        facts = self.vocabulary.facts
        return {k: v for k in type(self).model_fields if k in facts and (v := getattr(self, k)) is not None}

    def to_dict(self) -> dict[str, Any]:
        """Plain data, without what was left out; reading it gives the same part."""
        return _without_gaps(self.model_dump())


def _regions(raw: object) -> object:
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, list | tuple) and raw and all(isinstance(r, str) for r in raw):
        return tuple(raw)
    raise _refused(
        Unreadable(
            f"`{clean(raw)}` isn't a region of the body, nor a list of them.", "Write `region: calf` or `region: [calf, heel]`."
        )
    )


Where = Annotated[
    str | tuple[str, ...] | None,
    BeforeValidator(_regions),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
_P = TypeVar("_P", bound=_Part)


class Surgery(_Part):
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
            raise _refused(Unreadable("an operation has both `on` and `weeks_ago`.", "Give one of them."))
        known = procedures()
        if self.procedure not in known and self.procedure != "other" and self.region is None:
            what = f"the procedure `{clean(self.procedure)}` isn't in the list, so its region is needed."
            raise _refused(
                Unreadable(what, nearest(self.procedure, {*known, "other"}) or "Add `region:`, or use `other` with a region.")
            )
        if self.procedure == "other" and self.region is None:
            raise _refused(Unreadable("an operation called `other` needs its region.", "Add `region:`."))
        return self


class Injury(_Part):
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
            raise _refused(Unreadable(f"`{clean(self.kind)}` isn't a kind of injury.", remedy))
        if sum(v is not None for v in (self.on, self.hours_ago, self.weeks_ago)) > 1:
            raise _refused(Unreadable("an injury has several times.", "Give one of `on`, `hours_ago`, `weeks_ago`."))
        return self


class Problem(_Part):
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
            raise _refused(Unreadable("`facts` should be a mapping of facts to answers.", "Write `facts: {pain_now: 3}`."))
        local = {
            f.id: f
            for f in cls.vocabulary.facts.values()
            if f.level == "site" and f.id not in ("region", "side", data.get("kind"))
        }
        told: dict[str, Answer | None] = {}
        for name, raw in data["facts"].items():
            if name not in local:
                remedy = nearest(clean(name), local) or "Facts are declared in data/vocabulary.yaml, with `level: site`."
                raise _refused(Unreadable(f"`{clean(name)}` isn't another fact of a place.", remedy))
            told[name] = _reading(local[name], raw)
        return {**data, "facts": tuple(sorted((name, answer) for name, answer in told.items() if answer is not None))}

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _check_place(self.vocabulary, self.region, self.side)
        local = {f.id for f in self.vocabulary.facts.values() if f.level == "site" and f.type == "yes_no" and f.role == "risk"}
        if self.kind not in local:
            remedy = nearest(self.kind, local) or "Use a yes/no risk that the vocabulary declares for a site."
            raise _refused(Unreadable(f"`{clean(self.kind)}` isn't a local problem.", remedy))
        return self

    def told(self) -> dict[str, Answer]:
        """What else was told of it, by fact."""
        return dict(self.facts)


class Clearance(_Part):
    """A clinician's written clearance of one rule: who gave it, when, and until when it counts."""

    rule: str
    by: str
    on: Day
    until: Day
    note: str = ""


class Override(_Part):
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
            raise _refused(Unreadable(f"`{clean(name)}` isn't a region of the body.", remedy))
    sides = vocabulary.facts["side"].values
    if side is not None and side not in sides:
        raise _refused(Unreadable(f"`{clean(side)}` isn't a side.", nearest(side, sides) or f"It takes {listed(list(sides))}."))


class SiteBase(_Part):
    """One place to be treated, with what is known of it."""

    region: str
    side: str | None = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _check_place(self.vocabulary, self.region, self.side)
        return self


class ProfileBase(_Part):
    """What is known of one client now; every fact that isn't stated is unknown."""

    as_of: Day = None
    denied: tuple[str, ...] = Field((), strict=False)
    otherwise_denied: tuple[str, ...] = Field((), strict=False)
    medications: Annotated[tuple[str, ...], Field(strict=False)] | None = None
    medications_complete: bool = False
    surgeries: tuple[Surgery, ...] = Field((), strict=False)
    injuries: tuple[Injury, ...] = Field((), strict=False)
    problems: tuple[Problem, ...] = Field((), strict=False)
    sites: tuple[Any, ...] = Field((), strict=False)
    clearances: tuple[Clearance, ...] = Field((), strict=False)
    overrides: tuple[Override, ...] = Field((), strict=False)

    @model_validator(mode="before")
    @classmethod
    def _loosened(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for key in ("denied", "otherwise_denied", "medications"):
            if isinstance(data.get(key), str):
                data[key] = [data[key]]
        complete = data.get("medications_complete")
        if isinstance(complete, str) and complete in ("yes", "no", "true", "false"):
            data["medications_complete"] = complete in ("yes", "true")
        return data

    @model_validator(mode="after")
    def _checked(self) -> Self:
        faults = faults_of(self)
        if faults:
            said = [(f.place.file, f.what, f.remedy) for f in faults]
            raise PydanticCustomError("several", "several faults", {"faults": said})
        return self

    @property
    def places(self) -> tuple[SiteBase, ...]:
        """The sites to be treated; the whole body where none is named."""
        return self.sites or (models(self.vocabulary).site(region=WHOLE_BODY),)

    def with_fact(self, name: str, value: object, *, site: int | None = None) -> Self:
        """A new profile in which one fact, of the client or of a site, is told, changed or (None) taken back."""
        return self.with_facts({name: value}, site=site)

    def with_facts(self, changes: Mapping[str, object], *, site: int | None = None) -> Self:
        """The same for several facts, all told at once or none."""
        data = self.to_dict()
        here, fields = data, set(type(self).model_fields)
        if site is not None:
            places = [p.to_dict() for p in self.places]
            if not 0 <= site < len(places):
                numbers = "The only site is number 0." if len(places) == 1 else f"Sites are numbered 0 to {len(places) - 1}."
                raise ProfileError([Fault(Place("site"), f"there is no site number {site}.", numbers)])
            data["sites"] = places
            here, fields = places[site], set(type(self.places[site]).model_fields)
        for name, value in changes.items():
            if value is None and name in fields:
                here.pop(name, None)
            else:
                here[name] = value
        return type(self).read(data)

    def denied_blocks(self) -> frozenset[str]:
        """The blocks of the form in which nothing, or nothing else, was ticked."""
        named = {*self.denied, *self.otherwise_denied}
        return frozenset(self.vocabulary.blocks) if "all" in named else frozenset(named)


def _without_gaps(data: dict[str, Any]) -> dict[str, Any]:
    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: kept(v) for k, v in value.items() if v is not None and (v not in ((), {}) or k == "medications")}
        return [kept(v) for v in value] if isinstance(value, list | tuple) else value

    plain: dict[str, Any] = kept(data)
    if plain.get("medications_complete") is False:
        del plain["medications_complete"]
    return plain


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one vocabulary."""

    profile: type[ProfileBase]
    site: type[SiteBase]
    surgery: type[Surgery]
    injury: type[Injury]
    problem: type[Problem]


_MODELS: dict[str, Models] = {}


def models(vocabulary: Vocabulary) -> Models:
    """The Profile of a vocabulary, with a field for every fact of the client, and its parts."""
    if vocabulary.digest not in _MODELS:
        _MODELS[vocabulary.digest] = _build(vocabulary)
    return _MODELS[vocabulary.digest]


def _build(vocabulary: Vocabulary) -> Models:
    def fields(level: str) -> dict[str, Any]:
        return {
            f.id: (Annotated[Any, BeforeValidator(partial(_reading, f)), _written, WithJsonSchema(schema_of(f))], None)
            for f in vocabulary.facts.values()
            if f.level == level and f.id not in ("region", "side")
        }

    def part(base: type[_P], **more: Any) -> type[_P]:
        model = create_model(base.__name__.removesuffix("Base"), __base__=base, __doc__=base.__doc__, **more)
        model.vocabulary = vocabulary
        return model

    def several(model: type[_Part]) -> tuple[Any, Any]:
        return Annotated[tuple[model, ...], Field(strict=False)], ()  # type: ignore[valid-type]

    site, surgery, injury, problem = part(SiteBase, **fields("site")), part(Surgery), part(Injury), part(Problem)
    parts = {"sites": several(site), "surgeries": several(surgery), "injuries": several(injury), "problems": several(problem)}
    return Models(part(ProfileBase, **parts, **fields("patient")), site, surgery, injury, problem)


def read_profile(
    source: str | Path | bytes | Mapping[str, object], *, vocabulary: Vocabulary | None = None, name: str = ""
) -> ProfileBase:
    """The profile in a YAML or JSON file, in its text (bytes), or in plain data. Raises ProfileError or ContentError."""
    model = models(vocabulary or shipped_vocabulary()).profile
    if isinstance(source, Mapping):
        return model.read(source, name=name or "profile")
    node = (
        parse(source, name=name or "profile") if isinstance(source, bytes) else read(Path(source), name=name or Path(source).name)
    )
    return model.read(node)


def _title(model: type[BaseModel]) -> str:
    return model.__name__.lower()


_SHAPES = {
    "string_type": ("should be text.", "Write a word or a sentence."),
    "string_unicode": ("holds what isn't a character of text.", "Write a word or a sentence."),
    "tuple_type": ("should be a list.", "Start each item with `- `, or write `[first, second]`."),
    "bool_type": ("is answered yes or no.", "Write yes or no."),
    "model_type": ("should be a mapping of names to values.", "Write `name: value`, such as `region: neck`."),
    "invalid_key": ("is a name that isn't text.", "Write names as words."),
}
_VERBS = ("is ", "isn't ", "has ", "holds ", "should ", "can't ", "stands ", "lies ")


def _faults(error: ValidationError, model: type[_Part], top: Place, node: Node | None = None) -> list[Fault]:
    found: list[Fault] = []
    for item in error.errors(include_url=False):
        path, context = [str(p) for p in item["loc"]], item.get("ctx", {})
        match item["type"]:
            case "several":
                for where, what, remedy in context["faults"]:
                    found.append(_fault(top, node, where.split("."), what, remedy))
            case "unreadable":
                found.append(_fault(top, node, path, context["what"], context["remedy"]))
            case "extra_forbidden":
                found.append(_fault(top, node, path, *_unknown_name(path, model)))
            case "missing":
                found.append(_fault(top, node, path, f"`{path[-1]}` is missing.", f"Add `{path[-1]}:`."))
            case kind:
                shape = ("can't be read.", "See the profile's format in the documentation.")
                found.append(_fault(top, node, path, *_SHAPES.get(kind, shape)))
    return found


def _unknown_name(path: list[str], model: type[_Part]) -> tuple[str, str]:
    name, part = path[-1], _part_at(path, model)
    shown, fields = clean(name), set(part.model_fields)
    if not issubclass(part, ProfileBase | SiteBase):
        return f"`{shown}` has no meaning here.", nearest(name, fields) or f"It takes {listed(fields)}."
    facts = part.vocabulary.facts
    if name in facts and issubclass(part, SiteBase):
        return f"`{name}` is a fact of the client, not of a site.", "Move it to the top of the profile."
    if name in facts:
        return f"`{name}` is a fact of a site.", "Move it under `sites:`."
    if name in part.vocabulary.blocks:
        return f"`{name}` is a block of the form, not a fact.", f"Write `denied: [{name}]` if nothing in it applies."
    return f"unknown fact `{shown}`.", nearest(name, fields) or nearest(
        name, facts
    ) or "Facts are declared in data/vocabulary.yaml."


def _part_at(path: list[str], model: type[_Part]) -> type[_Part]:
    """The part of a profile that a path leads into."""
    if len(path) < 3 or not issubclass(model, ProfileBase):
        return model
    known = models(model.vocabulary)
    parts: dict[str, type[_Part]] = {
        "sites": known.site,
        "surgeries": known.surgery,
        "injuries": known.injury,
        "problems": known.problem,
        "clearances": Clearance,
        "overrides": Override,
    }
    return parts.get(path[0], model)


def _fault(top: Place, node: Node | None, path: list[str], what: str, remedy: str) -> Fault:
    place, here = top, node
    for step in path:
        if here is None:
            break
        if isinstance(here.value, dict) and step in here.value:
            place = (here.keys or {}).get(step, here.value[step].place)
            here = here.value[step]
        elif isinstance(here.value, list) and step.isdigit() and int(step) < len(here.value):
            here = here.value[int(step)]
            place = here.place
        else:
            here = None
    steps = [clean(p) for p in path]
    shown = ".".join(steps)
    if node is None:
        return Fault(Place(f"{top.file}.{shown}" if shown else top.file), what, remedy)
    named = not shown or f"`{steps[-1]}" in what
    return Fault(place, what if named else f"`{shown}`{' ' if what.startswith(_VERBS) else ': '}{what}", remedy)


__all__ = [
    "Clearance",
    "Injury",
    "Interval",
    "Override",
    "Problem",
    "ProfileBase",
    "SiteBase",
    "Surgery",
    "models",
    "read_profile",
]
