"""Many clients at once are told what each would be told alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import massage_rules
from massage_rules import cli
from massage_rules._yaml import data_folder, read
from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.batch.frames import Batch
from massage_rules.batch.one_by_one import profile_of, site_answer
from massage_rules.batch.parquet import stream
from massage_rules.cases import case_files, load_cases
from massage_rules.errors import MassageRulesError
from massage_rules.profile import models
from massage_rules.rulebook import Rulebook, shipped_rulebook
from massage_rules.semantics import decide, truths
from massage_rules.views import views
from massage_rules.vocabulary import Fact, Vocabulary, shipped_vocabulary

CASES = Path(__file__).parent / "cases"
VOCABULARY = shipped_vocabulary()
Row = dict[str, Any]


class Made:
    """A rulebook, shown by its conditions where a test fails."""

    def __init__(self, value: Rulebook) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "; ".join(f"{r.id}: {r.when} -> {r.effect}" for r in self.value.rules.values())


@st.composite
def made(draw: st.DrawFn) -> Made:
    return Made(draw(strategies.rulebooks()))


def alone(evaluator: Evaluator, rows: Sequence[Row], techniques: Sequence[str]) -> list[Row]:
    """What the definition says of the client in these rows."""
    book = evaluator.rulebook
    try:
        profile = models(book.vocabulary).profile.read(profile_of(evaluator, rows))
    except MassageRulesError as error:
        return [{"site": n, "error": str(error)} for n in range(len(rows))]
    seen = views(profile)
    decision = decide(book, profile, seen, [truths(book, v.facts) for v in seen.views])
    return [dict(site_answer(evaluator, seen, decision, n, techniques)) for n in range(len(rows))]


def agree(evaluator: Evaluator, rows: Sequence[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Holds the answer for a frame against what the definition says of each of its clients."""
    batch = Batch(evaluator)
    frame = pl.DataFrame(rows, schema=schema)
    answered = batch.recommend(frame)
    assert answered.height == len(rows)
    for client in dict.fromkeys(r["client"] for r in rows):
        of_client = [n for n, r in enumerate(rows) if r["client"] == client]
        told = alone(evaluator, [frame.row(n, named=True) for n in of_client], batch.book.techniques)
        for n, expected in zip(of_client, told, strict=True):
            found = answered.row(n, named=True)
            found.pop("client")
            wanted = {name: expected.get(name) for name in found}
            assert found == wanted, {name: (found[name], wanted[name]) for name in found if found[name] != wanted[name]}
    return answered


def column(fact: Fact) -> Any:
    """The plain type of a fact's column."""
    return {"yes_no": pl.Boolean, "number": pl.Float64, "choice": pl.String, "choices": pl.List(pl.String)}[fact.type]


def schema(vocabulary: Vocabulary) -> dict[str, Any]:
    lists = dict.fromkeys(("denied", "otherwise_denied", "medications"), pl.List(pl.String))
    return {
        "client": pl.Int64,
        **{f.id: column(f) for f in vocabulary.facts.values()},
        **lists,
        "medications_complete": pl.Boolean,
    }


def cell(fact: Fact) -> st.SearchStrategy[Any]:
    """An answer in a column, seldom one that can't be."""
    match fact.type:
        case "yes_no":
            return st.booleans()
        case "number":
            low, high = fact.bounds
            return st.sampled_from([low, (low + high) / 2, high, 3.0, 7.5]) | st.integers(int(low), int(min(high, 60))).map(float)
        case "choice":
            return st.sampled_from(sorted(fact.values))
        case _:
            return st.lists(st.sampled_from(sorted(fact.values)), max_size=2, unique=True).map(sorted)


@st.composite
def rows_of(draw: st.DrawFn, most: int = 3) -> list[Row]:
    """The rows of some clients of the made-up vocabulary, mixed."""
    vocabulary = strategies.VOCABULARY
    facts = [f for f in vocabulary.facts.values() if f.id not in ("region", "side")]
    blocks = st.none() | st.just(["all"]) | st.lists(st.sampled_from(sorted(vocabulary.blocks)), max_size=2)
    found: list[Row] = []
    for client in range(draw(st.integers(1, most))):
        told: Row = {"client": client, "otherwise_denied": draw(blocks), "denied": draw(st.none() | blocks)}
        told |= {f.id: draw(cell(f)) for f in facts if f.level == "patient" and draw(st.booleans())}
        for _ in range(draw(st.integers(1, 3))):
            region = draw(st.sampled_from(["arm", "wrist", "elbow", "back", "body", None]))
            here = {f.id: draw(cell(f)) for f in facts if f.level == "site" and draw(st.booleans())}
            found.append({**told, **here, "region": region, "side": draw(st.sampled_from([None, "left", "right"]))})
    return draw(st.permutations(found))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(book=made(), rows=rows_of())
