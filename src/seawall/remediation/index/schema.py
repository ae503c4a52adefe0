"""What an index file holds: one SQLite database, written once and never changed.

`subject` numbers are given to packages first, in the order of their keys, and then to products. Numbers of records
are given so that the records of one folded vulnerability stand side by side, its leading record first: `lead` is that
one's number and `size` how many there are. So a vulnerability needs no table of its own.

`span` answers the question that the file exists for: which records hold this version of this package. `low`, `high`
are version keys (`kernel/versions`), `high` exclusive; a listed version that no range of its record holds is a span of
one key. What has no key (an unknown ecosystem, a text that is no version there) is in `listed`, by its text. What
cannot be decided at all is a `doubt` of the `affected` row.

`namespace` counts the packages of a registry or of a release of a distribution that records name, and those of them
that records other than CVE's name (`kept`): CVE records name packages here and there, and their silence says little.

Invariants: every number, and with it every byte, follows from the content alone; texts that repeat are in `word`, by
their order. The file names no path and no time at which it was built.
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import Final

import msgspec

from seawall.kernel.versions.ranges import Span

FORMAT: Final = 1
"""Goes up when an older reader could no longer read the file rightly."""
APPLICATION_ID: Final = 0x53574958
"""`SWIX`; SQLite keeps it at offset 68 of the file."""
PAGE_BYTES: Final = 4096
END: Final = b"\xff\xff"
"""`high` of a span without end; above `HIGHEST`, where a span ends whose bound is no version."""
HAS_SPANS: Final = 1
HAS_LISTED: Final = 2
HAS_DOUBTS: Final = 4
HAS_REMEDIES: Final = 8

TABLES: Final = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source(name TEXT PRIMARY KEY, records INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
  signals INTEGER NOT NULL, as_of TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE document(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, digest BLOB NOT NULL, scope TEXT NOT NULL,
  as_of TEXT NOT NULL);
CREATE TABLE record(id INTEGER PRIMARY KEY, lead INTEGER NOT NULL, size INTEGER NOT NULL, document INTEGER NOT NULL,
  source INTEGER NOT NULL, withdrawn INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE identifier(name TEXT NOT NULL, lead INTEGER NOT NULL, PRIMARY KEY(name, lead)) WITHOUT ROWID;
CREATE TABLE package(key TEXT NOT NULL, ecosystem INTEGER NOT NULL, id INTEGER NOT NULL, flags INTEGER NOT NULL,
  PRIMARY KEY(key, ecosystem)) WITHOUT ROWID;
CREATE TABLE namespace(name TEXT PRIMARY KEY, packages INTEGER NOT NULL, kept INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE product(id INTEGER PRIMARY KEY, vendor TEXT NOT NULL, product TEXT NOT NULL, cpe TEXT NOT NULL,
  ecosystem INTEGER NOT NULL, flags INTEGER NOT NULL);
CREATE TABLE product_token(token TEXT NOT NULL, product INTEGER NOT NULL, PRIMARY KEY(token, product)) WITHOUT ROWID;
CREATE TABLE affected(subject INTEGER NOT NULL, record INTEGER NOT NULL, n INTEGER NOT NULL, remedy INTEGER,
  doubt INTEGER, PRIMARY KEY(subject, record, n)) WITHOUT ROWID;
CREATE TABLE span(subject INTEGER NOT NULL, low BLOB NOT NULL, high BLOB NOT NULL, record INTEGER NOT NULL,
  n INTEGER NOT NULL, words TEXT NOT NULL, PRIMARY KEY(subject, low, record, n, high)) WITHOUT ROWID;
CREATE TABLE listed(subject INTEGER NOT NULL, version TEXT NOT NULL, record INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(subject, version, record, n)) WITHOUT ROWID;
CREATE TABLE signal(identifier TEXT NOT NULL, point INTEGER NOT NULL, source INTEGER NOT NULL, as_of INTEGER NOT NULL,
  value TEXT NOT NULL, retracted INTEGER NOT NULL, feed INTEGER NOT NULL, document INTEGER NOT NULL,
  PRIMARY KEY(identifier, point, source, as_of, value, retracted, feed, document)) WITHOUT ROWID;
"""


class Body(msgspec.Struct, array_like=True, frozen=True):
    """What of a record is only shown, as MessagePack."""

    identifiers: tuple[str, ...]
    title: str
    published: str = ""
    modified: str = ""
    fix_published: str = ""
    url: str = ""
    problems: tuple[str, ...] = ()


BODY: Final = msgspec.msgpack.Decoder(Body)
PACK: Final = msgspec.msgpack.Encoder()

_SEPARATOR: Final = "\x1f"
_LISTED: Final = "="
_UNKNOWN: Final = "?"
_LETTERS: Final = {"f": "fixed", "l": "last_affected", "b": "below", "u": "unaffected", "m": "limit"}
_KINDS: Final = {kind: letter for letter, kind in _LETTERS.items()}


class Told(msgspec.Struct, frozen=True):
    """A span in words."""

    words: str
    fixed: str
    """The release that ends it, where the record names one; or empty."""
    unknown: bool = False
    """The record leaves open whether these versions are affected; `words` says why."""


def words_of(span: Span) -> str:
    """Return what a row of `span` keeps of it for people, as short as it can be."""
    kind, version = span.end or ("", "")
    parts = [span.introduced, _KINDS.get(kind, kind), version, "1" if span.after else "", span.remark]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return _SEPARATOR.join(part.replace(_SEPARATOR, " ") for part in parts)


def listed_words(version: str) -> str:
    """Return the same for a version that a record lists."""
    return _LISTED + _SEPARATOR + version


def unknown_words(span: Span) -> str:
    """Return the same for versions of which the record leaves open whether they are affected."""
    return _UNKNOWN + _SEPARATOR + (span.remark or span.words)


@lru_cache(maxsize=65_536)
def told(low: bytes, high: bytes, words: str) -> Told:
    """Return the words of a row of `span`."""
    parts = words.split(_SEPARATOR)
    if parts[0] == _LISTED:
        return Told(f"version {parts[1]} is listed", "")
    if parts[0] == _UNKNOWN:
        return Told(parts[1], "", unknown=True)
    introduced, letter, version, after, remark = (*parts, "", "", "", "")[:5]
    end = (_LETTERS.get(letter, letter), version) if letter else None
    span = Span(low, high if end else None, introduced, end, bool(after), remark)
    return Told(span.words, span.fixed)


def bounds_told(words: str) -> tuple[str, str]:
    """Return the texts of the lower and the upper bound of a row of `span`; of a listed version, the same twice."""
    parts = words.split(_SEPARATOR)
    if parts[0] in {_LISTED, _UNKNOWN}:
        return parts[1], parts[1]
    introduced, _, version = (*parts, "", "")[:3]
    return introduced, version or introduced


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in a new database."""
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
    connection.execute("PRAGMA encoding='UTF-8'")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={FORMAT}")
    connection.executescript(TABLES)
