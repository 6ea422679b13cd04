"""An explanation as data: why a verdict or a disposition is what it is, in a therapist's words. It shows itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from massage_rules.answer import Advice, Ground, Source
from massage_rules.display import basis_word
from massage_rules.languages import english
from massage_rules.outline import Item, Page, Section, Shown, joined

if TYPE_CHECKING:
    from massage_rules.advice import Evaluator
    from massage_rules.changes.proposals import Proposals

_SETS_SHOWN = {"holds": 3, "doesn't hold": 2, "can't be told": 1}
_RULES_SHOWN = 8
_EFFECTS = {
    "emergency": "stop and get help", "avoid": "not to be done", "refer": "ask a clinician first", "adapt": "only within limits",
    "suggest": "speaks for it", "progress": "after the last sessions", "define": "",
}  # fmt: skip


class Known(Ground):
    """A fact that decides, its value in words, and how it is known."""

    how: str


class Because(BaseModel):
    """A rule that bears on the verdict, with every minimal set of facts that decides it and what it rests on.

    `truth` says whether it holds, doesn't hold or can't be told. Each set of `rests_on` is enough by itself, and can do
    without none of its facts; `complete` says whether these are all such sets.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    title: str
    effect: str
    truth: str
    because: str
    limits: str
    do: str
    binds: tuple[str, ...]
    rests_on: tuple[tuple[Known, ...], ...]
    complete: bool
    sources: tuple[Source, ...]
    basis: str
    review: str
    place: str
    cleared_by: str | None = None


class SetBy(BaseModel):
    """One limit in words, with the titles of the rules that set it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: str
    titles: tuple[str, ...]
    rules: tuple[str, ...]


class Beside(BaseModel):
    """Other techniques with one verdict, and the reason that decides it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str
    verdict: str
    labels: tuple[str, ...]
    why: tuple[str, ...]


class Explanation(Shown):
    """Why a technique has its verdict at one place, or a client the disposition."""

    technique: str | None
    label: str
    place: str
    verdict: str
    caution: int
    says: str
    decided_by: tuple[Because, ...]
    speaks_for: tuple[Because, ...]
    would_speak_for: tuple[Because, ...]
    cleared: tuple[Because, ...]
    limits: tuple[SetBy, ...]
    questions: tuple[str, ...]
    beside: tuple[Beside, ...]
    notes: tuple[str, ...]
    basis: str
    _about: tuple[Advice, int, Evaluator] | None = PrivateAttr(default=None)

    def about(self, advice: Advice, *, site: int, evaluator: Evaluator) -> Self:
        """The same explanation, which knows what it is about."""
        answer = self.model_copy()
        answer._about = advice, site, evaluator  # noqa: SLF001  (its own)
        return answer

    def what_would_change(self, *, to: str | Collection[str] = (), most: int | None = None) -> Proposals:
        """The least changes that would make it another; LookupError where the explanation was read back without its client."""
        from massage_rules.changes.proposals import what_would_change  # noqa: PLC0415  (asked only when wanted)

        if self._about is None:
            raise LookupError("This explanation was read back without its client. Ask `what_would_change` of the client.")
        advice, site, evaluator = self._about
        return what_would_change(advice, self.technique, to=to, site=site, most=most, evaluator=evaluator)

    def page(self) -> Page:
        """The explanation, what decides first, the ids of rules in small print."""
        where = f" · {self.place}" if self.place else ""
        sections = [
            _reasons("Why", self.decided_by),
            Section("Limits, and what sets them", tuple(Item(b.words, _titles(b.titles)) for b in self.limits)),
            Section("Would settle it", tuple(map(Item, self.questions))),
            _reasons("What speaks for it", self.speaks_for),
            Section("What would speak for it", tuple(_missing(self.would_speak_for))),
            _reasons("Cleared in writing", self.cleared),
            Section("The other techniques", tuple(_beside(b) for b in self.beside)),
        ]
        return Page(
            title=f"{self.label}{where}: {self.verdict}",
            lead=(self.says,),
            sections=tuple(s for s in sections if s.items),
            foot=(*self.notes, self.basis),
            caution=self.caution,
        )


def _titles(titles: tuple[str, ...]) -> tuple[Item, ...]:
    return tuple(Item(title) for title in titles)


def _beside(beside: Beside) -> Item:
    where = f" ({beside.place})" if beside.place else ""
    return Item(f"{beside.verdict}{where}: {', '.join(beside.labels)}", tuple(map(Item, beside.why)))


def _reasons(heading: str, reasons: tuple[Because, ...]) -> Section:
    more = len(reasons) - _RULES_SHOWN
    rest = (Item(f"{more} more {'rule bears' if more == 1 else 'rules bear'} on it.", small=True),) if more > 0 else ()
    return Section(heading, (*(_reason(r) for r in reasons[:_RULES_SHOWN]), *rest))


def _reason(reason: Because) -> Item:
    open_ = "Until it is known: " if reason.truth == "can't be told" and reason.effect != "suggest" else ""
    lines = [Item(reason.because)]
    if reason.do:
        lines.append(Item(f"Do: {reason.do}"))
    if reason.binds:
        lines.append(Item(f"Bears on: {', '.join(reason.binds)}"))
    lines += _rests_on(reason)
    if reason.cleared_by:
        lines.append(Item(f"Cleared by {reason.cleared_by}."))
    lines.append(Item(f"Limits of the rule: {reason.limits}"))
    basis = basis_word(reason.basis, say=english())
    lines.append(Item(f"Basis: {basis}; {reason.review}. Sources:", small=True, links=tuple(map(_link, reason.sources))))
    return Item(f"{open_}{reason.title}", (*lines, _identity(reason)), strong=True)


def _missing(reasons: tuple[Because, ...]) -> Iterator[Item]:
    """Suggestions that don't apply, gathered by what speaks against them."""
    groups: dict[tuple[Item, ...], list[Because]] = {}
    for reason in reasons:
        groups.setdefault(tuple(_rests_on(reason)), []).append(reason)
    for why, alike in groups.items():
        titles = tuple(Item(r.title, (_identity(r),)) for r in alike)
        yield Item(why[0].words, (*why[1:], *titles))


def _identity(reason: Because) -> Item:
    return Item(f"{reason.rule} · {reason.place}", small=True)


def _link(source: Source) -> tuple[str, str]:
    seen = "" if source.read else "; recalled, text not seen"
    return f"{source.title} ({source.year or 'n.d.'}{seen})", source.url or ""


def _rests_on(reason: Because) -> Iterator[Item]:
    """Each set of facts on a line of its own; what is left out is counted."""
    lead = {"can't be told": "Open", "doesn't hold": "Doesn't apply because of:"}.get(reason.truth, "Rests on:")
    shown = _SETS_SHOWN[reason.truth]
    for number, facts in enumerate(reason.rests_on[:shown]):
        yield Item(f"{lead if number == 0 else 'By itself also'} {_facts(facts)}.")
    more = len(reason.rests_on) - shown
    if more > 0 or not reason.complete:
        yield Item(f"{'' if reason.complete else 'At least '}{max(more, 1)} more such sets of facts.", small=True)


def _facts(facts: tuple[Known, ...]) -> str:
    """The facts of a set with their values, what isn't known last and together."""
    known = [f for f in facts if f.value != "not known" or f.how]
    said = [f"{f.words}: {f.value}" + (f" ({f.how})" if f.how else "") for f in known]
    open_ = joined((f.words for f in facts if f not in known), last="or")
    if open_:
        return f"while nobody knows: {open_}" + (f" (with {'; '.join(said)})" if said else "")
    return "; ".join(said) or "nothing, as it always does"
