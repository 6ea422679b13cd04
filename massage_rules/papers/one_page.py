"""What goes on one printed page: as much as fits, what decides first, and how much was left off said in so many words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The size of the print in points, how many lines a page has then, and how many characters a line.
SIZES = ((10, 62, 104), (9, 69, 116), (8, 77, 130), (7, 88, 148))
_MOST = (24, 20, 16, 14, 12, 10, 8, 6, 5, 4, 3, 2)
_HEADING = 1.6


def fit(words: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """The size of the print and the words, lists cut where they must be; `more` says how much of each was left off.

    Where not even that is enough, the reasons at each place go too, and then the page runs on to another sheet: what
    limits the work is never left out.
    """
    alerts = [alert for alert in words["alerts"] if alert["why"]]
    cleared = [reason for reason in words["reasons"] if reason["cleared_by"]]
    words = {**words, "sites": _gathered(words["sites"]), "alerts": alerts, "reasons": cleared}
    for sizes in (SIZES[:2], SIZES[2:]):
        for most in _MOST:
            cut = shortened(words, most)
            for size, lines, width in sizes:
                if length(cut, width) <= lines:
                    return size, cut
    return SIZES[-1][0], {**shortened(words, _MOST[-1]), "sites": [_bare(site) for site in words["sites"]]}


def _gathered(sites: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The sites, those of which the same is to be said gathered into one."""
    found: list[dict[str, Any]] = []
    for site in sites:
        same = next((f for f in found if all(f[k] == site[k] for k in ("complaints", "limits", "care", "open", "shut"))), None)
        if same is not None:
            same["place"] = f"{same['place']}; {site['place']}"
        else:
            found.append(dict(site))
    return found


def _bare(site: Mapping[str, Any]) -> dict[str, Any]:
    """A site with its limits and verdicts, without the reasons."""
    shut: dict[str, dict[str, Any]] = {}
    for group in site["shut"]:
        together = shut.setdefault(group["verdict"], {**group, "techniques": [], "why": ""})
        together["techniques"] = [*together["techniques"], *group["techniques"]]
    return {**site, "shut": list(shut.values()), "care": [], "more_care": len(site["care"])}


def shortened(words: Mapping[str, Any], most: int) -> dict[str, Any]:
    """The words with at most so many entries a list; what limits the work is never cut, what explains it goes first."""
    kept, more = dict(words), {}
    for name, share in (
        ("alerts", 0.5),
        ("questions", 0.75),
        ("aftercare", 0.34),
        ("home", 0.34),
        ("since_last", 0.5),
        ("notes", 0.5),
    ):
        here = max(1, round(most * share))
        kept[name], more[name] = words[name][:here], max(0, len(words[name]) - here)
    kept["sites"] = [_site(site, most) for site in words["sites"]]
    return {**kept, "more": more}


def _site(site: Mapping[str, Any], most: int) -> dict[str, Any]:
    care = max(1, most // 3)
    return {**site, "care": site["care"][:care], "more_care": max(0, len(site["care"]) - care)}


def length(words: Mapping[str, Any], width: int) -> float:
    """How many lines the page takes, by the count of characters."""
    lines = 6.0 + _rows([words["summary"]], width)
    for consult in words["consults"]:
        lines += _rows(
            [
                " ".join(
                    (consult["urgency"], consult["label"], *consult["questions"], *consult["messages"], *consult["meanwhile"])
                )
            ],
            width,
        )
    lines += (_HEADING + 1) * bool(words["work"]) + sum(_row(step, width) for step in words["work"])
    for site in words["sites"]:
        lines += _HEADING
        for name in ("limits", "care"):
            lines += _rows([name + " ".join(site[name])], width) * bool(site[name])
        lines += _rows(["Open: " + "; ".join(f"x {o['technique']}" for o in site["open"])], width) * bool(site["open"])
        lines += sum(_rows([f"x {s['verdict']}: {', '.join(s['techniques'])} - {s['why']}."], width) for s in site["shut"])
    why = [f"{a['grade']}: {a['title']} ({', '.join(a['where'])})" for a in words["alerts"]]
    why += [f"Cleared in writing by {r['cleared_by']}: {r['title']}" for r in words["reasons"]]
    home = [f"{work['technique']}, {work['place']}: {', '.join(work['amounts'])}" for work in words["home"]]
    after = words["aftercare"] if words["treats"] else ()
    for items in (words["consults"], words["since_last"], words["questions"], home, after, why):
        lines += _HEADING * bool(items)
    for items in (words["since_last"], words["questions"], home, after, why, words["notes"]):
        lines += _rows(items, width - 4)
    return lines + sum(1 for left in words["more"].values() if left)


def _row(step: Mapping[str, Any], width: int) -> float:
    """A row of the table is as high as its highest cell."""
    how = "; ".join((step["pressure"], step["discomfort"], *step["positions"]))
    cells = ((step["technique"], 0.2), (step["place"], 0.15), (how, 0.35), ("; ".join(step["purpose"]), 0.24))
    return max(_rows([text], int(width * share)) for text, share in cells) * 1.15


def _rows(texts: Sequence[str], width: int) -> int:
    return sum(-(-max(1, len(t)) // width) for t in texts)
