"""Whether an index file is whole, and one that this version can read.

Beside an index `known.db` stand `known.db.json`, its manifest (format, SHA-256, size, counts), and `known.db.verified`,
which remembers that this very file (by size, time of change and file number) had this digest, so that a hundred
megabytes are not hashed for each check. Whoever can write the folder can forge both: against strangers the manifest has
to be signed, which is for whoever delivers it.

The manifest may name two digests while an index is being replaced: that of the file that is there, and that of the one
which is about to take its place. At every instant one of them is right.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from seawall.kernel.errors import IntegrityError, InvalidInputError, SeawallError, UnavailableError
from seawall.platform.files import digest_of, write_whole
from seawall.remediation.index.schema import APPLICATION_ID, FORMAT

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER_BYTES: Final = 100
_USER_VERSION: Final = slice(60, 64)
_APPLICATION: Final = slice(68, 72)
_MANIFEST_BYTES: Final = 1 << 20
_REBUILD: Final = "Build it again with `seawall index build`, or fetch it again together with its `.json` file."


class Manifest(msgspec.Struct, frozen=True):
    """What stands beside an index, as JSON."""

    format: int
    digest: str
    """SHA-256 in hex."""
    bytes: int
    vulnerabilities: int = 0
    records: int = 0
    packages: int = 0
    products: int = 0
    signals: int = 0
    previous: str = ""
    """Digest of the file that is being replaced, while it is."""
    previous_bytes: int = 0


class _Verified(msgspec.Struct, frozen=True):
    digest: str
    size: int
    mtime_ns: int
    inode: int


def manifest_path(path: Path) -> Path:
    """Return where the manifest of an index stands."""
    return path.with_name(f"{path.name}.json")


def verified_path(path: Path) -> Path:
    """Return where it is remembered that an index was verified."""
    return path.with_name(f"{path.name}.verified")


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of an index.

    Raises:
        InvalidInputError: There is none, or none that can be read (`remediation.index-without-manifest`); or it is of a
            newer format (`remediation.index-too-new`).
    """
    try:
        with manifest_path(path).open("rb") as stream:
            data = stream.read(_MANIFEST_BYTES)
        manifest = msgspec.json.decode(data, type=Manifest)
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "remediation.index-without-manifest",
            f"{manifest_path(path)} cannot be read, so that nothing vouches for the index: {str(error)[:200]}",
            remedy=f"Copy both files together. {_REBUILD}",
        ) from None
    if manifest.format > FORMAT:
        raise too_new(path, manifest.format)
    return manifest


def verify(path: Path, *, fully: bool = False) -> Manifest:
    """Check an index file against its manifest.

    Args:
        path: The index.
        fully: Hash it whole even if it was verified before and has not changed since.

    Raises:
        UnavailableError: It cannot be opened (`remediation.index-unopened`).
        InvalidInputError: It is no index (`remediation.no-index`), of a newer format (`remediation.index-too-new`), or
            without manifest (`remediation.index-without-manifest`).
        IntegrityError: It is not the file that its manifest describes (`remediation.index-damaged`).
    """
    try:
        stat = path.stat()
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
    except OSError as error:
        raise unopened_index(path, error.strerror or type(error).__name__) from None
    _check_header(path, header)
    manifest = read_manifest(path)
    expected = {manifest.bytes: manifest.digest}
    if manifest.previous:
        expected = {manifest.bytes: manifest.digest, manifest.previous_bytes: manifest.previous} | expected
    if stat.st_size not in expected:
        raise damaged(path, f"it has {stat.st_size} bytes, and its manifest says {manifest.bytes}")
    known = None if fully else _remembered(path)
    digests = {manifest.digest, manifest.previous} - {""}
    now = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    if known is not None and known.digest in digests and (known.size, known.mtime_ns, known.inode) == now:
        return manifest
    found = digest_of(path)
    if found not in digests:
        raise damaged(path, f"its SHA-256 is {found[:16]}…, and its manifest says {manifest.digest[:16]}…")
    remember(path, found, stat)
    return manifest


def remember(path: Path, digest: str, stat: os.stat_result) -> None:
    """Note that the file had this digest when it had this size and time of change."""
    note = _Verified(digest, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    with suppress(OSError):  # a folder that may only be read: the next check hashes the file again
        write_whole(verified_path(path), msgspec.json.encode(note))


def _remembered(path: Path) -> _Verified | None:
    try:
        return msgspec.json.decode(verified_path(path).read_bytes(), type=_Verified)
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _check_header(path: Path, header: bytes) -> None:
    application = int.from_bytes(header[_APPLICATION], "big")
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC) or application != APPLICATION_ID:
        raise InvalidInputError(
            "remediation.no-index", f"{path} is no index of Seawall", remedy=f"Check the path. {_REBUILD}"
        )
    found = int.from_bytes(header[_USER_VERSION], "big")
    if found > FORMAT:
        raise too_new(path, found)
    if found < FORMAT:
        raise InvalidInputError(
            "remediation.index-too-old",
            f"{path} has format {found}, and this version of Seawall reads format {FORMAT}",
            remedy="Build it again with `seawall index build`.",
        )


def too_new(path: Path, found: int) -> SeawallError:
    """An index that a newer version of Seawall wrote."""
    return InvalidInputError(
        "remediation.index-too-new",
        f"{path} has format {found}, and this version of Seawall reads format {FORMAT}",
        remedy="Update Seawall, or build the index again with this version.",
    )


def damaged(path: Path, problem: str) -> SeawallError:
    """An index that is not what its manifest describes."""
    return IntegrityError("remediation.index-damaged", f"{path} must not be trusted: {problem}", remedy=_REBUILD)


def unopened_index(path: Path, reason: str) -> SeawallError:
    """An index that is not there or may not be read."""
    return UnavailableError(
        "remediation.index-unopened",
        f"the index {path} cannot be opened: {reason}",
        remedy="Check the path and its permissions; `seawall index build` makes one.",
    )
