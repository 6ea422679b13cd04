"""A rulebook: rules read whole, definitions in order and without circles, and caution that only ever rises with risk."""

from __future__ import annotations

from pathlib import Path

import pytest
import small
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from massage_rules._yaml import data_folder, parse, read
from massage_rules.canonical import digest, digests
from massage_rules.conditions import All, Compare, Defined, Is, Not, definitions_read
from massage_rules.effects import Adapt, Avoid, Define, Emergency, Progress, Refer, Suggest
from massage_rules.errors import ContentError, Place
from massage_rules.rulebook import Rulebook, build, load, shipped_rulebook

WAYS = {
    "define": ("{define: sore}", Define),
    "emergency": ("{emergency: {urgency: now, who: physician, ask: Help.}}", Emergency),
    "avoid": ("{avoid: {techniques: all, consult: {who: surgeon, urgency: routine, ask: May we?}}}", Avoid),
    "refer": ("{refer: {who: surgeon, urgency: routine, ask: May we?, techniques: hands_on}}", Refer),
    "adapt": ("{adapt: {pressure_at_most: 2}}", Adapt),
    "progress": ("{progress: {action: ease}}", Progress),
}


def own(book: Rulebook) -> list[str]:
    """The rules that were written, without those of the body."""
    return [r for r in book.rules if not r.startswith("anatomy.")]


def test_a_rule_is_what_its_entry_says() -> None:
    """Everything written of a rule can be asked of it, and its place leads back to the file."""
    rule = small.rulebook().rules["skin.open"]
    assert (rule.title, rule.status, rule.because) == ("Open skin is left alone", "active", "It would hurt.")
    assert (rule.limits, rule.references, rule.basis) == ("Until it has closed.", ("a_book",), "read")
    assert rule.when == Is("open_skin", answer=True)
    assert rule.place == Place("rules/skin.yaml", 2, 3)
    assert rule.against
    assert not rule.anatomical


@pytest.mark.parametrize("way", WAYS)
def test_every_effect_can_be_written(way: str) -> None:
    """A rule has one effect of a closed set."""
    text, kind = WAYS[way]
    effect = small.rulebook(skin=small.rule(effect=text)).rules["skin.open"].effect
    assert isinstance(effect, kind)


def test_a_suggestion_can_be_written() -> None:
    """It names variants, goals, a role and how certain it is."""
    text = "{suggest: {techniques: [effleurage_light_massage], role: option, goals: [mobility], certainty: low, pressure_at_most: 2}}"
    rule = small.rulebook(skin=small.rule(when="{complaints: scar}", effect=text)).rules["skin.open"]
    assert isinstance(rule.effect, Suggest)
    assert rule.effect.goals == ("mobility",)
    assert not rule.against


def test_what_reads_only_of_the_client_binds_the_whole_body() -> None:
    """And what reads of a place binds there; a rule may say otherwise."""
    book = small.rulebook(
        skin=small.rule("skin.client", when="{twins: yes}", effect="{adapt: {pressure_at_most: 2}}")
        + small.rule("skin.place", effect="{adapt: {pressure_at_most: 2}}")
        + small.rule("skin.said", effect="{avoid: {techniques: all, where: [neck, calf]}}")
        + small.rule("skin.everywhere", effect="{avoid: {techniques: all, where: body}}")
    )
    where = {r: getattr(book.rules[r].effect, "scope").where for r in own(book)}  # noqa: B009
    assert where == {"skin.client": "body", "skin.place": "here", "skin.said": ("neck", "calf"), "skin.everywhere": "body"}
    assert "skin.client" in book.whole_body
    assert "skin.place" not in book.whole_body


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_rule_that_is_not_active_is_read_and_left_out(status: str) -> None:
    """Its faults are told, and it never speaks."""
    assert own(small.rulebook(skin=small.rule(status=status))) == []
    with pytest.raises(ContentError):
        small.rulebook(skin=small.rule(status=status, when="{qqqq: yes}"))


def test_the_body_brings_rules_of_its_own() -> None:
    """Where the anatomy caps a whole region, a rule says so, with the sources of the map."""
    book = small.rulebook()
    (rule,) = [r for r in book.rules.values() if r.anatomical]
    assert rule.id == "anatomy.neck"
    assert isinstance(rule.effect, Adapt)
    assert (rule.effect.pressure_at_most, rule.effect.scope.where) == (2, ("neck",))
    assert "large vessels" in rule.because
    assert rule.references == ("a_book",)


