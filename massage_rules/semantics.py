"""What the rules mean: the truth of every rule, the verdict on every technique, and what is to be done.

This is the definition. Every other reading of the rulebook is tested for agreement with it.

1. A rule holds, doesn't hold or can't be told, by Kleene's logic over what is known.
2. A finding is a rule that holds or can't be told at a site; it binds the parts of the site that its effect names.
3. `emergency` and `avoid` close the parts they bind, `refer` keeps them waiting, each until it is known where it
   can't be told. `adapt` sets its limits in either case. `suggest` indicates only where it holds.
4. The strictest finding decides. Nothing is suitable without an indication. Limits combine to the narrowest; a
   technique whose own range they leave no room for is closed by them.
5. The disposition follows from the verdicts on hands-on techniques at all sites, and an emergency from its rule alone.
6. `progress` says what the last sessions mean where it holds, and nothing where it can't be told; it changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from massage_rules.conditions import Facts, evaluate
from massage_rules.effects import POSITIONS, Adapt, Avoid, Define, Emergency, Progress, Refer, Suggest
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.parts import Clearance
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rule, Rulebook
from massage_rules.techniques import HANDS_ON, Variant
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction
from massage_rules.verdicts import Decision, Disposition, Finding, Judgement, Limits, SiteDecision, Verdict
from massage_rules.views import ELSEWHERE, Seen, View

_AGAINST = (Emergency, Avoid, Refer, Adapt)
_SILENT = (Define, Progress)  # of techniques
_EVERY_POSITION = frozenset(POSITIONS)


def truths(rulebook: Rulebook, facts: Facts) -> dict[str, Truth]:
    """The truth of every rule, definitions first."""
    found: dict[str, Truth] = {}
    defined: dict[str, Truth] = {}
    for rule in rulebook.ordered:
        found[rule.id] = evaluate(rule.when, facts, defined)
        if isinstance(rule.effect, Define):
            defined[rule.effect.name] = defined.get(rule.effect.name, FALSE) | found[rule.id]
    return found


def decide(rulebook: Rulebook, profile: ProfileBase, seen: Seen, told: Sequence[Mapping[str, Truth]]) -> Decision:
    """The decision on a profile, given the truth of every rule in each of its views."""
    clearances = _valid_clearances(rulebook, profile)
    pairs = list(zip(seen.views, told, strict=True))
    possible = {rule for truths in told for rule, truth in truths.items() if truth is not FALSE}
    rules = [rule for rule in rulebook.rules.values() if rule.id in possible]
    variants = rulebook.catalogue.variants
    sites = []
    progress: list[Finding] = []
    for index, site in enumerate(profile.places):
        covered = rulebook.vocabulary.regions.parts(site.region)
        found = tuple(_findings(rulebook, rules, pairs, index, covered, site.side, clearances))
        bearing = by_technique(found)
        judged = {name: judge(rulebook, name, variant, bearing.get(name, ()), covered) for name, variant in variants.items()}
        sites.append(SiteDecision(site.region, site.side, found, judged))
        progress += _progress(rules, pairs, index, covered, clearances)
    elsewhere = tuple(_findings_elsewhere(rulebook, rules, pairs, clearances))
    return Decision(dispose(rulebook, sites, elsewhere), tuple(sites), elsewhere, tuple(progress), tuple(told))


_Pairs: TypeAlias = "Sequence[tuple[View, Mapping[str, Truth]]]"


def _findings(
    rulebook: Rulebook,
    rules: Sequence[Rule],
    pairs: _Pairs,
    site: int,
    covered: frozenset[str],
    side: str | None,
    clearances: Mapping[str, Clearance],
) -> Iterator[Finding]:
    own = [(view, truths) for view, truths in pairs if view.site == site]
    for rule in rules:
        if isinstance(rule.effect, _SILENT):
            continue
        local = isinstance(rule.effect, Suggest) or rule.effect.scope.where == "here"
        told = own if local else [*own, *(p for p in pairs if p[0].site != site and _speaks_of(rulebook, rule, p[0]))]
        outcome = disjunction([t[rule.id] for _, t in told])
        if outcome is FALSE:
            continue
        certain: frozenset[str] = frozenset()
        if outcome is TRUE:
            certain = _bound(rulebook, rule, [v for v, t in told if t[rule.id] is TRUE], covered, side)
            yield Finding(rule, TRUE, site, certain, clearances.get(rule.id))
        open_ = [v for v, t in told if t[rule.id] is UNKNOWN]
        if open_ and (outcome is UNKNOWN or not _bound(rulebook, rule, open_, covered, side) <= certain):
            yield Finding(rule, UNKNOWN, site, _bound(rulebook, rule, open_, covered, side), clearances.get(rule.id))


def by_technique(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings that bear on each technique, in their order."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        effect = finding.rule.effect
        if not isinstance(effect, _SILENT):
            for name in effect.techniques if isinstance(effect, Suggest) else effect.scope.techniques:
                found.setdefault(name, []).append(finding)
    return found


def _progress(
    rules: Sequence[Rule], pairs: _Pairs, site: int, covered: frozenset[str], clearances: Mapping[str, Clearance]
) -> list[Finding]:
    """The progress rules that hold at a site, the most cautious first."""
    told = [truths for view, truths in pairs if view.site == site]
    speaking = [(r.effect.caution, r) for r in rules if isinstance(r.effect, Progress)]
    held = [(caution, r) for caution, r in speaking if any(t[r.id] is TRUE for t in told)]
    return [Finding(r, TRUE, site, covered, clearances.get(r.id)) for _, r in sorted(held, key=lambda pair: -pair[0])]


def _findings_elsewhere(
    rulebook: Rulebook, rules: Sequence[Rule], pairs: _Pairs, clearances: Mapping[str, Clearance]
) -> Iterator[Finding]:
    """What calls for a clinician because of a local problem that touches no site."""
    for view, told in pairs:
        if view.site != ELSEWHERE:
            continue
        for rule in rules:
            finding = Finding(rule, told[rule.id], ELSEWHERE, view.covered, clearances.get(rule.id))
            if finding.calls and told[rule.id] is not FALSE and _speaks_of(rulebook, rule, view):
                yield finding


def _speaks_of(rulebook: Rulebook, rule: Rule, view: View) -> bool:
    """Whether a rule turns on what is told of another place: its facts, and for a problem elsewhere the problem itself."""
    if view.site != ELSEWHERE:
        return rule.id not in rulebook.whole_body
    return any(not rulebook.reads(rule.id).isdisjoint(event.facts) for event in view.events)


def _bound(rulebook: Rulebook, rule: Rule, views: Sequence[View], covered: frozenset[str], side: str | None) -> frozenset[str]:
    """The parts of a site that a rule's effect binds, given the views in which it holds or can't be told."""
    if isinstance(rule.effect, Define | Suggest | Progress):
        return covered
    scope, reads, parts = rule.effect.scope, rulebook.reads(rule.id), rulebook.vocabulary.regions.parts
    found: frozenset[str] = frozenset()
    for view in views:
        told = view.facts.get(scope.side) if scope.side else None
        if {told, side} == {"left", "right"}:
            continue
        match scope.where:
            case "body":
                found |= covered
            case "here":
                found |= covered & view.parts(reads)
            case regions:
                found |= covered & frozenset().union(*(parts(r) for r in regions))
    return found


def _valid_clearances(rulebook: Rulebook, profile: ProfileBase) -> dict[str, Clearance]:
    found: dict[str, Clearance] = {}
    for i, clearance in enumerate(profile.clearances):
        rule = rulebook.rules.get(clearance.rule)
        where = Place(f"profile.clearances.{i}")
        if rule is None:
            raise ProfileError([_no_such_rule(where, clearance.rule, rulebook)])
        if isinstance(rule.effect, Emergency):
            raise ProfileError(
                [Fault(where, f"`{clearance.rule}` is an emergency and can't be cleared in writing.", "Remove the clearance.")]
            )
        today = profile.as_of or date.min
        if clearance.on is not None and clearance.until is not None and clearance.on <= today <= clearance.until:
            found[clearance.rule] = clearance
    for i, override in enumerate(profile.overrides):
        if override.rule not in rulebook.rules:
            raise ProfileError([_no_such_rule(Place(f"profile.overrides.{i}"), override.rule, rulebook)])
    return found


def _no_such_rule(where: Place, name: str, rulebook: Rulebook) -> Fault:
    return Fault(
        where, f"`{clean(name)}` isn't a rule.", nearest(name, rulebook.rules) or "Rules are listed by `massage-rules rules`."
    )


@dataclass(slots=True)
class _Tally:
    """What the findings against one technique add up to, kept apart by what is certain and what is open."""

    covered: frozenset[str]
    closed: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    caps: dict[str, int] = field(default_factory=dict)
    certain_caps: dict[str, int] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    certain_barred: set[str] = field(default_factory=set)
    minutes: float | None = None
    pain: float | None = None
    margin: float | None = None
    motion: dict[str, float] = field(default_factory=dict)
    no_end_range: bool = False
    because: dict[str, dict[str, None]] = field(default_factory=dict)
    blamed: int = 0

    def blame(self, name: str, rule: Rule) -> None:
        rules = self.because.setdefault(name, {})
        if rule.id not in rules:
            rules[rule.id] = None
            self.blamed += 1


def judge(rulebook: Rulebook, name: str, variant: Variant, findings: Sequence[Finding], covered: frozenset[str]) -> Judgement:
    """The verdict on one technique at one site."""
    tally, against, suggested, mapped = _Tally(covered), [], [], []
    indicated = FALSE
    for finding in findings:
        effect = finding.rule.effect
        if isinstance(effect, Suggest):
            if name in effect.techniques:
                indicated = indicated | finding.truth
                suggested.append(finding)
        elif isinstance(effect, _AGAINST) and name in effect.scope.techniques and finding.cleared is None:
            if finding.parts and _count(rulebook, tally, finding, effect, variant):
                against.append(finding)
            elif finding.rule.anatomical:
                mapped.append(finding)
    against += _binding_map(tally, mapped, variant)
    closed, waiting, pending = _close(tally, variant)
    limits = _limits(tally, variant, closed | waiting | pending)
    if closed >= covered:
        verdict = Verdict.AVOID
    elif closed | waiting >= covered:
        verdict = Verdict.REFER_FIRST
    elif indicated is not TRUE:
        verdict = Verdict.NOT_INDICATED
    elif closed | waiting | pending >= covered:
        verdict = Verdict.ASK_FIRST
    else:
        verdict = Verdict.ADAPT if limits else Verdict.SUITABLE
    return Judgement(name, verdict, limits, tuple(suggested), tuple(against))


def _count(
    rulebook: Rulebook, tally: _Tally, finding: Finding, effect: Emergency | Avoid | Refer | Adapt, variant: Variant
) -> bool:
    """Adds a finding to the tally; says whether it makes any difference to this technique."""
    parts = finding.parts
    if not isinstance(effect, Adapt):
        closing = tally.waiting if isinstance(effect, Refer) else tally.closed
        (closing if finding.certain else tally.pending).update(parts)
        if effect.scope.margin_cm is not None:
            tally.margin = max(tally.margin or 0, effect.scope.margin_cm)
            tally.blame("margin_cm", finding.rule)
        tally.blame("spare", finding.rule)
        return True
    before = tally.blamed
    _count_pressure(tally, finding, effect, parts, variant)
    spared = parts & frozenset().union(*(rulebook.vocabulary.regions.parts(r) for r in effect.spare)) if effect.spare else None
    if spared:
        (tally.closed if finding.certain else tally.pending).update(spared)
        tally.blame("spare", finding.rule)
    if effect.no_positions:
        tally.barred |= effect.no_positions
        tally.certain_barred |= effect.no_positions if finding.certain else set()
        tally.blame("no_positions", finding.rule)
    if effect.minutes_at_most is not None:
        tally.minutes = min(tally.minutes or effect.minutes_at_most, effect.minutes_at_most)
        tally.blame("minutes_at_most", finding.rule)
    if effect.pain_at_most is not None and effect.pain_at_most < variant.pain.max:
        tally.pain = effect.pain_at_most if tally.pain is None else min(tally.pain, effect.pain_at_most)
        tally.blame("pain_at_most", finding.rule)
    if "joint_movement" in variant.does:
        for motion, most in effect.motion.items():
            tally.motion[motion] = min(tally.motion.get(motion, most), most)
            tally.blame("motion", finding.rule)
        if effect.no_end_range:
            tally.no_end_range = True
            tally.blame("no_end_range", finding.rule)
    if effect.advice and (not finding.rule.anatomical or parts >= tally.covered):
        tally.blame("advice", finding.rule)
    return tally.blamed > before


def _count_pressure(tally: _Tally, finding: Finding, effect: Adapt, parts: frozenset[str], variant: Variant) -> None:
    cap = effect.pressure_at_most
    if cap is None or cap >= variant.pressure.max:
        return
    for caps in (tally.caps, tally.certain_caps) if finding.certain else (tally.caps,):
        for part in parts:
            if cap < caps.get(part, variant.pressure.max):
                caps[part] = cap
    if not finding.rule.anatomical or parts >= tally.covered:
        tally.blame("pressure_at_most", finding.rule)


def _binding_map(tally: _Tally, findings: Sequence[Finding], variant: Variant) -> Iterator[Finding]:
    """The caps of the map of the body on parts of a site that count, since together with the rest they leave no part as it is."""
    closed = tally.closed | tally.waiting | tally.pending
    if not closed | tally.caps.keys() >= tally.covered:
        return
    for finding in findings:
        cap = finding.rule.effect.pressure_at_most if isinstance(finding.rule.effect, Adapt) else None
        if cap is not None and cap < variant.pressure.max and not finding.parts <= closed:
            tally.blame("pressure_at_most", finding.rule)
            yield finding


def _close(tally: _Tally, variant: Variant) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The parts closed, waiting for a clinician and waiting for an answer, limits that leave no room included."""
    least = variant.pressure.min
    closed = tally.closed | {p for p, cap in tally.certain_caps.items() if cap < least}
    pending = tally.pending | {p for p, cap in tally.caps.items() if cap < least}
    if tally.certain_barred >= _EVERY_POSITION:
        closed |= tally.covered
    elif tally.barred >= _EVERY_POSITION:
        pending |= tally.covered
    return frozenset(closed), frozenset(tally.waiting), frozenset(pending)


