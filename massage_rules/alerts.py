"""Alerts: the rules that decide an answer, gathered by danger and place, each alert with one thing to do.

A rule decides if it holds, or if it isn't settled and meanwhile limits or holds up a technique. Each stands in exactly one alert:
rules of one topic that bind a place in common are one alert; what waits for an answer is one alert for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from massage_rules.answer import Alert, Reason, SiteAdvice, TechniqueAdvice
from massage_rules.effects import URGENCIES, Adapt, Avoid, Consult, Emergency, Refer
from massage_rules.grounds import worded_limits
from massage_rules.languages import Language
from massage_rules.questions import Question
from massage_rules.rulebook import Rulebook
from massage_rules.semantics import by_technique, judge
from massage_rules.techniques import HANDS_ON
from massage_rules.topics import Topic
from massage_rules.verdicts import Decision, Finding, Grade, Verdict
from massage_rules.views import ELSEWHERE

_NOT_KNOWN = Topic("unknown", "Not known")
_NAMED, _TITLE_WORDS, _MANY = 4, 14, 3
_GENERAL = ("no_positions", "motion", "no_end_range", "margin_cm")  # limits that only what they concern can exceed


def alerts(
    rulebook: Rulebook,
    decision: Decision,
    sites: Sequence[SiteAdvice],
    reasons: Mapping[str, Reason],
    questions: Sequence[Question],
) -> tuple[Alert, ...]:
    """The alerts of an answer, gravest first."""
    writer = _Writer(rulebook, decision, sites, reasons, questions)
    return tuple(alert for _, alert in sorted(map(writer.alert, writer.groups()), key=lambda pair: pair[0]))


@dataclass(frozen=True, slots=True)
class _Decider:
    """A rule that decides, all that was found of it, and what it changes."""

    finding: Finding
    places: frozenset[int]
    grade: Grade
    consult: Consult | None

    @property
    def order(self) -> tuple[int, int, int, int, str]:
        """Gravest first: by what it changes, how soon, whether it's certain, how low it caps."""
        effect = self.finding.rule.effect
        soon = URGENCIES.index(self.consult.urgency) if self.consult else len(URGENCIES)
        cap = effect.pressure_at_most if isinstance(effect, Adapt) else 0
        return (self.grade.rank, soon, not self.finding.certain, 9 if cap is None else cap, self.finding.rule.id)


@dataclass(frozen=True, slots=True)
class _Group:
    topic: Topic
    members: tuple[_Decider, ...]
    places: frozenset[int]

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(m.finding.rule.id for m in self.members)


