"""From staged rows to the tables of an index, each written once, in the order of its key.

Whatever the order in which rows were staged, the same rows give the same numbers and the same bytes.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from seawall.remediation.index.compile import product_parts
from seawall.remediation.index.folding import fold
from seawall.remediation.index.schema import HAS_DOUBTS, HAS_LISTED, HAS_REMEDIES, HAS_SPANS
from seawall.remediation.model import ProductName
from seawall.remediation.names import key_namespace

_WORDS: Final = """
INSERT INTO word SELECT row_number() OVER (ORDER BY text), text FROM (
  SELECT source AS text FROM s.document UNION SELECT source FROM s.record UNION SELECT ecosystem FROM s.affected
  UNION SELECT remedy FROM s.affected WHERE remedy <> '' UNION SELECT doubt FROM s.affected WHERE doubt <> ''
  UNION SELECT point FROM s.signal UNION SELECT source FROM s.signal UNION SELECT feed FROM s.signal);
CREATE UNIQUE INDEX s.staged_document ON document(source, digest, id);
CREATE TABLE s.word AS SELECT * FROM word;
CREATE UNIQUE INDEX s.word_text ON word(text, id);
CREATE TABLE s.document_number AS
  SELECT id AS old, row_number() OVER (ORDER BY source, digest) AS id FROM s.document;
CREATE UNIQUE INDEX s.document_old ON document_number(old, id);
INSERT INTO document SELECT n.id, w.id, d.digest, d.scope, d.as_of
  FROM s.document d JOIN s.document_number n ON n.old = d.id JOIN s.word w ON w.text = d.source ORDER BY n.id;
"""
_SUBJECTS: Final = f"""
CREATE TABLE s.flags AS SELECT a.key, a.product, a.ecosystem,
  max((SELECT {HAS_SPANS} FROM s.span p WHERE p.record = a.record AND p.n = a.n LIMIT 1)) AS spans,
  max((SELECT {HAS_LISTED} FROM s.listed p WHERE p.record = a.record AND p.n = a.n LIMIT 1)) AS listed,
  max(CASE a.doubt WHEN '' THEN NULL ELSE {HAS_DOUBTS} END) AS doubts,
  max(CASE a.remedy WHEN '' THEN NULL ELSE {HAS_REMEDIES} END) AS remedies
  FROM s.affected a GROUP BY a.product, a.key, a.ecosystem;
CREATE TABLE s.subject_number AS SELECT key, product, ecosystem,
  coalesce(spans, 0) + coalesce(listed, 0) + coalesce(doubts, 0) + coalesce(remedies, 0) AS flags,
  row_number() OVER (ORDER BY product, key, ecosystem) AS id FROM s.flags;
CREATE UNIQUE INDEX s.subject_key ON subject_number(product, key, ecosystem, id);
INSERT INTO package SELECT n.key, w.id, n.id, n.flags
  FROM s.subject_number n JOIN s.word w ON w.text = n.ecosystem WHERE n.product = 0 ORDER BY 1, 2;
"""  # noqa: S608 - the numbers are our own constants
_ROWS: Final = """
CREATE TABLE s.entry AS SELECT n.id AS subject, m.id AS record, a.n AS n, a.record AS old, r.id AS remedy, d.id AS doubt
  FROM s.affected a JOIN s.subject_number n ON n.product = a.product AND n.key = a.key AND n.ecosystem = a.ecosystem
  JOIN s.record_number m ON m.old = a.record
  LEFT JOIN s.word r ON r.text = a.remedy AND a.remedy <> '' LEFT JOIN s.word d ON d.text = a.doubt AND a.doubt <> '';
CREATE UNIQUE INDEX s.entry_old ON entry(old, n, subject, record);
INSERT INTO affected SELECT subject, record, n, remedy, doubt FROM s.entry ORDER BY 1, 2, 3;
INSERT INTO span SELECT DISTINCT e.subject, p.low, p.high, e.record, p.n, p.words
  FROM s.span p JOIN s.entry e ON e.old = p.record AND e.n = p.n ORDER BY 1, 2, 4, 5, 3;
INSERT INTO listed SELECT DISTINCT e.subject, p.version, e.record, p.n
  FROM s.listed p JOIN s.entry e ON e.old = p.record AND e.n = p.n ORDER BY 1, 2, 3, 4;
INSERT INTO identifier SELECT DISTINCT i.name, r.lead
  FROM s.identifier i JOIN s.record_number m ON m.old = i.record JOIN record r ON r.id = m.id ORDER BY 1, 2;
INSERT INTO signal SELECT DISTINCT g.identifier, p.id, w.id, g.as_of, g.value, g.retracted, f.id, d.id
  FROM s.signal g JOIN s.word p ON p.text = g.point JOIN s.word w ON w.text = g.source JOIN s.word f ON f.text = g.feed
  JOIN s.document_number d ON d.old = g.document ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;
