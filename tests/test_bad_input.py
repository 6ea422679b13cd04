"""Bad input of every kind is refused whole, with its place, what is wrong, and what to do about it."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import small

from massage_rules._yaml import DEEPEST, LONGEST_FILE, LONGEST_TEXT, parse, read
from massage_rules.conditions import Interval
from massage_rules.errors import ContentError, Fault, MassageRulesError, ProfileError
from massage_rules.profile import ProfileBase, models, read_profile
from massage_rules.rulebook import load
from massage_rules.session import intake
from massage_rules.vocabulary import shipped_vocabulary

FOREIGN = re.compile(r"Error|NoneType|\bdict|\btuple|\bstr\b|\bint\b|\bobject\b|Input should")


@dataclass(frozen=True)
class Kind:
    """A kind of bad input: what was written, where the fault lies, and words of the message and of its remedy."""

    name: str
    text: Any
    place: str
    what: str
    remedy: str


def check(faults: tuple[Fault, ...], kind: Kind) -> None:
    """One fault, in the right place, in plain words, with a remedy."""
    said = [str(f) for f in faults]
    assert len(faults) == 1, said
    assert str(faults[0].place) == kind.place, said
    assert kind.what in faults[0].what, said
    assert kind.remedy, "every kind says what to do"
    assert kind.remedy in faults[0].remedy, said
    assert FOREIGN.search(re.sub("`[^`]*`", "", said[0])) is None, said
    assert said[0].isprintable()


def params(kinds: list[Kind]) -> list[Any]:
    return [pytest.param(kind, id=kind.name.replace(" ", "-")) for kind in kinds]


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


# fmt: off
FILES = [
    Kind("an alias", "b: *a\n", "f.yaml:1:4", "uses an alias", "Write the value out"),
    Kind("an anchor", "a: &x 1\n", "f.yaml:1:4", "uses an anchor (`&x`)", "Write the value out"),
    Kind("nesting without end", "[" * 100_000, f"f.yaml:1:{DEEPEST + 1}", f"deeper than {DEEPEST}", "Name a part"),
    Kind("a Python object", "a: !!python/object:os.system {}\n", "f.yaml:1:4", "uses a tag (`tag:yaml.org,2002:python/", "plain values"),
    Kind("a tag of text", "a: !!str 5\n", "f.yaml:1:4", "uses a tag", "Remove the tag"),
    Kind("a tag of its own", "a: !mine x\n", "f.yaml:1:4", "uses a tag (`!mine`)", "Remove the tag"),
    Kind("a merge key", "<<: {b: 1}\n", "f.yaml:1:1", "uses a merge key", "Write the values out"),
    Kind("several documents", "a: 1\n---\nb: 2\n", "f.yaml:2:1", "several documents", "remove `---`"),
    Kind("a repeated key", "age: 46\nsex: male\nage: 47\n", "f.yaml:3:1", "repeats the key `age` (first on line 1)", "Remove one"),
    Kind("a repeated key in a list", "- {a: 1,\n   a: 2}\n", "f.yaml:2:4", "repeats the key `a`", "Remove one"),
    Kind("a tab for indentation", "a:\n\tb: 1\n", "f.yaml:2:1", "isn't readable YAML", "Indent with spaces"),
    Kind("an unclosed bracket", "a: [1, 2\n", "f.yaml:2:1", "isn't readable YAML", "brackets"),
    Kind("an unclosed quote", 'a: "text\n', "f.yaml:2:1", "isn't readable YAML", "quotes"),
    Kind("a bracket too many", "a: 1]\nb: }\n", "f.yaml:2:4", "isn't readable YAML", "Check indentation"),
    Kind("a colon in bare text", "a: b: c\n", "f.yaml:1:5", "mapping values are not allowed", "colon followed by a space"),
    Kind("a bare star", "a: **b\n", "f.yaml:1:5", "isn't readable YAML", "Check"),
    Kind("an at sign", "a: @home\n", "f.yaml:1:4", "cannot start any token", "quote text"),
    Kind("indentation that slips", "a:\n    b: 1\n  c: 2\n", "f.yaml:3:3", "isn't readable YAML", "Check indentation"),
    Kind("a key that is a list", "? [a, b]\n: c\n", "f.yaml:1:3", "a key that isn't a plain word", "Write `name: value`"),
    Kind("a key that is nothing", "~: c\n", "f.yaml:1:1", "a key that isn't a plain word", "Write `name: value`"),
    Kind("an empty file", "", "f.yaml:1:1", "is empty", "Write something"),
    Kind("only spaces", "  \n\n", "f.yaml:1:1", "is empty", "Write something"),
    Kind("only comments", "# one\n# two\n", "f.yaml:1:1", "is empty", "Write something"),
    Kind("a document of nothing", "---\n", "f.yaml:1:1", "is empty", "Write something"),
    Kind("a binary file", b"\x89PNG\r\n\x1a\n\0\0", "f.yaml:1:1", "is a binary file", "text file"),
    Kind("a NUL byte", "a: b\0c\n", "f.yaml:1:1", "is a binary file", "text file"),
    Kind("Latin-1", "a: 1\nb: caf\xe9\n".encode("latin-1"), "f.yaml:2:7", "isn't UTF-8", "Save the file as UTF-8"),
    Kind("UTF-16 without NUL", b"\xff\xfea\x20", "f.yaml:1:1", "isn't UTF-8", "Save the file as UTF-8"),
    Kind("a lone surrogate", "a: \ud800\n", "f.yaml:1:4", "isn't UTF-8", "Save the file as UTF-8"),
    Kind("a control character", "a: 1\nb: x\x07y\n", "f.yaml:2:5", "holds U+0007", "Remove it"),
    Kind("an escape to nowhere", 'a: "\\ud800"\n', "f.yaml:1:7", "isn't readable YAML", "Check"),
    Kind("a huge file", b"- a\n" * (LONGEST_FILE // 4 + 1), "f.yaml:1:1", "larger than", "Split the file"),
    Kind("a very long text", "a: " + "x" * (LONGEST_TEXT + 1), "f.yaml:1:4", "a text of more than", "Shorten it"),
    Kind("a huge number", "a: " + "9" * 400, "f.yaml:1:4", "a number of 400 characters", "at most 15"),
    Kind("a hexadecimal number", "a: 0x10\n", "f.yaml:1:4", "has `0x10`", "Write a plain number"),
    Kind("an octal number", "a: 010\n", "f.yaml:1:4", "has `010`", "Write a plain number"),
    Kind("a new octal number", "a: 0o17\n", "f.yaml:1:4", "has `0o17`", "Write a plain number"),
    Kind("a binary number", "a: 0b11\n", "f.yaml:1:4", "has `0b11`", "Write a plain number"),
    Kind("underscores in a number", "a: 1_000\n", "f.yaml:1:4", "has `1_000`", "Write a plain number"),
    Kind("a number in base sixty", "a: 1:30\n", "f.yaml:1:4", "has `1:30`", "Write a plain number"),
    Kind("infinity", "a: -.inf\n", "f.yaml:1:4", "has `-.inf`", "Write a plain number"),
    Kind("not a number", "a: .NaN\n", "f.yaml:1:4", "has `.NaN`", "Write a plain number"),
    Kind("an exponent", "a: 1e400\n", "f.yaml:1:4", "has `1e400`", "Write a plain number"),
    Kind("a number that starts with its point", "a: .5\n", "f.yaml:1:4", "has `.5`", "such as `12` or `0.5`"),
]
# fmt: on


@pytest.mark.parametrize("kind", params(FILES))
def test_a_file_that_cannot_be_read_says_where_and_why(kind: Kind) -> None:
    """Every oddity of a file is a fault of its own with line, column and remedy."""
    with pytest.raises(ContentError) as caught:
        parse(kind.text, name="f.yaml")
    assert type(caught.value) is ContentError
    check(caught.value.faults, kind)


def problem(facts: str) -> str:
    return f"problems: [{{kind: open_skin_lesion, region: calf, facts: {facts}}}]"


# fmt: off
PROFILES = [
    # names
    Kind("a misspelt fact", "age: 46\npregnent: yes\n", "c.yaml:2:1", "unknown fact `pregnent`", "Did you mean `pregnant`?"),
    Kind("a misspelt fact of a site", "sites: [{region: neck, pain_nwo: 3}]", "c.yaml:1:24", "unknown fact `pain_nwo`", "`pain_now`"),
    Kind("a misspelt key of a profile", "probelms: []", "c.yaml:1:1", "unknown fact `probelms`", "Did you mean `problems`?"),
    Kind("a fact nobody knows", "qqqq: yes", "c.yaml:1:1", "unknown fact `qqqq`", "data/vocabulary.yaml"),
    Kind("a fact of a site at the client", "pain_now: 3", "c.yaml:1:1", "`pain_now` is a fact of a site", "under `sites:`"),
    Kind("a fact of the client at a site", "sites: [{region: neck, age: 4}]", "c.yaml:1:24", "a fact of the client", "to the top"),
    Kind("a block used as a fact", "heart_and_circulation: no", "c.yaml:1:1", "is a block", "`denied: [heart_and_circulation]`"),
    Kind("a key of the client at a site", "sites: [{region: neck, denied: all}]", "c.yaml:1:24", "unknown fact `denied`", "Facts"),
    Kind("control characters in a name", '"a\\x07\\nb": yes', "c.yaml:1:1", "unknown fact `a  b`", "Facts are declared"),
    Kind("a right-to-left mark in a name", '"preg\\u202enant": yes', "c.yaml:1:1", "`preg nant`", "`pregnant`"),
    Kind("markup in a name", '"<script>alert(1)</script>": yes', "c.yaml:1:1", "`<script>alert(1)</script>`", "Facts"),
    Kind("markup in a value", "smoker: <b>yes</b>", "c.yaml:1:1", "can't be `<b>yes</b>`", "Answer yes or no"),
    Kind("a very long name", "x" * 900 + ": yes", "c.yaml:1:1", "x…`", "Facts are declared"),
    Kind("a number for a name", "12: yes", "c.yaml:1:1", "unknown fact `12`", "Facts are declared"),
    # yes and no
    Kind("a number where yes or no stands", "pregnant: 1", "c.yaml:1:1", "`pregnant` can't be `1`", "Answer yes or no"),
    Kind("yes written large", "pregnant: YES", "c.yaml:1:1", "`pregnant` can't be `YES`", "Answer yes or no"),
    Kind("yes written y", "pregnant: y", "c.yaml:1:1", "`pregnant` can't be `y`", "Answer yes or no"),
    Kind("on for yes", "pregnant: on", "c.yaml:1:1", "`pregnant` can't be `on`", "Answer yes or no"),
    Kind("a list for yes", "pregnant: [yes]", "c.yaml:1:1", "can't be `[yes]`", "Answer yes or no"),
    Kind("a mapping for yes", "pregnant: {since: may}", "c.yaml:1:1", "can't be `{since: may}`", "Answer yes or no"),
    # numbers
    Kind("yes where a number stands", "age: yes", "c.yaml:1:1", "a number, not `yes`", "Write a number"),
    Kind("a number in quotes", "age: '46'", "c.yaml:1:1", "a number, not `46`", "Write 46 without quotes"),
    Kind("a number with its unit", "age: 46 years", "c.yaml:1:1", "a number, not `46 years`", "Write a number"),
    Kind("a decimal comma", "temperature: 37,5", "c.yaml:1:1", "a number, not `37,5`", "Write a number"),
    Kind("a list for a number", "age: [46]", "c.yaml:1:1", "a number, not `[46]`", "Write a number"),
    Kind("a number out of bounds", "heart_rate: 900", "c.yaml:1:1", "`heart_rate=900` lies outside", "Did you mean 90?"),
    Kind("a lost decimal point", "gestation_weeks: 340", "c.yaml:1:1", "outside 0 to 45 weeks", "Did you mean 34?"),
    Kind("days for weeks", "gestation_weeks: 196", "c.yaml:1:1", "`gestation_weeks=196`", "looks like days: did you mean 28,"),
    Kind("Fahrenheit", "temperature: 100.4", "c.yaml:1:1", "outside 30 to 43 °C", "degrees Fahrenheit: did you mean 38,"),
    Kind("a year of birth for an age", "age: 1980", "c.yaml:1:1", "`age=1980` lies outside", "a year of birth"),
    Kind("millimetres for centimetres", "aneurysm_size: 55", "c.yaml:1:1", "`aneurysm_size=55`", "millimetres: did you mean 5.5,"),
    Kind("a count in other units", "platelets: 150000", "c.yaml:1:1", "`platelets=150000`", "cells per microlitre: did you mean 150,"),
    Kind("sugar in other units", "glucose: 180", "c.yaml:1:1", "`glucose=180`", "mg/dL: did you mean 10,"),
    Kind("an age below nought", "age: -46", "c.yaml:1:1", "`age=-46` lies outside", "Did you mean 46?"),
    Kind("a negative length of time", "weeks_since_dvt: -6", "c.yaml:1:1", "lies outside", "Did you mean 6?"),
    Kind("an interval the wrong way round", "age: {between: [50, 40]}", "c.yaml:1:1", "from 50 down to 40", "smaller number first"),
    Kind("an interval of three", "age: {between: [1, 2, 3]}", "c.yaml:1:1", "not `{between: [1, 2, 3]}`", "`{between: [5, 8]}`"),
    Kind("an interval of words", "age: {between: [a, b]}", "c.yaml:1:1", "a number, not `a`", "Write a number"),
    Kind("a bound out of bounds", "age: {at_least: 300}", "c.yaml:1:1", "`age=300` lies outside", "months"),
    Kind("two forms at once", "age: {about: 6, at_least: 3}", "c.yaml:1:1", "is a number, not", "Write a number"),
    Kind("a unit that can't be converted", "age: {value: 4, unit: kg}", "c.yaml:1:1", "can't be given in `kg`", "Use `a`, `d`"),
    Kind("a unit for yes or no", "smoker: {value: 4, unit: kg}", "c.yaml:1:1", "`smoker` can't be", "Answer yes or no"),
    # choices
    Kind("a misspelt choice", "sex: femail", "c.yaml:1:1", "`sex` has no value `femail`", "Did you mean `female`?"),
    Kind("a misspelt choice in a list", "goals: [mobilty]", "c.yaml:1:1", "no value `mobilty`", "Did you mean `mobility`?"),
    Kind("a choice nobody knows", "sex: 3", "c.yaml:1:1", "`sex` has no value `3`", "It takes `female`, `male`"),
    Kind("a list for one choice", "sex: [male, female]", "c.yaml:1:1", "`sex` has no value `[male, female]`", "It takes"),
    Kind("a list in a list of choices", "goals: [[mobility]]", "c.yaml:1:1", "no value `[mobility]`", "It takes"),
    # not knowing
    Kind("a kind of not knowing nobody knows", "smoker: {unknown: unsur}", "c.yaml:1:1", "in a way `unsur`", "Did you mean `unsure`?"),
    Kind("not knowing yes", "smoker: {unknown: yes}", "c.yaml:1:1", "in a way `yes`", "Use `declined`"),
    Kind("a dated not knowing", "smoker: {value: {unknown: unsure}, on: 2026-01-01}", "c.yaml:1:1", "no value", "leave the date out"),
    Kind("a dated value in a dated value", "smoker: {value: {value: yes, on: 2026-01-01}, on: 2026-01-01}", "c.yaml:1:1", "no value", "out"),
    # dates
    Kind("a day no calendar has", "as_of: 2026-02-30", "c.yaml:1:1", "`2026-02-30` isn't a date", "Write it as"),
    Kind("a month no calendar has", "as_of: 2026-11-24\nweeks_since_dvt: {on: 2026-13}", "c.yaml:2:1", "`2026-13` isn't a date", "Write it as"),
    Kind("a date in words", "as_of: 24 November 2026", "c.yaml:1:1", "`24 November 2026` isn't a date", "Write it as"),
    Kind("a date the American way", "as_of: 11/24/2026", "c.yaml:1:1", "`11/24/2026` isn't a date", "Write it as"),
    Kind("a date by weeks", "as_of: 2026-W40-1", "c.yaml:1:1", "isn't a date", "Write it as"),
    Kind("a date that is a list", "as_of: [2026, 11, 24]", "c.yaml:1:1", "`[2026, 11, 24]` isn't a date", "Write it as"),
    Kind("the year 1", "as_of: 0001-01-01", "c.yaml:1:1", "the date 0001-01-01 is out of reach", "1880 to 2200"),
    Kind("the year 9999", "as_of: 9999-12-31", "c.yaml:1:1", "the date 9999-12-31 is out of reach", "1880 to 2200"),
    Kind("a date without as_of", "weeks_since_dvt: 2026-09-30", "c.yaml:1:1", "needs `as_of`", "`as_of: 2026-11-24`"),
    Kind("a value's day without as_of", "platelets: {value: 210, on: 2026-10-02}", "c.yaml:1:1", "needs `as_of`", "Add the day"),
    Kind("an old operation here that is young",
         "as_of: 2026-11-24\nsurgeries: [{procedure: total_knee_arthroplasty, on: 2026-11-17}]\n"
         "sites: [{region: knee, operation_over_12_weeks_ago: yes}]",
         "c.yaml:3:24", "is yes, but an operation here is younger", "Leave it out"),
    Kind("weeks here that aren't over twelve", "sites: [{region: knee, weeks_since_surgery: 3, operation_over_12_weeks_ago: yes}]",
         "c.yaml:1:48", "is yes, but an operation here is younger", "Leave it out"),
    Kind("a date in the future", "as_of: 2026-11-24\nweeks_since_dvt: 2027-01-01", "c.yaml:2:1", "lies after `as_of`", "Correct the date"),
    Kind("an operation in the future", "as_of: 2026-11-24\nsurgeries: [{procedure: caesarean_section, on: 2027-01-01}]",
         "c.yaml:2:44", "2027-01-01 lies after `as_of`", "Correct the date"),
    Kind("a date for what isn't a time", "as_of: 2026-11-24\nplatelets: {on: 2026-01-01}", "c.yaml:2:1", "isn't a length of time", "Write"),
    Kind("a date too long ago", "as_of: 2026-11-24\ngestation_weeks: 2020-01-01", "c.yaml:2:1", "would be 360 weeks", "Correct the date"),
    Kind("a length of time as it once was", "as_of: 2026-11-24\nage: {value: 4, on: 2026-01-01}", "c.yaml:2:1", "on another day", "at `as_of`"),
    # what contradicts
    Kind("a denied block contradicted", "denied: [heart_and_circulation]\nsmoker: yes", "c.yaml:2:1", "was denied as a whole", "`otherwise_denied`"),
    Kind("everything denied", "denied: all\nsmoker: yes", "c.yaml:2:1", "was denied as a whole", "`otherwise_denied`"),
    Kind("a denied block contradicted by a number", "denied: all\ngestation_weeks: 20", "c.yaml:2:1", "holds `pregnant`", "`otherwise_denied`"),
    Kind("a denied block contradicted by a medicine", "denied: all\nmedications: [warfarin]",
         "c.yaml:2:15", "was denied as a whole", "`otherwise_denied`"),
    Kind("a denied block contradicted by an operation", "denied: operations_and_injuries\nsurgeries: [{procedure: caesarean_section}]",
         "c.yaml:2:13", "stands in the denied block `operations_and_injuries`", "`otherwise_denied`"),
    Kind("a denied block contradicted by a problem", "denied: skin_and_allergy\nproblems: [{kind: open_skin_lesion, region: calf}]",
         "c.yaml:2:12", "stands in the denied block `skin_and_allergy`", "`otherwise_denied`"),
    Kind("an unknown block", "denied: [heart_and_circlation]", "c.yaml:1:1", "`heart_and_circlation` isn't a block", "`heart_and_circulation`"),
    Kind("a fact denied as a block", "denied: [smoker]", "c.yaml:1:1", "`smoker` isn't a block", "It takes"),
    Kind("a block that isn't a word", "denied: [1]", "c.yaml:1:10", "should be text", "Write a word"),
    Kind("a number whose parent is no", "pregnant: no\ngestation_weeks: 20", "c.yaml:2:1", "`pregnant` is no", "Correct one"),
    Kind("an implied contradiction", "vitamin_k_antagonist: yes\nanticoagulated: no",
         "c.yaml:1:1", "`vitamin_k_antagonist` is yes, but `anticoagulated` is no", "Correct one of the two"),
    Kind("a medicine that contradicts", "medications: [warfarin]\nanticoagulated: no", "c.yaml:1:15", "`anticoagulated` is no", "Correct one"),
    Kind("a complete list that isn't there", "medications_complete: yes", "c.yaml:1:1", "there is no list", "as `[]` if none is taken"),
    Kind("completeness that is no answer", "medications_complete: maybe", "c.yaml:1:1", "is answered yes or no", "Write yes or no"),
    # places and lists
    Kind("sites that aren't a list", "sites: {region: neck}", "c.yaml:1:1", "`sites` should be a list", "Start each item"),
    Kind("a site that is a word", "sites: [neck]", "c.yaml:1:9", "`sites.0` should be a mapping", "`region: neck`"),
    Kind("a site without a region", "sites: [{side: left}]", "c.yaml:1:9", "`region` is missing", "Add `region:`"),
    Kind("an unknown region", "sites: [{region: nekk}]", "c.yaml:1:9", "`nekk` isn't a region", "Did you mean `neck`?"),
    Kind("a region nobody knows", "sites: [{region: zzzz}]", "c.yaml:1:9", "`zzzz` isn't a region", "data/regions.yaml"),
    Kind("a region that is a list", "sites: [{region: [neck, head]}]", "c.yaml:1:10", "should be text", "Write a word"),
    Kind("an unknown side", "sites: [{region: calf, side: lefft}]", "c.yaml:1:9", "`lefft` isn't a side", "Did you mean `left`?"),
    Kind("a misspelt operation", "surgeries: [{procedure: caesarian_section}]", "c.yaml:1:13", "`caesarian_section`", "`caesarean_section`"),
    Kind("an operation without a region", "surgeries: [{procedure: nose_thing}]", "c.yaml:1:13", "its region is needed", "Add `region:`"),
    Kind("another operation without a region", "surgeries: [{procedure: other}]", "c.yaml:1:13", "needs its region", "Add `region:`"),
    Kind("an operation with two times", "surgeries: [{procedure: laparotomy, on: 2026, weeks_ago: 2}]",
         "c.yaml:1:13", "both `on` and `weeks_ago`", "one"),
    Kind("an operation that is a word", "surgeries: [caesarean_section]", "c.yaml:1:13", "should be a mapping", "Write `name: value`"),
    Kind("operations that are a word", "surgeries: caesarean_section", "c.yaml:1:1", "should be a list", "Start each item"),
    Kind("a misspelt key of an operation", "surgeries: [{procedure: laparotomy, weaks_ago: 3}]", "c.yaml:1:37", "`weaks_ago`", "`weeks_ago`"),
    Kind("a fact in an operation", "surgeries: [{procedure: laparotomy, pain_now: 3}]", "c.yaml:1:37", "`pain_now` has no meaning", "It takes `on`"),
    Kind("a date for how long ago", "surgeries: [{procedure: laparotomy, weeks_ago: 2026-01-01}]", "c.yaml:1:37", "not a date", "Write `on:"),
    Kind("an operation in a region of numbers", "surgeries: [{procedure: other, region: [1]}]",
         "c.yaml:1:32", "`[1]` isn't a region", "`region: calf`"),
    Kind("an operation nowhere", "surgeries: [{procedure: other, region: []}]", "c.yaml:1:32", "`[]` isn't a region", "`region: calf`"),
    Kind("an injury of no kind", "injuries: [{region: calf}]", "c.yaml:1:12", "`kind` is missing", "Add `kind:`"),
    Kind("a misspelt injury", "injuries: [{kind: whiplsh_wad, region: neck}]", "c.yaml:1:12", "`whiplsh_wad`", "Did you mean `whiplash_wad`?"),
    Kind("an injury with two times", "injuries: [{kind: whiplash_wad, region: neck, hours_ago: 3, weeks_ago: 1}]",
         "c.yaml:1:12", "several times", "Give one of"),
    Kind("an injury of the future", "injuries: [{kind: whiplash_wad, region: neck, hours_ago: -3}]", "c.yaml:1:47", "lies outside", "mean 3?"),
    Kind("a problem that isn't local", "problems: [{kind: pregnant, region: calf}]", "c.yaml:1:12", "isn't a local problem", "for a site"),
    Kind("a misspelt problem", "problems: [{kind: open_skin_lesoin, region: calf}]", "c.yaml:1:12", "isn't a local", "`open_skin_lesion`"),
    Kind("facts of a problem that are a list", problem("[pain_now]"), "c.yaml:1:12", "`facts` should be a mapping", "{pain_now: 3}"),
    Kind("a misspelt fact of a problem", problem("{pain_nwo: 3}"), "c.yaml:1:12", "`pain_nwo` isn't another fact", "`pain_now`"),
    Kind("a fact of the client at a problem", problem("{age: 3}"), "c.yaml:1:12", "`age` isn't another fact", "`level: site`"),
    Kind("a problem that denies itself", problem("{open_skin_lesion: no}"), "c.yaml:1:12", "isn't another fact", "Did you mean"),
    Kind("a problem somewhere else", problem("{region: neck}"), "c.yaml:1:12", "`region` isn't another fact", "`level: site`"),
    Kind("a bad answer about a problem", problem("{pain_now: 30}"), "c.yaml:1:12", "`pain_now=30` lies outside", "Did you mean 3?"),
    Kind("a date about a problem without as_of", problem("{days_since_tattoo_or_piercing: 2026-01-01}"), "c.yaml:1:59", "`as_of`", "Add the day"),
    Kind("a fact of a problem nobody knows", problem("{qqqq: 3}"), "c.yaml:1:12", "`qqqq` isn't another fact", "Facts"),
    Kind("a problem without a region", "problems: [{kind: open_skin_lesion}]", "c.yaml:1:12", "`region` is missing", "Add `region:`"),
    Kind("medicines that are a number", "medications: 5", "c.yaml:1:1", "`medications` should be a list", "Start each item"),
    # clearances and overrides
    Kind("a clearance without end", "clearances: [{rule: a.b, by: Dr Who, on: 2026-01-01}]", "c.yaml:1:14", "`until` is missing", "Add `until:`"),
    Kind("a clearance by nobody", "clearances: [{rule: a.b, on: 2026-01-01, until: 2026-02-01}]", "c.yaml:1:14", "`by` is missing", "Add"),
    Kind("a clearance from the future", "as_of: 2026-01-01\nclearances: [{rule: a.b, by: Dr Who, on: 2026-02-01, until: 2026-03-01}]",
         "c.yaml:2:38", "an `as_of` that isn't before it", "Add them"),
    Kind("a clearance that ends before it starts", "as_of: 2026-11-24\nclearances: [{rule: a.b, by: Dr Who, on: 2026-03-01, until: 2026-02-01}]",
         "c.yaml:2:54", "2026-02-01 lies before `on`", "Correct one"),
    Kind("an override without a reason", "overrides: [{rule: a.b, by: Dr Who}]", "c.yaml:1:13", "`reason` is missing", "Add `reason:`"),
    # a profile that is none
    Kind("a profile that is a list", "- age: 46", "c.yaml:1:1", "should be a mapping of facts", "Write `fact: answer`"),
    Kind("a profile that is text", "forty-six", "c.yaml:1:1", "should be a mapping of facts", "Write `fact: answer`"),
    Kind("a profile that is a number", "46", "c.yaml:1:1", "should be a mapping of facts", "Write `fact: answer`"),
]
# fmt: on


@pytest.mark.parametrize("kind", params(PROFILES))
def test_a_profile_that_cannot_be_read_says_where_and_why(kind: Kind) -> None:
    """Every fault of a client's file has its line, its field, the reason and the remedy."""
    with pytest.raises(ProfileError) as caught:
        read_profile(kind.text.encode(), name="c.yaml")
    assert type(caught.value) is ProfileError
    check(caught.value.faults, kind)


