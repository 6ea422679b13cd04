"""The pages of the clinical content: rules, techniques, conditions, operations, sources, facts, and what all of it is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path

from massage_rules.cases import Case, case_files, load_cases
from massage_rules.conditions import OneOf, walk
from massage_rules.effects import Adapt, Avoid, Define, Emergency, Progress, Refer, Scope, Suggest
from massage_rules.evidence import Result
from massage_rules.grounds import in_words
from massage_rules.protocols import Phase
from massage_rules.rule import Rule
from massage_rules.rule_page import effect_in_words
from massage_rules.rulebook import shipped_rulebook, text_seen

BOOK = shipped_rulebook()
RESULTS = [r for r in BOOK.evidence.values() if isinstance(r, Result)]
TESTS = Path(__file__).parents[2] / "tests"
_KINDS = {
    Emergency: "emergency",
    Avoid: "avoid",
    Refer: "refer",
    Adapt: "adapt",
    Suggest: "suggest",
    Define: "define",
    Progress: "progress",
}
_TRUTHS = {"TRUE": "holds", "FALSE": "doesn't hold", "UNKNOWN": "open"}
_BASIS = {
    "read": "sources whose text was seen",
    "mixed": "sources partly seen and partly recalled",
    "memory": "sources recalled, not seen",
    "default": "a cautious default without evidence",
}


def pages() -> dict[str, str]:
    """Every page of the content, as Markdown by its path."""
    return {
        **dict(_rule_pages()),
        **dict(_technique_pages()),
        **dict(_condition_pages()),
        **dict(_operation_pages()),
        **dict(_source_pages()),
        "facts.md": _facts(),
        "honest.md": _honest(),
    }


# Rules


def topic(rule: Rule) -> str:
    """The topic that a rule belongs to: the name of its file."""
    return rule.id.partition(".")[0]


def address(rule_id: str) -> str:
    """The path of a rule's page."""
    stem, _, name = rule_id.partition(".")
    return f"rules/{stem}/{name}.md"


def link(rule_id: str, *, up: str) -> str:
    """A rule's title, leading to its page, with its kind."""
    rule = BOOK.rules[rule_id]
    kind = _KINDS[type(rule.effect)]
    return f'<span class="mr mr-{kind}">{kind}</span> [{_plain(rule.title)}]({up}{address(rule_id)})'


def _rule_pages() -> Iterator[tuple[str, str]]:
    by_topic: dict[str, list[Rule]] = defaultdict(list)
    for rule in BOOK.rules.values():
        by_topic[topic(rule)].append(rule)
    yield (
        "rules/index.md",
        _lines(
            "# Rules",
            f"{len(BOOK.rules):,} rules in {len(by_topic)} topics. {_signed()} A rule's page says what it does, why, where it ends, what it "
            "needs to know, on which sources it rests, and which cases hold it.",
            "| Topic | Rules |",
            "|---|---|",
            *(f"| [{_heading(name)}]({name}/index.md) | {len(rules)} |" for name, rules in sorted(by_topic.items())),
            gap=False,
        ),
    )
    for name, rules in by_topic.items():
        yield (
            f"rules/{name}/index.md",
            _lines(f"# {_heading(name)}", "", *(f"- {link(r.id, up='../../')}" for r in rules), gap=False),
        )
        for rule in rules:
            yield address(rule.id), _rule_page(rule)


def _rule_page(rule: Rule) -> str:
    kind = _KINDS[type(rule.effect)]
    used = BOOK.definitions_of(rule.id)
    return _lines(
        f"# {_plain(rule.title)}",
        f'<span class="mr mr-{kind}">{kind}</span> `{rule.id}` · {rule.place} · {BOOK.review(rule.id).words}',
        "## What it does",
        f"When {_plain(in_words(BOOK, rule.when))}:",
        *_bullets(_plain(line) for line in effect_in_words(BOOK, rule.effect)),
        _plain(rule.do),
        "## Why",
        _plain(rule.because),
        "## Where it ends",
        _plain(rule.limits),
        *(["## Definitions it uses", *_bullets(_definition(name) for name in used)] if used else []),
        "## Facts it needs",
        *_bullets(f"`{n}`: {_plain(BOOK.vocabulary.facts[n].ask)}" for n in BOOK.direct_facts(rule.id)),
        "## Sources",
        f"It rests on {_BASIS.get(rule.basis, rule.basis)}.",
        *_bullets(_source_link(key, up="../../") for key in rule.references),
        *_cases_of(rule),
    )


