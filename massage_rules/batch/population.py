"""A made-up cohort, the same for the same seed on every machine. How often what is so stands in data/population.yaml.

Facts hang together: each client's age raises or lowers most chances, and one fact raises another's. Nearly all chances are
assumptions, which the file says of each: such a cohort shows what rules do, not how many clients there are of a kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

import polars as pl

from massage_rules._yaml import data_folder, read

_Table: TypeAlias = "Mapping[str, Any]"
_MASK = 2**64 - 1


@cache
def _chances() -> _Table:
    table = read(data_folder() / "population.yaml", name="data/population.yaml").plain()
    assert isinstance(table, dict)
    return table


def population(clients: int, *, seed: int = 0, first: int = 0) -> pl.DataFrame:
    """A cohort of made-up clients as `recommend_frame` takes it, one or two rows each.

    The same number and seed give the same clients. `first` is the number of the first: the clients from 0 to 1,000 are those from 0
    to 500 and from 500 to 1,000.
    """
    table = _chances()
    made = _Cohort(clients, seed, first, table)
    made.client()
    for name, chance in _in_order(table["facts"]):
        made.fact(name, chance)
    made.pregnancy()
    whole = made.frame
    places = [made.place(whole, number) for number in (0, 1)]
    second = made.uniform("second place") < table["second_place"]["share"]
    rows = pl.concat([places[0], places[1].filter(whole.select(second.alias("second"))["second"])])
    rows = rows.sort("client", maintain_order=True)
    return rows.select(c for c in rows.columns if not c.startswith("#"))


def _in_order(facts: _Table) -> Iterable[tuple[str, _Table]]:
    """The facts, each after those on which its chance hangs."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in facts[name].get("given", ()):
            if other in facts and other not in done:
                visit(other)
        done.setdefault(name)

    for name in facts:
        visit(name)
    return [(name, facts[name]) for name in done]


class _Cohort:
    """Clients in the making: a column for each fact that has been drawn. Columns with `#` aren't told."""

    def __init__(self, clients: int, seed: int, first: int, table: _Table) -> None:
        self.seed, self.table = seed, table
        self.frame = pl.DataFrame({"client": pl.int_range(first, first + clients, dtype=pl.UInt64, eager=True)})

    def uniform(self, what: str) -> pl.Expr:
        """A number from 0 up to 1 for each client, which hangs on nothing but the seed, the client and what it is for."""
        stream = self.seed
        for byte in what.encode():
            stream = ((stream ^ byte) * 0x100000001B3 + 0x9E3779B97F4A7C15) & _MASK
        mixed = pl.col("client") * _lit(0x9E3779B97F4A7C15) + _lit(stream)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed // _lit(2**shift))) * _lit(factor)
        mixed = mixed ^ (mixed // _lit(2**31))
        return (mixed // _lit(2**11)).cast(pl.Float64) / 2.0**53

    def client(self) -> None:
        """Age, sex, and what the intake form says."""
        ages, drawn, low = self.table["ages"], self.uniform("band"), 0.0
        within, band, age = self.uniform("age"), pl.lit(0), pl.lit(0.0)
        for number, share in enumerate(ages["share"]):
            start, width = ages["from"][number], ages["to"][number] - ages["from"][number] + 1
            band = pl.when(drawn >= low).then(number).otherwise(band)
            age = pl.when(drawn >= low).then((start + within * width).floor()).otherwise(age)
            low += share
        female = self.uniform("sex") < self.table["sex"]["female"]
        filled = self.uniform("form") < self.table["form"]["filled"]
        self.frame = self.frame.with_columns(
            age.alias("age"),
            band.alias("#band"),
            pl.when(female).then(pl.lit("female")).otherwise(pl.lit("male")).alias("sex"),
            pl.when(filled).then(pl.lit(["all"])).otherwise(None).alias("otherwise_denied"),
            filled.alias("#filled"),
        )

    def fact(self, name: str, chance: _Table, *, of: str = "", known: bool = True) -> None:
        """A fact of the client, or of a place."""
        likely = pl.lit(float(chance["chance"]))
        for number, factor in enumerate(chance["with_age"], start=1):
            likely = pl.when(pl.col("#band") >= number).then(chance["chance"] * factor).otherwise(likely)
        for other, more in chance.get("given", {}).items():
            likely = pl.when(pl.col(f"#{other}")).then(pl.max_horizontal(likely, pl.lit(float(more)))).otherwise(likely)
        so = self.uniform(of + name) < likely
        told = self.uniform(of + name + " told") < self.table["told"]["share"]
        shown = pl.when(so & (pl.col("#filled") | told)).then(True).when(~pl.col("#filled") & told).then(False)
        self.frame = self.frame.with_columns(so.alias(f"#{name}"), (shown if known else so).alias(name))

    def pregnancy(self) -> None:
        """Pregnancy, and for how many weeks."""
        chance = self.table["pregnant"]
        low, high = chance["ages"]
        may = (pl.col("sex") == chance["sex"]) & pl.col("age").is_between(low, high)
        least, most = chance["weeks"]
        weeks = (least + self.uniform("weeks") * (most - least)).floor()
        self.frame = self.frame.with_columns((may & (self.uniform("pregnant") < chance["chance"])).alias("#pregnant"))
        self.frame = self.frame.with_columns(
            pl.when("#pregnant").then(True).alias("pregnant"), pl.when("#pregnant").then(weeks).alias("gestation_weeks")
        )

    def place(self, whole: pl.DataFrame, number: int) -> pl.DataFrame:
        """A place to be treated of each client."""
        self.frame = whole
        of = f"place {number} "
        entries = self.table["places"]
        total, low = sum(e["share"] for e in entries), 0.0
        drawn, which = self.uniform(of + "place"), pl.lit(0)
        for index, entry in enumerate(entries):
            which = pl.when(drawn >= low / total).then(index).otherwise(which)
            low += entry["share"]
        self.frame = self.frame.with_columns(which.alias("#place"))
        for name, chance in self.table["local"].items():
            self.fact(name, chance, of=of)
        side = pl.when(self.uniform(of + "side") < 0.5).then(pl.lit("left")).otherwise(pl.lit("right"))
        words = {key: pl.Series([e[key] for e in entries]) for key in ("region", "complaint")}
        at = self.frame["#place"]
        return self.frame.with_columns(
            words["region"].gather(at).alias("region"),
            pl.when(self.uniform(of + "one side") < 0.5).then(side).alias("side"),
            words["complaint"].gather(at).reshape((-1, 1)).arr.to_list().alias("complaints"),
            (self.uniform(of + "pain") * 9).floor().alias("pain_now"),
            (self.uniform(of + "weeks") ** 3 * 200).floor().alias("complaint_weeks"),
        )


def _lit(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)
