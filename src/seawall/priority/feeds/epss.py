"""FIRST's Exploit Prediction Scoring System: a table of all CVEs, made anew each day, as CSV, plain or gzip.

The first line names the model and the day: `#model_version:v2025.03.14,score_date:2026-11-20T00:00:00+0000`. The model
is kept in the statement's source, since scores of different models must not be compared. Each line is a complete
snapshot about its CVE; FIRST withdraws scores only by leaving them out, which is taken for silence and not for a
retraction: a score without a newer one keeps its date, and its age shows.
"""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

from seawall.kernel.clock import parse_rfc3339
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.limits import Limits
from seawall.priority.errors import feed_too_large, unreadable_feed
from seawall.priority.feeds.interface import Snapshot, Unreadable
from seawall.priority.model import Point, Signal

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 16
_HEAD: Final = re.compile(r"#model_version:([\w.\-]{1,40}),score_date:([\d\-]{10})(?:T[\d:+\-Z]*)?\s*").fullmatch
_COLUMNS: Final = ["cve", "epss", "percentile"]
_NUMBER: Final = re.compile(r"(?:0(?:\.\d{1,20})?|1(?:\.0{1,20})?|\d(?:\.\d{1,20})?[eE]-\d{1,2})").fullmatch


class EPSSFeed:
    """Reads a day's table."""

    kind = "epss"
    file_names = "epss_scores-*.csv*"

    def read(self, stream: BinaryIO, limits: Limits) -> Iterator[Snapshot | Unreadable]:
        """See `Feed.read`. Yields one snapshot for each line."""
        lines = _lines(stream, limits)
        head = _HEAD(next(lines, ""))
        if head is None:
            raise unreadable_feed(self.kind, "the first line does not name model and day")
        source = f"FIRST EPSS {head[1]}"
        try:
            as_of = parse_rfc3339(head[2])
        except ValueError as error:
            raise unreadable_feed(self.kind, str(error)) from None
        rows = csv.reader(lines)
        if next(rows, None) != _COLUMNS:
            raise unreadable_feed(self.kind, f"its columns are not {', '.join(_COLUMNS)}")
        for number, row in enumerate(rows, start=3):
            try:
                cve, probability, percentile = row
                snapshot = self._snapshot(cve, probability, percentile, source, as_of)
            except (ValueError, InvalidInputError) as error:
                yield Unreadable(f"line {number}", str(error)[:200])
            else:
                yield snapshot

    def _snapshot(self, cve: str, probability: str, percentile: str, source: str, as_of: datetime) -> Snapshot:
        name = parse_identifier(cve)
        for text in (probability, percentile):
            if not _NUMBER(text):
                raise ValueError(f"{text[:30]!r} is no number from 0 to 1")
        said = (
            Signal(name, Point.EPSS, probability, source, as_of, feed=self.kind),
            Signal(name, Point.EPSS_PERCENTILE, percentile, source, as_of, feed=self.kind),
        )
        return Snapshot(name, as_of, said)


def _lines(stream: BinaryIO, limits: Limits) -> Iterator[str]:
    """Yield lines of text, inflated if need be, within the limit of inflated bytes.

    Raises:
        InvalidInputError: It is damaged, cut off or no text (`priority.unreadable-feed`).
        LimitExceededError: There is more than the limit (`priority.feed-too-large`).
    """
    begun = stream.read(len(_GZIP))
    chunks = _inflated(begun, stream) if begun == _GZIP else _plain(begun, stream)
    total, rest = 0, b""
    for chunk in chunks:
        total += len(chunk)
        if total > limits.bytes:
            raise feed_too_large("epss", limits.bytes)
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > limits.string_bytes:
            raise feed_too_large("epss", limits.string_bytes)
        yield from map(_text, whole)
    if rest:
        yield _text(rest)


def _plain(begun: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield begun
    while chunk := stream.read(_CHUNK):
        yield chunk


def _inflated(begun: bytes, stream: BinaryIO) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    data = begun
    try:
        while data:
            yield inflater.decompress(data, _CHUNK)
            while inflater.unconsumed_tail:  # a small input may inflate to a large output: never all at once
                yield inflater.decompress(inflater.unconsumed_tail, _CHUNK)
            data = stream.read(_CHUNK)
    except zlib.error as error:
        raise unreadable_feed("epss", str(error)) from None
    if not inflater.eof:
        raise unreadable_feed("epss", "it is cut off")


def _text(line: bytes) -> str:
    try:
        return line.decode("ascii").rstrip("\r")
    except UnicodeDecodeError:
        raise unreadable_feed("epss", "it is no text") from None


FEED: Final = EPSSFeed()