def _definition(name: str) -> str:
    whens = " or ".join(in_words(BOOK, r.when) for r in BOOK.definitions[name])
    links = ", ".join(f"[{r.id}](../../{address(r.id)})" for r in BOOK.definitions[name][:3])
    return f"{_plain(BOOK.vocabulary.lay(name))}: {_plain(whens)} ({links}{' …' if len(BOOK.definitions[name]) > 3 else ''})"


def _cases_of(rule: Rule) -> Iterator[str]:
    mine = cases().get(rule.id, [])
    yield "## Cases"
    if mine:
        yield from _bullets(
            f"{_plain(case.name)} (*{_TRUTHS[case.rules[rule.id].name]}*; {case.place.file})" for case in mine[:12]
        )
        if len(mine) > 12:
            yield f"And {len(mine) - 12} more."
    else:
        yield "None names it: it is worked out from the map of the body or from a protocol, which a table of weeks holds."


@cache
def cases() -> dict[str, list[Case]]:
    """The clinicians' cases that name a rule, by rule."""
    found: dict[str, list[Case]] = defaultdict(list)
    for path in case_files([TESTS / "cases"]):
        for case in load_cases(path, BOOK):
            for rule in case.rules:
                found[rule].append(case)
    return found


# Techniques, conditions, operations


def _technique_pages() -> Iterator[tuple[str, str]]:
    families = BOOK.catalogue.families
    listed = (f"- [{_plain(f.label)}]({name}.md)" for name, f in families.items())
    yield "techniques/index.md", _lines("# Techniques", "", *listed, gap=False)
    for name, family in families.items():
        mine = BOOK.catalogue.select(name) or frozenset()
        rules = [r for r in BOOK.rules.values() if mine & _chosen(r)]
        yield (
            f"techniques/{name}.md",
            _lines(
                f"# {_plain(family.label)}",
                *(_variant(v) for v in sorted(mine)),
                "## What research says",
                *_bullets(_evidence(r, up="../") for r in RESULTS if mine & set(r.techniques)),
                "## When it is suggested",
                *_by_topic(r for r in rules if isinstance(r.effect, Suggest)),
                "## What stops it for all the body or by name",
                *_by_topic(r for r in rules if isinstance(r.effect, Emergency | Avoid | Refer)),
                "## What limits it",
                *_by_topic(r for r in rules if isinstance(r.effect, Adapt)),
            ),
        )


def _variant(name: str) -> str:
    variant = BOOK.catalogue.variants[name]
    return f"**{_plain(variant.label)}** (`{name}`)"


def _chosen(rule: Rule) -> frozenset[str]:
    effect = rule.effect
    if isinstance(effect, Suggest):
        return effect.techniques
    scope = getattr(effect, "scope", None)
    return scope.techniques if isinstance(scope, Scope) else frozenset()


def _by_topic(rules: Iterable[Rule]) -> Iterator[str]:
    """Rules under their topics, so that a long list stays readable."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[topic(rule)].append(rule)
    if not found:
        yield "Nothing."
    for name, mine in sorted(found.items()):
        inside = "".join(f"<li>{_html_link(r)}</li>" for r in mine)
        yield f"<details><summary>{escape(_heading(name))} ({len(mine)})</summary><ul>{inside}</ul></details>"


def _html_link(rule: Rule) -> str:
    return f'<a href="../{address(rule.id).removesuffix(".md")}.html">{escape(rule.title)}</a>'


def _condition_pages() -> Iterator[tuple[str, str]]:
    values = BOOK.vocabulary.facts["complaints"].values
    yield "conditions/index.md", _lines("# Conditions", "", *(f"- [{_plain(w)}]({n}.md)" for n, w in values.items()), gap=False)
    for name, words in values.items():
        naming = [r for r in BOOK.rules.values() if _names(r, name)]
        results = [r for r in RESULTS if name in r.complaints]
        yield (
            f"conditions/{name}.md",
            _lines(
                f"# {_plain(words)}",
                f"`{name}`, as a complaint at a place. Below are the rules that name it; every other rule counts for it too.",
                "## What is suggested",
                *_by_topic(r for r in naming if isinstance(r.effect, Suggest)),
                "## What is limited, stopped or referred",
                *_by_topic(r for r in naming if isinstance(r.effect, Adapt | Avoid | Refer | Emergency)),
                "## What research says",
                *(list(_bullets(_evidence(r, up="../") for r in results)) or ["Nothing that was found."]),
            ),
        )


def _names(rule: Rule, complaint: str) -> bool:
    """Whether a rule's condition names a complaint."""
    tests = (part for part in walk(rule.when) if isinstance(part, OneOf) and part.fact == "complaints")
    return any(complaint in test.values for test in tests)


