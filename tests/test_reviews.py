"""A signature stands under what was signed, is lost with it, and says so wherever the rule is shown."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
import small
from typer.testing import CliRunner

from massage_rules import cli
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.errors import ContentError, MassageRulesError
from massage_rules.page import html
from massage_rules.profile import models
from massage_rules.protocol_page import protocol_page
from massage_rules.reviews import digest_of_rule, signed, with_signatures
from massage_rules.rule_page import effect_in_words, rule_page
from massage_rules.rulebook import Rulebook, load

EFFECT = "{adapt: {techniques: hands_on, pressure_at_most: 2, spare: [neck], where: [upper]}}"
RULES = (
    small.rule("skin.sore", when="{any: [{open_skin: yes}, {age: {at_least: 60}}]}", effect="{define: sore}")
    + small.rule(
        "skin.use", when="{all: [{sore: yes}, {pain_now: {at_least: 5}}, {region: upper}]}", effect=EFFECT, do="Ask twice."
    )
    + small.rule("skin.other", when="{twins: yes}")
    + small.rule("skin.old", status="retired")
    + small.rule("skin.planned", status="draft")
)
WHO = {"by": "A. Smith", "profession": "physiotherapist", "on": "2026-11-24"}
EMPTY = "# Signatures.\n[]\n"


def book(rules: str = RULES, reviews: str = EMPTY, **data: str) -> Rulebook:
    return small.rulebook(skin=rules, data_reviews=reviews, **data)


SIGNED = with_signatures(EMPTY, [signed(book(), "skin.use", **WHO)], name="reviews.yaml")


def folder(path: Path, rules: str = "", reviews: str = "") -> Path:
    """A clinic's folder with one rule on glaucoma, over the shipped facts."""
    rule = small.rule(
        "eyes.glaucoma", when="{glaucoma: yes}", effect="{adapt: {no_positions: [prone]}}", references="[clinical_judgement]",
        title="Glaucoma; not on the front",
    )  # fmt: skip
    (path / "eyes.yaml").write_text(rules or rule, encoding="utf-8")
    if reviews:
        (path / "reviews.yaml").write_text(reviews, encoding="utf-8")
    return path


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and all that was said."""
    result = CliRunner().invoke(cli.app, arguments)
    if isinstance(result.exception, MassageRulesError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def sign(path: Path, rule: str = "eyes.glaucoma", **changes: str) -> tuple[int, str]:
    said = {**WHO, **changes}
    return run("review", rule, "--rules", str(path), *(w for k, v in said.items() for w in (f"--{k}", v)))


# What a signature stands for


def test_a_rule_is_unreviewed_until_somebody_signs_it() -> None:
    """A signature is for one rule, and says who and when."""
    assert book().review("skin.use").words == "unreviewed"
    after = book(reviews=SIGNED)
    assert after.review("skin.use").state == "reviewed"
    assert after.review("skin.use").words == "reviewed on 2026-11-24 by A. Smith (physiotherapist)"
    assert after.review("skin.other").state == "unreviewed"


CHANGES: dict[str, Callable[[str], str]] = {
    "a threshold": lambda rules: rules.replace("at_least: 5", "at_least: 6"),
    "a threshold in a definition": lambda rules: rules.replace("at_least: 60", "at_least: 65"),
    "another rule that defines the same": lambda rules: (
        rules + small.rule("skin.more", when="{smoker: yes}", effect="{define: sore}")
    ),
    "a word of the title": lambda rules: rules.replace("is left alone", "is spared", 2).replace("is spared", "is left alone", 1),
    "a word of the reason": lambda rules: rules.replace("It would hurt.", "It may hurt."),
    "a word of the limits": lambda rules: rules.replace("Until it has closed.", "Until it has healed."),
    "a word of what to do": lambda rules: rules.replace("Ask twice.", "Ask once."),
    "a source": lambda rules: rules.replace("[a_book]", "[a_book, a_trial]"),
    "a limit": lambda rules: rules.replace("pressure_at_most: 2", "pressure_at_most: 3"),
    "what is spared": lambda rules: rules.replace("spare: [neck]", "spare: [head]"),
    "where it binds": lambda rules: rules.replace("where: [upper]", "where: [neck]"),
    "which techniques": lambda rules: rules.replace("techniques: hands_on", "techniques: all"),
    "a part of the condition": lambda rules: rules.replace("{region: upper}", "{region: head}"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_meaning_or_words_takes_the_signature_away(change: str) -> None:
    """Whatever a clinician agreed to, in the rule or in a definition that it uses."""
    changed = CHANGES[change](RULES)
    assert changed != RULES
    review = book(changed, SIGNED).review("skin.use")
    assert review.state == "changed since review"
    assert review.words == "changed since it was reviewed on 2026-11-24 by A. Smith (physiotherapist)"


def test_what_a_fact_means_is_signed_too() -> None:
    """Another unit, or another time at which a fact is due, makes it another rule; a reworded question doesn't."""
    unit = small.VOCABULARY.replace("{type: number, unit: a,", "{type: number, unit: mo,")
    gate = small.VOCABULARY.replace("bounds: [0, 10], level: site, block: about, ask: How much does",
                                    "bounds: [0, 10], level: site, block: about, only_if: {open_skin: yes}, ask: How much does")  # fmt: skip
    asked = small.VOCABULARY.replace("How much does it hurt?", "How strong is the pain?")
    assert len({unit, gate, asked, small.VOCABULARY}) == 4
    states = [book(reviews=SIGNED, data_vocabulary=v).review("skin.use").state for v in (unit, gate, asked)]
    assert states == ["changed since review", "changed since review", "reviewed"]


