"""The solver's model says what the definition says, and every check finds the fault that is sown for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from books import DEEP, LIGHT, book, rule
from clients import profiles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import facts, rulebooks
from typer.testing import CliRunner

from massage_rules._yaml import parse
from massage_rules.advice import Evaluator
from massage_rules.cases import Outcome, load_cases, run
from massage_rules.cli import app
from massage_rules.conditions import All, Compare, Condition, Defined, Facts, OneOf
from massage_rules.errors import ContentError, MassageRulesError
from massage_rules.profile import ProfileBase
from massage_rules.proofs.bench import Bench, Flaw
from massage_rules.proofs.differing import differences
from massage_rules.proofs.knowledge import uncertain
from massage_rules.proofs.model import Model
from massage_rules.proofs.solver import Undecided
from massage_rules.proofs.theorems import Theorems, read_theorems, shipped_theorems
from massage_rules.proofs.verifying import Check, Checked, checks, look, stale
from massage_rules.protocols import Phase
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import truths
from massage_rules.views import views

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
SHIPPED = Model(shipped_rulebook())


@settings(QUICK, max_examples=60)
@given(rulebooks(), st.lists(facts(), min_size=1, max_size=4))
def test_the_model_agrees_with_the_definition(book: Rulebook, clients: list[Facts]) -> None:
    """Every rule has the same truth on its two rails as by the plain walk, whatever is known."""
    model = Model(book)
    for known in clients:
        assert model.truths(known) == truths(book, known)


@settings(QUICK, max_examples=6)
@given(profiles())
def test_it_agrees_on_the_shipped_rules(client: ProfileBase) -> None:
    """Every view of a generated client is one that the model allows, and every shipped rule has the same truth in it."""
    for view in views(client).views:
        assert SHIPPED.truths(view.facts, clients="all") == truths(SHIPPED.rulebook, view.facts)


def checked(rulebook: Rulebook, check: str, theorems: Theorems | None = None) -> Checked:
    """What one check finds."""
    return look(next(c for c in checks(rulebook, theorems) if c.id == check))


def flaws(rules: str, check: str) -> list[Flaw]:
    """What one check finds in a book of these rules."""
    return list(checked(book(rules), check).flaws)


def outcome(flaw: Flaw, rulebook: Rulebook, folder: Path) -> Outcome:
    """What comes of the case that is printed with a flaw."""
    file = folder / "printed.cases.yaml"
    file.write_text(flaw.case, encoding="utf-8")
    return run(load_cases(file, rulebook)[-1], Evaluator(rulebook))


AVOID_DEEP = f"{{avoid: {{techniques: {DEEP}}}}}"


def test_a_rule_that_can_never_hold_is_found() -> None:
    """With the fewest of its parts that can't be together."""
    when = "{all: [{phase: acute}, {age: {at_least: 40}}, {pain_now: {above: 3}}, {age: {below: 30}}]}"
    (flaw,) = flaws(rule("dead", when, AVOID_DEEP), "dead")
    assert flaw.what == "`t.dead` can never hold: `age: {at_least: 40}` and `age: {below: 30}` are never so together."


def test_a_rule_that_only_speaks_of_whom_a_question_does_not_concern_is_found() -> None:
    """A wound's age is never known where there is no wound."""
    (flaw,) = flaws(rule("dead", "{all: [{wound_days: {at_least: 3}}, {not: {wound: yes}}]}", "{define: old}"), "dead")
    assert flaw.what == "`t.dead` can never hold: `wound_days: {at_least: 3}` and `not: {wound: yes}` are never so together."


def test_a_rule_that_another_swallows_is_found(tmp_path: Path) -> None:
    """With a client for whom both hold; a rule that says more, or holds for others, is left alone."""
    wide = rule("wide", "{pain_now: {above: 3}}", "{avoid: {techniques: all}}")
    narrow = rule("narrow", "{pain_now: {above: 5}}", AVOID_DEEP)
    consult = "{avoid: {techniques: all, consult: {who: surgeon, urgency: now, ask: May it?}}}"
    more, else_ = rule("more", "{pain_now: {above: 6}}", consult), rule("else", "{age: {above: 30}}", AVOID_DEEP)
    (flaw,) = flaws(wide + narrow + more + else_, "swallowed")
    assert flaw.what.startswith("`t.narrow` is swallowed by `t.wide`")
    assert not outcome(flaw, book(wide + narrow + more + else_), tmp_path).differences


