"""Advice for people: a page of text that is read in a minute, with what can be done first, and the words that all pages share.

What this page leaves out stands in `massage_rules.details`; `massage_rules.page` writes HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from textwrap import fill
from typing import TypeAlias

from massage_rules.answer import Advice, Alert, MotionTest, MuscleHint, Reason, SiteAdvice, TechniqueAdvice
from massage_rules.evidence import adds_nothing, disagrees, first_sentence
from massage_rules.languages import Language
from massage_rules.verdicts import Disposition, Grade, Verdict

WIDTH = 100
_Course: TypeAlias = tuple[tuple[str, float, float], ...]  # the figures of a course, each with its name
MARKS = {
    Verdict.SUITABLE: "✓", Verdict.ADAPT: "◐", Verdict.ASK_FIRST: "?", Verdict.REFER_FIRST: "→", Verdict.AVOID: "✕",
    Verdict.NOT_INDICATED: "–",
}  # fmt: skip
_SHOWN_FIGURES = ("hold_seconds", "repetitions", "spots_per_session", "minutes_per_region", "times_per_day")
_RECALLED = ("mixed", "guideline", "memory")
_SHOWN_TECHNIQUES, _QUESTION_WORDS, _SHOWN_MUSCLES, _MUSCLES_IN_FULL = 5, 60, 3, 6
_OF_PARTS = ("spare", "local_pressure")


def text(advice: Advice) -> str:
    """What to do, on a page that is read in a minute, at most 100 characters wide; `details` has the rest."""
    say = advice.language
    can, mind, ask = list(_open_lines(advice)), list(_alert_lines(advice)), list(_other_consult_lines(advice))
    lines = [*head_lines(advice), ""]
    if advice.disposition is Disposition.EMERGENCY:
        lines += [*mind, *ask]
    else:
        lines += [*progress_lines(advice), *can, *mind, *_unknown_lines(advice), *ask]
    lines += [wrapped(say("page.note", note=note), 0, 2) for note in advice.notes]
    basis = advice.basis
    as_of = say("page.as_of", day=say.day(basis.as_of)) if basis.as_of else ""
    lines.append(wrapped(say("page.rulebook", version=basis.rulebook_version, digest=basis.rulebook_digest[:12], as_of=as_of)))
    lines.append(wrapped(advice.disclaimer))
    return "\n".join(lines)


def head_lines(advice: Advice) -> Iterator[str]:
    """What is to be done with the client, in a word and in a sentence; and who translated it."""
    yield advice.language.word(advice.disposition).upper()
    yield wrapped(advice.summary)
    if advice.language.notice:
        yield wrapped(advice.language.notice)


def wrapped(words: str, indent: int = 0, hang: int | None = None) -> str:
    """Words in lines of at most 100 characters, the first indented, the others hanging."""
    return fill(
        words,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hang is None else hang),
        break_on_hyphens=False,
    )


def alike(advice: Advice) -> list[list[SiteAdvice]]:
    """The sites, those with the same advice gathered so that it is said once."""
    groups: list[list[SiteAdvice]] = []
    for site in advice.sites:
        same = next(
            (g for g in groups if (g[0].techniques, g[0].muscles_to_check) == (site.techniques, site.muscles_to_check)), None
        )
        if same is not None:
            same.append(site)
        else:
            groups.append([site])
    return groups


def place(sites: list[SiteAdvice], *, say: Language) -> str:
    """The places that share an answer, with their sides; the middle isn't said."""
    sided = ("left", "right", "both")
    return "; ".join(f"{s.label}, {say(f'side.{s.side}')}" if s.side in sided else s.label for s in sites)


