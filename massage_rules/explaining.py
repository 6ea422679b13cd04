"""Why, and why not: what decides a verdict or the disposition, down to the facts that are enough for it.

An explanation starts from the client, not from the words of the answer: the rules that decide are found again, and for each the
minimal sets of facts behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from massage_rules.advice import Evaluator, shipped_evaluator, source_of
from massage_rules.answer import Advice, SiteAdvice, TechniqueAdvice
from massage_rules.answers import Dated, Since
from massage_rules.effects import Adapt, Avoid, Emergency, Refer, Suggest
from massage_rules.engine import shared_core
from massage_rules.errors import ContentError, EvaluationError, Fault, Place, ProfileError, clean, nearest
from massage_rules.explained import Because, Beside, Explanation, Known, SetBy
from massage_rules.ground import ground
from massage_rules.grounds import value_in_words, worded_limits
from massage_rules.profile import ProfileBase, read_profile
from massage_rules.rule import Rule
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import deciding
from massage_rules.supports import Deciding
from massage_rules.techniques import HANDS_ON
from massage_rules.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction
from massage_rules.verdicts import Disposition, Finding, Judgement, Verdict
from massage_rules.views import ELSEWHERE, View

_NEAREST = 5
_GRAVITY = (Emergency, Avoid, Refer, Adapt, Suggest)
_SAYS = {
    Verdict.SUITABLE: "Something speaks for it, and nothing known speaks against it.",
    Verdict.ADAPT: "It may be used here within the limits below.",
    Verdict.ASK_FIRST: "It waits for an answer: while that isn't known, the careful answer is assumed.",
    Verdict.REFER_FIRST: "It waits until a clinician has been consulted.",
    Verdict.AVOID: "It isn't to be used here now.",
    Verdict.NOT_INDICATED: "Nothing known speaks for it here. That doesn't mean that it would harm.",
}
_EVENTS = {"surgery": "operation", "injury": "injury"}
_WAYS = {"declined": "the client would rather not say", "unsure": "the client isn't sure"}


def explain(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    technique: str | None = None,
    *,
    site: int = 0,
    evaluator: Evaluator | None = None,
) -> Explanation:
    """Why a technique has its verdict at a site, or, without a technique, why the client has the disposition.

    `about` is an answer that still holds its client, a Profile, plain data, or the path of a file. A family stands for its least
    restricted variant. Raises ContentError for a technique that there isn't, ProfileError for a site or a client that can't be
    read, and EvaluationError for an answer that another rulebook gave.
    """
    ready = evaluator or shipped_evaluator()
    advice = advice_on(about, ready)
    teller = _Teller(ready, advice)
    found = teller.disposition() if technique is None else teller.technique(technique, site)
    return found.about(advice, site=site, evaluator=ready)


def client_of(about: Advice | ProfileBase | Mapping[str, object] | str | Path, evaluator: Evaluator) -> ProfileBase:
    """The client: of an answer, as a Profile, in plain data, or in a file. Raises EvaluationError for another rulebook's answer."""
    if isinstance(about, Advice):
        if about.basis.rulebook_digest != evaluator.rulebook.digest:
            given = about.basis.rulebook_digest[:12]
            raise EvaluationError(f"this answer was given by another rulebook ({given}). Pass the `evaluator` that gave it.")
        return about.profile
    return about if isinstance(about, ProfileBase) else read_profile(about, vocabulary=evaluator.rulebook.vocabulary)


def advice_on(about: Advice | ProfileBase | Mapping[str, object] | str | Path, evaluator: Evaluator) -> Advice:
    """The answer itself, or the answer for a client; raises EvaluationError where another rulebook gave it."""
    client = client_of(about, evaluator)
    return about if isinstance(about, Advice) else evaluator.recommend(client)


def giving(about: object) -> Evaluator:
    """The rules that gave an answer, made ready; the shipped ones where it isn't an answer."""
    shipped = shipped_evaluator()
    if isinstance(about, Advice) and about.rulebook.digest != shipped.rulebook.digest:
        return Evaluator(about.rulebook)
    return shipped


def site_of(advice: Advice, site: int) -> SiteAdvice:
    """The advice for a site by its number; raises ProfileError."""
    if not 0 <= site < len(advice.sites):
        last = len(advice.sites) - 1
        numbers = "The only site is number 0." if last == 0 else f"Sites are numbered 0 to {last}."
        raise ProfileError([Fault(Place("site"), f"there is no site number {site}.", numbers)])
    return advice.sites[site]


