"""A plan keeps to the minutes, the catalogue and the rules, and treats nobody whom nobody may treat."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from clients import profiles
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

import massage_rules as mr
from massage_rules.advice import shipped_evaluator
from massage_rules.answer import TechniqueAdvice
from massage_rules.cases import load_cases
from massage_rules.course.minutes import FIRST
from massage_rules.course.plan import Amount, Plan, Step
from massage_rules.effects import Adapt
from massage_rules.verdicts import Disposition

ROOT = Path(__file__).parent.parent
RULEBOOK = shipped_evaluator().rulebook
VARIANTS, FAMILIES = RULEBOOK.catalogue.variants, RULEBOOK.catalogue.families
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
TREATED = (Disposition.TREAT, Disposition.MODIFY)
LENGTHS = (25, 60)


@cache
def advices() -> tuple[mr.Advice, ...]:
    """The advice on every example and every published case."""
    ready = shipped_evaluator()
    found = [ready.recommend(mr.read_profile(p), core="compiled") for p in EXAMPLES]
    for path in sorted((ROOT / "tests" / "cases").glob("published_*.cases.yaml")):
        found += [ready.recommend(c.profile, core="compiled") for c in load_cases(path, ready.rulebook)]
    return tuple(found)


@cache
def plans() -> tuple[tuple[mr.Advice, Plan], ...]:
    """The plans on them, for visits of several lengths."""
    return tuple((a, mr.plan(a, minutes=m)) for a in advices() for m in LENGTHS)


def example(name: str) -> mr.Advice:
    return shipped_evaluator().recommend(mr.read_profile(ROOT / "docs" / "examples" / f"{name}.yaml"), core="compiled")


def client(**site: Any) -> mr.Advice:
    """An adult with neck tension and nothing else, as a site tells it."""
    here = {"region": "neck", "complaints": ["neck_upper_trapezius_tension"], "pain_now": 2, "complaint_weeks": 20, **site}
    return mr.recommend({"as_of": "2026-11-24", "age": 40, "otherwise_denied": "all", "sites": [here]}, core="compiled")


def advised(advice: mr.Advice, step: Step) -> TechniqueAdvice:
    assert step.site is not None
    assert step.technique is not None
    return next(t for t in advice.sites[step.site].techniques if t.technique == step.technique)


def caps(advice: mr.Advice, step: Step) -> dict[str, tuple[float, bool]]:
    """The minutes that rules allow what a step does, and whether they mean the whole visit."""
    rules = [r for b in advised(advice, step).limits if b.kind == "minutes_at_most" for r in b.rules]
    effects = {r: RULEBOOK.rules[r].effect for r in rules}
    return {
        r: (e.minutes_at_most, e.scope.where == "body")
        for r, e in effects.items()
        if isinstance(e, Adapt) and e.minutes_at_most is not None
    }


def amounts(plan: Plan) -> Iterator[Amount]:
    for step in plan.work:
        yield from step.dose
    for home in plan.home:
        yield from home.amounts


def check_minutes(advice: mr.Advice, plan: Plan) -> None:
    assert plan.minutes == sum(s.minutes for s in plan.session) <= plan.minutes_booked
    for step in plan.work:
        assert step.minutes_allowed is not None
        assert 1 <= step.minutes <= step.minutes_allowed.high
        assert step.minutes >= step.minutes_allowed.low
        for rule, (most, whole) in caps(advice, step).items():
            bound = [s for s in plan.work if rule in caps(advice, s) and (whole or s.site == step.site)]
            assert sum(s.minutes for s in bound) <= most
            assert not whole or plan.minutes <= most


def check_figures(advice: mr.Advice, plan: Plan) -> None:
    for step in plan.work:
        technique = advised(advice, step)
        variant = VARIANTS[technique.technique]
        assert technique.verdict.open
        if step.pressure_at_most is not None:
            assert technique.pressure is not None
            assert variant.pressure.min <= (step.pressure_start or 0) <= step.pressure_at_most
            assert step.pressure_at_most <= min(technique.pressure[1], variant.pressure.max)
        if step.pain is not None:
            ruled = [RULEBOOK.rules[r].effect for b in technique.limits if b.kind == "pain_at_most" for r in b.rules]
            most = [e.pain_at_most for e in ruled if isinstance(e, Adapt) and e.pain_at_most is not None]
            assert step.pain.at_most <= min([variant.pain.max, *most])
            assert step.pain.target[0] <= step.pain.target[1] <= step.pain.at_most
        barred = [RULEBOOK.rules[r].effect for b in technique.limits if b.kind == "no_positions" for r in b.rules]
        assert not {p for e in barred if isinstance(e, Adapt) for p in e.no_positions} & set(step.positions)
    known = {name: [q for v in VARIANTS.values() if (q := v.dose.get(name))] for v in VARIANTS.values() for name in v.dose}
    for family in FAMILIES.values():
        for name, quantity in family.course.items():
            known.setdefault(name, []).append(quantity)
    for amount in amounts(plan):
        if amount.name != "home_weeks":
            assert any(amount.high <= q.max for q in known[amount.name])
            assert any(q.min <= amount.low for q in known[amount.name]) or amount.rules
            assert amount.basis in RULEBOOK.catalogue.basis_codes
        assert amount.low <= amount.usual <= amount.high


def check_schedule(advice: mr.Advice, plan: Plan) -> None:
    if plan.schedule is None:
        return
    chosen = [advised(advice, s) for s in plan.work]
    for amount, key in (
        (plan.schedule.sessions, "sessions"),
        (plan.schedule.weeks, "weeks"),
        (plan.schedule.per_week, "per_week"),
    ):
        assert amount.high <= min((t.course[key][1] for t in chosen if key in t.course), default=amount.high)
    assert plan.schedule.planned <= plan.schedule.sessions.high
    assert len(plan.schedule.days) == plan.schedule.planned
    gap = max((f.usual for t in chosen for f in t.dose if f.name == "min_hours_between_same_region"), default=0)
    assert all(24 * (b - a) >= gap for a, b in zip(plan.schedule.days, plan.schedule.days[1:], strict=False))
    assert 1 <= plan.schedule.review_in <= plan.schedule.review_after.high
    assert plan.schedule.review_after.usual <= RULEBOOK.planning.review.sessions.max  # type: ignore[union-attr]


def check_nobody(advice: mr.Advice, plan: Plan) -> None:
    if advice.disposition not in TREATED:
        assert not plan.session
        assert not plan.home
        assert not plan.goals
        assert plan.schedule is None
        assert plan.first or not (advice.consults or (advice.questions and advice.disposition is not Disposition.EMERGENCY))
    assert bool(plan.session) is bool(plan.schedule)


def check(advice: mr.Advice, plan: Plan) -> None:
    """Everything that holds for every plan."""
    check_minutes(advice, plan)
    check_figures(advice, plan)
    check_schedule(advice, plan)
    check_nobody(advice, plan)


@pytest.mark.parametrize("law", [check_minutes, check_figures, check_schedule, check_nobody], ids=lambda f: f.__name__)
def test_a_law_of_plans_holds_for_all_published_cases_and_examples(law: Any) -> None:
    """Minutes add up and fit, no figure exceeds a cap or the catalogue, visits keep their distance, nobody is treated who may not."""
    for advice, plan in plans():
        law(advice, plan)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(profiles())
def test_the_laws_of_plans_hold_for_any_client(profile: Any) -> None:
    """So do they for clients that nobody thought of."""
    advice = shipped_evaluator().recommend(profile, core="compiled")
    check(advice, advice.plan)


def test_some_of_the_cases_are_treated_and_some_are_not() -> None:
    """The laws above don't hold for want of plans."""
    treated = [p for _, p in plans() if p.treats]
    assert len(treated) > 50
    assert len(plans()) - len(treated) > 50
    assert {s.role for p in treated for s in p.work} == {"first_line", "option", "adjunct"}
    assert any(s.minutes_allowed and s.minutes_allowed.rules for p in treated for s in p.work)
    assert any(len(p.sites) > 1 for p in treated)


