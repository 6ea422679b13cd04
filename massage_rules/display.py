"""Advice for people: text for a terminal, and HTML for a notebook or a page. What can be done stands first.

The HTML has no script and needs no network; colour never carries meaning alone; everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from textwrap import fill

from massage_rules.answer import Advice, Reason, SiteAdvice, TechniqueAdvice
from massage_rules.evidence import adds_nothing, disagrees, first_sentence
from massage_rules.questions import Question
from massage_rules.verdicts import Disposition, Verdict

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
_MARKS = {
    Verdict.SUITABLE: "✓", Verdict.ADAPT: "◐", Verdict.ASK_FIRST: "?", Verdict.REFER_FIRST: "→", Verdict.AVOID: "✕",
    Verdict.NOT_INDICATED: "–",
}  # fmt: skip
_SHOWN_FIGURES = {
    "hold_seconds": "hold {} s", "stroke_seconds": "strokes of {} s", "repetitions": "{} repetitions", "spots_per_session": "{} spots",
    "minutes_per_region": "{} min here", "home_minutes": "{} min at home", "times_per_day": "{} times a day at home",
}  # fmt: skip
BASIS_WORDS = {
    "read": "seen in the source", "trial_read": "seen in a trial or review", "guideline_read": "seen in a guideline",
    "expert_read": "seen on a professional page", "consensus_read": "seen in a consensus paper", "guideline": "a guideline, partly from memory",
    "mixed": "partly seen, partly from memory", "memory": "from memory, unchecked", "default": "a cautious default without evidence",
}  # fmt: skip


def text(advice: Advice) -> str:
    """The advice as plain text, at most 100 characters wide."""
    lines = [advice.disposition.upper(), advice.summary, ""]
    if advice.disposition is Disposition.EMERGENCY:
        lines += [*_consult_lines(advice), ""]
    lines += _progress_lines(advice)
    for sites in alike(advice):
        lines += _site_lines(advice, sites)
    if advice.questions:
        lines += ["ASK FIRST, best question first", *_question_lines(advice.questions), ""]
    if advice.easing_questions:
        lines += ["WOULD LIFT LIMITS IF ANSWERED", *_question_lines(advice.easing_questions), ""]
    if advice.consults and advice.disposition is not Disposition.EMERGENCY:
        lines += [*_consult_lines(advice), ""]
    lines += _reason_lines(advice)
    if any(t.verdict.open for s in advice.sites for t in s.techniques):
        lines += _prompt_lines(advice)
    lines += [wrapped(f"Note: {note}") for note in advice.notes]
    lines += [_basis_line(advice), advice.disclaimer]
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
        same = next((g for g in groups if g[0].techniques == site.techniques), None)
        if same is not None:
            same.append(site)
        else:
            groups.append([site])
    return groups


def _place(sites: list[SiteAdvice]) -> str:
    sides = {"left": ", left", "right": ", right", "both": ", both sides"}
    return "; ".join(f"{s.label}{sides.get(s.side or '', '')}" for s in sites)


def _site_lines(advice: Advice, sites: list[SiteAdvice]) -> Iterator[str]:
    site = sites[0]
    yield wrapped(_place(sites).upper())
    shared, course = shared_limits(site), shared_course(site)
    if shared:
        yield wrapped("Limits here", 2)
        for words in shared:
            yield wrapped(f"- {words}", 4, 6)
    if course:
        yield wrapped(f"Course: {course}", 2, 4)
    for technique in site.techniques:
        if technique.verdict.open:
            yield wrapped(f"{_MARKS[technique.verdict]} {_headline(technique)}", 2, 4)
            dose = dose_in_words(technique, with_course=not course)
            if dose:
                yield wrapped(dose, 4)
            for bound in technique.limits:
                if bound.words not in shared:
                    label = "care" if bound.kind == "advice" else "limit"
                    yield wrapped(f"{label}: {bound.words}", 4, 6 + len(label))
            for note in technique.notes[:1]:
                yield wrapped(f"note: {note}", 4, 10)
            if said := research(advice, technique):
                yield wrapped(said, 4, 6)
    for verdict in (Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID):
        for names, why in _grouped(advice, site, verdict):
            yield wrapped(f"{_MARKS[verdict]} {verdict}: {names}" + (f" — {why}" if why else ""), 2, 4)
    rest = [t.label.lower() for t in site.techniques if t.verdict is Verdict.NOT_INDICATED]
    if rest:
        yield wrapped(f"– nothing speaks for: {', '.join(rest)}", 2, 4)
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


def _headline(technique: TechniqueAdvice) -> str:
    words = _aside(technique)
    return f"{technique.label}: {technique.verdict}" + (f" ({words})" if words else "")


def _aside(technique: TechniqueAdvice) -> str:
    """Its role, and how certain the evidence is, with what that certainty is of where it isn't of a benefit."""
    says = technique.evidence_says
    of = "no advantage shown" if adds_nothing(says) else "results differ" if disagrees(says) else ""
    return ", ".join(w for w in (_ROLES.get(technique.role or "", ""), _CERTAINTY.get(technique.certainty or "", ""), of) if w)


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
        parts.append(f"pressure {low}" if low == high else f"pressure {low} to {high} of 5")
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


