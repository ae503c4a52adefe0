"""OSV records to `KnownVulnerability`: from a file, one record a line, or a folder of such files.

Left out on purpose: ranges of commits (type `GIT`), which no inventory of packages can be compared with; their listed
versions are kept. Withdrawn records say nothing and are counted. What cannot be read is listed and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.kernel.purl import Purl, parse_purl, purl_of
from seawall.kernel.versions.ranges import VersionEvent
from seawall.remediation.errors import too_large, unopened, unreadable_records
from seawall.remediation.model import AffectedPackage, KnownVulnerability

SOURCE: Final = "osv"


class _Package(msgspec.Struct):
    name: str = ""
    ecosystem: str = ""
    purl: str = ""


class _Range(msgspec.Struct):
    type: str
    events: list[dict[str, str]] = []


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] = []
    versions: list[str] = []


class _Record(msgspec.Struct):
    id: str
    summary: str = ""
    aliases: list[str] | None = None
    published: str = ""
    withdrawn: str | None = None
    affected: list[_Affected] | None = None


_DECODER: Final = msgspec.json.Decoder(_Record)


@dataclass(slots=True)
class OsvReading:
    """What some files held."""

    known: list[KnownVulnerability] = field(default_factory=list)
    withdrawn: int = 0
    """Records that their publisher took back."""
    problems: list[str] = field(default_factory=list)
    """Records that could not be read, each with its place and the reason."""


def known_from_osv(document: bytes) -> KnownVulnerability | None:
    """Read one OSV record.

    Returns:
        None if the record is withdrawn.

    Raises:
        InvalidInputError: It is no OSV record (`remediation.unreadable-records`).
    """
    try:
        record = _DECODER.decode(document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable_records("the document", str(error)) from None
    if record.withdrawn:
        return None
    affected = tuple(package for entry in record.affected or [] if (package := _affected(entry)) is not None)
    names = {_canonical(name) for name in (record.id, *(record.aliases or ()))}
    identifiers = tuple(sorted(names))
    return KnownVulnerability(
        _canonical(record.id), identifiers, record.summary or record.id, SOURCE, record.published, affected
    )


def read_osv(paths: Iterable[Path], limits: Limits = DEFAULT_LIMITS) -> OsvReading:
    """Read all records in files and folders (`*.json`, `*.ndjson`, `*.jsonl`, at every depth).

    Raises:
        UnavailableError: A path that was named cannot be opened (`remediation.unopened`).
        InvalidInputError: A file that was named holds no OSV record at all (`remediation.unreadable-records`).
    """
    reading = OsvReading()
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in {".json", ".ndjson", ".jsonl"} and file.is_file():
                    _read_file(file, reading, limits)
            continue
        before = len(reading.known) + reading.withdrawn
        problems = len(reading.problems)
        _read_file(path, reading, limits)
        if len(reading.known) + reading.withdrawn == before:
            problem = reading.problems[problems] if len(reading.problems) > problems else "it is empty"
            raise unreadable_records(str(path), problem)
    return reading


def _read_file(path: Path, reading: OsvReading, limits: Limits) -> None:
    try:
        with path.open("rb") as stream:
            for place, document in _documents(stream, limits):
                try:
                    known = known_from_osv(document)
                except InvalidInputError as error:
                    reading.problems.append(f"{path}{place}: {error.message}")
                    continue
                if known is None:
                    reading.withdrawn += 1
                else:
                    reading.known.append(known)
    except OSError as error:
        raise unopened(str(path), error.strerror or "") from None
    except InvalidInputError as error:
        reading.problems.append(f"{path}: {error.message}")


def _documents(stream: BinaryIO, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield place and bytes of each record: the whole file if its first line is not JSON by itself, else each line."""
    line = stream.readline(limits.string_bytes + 1)
    if not _is_whole(line):
        document = line + stream.read(limits.bytes + 1 - len(line))
        if len(document) > limits.bytes:
            raise too_large("the file", limits.bytes, "bytes")
        if document.strip():
            yield "", document
        return
    number = 1
    while line:
        if len(line) > limits.string_bytes:
            raise too_large(f"line {number}", limits.string_bytes, "bytes")
        if line.strip():
            yield f", line {number}", line
        line = stream.readline(limits.string_bytes + 1)
        number += 1


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _canonical(name: str) -> str:
    """An identifier of a database that we do not know is kept as it is: none may be lost."""
    try:
        return parse_identifier(name)
    except InvalidInputError:
        return name.strip()


def _affected(entry: _Affected) -> AffectedPackage | None:
    package = _package(entry.package)
    if package is None:
        return None
    ranges = tuple(
        tuple(_events(range_.events))
        for range_ in entry.ranges
        if range_.type in {"SEMVER", "ECOSYSTEM"} and range_.events
    )
    return AffectedPackage(package, ranges, tuple(entry.versions)) if ranges or entry.versions else None


def _package(package: _Package | None) -> Purl | None:
    if package is None:
        return None
    try:
        found = purl_of(package.ecosystem, package.name) if package.name and package.ecosystem else None
        if package.purl and (found is None or found.type == "generic"):
            return parse_purl(package.purl).package
    except (InvalidInputError, ValueError):
        return None
    return found


def _events(events: Iterable[dict[str, str]]) -> Iterator[VersionEvent]:
    for event in events:
        yield from event.items()
