"""`IndexBuild`: from what lies on disk to an index, reading only what is new.

Each document is hashed; what the earlier index holds of it is carried over, if the same code compiled it. So a daily
build parses the day's changes. What cannot be read stops nothing, stands in the report with its place and reason, and
is tried again by the next build.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol

from seawall.kernel.errors import InvalidInputError, NotFoundError, SeawallError, UnavailableError
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.priority import FEED_KINDS, Signal, read_signals
from seawall.remediation.index.build import Built, build_file, stage
from seawall.remediation.index.digest import verify
from seawall.remediation.index.fingerprint import fingerprint
from seawall.remediation.index.reader import SQLiteIndex
from seawall.remediation.index.staging import Staging
from seawall.remediation.model import Record
from seawall.remediation.records import Documents, RecordReader, iter_documents, reader_of

_WITH_SIGNALS: Final = {"cve": "vulnrichment"}
"""Formats of records that hold statements too, and the feed that reads them."""
_SINGLE: Final = frozenset({"vulnrichment"})
"""Feeds that publish a document for each vulnerability; the others publish one about all of them."""
_FILES: Final = {"kev": "*.json", "epss": "*.csv*"}
"""Which files of a folder are documents of a feed; others publish JSON records, as the formats of records do."""
_PROBLEMS_KEPT: Final = 100


class Progress(Protocol):
    """Is told how far a build has come."""

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage of `total` documents; None: nobody knows how many."""
        ...

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """Some documents of the present stage are done; `note` says which, for people."""
        ...


class _Untold:
    """Tells nobody."""

    def stage(self, name: str, total: int | None) -> None:
        """See `Progress.stage`."""

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """See `Progress.advance`."""


@dataclass(slots=True)
class _Tally:
    read: int = 0
    carried: int = 0
    unreadable: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, place: str, reason: str) -> None:
        self.unreadable += 1
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(f"{place}: {reason}")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    built: Built
    read: int
    """Documents that were parsed."""
    carried: int
    """Documents whose rows came from the earlier index."""
    unreadable: int
    """Documents that could not be read."""
    problems: tuple[str, ...]
    """At most 100 of them, each with its place and the reason."""
    anew: str = ""
    """Why nothing was carried over though an index was there; or empty."""


