"""Asking an index: the adapter of `ports.VulnerabilityIndex` on SQLite.

A look-up is one probe for the package and, only if records name it, one for the spans that hold the version's key. What
is told about a vulnerability is put together from its records, which stand side by side in the file, when it is first
hit. Nothing is read that no look-up needs.

A version that is none of its ecosystem is affected where every version is; else each record of the package becomes a
doubt. An answer depends on the file and the question alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from seawall.kernel.versions import InvalidVersionError, UnsupportedEcosystemError, is_supported, ordering_of
from seawall.kernel.versions.unsure import Stretch, listed_alike, told_unsure, verdict
from seawall.priority import Point, Signal
from seawall.remediation.index.answers import Answering, Evidence
from seawall.remediation.index.digest import unopened_index, verify
from seawall.remediation.index.schema import HAS_DOUBTS, HAS_LISTED, HAS_REMEDIES, HAS_SPANS, bounds_told, told
from seawall.remediation.model import Answer, Confidence, Coverage, ProductName, Verdict, Vulnerability
from seawall.remediation.names import Lookup, key_namespace
from seawall.remediation.ports import IndexInfo, Rulings, SourceInfo

_MAPPED_BYTES: Final = 1 << 30
"""How much of the file is read as memory and not by calls; SQLite maps no more than the file has."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REMEMBERED: Final = 65_536

_PACKAGE: Final = "SELECT id, ecosystem, flags FROM package WHERE key = ?"
_SPANS: Final = "SELECT record, n, low, high, words FROM span WHERE subject = ? AND low <= ? AND high > ?"
_NEAR: Final = "SELECT record, n, low, high, words FROM span WHERE subject = ? AND ({})"
_WITHIN: Final = "low >= ? AND low < ? OR high >= ? AND high < ?"
_WHOLE: Final = "SELECT record, n, low, high, words FROM span WHERE subject = ? AND low = x'' AND high = x'ffff'"
_LISTED: Final = "SELECT record, n FROM listed WHERE subject = ? AND version = ?"
_EVERY_LISTED: Final = "SELECT record, version FROM listed WHERE subject = ?"
_DOUBTS: Final = (
    "SELECT a.record, w.text FROM affected a JOIN word w ON w.id = a.doubt WHERE a.subject = ? AND a.doubt IS NOT NULL"
)
_NAMING: Final = "SELECT DISTINCT record FROM affected WHERE subject = ?"
_SIGNALS: Final = (
    "SELECT DISTINCT point, source, as_of, value, retracted, feed FROM signal WHERE identifier = ? "
    "ORDER BY as_of, point, source, retracted, value, feed"
)
_CANDIDATES: Final = (
    "SELECT p.id, p.vendor, p.product, p.cpe, p.ecosystem, p.flags "
    "FROM product_token t JOIN product p ON p.id = t.product WHERE t.token = ?"
)


_Row = tuple[int, int, bytes, bytes, str]
"""A row of `span`: record, entry, low, high and words."""