def test_every_open_first_choice_that_fits_is_in() -> None:
    """One that isn't had no room beside the least that the others need."""
    for advice, plan in plans():
        if not plan.treats:
            continue
        frame = sum(s.minutes for s in plan.session if s.kind != "work")
        first = [s for s in plan.work if s.role == FIRST]
        longest = max(sum(s.minutes for s in plan.work), plan.minutes) - frame
        for out in (o for o in plan.left_out if o.role == FIRST and o.why.startswith("It needs")):
            least = int(out.why.split()[2])
            visit = least + sum(int(s.minutes_allowed.low) for s in first if s.minutes_allowed) > longest
            here = (
                least + sum(int(s.minutes_allowed.low) for s in first if s.minutes_allowed and s.site == out.site) > longest // 2
            )
            assert visit or here, (plan.minutes, out)
        planned = {(s.site, s.technique) for s in plan.work}
        left = {(o.site, o.technique) for o in plan.left_out}
        for number, site in enumerate(advice.sites):
            for technique in site.techniques:
                if technique.verdict.open and technique.role == FIRST and (number, technique.technique) not in planned | left:
                    assert not VARIANTS[technique.technique].does  # done once, at another site
                    assert technique.technique in {s.technique for s in plan.work}


def test_questionnaires_for_adults_say_so_where_a_child_is_treated() -> None:
    """They are named all the same, since a plan without a measure can't be judged."""
    child = mr.recommend({**client().profile.to_dict(), "age": 9}, core="compiled").plan
    assert any("made for adults" in note for note in child.notes) is bool(child.goals)
    assert not any("made for adults" in note for note in client().plan.notes)


