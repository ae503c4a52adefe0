"""`ExposureStore` on SQLAlchemy Core: report-back, forensics and VEX, all of which only grow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from seawall.remediation.store.tables import FIRST_SEEN, FORENSIC, REPORT, STATEMENT, chunks, microseconds
from seawall.remediation.stored.forensics import Checklist, StepRecord
from seawall.remediation.stored.ports import HeardStatement
from seawall.remediation.stored.report_back import ReportBack

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class SQLExposures:
    """`ExposureStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first_seen(self, asset: int) -> dict[str, date]:
        """See `ExposureStore.first_seen`."""
        statement = sa.select(FIRST_SEEN.c.identifier, FIRST_SEEN.c.day).where(FIRST_SEEN.c.asset_id == asset)
        return {identifier: date.fromordinal(day) for identifier, day in self._connection.execute(statement)}

    def set_first_seen(self, asset: int, days: Mapping[str, date | None]) -> None:
        """See `ExposureStore.set_first_seen`."""
        for chunk in chunks(sorted(days)):
            self._connection.execute(
                sa.delete(FIRST_SEEN).where(FIRST_SEEN.c.asset_id == asset, FIRST_SEEN.c.identifier.in_(chunk))
            )
        rows = [
            {"asset_id": asset, "identifier": identifier, "day": day.toordinal()}
            for identifier, day in sorted(days.items())
            if day is not None
        ]
        if rows:
            self._connection.execute(sa.insert(FIRST_SEEN), rows)

    def reports(self, asset: int) -> list[ReportBack]:
        """See `ExposureStore.reports`."""
        statement = sa.select(REPORT.c.body).where(REPORT.c.asset_id == asset).order_by(REPORT.c.id)
        return [msgspec.json.decode(body, type=ReportBack) for body in self._connection.execute(statement).scalars()]

    def add_report(self, asset: int, report: ReportBack) -> str:
        """See `ExposureStore.add_report`."""
        body = _ENCODER.encode(report)
        self._connection.execute(sa.insert(REPORT).values(asset_id=asset, body=body))
        return sha256(body).hexdigest()

    def checklists(self, asset: int) -> list[Checklist]:
        """See `ExposureStore.checklists`."""
        return list(self._checklists(asset).values())

    def open_checklist(self, asset: int, checklist: Checklist) -> str:
        """See `ExposureStore.open_checklist`."""
        body = _ENCODER.encode(checklist)
        self._connection.execute(sa.insert(FORENSIC).values(asset_id=asset, checklist=None, body=body))
        return sha256(body).hexdigest()

    def add_step(self, asset: int, checklist: Checklist, record: StepRecord) -> str:
        """See `ExposureStore.add_step`."""
        wanted = (checklist.vulnerability, checklist.opened_at)
        number = next(
            key for key, each in self._checklists(asset).items() if (each.vulnerability, each.opened_at) == wanted
        )
        body = _ENCODER.encode(record)
        self._connection.execute(sa.insert(FORENSIC).values(asset_id=asset, checklist=number, body=body))
        return sha256(body).hexdigest()

    def statements(self, identifiers: Collection[str]) -> list[HeardStatement]:
        """See `ExposureStore.statements`."""
        found: list[tuple[int, bytes]] = []
        for chunk in chunks(sorted(identifiers)):
            statement = sa.select(STATEMENT.c.id, STATEMENT.c.body).where(STATEMENT.c.vulnerability.in_(chunk))
            found += [(key, body) for key, body in self._connection.execute(statement)]
        return [msgspec.json.decode(body, type=HeardStatement) for _, body in sorted(found)]

    def add_statement(self, heard: HeardStatement) -> str:
        """See `ExposureStore.add_statement`."""
        insert: Any = (sqlite if self._connection.dialect.name == "sqlite" else postgresql).insert
        # The instant of hearing is no part of what was said: the same statement again is no news.
        digest = sha256(_ENCODER.encode((heard.statement, heard.owner))).hexdigest()
        body = _ENCODER.encode(heard)
        row = {
            "vulnerability": heard.filed_under,
            "digest": digest,
            "heard_at": microseconds(heard.heard_at),
            "body": body,
        }
        added = self._connection.execute(
            insert(STATEMENT).values(**row).on_conflict_do_nothing().returning(STATEMENT.c.id)
        )
        return "" if added.one_or_none() is None else sha256(body).hexdigest()

    def _checklists(self, asset: int) -> dict[int, Checklist]:
        statement = (
            sa.select(FORENSIC.c.id, FORENSIC.c.checklist, FORENSIC.c.body)
            .where(FORENSIC.c.asset_id == asset)
            .order_by(FORENSIC.c.id)
        )
        found: dict[int, Checklist] = {}
        for key, number, body in self._connection.execute(statement):
            if number is None:
                found[key] = msgspec.json.decode(body, type=Checklist)
            else:
                record = msgspec.json.decode(body, type=StepRecord)
                found[number] = replace(found[number], records=(*found[number].records, record))
        return found
