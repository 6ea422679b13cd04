"""How much the process grows over many checked answers: `python benchmarks/memory.py [answers]`, 50,000 by default."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import massage_rules as mr
from massage_rules.advice import shipped_evaluator

CLIENTS = [
    {"age": 38, "denied": "all", "sites": [{"region": "neck", "complaints": ["neck_upper_trapezius_tension"], "complaint_weeks": 20}]},
    {"age": 62, "otherwise_denied": "all", "anticoagulated": True, "sites": [{"region": "lower_back", "complaints": ["low_back_nonspecific"]}]},
    {"age": 29, "sex": "female", "otherwise_denied": "all", "pregnant": True, "gestation_weeks": 25,
     "sites": [{"region": "sacrum", "complaints": ["low_back_nonspecific"]}]},
    {"age": 71, "otherwise_denied": "all", "surgeries": [{"procedure": "total_knee_arthroplasty", "weeks_ago": 8}],
     "sites": [{"region": "knee", "complaints": ["post_operative_stiffness"], "wound_closed": True}]},
]  # fmt: skip


def resident() -> float:
    """Megabytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def main() -> None:
    """Answers, and says how much the process grew after a warm-up."""
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    ready = shipped_evaluator()
    clients = [mr.read_profile(c) for c in CLIENTS]
    for i in range(400):
        ready.recommend(clients[i % len(clients)])
    before, start = resident(), time.perf_counter()
    for i in range(answers):
        ready.second.forget()  # so that durable_rules is asked each time
        ready.recommend(clients[i % len(clients)])
        if i and i % 10_000 == 0:
            print(f"{i:>8,} answers: {resident() - before:+.2f} MB", flush=True)
    seconds = time.perf_counter() - start
    print(
        f"{answers:>8,} answers: {resident() - before:+.2f} MB of {before:.0f} MB; {1000 * seconds / answers:.1f} ms each; {ready.second.name}"
    )


if __name__ == "__main__":
    main()
