"""Notes of visits become facts, facts become an action, and nothing that was noted is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules import cli
from massage_rules.advice import shipped_evaluator
from massage_rules.course.gains import change, least_change
from massage_rules.course.notes import Note
from massage_rules.course.trend import sparkline, svg
from massage_rules.effects import Progress

RULEBOOK = shipped_evaluator().rulebook
EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
START = "2026-11-02"


def client(**more: Any) -> mr.Profile:
    """An adult with lasting neck tension; `site` adds facts of the neck."""
    site = {"region": "neck", "complaints": ["neck_upper_trapezius_tension"], "complaint_weeks": 20, "pain_now": 6,
            "irritability": "low", **more.pop("site", {})}  # fmt: skip
    return mr.Profile(**{"as_of": START, "age": 40, "otherwise_denied": "all", "sites": [site], **more})


def course(*notes: dict[str, Any], measure: str = "", **more: Any) -> mr.Course:
    """A course with a note every seven days from the start, unless a note says its day."""
    begun = mr.Course.begin(client(**more), measure=measure)
    for number, note in enumerate(notes):
        begun = begun.with_note({"on": f"2026-{11 + (2 + 7 * number) // 31:02}-{(2 + 7 * number - 1) % 30 + 1:02}", **note})
    return begun


GOOD = {"pain_before": 6, "pain_during": 3, "minutes": 45, "pressure": 2, "soreness_hours": 6, "soreness_rise": 1, "function": "same", "anything_new": False}  # fmt: skip
FIRST = {k: GOOD[k] for k in ("pain_before", "pain_during", "minutes", "pressure", "anything_new")}


def facts(found: mr.Course, **at: Any) -> dict[str, Any]:
    return found.profile(**at).sites[0].to_dict()


def action(*notes: dict[str, Any], **more: Any) -> str | None:
    return course(*notes, **more).follow_up().action


def rules(*notes: dict[str, Any], **more: Any) -> tuple[str, ...]:
    return tuple(w.rule for w in course(*notes, **more).follow_up().sites[0].reasons)


def test_every_fact_of_the_last_session_that_rules_read_can_come_from_a_note() -> None:
    """It is worked out, or told among the facts and signs of a note."""
    read = {f for r in RULEBOOK.rules.values() if isinstance(r.effect, Progress) for f in RULEBOOK.direct_facts(r.id)}
    for name in read:
        fact = RULEBOOK.vocabulary.facts[name]
        if fact.block == "last_session":
            told: Any = {"yes_no": True, "choice": min(fact.values) if fact.values else None}.get(fact.type, 1)
            assert course({"pain_before": 5, "minutes": 30, "facts": {name: told}}).profile().sites[0].to_dict()[name] is not None


def test_what_follows_from_the_notes() -> None:
    """Counts, means, gains and reviews, each from the notes it speaks of."""
    told = facts(course(FIRST | {"measures": {"NDI": 24}}, GOOD, GOOD | {"minutes": 30, "measures": {"NDI": 16}}, measure="NDI"))
    assert told["sessions_so_far"] == 3
    assert told["pain_before"] == told["pain_now"] == 6
    assert (told["pain_during"], told["pressure_last_time"]) == (3, 2)
    assert "session_minutes" not in told  # looked at when there is a review
    assert (told["soreness_hours"], told["soreness_rise"], told["function_change"]) == (6, 1, "same")
    assert told["well_tolerated_sessions"] == 2  # how the third went isn't known yet
    assert (told["main_measure"], told["main_measure_gain"]) == ("NDI", 8)
    assert round(told["main_measure_gain_percent"]) == 33
    assert (told["sessions_since_review"], told["weeks_since_review"], told["weeks_of_care"]) == (3, 2, 2)
    assert told["new_nerve_signs"] is False


@pytest.mark.parametrize(
    ("note", "expected", "rule"),
    [
        ({}, "continue", "progress.soreness-as-expected"),
        ({"soreness_hours": 30}, "ease", "progress.soreness-a-second-day"),
        ({"soreness_hours": 60}, "ease", "progress.soreness-over-two-days"),
        ({"pain_during": 6}, "ease", "progress.pain-during-above-five"),
        ({"signs": ["new_nerve_signs"]}, "refer", "progress_stops.new-nerve-signs"),
        ({"signs": "unease_during"}, "reassess", "progress.wished-to-stop"),
        ({"facts": {"other_treatment_changed": "yes"}}, "reassess", "progress_course.other-treatment-changed"),
    ],
)
def test_a_note_is_answered_by_the_rule_that_speaks_of_it(note: dict[str, Any], expected: str, rule: str) -> None:
    """The action is that of the most cautious rule, and the reason names it."""
    assert action(FIRST, GOOD | note) == expected
    assert rule in rules(FIRST, GOOD | note)


def test_two_good_sessions_in_a_row_allow_one_step_up() -> None:
    """Not one, and not with a day of soreness, a bruise, worse function or too much discomfort between."""
    arrival = {k: GOOD[k] for k in ("pain_before", "soreness_hours", "soreness_rise", "function", "anything_new")}
    assert action(FIRST, GOOD, arrival) == "progress"
    assert action(FIRST, arrival) == "continue"
    for spoilt in ({"soreness_hours": 24}, {"function": "worse"}, {"signs": ["new_bruise"]}):
        assert action(FIRST, GOOD | spoilt, arrival) != "progress"
    assert action(FIRST, GOOD | {"pain_during": 5.5}, arrival) != "progress"


def test_a_session_of_which_nobody_noted_the_reaction_is_asked_about() -> None:
    """On arrival at the next visit, before anything else is done."""
    assert action(FIRST, {"pain_before": 5, "anything_new": False}) == "reassess"
    assert rules(FIRST, {"pain_before": 5, "anything_new": False}) == ("progress.reaction-not-noted",)
    assert action(FIRST) is None  # right after a session nobody can know yet


def test_a_review_is_due_and_is_done() -> None:
    """After six sessions or four weeks; a review sets the count back, and looks at how long and how often the sessions were."""
    reviewed = facts(course(FIRST, GOOD, GOOD | {"minutes": 30, "review": True}))
    assert (reviewed["session_minutes"], reviewed["sessions_per_week"], reviewed["at_review"]) == (40, 1, True)
    notes = [FIRST, *[GOOD] * 5]
    assert "progress_course.review-due" in rules(*notes)
    assert facts(course(*notes))["sessions_since_review"] == 6
    assert facts(course(*notes[:-1], GOOD | {"review": True}))["sessions_since_review"] == 0
    assert "progress_course.review-due" not in rules(*notes[:-1], GOOD | {"review": True})


def test_blocks_without_gain_and_stable_reviews_are_counted() -> None:
    """Two blocks without a change that counts end hands-on care; two stable reviews after one that did, taper it."""
    same, better = {**GOOD, "measures": {"NDI": 24}}, {**GOOD, "measures": {"NDI": 14}, "function": "better", "pain_before": 3}
    review = {"review": True, "facts": {"dose_adequate": True}}
    stuck = course(FIRST | {"measures": {"NDI": 24}}, GOOD, GOOD, same | review, GOOD, GOOD, GOOD, same | review, measure="NDI")
    assert facts(stuck)["blocks_without_gain"] == 2
    assert stuck.follow_up().action == "refer"
    assert "progress_course.two-blocks-without-gain" in {w.rule for w in stuck.follow_up().sites[0].reasons}
    settled = course(
        FIRST | {"measures": {"NDI": 24}},
        GOOD,
        GOOD,
        better | review,
        GOOD,
        better | review,
        GOOD,
        better | review,
        measure="NDI",
    )
    assert (facts(settled)["stable_reviews"], facts(settled)["blocks_without_gain"]) == (2, 0)
    assert "progress_course.better-and-stable" in {w.rule for w in settled.follow_up().sites[0].reasons}


def test_worse_than_at_the_start_stops_hands_on_work_until_somebody_has_looked() -> None:
    """A loss that counts is a fact for the red flags too."""
    worse = course(FIRST | {"measures": {"NDI": 20}}, GOOD | {"measures": {"NDI": 30}, "pain_before": 8}, measure="NDI")
    assert facts(worse)["worse_with_or_after_treatment"] is True
    found = worse.follow_up()
    assert found.stops
    assert found.action in ("reassess", "refer")
    assert not found.plan.session


def test_a_sign_of_an_emergency_stops_everything() -> None:
    """It becomes a fact, and the answer is the emergency's."""
    found = course(FIRST, {"pain_before": 5, "signs": ["chest_pain_or_pressure", "sudden_breathlessness"]}).follow_up()
    assert found.disposition == "emergency"
    assert (found.stops, found.action) == (True, "refer")
    assert not found.plan.session
    assert found.summary.startswith("Emergency.")


