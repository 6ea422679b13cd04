"""Eight threads share one evaluator and ask for 2,000 checked answers each: `python benchmarks/threads.py [answers per thread]`."""

from __future__ import annotations

import sys
import threading
import time

from memory import CLIENTS

import massage_rules as mr
from massage_rules.advice import shipped_evaluator


def main() -> None:
    """Compares every answer, byte for byte, with the one given to a single thread."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    ready = shipped_evaluator()
    clients = [mr.read_profile(c) for c in CLIENTS]
    expected = [ready.recommend(c).to_json() for c in clients]
    wrong: list[tuple[int, int]] = []
    done = [0] * 8

    def work(thread: int) -> None:
        for i in range(each):
            k = (i + thread) % len(clients)
            ready.second.forget()  # so that durable_rules is asked each time
            if ready.recommend(clients[k]).to_json() != expected[k]:
                wrong.append((thread, i))
            done[thread] += 1

    start = time.perf_counter()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"8 threads, {sum(done):,} answers in {time.perf_counter() - start:.0f} s, {len(wrong)} wrong; {ready.second.name}")


if __name__ == "__main__":
    main()
