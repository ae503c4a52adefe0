"""CSV for spreadsheets: one row for each exposure, under the action that closes it.

RFC 4180 in UTF-8 with a byte order mark and CRLF, so that Excel reads it as it is. A cell that a spreadsheet would take
for a formula (it starts with `=`, `+`, `-`, `@`, a tab or a carriage return) gets an apostrophe in front (OWASP, "CSV
Injection"). Dates are ISO 8601. Doubts, components that were not compared and exposures that were set aside have rows
of their own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from seawall.kernel.visible import visible
from seawall.priority import Point
from seawall.remediation.model import Asset, Component, Exposure
from seawall.remediation.outputs.interface import Output, Sheet
from seawall.remediation.outputs.wording import headline, name_of
from seawall.remediation.planning.plan import Action, urgency_of

COLUMNS: Final = (
    "number",
    "what to do",
    "kind",
    "due",
    "state",
    "asset",
    "owner",
    "component",
    "installed",
    "go to",
    "vulnerability",
    "identifiers",
    "title",
    "known exploited",
    "forensics first",
    "confidence",
    "matched",
    "remedy",
    "reason",
    "inventory entry",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - Excel takes these too
_Row = dict[str, str]


class CsvOutput:
    """Writes CSV."""

    name = "csv"
    media_type = "text/csv"
    suffix = ".csv"

    def write(self, sheet: Sheet) -> bytes:
        """See `Output.write`."""
        text = StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(COLUMNS)
        for row in _rows(sheet):
            rows.writerow([neutral(row.get(column, "")) for column in COLUMNS])
        return text.getvalue().encode("utf-8-sig")


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    White space in front does not help an attacker: spreadsheets skip it.
    """
    cell = visible(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell


def _rows(sheet: Sheet) -> Iterator[_Row]:
    plan = sheet.plan
    for number, action in enumerate(plan.actions, 1):
        shared = {
            "number": str(number),
            "what to do": headline(action),
            "kind": action.verb.value,
            "go to": action.target,
        }
        for exposure in action.exposures:
            asset = exposure.asset if exposure.asset.name else _place(action, exposure.component)
            state = urgency_of(exposure.decision.due, plan.today).value
            yield {**shared, **_exposure(exposure, asset), "state": state}
        for doubt in action.doubts:
            yield {
                **shared,
                **_component(doubt.component, _place(action, doubt.component)),
                "state": action.urgency.value,
                "vulnerability": doubt.vulnerability,
                "reason": doubt.reason,
                "confidence": action.confidence.value,
            }
    for aside in plan.set_aside:
        asset = aside.exposure.asset
        yield {**_exposure(aside.exposure, asset), "kind": "set aside", "due": "", "reason": aside.reason}
    for entry in plan.not_compared:
        words = f"{entry.components} components of {entry.ecosystem}"
        yield {"kind": "not compared", "component": words, "reason": entry.reason}
    for reason in plan.unreadable:
        yield {"kind": "not read", "reason": reason}
    for note in sheet.result.inventory.notes:
        yield {"kind": "note", "reason": note}


def _place(action: Action, component: Component) -> Asset:
    return next((place.asset for place in action.places if place.component == component), Asset(""))


def _component(component: Component, asset: Asset) -> _Row:
    version = component.purl.version if component.purl else component.version
    return {
        "asset": asset.name,
        "owner": asset.owner,
        "component": name_of(component),
        "installed": version,
        "inventory entry": component.ref,
    }


def _exposure(exposure: Exposure, asset: Asset) -> _Row:
    decision, vulnerability = exposure.decision, exposure.vulnerability
    kev = next((value.value for value in decision.points if value.point is Point.KEV), "")
    return {
        **_component(exposure.component, asset),
        "due": decision.due.isoformat() if decision.due else "",
        "vulnerability": vulnerability.id,
        "identifiers": " ".join(vulnerability.identifiers),
        "title": vulnerability.title,
        "known exploited": kev,
        "forensics first": "yes" if decision.forensics else "no",
        "confidence": exposure.confidence.value,
        "matched": exposure.matched,
        "remedy": exposure.remedy,
        "reason": decision.reason,
    }


OUTPUTS: Final[dict[str, Output]] = {"csv": CsvOutput()}
