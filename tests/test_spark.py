"""A local Spark with two workers says what one process says."""

from __future__ import annotations

import polars as pl
import pytest

import massage_rules
from massage_rules.advice import shipped_evaluator
from massage_rules.batch.frames import Batch

pytest.importorskip("pyspark", reason="the extra `spark` isn't installed")

TECHNIQUES = ["effleurage_light_massage", "deep_tissue_massage"]


@pytest.mark.filterwarnings("ignore")
def test_spark_says_what_one_process_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, for clients with one place or two, wherever Spark puts them."""
    from pyspark.sql import SparkSession

    from massage_rules.batch.spark import recommend_in_spark

    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    cohort = massage_rules.population(80, seed=5).with_columns(pl.col("client").cast(pl.Int64))
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "4").config("spark.driver.host", "127.0.0.1").getOrCreate()
    try:
        given = session.createDataFrame(cohort.to_arrow(compat_level=pl.CompatLevel.oldest()))
        answered = pl.from_arrow(recommend_in_spark(given, techniques=TECHNIQUES).toArrow())
    finally:
        session.stop()
    assert isinstance(answered, pl.DataFrame)
    whole = Batch(shipped_evaluator(), techniques=TECHNIQUES).recommend(cohort)
    expected = cohort.select("client", "region", "side").hstack(whole.drop("client")).cast(answered.schema)
    columns = [c for c in expected.columns if c != "site"]
    assert rows(answered.select(columns)) == rows(expected.select(columns))


def rows(frame: pl.DataFrame) -> list[str]:
    return sorted(map(repr, frame.rows()))