def _open_lines(advice: Advice) -> Iterator[str]:
    """What can be done at each place; the leading techniques with their dose."""
    say = advice.language
    for sites in _similar(advice):
        site, course = sites[0], _main_course(sites[0])
        told = _course_in_words(course, say=say, short=True)
        yield wrapped(f"{place(sites, say=say).upper()}{f' · {told}' if told else ''}", 0, 2)
        found = [t for t in site.techniques if t.verdict.open]
        leading = [t for t in found if t.role != "adjunct"][:_SHOWN_TECHNIQUES]
        spared = _spared(advice, sites)
        for technique in leading:
            verdict = max((s[technique.technique].verdict for s in sites), key=lambda v: v.caution)
            mine = [words for words, names in spared.items() if names == [technique.name]]
            yield wrapped(f"{MARKS[verdict]} {' · '.join([_in_short(technique, course, say=say), *mine])}", 2, 4)
        if others := [t.name for t in found if t not in leading]:
            yield wrapped(say("page.also_open", names=", ".join(others)), 2, 4)
        for words, names in spared.items():
            if names not in ([t.name] for t in leading):
                yield wrapped(f"! {words}: {', '.join(names)}", 2, 4)
        for verdict, key in ((Verdict.ASK_FIRST, "page.once_answered"), (Verdict.REFER_FIRST, "page.once_cleared")):
            if names := [t.name for t in site.techniques if t.verdict is verdict]:
                yield wrapped(f"{MARKS[verdict]} {say(key, names=', '.join(names))}", 2, 4)
        for technique in site.techniques:
            if technique.requested and technique.verdict is Verdict.AVOID:
                yield wrapped(f"{MARKS[technique.verdict]} {say('page.asked_but_avoid', name=technique.name)}", 2, 4)
        if not found:
            yield wrapped(say("page.nothing_open"), 2)
        yield from _muscles_in_short(site, say=say)
        yield ""


def _spared(advice: Advice, sites: list[SiteAdvice]) -> dict[str, list[str]]:
    """Parts to leave out or to press less on, with the open techniques that this binds; not what an alert on top says anyway."""
    said = " ".join(alert.action for alert in advice.top_alerts).lower()
    found: dict[str, list[str]] = {}
    for technique in (t for site in sites for t in site.techniques if t.verdict.open):
        for limit in technique.limits:
            if limit.kind in _OF_PARTS and limit.words.lower() not in said:
                names = found.setdefault(limit.words, [])
                names += [technique.name] if technique.name not in names else []
    return found


def _similar(advice: Advice) -> list[list[SiteAdvice]]:
    """The sites, gathered where the same is open with the same dose; their limits are told by the alerts."""
    groups: dict[object, list[SiteAdvice]] = {}
    for site in advice.sites:
        shown = frozenset((t.technique, t.role, t.verdict.open or t.verdict, t.pressure, t.dose) for t in site.techniques)
        groups.setdefault((shown, _main_course(site), site.muscles_to_check), []).append(site)
    return list(groups.values())


def _muscles_in_short(site: SiteAdvice, *, say: Language) -> Iterator[str]:
    """The muscles that were told, or else the first of those to check; where they lie, and how many there are."""
    hints = site.muscles_to_check
    if hints:
        first = [h for h in hints if h.told] or hints[:_SHOWN_MUSCLES]
        rest = len(hints) - len(first)
        words = [f"{muscle_name(h, say=say)}: {h.look_in}" for h in first]
        words += [say("page.more_in_details", n=rest)] if rest else []
        yield wrapped(f"{say('muscles.heading')}: {'; '.join(words)}", 2, 4)


def muscle_lines(site: SiteAdvice, *, say: Language) -> Iterator[str]:
    """The muscles to check: the first in full, the others by name."""
    hints = site.muscles_to_check
    first = [h for h in hints if h.told or (h.where == "here" and not any(x.told for x in hints))][:_MUSCLES_IN_FULL] or hints[:1]
    if hints:
        yield wrapped(f"{say('muscles.heading')}. {say('muscles.about')}", 2, 4)
    for hint in first:
        yield wrapped(f"- {muscle_in_full(hint, say=say)}", 4, 6)
    if rest := [muscle_name(h, say=say) for h in hints if h not in first]:
        yield wrapped(f"- {say('muscles.also', names=', '.join(rest))}", 4, 6)


def muscle_name(hint: MuscleHint, *, say: Language) -> str:
    """A muscle by name, with what is to be known before a hand is laid on it."""
    where = {"here": "", "left out": "muscles.left_out", "elsewhere": "muscles.elsewhere"}[hint.where]
    aside = ", ".join(say(k) for k in ("muscles.told" if hint.told else "muscles.common" if hint.common else "", where) if k)
    return f"{hint.label}{f' ({aside})' if aside else ''}"


