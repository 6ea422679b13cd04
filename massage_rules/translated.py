"""A rulebook told in another language: the same rules, with other words for what they speak of.

Conditions, effects, ids and digests stay as they are, so that the answer is the same. A text that isn't translated, or whose
English has changed since it was, stays in English.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from massage_rules.anatomy import anatomical_rules
from massage_rules.blocks import Block, Sheet
from massage_rules.effects import Adapt, Avoid, Define, Effect, Emergency, Progress, Refer
from massage_rules.errors import ContentError, Fault, Place, clean, nearest
from massage_rules.languages import Language
from massage_rules.regions import Region, Regions
from massage_rules.rule import Rule
from massage_rules.rulebook import Rulebook
from massage_rules.techniques import Catalogue, Family, variant_id
from massage_rules.vocabulary import Fact, Vocabulary

_Asked = TypeVar("_Asked", Block, Sheet)
NOWHERE = Place("")
_Choose: TypeAlias = Callable[[str, str], str]  # from a path and the English there, the words to tell


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a rulebook a language can tell: the paths of all texts, of those it has, and of those whose English changed."""

    texts: tuple[str, ...]
    told: tuple[str, ...]
    changed: tuple[str, ...]


def translated(rulebook: Rulebook, language: Language) -> Rulebook:
    """The same rulebook, told in this language as far as it is translated."""

    def choose(path: str, english: str) -> str:
        text = language.texts.get(path)
        return text.words if text is not None and text.english == english else english

    return _told(rulebook, choose, language)


def texts(rulebook: Rulebook) -> dict[str, str]:
    """Every text that can be translated, by its path."""
    found: dict[str, str] = {}

    def note(path: str, english: str) -> str:
        found[path] = english
        return english

    _told(rulebook, note, rulebook.language)
    return found


def coverage(rulebook: Rulebook, language: Language) -> Coverage:
    """How much of a rulebook a language can tell; raises ContentError where it translates what there isn't."""
    known = texts(rulebook)
    strange = [path for path in language.texts if path not in known]
    if strange:
        raise ContentError(
            Fault(
                language.texts[path].place, f"`{clean(path)}` isn't a text of the rulebook.", nearest(path, known) or "Remove it."
            )
            for path in strange
        )
    changed = tuple(path for path, text in language.texts.items() if text.english != known[path])
    return Coverage(tuple(known), tuple(path for path in language.texts if path not in changed), changed)


def _told(rulebook: Rulebook, choose: _Choose, language: Language) -> Rulebook:
    vocabulary, catalogue = _vocabulary(rulebook.vocabulary, choose, language), _catalogue(rulebook.catalogue, choose)
    mapped = {r.id: r for r in anatomical_rules(vocabulary, catalogue, place=NOWHERE, say=language) if r.id in rulebook.rules}
    told = replace(
        rulebook,
        rules={
            name: _mapped(rule, mapped[name]) if name in mapped else _rule(rule, choose) for name, rule in rulebook.rules.items()
        },
        vocabulary=vocabulary,
        catalogue=catalogue,
        topics=tuple(replace(t, label=choose(f"topics.{t.id}", t.label)) for t in rulebook.topics),
        language=language,
        _topics={},
    )
    told.__dict__["reviews"] = rulebook.reviews  # INVARIANT: a signature stands under the English
    return told


def _mapped(rule: Rule, told: Rule) -> Rule:
    """A rule of the map of the body in other words."""
    return replace(rule, title=told.title, effect=told.effect, because=told.because, limits=told.limits)


def _rule(rule: Rule, choose: _Choose) -> Rule:
    """A rule in other words, as far as there are any; definitions are never told."""
    if isinstance(rule.effect, Define):
        return rule
    path = f"rules.{rule.id}"
    said = {key: choose(f"{path}.{key}", words) for key in ("title", "because", "limits", "do") if (words := getattr(rule, key))}
    effect = _effect(path, rule.effect, choose)
    if effect is rule.effect and all(getattr(rule, key) == words for key, words in said.items()):
        return rule
    return replace(rule, effect=effect, **said)  # type: ignore[arg-type]