def test_what_a_group_of_regions_holds_is_signed_too() -> None:
    """A wider group is another rule; a new name for the same parts isn't."""
    wider = small.REGIONS.replace("upper: [head, neck]", "upper: [head, neck, thigh]")
    alias = small.REGIONS.replace("upper: [head, neck]", "upper: [head, neck]\n  top: [head]")
    states = [book(reviews=SIGNED, data_regions=r).review("skin.use").state for r in (wider, alias)]
    assert states == ["changed since review", "reviewed"]


@pytest.mark.parametrize(
    "same",
    [
        RULES.replace("at_least: 5", "at_least: 5.0"),
        RULES.replace("because: It would hurt.", "because: >-\n    It would\n    hurt."),
        RULES.replace("{twins: yes}", "{pregnant: yes}"),
        RULES.replace("  review: unreviewed\n", ""),
        RULES.replace("basis: read", "basis: mixed"),
        "# A comment.\n" + RULES,
    ],
)
def test_layout_and_other_rules_leave_a_signature_alone(same: str) -> None:
    """So does what was never agreed to: the basis and the file's own `review:`."""
    assert same != RULES
    assert book(same, SIGNED).review("skin.use").state == "reviewed"


def test_a_rule_that_is_changed_back_has_its_signature_again() -> None:
    """It was given on just those words, so history needs no clearing."""
    changed = CHANGES["a threshold"](RULES)
    again = with_signatures(SIGNED, [signed(book(changed, SIGNED), "skin.use", **{**WHO, "on": "2026-12-01"})], name="r.yaml")
    assert book(changed, again).review("skin.use").words == "reviewed on 2026-12-01 by A. Smith (physiotherapist)"
    assert book(RULES, again).review("skin.use").words == "reviewed on 2026-11-24 by A. Smith (physiotherapist)"


def test_two_clinicians_may_sign_the_same() -> None:
    """Both are named."""
    two = with_signatures(
        SIGNED, [signed(book(), "skin.use", by="B. Lee", profession="physician", on="2026-11-20")], name="r.yaml"
    )
    words = book(reviews=two).review("skin.use").words
    assert words == "reviewed on 2026-11-20 by B. Lee (physician) and on 2026-11-24 by A. Smith (physiotherapist)"


def test_every_shipped_rule_has_a_digest_of_its_own() -> None:
    """The digest is the same each time, and no two rules share one."""
    shipped = shipped_evaluator().rulebook
    digests = {rule: digest_of_rule(shipped, rule) for rule in shipped.rules}
    assert len(set(digests.values())) == len(shipped.rules)
    assert digests["thinners.no-pressing-or-deep"] == digest_of_rule(shipped, "thinners.no-pressing-or-deep")


# The file


