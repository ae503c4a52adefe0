"""Cases in the database: tables, statements, and triage's unit of work.

`match_key` is the hot table: nothing but (key, number), clustered by key, so that a look-up reads one range and a batch
of one product writes to a few pages. Findings are numbered in the order of triage, so all other tables grow at
their end. Decisions and splits are kept as canonical JSON in `body`; the ledger holds its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.kernel.clock import parse_rfc3339, rfc3339
from seawall.kernel.events import Event
from seawall.platform.database import METADATA
from seawall.platform.units import Unit, Units
from seawall.triage.model import DecisionState, MergeDecision, Split
from seawall.triage.ports import (
    CaseRecord,
    Counters,
    DecisionRecord,
    FindingSource,
    Member,
    SplitRecord,
    TriageUnit,
)
from seawall.triage.profile import Profile
from seawall.triage.settling import body_of

MATCH_KEY: Final = sa.Table(
    "match_key",
    METADATA,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
MEMBER: Final = sa.Table(
    "case_member",
    METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("finding", sa.String(20), nullable=False, unique=True),
    sa.Column("case_number", sa.BigInteger, nullable=False, index=True),
    sa.Column("profile", sa.LargeBinary, nullable=False),
)
CASE: Final = sa.Table(
    "triage_case",
    METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("opened_at", sa.String(40), nullable=False),
    sa.Column("founder", sa.BigInteger, nullable=False, index=True),
    sa.Column("neighbourhood", sa.BigInteger, nullable=False, index=True),
    sa.Column("uniform", sa.String(40), nullable=False),
)
DECISION: Final = sa.Table(
    "merge_decision",
    METADATA,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("left_member", sa.BigInteger, nullable=False, index=True),
    sa.Column("right_member", sa.BigInteger, nullable=False, index=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index(
        "ix_merge_decision_open",
        "state",
        "id",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    ),
)
SPLIT: Final = sa.Table(
    "case_split",
    METADATA,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("standing", sa.Boolean, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
SPLIT_SIDE: Final = sa.Table(
    "case_split_side",
    METADATA,
    sa.Column("member", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("split", sa.String(20), sa.ForeignKey("case_split.id"), primary_key=True),
    sa.Column("moved", sa.Boolean, nullable=False),
)
COUNTER: Final = sa.Table(
    "triage_counter",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member", sa.BigInteger, nullable=False),
    sa.Column("case_number", sa.BigInteger, nullable=False),
)
_CHUNK: Final = 5_000
"""Values in one `IN (…)`: below the limits of both databases on parameters."""
_DECISION: Final = msgspec.json.Decoder(MergeDecision)
_SPLIT: Final = msgspec.json.Decoder(Split)


class SqlCaseStore:
    """`CaseStore` on SQLAlchemy Core."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self) -> Counters:
        """See `CaseStore.lock`."""
        row = self._connection.execute(sa.select(COUNTER).with_for_update()).one_or_none()
        if row is None:
            self._connection.execute(sa.insert(COUNTER).values(id=1, member=1, case_number=1))
            return Counters()
        return Counters(row.member, row.case_number)

    def advance(self, counters: Counters) -> None:
        """See `CaseStore.advance`."""
        self._connection.execute(sa.update(COUNTER).values(member=counters.member, case_number=counters.case))

    def sightings(self, keys: Iterable[int]) -> list[tuple[int, int]]:
        """See `CaseStore.sightings`."""
        found: list[tuple[int, int]] = []
        for chunk in _chunked(sorted(set(keys))):
            # Numbers written into the statement: binding 40,000 of them a batch costs more than looking them up.
            numbers = ",".join(map(str, map(int, chunk)))
            statement = f"SELECT key, member FROM match_key WHERE key IN ({numbers})"  # noqa: S608 - integers only
            found += (tuple(row) for row in self._connection.exec_driver_sql(statement))
        return sorted(found)

    def add_keys(self, pairs: Iterable[tuple[int, int]]) -> None:
        """See `CaseStore.add_keys`; in the order of the index, so that each page is touched once."""
        self._insert(MATCH_KEY, [{"key": key, "member": member} for key, member in sorted(pairs)])

    def members(self, numbers: Iterable[int]) -> list[Member]:
        """See `CaseStore.members`."""
        return self._members(MEMBER.c.number, numbers)

    def members_of(self, cases: Iterable[int]) -> list[Member]:
        """See `CaseStore.members_of`."""
        return self._members(MEMBER.c.case_number, cases)

    def members_of_neighbourhoods(self, neighbourhoods: Iterable[int]) -> list[Member]:
        """See `CaseStore.members_of_neighbourhoods`."""
        joined = sa.select(MEMBER).join(CASE, CASE.c.number == MEMBER.c.case_number)
        rows = self._chunks(joined, CASE.c.neighbourhood, sorted(set(neighbourhoods)))
        return sorted(map(_member, rows), key=_number)

    def members_named(self, findings: Iterable[str]) -> list[Member]:
        """See `CaseStore.members_named`."""
        return self._members(MEMBER.c.finding, findings)

    def add_members(self, members: Iterable[Member]) -> None:
        """See `CaseStore.add_members`."""
        self._insert(
            MEMBER,
            [
                {
                    "number": member.number,
                    "finding": member.finding,
                    "case_number": member.case,
                    "profile": member.profile.to_bytes(),
                }
                for member in sorted(members, key=_number)
            ],
        )

    def move_members(self, moves: Iterable[tuple[int, int]]) -> None:
        """See `CaseStore.move_members`."""
        statement = (
            sa.update(MEMBER).where(MEMBER.c.number == sa.bindparam("which")).values(case_number=sa.bindparam("to"))
        )
        rows = [{"which": number, "to": case} for number, case in moves]
        if rows:
            self._connection.execute(statement, rows)

    def cases(self, numbers: Iterable[int]) -> list[CaseRecord]:
        """See `CaseStore.cases`."""
        rows = self._chunks(sa.select(CASE), CASE.c.number, sorted(set(numbers)))
        return sorted(map(_case, rows), key=_number)

    def cases_founded_by(self, members: Iterable[int]) -> list[CaseRecord]:
        """See `CaseStore.cases_founded_by`."""
        rows = self._chunks(sa.select(CASE), CASE.c.founder, sorted(set(members)))
        return sorted(map(_case, rows), key=_number)

    def page(self, after: int, limit: int) -> list[CaseRecord]:
        """See `CaseStore.page`."""
        holds = sa.exists().where(MEMBER.c.case_number == CASE.c.number)
        statement = sa.select(CASE).where(CASE.c.number > after, holds).order_by(CASE.c.number).limit(limit)
        return [_case(row) for row in self._connection.execute(statement)]

    def count(self) -> int:
        """See `CaseStore.count`."""
        statement = sa.select(sa.func.count(sa.distinct(MEMBER.c.case_number)))
        return int(self._connection.execute(statement).scalar_one())

    def open_cases(self, cases: Iterable[CaseRecord]) -> None:
        """See `CaseStore.open_cases`."""
        self._insert(
            CASE,
            [
                {
                    "number": case.number,
                    "year": case.year,
                    "opened_at": rfc3339(case.opened_at),
                    "founder": case.founder,
                    "neighbourhood": case.neighbourhood,
                    "uniform": case.uniform,
                }
                for case in cases
            ],
        )

    def change_cases(self, cases: Iterable[CaseRecord]) -> None:
        """See `CaseStore.change_cases`."""
        statement = (
            sa.update(CASE)
            .where(CASE.c.number == sa.bindparam("which"))
            .values(founder=sa.bindparam("by"), neighbourhood=sa.bindparam("near"), uniform=sa.bindparam("kind"))
        )
        rows = [
            {"which": case.number, "by": case.founder, "near": case.neighbourhood, "kind": case.uniform}
            for case in cases
        ]
        if rows:
            self._connection.execute(statement, rows)

    def decisions(self, ids: Iterable[str]) -> list[DecisionRecord]:
        """See `CaseStore.decisions`."""
        rows = self._chunks(sa.select(DECISION), DECISION.c.id, sorted(set(ids)))
        return sorted(map(_decision, rows), key=_id)

    def decisions_between(self, members: Iterable[int], state: DecisionState) -> list[DecisionRecord]:
        """See `CaseStore.decisions_between`."""
        ends = set(members)
        wanted = sa.select(DECISION).where(DECISION.c.state == state.value)
        rows = self._chunks(wanted, DECISION.c.left_member, sorted(ends))
        return sorted((_decision(row) for row in rows if row.right_member in ends), key=_id)

    def pins(self, members: Iterable[int]) -> list[tuple[int, int]]:
        """See `CaseStore.pins`."""
        wanted = sa.select(DECISION.c.left_member, DECISION.c.right_member).where(
            DECISION.c.pinned, DECISION.c.state == DecisionState.APPLIED.value
        )
        numbers = sorted(set(members))
        found = {
            (row.left_member, row.right_member)
            for column in (DECISION.c.left_member, DECISION.c.right_member)
            for row in self._chunks(wanted, column, numbers)
        }
        return sorted(found)

    def asked(self, cases: Iterable[int]) -> set[tuple[int, int]]:
        """See `CaseStore.asked`."""
        left, right = MEMBER.alias("l"), MEMBER.alias("r")
        wanted = (
            sa.select(left.c.case_number, right.c.case_number.label("other"))
            .select_from(DECISION)
            .join(left, left.c.number == DECISION.c.left_member)
            .join(right, right.c.number == DECISION.c.right_member)
            .where(DECISION.c.state.in_([DecisionState.PROPOSED.value, DecisionState.DECLINED.value]))
        )
        numbers = sorted(set(cases))
        return {
            (min(row.case_number, row.other), max(row.case_number, row.other))
            for column in (left.c.case_number, right.c.case_number)
            for row in self._chunks(wanted, column, numbers)
        }

    def open_proposals(self, limit: int) -> list[DecisionRecord]:
        """See `CaseStore.open_proposals`."""
        left, right = MEMBER.alias("l"), MEMBER.alias("r")
        statement = (
            sa.select(DECISION)
            .join(left, left.c.number == DECISION.c.left_member)
            .join(right, right.c.number == DECISION.c.right_member)
            .where(DECISION.c.state == sa.literal_column("'proposed'"), left.c.case_number != right.c.case_number)
            .order_by(DECISION.c.id)
            .limit(limit)
        )
        return [_decision(row) for row in self._connection.execute(statement)]

    def put_decisions(self, decisions: Iterable[DecisionRecord]) -> None:
        """See `CaseStore.put_decisions`."""
        records = {record.decision.id: record for record in decisions}
        if not records:
            return
        known = self._chunks(sa.select(DECISION.c.id), DECISION.c.id, sorted(records))
        replaced = [row.id for row in known]
        for chunk in _chunked(replaced):
            self._connection.execute(sa.delete(DECISION).where(DECISION.c.id.in_(chunk)))
        self._insert(
            DECISION,
            [
                {
                    "id": name,
                    "left_member": record.left,
                    "right_member": record.right,
                    "state": record.decision.state.value,
                    "pinned": record.pinned,
                    "body": body_of(record.decision),
                }
                for name, record in records.items()
            ],
        )

    def splits_of(self, members: Iterable[int]) -> list[SplitRecord]:
        """See `CaseStore.splits_of`."""
        wanted = (
            sa.select(SPLIT_SIDE.c.split)
            .join(SPLIT, SPLIT.c.id == SPLIT_SIDE.c.split)
            .where(SPLIT.c.standing)
            .distinct()
        )
        ids = {row.split for row in self._chunks(wanted, SPLIT_SIDE.c.member, sorted(set(members)))}
        if not ids:
            return []
        bodies = {
            row.id: _SPLIT.decode(row.body)
            for row in self._chunks(sa.select(SPLIT.c.id, SPLIT.c.body), SPLIT.c.id, sorted(ids))
        }
        sides: dict[tuple[str, bool], set[int]] = {}
        for row in self._chunks(sa.select(SPLIT_SIDE), SPLIT_SIDE.c.split, sorted(ids)):
            sides.setdefault((row.split, bool(row.moved)), set()).add(row.member)
        return [
            SplitRecord(bodies[name], frozenset(sides[name, True]), frozenset(sides[name, False]))
            for name in sorted(ids)
        ]

    def add_split(self, split: SplitRecord) -> None:
        """See `CaseStore.add_split`."""
        self._insert(SPLIT, [{"id": split.split.id, "standing": True, "body": body_of(split.split)}])
        self._insert(
            SPLIT_SIDE,
            [
                {"member": number, "split": split.split.id, "moved": moved}
                for moved, side in ((True, split.moved), (False, split.kept))
                for number in sorted(side)
            ],
        )

    def lift_split(self, split_id: str) -> None:
        """See `CaseStore.lift_split`."""
        self._connection.execute(sa.update(SPLIT).where(SPLIT.c.id == split_id).values(standing=False))

    def _members(self, column: sa.Column[Any], values: Iterable[Any]) -> list[Member]:
        rows = self._chunks(sa.select(MEMBER), column, sorted(set(values)))
        return sorted(map(_member, rows), key=_number)

    def _chunks(self, statement: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]) -> Iterator[Any]:
        """Yield the rows for which the column is one of the values, a chunk of values at a time."""
        for chunk in _chunked(values):
            yield from self._connection.execute(statement.where(column.in_(chunk)))

    def _insert(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows by the driver's own bulk call; all rows have the same columns.

        The statement is compiled once; SQLAlchemy's work on each row would cost more than the row.
        """
        if not rows:
            return
        statement = sa.insert(table).compile(dialect=self._connection.dialect, column_keys=list(rows[0]))
        names = statement.positiontup
        if names is None:
            self._connection.exec_driver_sql(str(statement), [dict(row) for row in rows])
        else:
            self._connection.exec_driver_sql(str(statement), [tuple(row[name] for name in names) for row in rows])


@dataclass(frozen=True, slots=True)
class SqlTriageUnit:
    """`TriageUnit` on one transaction."""

    unit: Unit
    findings: FindingSource
    cases: SqlCaseStore

    def record(self, event: Event) -> None:
        """See `TriageUnit.record`."""
        self.unit.record(event)


def triage_units(
    units: Units, findings: Callable[[Connection], FindingSource]
) -> Callable[[], AbstractContextManager[TriageUnit]]:
    """Return what opens triage's units of work.

    Args:
        units: The platform's units.
        findings: Makes intake's store of findings on a unit's connection; `bootstrap` passes it in, because a room's
            adapters are known to nobody else.
    """

    @contextmanager
    def begin() -> Iterator[TriageUnit]:
        with units.begin() as unit:
            yield SqlTriageUnit(unit, findings(unit.connection), SqlCaseStore(unit.connection))

    return begin


def _chunked(values: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _member(row: Any) -> Member:  # noqa: ANN401 - rows of SQLAlchemy have the columns that were selected
    return Member(row.number, row.finding, row.case_number, Profile.from_bytes(row.profile))


def _case(row: Any) -> CaseRecord:  # noqa: ANN401 - as above
    opened_at = parse_rfc3339(row.opened_at).astimezone(UTC)
    return CaseRecord(row.number, row.year, opened_at, row.founder, row.neighbourhood, row.uniform)


def _decision(row: Any) -> DecisionRecord:  # noqa: ANN401 - as above
    return DecisionRecord(_DECISION.decode(row.body), row.left_member, row.right_member, bool(row.pinned))


def _number(record: Member | CaseRecord) -> int:
    return record.number


def _id(record: DecisionRecord) -> str:
    return record.decision.id
