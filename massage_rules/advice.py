"""The answer: verdicts with reasons, limits and dose, what to ask, whom to consult, and what it all rests on.

`recommend` decides through two evaluators that know nothing of each other and answers only if they agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from massage_rules.alerts import alerts
from massage_rules.answer import (
    SCHEMA_VERSION,
    Advice,
    Basis,
    Bound,
    ConsultAdvice,
    Evidence,
    Figure,
    Ground,
    ProgressAdvice,
    Prompts,
    Reason,
    SiteAdvice,
    Source,
    TechniqueAdvice,
)
from massage_rules.canonical import canonical
from massage_rules.compiled import Compiled, compile_rulebook
from massage_rules.conditions import Facts
from massage_rules.effects import URGENCIES, Avoid, Consult, Emergency, Refer, Suggest
from massage_rules.errors import Disagreement
from massage_rules.evidence import cited
from massage_rules.grounds import course_within, grounds, leaned_on, told, worded_limits
from massage_rules.languages import Language
from massage_rules.muscle_hints import muscles_to_check
from massage_rules.opinion import second_opinion
from massage_rules.parts import Clearance
from massage_rules.profile import ProfileBase, read_profile
from massage_rules.progress import heard
from massage_rules.questions import open_questions
from massage_rules.ranking import ROLES, rank, standing
from massage_rules.reviews import disclaimer
from massage_rules.rulebook import VERSION, Rule, Rulebook, shipped_rulebook, text_seen
from massage_rules.semantics import decide, deciding
from massage_rules.techniques import Quantity, family_of
from massage_rules.translated import translated
from massage_rules.truth import Truth
from massage_rules.verdicts import Decision, Disposition, Finding, Judgement, SiteDecision
from massage_rules.views import Seen, views

Core: TypeAlias = Literal["checked", "compiled"]


class Evaluator:
    """A rulebook made ready: its generated function, and the second opinion beside it. Safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.compiled: Compiled = compile_rulebook(rulebook)
        self.second = second_opinion(rulebook)
        self._told: dict[str, Evaluator] = {}
        families = rulebook.catalogue.families
        self.doses = {
            name: tuple(_figure(n, q) for n, q in sorted({**families[family_of(name)].course, **variant.dose}.items()))
            for name, variant in rulebook.catalogue.variants.items()
        }

    def checked(self, facts: Facts) -> dict[str, Truth]:
        """The truth of every rule, by two evaluators that agree; raises Disagreement where they don't."""
        first, second = self.compiled.truths(facts), self.second.truths(facts)
        if first != second:
            self.second.forget()
            differing = [rule for rule in first if first[rule] is not second.get(rule)]
            read = sorted({f for r in differing for f in self.rulebook.direct_facts(r)})
            raise Disagreement(differing, read, ("the generated function", self.second.name))
        return first

    def decide(self, profile: ProfileBase, *, core: Core = "checked") -> tuple[Seen, Decision]:
        """What is known of the client, and the decision on it."""
        seen = views(profile)
        tell = self.checked if core == "checked" else self.compiled.truths
        return seen, decide(self.rulebook, profile, seen, [tell(v.facts) for v in seen.views])

    def recommend(self, profile: ProfileBase, *, core: Core = "checked") -> Advice:
        """The advice for a client."""
        return self.write(profile, *self.decide(profile, core=core), core=core)

    def write(self, profile: ProfileBase, seen: Seen, decision: Decision, *, core: Core = "checked") -> Advice:
        """A decision put into words and figures."""
        return _Writer(self, profile, seen, decision, core).advice().about(profile, rulebook=self.rulebook)

    def telling(self, language: Language) -> Evaluator:
        """The same rules, their answers told in another language. What it answers is for showing; what is kept is in English."""
        if language.digest not in self._told:
            other = copy(self)
            other.rulebook = translated(self.rulebook, language)
            self._told[language.digest] = other
        return self._told[language.digest]


@cache
def shipped_evaluator() -> Evaluator:
    """The shipped rulebook, made ready once."""
    return Evaluator(shipped_rulebook())


def recommend(
    profile: ProfileBase | Mapping[str, object] | str | Path, *, evaluator: Evaluator | None = None, core: Core = "checked"
) -> Advice:
    """What suits a client, within which limits, what to avoid, what to ask first, and why.

    `profile` is a Profile, plain data, or the path of a YAML or JSON file. Raises ProfileError for a profile
    that can't be read, and Disagreement where the two evaluators differ. `core="compiled"` skips the second opinion.
    """
    ready = evaluator or shipped_evaluator()
    client = profile if isinstance(profile, ProfileBase) else read_profile(profile, vocabulary=ready.rulebook.vocabulary)
    return ready.recommend(client, core=core)


