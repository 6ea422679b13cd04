"""Example clients that ship with the package, for a first look, for completion and for tests of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from massage_rules.profile import ProfileBase, read_profile


class Examples(Mapping[str, ProfileBase]):
    """Example clients by name, each read when it is first asked for; printed, it lists them with a line about each."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem: path for path in sorted(folder.glob("*.yaml"))}

    def __getitem__(self, name: str) -> ProfileBase:
        return read_profile(self._files[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __str__(self) -> str:
        return "\n".join(f"{name}: {_about(path)}" for name, path in self._files.items())

    __repr__ = __str__


def examples() -> Examples:
    """The example clients: `mr.recommend(mr.examples()["caesarean_scar"])`. Most are published cases, retold in our words."""
    inside = Path(__file__).parent / "examples"
    return Examples(inside if inside.is_dir() else Path(__file__).parent.parent / "docs" / "examples")


def _about(path: Path) -> str:
    """The comment at the head of a file."""
    return path.read_text("utf-8").partition("\n")[0].lstrip("# ")
