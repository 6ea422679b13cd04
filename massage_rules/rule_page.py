"""One rule on a page, for the people who read, review and sign rules: all that a signature covers, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from massage_rules.display import basis_word, wrapped
from massage_rules.effects import Adapt, Avoid, Consult, Define, Effect, Emergency, Progress, Refer, Scope, Suggest
from massage_rules.errors import ContentError, Fault, Place, clean, nearest
from massage_rules.grounds import in_words
from massage_rules.languages import english
from massage_rules.rulebook import Rule, Rulebook, text_seen
from massage_rules.techniques import Catalogue


def rule_page(rulebook: Rulebook, rule_id: str) -> str:
    """One rule in full: what it does, why, its limits, the facts it needs, its sources and its review state."""
    rule = rulebook.rules.get(rule_id)
    if rule is None:
        remedy = nearest(rule_id, rulebook.rules) or "`massage-rules rules` lists them."
        raise ContentError([Fault(Place("rules"), f"there is no rule `{clean(rule_id)}`.", remedy)])
    return "\n".join(_rule_lines(rulebook, rule))


def _rule_lines(rulebook: Rulebook, rule: Rule) -> Iterator[str]:
    yield wrapped(f"{rule.id}: {rule.title}", 0, 2)
    yield wrapped(f"({rule.place}; {rule.status}, {rulebook.review(rule.id).words})", 0, 1)
    yield ""
    yield "What it does"
    yield wrapped(f"When {in_words(rulebook, rule.when)}: {type(rule.effect).__name__.lower()}.", 2)
    for line in effect_in_words(rulebook, rule.effect):
        yield wrapped(f"- {line}", 2, 4)
    if rule.do:
        yield wrapped(rule.do, 2)
    yield "Why"
    yield wrapped(rule.because, 2)
    yield "Limits"
    yield wrapped(rule.limits, 2)
    if used := rulebook.definitions_of(rule.id):
        yield "Definitions it uses"
        for name in used:
            whens = " or ".join(in_words(rulebook, r.when) for r in rulebook.definitions[name])
            yield wrapped(f"{rulebook.vocabulary.lay(name)}: {whens}", 2, 4)
    yield "Facts it needs"
    for name in rulebook.direct_facts(rule.id):
        fact = rulebook.vocabulary.facts[name]
        yield wrapped(" ".join(p for p in (f"{name}: {fact.ask}", fact.define) if p), 2, 4)
    yield f"Sources ({basis_word(rule.basis, say=english())})"
    for key in rule.references:
        entry = rulebook.references[key.split(" ")[0]]
        seen = "text seen" if text_seen(entry) else "recalled, text not seen"
        yield wrapped(f"{key}: {entry['title']} ({entry.get('year') or 'n.d.'}; {seen})", 2, 4)
    if signatures := rulebook.review(rule.id).signatures:
        yield "Signatures"
        for signature in signatures:
            yield wrapped(f"{signature.words}{f': {signature.note}' if signature.note else ''}", 2, 4)


def effect_in_words(rulebook: Rulebook, effect: Effect) -> Iterator[str]:
    """Everything that an effect says, a line for each part."""
    match effect:
        case Define(name):
            yield f"gives it the name: {rulebook.vocabulary.lay(name)}"
        case Emergency(consult, scope):
            yield _consult(rulebook, consult)
            yield from _scope(rulebook, scope)
        case Avoid(scope, maybe):
            yield from _scope(rulebook, scope)
            if maybe is not None:
                yield _consult(rulebook, maybe)
        case Refer(consult, scope, meanwhile):
            yield _consult(rulebook, consult)
            yield from _scope(rulebook, scope)
            if meanwhile:
                yield f"meanwhile: {meanwhile}"
        case Adapt():
            yield from _scope(rulebook, effect.scope)
            yield from _limits(rulebook, effect)
        case Suggest():
            yield from _suggestion(rulebook.catalogue, effect)
        case Progress(action, advice):
            yield action
            if advice:
                yield advice


def _consult(rulebook: Rulebook, consult: Consult) -> str:
    return (
        f"{english()(f'urgency.{consult.urgency}').lower()}, {rulebook.vocabulary.clinicians[consult.who].lower()}: {consult.ask}"
    )


def _scope(rulebook: Rulebook, scope: Scope) -> Iterator[str]:
    yield f"techniques: {_techniques(rulebook.catalogue, scope.techniques)}"
    if isinstance(scope.where, tuple):
        where = ", ".join(rulebook.vocabulary.regions.label(name).lower() for name in scope.where)
    else:
        where = "the whole body" if scope.where == "body" else "the place that the facts belong to"
    side = f", on one side as told by: {rulebook.vocabulary.lay(scope.side)}" if scope.side else ""
    yield f"where: {where}{side}"
    if scope.margin_cm is not None:
        yield f"and {scope.margin_cm:g} cm around it"


def _techniques(catalogue: Catalogue, chosen: frozenset[str]) -> str:
    """The techniques by what they have in common, or else family by family."""
    if chosen == catalogue.select("all"):
        return "all"
    for name, words in catalogue.properties.items():
        if chosen == catalogue.select(name):
            return f"all with the property `{name}` ({words[0].lower()}{words[1:]})"
    variants, left, found = catalogue.variants, set(chosen), []
    for name, family in catalogue.families.items():
        whole = catalogue.select(name) or frozenset()
        if whole <= left:
            found.append(family.label.lower())
            left -= whole
    return ", ".join([*found, *(variants[v].label.lower() for v in sorted(left))])


def _limits(rulebook: Rulebook, effect: Adapt) -> Iterator[str]:
    regions, scale = rulebook.vocabulary.regions, rulebook.catalogue.pressure_scale
    if effect.pressure_at_most is not None:
        yield f"pressure at most {effect.pressure_at_most} ({scale.levels[effect.pressure_at_most].name})"
    if effect.minutes_at_most is not None:
        yield f"at most {effect.minutes_at_most:g} minutes"
    if effect.pain_at_most is not None:
        yield f"discomfort at most {effect.pain_at_most:g} of 10"
    if effect.no_positions:
        yield ", ".join(f"not {english()(f'position.{p}')}" for p in sorted(effect.no_positions))
    if effect.spare:
        yield f"leave out: {', '.join(regions.label(name).lower() for name in effect.spare)}"
    for motion, most in effect.motion.items():
        found = regions.motions[motion]
        yield f"{found.label.lower()}: at most {most:g}{'°' if found.unit == 'deg' else f' {found.unit}'}"
    if effect.no_end_range:
        yield "no movement to the end of the range"
    if effect.advice:
        yield effect.advice


def _suggestion(catalogue: Catalogue, effect: Suggest) -> Iterator[str]:
    yield f"techniques: {_techniques(catalogue, effect.techniques)}"
    yield f"as: {effect.role.replace('_', ' ')}"
    yield f"for: {', '.join(catalogue.goals[g].lower() for g in effect.goals)}"
    says = f"; research says: {', '.join(s.replace('_', ' ') for s in effect.evidence_says)}" if effect.evidence_says else ""
    yield f"certainty: {effect.certainty.replace('_', ' ')}{says}"
    if effect.pressure_at_most is not None:
        yield f"pressure at most {effect.pressure_at_most}"
    if effect.course:
        yield f"course: {'; '.join(_course(effect.course))}"
    if effect.note:
        yield effect.note
    for name, note in effect.notes.items():
        yield f"{catalogue.variants[name].label.lower()}: {note}"


def _course(course: Mapping[str, object]) -> Iterator[str]:
    for name, value in course.items():
        span = " to ".join(f"{v:g}" for v in value) if isinstance(value, list | tuple) else str(value)
        yield f"{name.replace('_', ' ')} {span}"
