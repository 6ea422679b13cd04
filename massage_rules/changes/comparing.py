"""What if: the same client with something else, side by side with now; and one fact through several values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PrivateAttr

from massage_rules.advice import Evaluator
from massage_rules.answer import Advice
from massage_rules.answers import Dated, Since, Unknown, written
from massage_rules.changes.moved import Moved, counting, moved, only_in, tables
from massage_rules.changes.otherwise import denying_the_rest
from massage_rules.changes.passing import days_of, furthest, later
from massage_rules.conditions import Interval
from massage_rules.errors import Fault, Place, ProfileError
from massage_rules.explaining import advice_on, giving, place_in_words, site_of, technique_of
from massage_rules.grounds import value_in_words
from massage_rules.outline import Item, Page, Section, Shown, Table
from massage_rules.profile import ProfileBase
from massage_rules.rulebook import Rulebook
from massage_rules.verdicts import Disposition, Verdict

_HEAD = ("Technique", "Now", "Then")
_WAYS = {"unsure": "the client isn't sure", "declined": "the client would rather not say"}


class WhatIf(Shown):
    """What something else would change: verdicts, limits, the disposition, the questions, and the rules that count.

    `unmoved` counts the verdicts that stay, with their limits. `no_longer` and `newly` are the titles of the rules behind it.
    """

    changes: tuple[str, ...]
    before: Disposition
    after: Disposition
    moved: tuple[Moved, ...]
    unmoved: int
    questions_gone: tuple[str, ...]
    questions_new: tuple[str, ...]
    no_longer: tuple[str, ...]
    newly: tuple[str, ...]
    _advice: Advice | None = PrivateAttr(default=None)

    @property
    def advice(self) -> Advice:
        """The whole answer for the changed client; LookupError where it was read back from JSON."""
        if self._advice is None:
            raise LookupError("This comparison was read back without its answer.")
        return self._advice

    def page(self) -> Page:
        """What moves, now and then side by side, place by place."""
        titles = [Item(f"counts then: {t}") for t in self.newly] + [Item(f"no longer counts: {t}") for t in self.no_longer]
        asked = [Item(f"to ask: {q}") for q in self.questions_new] + [Item(f"no longer to ask: {q}") for q in self.questions_gone]
        whole = f"{self.after}, as now" if self.before is self.after else f"now {self.before}, then {self.after}"
        if not self.moved:
            stays = "No verdict and no limit would be different."
        else:
            stays = f"{self.unmoved} other verdicts stay as they are." if self.unmoved else "All verdicts move."
        sections = [*tables(self.moved, _HEAD), Section("Why", tuple(titles)), Section("Questions", tuple(asked))]
        return Page(
            title=f"What if: {'; '.join(self.changes) or 'nothing is different'}",
            lead=(f"The client as a whole: {whole}.", stays),
            sections=tuple(s for s in sections if s.items or s.table is not None),
            caution=self.after.caution,
        )


def what_if(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    changes: Mapping[str, object],
    *,
    site: int = 0,
    weeks: float = 0,
    evaluator: Evaluator | None = None,
) -> WhatIf:
    """The answer for a client with other facts, and so many weeks later, side by side with the answer now.

    Values are written as in a profile; None takes a fact back. Facts of a place are those of the site. A block that was denied as a
    whole, and in which something is now told, denies only the rest. An answer is compared by the rules that gave it. Raises
    ProfileError where the changed client can't be.
    """
    ready = evaluator or giving(about)
    before = advice_on(about, ready)
    site_of(before, site)
    client = before.profile
    changed = changed_by(client, changes, site=site)
    then = _in_weeks(changed, weeks)
    now, (seen, decision) = ready.decide(client, core="compiled")[1], ready.decide(then)
    after = ready.write(then, seen, decision)
    found = tuple(moved(ready.rulebook, now, decision))
    held, holds = counting(now), counting(decision)
    asked, asks = ({q.id: q.ask for q in advice.questions} for advice in (before, after))
    answer = WhatIf(
        changes=tuple(_said(ready.rulebook, client, changed, changes, site=site, weeks=weeks)),
        before=before.disposition,
        after=after.disposition,
        moved=found,
        unmoved=sum(len(s.techniques) for s in before.sites) - len(found),
        questions_gone=only_in(asked, asks),
        questions_new=only_in(asks, asked),
        no_longer=only_in(held, holds),
        newly=only_in(holds, held),
    )
    answer._advice = after  # noqa: SLF001  (its own)
    return answer


def _in_weeks(client: ProfileBase, weeks: float) -> ProfileBase:
    days = days_of(weeks)
    last = furthest(client, days)
    if days != last:
        what = "are more than a length of time of this client can grow."
        raise ProfileError([Fault(Place("weeks"), f"{weeks:g} weeks {what}", f"Take 0 to {last / 7:.3g}.")])
    return later(client, days)


def changed_by(client: ProfileBase, changes: Mapping[str, object], *, site: int) -> ProfileBase:
    """The client with other facts of the client and of a site."""
    facts = client.vocabulary.facts
    here = {n: v for n, v in changes.items() if n in facts and facts[n].level == "site"}
    changed = denying_the_rest(client, [n for n, v in changes.items() if n in facts and v is not None])
    changed = changed.with_facts({n: v for n, v in changes.items() if n not in here})
    return changed.with_facts(here, site=site) if here else changed


def _said(
    rulebook: Rulebook, before: ProfileBase, after: ProfileBase, changes: Mapping[str, object], *, site: int, weeks: float
) -> Iterator[str]:
    """Each change in words: the fact, its new answer, and the one that was told before."""
    for name in changes:
        if name not in rulebook.vocabulary.facts:
            yield f"other {rulebook.vocabulary.lay(name)}"
            continue
        old, new = (answer_in_words(rulebook, client, name, site=site) for client in (before, after))
        yield f"{rulebook.vocabulary.lay(name)}: {new}" + (f" (was {old})" if old != new else "")
    if weeks:
        yield f"{weeks:g} week{'' if weeks == 1 else 's'} later"


def answer_in_words(rulebook: Rulebook, client: ProfileBase, name: str, *, site: int) -> str:
    """What was answered to a fact, of the client or of a site, in words."""
    here = rulebook.vocabulary.facts[name].level == "site"
    answer = (client.places[site] if here else client).answers().get(name)
    match answer:
        case None:
            return "not told"
        case Unknown(way):
            return _WAYS.get(way, "not known")
        case Dated(value, on):
            return f"{written(value)} on {on}"
        case Since(earliest, latest):
            return f"since {earliest}" if earliest == latest else f"since {earliest} to {latest}"
        case bool() | str() | Interval():
            return value_in_words(rulebook, name, answer)
        case tuple():
            return value_in_words(rulebook, name, frozenset(answer))
        case number:
            return value_in_words(rulebook, name, Interval(number, number))


class Step(BaseModel):
    """One value of a sweep: the disposition, and the verdict on each technique."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    disposition: Disposition
    verdicts: dict[str, Verdict]


