"""Building an index: staged on disk beside its place, written in one go, and put there by one rename.

The index that is there stays usable all the while, and stays there if anything fails. The same input gives the same
bytes, in whatever order its files come, and whether or not an earlier index was at hand.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.kernel.errors import SeawallError, UnavailableError
from seawall.platform import files
from seawall.priority import Signal
from seawall.remediation.index.digest import Manifest, manifest_path, remember, verify
from seawall.remediation.index.fingerprint import fingerprint
from seawall.remediation.index.reader import SQLiteIndex
from seawall.remediation.index.schema import FORMAT, prepare
from seawall.remediation.index.staging import Staging
from seawall.remediation.index.writing import write
from seawall.remediation.model import Record

Fill = Callable[[Staging], None]
"""Puts rows into the staging."""
_CACHE_KIB: Final = 16_384
"""Memory that SQLite may use for pages, in KiB, for each of the two databases."""
_SQLITE_VERSION: Final = slice(96, 100)
"""Offset at which SQLite notes which version of it wrote last. It reads that for nothing."""


@dataclass(frozen=True, slots=True)
class Built:
    """An index that was built."""

    path: Path
    manifest: Manifest
    changed: bool
    """False: the same bytes stood there already."""


def build_index(out: Path, records: Iterable[Record], signals: Iterable[Signal] = ()) -> Built:
    """Build an index of records that are at hand, in any order.

    Raises:
        UnavailableError: The file cannot be written (`remediation.index-unwritable`).
    """
    return build_file(out, lambda staging: stage(staging, records, signals))


def memory_index(records: Iterable[Record], signals: Iterable[Signal] = ()) -> SQLiteIndex:
    """Return an index that lives in memory: for a few files of records, and for the cases of a home."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("ATTACH DATABASE ':memory:' AS s")
    prepare(connection)
    _fill(connection, lambda staging: stage(staging, records, signals))
    connection.execute("DETACH DATABASE s")
    return SQLiteIndex(connection)


def stage(staging: Staging, records: Iterable[Record], signals: Iterable[Signal]) -> None:
    """Stage records and statements that are at hand and come from no file."""
    documents: dict[tuple[str, str], int] = {}
    for record in records:
        key = record.source, record.digest
        if key not in documents:
            documents[key] = staging.add_document(record.source, _digest_bytes(record.digest))
        if documents[key]:
            staging.add_record(documents[key], record)
    said = list(signals)
    if said:
        named = sorted(repr(signal) for signal in said)
        number = staging.add_document("signals", sha256("\n".join(named).encode()).digest())
        if number:
            staging.add_signals(number, said)


def build_file(out: Path, fill: Fill, earlier: Path | None = None) -> Built:
    """Build an index file.

    Args:
        out: Where it goes; its manifest goes beside it.
        fill: Stages its rows.
        earlier: An index, verified, of which rows may be carried over.

    Raises:
        UnavailableError: The file cannot be written (`remediation.index-unwritable`).
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
            made = Path(folder) / "index"
            _write_file(made, Path(folder) / "staging", fill, earlier)
            manifest = _described(made)
            changed = _place(made, out, manifest)
    except (OSError, sqlite3.OperationalError) as error:
        raise UnavailableError(
            "remediation.index-unwritable",
            f"the index {out} cannot be written: {error}",
            remedy="Check the folder's permissions and free space; the index that was there is still there.",
        ) from None
    return Built(out, manifest, changed)


def _write_file(made: Path, staging: Path, fill: Fill, earlier: Path | None) -> None:
    with closing(sqlite3.connect(made.absolute().as_uri(), uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        prepare(connection)
        connection.execute("ATTACH DATABASE ? AS s", (str(staging),))
        connection.execute("PRAGMA s.journal_mode=OFF")
        connection.execute("PRAGMA s.synchronous=OFF")
        connection.execute(f"PRAGMA s.cache_size=-{_CACHE_KIB}")
        if earlier is not None:
            connection.execute("ATTACH DATABASE ? AS old", (f"{earlier.absolute().as_uri()}?mode=ro&immutable=1",))
        _fill(connection, fill)
        if earlier is not None:
            connection.execute("DETACH DATABASE old")
        connection.execute("DETACH DATABASE s")
        connection.execute("VACUUM")
    with made.open("r+b") as stream:
        # Another version of SQLite writes another number here, and nothing else that differs.
        stream.seek(_SQLITE_VERSION.start)
        stream.write(bytes(_SQLITE_VERSION.stop - _SQLITE_VERSION.start))


def _fill(connection: sqlite3.Connection, fill: Fill) -> None:
    staging = Staging(connection)
    connection.execute("BEGIN")
    fill(staging)
    staging.finish()
    write(connection, {"format": str(FORMAT), "compiled-by": fingerprint()})


def _described(made: Path) -> Manifest:
    with closing(SQLiteIndex.of_file(made)) as index:
        counts = index.counts()
    return Manifest(
        FORMAT,
        files.digest_of(made),
        made.stat().st_size,
        counts["vulnerabilities"],
        counts["records"],
        counts["packages"],
        counts["products"],
        counts["signals"],
    )


def _place(made: Path, out: Path, manifest: Manifest) -> bool:
    """Put the file where it belongs; at every instant what is there agrees with the manifest beside it."""
    there = _standing(out)
    if there is not None:
        digest, size, settled = there
        if settled and digest == manifest.digest:
            return False
        _write_manifest(out, msgspec.structs.replace(manifest, previous=digest, previous_bytes=size))
    files.put_in_place(made, out)
    _write_manifest(out, manifest)
    remember(out, manifest.digest, out.stat())
    return True


def _standing(out: Path) -> tuple[str, int, bool] | None:
    """Digest and size of an index that is there and good, and whether its manifest names it alone."""
    try:
        manifest = verify(out, fully=True)
    except SeawallError:
        return None
    return files.digest_of(out), out.stat().st_size, not manifest.previous


def _write_manifest(out: Path, manifest: Manifest) -> None:
    files.write_whole(manifest_path(out), msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def _digest_bytes(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return sha256(digest.encode()).digest()
