"""Rows on their way into an index, in a temporary database: in any order, and with texts instead of numbers.

Nothing but the row at hand is in memory; SQLite sorts on disk what does not fit. What an earlier index holds of a
document that has not changed is copied by SQL and never parsed again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from seawall.priority import Signal
from seawall.remediation.index.compile import body_of, compiled
from seawall.remediation.index.folding import CASE_RANK, rank_of
from seawall.remediation.index.schema import BODY
from seawall.remediation.model import Record

TABLES: Final = """
CREATE TABLE s.document(id INTEGER PRIMARY KEY, source TEXT NOT NULL, digest BLOB NOT NULL, scope TEXT NOT NULL,
  as_of TEXT NOT NULL, carried INTEGER, UNIQUE(source, digest));
CREATE TABLE s.record(id INTEGER PRIMARY KEY, document INTEGER NOT NULL, source TEXT NOT NULL, series TEXT NOT NULL,
  name TEXT NOT NULL, rank INTEGER NOT NULL, modified TEXT NOT NULL, withdrawn INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE s.identifier(name TEXT NOT NULL, record INTEGER NOT NULL);
CREATE TABLE s.affected(record INTEGER NOT NULL, n INTEGER NOT NULL, key TEXT NOT NULL, product INTEGER NOT NULL,
  ecosystem TEXT NOT NULL, remedy TEXT NOT NULL, doubt TEXT NOT NULL);
CREATE TABLE s.span(record INTEGER NOT NULL, n INTEGER NOT NULL, low BLOB NOT NULL, high BLOB NOT NULL, words TEXT);
CREATE TABLE s.listed(record INTEGER NOT NULL, n INTEGER NOT NULL, version TEXT NOT NULL);
CREATE TABLE s.signal(identifier TEXT NOT NULL, point TEXT NOT NULL, source TEXT NOT NULL, as_of INTEGER NOT NULL,
  value TEXT NOT NULL, retracted INTEGER NOT NULL, feed TEXT NOT NULL, document INTEGER NOT NULL);
"""
_CARRIED: Final = 1 << 40
"""Added to the numbers of an earlier index, so that they never meet new ones."""
_ADVISORIES: Final = "csaf"
"""Source whose documents hold several records, named `document/vulnerability`."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_CARRY: Final = (
    """INSERT INTO s.record SELECT r.id + :c, d.id, w.text,
  CASE WHEN w.text = 'csaf' AND instr(r.name, '/') THEN substr(r.name, 1, instr(r.name, '/') - 1) ELSE r.name END,
  r.name, 0, '', r.withdrawn, r.body
FROM s.document d JOIN old.record r ON r.document = d.carried JOIN old.word w ON w.id = r.source
WHERE d.carried IS NOT NULL""",
    """INSERT INTO s.affected
SELECT a.record + :c, a.n, p.key, p.product, e.text, coalesce(m.text, ''), coalesce(b.text, '')
FROM old.affected a JOIN s.record r ON r.id = a.record + :c JOIN s.subject p ON p.id = a.subject
JOIN old.word e ON e.id = p.ecosystem LEFT JOIN old.word m ON m.id = a.remedy LEFT JOIN old.word b ON b.id = a.doubt""",
    """INSERT INTO s.span SELECT p.record + :c, p.n, p.low, p.high, p.words
FROM old.span p JOIN s.record r ON r.id = p.record + :c""",
    """INSERT INTO s.listed SELECT p.record + :c, p.n, p.version
FROM old.listed p JOIN s.record r ON r.id = p.record + :c""",
    """INSERT INTO s.signal SELECT g.identifier, p.text, w.text, g.as_of, g.value, g.retracted, f.text, d.id
FROM old.signal g JOIN s.document d ON d.carried = g.document JOIN old.word p ON p.id = g.point
JOIN old.word w ON w.id = g.source JOIN old.word f ON f.id = g.feed""",
)
_SUBJECTS: Final = """CREATE TABLE s.subject AS
SELECT id, key, ecosystem, 0 AS product FROM old.package UNION ALL
SELECT id, vendor || char(31) || product || char(31) || cpe, ecosystem, 1 FROM old.product"""


