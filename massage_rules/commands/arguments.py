"""What several commands take: a client's profile, a folder of rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from massage_rules.advice import Evaluator, shipped_evaluator
from massage_rules.answer import Advice
from massage_rules.profile import read_profile
from massage_rules.rulebook import load

Client: TypeAlias = Annotated[Path, typer.Argument(help="A client's profile in YAML or JSON; `-` reads standard input.")]
Rules: TypeAlias = Annotated[
    Path | None, typer.Option("--rules", help="A folder of rule files to use instead of the shipped ones.")
]

Spoken: TypeAlias = Annotated[
    str, typer.Option("--language", help="The language to show it in, such as es, or a catalogue's file.")
]


def evaluator_of(rules: Path | None) -> Evaluator:
    """The rules in a folder, made ready; without a folder, the shipped ones."""
    return shipped_evaluator() if rules is None else Evaluator(load(rules))


def advice_on(file: Path, evaluator: Evaluator) -> Advice:
    """The advice on the client in a file, or on standard input."""
    piped = str(file) == "-"
    source = sys.stdin.buffer.read() if piped else file
    name = "standard input" if piped else ""
    return evaluator.recommend(read_profile(source, vocabulary=evaluator.rulebook.vocabulary, name=name))
