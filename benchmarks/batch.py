"""Many clients at once: `python benchmarks/batch.py [clients] [rows to stream]`.

One run, a table: verdicts by the second with and without the lists, and for a tenth of the clients; clients decided one by one; the truth
of the 150 made-up rules of `made_up.py` beside the same conditions as SQL in DuckDB, equal value by value, and by the generated
function; a file streamed, with the peak of memory. The cohort is made up (`mr.population`). Rows by the second are told by the clock and
by the processor, which others on the machine disturb less. Polars and DuckDB get two threads each.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
from made_up import CHOICES, NUMBERS, WORDS, YES_NO, client, rulebook, typed

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.batch.frames import Batch
from massage_rules.batch.parquet import stream
from massage_rules.batch.population import population
from massage_rules.batch.rails import Rails
from massage_rules.batch.reading import full, given, numbered, read_frame
from massage_rules.batch.rows import Rows
from massage_rules.compiled import compile_rulebook
from massage_rules.conditions import All, Any, Compare, Condition, Is, Not, OneOf

SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


def rate(name: str, rows: int, work: Callable[[], object], rounds: int = 2) -> float:
    """Prints rows by the second in the better of some rounds, and gives back those by the clock."""
    clock, processor = [], []
    for _ in range(rounds):
        start, began = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - began)
    print(f"{name:52}{rows:12,}{rows / min(clock):14,.0f}{rows / min(processor):16,.0f}")
    return rows / min(clock)


def sql(condition: Condition) -> str:
    """A condition in SQL, whose NULL is Kleene's unknown."""
    match condition:
        case Is(fact, answer):
            return fact if answer else f"NOT {fact}"
        case OneOf(fact, values):
            return f"{fact} IN ({', '.join(repr(v) for v in sorted(values))})"
        case Compare(fact, op, bound):
            return f"{fact} {SIGNS[op]} {bound:g}"
        case All(parts) | Any(parts):
            word = " AND " if isinstance(condition, All) else " OR "
            return "(" + word.join(f"({sql(p)})" for p in parts) + ")"
        case Not(part):
            return f"(NOT ({sql(part)}))"
    raise TypeError(condition)


def made_up(rows: int) -> pl.DataFrame:
    """Clients of the made-up rules, half of whose facts are unknown."""
    columns = {f"b{i}": pl.Boolean for i in range(YES_NO)} | {f"n{i}": pl.Float64 for i in range(NUMBERS)}
    schema = columns | {f"e{i}": pl.Enum(list(WORDS)) for i in range(CHOICES)}
    rng = random.Random(1)
    told = pl.DataFrame([client(rng) for _ in range(1_000)], schema=schema)
    picks = pl.int_range(rows, eager=True)
    shuffled = [told[c].gather((picks * (2 * n + 1) + picks // 1_000 * (n + 7)) % 1_000) for n, c in enumerate(schema)]
    return pl.DataFrame({s.name: s for s in shuffled})


def rails(batch: Batch, frame: pl.DataFrame) -> dict[str, Rails]:
    """The truth of every rule over a frame."""
    read = read_frame(frame, batch.vocabulary)
    plain = numbered(read.plain)
    rows = Rows(batch.vocabulary, batch.book.program, batch.book.lineage, given(plain, read, batch.vocabulary), plain.height)
    return {r.id: rows.rule(r.id) for r in batch.book.against if r.id.startswith("bench.")}


def truths(count: int) -> None:
    """The truth of 150 rules: columns of two rails, SQL with NULL, and the generated function."""
    book = rulebook(150)
    batch, frame = Batch(Evaluator(book), techniques=[]), made_up(count)
    compiled = compile_rulebook(book)
    told = ({k: v for k, v in row.items() if v is not None} for row in frame.head(2_000).iter_rows(named=True))
    facts = [typed({k: int(v) if isinstance(v, float) else v for k, v in row.items()}) for row in told]
    mine = rate("150 rules, two rails on columns", count, lambda: rails(batch, frame))
    base = duckdb.connect()
    base.execute("SET threads = 2")
    base.register("given", frame.with_columns(pl.col(pl.Enum).cast(pl.String)).to_arrow())
    base.execute("CREATE TABLE told AS SELECT * FROM given")
    names = [r for r in book.rules if r.startswith("bench.")]
    wanted = ", ".join(f'{sql(book.rules[r].when)} AS "{r}"' for r in names)
    query = f"SELECT {wanted} FROM told"  # noqa: S608  (written here, from checked names only)
    theirs = rate("150 rules, SQL in DuckDB", count, lambda: base.sql(query).to_arrow_table(), 1)
    rate("150 rules, generated function, one row at a time", 2_000, lambda: [compiled.function(f) for f in facts])
    answer = pl.from_arrow(base.sql(query).to_arrow_table())
    assert isinstance(answer, pl.DataFrame)
    for name, rail in rails(batch, frame).items():
        assert answer[name].fill_null(False).equals(full(rail.holds, count)), name
        assert (~answer[name]).fill_null(False).equals(full(rail.fails, count)), name
    print(f"  times DuckDB, equal in all {150 * count:,} truths: {mine / theirs:.1f}")


def verdicts(clients: int) -> None:
    """Verdicts of the shipped rules."""
    batch = Batch(shipped_evaluator())
    batch.recommend(population(100))
    for cohort in (population(clients // 10), population(clients)):
        rate("verdicts and limits, 16 techniques", cohort.height, lambda cohort=cohort: batch.verdicts(cohort))
    rate("the same with reasons, open rules and questions", cohort.height, lambda: batch.recommend(cohort), 1)
    operated = population(100).with_columns(surgeries=[[{"procedure": "caesarean_section", "weeks_ago": 30.0}]])
    rate("clients with an operation, one by one", operated.height, lambda: batch.recommend(operated), 1)


def peak_memory() -> float:
    """The most memory that this process held, in MB; on Linux not what its parent held, which `getrusage` would count."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def streamed(rows: int) -> None:
    """A file of made-up clients from one end to the other."""
    print(f"\n{'':52}{'rows':>12}{'rows/s':>14}{'peak memory, MB':>18}")
    batch = Batch(shipped_evaluator())
    with tempfile.TemporaryDirectory() as folder:
        for count in (rows // 10, rows):
            source, target = Path(folder, "in.parquet"), Path(folder, "out.parquet")
            writer = None
            made = 0
            while made < count:
                table = population(200_000, first=made).to_arrow()
                writer = writer or pq.ParquetWriter(source, table.schema)
                writer.write_table(table)
                made += table.num_rows
            assert writer is not None
            writer.close()
            start = time.perf_counter()
            done = stream(source, target, answer=batch.verdicts)
            took = time.perf_counter() - start
            peak = peak_memory()
            print(f"{'streamed from Parquet to Parquet, verdicts':52}{done.rows:12,}{done.rows / took:14,.0f}{peak:18,.0f}")


def main() -> None:
    if sys.argv[1:2] == ["--stream"]:
        streamed(int(sys.argv[2]))
        return
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 800_000
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"{'':52}{'rows':>12}{'rows/s, clock':>14}{'rows/s, cpu':>16}")
    truths(clients)
    verdicts(clients)
    rows = sys.argv[2] if len(sys.argv) > 2 else "2_000_000"
    subprocess.run([sys.executable, __file__, "--stream", rows], check=True)  # by itself, so that its peak is its own


if __name__ == "__main__":
    main()
