"""A plan for people, as text, Markdown or HTML: one tree of sections, written three ways.

The HTML has no script and needs no network; everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from massage_rules.answer import Bound
from massage_rules.course.plan import Amount, HomeWork, Measure, Plan, Schedule, Step
from massage_rules.display import STYLE, basis_word, wrapped
from massage_rules.effects import POSITIONS
from massage_rules.languages import english

_SHORT = {
    "read": "seen", "trial_read": "trial", "guideline_read": "guideline", "expert_read": "professional page",
    "consensus_read": "consensus", "guideline": "guideline, partly memory", "mixed": "partly seen", "memory": "memory", "default": "default",
}  # fmt: skip
_UNITS = {
    "1": "",
    "min": " min",
    "s": " s",
    "h": " h",
    "wk": " weeks",
    "1/wk": " a week",
    "1/d": " times a day",
    "%": " %",
    "d": " days",
}
_OF_VISITS = ("minutes", "per_week", "weeks", "sessions", "review_after")
_SIDES = {"left": ", left", "right": ", right", "both": ", both sides"}
_ROLES = {"first_line": "first choice", "option": "option", "adjunct": "beside the others"}


@dataclass(frozen=True, slots=True)
class Item:
    """A line with the lines that belong under it."""

    words: str
    under: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `folded` ones are closed at first in HTML."""

    title: str
    items: tuple[Item, ...]
    folded: bool = False


def sections(plan: Plan) -> tuple[Section, ...]:
    """The plan as a tree, without the sections that have nothing to say."""
    visit = f"The visit: {plan.minutes} minutes" + (f" of {plan.minutes_booked}" if plan.minutes != plan.minutes_booked else "")
    since = "Since last time"
    found = (
        Section("First" if not plan.treats else "First of all", _plain(plan.first)),
        Section("Meanwhile", _plain(plan.meanwhile)),
        Section(since, _plain(plan.since_last)),
        Section("Goals", tuple(_goals(plan))),
        Section(visit, tuple(_visit(plan))),
        Section("Left out of the visit", tuple(Item(f"{place(plan, o.site)}{o.label}: {o.why}") for o in plan.left_out)),
        Section("Visits", tuple(_schedule(plan.schedule)) if plan.schedule else ()),
        Section("Pressure", tuple(_pressure(plan))),
        Section("A step up, one at a time", _plain(plan.progression) if plan.treats else (), folded=True),
        Section("A step down", _plain(plan.regression) if plan.treats else (), folded=True),
        Section("Beside hands-on work", tuple(_beside(plan))),
        Section("At home", tuple(_home(plan))),
        Section("Afterwards", _plain(plan.aftercare)),
        Section("Ask before", _plain(plan.ask.before) if plan.treats else (), folded=True),
        Section("Ask during", _plain(plan.ask.during), folded=True),
        Section("Ask after", _plain(plan.ask.after), folded=True),
        *_watch(plan),
        Section("Notes", _plain(plan.notes)),
    )
    return tuple(s for s in found if s.items)


def text(plan: Plan) -> str:
    """The plan as plain text, at most 100 characters wide."""
    lines = [f"PLAN: {plan.disposition.upper()}", wrapped(plan.summary), ""]
    for section in sections(plan):
        lines.append(section.title.upper())
        for item in section.items:
            lines += _text(item, 2)
        lines.append("")
    return "\n".join([*lines, *(wrapped(words) for words in _foot(plan))])


def _text(item: Item, indent: int) -> Iterator[str]:
    yield wrapped(f"- {item.words}", indent, indent + 2)
    for under in item.under:
        yield from _text(under, indent + 2)


def markdown(plan: Plan) -> str:
    """The plan as Markdown."""
    lines = [f"# Plan: {plan.disposition}", "", plan.summary, ""]
    for section in sections(plan):
        lines += [f"## {section.title}", ""]
        for item in section.items:
            lines += _markdown(item, 0)
        lines.append("")
    return "\n".join([*lines, *(line for words in _foot(plan) for line in (words, ""))]).rstrip() + "\n"


