"""What an operator runs at home, assembled without a database: the light sibling of `bootstrap.py`.

A check must start in a fraction of a second, on any system, and most operators keep no clearinghouse: so this module
imports neither the database nor the rooms of the coordinator, unless the home turns out to be a clearinghouse's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from seawall.entry.settings import Settings
from seawall.kernel.errors import InvalidInputError, NotFoundError
from seawall.kernel.limits import Limits
from seawall.priority import SignalSource
from seawall.remediation import Record, SeenFile, VulnerabilityIndex
from seawall.remediation.errors import unreadable_records
from seawall.remediation.index import open_index
from seawall.remediation.ports import Rulings
from seawall.remediation.records import iter_documents, reader_of

_SPEAKING = ("triage_case", "signal")
"""Tables from which a check learns something."""


class RecordsRead(msgspec.Struct, frozen=True):
    """Records from files that were named for one check."""

    records: tuple[Record, ...]
    problems: tuple[str, ...]
    """Documents that could not be read, each with its place and the reason."""


def read_records(source: str, paths: Sequence[Path], limits: Limits) -> RecordsRead:
    """Read all records in files and folders.

    Raises:
        UnavailableError: A path cannot be opened (`remediation.unopened`).
        InvalidInputError: A path holds no record at all (`remediation.unreadable-records`).
    """
    reader = reader_of(source)
    records: list[Record] = []
    problems: list[str] = []
    for path in paths:
        found = False
        for place, document in iter_documents(path, limits):
            try:
                records += reader.read(document)
                found = True
            except InvalidInputError as error:
                problems.append(f"{place}: {error.message}")
        if not found:
            raise unreadable_records(str(path), source, problems[-1] if problems else "it is empty")
    return RecordsRead(tuple(records), tuple(problems))


@contextmanager
def opened_index(
    settings: Settings, path: Path | None, records: Sequence[Record]
) -> Iterator[tuple[VulnerabilityIndex, bool]]:
    """Open all that is known: the index file, records that were named, and the cases of the home if it has any.

    Args:
        settings: Say where the home is.
        path: The index; None: the home's, if there is one.
        records: Further ones.

    Yields:
        The index, and whether an index file is part of it.

    Raises:
        NotFoundError: There is nothing to compare with (`remediation.nothing-known`).
        SeawallError: The file cannot be used; see `open_index`.
    """
    file = path or (settings.index_path if settings.index_path.exists() else None)
    indexes: list[VulnerabilityIndex] = []
    signals: list[SignalSource] = []
    if settings.is_clearinghouse and not _is_bare(settings):
        from seawall.entry.bootstrap import open_seawall  # noqa: PLC0415 - costs what most checks need not pay
        from seawall.remediation.index import memory_index  # noqa: PLC0415

        seawall = open_seawall(settings)
        seawall.require()
        indexes.append(memory_index(seawall.known_vulnerabilities()))
        signals.append(seawall.signals)
    if records:
        from seawall.remediation.index import memory_index  # noqa: PLC0415

        indexes.append(memory_index(records))
    if file is None:
        if not indexes:
            raise NotFoundError(
                "remediation.nothing-known",
                "there is nothing to compare with: no index and no records",
                remedy="Run `seawall feeds sync` and `seawall index build`, or name a file with --index or --osv.",
            )
        yield _joined(indexes, signals), False
        return
    with open_index(file) as index:
        yield _joined([*indexes, index], signals), True


def _is_bare(settings: Settings) -> bool:
    """Whether the home's database holds neither cases nor statements; asked without the library that all else uses.

    `inventory add` makes a database too, and a check must not become slow for it.
    """
    scheme, _, path = settings.database_url.partition(":///")
    if scheme != "sqlite" or not path:
        return False
    queries = (f"SELECT 1 FROM {table} LIMIT 1" for table in _SPEAKING)  # noqa: S608 - our own names
    try:
        with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return not any(connection.execute(query).fetchone() for query in queries)
    except sqlite3.Error:
        return False


def _joined(indexes: Sequence[VulnerabilityIndex], signals: Sequence[SignalSource]) -> VulnerabilityIndex:
    if len(indexes) == 1 and not signals:
        return indexes[0]
    from seawall.remediation.combined import CombinedIndex  # noqa: PLC0415 - only where there are several

    return CombinedIndex(indexes, signals)


def rulings_of(settings: Settings) -> Rulings | None:
    """Return what people ruled about product names; None if nobody did."""
    path = settings.rulings_path
    if not path.exists():
        return None
    from seawall.remediation.products.rulings import FileRulings  # noqa: PLC0415 - most homes have none

    return FileRulings(path)


def seen_of(settings: Settings) -> SeenFile:
    """Return the memory of first days."""
    return SeenFile(settings.home / "first-seen.json")


def mirror_warnings(settings: Settings, now: datetime) -> tuple[str, ...]:
    """Return what is stale in the folder of feeds; nothing where there is none."""
    if not settings.feeds_path.exists():
        return ()
    from seawall.remediation.feeds.mirror import Mirror  # noqa: PLC0415 - only where feeds are kept

    return tuple(Mirror(settings.feeds_path).staleness(now))
