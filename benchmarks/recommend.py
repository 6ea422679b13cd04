"""What an answer costs: `python benchmarks/recommend.py [rounds]`.

Loads the shipped rulebook, then advises on the published cases, on the clients of docs/examples and on one of whom nothing is
known. Everything is measured in one run, by the time of the processor that the thread used, and compared with the bare generated
function over the same views. Each client is measured once a round, one client after another, and its best round counts.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from massage_rules.advice import Evaluator
from massage_rules.cases import case_files, load_cases
from massage_rules.compiled import compile_rulebook
from massage_rules.engine import LIMITS, Size, available, shared_core
from massage_rules.opinion import TwoPasses, second_opinion
from massage_rules.profile import ProfileBase, models, read_profile
from massage_rules.rulebook import Rulebook, load, shipped_rulebook
from massage_rules.views import views

ROOT = Path(__file__).parent.parent
BEARS = {"steps": 4_096, "premises": 16, "readers": 255, "groups": 511, "keys": 511}  # what durable_rules itself bears


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
    print(f"{len(book.rules):,} rules, {len(book.vocabulary.facts):,} facts\n")
    for name, spent in rows.items():
        print(f"{name:32}{spent:10.0f} ms")


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
        "bare generated function": lambda i: [ready.compiled.function(facts) for facts in known[i]],
        "second opinion": lambda i: [ready.second.truths(facts) for facts in known[i]],
        "recommend, compiled": lambda i: ready.recommend(found[i], core="compiled"),
        "recommend, checked": lambda i: ready.recommend(found[i]),
    }
    best = {name: [float("inf")] * len(found) for name in work}
    for _ in range(rounds):
        for i in range(len(found)):
            for name, function in work.items():
                best[name][i] = min(best[name][i], took(lambda function=function, i=i: function(i)))
    return best


def table(name: str, best: dict[str, list[float]]) -> None:
    bare = best["bare generated function"]
    print(f"\n{name} ({len(bare)}){'median':>24}{'p95':>12}{'times the bare function':>28}")
    for row, spent in best.items():
        p95 = sorted(spent)[int(0.95 * (len(spent) - 1))]
        ratio = statistics.median(mine / other for mine, other in zip(spent, bare, strict=True))
        print(f"  {row:26}{statistics.median(spent):10.2f} ms{p95:9.2f} ms{ratio:20.1f}")


def limits(name: str, sizes: Sequence[Size]) -> None:
    print(f"\ndurable_rules, {name}: {len(sizes)} rulesets, {sum(s.steps for s in sizes):,} steps")
    for part, most in BEARS.items():
        largest = max(getattr(size, part) for size in sizes)
        print(
            f"  most {part:12}{largest:10,}   of {most:,} that it bears, {getattr(LIMITS, part, LIMITS.alphas):,} that it is given"
        )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    loading()
    book = shipped_rulebook()
    ready = Evaluator(book)
    for name, found in clients(book).items():
        table(name, answering(ready, found, rounds))
    core = shared_core(book) if available() else None
    if core is not None and isinstance(ready.second, TwoPasses):
        limits("second opinion", [r.size for r in ready.second.rulesets])
        limits("live session", [r.size for r in core.rulesets])


if __name__ == "__main__":
    main()