def _operation_pages() -> Iterator[tuple[str, str]]:
    protocols = BOOK.protocols
    yield (
        "operations/index.md",
        _lines("# Operations", "", *(f"- [{_plain(p.title)}]({n}.md)" for n, p in protocols.items()), gap=False),
    )
    for name, protocol in protocols.items():
        opens = (f"| {kind.replace('_', ' ')} | {_week(week)} |" for kind, week in protocol.opens.items())
        phases = (_phase(phase) for phase in (*protocol.phases, *protocol.throughout))
        until = f"Until week {protocol.agreement[1]:g} the part is massaged only if agreed with: " if protocol.agreement else ""
        agreed = [f"{until}{BOOK.vocabulary.clinicians[protocol.agreement[0]].lower()}."] if protocol.agreement else []
        yield (
            f"operations/{name}.md",
            _lines(
                f"# {_plain(protocol.title)}",
                f"`{name}` · {protocol.place} · {_signed()}",
                "\n".join(["| Kind of work | opens in week |", "|---|---|", *opens]),
                *agreed,
                f"Clot risk is raised until week {protocol.clot_window:g}." if protocol.clot_window else "",
                "\n".join(["| Weeks | What holds | Work |", "|---|---|---|", *phases]),
                "## Why",
                _plain(str(protocol.words["because"])),
                "## Where it ends",
                _plain(str(protocol.words["limits"])),
                "## Sources",
                *_bullets(_source_link(str(key), up="../") for key in protocol.words["references"]),
                "## Rules that follow from it",
                *_by_topic(r for r in BOOK.rules.values() if r.id.startswith(protocol.prefix)),
            ),
        )


def _week(week: float | None) -> str:
    return "never by itself" if week is None else f"{week:g}"


def _phase(phase: Phase) -> str:
    weeks = f"{phase.first:g} to {phase.end:g}" if phase.end is not None else f"from {phase.first:g}"
    motions = "; ".join(
        f"{BOOK.vocabulary.regions.motions[m].label.lower()} at most {most:g}" for m, most in phase.motion.items()
    )
    return f"| {weeks} | {_cell(phase.says)}{f' ({_cell(motions)})' if motions else ''} | {_cell(phase.work)} |"


# Sources, facts


def _source_pages() -> Iterator[tuple[str, str]]:
    rows = (f"| {_source_link(key, up='')} | {r.get('year') or 'n.d.'} | {_seen(key)} |" for key, r in BOOK.references.items())
    yield "sources/index.md", _lines("# Sources", "", "| Source | Year | |", "|---|---|---|", *rows, gap=False)
    citing: dict[str, list[Rule]] = defaultdict(list)
    for rule in BOOK.rules.values():
        for key in dict.fromkeys(k.split(" ")[0] for k in rule.references):
            citing[key].append(rule)
    for key, entry in BOOK.references.items():
        yield (
            f"sources/{key}.md",
            _lines(
                f"# {_plain(str(entry['title']))}",
                " · ".join(_plain(str(entry[k])) for k in ("authors", "org", "year", "kind") if entry.get(k)),
                f"Its address: <{entry['url']}>" if entry.get("url") else "",
                f"{_seen(key).capitalize()}{_extent(entry)}.",
                "## What it showed",
                *(list(_bullets(_plain(r.says) for r in RESULTS if key in r.sources)) or ["No result of its own is kept."]),
                "## Rules that cite it",
                *_by_topic(citing[key]),
            ),
        )


def _extent(entry: Mapping[str, object]) -> str:
    return f": {_plain(str(entry['read_extent']))}" if entry.get("read_extent") else ""


