"""Renders the plan as one HTML file: no script, nothing loaded, everything from outside escaped.

The page must be readable on paper, A4 and Letter, in black and white: urgency is said in words and borders, and never
by colour alone. jinja2 is imported when a page is asked for.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from seawall.kernel.visible import visible
from seawall.remediation.outputs import text, wording
from seawall.remediation.outputs.interface import Output, Sheet
from seawall.remediation.planning.plan import Action, Urgency, Verb

if TYPE_CHECKING:
    from jinja2 import Template

_MOST: Final = 10
"""Vulnerabilities of an action that are told in full; the others are named."""
_STAMPS: Final = {
    Urgency.OVERDUE: "Overdue",
    Urgency.TODAY: "Today",
    Urgency.WEEK: "This week",
    Urgency.LATER: "",
    Urgency.UNDATED: "",
}


class HtmlOutput:
    """Writes the page."""

    name = "html"
    media_type = "text/html"
    suffix = ".html"

    def write(self, sheet: Sheet) -> bytes:
        """See `Output.write`."""
        plan, result = sheet.plan, sheet.result
        numbered = list(enumerate(plan.actions, 1))
        page = _template().render(
            sheet=sheet,
            plan=plan,
            result=result,
            summary=wording.summary(plan),
            todo=[pair for pair in numbered if pair[1].verb is not Verb.LOOK],
            looks=[pair for pair in numbered if pair[1].verb is Verb.LOOK],
            numbered=numbered,
            decisions=_decisions(plan.actions),
            made=text.day(result.at.astimezone(UTC).date()),
            time=result.at.astimezone(UTC).strftime("%H:%M UTC"),
            forensics=wording.FORENSICS,
            stamps=_STAMPS,
            wording=wording,
            day=text.day,
            count=text.count,
            listed=text.listed,
            Urgency=Urgency,
            most=_MOST,
            places=len({name for action in plan.actions for name in action.assets}),
        )
        return page.encode()


def _decisions(actions: tuple[Action, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Each reason in full, once, with the vulnerabilities and assets that it is about."""
    found: dict[str, dict[str, None]] = {}
    for action in actions:
        for exposure in action.exposures:
            where = f" on {exposure.asset.name}" if exposure.asset.name else ""
            found.setdefault(exposure.decision.reason, {}).setdefault(f"{exposure.vulnerability.id}{where}")
    return [(reason, tuple(about)) for reason, about in found.items()]


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only pages need it

    environment = Environment(
        loader=PackageLoader("seawall.remediation.outputs.html", "templates"),
        autoescape=True,
        finalize=_plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("plan.html")


def _plain(value: object) -> object:
    """Spell characters out that could make the page say what it does not; markup of the template itself is kept."""
    return visible(value) if type(value) is str else value


OUTPUTS: Final[dict[str, Output]] = {"html": HtmlOutput()}
