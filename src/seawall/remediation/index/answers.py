"""From the rows that hold a version to an answer: one hit for each vulnerability, whichever of its records say so.

A record of the same vulnerability that names the package, has nothing doubtful, and does not hold the version
contradicts the hit: the hit stays, and says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec

from seawall.remediation.index.folding import CASE_RANK, rank_of
from seawall.remediation.index.schema import BODY, Told
from seawall.remediation.model import Answer, Confidence, Doubt, Hit, Vulnerability

_SHOWN: Final = 3
"""How many matching ranges of one vulnerability are told."""
_REMEMBERED: Final = 16_384
_RECORD: Final = "SELECT lead, size, id, source, name, body FROM record WHERE id = ?"
_RECORDS: Final = "SELECT lead, size, id, source, name, body FROM record WHERE id >= ? AND id < ? ORDER BY id"
_RANKS: Final = {Confidence.EXACT: 0, Confidence.PROBABLE: 1, Confidence.POSSIBLE: 2}


_Row = tuple[int, int, int, Told]
"""Subject, record, entry and words."""


@dataclass(slots=True)
class Evidence:
    """What was found about one version."""

    subjects: list[tuple[int, Confidence, str]] = field(default_factory=list)
    """Packages or products that were asked for, how sure it is that they are the installed one, and why."""
    hits: list[_Row] = field(default_factory=list)
    """Subject, record, entry and words."""
    doubts: list[tuple[int, str]] = field(default_factory=list)
    """Record and reason."""
    remedies: bool = False
    """Some record of one of the subjects says what to do."""

    def add(self, subject: int, record: int, n: int, told: Told) -> None:
        """Add a span that holds the version."""
        if told.unknown:
            self.doubts.append((record, told.words))
        else:
            self.hits.append((subject, record, n, told))

    def add_listed(self, subject: int, record: int, n: int, version: str) -> None:
        """Add a record that lists the version."""
        self.hits.append((subject, record, n, Told(f"version {version} is listed", "")))

    def add_doubts(self, doubts: Iterable[tuple[int, str]]) -> None:
        """Add what nothing certain can be said about."""
        self.doubts.extend(doubts)


class _Shown(msgspec.Struct, frozen=True):
    """A vulnerability, and what of its records is needed by their numbers."""

    lead: int
    size: int
    vulnerability: Vulnerability
    names: dict[int, str]
    fix_published: dict[int, str]


class Answering:
    """Puts answers together."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._about = lru_cache(maxsize=_REMEMBERED)(self._read_about)
        self._group = lru_cache(maxsize=_REMEMBERED)(self._read_group)
        self._source = lru_cache(maxsize=None)(self._read_source)

    def answer(self, evidence: Evidence) -> Answer:
        """Fold what was found by vulnerability; sorted by its id."""
        if not evidence.hits and not evidence.doubts:
            return _NOTHING
        by_lead: dict[int, tuple[_Shown, list[_Row]]] = {}
        for row in evidence.hits:
            shown = self._about(row[1])
            by_lead.setdefault(shown.lead, (shown, []))[1].append(row)
        hits = [self._hit(shown, rows, evidence) for shown, rows in by_lead.values()]
        doubted: dict[int, tuple[_Shown, dict[str, None]]] = {}
        for record, reason in evidence.doubts:
            shown = self._about(record)
            if shown.lead not in by_lead:
                doubted.setdefault(shown.lead, (shown, {}))[1][reason] = None
        doubts = [
            Doubt(shown.vulnerability, "; ".join(sorted(reasons)[:_SHOWN])) for shown, reasons in doubted.values()
        ]
        return Answer(
            tuple(sorted(hits, key=lambda hit: hit.vulnerability.id)),
            tuple(sorted(doubts, key=lambda doubt: doubt.vulnerability.id)),
        )

    def vulnerability(self, record: int) -> Vulnerability:
        """Return what a record is about, folded."""
        return self._about(record).vulnerability

    def _hit(self, shown: _Shown, rows: list[_Row], evidence: Evidence) -> Hit:
        holding = sorted({record for _, record, _, _ in rows})
        words = list(dict.fromkeys(told.words for _, _, _, told in rows))
        more = f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        confidence, because = _surest(rows, evidence)
        return Hit(
            shown.vulnerability,
            "; ".join(words[:_SHOWN]) + more,
            tuple(dict.fromkeys(told.fixed for _, _, _, told in rows if told.fixed)),
            tuple(shown.names[record] for record in holding),
            self._contradicting(shown, set(holding), evidence) if shown.size > 1 else (),
            min((day for record in holding if (day := shown.fix_published[record])), default=""),
            self._remedy(rows) if evidence.remedies else "",
            confidence,
            because,
        )

    def _contradicting(self, shown: _Shown, holding: set[int], evidence: Evidence) -> tuple[str, ...]:
        named: dict[int, bool] = {}
        for subject, _, _ in evidence.subjects:
            for record, doubt in self._execute(
                "SELECT record, doubt FROM affected WHERE subject = ? AND record >= ? AND record < ?",
                (subject, shown.lead, shown.lead + shown.size),
            ).fetchall():
                named[record] = named.get(record, False) or doubt is not None
        unsure = {record for record, _ in evidence.doubts}
        return tuple(
            shown.names[record]
            for record, doubtful in sorted(named.items())
            if record not in holding and not doubtful and record not in unsure
        )

    def _remedy(self, rows: list[_Row]) -> str:
        found: dict[str, None] = {}
        for key in dict.fromkeys((subject, record, n) for subject, record, n, _ in rows):
            row = self._execute(
                "SELECT w.text FROM affected a JOIN word w ON w.id = a.remedy "
                "WHERE a.subject = ? AND a.record = ? AND a.n = ?",
                key,
            ).fetchone()
            if row is not None:
                found[row[0]] = None
        return "; ".join(found)

    def _read_about(self, record: int) -> _Shown:
        row = self._execute(_RECORD, (record,)).fetchone()
        return self._put_together([row]) if row[1] == 1 else self._group(row[0], row[1])

    def _read_group(self, lead: int, size: int) -> _Shown:
        return self._put_together(self._execute(_RECORDS, (lead, lead + size)).fetchall())

    def _read_source(self, number: int) -> str:
        text: str = self._execute("SELECT text FROM word WHERE id = ?", (number,)).fetchone()[0]
        return text

    def _put_together(self, found: list[tuple[int, int, int, int, str, bytes]]) -> _Shown:
        """Fold the records of one vulnerability, of which the first leads."""
        rows = [(number, self._source(source), name, BODY.decode(body)) for _, _, number, source, name, body in found]
        identifiers = tuple(sorted({known for _, _, name, body in rows for known in (name, *body.identifiers)}))
        cases = {name for _, source, name, _ in rows if source == "case"}
        best = min(identifiers, key=lambda known: (CASE_RANK if known in cases else rank_of(known), known))
        titles = [body.title for _, _, name, body in rows if body.title and body.title != name]
        vulnerability = Vulnerability(
            best,
            identifiers,
            titles[0] if titles else best,
            min((body.published for _, _, _, body in rows if body.published), default=""),
            tuple(f"{source}:{name}" for _, source, name, _ in rows),
            tuple(dict.fromkeys(body.url for _, _, _, body in rows if body.url)),
        )
        return _Shown(
            found[0][0],
            found[0][1],
            vulnerability,
            {number: f"{source}:{name}" for number, source, name, _ in rows},
            {number: body.fix_published for number, _, _, body in rows},
        )


def _surest(rows: list[_Row], evidence: Evidence) -> tuple[Confidence, str]:
    if len(evidence.subjects) == 1:
        _, confidence, because = evidence.subjects[0]
        return confidence, because
    subjects = {subject for subject, _, _, _ in rows}
    sure = ((confidence, because) for subject, confidence, because in evidence.subjects if subject in subjects)
    return min(sure, key=lambda pair: _RANKS[pair[0]])


_NOTHING: Final = Answer()
