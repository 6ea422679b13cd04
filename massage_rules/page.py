"""Advice as HTML for a notebook or a page: what can be done first, then the alerts as cards.

It has no script and needs no network; colour never carries meaning alone; everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from massage_rules.answer import Advice, Alert, Reason, SiteAdvice
from massage_rules.display import (
    ABOUT_MUSCLES,
    ACTIONS,
    BASIS_WORDS,
    MARKS,
    MUSCLES_TO_CHECK,
    STYLE,
    URGENCY,
    alike,
    aside,
    basis_line,
    dose_in_words,
    grouped,
    muscle_in_full,
    place,
    research,
    shared_course,
    shared_limits,
    shown_reasons,
)
from massage_rules.questions import Question
from massage_rules.verdicts import Disposition, Grade, Verdict


def html(advice: Advice) -> str:
    """The advice as one self-contained piece of HTML."""
    level = advice.disposition.caution
    can, mind = [_site_html(advice, sites) for sites in alike(advice)], _alerts_html(advice)
    parts = [
        f'<section class="mr" lang="en" aria-label="Advice"><style>{STYLE}</style>',
        f'<p><span class="d s{level}">{escape(advice.disposition)}</span></p><p>{escape(advice.summary)}</p>',
        *([mind, *can] if advice.disposition is Disposition.EMERGENCY else [_progress_html(advice), *can, mind]),
        _questions_html("Ask first, best question first", advice.questions),
        _questions_html("Would allow more if answered", advice.easing_questions),
        _consults_html(advice),
    ]
    reasons = "".join(_reason_html(advice, r) for r in shown_reasons(advice))
    if reasons:
        parts.append(f"<details><summary>Why</summary><ul>{reasons}</ul></details>")
    if any(t.verdict.open for s in advice.sites for t in s.techniques):
        parts.append(_prompts_html(advice))
    if advice.notes:
        parts.append(f"<ul>{''.join(f'<li>{escape(n)}</li>' for n in advice.notes)}</ul>")
    parts.append(f"<p><small>{escape(basis_line(advice))}<br>{escape(advice.disclaimer)}</small></p></section>")
    return "".join(parts)


def _alerts_html(advice: Advice) -> str:
    """The gravest alerts as cards, the others counted and folded away, and a line for what isn't known."""
    top = advice.top_alerts
    cards = "".join(_alert_html(advice, a) for a in top)
    rest = [a for a in advice.alerts if a not in top and a.grade is not Grade.ASK]
    folded = "".join(_alert_html(advice, a) for a in rest)
    shown = f"<h3>To mind</h3>{cards}" if cards else ""
    shown += f"<details><summary>{len(rest)} more</summary>{folded}</details>" if rest else ""
    return shown + "".join(f"<p>{escape(a.title)}.</p>" for a in advice.alerts if a.grade is Grade.ASK)


def _alert_html(advice: Advice, alert: Alert) -> str:
    level = {Grade.STOP: 5, Grade.CLEARANCE: 3, Grade.ASK: 2, Grade.ADAPT: 1, Grade.NOTE: 0}[alert.grade]
    until = " until known" if alert.until_known else ""
    where = ", ".join(w.lower() for w in alert.where)
    rules = "".join(f"<li>{escape(advice.reasons[r].title)} <code>{escape(r)}</code></li>" for r in alert.rules)
    return (
        f'<div class="a"><strong class="s{level}">{escape(alert.grade.upper())}{until}</strong> '
        f"<strong>{escape(alert.title)}</strong> <small>({escape(where)})</small><br>{escape(alert.action)}"
        f"<details><summary>Where it ends</summary><p>{escape(alert.limits)}</p><ul>{rules}</ul></details></div>"
    )


def _progress_html(advice: Advice) -> str:
    since = "".join(
        f"<li><strong>{escape(p.label)}: {ACTIONS[p.action]}.</strong> {escape(' '.join(p.advice))}</li>" for p in advice.progress
    )
    return f"<h3>Since last time</h3><ul>{since}</ul>" if since else ""


