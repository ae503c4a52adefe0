"""The ledger against itself, and the records against the ledger.

An event carries the digest of the record that it speaks of. So a record that was changed, added or removed behind the
ledger's back is found: reports and their bytes, the findings read from them, merges and splits, proofs, decisions and
publications; stored inventories and report-back (`audit_inventories`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.advisories.store import ADVISORY, PUBLICATION
from seawall.entry.audit_inventories import InventoryExpectations, inventory_problems
from seawall.entry.bootstrap import Seawall
from seawall.entry.progress import Progress
from seawall.intake.store import SQLFindings, SQLReports
from seawall.kernel.errors import SeawallError
from seawall.platform.ledger.store import count_entries
from seawall.platform.ledger.verify import Entry, LedgerReport, Problem, verify_ledger
from seawall.priority.store import DECISION
from seawall.triage.store import DECISION as MERGE
from seawall.triage.store import SPLIT
from seawall.validation.store import PROOF

_ROWS = 500  # read in one go


@dataclass(frozen=True, slots=True)
class _Attested:
    """A kind of record whose bodies the ledger vouches for."""

    name: str
    body: sa.Column[bytes]
    repeated: dict[sa.Column[str], tuple[str, ...]]
    """Columns that repeat a member of the body, with the way to it."""


_ATTESTED = {
    "ProofRecorded": _Attested(
        "proof",
        PROOF.c.body,
        {PROOF.c.id: ("id",), PROOF.c.finding_id: ("finding_id",), PROOF.c.grade: ("grade",)},
    ),
    "DecisionMade": _Attested(
        "decision",
        DECISION.c.body,
        {DECISION.c.subject: ("subject",), DECISION.c.policy: ("policy",), DECISION.c.asset: ("asset",)},
    ),
    "AdvisoryRevised": _Attested("advisory", ADVISORY.c.body, {ADVISORY.c.case_id: ("advisory", "id")}),
    "AdvisoryPublished": _Attested(
        "publication",
        PUBLICATION.c.body,
        {column: (column.name,) for column in (PUBLICATION.c.id, PUBLICATION.c.case_id, PUBLICATION.c.digest)},
    ),
}


_RULINGS = frozenset({"FindingsMerged", "MergeProposed", "MergeDeclined", "MergeReversed", "CaseSplit"})
"""Events of records whose body changes with their state: the newest digest is the one that counts."""


class _Expectations:
    """What the ledger says must be there."""

    def __init__(self) -> None:
        self.reports: dict[str, str] = {}
        """Digest of the bytes, by report."""
        self.receipts: dict[str, str] = {}
        """Digest of what never changes of a report's row, by report."""
        self.parsed: dict[str, str] = {}
        """Digest of the findings, by report."""
        self.bodies: dict[str, dict[str, str]] = {name: {} for name in _ATTESTED}
        """Subject by digest of the body, by event."""
        self.rulings: dict[str, str] = {}
        """Newest digest of the body, by merge decision or split."""
        self.documents: dict[str, str] = {}
        """Publication by digest of its document."""
        self.inventories = InventoryExpectations()

    def visit(self, _position: int, entry: Entry) -> None:
        digest = str(entry.facts.get("digest", ""))
        self.inventories.visit(entry)
        if entry.name == "ReportReceived":
            self.reports[entry.subject] = digest
            self.receipts[entry.subject] = str(entry.facts.get("receipt", ""))
        elif entry.name == "ReportParsed":
            self.parsed[entry.subject] = str(entry.facts.get("findings_digest", ""))
        elif entry.name in _RULINGS:
            self.rulings[entry.subject] = digest
        elif entry.name in self.bodies:
            self.bodies[entry.name][digest] = entry.subject
        if entry.name == "AdvisoryPublished":
            self.documents[str(entry.facts.get("document", ""))] = entry.subject


def audit(seawall: Seawall, kept: str, progress: Progress) -> LedgerReport:
    """Verify the ledger and every record that it vouches for, on one consistent state.

    Args:
        seawall: The home.
        kept: A signed checkpoint that was kept elsewhere, or empty.
        progress: Is told how far it has come.
    """
    expected = _Expectations()
    with seawall.database.read() as connection:
        progress.stage("ledger", count_entries(connection))
        report = verify_ledger(
            connection, seawall.key.public, kept=kept, visit=expected.visit, progress=_every_thousand(progress)
        )
        progress.stage("records", len(expected.reports) + len(_ATTESTED))
        found = (
            *_reports(seawall, connection, expected, progress),
            *_bodies(connection, expected, progress),
            *_rulings(connection, expected),
            *_documents(seawall, expected),
            *inventory_problems(connection, seawall.blobs, expected.inventories),
        )
    return replace(report, problems=(*report.problems, *found))


def _every_thousand(progress: Progress) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done % 1000 == 0:
            progress.advance(1000)

    return tell


def _reports(
    seawall: Seawall, connection: Connection, expected: _Expectations, progress: Progress
) -> Iterator[Problem]:
    rows = {report.id: report for report in SQLReports(connection).all()}
    findings = SQLFindings(connection)
    for report_id, digest in expected.reports.items():
        where = f"report {report_id}"
        report = rows.pop(report_id, None)
        if report is None or report.receipt() != expected.receipts[report_id]:
            yield Problem(where, "its record is missing, or is not the one that was received")
        try:
            seawall.blobs.read(digest)
        except SeawallError as error:
            yield Problem(where, error.message)
        if report_id in expected.parsed and findings.digest_of(report_id) != expected.parsed[report_id]:
            yield Problem(where, "its findings are not those that the ledger vouches for")
        progress.advance()
    for report_id in rows:
        yield Problem(f"report {report_id}", "is unknown to the ledger")


def _bodies(connection: Connection, expected: _Expectations, progress: Progress) -> Iterator[Problem]:
    for name, attested in _ATTESTED.items():
        known = dict(expected.bodies[name])
        rows = connection.execution_options(yield_per=_ROWS).execute(sa.select(attested.body, *attested.repeated))
        for body, *columns in rows:
            digest = sha256(body).hexdigest()
            if known.pop(digest, None) is None and digest not in expected.bodies[name]:
                yield Problem(f"{attested.name} {digest[:16]}…", "was changed, or is unknown to the ledger")
            elif columns != [_member(body, way) for way in attested.repeated.values()]:
                yield Problem(f"{attested.name} {digest[:16]}…", "its row says something else than its body")
        for subject in known.values():
            yield Problem(f"{attested.name} {subject}", "is missing, or was changed")
        progress.advance()


def _rulings(connection: Connection, expected: _Expectations) -> Iterator[Problem]:
    missing = dict(expected.rulings)
    for what, table in (("merge", MERGE), ("split", SPLIT)):
        rows = connection.execution_options(yield_per=_ROWS).execute(sa.select(table.c.id, table.c.body))
        for name, body in rows:
            if missing.pop(name, None) != sha256(body).hexdigest():
                yield Problem(f"{what} {name}", "was changed, or is unknown to the ledger")
    for name in missing:
        yield Problem(f"merge or split {name}", "is missing")


def _member(body: bytes, way: tuple[str, ...]) -> object:
    value: Any = msgspec.json.decode(body)
    for name in way:
        value = value[name]
    return value


def _documents(seawall: Seawall, expected: _Expectations) -> Iterator[Problem]:
    for digest, publication in expected.documents.items():
        try:
            seawall.blobs.read(digest)
        except SeawallError as error:
            yield Problem(f"document of {publication}", error.message)
