"""The papers of an answer: a note to a clinician, a SOAP entry, alert tags, a leaflet for the client, and one page to print.

Their words stand in templates, in data/templates/. A clinic replaces any of them by a file of the same name in a folder
of its own. A template is told plain words and lists, and runs in a sandbox: it can read nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from massage_rules._yaml import data_folder
from massage_rules.advice import told_in
from massage_rules.answer import Advice
from massage_rules.answers import Unreadable, read_date
from massage_rules.course.plan import Plan
from massage_rules.course.planner import plan as planned
from massage_rules.display import wrapped
from massage_rules.errors import ContentError, EvaluationError, Fault, Place, ProfileError, clean, nearest
from massage_rules.languages import FIRST, Language
from massage_rules.languages import language as language_named
from massage_rules.papers.one_page import fit
from massage_rules.papers.tags import Tag, tags_of
from massage_rules.papers.words import one_line, words_of

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

Format = Literal["text", "html"]
_ENDINGS: Mapping[str, str] = {"text": "txt", "html": "html"}
BLANK = "______________"


@dataclass(frozen=True)
class Papers:
    """The papers of one answer, written as of its `as_of`.

    `plan` is the course they speak of; without one, that for a visit of an hour. `client`, `therapist` and `clinic` are
    names to be printed; without them there is a line to write on. `expires` is the first day on which tags no longer count
    and a clinician's reply has to be asked for anew. `templates` is a folder whose files replace those of the same name.
    """

    advice: Advice
    _: KW_ONLY
    plan: Plan | None = None
    client: str = ""
    therapist: str = ""
    clinic: str = ""
    expires: date | str | None = None
    templates: Path | str | None = None

    def notes(self, *, format: Format = "text") -> tuple[str, ...]:
        """A note to each clinician who should be consulted, the most urgent first."""
        return tuple(self._written(f"note.{_ENDINGS[format]}", consult=c) for c in self._words["consults"])

    def note(self, who: str = "", *, format: Format = "text") -> str:
        """The note to one clinician, by the id in `advice.consults`; without one, the most urgent.

        Raises LookupError where there is nobody, or not this one, to be consulted.
        """
        found = [c["who"] for c in self._words["consults"]]
        if not found:
            open_yet = " so far, but answers are still missing; ask them first" if self.advice.questions else ""
            raise LookupError(f"nobody has to be consulted{open_yet}. There is no note to write.")
        if who and who not in found:
            remedy = nearest(who, found) or f"To be consulted: {', '.join(f'`{each}`' for each in found)}."
            raise LookupError(f"to: `{clean(who)}` isn't to be consulted. {remedy}")
        return self.notes(format=format)[found.index(who) if who else 0]

    def soap(self) -> str:
        """An entry for the client's chart in four parts: subjective, objective, assessment, plan."""
        return self._written("soap.txt")

    def tags(self) -> tuple[Tag, ...]:
        """Alert tags of at most sixty characters; none where nothing is to be heeded."""
        return tags_of(self.advice, self._plan, expires=self._expires)

    def leaflet(self, *, format: Format = "text", language: str | Path | Language = FIRST) -> str:
        """A leaflet for the client, in plain words, in this language."""
        return self._told_in(language)._written(f"leaflet.{_ENDINGS[format]}")  # noqa: SLF001  (papers of its own kind)

    def _told_in(self, name: str | Path | Language) -> Papers:
        """The papers of the same answer and the same plan in another language."""
        say, made = language_named(name), self._plan
        if say.code == self.advice.language.code:
            return self
        advice = told_in(self.advice, say)
        sessions = (made.schedule.planned or None) if made is not None and made.schedule is not None else None
        plan = planned(advice, minutes=made.minutes_booked, sessions=sessions) if made is not None else None
        return replace(self, advice=advice, plan=plan)

    def page(self) -> str:
        """One page to print and take to the table, as HTML for A4."""
        size, words = fit(self._words)
        return self._render("page.html", {**words, "size": size})

    @cached_property
    def _plan(self) -> Plan | None:
        if self.plan is not None or self.advice.rulebook.planning is None:
            return self.plan
        return planned(self.advice)

    @cached_property
    def _expires(self) -> date | None:
        try:
            return None if self.expires is None else read_date(self.expires)
        except Unreadable as error:
            raise ProfileError([Fault(Place("expires"), error.what, error.remedy)]) from None

    @cached_property
    def _words(self) -> dict[str, Any]:
        names = {"client": self.client, "therapist": self.therapist, "clinic": self.clinic}
        expires = self._expires.isoformat() if self._expires else ""
        return {
            **words_of(self.advice, self._plan),
            **{k: one_line(v) for k, v in names.items()},
            "expires": expires,
            "blank": BLANK,
        }

    def _written(self, template: str, **more: Any) -> str:
        return self._render(template, {**self._words, **more})

    def _render(self, name: str, words: Mapping[str, Any]) -> str:
        environment = self._environment
        import jinja2  # noqa: PLC0415  (an extra, and here now)

        try:
            return _tidy(environment.get_template(name).render({**words, "say": self.advice.language}))
        except jinja2.UndefinedError as error:
            raise _faulty(name, error, f"{clean(error.message or '', longest=120)}.", "docs/papers.md lists the words.") from None
        except jinja2.TemplateSyntaxError as error:
            what = f"isn't a template: {clean(error.message or '', longest=120)}."
            raise ContentError([Fault(Place(error.name or name, error.lineno, 1), what, "Correct it.")]) from None
        except jinja2.TemplateNotFound as error:
            raise ContentError([Fault(Place(name), f"needs the template `{clean(error.name)}`.", "Check its name.")]) from None
        except (
            jinja2.TemplateError,
            TypeError,
            ValueError,
            AttributeError,
            LookupError,
            ArithmeticError,
            RecursionError,
        ) as error:
            raise _faulty(
                name, error, f"can't be filled in: {clean(str(error), longest=120)}.", "Correct the template."
            ) from None

    @property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        return environment(None if self.templates is None else Path(self.templates).absolute())


@lru_cache(maxsize=32)
def environment(templates: Path | None) -> ImmutableSandboxedEnvironment:
    """The shipped templates, under those of a folder; `shipped/page.html` is always the shipped one.

    Raises EvaluationError where Jinja2 isn't there, ContentError where the folder isn't.
    """
    try:
        from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape  # noqa: PLC0415
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415
    except ModuleNotFoundError:
        raise EvaluationError("papers need Jinja2: `pip install 'massage-rules[papers]'`.") from None
    own = [] if templates is None else [templates]
    for folder in own:
        if not folder.is_dir():
            raise ContentError([Fault(Place(str(folder)), "isn't a folder.", "Give the folder that holds the templates.")])
    shipped = FileSystemLoader(data_folder() / "templates")
    found = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*(FileSystemLoader(f) for f in own), shipped, PrefixLoader({"shipped": shipped})]),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["wrapped"] = lambda words, indent=0, hang=None: wrapped(str(words), indent, hang)
    found.filters["sentence"] = lambda words: str(words)[:1].upper() + str(words)[1:]
    return found


def _tidy(text: str) -> str:
    """Without spaces at the ends of lines, and with one empty line at most between two others."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)).strip("\n") + "\n"


def _faulty(name: str, error: Exception, what: str, remedy: str) -> ContentError:
    """A fault at the line of the template that was being filled in."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith((".txt", ".html")):
            name, line = Path(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno
        trace = trace.tb_next
    return ContentError([Fault(Place(name, line, 1 if line else 0), what, remedy)])