def test_a_frame_says_of_any_rulebook_what_the_definition_says(book: Made, rows: list[Row]) -> None:
    """Verdicts, limits, dispositions, reasons and questions are the same, for clients with one place or several."""
    agree(Evaluator(book.value), rows, schema(strategies.VOCABULARY))


class Chance:
    """Clients of the shipped vocabulary whose answers were left to chance; the same each time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.facts = [f for f in VOCABULARY.facts.values() if f.id not in ("region", "side")]

    def client(self, number: int) -> list[Row]:
        blocks = [None, ["all"], ["all"], self.chance.sample(sorted(VOCABULARY.blocks), 6)]
        told: Row = {"client": number, "otherwise_denied": self.chance.choice(blocks), **self.some("patient", 25)}
        if self.chance.random() < 0.3:
            told["medications"] = self.chance.sample([*sorted(VOCABULARY.medications.establish), "water"], 2)
            told["medications_complete"] = self.chance.random() < 0.5
        return [{**told, **self.place()} for _ in range(self.chance.choice([1, 1, 2, 3]))]

    def place(self) -> Row:
        region, side = sorted(VOCABULARY.regions.names()), [None, "left", "right", "both"]
        complaint = self.chance.choice(sorted(VOCABULARY.facts["complaints"].values))
        where = {"region": self.chance.choice(region), "side": self.chance.choice(side)}
        return {**self.some("site", 10), "complaints": [complaint], **where}

    def some(self, level: str, most: int) -> Row:
        chosen = self.chance.sample([f for f in self.facts if f.level == level], self.chance.randint(0, most))
        return {f.id: self.value(f) for f in chosen}

    def value(self, fact: Fact) -> Any:
        match fact.type:
            case "yes_no":
                return self.chance.random() < 0.4
            case "number":
                low, high = fact.bounds
                return float(self.chance.choice([low, high, self.chance.randint(int(low), int(min(high, 60)))]))
            case "choice":
                return self.chance.choice(sorted(fact.values))
            case _:
                return sorted(self.chance.sample(sorted(fact.values), self.chance.randint(0, 2)))


def test_a_frame_says_of_the_shipped_rules_what_the_definition_says() -> None:
    """The same for the shipped rules, whose clients have more that can be told than any generated rulebook reads."""
    chance = Chance(2026)
    rows = [row for number in range(10) for row in chance.client(number)]
    chance.chance.shuffle(rows)
    answered = agree(shipped_evaluator(), rows, schema(VOCABULARY))
    assert answered["error"].null_count() > 10
    assert answered["disposition"].n_unique() > 2


def plain(fact: Fact, value: Any) -> Any:
    """What a plain column can hold of an answer in a case; nothing of the rest."""
    match fact.type:
        case "yes_no":
            return {"yes": True, "no": False}.get(value, value) if isinstance(value, bool | str) else None
        case "number":
            return float(value) if isinstance(value, int | float) else None
        case "choice":
            return value if isinstance(value, str) else None
        case _:
            return value if isinstance(value, list) else None


def test_a_frame_says_of_published_cases_what_the_definition_says() -> None:
    """The published cases, with holes where an answer doesn't fit a plain column, and the operations as a list."""
    rows: list[Row] = []
    files = [f for f in case_files([CASES]) if f.name.startswith("published")]
    cases = [case for file in files for case in load_cases(file, shipped_rulebook())]
    for number, case in enumerate(cases[::6]):
        told = case.profile.to_dict()
        lists = {k: told[k] for k in ("denied", "otherwise_denied", "medications") if k in told}
        operations = [
            {k: o[k] for k in ("procedure", "region", "on") if isinstance(o.get(k), str)} for o in told.get("surgeries", [])
        ]
        whole = {k: plain(VOCABULARY.facts[k], v) for k, v in told.items() if k in VOCABULARY.facts}
        for site in told.get("sites", [{}]):
            here = {k: plain(VOCABULARY.facts[k], v) for k, v in site.items()}
            day = date.fromisoformat(told["as_of"]) if "as_of" in told else None
            rows.append({"client": number, "as_of": day, **whole, **here, **lists, "surgeries": operations})
    operation = pl.Struct({"procedure": pl.String, "region": pl.String, "on": pl.String})
    answered = agree(shipped_evaluator(), rows, {**schema(VOCABULARY), "as_of": pl.Date, "surgeries": pl.List(operation)})
    assert answered["error"].drop_nulls().to_list() == []


