"""A client's profile: what is known now, as a strict, frozen model built from the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from massage_rules._yaml import parse, read
from massage_rules.contradictions import faults_of
from massage_rules.errors import Fault, Place, ProfileError
from massage_rules.parts import Clearance, Day, Injury, Override, Part, Problem, SiteBase, Surgery, field_of, unknown_fact
from massage_rules.vocabulary import Vocabulary, shipped_vocabulary

WHOLE_BODY = "body"
_P = TypeVar("_P", bound=Part)


class ProfileBase(Part):
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

    @classmethod
    def unknown_name(cls, path: list[str]) -> tuple[str, str]:
        """As for the part that the path leads into; and whether it's a fact of a site."""
        if len(path) > 2:
            known = models(cls.vocabulary)
            parts: dict[str, type[Part]] = {
                "sites": known.site,
                "surgeries": known.surgery,
                "injuries": known.injury,
                "problems": known.problem,
                "clearances": Clearance,
                "overrides": Override,
            }
            return parts.get(path[0], cls).unknown_name(path[-1:])
        if path[-1] in cls.vocabulary.facts:
            return f"`{path[-1]}` is a fact of a site.", "Move it under `sites:`."
        return unknown_fact(cls, path[-1])


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
            f.id: (field_of(f), None) for f in vocabulary.facts.values() if f.level == level and f.id not in ("region", "side")
        }

    def part(base: type[_P], **more: Any) -> type[_P]:
        model = create_model(base.__name__.removesuffix("Base"), __base__=base, __doc__=base.__doc__, **more)
        model.vocabulary = vocabulary
        return model

    def several(model: type[Part]) -> tuple[Any, Any]:
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
