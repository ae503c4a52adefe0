"""Reports and findings as rows, the same statements on SQLite and PostgreSQL.

A finding is a row with its JSON body and the few columns that are asked for; `seq` gives the order in which findings
came and never reuses a number. Findings without a tick stand in a partial index, so that asking for the next ones
costs the same however many were dealt with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from seawall.intake.model import Finding, Report, ReportState
from seawall.intake.ports import FindingStore, IntakeUnit, ReportStore
from seawall.kernel.errors import Diagnostics
from seawall.kernel.events import Event
from seawall.kernel.marking import Marking
from seawall.platform.database import METADATA
from seawall.platform.units import Unit, Units

_KEY: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_PAGE: Final = 500
"""Values in one `IN`, and rows read at a time."""

REPORT: Final = sa.Table(
    "report",
    METADATA,
    sa.Column("seq", _KEY, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("submitter", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("marking", sa.SmallInteger, nullable=False),
    sa.Column("product", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("format", sa.String(32), nullable=False),
    sa.Column("findings", sa.Integer, nullable=False),
    sa.Column("problem", sa.LargeBinary, nullable=True),
    sqlite_autoincrement=True,
)
FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("seq", _KEY, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("report_id", sa.String(32), sa.ForeignKey("report.id"), nullable=False, index=True),
    sa.Column("triaged", sa.Boolean, nullable=False),
    sa.Column("purl", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
_WAITING: Final = FINDING.c.triaged.is_(sa.false())
# As text for PostgreSQL: migrations are written from SQLite's spelling, `IS 0`, which PostgreSQL does not read.
sa.Index("ix_finding_untriaged", FINDING.c.seq, sqlite_where=_WAITING, postgresql_where=sa.text("triaged IS false"))

_ENCODER: Final = msgspec.json.Encoder()
_FINDING: Final = msgspec.json.Decoder(Finding)
_PROBLEM: Final = msgspec.json.Decoder(Diagnostics)


class SQLReports:
    """Reports in one transaction; see `ReportStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, report: Report) -> bool:
        """See `ReportStore.add`."""
        row = {
            "id": report.id,
            "digest": report.digest,
            "submitter": report.submitter,
            "name": report.name,
            "marking": int(report.marking),
            "product": report.product,
            "size": report.size,
            "received_at": report.received_at.astimezone(UTC),
            **_changing(report),
        }
        insert = _insert_new(self._connection, REPORT).values(row).returning(REPORT.c.id)
        return self._connection.execute(insert).scalar_one_or_none() is not None

    def get(self, report_id: str) -> Report | None:
        """See `ReportStore.get`."""
        row = self._connection.execute(sa.select(REPORT).where(REPORT.c.id == report_id)).one_or_none()
        return None if row is None else _report(row)

    def get_many(self, report_ids: Sequence[str]) -> list[Report]:
        """See `ReportStore.get_many`."""
        found: dict[str, Report] = {}
        for page in _pages(report_ids):
            for row in self._connection.execute(sa.select(REPORT).where(REPORT.c.id.in_(page))):
                found[row.id] = _report(row)
        return [found[report_id] for report_id in report_ids if report_id in found]

    def update(self, report: Report) -> None:
        """See `ReportStore.update`."""
        self._connection.execute(sa.update(REPORT).where(REPORT.c.id == report.id).values(**_changing(report)))

    def by_state(self, state: ReportState) -> list[Report]:
        """See `ReportStore.by_state`."""
        rows = self._connection.execute(sa.select(REPORT).where(REPORT.c.state == state.value).order_by(REPORT.c.seq))
        return [_report(row) for row in rows]

    def all(self) -> Iterator[Report]:
        """See `ReportStore.all`."""
        return map(_report, self._connection.execute(sa.select(REPORT).order_by(REPORT.c.seq)))

    def count(self) -> int:
        """See `ReportStore.count`."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(REPORT)).scalar_one()


class SQLFindings:
    """Findings in one transaction; see `FindingStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_many(self, findings: Sequence[Finding]) -> None:
        """See `FindingStore.add_many`."""
        if not findings:
            return
        encode = _ENCODER.encode
        self._connection.execute(
            _insert_new(self._connection, FINDING),
            [
                {
                    "id": finding.id,
                    "report_id": finding.report_id,
                    "triaged": False,
                    "purl": finding.purl,
                    "body": encode(finding),
                }
                for finding in findings
            ],
        )

    def get(self, finding_id: str) -> Finding | None:
        """See `FindingStore.get`."""
        body = self._connection.execute(_bodies().where(FINDING.c.id == finding_id)).scalar_one_or_none()
        return None if body is None else _FINDING.decode(body)

    def get_many(self, finding_ids: Sequence[str]) -> list[Finding]:
        """See `FindingStore.get_many`."""
        found: dict[str, Finding] = {}
        for page in _pages(finding_ids):
            for body in self._connection.execute(_bodies().where(FINDING.c.id.in_(page))).scalars():
                finding = _FINDING.decode(body)
                found[finding.id] = finding
        return [found[finding_id] for finding_id in finding_ids if finding_id in found]

    def untriaged(self, limit: int) -> list[Finding]:
        """See `FindingStore.untriaged`."""
        waiting = _bodies().where(_WAITING).order_by(FINDING.c.seq).limit(limit)
        return [_FINDING.decode(body) for body in self._connection.execute(waiting).scalars()]

    def count_untriaged(self) -> int:
        """See `FindingStore.count_untriaged`."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(FINDING).where(_WAITING)).scalar_one()

    def mark_triaged(self, finding_ids: Sequence[str]) -> None:
        """See `FindingStore.mark_triaged`."""
        for page in _pages(finding_ids):
            self._connection.execute(sa.update(FINDING).where(FINDING.c.id.in_(page)).values(triaged=True))

    def of_report(self, report_id: str) -> Iterator[Finding]:
        """See `FindingStore.of_report`."""
        return map(_FINDING.decode, self._stream(FINDING.c.report_id == report_id))

    def digest_of(self, report_id: str) -> str:
        """See `FindingStore.digest_of`."""
        digest = sha256()
        for body in self._stream(FINDING.c.report_id == report_id):
            digest.update(len(body).to_bytes(8, "big"))
            digest.update(body)
        return digest.hexdigest()

    def count(self) -> int:
        """See `FindingStore.count`."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(FINDING)).scalar_one()

    def all(self) -> Iterator[Finding]:
        """See `FindingStore.all`."""
        return map(_FINDING.decode, self._stream(sa.true()))

    def _stream(self, which: sa.ColumnElement[bool]) -> Iterator[bytes]:
        """Yield bodies page by page, so that neither memory nor an open cursor grows with their number."""
        last = 0
        while True:
            page = self._connection.execute(
                sa.select(FINDING.c.seq, FINDING.c.body)
                .where(which, FINDING.c.seq > last)
                .order_by(FINDING.c.seq)
                .limit(_PAGE)
            ).all()
            yield from (row.body for row in page)
            if len(page) < _PAGE:
                return
            last = page[-1].seq