def test_the_same_advice_gives_the_same_plan() -> None:
    """Down to the byte, and through JSON and back."""
    for advice, plan in plans()[::2]:
        assert mr.plan(advice, minutes=plan.minutes_booked).to_json() == plan.to_json()
        assert Plan.from_json(plan.to_json()) == plan


def test_plans_keep_to_their_schema() -> None:
    """What is published is what is written."""
    validator = Draft202012Validator(mr.plan_schema())
    for _, plan in plans()[:40]:
        validator.validate(plan.model_dump(mode="json"))


def test_every_number_of_a_plan_says_what_it_rests_on() -> None:
    """A basis that the catalogue explains, and sources that the plan lists."""
    for _, plan in plans():
        listed = {s.key for s in plan.sources}
        for amount in amounts(plan):
            assert amount.basis in RULEBOOK.catalogue.basis_codes
            assert {s.split(" ")[0] for s in amount.sources} <= listed


def test_a_longer_visit_never_leaves_out_what_a_shorter_one_has() -> None:
    """More time only adds."""
    found: dict[int, set[tuple[int | None, str | None]]] = {}
    for advice, plan in plans():
        now = {(s.site, s.technique) for s in plan.work if s.role == FIRST}
        assert found.get(id(advice), set()) <= now
        found[id(advice)] = now


def test_goals_are_those_of_the_client_where_something_serves_them() -> None:
    """A goal that nothing serves is said, not dropped."""
    plan = mr.recommend({**client().profile.to_dict(), "goals": ["function", "scar_tissue_management"]}, core="compiled").plan
    assert [g.goal for g in plan.goals] == ["function"]
    assert plan.goals[0].asked_for
    assert plan.goals[0].measures[0].measure == "NDI"
    assert plan.goals_not_served == ("A softer, more comfortable and more mobile scar",)


