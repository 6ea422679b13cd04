"""Clinical rules for medical massage: what suits a client, what to avoid, what to ask first, and why.

Nothing here diagnoses or replaces a clinician, and no licensed professional has reviewed the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from massage_rules.errors import ContentError, Disagreement, EvaluationError, MassageRulesError, ProfileError

if TYPE_CHECKING:
    from massage_rules._profile_stub import Injury, Problem, Profile, Site, Surgery
    from massage_rules.advice import Evaluator, recommend
    from massage_rules.answer import Advice, advice_schema
    from massage_rules.answers import Unknown
    from massage_rules.batch.frames import Batch, recommend_frame
    from massage_rules.batch.population import population
    from massage_rules.changes.comparing import Sweep, WhatIf, sweep, what_if
    from massage_rules.changes.flips import FlipDates, flip_dates
    from massage_rules.changes.leading import Leads, leads_to
    from massage_rules.changes.proposals import Proposals, what_would_change
    from massage_rules.conditions import Interval
    from massage_rules.course.compare import compare_plans
    from massage_rules.course.follow_up import Course
    from massage_rules.course.followed import FollowUp, follow_up_schema
    from massage_rules.course.notes import Note
    from massage_rules.course.plan import Plan, plan_schema
    from massage_rules.course.planner import plan
    from massage_rules.example_clients import Examples, examples
    from massage_rules.explained import Explanation
    from massage_rules.explaining import explain
    from massage_rules.masking import mask
    from massage_rules.papers.tags import Tag
    from massage_rules.papers.writing import Papers
    from massage_rules.parts import Clearance, Override
    from massage_rules.pictures.body import BodyMap, body_map
    from massage_rules.pictures.heat import HeatMap, heat_map
    from massage_rules.pictures.unlocks import Unlocks, unlocks
    from massage_rules.profile import read_profile
    from massage_rules.published import profile_schema
    from massage_rules.record import record_schema
    from massage_rules.replays import Replay, replay
    from massage_rules.rulebook import Rulebook, load
    from massage_rules.session import Session, intake

__version__ = "0.1.0"
__all__ = [
    "Advice",
    "Batch",
    "BodyMap",
    "Clearance",
    "ContentError",
    "Course",
    "Disagreement",
    "EvaluationError",
    "Evaluator",
    "Examples",
    "Explanation",
    "FlipDates",
    "FollowUp",
    "HeatMap",
    "Injury",
    "Interval",
    "Leads",
    "MassageRulesError",
    "Note",
    "Override",
    "Papers",
    "Plan",
    "Problem",
    "Profile",
    "ProfileError",
    "Proposals",
    "Replay",
    "Rulebook",
    "Session",
    "Site",
    "Surgery",
    "Sweep",
    "Tag",
    "Unknown",
    "Unlocks",
    "WhatIf",
    "advice_schema",
    "body_map",
    "compare_plans",
    "examples",
    "explain",
    "flip_dates",
    "follow_up_schema",
    "heat_map",
    "intake",
    "leads_to",
    "load",
    "mask",
    "plan",
    "plan_schema",
    "population",
    "profile_schema",
    "read_profile",
    "recommend",
    "recommend_frame",
    "record_schema",
    "replay",
    "sweep",
    "unlocks",
    "what_if",
    "what_would_change",
]

_HOMES = {
    "advice": ("Evaluator", "recommend"),
    "answer": ("Advice", "advice_schema"),
    "answers": ("Unknown",),
    "batch.frames": ("Batch", "recommend_frame"),
    "batch.population": ("population",),
    "changes.comparing": ("Sweep", "WhatIf", "sweep", "what_if"),
    "changes.flips": ("FlipDates", "flip_dates"),
    "changes.leading": ("Leads", "leads_to"),
    "changes.proposals": ("Proposals", "what_would_change"),
    "course.compare": ("compare_plans",),
    "conditions": ("Interval",),
    "example_clients": ("Examples", "examples"),
    "explained": ("Explanation",),
    "explaining": ("explain",),
    "course.follow_up": ("Course",),
    "course.followed": ("FollowUp", "follow_up_schema"),
    "masking": ("mask",),
    "course.notes": ("Note",),
    "papers.writing": ("Papers",),
    "parts": ("Clearance", "Override"),
    "course.planner": ("plan",),
    "course.plan": ("Plan", "plan_schema"),
    "pictures.body": ("BodyMap", "body_map"),
    "pictures.heat": ("HeatMap", "heat_map"),
    "pictures.unlocks": ("Unlocks", "unlocks"),
    "profile": ("read_profile",),
    "published": ("profile_schema",),
    "record": ("record_schema",),
    "replays": ("Replay", "replay"),
    "rulebook": ("Rulebook", "load"),
    "session": ("Session", "intake"),
    "papers.tags": ("Tag",),
}
_MODELS = ("Profile", "Site", "Surgery", "Injury", "Problem")


def __getattr__(name: str) -> Any:
    """Public names are read when first used, so that importing the package is quick."""
    from importlib import import_module  # noqa: PLC0415

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"massage_rules.{module}"), name)
    if name in _MODELS:
        from massage_rules.profile import models  # noqa: PLC0415
        from massage_rules.vocabulary import shipped_vocabulary  # noqa: PLC0415

        return getattr(models(shipped_vocabulary()), name.lower())
    raise AttributeError(f"module `massage_rules` has no name `{name}`")


def __dir__() -> list[str]:
    return __all__
