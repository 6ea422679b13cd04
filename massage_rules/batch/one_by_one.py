"""A client of a frame who isn't told in plain columns: read and decided as any other profile is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from massage_rules.advice import Evaluator
from massage_rules.answers import Unreadable
from massage_rules.effects import Adapt
from massage_rules.errors import Fault, MassageRulesError, Place, ProfileError
from massage_rules.profile import models
from massage_rules.questions import OpenPlace
from massage_rules.semantics import dispose_site
from massage_rules.techniques import HANDS_ON
from massage_rules.verdicts import Decision, Disposition, Finding
from massage_rules.views import Seen

Answered: TypeAlias = "dict[str, object]"
LISTS = ("denied", "otherwise_denied", "medications")
EVENTS = ("surgeries", "injuries", "problems", "clearances", "overrides")
_LIMITS = ("pressure_at_most", "minutes_at_most", "pain_at_most")


def answer(evaluator: Evaluator, rows: Sequence[Mapping[str, Any]], techniques: Sequence[str]) -> list[Answered]:
    """The answer for each row of a client; where the client can't be read, why not."""
    try:
        profile = models(evaluator.rulebook.vocabulary).profile.read(profile_of(evaluator, rows))
        seen, decision = evaluator.decide(profile, core="compiled")
    except (MassageRulesError, Unreadable) as error:
        return [{"site": number, "error": str(error)} for number in range(len(rows))]
    return [site_answer(evaluator, seen, decision, number, techniques) for number in range(len(rows))]


def profile_of(evaluator: Evaluator, rows: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The profile in the rows of a client, as plain data; raises ProfileError where they say different things of the client."""
    facts = evaluator.rulebook.vocabulary.facts
    sites: list[dict[str, object]] = []
    client: dict[str, object] = {}
    for row in rows:
        told = {name: _plain(value) for name, value in row.items() if value is not None and name != "client"}
        own = {name: value for name, value in told.items() if name in facts and facts[name].level == "site"}
        for name, value in told.items():
            if name in client and client[name] != value:
                what = f"`{name}` is told in different ways in the rows of one client."
                raise ProfileError([Fault(Place(name), what, "Say the same in each of them, or say it once.")])
        client |= {name: value for name, value in told.items() if name not in own}
        sites.append({"region": "body", **own})
    return {**client, "sites": sites}


def _plain(value: Any) -> Any:
    """The value of a cell without the fields of a struct that say nothing."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def site_answer(evaluator: Evaluator, seen: Seen, decision: Decision, number: int, techniques: Sequence[str]) -> Answered:
    """The answer for one place of a client."""
    site = decision.sites[number]
    hands_on = evaluator.rulebook.catalogue.select(HANDS_ON) or frozenset()
    here = dispose_site([j for n, j in site.judgements.items() if n in hands_on])
    told: Answered = {"site": number, "disposition": str(decision.disposition), "site_disposition": str(here)}
    for name in techniques:
        judgement = site.judgements[name]
        told[name] = str(judgement.verdict)
        for limit in _LIMITS:
            told[f"{name}.{limit}"] = getattr(judgement.limits, limit) if judgement.verdict.open else None
    against = {(f.rule.id, f.certain) for name in techniques for f in site.judgements[name].against if not f.rule.anatomical}
    told["reasons"] = sorted(rule for rule, certain in against if certain)
    told["open"] = sorted(rule for rule, certain in against if not certain)
    holding = {f.rule.id for n in techniques for f in site.judgements[n].against if _holds_up(f)}
    if here is Disposition.ASK_FIRST:
        holding |= {f.rule.id for n in techniques for f in site.judgements[n].suggested if not f.certain}
    told["questions"] = list(_questions(evaluator, seen, number, holding))
    return told


def _holds_up(finding: Finding) -> bool:
    """Whether it can't be told and would do more than set limits."""
    return not finding.certain and not isinstance(finding.rule.effect, Adapt)


def _questions(evaluator: Evaluator, seen: Seen, number: int, rules: Iterable[str]) -> Iterator[str]:
    """The facts on which these rules turn at a place, in the order of the vocabulary."""
    found: set[str] = set()
    for view in seen.views:
        if view.site == number:
            place = OpenPlace(evaluator.rulebook, view)
            place.watch(rules)
            found = found.union(*place.open.values())
    yield from (name for name in evaluator.rulebook.vocabulary.facts if name in found)
