"""A plan as a table after TIDieR, the checklist by which treatments are described in papers: one row for each item."""

from __future__ import annotations

from massage_rules.course.pages import amount, measured
from massage_rules.course.plan import Plan
from massage_rules.effects import POSITIONS
from massage_rules.languages import english

TO_FILL = "To be filled in."


def rows(plan: Plan) -> tuple[dict[str, str], ...]:
    """The rows, each with its number, its item and what the plan says; what a plan can't know is left to be filled in."""
    work = plan.work
    said = (
        ("1", "Brief name", "; ".join(dict.fromkeys(s.label for s in work)) or "No treatment"),
        ("2", "Why", " ".join(_why(plan)) or plan.summary),
        ("3", "What: materials", "; ".join(_materials(plan)) or "None"),
        ("4", "What: procedures", " | ".join(f"{s.label}: {' '.join(s.how)}" for s in plan.session) or plan.summary),
        ("5", "Who provided", f"A trained massage therapist. {TO_FILL}" if work else TO_FILL),
        ("6", "How", "Hands on, one to one." if work else "Not given"),
        ("7", "Where", "; ".join(_where(plan)) or "Not given"),
        ("8", "When and how much", " ".join(_when(plan)) or "Not given"),
        ("9", "Tailoring", " ".join(_tailoring(plan)) or "None"),
        ("10", "Modifications", TO_FILL),
        ("11", "How well: planned", " ".join(_fidelity(plan)) or "None"),
        ("12", "How well: actual", TO_FILL),
    )
    return tuple({"number": number, "item": item, "says": says} for number, item, says in said)


def _why(plan: Plan) -> list[str]:
    return [f"{g.label}: {g.expect}" for g in {g.goal: g for g in plan.goals}.values()]


def _materials(plan: Plan) -> list[str]:
    positions = [p for p in POSITIONS if any(p in s.positions for s in plan.work)]
    home = [f"At home: {w.label}" for w in plan.home]
    return [f"A table or chair for {', '.join(english()(f'position.{p}') for p in positions)}", *home] if positions else home


def _where(plan: Plan) -> list[str]:
    return [f"{s.label}{f' ({s.side})' if s.side else ''}, {s.minutes} minutes" for s in plan.sites if s.minutes]


def _when(plan: Plan) -> list[str]:
    schedule = plan.schedule
    if schedule is None:
        return []
    found = (schedule.visit_minutes, schedule.per_week, schedule.sessions, schedule.weeks, schedule.review_after)
    return [
        f"{plan.minutes} minutes a visit.",
        *(f"{amount(a)}." for a in found),
        *(f"{s.label}: {s.minutes} minutes." for s in plan.work),
    ]


def _tailoring(plan: Plan) -> list[str]:
    limits = dict.fromkeys(f"{b.words}." for s in plan.work for b in s.limits)
    steps = dict.fromkeys(f"{w.title}: {w.advice}" for w in plan.watch if w.action in ("progress", "ease"))
    return [*limits, *steps]


def _fidelity(plan: Plan) -> list[str]:
    return [*dict.fromkeys(measured(m) for g in plan.goals for m in g.measures), *(plan.schedule.why if plan.schedule else ())]


def table(found: tuple[dict[str, str], ...]) -> str:
    """The rows as a Markdown table."""
    lines = ["| | Item | What the plan says |", "|---|---|---|"]
    for row in found:
        says = row["says"].replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {row['number']} | {row['item']} | {says} |")
    return "\n".join(lines)