LOOP: dict[str, Any] = {}
LOOP["value"], LOOP["on"] = LOOP, "2026-01-01"
# fmt: off
OBJECTS = [
    Kind("a float that is no number", {"age": float("nan")}, "profile.age", "what isn't a number", "`{unknown: unsure}`"),
    Kind("a float without end", {"age": float("inf")}, "profile.age", "beyond all bounds", "Leave it out"),
    Kind("a number too large for a float", {"age": 10**400}, "profile.age", "beyond all bounds", "Leave it out"),
    Kind("a number too large to print", {"pregnant": 10**5000}, "profile.pregnant", "`a huge number`", "Answer yes or no"),
    Kind("an endless interval", {"age": {"between": [1, float("inf")]}}, "profile.age", "beyond all bounds", "Leave it out"),
    Kind("an unordered interval", {"age": Interval(9, 3)}, "profile.age", "runs from 9 down to 3", "smaller number first"),
    Kind("an interval out of bounds", {"age": Interval(-9, 3)}, "profile.age", "`age=-9` lies outside", "Did you mean 9?"),
    Kind("a truth for a number", {"age": True}, "profile.age", "a number, not yes or no", "Write a number"),
    Kind("a number for a truth", {"pregnant": 0}, "profile.pregnant", "can't be `0`", "Answer yes or no"),
    Kind("bytes", {"pregnant": b"yes"}, "profile.pregnant", "something else than words", "Answer yes or no"),
    Kind("a function", {"sex": len}, "profile.sex", "something else than words", "It takes"),
    Kind("a class", {"age": int}, "profile.age", "something else than words", "Write a number"),
    Kind("a list nested without end", {"pregnant": nested(5_000)}, "profile.pregnant", "can't be `[[[…]]]`", "Answer yes or no"),
    Kind("a mapping that holds itself", {"smoker": LOOP}, "profile.smoker", "a dated value that is no value", "leave the date out"),
    Kind("a missing day of a data frame", {"as_of": type("NaT", (date,), {"year": float("nan")})(1, 1, 1)}, "profile.as_of", "isn't a date", "as"),
    Kind("a date out of reach", {"as_of": date(1, 1, 1)}, "profile.as_of", "out of reach", "1880 to 2200"),
    Kind("a date for an age without as_of", {"age": date(1980, 1, 1)}, "profile.age", "needs `as_of`", "Add the day"),
    Kind("a moment in the future", {"as_of": "2026-11-24", "age": datetime(2027, 1, 1, 9)}, "profile.age", "lies after", "Correct"),  # noqa: DTZ001
    Kind("a name that is a number", {1: "yes"}, "profile", "has `1` where the name", "Write names as words"),
    Kind("a name that is nothing", {None: "yes"}, "profile", "has `nothing` where the name", "Write names as words"),
    Kind("a name that is a huge number", {10**5000: "yes"}, "profile", "has `a huge number`", "Write names as words"),
    Kind("a name at a site that is a number", {"sites": [{"region": "neck", 1: 2}]}, "profile.sites.0.1", "isn't text", "as words"),
    Kind("a name that is no text", {"\ud800": "yes"}, "profile", "isn't a character of text", "Write a word"),
    Kind("a region that is no text", {"sites": [{"region": "\ud800"}]}, "profile.sites.0", "` ` isn't a region", "data/regions.yaml"),
    Kind("a region nested without end", {"problems": [{"kind": "open_skin_lesion", "region": nested(5_000)}]},
         "profile.problems.0.region", "[[[…]]]", "calf"),
    Kind("a profile that is nothing", None, "profile", "should be a mapping", "Write `fact: answer` lines"),
    Kind("a profile that is a set", {"age"}, "profile", "should be a mapping", "Write `fact: answer` lines"),
]
# fmt: on