@pytest.mark.parametrize(
    ("pain", "baseline", "change", "target"), [(6, 6, 2, 4), (3, 3, 1, 2), (4, 4, 2, 2), ({"between": [4, 6]}, None, 2, None)]
)
def test_the_change_that_counts_follows_the_rules_on_measures(pain: Any, baseline: Any, change: float, target: Any) -> None:
    """Two points, or 30 % and at least one; a baseline that isn't exact is measured at the first visit."""
    site = {"pain_now": pain, "irritability": "low"}
    plan = mr.recommend({**client(**site).profile.to_dict(), "goals": ["pain_management"]}, core="compiled").plan
    rating = next(m for g in plan.goals for m in g.measures if m.measure == "NPRS")
    assert (rating.baseline, rating.change, rating.target) == (baseline, change, target)
    assert rating.sources == ("farrar2001",)
    assert baseline is not None or "measure at the first visit" in rating.baseline_says


def test_a_place_that_flares_easily_gets_short_visits_and_an_early_review() -> None:
    """So does one of which it isn't known, until it is."""
    high, open_, low = client(pain_now=8), client(pain_now=5), client(pain_now=2)
    assert (high.plan.minutes, open_.plan.minutes) == (20, 20)
    assert low.plan.minutes > 40
    assert high.plan.schedule
    assert high.plan.schedule.review_in == 2
    assert "since it flares easily" in high.plan.minutes_why[0]
    assert "since it may flare easily; ask" in open_.plan.minutes_why[0]


def test_pain_that_may_flare_lowers_the_discomfort_of_trigger_point_work() -> None:
    """The catalogue's own limits for a scar or an irritable place are kept, and no other context is unknown to the planner."""
    from massage_rules.course.here import HIGH, OPERATED

    contexts = {c for v in VARIANTS.values() for c in v.pain.caps_by_context or {}}
    assert contexts == {HIGH, OPERATED}


def test_sessions_asked_for_are_capped_by_the_course() -> None:
    """The plan says so, and where the review falls."""
    plan = mr.plan(client(), minutes=60, sessions=50)
    assert plan.schedule
    assert plan.schedule.planned == plan.schedule.sessions.high == 12
    assert plan.schedule.why[0] == "50 visits were asked for; 12 are as many as this course has left."
    few = mr.plan(client(sessions_so_far=11), sessions=3).schedule
    assert few
    assert few.planned == 1
    used = mr.plan(client(sessions_so_far=12)).schedule
    assert used
    assert (used.planned, used.days) == (0, ())
    assert "used up" in used.why[1]


def test_a_young_back_pain_gets_the_shorter_course() -> None:
    """At most four sessions, looked at after two, while it is certainly under six weeks old."""

    def back(weeks: Any) -> Plan:
        return client(region="lower_back", complaints=["low_back_nonspecific"], complaint_weeks=weeks).plan

    young, unsure, old = back(3), back({"between": [4, 8]}), back(20)
    assert young.schedule
    assert unsure.schedule
    assert old.schedule
    assert (young.schedule.sessions.high, young.schedule.review_in) == (4, 2)
    assert unsure.schedule.sessions.high == old.schedule.sessions.high == 10


def test_forms_on_one_ladder_are_kept_in_reserve() -> None:
    """One form of a technique is planned, beside first choices; where it was too much at its lightest, a gentler one takes over."""
    site = {"region": "shoulder_top", "complaints": ["myofascial_trigger_points"], "pain_now": 5, "irritability": "moderate"}
    before = client(**site).plan
    names = {s.technique for s in before.work}
    assert "trigger_point_therapy.pressure_release" in names
    assert "trigger_point_therapy.strain_counterstrain" not in names
    kept = next(o for o in before.left_out if o.technique == "trigger_point_therapy.strain_counterstrain")
    assert kept.why.startswith("It is a step up or down from pressure release")
    after = client(**site, sessions_so_far=1, pain_during=6, pressure_last_time=3).plan
    assert "trigger_point_therapy.strain_counterstrain" in {s.technique for s in after.work}
    out = next(o for o in after.left_out if o.technique == "trigger_point_therapy.pressure_release")
    assert out.why.startswith("Even at its lightest it was too much last time")
    sore = client(**site, sessions_so_far=1, soreness_hours=40, pressure_last_time=3).plan
    assert "trigger_point_therapy.pressure_release" in {s.technique for s in sore.work}