def test_the_questions_of_the_day_are_open_again_unless_they_were_asked() -> None:
    """A denial at the intake says nothing of a later day."""
    asked, not_asked = course(FIRST, GOOD), course(FIRST, {k: v for k, v in GOOD.items() if k != "anything_new"})
    assert asked.follow_up().disposition == "treat"
    assert not_asked.follow_up().disposition == "ask first"
    assert "today" not in not_asked.profile().otherwise_denied
    assert "cancer" in not_asked.profile().otherwise_denied
    later = asked.profile(on="2026-11-20")
    assert later.sites[0].pain_now is None
    assert "today" not in later.otherwise_denied


def test_what_has_to_be_asked_first_is_told() -> None:
    """Where the answer waits for questions it names the best of them; where it doesn't, it names none as needed."""
    asked, not_asked = course(FIRST, GOOD), course(FIRST, {k: v for k, v in GOOD.items() if k != "anything_new"})
    waits, goes_on = not_asked.follow_up(), asked.follow_up()
    best = waits.advice.questions[0].ask
    assert "\nASK FIRST\n" in str(waits) and best[:40] in " ".join(str(waits).split())
    assert "<h3>Ask first</h3>" in waits._repr_html_()
    assert "ASK FIRST" not in str(goes_on) and "Ask first" not in goes_on._repr_html_()


