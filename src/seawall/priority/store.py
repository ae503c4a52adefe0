"""The room's tables, and its ports on them.

`signal` and `decision` only grow. Instants are whole microseconds since 1970 in UTC: the one form that both dialects
keep exactly, order by and index alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from seawall.kernel.events import Event
from seawall.platform.database import METADATA
from seawall.platform.units import Unit, Units
from seawall.priority.decisions import decision_bytes, decision_from
from seawall.priority.model import Point, Signal, StoredDecision
from seawall.priority.ports import PriorityUnit

_KEY: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SIGNAL: Final = sa.Table(
    "signal",
    METADATA,
    sa.Column("id", _KEY, primary_key=True, autoincrement=True),
    sa.Column("identifier", sa.String(80), nullable=False, index=True),
    sa.Column("point", sa.String(40), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("as_of", sa.BigInteger, nullable=False),
    sa.Column("retracted", sa.Boolean, nullable=False),
    sa.Column("feed", sa.String(40), nullable=False, index=True),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("identifier", "point", "value", "source", "as_of", "retracted"),
)
DECISION: Final = sa.Table(
    "decision",
    METADATA,
    sa.Column("id", _KEY, primary_key=True, autoincrement=True),
    sa.Column("subject", sa.String(80), nullable=False, index=True),
    sa.Column("policy", sa.String(80), nullable=False),
    sa.Column("asset", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("decided_at", sa.BigInteger, nullable=False),
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PARAMETERS: Final = 5_000
"""Identifiers in one query: well below what either dialect takes."""


class SQLSignals:
    """`SignalStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def series(self, identifiers: Collection[str]) -> dict[str, list[Signal]]:
        """See `SignalSource.series`."""
        found: dict[str, list[Signal]] = {}
        wanted = sorted(set(identifiers))
        for start in range(0, len(wanted), _PARAMETERS):
            statement = (
                sa.select(SIGNAL)
                .where(SIGNAL.c.identifier.in_(wanted[start : start + _PARAMETERS]))
                .order_by(SIGNAL.c.as_of, SIGNAL.c.id)
            )
            for row in self._connection.execute(statement):
                signal = Signal(
                    row.identifier,
                    Point(row.point),
                    row.value,
                    row.source,
                    _instant(row.as_of),
                    retracted=row.retracted,
                    feed=row.feed,
                )
                found.setdefault(row.identifier, []).append(signal)
        return found

    def identifiers_of(self, feed: str) -> set[str]:
        """See `SignalStore.identifiers_of`."""
        statement = sa.select(SIGNAL.c.identifier).where(SIGNAL.c.feed == feed).distinct()
        return set(self._connection.execute(statement).scalars())

    def add(self, signals: Sequence[Signal], recorded_at: datetime) -> int:
        """See `SignalStore.add`."""
        if not signals:
            return 0
        before = self._count()
        rows = [
            {
                "identifier": signal.identifier,
                "point": signal.point.value,
                "value": signal.value,
                "source": signal.source,
                "as_of": _microseconds(signal.as_of),
                "retracted": signal.retracted,
                "feed": signal.feed,
                "recorded_at": _microseconds(recorded_at),
            }
            for signal in signals
        ]
        insert: Any = (sqlite if self._connection.dialect.name == "sqlite" else postgresql).insert
        self._connection.execute(insert(SIGNAL).on_conflict_do_nothing(), rows)
        return self._count() - before

    def _count(self) -> int:
        return self._connection.execute(sa.select(sa.func.count()).select_from(SIGNAL)).scalar_one()


class SQLDecisions:
    """`DecisionStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def latest(self, subject: str, policy: str, asset: str) -> StoredDecision | None:
        """See `DecisionStore.latest`."""
        table = DECISION.c
        statement = (
            sa.select(DECISION)
            .where(table.subject == subject, table.policy == policy, table.asset == asset)
            .order_by(table.id.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _stored(row)

    def history(self, subject: str) -> list[StoredDecision]:
        """See `DecisionStore.history`."""
        statement = sa.select(DECISION).where(DECISION.c.subject == subject).order_by(DECISION.c.id)
        return [_stored(row) for row in self._connection.execute(statement)]

    def add(self, stored: StoredDecision) -> None:
        """See `DecisionStore.add`."""
        decision = stored.decision
        self._connection.execute(
            sa.insert(DECISION).values(
                subject=decision.subject,
                policy=decision.policy,
                asset=decision.asset,
                digest=stored.digest,
                body=decision_bytes(decision),
                decided_at=_microseconds(stored.decided_at),
            )
        )


class SQLPriorityUnit:
    """`PriorityUnit` on a unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.signals = SQLSignals(unit.connection)
        self.decisions = SQLDecisions(unit.connection)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self._unit.record(event)


def priority_units(units: Units) -> Callable[[], AbstractContextManager[PriorityUnit]]:
    """Return what the services take as `open_unit`."""

    @contextmanager
    def open_unit() -> Iterator[PriorityUnit]:
        with units.begin() as unit:
            yield SQLPriorityUnit(unit)

    return open_unit


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _stored(row: sa.Row[Any]) -> StoredDecision:
    return StoredDecision(decision_from(bytes(row.body)), row.digest, _instant(row.decided_at))
