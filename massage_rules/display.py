"""Advice for people: a page of text that is read in a minute, with what can be done first, and the words that all pages share.

What this page leaves out stands in `massage_rules.details`; `massage_rules.page` writes HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from textwrap import fill

from massage_rules.answer import Advice, Alert, MotionTest, MuscleHint, Reason, SiteAdvice, TechniqueAdvice
from massage_rules.evidence import adds_nothing, disagrees, first_sentence
from massage_rules.verdicts import Disposition, Grade, Verdict

WIDTH = 100
_ROLES = {"first_line": "first choice", "option": "option", "adjunct": "beside the others"}
_CERTAINTY = {
    "high": "high certainty", "moderate": "moderate certainty", "low": "low certainty", "very_low": "very low certainty",
    "none": "no research found", "guideline": "a guideline's position",
}  # fmt: skip
URGENCY = {
    "now": "Now", "same_day": "Today", "within_days": "Within days", "before_treatment": "Before treatment", "routine": "At the next visit there",
}  # fmt: skip
ACTIONS = {
    "continue": "go on as before", "progress": "one step up", "ease": "do less", "reassess": "look again before going on",
    "refer": "ask a clinician",
}  # fmt: skip
_RECALLED = {"mixed": " (partly from memory)", "guideline": " (partly from memory)", "memory": " (from memory)"}
MARKS = {
    Verdict.SUITABLE: "✓", Verdict.ADAPT: "◐", Verdict.ASK_FIRST: "?", Verdict.REFER_FIRST: "→", Verdict.AVOID: "✕",
    Verdict.NOT_INDICATED: "–",
}  # fmt: skip
_SHOWN_FIGURES = {
    "hold_seconds": "hold {} s", "repetitions": "{} repetitions", "spots_per_session": "{} spots",
    "minutes_per_region": "{} min here", "times_per_day": "{} times a day at home",
}  # fmt: skip
BASIS_WORDS = {
    "read": "seen in the source", "trial_read": "seen in a trial or review", "guideline_read": "seen in a guideline",
    "expert_read": "seen on a professional page", "consensus_read": "seen in a consensus paper", "guideline": "a guideline, partly from memory",
    "mixed": "partly seen, partly from memory", "memory": "from memory, unchecked", "default": "a cautious default without evidence",
}  # fmt: skip


_SHOWN_TECHNIQUES, _QUESTION_WORDS, _SHOWN_MUSCLES, _MUSCLES_IN_FULL = 5, 60, 3, 6
MUSCLES_TO_CHECK = "Muscles to check (tradition, partly from memory; opens and closes nothing)"
ABOUT_MUSCLES = (
    "They may send pain here when they hold trigger points. The limits of this place hold for them; what lies outside it needs advice of "
    "its own before it is treated. Test before and after, the other side first: usual ranges are from memory and fall with age, and "
    "less change than the error of measuring is none."
)


def text(advice: Advice) -> str:
    """What to do, on a page that is read in a minute, at most 100 characters wide; `details` has the rest."""
    can, mind, ask = list(_open_lines(advice)), list(_alert_lines(advice)), list(_other_consult_lines(advice))
    lines = [advice.disposition.upper(), wrapped(advice.summary), ""]
    if advice.disposition is Disposition.EMERGENCY:
        lines += [*mind, *ask]
    else:
        lines += [*progress_lines(advice), *can, *mind, *_unknown_lines(advice), *ask]
    lines += [wrapped(f"Note: {note}", 0, 2) for note in advice.notes]
    basis = advice.basis
    as_of = f", as of {basis.as_of}" if basis.as_of else ""
    lines += [
        wrapped(
            f"Rulebook {basis.rulebook_version} ({basis.rulebook_digest[:12]}){as_of}. Reasons, sources and what to ask: details."
        )
    ]
    lines += [wrapped(advice.disclaimer)]
    return "\n".join(lines)


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


def place(sites: list[SiteAdvice]) -> str:
    """The places that share an answer, with their sides."""
    sides = {"left": ", left", "right": ", right", "both": ", both sides"}
    return "; ".join(f"{s.label}{sides.get(s.side or '', '')}" for s in sites)


def _open_lines(advice: Advice) -> Iterator[str]:
    """What can be done at each place; the leading techniques with their dose."""
    for sites in _similar(advice):
        site, course = sites[0], _main_course(sites[0])
        told = course.replace("visits of", "visits").replace("for ", "")
        yield wrapped(f"{place(sites).upper()}{f' · {told}' if told else ''}", 0, 2)
        found = [t for t in site.techniques if t.verdict.open]
        leading = [t for t in found if t.role != "adjunct"][:_SHOWN_TECHNIQUES]
        for technique in leading:
            verdict = max((s[technique.technique].verdict for s in sites), key=lambda v: v.caution)
            yield wrapped(f"{MARKS[verdict]} {_in_short(site, technique, course)}", 2, 4)
        if others := [t.name for t in found if t not in leading]:
            yield wrapped(f"Also open: {', '.join(others)}", 2, 4)
        for verdict, words in ((Verdict.ASK_FIRST, "once answered"), (Verdict.REFER_FIRST, "once cleared")):
            if names := [t.name for t in site.techniques if t.verdict is verdict]:
                yield wrapped(f"{MARKS[verdict]} {words}: {', '.join(names)}", 2, 4)
        for technique in site.techniques:
            if technique.requested and technique.verdict is Verdict.AVOID:
                yield wrapped(f"{MARKS[technique.verdict]} asked for, but to avoid: {technique.name}", 2, 4)
        if not found:
            yield "  Nothing is open here today."
        yield from _muscles_in_short(site)
        yield ""


def _similar(advice: Advice) -> list[list[SiteAdvice]]:
    """The sites, gathered where the same is open with the same dose; their limits are told by the alerts."""
    groups: dict[object, list[SiteAdvice]] = {}
    for site in advice.sites:
        shown = frozenset((t.technique, t.role, t.verdict.open or t.verdict, t.pressure, t.dose) for t in site.techniques)
        groups.setdefault((shown, _main_course(site), site.muscles_to_check), []).append(site)
    return list(groups.values())


def _muscles_in_short(site: SiteAdvice) -> Iterator[str]:
    """The muscles that were told, or else the first of those to check; where they lie, and how many there are."""
    hints = site.muscles_to_check
    if hints:
        first = [h for h in hints if h.told] or hints[:_SHOWN_MUSCLES]
        rest = len(hints) - len(first)
        words = "; ".join(f"{muscle_name(h)}: {h.look_in}" for h in first)
        yield wrapped(f"{MUSCLES_TO_CHECK}: {words}{f'; and {rest} more in details' if rest else ''}", 2, 4)


def muscle_lines(site: SiteAdvice) -> Iterator[str]:
    """The muscles to check: the first in full, the others by name."""
    hints = site.muscles_to_check
    first = [h for h in hints if h.told or (h.where == "here" and not any(x.told for x in hints))][:_MUSCLES_IN_FULL] or hints[:1]
    if hints:
        yield wrapped(f"{MUSCLES_TO_CHECK}. {ABOUT_MUSCLES}", 2, 4)
    for hint in first:
        yield wrapped(f"- {muscle_in_full(hint)}", 4, 6)
    if rest := [muscle_name(h) for h in hints if h not in first]:
        yield wrapped(f"- also: {', '.join(rest)}", 4, 6)


def muscle_name(hint: MuscleHint) -> str:
    """A muscle by name, with what is to be known before a hand is laid on it."""
    where = {"here": "", "left out": "left out today", "elsewhere": "outside this place"}[hint.where]
    aside = ", ".join(w for w in ("told" if hint.told else "common" if hint.common else "", where) if w)
    return f"{hint.label}{f' ({aside})' if aside else ''}"


def muscle_in_full(hint: MuscleHint) -> str:
    """Where to look for a muscle, what to test before and after, what to go round, and how firmly at most."""
    parts = [
        f"look in: {hint.look_in}",
        f"test: {', '.join(f'{t.label[:1].lower()}{t.label[1:]}{_usual(t)}' for t in hint.test)}",
        f"go round: {', '.join(hint.go_round)}" if hint.go_round else "",
        f"pressure at most {hint.pressure_at_most}" if hint.pressure_at_most is not None else "",
        hint.note.removesuffix("."),
    ]
    return f"{muscle_name(hint)}; {'; '.join(p for p in parts if p)}."


def _usual(test: MotionTest) -> str:
    unit = "°" if test.unit == "deg" else f" {test.unit}"
    return f" (usual {_span(*test.usual)}{unit})" if test.usual is not None else ""


def _main_course(site: SiteAdvice) -> str:
    """The course that most of the open techniques share."""
    courses = Counter(" · ".join(_course(t)) for t in site.techniques if t.verdict.open)
    del courses[""]
    return max(courses, key=lambda c: (courses[c], c)) if courses else ""


def _in_short(site: SiteAdvice, technique: TechniqueAdvice, course: str) -> str:
    """A technique with its dose, its course where it has one of its own, and what it alone leaves out."""
    says = technique.evidence_says
    doubt = " (no advantage shown)" if adds_nothing(says) else " (results differ)" if disagrees(says) else ""
    dose = [dose_in_words(technique, with_course=False).replace(" of 5", "").replace(" times a day", " a day")]
    dose += [part for part in _course(technique) if part not in course]
    dose += [b.words for b in technique.limits if b.kind == "spare" and b.words not in shared_limits(site)]
    said = " · ".join(d for d in dose if d)
    return f"{technique.label.partition(' (')[0]}{doubt}{f': {said}' if said else ''}"


def _alert_lines(advice: Advice) -> Iterator[str]:
    """The gravest alerts, then the others counted and told shortly."""
    top = advice.top_alerts
    for number, alert in enumerate(top, 1):
        yield wrapped(f"{number}. {worded_alert(alert)}", 0, 3)
    rest = [a for a in advice.alerts if a not in top and a.grade is not Grade.ASK]
    if rest:
        yield f"{len(rest)} more:"
    for alert in rest:
        in_short = alert.grade is Grade.NOTE or alert.topic == "body_map"
        yield wrapped(f"- {alert.title}." if in_short else f"- {worded_alert(alert)}", 2, 4)
    if top:
        yield ""


def worded_alert(alert: Alert) -> str:
    """An alert in a line: what it changes, what it is about, where, and what to do."""
    names = ", ".join(w.lower() for w in alert.where)
    where = "" if alert.topic == "body_map" else f" ({names})"
    until = " until known" if alert.until_known else ""
    here = re.escape(names) + r"(?=[;.])"
    action = re.sub(f"over: {here}", "there", re.sub(f"leave out: {here}", "not there", alert.action))
    return f"{alert.grade.upper()}{until} · {alert.title}{where}. {action}"


def _unknown_lines(advice: Advice) -> Iterator[str]:
    """What isn't known: in a line what waits for it, with the best questions; in another what it would allow."""
    shown, words = 0, 0
    for question in advice.questions:
        words += len(question.ask.split())
        shown += words <= _QUESTION_WORDS or not shown
    more = len(advice.questions) - shown
    for alert in advice.alerts:
        if alert.grade is Grade.ASK and (more or not advice.questions):
            yield wrapped(f"{alert.title}.", 0, 2)
    if advice.questions:
        yield "Ask first:" if more else "Not known; ask first:"
    for number, question in enumerate(advice.questions[:shown], 1):
        yield wrapped(f"{number}. {question.ask}", 2, 5)
    if more:
        yield f"  and {more} more."
    if (easing := [first_sentence(q.ask) for q in advice.easing_questions]) and not advice.questions:
        more = len(easing) - 2
        yield wrapped(f"Would allow more: {' '.join(easing[:2])}{f' And {more} more.' if more > 0 else ''}", 0, 2)
    if advice.questions or advice.easing_questions:
        yield ""