class Staging:
    """The temporary database `s` of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._records = 0
        self._documents = 0
        self._has_earlier = False
        connection.executescript(TABLES)

    def add_document(
        self, source: str, digest: bytes, *, scope: str = "", as_of: str = "", carried: int | None = None
    ) -> int:
        """Add a document and return its number; 0 if the same one is there already.

        Args:
            source: Where its records or statements are counted.
            digest: SHA-256 of its bytes.
            scope: What it is complete about; of two documents of a scope the newer counts. Empty: nothing.
            as_of: RFC 3339; when it was written.
            carried: Its number in the earlier index, from where its rows are to be copied.
        """
        row = (self._documents + 1, source, digest, scope, as_of, carried)
        added = self._connection.execute("INSERT OR IGNORE INTO s.document VALUES (?, ?, ?, ?, ?, ?)", row).rowcount
        self._documents += added
        return self._documents if added else 0

    def has_document(self, source: str, digest: bytes) -> bool:
        """Whether the same document was added before."""
        row = self._connection.execute("SELECT 1 FROM s.document WHERE source = ? AND digest = ?", (source, digest))
        return row.fetchone() is not None

    def find_earlier(self) -> None:
        """Make the documents of the earlier index, attached as `old`, ready to be found."""
        self._connection.execute(
            "CREATE TABLE s.earlier AS SELECT w.text AS source, d.digest, d.id, d.scope, d.as_of "
            "FROM old.document d JOIN old.word w ON w.id = d.source"
        )
        self._connection.execute("CREATE UNIQUE INDEX s.earlier_digest ON earlier(source, digest)")
        self._connection.execute("CREATE UNIQUE INDEX s.earlier_id ON earlier(id)")
        self._has_earlier = True

    def earlier(self, source: str, digest: bytes) -> int | None:
        """Return the number of a document in the earlier index; None if it is not there."""
        if not self._has_earlier:
            return None
        row = self._connection.execute("SELECT id FROM s.earlier WHERE source = ? AND digest = ?", (source, digest))
        found = row.fetchone()
        return found[0] if found else None

    def describe(self, document: int, scope: str) -> None:
        """Say afterwards what a document is complete about; it is as old as the newest of its statements."""
        self._connection.execute(
            "UPDATE s.document SET scope = ?, as_of = (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(as_of) / 1000000, "
            "'unixepoch') FROM s.signal WHERE document = s.document.id) WHERE id = ?",
            (scope, document),
        )

    def drop(self, document: int) -> None:
        """Forget a document that turned out to be unreadable half-way."""
        self._connection.execute("DELETE FROM s.signal WHERE document = ?", (document,))
        self._connection.execute("DELETE FROM s.document WHERE id = ?", (document,))

    def add_record(self, document: int, record: Record) -> None:
        """Add a record with all its rows."""
        number = self._records
        self._records += 1
        execute, many = self._connection.execute, self._connection.executemany
        # An advisory holds a record for each of its vulnerabilities, and its newer version may hold fewer.
        series = record.id.partition("/")[0] if record.source == _ADVISORIES else record.id
        withdrawn = int(record.withdrawn)
        row = (number, document, record.source, series, record.id, 0, record.modified, withdrawn, body_of(record))
        execute("INSERT INTO s.record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        for n, entry in enumerate(compiled(record)):
            execute(
                "INSERT INTO s.affected VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, n, entry.key, int(entry.is_product), entry.ecosystem, entry.remedy, entry.doubt),
            )
            many("INSERT INTO s.span VALUES (?, ?, ?, ?, ?)", [(number, n, *span) for span in entry.spans])
            many("INSERT INTO s.listed VALUES (?, ?, ?)", [(number, n, version) for version in entry.listed])

    def add_signals(self, document: int, signals: Iterable[Signal]) -> None:
        """Add statements about vulnerabilities."""
        self._connection.executemany(
            "INSERT INTO s.signal VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    signal.identifier,
                    signal.point.value,
                    signal.source,
                    (signal.as_of - _EPOCH) // _MICROSECOND,
                    signal.value,
                    int(signal.retracted),
                    signal.feed,
                    document,
                )
                for signal in signals
            ),
        )

    def carry_over(self) -> int:
        """Copy from the earlier index, attached as `old`, the rows of all documents that were added as carried.

        Returns:
            How many records were copied.
        """
        execute = self._connection.execute
        execute(
            "UPDATE s.document SET (scope, as_of) = (SELECT e.scope, e.as_of FROM s.earlier e WHERE e.id = carried) "
            "WHERE carried IS NOT NULL"
        )
        execute(_SUBJECTS)
        execute("CREATE UNIQUE INDEX s.subject_id ON subject(id)")
        execute("CREATE UNIQUE INDEX s.document_carried ON document(carried) WHERE carried IS NOT NULL")
        for statement in _CARRY:
            execute(statement, {"c": _CARRIED} if ":c" in statement else {})
        count: int = execute("SELECT count(*) FROM s.record WHERE id >= ?", (_CARRIED,)).fetchone()[0]
        return count

    def finish(self) -> None:
        """Give each record its identifiers, date and rank, all of which stand in its body; and let the newest count."""
        update, names = self._connection.cursor(), self._connection.cursor()
        for batch in _batches(
            self._connection.execute("SELECT id, source, name, withdrawn, body FROM s.record ORDER BY id")
        ):
            rows = [
                (number, source, name, withdrawn, BODY.decode(body)) for number, source, name, withdrawn, body in batch
            ]
            update.executemany(
                "UPDATE s.record SET rank = ?, modified = ? WHERE id = ?",
                [
                    (CASE_RANK if source == "case" else rank_of(name), body.modified, number)
                    for number, source, name, _, body in rows
                ],
            )
            names.executemany(
                "INSERT INTO s.identifier VALUES (?, ?)",
                [
                    (identifier, number)
                    for number, _, name, withdrawn, body in rows
                    if not withdrawn
                    for identifier in dict.fromkeys((name, *body.identifiers))
                ],
            )
        self._supersede()

    def _supersede(self) -> None:
        """Of several documents about one thing only the newest counts; the others leave no trace."""
        self._connection.executescript(
            """