@pytest.mark.parametrize("kind", params(OBJECTS))
def test_python_objects_are_refused_as_strictly(kind: Kind) -> None:
    """What can't be written in a file, Python can pass; it is refused in the same words."""
    with pytest.raises(ProfileError) as caught:
        models(shipped_vocabulary()).profile.read(kind.text)
    assert type(caught.value) is ProfileError
    check(caught.value.faults, kind)


def effect(text: str, when: str = "{open_skin: yes}") -> str:
    return small.rule(effect=text, when=when)


def suggestion(text: str) -> str:
    return effect(f"{{suggest: {{{text}}}}}", when="{complaints: scar}")


def scores(text: str) -> str:
    return small.rule(when=f"{{points: {{{text}}}}}")


def circle(*names: str) -> str:
    """Rules that define each name by the one before it, the first by the last."""
    pairs = zip(names, (names[-1], *names[:-1]), strict=True)
    return "".join(small.rule(f"skin.{name}", when=f"{{{other}: yes}}", effect=f"{{define: {name}}}") for name, other in pairs)


NO_DECLARED = "Facts are declared in data/vocabulary.yaml"
# fmt: off
RULES = [
    # the rule itself
    Kind("a rule file that is no list", "a: 1\n", "rules/skin.yaml:1:1", "a rule file should be a list", "Start each item"),
    Kind("a rule that is text", "- a rule\n", "rules/skin.yaml:1:3", "a rule should be a mapping", "Write `name: value`"),
    Kind("a rule without an id", small.rule(""), "rules/skin.yaml:1:3", "has no `id`", "Add `id:`"),
    Kind("an id of another file", small.rule("neck.open"), "rules/skin.yaml:1:7", "`neck.open` doesn't fit its file", "Write `skin.`"),
    Kind("an id in capitals", small.rule("skin.Open"), "rules/skin.yaml:1:7", "`skin.Open` doesn't fit", "lower case"),
    Kind("an id with markup", small.rule("skin.<b>"), "rules/skin.yaml:1:7", "`skin.<b>` doesn't fit", "lower case"),
    Kind("an id twice", small.rule() + small.rule(), "rules/skin.yaml:11:3", "stands twice (first in rules/skin.yaml:1:3)", "Rename"),
    Kind("an unknown key", small.rule(becuase="x"), "rules/skin.yaml:11:3", "a rule has no key `becuase`", "Did you mean `because`?"),
    *(Kind(f"a rule without {key}", small.rule(**{key: None}),
           "rules/skin.yaml:1:3", f"`skin.open` has no `{key}`", f"Add `{key}:`") for key in ("title", "status", "when", "effect", "because", "limits", "references")),
    Kind("an empty reason", small.rule(because=""), "rules/skin.yaml:6:11", "`because` should be text", "Write a word"),
    Kind("a title that is a list", small.rule(title="[a]"), "rules/skin.yaml:2:10", "`title` should be text", "Write a word"),
    Kind("an unknown status", small.rule(status="activ"), "rules/skin.yaml:3:11", "`status` can't be `activ`", "`active`"),
    Kind("an unknown basis", small.rule(basis="memmory"), "rules/skin.yaml:9:10", "`basis` can't be `memmory`", "`memory`"),
    Kind("an unknown source", small.rule(references="[a_boook]"), "rules/skin.yaml:8:15", "`a_boook` isn't a source", "`a_book`"),
    Kind("a source nobody knows", small.rule(references="[zz]"), "rules/skin.yaml:8:15", "`zz` isn't a source", "data/references.yaml"),
    # conditions
    Kind("a condition with two keys", small.rule(when="{open_skin: yes, twins: yes}"), "rules/skin.yaml:4:9", "one `name: value`", "under `all:`"),
    Kind("a condition that is text", small.rule(when="always"), "rules/skin.yaml:4:9", "one `name: value`", "under `all:`"),
    Kind("a condition of nothing", small.rule(when="{}"), "rules/skin.yaml:4:9", "one `name: value`", "under `all:`"),
    Kind("an empty all", small.rule(when="{all: []}"), "rules/skin.yaml:4:10", "`all` has no parts", "at least one condition"),
    Kind("an empty any", small.rule(when="{any: []}"), "rules/skin.yaml:4:10", "`any` has no parts", "at least one condition"),
    Kind("a misspelt fact in a rule", small.rule(when="{open_skn: yes}"), "rules/skin.yaml:4:10", "neither a fact nor a definition", "`open_skin`"),
    Kind("a name nobody defines", small.rule(when="{qqqq: yes}"), "rules/skin.yaml:4:10", "`qqqq` is neither", NO_DECLARED),
    Kind("a misspelt value in a rule", small.rule(when="{sex: femal}"), "rules/skin.yaml:4:15", "`sex` has no value `femal`", "`female`"),
    Kind("a misspelt region in a rule", small.rule(when="{region: nekk}"), "rules/skin.yaml:4:18", "no value `nekk`", "Did you mean `neck`?"),
    Kind("a truth written true", small.rule(when="{open_skin: true}"), "rules/skin.yaml:4:21", "answered yes or no", "`open_skin: yes`"),
    Kind("a comparison of yes or no", small.rule(when="{twins: {at_least: 1}}"), "rules/skin.yaml:4:17", "answered yes or no", "`twins: yes`"),
    Kind("a number without a comparison", small.rule(when="{age: 65}"), "rules/skin.yaml:4:15", "`age` is a number", "`age: {at_least: 3}`"),
    Kind("an unknown comparison", small.rule(when="{age: {atleast: 65}}"), "rules/skin.yaml:4:16", "no key `atleast`", "`at_least`"),
    Kind("a bound that decides nothing", small.rule(when="{age: {above: 150}}"), "rules/skin.yaml:4:23", "so 150 decides nothing", "Correct"),
    Kind("a bound that is a word", small.rule(when="{age: {above: old}}"), "rules/skin.yaml:4:23", "should be a number", "`{fact: other_fact}`"),
    Kind("two facts, one of yes or no", small.rule(when="{pain_now: {above: {fact: twin}}}"),
         "rules/skin.yaml:4:28", "`twin` isn't a number", "`twins`"),
    Kind("points without a total", scores("of: [{points: 1, when: {twins: yes}}]"), "rules/skin.yaml:4:18", "needs a total", "`at_least:`"),
    Kind("points without items", scores("at_least: 2"), "rules/skin.yaml:4:18", "`points` has no items", "under `of:`"),
    Kind("an item of no points", scores("at_least: 1, of: [{points: 0, when: {twins: yes}}]"),
         "rules/skin.yaml:4:37", "needs `points`", "other than 0"),
    Kind("an item without a condition", scores("at_least: 1, of: [{points: 1}]"), "rules/skin.yaml:4:37", "`points` and `when`", "a condition"),
    # effects
    Kind("an unknown effect", effect("{avoyd: {techniques: all}}"), "rules/skin.yaml:5:12", "`avoyd` isn't an effect", "Did you mean `avoid`?"),
    Kind("two effects", effect("{avoid: {techniques: all}, define: x}"), "rules/skin.yaml:5:11", "exactly one effect", "Write one of"),
    Kind("an effect that is a word", effect("avoid"), "rules/skin.yaml:5:11", "exactly one effect", "Write one of"),
    Kind("an unknown key of an effect", effect("{adapt: {pain_at_most: 2, wehre: body}}"), "rules/skin.yaml:5:37", "no key `wehre`", "`where`"),
    Kind("a misspelt technique", effect("{avoid: {techniques: deep_tisue_massage}}"),
         "rules/skin.yaml:5:32", "isn't a technique", "`deep_tissue_massage`"),
    Kind("a misspelt property", effect("{avoid: {techniques: [deep_presure]}}"), "rules/skin.yaml:5:32", "or a property", "`deep_pressure`"),
    Kind("a technique nobody knows", effect("{avoid: {techniques: [qqqq]}}"), "rules/skin.yaml:5:32", "isn't a technique", "data/techniques.yaml"),
    Kind("an unknown clinician", effect("{refer: {who: surgon, urgency: routine, ask: May we?, techniques: all}}"),
         "rules/skin.yaml:5:25", "`who` can't be `surgon`", "Did you mean `surgeon`?"),
    Kind("an unknown urgency", effect("{refer: {who: surgeon, urgency: same_dya, ask: May we?, techniques: all}}"),
         "rules/skin.yaml:5:43", "`urgency` can't be `same_dya`", "Did you mean `same_day`?"),
    Kind("an emergency that can wait", effect("{emergency: {who: surgeon, urgency: routine, ask: Go now.}}"),
         "rules/skin.yaml:5:47", "`urgency` can't be `routine`", "It takes `now` and `same_day`"),
    Kind("a consultation of nobody", effect("{refer: {urgency: routine, ask: May we?, techniques: all}}"),
         "rules/skin.yaml:5:19", "no `who`", "Add `who:`"),
    Kind("a misspelt place", effect("{avoid: {techniques: all, where: [nekk]}}"), "rules/skin.yaml:5:44", "`nekk` isn't a region", "`neck`"),
    Kind("a side by no fact of sides", effect("{avoid: {techniques: all, side: scar_sied}}"), "rules/skin.yaml:5:43", "tells a side", "`scar_side`"),
    Kind("a margin without end", effect("{avoid: {techniques: all, margin_cm: 500}}"), "rules/skin.yaml:5:48", "from 0 to 50", "Correct it"),
    Kind("a misspelt position", effect("{adapt: {no_positions: [prune]}}"), "rules/skin.yaml:5:19", "`prune` isn't a position", "`prone`"),
    Kind("a pressure of seven", effect("{adapt: {pressure_at_most: 7}}"), "rules/skin.yaml:5:38", "from 0 to 5", "Correct it"),
    Kind("a pressure in words", effect("{adapt: {pressure_at_most: light}}"), "rules/skin.yaml:5:38", "from 0 to 5", "Correct it"),
    Kind("a pain of eleven", effect("{adapt: {pain_at_most: 11}}"), "rules/skin.yaml:5:34", "from 0 to 10", "Correct it"),
    Kind("minutes without end", effect("{adapt: {minutes_at_most: 999}}"), "rules/skin.yaml:5:37", "from 1 to 240", "Correct it"),
    Kind("an adaptation without a limit", effect("{adapt: {techniques: all}}"), "rules/skin.yaml:5:19", "sets no limit", "Give at least one of"),
    Kind("a misspelt motion", effect("{adapt: {motion: {knee_flexon: {at_most: 90}}}}"), "rules/skin.yaml:5:42", "isn't a motion", "`knee_flexion`"),
    Kind("a motion without a limit", effect("{adapt: {motion: {knee_flexion: {}}}}"), "rules/skin.yaml:5:43", "no `at_most`", "Add `at_most:`"),
    Kind("a misspelt region to spare", effect("{adapt: {spare: [nekk]}}"), "rules/skin.yaml:5:27", "`nekk` isn't a region", "Did you mean `neck`?"),
    Kind("an end of range by number", effect("{adapt: {no_end_range: 1}}"), "rules/skin.yaml:5:34", "can't be `1`", "It takes `no` and `yes`"),
    Kind("a suggestion below its least pressure", suggestion("techniques: [deep_tissue_massage], role: option, goals: [mobility], certainty: low, pressure_at_most: 1"),
         "rules/skin.yaml:5:21", "needs pressure 4, but at most 1 is suggested", "Raise the limit"),
    Kind("an unknown goal", suggestion("techniques: [deep_tissue_massage], role: option, goals: [mobilty], certainty: low"),
         "rules/skin.yaml:5:78", "`mobilty` isn't a goal", "Did you mean `mobility`?"),
    Kind("an unknown role of a suggestion", suggestion("techniques: [deep_tissue_massage], role: frist_line, goals: [mobility], certainty: low"),
         "rules/skin.yaml:5:63", "`role` can't be `frist_line`", "Did you mean `first_line`?"),
    Kind("an unknown certainty", suggestion("techniques: [deep_tissue_massage], role: option, goals: [mobility], certainty: lo"),
         "rules/skin.yaml:5:101", "`certainty` can't be `lo`", "Did you mean `low`?"),
    Kind("an unknown action", effect("{progress: {action: eaze}}"), "rules/skin.yaml:5:31", "`action` can't be `eaze`", "Did you mean `ease`?"),
    # definitions and polarity
    Kind("a definition that names a fact", effect("{define: age}"), "rules/skin.yaml:5:20", "can't be the name of a definition", "a new name"),
    Kind("a definition with a space", effect("{define: my name}"), "rules/skin.yaml:5:20", "can't be the name", "underscores"),
    Kind("a definition of itself", circle("one"), "rules/skin.yaml:1:3", "round in a circle: one → one", "Break the circle"),
    Kind("a definition that is only a draft", small.rule("skin.a", status="draft", effect="{define: sore}") + small.rule("skin.b", when="{sore: yes}"),
         "rules/skin.yaml:11:3", "uses `sore`, which no active rule defines", "Activate a rule"),
    Kind("a risk that lifts caution", small.rule(when="{open_skin: no}"),
         "rules/skin.yaml:1:3", "risk `open_skin` lifts caution", "Turn the test round"),
    Kind("a risk under not", small.rule(when="{not: {any: [{open_skin: yes}, {age: {above: 9}}]}}"),
         "rules/skin.yaml:1:3", "`open_skin` lifts", "Turn"),
    Kind("a protection that raises caution", small.rule(when="{wound_closed: yes}"),
         "rules/skin.yaml:1:3", "protective `wound_closed` raises", "Turn"),
    Kind("a risk that speaks for a technique", effect("{suggest: {techniques: [deep_tissue_massage], role: option, goals: [mobility], certainty: low}}", when="{open_skin: yes}"),
         "rules/skin.yaml:1:3", "risk `open_skin` lifts caution", "Turn the test round"),
    Kind("a risk that lifts caution by a definition", small.rule("skin.a", effect="{define: sore}") + small.rule("skin.b", when="{sore: no}"),
         "rules/skin.yaml:11:3", "in rule `skin.b` (through `sore`), risk `open_skin` lifts caution", "Turn the test round"),
    Kind("a risk that takes points away", scores("at_least: 1, of: [{points: -1, when: {open_skin: yes}}, {points: 2, when: {twins: yes}}]"),
         "rules/skin.yaml:1:3", "risk `open_skin` lifts caution", "Turn the test round"),
]
# fmt: on


