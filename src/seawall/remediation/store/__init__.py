"""The room's stores on SQLAlchemy Core: `tables` declares, the other modules implement one port each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from seawall.kernel.events import Event
from seawall.platform.units import Unit, Units
from seawall.remediation.store.exposures import SQLExposures
from seawall.remediation.store.inventories import SQLInventories
from seawall.remediation.store.matches import SQLMatches
from seawall.remediation.stored.ports import RemediationUnit

__all__ = ["SQLExposures", "SQLInventories", "SQLMatches", "SQLRemediationUnit", "remediation_units"]


class SQLRemediationUnit:
    """`RemediationUnit` on a unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.inventories = SQLInventories(unit.connection)
        self.matches = SQLMatches(unit.connection)
        self.exposures = SQLExposures(unit.connection)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self._unit.record(event)


def remediation_units(units: Units) -> Callable[[], AbstractContextManager[RemediationUnit]]:
    """Return what the services take as `open_unit`."""

    @contextmanager
    def open_unit() -> Iterator[RemediationUnit]:
        with units.begin() as unit:
            yield SQLRemediationUnit(unit)

    return open_unit
