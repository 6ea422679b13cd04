"""The same answers inside Spark, for those who outgrow one machine. The only module that knows Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.batch.frames import Batch
from massage_rules.batch.parquet import whole_clients
from massage_rules.rulebook import load

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_KEYS = ("client", "region", "side")
_AT_ONCE = 100_000


def recommend_in_spark(frame: DataFrame, *, techniques: Iterable[str] | None = None, rules: str | None = None) -> DataFrame:
    """What suits the clients of a Spark frame: `Batch.recommend`, run by the workers through `mapInArrow`.

    Columns are as for `recommend_frame`. Rows come out in no order, each with its `client`, `region` and `side`. The workers need this
    library installed; `rules` is a folder that they can read, and without it the shipped rules count.
    """
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  (Spark is an extra, and large)

    chosen = None if techniques is None else tuple(techniques)
    keys = [name for name in _KEYS if name in frame.columns]
    if "client" in keys:
        frame = frame.repartition("client").sortWithinPartitions("client")
    given = frame.limit(0).toArrow()
    example = pl.from_arrow(given)
    assert isinstance(example, pl.DataFrame)
    schema = next(iter(_answers([example], _ready(chosen, rules), keys))).schema
    return frame.mapInArrow(_worker(chosen, rules, keys), from_arrow_schema(schema))


def _worker(chosen: tuple[str, ...] | None, rules: str | None, keys: list[str]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for table in _answers(_gathered(batches), _ready(chosen, rules), keys):
            yield from table.to_batches()

    return work


@cache
def _ready(chosen: tuple[str, ...] | None, rules: str | None) -> Batch:
    """The rulebook made ready, once for each process."""
    return Batch(shipped_evaluator() if rules is None else Evaluator(load(rules)), techniques=chosen)


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """The rows of a partition, in larger pieces than Spark hands them out."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(b.num_rows for b in held) >= _AT_ONCE:
            yield _frame(held)
            held = []
    if held:
        yield _frame(held)


def _frame(batches: list[pa.RecordBatch]) -> pl.DataFrame:
    frame = pl.from_arrow(pa.Table.from_batches(batches))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _answers(frames: Iterable[pl.DataFrame], batch: Batch, keys: list[str]) -> Iterator[pa.Table]:
    """The answers in types that Spark knows."""
    for frame in whole_clients(iter(frames)):
        answered = batch.recommend(frame)
        answered = answered.drop("client", strict=False).cast({pl.UInt32: pl.Int64, pl.UInt8: pl.Int32})
        words = [name for name, kind in answered.schema.items() if isinstance(kind, pl.Enum)]
        lists = [name for name, kind in answered.schema.items() if isinstance(kind, pl.List)]
        plain = answered.cast({**dict.fromkeys(words, pl.String()), **dict.fromkeys(lists, pl.List(pl.String()))})
        table = frame.select(keys).hstack(plain).to_arrow(compat_level=pl.CompatLevel.oldest())
        yield table.cast(pa.schema([(field.name, _short(field.type)) for field in table.schema]))


def _short(kind: pa.DataType) -> pa.DataType:
    """The type with offsets of 32 bits, since Spark doesn't read lists with longer ones."""
    if pa.types.is_large_list(kind):
        return pa.list_(_short(kind.value_type))
    return pa.string() if pa.types.is_large_string(kind) else kind