def muscle_in_full(hint: MuscleHint, *, say: Language) -> str:
    """Where to look for a muscle, what to test before and after, what to go round, and how firmly at most."""
    tests = ", ".join(f"{t.label[:1].lower()}{t.label[1:]}{_usual(t, say=say)}" for t in hint.test)
    parts = [
        say("muscles.look_in", places=hint.look_in),
        say("muscles.test", tests=tests),
        say("muscles.go_round", structures=", ".join(hint.go_round)) if hint.go_round else "",
        say("muscles.pressure", n=hint.pressure_at_most) if hint.pressure_at_most is not None else "",
        hint.note.removesuffix("."),
    ]
    return f"{muscle_name(hint, say=say)}; {'; '.join(p for p in parts if p)}."


def _usual(test: MotionTest, *, say: Language) -> str:
    unit = "°" if test.unit == "deg" else f" {test.unit}"
    return f" {say('muscles.usual', span=say.span(*test.usual) + unit)}" if test.usual is not None else ""


def _main_course(site: SiteAdvice) -> _Course:
    """The course that most of the open techniques share."""
    courses = Counter(_course(t) for t in site.techniques if t.verdict.open)
    del courses[()]
    return max(courses, key=lambda c: (courses[c], c)) if courses else ()


def _in_short(technique: TechniqueAdvice, course: _Course, *, say: Language) -> str:
    """A technique with its dose, and its course where it has one of its own."""
    says = technique.evidence_says
    doubt = "page.no_advantage" if adds_nothing(says) else "page.results_differ" if disagrees(says) else ""
    own = _course_in_words(tuple(f for f in _course(technique) if f not in course), say=say, short=False)
    dose = [*_dose(technique, say=say, short=True), *([own] if own else [])]
    said = " · ".join(dose)
    return f"{technique.label.partition(' (')[0]}{f' ({say(doubt)})' if doubt else ''}{f': {said}' if said else ''}"


def _alert_lines(advice: Advice) -> Iterator[str]:
    """The gravest alerts, then the others counted and told shortly."""
    top, say = advice.top_alerts, advice.language
    for number, alert in enumerate(top, 1):
        yield wrapped(f"{number}. {worded_alert(alert, say=say)}", 0, 3)
    rest = [a for a in advice.alerts if a not in top and a.grade is not Grade.ASK]
    if rest:
        yield say("page.more_heading", n=len(rest))
    for alert in rest:
        in_short = alert.grade is Grade.NOTE or alert.topic == "body_map"
        yield wrapped(f"- {alert.title}." if in_short else f"- {worded_alert(alert, say=say)}", 2, 4)
    if top:
        yield ""


def worded_alert(alert: Alert, *, say: Language) -> str:
    """An alert in a line: what it changes, what it is about, where, and what to do."""
    names = ", ".join(w.lower() for w in alert.where)
    where = "" if alert.topic == "body_map" else f" ({names})"
    until = f" {say('page.until_known')}" if alert.until_known else ""
    action = alert.action
    for full, short in (("limit.spare", "alert.not_there"), ("alert.over", "alert.there")):
        action = re.sub(re.escape(say(full, places=names)) + r"(?=[;.])", say(short), action)
    return f"{say.word(alert.grade).upper()}{until} · {alert.title}{where}. {action}"


def _unknown_lines(advice: Advice) -> Iterator[str]:
    """What isn't known: in a line what waits for it, with the best questions; in another what it would allow."""
    shown, words, say = 0, 0, advice.language
    for question in advice.questions:
        words += len(question.ask.split())
        shown += words <= _QUESTION_WORDS or not shown
    more = len(advice.questions) - shown
    for alert in advice.alerts:
        if alert.grade is Grade.ASK and (more or not advice.questions):
            yield wrapped(f"{alert.title}.", 0, 2)
    if advice.questions:
        yield say("page.ask_first" if more else "page.not_known_ask_first")
    for number, question in enumerate(advice.questions[:shown], 1):
        yield wrapped(f"{number}. {question.ask}", 2, 5)
    if more:
        yield f"  {say('page.and_more_lines', n=more)}"
    if (easing := [first_sentence(q.ask) for q in advice.easing_questions]) and not advice.questions:
        rest = [say("page.and_more_sentence", n=len(easing) - 2)] if len(easing) > 2 else []
        yield wrapped(say("page.would_allow_more", words=" ".join([*easing[:2], *rest])), 0, 2)
    if advice.questions or advice.easing_questions:
        yield ""