def _other_consult_lines(advice: Advice) -> Iterator[str]:
    """What to ask of clinicians beyond what the alerts say."""
    told = " ".join(a.action for a in advice.alerts)
    for consult in advice.consults:
        if left := [ask for ask in consult.ask if ask not in told]:
            yield wrapped(f"{URGENCY[consult.urgency]}, {consult.label}: {' '.join(left)}", 0, 2)
            yield ""


def shared_limits(site: SiteAdvice) -> tuple[str, ...]:
    """The limits that bind three or more of the techniques that are open, said once for all of them."""
    counted: dict[str, int] = {}
    for technique in site.techniques:
        for bound in technique.limits if technique.verdict.open else ():
            counted[bound.words] = counted.get(bound.words, 0) + 1
    return tuple(words for words, count in counted.items() if count >= 3)


def shared_course(site: SiteAdvice) -> str:
    """The course of treatment, where all techniques that have one agree on it."""
    courses = {" · ".join(_course(t)) for t in site.techniques if t.verdict.open} - {""}
    return courses.pop() if len(courses) == 1 else ""


def aside(technique: TechniqueAdvice) -> str:
    """Its role, and how certain the evidence is, with what that certainty is of where it isn't of a benefit."""
    says = technique.evidence_says
    of = "no advantage shown" if adds_nothing(says) else "results differ" if disagrees(says) else ""
    words = ", ".join(w for w in (_ROLES.get(technique.role or "", ""), _CERTAINTY.get(technique.certainty or "", ""), of) if w)
    return f" ({words})" if words else ""