def test_a_rule_that_fails_first_is_not_swallowed() -> None:
    """Two rules that hold together are apart if one can be told to fail where the other can't."""
    one = rule("one", "{all: [{wound: yes}, {age: {at_least: 18}}]}", AVOID_DEEP)
    two = rule("two", "{any: [{wound: yes}, {age: {below: 18}}]}", AVOID_DEEP)
    assert [f.subject for f in flaws(one + two, "swallowed")] == [("t.one", "t.two")]


def test_a_suggestion_that_nobody_may_follow_is_found(tmp_path: Path) -> None:
    """The case shows a client for whom it is suggested and closed."""
    rules = rule("shut", "{pain_now: {above: 3}}", AVOID_DEEP) + rule(
        "lost",
        "{pain_now: {above: 5}}",
        f"{{suggest: {{techniques: [{DEEP}, {LIGHT}], role: option, goals: mobility, certainty: low}}}}",
    )
    (flaw,) = flaws(rules, "contradictory")
    assert flaw.subject == ("t.lost", DEEP)
    assert "which is never open when it holds" in flaw.what
    assert not outcome(flaw, book(rules), tmp_path).differences


def test_limits_that_leave_nothing_over_are_found() -> None:
    """A pressure below what every technique needs, and two rules that together leave no position."""
    gentle = rule("gentle", "{wound: yes}", f"{{adapt: {{techniques: {DEEP}, pressure_at_most: 2}}}}")
    one = rule("one", "{wound: yes}", "{adapt: {positions: [prone]}}")
    two = rule("two", "{rash: yes}", "{adapt: {no_positions: [prone]}}")
    found = [f.what for f in flaws(gentle + one + two, "contradictory")]
    assert found == [
        "`t.gentle` limits the pressure to 2, but every technique it speaks of needs more.",
        "`t.one` and `t.two` can hold together, and leave no position to lie or sit in.",
    ]


KNEE = "total_knee_arthroplasty"


def _knee(phase: Phase, when: Condition) -> Rulebook:
    """The shipped rules with only the protocol of a new knee, one phase of which has another condition."""
    whole = shipped_rulebook()
    protocol = whole.protocols[KNEE]
    name = f"{protocol.prefix}{phase.weeks.replace(' ', '-')}"
    rules = {n: replace(r, when=when) if n in (name, f"{name}.barred") else r for n, r in whole.rules.items()}
    return replace(whole, rules=rules, protocols={KNEE: protocol}, _reads={})


def test_weeks_of_a_protocol_that_no_phase_or_two_phases_speak_of_are_found(tmp_path: Path) -> None:
    """Each with such a week, in a case that runs."""
    first, second = shipped_rulebook().protocols[KNEE].phases[:2]
    until = first.end
    assert until is not None

    def weeks(start: float, end: float) -> All:
        operated: tuple[Condition, ...] = (OneOf("procedure", frozenset({KNEE})), Defined("recently_operated"))
        return All((*operated, Compare("weeks_since_surgery", "at_least", start), Compare("weeks_since_surgery", "below", end)))

    assert not checked(_knee(first, weeks(0, until)), "gaps").flaws
    short = _knee(first, weeks(0, until - 1))
    (flaw,) = checked(short, "gaps").flaws
    assert flaw.what == f"protocol `{KNEE}`: in week {until - 1:g} none of its phases speaks."
    assert not outcome(flaw, short, tmp_path).differences
    long = _knee(first, weeks(0, until + 1))
    (flaw,) = checked(long, "gaps").flaws
    assert flaw.what == f"protocol `{KNEE}`: in week {until:g} two of its phases speak ({first.weeks} and {second.weeks})."
    assert not outcome(flaw, long, tmp_path).differences


