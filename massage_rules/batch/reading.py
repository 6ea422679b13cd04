"""Frames of profiles as plain columns: what each row says, and which rows are to be read one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from massage_rules.batch.one_by_one import EVENTS, LISTS
from massage_rules.batch.rails import Bits, both, either, settled, some
from massage_rules.batch.rows import Given, Told
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.vocabulary import Fact, Vocabulary

ROW, CLIENT, SITE, SIZE = "#row", "#client", "#site", "#size"
_BETWEEN = "\x1f"


def full(bits: Bits, height: int) -> pl.Series:
    """Bits as a column, even where they are the same everywhere."""
    return same(bits, height, pl.Boolean()) if bits.__class__ is bool else bits


def same(value: object, height: int, kind: pl.DataType) -> pl.Series:
    """A column that says the same everywhere."""
    return pl.Series([value], dtype=kind).new_from_index(0, height)


@dataclass(frozen=True, slots=True)
class Read:
    """A frame as plain columns, the entries that the numbers in them stand for, and the rows to be read one by one."""

    plain: pl.DataFrame
    entries: Mapping[str, tuple[tuple[str, ...], ...]]
    odd: Bits


def numbered(plain: pl.DataFrame) -> pl.DataFrame:
    """The rows with their number, the first row of their client, their place in it, and how many it has."""
    rows = plain.with_row_index(ROW)
    if "client" in plain.columns and plain["client"].null_count() == 0 and plain["client"].is_sorted():
        sizes = plain["client"].rle().struct.field("len")
        run = plain["client"].rle_id()
        start = (sizes.cum_sum() - sizes).gather(run).cast(pl.UInt32)
        size = sizes.gather(run).cast(pl.UInt32)
        return rows.drop("client").with_columns(start.alias(CLIENT), (rows[ROW] - start).alias(SITE), size.alias(SIZE))
    if "client" in plain.columns:
        first = pl.when(pl.col("client").is_null()).then(pl.col(ROW)).otherwise(pl.col(ROW).min().over("client"))
        rows = rows.with_columns(first.alias(CLIENT)).drop("client")
        of_client = (pl.int_range(pl.len(), dtype=pl.UInt32).over(CLIENT).alias(SITE), pl.len().over(CLIENT).alias(SIZE))
        return rows.with_columns(of_client)
    return rows.with_columns(pl.col(ROW).alias(CLIENT), pl.lit(0, pl.UInt32).alias(SITE), pl.lit(1, pl.UInt32).alias(SIZE))


def read_frame(frame: pl.DataFrame, vocabulary: Vocabulary) -> Read:
    """A frame of profiles as plain columns; raises ProfileError for a column that has no meaning."""
    known = {*vocabulary.facts, *LISTS, *EVENTS, "client", "as_of", "medications_complete"}
    faults = [
        Fault(
            Place(f"column `{clean(name)}`"), "has no meaning.", nearest(name, known) or "A column is a fact of the vocabulary."
        )
        for name in frame.columns
        if name not in known
    ]
    if faults:
        raise ProfileError(faults)
    reader = _Reader(vocabulary, frame.height)
    for column in frame:
        reader.read(column)
    reader.rest()
    return Read(pl.DataFrame(reader.columns), reader.entries, reader.odd)


class _Reader:
    """Reads a frame column by column; what isn't plain is left to be read one by one."""

    def __init__(self, vocabulary: Vocabulary, height: int) -> None:
        self.vocabulary, self.height = vocabulary, height
        self.columns: dict[str, pl.Series] = {}
        self.entries: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.odd: Bits = False

    def read(self, column: pl.Series) -> None:
        """One column."""
        name, fact = column.name, self.vocabulary.facts.get(column.name)
        if column.dtype == pl.Null and name != "client":
            return
        if name == "client":
            self.columns[name] = column
        elif fact is not None:
            self._fact(fact, column)
        elif name in LISTS:
            self._list(column)
        elif name == "medications_complete" and column.dtype == pl.Boolean:
            self.columns[name] = column.fill_null(False)
        elif name == "as_of" and column.dtype == pl.Date:
            self._odd(~column.dt.year().is_between(1880, 2200))
            self.columns[name] = column
        elif isinstance(column.dtype, pl.List):
            self._odd(column.list.len() > 0)
        else:
            self._odd(column.is_not_null())

    def _odd(self, bits: pl.Series) -> None:
        self.odd = either(self.odd, settled(bits.fill_null(False)))

    def _fact(self, fact: Fact, column: pl.Series) -> None:
        match fact.type:
            case "yes_no" if column.dtype == pl.Boolean:
                self.columns[fact.id] = column
            case "number" if column.dtype.is_numeric():
                low, high = fact.bounds
                values = column.cast(pl.Float64)
                self._odd(~(values.is_between(low, high) & (values.round(4) == values)))
                self.columns[fact.id] = values
            case "choice" if column.dtype in (pl.String, pl.Enum, pl.Categorical):
                words = tuple(sorted(fact.values))
                coded = column.cast(pl.String).cast(pl.Enum(words), strict=False)
                self._odd(coded.is_null() & column.is_not_null())
                self.columns[fact.id] = coded.to_physical().cast(pl.UInt32)
                self.entries[fact.id] = tuple((w,) for w in words)
            case "choices":
                self._list(column)
            case _:
                self._odd(column.is_not_null())

    def _list(self, column: pl.Series) -> None:
        """A set of words; each distinct set gets a number."""
        kind = column.dtype.inner if isinstance(column.dtype, pl.List) else column.dtype
        if kind not in (pl.String, pl.Enum, pl.Categorical, pl.Null):
            self._odd(column.is_not_null())
            return
        if isinstance(column.dtype, pl.List):
            words = column.cast(pl.List(pl.String))
            self._odd(words.list.eval(pl.element().is_null()).list.any())
            joined = words.list.join(_BETWEEN, ignore_nulls=True)
        else:
            joined = column.cast(pl.String)
        distinct = joined.drop_nulls().unique().sort()
        entries = tuple(tuple(text.split(_BETWEEN)) if text else () for text in distinct)
        coded = joined.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt32)
        self.columns[column.name], self.entries[column.name] = coded, entries
        known = self._words(column.name)
        strange = [n for n, entry in enumerate(entries) if known is not None and not known.issuperset(entry)]
        if strange:
            self._odd(coded.is_in(strange))

    def _words(self, name: str) -> frozenset[str] | None:
        """The words that may stand in a list; None where any may."""
        if name == "medications":
            return None
        return frozenset(
            self.vocabulary.facts[name].values if name in self.vocabulary.facts else {*self.vocabulary.blocks, "all"}
        )

    def rest(self) -> None:
        """What is so where nothing is said: the whole body is to be treated."""
        words = tuple(sorted(self.vocabulary.regions.names()))
        body = same(words.index("body"), self.height, pl.UInt32()).alias("region")
        given = self.columns.get("region")
        self.columns["region"] = body if given is None else given.fill_null(words.index("body"))
        self.entries["region"] = tuple((w,) for w in words)
        if "medications_complete" in self.columns:
            listed = self.columns.get("medications", same(None, self.height, pl.UInt32()))
            self._odd(self.columns["medications_complete"] & listed.is_null())