def research(advice: Advice, technique: TechniqueAdvice) -> str:
    """The first thing research says of a technique that is offered, with a word where it isn't from the source itself."""
    if not technique.evidence or technique.role not in ("first_line", "option") or technique.certainty == "none":
        return ""
    said = advice.evidence[technique.evidence[0]]
    label = "research, mixed styles" if said.mixed_styles else "research"
    return f"{label}: {first_sentence(said.says).removesuffix('.')}{_RECALLED.get(said.basis, '')}."


def dose_in_words(technique: TechniqueAdvice, *, with_course: bool) -> str:
    """Pressure and dose, and the course where it isn't said for the whole place."""
    parts = []
    if technique.pressure is not None and technique.pressure[1] > 0:
        low, high = technique.pressure
        parts.append(f"pressure {low} of 5" if low == high else f"pressure {low}-{high} of 5")
    for figure in technique.dose:
        if figure.name in _SHOWN_FIGURES:
            parts.append(_SHOWN_FIGURES[figure.name].format(_span(figure.low, figure.high)))
    return " · ".join((*parts, *(_course(technique) if with_course else ())))


def _course(technique: TechniqueAdvice) -> Iterator[str]:
    names = (("minutes", "visits of {} min"), ("per_week", "{} a week"), ("weeks", "for {} weeks"), ("sessions", "{} in all"))
    for key, words in names:
        value = technique.course.get(key)
        if isinstance(value, list) and len(value) == 2:
            yield words.format(_span(*value))
    review = technique.course.get("review_after")
    if isinstance(review, int | float):
        yield f"review after {review:g}"


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


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
    yield "CONSULT"
    for consult in advice.consults:
        yield wrapped(f"{URGENCY[consult.urgency]}: {consult.label}", 2)
        for ask in consult.ask:
            yield wrapped(ask, 4)
        for meanwhile in consult.meanwhile:
            yield wrapped(f"Meanwhile: {meanwhile}", 4)