# Definitions


CHAIN = (
    small.rule("skin.use", when="{top: yes}")
    + small.rule("skin.top", when="{all: [{middle: yes}, {age: {above: 9}}]}", effect="{define: top}")
    + small.rule("skin.middle", when="{any: [{bottom: yes}, {twins: yes}]}", effect="{define: middle}")
    + small.rule("skin.bottom", effect="{define: bottom}")
    + small.rule("skin.second", when="{anticoagulated: yes}", effect="{define: bottom}")
)


def test_definitions_come_after_those_they_use() -> None:
    """So one walk in order tells every definition, and several rules may define one name."""
    book = small.rulebook(skin=CHAIN)
    assert list(book.definitions) == ["bottom", "middle", "top"]
    assert [r.id for r in book.definitions["bottom"]] == ["skin.bottom", "skin.second"]
    assert [r.id for r in book.ordered][:4] == ["skin.bottom", "skin.second", "skin.middle", "skin.top"]
    assert book.rules["skin.use"].when == Defined("top")


def test_a_rule_reads_what_its_definitions_and_gates_read() -> None:
    """Everything on which it may turn, and what it tests once its definitions are opened."""
    book = small.rulebook(skin=CHAIN)
    assert book.reads("skin.use") == {"open_skin", "anticoagulated", "twins", "age", "sex"}
    assert sorted(book.direct_facts("skin.use")) == ["age", "anticoagulated", "open_skin", "twins"]
    assert "skin.use" not in book.whole_body


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 6), st.data())
def test_definitions_are_ordered_however_they_are_written(count: int, data: st.DataObject) -> None:
    """Whatever the order in the file, each comes after those it uses."""
    uses = {n: data.draw(st.lists(st.integers(0, n - 1), max_size=3, unique=True)) if n else [] for n in range(count)}
    texts = [
        small.rule(
            f"skin.r{n}",
            when=f"{{any: [{{open_skin: yes}}{''.join(f', {{d{u}: yes}}' for u in uses[n])}]}}",
            effect=f"{{define: d{n}}}",
        )
        for n in range(count)
    ]
    book = small.rulebook(skin="".join(data.draw(st.permutations(texts))))
    order = list(book.definitions)
    assert sorted(order) == sorted(f"d{n}" for n in range(count))
    for position, name in enumerate(order):
        assert {u for r in book.definitions[name] for u in definitions_read(r.when)} <= set(order[:position])


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_circle_of_definitions_is_told_from_each_of_its_ends(length: int) -> None:
    """Every definition on the circle is named with the whole way round."""
    names = [f"d{n}" for n in range(length)]
    text = "".join(
        small.rule(f"skin.{name}", when=f"{{{names[i - 1]}: yes}}", effect=f"{{define: {name}}}") for i, name in enumerate(names)
    )
    with pytest.raises(ContentError) as caught:
        small.rulebook(skin=text)
    assert [f.place.line for f in caught.value.faults] == [1 + 10 * n for n in range(length)]
    for name, fault in zip(names, caught.value.faults, strict=True):
        assert f"definition `{name}` goes round in a circle: {name} → " in fault.what
        assert fault.what.endswith(f" → {name}.")
        assert fault.what.count("→") == length


def test_a_circle_further_in_is_found_too() -> None:
    """A definition that leads to a circle without standing on it is no fault of its own."""
    text = CHAIN + small.rule("skin.x", when="{top: yes}", effect="{define: bottom}")
    with pytest.raises(ContentError) as caught:
        small.rulebook(skin=text)
    assert {f.what.split("`")[1] for f in caught.value.faults} == {"bottom", "middle", "top"}


# Polarity


POSITIVE = [
    "{open_skin: yes}",
    "{wound_closed: no}",
    "{not: {wound_closed: yes}}",
    "{not: {not: {open_skin: yes}}}",
    "{not: {all: [{wound_closed: yes}, {age: {above: 9}}]}}",
    "{points: {at_least: 1, of: [{points: 1, when: {open_skin: yes}}, {points: -1, when: {wound_closed: yes}}]}}",
    "{not: {points: {at_least: 1, of: [{points: -1, when: {open_skin: yes}}, {points: 1, when: {wound_closed: yes}}]}}}",
    "{any: [{smoker: yes}, {smoker: no}]}",
    "{not: {age: {above: 9}}}",
]