@pytest.mark.parametrize("kind", params(RULES))
def test_a_rule_that_cannot_be_read_says_where_and_why(kind: Kind) -> None:
    """Every fault of a rule file has its line and column, and no rulebook comes of it."""
    with pytest.raises(ContentError) as caught:
        small.rulebook(skin=kind.text)
    assert type(caught.value) is ContentError
    check(caught.value.faults, kind)


def fact(entry: str) -> str:
    """The small vocabulary with one more fact."""
    return small.VOCABULARY + f"  extra: {{{entry}}}\n"


def block(entry: str) -> str:
    """The small vocabulary with one more block."""
    return small.VOCABULARY.replace("\nfacts:", f"\n  extra: {{{entry}}}\nfacts:")


def renamed(name: str) -> str:
    return small.VOCABULARY + f"  {name}: {{type: yes_no, level: patient, block: about, ask: Is it so?}}\n"


LINE = small.VOCABULARY.count("\n") + 1
AT = f"data/vocabulary.yaml:{LINE}:"
# fmt: off
VOCABULARIES = [
    Kind("a vocabulary that is a list", "- a\n", "data/vocabulary.yaml:1:1", "the vocabulary should be a mapping", "Write `name: value`"),
    Kind("an unknown part of a vocabulary", small.VOCABULARY + "fact: {}\n", f"{AT}1", "has no key `fact`", "Did you mean `facts`?"),
    Kind("an unknown key of a fact", fact("type: yes_no, level: patient, block: about, ask: So?, qqqq: no"), f"{AT}65", "no key `qqqq`", "It takes"),
    Kind("an unknown type", fact("type: yesno, level: patient, block: about, ask: So?"), f"{AT}17", "the type `yesno`", "Did you mean `yes_no`?"),
    Kind("a fact without a type", fact("level: patient, block: about, ask: So?"), f"{AT}10", "`extra` has no `type`", "Add `type:`"),
    Kind("a fact without a level", fact("type: yes_no, block: about, ask: So?"), f"{AT}10", "`extra` has no `level`", "`patient` and `site`"),
    Kind("an unknown level", fact("type: yes_no, level: pateint, block: about, ask: So?"), f"{AT}32", "the level `pateint`", "`patient`"),
    Kind("an unknown role", fact("type: yes_no, level: site, role: danger, block: about, ask: So?"), f"{AT}44", "the role `danger`", "It takes"),
    Kind("a fact without a question", fact("type: yes_no, level: site, block: about"), f"{AT}10", "has no question", "Add `ask:`"),
    Kind("a fact in an unknown block", fact("type: yes_no, level: site, block: skinn, ask: So?"),
         f"{AT}45", "`skinn`, which isn't a block", "`skin`"),
    Kind("a risk without a block", fact("type: yes_no, level: site, role: risk, ask: So?"),
         f"{AT}10", "risk `extra` stands in no block", "Add `block:`"),
    Kind("a risk that can't be denied", fact("type: number, unit: kg, level: site, role: risk, block: skin, ask: So?"),
         f"{AT}10", "can't be denied", "`only_if:`"),
    Kind("a negated fact", renamed("not_pregnant"), f"{AT}17", "`not_pregnant` is negated", "Name what is the case"),
    Kind("a fact with a name that is taken", renamed("as_of"), f"{AT}3", "`as_of` can't be the name of a fact", "Use a new name"),
    Kind("a fact with the name of a word", renamed("any"), f"{AT}3", "`any` can't be the name of a fact", "Use a new name"),
    Kind("a fact that is built in", renamed("side"), f"{AT}3", "`side` can't be the name of a fact", "Use a new name"),
    Kind("a fact with a name of two words", renamed("two words"), f"{AT}3", "`two words` can't be the name", "underscores"),
    Kind("a fact with a hidden name", renamed("_hidden"), f"{AT}3", "`_hidden` can't be the name", "in lower case"),
    Kind("a choice without values", fact("type: choice, level: site, block: about, ask: So?"), f"{AT}10", "without values", "Add `values:`"),
    Kind("a number without a unit", fact("type: number, level: site, block: about, ask: So?"), f"{AT}10", "without a unit", "in UCUM"),
    Kind("bounds the wrong way round", fact("type: number, unit: kg, bounds: [9, 3], level: site, block: about, ask: So?"),
         f"{AT}43", "two numbers, the smaller first", "`bounds: [0, 45]`"),
    Kind("one bound", fact("type: number, unit: kg, bounds: [9], level: site, block: about, ask: So?"), f"{AT}43", "two numbers", "`bounds:"),
    Kind("bounds in words", fact("type: number, unit: kg, bounds: [low, high], level: site, block: about, ask: So?"),
         f"{AT}43", "two numbers", "bounds"),
    Kind("a freshness without days", fact("type: yes_no, level: site, block: about, ask: So?, fresh_for: 90"),
         f"{AT}73", "a number of days", "{days: 90}"),
    Kind("a change that isn't one", fact("type: yes_no, level: site, block: about, ask: So?, changes: by_tme"),
         f"{AT}71", "the changes `by_tme`", "`by_time`"),
    Kind("a freshness in words", fact("type: yes_no, level: site, block: about, ask: So?, fresh_for: {days: few}"),
         f"{AT}73", "of days", "{days: 90}"),
    Kind("a fact from an unknown list", fact("type: yes_no, level: site, block: about, ask: So?, from: surgry"),
         f"{AT}68", "the from `surgry`", "`surgery`"),
    Kind("a fact that implies a number", fact("type: yes_no, level: patient, block: about, ask: So?, implies: [age]"),
         f"{AT}74", "implies `age`", "mean `age`?"),
    Kind("a fact that implies a misspelt one", fact("type: yes_no, level: site, block: about, ask: So?, implies: [twin]"),
         f"{AT}71", "`twin`", "`twins`"),
    Kind("a gate of an unknown fact", fact("type: yes_no, level: site, block: about, ask: So?, only_if: {pregnent: yes}"),
         f"{AT}72", "`pregnent` is neither", "Did you mean `pregnant`?"),
    Kind("a gate of itself", fact("type: yes_no, level: site, block: about, ask: So?, only_if: {extra: yes}"),
         f"{AT}3", "goes round in a circle", "Break"),
    Kind("a circle of gates", small.VOCABULARY + "  one: {type: yes_no, level: site, block: about, ask: So?, only_if: {two: yes}}\n" + "  two: {type: yes_no, level: site, block: about, ask: So?, only_if: {one: yes}}\n",
         f"data/vocabulary.yaml:{LINE + 1}:3", "goes round in a circle through `one`", "Break the circle"),
    Kind("a block without a question", block("title: T, why: w"), "data/vocabulary.yaml:8:10", "block `extra` has no `ask`", "Add it"),
    Kind("an unknown key of a block", block("title: T, ask: a, why: w, onlyif: x"),
         "data/vocabulary.yaml:8:37", "block `extra` has no key `onlyif`", "Did you mean `only_if`?"),
    Kind("a block called all", block("title: T, ask: a, why: w").replace("  extra:", "  all:"),
         "data/vocabulary.yaml:8:3", "`all` can't be the name of a block", "Use a new name"),
]
# fmt: on


