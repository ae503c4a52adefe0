"""VEX of a plan: what an operator says about its own products, in any of the three formats.

An exposure that has an action is `affected`, with the action as the statement of what to do. Possible matches and
doubts are `under_investigation`. Exposures that somebody else's VEX set aside are left out: it is theirs to say.
Where a vulnerability has a CVE, that is its name, and its other identifiers are aliases.

A plan without exposures has no VEX: `write` raises `remediation.unwritable-vex`.
"""

from __future__ import annotations

from typing import Final

from seawall.remediation.model import VexStatement, VexStatus, Vulnerability
from seawall.remediation.outputs.interface import Output, Sheet
from seawall.remediation.outputs.wording import headline, how, name_of
from seawall.remediation.planning.plan import Action, Plan, Verb
from seawall.remediation.vex import FORMATS, VexOrigin, format_of

_SUFFIXES: Final = {"openvex": ".openvex.json", "csaf-vex": ".csaf.json", "cyclonedx-vex": ".cdx.json"}


class VexOutput:
    """Writes one format of VEX."""

    media_type = "application/json"

    def __init__(self, name: str) -> None:
        self.name = name
        self.suffix = _SUFFIXES[name]

    def write(self, sheet: Sheet) -> bytes:
        """See `Output.write`.

        Raises:
            InvalidInputError: There is nothing to say (`remediation.unwritable-vex`).
        """
        origin = VexOrigin(
            author=sheet.author,
            at=sheet.result.at,
            namespace=sheet.namespace,
            tool=f"Seawall {sheet.version}".strip(),
            title=f"Vulnerabilities in {sheet.plan.inventory or 'our inventory'}",
        )
        return format_of(self.name).write(statements_of(sheet.plan), origin)


def statements_of(plan: Plan) -> tuple[VexStatement, ...]:
    """Return one statement for each vulnerability in each product; of several actions the first that is certain."""
    found: dict[tuple[str, str], VexStatement] = {}
    for action in sorted(plan.actions, key=lambda action: action.verb is Verb.LOOK):
        status = VexStatus.UNDER_INVESTIGATION if action.verb is Verb.LOOK else VexStatus.AFFECTED
        detail = _detail(action)
        for exposure in action.exposures:
            name, aliases = _names(exposure.vulnerability)
            product = name_of(exposure.component)
            found.setdefault(
                (name, product),
                VexStatement(name, product, status, detail=detail, aliases=aliases, title=exposure.vulnerability.title),
            )
        for doubt in action.doubts:
            product = name_of(doubt.component)
            found.setdefault(
                (doubt.vulnerability, product),
                VexStatement(doubt.vulnerability, product, status, detail=doubt.reason),
            )
    return tuple(found[pair] for pair in sorted(found))


def _detail(action: Action) -> str:
    due = f", by {action.due.isoformat()}" if action.due else ""
    evidence = "Secure volatile evidence first." if action.forensics else ""
    return " ".join(part for part in (f"{headline(action)}{due}.", evidence, *how(action)) if part)


def _names(vulnerability: Vulnerability) -> tuple[str, tuple[str, ...]]:
    names = tuple(dict.fromkeys((vulnerability.id, *vulnerability.identifiers)))
    name = next((name for name in names if name.startswith("CVE-")), vulnerability.id)
    return name, tuple(other for other in names if other != name)


OUTPUTS: Final[dict[str, Output]] = {name: VexOutput(name) for name in FORMATS}