def progress_lines(advice: Advice) -> Iterator[str]:
    """What the last sessions mean."""
    if advice.progress:
        yield "SINCE LAST TIME"
        for found in advice.progress:
            yield wrapped(f"{found.label}: {ACTIONS[found.action]}.", 2, 4)
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
    basis = advice.basis
    as_of = f" as of {basis.as_of}" if basis.as_of else ""
    return wrapped(
        f"Rulebook {basis.rulebook_version} ({basis.rulebook_digest[:12]}){as_of}; decided by the {basis.core}, "
        f"second opinion: {basis.second_opinion}."
    )


STYLE = """
.mr{font:14px/1.45 system-ui,sans-serif;max-width:52rem;color:#1b1b1b;background:#fff;border:1px solid #c9c9c9;border-radius:8px;padding:1rem}
.mr h2{font-size:1.15rem;margin:0 0 .25rem}.mr h3{font-size:1rem;margin:1rem 0 .35rem}.mr ul,.mr ol{margin:.2rem 0;padding-left:1.3rem}
.mr .d{display:inline-block;padding:.15rem .6rem;border:2px solid currentColor;border-radius:4px;font-weight:700}
.mr .s0{color:#00543a}.mr .s1{color:#5c4a00}.mr .s2{color:#1d3f8a}.mr .s3{color:#7a3400}.mr .s4,.mr .s5{color:#8d0d1c}
.mr table{border-collapse:collapse;width:100%}.mr td,.mr th{text-align:left;vertical-align:top;padding:.3rem .5rem;border-top:1px solid #ddd}
.mr .a{border:1px solid #999;border-left-width:5px;border-radius:4px;padding:.4rem .6rem;margin:.4rem 0}.mr small{color:#555}.mr details{margin:.3rem 0}.mr summary{cursor:pointer;font-weight:600}
@media (prefers-color-scheme:dark){.mr{color:#eee;background:#1c1c1c;border-color:#555}.mr small{color:#bbb}.mr td,.mr th{border-color:#444}
.mr .s0{color:#6fd3a8}.mr .s1{color:#e6cf6b}.mr .s2{color:#9db8ff}.mr .s3{color:#ffb27a}.mr .s4,.mr .s5{color:#ff9aa5}}
"""