def test_a_complaint_that_nothing_helps_is_found() -> None:
    """A book that suggests nothing for a scar helps nobody with one."""
    (flaw,) = flaws("", "unhelped")
    assert flaw.subject == ("scar",)
    closing = rule("shut", "{complaints: ache}", "{avoid: {techniques: all}}")
    assert [f.subject for f in flaws(closing, "unhelped")] == [("ache",), ("scar",)]


def test_a_needless_question_is_found(tmp_path: Path) -> None:
    """An old wound is a wound, and so are two halves of all ages; what matters to somebody is left alone."""
    implied = rule("implied", "{any: [{warfarin: yes}, {thinner: yes}]}", "{define: thin}")
    halves = rule("halves", "{all: [{fever: yes}, {any: [{age: {below: 40}}, {age: {at_least: 40}}]}]}", AVOID_DEEP)
    fine = rule("fine", "{all: [{fever: yes}, {age: {below: 40}}]}", AVOID_DEEP)
    found = flaws(implied + halves + fine, "needless")
    assert [f.what for f in found] == [
        "`t.halves` says the same of everybody without `any: [{age: {below: 40}}, {age: {at_least: 40}}]`, and yet it is asked.",
        "`t.implied` says the same of everybody without `warfarin: yes`, and yet it is asked.",
    ]
    for flaw in found:
        assert not outcome(flaw, book(implied + halves + fine), tmp_path).differences


def test_a_rule_that_a_risk_makes_less_cautious_is_found(tmp_path: Path) -> None:
    """A risk opens a question that could excuse it: the two clients differ by that risk alone."""
    weak = rule("weak", "{all: [{fever: yes}, {not: {clot_treated: yes}}]}", AVOID_DEEP)
    (flaw,) = flaws(weak + rule("strong", "{any: [{fever: yes}, {clot: yes}]}", AVOID_DEEP), "risks")
    assert flaw.what.startswith("`t.weak` holds, and can't be told when a risk is added")
    (before, after) = parse(flaw.case, name="printed.cases.yaml").plain()  # type: ignore[misc]
    assert (before["holds"], after["open"]) == (["t.weak"], ["t.weak"])
    assert {**before["profile"]["sites"][0], "clot": "yes"} == after["profile"]["sites"][0]
    assert not outcome(flaw, book(weak), tmp_path).differences


def test_what_is_certain_stays_certain() -> None:
    """Proved of a book; it would be found if more knowledge could change what was told."""
    bench = Bench(
        book(
            rule(
                "any",
                "{points: {at_least: 2, of: [{points: 1, when: {fever: yes}}, {points: 2, when: {wound: yes}}]}}",
                AVOID_DEEP,
            )
        )
    )
    assert [f for f in uncertain(bench) if f] == []
    (flaw, *_) = [f for f in uncertain(bench, relation=lambda *_: []) if f]
    assert flaw.what.endswith("is certain, and learning more overturns it.")


CLOT = rule("clot", "{clot: yes}", AVOID_DEEP) + rule(
    "now", "{all: [{clot: yes}, {fever: yes}]}", "{emergency: {urgency: now, who: ambulance, ask: Come now.}}"
)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (f"if: {{clot: yes}}, never: {DEEP}", ""),
        (f"if: {{clot: yes}}, in_doubt: yes, never: {DEEP}", ""),
        (f"if: {{clot: yes}}, never: [{DEEP}, {LIGHT}]", f"`{LIGHT}` is open all the same."),
        (f"if: {{wound: yes}}, in_doubt: yes, never: {DEEP}", f"`{DEEP}` is open all the same."),
        ("if: {all: [{clot: yes}, {fever: yes}]}, always: emergency", ""),
        ("if: {clot: yes}, always: emergency", "no rule calls for an emergency."),
        ("if: {clot: yes}, in_doubt: yes, always: clinician", "no rule calls for a clinician."),
        ("if: {clot: yes}, pressure_at_most: 4", ""),
        ("if: {clot: yes}, pressure_at_most: 3", "may be firmer."),
        (f"if: {{complaints: ache}}, sometimes: [{DEEP}]", ""),
        (f"if: {{clot: yes}}, sometimes: [{DEEP}, {LIGHT}]", f"`{DEEP}` is open for no such client."),
        (f"if: {{clot: yes}}, at: [legs], side: weak_side, never: {DEEP}", ""),
    ],
)
def test_a_theorem_is_proved_or_answered(said: str, answer: str, tmp_path: Path) -> None:
    """A sentence that isn't so is answered by a client, whose case fails as long as it isn't."""
    rules = book(CLOT)
    theorems = read_theorems(parse(f"theorems: [{{theorem: It is so, {said}}}]", name="mine.yaml"), rules)
    found = checked(rules, "theorems", theorems).flaws
    assert [f.what.removeprefix("“It is so” isn't so: ") for f in found if answer in f.what] == [
        f.what.removeprefix("“It is so” isn't so: ") for f in found
    ]
    assert bool(found) == bool(answer)
    for flaw in found:
        assert flaw.place.startswith("mine.yaml:1:")
        assert not flaw.case or outcome(flaw, rules, tmp_path).differences


