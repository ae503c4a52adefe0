"""The port of the family: a reader turns one document of a format into `Record`s; and how documents are found in files.

Invariants that every reader keeps:

- `read` takes the bytes of *one* document, and knows nothing of files. All records of a document carry its SHA-256.
- What of a document cannot be used is said in `Record.problems`; a document that cannot be used at all is an
  `InvalidInputError` (`remediation.unreadable-record`) and never an empty answer. An empty answer means: it is a
  document of this format and says nothing about any package or product.
- The same bytes give the same records, always: an index is built of them byte for byte.

`iter_documents` walks what an operator has on disk: a file with one document, a file with one document a line, a zip
archive of such files (as OSV publishes them), or a folder of all these. One document is in memory at a time. Folders
are walked in the order of their names, links inside them are not followed, and names inside an archive are used for
nothing but messages: nothing is ever extracted.

Adding a format is one file with a `READER`, and its name in `records/__init__.py`. Left out on purpose: fetching
(`feeds/`), tar and zstd archives.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.json_lines import is_whole
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.remediation.errors import too_large, unopened
from seawall.remediation.model import Record

Documents = Iterator[tuple[str, bytes]]
"""Place (for messages, for example `all.zip: GHSA-….json` or `records.ndjson, line 17`) and bytes of each document."""

_JSON: Final = (".json",)
_LINES: Final = (".ndjson", ".jsonl")
_ARCHIVES: Final = (".zip",)
_READ: Final = (*_JSON, *_LINES, *_ARCHIVES)
_RATIO: Final = 200
"""How much an archive member may grow beyond its packed size before it is called a bomb; JSON packs 5 to 30 times."""
_SMALL: Final = 1024 * 1024
"""Bytes below which the ratio does not count."""
_BOM: Final = b"\xef\xbb\xbf"


class RecordReader(msgspec.Struct, frozen=True):
    """A member of the family."""

    source: str
    """`Record.source` of what it reads, for example `osv`."""
    read: Callable[[bytes], Sequence[Record]]
    """One document to its records.

    Raises:
        InvalidInputError: It is no document of this format (`remediation.unreadable-record`).
    """


def unreadable_record(problem: str, format_: str) -> InvalidInputError:
    """A document that is not of the format that its reader reads."""
    return InvalidInputError(
        "remediation.unreadable-record",
        f"it is no {format_} document: {problem[:200]}",
        remedy=f"Check that the file holds {format_} documents, and fetch it again if it does.",
    )


def iter_documents(path: Path, limits: Limits = DEFAULT_LIMITS) -> Documents:
    """Yield every document in a file, an archive or a folder, in an order that depends on names alone.

    Args:
        path: A file (read whatever its name is), or a folder (of which `*.json`, `*.ndjson`, `*.jsonl` and `*.zip` are
            read, at every depth).
        limits: `bytes` bounds one document, `string_bytes` one line, `items` the documents of one file or archive.

    Raises:
        UnavailableError: It cannot be opened or read (`remediation.unopened`).
        InvalidInputError: It is no archive though it is named like one (`remediation.unreadable-archive`).
        LimitExceededError: A document, a line or an archive is beyond a limit (`remediation.too-large`).
    """
    if not path.is_dir():
        yield from _file(path, limits)
        return
    for file in sorted(path.rglob("*"), key=lambda found: found.relative_to(path).parts):
        if file.suffix.lower() in _READ and file.is_file() and not file.is_symlink():
            yield from _file(file, limits)


def _file(path: Path, limits: Limits) -> Documents:
    try:
        with path.open("rb") as stream:
            if path.suffix.lower() in _ARCHIVES or stream.read(4) == b"PK\x03\x04":
                yield from _archive(path, limits)
                return
            stream.seek(0)
            yield from _stream(str(path), stream, limits)
    except OSError as error:
        raise unopened(str(path), error.strerror or type(error).__name__) from None


def _stream(place: str, stream: BinaryIO, limits: Limits) -> Documents:
    """Yield the whole stream if its first line is not JSON by itself, else each line."""
    line = stream.readline(limits.string_bytes + 1).removeprefix(_BOM)
    if not is_whole(line):
        document = line + stream.read(limits.bytes + 1 - len(line))
        if len(document) > limits.bytes:
            raise too_large(place, limits.bytes, "bytes")
        if document.strip():
            yield place, document
        return
    # A document on one line, with nothing after it, is a file with one document.
    following = stream.readline(limits.string_bytes + 1)
    if not following:
        yield place, line
        return
    number = 1
    while line:
        if len(line) > limits.string_bytes:
            raise too_large(f"{place}, line {number}", limits.string_bytes, "bytes")
        if number > limits.items:
            raise too_large(f"the number of lines of {place}", limits.items, "lines")
        if line.strip():
            yield f"{place}, line {number}", line.rstrip(b"\r\n")
        line, following = following, stream.readline(limits.string_bytes + 1) if following else b""
        number += 1


def _archive(path: Path, limits: Limits) -> Documents:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > limits.items:
                raise too_large(f"the number of files in {path}", limits.items, "files")
            for member in sorted(members, key=lambda member: member.filename):
                name = member.filename
                if member.is_dir() or not name.lower().endswith((*_JSON, *_LINES)):
                    continue
                if member.flag_bits & 1:
                    raise unreadable_archive(path, f"{name[:80]!r} is encrypted")
                if member.file_size > max(_SMALL, _RATIO * member.compress_size):
                    raise too_large(f"{path}: {name[:80]}", _RATIO, "times its packed size")
                with archive.open(member) as stream:
                    yield from _stream(f"{path}: {name[:80]}", stream, limits)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise unreadable_archive(path, str(error)) from None


def unreadable_archive(path: Path, problem: str) -> InvalidInputError:
    """A zip archive that is truncated, encrypted or none at all."""
    return InvalidInputError(
        "remediation.unreadable-archive",
        f"{path} is no archive that can be read: {problem[:200]}",
        remedy="Fetch the archive again; it must be a plain zip file.",
    )
