"""Advice for people: text for a terminal, HTML for a notebook or a page."""
from __future__ import annotations
from massage_rules.advice import Advice
from massage_rules.rulebook import Rulebook

def text(advice: Advice) -> str:
    out = [f"{advice.disposition.upper()}: {advice.summary}"]
    for s in advice.sites:
        out.append(f"\n{s.label} {s.side or ''}")
        for t in s.techniques:
            out.append(f"  {t.verdict:14} {t.technique:45} {t.role or ''} {'; '.join(b.words for b in t.limits)}")
            for r in t.reasons:
                q = advice.reasons[r]
                out.append(f"        [{'holds' if q.certain else 'open'}] {r}: {q.title}  <- {', '.join(g.words + '=' + g.value for g in q.grounds)}")
    for c in advice.consults: out.append(f"CONSULT {c.label} {c.urgency}: {' / '.join(c.ask)}")
    for q in advice.questions: out.append(f"ASK{'' if q.needed else ' (eases)'} [{q.id}] {q.ask} ({len(q.rules)} rules)")
    return "\n".join(out)

def html(advice: Advice) -> str:
    return text(advice)

def rule_page(rulebook: Rulebook, rule: str) -> str:
    return str(rulebook.rules[rule])