def technique_of(here: SiteAdvice, technique: str) -> TechniqueAdvice:
    """The advice on a technique, or on the least restricted variant of a family; raises ContentError."""
    try:
        return here[technique]
    except KeyError:
        names = {t.technique for t in here.techniques} | {t.family for t in here.techniques}
        named = {t.name.lower(): t.technique for t in here.techniques}
        meant = named.get(technique.strip().lower().replace("_", " "))
        known = ", ".join(f"`{name}`" for name in sorted(names))
        remedy = f"Did you mean `{meant}`?" if meant else nearest(technique, names) or f"It takes {known}."
        raise ContentError([Fault(Place("technique"), f"`{clean(technique)}` isn't a technique.", remedy)]) from None


class _Teller:
    """Finds what decided an answer, and tells it."""

    def __init__(self, evaluator: Evaluator, advice: Advice) -> None:
        self.rulebook: Rulebook = evaluator.rulebook
        self.advice, self.profile = advice, advice.profile
        self.seen, self.decision = evaluator.decide(self.profile, core="compiled")
        self._told = [evaluator.compiled.truths(v.facts) for v in self.seen.views]
        self._found: dict[int, Deciding] = {}

    def _deciding(self, view: int) -> Deciding:
        if view not in self._found:
            core = shared_core(self.rulebook)
            known = core.ground if core is not None else ground(self.rulebook)
            self._found[view] = Deciding(self.rulebook, self.seen.views[view].facts, known, core)
        return self._found[view]

    def technique(self, name: str, site: int) -> Explanation:
        here = site_of(self.advice, site)
        said = technique_of(here, name)
        judgement = self.decision.sites[site].judgements[said.technique]
        speaks_for = [f for f in judgement.suggested if f.certain]
        decided = [] if judgement.verdict in (Verdict.SUITABLE, Verdict.NOT_INDICATED) else _decided_by(self.rulebook, judgement)
        return Explanation(
            technique=said.technique,
            label=said.label,
            place=place_in_words(here.label, here.side),
            verdict=judgement.verdict,
            caution=judgement.verdict.caution,
            says=_SAYS[judgement.verdict],
            decided_by=tuple(self._because(f.rule, f.truth, site) for f in decided),
            speaks_for=tuple(self._because(f.rule, TRUE, site) for f in speaks_for),
            would_speak_for=() if speaks_for else tuple(self._would_speak_for(said.technique, site)),
            cleared=tuple(self._because(f.rule, f.truth, site, cleared=f) for f in self._cleared(said.technique, site)),
            limits=tuple(self._limits(judgement)) if judgement.verdict.open else (),
            questions=self._questions(f.rule.id for f in decided if not f.certain),
            beside=tuple(self._beside([(site, here)], without=said.technique)),
            notes=tuple(self._notes({f.rule.id for f in decided})),
            basis=self._basis(),
        )

    def disposition(self) -> Explanation:
        advice, disposition = self.advice, self.decision.disposition
        decided = self._behind_the_disposition()
        binds = {f.rule.id: self._binds(f.rule) for f in decided}
        decided.sort(key=lambda f: (_GRAVITY.index(type(f.rule.effect)), not f.certain, -len(binds[f.rule.id]), f.rule.id))
        return Explanation(
            technique=None,
            label="The client as a whole",
            place="",
            verdict=disposition,
            caution=disposition.caution,
            says=advice.summary,
            decided_by=tuple(self._because(f.rule, f.truth, f.site, binds=binds[f.rule.id]) for f in decided),
            speaks_for=(),
            would_speak_for=(),
            cleared=tuple(self._because(f.rule, f.truth, f.site, cleared=f) for f in self._all_cleared()),
            limits=(),
            questions=self._questions(f.rule.id for f in decided if not f.certain),
            beside=tuple(self._beside(list(enumerate(advice.sites)))),
            notes=tuple(self._notes({f.rule.id for f in decided})),
            basis=self._basis(),
        )

    def _behind_the_disposition(self) -> list[Finding]:
        """One finding a rule: what makes the disposition as cautious as it is, or what speaks for treatment where nothing does."""
        hands_on = self.rulebook.catalogue.select(HANDS_ON) or frozenset()
        everywhere = [f for s in self.decision.sites for f in s.findings] + list(self.decision.elsewhere)
        emergencies = [f for f in everywhere if isinstance(f.rule.effect, Emergency) and f.certain]
        if self.decision.disposition is Disposition.EMERGENCY:
            return _one_each(emergencies)
        judged = [j for s in self.decision.sites for n, j in s.judgements.items() if n in hands_on]
        elsewhere = [f for f in self.decision.elsewhere if f.cleared is None]
        match self.decision.disposition:
            case Disposition.TREAT:
                return _one_each(f for j in judged if j.verdict.open for f in j.suggested if f.certain)
            case Disposition.MODIFY:
                limiting = [f for j in judged for f in j.against if not f.rule.anatomical and not _only_advises(f)]
                return _one_each([*limiting, *elsewhere]) or _one_each(f for j in judged for f in j.against)
            case _:
                possible = [j for j in judged if j.suggested]
                found = _one_each([*(f for j in possible for f in _decided_by(self.rulebook, j)), *elsewhere])
                return found or _one_each(f for j in judged for f in j.suggested)

    def _because(
        self, rule: Rule, truth: Truth, site: int, *, binds: tuple[str, ...] = (), cleared: Finding | None = None
    ) -> Because:
        views = sorted(
            (i for i, t in enumerate(self._told) if t[rule.id] is truth), key=lambda i: self.seen.views[i].site != site
        )
        sets: dict[tuple[Known, ...], None] = {}
        complete = True
        for number in views:
            supports = self._deciding(number).supports(rule.id)
            complete = complete and supports.complete
            for names in supports.sets:
                sets[tuple(self._known(self.seen.views[number], name) for name in names)] = None
        permission = cleared.cleared if cleared is not None else None
        return Because(
            rule=rule.id,
            title=rule.title,
            effect=type(rule.effect).__name__.lower(),
            truth=str(truth),
            because=rule.because,
            limits=rule.limits,
            do=rule.do,
            binds=binds,
            rests_on=tuple(sets),
            complete=complete,
            sources=tuple(source_of(self.rulebook, key) for key in rule.references),
            basis=rule.basis,
            review=self.rulebook.review(rule.id).words,
            place=str(rule.place),
            cleared_by=f"{permission.by}, {permission.on}, until {permission.until}" if permission else None,
        )

    def _known(self, view: View, name: str) -> Known:
        vocabulary = self.rulebook.vocabulary
        words = "the place" if name == "region" else vocabulary.lay(name)
        return Known(
            fact=name, words=words, value=value_in_words(self.rulebook, name, view.facts.get(name)), how=self._how(view, name)
        )

    def _how(self, view: View, name: str) -> str:
        """How a fact is known, where it wasn't simply told."""
        value, fact = view.facts.get(name), self.rulebook.vocabulary.facts[name]
        if value is None:
            return _WAYS.get(self.seen.unknown.get(name, ""), "")
        here = self.profile.places[view.site].answers() if view.site != ELSEWHERE else {}
        answer = {**self.profile.answers(), **here}.get(name)
        if name in ("region", "side") or answer is not None:
            match answer:
                case Dated(_, on):
                    return f"on {on}"
                case Since(earliest, latest):
                    return f"since {earliest}" if earliest == latest else f"since a day from {earliest} to {latest}"
                case _:
                    return ""
        if any(name in event.facts for event in view.events):
            return f"from the {_EVENTS.get(fact.source, 'problem told')}"
        if value is False and fact.role == "risk" and fact.block in self.profile.denied_blocks():
            return f"in the form, nothing under “{self.rulebook.vocabulary.blocks[fact.block].title}” applies"
        return "follows from other answers" if isinstance(value, bool) or value in fact.values else ""

    def _would_speak_for(self, technique: str, site: int) -> Iterator[Because]:
        """The suggestions that come nearest: those that can't be told first, then those that the fewest things speak against."""
        here = [i for i, v in enumerate(self.seen.views) if v.site == site]
        found: list[tuple[bool, int, str, Truth]] = []
        for rule in self.rulebook.rules.values():
            if isinstance(rule.effect, Suggest) and technique in rule.effect.techniques:
                truth = disjunction(self._told[i][rule.id] for i in here)
                sets = len(self._deciding(here[0]).supports(rule.id).sets) if truth is FALSE else 0
                found.append((truth is not UNKNOWN, sets, rule.id, truth))
        for _, _, rule_id, truth in sorted(found)[:_NEAREST]:
            yield self._because(self.rulebook.rules[rule_id], truth, site)

    def _cleared(self, technique: str, site: int) -> list[Finding]:
        return [
            f
            for f in self.decision.sites[site].findings
            if f.cleared is not None
            and isinstance(f.rule.effect, Avoid | Refer | Adapt)
            and technique in f.rule.effect.scope.techniques
        ]

    def _all_cleared(self) -> list[Finding]:
        everywhere = [f for s in self.decision.sites for f in s.findings] + list(self.decision.elsewhere)
        return _one_each(f for f in everywhere if f.cleared is not None)

    def _limits(self, judgement: Judgement) -> Iterator[SetBy]:
        for _, words, rules in worded_limits(self.rulebook, judgement):
            yield SetBy(words=words, titles=tuple(self.rulebook.rules[r].title for r in rules), rules=rules)

    def _binds(self, rule: Rule) -> tuple[str, ...]:
        """The techniques that a rule speaks against, in words."""
        names = rule.effect.scope.techniques if isinstance(rule.effect, Emergency | Avoid | Refer | Adapt) else frozenset()
        variants = self.rulebook.catalogue.variants
        if names >= (self.rulebook.catalogue.select(HANDS_ON) or frozenset()):
            return ("all hands-on work",)
        return tuple(variants[n].label.lower() for n in sorted(names))

    def _questions(self, rules: Iterable[str]) -> tuple[str, ...]:
        open_ = set(rules)
        asked = (*self.advice.questions, *self.advice.easing_questions)
        return tuple(q.ask for q in asked if open_.intersection(q.rules))

    def _beside(self, sites: Sequence[tuple[int, SiteAdvice]], without: str = "") -> Iterator[Beside]:
        for number, here in sites:
            groups: dict[tuple[Verdict, tuple[str, ...]], list[str]] = {}
            for each in here.techniques:
                if each.technique != without:
                    judgement = self.decision.sites[number].judgements[each.technique]
                    groups.setdefault((each.verdict, self._why(judgement)), []).append(each.label)
            for (verdict, why), labels in groups.items():
                yield Beside(
                    place=place_in_words(here.label, here.side) if not without else "",
                    verdict=verdict,
                    labels=tuple(labels),
                    why=why,
                )

    def _why(self, judgement: Judgement) -> tuple[str, ...]:
        """The titles of the first rules that keep a technique out."""
        if judgement.verdict in (Verdict.SUITABLE, Verdict.ADAPT, Verdict.NOT_INDICATED):
            return ()
        return tuple(dict.fromkeys(f.rule.title for f in _decided_by(self.rulebook, judgement)))[:2]

    def _notes(self, rules: set[str]) -> Iterator[str]:
        for override in self.profile.overrides:
            if override.rule in rules:
                title = self.rulebook.rules[override.rule].title
                yield f"{override.by} decided against “{title}”: {override.reason}. The verdict stands unchanged."

    def _basis(self) -> str:
        basis = self.advice.basis
        as_of = f" as of {basis.as_of}" if basis.as_of else ""
        return f"Rulebook {basis.rulebook_version} ({basis.rulebook_digest[:12]}){as_of}. {self.advice.disclaimer}"


