"""Takes reports in, reads findings out of them, and sets aside what cannot be read.

States of a report and what leads from one to the next:

    (nothing) --submit--> received --parse--> parsed
                          received --parse--> quarantined --retry--> received

Invariants: bytes are stored before anything looks into them; a report is parsed whole or not at all, since its
findings, its new state and the event share one unit of work; each step can be repeated after a crash and takes effect
once. Whatever a parser does, defects included, ends in quarantine with a reason; only the machine's own troubles
(busy, out of space, interrupted) leave the report as it was, to be read later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO, Final

from seawall.intake import errors
from seawall.intake.model import Finding, Report, ReportState
from seawall.intake.ports import IntakeUnit
from seawall.kernel.clock import Clock
from seawall.kernel.errors import BusyError, Diagnostics, SeawallError, UnavailableError
from seawall.kernel.events import Event
from seawall.kernel.identifiers import derived_id
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.kernel.marking import UNMARKED, Marking
from seawall.kernel.purl import parse_purl
from seawall.platform.blobs import BlobStore

BATCH: Final = 1000
"""Findings that are in memory at a time."""
_NAME_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class ParseOutcome:
    """What became of a report."""

    report: Report
    """As it stands now: parsed or quarantined."""
    fresh: bool
    """Whether this call did it; otherwise it was so before."""

    @property
    def parsed(self) -> bool:
        """Whether its findings are in the store."""
        return self.report.state is ReportState.PARSED


class IntakeService:
    """The way in.

    Args:
        open_unit: Opens a unit of work.
        blobs: Where the bytes go.
        clock: Tells the time of each event.
        limits: Bounds for one report.
        open_view: Opens a unit that only reads, so that looking waits for no writer; a unit of work by default.
    """

    def __init__(
        self,
        open_unit: Callable[[], AbstractContextManager[IntakeUnit]],
        blobs: BlobStore,
        clock: Clock,
        limits: Limits = DEFAULT_LIMITS,
        *,
        open_view: Callable[[], AbstractContextManager[IntakeUnit]] | None = None,
    ) -> None:
        self._open_unit = open_unit
        self._open_view = open_view or open_unit
        self._blobs = blobs
        self._clock = clock
        self._limits = limits

    def submit(
        self,
        source: BinaryIO | bytes,
        *,
        name: str,
        submitter: str,
        marking: Marking = UNMARKED,
        product: str = "",
    ) -> Report:
        """Store a report durably and acknowledge it; nothing is parsed yet.

        The same bytes from the same submitter are the same report: the first submission stands, marking included.

        Args:
            source: The bytes, read from its position to its end.
            name: File name, for people.
            submitter: Who reports.
            marking: How far it may travel.
            product: Package URL of what the report is about, where its format does not say.

        Returns:
            The report as it stands: a repeated one may be parsed already.

        Raises:
            InvalidInputError: No submitter (`intake.no-submitter`), or `product` is no purl (`kernel.invalid-purl`).
            LimitExceededError: Too many bytes (`blob.too-large`).
            UnavailableError: The disk is full, or the database unusable; nothing was acknowledged.
            BusyError: Another process holds the database.
        """
        submitter = _printable(submitter)
        if not submitter:
            raise errors.no_submitter()
        product = str(parse_purl(product)) if product else ""
        blob = self._blobs.put(source, limit=self._limits.bytes)
        report = Report(
            id=derived_id("SWR", blob.digest, submitter),
            digest=blob.digest,
            size=blob.size,
            submitter=submitter,
            name=_printable(name) or "unnamed",
            marking=marking,
            product=product,
            received_at=self._clock.now(),
        )
        with self._open_unit() as unit:
            if not unit.reports.add(report):
                return self._known(unit, report.id)
            self._record(
                unit,
                "ReportReceived",
                report,
                size=report.size,
                marking=report.marking.label,
                receipt=report.receipt(),
            )
        return report

    def parse(self, report_id: str) -> ParseOutcome:
        """Read a report's findings into the store, or set the report aside.

        Raises:
            NotFoundError: There is no such report (`intake.no-such-report`).
            BusyError: Another process holds the database; the report stays received.
            UnavailableError: The machine lacks something; the report stays received.
        """
        with self._open_view() as unit:
            report = self._known(unit, report_id)
        if report.state is not ReportState.RECEIVED:
            return ParseOutcome(report, fresh=False)
        try:
            return self._read(report)
        except (BusyError, UnavailableError):
            raise
        except SeawallError as error:
            return self._quarantine(report, error.diagnostics())
        except Exception as error:  # noqa: BLE001 - a defect in a parser must not lose the report or stop the others
            return self._quarantine(report, errors.parser_failed(type(error).__name__).diagnostics())

    def retry(self, report_id: str) -> Report:
        """Let a quarantined report be read again, for example after an update: it is pending, like a new one.

        Raises:
            NotFoundError: There is no such report (`intake.no-such-report`).
            ConflictError: It is not in quarantine (`intake.not-quarantined`).
            BusyError: Another process holds the database.
            UnavailableError: The machine lacks something.
        """
        with self._open_unit() as unit:
            report = self._known(unit, report_id)
            if report.state is not ReportState.QUARANTINED:
                raise errors.not_quarantined(report_id, report.state)
            report = replace(report, state=ReportState.RECEIVED, problem=None)
            unit.reports.update(report)
            self._record(unit, "ReportRetried", report)
        return report

    def get(self, report_id: str) -> Report:
        """Return a report.

        Raises:
            NotFoundError: There is no such report (`intake.no-such-report`).
        """
        with self._open_view() as unit:
            return self._known(unit, report_id)

    def pending(self) -> list[Report]:
        """Return the reports that wait to be parsed, oldest first."""
        with self._open_view() as unit:
            return unit.reports.by_state(ReportState.RECEIVED)

    def quarantined(self) -> list[Report]:
        """Return the reports that could not be read, oldest first, each with its problem."""
        with self._open_view() as unit:
            return unit.reports.by_state(ReportState.QUARANTINED)

    def _read(self, report: Report) -> ParseOutcome:
        from seawall.intake.formats import Context, read  # noqa: PLC0415 - parsers load with the first report to read

        started = self._clock.now()
        reading = read(self._blobs.read(report.digest), Context(report, self._limits))
        with self._open_unit() as unit:
            current = self._known(unit, report.id)
            if current.state is not ReportState.RECEIVED:  # another process was faster
                return ParseOutcome(current, fresh=False)
            count = 0
            for batch in _batches(reading.findings):
                count += len(batch)
                if count > self._limits.items:
                    raise errors.too_many_findings(self._limits.items)
                if (self._clock.now() - started).total_seconds() > self._limits.seconds:
                    raise errors.too_slow(self._limits.seconds)
                unit.findings.add_many(batch)
            parsed = replace(current, state=ReportState.PARSED, format=reading.format, findings=count)
            unit.reports.update(parsed)
            digest = unit.findings.digest_of(report.id)
            self._record(unit, "ReportParsed", report, format=reading.format, findings=count, findings_digest=digest)
        return ParseOutcome(parsed, fresh=True)

    def _quarantine(self, report: Report, problem: Diagnostics) -> ParseOutcome:
        with self._open_unit() as unit:
            current = self._known(unit, report.id)
            if current.state is not ReportState.RECEIVED:
                return ParseOutcome(current, fresh=False)
            aside = replace(current, state=ReportState.QUARANTINED, problem=problem)
            unit.reports.update(aside)
            self._record(unit, "ReportQuarantined", report, code=problem.code)
        return ParseOutcome(aside, fresh=True)

    def _known(self, unit: IntakeUnit, report_id: str) -> Report:
        report = unit.reports.get(report_id)
        if report is None:
            raise errors.no_report(report_id)
        return report

    def _record(self, unit: IntakeUnit, name: str, report: Report, **facts: str | int) -> None:
        unit.record(Event(name, report.id, self._clock.now(), {"digest": report.digest, **facts}))


def _batches(findings: Iterator[Finding]) -> Iterator[list[Finding]]:
    while batch := list(islice(findings, BATCH)):
        yield batch


def _printable(text: str) -> str:
    """Return one line without control characters and lone surrogates, which file names may hold."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(visible.split())[:_NAME_CHARACTERS]