@pytest.mark.parametrize("when", POSITIVE)
@pytest.mark.parametrize("way", ["emergency", "avoid", "refer", "adapt"])
def test_a_risk_may_raise_caution_and_a_protection_may_lower_it(when: str, way: str) -> None:
    """A rule against may turn on risks that are and protections that aren't, and on plain facts either way."""
    assert own(small.rulebook(skin=small.rule(when=when, effect=WAYS[way][0]))) == ["skin.open"]


@pytest.mark.parametrize("when", [w for w in POSITIVE if "open_skin" in w or "wound_closed" in w])
@pytest.mark.parametrize("way", ["emergency", "avoid", "refer", "adapt"])
def test_the_opposite_is_refused(when: str, way: str) -> None:
    """What would lower caution when a risk is added, or raise it when a protection is, isn't loaded."""
    with pytest.raises(ContentError) as caught:
        small.rulebook(skin=small.rule(when=f"{{not: {when}}}", effect=WAYS[way][0]))
    assert all(
        ("risk `open_skin` lifts caution" in f.what) or ("`wound_closed` raises caution" in f.what) for f in caught.value.faults
    )


@pytest.mark.parametrize("when", POSITIVE)
def test_a_suggestion_turns_the_other_way(when: str) -> None:
    """What speaks for a technique may turn on risks that aren't."""
    effect = "{suggest: {techniques: [effleurage_light_massage], role: option, goals: [mobility], certainty: low}}"
    assert own(small.rulebook(skin=small.rule(when=f"{{not: {when}}}", effect=effect))) == ["skin.open"]


def test_a_definition_has_the_polarity_of_its_use() -> None:
    """One name may stand for a risk in a rule against and, turned round, in a rule for; a wrong use names the way to the fact."""
    define = small.rule("skin.a", effect="{define: sore}") + small.rule("skin.b", when="{sore: yes}", effect="{define: worse}")
    assert small.rulebook(skin=define + small.rule("skin.c", when="{worse: yes}"))
    with pytest.raises(ContentError, match="1 fault") as caught:
        small.rulebook(skin=define + small.rule("skin.c", when="{worse: no}"))
    assert "in rule `skin.c` (through `worse` and `sore`), risk `open_skin` lifts caution" in str(caught.value)


# Digest and loading


def test_the_digest_tells_one_rulebook_from_another() -> None:
    """Any change of a rule, a fact, a source or a technique is another rulebook; the same content is the same."""
    digest = small.rulebook().digest
    assert digest == small.rulebook().digest
    changed = [
        small.rulebook(skin=small.rule(because="It would smart.")),
        small.rulebook(bone=small.rule("bone.open")),
        small.rulebook(data_vocabulary=small.VOCABULARY.replace("How old?", "Which age?")),
        small.rulebook(data_regions=small.REGIONS.replace("Calf", "Lower leg")),
        small.rulebook(data_references=small.REFERENCES.replace("A trial", "Some trial")),
        small.rulebook(data_techniques=small.techniques_text().replace("label:", "label: The", 1)),
    ]
    assert len({digest, *(b.digest for b in changed)}) == 1 + len(changed)


def test_the_order_of_files_changes_nothing() -> None:
    """Rules are kept by id, and the digest goes by file names."""
    one = small.rulebook(skin=small.rule(), bone=small.rule("bone.open"))
    two = small.rulebook(bone=small.rule("bone.open"), skin=small.rule())
    assert (one.digest, list(one.rules)) == (two.digest, list(two.rules))
    assert list(one.rules) == sorted(one.rules)


def test_an_id_may_stand_only_once_over_all_files() -> None:
    """Files of the same name in different folders share their ids."""
    shared = {f"data/{n}.yaml": parse(t, name=f"data/{n}.yaml") for n, t in DATA.items()}
    files = {name: parse(small.rule(), name=name) for name in ("rules/skin.yaml", "rules/procedures/skin.yaml")}
    with pytest.raises(ContentError) as caught:
        build({**shared, "data/techniques.yaml": small.techniques(), **files})
    (fault,) = caught.value.faults
    assert str(fault) == (
        "rules/procedures/skin.yaml:1:3: rule `skin.open` stands twice (first in rules/skin.yaml:1:3). Rename or remove one of them."
    )