class SQLIntakeUnit:
    """See `IntakeUnit`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.reports: ReportStore = SQLReports(unit.connection)
        self.findings: FindingStore = SQLFindings(unit.connection)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self._unit.record(event)


def intake_units(units: Units) -> Callable[[], AbstractContextManager[IntakeUnit]]:
    """Return what opens intake's units of work on one database."""

    @contextmanager
    def open_unit() -> Iterator[IntakeUnit]:
        with units.begin() as unit:
            yield SQLIntakeUnit(unit)

    return open_unit


def _insert_new(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Insert rows, and leave those whose `id` is there already as they are."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=["id"])


def _bodies() -> sa.Select[bytes]:
    return sa.select(FINDING.c.body)


def _pages(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _PAGE):
        yield ids[start : start + _PAGE]


def _changing(report: Report) -> dict[str, Any]:
    return {
        "state": report.state.value,
        "format": report.format,
        "findings": report.findings,
        "problem": None if report.problem is None else _ENCODER.encode(report.problem),
    }


def _report(row: sa.Row[Any]) -> Report:
    at = row.received_at
    return Report(
        id=row.id,
        digest=row.digest,
        size=row.size,
        submitter=row.submitter,
        name=row.name,
        marking=Marking(row.marking),
        product=row.product,
        received_at=at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC),  # SQLite keeps no zone
        state=ReportState(row.state),
        format=row.format,
        findings=row.findings,
        problem=None if row.problem is None else _PROBLEM.decode(row.problem),
    )
