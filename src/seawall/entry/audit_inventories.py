"""Stored inventories and report-back against the ledger: part of `audit`.

Attested are assets with their properties, snapshots with their documents and every component in them, the days first
seen that are carried over, report-back, forensic steps and VEX statements: each by a digest in an event
(`remediation.attesting`). What is installed now must be what the newest snapshots say. One body may stand in several
places, so events and records are counted, and not only looked for.

Left out on purpose: what an index says about a version, which `seawall inventory review --anew` computes again.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.kernel.errors import SeawallError
from seawall.platform.blobs import FolderBlobStore
from seawall.platform.ledger.verify import Entry, Problem
from seawall.remediation.model import Asset
from seawall.remediation.store.tables import (
    ASSET,
    FIRST_SEEN,
    FORENSIC,
    INSTALLED,
    KIND,
    REPORT,
    SNAPSHOT,
    STATEMENT,
    microseconds,
)
from seawall.remediation.stored.attesting import days_digest, entries_digest, properties_digest, snapshot_subject
from seawall.remediation.stored.forensics import Checklist
from seawall.remediation.stored.ports import HeardStatement
from seawall.remediation.stored.report_back import EVENTS, ReportBack
from seawall.remediation.stored.settling import exposure_id
from seawall.remediation.stored.snapshots import Snapshot, StoredAsset

_ROWS: Final = 500  # read in one go
_SNAPSHOT, _REPORT, _FORENSICS, _STATEMENT = "inventory", "report-back", "forensics", "statement"
_COUNTED: Final = {
    "InventoryAdded": _SNAPSHOT,
    "ReportedBack": _REPORT,
    **dict.fromkeys(EVENTS.values(), _REPORT),
    "ForensicTriageOpened": _FORENSICS,
    "ForensicStepRecorded": _FORENSICS,
    "ForensicStepWaived": _FORENSICS,
    "VexStatementHeard": _STATEMENT,
}
"""What an event's digest is of."""
_Record = tuple[str, str, str]
"""Its sort, its subject and its digest."""


@dataclass(slots=True)
class InventoryExpectations:
    """What the ledger says must be there."""

    records: Counter[_Record] = field(default_factory=Counter)
    documents: dict[str, str] = field(default_factory=dict)
    """Subject by digest of the document."""
    properties: dict[str, str] = field(default_factory=dict)
    """Newest digest of its properties, by asset."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Newest snapshot, by asset."""
    carried: dict[str, str] = field(default_factory=dict)
    """Newest digest of its days first seen, by asset."""

    def visit(self, entry: Entry) -> None:
        """Take an entry of the ledger."""
        sort, facts = _COUNTED.get(entry.name), entry.facts
        if sort is not None:
            self.records[sort, entry.subject, str(facts.get("digest", ""))] += 1
        if entry.name == "InventoryAdded":
            asset = str(facts.get("asset", ""))
            self.documents[str(facts.get("document", ""))] = entry.subject
            self.properties[asset] = str(facts.get("properties", ""))
            self.carried[asset] = str(facts.get("carried", ""))
            self.numbers[asset] = int(str(facts.get("number", 0)))
        elif entry.name == "AssetDescribed":
            self.properties[entry.subject] = str(facts.get("properties", ""))


def inventory_problems(
    connection: Connection, blobs: FolderBlobStore, expected: InventoryExpectations
) -> Iterator[Problem]:
    """Yield what of stored inventories is not as the ledger vouches for it."""
    reading = connection.execution_options(yield_per=_ROWS)
    assets: dict[int, StoredAsset] = {
        row.id: StoredAsset(Asset(row.name, row.exposed, row.owner, row.environment), row.id, row.snapshot)
        for row in reading.execute(sa.select(ASSET))
    }
    yield from _assets(assets, expected)
    yield from _carried(reading, assets, expected)
    kinds: dict[int, bytes] = {}
    for key, digest, body in reading.execute(sa.select(KIND.c.id, KIND.c.digest, KIND.c.body)):
        kinds[key] = sha256(body).digest()[: len(digest)]
        if kinds[key] != digest:
            yield Problem(f"component kind {key}", "was changed")
    found: Counter[_Record] = Counter()
    yield from _snapshots(reading, assets, kinds, found)
    _exposures(reading, assets, found)
    yield from _statements(reading, found)
    for sort, subject, digest in found - expected.records:
        yield Problem(f"{sort} {subject}", f"was changed, or is unknown to the ledger ({digest[:16]}…)")
    for sort, subject, digest in expected.records - found:
        yield Problem(f"{sort} {subject}", f"is missing, or was changed ({digest[:16]}…)")
    for document, subject in expected.documents.items():
        try:
            blobs.read(document)
        except SeawallError as error:
            yield Problem(f"document of {subject}", error.message)