DATA = {"vocabulary": small.VOCABULARY, "regions": small.REGIONS, "references": small.REFERENCES}

FOLDER_RULE = small.rule(
    when="{pregnant: yes}", references="[{}]".format(next(iter(yaml.safe_load((data_folder() / "references.yaml").read_bytes()))))
)


def test_a_folder_of_rules_is_loaded_over_the_shipped_facts(tmp_path: Path) -> None:
    """A clinic's own folder holds rule files, also in folders below."""
    (tmp_path / "procedures").mkdir()
    (tmp_path / "skin.yaml").write_text(FOLDER_RULE, encoding="utf-8")
    (tmp_path / "procedures" / "knee.yaml").write_text(FOLDER_RULE.replace("skin.open", "knee.open"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a rule", encoding="utf-8")
    book = load(tmp_path)
    assert own(book) == ["knee.open", "skin.open"]
    assert book.rules["knee.open"].place.file == f"{tmp_path.name}/procedures/knee.yaml"
    assert load(str(tmp_path)).digest == book.digest


def test_all_faults_of_all_rules_are_told_at_once() -> None:
    """Reading goes on after a fault, in the same rule and in the next file."""
    with pytest.raises(ContentError) as caught:
        small.rulebook(
            skin=small.rule(when="{open_skn: yes}", effect="{avoyd: {techniques: all}}", references="[a_bok]", status="activ"),
            bone=small.rule("bone.x", when="{all: [{qqqq: yes}, {age: {above: 999}}]}"),
        )
    assert [(f.place.file, f.place.line) for f in caught.value.faults] == [
        ("rules/bone.yaml", 4),
        ("rules/bone.yaml", 4),
        ("rules/skin.yaml", 3),
        ("rules/skin.yaml", 4),
        ("rules/skin.yaml", 5),
        ("rules/skin.yaml", 8),
    ]


def test_conditions_are_read_as_they_are_written() -> None:
    """A comparison with two bounds is both of them; `no` of a definition is its opposite."""
    book = small.rulebook(
        skin=small.rule("skin.a", when="{age: {at_least: 10, below: 20}}", effect="{define: young}")
        + small.rule("skin.b", when="{not: {young: yes}}")
        + small.rule("skin.c", when="{young: no}")
    )
    assert book.rules["skin.a"].when == All((Compare("age", "at_least", 10), Compare("age", "below", 20)))
    assert book.rules["skin.b"].when == book.rules["skin.c"].when == Not(Defined("young"))


def test_the_shipped_data_can_be_read() -> None:
    """Every file in `data/` is strict YAML with a place for everything."""
    for path in sorted(data_folder().glob("*.yaml")):
        assert read(path, name=f"data/{path.name}").place.line, path.name


def test_definitions_that_share_much_are_read_at_once() -> None:
    """Each definition is looked at once, however many ways lead to it."""
    layers = [small.rule(f"skin.{s}0", effect=f"{{define: {s}0}}") for s in "ab"]
    for n in range(1, 25):
        both = f"{{all: [{{a{n - 1}: yes}}, {{b{n - 1}: yes}}]}}"
        layers += [small.rule(f"skin.{s}{n}", when=both, effect=f"{{define: {s}{n}}}") for s in "ab"]
    assert len(small.rulebook(skin="".join(layers) + small.rule(when="{a24: yes}")).definitions) == 50


def test_digests_of_several_are_those_of_each_and_of_all() -> None:
    """Taken together they are the same as one by one."""
    plain = {"data/b.yaml": {"x": [1, 2.5, None, "ä"]}, "a.yaml": [], "c.yaml": "\ud800"}
    assert digests(plain, each=plain) == (digest(list(plain.items())), {name: digest(each) for name, each in plain.items()})
    assert digests(plain, each=["a.yaml"])[1] == {"a.yaml": digest([])}
    assert digests({}, each=[]) == (digest([]), {})


def test_a_copy_of_the_catalogue_has_its_own_variants() -> None:
    """They are worked out once, and anew for a copy with other families."""
    catalogue = shipped_rulebook().catalogue
    family, techniques = next(iter(catalogue.families.items()))
    assert catalogue.variants is catalogue.variants
    assert {name.partition(".")[0] for name in catalogue.model_copy(update={"families": {family: techniques}}).variants} == {
        family
    }
