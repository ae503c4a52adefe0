"""Renders the page. Everything from reports is escaped; the page loads nothing and runs no script."""

from __future__ import annotations

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from seawall.entry.overview import Overview
from seawall.entry.report.funnel import funnel_svg
from seawall.kernel.clock import rfc3339
from seawall.kernel.visible import visible


def render(overview: Overview, at: datetime, *, title: str = "Seawall report") -> str:
    """Return a self-contained HTML document."""
    environment = Environment(
        loader=PackageLoader("seawall.entry.report", "templates"),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        title=title,
        at=rfc3339(at.replace(microsecond=0)),
        overview=overview,
        funnel=Markup(funnel_svg(overview.funnel)),  # noqa: S704 - drawn from numbers and constants alone
    )


def _visible(value: object) -> object:
    """Spell characters out that could make the page say what it does not."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return visible(value)
