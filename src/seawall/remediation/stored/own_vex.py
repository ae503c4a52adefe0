"""What an operator reported back, as VEX: what it may tell its customers, its insurer or a supervisor about its assets.

| state of the exposure | status | beside it |
|---|---|---|
| verified | `fixed`, in the version that is there now | when which inventory showed it |
| verified, and the package is gone | `not_affected` of the asset: `component_not_present` | likewise |
| not_affected | `not_affected` | the justification and the reason |
| claimed, mitigated, deferred | `affected` | what was said, by when it will be done |
| open, contradicted, lapsed, returned | `affected` | by when to act, and the releases that fix it |
| any of these, where only the name resembles | `under_investigation` | why |
| undecided | `under_investigation` | why |

Invariant: a fix that nobody but its author has seen is never told as `fixed`. Names of people are left out: who said it
is in the ledger, and the document speaks for the operator as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seawall.remediation.model import Component, Confidence, Exposure, Undecided, VexStatement, VexStatus
from seawall.remediation.stored.report_back import ExposureState, ReportBack
from seawall.remediation.stored.standing import StandingExposure

_HOW = {
    ExposureState.CLAIMED: "Said to be fixed on {day}; no later inventory shows it yet",
    ExposureState.MITIGATED: "Mitigated: {reason}",
    ExposureState.DEFERRED: "Deferred until {until}: {reason}",
}


@dataclass(frozen=True, slots=True)
class VerifiedFix:
    """An exposure that a later inventory does not show any more."""

    report: ReportBack
    before: tuple[Component, ...]
    """What was affected."""
    now: tuple[Component, ...]
    """The same packages in the versions that are there now; empty: they are gone."""


def own_statements(
    asset: str,
    standing: Sequence[StandingExposure],
    verified: Iterable[VerifiedFix],
    undecided: Iterable[Undecided] = (),
) -> tuple[VexStatement, ...]:
    """Return one statement for each vulnerability in each product, sorted.

    Args:
        asset: Its name.
        standing: What it is exposed to.
        verified: What was fixed.
        undecided: What could not be decided.
    """
    found: dict[tuple[str, str], VexStatement] = {}
    for each in standing:
        for exposure in each.exposures:
            found.setdefault(*_keyed(_about(each, exposure)))
    for fix in verified:
        for statement in _fixed(asset, fix):
            found.setdefault(*_keyed(statement))
    for doubt in undecided:
        product, status = product_name(doubt.component), VexStatus.UNDER_INVESTIGATION
        found.setdefault(*_keyed(VexStatement(doubt.vulnerability, product, status, detail=doubt.reason)))
    return tuple(found[pair] for pair in sorted(found))


def product_name(component: Component) -> str:
    """Name a component with its version as VEX does: its package URL, else its names, else its CPE."""
    if component.purl is not None:
        return str(component.purl)
    return " ".join(f"{component.vendor} {component.name} {component.version}".split()) or component.cpe


def _about(standing: StandingExposure, exposure: Exposure) -> VexStatement:
    newest = standing.reports[-1] if standing.reports else None
    status, justification = VexStatus.AFFECTED, ""
    if newest is not None and standing.state in _HOW:
        detail = _HOW[standing.state].format(day=newest.at.date(), reason=newest.reason, until=newest.until)
    elif newest is not None and standing.state is ExposureState.NOT_AFFECTED:
        status, justification, detail = VexStatus.NOT_AFFECTED, newest.justification, newest.reason
    elif exposure.confidence is Confidence.POSSIBLE:
        status, detail = VexStatus.UNDER_INVESTIGATION, exposure.because
    else:
        detail = _to_do(exposure)
    name, aliases = _names((standing.vulnerability.id, *standing.vulnerability.identifiers))
    return VexStatement(
        name,
        product_name(exposure.component),
        status,
        justification,
        detail,
        aliases=aliases,
        title=standing.vulnerability.title,
    )


def _to_do(exposure: Exposure) -> str:
    due = exposure.decision.due
    what = f"Upgrade to {' or '.join(exposure.fixed)}" if exposure.fixed else exposure.remedy or "No fix is known"
    return f"{what}; to be done by {due.isoformat()}" if due else what


def _fixed(asset: str, fix: VerifiedFix) -> list[VexStatement]:
    name, aliases = _names((fix.report.vulnerability, *fix.report.identifiers))
    shown = f"{fix.report.by} of {fix.report.at.date().isoformat()} does not show it any more"
    if fix.now:
        return [
            VexStatement(name, product_name(component), VexStatus.FIXED, detail=shown, aliases=aliases)
            for component in fix.now
        ]
    gone = ", ".join(sorted({product_name(component) for component in fix.before})) or "what was affected"
    return [
        VexStatement(
            name, asset, VexStatus.NOT_AFFECTED, "component_not_present", f"{gone} is gone: {shown}", aliases=aliases
        )
    ]


def _names(identifiers: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the name of a vulnerability, its CVE if it has one, and the other identifiers."""
    names = tuple(dict.fromkeys(identifiers))
    name = next((each for each in names if each.startswith("CVE-")), names[0])
    return name, tuple(other for other in names if other != name)


def _keyed(statement: VexStatement) -> tuple[tuple[str, str], VexStatement]:
    return (statement.vulnerability, statement.product), statement
