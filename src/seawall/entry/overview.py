"""What people look at: a case with all that was decided about it, and the funnel from reports to exposure.

Plain values, put together by `bootstrap`; the terminal, `--json` and the HTML page show the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.advisories import Publication
from seawall.intake import Finding, Report
from seawall.priority import Decision
from seawall.remediation import Exposure
from seawall.triage import Case, MergeDecision
from seawall.validation import Grade, Proof


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case and every decision about it, each with its inputs."""

    case: Case
    findings: tuple[Finding, ...]
    reports: tuple[Report, ...]
    """Those that the findings came from, oldest first."""
    merges: tuple[MergeDecision, ...]
    proofs: tuple[Proof, ...]
    grade: Grade
    grade_reason: str
    decision: Decision | None
    publications: tuple[Publication, ...] = ()
    exposures: tuple[Exposure, ...] = ()

    @property
    def due(self) -> str:
        """When to act, in a few words; a dash where nobody must act on it."""
        if self.decision is None or self.grade is Grade.REFUTED:
            return "-"
        if self.decision.due is None:
            return self.decision.outcome_name
        return f"{self.decision.due.isoformat()} ({self.decision.outcome})"

    @property
    def affected(self) -> tuple[str, ...]:
        """Installed components that the case touches, sorted."""
        return tuple(sorted({str(exposure.component.purl) for exposure in self.exposures}))


@dataclass(frozen=True, slots=True)
class Funnel:
    """From a flood to what matters: each step counts only what passed the one before it."""

    reports: int
    findings: int
    cases: int
    proven: int
    """Cases whose effect Seawall saw itself."""
    published: int
    """Cases with an advisory."""
    exposed: int
    """Published cases that touch an installed component."""

    def steps(self) -> tuple[tuple[str, int], ...]:
        """Name and count of each step, in order."""
        return (
            ("reports", self.reports),
            ("findings", self.findings),
            ("cases", self.cases),
            ("proven", self.proven),
            ("published", self.published),
            ("exposed", self.exposed),
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything, as far as it is to be shown."""

    cases: tuple[CaseView, ...]
    funnel: Funnel
    quarantined: tuple[Report, ...]


_GRADE_ORDER = (
    Grade.FIX_VERIFIED,
    Grade.INPUT_REPRODUCED,
    Grade.SCRIPT_REPRODUCED,
    Grade.PLAUSIBLE,
    Grade.INCONCLUSIVE,
    Grade.CLAIMED,
    Grade.REFUTED,
)


def by_urgency(views: list[CaseView]) -> tuple[CaseView, ...]:
    """Order cases for a person: proven first, then by due date, then by id."""

    def key(view: CaseView) -> tuple[int, str, str]:
        due = view.decision.due if view.decision else None
        return (_GRADE_ORDER.index(view.grade), due.isoformat() if due else "9999", view.case.id)

    return tuple(sorted(views, key=key))