def told_by(frame: pl.DataFrame, **more: Any) -> pl.DataFrame:
    return massage_rules.recommend_frame(frame, **more)


def test_no_row_is_lost_and_each_error_stands_in_its_own() -> None:
    """A row that can't be read says why; the others are answered, in the order in which they were given."""
    frame = pl.DataFrame(
        {
            "client": ["a", "b", "c", "d", None, None],
            "age": [40.0, 400.0, float("nan"), 30.12345, 50.0, None],
            "region": ["neck", "neck", "neck", "calf", "kneee", None],
            "pregnant": [None, None, None, True, None, None],
            "denied": [["all"], None, None, ["pregnancy_and_birth"], None, ["nonsense"]],
        }
    )
    answered = told_by(frame)
    assert answered["client"].to_list() == ["a", "b", "c", "d", None, None]
    assert answered["error"][0] is None
    assert "`age=400` lies outside 0 to 120 years" in answered["error"][1]
    assert "what isn't a number" in answered["error"][2]
    assert "the block `pregnancy_and_birth` was denied as a whole" in answered["error"][3]
    assert "`kneee` isn't a region of the body" in answered["error"][4]
    assert "`nonsense` isn't a block of the form" in answered["error"][5]
    assert answered["disposition"].is_null().to_list() == [False, True, True, True, True, True]


def test_rows_of_one_client_say_the_same_of_the_client() -> None:
    """What one row leaves out another may say; what two say differently is an error in every row of the client."""
    frame = pl.DataFrame({"client": [1, 2, 1, 2], "age": [30, 40, None, 41], "region": ["neck", "neck", "calf", "calf"]})
    answered = told_by(frame)
    assert answered["site"].to_list() == [0, 0, 1, 1]
    assert answered["error"].is_null().to_list() == [True, False, True, False]
    assert "`age` is told in different ways" in answered["error"][1]


def test_a_column_that_has_no_meaning_is_an_error() -> None:
    """Nothing is passed over in silence, and the nearest name is told."""
    with pytest.raises(massage_rules.ProfileError, match="Did you mean `pregnant`"):
        told_by(pl.DataFrame({"pregnent": [True]}))
    with pytest.raises(massage_rules.ProfileError, match="isn't a technique"):
        told_by(pl.DataFrame({"age": [30]}), techniques=["deep_tissue_masage"])


def test_an_empty_frame_is_answered_by_an_empty_one() -> None:
    """Without rows there are no answers, and still all columns."""
    answered = told_by(pl.DataFrame(schema={"age": pl.Float64}), techniques="effleurage_light_massage")
    assert answered.is_empty()
    assert answered.columns[:4] == ["site", "disposition", "site_disposition", "effleurage_light_massage"]