def _grouped(advice: Advice, site: SiteAdvice, verdict: Verdict) -> list[tuple[str, str]]:
    """Techniques with one verdict, gathered by the reason that decides it."""
    groups: dict[str, list[str]] = {}
    for technique in site.techniques:
        if technique.verdict is verdict:
            groups.setdefault(_why(advice, technique), []).append(technique.label)
    return [(", ".join(names), why) for why, names in groups.items()]


def _why(advice: Advice, technique: TechniqueAdvice) -> str:
    """The titles of the first rules that decide a verdict."""
    titles = [advice.reasons[r].title for r in technique.decided_by if r in advice.reasons]
    return "; ".join(dict.fromkeys(titles[:2]))


def _question_lines(questions: Iterable[Question]) -> Iterator[str]:
    for number, question in enumerate(questions, 1):
        yield wrapped(f"{number}. {question.ask}", 2, 5)
        yield wrapped(f"({question.why})", 5)


def _consult_lines(advice: Advice) -> Iterator[str]:
    yield "CONSULT"
    for consult in advice.consults:
        yield wrapped(f"{URGENCY[consult.urgency]}: {consult.label}", 2)
        for ask in consult.ask:
            yield wrapped(ask, 4)
        for meanwhile in consult.meanwhile:
            yield wrapped(f"Meanwhile: {meanwhile}", 4)


def _progress_lines(advice: Advice) -> Iterator[str]:
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


def _reason_lines(advice: Advice) -> Iterator[str]:
    reasons = shown_reasons(advice)
    if not reasons:
        return
    yield "WHY"
    for reason in reasons:
        yield wrapped(f"{'' if reason.certain else 'Until it is known: '}{reason.title} [{reason.rule}]", 2, 4)
        if reason.effect != "suggest":
            yield wrapped(reason.because, 4)
            if reason.do:
                yield wrapped(f"Do: {reason.do}", 4)
            rests = "; ".join(f"{g.words}: {g.value}" for g in reason.grounds)
            yield wrapped(f"Rests on: {rests}.", 4)
        if reason.cleared_by:
            yield wrapped(f"Cleared in writing by {reason.cleared_by}.", 4)
        yield wrapped(
            f"Sources: {', '.join(reason.references)} ({BASIS_WORDS.get(reason.basis, reason.basis)}; {reason.review}).", 4
        )
    yield ""


def _prompt_lines(advice: Advice) -> Iterator[str]:
    for title, prompts in (("BEFORE", advice.prompts.before), ("DURING", advice.prompts.during), ("AFTER", advice.prompts.after)):
        yield title
        for prompt in prompts[:6]:
            yield wrapped(f"- {prompt}", 2, 4)
    yield ""