def deciding(judgement: Judgement, variant: Variant) -> tuple[Finding, ...]:
    """The findings that hold and keep a technique from being used: what closes it, makes it wait, or leaves it no room."""
    certain = [f for f in judgement.against if f.certain]
    match judgement.verdict:
        case Verdict.AVOID:
            closing = [f for f in certain if isinstance(f.rule.effect, Emergency | Avoid)]
            reached = frozenset().union(*(f.parts for f in closing))
            return tuple(f for f in certain if f in closing or (not f.parts <= reached and _leaves_no_room(f, variant, certain)))
        case Verdict.REFER_FIRST:
            return tuple(f for f in certain if isinstance(f.rule.effect, Refer))
        case _:
            return ()


def _leaves_no_room(finding: Finding, variant: Variant, others: Sequence[Finding]) -> bool:
    """Whether a limit closes what it binds; positions may be barred by several rules together."""
    effect = finding.rule.effect
    if not isinstance(effect, Adapt):
        return False
    tight = effect.pressure_at_most is not None and effect.pressure_at_most < variant.pressure.min
    barred = {p for f in others if isinstance(f.rule.effect, Adapt) for p in f.rule.effect.no_positions}
    return tight or bool(effect.spare) or (bool(effect.no_positions) and barred >= _EVERY_POSITION)