def test_faults_of_theorems_are_told() -> None:
    """What is missing or unknown, all at once."""
    written = """
theorems:
  - {theorem: One, if: {clot: yes}}
  - {theorem: Two, if: {clod: yes}, never: deep, at: [leg], always: ambulance}
  - {theorem: Three, if: {clot: yes}, pressure_at_most: 9, references: [no_book]}
  - {theorem: Four, if: {clot: yes}, at: [legg], never: depp}
noted:
  - {check: dead, of: t.one}
"""
    with pytest.raises(ContentError) as error:
        read_theorems(parse(written, name="mine.yaml"), book())
    assert [f.place.line for f in error.value.faults] == [3, 4, 5, 5, 6, 6, 8]


def test_a_noted_flaw_passes_until_it_is_mended() -> None:
    """A note on what is so no longer is told."""
    when = "{all: [{age: {at_least: 40}}, {age: {below: 30}}]}"
    noted = read_theorems(parse("noted: [{check: dead, of: t.dead, because: It waits.}]", name="mine.yaml"), book()).noted
    for rules, flaws_left, old in ((rule("dead", when, AVOID_DEEP), 1, 0), ("", 0, 1)):
        (check,) = [c for c in checks(book(rules)) if c.id == "dead"]
        found = look(check, noted)
        assert found.clean
        assert len(found.noted) == flaws_left
        assert len(stale(noted, [found])) == old


def test_rules_that_are_only_written_otherwise_are_equal_in_meaning() -> None:
    """Turned round, split, defined apart or reasoned otherwise: no client tells them apart."""
    before = rule("it", "{not: {all: [{fever: yes}, {age: {at_least: 40}}]}}", "{define: fit}") + rule(
        "use", "{wound: yes}", AVOID_DEEP
    )
    now = rule("it", "{any: [{fever: no}, {age: {below: 40}}]}", "{define: fit}") + rule(
        "use", "{wound: yes}", AVOID_DEEP, because="It was read elsewhere."
    )
    assert differences(book(before), book(now)) == ()


def test_each_difference_comes_with_a_client_the_worst_first(tmp_path: Path) -> None:
    """What is looser before what is stricter, and graver effects first."""
    emergency = "{emergency: {urgency: now, who: ambulance, ask: Come now.}}"
    before = (
        rule("gone", "{wound: yes}", AVOID_DEEP)
        + rule("later", "{all: [{fever: yes}, {age: {at_least: 40}}]}", emergency)
        + rule("more", "{rash: yes}", AVOID_DEEP)
        + rule("named", "{pain_now: {above: 3}}", "{define: sore}")
        + rule("user", "{sore: yes}", "{avoid: {techniques: all}}")
        + rule("same", "{drunk: yes}", AVOID_DEEP)
    )
    now = (
        rule("later", "{all: [{fever: yes}, {age: {at_least: 50}}]}", emergency)
        + rule("more", "{rash: yes}", "{avoid: {techniques: all}}")
        + rule("named", "{pain_now: {above: 2}}", "{define: sore}")
        + rule("user", "{sore: yes}", "{avoid: {techniques: all}}")
        + rule("same", "{drunk: yes}", AVOID_DEEP)
        + rule("new", "{clot: yes}", AVOID_DEEP)
    )
    found = differences(book(before), book(now))
    assert [(d.rule, d.how) for d in found] == [
        ("t.later", "looser"),
        ("t.gone", "looser"),
        ("t.named", "other"),
        ("t.more", "stricter"),
        ("t.new", "stricter"),
        ("t.user", "stricter"),
    ]
    assert found[0].what == "`t.later` holds before and doesn't hold now, for this client."
    for each in found:
        assert not outcome(Flaw("", (), "", case=each.case), book(now), tmp_path).differences


