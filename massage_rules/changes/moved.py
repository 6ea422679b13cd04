"""What two decisions on one client differ in: verdicts and limits, technique by technique, and the rules that count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from massage_rules.explaining import place_in_words
from massage_rules.grounds import worded_limits
from massage_rules.outline import Section, Table
from massage_rules.rulebook import Rulebook
from massage_rules.verdicts import Decision, Judgement, Verdict


class Moved(BaseModel):
    """A technique whose verdict or limits differ, as they were before and as they are after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: int
    place: str
    technique: str
    label: str
    before: Verdict
    after: Verdict
    limits_before: tuple[str, ...]
    limits_after: tuple[str, ...]

    @property
    def eased(self) -> bool:
        """Whether it became less cautious, or changed within what is open."""
        return self.after.open or self.after.caution < self.before.caution


def moved(rulebook: Rulebook, before: Decision, after: Decision) -> Iterator[Moved]:
    """The techniques that differ, place by place and by name."""
    for number, (was, now) in enumerate(zip(before.sites, after.sites, strict=True)):
        place = place_in_words(rulebook.vocabulary.regions.label(was.region), was.side)
        for name, old in sorted(was.judgements.items()):
            new = now.judgements[name]
            limits, limited = limits_in_words(rulebook, old), limits_in_words(rulebook, new)
            if old.verdict is not new.verdict or limits != limited:
                yield Moved(
                    site=number,
                    place=place,
                    technique=name,
                    label=rulebook.catalogue.variants[name].label,
                    before=old.verdict,
                    after=new.verdict,
                    limits_before=limits,
                    limits_after=limited,
                )


def limits_in_words(rulebook: Rulebook, judgement: Judgement) -> tuple[str, ...]:
    """The limits of a technique that is open; advice alone is none."""
    if not judgement.verdict.open:
        return ()
    return tuple(words for kind, words, _ in worded_limits(rulebook, judgement) if kind != "advice")


def counting(decision: Decision) -> dict[str, str]:
    """The rules that count for or against something, with their titles; one that can't be told is another than if it holds."""
    judged = [j for site in decision.sites for j in site.judgements.values()]
    found = [f for j in judged for f in (*j.against, *(f for f in j.suggested if f.certain))]
    found += [f for site in decision.sites for f in site.findings if f.certain and f.calls]
    found += decision.elsewhere
    titles = {f"{f.rule.id} {f.certain}": f.rule.title + ("" if f.certain else " (until it is known)") for f in found}
    return dict(sorted(titles.items()))


def only_in(one: dict[str, str], other: dict[str, str]) -> tuple[str, ...]:
    """The words of what is in one and not in the other."""
    return tuple(dict.fromkeys(words for key, words in one.items() if key not in other))


def tables(found: Sequence[Moved], head: tuple[str, str, str]) -> Iterator[Section]:
    """A table for each place; techniques that move alike share a row."""
    for site, place in dict.fromkeys((m.site, m.place) for m in found):
        alike: dict[tuple[str, str], list[str]] = {}
        for m in found:
            if m.site == site:
                sides = _verdict(m.before, m.limits_before), _verdict(m.after, m.limits_after)
                alike.setdefault(sides, []).append(m.label.partition(" (")[0])
        yield Section(place, (), Table(head, tuple((", ".join(labels), *sides) for sides, labels in alike.items())))


def _verdict(verdict: Verdict, limits: Iterable[str]) -> str:
    said = "; ".join(limits)
    return f"{verdict}: {said}" if said else verdict