def _other_consult_lines(advice: Advice) -> Iterator[str]:
    """What to ask of clinicians beyond what the alerts say."""
    told, say = " ".join(a.action for a in advice.alerts), advice.language
    for consult in advice.consults:
        if left := [ask for ask in consult.ask if ask not in told]:
            when = say(f"urgency.{consult.urgency}")
            yield wrapped(say("page.consult_line", when=when, who=consult.label, ask=" ".join(left)), 0, 2)
            yield ""


def shared_limits(site: SiteAdvice) -> tuple[str, ...]:
    """The limits that bind three or more of the techniques that are open, said once for all of them."""
    counted: dict[str, int] = {}
    for technique in site.techniques:
        for bound in technique.limits if technique.verdict.open else ():
            counted[bound.words] = counted.get(bound.words, 0) + 1
    return tuple(words for words, count in counted.items() if count >= 3)


def shared_course(site: SiteAdvice, *, say: Language) -> str:
    """The course of treatment, where all techniques that have one agree on it."""
    courses = {_course(t) for t in site.techniques if t.verdict.open} - {()}
    return _course_in_words(courses.pop(), say=say, short=False) if len(courses) == 1 else ""


def aside(technique: TechniqueAdvice, *, say: Language) -> str:
    """Its role, and how certain the evidence is, with what that certainty is of where it isn't of a benefit."""
    says = technique.evidence_says
    keys = [f"role.{technique.role}"] if technique.role else []
    keys += [f"certainty.{technique.certainty}"] if technique.certainty else []
    keys += ["page.no_advantage"] if adds_nothing(says) else ["page.results_differ"] if disagrees(says) else []
    return f" ({', '.join(map(say, keys))})" if keys else ""


def research(advice: Advice, technique: TechniqueAdvice) -> str:
    """The first thing research says of a technique that is offered, with a word where it isn't from the source itself."""
    if not technique.evidence or technique.role not in ("first_line", "option") or technique.certainty == "none":
        return ""
    said, say = advice.evidence[technique.evidence[0]], advice.language
    recalled = f" {say(f'recalled.{said.basis}')}" if said.basis in _RECALLED else ""
    says = f"{first_sentence(said.says).removesuffix('.')}{recalled}."
    return say("page.research_mixed" if said.mixed_styles else "page.research", says=says)


def dose_in_words(technique: TechniqueAdvice, *, with_course: bool, say: Language) -> str:
    """Pressure and dose, and the course where it isn't said for the whole place."""
    course = _course_in_words(_course(technique), say=say, short=False) if with_course else ""
    return " · ".join([*_dose(technique, say=say, short=False), *([course] if course else [])])


def _dose(technique: TechniqueAdvice, *, say: Language, short: bool) -> Iterator[str]:
    """Pressure and the figures of the dose."""
    if technique.pressure is not None and technique.pressure[1] > 0:
        yield _figure("dose.pressure", *technique.pressure, say=say, short=short)
    for figure in technique.dose:
        if figure.name in _SHOWN_FIGURES:
            yield _figure(f"dose.{figure.name}", figure.low, figure.high, say=say, short=short)


def _course(technique: TechniqueAdvice) -> _Course:
    """The figures of its course."""
    spans = [(key, technique.course.get(key)) for key in ("minutes", "per_week", "weeks", "sessions")]
    found = [(key, *value) for key, value in spans if isinstance(value, list) and len(value) == 2]
    review = technique.course.get("review_after")
    return (*found, *([("review_after", review, review)] if isinstance(review, int | float) else []))


def _course_in_words(course: _Course, *, say: Language, short: bool) -> str:
    return " · ".join(_figure(f"course.{name}", low, high, say=say, short=short) for name, low, high in course)


def _figure(key: str, low: float, high: float, *, say: Language, short: bool) -> str:
    """A figure in words, in its short form where there is one and it is wanted."""
    return say(f"{key}_short" if short and f"{key}_short" in say.words else key, span=say.span(low, high))


def basis_word(basis: str, *, say: Language) -> str:
    """What a number or a rule rests on, in words; the word itself where there are none for it."""
    return say(f"basis.{basis}") if f"basis.{basis}" in say.words else basis