def test_a_next_visit_before_the_last_note_is_refused() -> None:
    """The field and both days are named."""
    with pytest.raises(
        mr.ProfileError, match=r"^on: 2026-01-01 lies before the last note \(.*\)\. Give its day or a later one\.$"
    ):
        course(FIRST, GOOD).follow_up(on="2026-01-01")
    with pytest.raises(mr.ProfileError, match=r"^on: 2020-01-01 lies before the profile's `as_of`"):
        mr.Course.begin(client()).profile(on="2020-01-01")


def test_a_block_that_is_asked_again_is_denied_again() -> None:
    """After something new had come up, saying that nothing has changed since isn't enough; the block has to be asked."""
    new = {k: GOOD[k] for k in ("pain_before", "soreness_hours", "function")} | {
        "anything_new": True,
        "signs": ["fever_or_rigors"],
    }
    gone = {"facts": {"fever_or_rigors": False}}
    assert course(FIRST, new).follow_up().stops
    assert course(FIRST, new, GOOD | gone).follow_up().disposition == "ask first"
    assert course(FIRST, new, GOOD | gone | {"denied": "today"}).follow_up().disposition == "treat"


def test_lengths_of_time_go_on_and_what_happened_stays_where_it_was() -> None:
    """Weeks since an operation grow, dates stay, and age is left as told."""
    knee = mr.Profile(
        as_of=START, age=66, otherwise_denied="all", surgeries=[mr.Surgery(procedure="total_knee_arthroplasty", weeks_ago=3)],
        weeks_since_stroke="2026-09",
        sites=[{"region": "knee", "complaints": ["post_operative_stiffness"], "complaint_weeks": {"between": [3, 4]}, "pain_now": 4}],
    )  # fmt: skip
    moved = mr.Course.begin(knee).with_note(on="2026-11-16", pain_before=4, anything_new=False).profile()
    assert str(moved.as_of) == "2026-11-16"
    assert moved.surgeries[0].weeks_ago == 5
    assert moved.sites[0].to_dict()["complaint_weeks"] == {"between": [5, 6]}
    assert moved.to_dict()["weeks_since_stroke"] == {"on": "2026-09"}
    assert moved.age == 66
    growing = {f.id for f in RULEBOOK.vocabulary.facts.values() if f.runs_on}
    since = {f.id for f in RULEBOOK.vocabulary.facts.values() if f.is_duration and "_since_" in f.id}
    assert growing >= since | {"complaint_weeks", "gestation_weeks"}
    assert growing.isdisjoint({"age", "days_bedridden", "corticosteroid_months", "antibiotic_days", "soreness_hours"})