def _limits(tally: _Tally, variant: Variant, spared: frozenset[str]) -> Limits:
    left, own = tally.covered - spared, variant.pressure.max
    caps = {p: tally.caps[p] for p in left & tally.caps.keys()}
    most = max(caps.values(), default=own) if len(caps) == len(left) else own
    return Limits(
        pressure_at_most=most if most < own else None,
        local_pressure={p: cap for p, cap in sorted(caps.items()) if cap < most},
        minutes_at_most=tally.minutes,
        pain_at_most=tally.pain,
        no_positions=frozenset(tally.barred),
        spare=spared if left else frozenset(),
        margin_cm=tally.margin,
        motion=dict(sorted(tally.motion.items())),
        no_end_range=tally.no_end_range,
        because={k: tuple(sorted(v)) for k, v in sorted(tally.because.items())},
    )


def dispose(rulebook: Rulebook, sites: Sequence[SiteDecision], elsewhere: Sequence[Finding] = ()) -> Disposition:
    """What is to be done with the client as a whole."""
    emergencies = [f for s in sites for f in s.findings if isinstance(f.rule.effect, Emergency)]
    emergencies += [f for f in elsewhere if isinstance(f.rule.effect, Emergency)]
    if any(f.certain for f in emergencies):
        return Disposition.EMERGENCY
    hands_on = rulebook.catalogue.select(HANDS_ON) or frozenset()
    each = [dispose_site([j for n, j in s.judgements.items() if n in hands_on]) for s in sites]
    worst = max(each, key=lambda d: d.caution)
    overall = min(each, key=lambda d: d.caution)
    called = [f for s in sites for f in s.findings if f.certain and f.calls]
    if overall is Disposition.TREAT and (worst is not Disposition.TREAT or any(f.cleared is None for f in (*called, *elsewhere))):
        overall = Disposition.MODIFY
    waiting = any(isinstance(f.rule.effect, Emergency) for f in elsewhere)
    return max(overall, Disposition.ASK_FIRST, key=lambda d: d.caution) if waiting else overall


def dispose_site(judgements: Sequence[Judgement]) -> Disposition:
    """What is to be done at one site, from the hands-on techniques that are or may be indicated there."""
    candidates = [j for j in judgements if j.suggested]
    indicated = [j for j in candidates if any(f.certain for f in j.suggested)]
    if any(j.verdict.open for j in indicated):
        limited = any(limiting(f) for j in judgements for f in j.against)
        return Disposition.MODIFY if limited or any(j.verdict is not Verdict.SUITABLE for j in indicated) else Disposition.TREAT
    if any(j.verdict in (Verdict.ASK_FIRST, Verdict.NOT_INDICATED) for j in candidates):
        return Disposition.ASK_FIRST
    if any(j.verdict is Verdict.REFER_FIRST for j in candidates):
        return Disposition.CONSULT
    return Disposition.DO_NOT_TREAT


def limiting(finding: Finding) -> bool:
    """Whether a finding bars or limits anything, rather than repeat the map of the body or give advice."""
    effect = finding.rule.effect
    return not finding.rule.anatomical and not (isinstance(effect, Adapt) and effect.only_advises)