def _basis_line(advice: Advice) -> str:
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
.mr small{color:#555}.mr details{margin:.3rem 0}.mr summary{cursor:pointer;font-weight:600}
@media (prefers-color-scheme:dark){.mr{color:#eee;background:#1c1c1c;border-color:#555}.mr small{color:#bbb}.mr td,.mr th{border-color:#444}
.mr .s0{color:#6fd3a8}.mr .s1{color:#e6cf6b}.mr .s2{color:#9db8ff}.mr .s3{color:#ffb27a}.mr .s4,.mr .s5{color:#ff9aa5}}
"""


def html(advice: Advice) -> str:
    """The advice as one self-contained piece of HTML."""
    level = advice.disposition.caution
    parts = [
        f'<section class="mr" lang="en" aria-label="Advice"><style>{STYLE}</style>',
        f'<p><span class="d s{level}">{escape(advice.disposition)}</span></p><p>{escape(advice.summary)}</p>',
    ]
    if advice.consults:
        items = "".join(
            f"<li><strong>{URGENCY[c.urgency]}: {escape(c.label)}.</strong> {escape(' '.join((*c.ask, *c.meanwhile)))}</li>"
            for c in advice.consults
        )
        parts.append(f"<h3>Consult</h3><ul>{items}</ul>")
    since = "".join(
        f"<li><strong>{escape(p.label)}: {ACTIONS[p.action]}.</strong> {escape(' '.join(p.advice))}</li>" for p in advice.progress
    )
    if since:
        parts.append(f"<h3>Since last time</h3><ul>{since}</ul>")
    parts += [_site_html(advice, sites) for sites in alike(advice)]
    for title, questions in (
        ("Ask first, best question first", advice.questions),
        ("Would lift limits if answered", advice.easing_questions),
    ):
        items = "".join(f"<li>{escape(q.ask)} <small>{escape(q.why)}</small></li>" for q in questions)
        if items:
            parts.append(f"<h3>{title}</h3><ol>{items}</ol>")
    reasons = "".join(_reason_html(advice, r) for r in shown_reasons(advice))
    if reasons:
        parts.append(f"<details open><summary>Why</summary><ul>{reasons}</ul></details>")
    prompts = "".join(
        f"<h3>{t}</h3><ul>{''.join(f'<li>{escape(p)}</li>' for p in found)}</ul>"
        for t, found in (("Before", advice.prompts.before), ("During", advice.prompts.during), ("After", advice.prompts.after))
    )
    if any(t.verdict.open for s in advice.sites for t in s.techniques):
        parts.append(f"<details><summary>What to ask before, during and after</summary>{prompts}</details>")
    if advice.notes:
        parts.append(f"<ul>{''.join(f'<li>{escape(n)}</li>' for n in advice.notes)}</ul>")
    parts.append(f"<p><small>{escape(_basis_line(advice))}<br>{escape(advice.disclaimer)}</small></p></section>")
    return "".join(parts)


def _site_html(advice: Advice, sites: list[SiteAdvice]) -> str:
    site, rows = sites[0], []
    shared, course = shared_limits(site), shared_course(site)
    common = "".join(f"<li>{escape(words)}</li>" for words in shared)
    intro = f"<p>Limits here:</p><ul>{common}</ul>" if common else ""
    intro += f"<p>Course: {escape(course)}</p>" if course else ""
    for technique in site.techniques:
        if technique.verdict.open:
            limits = "".join(f"<li>{escape(b.words)}</li>" for b in technique.limits if b.words not in shared)
            details = f"{escape(dose_in_words(technique, with_course=not course))}{f'<ul>{limits}</ul>' if limits else ''}"
            if said := research(advice, technique):
                details += f"<br><small>{escape(said)}</small>"
            rows.append(_row(technique.verdict, technique.label, f"{escape(_aside(technique))}<br>{details}"))
    for verdict in (Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID):
        rows += [_row(verdict, names, escape(why)) for names, why in _grouped(advice, site, verdict)]
    rest = ", ".join(t.label for t in site.techniques if t.verdict is Verdict.NOT_INDICATED)
    if rest:
        rows.append(_row(Verdict.NOT_INDICATED, rest, ""))
    head = '<tr><th scope="col">Verdict</th><th scope="col">Technique</th><th scope="col">How</th></tr>'
    return f"<h3>{escape(_place(sites))}</h3>{intro}<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _row(verdict: Verdict, names: str, details: str) -> str:
    shown = f'<span class="s{verdict.caution}">{_MARKS[verdict]} {escape(verdict)}</span>'
    return f'<tr><td style="white-space:nowrap">{shown}</td><td>{escape(names)}</td><td>{details}</td></tr>'


def _reason_html(advice: Advice, reason: Reason) -> str:
    rests = "; ".join(f"{g.words}: {g.value}" for g in reason.grounds)
    titles = {s.key: s for s in advice.sources}
    sources = ", ".join(_source_html(titles[k.split(" ")[0]].title, titles[k.split(" ")[0]].url) for k in reason.references)
    cleared = f" <em>Cleared in writing by {escape(reason.cleared_by)}.</em>" if reason.cleared_by else ""
    do = f" <strong>{escape(reason.do)}</strong>" if reason.do else ""
    return (
        f"<li><strong>{'' if reason.certain else 'Until it is known: '}{escape(reason.title)}</strong> {escape(reason.because)}{do}{cleared}<br><small>Rests on: {escape(rests)}. "
        f"Limits: {escape(reason.limits)} Sources: {sources} ({escape(BASIS_WORDS.get(reason.basis, reason.basis))}; {escape(reason.review)}). "
        f"<code>{escape(reason.rule)}</code></small></li>"
    )


def _source_html(title: str, url: str | None) -> str:
    if url is not None and url.startswith(("https://", "http://")):
        return f'<a href="{escape(url, quote=True)}">{escape(title)}</a>'
    return escape(title)