def _assets(assets: dict[int, StoredAsset], expected: InventoryExpectations) -> Iterator[Problem]:
    missing = dict(expected.properties)
    for stored in assets.values():
        digest = missing.pop(stored.id, "")
        if digest != properties_digest(stored.asset) or expected.numbers.get(stored.id) != stored.snapshot:
            yield Problem(f"asset {stored.id}", "was changed, or is unknown to the ledger")
    for name in missing:
        yield Problem(f"asset {name}", "is missing")


def _carried(
    connection: Connection, assets: dict[int, StoredAsset], expected: InventoryExpectations
) -> Iterator[Problem]:
    days: dict[int, dict[str, date]] = {}
    for row in connection.execute(sa.select(FIRST_SEEN)):
        days.setdefault(row.asset_id, {})[row.identifier] = date.fromordinal(row.day)
    for key, stored in assets.items():
        if days_digest(days.pop(key, {})) != expected.carried.get(stored.id, ""):
            yield Problem(f"asset {stored.id}", "its days first seen are not those that the ledger vouches for")
    if days:
        yield Problem("days first seen", "belong to no asset")


def _snapshots(
    connection: Connection, assets: dict[int, StoredAsset], kinds: dict[int, bytes], found: Counter[_Record]
) -> Iterator[Problem]:
    """Check each snapshot's entries, and what is installed against those of the newest."""
    installed = {key: array("q") for key in assets}
    strays = 0
    for kind, asset in connection.execute(sa.select(INSTALLED).order_by(INSTALLED.c.kind_id)):
        if asset in installed:
            installed[asset].append(kind)
        else:
            strays += 1
    if strays:
        yield Problem("installed components", f"{strays:,} are on no asset")
    for row in connection.execute(sa.select(SNAPSHOT)):
        stored, snapshot = assets.get(row.asset_id), _decoded(row.body, Snapshot)
        if stored is None or snapshot is None:
            yield Problem(f"inventory {row.number} of asset {row.asset_id}", "cannot be read, or is of no asset")
            continue
        subject = snapshot_subject(stored.id, snapshot.digest, snapshot.taken_at)
        found[_SNAPSHOT, subject, sha256(row.body).hexdigest()] += 1
        repeated = (snapshot.asset, snapshot.number, snapshot.digest, microseconds(snapshot.taken_at))
        if repeated != (row.asset_id, row.number, row.digest, row.taken_at):
            yield Problem(f"inventory {subject}", "its row says something else than its body")
        own = _entries(row.entries, kinds, snapshot.entries_digest)
        if own is None:
            yield Problem(f"inventory {subject}", "its components are not those that the ledger vouches for")
        elif row.number == stored.snapshot and sorted(set(own)) != installed.pop(row.asset_id).tolist():
            yield Problem(f"asset {stored.id}", "what is installed is not what its newest inventory says")


def _entries(packed: bytes, kinds: dict[int, bytes], digest: str) -> list[int] | None:
    """Return the kinds of a snapshot's entries; None if they are not what the digest is of."""
    try:
        unpacked = zlib.decompress(packed)
        own = msgspec.msgpack.decode(unpacked, type=tuple[list[int], list[int], list[str]])[0]
        return own if entries_digest(unpacked, [kinds[kind] for kind in own]) == digest else None
    except (zlib.error, msgspec.MsgspecError, KeyError, UnicodeDecodeError):
        return None


def _exposures(connection: Connection, assets: dict[int, StoredAsset], found: Counter[_Record]) -> None:
    """Count reports and forensic records under the exposures that their rows place them at."""
    for row in connection.execute(sa.select(REPORT.c.asset_id, REPORT.c.body)):
        report = _decoded(row.body, ReportBack)
        found[_REPORT, _place(assets, row.asset_id, report), sha256(row.body).hexdigest()] += 1
    opened: dict[int, Checklist | None] = {}
    for row in connection.execute(sa.select(FORENSIC).order_by(FORENSIC.c.id)):
        if row.checklist is None:
            opened[row.id] = _decoded(row.body, Checklist)
        place = _place(assets, row.asset_id, opened.get(row.id if row.checklist is None else row.checklist))
        found[_FORENSICS, place, sha256(row.body).hexdigest()] += 1


def _statements(connection: Connection, found: Counter[_Record]) -> Iterator[Problem]:
    for row in connection.execute(sa.select(STATEMENT)):
        heard = _decoded(row.body, HeardStatement)
        subject = "" if heard is None else heard.statement.vulnerability[:80]
        found[_STATEMENT, subject, sha256(row.body).hexdigest()] += 1
        if heard is not None and (heard.filed_under, microseconds(heard.heard_at)) != (row.vulnerability, row.heard_at):
            yield Problem(f"statement {subject}", "its row says something else than its body")


def _place(assets: dict[int, StoredAsset], asset: int, said: ReportBack | Checklist | None) -> str:
    """Name an exposure as its events do; empty where it cannot be told."""
    stored = assets.get(asset)
    return "" if stored is None or said is None else exposure_id(stored, said.vulnerability)


def _decoded(body: bytes, type_: type[Any]) -> Any:  # noqa: ANN401 - what the type says, or None
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
