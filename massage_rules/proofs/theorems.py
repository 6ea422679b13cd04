"""A clinician's theorems: sentences about what is always or never so, proved of every client or answered by one who shows otherwise.

- theorem: Nobody with a suspected clot in the leg is given deep work on that leg
  if: {clot_suspected: yes}
  at: [legs]
  never: [deep_pressure]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from massage_rules._yaml import Node, data_folder, listed, read
from massage_rules.conditions import Condition, read_condition
from massage_rules.effects import Avoid, Emergency, Refer
from massage_rules.errors import Faults, Place, clean, nearest
from massage_rules.proofs.bench import Bench, Flaw
from massage_rules.proofs.examples import Shows, Told
from massage_rules.proofs.model import Witness
from massage_rules.proofs.solver import Formula, Undecided, every, no, some
from massage_rules.rule import RuleNames
from massage_rules.rulebook import Rulebook
from massage_rules.techniques import HANDS_ON
from massage_rules.truth import FALSE, TRUE

_KEYS = {"theorem", "if", "in_doubt", "at", "side", "never", "always", "pressure_at_most", "sometimes", "because", "references"}
_CLAIMS = ("never", "always", "pressure_at_most", "sometimes")
_CALLS = {"emergency": (Emergency,), "clinician": (Emergency, Refer, Avoid)}
SHUT = ("avoid", "refer first", "ask first", "not indicated")


@dataclass(frozen=True, slots=True)
class Theorem:
    """A sentence about every client of whom a condition holds; `in_doubt`, even of those of whom it can't be ruled out.

    Each of the techniques `never` is open there, or each `sometimes` is; hands-on work is open only up to a pressure; or
    `always` an emergency or a clinician is called. `at` names regions, `side` a fact that tells on which side they are meant.
    """

    sentence: str
    when: Condition
    in_doubt: bool
    at: tuple[str, ...]
    side: str
    never: frozenset[str]
    always: str
    pressure_at_most: int | None
    sometimes: frozenset[str]
    place: Place


@dataclass(frozen=True, slots=True)
class Note:
    """A flaw that is known and left, with the reason."""

    check: str
    subject: tuple[str, ...]
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Theorems:
    """What a file of theorems holds."""

    theorems: tuple[Theorem, ...] = ()
    noted: tuple[Note, ...] = ()


def shipped_theorems(rulebook: Rulebook) -> Theorems:
    """The theorems about the shipped rules."""
    return read_theorems(read(data_folder() / "theorems.yaml", name="data/theorems.yaml"), rulebook)


def load_theorems(path: Path, rulebook: Rulebook) -> Theorems:
    """The theorems of a file; raises ContentError with every fault of it."""
    return read_theorems(read(path, name=str(path)), rulebook)


def read_theorems(node: Node, rulebook: Rulebook) -> Theorems:
    """The theorems in a file that was read."""
    faults = Faults()
    top = node.mapping(faults, what="a file of theorems")
    node.allow({"theorems", "noted"}, faults, what="a file of theorems")
    names = RuleNames(rulebook.vocabulary, set(rulebook.definitions))
    each = top["theorems"].listing(faults, what="`theorems`") if "theorems" in top else []
    noted = top["noted"].listing(faults, what="`noted`") if "noted" in top else []
    found = Theorems(
        tuple(t for n in each if (t := _theorem(n, rulebook, names, faults)) is not None),
        tuple(_note(n, faults) for n in noted),
    )
    faults.stop_if_any()
    return found


def _theorem(node: Node, rulebook: Rulebook, names: RuleNames, faults: Faults) -> Theorem | None:
    before = len(faults.found)
    entry = node.mapping(faults, what="a theorem")
    node.allow(_KEYS, faults, what="a theorem")
    said = [k for k in _CLAIMS if k in entry]
    if "theorem" not in entry or "if" not in entry or len(said) != 1:
        what = f"a theorem needs `theorem` (a sentence), `if`, and one of {listed(_CLAIMS)}."
        faults.add(node.place, what, "Add what is missing.")
        return None
    for key in entry["references"].words(faults, what="`references`") if "references" in entry else ():
        if key.split(" ")[0] not in rulebook.references:
            faults.add(entry["references"].place, f"`{clean(key)}` isn't a source.", nearest(key, rulebook.references))
    when = read_condition(entry["if"], names, faults)
    cap = entry["pressure_at_most"].value if "pressure_at_most" in entry else None
    if cap is not None and not (isinstance(cap, int) and 0 <= cap <= 5):
        faults.add(entry["pressure_at_most"].place, "`pressure_at_most` should be a whole number from 0 to 5.", "Correct it.")
    always = _word(entry, "always", _CALLS, faults)
    theorem = Theorem(
        sentence=entry["theorem"].text(faults, what="`theorem`"),
        when=when,  # type: ignore[arg-type]
        in_doubt=_word(entry, "in_doubt", ("yes", "no"), faults) == "yes",
        at=_regions(entry.get("at"), rulebook, faults),
        side=_word(entry, "side", rulebook.vocabulary.facts, faults),
        never=_techniques(entry.get("never"), rulebook, faults),
        always=always,
        pressure_at_most=cap if isinstance(cap, int) else None,
        sometimes=_techniques(entry.get("sometimes"), rulebook, faults),
        place=node.place,
    )
    return theorem if len(faults.found) == before else None


def _word(entry: Mapping[str, Node], key: str, allowed: Mapping[str, object] | Sequence[str], faults: Faults) -> str:
    if key not in entry:
        return ""
    word = entry[key].text(faults, what=f"`{key}`")
    if word not in allowed:
        faults.add(entry[key].place, f"`{key}` can't be `{clean(word)}`.", nearest(word, allowed))
    return word


def _regions(node: Node | None, rulebook: Rulebook, faults: Faults) -> tuple[str, ...]:
    names = node.words(faults, what="`at`") if node is not None else ()
    known = rulebook.vocabulary.regions.names()
    for name in names:
        if name not in known:
            assert node is not None
            faults.add(node.place, f"`{clean(name)}` isn't a region.", nearest(name, known))
    return names


def _techniques(node: Node | None, rulebook: Rulebook, faults: Faults) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for name in node.words(faults, what="techniques") if node is not None else ():
        chosen = rulebook.catalogue.select(name)
        if chosen is None:
            assert node is not None
            faults.add(node.place, f"`{clean(name)}` isn't a technique.", nearest(name, rulebook.catalogue.names()))
        found |= chosen or frozenset()
    return found


def _note(node: Node, faults: Faults) -> Note:
    entry = node.mapping(faults, what="a note")
    node.allow({"check", "of", "because"}, faults, what="a note")
    if set(entry) != {"check", "of", "because"}:
        faults.add(node.place, "a note needs `check`, `of` and `because`.", "Add what is missing.")
        return Note("", (), "", node.place)
    said = {k: entry[k].text(faults, what=f"`{k}`") for k in ("check", "because")}
    return Note(said["check"], entry["of"].words(faults, what="`of`"), said["because"], node.place)


def broken(bench: Bench, theorems: Sequence[Theorem]) -> Iterator[Flaw | None]:
    """Theorems that aren't so, each with a client who shows it."""
    for theorem in theorems:
        proof = _Proof(bench, theorem)
        if theorem.sometimes:
            yield from proof.never_so()
        elif theorem.always:
            yield from proof.not_called()
        else:
            for technique in sorted(theorem.never or bench.rulebook.catalogue.select(HANDS_ON) or ()):
                flaw = proof.open_all_the_same(technique)
                if flaw is not None:
                    yield flaw
                    break
        yield None