def _effect(path: str, effect: Effect, choose: _Choose) -> Effect:
    """An effect with the sentences in it told."""
    told: dict[str, object] = {}
    consult = effect.consult if isinstance(effect, Emergency | Avoid | Refer) else None
    if consult is not None and (ask := choose(f"{path}.ask", consult.ask)) != consult.ask:
        told["consult"] = replace(consult, ask=ask)
    key = "meanwhile" if isinstance(effect, Refer) else "advice" if isinstance(effect, Adapt | Progress) else ""
    words = getattr(effect, key) if key else ""
    if words and (said := choose(f"{path}.{key}", words)) != words:
        told[key] = said
    return replace(effect, **told) if told else effect  # type: ignore[arg-type]


def _vocabulary(known: Vocabulary, choose: _Choose, language: Language) -> Vocabulary:
    regions = _regions(known.regions, choose)
    facts = {name: _fact(fact, choose) for name, fact in known.facts.items() if name not in ("region", "side")}
    places = {name: regions.label(name) for name in known.facts["region"].values}
    sides = {side: language(f"side.{side}") for side in known.facts["side"].values}
    facts["region"] = replace(known.facts["region"], ask=choose("facts.region.ask", known.facts["region"].ask), values=places)
    facts["side"] = replace(known.facts["side"], ask=choose("facts.side.ask", known.facts["side"].ask), values=sides)
    return replace(
        known,
        facts={name: facts[name] for name in known.facts},
        blocks={name: _asked("blocks", block, choose) for name, block in known.blocks.items()},
        sheets={name: _asked("sheets", sheet, choose) for name, sheet in known.sheets.items()},
        clinicians={name: choose(f"clinicians.{name}", label) for name, label in known.clinicians.items()},
        regions=regions,
    )


def _fact(fact: Fact, choose: _Choose) -> Fact:
    path = f"facts.{fact.id}"
    return replace(
        fact,
        ask=choose(f"{path}.ask", fact.ask),
        label=choose(f"{path}.label", fact.label or fact.id.replace("_", " ")),
        why=choose(f"{path}.why", fact.why) if fact.why else "",
        values={value: choose(f"{path}.values.{value}", words) for value, words in fact.values.items()},
    )


def _asked(kind: str, asked: _Asked, choose: _Choose) -> _Asked:
    path = f"{kind}.{asked.id}"
    title, ask, why = (
        choose(f"{path}.{key}", words) for key, words in (("title", asked.title), ("ask", asked.ask), ("why", asked.why))
    )
    return replace(asked, title=title, ask=ask, why=why)


def _regions(known: Regions, choose: _Choose) -> Regions:
    return replace(
        known,
        regions={name: _region(region, choose) for name, region in known.regions.items()},
        group_labels={name: choose(f"regions.{name}", known.label(name)) for name in known.groups},
        motions={name: replace(motion, label=choose(f"motions.{name}", motion.label)) for name, motion in known.motions.items()},
    )


def _region(region: Region, choose: _Choose) -> Region:
    return replace(
        region,
        label=choose(f"regions.{region.id}", region.label),
        structures=tuple(choose(f"structures.{words}", words) for words in region.structures),
        note=choose(f"regions.{region.id}.note", region.note) if region.note else "",
    )


def _catalogue(known: Catalogue, choose: _Choose) -> Catalogue:
    levels = {
        n: level.model_copy(
            update={"name": choose(f"levels.{n}", level.name), "anchor": choose(f"levels.{n}.anchor", level.anchor)}
        )
        for n, level in known.pressure_scale.levels.items()
    }
    told = {
        "families": {name: _family(name, family, choose) for name, family in known.families.items()},
        "goals": {name: choose(f"goals.{name}", words) for name, words in known.goals.items()},
        "pressure_scale": known.pressure_scale.model_copy(update={"levels": levels}),
    }
    return known.model_copy(update=told)


def _family(name: str, family: Family, choose: _Choose) -> Family:
    """A family in other words: the names of its techniques, how they are done, and what to mind after them."""
    variants = {}
    for key, variant in family.variants.items():
        path = f"techniques.{variant_id(name, key)}"
        told = {"label": choose(path, variant.label), "how_performed": _lines(f"{path}.how", variant.how_performed, choose)}
        variants[key] = variant.model_copy(update=told)
    aftercare = _lines(f"families.{name}.aftercare", family.aftercare, choose)
    label = choose(f"families.{name}", family.label)
    return family.model_copy(update={"label": label, "variants": variants, "aftercare": aftercare})


def _lines(path: str, lines: Sequence[str], choose: _Choose) -> tuple[str, ...]:
    return tuple(choose(f"{path}.{number}", words) for number, words in enumerate(lines, 1))
