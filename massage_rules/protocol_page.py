"""One operation week by week, on a page for the people who read and review protocols."""

from __future__ import annotations

from collections.abc import Iterator

from massage_rules.display import wrapped
from massage_rules.errors import ContentError, Fault, Place, nearest
from massage_rules.protocols import LOADS, Phase, Protocol, Week
from massage_rules.rulebook import Rulebook

_OPENS = {
    "massage": "lightest massage of the part (level 1)",
    "gentle": "gentle pressure (level 2)",
    "medium": "medium pressure (level 3)",
    "firm": "firm pressure beside the repair (level 4)",
    "scar": "scar work, gently",
    "scar_firm": "scar work at level 3",
    "end_range": "the end of the range, held stretches",
    "contract_relax": "work against resistance",
}


def protocol_page(rulebook: Rulebook, procedure: str) -> str:
    """A protocol in words: from which week each kind of work opens, who agrees, and each phase; raises ContentError for others."""
    protocol = rulebook.protocols.get(procedure)
    if protocol is None:
        remedy = nearest(procedure, rulebook.protocols) or "`massage-rules protocol` lists them."
        raise ContentError([Fault(Place("protocol"), f"there is no protocol for `{procedure}`.", remedy)])
    return "\n".join(_lines(rulebook, protocol))


def _lines(rulebook: Rulebook, protocol: Protocol) -> Iterator[str]:
    yield f"{protocol.title} ({protocol.procedure})"
    yield f"({protocol.place}; {protocol.status}, {_review(rulebook, protocol)})"
    yield "\nOpens"
    for kind, words in _OPENS.items():
        yield f"  {_since(protocol.opens[kind]):>12}  {words}"
    if protocol.agreement is not None:
        who, until = protocol.agreement
        yield f"\nBefore week {until:g} the part is massaged only if agreed: {rulebook.vocabulary.clinicians[who].lower()}"
    if protocol.clot_window:
        yield f"Clot risk is raised until week {protocol.clot_window:g}; legs stay gentle."
    yield "\nWeek by week"
    for phase in (*protocol.phases, *protocol.throughout):
        yield from _phase(phase)
    yield "\nWhy"
    yield wrapped(str(protocol.words["because"]), 2)
    yield "Limits"
    yield wrapped(str(protocol.words["limits"]), 2)
    yield f"Sources\n{wrapped(', '.join(protocol.words['references']), 2)}"


def _review(rulebook: Rulebook, protocol: Protocol) -> str:
    """How many of the rules that a protocol stands for are signed as they stand."""
    mine = [rule for rule in rulebook.rules if rule.startswith(protocol.prefix)]
    signed = sum(rulebook.review(rule).state == "reviewed" for rule in mine)
    return f"{signed} of its {len(mine)} rules reviewed" if signed else "unreviewed"


def _phase(phase: Phase) -> Iterator[str]:
    yield wrapped(f"{phase.weeks}: {phase.says}", 2, 4)
    if phase.motion:
        by = " when moved by others" if phase.moved_by == "others" else ""
        most = ", ".join(f"{name.replace('_', ' ')} {degrees:g}" for name, degrees in phase.motion.items())
        yield wrapped(f"at most{by}: {most}", 6, 8)
    if phase.bars:
        yield wrapped(f"barred: {', '.join(b.split('.')[-1].replace('_', ' ') for b in phase.bars)}", 6, 8)
    said = " ".join(t for t in (phase.work, LOADS.get(phase.load, "")) if t)
    if said:
        yield wrapped(said, 6, 6)


def _since(week: Week) -> str:
    return "never" if week is None else "at once" if week == 0 else f"from week {week:g}"