def grouped(advice: Advice, site: SiteAdvice, verdict: Verdict) -> list[tuple[str, str]]:
    """Techniques with one verdict, gathered by the reason that decides it."""
    groups: dict[str, list[str]] = {}
    for technique in site.techniques:
        if technique.verdict is verdict:
            groups.setdefault(_why(advice, technique), []).append(technique.label)
    return [(", ".join(names), why) for why, names in groups.items()]


def _why(advice: Advice, technique: TechniqueAdvice) -> str:
    """The titles of the first rules that decide a verdict."""
    reasons = [advice.reasons[r] for r in technique.decided_by if r in advice.reasons]
    titles = [title for reason in reasons for title in (reason.through or (reason.title,))]
    return "; ".join(dict.fromkeys(titles[:2]))


def consult_lines(advice: Advice) -> Iterator[str]:
    """Whom to consult, how soon, and what to ask."""
    say = advice.language
    yield say("heading.consult").upper()
    for consult in advice.consults:
        yield wrapped(f"{say(f'urgency.{consult.urgency}')}: {consult.label}", 2)
        for ask in consult.ask:
            yield wrapped(ask, 4)
        for words in consult.meanwhile:
            yield wrapped(say("page.meanwhile", words=words), 4)


def progress_lines(advice: Advice) -> Iterator[str]:
    """What the last sessions mean."""
    say = advice.language
    if advice.progress:
        yield say("heading.since_last_time").upper()
        for found in advice.progress:
            yield wrapped(f"{found.label}: {say(f'action.{found.action}')}.", 2, 4)
            for words in found.advice:
                yield wrapped(f"- {words}", 4, 6)
        yield ""


def shown_reasons(advice: Advice) -> list[Reason]:
    """The reasons worth reading: what holds, and in the order of the answer."""
    order = {"emergency": 0, "avoid": 1, "refer": 2, "adapt": 3, "suggest": 4}
    limiting = {rule for s in advice.sites for t in s.techniques if t.verdict.open for b in t.limits for rule in b.rules}
    held = [r for r in advice.reasons.values() if r.certain or r.rule in limiting]
    return sorted(held, key=lambda r: (order.get(r.effect, 5), r.rule))


def basis_line(advice: Advice) -> str:
    """What the answer was worked out with."""
    basis, say = advice.basis, advice.language
    as_of = say("page.as_of_in_full", day=say.day(basis.as_of)) if basis.as_of else ""
    version, digest = basis.rulebook_version, basis.rulebook_digest[:12]
    core, second = basis.core, basis.second_opinion
    return wrapped(say("page.rulebook_in_full", version=version, digest=digest, as_of=as_of, core=core, second=second))


STYLE = """
.mr{font:14px/1.45 system-ui,sans-serif;max-width:52rem;color:#1b1b1b;background:#fff;border:1px solid #c9c9c9;border-radius:8px;padding:1rem}
.mr h2{font-size:1.15rem;margin:0 0 .25rem}.mr h3{font-size:1rem;margin:1rem 0 .35rem}.mr ul,.mr ol{margin:.2rem 0;padding-left:1.3rem}
.mr .d{display:inline-block;padding:.15rem .6rem;border:2px solid currentColor;border-radius:4px;font-weight:700}
.mr .s0{color:#00543a}.mr .s1{color:#5c4a00}.mr .s2{color:#1d3f8a}.mr .s3{color:#7a3400}.mr .s4,.mr .s5{color:#8d0d1c}
.mr table{border-collapse:collapse;width:100%}.mr td,.mr th{text-align:left!important;vertical-align:top!important;padding:.3rem .5rem;border-top:1px solid #ddd}
.mr .a{border:1px solid #999;border-left-width:5px;border-radius:4px;padding:.4rem .6rem;margin:.4rem 0}.mr small{color:#555}.mr details{margin:.3rem 0}.mr summary{cursor:pointer;font-weight:600}
@media (prefers-color-scheme:dark){.mr{color:#eee;background:#1c1c1c;border-color:#555}.mr small{color:#bbb}.mr td,.mr th{border-color:#444}
.mr .s0{color:#6fd3a8}.mr .s1{color:#e6cf6b}.mr .s2{color:#9db8ff}.mr .s3{color:#ffb27a}.mr .s4,.mr .s5{color:#ff9aa5}}
"""