def _markdown(item: Item, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {_escaped(item.words)}"
    for under in item.under:
        yield from _markdown(under, depth + 1)


def _escaped(words: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in words)


def html(plan: Plan) -> str:
    """The plan as one self-contained piece of HTML."""
    level = plan.disposition.caution
    parts = [
        f'<section class="mr" lang="en" aria-label="Plan"><style>{STYLE}</style>',
        f'<p><span class="d s{level}">Plan: {escape(plan.disposition)}</span></p><p>{escape(plan.summary)}</p>',
    ]
    for section in sections(plan):
        body = f"<ul>{''.join(_html(i) for i in section.items)}</ul>"
        title = escape(section.title)
        parts.append(f"<details><summary>{title}</summary>{body}</details>" if section.folded else f"<h3>{title}</h3>{body}")
    foot = "<br>".join(escape(words) for words in _foot(plan))
    return "".join([*parts, f"<p><small>{foot}</small></p></section>"])


def _html(item: Item) -> str:
    under = f"<ul>{''.join(_html(i) for i in item.under)}</ul>" if item.under else ""
    return f"<li>{escape(item.words)}{under}</li>"


def _plain(lines: Iterable[str]) -> tuple[Item, ...]:
    return tuple(Item(words) for words in lines)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def place(plan: Plan, number: int | None) -> str:
    """The place before what is said of it, where there are several."""
    if number is None or len(plan.sites) == 1:
        return ""
    site = plan.sites[number]
    return f"{_capital(site.label)}{_SIDES.get(site.side or '', '')}: "


def amount(found: Amount) -> str:
    """An amount in words, with what it rests on."""
    return f"{found.label}: {span(found)}"


def span(found: Amount) -> str:
    """The same without its name. Rules give a range of visits and don't say where in it they usually lie."""
    numbers = f"{found.low:g}" if found.low == found.high else f"{found.low:g} to {found.high:g}"
    usual = f", usually {found.usual:g}" if found.low < found.usual < found.high and found.name not in _OF_VISITS else ""
    ruled = ", by rule" if found.rules else ""
    return f"{numbers}{_UNITS.get(found.unit, f' {found.unit}')}{usual} [{_SHORT.get(found.basis, found.basis)}{ruled}]"


def _goals(plan: Plan) -> Iterator[Item]:
    if plan.goals and not any(g.asked_for for g in plan.goals):
        yield Item("The client hasn't named a goal yet; ask for it. These are what the techniques serve.")
    for goal in plan.goals:
        expect = (Item(f"To be expected: {goal.expect}"),) if goal.expect else ()
        yield Item(f"{place(plan, goal.site)}{goal.label}", (*(Item(measured(m)) for m in goal.measures), *expect))
    for label in plan.goals_not_served:
        yield Item(f"{label}: nothing in this visit serves it.")


def measured(found: Measure) -> str:
    """A measure in words: where it stands, and the change that counts."""
    reached = f", which is reached at {found.target:g}" if found.target is not None else ""
    share = f" or {found.percent:g} %" if found.percent is not None and found.target is None else ""
    unit = found.unit.replace("points", "point", 1) if found.change == 1 else found.unit
    change = f" A change counts from {found.change:g} {unit}{share}{reached}." if found.change is not None else ""
    if found.change is None and found.percent is not None:
        change = f" A change counts from {found.percent:g} % of the first score."
    return f"{found.name}: {found.baseline_says}.{change} {found.rule} [{_SHORT.get(found.basis, found.basis)}]"


def _visit(plan: Plan) -> Iterator[Item]:
    yield from _plain(plan.minutes_why)
    shared = {number: _shared([s for s in plan.work if s.site == number]) for number in range(len(plan.sites))}
    for number, bounds in shared.items():
        if bounds:
            yield Item(f"{place(plan, number)}Throughout", tuple(Item(f"{_kind(b)}: {b.words}") for b in bounds))
    for step in plan.session:
        common = shared.get(step.site if step.site is not None else -1, ())
        yield Item(f"{step.minutes} min · {place(plan, step.site)}{step.label}{_aside(step)}", tuple(_step(step, common)))


def _shared(steps: Sequence[Step]) -> tuple[Bound, ...]:
    """What limits several techniques at one site, said once for all of them."""
    found: dict[str, list[Bound]] = {}
    for bound in (b for s in steps for b in s.limits):
        found.setdefault(bound.words, []).append(bound)
    return tuple(alike[0] for alike in found.values() if len(alike) > 1)


def _kind(bound: Bound) -> str:
    return "Care" if bound.kind == "advice" else "Limit"


def _aside(step: Step) -> str:
    words = [w for w in (_ROLES.get(step.role or "", ""), str(step.verdict) if step.verdict else "") if w]
    return f" ({', '.join(words)})" if words else ""


def _step(step: Step, shared: Sequence[Bound]) -> Iterator[Item]:
    if step.kind != "work":
        yield from _plain(step.how)
        return
    yield Item(f"{step.why} [{_SHORT.get(step.minutes_allowed.basis, '') if step.minutes_allowed else ''}]")
    if step.pressure_at_most is not None:
        start = f"begin at {step.pressure_start}, at most {step.pressure_at_most}"
        yield Item(
            f"Pressure: {start} of 5"
            if step.pressure_start != step.pressure_at_most
            else f"Pressure: {step.pressure_at_most} of 5"
        )
    if step.pain is not None:
        low, high = step.pain.target
        let_go = f"; above {step.pain.let_go_above:g} let go at once" if step.pain.let_go_above is not None else ""
        basis = _SHORT.get(step.pain.basis, step.pain.basis)
        yield Item(
            f"Discomfort: aim at {low:g} to {high:g} of 10, at most {step.pain.at_most:g}{let_go}. {step.pain.says} [{basis}]"
        )
    if step.positions and len(step.positions) < len(POSITIONS):
        yield Item(f"Positions: {', '.join(english()(f'position.{p}') for p in step.positions)}")
    yield from (Item(amount(a)) for a in step.dose)
    yield from (Item(f"{_kind(b)}: {b.words}") for b in step.limits if b.words not in {s.words for s in shared})
    yield from (Item(f"Note: {words}") for words in step.notes)
    yield from (Item(_capital(words)) for words in step.evidence)


def _schedule(schedule: Schedule) -> Iterator[Item]:
    yield from _plain(schedule.why)
    if schedule.planned:
        days = ", ".join(str(d) for d in schedule.days)
        yield Item(f"{schedule.planned} planned now, on {'day' if len(schedule.days) == 1 else 'days'} {days} from the next one")
    for found in (
        schedule.visit_minutes,
        schedule.per_week,
        schedule.sessions,
        schedule.weeks,
        schedule.review_after,
        schedule.hours_between,
    ):
        if found is not None:
            yield Item(amount(found))


def _pressure(plan: Plan) -> Iterator[Item]:
    for ladder in plan.ladders:
        rungs = tuple(Item(f"{r.level}, {r.name}, {r.when}: {r.anchor}") for r in ladder.rungs)
        yield Item(f"{place(plan, ladder.site)}{ladder.label}", rungs)


def _beside(plan: Plan) -> Iterator[Item]:
    for number, site in enumerate(plan.sites):
        words = [w for w in (site.place_says, *site.include) if w]
        if words and plan.treats:
            yield Item(f"{place(plan, number)}{' '.join(words)}")


def _home(plan: Plan) -> Iterator[Item]:
    for work in plan.home:
        yield Item(f"{place(plan, work.site)}{work.label}", tuple(_home_lines(work)))
    if plan.home_later:
        yield Item(f"Later, in place of one of these: {', '.join(plan.home_later)}. One or two things at a time are enough.")


def _home_lines(work: HomeWork) -> Iterator[Item]:
    yield from (Item(amount(a)) for a in work.amounts)
    yield from (Item(words) for words in work.how)
    yield Item(f"Discomfort: at most {work.pain.at_most:g} of 10. {work.pain.says}")
    yield from (Item(f"Limit: {b.words}") for b in work.limits if b.kind != "advice")


def _watch(plan: Plan) -> Iterator[Section]:
    """What the notes of a visit would mean, the gravest first."""
    for action in dict.fromkeys(w.action for w in plan.watch):
        items = tuple(Item(w.title, (Item(w.advice),) if w.advice else ()) for w in plan.watch if w.action == action)
        yield Section(f"If this comes: {english()(f'action.{action}')}", items, folded=True)


def _foot(plan: Plan) -> Iterator[str]:
    if plan.treats:
        said = "\n".join(w for s in sections(plan) for w in _words(s.items))
        used = [b for b in sorted(_SHORT) if f"basis.{b}" in english().words and f"[{_SHORT[b]}" in said]
        yield f"What the numbers rest on: {'; '.join(f'{_SHORT[b]} = {basis_word(b, say=english())}' for b in used)}."
    as_of = f" as of {plan.basis.as_of}" if plan.basis.as_of else ""
    yield f"Rulebook {plan.basis.rulebook_version} ({plan.basis.rulebook_digest[:12]}){as_of}."
    yield plan.disclaimer


def _words(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield item.words
        yield from _words(item.under)
