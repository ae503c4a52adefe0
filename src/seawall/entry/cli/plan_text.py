"""A plan in the terminal: a table of what to do, then what could not be said.

Written without the table library that other verbs use: its import takes as long as the whole check.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from seawall.kernel.visible import visible
from seawall.remediation.outputs.text import count, listed
from seawall.remediation.outputs.wording import headline
from seawall.remediation.planning.plan import Action, Plan, Urgency

if TYPE_CHECKING:
    from seawall.entry.checking import Checked

_STYLES: Final = {
    Urgency.OVERDUE: "1;31",
    Urgency.TODAY: "1;31",
    Urgency.WEEK: "1;33",
    Urgency.LATER: "33",
    Urgency.UNDATED: "2",
}
_INDENT: Final = " " * 14
_NARROW, _WIDE = 72, 140
"""Columns that the table has at least and at most."""
_NAMES: Final = 4
_PLACES: Final = 3
_GAPS: Final = 20
"""Lines of what could not be compared; the rest is counted."""


class _Page(msgspec.Struct, frozen=True):
    """How wide lines may be, and whether the terminal shows colours."""

    width: int
    colour: bool

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and style else text

    def wrapped(self, text: str) -> list[str]:
        """Lines of the table's second column."""
        return textwrap.wrap(visible(text), self.width - len(_INDENT))


def print_plan(checked: Checked, *, written: Sequence[str], explain: bool) -> None:
    """Print what to do, why, and what the check could not say."""
    out = sys.stdout
    columns = shutil.get_terminal_size((100, 24)).columns
    page = _Page(min(max(columns, _NARROW), _WIDE), out.isatty() and "NO_COLOR" not in os.environ)
    for line in (*_head(checked, page), *_actions(checked, page, explain=explain), *_silences(checked)):
        out.write(line + "\n")
    out.writelines(f"{visible(line)}\n" for line in written)


def _head(checked: Checked, page: _Page) -> Iterator[str]:
    result = checked.result
    inventory = result.inventory
    size = f"{count(len(inventory.components), 'component')} ({inventory.format or 'inventory'})"
    known = count(result.vulnerabilities, "vulnerability", "vulnerabilities")
    yield f"{page.paint(visible(inventory.name), '1')}: {size} against {known}"
    assumed = ", which counts as yes" if result.exposed == "unknown" else ""
    where = "" if inventory.assets else f"reachable by strangers: {result.exposed}{assumed}; "
    yield f"{where}policy {checked.policy.id}"
    for warning in result.warnings:
        yield page.paint(f"warning: {visible(warning)}", "33")
    yield ""


def _actions(checked: Checked, page: _Page, *, explain: bool) -> Iterator[str]:
    if not checked.plan.actions:
        yield page.paint("Nothing that could be compared is affected by a known vulnerability.", "1;32")
    for number, action in enumerate(checked.plan.actions):
        if number:
            yield ""
        due = action.due.isoformat() if action.due else "no date"
        first, *more = page.wrapped(headline(action)) or [""]
        yield page.paint(due.ljust(len(_INDENT)), _STYLES[action.urgency]) + page.paint(first, "1")
        yield from (_INDENT + line for line in more)
        for detail in _details(action):
            yield from (_INDENT + page.paint(line, "2") for line in page.wrapped(detail))
        if action.forensics:
            yield _INDENT + page.paint("forensic triage: secure volatile evidence BEFORE anything is changed", "1;31")
        if explain:
            yield from _explained(action, checked)


def _details(action: Action) -> Iterator[str]:
    closed = tuple(_name(reason.identifiers, reason.vulnerability) for reason in action.reasons)
    outcomes = tuple(dict.fromkeys(exposure.decision.outcome for exposure in action.exposures))
    if closed:
        words = "closes " if action.target else ""
        yield f"{words}{listed(closed, _NAMES)} ({', '.join(outcomes)})"
    subject = action.subject.name
    places = (f"{place.asset.name}: {place.component.name or subject} {place.version}" for place in action.places)
    yield f"on {listed(tuple(dict.fromkeys(places)), _PLACES)}"
    if action.confidence.value != "exact":
        because = next((reason.because for reason in action.reasons if reason.because), "")
        yield f"{action.confidence.value} match{': ' + because if because else ''}"
    denied = tuple(dict.fromkeys(name for reason in action.reasons for name in reason.contradicted_by))
    if denied:
        yield f"sources disagree: {listed(denied, _NAMES)} does not call this version affected"
    if action.doubts:
        yield f"not decided: {action.doubts[0].vulnerability}: {action.doubts[0].reason}"
    for remedy in action.remedies[:1]:
        yield f"the record says: {textwrap.shorten(remedy, 300, placeholder=' …')}"


def _explained(action: Action, checked: Checked) -> Iterator[str]:
    from seawall.priority import explanation

    seen = set()
    for exposure in action.exposures:
        decision = exposure.decision
        if (decision.subject, decision.asset) in seen:
            continue
        seen.add((decision.subject, decision.asset))
        yield f"    {visible(decision.subject)} on {visible(decision.asset)}: {visible(exposure.matched)}"
        yield from (f"      {visible(line)}" for line in explanation(decision, checked.policy))


def _name(identifiers: Iterable[str], own: str) -> str:
    return next((name for name in identifiers if name.startswith("CVE-")), own)


def _silences(checked: Checked) -> Iterator[str]:
    """What the check does not know: as important as what it knows."""
    plan: Plan = checked.plan
    lines = [f"set aside: {item.exposure.vulnerability.id}, {item.reason}" for item in plan.set_aside]
    lines += [
        f"not compared: {count(item.components, 'component')} of {item.ecosystem}: {item.reason}"
        for item in plan.not_compared
    ]
    lines += [f"not read: {reason}" for reason in plan.unreadable]
    lines += [f"note: {note}" for note in checked.result.inventory.notes]
    lines += [f"not used: {problem}" for problem in checked.unread]
    if lines:
        yield ""
    yield from (visible(line) for line in lines[:_GAPS])
    if len(lines) > _GAPS:
        yield f"… and {len(lines) - _GAPS} more lines of this kind: use --json"