def _questions_html(title: str, questions: Iterable[Question]) -> str:
    items = "".join(f"<li>{escape(q.ask)} <small>{escape(q.why)}</small></li>" for q in questions)
    return f"<h3>{title}</h3><ol>{items}</ol>" if items else ""


def _consults_html(advice: Advice) -> str:
    items = "".join(
        f"<li><strong>{URGENCY[c.urgency]}: {escape(c.label)}.</strong> {escape(' '.join((*c.ask, *c.meanwhile)))}</li>"
        for c in advice.consults
    )
    return f"<h3>Consult</h3><ul>{items}</ul>" if items else ""


def _prompts_html(advice: Advice) -> str:
    prompts = "".join(
        f"<h3>{t}</h3><ul>{''.join(f'<li>{escape(p)}</li>' for p in found)}</ul>"
        for t, found in (("Before", advice.prompts.before), ("During", advice.prompts.during), ("After", advice.prompts.after))
    )
    return f"<details><summary>What to ask before, during and after</summary>{prompts}</details>"


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
            rows.append(_row(technique.verdict, technique.label, f"{escape(aside(technique).strip(' ()'))}<br>{details}"))
    for verdict in (Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID):
        rows += [_row(verdict, names, escape(why)) for names, why in grouped(advice, site, verdict)]
    rest = ", ".join(t.label for t in site.techniques if t.verdict is Verdict.NOT_INDICATED)
    if rest:
        rows.append(_row(Verdict.NOT_INDICATED, rest, ""))
    head = '<tr><th scope="col">Verdict</th><th scope="col">Technique</th><th scope="col">How</th></tr>'
    return f"<h3>{escape(place(sites))}</h3>{intro}<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{_muscles_html(site)}"


def _muscles_html(site: SiteAdvice) -> str:
    if not site.muscles_to_check:
        return ""
    items = "".join(f"<li>{escape(muscle_in_full(hint))}</li>" for hint in site.muscles_to_check)
    return f"<details><summary>{escape(MUSCLES_TO_CHECK)}</summary><p>{escape(ABOUT_MUSCLES)}</p><ul>{items}</ul></details>"


def _row(verdict: Verdict, names: str, details: str) -> str:
    shown = f'<span class="s{verdict.caution}">{MARKS[verdict]} {escape(verdict)}</span>'
    return f'<tr><td style="white-space:nowrap">{shown}</td><td>{escape(names)}</td><td>{details}</td></tr>'


def _reason_html(advice: Advice, reason: Reason) -> str:
    rests = "; ".join(f"{g.words}: {g.value}" for g in reason.grounds)
    titles = {s.key: s for s in advice.sources}
    sources = ", ".join(_source_html(titles[k.split(" ")[0]].title, titles[k.split(" ")[0]].url) for k in reason.references)
    cleared = f" <em>Cleared in writing by {escape(reason.cleared_by)}.</em>" if reason.cleared_by else ""
    do = f" <strong>{escape(reason.do)}</strong>" if reason.do else ""
    through = "".join(f"{escape(line)}. " for line in reason.through)
    return (
        f"<li><strong>{'' if reason.certain else 'Until it is known: '}{escape(reason.title)}</strong> {escape(reason.because)}{do}{cleared}<br><small>{through}Rests on: {escape(rests)}. "
        f"Limits: {escape(reason.limits)} Sources: {sources} ({escape(BASIS_WORDS.get(reason.basis, reason.basis))}; {escape(reason.review)}). "
        f"<code>{escape(reason.rule)}</code></small></li>"
    )


def _source_html(title: str, url: str | None) -> str:
    if url is not None and url.startswith(("https://", "http://")):
        return f'<a href="{escape(url, quote=True)}">{escape(title)}</a>'
    return escape(title)
