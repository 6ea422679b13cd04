"""The whole answer as text: every verdict, limit, dose, reason and source, and what to ask before, during and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from massage_rules.answer import Advice, SiteAdvice
from massage_rules.display import (
    BASIS_WORDS,
    MARKS,
    alike,
    aside,
    basis_line,
    consult_lines,
    dose_in_words,
    grouped,
    muscle_lines,
    place,
    progress_lines,
    research,
    shared_course,
    shared_limits,
    shown_reasons,
    worded_alert,
    wrapped,
)
from massage_rules.questions import Question
from massage_rules.verdicts import Disposition, Verdict


def details(advice: Advice) -> str:
    """All of the advice as plain text, at most 100 characters wide."""
    lines = [advice.disposition.upper(), wrapped(advice.summary), ""]
    if advice.disposition is Disposition.EMERGENCY:
        lines += [*consult_lines(advice), ""]
    lines += progress_lines(advice)
    for sites in alike(advice):
        lines += _site_lines(advice, sites)
    if advice.questions:
        lines += ["ASK FIRST, best question first", *_question_lines(advice.questions), ""]
    if advice.easing_questions:
        lines += ["WOULD ALLOW MORE IF ANSWERED", *_question_lines(advice.easing_questions), ""]
    if advice.consults and advice.disposition is not Disposition.EMERGENCY:
        lines += [*consult_lines(advice), ""]
    lines += _alert_lines(advice)
    lines += _reason_lines(advice)
    if any(t.verdict.open for s in advice.sites for t in s.techniques):
        lines += _prompt_lines(advice)
    lines += [wrapped(f"Note: {note}") for note in advice.notes]
    lines += [basis_line(advice), wrapped(advice.disclaimer)]
    return "\n".join(lines)


def _site_lines(advice: Advice, sites: list[SiteAdvice]) -> Iterator[str]:
    site = sites[0]
    yield wrapped(place(sites).upper())
    shared, course = shared_limits(site), shared_course(site)
    if shared:
        yield wrapped("Limits here", 2)
        for words in shared:
            yield wrapped(f"- {words}", 4, 6)
    if course:
        yield wrapped(f"Course: {course}", 2, 4)
    for technique in site.techniques:
        if technique.verdict.open:
            yield wrapped(f"{MARKS[technique.verdict]} {technique.label}: {technique.verdict}{aside(technique)}", 2, 4)
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
        for names, why in grouped(advice, site, verdict):
            yield wrapped(f"{MARKS[verdict]} {verdict}: {names}" + (f" — {why}" if why else ""), 2, 4)
    rest = [t.label.lower() for t in site.techniques if t.verdict is Verdict.NOT_INDICATED]
    if rest:
        yield wrapped(f"– nothing speaks for: {', '.join(rest)}", 2, 4)
    yield from muscle_lines(site)
    yield ""


def _question_lines(questions: Iterable[Question]) -> Iterator[str]:
    for number, question in enumerate(questions, 1):
        yield wrapped(f"{number}. {question.ask}", 2, 5)
        yield wrapped(f"({question.why})", 5)


def _alert_lines(advice: Advice) -> Iterator[str]:
    if advice.alerts:
        yield "ALERTS, gravest first"
        for number, alert in enumerate(advice.alerts, 1):
            yield wrapped(f"{number}. {worded_alert(alert)}", 2, 5)
            yield wrapped(f"Where it ends: {alert.limits}", 5)
            yield wrapped(f"Rules: {', '.join(alert.rules)}", 5)
        yield ""


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
            yield wrapped(f"Rests on: {rests}. Limits: {reason.limits}", 4)
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