@pytest.mark.parametrize(
    ("entry", "line", "says"),
    [
        (
            SIGNED.replace("skin.use", "skin.usee"),
            2,
            "`skin.usee` was signed, but there is no such rule. Did you mean `skin.use`?",
        ),
        (SIGNED.replace("skin.use", "skin.old"), 2, "rule `skin.old` was signed, but its status is `retired`. Remove the entry"),
        (SIGNED.replace("skin.use", "skin.planned"), 2, "rule `skin.planned` was signed, but its status is `draft`. Remove"),
        (SIGNED.replace("2026-11-24", "24.11.2026"), 5, "`on` can't be `24.11.2026`. Write a day such as `2026-11-24`."),
        (SIGNED.replace("2026-11-24", "2026-W48-2"), 5, "`on` can't be `2026-W48-2`."),
        (SIGNED.replace("sha256:", "md5:"), 6, "`digest` isn't the digest of a rule. It is written by `massage-rules review`"),
        (SIGNED.replace("profession", "job"), 2, "a signature has no `profession`. Add `profession:`"),
        (SIGNED.replace("profession", "job"), 4, "a signature has no key `job`."),
        (SIGNED + SIGNED.partition("\n")[2], 7, "A. Smith signed `skin.use` twice as it stood. Remove one of the entries."),
        ("reviews: []\n", 1, "the file of signatures should be a list."),
        ("- a word\n", 1, "a signature should be a mapping"),
    ],
)
def test_faults_have_a_place_and_a_remedy(entry: str, line: int, says: str) -> None:
    """A signature that can stand under no rule stops the load: it is corrected, or taken out."""
    with pytest.raises(ContentError) as raised:
        book(reviews=entry)
    found = [str(f) for f in raised.value.faults]
    assert [f for f in found if f.startswith(f"data/reviews.yaml:{line}:") and says in f], found


@pytest.mark.parametrize("said", ["reviewed", "A. Smith, 2026-11-24", "{by: MT, on: 2026-05-04}"])
def test_a_rule_is_not_signed_where_it_is_written(said: str) -> None:
    """A line in the rule itself would outlive a change of the rule, so it is refused."""
    with pytest.raises(ContentError) as raised:
        book(small.rule(review=said))
    assert "skin.yaml:10:11: a rule isn't signed where it is written. Write `unreviewed`, or leave it out" in str(raised.value)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("", "# Clinicians' signatures under rules. Written by `massage-rules review`.\n"),
        ("# Mine.\n[]\n", "# Mine.\n"),
        ("# Mine.\n[]  # none yet", "# Mine.\n  # none yet\n"),
        (SIGNED.replace("- rule", "# The first.\n- rule") + "# The end.", SIGNED.replace("- rule", "# The first.\n- rule") + "# The end.\n"),
        (SIGNED.replace("\n", "\r\n"), SIGNED.replace("\n", "\r\n")),
        ("\n".join(f"  {line}" for line in SIGNED.splitlines()[1:]), "\n".join(f"  {line}" for line in SIGNED.splitlines()[1:]) + "\n"),
    ],
)  # fmt: skip
def test_an_entry_is_added_and_everything_else_stays(before: str, kept: str) -> None:
    """Comments, order and layout of the file are its owner's."""
    signature = signed(book(), "skin.other", **WHO, note='Said "yes": quite')
    after = with_signatures(before, [signature], name="reviews.yaml")
    assert after.startswith(kept)
    assert after.removeprefix(kept).lstrip().startswith("- rule: skin.other\n")
    assert book(reviews=after).review("skin.other").signatures[0].note == 'Said "yes": quite'


@pytest.mark.parametrize("before", ["[{rule: a}]\n", "[ ]\n", "{}\n"])
def test_a_file_that_cannot_be_added_to_is_left_alone(before: str) -> None:
    """It is said how it should be written."""
    with pytest.raises(ContentError) as raised:
        with_signatures(before, [signed(book(), "skin.use", **WHO)], name="reviews.yaml")
    assert str(raised.value).startswith("reviews.yaml: can't be added to. Write it as a list, each entry with a dash")


@pytest.mark.parametrize(
    ("rule", "changes", "says"),
    [
        ("skin.usee", {}, "there is no rule `skin.usee`. Did you mean `skin.use`?"),
        ("skin.old", {}, "there is no rule `skin.old`."),
        ("skin.use", {"by": " "}, "`by` says nobody."),
        ("skin.use", {"profession": "a\nb"}, "`profession` says nobody."),
        ("skin.use", {"on": "today"}, "`on` can't be `today`."),
        ("skin.use", {}, "A. Smith has signed `skin.use` as it stands."),
    ],
)
def test_a_signature_that_says_nothing_is_refused(rule: str, changes: dict[str, str], says: str) -> None:
    """Who, what for, when, and an active rule that this person hasn't signed yet."""
    with pytest.raises(ContentError) as raised:
        signed(book(reviews=SIGNED), rule, **{**WHO, **changes})
    assert says in str(raised.value)


# What is shown


