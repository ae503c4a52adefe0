"""Units of work: a change and its ledger entries commit together or not at all.

A store is built on a unit's `connection`; a service calls `record` for each state change. Events are appended at the
very end of the transaction, so that the ledger's head is locked for as short a time as possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from seawall.kernel.events import Event
from seawall.platform.database import Database
from seawall.platform.ledger.store import Ledger


@dataclass(slots=True)
class Unit:
    """One open transaction."""

    connection: Connection
    events: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """Have the event in the ledger if and only if this transaction commits."""
        self.events.append(event)


class Units:
    """Opens units of work on one database."""

    __slots__ = ("_database", "_ledger")

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit: it commits when the block ends, and leaves no trace when the block raises.

        Raises:
            BusyError: Another writer holds the database (`database.locked`).
            UnavailableError: The database cannot be used (`database.…`).
        """
        with self._database.begin() as connection:
            unit = Unit(connection)
            yield unit
            if unit.events:
                self._ledger.append(connection, unit.events)


class ReadUnits(Units):
    """Opens units that only read: they wait for no writer and hold none up."""

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit on one consistent state of the database; what it writes is refused or thrown away.

        Raises:
            UnavailableError: The database cannot be used (`database.…`).
        """
        with self._database.read() as connection:
            yield Unit(connection)
