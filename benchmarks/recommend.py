"""What an answer costs: `python benchmarks/recommend.py [rounds] [--shards]`.

Loads the shipped rulebook, then advises on the published cases, on the clients of docs/examples and on one of whom nothing is
known, and says how near each ruleset is to what durable_rules bears. Everything is measured in one run, by the time of the
processor that the thread used, beside the bare generated function over the same views. Each client is measured once a round, one
client after another, and its best round counts. What durable_rules concluded for earlier clients of a round is remembered, as in
use; a row of its own says what an answer costs if it must be asked everything anew.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from massage_rules.advice import Evaluator
from massage_rules.cases import case_files, load_cases
from massage_rules.compiled import compile_rulebook
from massage_rules.engine import BEARS, LIMITS, Ruleset, Size, available, shared_core
from massage_rules.opinion import TwoPasses, second_opinion
from massage_rules.profile import ProfileBase, models, read_profile
from massage_rules.rulebook import Rulebook, load, shipped_rulebook
from massage_rules.views import views

ROOT = Path(__file__).parent.parent
BARE, ANEW = "bare generated function", "recommend, checked, all asked anew"
PARTS = tuple(Size.__dataclass_fields__)


def took(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    start = time.thread_time()
    work()
    return 1000 * (time.thread_time() - start)


def loading() -> None:
    """Reading the rulebook with nothing kept, with everything kept, and making it ready."""
    sys.dont_write_bytecode = False  # so that what was read is kept
    uncached = min(took(load) for _ in range(3))
    shipped_rulebook()
    cached = []
    for _ in range(3):
        shipped_rulebook.cache_clear()
        cached.append(took(shipped_rulebook))
    book = shipped_rulebook()
    rows = {
        "load, nothing kept": uncached,
        "load, kept from before": min(cached),
        "profile models": took(lambda: models(book.vocabulary)),
        "generated function": took(lambda: compile_rulebook(book)),
        "second opinion": took(lambda: second_opinion(book)),
    }
    print(f"{len(book.rules):,} rules, {len(book.vocabulary.facts):,} facts; Python {platform.python_version()}\n")
    for name, spent in rows.items():
        print(f"{name:36}{spent:10.0f} ms")


def clients(book: Rulebook) -> dict[str, list[ProfileBase]]:
    """The clients to advise on, by where they come from."""
    files = [f for f in case_files([ROOT / "tests" / "cases"]) if f.name.startswith("published")]
    return {
        "published cases": [case.profile for file in files for case in load_cases(file, book)],
        "docs/examples": [read_profile(f) for f in sorted((ROOT / "docs" / "examples").glob("*.yaml"))],
        "nothing known": [read_profile({})],
    }


def answering(ready: Evaluator, found: Sequence[ProfileBase], rounds: int) -> dict[str, list[float]]:
    """The best round of each client, by what was asked for."""
    known = [[view.facts for view in views(client).views] for client in found]
    work: dict[str, Callable[[int], object]] = {
        BARE: lambda i: [ready.compiled.function(facts) for facts in known[i]],
        "decide, compiled": lambda i: ready.decide(found[i], core="compiled"),
        "decide, checked": lambda i: ready.decide(found[i]),
        "recommend, compiled": lambda i: ready.recommend(found[i], core="compiled"),
        "recommend, checked": lambda i: ready.recommend(found[i]),
        ANEW: lambda i: ready.recommend(found[i]),
    }
    best = {name: [float("inf")] * len(found) for name in work}
    for _ in range(rounds):
        for name, function in work.items():
            ready.second.forget()
            for i in range(len(found)):
                if name == ANEW:
                    ready.second.forget()
                best[name][i] = min(best[name][i], took(lambda function=function, i=i: function(i)))
    return best


def table(name: str, best: dict[str, list[float]]) -> None:
    bare = best[BARE]
    print(f"\n{name} ({len(bare)})".ljust(37) + f"{'median':>12}{'p95':>12}{'times the bare function':>27}")
    for row, spent in best.items():
        p95 = sorted(spent)[int(0.95 * (len(spent) - 1))]
        ratio = statistics.median(mine / other for mine, other in zip(spent, bare, strict=True))
        print(f"  {row:34}{statistics.median(spent):9.2f} ms{p95:9.2f} ms{ratio:20.1f}")


def limits(name: str, rulesets: Sequence[Ruleset], *, each: bool) -> None:
    """How near the rulesets are to what durable_rules bears, the nearest first."""
    sizes = [ruleset.size for ruleset in rulesets]
    print(f"\ndurable_rules, {name}: {len(sizes)} rulesets, {sum(s.steps for s in sizes):,} steps")
    print(f"  {'':12}{'median':>10}{'most':>10}{'is given':>12}{'bears':>10}{'nearest':>10}")
    for part in PARTS:
        found = [getattr(size, part) for size in sizes]
        given, bears = getattr(LIMITS, part), getattr(BEARS, part)
        print(f"  {part:12}{statistics.median(found):10g}{max(found):10,}{given:12,}{bears:10,}{max(found) / bears:10.1%}")
    print(f"  {'memories':12}{'':20}{LIMITS.memories:12,}{BEARS.memories:10,}{LIMITS.memories / BEARS.memories:10.1%}")
    for number, size in enumerate(sizes if each else ()):
        print(f"  {number:4}  " + "  ".join(f"{part} {getattr(size, part):3}" for part in PARTS))


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    loading()
    book = shipped_rulebook()
    ready = Evaluator(book)
    for name, found in clients(book).items():
        table(name, answering(ready, found, numbers[0] if numbers else 5))
    core = shared_core(book) if available() else None
    if core is not None and isinstance(ready.second, TwoPasses):
        limits("second opinion", ready.second.rulesets, each="--shards" in sys.argv)
        limits("live session", core.rulesets, each="--shards" in sys.argv)


if __name__ == "__main__":
    main()