def test_a_block_that_was_denied_gives_way_to_what_is_told_later() -> None:
    """The rest of it stays denied."""
    found = mr.Course.begin(client(otherwise_denied=[], denied="all")).with_note(
        on="2026-11-09", pain_before=5, signs=["anticoagulated"]
    )
    told = found.profile()
    assert told.anticoagulated is True
    assert "medicines" in told.otherwise_denied
    assert "medicines" not in told.denied


def test_an_amended_note_keeps_the_original() -> None:
    """With when, by whom and why; amending twice keeps both."""
    first = course(FIRST)
    once = first.amend(1, on="2026-11-03", by="MT", why="read wrongly", pain_during=6)
    twice = once.amend(1, on="2026-11-04", by="MT", why="and again", pain_during=5)
    assert first.notes[0].pain_during == 3
    assert twice.notes[0].pain_during == 5
    assert [(c.note.pain_during, c.why) for c in twice.history(1)] == [(3, "read wrongly"), (6, "and again")]
    assert mr.Course.from_json(twice.to_json()) == twice
    assert first.history(1) == ()
    with pytest.raises(mr.ProfileError, match="can't move a note"):
        first.amend(1, on="2026-11-04", by="MT", why="wrong day", site=1)
    with pytest.raises(mr.ProfileError, match="Notes are numbered 1 to 1"):
        first.history(2)


def test_a_course_goes_to_json_and_back_and_the_same_notes_give_the_same_bytes() -> None:
    """Nothing is lost, and nothing depends on when it is asked."""
    found = course(
        FIRST | {"measures": {"NDI": 24}, "says": "tired"}, GOOD | {"signs": ["new_bruise"], "facts": {"end_feel": "hard"}}
    )
    again = mr.Course.from_json(found.to_json())
    assert again.to_json() == found.to_json()
    assert again.follow_up().to_json() == found.follow_up().to_json()
    Draft202012Validator(mr.follow_up_schema()).validate(json.loads(found.follow_up().to_json()))
    read_back = mr.FollowUp.model_validate_json(found.follow_up().to_json())
    assert read_back.to_json() == found.follow_up().to_json()
    with pytest.raises(LookupError, match="read back without its advice"):
        _ = read_back.plan


@pytest.mark.parametrize("text", ["", "[]", "3", '{"start": {}}', "{"])
def test_what_is_no_course_is_refused(text: str) -> None:
    """With what to give instead."""
    with pytest.raises(mr.ProfileError, match="Give what `to_json` wrote"):
        mr.Course.from_json(text)


def test_a_course_goes_on_with_the_rules_of_its_advice(tmp_path: Path) -> None:
    """Not with the shipped ones, where the advice came from others."""
    rule = (
        "- id: house.light\n  title: Light massage\n  status: active\n  when: {complaints: [neck_upper_trapezius_tension]}\n"
        "  effect: {suggest: {techniques: [effleurage_light_massage], role: option, goals: [stress_reduction], certainty: none}}\n"
        "  because: It is on offer.\n  limits: None.\n  references: [clinical_judgement]\n  review: unreviewed\n"
    )
    (tmp_path / "house.yaml").write_text(rule)
    house = mr.Evaluator(mr.load(tmp_path))
    advice = mr.recommend(client(), evaluator=house)
    begun = mr.Course.begin(advice).with_note(on=START, pain_before=4)
    assert begun.follow_up().basis.rulebook_digest == house.rulebook.digest
    assert [s.technique for s in begun.follow_up().plan.work] == ["effleurage_light_massage"]
    assert begun.follow_up().plan.schedule.sessions.high == 6  # no course is given, so it is planned up to the review


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ({"on": "2026-10-01"}, "notes.2.on: 2026-10-01 lies before the note before it"),
        ({"pain_befor": 3}, "notes.2.pain_befor: `pain_befor` has no meaning here. Did you mean `pain_before`?"),
        ({"pain_before": 11}, "notes.2.pain_before: can't be `11`. Give a number from 0 to 10, or leave it out."),
        ({"function": "beter"}, "notes.2: `function` can't be `beter`. Did you mean `better`?"),
        ({"signs": ["new_bruse"]}, "notes.2.signs: `new_bruse` isn't a sign. Did you mean `new_bruise`?"),
        ({"facts": {"end_fel": "hard"}}, "notes.2.facts: unknown fact `end_fel`. Did you mean `end_feel`?"),
        ({"facts": {"end_feel": "wood"}}, "`end_feel` has no value `wood`"),
        ({"measures": {"NDI": 60}}, "notes.2.measures: `NDI` can't be 60. It goes from 0 to 50."),
        ({"measures": {"STarT_Back": 3}}, "notes.2.measures: `STarT_Back` isn't a measure that shows change."),
        ({"measures": {"NDI": "low"}}, "notes.2: the measure `NDI` has no number. Write `NDI: 22`."),
        ({"techniques": ["stone"]}, "notes.2.techniques: `stone` isn't a technique."),
        ({"denied": ["todya"]}, "notes.2.denied: `todya` isn't a block of the form. Did you mean `today`?"),
        ({"site": 3}, "notes.2.site: there is no site number 3. Sites are numbered 0 to 0."),
    ],
)
def test_a_faulty_note_is_refused_with_a_remedy(note: dict[str, Any], message: str) -> None:
    """And the course stays as it was."""
    before = course(FIRST)
    with pytest.raises(mr.ProfileError) as raised:
        before.with_note({"on": "2026-11-09", **note})
    assert message in str(raised.value)
    assert len(before.notes) == 1