INSERT INTO source SELECT name, sum(records), sum(withdrawn), sum(signals), max(as_of) FROM (
  SELECT source AS name, sum(1 - withdrawn) AS records, sum(withdrawn) AS withdrawn, 0 AS signals,
    max(modified) AS as_of FROM s.record GROUP BY source
  UNION ALL SELECT w.text, 0, 0, count(*), strftime('%Y-%m-%dT%H:%M:%SZ', max(g.as_of) / 1000000, 'unixepoch')
    FROM signal g JOIN word w ON w.id = g.feed WHERE w.text <> '' GROUP BY w.text
) GROUP BY name ORDER BY name;
"""


def write(connection: sqlite3.Connection, meta: dict[str, str]) -> None:
    """Fill the tables of `main` from those of `s`, which are finished."""
    execute, script = connection.execute, connection.executescript
    script(_WORDS)
    _write_records(connection)
    script("CREATE INDEX s.span_record ON span(record, n); CREATE INDEX s.listed_record ON listed(record, n);")
    script(_SUBJECTS)
    _write_products(connection)
    script(_ROWS)
    _write_namespaces(connection)
    vulnerabilities = execute("SELECT count(*) FROM record WHERE id = lead AND withdrawn = 0").fetchone()[0]
    records = execute("SELECT count(*) FROM record WHERE withdrawn = 0").fetchone()[0]
    counted = {**meta, "vulnerabilities": str(vulnerabilities), "records": str(records)}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(counted.items()))


def _write_records(connection: sqlite3.Connection) -> None:
    """Number the records so that those of one vulnerability stand side by side, its leading record first."""
    execute = connection.execute
    execute("CREATE TABLE s.place AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM s.record")
    execute("CREATE UNIQUE INDEX s.place_id ON place(id, place)")
    count = execute("SELECT count(*) FROM s.place").fetchone()[0]
    execute("CREATE INDEX s.identifier_name ON identifier(name, record)")
    shared = execute(
        "SELECT i.name, p.place FROM s.identifier i JOIN s.place p ON p.id = i.record "
        "WHERE i.name IN (SELECT name FROM s.identifier GROUP BY name HAVING count(*) > 1) ORDER BY i.name, p.place"
    )
    roots = fold(count, shared)
    execute("CREATE TABLE s.root(place INTEGER PRIMARY KEY, root INTEGER NOT NULL)")
    connection.executemany("INSERT INTO s.root VALUES (?, ?)", enumerate(roots))
    connection.executescript(
        """
CREATE TABLE s.ranked AS SELECT r.id AS old, t.root AS root, r.rank, r.source, r.name, r.body,
  row_number() OVER (PARTITION BY t.root ORDER BY r.rank, r.source, r.name, r.body, r.id) AS place,
  count(*) OVER (PARTITION BY t.root) AS size
  FROM s.record r JOIN s.place p ON p.id = r.id JOIN s.root t ON t.place = p.place;
CREATE TABLE s.lead AS SELECT root, row_number() OVER (ORDER BY rank, source, name, body, old) AS place, size
  FROM s.ranked WHERE place = 1;
CREATE UNIQUE INDEX s.lead_root ON lead(root, place);
CREATE TABLE s.record_number AS SELECT k.old AS old, row_number() OVER (ORDER BY l.place, k.place) AS id,
  k.place AS place, k.size AS size FROM s.ranked k JOIN s.lead l ON l.root = k.root;
CREATE UNIQUE INDEX s.record_old ON record_number(old, id);
INSERT INTO record SELECT m.id, m.id - m.place + 1, m.size, d.id, w.id, r.withdrawn, r.name, r.body
  FROM s.record_number m JOIN s.record r ON r.id = m.old JOIN s.document_number d ON d.old = r.document
  JOIN s.word w ON w.text = r.source ORDER BY m.id;
DROP TABLE s.ranked;
"""
    )


def _write_products(connection: sqlite3.Connection) -> None:
    found = connection.execute(
        "SELECT n.id, n.key, w.id, n.flags FROM s.subject_number n JOIN s.word w ON w.text = n.ecosystem "
        "WHERE n.product = 1 ORDER BY n.id"
    ).fetchall()
    if not found:
        return
    from seawall.remediation.products import candidate_tokens  # noqa: PLC0415 - most indexes hold no products

    tokens: set[tuple[str, int]] = set()
    for number, key, ecosystem, flags in found:
        vendor, product, cpe = product_parts(key)
        connection.execute(
            "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?)", (number, vendor, product, cpe, ecosystem, flags)
        )
        tokens.update((token, number) for token in candidate_tokens(ProductName(vendor, product, cpe)))
    connection.executemany("INSERT INTO product_token VALUES (?, ?)", sorted(tokens))


def _write_namespaces(connection: sqlite3.Connection) -> None:
    """Count packages by registry or release: silence about one that is not held must be told from an all-clear."""
    named = connection.execute(
        "SELECT p.key, max(w.text <> 'cve') FROM package p JOIN affected a ON a.subject = p.id "
        "JOIN record r ON r.id = a.record JOIN word w ON w.id = r.source GROUP BY p.key ORDER BY p.key"
    )
    counts: dict[str, tuple[int, int]] = {}
    for key, is_kept in named:
        packages, kept = counts.get(key_namespace(key), (0, 0))
        counts[key_namespace(key)] = packages + 1, kept + is_kept
    rows = ((name, *count) for name, count in sorted(counts.items()))
    connection.executemany("INSERT INTO namespace VALUES (?, ?, ?)", rows)
