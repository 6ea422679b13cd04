"""Frames of profiles in, frames of verdicts out. With `reading`, the only module that knows Polars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import polars as pl

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.batch.findings import Book, Found, Places, find, questions
from massage_rules.batch.judging import Against, Judged, judge
from massage_rules.batch.one_by_one import Answered, answer
from massage_rules.batch.rails import Bits, both, either, settled, some
from massage_rules.batch.reading import CLIENT, ROW, SITE, SIZE, Read, full, given, numbered, read_frame, same
from massage_rules.batch.rows import Rows
from massage_rules.errors import Fault, Place, ProfileError, clean, nearest
from massage_rules.techniques import Catalogue
from massage_rules.verdicts import Disposition, Verdict

_VERDICTS, _DISPOSITIONS = tuple(map(str, Verdict)), tuple(map(str, Disposition))
_LIMITS = {
    "pressure_at_most": pl.UInt8(),
    "minutes_at_most": pl.Float32(),
    "pain_at_most": pl.Float32(),
}  # small, since they are many

_LISTED = ("reasons", "open", "questions")
_Lists: TypeAlias = "Callable[[Rows, Places, Found, Mapping[Disposition, Bits]], dict[str, pl.Series]]"


def recommend_frame(
    frame: pl.DataFrame, *, evaluator: Evaluator | None = None, techniques: Iterable[str] | None = None
) -> pl.DataFrame:
    """What suits many clients: a row for each row of the frame, in its order.

    A row is a place to be treated; a column is a fact, `region`, `side`, or another key of a profile, and `client` tells which
    rows are one client's. A row that can't be read has the reason in `error` and nothing else. `techniques` are names of
    techniques, families or properties; without them, all. Raises ProfileError for a column that has no meaning.
    """
    return Batch(evaluator, techniques=techniques).recommend(frame)


def choose(catalogue: Catalogue, techniques: Iterable[str] | None) -> tuple[str, ...]:
    """The techniques that these words name, in the catalogue's order; raises ProfileError."""
    if techniques is None:
        return tuple(catalogue.variants)
    chosen: set[str] = set()
    for word in (techniques,) if isinstance(techniques, str) else techniques:
        found = catalogue.select(word)
        if found is None:
            remedy = nearest(word, catalogue.names()) or "Techniques are listed in data/techniques.yaml."
            raise ProfileError([Fault(Place("techniques"), f"`{clean(word)}` isn't a technique.", remedy)])
        chosen |= found
    return tuple(name for name in catalogue.variants if name in chosen)