class Sweep(Shown):
    """One fact through several values: what each does to the disposition and to the verdicts at one site."""

    words: str
    place: str
    labels: dict[str, str]
    steps: tuple[Step, ...]

    def rows(self) -> list[dict[str, str]]:
        """Plain rows for a table or a frame: the value, the disposition, and a column for each technique."""
        return [{"value": s.value, "disposition": s.disposition, **s.verdicts} for s in self.steps]

    def page(self) -> Page:
        """A table of the techniques that move, alike ones in one row, or a sentence that none does."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for technique, label in self.labels.items():
            verdicts = tuple(s.verdicts[technique] for s in self.steps)
            if len(set(verdicts)) > 1:
                alike.setdefault(verdicts, []).append(label.partition(" (")[0])
        head = (self.words, *(s.value for s in self.steps))
        whole = ("The client as a whole", *(s.disposition for s in self.steps))
        rows = tuple((", ".join(labels), *verdicts) for verdicts, labels in alike.items())
        lead = () if rows else ("No verdict depends on it.",)
        return Page(f"{self.words} · {self.place}", lead, (Section("Verdicts", (), Table(head, (whole, *rows))),))


def sweep(
    about: Advice | ProfileBase | Mapping[str, object] | str | Path,
    fact: str,
    values: Iterable[object],
    *,
    site: int = 0,
    technique: str | None = None,
    evaluator: Evaluator | None = None,
) -> Sweep:
    """The verdicts at a site as one fact goes through several values, for all techniques or for one."""
    ready = evaluator or giving(about)
    before = advice_on(about, ready)
    here, client = site_of(before, site), before.profile
    shown = here.techniques if technique is None else (technique_of(here, technique),)
    labels = {t.technique: t.label for t in sorted(shown, key=lambda t: t.technique)}
    steps = []
    for value in values:
        changed = changed_by(client, {fact: value}, site=site)
        decision = ready.decide(changed)[1]
        judged = decision.sites[site].judgements
        said = answer_in_words(ready.rulebook, changed, fact, site=site)
        verdicts = {name: judged[name].verdict for name in labels}
        steps.append(Step(value=said, disposition=decision.disposition, verdicts=verdicts))
    return Sweep(
        words=ready.rulebook.vocabulary.lay(fact), place=place_in_words(here.label, here.side), labels=labels, steps=tuple(steps)
    )
