"""What pydantic refuses in a profile, as faults: the place in the file or the data, what is wrong, and the remedy."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from massage_rules._yaml import Node
from massage_rules.errors import Fault, Place, clean

_SHAPES = {
    "string_type": ("should be text.", "Write a word or a sentence."),
    "string_unicode": ("holds what isn't a character of text.", "Write a word or a sentence."),
    "tuple_type": ("should be a list.", "Start each item with `- `, or write `[first, second]`."),
    "bool_type": ("is answered yes or no.", "Write yes or no."),
    "model_type": ("should be a mapping of names to values.", "Write `name: value`, such as `region: neck`."),
    "invalid_key": ("is a name that isn't text.", "Write names as words."),
}
_VERBS = ("is ", "isn't ", "has ", "holds ", "should ", "can't ", "stands ", "lies ")


def faults_in(
    error: ValidationError, unknown: Callable[[list[str]], tuple[str, str]], top: Place, node: Node | None = None
) -> list[Fault]:
    """The faults in plain data that a model refused; `unknown` says what is wrong with a name it doesn't have, and the remedy."""
    found: list[Fault] = []
    for item in error.errors(include_url=False):
        path, context = [str(p) for p in item["loc"]], item.get("ctx", {})
        match item["type"]:
            case "several":
                for where, what, remedy in context["faults"]:
                    found.append(_fault(top, node, where.split("."), what, remedy))
            case "unreadable":
                found.append(_fault(top, node, path, context["what"], context["remedy"]))
            case "extra_forbidden":
                found.append(_fault(top, node, path, *unknown(path)))
            case "missing":
                found.append(_fault(top, node, path, f"`{path[-1]}` is missing.", f"Add `{path[-1]}:`."))
            case kind:
                shape = ("can't be read.", "See the profile's format in the documentation.")
                found.append(_fault(top, node, path, *_SHAPES.get(kind, shape)))
    return found


def _fault(top: Place, node: Node | None, path: list[str], what: str, remedy: str) -> Fault:
    place, here = top, node
    for step in path:
        if here is None:
            break
        if isinstance(here.value, dict) and step in here.value:
            place = (here.keys or {}).get(step, here.value[step].place)
            here = here.value[step]
        elif isinstance(here.value, list) and step.isdigit() and int(step) < len(here.value):
            here = here.value[int(step)]
            place = here.place
        else:
            here = None
    steps = [clean(p) for p in path]
    shown = ".".join(steps)
    if node is None:
        return Fault(Place(f"{top.file}.{shown}" if shown else top.file), what, remedy)
    named = not shown or f"`{steps[-1]}" in what
    return Fault(place, what if named else f"`{shown}`{' ' if what.startswith(_VERBS) else ': '}{what}", remedy)
