"""The whole answer as text: every verdict, limit, dose, reason and source, and what to ask before, during and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from massage_rules.answer import Advice, SiteAdvice
from massage_rules.display import (
    MARKS,
    alike,
    aside,
    basis_line,
    basis_word,
    consult_lines,
    dose_in_words,
    grouped,
    head_lines,
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

_RULES = 12  # named of an alert at most; `advice.alerts` holds them all, and the limits of one don't tell where so many end


def details(advice: Advice) -> str:
    """All of the advice as plain text, at most 100 characters wide."""
    say = advice.language
    lines = [*head_lines(advice), ""]
    if advice.disposition is Disposition.EMERGENCY:
        lines += [*consult_lines(advice), ""]
    lines += progress_lines(advice)
    for sites in alike(advice):
        lines += _site_lines(advice, sites)
    if advice.questions:
        lines += [_headed(say("heading.ask_first")), *_question_lines(advice.questions), ""]
    if advice.easing_questions:
        lines += [say("heading.would_allow_more").upper(), *_question_lines(advice.easing_questions), ""]
    if advice.consults and advice.disposition is not Disposition.EMERGENCY:
        lines += [*consult_lines(advice), ""]
    lines += _alert_lines(advice)
    lines += _reason_lines(advice)
    if any(t.verdict.open for s in advice.sites for t in s.techniques):
        lines += _prompt_lines(advice)
    lines += [wrapped(say("page.note", note=note)) for note in advice.notes]
    lines += [basis_line(advice), wrapped(advice.disclaimer)]
    return "\n".join(lines)


def _site_lines(advice: Advice, sites: list[SiteAdvice]) -> Iterator[str]:
    site, say = sites[0], advice.language
    yield wrapped(place(sites, say=say).upper())
    shared, course = shared_limits(site), shared_course(site, say=say)
    if shared:
        yield wrapped(say("page.limits_here"), 2)
        for words in shared:
            yield wrapped(f"- {words}", 4, 6)
    if course:
        yield wrapped(say("page.course", course=course), 2, 4)
    for technique in site.techniques:
        if technique.verdict.open:
            yield wrapped(
                f"{MARKS[technique.verdict]} {technique.label}: {say.word(technique.verdict)}{aside(technique, say=say)}", 2, 4
            )
            dose = dose_in_words(technique, with_course=not course, say=say)
            if dose:
                yield wrapped(dose, 4)
            for bound in technique.limits:
                if bound.words not in shared:
                    told = say("page.care" if bound.kind == "advice" else "page.limit", words=bound.words)
                    yield wrapped(told, 4, 6 + told.index(":"))
            for note in technique.notes[:1]:
                yield wrapped(say("page.note_small", note=note), 4, 10)
            if said := research(advice, technique):
                yield wrapped(said, 4, 6)
    for verdict in (Verdict.ASK_FIRST, Verdict.REFER_FIRST, Verdict.AVOID):
        for names, why in grouped(advice, site, verdict):
            yield wrapped(f"{MARKS[verdict]} {say.word(verdict)}: {names}" + (f" — {why}" if why else ""), 2, 4)
    rest = [t.label.lower() for t in site.techniques if t.verdict is Verdict.NOT_INDICATED]
    if rest:
        yield wrapped(f"{MARKS[Verdict.NOT_INDICATED]} {say('page.nothing_speaks_for', names=', '.join(rest))}", 2, 4)
    yield from muscle_lines(site, say=say)
    yield ""


def _question_lines(questions: Iterable[Question]) -> Iterator[str]:
    for number, question in enumerate(questions, 1):
        yield wrapped(f"{number}. {question.ask}", 2, 5)
        yield wrapped(f"({question.why})", 5)


def _alert_lines(advice: Advice) -> Iterator[str]:
    say = advice.language
    if advice.alerts:
        yield _headed(say("heading.alerts"))
        for number, alert in enumerate(advice.alerts, 1):
            yield wrapped(f"{number}. {worded_alert(alert, say=say)}", 2, 5)
            if len(alert.rules) <= _RULES:
                yield wrapped(say("page.where_it_ends_line", limits=alert.limits), 5)
            named, more = ", ".join(alert.rules[:_RULES]), len(alert.rules) - _RULES
            yield wrapped(say("page.rules", rules=say("page.and_more", words=named, n=more) if more > 0 else named), 5)
        yield ""


def _reason_lines(advice: Advice) -> Iterator[str]:
    reasons, say = shown_reasons(advice), advice.language
    if not reasons:
        return
    yield say("heading.why").upper()
    for reason in reasons:
        title = reason.title if reason.certain else say("page.until_it_is_known", title=reason.title)
        yield wrapped(f"{title} [{reason.rule}]", 2, 4)
        if reason.effect != "suggest":
            yield wrapped(reason.because, 4)
            if reason.do:
                yield wrapped(say("page.do", words=reason.do), 4)
            rests = "; ".join(f"{g.words}: {g.value}" for g in reason.grounds)
            yield wrapped(f"{say('page.rests_on', facts=rests)} {say('page.limits_of_rule', limits=reason.limits)}", 4)
        if reason.cleared_by:
            yield wrapped(say("page.cleared", by=reason.cleared_by), 4)
        basis, sources = basis_word(reason.basis, say=say), ", ".join(reason.references)
        yield wrapped(say("page.sources", sources=sources, basis=basis, review=reason.review), 4)
    yield ""


def _prompt_lines(advice: Advice) -> Iterator[str]:
    for key in ("before", "during", "after"):
        yield advice.language(f"heading.{key}").upper()
        for prompt in getattr(advice.prompts, key)[:6]:
            yield wrapped(f"- {prompt}", 2, 4)
    yield ""


def _headed(words: str) -> str:
    """A heading in capitals, what follows a comma in it left as it is."""
    head, comma, rest = words.partition(",")
    return f"{head.upper()}{comma}{rest}"
