"""How pictures look: colours for light and dark, and for every state a pattern that reads without colour."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from html import escape

STYLE = """
.mr-picture{font:12px/1.35 system-ui,sans-serif;--ink:#1b1b1b;--paper:#fff;--skin:#efece6;--line:#8d867a}
.mr-picture text{fill:var(--ink)}
.mr-picture .skin{fill:var(--skin);stroke:var(--line);stroke-width:.7;stroke-linejoin:round}
.mr-picture .mark{fill:#1b1b1b;stroke:#fff;stroke-width:3px;paint-order:stroke;font-size:11px}
.mr-picture .grid{stroke:var(--line);stroke-width:.5}
.mr-picture .place{stroke:var(--ink);stroke-width:.9;stroke-linejoin:round}
@media (prefers-color-scheme:dark){.mr-picture{--ink:#f2f2f2;--paper:#161616;--skin:#33312d;--line:#7d776c}}
"""
PATTERNS = """
<pattern id="mr-none" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" stroke="#b9b2a5" stroke-width=".6"/></pattern>
<pattern id="mr-may" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#4fb99a"/></pattern>
<pattern id="mr-limits" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#f3c566"/>
<circle cx="3" cy="3" r="1.1" fill="#6b4a00"/></pattern>
<pattern id="mr-unknown" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#b9d9f2"/>
<path d="M0 6 6 0" stroke="#12507f" stroke-width="1.1"/></pattern>
<pattern id="mr-not" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#d9775a"/>
<path d="M0 5 5 0M0 0 5 5" stroke="#3d0d00" stroke-width="1"/></pattern>
"""


class Picture(ABC):
    """Something drawn: shows itself in a notebook, `svg()` is the picture alone, and printed it is words."""

    __slots__ = ()

    @abstractmethod
    def svg(self) -> str:
        """The picture as SVG: no script, no font or file from elsewhere."""

    def _repr_html_(self) -> str:
        return self.svg()


def framed(parts: Iterable[str], *, width: int, height: int, words: str) -> str:
    """A picture's parts in their frame, with its words for who can't see it."""
    return (
        f'<svg class="mr-picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(words)}" width="{width}"><style>{STYLE}</style><defs>{PATTERNS}</defs>{"".join(parts)}</svg>'
    )
