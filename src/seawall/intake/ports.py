"""What intake needs from storage: reports and findings inside one unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from seawall.intake.model import Finding, Report, ReportState
from seawall.kernel.events import Recorder


class ReportStore(Protocol):
    """Keeps reports, not their bytes."""

    def add(self, report: Report) -> bool:
        """Add a report; False, and no change, if its id is there already."""
        ...

    def get(self, report_id: str) -> Report | None:
        """Return a report, or None."""
        ...

    def get_many(self, report_ids: Sequence[str]) -> list[Report]:
        """Return the reports with these ids in the order of the ids, without those that are not there."""
        ...

    def update(self, report: Report) -> None:
        """Replace state, format, findings and problem of a report that is there; nothing else ever changes."""
        ...

    def by_state(self, state: ReportState) -> list[Report]:
        """Return the reports in a state in the order of their receipt."""
        ...

    def all(self) -> Iterator[Report]:
        """Yield all reports in the order of their receipt."""
        ...

    def count(self) -> int:
        """Return how many reports there are."""
        ...


class FindingStore(Protocol):
    """Keeps findings in the order in which they were added. A finding never changes; that it was triaged is noted."""

    def add_many(self, findings: Sequence[Finding]) -> None:
        """Add findings; those whose id is there already are left as they are."""
        ...

    def get(self, finding_id: str) -> Finding | None:
        """Return a finding, or None."""
        ...

    def get_many(self, finding_ids: Sequence[str]) -> list[Finding]:
        """Return the findings with these ids in the order of the ids, without those that are not there."""
        ...

    def untriaged(self, limit: int) -> list[Finding]:
        """Return the oldest findings that were not marked, at most `limit`."""
        ...

    def count_untriaged(self) -> int:
        """Return how many findings were not marked."""
        ...

    def mark_triaged(self, finding_ids: Sequence[str]) -> None:
        """Note that triage has dealt with these findings."""
        ...

    def of_report(self, report_id: str) -> Iterator[Finding]:
        """Yield the findings of a report in order."""
        ...

    def digest_of(self, report_id: str) -> str:
        """Return SHA-256 in hex over the stored bodies of a report's findings, each with its length, in order."""
        ...

    def count(self) -> int:
        """Return how many findings there are."""
        ...

    def all(self) -> Iterator[Finding]:
        """Yield all findings in order."""
        ...


class IntakeUnit(Recorder, Protocol):
    """One unit of work."""

    @property
    def reports(self) -> ReportStore:
        """Reports inside this unit."""
        ...

    @property
    def findings(self) -> FindingStore:
        """Findings inside this unit."""
        ...