@pytest.mark.parametrize("kind", params(VOCABULARIES))
def test_a_vocabulary_that_cannot_be_read_says_where_and_why(kind: Kind) -> None:
    """Every fault of the facts has its line and column."""
    with pytest.raises(ContentError) as caught:
        small.vocabulary(kind.text)
    check(caught.value.faults, kind)


def pressures(old: str, new: str) -> str:
    """The shipped techniques with one thing changed in the first variant."""
    text = small.techniques_text()
    start = text.index("    variants:")
    return text[:start] + text[start:].replace(old, new, 1)


def at(words: str) -> str:
    """The place of some words in the first variant."""
    text = small.techniques_text()
    found = text.index(words, text.index("    variants:"))
    return f"data/techniques.yaml:{text.count(chr(10), 0, found) + 1}:{found - text.rfind(chr(10), 0, found)}"


MFR = at("label:")
# fmt: off
DATA = [
    ("regions", Kind("a parent nobody knows", "regions: {body: {}, arm: {parent: bdoy}}", "data/regions.yaml:1:21", "`bdoy`, which isn't", "`body`")),
    ("regions", Kind("a region without a parent", "regions: {body: {}, arm: {}}", "data/regions.yaml:1:21", "`arm` has no parent", "Only `body`")),
    ("regions", Kind("a region below itself", "regions: {body: {}, arm: {parent: arm}}",
                     "data/regions.yaml:1:21", "stands below itself", "`parent:`")),
    ("regions", Kind("no body", "regions: {}", "data/regions.yaml:1:1", "there is no region `body`", "Declare `body`")),
    ("regions", Kind("a cap of nine", "regions: {body: {pressure_cap: 9}}", "data/regions.yaml:1:32", "should be 0 to 5", "Walton")),
    ("regions", Kind("an unknown key of a region", "regions: {body: {pair: yes}}", "data/regions.yaml:1:18", "no key `pair`", "`paired`")),
    ("regions", Kind("a group of nothing known", "regions: {body: {}}\ngroups: {g: [arm]}", "data/regions.yaml:2:9", "holds `arm`", "Declare it")),
    ("regions", Kind("a group named as a region", "regions: {body: {}}\ngroups: {body: [body]}",
                     "data/regions.yaml:2:9", "the name of a region", "another")),
    ("medications", Kind("a medicine for no fact", "groups: {g: {facts: [twin], names: [x]}}", "data/medications.yaml:1:13", "`twin`", "`twins`")),
    ("medications", Kind("an unknown key of medicines", "groups: {}\ngruops: {}", "data/medications.yaml:2:1", "no key `gruops`", "`groups`")),
    ("techniques", Kind("a technique that starts too hard", pressures("start: 1", "start: 4"), MFR, "starts outside its pressures", "Order")),
    ("techniques", Kind("a technique firmer than it says", pressures("max: 2", "max: 3"), MFR, "don't match `deep_pressure`", "Correct `does:`")),
    ("techniques", Kind("a misspelt property of a technique", pressures("does: [hands_on]", "does: [hand_on]"), MFR, "`hand_on`", "`hands_on`")),
    ("techniques", Kind("a technique without its most pressure", pressures("max: 2, ", ""), at("{min:"), "pressure.max` is missing", "Add it")),
    ("techniques", Kind("an unknown key of a technique", pressures("min: 1,", "pin: 1, min: 1,"), at("1, max"), "no meaning here", "Correct its name")),
    ("techniques", Kind("a pressure of nine for a technique", pressures("max: 2", "max: 9"), at("2, start"), "less than or equal to 5", "Correct the")),
    ("references", Kind("a source without a title", "a_book: {read: yes}", "data/references.yaml:1:9", "needs `title` and `read`", "Add them")),
    ("references", Kind("a source that doesn't say whether it was read", "a_book: {title: B}", "data/references.yaml:1:9", "`read`", "Add")),
    ("references", Kind("sources that are a list", "- a_book", "data/references.yaml:1:1", "should be a mapping", "Write `name: value`")),
]
# fmt: on