class Batch:
    """A rulebook made ready for frames, and the techniques that are told. Making it ready is slow, using it is not."""

    def __init__(self, evaluator: Evaluator | None = None, *, techniques: Iterable[str] | None = None) -> None:
        evaluator = evaluator or shipped_evaluator()
        self.book = Book(evaluator, choose(evaluator.rulebook.catalogue, techniques))
        self.vocabulary = evaluator.rulebook.vocabulary
        self.rule_ids = tuple(sorted(evaluator.rulebook.rules))

    def recommend(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What suits the clients of a frame."""
        return self._answer(frame, self._lists)

    def verdicts(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same without `reasons`, `open` and `questions`, which take longer than all else."""
        return self._answer(frame, None)

    def _answer(self, frame: pl.DataFrame, lists: _Lists | None) -> pl.DataFrame:
        read = read_frame(frame, self.vocabulary)
        slow, plain = self._apart(read)
        pieces = [self._answered(frame, plain.filter(slow))]
        quick = plain.filter(~slow)
        for part in (quick.filter(pl.col(SIZE) == 1), quick.filter(pl.col(SIZE) > 1)):
            if part.height:
                pieces.append(self._evaluated(part.sort("region", maintain_order=True), read, lists))
        if lists is None:
            pieces = [piece.drop(*_LISTED, strict=False) for piece in pieces]
        answered = pl.concat(pieces).sort(ROW).drop(ROW)
        return answered if "client" not in frame.columns else frame.select("client").hstack(answered)

    def _apart(self, read: Read) -> tuple[pl.Series, pl.DataFrame]:
        """The rows of clients that are to be read one by one, and all rows with the number and size of their client."""
        plain = numbered(read.plain)
        slow = full(either(read.odd, self._rows(plain, read).contradictory()), plain.height)
        if plain.height and plain[SIZE].max() != 1:
            slow = slow | full(self._told_differently(plain), plain.height)
            slow = pl.DataFrame({"slow": slow, CLIENT: plain[CLIENT]}).select(pl.col("slow").max().over(CLIENT))["slow"]
        return slow, plain

    def _told_differently(self, plain: pl.DataFrame) -> Bits:
        """Where a row says something else of its client than the client's first row."""
        first = plain[CLIENT]
        own = {"region", *(f.id for f in self.vocabulary.facts.values() if f.level == "site"), ROW, CLIENT, SITE, SIZE}
        return some(settled(plain[c].ne_missing(plain[c].gather(first))) for c in plain.columns if c not in own)

    def _rows(self, plain: pl.DataFrame, read: Read) -> Rows:
        return Rows(self.vocabulary, self.book.program, self.book.lineage, given(plain, read, self.vocabulary), plain.height)

    def _evaluated(self, plain: pl.DataFrame, read: Read, lists: _Lists | None) -> pl.DataFrame:
        """The answers for rows sorted by region."""
        rows = self._rows(plain, read)
        names = sorted(self.vocabulary.regions.names())
        counts = [(names[r["region"]], r["len"]) for r in plain.group_by("region", maintain_order=True).len().to_dicts()]
        places = Places(rows, [name for name, _ in counts])
        found = find(self.book, rows, places, _elsewhere(plain))
        columns = _Columns(plain.height)
        start = 0
        for name, length in counts:
            against, suggesting = _slice(found, start, length)
            judged, here = judge(self.book.rulebook, self.book.region(name), against, suggesting)
            columns.add(judged, here, self.book.techniques, length)
            start += length
        bits = columns.whole()
        here = {d: settled(bits[d]) for d in Disposition if d in bits}
        disposition, at_site = _disposed(plain, here, found)
        return pl.DataFrame(
            {
                ROW: plain[ROW],
                "site": plain[SITE],
                "disposition": disposition,
                "site_disposition": at_site,
                **columns.told(bits, self.book.techniques),
                **(lists(rows, places, found, here) if lists is not None else {}),
                "error": same(None, plain.height, pl.String()),
            }
        )

    def _lists(self, rows: Rows, places: Places, found: Found, here: Mapping[Disposition, Bits]) -> dict[str, pl.Series]:
        telling = {r: places.where(self.book.telling[r]) for r in found.against}
        certain = {r: both(a.certain, telling[r]) for r, a in found.against.items()}
        open_ = {r: both(a.open, telling[r]) for r, a in found.against.items()}
        asked = questions(self.book, rows, places, found, here)
        return {
            "reasons": _listed(certain, self.rule_ids, rows.height),
            "open": _listed(open_, self.rule_ids, rows.height),
            "questions": _listed(asked, tuple(self.vocabulary.facts), rows.height),
        }

    def _answered(self, frame: pl.DataFrame, plain: pl.DataFrame) -> pl.DataFrame:
        """The answers for clients that are read one by one."""
        told: list[Answered] = []
        numbers: list[int] = []
        for rows in plain.select(ROW, CLIENT).group_by(CLIENT, maintain_order=True).agg(ROW)[ROW].to_list():
            raw = [frame.row(n, named=True) for n in rows]
            told += answer(self.book.evaluator, raw, self.book.techniques)
            numbers += rows
        return self._table(numbers, told)

    def _table(self, numbers: list[int], told: list[Answered]) -> pl.DataFrame:
        data: dict[str, list[object]] = {name: [] for name in self.schema()}
        for number, row in zip(numbers, told, strict=True):
            for name, values in data.items():
                values.append(number if name == ROW else row.get(name))
        return pl.DataFrame(data, schema=self.schema())

    def schema(self) -> dict[str, pl.DataType]:
        """The columns of an answer."""
        verdict = pl.Enum(_VERDICTS)
        return {
            ROW: pl.UInt32(),
            "site": pl.UInt32(),
            "disposition": pl.Enum(_DISPOSITIONS),
            "site_disposition": pl.Enum(_DISPOSITIONS),
            **{
                column: kind
                for t in self.book.techniques
                for column, kind in ((t, verdict), *((f"{t}.{limit}", kind) for limit, kind in _LIMITS.items()))
            },
            "reasons": pl.List(pl.Enum(self.rule_ids)),
            "open": pl.List(pl.Enum(self.rule_ids)),
            "questions": pl.List(pl.Enum(list(self.vocabulary.facts))),
            "error": pl.String(),
        }


class _Columns:
    """Gathers the bits of region after region into whole columns."""

    def __init__(self, height: int) -> None:
        self.height, self.done = height, 0
        self.none, self.all = full(bits=False, height=height), full(bits=True, height=height)
        self.pieces: dict[object, list[pl.Series]] = {}

    def add(self, judged: Mapping[str, Judged], here: Mapping[Disposition, Bits], techniques: Iterable[str], length: int) -> None:
        """Adds the rows of one region."""
        for disposition, bits in here.items():
            self._put(disposition, bits, length)
        for name in techniques:
            found = judged[name]
            for verdict, bits in found.verdicts.items():
                self._put((name, verdict), bits, length)
            for limit, values in zip(_LIMITS, (found.pressure, found.minutes, found.pain), strict=True):
                for value, bits in values:
                    if bits is not False:
                        self._put((name, limit, value), bits, length)
        self.done += length

    def _put(self, key: object, bits: Bits, length: int) -> None:
        """Adds bits to a column; where it was left out before, there are none."""
        pieces = self.pieces.setdefault(key, [])
        missing = self.done - sum(map(len, pieces))
        if missing:
            pieces.append(self.none.slice(0, missing))
        pieces.append((self.all if bits is True else self.none).slice(0, length) if bits.__class__ is bool else bits)

    def whole(self) -> dict[object, pl.Series]:
        """Every column in its full length."""
        found = {}
        for key, pieces in self.pieces.items():
            missing = self.height - sum(map(len, pieces))
            found[key] = pl.concat([*pieces, self.none.slice(0, missing)] if missing else pieces, rechunk=True)
        return found

    def told(self, bits: Mapping[object, pl.Series], techniques: Iterable[str]) -> dict[str, pl.Series]:
        """The verdict on each technique and its limits."""
        columns: dict[str, pl.Series] = {}
        for name in techniques:
            columns[name] = _coded([bits.get((name, v)) for v in _VERDICTS], _VERDICTS, self.height)
            for limit, kind in _LIMITS.items():
                values = sorted(k[2] for k in bits if isinstance(k, tuple) and k[:2] == (name, limit))
                columns[f"{name}.{limit}"] = self._least([(v, bits[name, limit, v]) for v in values], kind)
        return columns

    def _least(self, values: list[tuple[float, pl.Series]], kind: pl.DataType) -> pl.Series:
        """The least value of those that apply."""
        found = pl.lit(None, dtype=kind)
        for value, bits in reversed(values):
            found = pl.when(bits).then(pl.lit(value, dtype=kind)).otherwise(found)
        return pl.DataFrame({"": self.none}).select(found).to_series() if values else same(None, self.height, kind)


def _disposed(plain: pl.DataFrame, here: Mapping[Disposition, Bits], found: Found) -> tuple[pl.Series, pl.Series]:
    """What is to be done with the client as a whole, and at the place itself."""
    height = plain.height
    at_site = _coded([here.get(d) for d in Disposition], _DISPOSITIONS, height)
    frame = pl.DataFrame(
        {
            "here": at_site.to_physical().cast(pl.UInt8),
            "called": full(found.called, height),
            "emergency": full(found.emergency, height),
            CLIENT: plain[CLIENT],
        }
    )
    if plain[SIZE].max() != 1:
        whole = [pl.col("here").min(), pl.col("here").max().alias("worst"), pl.col("called").max(), pl.col("emergency").max()]
        frame = frame.with_columns(e.over(CLIENT) for e in whole)
    else:
        frame = frame.with_columns(pl.col("here").alias("worst"))
    treat = pl.col("here") == 0
    code = (
        pl.when("emergency")
        .then(_DISPOSITIONS.index(Disposition.EMERGENCY))
        .when(treat & (pl.col("called") | (pl.col("worst") != 0)))
        .then(1)
        .otherwise(pl.col("here"))
    )
    return _worded(frame.select(code.cast(pl.UInt8)).to_series(), _DISPOSITIONS), at_site


def _coded(bits: Sequence[Bits | None], words: Sequence[str], height: int) -> pl.Series:
    """A choice, of which each value has its own bits."""
    found = same(0, height, pl.UInt8())
    for number, column in enumerate(bits):
        if number and column is not None and column is not False:
            found = found + full(column, height).cast(pl.UInt8) * number
    return _worded(found, words)


def _worded(codes: pl.Series, words: Sequence[str]) -> pl.Series:
    """The words that numbers stand for."""
    return pl.Series(words, dtype=pl.Enum(words)).gather(codes)


def _slice(found: Found, start: int, length: int) -> tuple[dict[str, Against], dict[str, tuple[Bits, Bits]]]:
    """What was found in some of the rows."""

    def part(bits: Bits) -> Bits:
        return bits if bits.__class__ is bool else settled(bits.slice(start, length))

    against = {r: Against(part(a.certain), part(a.open)) for r, a in found.against.items()}
    against = {r: a for r, a in against.items() if a.certain is not False or a.open is not False}
    return against, {t: (part(holds), part(may)) for t, (holds, may) in found.suggesting.items()}


def _listed(bits: Mapping[str, Bits], words: Sequence[str], height: int) -> pl.Series:
    """For each row the words whose bits are set, in order."""
    order = {word: n for n, word in enumerate(words)}
    each = [
        (pl.int_range(height, dtype=pl.UInt32, eager=True) if b is True else b.arg_true(), order[word])
        for word, b in sorted(bits.items(), key=lambda pair: order[pair[0]])
        if b is not False
    ]
    if not each:
        return same([], height, pl.List(pl.Enum(words)))
    rows = pl.concat([indices.cast(pl.UInt32) for indices, _ in each])
    codes = pl.concat([same(code, len(indices), pl.UInt32()) for indices, code in each])
    lists = pl.DataFrame({"row": rows, "word": _worded(codes, words)}).sort("row", maintain_order=True)
    lists = lists.group_by("row", maintain_order=True).agg("word")
    every = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return every.join(lists, on="row", how="left", maintain_order="left")["word"].fill_null([])


def _elsewhere(plain: pl.DataFrame) -> Callable[[Bits], Bits]:
    """Says of each row whether something is so in another row of the same client, or, where it has no more rows, in this one."""
    most = plain[SIZE].max()
    assert isinstance(most, int)
    others: list[pl.Series] = []
    at = plain.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), CLIENT, pl.col(SITE))
    for step in range(1, most):
        wanted = plain.select(CLIENT, pl.when(pl.col(SIZE) > step).then((pl.col(SITE) + step) % pl.col(SIZE)).alias(SITE))
        other = wanted.join(at, on=[CLIENT, SITE], how="left", maintain_order="left")["at"]
        others.append(other.zip_with(other.is_not_null(), at["at"]))

    def elsewhere(bits: Bits) -> Bits:
        if bits is False or not others:
            return False
        column = full(bits, plain.height)
        return some(settled(column.gather(indices)) for indices in others)

    return elsewhere