def _source_link(reference: str, *, up: str) -> str:
    key, _, where = reference.partition(" ")
    path = f"{up}sources/{key}.md" if up else f"{key}.md"
    return f"[{_plain(str(BOOK.references[key]['title']))}]({path}){f', {_plain(where)}' if where else ''}"


def _seen(key: str) -> str:
    return "text seen" if text_seen(BOOK.references[key]) else "recalled, text not seen"


def _evidence(result: Result, *, up: str) -> str:
    sources = ", ".join(_source_link(s, up=up) for s in result.sources)
    return f"{_plain(result.says)} (*certainty: {result.certainty.replace('_', ' ')}*; {sources})"


def _facts() -> str:
    by_block: dict[str, list[str]] = defaultdict(list)
    for name, fact in BOOK.vocabulary.facts.items():
        by_block[fact.block or "asked by itself"].append(
            f"| `{name}` | {_cell(fact.ask)} | {fact.type.replace('_', ' ')} {fact.unit} | {fact.level} |"
        )
    parts = (
        "\n".join([f"## {_heading(b)}", "", "| Fact | Question | Kind | Of |", "|---|---|---|---|", *rows])
        for b, rows in by_block.items()
    )
    return _lines(
        "# Facts",
        f"{len(BOOK.vocabulary.facts)} facts that a profile can tell, by the part of the form that asks for them.",
        *parts,
    )


# What it is worth


def _honest() -> str:
    states = [BOOK.review(r).state for r in BOOK.rules]
    seen = sum(_seen(key) == "text seen" for key in BOOK.references)
    bases: dict[str, int] = defaultdict(int)
    for rule in BOOK.rules.values():
        bases[rule.basis] += 1
    told = [case for path in case_files([TESTS / "cases"]) for case in load_cases(path, BOOK)]
    gaps = [case for case in told if case.known_gap]
    return _lines(
        "# What is proved, tested, unreviewed and unknown",
        "The numbers on this page are counted when it is built.",
        "## Unreviewed",
        f"{states.count('reviewed')} of {len(states):,} rules are signed by a clinician. Nobody with a licence has reviewed the rest, and every answer says so.",
        "## What the rules rest on",
        f"{seen} of {len(BOOK.references)} sources were seen, most of them as excerpts; the others are recalled, and say so.",
        "\n".join(["| Basis | Rules |", "|---|---|", *(f"| {_BASIS.get(b, b)} | {n} |" for b, n in sorted(bases.items()))]),
        "## Tested",
        f"{len(told):,} cases. Three for every rule that a person wrote: one in which it holds, one near miss, one in which the deciding fact is missing.",
        f"{len(gaps)} cases are known gaps, where the rules don't answer as the case wants:",
        *_bullets(f"{_plain(case.name)}: {_plain(case.known_gap)}" for case in gaps),
        "What the meaning guarantees, and the test that holds each guarantee, stands in [what the rules mean](semantics.md).",
        "## Proved",
        "Of every client that there can be, rather than of examples: [what is proved, and what was found and left](proofs.md).",
        "## Not known",
        "Whether advice by these rules does clients more good than a good therapist's own. No trial has been made. Research on massage is "
        "mostly of low certainty, and each technique says how low.",
    )


# Words


def _signed() -> str:
    signed = sum(BOOK.review(r).state == "reviewed" for r in BOOK.rules)
    return f"{signed:,} of them are signed by a clinician." if signed else "None is reviewed by a clinician yet."


def _lines(*parts: str, gap: bool = True) -> str:
    kept = [p for p in parts if p or not gap]
    return ("\n\n" if gap else "\n").join(kept) + "\n"


def _bullets(lines: Iterable[str]) -> Iterator[str]:
    """A list as one block of text."""
    found = [f"- {line}" for line in lines]
    if found:
        yield "\n".join(found)


def _plain(words: str) -> str:
    """Words with nothing that Markdown or HTML would take for its own."""
    return (
        escape(words, quote=False)
        .replace("[", "\\[")
        .replace("]", "\\]")
        .replace("*", "\\*")
        .replace("_", "\\_")
        .replace("|", "\\|")
        .replace("\n", " ")
    )


def _cell(words: str) -> str:
    return _plain(words) or " "


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()
