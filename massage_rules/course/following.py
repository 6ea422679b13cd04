"""Notes and the advice that follows from them put into words: the action, its reasons, and what would settle more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from massage_rules.answer import Advice
from massage_rules.conditions import All, Condition, Facts, definitions_read, evaluate, facts_read, walk
from massage_rules.course.concluded import Concluded, Story
from massage_rules.course.followed import FOLLOW_UP_SCHEMA_VERSION, Conclusion, FollowUp, SiteFollowUp, Why
from massage_rules.course.here import Definitions
from massage_rules.course.trend import TrendRow, in_words
from massage_rules.effects import ACTIONS as IN_ORDER
from massage_rules.effects import Progress
from massage_rules.grounds import deciding, value_in_words
from massage_rules.languages import english
from massage_rules.truth import TRUE, UNKNOWN, Truth
from massage_rules.verdicts import Disposition
from massage_rules.views import views

_MOST_QUESTIONS = 5
_TREATED = (Disposition.TREAT, Disposition.MODIFY)


class Follower:
    """Says what the notes mean for the next visit."""

    def __init__(
        self,
        advice: Advice,
        stories: Mapping[int, Story],
        concluded: Mapping[int, Sequence[Concluded]],
        rows: Sequence[TrendRow],
    ) -> None:
        self.advice, self.rulebook = advice, advice.rulebook
        self.stories, self.concluded, self.rows = stories, concluded, rows
        self.seen = views(advice.profile)

    def answer(self) -> FollowUp:
        """The follow-up, without its advice."""
        sites = tuple(self._site(number) for number in range(len(self.advice.sites)))
        action = self._action([s.action for s in sites if s.action is not None])
        return FollowUp(
            schema_version=FOLLOW_UP_SCHEMA_VERSION,
            on=str(self.advice.profile.as_of),
            visits=len({n.day for story in self.stories.values() for n in story.sessions}),
            disposition=self.advice.disposition,
            stops=self.advice.disposition not in _TREATED,
            action=action,
            summary=self._summary(action),
            sites=sites,
            concluded=tuple(self._concluded()),
            ask=tuple(dict.fromkeys(self._ask()))[:_MOST_QUESTIONS],
            trend=tuple(self.rows),
            basis=self.advice.basis,
            disclaimer=self.advice.disclaimer,
        )

    def _site(self, number: int) -> SiteFollowUp:
        found = next((p for p in self.advice.progress if p.site == number), None)
        rules = [self.rulebook.rules[r] for r in found.rules] if found else []
        story = self.stories.get(number)
        return SiteFollowUp(
            site=number,
            label=self.advice.sites[number].label,
            sessions=len(story.sessions) if story else 0,
            action=found.action if found else None,
            reasons=tuple(
                Why(
                    rule=rule.id,
                    title=rule.title,
                    advice=rule.effect.advice if isinstance(rule.effect, Progress) else "",
                    because=rule.because,
                    basis=rule.basis,
                )
                for rule in rules
            ),
        )

    def _action(self, found: Sequence[str]) -> str | None:
        """The most cautious action; where nobody may treat, that comes first."""
        match self.advice.disposition:
            case Disposition.EMERGENCY | Disposition.CONSULT | Disposition.DO_NOT_TREAT:
                return "refer"
            case Disposition.ASK_FIRST:
                return max([*found, "reassess"], key=IN_ORDER.index)
            case _:
                return max(found, key=IN_ORDER.index, default=None)

    def _summary(self, action: str | None) -> str:
        if self.advice.disposition not in _TREATED:
            return f"{str(self.advice.disposition).capitalize()}. {self.advice.summary}"
        said = english()(f"action.{action}") if action else "no rule speaks; go by the plan"
        changes = []
        for number, story in self.stories.items():
            rows = [r for r in self.rows if r.site == number and r.measure == story.measure]
            if rows:
                changes.append(in_words(rows, self.rulebook.outcomes[story.measure]))
        return f"{said[:1].upper()}{said[1:]}. {'; '.join(changes)}{'.' if changes else ''}".rstrip()

    def _concluded(self) -> Iterator[Conclusion]:
        facts = {v.site: v.facts for v in reversed(self.seen.views)}
        for site, found in self.concluded.items():
            for one in found:
                value = facts[site].get(one.fact)
                yield Conclusion(
                    site=site,
                    fact=one.fact,
                    words=self.rulebook.vocabulary.lay(one.fact),
                    value=value_in_words(self.rulebook, one.fact, value),
                    because=one.because,
                )

    def _ask(self) -> Iterator[str]:
        """The one question that a cautious rule waits for, where what else it asks for is so; the gravest first."""
        found: list[tuple[int, str]] = []
        for view in self.seen.views:
            if view.site not in self.stories:
                continue
            defined = Definitions(self.rulebook, view.facts)
            for rule in self.rulebook.rules.values():
                if not isinstance(rule.effect, Progress) or not rule.effect.cautious:
                    continue
                if evaluate(rule.when, view.facts, defined) is not UNKNOWN:
                    continue
                open_ = set(deciding(self.rulebook, rule.when, view.facts, defined))
                if len(open_) == 1 and _nearly(rule.when, view.facts, defined):
                    found.append((-rule.effect.caution, self.rulebook.vocabulary.facts[open_.pop()].ask))
        yield from (ask for _, ask in sorted(found, key=lambda pair: pair[0]))


def _nearly(condition: Condition, facts: Facts, defined: Mapping[str, Truth]) -> bool:
    """Whether some part that can't be told stands beside one that holds and says more than that there were sessions."""
    for part in walk(condition):
        if isinstance(part, All) and evaluate(part, facts, defined) is UNKNOWN:
            holding = [p for p in part.parts if evaluate(p, facts, defined) is TRUE]
            if any(not set(facts_read(p)) <= {"sessions_so_far"} or definitions_read(p) for p in holding):
                return True
    return False