class IndexBuild:
    """Collects sources and builds an index of them."""

    def __init__(self, out: Path, limits: Limits = DEFAULT_LIMITS, progress: Progress | None = None) -> None:
        self._out = out
        self._limits = limits
        self._progress = progress or _Untold()
        self._records: list[tuple[RecordReader, Path]] = []
        self._signals: list[tuple[str, Path]] = []
        self._given: list[tuple[Iterable[Record], Iterable[Signal]]] = []
        self._tally = _Tally()

    def add_records(self, source: str, path: Path) -> None:
        """Add files, archives or folders of records.

        Args:
            source: Their format: `osv`, `cve` or `csaf`. CVE records bring their SSVC points, KEV dates and scores.
            path: Where they are; nothing is read before `run`.

        Raises:
            NotFoundError: There is no such format (`remediation.unknown-source`).
        """
        self._records.append((reader_of(source), path))

    def add_signals(self, kind: str, path: Path) -> None:
        """Add a feed's files.

        Args:
            kind: `kev`, `epss` or `vulnrichment`.
            path: A file or a folder.

        Raises:
            NotFoundError: There is no such feed (`remediation.unknown-feed`).
        """
        if kind not in FEED_KINDS:
            raise NotFoundError(
                "remediation.unknown-feed",
                f"no feed is called {kind[:40]!r}",
                remedy=f"Use one of {', '.join(FEED_KINDS)}.",
            )
        self._signals.append((kind, path))

    def add(self, records: Iterable[Record], signals: Iterable[Signal] = ()) -> None:
        """Add records and statements that are at hand, for example those of the home's own cases."""
        self._given.append((records, signals))

    def run(self, *, anew: bool = False) -> BuildReport:
        """Build the index and put it in its place.

        Args:
            anew: Parse every document, and carry nothing over.

        Raises:
            UnavailableError: A source cannot be opened (`remediation.unopened`), or the index cannot be written
                (`remediation.index-unwritable`).
        """
        self._tally = _Tally()
        reason = "it was asked for" if anew else self._unusable()
        earlier = None if reason or not self._out.exists() else self._out
        built = build_file(self._out, lambda staging: self._fill(staging, carrying=earlier is not None), earlier)
        tally = self._tally
        return BuildReport(built, tally.read, tally.carried, tally.unreadable, tuple(tally.problems), reason)

    def _unusable(self) -> str:
        """Why nothing can be carried over from the index that is there; empty: it can, or there is none."""
        if not self._out.exists():
            return ""
        try:
            verify(self._out)
            with SQLiteIndex.of_file(self._out) as index:
                if index.compiled_by != fingerprint():
                    return "another version of Seawall built it"
        except (SeawallError, sqlite3.Error) as error:
            return str(error)
        return ""

    def _fill(self, staging: Staging, *, carrying: bool) -> None:
        if carrying:
            staging.find_earlier()
        stage_of = self._progress.stage
        for reader, path in self._records:
            stage_of(reader.source, None)
            self._add_documents(staging, reader, path)
        for kind, path in self._signals:
            stage_of(kind, None)
            if kind in _SINGLE:
                self._add_statements(staging, kind, path)
            else:
                self._add_feed(staging, kind, path)
        for records, signals in self._given:
            stage(staging, records, signals)
        stage_of("writing", None)
        if carrying:
            staging.carry_over()

    def _documents(self, path: Path) -> Documents:
        """Every document, told once it is done with."""
        for place, document in iter_documents(path, self._limits):
            yield place, document
            self._progress.advance(note=place)

    def _known(self, staging: Staging, source: str, digest: bytes) -> bool:
        """Whether a document needs no reading: it stands in the earlier index, or came twice."""
        earlier = staging.earlier(source, digest)
        if earlier is not None and staging.add_document(source, digest, carried=earlier):
            self._tally.carried += 1
        return earlier is not None

    def _add_documents(self, staging: Staging, reader: RecordReader, path: Path) -> None:
        feed = _WITH_SIGNALS.get(reader.source)
        for place, document in self._documents(path):
            digest = sha256(document).digest()
            if self._known(staging, reader.source, digest) or staging.has_document(reader.source, digest):
                continue
            try:
                records: Sequence[Record] = reader.read(document)
            except InvalidInputError as error:
                self._tally.note(place, error.message)
                continue
            number = staging.add_document(reader.source, digest)
            for record in records:
                staging.add_record(number, record)
            if feed is not None:
                self._add_said(staging, number, feed, place, document)
            self._tally.read += 1

    def _add_said(self, staging: Staging, number: int, feed: str, place: str, document: bytes) -> None:
        try:
            staging.add_signals(number, list(read_signals(feed, BytesIO(document), self._limits)))
        except InvalidInputError as error:
            self._tally.note(place, f"its statements: {error.message}")

    def _add_statements(self, staging: Staging, kind: str, path: Path) -> None:
        for place, document in self._documents(path):
            digest = sha256(document).digest()
            if self._known(staging, kind, digest) or staging.has_document(kind, digest):
                continue
            try:
                signals = list(read_signals(kind, BytesIO(document), self._limits))
            except InvalidInputError as error:
                self._tally.note(place, error.message)
                continue
            about = {signal.identifier for signal in signals}
            scope = f"{kind}:{about.pop()}" if len(about) == 1 else ""
            as_of = max((signal.as_of.isoformat() for signal in signals), default="")
            staging.add_signals(staging.add_document(kind, digest, scope=scope, as_of=as_of), signals)
            self._tally.read += 1

    def _add_feed(self, staging: Staging, kind: str, path: Path) -> None:
        """Add a feed that publishes one document about everything: the newest counts alone."""
        files = sorted(path.rglob(_FILES.get(kind, "*"))) if path.is_dir() else [path]
        for file in files:
            self._progress.advance(note=file.name)
            try:
                with file.open("rb") as stream:
                    digest = file_digest(stream, "sha256").digest()
                    if self._known(staging, kind, digest) or staging.has_document(kind, digest):
                        continue
                    number = staging.add_document(kind, digest)
                    stream.seek(0)
                    staging.add_signals(number, read_signals(kind, stream, self._limits))
            except InvalidInputError as error:
                staging.drop(number)
                self._tally.note(str(file), error.message)
                continue
            except OSError as error:
                raise UnavailableError(
                    "remediation.unopened",
                    f"{file} cannot be read: {error.strerror}",
                    remedy="Check the path and its permissions.",
                ) from None
            staging.describe(number, kind)
            self._tally.read += 1