@pytest.mark.parametrize(("file", "kind"), [pytest.param(f, k, id=k.name.replace(" ", "-")) for f, k in DATA])
def test_data_that_cannot_be_read_says_where_and_why(file: str, kind: Kind) -> None:
    """Every fault of the other data has its line and column."""
    with pytest.raises(ContentError) as caught:
        small.rulebook(**{f"data_{file}": kind.text})
    check(tuple(f for f in caught.value.faults if f.place.file.startswith("data/")), kind)


def test_there_are_many_kinds_of_bad_input_each_with_its_own_name() -> None:
    """The tables hold at least eighty distinct kinds."""
    kinds = [*FILES, *PROFILES, *OBJECTS, *RULES, *VOCABULARIES, *(k for _, k in DATA)]
    names = [k.name for k in kinds]
    assert len(set(names)) == len(names) >= 80


# fmt: off
SILENT = [
    ("a choice of nothing", small.rule(when="{region: []}"), "no value"),
    ("a choice of nothing under all", small.rule(when="{all: [{open_skin: yes}, {sex: []}]}"), "no value"),
    ("a rule of nothing", "- {}\n", "no `id`"),
    ("a rule without a source", small.rule(references="[]"), "references"),
    ("an id that a draft has", small.rule(status="draft") + small.rule(), "stands twice"),
    ("a pressure of two and a half", effect("{adapt: {pressure_at_most: 2.5}}"), "pressure_at_most"),
    ("a course in words", suggestion("techniques: [deep_tissue_massage], role: option, goals: [mobility], certainty: low, course: weekly"), "course"),
]
# fmt: on