def test_the_pressure_of_the_last_session_is_where_the_next_begins() -> None:
    """A level less where the last one was too much."""

    def begins(**site: Any) -> int | None:
        steps = client(sessions_so_far=2, **site).plan.work
        return next(s.pressure_start for s in steps if s.technique == "effleurage_light_massage")

    assert begins() == 1
    assert begins(pressure_last_time=3) == 3
    assert begins(pressure_last_time=3, pain_during=6) == 2
    assert begins(pressure_last_time=5) == 1  # outside what the technique takes


def test_what_a_clinician_must_see_first_ends_the_hands_on_plan_there() -> None:
    """The progress rules that refer keep a site from being planned; what neither touches nor moves goes on."""
    advice = client(sessions_so_far=3, new_nerve_signs=True)
    assert advice.progress[0].action == "refer"
    assert advice.disposition in TREATED
    plan = advice.plan
    assert all(not VARIANTS[s.technique or ""].does for s in plan.work)
    assert plan.sites[0].waits_for
    assert any("Stop this technique and leave the region alone" in words for words in plan.first)


def test_the_plan_of_an_answer_is_made_once() -> None:
    """And not at all for one that was read back without its client."""
    advice = example("warfarin")
    assert advice.plan is advice.plan
    read_back = mr.Advice.model_validate_json(advice.to_json())
    with pytest.raises(LookupError, match="read back without"):
        _ = read_back.plan


@pytest.mark.parametrize("minutes", [9, 241, 30.5, True, "60"])
def test_impossible_minutes_are_refused(minutes: object) -> None:
    """The message says what can be booked."""
    with pytest.raises(mr.ProfileError, match="Give whole minutes from 10 to 240"):
        mr.plan(client(), minutes=minutes)  # type: ignore[arg-type]


@pytest.mark.parametrize("sessions", [0, 101, 2.5, True])
def test_impossible_sessions_are_refused(sessions: object) -> None:
    """The message says what can be planned."""
    with pytest.raises(mr.ProfileError, match="Give a whole number from 1 to 100"):
        mr.plan(client(), sessions=sessions)  # type: ignore[arg-type]


def test_a_plan_that_cannot_be_read_is_refused() -> None:
    """The message says where."""
    with pytest.raises(mr.ProfileError, match=r"plan.minutes: can't be read"):
        Plan.from_json(example("warfarin").plan.to_json().replace('"minutes":58', '"minutes":"many"'))


def test_a_plan_shows_itself_as_text_markdown_and_html() -> None:
    """All three say the same, lines fit a terminal, and the HTML is well formed and escaped."""
    for _, plan in plans()[::4]:
        text, page = str(plan), plan._repr_html_()
        assert all(len(line) <= 100 for line in text.split("\n"))
        ET.fromstring(page.replace("<br>", "<br/>"))
        assert plan.to_markdown().startswith(f"# Plan: {plan.disposition}")
        for step in plan.work:
            assert f"{step.minutes} min" in text
            assert step.label in plan.to_markdown()
        for line in plan.first:
            assert line.split()[0] in text


def test_a_plan_is_a_table_after_tidier() -> None:
    """Twelve rows, whatever the plan, and none is empty."""
    for _, plan in plans()[::4]:
        rows = plan.to_tidier()
        assert [r["number"] for r in rows] == [str(n) for n in range(1, 13)]
        assert all(r["says"] for r in rows)


def test_plans_compare_side_by_side_with_what_differs_first() -> None:
    """A plan compared with itself differs in nothing."""
    advice = example("caesarean_scar")
    compared = mr.compare_plans(advice.plan, mr.plan(advice, minutes=20), left="long", right="short")
    same = [r.same for r in compared.rows]
    assert same == sorted(same)
    assert compared.differing[0].point == "Length of the visit"
    assert (compared.differing[0].left, compared.differing[0].right) == ("30 min", "20 min")
    assert "long: 30 min" in str(compared)
    ET.fromstring(compared._repr_html_())
    alike = mr.compare_plans(advice.plan, advice.plan)
    assert not alike.differing
    assert str(alike).startswith("Both plans say the same.")
