"""Fakes for intake's ports: stores in memory, and units of work that forget when their block raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256

import msgspec

from seawall.intake.model import Finding, Report, ReportState
from seawall.intake.ports import IntakeUnit
from seawall.kernel.events import Event


class MemoryReports:
    """See `ReportStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, Report] = {}

    def add(self, report: Report) -> bool:
        """See `ReportStore.add`."""
        if report.id in self.rows:
            return False
        self.rows[report.id] = report
        return True

    def get(self, report_id: str) -> Report | None:
        """See `ReportStore.get`."""
        return self.rows.get(report_id)

    def get_many(self, report_ids: Sequence[str]) -> list[Report]:
        """See `ReportStore.get_many`."""
        return [self.rows[report_id] for report_id in report_ids if report_id in self.rows]

    def update(self, report: Report) -> None:
        """See `ReportStore.update`."""
        if (old := self.rows.get(report.id)) is not None:
            self.rows[report.id] = replace(
                old, state=report.state, format=report.format, findings=report.findings, problem=report.problem
            )

    def by_state(self, state: ReportState) -> list[Report]:
        """See `ReportStore.by_state`."""
        return [report for report in self.rows.values() if report.state is state]

    def all(self) -> Iterator[Report]:
        """See `ReportStore.all`."""
        return iter(list(self.rows.values()))

    def count(self) -> int:
        """See `ReportStore.count`."""
        return len(self.rows)


class MemoryFindings:
    """See `FindingStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, Finding] = {}
        self.triaged: set[str] = set()

    def add_many(self, findings: Sequence[Finding]) -> None:
        """See `FindingStore.add_many`."""
        for finding in findings:
            self.rows.setdefault(finding.id, finding)

    def get(self, finding_id: str) -> Finding | None:
        """See `FindingStore.get`."""
        return self.rows.get(finding_id)

    def get_many(self, finding_ids: Sequence[str]) -> list[Finding]:
        """See `FindingStore.get_many`."""
        return [self.rows[finding_id] for finding_id in finding_ids if finding_id in self.rows]

    def untriaged(self, limit: int) -> list[Finding]:
        """See `FindingStore.untriaged`."""
        return [finding for finding in self.rows.values() if finding.id not in self.triaged][:limit]

    def count_untriaged(self) -> int:
        """See `FindingStore.count_untriaged`."""
        return len(self.rows) - len(self.triaged)

    def mark_triaged(self, finding_ids: Sequence[str]) -> None:
        """See `FindingStore.mark_triaged`."""
        self.triaged.update(finding_id for finding_id in finding_ids if finding_id in self.rows)

    def of_report(self, report_id: str) -> Iterator[Finding]:
        """See `FindingStore.of_report`."""
        return iter([finding for finding in self.rows.values() if finding.report_id == report_id])

    def digest_of(self, report_id: str) -> str:
        """See `FindingStore.digest_of`."""
        digest = sha256()
        for finding in self.of_report(report_id):
            body = msgspec.json.encode(finding)
            digest.update(len(body).to_bytes(8, "big"))
            digest.update(body)
        return digest.hexdigest()

    def count(self) -> int:
        """See `FindingStore.count`."""
        return len(self.rows)

    def all(self) -> Iterator[Finding]:
        """See `FindingStore.all`."""
        return iter(list(self.rows.values()))


@dataclass(slots=True)
class MemoryIntakeUnit:
    """See `IntakeUnit`."""

    reports: MemoryReports = field(default_factory=MemoryReports)
    findings: MemoryFindings = field(default_factory=MemoryFindings)
    events: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self.events.append(event)


def memory_units(memory: MemoryIntakeUnit) -> Callable[[], AbstractContextManager[IntakeUnit]]:
    """Return what opens units of work on one memory."""

    @contextmanager
    def open_unit() -> Iterator[IntakeUnit]:
        reports, findings = dict(memory.reports.rows), dict(memory.findings.rows)
        triaged, events = set(memory.findings.triaged), list(memory.events)
        try:
            yield memory
        except BaseException:
            memory.reports.rows, memory.findings.rows = reports, findings
            memory.findings.triaged, memory.events = triaged, events
            raise

    return open_unit