CREATE TABLE s.stale AS
SELECT id FROM (SELECT d.id AS id,
    row_number() OVER (PARTITION BY d.source, d.scope ORDER BY d.as_of DESC, d.digest) AS place
  FROM s.document d WHERE d.scope <> '') WHERE place > 1
UNION
SELECT document FROM (SELECT r.document AS document,
    dense_rank() OVER (PARTITION BY r.source, r.series ORDER BY r.newest DESC, r.digest) AS place
  FROM (SELECT x.document, x.source, x.series, max(x.modified) AS newest, d.digest AS digest
    FROM s.record x JOIN s.document d ON d.id = x.document GROUP BY x.document, x.source, x.series) r)
  WHERE place > 1;
CREATE TABLE s.stale_record AS SELECT id FROM s.record WHERE document IN (SELECT id FROM s.stale);
DELETE FROM s.identifier WHERE record IN (SELECT id FROM s.stale_record);
DELETE FROM s.span WHERE record IN (SELECT id FROM s.stale_record);
DELETE FROM s.listed WHERE record IN (SELECT id FROM s.stale_record);
DELETE FROM s.affected WHERE record IN (SELECT id FROM s.stale_record);
DELETE FROM s.record WHERE document IN (SELECT id FROM s.stale);
DELETE FROM s.signal WHERE document IN (SELECT id FROM s.stale);
DELETE FROM s.document WHERE id IN (SELECT id FROM s.stale);
"""
        )


def _batches(cursor: sqlite3.Cursor, size: int = 5_000) -> Iterator[Sequence[tuple[int, str, str, int, bytes]]]:
    while rows := cursor.fetchmany(size):
        yield rows