class _Writer:
    """Puts a decision into words and figures."""

    def __init__(self, evaluator: Evaluator, profile: ProfileBase, seen: Seen, decision: Decision, core: Core) -> None:
        self.evaluator, self.rulebook = evaluator, evaluator.rulebook
        self.profile, self.seen, self.decision = profile, seen, decision
        self.core, self.say = core, evaluator.rulebook.language
        self.told = [
            (v.site, told(evaluator.rulebook, v.facts, truths)) for v, truths in zip(seen.views, decision.truths, strict=True)
        ]
        self.variants = self.rulebook.catalogue.variants
        self.goals = {g for v in seen.views for g in _choices(v.facts, "goals")}
        self.requested = {r for v in seen.views for r in _choices(v.facts, "requested")}
        self.operations = {str(v.facts.get("procedure", "")) for v in seen.views}
        self._bounds: dict[tuple[str, str, tuple[str, ...]], Bound] = {}

    def advice(self) -> Advice:
        findings = self._findings()
        sites = tuple(self._site(number, s) for number, s in enumerate(self.decision.sites))
        progress = tuple(self._progress())
        shown = {r for s in sites for t in s.techniques for r in t.reasons} | {f.rule.id for f in findings if _shown(f)}
        shown |= {r for p in progress for r in p.rules} | {f.rule.id for f in self.decision.elsewhere}
        reasons = {f.rule.id: self._reason(f) for f in findings if f.rule.id in shown}
        used = sorted({family_of(t.technique) for s in sites for t in s.techniques if t.verdict.open})
        families = self.rulebook.catalogue.families
        base = self.rulebook.catalogue.communication_base
        evidence = dict(self._evidence(sites))
        cites = [*(r.references for r in reasons.values()), *(e.sources for e in evidence.values())]
        cites += [keys for s in sites for m in s.muscles_to_check for keys in (m.sources, *(t.sources for t in m.test))]
        keys = sorted({key.split(" ")[0] for keys in cites for key in keys})
        questions = self._asked = open_questions(self.rulebook, self.seen, self.decision)
        consults = tuple(self._consults(findings))
        return Advice(
            schema_version=SCHEMA_VERSION,
            disposition=self.decision.disposition,
            summary=self._summary(findings, consults),
            alerts=alerts(self.rulebook, self.decision, sites, reasons, questions),
            sites=sites,
            progress=progress,
            reasons=reasons,
            evidence=evidence,
            questions=tuple(q for q in questions if q.needed),
            easing_questions=tuple(q for q in questions if not q.needed),
            consults=consults,
            prompts=Prompts(
                before=(*base.before, *(p for f in used for p in families[f].prompts.before)),
                during=(*base.during, *(p for f in used for p in families[f].prompts.during)),
                after=(*base.after, *(p for f in used for p in families[f].prompts.after)),
            ),
            aftercare=tuple(dict.fromkeys(a for f in used for a in families[f].aftercare)),
            notes=tuple(self._notes()),
            sources=tuple(source_of(self.rulebook, k) for k in keys),
            basis=Basis(
                rulebook_version=self.rulebook.version,
                rulebook_digest=self.rulebook.digest,
                library_version=VERSION,
                core="generated function",
                second_opinion=self.evaluator.second.name if self.core == "checked" else "none",
                as_of=self.profile.as_of.isoformat() if self.profile.as_of else None,
                profile_digest=digest_of(self.profile),
            ),
            disclaimer=disclaimer([r.review_state for r in reasons.values()], any_signed=self.rulebook.any_signed, say=self.say),
        )

    def _evidence(self, sites: Sequence[SiteAdvice]) -> Iterator[tuple[str, Evidence]]:
        """What research says of the techniques, by id."""
        shown = sorted({i for s in sites for t in s.techniques for i in t.evidence})
        for result in cited(self.rulebook.evidence, shown):
            yield result.id, Evidence(**{name: getattr(result, name) for name in Evidence.model_fields})

    def _nothing_to_ask(self) -> bool:
        return not any(q.needed for q in self._asked)

    def _findings(self) -> list[Finding]:
        """One finding a rule over all sites, certain ones before open ones, those that bind something before those that don't."""
        found: dict[str, Finding] = {}
        for findings in (*(s.findings for s in self.decision.sites), self.decision.elsewhere, self.decision.progress):
            for finding in findings:
                other = found.get(finding.rule.id)
                if other is None or (finding.certain, bool(finding.parts)) > (other.certain, bool(other.parts)):
                    found[finding.rule.id] = finding
        return [found[r] for r in sorted(found)]

    def _progress(self) -> Iterator[ProgressAdvice]:
        for number, site in enumerate(self.decision.sites):
            said = heard(self.decision, number, self.rulebook.catalogue)
            if said:
                yield ProgressAdvice(
                    site=number,
                    label=self.rulebook.vocabulary.regions.label(site.region),
                    action=said[0][0].action,
                    rules=tuple(f.rule.id for _, f in said),
                    advice=tuple(dict.fromkeys(e.advice for e, _ in said if e.advice)),
                )

    def _reason(self, finding: Finding) -> Reason:
        rule = finding.rule
        nearest_first = sorted(self.told, key=lambda pair: pair[0] != finding.site)
        seen = [view for _, view in nearest_first]
        rests_on = grounds(self.rulebook, rule, seen, finding.truth)
        lines = leaned_on(self.rulebook, rule, seen) if finding.certain else ()
        cleared, review = finding.cleared, self.rulebook.review(rule.id)
        return Reason(
            rule=rule.id,
            effect=type(rule.effect).__name__.lower(),
            title=rule.title,
            because=rule.because,
            limits=rule.limits,
            do=rule.do,
            certain=finding.certain,
            grounds=tuple(Ground(fact=f, words=self.rulebook.vocabulary.lay(f), value=v) for f, v in rests_on),
            through=tuple(line.title for line in lines),
            references=tuple(dict.fromkeys(key for each in (rule, *lines) for key in each.references)),
            basis=rule.basis,
            review=review.told(self.say),
            review_state=review.state,
            cleared_by=self._cleared(cleared) if cleared else None,
        )

    def _cleared(self, cleared: Clearance) -> str:
        return self.say("page.cleared_until", by=cleared.by, on=self.say.day(cleared.on), until=self.say.day(cleared.until))

    def _site(self, number: int, site: SiteDecision) -> SiteAdvice:
        techniques = [self._technique(j) for j in site.judgements.values()]
        techniques.sort(key=lambda t: rank(t, self.goals))
        return SiteAdvice(
            region=site.region,
            label=self.rulebook.vocabulary.regions.label(site.region),
            side=site.side,
            techniques=tuple(techniques),
            muscles_to_check=muscles_to_check(self.rulebook, self.seen, self.decision, number),
        )

    def _technique(self, judgement: Judgement) -> TechniqueAdvice:
        variant, family = self.variants[judgement.technique], family_of(judgement.technique)
        speaking = [f for f in judgement.suggested if f.certain]
        holding = [(f.rule, f.rule.effect) for f in speaking if isinstance(f.rule.effect, Suggest)]
        holding.sort(key=lambda pair: (ROLES[pair[1].role], standing(pair[1].certainty, pair[1].evidence_says)))
        suggested = [effect for _, effect in holding]
        best = suggested[0] if suggested else None
        needs = [s.pressure_at_most for s in suggested if best and s.role == best.role]
        caps = [cap for cap in (judgement.limits.pressure_at_most, *needs) if cap is not None]
        most = min([variant.pressure.max, *caps])
        usable = judgement.verdict.open
        return TechniqueAdvice(
            technique=judgement.technique,
            family=family,
            label=variant.label,
            verdict=judgement.verdict,
            role=best.role if best else None,
            goals=tuple(dict.fromkeys(g for s in suggested for g in s.goals)),
            certainty=best.certainty if best else None,
            evidence_says=best.evidence_says if best else (),
            evidence=tuple(dict.fromkeys(self._results(judgement.technique, [rule for rule, _ in holding]))),
            notes=tuple(dict.fromkeys(n for s in suggested for n in s.said_of(judgement.technique))),
            limits=tuple(map(self._bound, worded_limits(self.rulebook, judgement))),
            pressure=(min(variant.pressure.min, most), most) if usable else None,
            dose=self.evaluator.doses[judgement.technique] if usable else (),
            course=course_within(best.course, judgement) if best and usable else {},
            reasons=tuple(dict.fromkeys(f.rule.id for f in (*_deciding(judgement), *speaking))),
            decided_by=tuple(f.rule.id for f in deciding(judgement, variant)),
            requested=family in self.requested,
        )

    def _results(self, technique: str, rules: Sequence[Rule]) -> Iterator[str]:
        """The results on a technique behind the rules that suggest it, as far as they may be told to this client."""
        for rule in rules:
            found = cited(self.rulebook.evidence, rule.carries, technique=technique) if rule.carries else ()
            yield from (result.id for result in found if result.speaks_to(self.operations))

    def _bound(self, limit: tuple[str, str, tuple[str, ...]]) -> Bound:
        """A limit as it is shown; techniques that share it share this."""
        if limit not in self._bounds:
            kind, words, rules = limit
            self._bounds[limit] = Bound(kind=kind, words=words, rules=rules)
        return self._bounds[limit]

    def _consults(self, findings: Sequence[Finding]) -> Iterator[ConsultAdvice]:
        merged: dict[tuple[str, str], list[tuple[Consult, Rule]]] = {}
        for finding in findings:
            effect = finding.rule.effect
            consult = effect.consult if isinstance(effect, Emergency | Avoid | Refer) else None
            if consult is not None and _shown(finding) and finding.cleared is None:
                merged.setdefault((consult.who, consult.urgency), []).append((consult, finding.rule))
        for (who, urgency), wanted in sorted(merged.items(), key=lambda i: (URGENCIES.index(i[0][1]), i[0][0])):
            yield ConsultAdvice(
                who=who,
                label=self.rulebook.vocabulary.clinicians[who],
                urgency=urgency,
                ask=tuple(dict.fromkeys(c.ask for c, _ in wanted)),
                meanwhile=tuple(
                    dict.fromkeys(r.effect.meanwhile for _, r in wanted if isinstance(r.effect, Refer) and r.effect.meanwhile)
                ),
                rules=tuple(r.id for _, r in wanted),
                because=tuple(dict.fromkeys(r.title for _, r in wanted)),
            )

    def _summary(self, findings: Sequence[Finding], consults: Sequence[ConsultAdvice]) -> str:
        say = self.say
        titles = " / ".join(f.rule.title for f in findings if f.certain and isinstance(f.rule.effect, Emergency))
        who = "; ".join(f"{c.label.lower()}, {say(f'soon.{c.urgency}')}" for c in consults)
        match self.decision.disposition:
            case Disposition.EMERGENCY:
                return say("summary.emergency", titles=titles)
            case Disposition.DO_NOT_TREAT:
                return say("summary.do_not_treat") + (f" {say('summary.to_consult', who=who)}" if who else "")
            case Disposition.CONSULT:
                return say("summary.consult_whom", who=who) if who else say("summary.consult")
            case Disposition.ASK_FIRST if self._nothing_to_ask():
                return say("summary.cannot_ask")
            case Disposition.ASK_FIRST:
                return say("summary.ask_first")
            case Disposition.MODIFY:
                return say("summary.modify") + (f" {say('summary.also_to_consult', who=who)}" if who else "")
            case _:
                return say("summary.treat")

    def _notes(self) -> Iterator[str]:
        table, say = self.rulebook.vocabulary.medications, self.say
        unknown = [m for m in self.profile.medications or () if table.of(m) is None]
        if unknown:
            yield say("notes.medicines", names=", ".join(sorted(unknown)))
        for name, way in sorted(self.seen.unknown.items()):
            key = way if way in ("declined", "unsure") else "stale"
            yield say(f"notes.{key}", fact=self.rulebook.vocabulary.lay(name))
        for override in self.profile.overrides:
            yield say("notes.override", by=override.by, rule=override.rule, reason=override.reason)