def _decided_by(rulebook: Rulebook, judgement: Judgement) -> list[Finding]:
    """The findings behind a verdict, the gravest first: those that close, wait, are open, or limit."""
    variant = rulebook.catalogue.variants[judgement.technique]
    limiting = {r for kind, rules in judgement.limits.because.items() if kind != "advice" for r in rules}
    match judgement.verdict:
        case Verdict.AVOID:
            found = list(deciding(judgement, variant))
        case Verdict.REFER_FIRST:
            found = [f for f in judgement.against if f.certain and isinstance(f.rule.effect, Emergency | Avoid | Refer)]
        case Verdict.ASK_FIRST:
            found = [f for f in judgement.against if not (f.certain and isinstance(f.rule.effect, Adapt))]
            if all(isinstance(f.rule.effect, Adapt) for f in found):
                found = [f for f in judgement.against if f.rule.id in limiting]
        case Verdict.ADAPT:
            found = [f for f in judgement.against if f.rule.id in limiting]
        case _:
            found = list(judgement.suggested)
    return sorted(_one_each(found), key=lambda f: (not f.certain, _GRAVITY.index(type(f.rule.effect)), f.rule.id))


def _one_each(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a rule, a certain one before an open one."""
    found: dict[str, Finding] = {}
    for finding in findings:
        if finding.rule.id not in found or (finding.certain and not found[finding.rule.id].certain):
            found[finding.rule.id] = finding
    return list(found.values())


def _only_advises(finding: Finding) -> bool:
    return isinstance(finding.rule.effect, Adapt) and finding.rule.effect.only_advises


def place_in_words(label: str, side: str | None) -> str:
    """A place with its side."""
    return label + {"left": ", left", "right": ", right", "both": ", both sides"}.get(side or "", "")
