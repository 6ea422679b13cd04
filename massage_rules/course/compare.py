"""Two plans side by side, with what differs first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from massage_rules.course.pages import amount, measured, place, span
from massage_rules.course.plan import Plan, PlanPart
from massage_rules.display import STYLE, wrapped

NOTHING = "-"


class Compared(PlanPart):
    """One point of two plans; a plan that doesn't have it says so with a dash."""

    point: str
    left: str
    right: str

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return self.left == self.right


class PlanComparison(PlanPart):
    """Two plans point by point, those that differ first. Shows itself in a terminal and in a notebook."""

    left: str
    right: str
    rows: tuple[Compared, ...]

    @property
    def differing(self) -> tuple[Compared, ...]:
        """The points on which they differ."""
        return tuple(r for r in self.rows if not r.same)

    def __str__(self) -> str:
        lines = ["Both plans say the same."] if not self.differing else []
        for row in self.differing:
            lines += [row.point, wrapped(f"{self.left}: {row.left}", 2, 4), wrapped(f"{self.right}: {row.right}", 2, 4)]
        alike = [r for r in self.rows if r.same]
        if alike:
            lines += ["", "THE SAME IN BOTH", *(wrapped(f"{r.point}: {r.left}", 2, 4) for r in alike)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        def row(found: Compared) -> str:
            mark = "" if found.same else " ≠"
            cells = f"<td>{escape(found.left)}</td><td>{escape(found.right)}</td>"
            return f"<tr><th scope='row'>{escape(found.point)}{mark}</th>{cells}</tr>"

        head = f"<tr><th></th><th scope='col'>{escape(self.left)}</th><th scope='col'>{escape(self.right)}</th></tr>"
        body = "".join(row(r) for r in self.rows)
        return f'<section class="mr" lang="en"><style>{STYLE}</style><table><thead>{head}</thead><tbody>{body}</tbody></table></section>'


def compare_plans(a: Plan, b: Plan, *, left: str = "first", right: str = "second") -> PlanComparison:
    """Two plans side by side, with what differs first; `left` and `right` are their names."""
    one, other = dict(_points(a)), dict(_points(b))
    rows = [Compared(point=p, left=one.get(p, NOTHING), right=other.get(p, NOTHING)) for p in _in_order(one, other)]
    return PlanComparison(left=left, right=right, rows=tuple(sorted(rows, key=lambda r: r.same)))


def _in_order(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The points of both, those of the second where they stand in it."""
    order = list(one)
    last = -1
    for point in other:
        if point in one:
            last = order.index(point)
        else:
            last += 1
            order.insert(last, point)
    return order


def _points(plan: Plan) -> Iterator[tuple[str, str]]:
    """What a plan says, point by point."""
    yield "What is to be done", str(plan.disposition)
    yield "First", " ".join(plan.first) or NOTHING
    yield "Length of the visit", f"{plan.minutes} min"
    for step in plan.work:
        where = f"{place(plan, step.site)}{step.label}"
        yield f"{where}, minutes", f"{step.minutes} min"
        yield f"{where}, verdict", str(step.verdict)
        if step.pressure_at_most is not None:
            yield f"{where}, pressure", f"from {step.pressure_start} to at most {step.pressure_at_most}"
        if step.pain is not None:
            yield f"{where}, discomfort", f"at most {step.pain.at_most:g} of 10"
        yield f"{where}, limits", "; ".join(b.words for b in step.limits if b.kind != "advice") or NOTHING
    for out in plan.left_out:
        yield f"{place(plan, out.site)}{out.label}, left out", out.why
    for goal in plan.goals:
        yield f"{place(plan, goal.site)}{goal.label}", " ".join(measured(m) for m in goal.measures)
    if plan.schedule is not None:
        yield "Visits planned now", str(plan.schedule.planned)
        for found in (plan.schedule.per_week, plan.schedule.sessions, plan.schedule.weeks, plan.schedule.review_after):
            yield found.label, span(found)
    for work in plan.home:
        yield f"At home: {place(plan, work.site)}{work.label}", "; ".join(amount(a) for a in work.amounts)