@dataclass(frozen=True, slots=True)
class _Proof:
    """One theorem being proved."""

    bench: Bench
    theorem: Theorem

    def given(self) -> Formula:
        """A client of whom the theorem speaks, looked at where it speaks of."""
        rails = self.bench.model.of(self.theorem.when)
        closing = self.bench.closing
        there = [some(*(closing.parts[p] for p in sorted(self._parts())))] if self.theorem.at else []
        if self.theorem.side:
            there.append(no(closing.opposite(self.theorem.side)))
        return every(rails.possible if self.theorem.in_doubt else rails.holds, *there)

    def _parts(self) -> frozenset[str]:
        regions = self.bench.rulebook.vocabulary.regions
        return frozenset().union(*(regions.parts(r) for r in self.theorem.at or ("body",)))

    def _within(self) -> Formula:
        """The whole site lies where the theorem speaks of."""
        regions, region = self.bench.rulebook.vocabulary.regions, self.bench.model.answer("region")
        return some(*(chosen for name, chosen in region.values.items() if regions.parts(name) <= self._parts()))

    def find(self, name: str, formula: Formula) -> Witness | None:
        """A client of whom the theorem speaks and this is so; seen at a site that lies within, if there is one."""
        asking, sentence = self.bench.asking_of_all, self.theorem.sentence
        given = asking.name(f"given {sentence}", self.given)
        within = asking.name(f"within {sentence}", self._within)
        asked = asking.name(name, lambda: formula)
        found = asking.find(given, asked)
        return None if found is None else asking.find(given, asked, within) or found

    def open_all_the_same(self, technique: str) -> Flaw | None:
        """A client for whom a technique is open that shouldn't be, or more pressure than there should be."""
        cap = self.theorem.pressure_at_most
        closing, name = self.bench.closing, f"open {technique}" if cap is None else f"open {technique} above {cap}"
        variant = self.bench.rulebook.catalogue.variants[technique]
        if cap is not None and variant.pressure.max <= cap:
            return None
        formula = closing.open(technique) if cap is None else every(closing.open(technique), no(closing.capped(technique, cap)))
        found = self.find(name, formula)
        if found is None:
            return None

        def shows(told: Told) -> bool:
            return self._speaks_of(told) and self._open(told, technique, cap)

        smallest = self._smallest(found, shows)
        if cap is None:
            case = self.bench.examples.case(self.theorem.sentence, smallest, expect={technique: list(SHUT)})
            return self._flaw(f"`{technique}` is open all the same.", case)
        case = self.bench.examples.case(self.theorem.sentence, smallest, limits={technique: {"pressure_at_most": cap}})
        return self._flaw(f"`{technique}` may be firmer.", case)

    def _open(self, told: Told, technique: str, cap: int | None) -> bool:
        """Whether the definition has a technique open at a part where it shouldn't be."""
        decision = self.bench.examples.decision(told)
        if decision is None or not decision.sites[0].judgements[technique].verdict.open:
            return False
        limits = decision.sites[0].judgements[technique].limits
        parts = self.bench.rulebook.vocabulary.regions.parts(decision.sites[0].region) & self._parts()
        most = self.bench.rulebook.catalogue.variants[technique].pressure.max
        whole = most if limits.pressure_at_most is None else limits.pressure_at_most
        return any(cap is None or limits.local_pressure.get(p, whole) > cap for p in parts - limits.spare)

    def _speaks_of(self, told: Told) -> bool:
        """Whether the theorem speaks of a client, by the definition."""
        facts = self.bench.examples.facts(told)
        if facts is None:
            return False
        truth = self.bench.examples.truth(self.theorem.when, facts)
        side = {facts.get(self.theorem.side), facts.get("side")} if self.theorem.side else set()
        return (truth is TRUE or (self.theorem.in_doubt and truth is not FALSE)) and side != {"left", "right"}

    def not_called(self) -> Iterator[Flaw]:
        """A client for whom nobody is called."""
        rulebook, kinds = self.bench.rulebook, _CALLS[self.theorem.always]
        calling = [
            r.id
            for r in rulebook.rules.values()
            if isinstance(r.effect, kinds) and not (isinstance(r.effect, Avoid) and r.effect.consult is None)
        ]
        rails = [self.bench.model.rule(r) for r in calling]
        found = self.find(
            f"nobody called {self.theorem.sentence}",
            no(some(*(r.possible if self.theorem.in_doubt else r.holds for r in rails))),
        )
        if found is None:
            return

        def shows(told: Told) -> bool:
            truths = self.bench.examples.truths(told)
            enough = (TRUE,) if not self.theorem.in_doubt else (TRUE, *(t for t in truths.values() if t not in (TRUE, FALSE)))
            return self._speaks_of(told) and not any(truths[r] in enough for r in calling)

        smallest = self._smallest(found, shows)
        wanted = ["emergency"] if self.theorem.always == "emergency" else ["emergency", "consult a clinician"]
        yield self._flaw(
            f"no rule calls for {'an emergency' if self.theorem.always == 'emergency' else 'a clinician'}.",
            self.bench.examples.case(self.theorem.sentence, smallest, disposition=wanted),
        )

    def never_so(self) -> Iterator[Flaw]:
        """Techniques that should be open for somebody and are for nobody."""
        for technique in sorted(self.theorem.sometimes):
            if self.find(f"open {technique}", self.bench.closing.open(technique)) is None:
                yield self._flaw(f"`{technique}` is open for no such client.", "")

    def _smallest(self, found: Witness, shows: Shows) -> Told:
        told = self.bench.examples.told(found)
        if not shows(told):
            raise Undecided(f"the solver's client against “{self.theorem.sentence}” isn't confirmed by the definition")
        return self.bench.examples.smallest(told, shows)

    def _flaw(self, what: str, case: str) -> Flaw:
        return Flaw(
            "theorems", (self.theorem.sentence,), f"“{self.theorem.sentence}” isn't so: {what}", str(self.theorem.place), case
        )