def given(plain: pl.DataFrame, read: Read, vocabulary: Vocabulary) -> Given:
    """What was given of many places."""
    columns: dict[str, Told] = {}
    for column in plain:
        fact = vocabulary.facts.get(column.name)
        if fact is None:
            continue
        if fact.type == "yes_no":
            yes, other = column.fill_null(False), (~column).fill_null(False)
            columns[fact.id] = Told(settled(column.is_not_null()), yes=settled(yes), no=settled(other))
        else:
            entries = tuple(frozenset(e) for e in read.entries.get(fact.id, ()))
            columns[fact.id] = Told(settled(column.is_not_null()), values=column.fill_null(len(entries)), entries=entries)
    whole = _chosen(plain, read, "denied")
    otherwise = _chosen(plain, read, "otherwise_denied")
    denied_whole = {b: either(whole.get(b, False), whole.get("all", False)) for b in vocabulary.blocks}
    denied = {b: some((denied_whole[b], otherwise.get(b, False), otherwise.get("all", False))) for b in vocabulary.blocks}
    established, ruled_out = _medicines(plain, read, vocabulary)
    return Given(columns, established, denied, denied_whole, ruled_out)


def _chosen(plain: pl.DataFrame, read: Read, name: str) -> dict[str, Bits]:
    """Where each word stands in a list."""
    found: dict[str, Bits] = {}
    if name in plain.columns:
        for number, entry in enumerate(read.entries[name]):
            here = settled((plain[name] == number).fill_null(False))
            found |= {word: either(found.get(word, False), here) for word in entry}
    return found


def _medicines(plain: pl.DataFrame, read: Read, vocabulary: Vocabulary) -> tuple[dict[str, Bits], Bits]:
    """The facts that medicines establish, and where a complete list of known ones rules others out."""
    found: dict[str, Bits] = {}
    ruled_out: Bits = False
    table = vocabulary.medications
    if "medications" not in plain.columns:
        return found, ruled_out
    complete = settled(plain["medications_complete"]) if "medications_complete" in plain.columns else False
    for number, entry in enumerate(read.entries["medications"]):
        here = settled((plain["medications"] == number).fill_null(False))
        for fact in {f for name in entry for f in table.of(name) or ()}:
            found[fact] = either(found.get(fact, False), here)
        if all(table.of(name) is not None for name in entry):
            ruled_out = either(ruled_out, both(here, complete))
    return found, ruled_out
