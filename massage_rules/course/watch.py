"""What the notes of a visit would mean, and how pressure may grow: the progress rules that could concern a site, and its ladders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from massage_rules.answer import TechniqueAdvice
from massage_rules.conditions import Facts, evaluate
from massage_rules.course.here import Here
from massage_rules.course.plan import Ladder, Rung, Step, Watch
from massage_rules.effects import Progress
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, UNKNOWN

_LASTING = ("complaints", "region", "side", "goals", "anticoagulated", "procedure", "age")


def watched(rulebook: Rulebook, sites: Sequence[Here]) -> tuple[Watch, ...]:
    """The progress rules that what lasts about the client doesn't rule out, the most cautious first."""
    unknown = dict.fromkeys(rulebook.definitions, UNKNOWN)
    lasting = [_lasting(facts) for here in sites for facts in here.facts]
    found = [
        (rule.effect.caution, rule)
        for rule in rulebook.rules.values()
        if isinstance(rule.effect, Progress) and any(evaluate(rule.when, f, unknown) is not FALSE for f in lasting)
    ]
    return tuple(
        Watch(
            rule=rule.id,
            action=rule.effect.action,
            title=rule.title,
            advice=rule.effect.advice,
            basis=rule.basis,
        )
        for _, rule in sorted(found, key=lambda pair: (-pair[0], pair[1].id))
        if isinstance(rule.effect, Progress)
    )


def _lasting(facts: Facts) -> Facts:
    return {name: facts[name] for name in _LASTING if name in facts}


def ladders(rulebook: Rulebook, steps: Sequence[Step]) -> Iterator[Ladder]:
    """How the pressure of each technique may grow: one level at a time, never above its limit."""
    scale = rulebook.catalogue.pressure_scale.levels
    raising = [r.id for r in rulebook.rules.values() if isinstance(r.effect, Progress) and r.effect.action == "progress"]
    for step in steps:
        if step.pressure_start is None or step.pressure_at_most is None or step.technique is None or step.site is None:
            continue
        if "joint_movement" in rulebook.catalogue.variants[step.technique].does:  # the hands guide; they don't press
            continue
        levels = range(step.pressure_start, step.pressure_at_most + 1)
        yield Ladder(
            site=step.site,
            technique=step.technique,
            label=step.label,
            rungs=tuple(
                Rung(
                    level=level,
                    name=scale[level].name,
                    anchor=scale[level].anchor,
                    when="from the next visit" if level == step.pressure_start else "once two visits in a row went well",
                )
                for level in levels
            ),
            rules=tuple(sorted(raising)) if len(levels) > 1 else (),
        )


def said_of(techniques: Sequence[TechniqueAdvice], rulebook: Rulebook, field: str) -> tuple[str, ...]:
    """What the catalogue says of the families of techniques, each thing once."""
    families = dict.fromkeys(t.family for t in techniques)
    return tuple(dict.fromkeys(words for f in families for words in getattr(rulebook.catalogue.families[f], field)))
