"""One rule on a page, for the people who read and review rules."""

from __future__ import annotations

from collections.abc import Iterator

from massage_rules.display import BASIS_WORDS, wrapped
from massage_rules.errors import ContentError, Fault, Place, nearest
from massage_rules.grounds import in_words
from massage_rules.rulebook import Rule, Rulebook


def rule_page(rulebook: Rulebook, rule_id: str) -> str:
    """One rule in full: what it does, why, its limits, the facts it needs, its sources and its review state."""
    rule = rulebook.rules.get(rule_id)
    if rule is None:
        fault = Fault(Place("rules"), f"there is no rule `{rule_id}`.", nearest(rule_id, rulebook.rules))
        raise ContentError([fault])
    return "\n".join(_rule_lines(rulebook, rule))


def _rule_lines(rulebook: Rulebook, rule: Rule) -> Iterator[str]:
    yield wrapped(f"{rule.id}: {rule.title}", 0, 2)
    yield f"({rule.place}; {rule.status}, {rule.review})"
    yield ""
    yield "What it does"
    yield wrapped(f"When {in_words(rulebook, rule.when)}: {type(rule.effect).__name__.lower()}.", 2)
    if rule.do:
        yield wrapped(rule.do, 2)
    yield "Why"
    yield wrapped(rule.because, 2)
    yield "Limits"
    yield wrapped(rule.limits, 2)
    yield "Facts it needs"
    for name in rulebook.direct_facts(rule.id):
        yield wrapped(f"{name}: {rulebook.vocabulary.facts[name].ask}", 2, 4)
    yield f"Sources ({BASIS_WORDS.get(rule.basis, rule.basis)})"
    for key in rule.references:
        entry = rulebook.references[key.split(" ")[0]]
        seen = "text seen" if entry["read"] in (True, "true", "yes") else "recalled, text not seen"
        yield wrapped(f"{key}: {entry['title']} ({entry.get('year') or 'n.d.'}; {seen})", 2, 4)
