"""Checks on what becomes of clients: complaints that nothing helps."""

from __future__ import annotations

from functools import partial

from massage_rules.conditions import OneOf
from massage_rules.proofs.bench import Bench, Flaw
from massage_rules.proofs.rule_checks import Found
from massage_rules.proofs.solver import Formula, every, no, some

_COMPLAINTS = "complaints"


def unhelped(bench: Bench) -> Found:
    """Complaints with which nobody may have anything done, however well they are otherwise."""
    fact = bench.rulebook.vocabulary.facts.get(_COMPLAINTS)
    if fact is None:
        return
    techniques = bench.rulebook.catalogue.variants
    anything = bench.asking.name("anything", lambda: some(*(bench.closing.open(t) for t in techniques)))
    for complaint, words in fact.values.items():
        only = bench.asking.name(f"only {complaint}", partial(_only, bench, complaint))
        if bench.asking.find(only, anything) is None:
            what = f"with `{complaint}` nothing is ever open: there is no client whom the rules let be helped."
            told = {"region": bench.examples.place, _COMPLAINTS: [complaint], "otherwise_denied": ["all"]}
            wanted = ["treat", "treat with modification"]
            case = bench.examples.case(f"{words}, with nothing else the matter", told, disposition=wanted)
            yield Flaw("unhelped", (complaint,), what, "data/vocabulary.yaml", case)
        yield None


def _only(bench: Bench, complaint: str) -> Formula:
    """A client who comes with this complaint and no other."""
    values = bench.rulebook.vocabulary.facts[_COMPLAINTS].values
    has = {c: bench.model.of(OneOf(_COMPLAINTS, frozenset({c}))).holds for c in values}
    return every(has[complaint], *(no(has[c]) for c in values if c != complaint))