class SQLiteIndex:
    """An index on a connection. Close it, or use it as a context, where the file must not stay open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._answering = Answering(connection)
        self._orders: dict[int, str] = {}
        self._kept: dict[str, int] | None = None
        self._word = lru_cache(maxsize=_REMEMBERED)(self._read_word)
        self._likeness = lru_cache(maxsize=4_096)(self._compared)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Open a file that has been verified: for reading, as one that nobody changes.

        Raises:
            UnavailableError: SQLite cannot open it (`remediation.index-unopened`).
        """
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")
        except sqlite3.Error as error:
            raise unopened_index(path, str(error)) from None
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def info(self) -> IndexInfo:
        """See `VulnerabilityIndex.info`."""
        meta = dict(self._execute("SELECT key, value FROM meta"))
        sources = self._execute("SELECT name, records, signals, as_of FROM source ORDER BY name")
        return IndexInfo(
            int(meta["format"]),
            int(meta["vulnerabilities"]),
            int(meta["records"]),
            tuple(SourceInfo(name, records or signals, as_of) for name, records, signals, as_of in sources),
        )

    @property
    def compiled_by(self) -> str:
        """Which code compiled its rows (`fingerprint.py`)."""
        found: str = self._execute("SELECT value FROM meta WHERE key = 'compiled-by'").fetchone()[0]
        return found

    def counts(self) -> dict[str, int]:
        """Return what a manifest says of the content."""
        execute = self._execute
        meta = dict(execute("SELECT key, value FROM meta WHERE key IN ('vulnerabilities', 'records')"))
        return {
            "vulnerabilities": int(meta["vulnerabilities"]),
            "records": int(meta["records"]),
            "packages": execute("SELECT count(*) FROM package").fetchone()[0],
            "products": execute("SELECT count(*) FROM product").fetchone()[0],
            "signals": execute("SELECT count(*) FROM signal").fetchone()[0],
        }

    def coverage(self, package: str) -> Coverage:
        """See `VulnerabilityIndex.coverage`."""
        if self._kept is None:
            self._kept = dict(self._execute("SELECT name, kept FROM namespace"))
        kept = self._kept.get(key_namespace(package))
        if kept is None:
            return Coverage.NONE
        return Coverage.KEPT if kept else Coverage.SPORADIC

    def known_as(self, identifiers: Collection[str]) -> Sequence[Vulnerability]:
        """See `VulnerabilityIndex.known_as`."""
        query = "SELECT lead FROM identifier WHERE name = ?"
        leads = {lead for name in identifiers for (lead,) in self._execute(query, (name,)).fetchall()}
        return tuple(self._answering.vulnerability(lead) for lead in sorted(leads))

    def look_up(self, lookup: Lookup) -> Answer:
        """See `VulnerabilityIndex.look_up`."""
        found = self._execute(_PACKAGE, (lookup.package,)).fetchall()
        if not found and not lookup.also:
            return _NOTHING
        evidence = Evidence()
        for subject, ecosystem, flags in found:
            self._collect(evidence, subject, self._ecosystem(ecosystem), flags, lookup.version)
        for key, version in lookup.also:
            for subject, ecosystem, flags in self._execute(_PACKAGE, (key,)).fetchall():
                self._collect(evidence, subject, self._ecosystem(ecosystem), flags, version)
        return self._answering.answer(evidence)

    def look_up_many(self, lookups: Iterable[Lookup]) -> list[Answer]:
        """Answer many look-ups, in their order; each distinct one is matched once."""
        known: dict[Lookup, Answer] = {}
        answers = []
        for lookup in lookups:
            answer = known.get(lookup)
            if answer is None:
                answer = known[lookup] = self.look_up(lookup)
            answers.append(answer)
        return answers

    def look_up_product(self, product: ProductName, version: str, rulings: Rulings) -> Answer:
        """See `VulnerabilityIndex.look_up_product`."""
        evidence = Evidence()
        for subject, name, ecosystem, flags, confidence, because in self._likeness(product):
            ruling = rulings.ruling(product, name)
            if ruling is Verdict.REJECTED:
                continue
            if ruling is Verdict.CONFIRMED:
                sure, why = Confidence.EXACT, "a person confirmed that both names are of one product"
            elif confidence is None:
                continue
            else:
                sure, why = confidence, because
            self._collect(evidence, subject, ecosystem, flags, version, sure, why)
        return self._answering.answer(evidence)

    def series(self, identifiers: Collection[str]) -> Mapping[str, Sequence[Signal]]:
        """See `SignalSource.series`."""
        found: dict[str, Sequence[Signal]] = {}
        word = self._word
        for identifier in sorted(set(identifiers)):
            rows = self._execute(_SIGNALS, (identifier,)).fetchall()
            if rows:
                found[identifier] = [
                    Signal(
                        identifier,
                        Point(word(point)),
                        value,
                        word(source),
                        _EPOCH + timedelta(microseconds=as_of),
                        retracted=bool(retracted),
                        feed=word(feed),
                    )
                    for point, source, as_of, value, retracted, feed in rows
                ]
        return found

    def products_sharing(self, tokens: Sequence[str]) -> Iterable[ProductName]:
        """Return every recorded product that has one of these tokens (`candidate_tokens`), in the order of the file."""
        rows = {row[:4] for token in tokens for row in self._execute(_CANDIDATES, (token,)).fetchall()}
        return [ProductName(vendor, name, cpe) for _, vendor, name, cpe in sorted(rows)]

    def packages_of(self, identifier: str) -> tuple[str, ...]:
        """Return the keys of the packages that any record about a vulnerability names, sorted: what it may touch."""
        rows = self._execute(
            "SELECT DISTINCT p.key FROM identifier i JOIN record l ON l.id = i.lead "
            "JOIN affected a ON a.record >= l.id AND a.record < l.id + l.size JOIN package p ON p.id = a.subject "
            "WHERE i.name = ? ORDER BY 1",
            (identifier,),
        )
        return tuple(key for (key,) in rows)

    def _collect(
        self,
        evidence: Evidence,
        subject: int,
        ecosystem: str,
        flags: int,
        version: str,
        confidence: Confidence = Confidence.EXACT,
        because: str = "",
    ) -> None:
        """Gather what the records about one package or product say about a version."""
        execute = self._execute
        evidence.subjects.append((subject, confidence, because))
        evidence.remedies = evidence.remedies or bool(flags & HAS_REMEDIES)
        problem = ""
        if flags & HAS_SPANS or flags & HAS_LISTED:
            try:
                ordering = ordering_of(ecosystem)
                key = ordering.key(version)
                rows = execute(_SPANS, (subject, key, key)).fetchall() if flags & HAS_SPANS else []
                if ordering.unsure is not None and flags & HAS_SPANS:
                    rows = self._sure(evidence, subject, version, rows, key, ordering.unsure(key))
            except (InvalidVersionError, UnsupportedEcosystemError) as error:
                problem = error.message if isinstance(error, InvalidVersionError) else ""
                rows = execute(_WHOLE, (subject,)).fetchall()
            for record, n, low, high, words in rows:
                evidence.add(subject, record, n, told(low, high, words))
        if flags & HAS_LISTED:
            for record, n in execute(_LISTED, (subject, version)).fetchall():
                evidence.add_listed(subject, record, n, version)
            if not is_supported(ecosystem):
                evidence.add_doubts(self._alike(subject, version))
        if problem:
            evidence.add_doubts((record, problem) for (record,) in execute(_NAMING, (subject,)).fetchall())
        if flags & HAS_DOUBTS:
            evidence.add_doubts(execute(_DOUBTS, (subject,)).fetchall())

    def _alike(self, subject: int, version: str) -> Iterator[tuple[int, str]]:
        """Records that list what may be this version in another spelling, in an order that nobody knows."""
        for record, listed in self._execute(_EVERY_LISTED, (subject,)).fetchall():
            reason = listed_alike(version, listed)
            if reason:
                yield record, reason

    def _sure(
        self, evidence: Evidence, subject: int, version: str, rows: list[_Row], key: bytes, guesses: Sequence[Stretch]
    ) -> list[_Row]:
        """Part the rows that surely hold a key from those of which only a guess could tell: these become doubts."""
        if not guesses:
            return rows
        near = _NEAR.format(" OR ".join([_WITHIN] * len(guesses)))
        bounds = [bound for low, high in guesses for bound in (low, high, low, high)]
        sure = []
        for row in {*rows, *self._execute(near, (subject, *bounds)).fetchall()}:
            record, _, low, high, words = row
            held = verdict(low, high, key, guesses)
            if held or (held is None and told(low, high, words).unknown):
                sure.append(row)
            elif held is None:
                is_low = any(start <= low < end for start, end in guesses)
                evidence.add_doubts([(record, told_unsure(version, bounds_told(words)[0 if is_low else 1]))])
        return sorted(sure)

    def _compared(self, product: ProductName) -> tuple[tuple[int, ProductName, str, int, Confidence | None, str], ...]:
        from seawall.remediation.products import candidate_tokens, compare  # noqa: PLC0415 - most checks need none

        rows = {row for token in candidate_tokens(product) for row in self._execute(_CANDIDATES, (token,)).fetchall()}
        found = []
        for number, vendor, name, cpe, ecosystem, flags in sorted(rows):
            recorded = ProductName(vendor, name, cpe)
            likeness = compare(product, recorded)
            sure, why = (likeness.confidence, likeness.because) if likeness else (None, "")
            found.append((number, recorded, self._ecosystem(ecosystem), flags, sure, why))
        return tuple(found)

    def _ecosystem(self, number: int) -> str:
        found = self._orders.get(number)
        if found is None:
            found = self._orders[number] = self._word(number)
        return found

    def _read_word(self, number: int) -> str:
        text: str = self._execute("SELECT text FROM word WHERE id = ?", (number,)).fetchone()[0]
        return text


_NOTHING: Final = Answer()


def open_index(path: Path) -> SQLiteIndex:
    """Open an index file that is what its manifest says.

    Raises:
        UnavailableError: It cannot be opened (`remediation.index-unopened`).
        InvalidInputError: It is no index (`remediation.no-index`), of another format (`remediation.index-too-new`,
            `remediation.index-too-old`) or without manifest (`remediation.index-without-manifest`).
        IntegrityError: It is damaged (`remediation.index-damaged`).
    """
    verify(path)
    return SQLiteIndex.of_file(path)
