"""Advice as HTML for a notebook or a page: what can be done first, then the alerts as cards.

It has no script and needs no network; colour never carries meaning alone; everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from massage_rules.answer import Advice, Alert, Reason, SiteAdvice
from massage_rules.display import (
    MARKS,
    STYLE,
    alike,
    aside,
    basis_line,
    basis_word,
    dose_in_words,
    grouped,
    muscle_in_full,
    place,
    research,
    shared_course,
    shared_limits,
    shown_reasons,
)
from massage_rules.languages import Language
from massage_rules.questions import Question
from massage_rules.verdicts import Disposition, Grade, Verdict


def html(advice: Advice) -> str:
    """The advice as one self-contained piece of HTML."""
    level, say = advice.disposition.caution, advice.language
    can, mind = [_site_html(advice, sites) for sites in alike(advice)], _alerts_html(advice)
    parts = [
        f'<section class="mr" lang="{say.code}" aria-label="{escape(say("page.advice"))}"><style>{STYLE}</style>',
        f'<p><span class="d s{level}">{escape(say.word(advice.disposition))}</span></p><p>{escape(advice.summary)}</p>',
        f"<p><small>{escape(say.notice)}</small></p>" if say.notice else "",
        *([mind, *can] if advice.disposition is Disposition.EMERGENCY else [_progress_html(advice), *can, mind]),
        _questions_html(say("heading.ask_first"), advice.questions),
        _questions_html(say("heading.would_allow_more"), advice.easing_questions),
        _consults_html(advice),
    ]
    reasons = "".join(_reason_html(advice, r) for r in shown_reasons(advice))
    if reasons:
        parts.append(f"<details><summary>{escape(say('heading.why'))}</summary><ul>{reasons}</ul></details>")
    if any(t.verdict.open for s in advice.sites for t in s.techniques):
        parts.append(_prompts_html(advice))
    if advice.notes:
        parts.append(f"<ul>{''.join(f'<li>{escape(n)}</li>' for n in advice.notes)}</ul>")
    parts.append(f"<p><small>{escape(basis_line(advice))}<br>{escape(advice.disclaimer)}</small></p></section>")
    return "".join(parts)


def _alerts_html(advice: Advice) -> str:
    """The gravest alerts as cards, the others counted and folded away, and a line for what isn't known."""
    top, say = advice.top_alerts, advice.language
    cards = "".join(_alert_html(advice, a) for a in top)
    rest = [a for a in advice.alerts if a not in top and a.grade is not Grade.ASK]
    folded = "".join(_alert_html(advice, a) for a in rest)
    shown = f"<h3>{escape(say('heading.to_mind'))}</h3>{cards}" if cards else ""
    shown += f"<details><summary>{escape(say('page.n_more', n=len(rest)))}</summary>{folded}</details>" if rest else ""
    return shown + "".join(f"<p>{escape(a.title)}.</p>" for a in advice.alerts if a.grade is Grade.ASK)


def _alert_html(advice: Advice, alert: Alert) -> str:
    say = advice.language
    level = {Grade.STOP: 5, Grade.CLEARANCE: 3, Grade.ASK: 2, Grade.ADAPT: 1, Grade.NOTE: 0}[alert.grade]
    until = f" {escape(say('page.until_known'))}" if alert.until_known else ""
    where = ", ".join(w.lower() for w in alert.where)
    rules = "".join(f"<li>{escape(advice.reasons[r].title)} <code>{escape(r)}</code></li>" for r in alert.rules)
    return (
        f'<div class="a"><strong class="s{level}">{escape(say.word(alert.grade).upper())}{until}</strong> '
        f"<strong>{escape(alert.title)}</strong> <small>({escape(where)})</small><br>{escape(alert.action)}"
        f"<details><summary>{escape(say('page.where_it_ends'))}</summary><p>{escape(alert.limits)}</p><ul>{rules}</ul></details></div>"
    )


def _progress_html(advice: Advice) -> str:
    say = advice.language
    since = "".join(
        f"<li><strong>{escape(p.label)}: {escape(say(f'action.{p.action}'))}.</strong> {escape(' '.join(p.advice))}</li>"
        for p in advice.progress
    )
    return f"<h3>{escape(say('heading.since_last_time'))}</h3><ul>{since}</ul>" if since else ""


def _questions_html(title: str, questions: Iterable[Question]) -> str:
    items = "".join(f"<li>{escape(q.ask)} <small>{escape(q.why)}</small></li>" for q in questions)
    return f"<h3>{escape(title)}</h3><ol>{items}</ol>" if items else ""


