"""Content that was read once is kept beside the package, as Python keeps its compiled modules, so that it loads quickly.

What is kept is found by the digest of everything it was made from, code included; nothing that is stale can be found.
It is never needed: where it can't be written or read, content is read anew.
"""

from __future__ import annotations

import gc
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

T = TypeVar("T")
_FOLDER = Path(__file__).parent / "__pycache__"
_FAULTS = (OSError, pickle.PickleError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError, KeyError)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Doesn't look for garbage meanwhile: reading makes many objects and hardly any garbage, and the search takes a third of it."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


@undisturbed()
def kept(name: str, sources: Iterable[Path], make: Callable[[], T]) -> T:
    """What `make` gives, kept under a name for as long as the sources and the code stay the same."""
    file = _FOLDER / f"{name}.{digest([*sources, *Path(__file__).parent.rglob('*.py')])[:24]}.kept"
    try:
        found: T = pickle.loads(file.read_bytes())  # noqa: S301  (written by this function beside our own code)
    except _FAULTS:
        found = make()
        _keep(file, found, name)
    return found


def digest(paths: Iterable[Path]) -> str:
    """The SHA-256 over the names and bytes of files, in order of name, and the Python that reads them."""
    total = hashlib.sha256(sys.version.encode())
    for path in sorted(paths):
        total.update(str(path.name).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _keep(file: Path, value: object, name: str) -> None:
    if sys.dont_write_bytecode:
        return
    try:
        file.parent.mkdir(exist_ok=True)
        for old in file.parent.glob(f"{name}.*.kept"):
            old.unlink(missing_ok=True)
        content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        with NamedTemporaryFile(dir=file.parent, delete=False) as draft:
            draft.write(content)
        Path(draft.name).replace(file)
    except _FAULTS:
        return