@pytest.mark.parametrize(("text", "what"), [pytest.param(t, w, id=n.replace(" ", "-")) for n, t, w in SILENT])
def test_no_fault_of_a_rule_is_passed_over(text: str, what: str) -> None:
    """A rule that says nothing, or says it by halves, is a fault, and never just left out."""
    with pytest.raises(ContentError) as caught:
        small.rulebook(skin=text)
    assert what in str(caught.value)


# fmt: off
REMEDILESS = [
    ("a place nobody knows", effect("{avoid: {techniques: all, where: [qqqq]}}")),
    ("a goal nobody knows", suggestion("techniques: [deep_tissue_massage], role: option, goals: [qqqq], certainty: low")),
    ("a motion nobody knows", effect("{adapt: {motion: {qqqq: {at_most: 90}}}}")),
    ("a region to spare nobody knows", effect("{adapt: {spare: [qqqq]}}")),
    ("a side nobody knows", effect("{avoid: {techniques: all, side: qqqq}}")),
    ("a number nobody knows", small.rule(when="{pain_now: {above: {fact: qqqq}}}")),
]
# fmt: on


@pytest.mark.parametrize("text", [pytest.param(t, id=n.replace(" ", "-")) for n, t in REMEDILESS])
def test_every_fault_has_a_remedy(text: str) -> None:
    """Where no name is near, the message says where the names are."""
    with pytest.raises(ContentError) as caught:
        small.rulebook(skin=text)
    assert all(f.remedy for f in caught.value.faults)


