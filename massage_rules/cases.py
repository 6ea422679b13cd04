"""Clinicians' cases: a client, and what is expected of the advice; run, compared, and told in clinical words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from massage_rules._yaml import Node, listed, read
from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.effects import ACTIONS, POSITIONS
from massage_rules.errors import ContentError, Fault, Faults, Place, ProfileError, clean, nearest
from massage_rules.profile import ProfileBase, models
from massage_rules.rulebook import Rulebook
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction
from massage_rules.verdicts import Decision, Disposition, Verdict
from massage_rules.views import ELSEWHERE

_KEYS = {
    "case", "profile", "disposition", "expect", "holds", "fails", "open", "asks", "asks_not", "consults", "limits", "progress", "source",
    "known_gap", "note",
}  # fmt: skip
_LIMITS = {"pressure_at_most", "minutes_at_most", "pain_at_most", "no_positions", "spare", "motion", "no_end_range"}


@dataclass(frozen=True, slots=True)
class Case:
    """One client with what is expected; only what is said is compared."""

    name: str
    place: Place
    profile: ProfileBase
    disposition: tuple[str, ...]
    expect: Mapping[tuple[int, str], tuple[str, ...]]
    rules: Mapping[str, Truth]
    asks: tuple[str, ...]
    asks_not: tuple[str, ...]
    consults: tuple[str, ...]
    limits: Mapping[str, Mapping[str, Any]]
    progress: tuple[str, ...]
    source: Mapping[str, Any]
    known_gap: str


def load_cases(path: Path, rulebook: Rulebook, *, name: str = "") -> tuple[Case, ...]:
    """The cases of a file; raises ContentError with every fault of it."""
    node = read(path, name=name or path.name)
    faults = Faults()
    found = []
    seen: dict[str, Place] = {}
    for item in node.listing(faults, what="a file of cases"):
        case = _read_case(item, rulebook, faults)
        if case is not None:
            if case.name in seen:
                faults.add(item.place, f"the case `{clean(case.name)}` stands twice.", "Give each case its own sentence.")
            seen[case.name] = item.place
            found.append(case)
    faults.stop_if_any()
    return tuple(found)


def case_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every `*.cases.yaml` among and below the paths, in order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.cases.yaml"))
        elif path.exists():
            yield path
        else:
            raise ContentError([Fault(Place(str(path)), "isn't there.", "Give a file of cases or a folder that holds some.")])


def _read_case(node: Node, rulebook: Rulebook, faults: Faults) -> Case | None:
    entry = node.mapping(faults, what="a case")
    node.allow(_KEYS, faults, what="a case")
    before = len(faults.found)
    if "case" not in entry or "profile" not in entry:
        faults.add(node.place, "a case needs `case` (a sentence) and `profile`.", "Add them.")
        return None
    name = entry["case"].text(faults, what="`case`")
    try:
        profile = models(rulebook.vocabulary).profile.read(entry["profile"])
    except ProfileError as error:
        faults.found += error.faults
        return None

    def words(key: str) -> tuple[str, ...]:
        return entry[key].words(faults, what=f"`{key}`") if key in entry else ()

    def names(key: str, valid: Iterable[str], what: str) -> tuple[str, ...]:
        allowed = set(valid)
        for word in words(key):
            if word not in allowed:
                faults.add(entry[key].place, f"`{clean(word)}` isn't {what}.", nearest(word, allowed))
        return words(key)

    rules: dict[str, Truth] = {}
    for key, truth in (("holds", TRUE), ("fails", FALSE), ("open", UNKNOWN)):
        for rule in names(key, rulebook.rules, "a rule"):
            if rules.setdefault(rule, truth) is not truth:
                faults.add(
                    entry[key].place,
                    f"`{rule}` is said to be two things at once.",
                    "Name it under one of `holds`, `fails`, `open`.",
                )
    askable = {*rulebook.vocabulary.facts, *rulebook.vocabulary.blocks}
    case = Case(
        name=name,
        place=node.place,
        profile=profile,
        disposition=names("disposition", [str(d) for d in Disposition], "a disposition"),
        expect=_read_expect(entry.get("expect"), profile, rulebook, faults),
        rules=rules,
        asks=names("asks", askable, "a fact or a block"),
        asks_not=names("asks_not", askable, "a fact or a block"),
        consults=names("consults", rulebook.vocabulary.clinicians, "a clinician"),
        limits=_read_limits(entry.get("limits"), rulebook, faults),
        progress=names("progress", (*ACTIONS, "nothing"), "what the last sessions may mean"),
        source=_plain_mapping(entry.get("source")),
        known_gap=entry["known_gap"].text(faults, what="`known_gap`") if "known_gap" in entry else "",
    )
    said = (case.disposition, case.expect, case.rules, case.asks, case.asks_not, case.consults, case.limits, case.progress)
    if not any(said):
        faults.add(
            node.place,
            f"the case `{clean(name)}` expects nothing.",
            "Say what should come of it, e.g. `disposition:` or `holds:`.",
        )
    return case if len(faults.found) == before else None


def _plain_mapping(node: Node | None) -> dict[str, Any]:
    plain = node.plain() if node is not None else {}
    return plain if isinstance(plain, dict) else {"title": plain}


def _read_expect(
    node: Node | None, profile: ProfileBase, rulebook: Rulebook, faults: Faults
) -> dict[tuple[int, str], tuple[str, ...]]:
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    techniques = {*rulebook.catalogue.families, *rulebook.catalogue.variants}
    sites = [p.region for p in profile.places]

    def verdicts(site: int, entries: Mapping[str, Node]) -> None:
        for technique, value in entries.items():
            words = value.words(faults, what="a verdict")
            for word in words:
                if word not in list(Verdict):
                    faults.add(
                        value.place,
                        f"`{clean(word)}` isn't a verdict.",
                        nearest(word, list(Verdict)) or f"It takes {listed(list(Verdict))}.",
                    )
            if technique not in techniques:
                faults.add(value.place, f"`{clean(technique)}` isn't a technique.", nearest(technique, techniques))
            found[site, technique] = words

    for key, value in node.mapping(faults, what="`expect`").items() if node is not None else ():
        if isinstance(value.value, dict):
            if key not in sites:
                faults.add(
                    value.place,
                    f"`{clean(key)}` isn't a site of this case.",
                    nearest(key, sites) or f"Its sites are {listed(sites)}.",
                )
            else:
                verdicts(sites.index(key), value.value)
        else:
            verdicts(0, {key: value})
    return found


def _read_limits(node: Node | None, rulebook: Rulebook, faults: Faults) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    techniques = {*rulebook.catalogue.families, *rulebook.catalogue.variants}
    for technique, value in node.mapping(faults, what="`limits`").items() if node is not None else ():
        if technique not in techniques:
            faults.add(value.place, f"`{clean(technique)}` isn't a technique.", nearest(technique, techniques))
        value.allow(_LIMITS, faults, what="the limits")
        plain = value.plain()
        found[technique] = plain if isinstance(plain, dict) else {}
        for position in found[technique].get("no_positions", ()):
            if position not in POSITIONS:
                faults.add(value.place, f"`{clean(position)}` isn't a position.", nearest(position, POSITIONS))
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with what came out; no differences means that it passed."""

    case: Case
    advice: Advice
    decision: Decision
    differences: tuple[str, ...]
    truths: Mapping[str, Truth]


