"""From a Parquet file of profiles to one of verdicts, some rows at a time, so that memory stays flat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from massage_rules.batch.frames import Batch
from massage_rules.errors import Fault, Place, ProfileError, clean

ROWS = 250_000  # at a time


@dataclass(frozen=True, slots=True)
class Streamed:
    """How many rows were answered, how many of them couldn't be read, and how often each disposition came out, client by row."""

    rows: int
    errors: int
    dispositions: Mapping[str, int]


def stream(
    source: Path | str,
    target: Path | str,
    *,
    batch: Batch | None = None,
    rows: int = ROWS,
    answer: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Streamed:
    """Answers every row of a Parquet file, in its order, into another one; `told` hears how many rows are done.

    The rows of a client stand together, or ProfileError is raised. Nothing is written where it fails. `answer` is
    `Batch.recommend`, or `Batch.verdicts` to leave the lists out.
    """
    work = answer or (batch or Batch()).recommend
    counted: Counter[str] = Counter()
    done = errors = 0
    target = Path(target)
    unfinished = target.with_name(target.name + ".part")
    writer: pq.ParquetWriter | None = None
    try:
        for frame in whole_clients(_frames(source, rows)):
            answered = work(frame)
            table = answered.to_arrow()
            if writer is None:
                writer = pq.ParquetWriter(unfinished, table.schema, compression="zstd")
            writer.write_table(table)
            done += frame.height
            errors += frame.height - answered["error"].null_count()
            counted.update({str(w): n for w, n in answered["disposition"].drop_nulls().value_counts().rows()})
            told(done)
        assert writer is not None
        writer.close()
        unfinished.replace(target)
    finally:
        if writer is not None:
            writer.close()
        unfinished.unlink(missing_ok=True)
    return Streamed(done, errors, dict(sorted(counted.items())))


def rows_in(source: Path | str) -> int:
    """How many rows a Parquet file has; raises ProfileError where it isn't one."""
    return int(_open(source).metadata.num_rows)


def _open(source: Path | str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(source)
    except FileNotFoundError:
        raise ProfileError(
            [Fault(Place(str(source)), "isn't there.", "Give the Parquet file that holds the profiles.")]
        ) from None
    except pa.ArrowInvalid:
        raise ProfileError(
            [Fault(Place(str(source)), "isn't a Parquet file.", "Write one with `frame.write_parquet`.")]
        ) from None


def _frames(source: Path | str, rows: int) -> Iterator[pl.DataFrame]:
    """The rows of a file, some at a time; one empty frame of an empty file."""
    file = _open(source)
    empty = True
    for batch in file.iter_batches(batch_size=rows):
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        empty = False
        yield frame
    if empty:
        frame = pl.from_arrow(file.schema_arrow.empty_table())
        assert isinstance(frame, pl.DataFrame)
        yield frame


def whole_clients(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows, cut so that no client is in two frames."""
    held: pl.DataFrame | None = None
    seen = _Seen()
    for frame in frames:
        if "client" not in frame.columns:
            yield frame
            continue
        together = frame if held is None else pl.concat([held, frame])
        last = together["client"].rle_id()
        ended = together.height - (last == last[-1]).sum() if together.height else 0
        held = together.slice(ended)
        if ended:
            seen.add(together["client"].slice(0, ended))
            yield together.slice(0, ended)
    if held is not None:
        seen.add(held["client"])
        yield held


class _Seen:
    """The clients so far. In a file that starts in order the last one is enough; otherwise each leaves a digest of eight bytes."""

    def __init__(self) -> None:
        self.ordered: bool | None = None
        self.last: pl.Series | None = None
        self.digests = pl.Series([], dtype=pl.UInt64)

    def add(self, clients: pl.Series) -> None:
        """Adds the clients of a frame; raises ProfileError for one that may have come before."""
        known = clients.drop_nulls()
        if known.is_empty():
            return
        in_order = known if self.last is None else pl.concat([self.last, known])
        if self.ordered is None:
            self.ordered = in_order.is_sorted()
        if self.ordered:
            again = in_order.filter(in_order < in_order.shift(1))
            self.last = known.slice(known.len() - 1)
        else:
            distinct = known.unique(maintain_order=True)
            digests = distinct.hash(0)
            again = distinct.filter(digests.is_in(self.digests.implode()))
            self.digests = pl.concat([self.digests, digests])
        if not again.is_empty():
            what = f"the rows of `{clean(again[0])}` don't stand together, or the file is in order only at its start."
            raise ProfileError([Fault(Place("column `client`"), what, "Sort the file by `client`.")])