def _consults_html(advice: Advice) -> str:
    say = advice.language
    items = "".join(
        f"<li><strong>{escape(say(f'urgency.{c.urgency}'))}: {escape(c.label)}.</strong> {escape(' '.join((*c.ask, *c.meanwhile)))}</li>"
        for c in advice.consults
    )
    return f"<h3>{escape(say('heading.consult'))}</h3><ul>{items}</ul>" if items else ""


def _prompts_html(advice: Advice) -> str:
    say = advice.language
    prompts = "".join(
        f"<h3>{escape(say(f'heading.{key}'))}</h3><ul>{''.join(f'<li>{escape(p)}</li>' for p in getattr(advice.prompts, key))}</ul>"
        for key in ("before", "during", "after")
    )
    return f"<details><summary>{escape(say('heading.prompts'))}</summary>{prompts}</details>"


def _site_html(advice: Advice, sites: list[SiteAdvice]) -> str:
    site, rows, say = sites[0], [], advice.language
    shared, course = shared_limits(site), shared_course(site, say=say)
    common = "".join(f"<li>{escape(words)}</li>" for words in shared)
    intro = f"<p>{escape(say('page.limits_here_intro'))}</p><ul>{common}</ul>" if common else ""
    intro += f"<p>{escape(say('page.course', course=course))}</p>" if course else ""
    for technique in site.techniques:
        if technique.verdict.open:
            limits = "".join(f"<li>{escape(b.words)}</li>" for b in technique.limits if b.words not in shared)
            details = (
                f"{escape(dose_in_words(technique, with_course=not course, say=say))}{f'<ul>{limits}</ul>' if limits else ''}"
            )
            if said := research(advice, technique):
                details += f"<br><small>{escape(said)}</small>"
            role = escape(aside(technique, say=say).strip(" ()"))
            rows.append(_row(technique.verdict, technique.label, f"{role}<br>{details}", say=say))
    for verdict in (Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID):
        rows += [_row(verdict, names, escape(why), say=say) for names, why in grouped(advice, site, verdict)]
    rest = ", ".join(t.label for t in site.techniques if t.verdict is Verdict.NOT_INDICATED)
    if rest:
        rows.append(_row(Verdict.NOT_INDICATED, rest, "", say=say))
    head = "".join(f'<th scope="col">{escape(say(f"heading.{key}"))}</th>' for key in ("verdict", "technique", "how"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f"<h3>{escape(place(sites, say=say))}</h3>{intro}{table}{_muscles_html(site, say=say)}"


def _muscles_html(site: SiteAdvice, *, say: Language) -> str:
    if not site.muscles_to_check:
        return ""
    items = "".join(f"<li>{escape(muscle_in_full(hint, say=say))}</li>" for hint in site.muscles_to_check)
    return f"<details><summary>{escape(say('muscles.heading'))}</summary><p>{escape(say('muscles.about'))}</p><ul>{items}</ul></details>"


def _row(verdict: Verdict, names: str, details: str, *, say: Language) -> str:
    shown = f'<span class="s{verdict.caution}">{MARKS[verdict]} {escape(say.word(verdict))}</span>'
    return f'<tr><td style="white-space:nowrap">{shown}</td><td>{escape(names)}</td><td>{details}</td></tr>'


def _reason_html(advice: Advice, reason: Reason) -> str:
    say = advice.language
    rests = say("page.rests_on", facts="; ".join(f"{g.words}: {g.value}" for g in reason.grounds))
    titles = {s.key: s for s in advice.sources}
    sources = ", ".join(_source_html(titles[k.split(" ")[0]].title, titles[k.split(" ")[0]].url) for k in reason.references)
    cleared = f" <em>{escape(say('page.cleared', by=reason.cleared_by))}</em>" if reason.cleared_by else ""
    do = f" <strong>{escape(reason.do)}</strong>" if reason.do else ""
    through = "".join(f"{escape(line)}. " for line in reason.through)
    title = reason.title if reason.certain else say("page.until_it_is_known", title=reason.title)
    limits, basis = say("page.limits_of_rule", limits=reason.limits), escape(basis_word(reason.basis, say=say))
    based = escape(say.words["page.sources"]).format(sources=sources, basis=basis, review=escape(reason.review))
    return (
        f"<li><strong>{escape(title)}</strong> {escape(reason.because)}{do}{cleared}<br><small>{through}{escape(rests)} "
        f"{escape(limits)} {based} <code>{escape(reason.rule)}</code></small></li>"
    )


def _source_html(title: str, url: str | None) -> str:
    if url is not None and url.startswith(("https://", "http://")):
        return f'<a href="{escape(url, quote=True)}">{escape(title)}</a>'
    return escape(title)