def run(case: Case, evaluator: Evaluator) -> Outcome:
    """The case's advice compared with what it expects."""
    seen, decision = evaluator.decide(case.profile)
    told = [t for v, t in zip(seen.views, decision.truths, strict=True) if v.site != ELSEWHERE]
    truths = {r: disjunction([t[r] for t in told]) for r in evaluator.rulebook.rules}
    advice = evaluator.write(case.profile, seen, decision)
    return Outcome(case, advice, decision, tuple(_differences(case, advice, decision, truths)), truths)


def _differences(case: Case, advice: Advice, decision: Decision, truths: Mapping[str, Truth]) -> Iterator[str]:
    if case.disposition and advice.disposition not in case.disposition:
        yield f"expected {_or(case.disposition)}, but the answer is: {advice.disposition} ({advice.summary})"
    for (site, technique), accepted in case.expect.items():
        found = advice.sites[site][technique]
        if found.verdict not in accepted:
            deciding = found.decided_by or found.reasons[:3]
            why = "; ".join(advice.reasons[r].title for r in deciding if r in advice.reasons) or "nothing speaks for it"
            yield f"{technique} at the {advice.sites[site].label.lower()}: expected {_or(accepted)}, got {found.verdict} because: {why}"
    for rule, expected in case.rules.items():
        if truths[rule] is not expected:
            yield f"rule {rule} {truths[rule]}, but the case says it {expected}"
    questions = (*advice.questions, *advice.easing_questions)
    asked = {name for q in questions for name in (q.id, *q.facts, *q.blocks)}
    for name in case.asks:
        if name not in asked:
            yield f"should ask about {name}, but asks {_or(sorted(q.id for q in questions)) or 'nothing'}"
    for name in case.asks_not:
        if name in asked:
            yield f"shouldn't ask about {name}, but does"
    consulted = {c.who for c in advice.consults}
    for who in case.consults:
        if who not in consulted:
            yield f"should send to the {who}, but sends to {_or(sorted(consulted)) or 'nobody'}"
    action = next((p.action for p in advice.progress if p.site == 0), "nothing")
    if case.progress and action not in case.progress:
        yield f"expected the last sessions to mean {_or(case.progress)}, but they mean: {action}"
    yield from _limit_differences(case, decision)


def _limit_differences(case: Case, decision: Decision) -> Iterator[str]:
    for technique, expected in case.limits.items():
        judgements = [j for n, j in decision.sites[0].judgements.items() if technique in (n, n.partition(".")[0])]
        judgement = min(judgements, key=lambda j: j.verdict.caution)
        for name, value in expected.items():
            found = getattr(judgement.limits, name)
            if name in ("no_positions", "spare"):
                wanted = set(value) if isinstance(value, list) else {value}
                if not wanted <= set(found):
                    yield f"{technique}: expected {name} {_or(sorted(wanted))}, got {_or(sorted(found)) or 'none'}"
            elif name == "motion":
                for motion, most in value.items():
                    if found.get(motion) != most:
                        yield f"{technique}: expected {motion} at most {most}, got {found.get(motion, 'no limit')}"
            elif found != (value == "yes" if name == "no_end_range" else value):
                yield f"{technique}: expected {name} {value}, got {'no limit' if found is None else found}"


def _or(words: Sequence[str]) -> str:
    return " or ".join(words)


def uncovered(rulebook: Rulebook, cases: Iterable[Case]) -> dict[str, tuple[str, ...]]:
    """The rules for which no case says that they hold, that they don't, or that they can't be told."""
    said: dict[str, set[Truth]] = {}
    for case in cases:
        for rule, truth in case.rules.items():
            said.setdefault(rule, set()).add(truth)
    words = {TRUE: "holds", FALSE: "fails", UNKNOWN: "open"}
    gaps = {
        rule.id: tuple(w for t, w in words.items() if t not in said.get(rule.id, set()))
        for rule in rulebook.rules.values()
        if not rule.anatomical and rule.id not in rulebook.from_protocols
    }
    return {rule: missing for rule, missing in gaps.items() if missing}
