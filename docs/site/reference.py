"""The reference of the command line and of the Python interface, read from the code itself."""

from __future__ import annotations

import typer
from typer.testing import CliRunner

import massage_rules as mr
from massage_rules.cli import app


def pages() -> dict[str, str]:
    """The two pages, as Markdown by path."""
    return {"commands.md": _commands(), "api.md": _api()}


def _commands() -> str:
    names = sorted(typer.main.get_command(app).commands)
    parts = ["# Commands", "Every command explains itself with `--help`."]
    for name in names:
        told = CliRunner().invoke(app, [name, "--help"], prog_name="massage-rules", env={"COLUMNS": "100"}).output
        parts += [f"## {name}", f"```text\n{told.strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _api() -> str:
    homes = {name: module for module, names in mr._HOMES.items() for name in names}
    parts = ["# Python", "`import massage_rules as mr` offers these names; each says what it promises."]
    for name in mr.__all__:
        home = homes.get(name) or ("_profile_stub" if name in mr._MODELS else "errors")
        parts.append(
            f"## mr.{name}\n\n::: massage_rules.{home}.{name}\n    options: {{show_root_heading: false, heading_level: 3}}"
        )
    return "\n\n".join(parts) + "\n"