@dataclass(frozen=True, slots=True)
class _Writer:
    rulebook: Rulebook
    decision: Decision
    sites: Sequence[SiteAdvice]
    reasons: Mapping[str, Reason]
    questions: Sequence[Question]

    @property
    def _say(self) -> Language:
        return self.rulebook.language

    def groups(self) -> list[_Group]:
        """The deciding rules by topic and place; those that wait for an answer all together."""
        waiting: list[_Decider] = []
        by_topic: dict[str, list[tuple[frozenset[int], list[_Decider]]]] = {}
        topics: dict[str, Topic] = {}
        for decider in self._deciders():
            if decider.grade is Grade.ASK:
                waiting.append(decider)
                continue
            topic = self.rulebook.topic(decider.finding.rule.id)
            topics[topic.id] = topic
            groups = by_topic.setdefault(topic.id, [])
            touching = [g for g in groups if topic.everywhere or g[0] & decider.places]
            places = decider.places.union(*(g[0] for g in touching))
            members = [m for g in touching for m in g[1]]
            by_topic[topic.id] = [*(g for g in groups if g not in touching), (places, [*members, decider])]
        found = [
            _Group(topics[name], tuple(sorted(members, key=lambda m: m.order)), places)
            for name, groups in by_topic.items()
            for places, members in groups
        ]
        if waiting:
            places = frozenset().union(*(w.places for w in waiting))
            found.append(_Group(_NOT_KNOWN, tuple(sorted(waiting, key=lambda m: m.order)), places))
        return found

    def _deciders(self) -> Iterator[_Decider]:
        found: dict[str, list[Finding]] = {}
        for finding in (*(f for s in self.decision.sites for f in s.findings), *self.decision.elsewhere):
            if finding.rule.id in self.reasons:
                found.setdefault(finding.rule.id, []).append(finding)
        techniques = [t for s in self.sites for t in s.techniques]
        limiting = {r for t in techniques if t.verdict.open for b in t.limits for r in b.rules}
        held_up = {r for t in techniques if t.verdict is Verdict.ASK_FIRST for r in t.reasons}
        held_up |= {f.rule.id for f in self.decision.elsewhere}
        for rule, findings in found.items():
            effect = findings[0].rule.effect
            if not isinstance(effect, Emergency | Avoid | Refer | Adapt):
                continue
            certain = sorted((f for f in findings if f.certain), key=lambda f: not f.parts)
            if certain or rule in limiting or rule in held_up:
                told = certain or findings
                places = frozenset(f.site for f in told if f.parts or f.site == ELSEWHERE) or frozenset(f.site for f in told)
                if effect.scope.where == "body":
                    places |= frozenset(range(len(self.sites)))
                consult = effect.consult if isinstance(effect, Emergency | Avoid | Refer) else None
                yield _Decider(told[0], places, self._grade(told, limiting), consult)

    def _grade(self, findings: Sequence[Finding], limiting: Iterable[str]) -> Grade:
        """What a rule changes."""
        finding, effect = findings[0], findings[0].rule.effect
        if finding.cleared is not None:
            return Grade.NOTE
        if isinstance(effect, Adapt):
            if not finding.certain and finding.rule.id not in limiting:
                return Grade.ASK
            return Grade.NOTE if effect.only_advises else Grade.ADAPT
        if not finding.certain:
            return Grade.ASK
        if isinstance(effect, Emergency) or (isinstance(effect, Avoid) and any(map(self._closes_a_site, findings))):
            return Grade.STOP
        return Grade.CLEARANCE if isinstance(effect, Refer) or (isinstance(effect, Avoid) and effect.consult) else Grade.ADAPT

    def _closes_a_site(self, finding: Finding) -> bool:
        """Whether it leaves no hands-on technique anywhere at a site."""
        hands_on = self.rulebook.catalogue.select(HANDS_ON) or frozenset()
        effect = finding.rule.effect
        if not isinstance(effect, Avoid) or finding.site == ELSEWHERE or not effect.scope.techniques >= hands_on:
            return False
        return finding.parts >= self.rulebook.vocabulary.regions.parts(self.sites[finding.site].region)

    def alert(self, group: _Group) -> tuple[tuple[object, ...], Alert]:
        """A group as an alert, and where it stands among the others."""
        lead = group.members[0]
        topics = [t.id for t in self.rulebook.topics]
        place = topics.index(group.topic.id) if group.topic.id in topics else len(topics)
        alert = Alert(
            topic=group.topic.id,
            grade=lead.grade,
            emergency=any(isinstance(m.finding.rule.effect, Emergency) and m.grade is Grade.STOP for m in group.members),
            title=self._title(group),
            action=self._action(group),
            where=self._where(group),
            limits=lead.finding.rule.limits,
            until_known=not any(m.finding.certain for m in group.members),
            rules=group.rules,
        )
        local = alert.where != (self.rulebook.vocabulary.regions.label("body"),)
        return (lead.grade.rank, not alert.emergency, *lead.order[1:2], local, place, group.rules), alert

    def _title(self, group: _Group) -> str:
        if group.topic is _NOT_KNOWN:
            known = self.rulebook.vocabulary
            titles = {b.id: b.title for b in known.blocks.values()} | {s.id: s.title for s in known.sheets.values()}
            asked = [titles[q.id].lower() if q.is_block else known.lay(q.id) for q in self.questions if q.needed]
            not_known = self._say("value.unknown")
            unknown = asked or [g.words for r in group.rules for g in self.reasons[r].grounds if g.value == not_known]
            return f"{self._say('alert.not_known')}: {self._some(unknown) or self._say('alert.some_answers')}"
        first, *others = dict.fromkeys(m.finding.rule.danger for m in group.members)
        both = [f"{first}; {o}" for o in others[:1]]
        return f"{group.topic.label}: {next((b for b in both if len(b.split()) <= _TITLE_WORDS), first)}"

    def _where(self, group: _Group) -> tuple[str, ...]:
        """The places that its gravest rules bind, or the whole body."""
        gravest = [m for m in group.members if m.grade is group.members[0].grade]
        effects, rules = [m.finding.rule.effect for m in gravest], {m.finding.rule.id for m in gravest}
        if any(isinstance(e, Emergency | Avoid | Refer | Adapt) and e.scope.where == "body" for e in effects):
            return (self.rulebook.vocabulary.regions.label("body"),)
        regions, found = self.rulebook.vocabulary.regions, dict[str, None]()
        for number in sorted(group.places):
            site = self.sites[number] if number != ELSEWHERE else None
            findings = self.decision.sites[number].findings if site else self.decision.elsewhere
            parts = frozenset().union(*(f.parts for f in findings if f.rule.id in rules))
            if site and parts >= regions.parts(site.region):
                found[site.label] = None
            else:
                found |= dict.fromkeys(regions.label(n) for n in regions.summary(parts))
        named = (w for e in effects if isinstance(e, Emergency | Avoid | Refer | Adapt) for w in e.scope.where)
        return tuple(found) or tuple(dict.fromkeys(map(regions.label, named)))

    def _action(self, group: _Group) -> str:
        """The one thing to do."""
        lead, say = group.members[0], self._say
        who = self._who(lead.consult)
        match lead.grade:
            case Grade.STOP if isinstance(lead.finding.rule.effect, Emergency):
                return say("alert.stop", who=who)
            case Grade.STOP:
                return f"{say('alert.no_hands_on')} {who}".strip()
            case Grade.CLEARANCE:
                meanwhile = self._limits(group)
                return f"{who} {say('alert.until_then', limits=meanwhile)}" if meanwhile else who
            case Grade.ASK:
                needed = [q for q in self.questions if q.needed]
                return say("alert.ask", question=needed[0].ask) if needed else say("alert.find_out")
            case _ if lead.finding.cleared is not None:
                cleared = lead.finding.cleared
                return say("alert.cleared", by=cleared.by, until=say.day(cleared.until))
            case _:
                words = self._limits(group) or self._advice(group) or _what_to_do(lead.finding.rule.title)
                return f"{words[0].upper()}{words[1:].removesuffix('.')}."

    def _who(self, consult: Consult | None) -> str:
        if consult is None:
            return ""
        who, soon = self.rulebook.vocabulary.clinicians[consult.who], self._say(f"soon.{consult.urgency}")
        return self._say("alert.who", who=who, soon=soon, ask=consult.ask)

    def _limits(self, group: _Group) -> str:
        """What the group alone closes and limits, each said once, with its place where it doesn't hold at all of the group's."""
        said: dict[str, dict[int, None]] = {}
        here = [n for n in sorted(group.places) if n != ELSEWHERE]
        for number in here:
            for words in self._said(number, frozenset(group.rules)):
                said.setdefault(words, {})[number] = None
        return "; ".join(
            words if len(places) == len(here) else f"{words} ({', '.join(self.sites[n].label.lower() for n in places)})"
            for words, places in said.items()
        )

    def _said(self, number: int, rules: frozenset[str]) -> Iterator[str]:
        site, decided = self.sites[number], self.decision.sites[number]
        covered = self.rulebook.vocabulary.regions.parts(site.region)
        waiting = (Verdict.ASK_FIRST, Verdict.REFER_FIRST)
        closed = [t for t in site.techniques if t.verdict is Verdict.AVOID]
        shown = [t for t in site.techniques if t.verdict.open] or [t for t in site.techniques if t.verdict in waiting]
        variants, bearing = self.rulebook.catalogue.variants, by_technique(f for f in decided.findings if f.rule.id in rules)
        told = [t.technique for t in (*closed, *shown) if t.technique in bearing]
        alone = {n: judge(self.rulebook, n, variants[n], bearing[n], covered) for n in told}
        closed = [t for t in closed if t.technique in alone and alone[t.technique].verdict is Verdict.AVOID]
        closed.sort(key=lambda t: t.role is None and not t.requested)
        if closed:
            yield self._say("alert.no_techniques", names=self._some(t.name for t in closed))
        bound: dict[tuple[str, str], list[TechniqueAdvice]] = {}
        for technique in (t for t in shown if t.technique in alone):
            for kind, words, _ in worded_limits(self.rulebook, alone[technique.technique]):
                if kind != "advice":
                    plain = words.partition(" (")[0] if kind == "pressure_at_most" else words
                    bound.setdefault((kind, plain), []).append(technique)
        most = {kind: max(len(t) for (k, _), t in bound.items() if k == kind) for kind, _ in bound}
        own: dict[str, list[str]] = {}
        for (kind, words), those in sorted(bound.items(), key=lambda pair: -len(pair[1])):
            if kind in ("pressure_at_most", "local_pressure"):
                limits = [alone[t.technique].limits for t in those]
                caps = [c for m in limits for c in (m.pressure_at_most, *m.local_pressure.values()) if c is not None]
                cap = max(caps) if kind == "pressure_at_most" else min(caps)
                general = all(t.pressure is None or t.pressure[1] <= cap for t in shown)
            else:
                general = kind in _GENERAL or len(shown) == len(those)
            if general or (len(those) == most[kind] and len(those) >= _MANY):
                yield words
            else:
                own.setdefault(self._some((t.name for t in those), most=2), []).append(words)
        for names, found in own.items():
            yield f"{names}: {', '.join(found)}"

    def _advice(self, group: _Group) -> str:
        effects = (m.finding.rule.effect for m in group.members)
        return next((e.advice for e in effects if isinstance(e, Adapt) and e.advice), "")

    def _some(self, words: Iterable[str], *, most: int = _NAMED) -> str:
        """The first few, and how many more."""
        found = list(dict.fromkeys(words))
        first, more = ", ".join(found[:most]), len(found) - most
        return self._say("page.and_more", words=first, n=more) if more > 0 else first


def _what_to_do(title: str) -> str:
    """What a rule's title says to do, or all of it where it says one thing only."""
    return (title.partition(";")[2] if ";" in title else title.partition(": ")[2]).strip() or title