CLIENT = {"age": 40, "sex": "male", "otherwise_denied": "all", "glaucoma": True,
          "sites": [{"region": "lower_back", "complaints": ["low_back_nonspecific"], "pain_now": 3}]}  # fmt: skip


def test_an_answer_says_how_many_of_its_rules_are_signed(tmp_path: Path) -> None:
    """None: nobody has reviewed them. Some: how many of those shown. A lost signature isn't counted."""

    def answer() -> tuple[str, str, str]:
        evaluator = Evaluator(load(tmp_path))
        advice = evaluator.recommend(models(evaluator.rulebook.vocabulary).profile.read(CLIENT), core="compiled")
        shown = advice.reasons.get("eyes.glaucoma")
        assert shown is not None
        assert shown.review in " ".join(advice.details().split())
        assert shown.review in html(advice)
        assert escape(advice.disclaimer) in html(advice)
        return shown.review_state, shown.review, advice.disclaimer

    folder(tmp_path, rules=_with_suggestion())
    assert answer()[0::2] == ("unreviewed", disclaimer_ending("No licensed professional has reviewed these rules."))
    assert sign(tmp_path)[0] == 0
    state, words, says = answer()
    assert (state, words) == ("reviewed", "reviewed on 2026-11-24 by A. Smith (physiotherapist)")
    assert " 1 of " in says
    assert says.endswith(" rules shown here was reviewed by a licensed professional.")
    folder(tmp_path, rules=_with_suggestion().replace("no_positions: [prone]", "no_positions: [supine]"))
    state, words, says = answer()
    assert (state, words) == ("changed since review", "changed since it was reviewed on 2026-11-24 by A. Smith (physiotherapist)")
    assert says == disclaimer_ending("No licensed professional has reviewed these rules.")


def disclaimer_ending(end: str) -> str:
    return f"Supports a trained therapist's judgement. It doesn't diagnose and doesn't replace a clinician. {end}"


def _with_suggestion() -> str:
    mine = {"references": "[clinical_judgement]"}
    suggest = "{suggest: {techniques: effleurage_light_massage, role: option, goals: [stress_reduction], certainty: none}}"
    return small.rule(
        "eyes.glaucoma",
        when="{glaucoma: yes}",
        effect="{adapt: {no_positions: [prone]}}",
        title="Glaucoma; not on the front",
        **mine,
    ) + small.rule("eyes.back", when="{complaints: low_back_nonspecific}", effect=suggest, **mine)


def test_the_page_of_a_rule_shows_all_that_is_signed() -> None:
    """What it does in full, its definitions, and its signatures."""
    page = " ".join(rule_page(book(reviews=SIGNED), "skin.use").split())
    for words in (
        "reviewed on 2026-11-24 by A. Smith (physiotherapist)", "pressure at most 2", "leave out: neck", "where: upper",
        "Definitions it uses sore: ", "age is at least 60", "Ask twice.", "Until it has closed.", "a_book", "Signatures on 2026-11-24",
    ):  # fmt: skip
        assert words in page, words


def test_every_effect_has_words_for_all_its_parts() -> None:
    """What can be changed in a rule can be read on its page: two shipped rules of different effect never read alike."""
    shipped = shipped_evaluator().rulebook
    said: dict[tuple[str, ...], str] = {}
    for rule in shipped.rules.values():
        words = (type(rule.effect).__name__, *effect_in_words(shipped, rule.effect))
        other = shipped.rules[said.setdefault(words, rule.id)]
        assert other.effect == rule.effect, (rule.id, other.id)


# The commands


def test_signing_shows_the_rule_and_writes_the_entry(tmp_path: Path) -> None:
    """First the page, then the signature, in the folder's own file."""
    folder(tmp_path, reviews="# Ours.\n[]\n")
    code, said = sign(tmp_path, note="After the meeting.")
    assert code == 0
    assert said.index("What it does") < said.index("Signed rule on 2026-11-24 by A. Smith")
    written = (tmp_path / "reviews.yaml").read_text(encoding="utf-8")
    assert written.startswith('# Ours.\n- rule: eyes.glaucoma\n  by: "A. Smith"\n')
    assert 'note: "After the meeting."' in written
    assert "reviewed on 2026-11-24" in " ".join(run("rules", "eyes.glaucoma", "--rules", str(tmp_path))[1].split())
    assert sign(tmp_path)[0] == 2