def told_in(advice: Advice, language: Language) -> Advice:
    """The same answer in another language: its client is decided upon anew, by the same rules. For showing, not for keeping."""
    rulebook = advice.rulebook
    evaluator = shipped_evaluator() if rulebook is shipped_rulebook() else Evaluator(rulebook)
    core: Core = "compiled" if advice.basis.second_opinion == "none" else "checked"
    return evaluator.telling(language).recommend(advice.profile, core=core)


def source_of(rulebook: Rulebook, key: str) -> Source:
    """A cited source as an answer shows it; a page may follow its key."""
    entry = rulebook.references[key.split(" ", maxsplit=1)[0]]
    year, url = entry.get("year"), entry.get("url")
    return Source(
        key=key,
        title=str(entry["title"]),
        year=year if isinstance(year, int) else None,
        url=str(url) if url else None,
        read=text_seen(entry),
    )


def _figure(name: str, quantity: Quantity) -> Figure:
    return Figure(
        name=name, low=quantity.min, high=quantity.max, usual=quantity.typical, basis=quantity.basis, sources=quantity.sources
    )


def _shown(finding: Finding) -> bool:
    """Whether a finding belongs in the answer although it decides no technique: it calls for somebody."""
    return finding.certain and finding.calls


def _choices(facts: Facts, name: str) -> frozenset[str]:
    value = facts.get(name)
    return value if isinstance(value, frozenset) else frozenset()


def _deciding(judgement: Judgement) -> list[Finding]:
    """The findings against, the gravest and most certain first."""
    order = {Emergency: 0, Avoid: 1, Refer: 2}
    return sorted(judgement.against, key=lambda f: (order.get(type(f.rule.effect), 3), not f.certain, f.rule.id))


def digest_of(profile: ProfileBase) -> str:
    """The SHA-256 of a profile's canonical JSON, so that an answer can be matched with what it was given for."""
    return hashlib.sha256(canonical(profile.to_dict(), name="profile")).hexdigest()