def test_plain_rows_are_not_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in plain columns never takes the slow way, whatever is left out."""
    monkeypatch.setattr("massage_rules.batch.frames.answer", None)
    frame = pl.DataFrame(
        {"client": [1, 1, 2], "region": ["neck", None, "calf"], "age": [30, 30, None], "denied": [["all"], ["all"], None]}
    )
    assert told_by(frame)["disposition"].null_count() == 0


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("age", [{"at_least": 30}]),
        pl.Series("as_of", ["2026-11-24"]),
        pl.Series("injuries", [[{"kind": "muscle_strain_grade_3", "region": "calf", "weeks_ago": 2}]]),
        pl.Series("pregnant", ["no"]),
    ],
    ids=lambda c: c.name,
)
def test_what_is_not_plain_is_read_as_a_profile_is(column: pl.Series) -> None:
    """A column of another type takes what a profile takes, one client at a time."""
    assert told_by(column.to_frame())["error"].to_list() == [None]


def test_verdicts_are_the_same_without_their_reasons() -> None:
    """The quicker answer says nothing else; it only leaves the lists out."""
    cohort, batch = massage_rules.population(40), Batch(shipped_evaluator())
    whole, quick = batch.recommend(cohort), batch.verdicts(cohort)
    assert quick.equals(whole.drop("reasons", "open", "questions"))


def test_a_cohort_is_the_same_for_the_same_seed() -> None:
    """Clients hang on the seed and on their number alone, so a cohort can be made piece by piece."""
    cohort = massage_rules.population(300, seed=3)
    pieces = [massage_rules.population(150, seed=3, first=first) for first in (0, 150)]
    assert cohort.equals(pl.concat(pieces))
    assert not cohort.equals(massage_rules.population(300, seed=4))
    again = {"age": cohort["age"][:3].to_list(), "region": cohort["region"][:3].to_list()}
    assert again == {"age": [18.0, 89.0, 65.0], "region": ["lower_back", "lower_back", "neck_and_head"]}


def test_a_cohort_hangs_together_and_can_be_read() -> None:
    """Old clients and those with a heart out of step take blood thinners more often, and nobody contradicts herself."""
    cohort = massage_rules.population(20_000)
    thinned = pl.col("anticoagulated").fill_null(False)
    assert cohort.filter(pl.col("age") >= 75).select(thinned.mean()).item() > 2 * cohort.select(thinned.mean()).item()
    assert cohort.filter("atrial_fibrillation").select(thinned.mean()).item() > 0.5
    assert cohort.filter("pregnant")["sex"].unique().to_list() == ["female"]
    assert Batch(shipped_evaluator(), techniques=[]).verdicts(cohort.head(3_000))["error"].drop_nulls().to_list() == []


def test_every_chance_of_the_cohort_says_what_it_rests_on() -> None:
    """What was read names its source; everything else is said to be assumed."""
    table = read(data_folder() / "population.yaml").plain()
    entries = [*table["facts"].values(), *table["local"].values(), *table["places"], *(table[k] for k in ("ages", "sex", "form"))]
    assert {e["basis"] for e in entries} == {"default", "read"}
    for entry in entries:
        assert (entry["basis"] == "read") is bool(entry.get("sources"))
        assert set(entry.get("sources", ())) <= set(shipped_rulebook().references)


def test_polars_is_known_to_the_batch_alone() -> None:
    """Nothing else needs the extra."""
    package = Path(massage_rules.__file__).parent
    knowing = {str(p.relative_to(package)) for p in package.rglob("*.py") if "import polars" in p.read_text(encoding="utf-8")}
    assert knowing == {"batch/frames.py", "batch/reading.py", "batch/population.py", "batch/parquet.py", "batch/spark.py"}


def test_a_file_is_answered_piece_by_piece_as_it_is_at_once(tmp_path: Path) -> None:
    """No client is cut in two, wherever a piece ends, and the rows keep their order."""
    cohort, batch = massage_rules.population(60), Batch(shipped_evaluator(), techniques=["effleurage_light_massage"])
    cohort.write_parquet(tmp_path / "in.parquet")
    heard: list[int] = []
    done = stream(tmp_path / "in.parquet", tmp_path / "out.parquet", answer=batch.verdicts, rows=25, told=heard.append)
    written = pl.read_parquet(tmp_path / "out.parquet")
    whole = batch.verdicts(cohort)
    assert written.cast(whole.schema).equals(whole)
    assert (done.rows, done.errors, heard[-1]) == (cohort.height, 0, cohort.height)
    assert done.dispositions == dict(Counter(whole["disposition"].to_list()))


@pytest.mark.parametrize("clients", [[1, 1, 2, 2, 3, 1], ["b", "b", "a", "c", "c", "b"]])
def test_a_file_in_which_a_client_comes_back_is_refused(tmp_path: Path, clients: list[Any]) -> None:
    """A client whose places stand apart could be judged twice, each time by half; nothing is written."""
    pl.DataFrame({"client": clients}).write_parquet(tmp_path / "in.parquet")
    batch = Batch(shipped_evaluator(), techniques=[])
    with pytest.raises(massage_rules.ProfileError, match="don't stand together"):
        stream(tmp_path / "in.parquet", tmp_path / "out.parquet", answer=batch.verdicts, rows=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.parquet"]


def test_the_command_counts_what_came_out(tmp_path: Path) -> None:
    """Dispositions on stdout; 1 where a row couldn't be read, 2 where the file can't be."""
    pl.DataFrame({"age": [40, 400], "region": ["neck", "neck"]}).write_parquet(tmp_path / "in.parquet")
    paths = [str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet")]
    told = CliRunner().invoke(cli.app, ["batch", *paths, "--technique", "effleurage_light_massage"])
    assert told.exit_code == 1
    assert told.output.splitlines()[:2] == ["           1  ask first", "           1  couldn't be read"]
    assert pl.read_parquet(paths[1])["error"].null_count() == 1
    (tmp_path / "in.parquet").write_text("no")
    refused = CliRunner().invoke(cli.app, ["batch", *paths])
    assert isinstance(refused.exception, massage_rules.ProfileError)