def test_a_bomb_of_aliases_is_defused_at_once() -> None:
    """A file that would grow without end is refused at its first alias, with its anchors."""
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(ContentError) as caught:
        parse(bomb, name="f.yaml")
    assert [f.what.split("(")[0] for f in caught.value.faults] == ["uses an anchor ", "uses an anchor ", "uses an alias "]


def test_a_flood_of_faults_is_stopped() -> None:
    """A file in which everything is wrong gives a message that can still be read."""
    with pytest.raises(ContentError) as caught:
        parse("a: 010\n" * 5_000, name="f.yaml")
    assert 50 <= len(caught.value.faults) <= 200


def test_a_byte_order_mark_is_no_fault() -> None:
    """Editors on Windows put one first; lines and columns count as if it weren't there."""
    assert read_profile(b"\xef\xbb\xbfage: 46\r\n", name="c.yaml").to_dict() == {"age": 46}
    with pytest.raises(ProfileError) as caught:
        read_profile(b"\xef\xbb\xbfaeg: 46\r\n", name="c.yaml")
    assert str(caught.value.faults[0].place) == "c.yaml:1:1"


@pytest.mark.parametrize("path", ["missing.yaml", ".", "a\0b", "x" * 5_000, ""])
def test_a_path_that_leads_nowhere_is_a_fault(tmp_path: Path, path: str) -> None:
    """A file that isn't there, a folder and what is no path at all are faults of content."""
    with pytest.raises(ContentError) as caught:
        read(tmp_path / path)
    assert "can't be read" in caught.value.faults[0].what
    assert str(caught.value).isprintable()
    assert caught.value.faults[0].remedy == "Check the path."


ALL_AT_ONCE = """
as_of: 2026-11-24
pregnent: yes
age: 460
smoker: perhaps
surgeries:
  - {procedure: caesarean_section, weeks_ago: -3}
sites:
  - {region: neck, pain_now: eleven}
"""


def test_every_fault_of_a_profile_is_told_at_once() -> None:
    """Who corrects a file corrects it once; faults come in the order of the file."""
    with pytest.raises(ProfileError) as caught:
        read_profile(ALL_AT_ONCE.encode(), name="c.yaml")
    assert [f.place.line for f in caught.value.faults] == [3, 4, 5, 7, 9]
    assert str(caught.value).count("\n") == 4


def test_every_contradiction_is_told_at_once() -> None:
    """Contradictions are found together, once every single answer can be read."""
    text = (
        "denied: [heart_and_circulation, nonsense]\nsmoker: yes\npregnant: no\ngestation_weeks: 3\nweeks_since_dvt: 2026-01-01\n"
    )
    with pytest.raises(ProfileError) as caught:
        read_profile(text.encode(), name="c.yaml")
    assert [f.place.line for f in caught.value.faults] == [1, 2, 4, 5]


BAD_ANSWERS: list[tuple[str, Any, int | None]] = [
    ("age", -4, None),
    ("pregnent", True, None),
    ("pregnant", "perhaps", None),
    ("sites", "neck", None),
    ("pain_now", 30, 0),
    ("pain_now", 3, 1),
    ("age", 3, 0),
    ("weeks_since_dvt", "2027-01-01", None),
    ("denied", "nonsense", None),
    ("anticoagulated", False, None),
]


@pytest.mark.parametrize(("name", "value", "site"), BAD_ANSWERS)
def test_a_bad_answer_leaves_the_profile_as_it_was(name: str, value: Any, site: int | None) -> None:
    """A new answer that can't be read gives no new profile and doesn't touch the old one."""
    before = models(shipped_vocabulary()).profile.read(
        {"as_of": "2026-11-24", "age": 46, "vitamin_k_antagonist": True, "sites": [{"region": "neck", "pain_now": 3}]}
    )
    kept, written = before.model_copy(deep=True), before.to_dict()
    with pytest.raises(ProfileError):
        before.with_fact(name, value, site=site)
    assert before == kept
    assert before.to_dict() == written


@pytest.mark.parametrize(
    ("name", "value", "site"), [("age", -4, None), ("pregnent", True, None), ("pain_now", 3, 7), ("pain_now", "much", 0)]
)
def test_a_bad_answer_leaves_a_live_intake_as_it_was(name: str, value: Any, site: int | None) -> None:
    """Several answers are told all at once or not at all: one bad one among them, and none counts."""
    with intake(small.client(age=46, sites=[{"region": "calf"}]), rulebook=small.rulebook()) as session:
        profile, truths = session.profile, session.truths()
        with pytest.raises(ProfileError):
            session.tell(site=site, **{"open_skin" if site == 0 else "smoker": True, name: value})
        assert session.profile == profile
        assert session.truths() == truths
        session.tell(open_skin=True, site=0)
        assert session.truths() != truths


def test_reading_bad_data_leaves_it_as_it_was() -> None:
    """Nothing is corrected in what was given, also where it is refused."""
    given: dict[str, Any] = {
        "denied": "skin_and_allergy",
        "age": {"between": [9, 3]},
        "sites": [{"region": "neck", "complaints": ["qqqq"]}],
    }
    before = copy.deepcopy(given)
    with pytest.raises(ProfileError):
        models(shipped_vocabulary()).profile.read(given)
    assert given == before


def test_a_profile_cannot_be_changed_in_place() -> None:
    """A profile is frozen, with all its parts."""
    client: ProfileBase = models(shipped_vocabulary()).profile.read(
        {"age": 46, "goals": ["mobility"], "sites": [{"region": "neck"}]}
    )
    with pytest.raises(ValueError, match="frozen"):
        client.age = 47  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="frozen"):
        client.sites[0].pain_now = 3
    assert isinstance(client.goals, tuple)  # type: ignore[attr-defined]


def test_faulty_rule_files_give_all_their_faults_and_no_rulebook(tmp_path: Path) -> None:
    """One load tells every fault of every file, and nothing of a rulebook."""
    (tmp_path / "one.yaml").write_text("- id: one.x\n  tilte: T\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_text("- id: three.x\n  title: T\n", encoding="utf-8")
    made = []
    with pytest.raises(ContentError) as caught:
        made.append(load(tmp_path))
    assert not made
    files = {f.place.file for f in caught.value.faults}
    assert files == {f"{tmp_path.name}/one.yaml", f"{tmp_path.name}/two.yaml"}
    assert "has no key `tilte`. Did you mean `title`?" in str(caught.value)
    assert "rule id `three.x` doesn't fit its file" in str(caught.value)


def test_files_that_cannot_be_parsed_are_told_together(tmp_path: Path) -> None:
    """A file that isn't YAML doesn't hide the faults of the next."""
    (tmp_path / "one.yaml").write_text("- [\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_bytes(b"\0")
    (tmp_path / "three.yaml").write_text("", encoding="utf-8")
    (tmp_path / "four.yaml").mkdir()
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert sorted(f.place.file for f in caught.value.faults) == [
        f"{tmp_path.name}/{n}.yaml" for n in ("four", "one", "three", "two")
    ]


def test_a_folder_that_is_none_is_a_fault(tmp_path: Path) -> None:
    """A mistyped folder isn't an empty rulebook."""
    with pytest.raises(ContentError) as caught:
        load(tmp_path / "rules")
    assert "isn't a folder. Give the folder" in str(caught.value)


def test_every_error_of_the_library_can_be_caught_as_one() -> None:
    """Callers catch one class; profiles are also values, so `ValueError` catches theirs."""
    assert issubclass(ContentError, MassageRulesError)
    assert issubclass(ProfileError, MassageRulesError)
    assert issubclass(ProfileError, ValueError)