def test_other_words_are_told_apart_from_other_effects() -> None:
    """Advice that is worded otherwise is no other limit."""
    before, now = (
        rule("it", "{wound: yes}", f"{{adapt: {{pressure_at_most: 1, advice: {said}}}}}") for said in ("Gently.", "Go gently.")
    )
    assert [(d.how, d.what) for d in differences(book(before), book(now))] == [
        ("other", "`t.it` does the same in other words where it holds.")
    ]


def test_rules_over_other_facts_are_not_compared() -> None:
    """A made-up book and the shipped one speak of other facts."""
    with pytest.raises(ContentError) as error:
        differences(book(), SHIPPED.rulebook)
    assert "other facts or techniques" in str(error.value.faults[0])


def test_what_the_solver_leaves_undecided_is_a_flaw() -> None:
    """It is never passed over."""

    def gives_up() -> object:
        raise Undecided("the solver gave up (timeout)")
        yield

    found = look(Check("dead", "it is so", 1, gives_up))  # type: ignore[arg-type]
    assert [f.what for f in found.flaws] == ["the check `dead` couldn't be finished: the solver gave up (timeout)."]


def test_the_shipped_rules_hold_what_they_promise() -> None:
    """Nothing is found in them but what is noted; `massage-rules verify` looks rule by rule, too, which takes longer."""
    said = shipped_theorems(SHIPPED.rulebook)
    for check in checks(SHIPPED.rulebook, said):
        if check.id in ("gaps", "contradictory", "unhelped", "theorems"):
            assert [str(f) for f in look(check, said.noted).flaws] == []


WRITTEN = """
- id: mine.dead
  title: A rule
  status: active
  when: {all: [{age: {at_least: 40}}, {age: {below: 30}}]}
  effect: {avoid: {techniques: deep_pressure}}
  because: It was read.
  limits: It may be wrong.
  references: [clinical_judgement]
"""


def test_the_command_tells_what_it_found_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flaw stands with its file and line; a note lets it pass; a wrong note, file or check is told."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(WRITTEN, encoding="utf-8")
    (tmp_path / "noted.yaml").write_text("noted: [{check: dead, of: mine.dead, because: It waits.}]", encoding="utf-8")
    (tmp_path / "old.yaml").write_text("noted: [{check: dead, of: mine.gone, because: It waits.}]", encoding="utf-8")
    run_ = CliRunner().invoke
    found = run_(app, ["verify", "rules", "--only", "dead"])
    assert found.exit_code == 1
    assert "rules/mine.yaml:2:3: `mine.dead` can never hold" in found.output
    assert "every rule can hold: 1 found" in found.output
    passed = run_(app, ["verify", "rules", "--only", "dead", "--theorems", "noted.yaml", "--noted"])
    assert passed.exit_code == 0
    assert "noted: It waits." in passed.output
    assert "every rule can hold: proved but for 1 noted" in passed.output
    stale_ = run_(app, ["verify", "rules", "--only", "dead", "--theorems", "old.yaml"])
    assert stale_.exit_code == 1
    assert "what is noted of `mine.gone` is so no longer" in stale_.output
    wrong = run_(app, ["verify", "rules", "--only", "deed"])
    assert isinstance(wrong.exception, MassageRulesError)
    assert "there is no such check; there are dead, " in str(wrong.exception)


def test_without_the_solver_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver is an extra."""
    monkeypatch.setattr("massage_rules.commands.verify.find_spec", lambda _: None)
    for command in (["verify"], ["diff", "rules"]):
        done = CliRunner().invoke(app, command)
        assert isinstance(done.exception, MassageRulesError)
        assert "massage-rules[verify]" in str(done.exception)
