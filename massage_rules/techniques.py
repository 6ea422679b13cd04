"""The catalogue of techniques: what each is, how hard, how long, when, and what it does to tissue and joint."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from massage_rules._yaml import Node
from massage_rules.errors import Faults, Place, clean, nearest

PhaseVerdict: TypeAlias = Literal["avoid", "remote_only", "adapted", "allowed"]
HANDS_ON = "hands_on"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(_Entry):
    """A range with its usual value and what the figures rest on."""

    min: float
    max: float
    typical: float
    basis: str
    unit: str = ""
    sources: tuple[str, ...] = ()
    note: str = ""


class Pressure(_Entry):
    """Least, greatest and first pressure on the Walton scale."""

    min: Annotated[int, Field(ge=0, le=5)]
    max: Annotated[int, Field(ge=0, le=5)]
    start: Annotated[int, Field(ge=0, le=5)]
    basis: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    kg_per_cm2: Mapping[str, Any] | None = None
    mmHg: Mapping[str, Any] | None = None  # noqa: N815  (the unit's own spelling)


class Pain(_Entry):
    """How much discomfort is aimed at and allowed during the work, 0 to 10."""

    target: tuple[float, float]
    max: float
    basis: str = ""
    hard_stop: float | None = None
    clinician_override_max: float | None = None
    rule: str = ""
    note: str = ""
    caps_by_context: Mapping[str, Any] | None = None
    excluded_contexts: str = ""
    sources: tuple[str, ...] = ()


class Prompts(_Entry):
    """What to ask before, during and after."""

    before: tuple[str, ...] = ()
    during: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Variant(_Entry):
    """One form of a technique: what a verdict speaks of."""

    label: str
    definition: str
    how_performed: tuple[str, ...]
    pressure: Pressure
    dose: Mapping[str, Quantity]
    pain: Pain
    phases: Mapping[str, PhaseVerdict]
    does: frozenset[str]
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Family(_Entry):
    """A technique with all its variants."""

    label: str
    abbreviations: tuple[str, ...]
    definition: str
    target_tissue: tuple[str, ...]
    mechanism: Mapping[str, Any]
    serves_goals: tuple[str, ...]
    course: Mapping[str, Quantity]
    expected_soreness: Mapping[str, Any]
    progression: tuple[str, ...]
    regression: tuple[str, ...]
    aftercare: tuple[str, ...]
    prompts: Prompts
    gates: tuple[str, ...]
    contraindications_specific: tuple[str, ...]
    adverse_events: tuple[str, ...]
    sources: tuple[str, ...]
    evidence: tuple[str, ...]
    wording: tuple[str, ...]
    variants: Mapping[str, Variant]


class Level(_Entry):
    """One level of the pressure scale with its plain anchor."""

    name: str
    anchor: str
    tissue: str = ""
    note: str = ""
    basis: str = ""


class Scale(_Entry):
    """The pressure scale."""

    name: str
    sources: tuple[str, ...]
    basis: str
    planned_at_most: int
    levels: Mapping[int, Level]


class Catalogue(_Entry):
    """Everything in data/techniques.yaml."""

    basis_codes: Mapping[str, str]
    certainty_codes: Mapping[str, str]
    pressure_scale: Scale
    goals: Mapping[str, str]
    properties: Mapping[str, str]
    phase_verdicts: Mapping[str, str]
    phases: Mapping[str, Any]
    phase_notes: Any = None
    doses: Any = None
    communication_base: Prompts
    families: Mapping[str, Family]

    @cached_property
    def variants(self) -> Mapping[str, Variant]:
        """Every variant by its public id: `family.variant`, or the family's name where there is only one."""
        return {variant_id(f, v): variant for f, family in self.families.items() for v, variant in family.variants.items()}

    def select(self, name: str) -> frozenset[str] | None:
        """The variants that a name stands for: `all`, a family, a variant or a property; None for no such name."""
        variants = self.variants
        if name == "all":
            return frozenset(variants)
        if name in variants:
            return frozenset({name})
        if name in self.families:
            return frozenset(variant_id(name, v) for v in self.families[name].variants)
        if name in self.properties:
            return frozenset(v for v, variant in variants.items() if name in variant.does)
        return None

    def __copy__(self) -> Self:
        """A copy works out its variants for itself: `model_copy` may give it other families."""
        copied = super().__copy__()
        copied.__dict__.pop("variants", None)
        return copied

    def names(self) -> set[str]:
        """Every name that `select` knows."""
        return {"all", *self.families, *self.variants, *self.properties}


def variant_id(family: str, variant: str) -> str:
    """The public id of a variant."""
    return family if variant == "whole" else f"{family}.{variant}"


def family_of(variant: str) -> str:
    """The family of a variant's public id."""
    return variant.partition(".")[0]


def read_catalogue(node: Node, faults: Faults) -> Catalogue | None:
    """The catalogue written in a file; None, with faults, where it can't be read."""
    try:
        catalogue = Catalogue.model_validate(node.plain())
    except ValidationError as error:
        for item in error.errors(include_url=False):
            what, remedy = _SHAPES.get(item["type"], (f"can't be read: {item['msg'].lower()}.", "Correct the entry."))
            faults.add(node.at(item["loc"]), f"`{clean('.'.join(map(str, item['loc'])), longest=120)}` {what}", remedy)
        return None
    for family, entry in catalogue.families.items():
        for name, variant in entry.variants.items():
            place = node.at(("families", family, "variants", name))
            _check_variant(variant_id(family, name), variant, set(catalogue.properties), place, faults)
    return catalogue


_SHAPES = {
    "missing": ("is missing.", "Add it."),
    "extra_forbidden": ("has no meaning here.", "Correct its name, or remove it."),
}


def _check_variant(name: str, variant: Variant, properties: set[str], place: Place, faults: Faults) -> None:
    if not variant.pressure.min <= variant.pressure.start <= variant.pressure.max:
        faults.add(place, f"technique `{name}` starts outside its pressures.", "Order `min`, `start` and `max`.")
    for prop in sorted(variant.does - properties):
        what = f"technique `{name}` does `{clean(prop)}`, which isn't a property."
        faults.add(place, what, nearest(prop, properties) or "Declare it under `properties:`.")
    deep, firm = variant.pressure.max >= 4, variant.pressure.max >= 3
    if deep != ("deep_pressure" in variant.does) or firm != ("firm_pressure" in variant.does):
        what = f"technique `{name}` has pressures that don't match `deep_pressure` and `firm_pressure`."
        faults.add(place, what, "Correct `does:`.")