def test_a_course_without_notes_has_nothing_to_follow_up() -> None:
    """And a note before the intake is refused."""
    with pytest.raises(mr.ProfileError, match="nothing has been noted yet"):
        mr.Course.begin(client()).follow_up()
    with pytest.raises(mr.ProfileError, match="lies before the profile's `as_of`"):
        mr.Course.begin(client()).with_note(on="2026-11-01")


def test_the_change_that_counts_is_the_one_of_the_outcomes() -> None:
    """The least change that the rules count is the one that data/outcomes.yaml gives, from any first score."""
    about = {"complaints": frozenset({"unspecified_pain"}), "region": "shoulder"}
    for outcome in RULEBOOK.outcomes.values():
        if outcome.counts is None or outcome.counts.change is None or outcome.id == "limb_volume":
            continue
        assert least_change(RULEBOOK, outcome, first=None, about=about) == outcome.counts.change, outcome.id
        far = outcome.counts.change + 0.001
        up, down = (far, 0.0) if outcome.better == "lower" else (0.0, far)
        assert change(RULEBOOK, outcome, first=up, now=down, about=about) == "gain"
        if outcome.id != "NPRS":
            assert change(RULEBOOK, outcome, first=down, now=up, about=about) == "loss"


def test_a_trend_has_a_row_for_every_score() -> None:
    """With the change since the first, above zero where it got better, and whether it counts."""
    rows = course(
        FIRST | {"measures": {"NDI": 24, "ROM": 40}}, GOOD | {"pain_before": 4, "measures": {"NDI": 16, "ROM": 45}}
    ).trend()
    found = {(r.measure, r.visit): (r.value, r.change, r.counts) for r in rows}
    assert found == {
        ("NDI", 1): (24, 0, "none"), ("NDI", 2): (16, 8, "gain"), ("ROM", 1): (40, 0, "none"), ("ROM", 2): (45, 5, "none"),
        ("NPRS", 1): (6, 0, "none"), ("NPRS", 2): (4, 2, "gain"),
    }  # fmt: skip
    outcome = RULEBOOK.outcomes["NDI"]
    picture = ET.fromstring(svg([r for r in rows if r.measure == "NDI"], outcome, target=17))
    assert picture.attrib["aria-label"].startswith("Neck Disability Index")
    assert len(picture.findall("circle")) == 2


@pytest.mark.parametrize(("values", "line"), [([0, 5, 10], "▁▅█"), ([10, 0], "█▁"), ([3], "▃"), ([12], "█")])
def test_a_line_of_bars_shows_low_and_high(values: list[float], line: str) -> None:
    """Over the range of the measure; what lies outside it stands at the edge."""
    assert sparkline(values, (0, 10)) == line


