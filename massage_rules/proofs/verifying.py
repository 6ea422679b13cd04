"""Everything that can be proved of a rulebook, check by check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from massage_rules.effects import Adapt, Suggest
from massage_rules.proofs.bench import Bench, Flaw
from massage_rules.proofs.client_checks import unhelped
from massage_rules.proofs.knowledge import relaxed, uncertain
from massage_rules.proofs.needless import needless
from massage_rules.proofs.rule_checks import Found, contradictory, dead, gaps, swallowed
from massage_rules.proofs.solver import Undecided
from massage_rules.proofs.theorems import Note, Theorems, broken
from massage_rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of flaw that is looked for: what is shown if none is found, and how many things there are to look at."""

    id: str
    shows: str
    among: int
    run: Callable[[], Found]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found."""

    check: Check
    flaws: tuple[Flaw, ...]
    noted: tuple[Flaw, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found but what is noted."""
        return not self.flaws


def checks(rulebook: Rulebook, theorems: Theorems | None = None) -> tuple[Check, ...]:
    """The checks of a rulebook, in the order in which they are best read."""
    bench, said = Bench(rulebook), theorems or Theorems()
    limits = sum(isinstance(r.effect, Adapt | Suggest) for r in bench.written)
    by_hand = len([r for r in bench.written if r.id not in rulebook.from_protocols])
    complaints = rulebook.vocabulary.facts["complaints"].values if "complaints" in rulebook.vocabulary.facts else ()
    return (
        Check("dead", "every rule can hold", len(bench.written), lambda: dead(bench)),
        Check("swallowed", "every rule does something of its own", len(bench.written), lambda: swallowed(bench)),
        Check("contradictory", "no limits contradict, every suggestion can be followed", limits, lambda: contradictory(bench)),
        Check("gaps", "every week of a protocol is in one phase", len(rulebook.protocols), lambda: gaps(bench)),
        Check("unhelped", "every complaint can be helped", len(complaints), lambda: unhelped(bench)),
        Check("needless", "no rule asks for what never matters", by_hand, lambda: needless(bench)),
        Check("certain", "what is certain stays certain when more is learnt", len(bench.written), lambda: uncertain(bench)),
        Check("risks", "a risk never makes a rule less cautious", len(bench.written), lambda: relaxed(bench)),
        Check("theorems", "every theorem is so", len(said.theorems), lambda: broken(bench, said.theorems)),
    )


def look(check: Check, noted: Sequence[Note] = (), step: Callable[[], None] = lambda: None) -> Checked:
    """Runs one check; `step` is called after each thing that was looked at. A question left undecided is a flaw."""
    flaws: list[Flaw] = []
    for flaw in _until_undecided(check):
        if flaw is None:
            step()
        else:
            flaws.append(_with_note(flaw, noted))
    return Checked(check, tuple(f for f in flaws if not f.noted), tuple(f for f in flaws if f.noted))


def _until_undecided(check: Check) -> Iterator[Flaw | None]:
    try:
        yield from check.run()
    except Undecided as error:
        yield Flaw(check.id, (), f"the check `{check.id}` couldn't be finished: {error}.")


def _with_note(flaw: Flaw, noted: Sequence[Note]) -> Flaw:
    """The flaw, with the reason for which it is left, if one is noted."""
    because = next((n.because for n in noted if n.check == flaw.check and n.subject == flaw.subject), "")
    return replace(flaw, noted=because)


def stale(noted: Sequence[Note], found: Sequence[Checked]) -> tuple[Note, ...]:
    """The notes on flaws that are there no longer."""
    there = {(f.check, f.subject) for each in found for f in each.noted}
    looked = {each.check.id for each in found}
    return tuple(n for n in noted if n.check in looked and (n.check, n.subject) not in there)