PROTOCOL = """
- protocol: carpal_tunnel_release
  title: Carpal tunnel release
  status: active
  opens: {massage: 2, gentle: 2, medium: 4, firm: 8, scar: 2, scar_firm: 6, end_range: 4, contract_relax: 4}
  agreement: {who: hand_therapist, until: 2}
  clot_window: 2
  moves: [wrist_hand, forearm]
  phases:
    - {weeks: [0, 2], says: 'wrist bent to 30 degrees at most', motion: {wrist_flexion: 30}}
    - {weeks: [2, 8], says: full active movement}
    - {weeks: [8], says: everything open}
  because: The cut band takes about eight weeks.
  limits: Where the surgeon says otherwise.
  references: [clinical_judgement]
"""


def test_a_protocol_is_signed_with_every_rule_that_it_stands_for(tmp_path: Path) -> None:
    """A change to one phase takes away only what rests on it, and signing anew signs only that."""
    weeks = small.rule("scars.first-weeks", when="{weeks_since_surgery: {below: 12}}", effect="{define: recently_operated}",
                       references="[clinical_judgement]")  # fmt: skip
    (tmp_path / "scars.yaml").write_text(weeks, encoding="utf-8")
    (tmp_path / "hand.yaml").write_text(PROTOCOL, encoding="utf-8")
    code, said = sign(tmp_path, "carpal_tunnel_release")
    assert code == 0
    assert said.index("Week by week") < said.index("Signed ")
    mine = load(tmp_path).from_protocols
    assert {load(tmp_path).review(rule).state for rule in mine} == {"reviewed"}
    assert f"{len(mine)} of its {len(mine)} rules reviewed" in protocol_page(load(tmp_path), "carpal_tunnel_release")
    (tmp_path / "hand.yaml").write_text(PROTOCOL.replace("wrist_flexion: 30", "wrist_flexion: 40"), encoding="utf-8")
    lost = [rule for rule in mine if load(tmp_path).review(rule).state != "reviewed"]
    assert 0 < len(lost) < len(mine)
    assert f"Signed {len(lost)} rule" in sign(tmp_path, "carpal_tunnel_release", on="2026-12-01")[1]
    assert {load(tmp_path).review(rule).state for rule in mine} == {"reviewed"}
    assert sign(tmp_path, "carpal_tunnel_release", on="2026-12-02")[0] == 2


def test_a_stale_signature_is_found_by_check(tmp_path: Path) -> None:
    """With file, line, rule and remedy, and an exit code that a pipeline notices."""
    folder(tmp_path)
    assert run("check", str(tmp_path))[0] == 0
    sign(tmp_path)
    assert run("check", str(tmp_path))[0] == 0
    changed = (tmp_path / "eyes.yaml").read_text(encoding="utf-8").replace("prone", "supine")
    (tmp_path / "eyes.yaml").write_text(changed, encoding="utf-8")
    code, said = run("check", str(tmp_path))
    assert code == 1
    assert (
        f"{tmp_path.name}/reviews.yaml:2:3: rule `eyes.glaucoma` changed since it was reviewed on 2026-11-24 by A. Smith" in said
    )
    assert "Have it signed anew with `massage-rules review eyes.glaucoma`." in said
    assert "no fault. 1 signed rule has changed." in said


def test_reviews_counts_and_lists_what_is_stale(tmp_path: Path) -> None:
    """How many are unreviewed, signed and stale; the stale ones by name."""
    folder(tmp_path)
    sign(tmp_path)
    sign(tmp_path, "anatomy.neck_anterior")
    counts = run("reviews", "--rules", str(tmp_path))[1].split("\n")
    assert [line.split()[0] for line in counts[1:3]] == ["2", "0"]
    changed = (tmp_path / "eyes.yaml").read_text(encoding="utf-8").replace("It would hurt.", "It may hurt.")
    (tmp_path / "eyes.yaml").write_text(changed, encoding="utf-8")
    said = run("reviews", "--rules", str(tmp_path))[1]
    assert [line.split()[0] for line in said.split("\n")[1:3]] == ["1", "1"]
    assert "rule `eyes.glaucoma` changed since it was reviewed" in said


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Without a trace of the program."""
    folder(tmp_path)
    (tmp_path / "reviews.yaml").symlink_to("/proc/version")
    code, said = sign(tmp_path)
    assert code == 2
    assert "reviews.yaml" in said


def test_no_shipped_rule_is_signed_yet() -> None:
    """Pages say that nobody with a licence has reviewed a rule. When somebody has, they have to be reworded."""
    assert not shipped_evaluator().rulebook.signatures