def test_without_a_range_the_values_make_it() -> None:
    """The same value again and again is a flat line."""
    assert sparkline([40, 60]) == "▁█"
    assert sparkline([5, 5]) == "▁▁"


def test_a_follow_up_shows_itself() -> None:
    """As text that fits a terminal and HTML that is well formed."""
    found = course(FIRST | {"measures": {"NDI": 24}}, GOOD | {"measures": {"NDI": 16}, "says": "<b>"}, measure="NDI").follow_up()
    assert all(len(line) <= 100 for line in str(found).split("\n"))
    assert "Neck Disability Index ▄▃ 24 → 16, a change that counts" in str(found)
    ET.fromstring(found._repr_html_().replace("<br>", "<br/>"))
    bare = mr.FollowUp.model_validate_json(found.to_json())
    assert "HOW IT WENT" not in str(bare)
    ET.fromstring(bare._repr_html_().replace("<br>", "<br/>"))


def test_each_site_of_a_client_has_its_own_story() -> None:
    """A note speaks of one site, and the action is that of the most cautious."""
    both = mr.Profile(
        as_of=START, age=40, otherwise_denied="all",
        sites=[{"region": "neck", "complaints": ["neck_upper_trapezius_tension"], "pain_now": 3},
               {"region": "lower_back", "complaints": ["low_back_nonspecific"], "pain_now": 3, "complaint_weeks": 20}],
    )  # fmt: skip
    found = mr.Course.begin(both).with_notes(
        [{"on": START, "site": n, "pain_before": 3, "pain_during": 2, "minutes": 30} for n in (0, 1)]
        + [{"on": "2026-11-09", "site": n, "pain_before": 3, "soreness_hours": h, "soreness_rise": 1, "function": "same", "anything_new": False}
           for n, h in ((0, 6), (1, 40))]
    )  # fmt: skip
    follow = found.follow_up()
    assert [s.action for s in follow.sites] == ["continue", "ease"]
    assert (follow.action, follow.visits) == ("ease", 1)


def test_notes_read_from_a_file_keep_their_lines(tmp_path: Path) -> None:
    """A fault says where it stands."""
    notes = tmp_path / "notes.yaml"
    notes.write_text("measure: NDI\nnotes:\n  - on: 2026-11-24\n    pain_before: 3\n  - on: 2026-12-01\n    pain_befor: 3\n")
    with pytest.raises(mr.ProfileError, match=r"notes.yaml:6:5: `pain_befor` has no meaning here"):
        mr.Course.read(EXAMPLES / "caesarean_scar.yaml", notes)
    notes.write_text("- {on: 2026-11-24, pain_before: 3, minutes: 30}\n")
    assert mr.Course.read(EXAMPLES / "caesarean_scar.yaml", notes).notes == (Note(on="2026-11-24", pain_before=3, minutes=30),)
    for faulty in ("notes: 3\n", "visits: []\n"):
        notes.write_text(faulty)
        with pytest.raises(mr.ProfileError, match="should be a list of notes"):
            mr.Course.read(EXAMPLES / "caesarean_scar.yaml", notes)


def test_the_commands_write_every_form(tmp_path: Path) -> None:
    """Plans and follow-ups as text, Markdown, HTML, JSON and a table."""
    client_file, notes = str(EXAMPLES / "caesarean_scar.yaml"), tmp_path / "notes.yaml"
    notes.write_text("- {on: 2026-11-24, pain_before: 3, pain_during: 1, minutes: 30}\n")

    def out(*arguments: str) -> str:
        result = CliRunner().invoke(cli.app, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    assert out("plan", client_file, "--minutes", "45").startswith("PLAN: TREAT WITH MODIFICATION")
    assert out("plan", client_file, "--format", "markdown").startswith("# Plan")
    assert out("plan", client_file, "--html") == out("plan", client_file, "--format", "html")
    assert out("plan", client_file, "--tidier").startswith("| | Item |")
    assert json.loads(out("plan", client_file, "--format", "json"))["minutes"] == 30
    assert "HOW IT WENT" in out("follow-up", client_file, str(notes))
    assert out("follow-up", client_file, str(notes), "--format", "html").startswith("<section")
    assert json.loads(out("follow-up", client_file, str(notes), "--format", "json", "--on", "2026-12-01"))["on"] == "2026-12-01"
