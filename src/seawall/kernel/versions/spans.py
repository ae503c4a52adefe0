"""Half-open stretches of version keys, told in words, and set algebra over them.

A `Span` holds the versions whose keys lie from `low` up to, not including, `high`. Every operation here is one sweep
over the ends of its spans, so it takes `n log n` steps for `n` spans and never lists a version. An end keeps the text
that a person reads; where several texts name one place in the order (`1.0` and `1.0.0`), the first stays.

Laws, held by tests against a plain set of versions: `union`, `complement`, `intersection` and `difference` hold exactly
the versions that their names say, and what they return is sorted, without overlap and without neighbours that touch.

Left out on purpose: what a record means by its bounds. That is for `ranges.py` and the grammars beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.versions.interface import HIGHEST, LOWEST

VersionEvent = tuple[str, str]
"""Kind and version.

OSV's kinds are `introduced`, `fixed`, `last_affected` and `limit`. Other sources end a span with `below` (their bound
is not affected itself) or with `unaffected` (from there on, the record says so).
"""

ENDING: Final = frozenset({"fixed", "below", "unaffected"})
"""Kinds of ends that name the first version which is not affected any more."""
CEILING: Final = "999999999999"
"""The number that stands for the star in an upper bound such as `6.6.*`; shown as `x`."""
FIRST: Final = "0"
"""Text of a lower bound below every version."""


class InvalidRangeError(InvalidInputError):
    """The text is no range of versions in its notation (`kernel.invalid-range`)."""


class Span(msgspec.Struct, frozen=True):
    """Affected keys from `low` up to, not including, `high`."""

    low: bytes
    high: bytes | None
    """None: no end."""
    introduced: str
    """Text of the lower bound; `0` where `low` lies below every version."""
    end: VersionEvent | None
    """The event that ends it."""
    after: bool = False
    """The lower bound itself is not in the span: it begins directly above."""
    remark: str = ""
    """What the record adds in words, for example `only on Windows`. It is told, never evaluated."""

    def holds(self, key: bytes) -> bool:
        """Whether the version with this key is in the span."""
        return self.low <= key and (self.high is None or key < self.high)

    @property
    def fixed(self) -> str:
        """The release that ends the span, where the record names one; else empty."""
        return self.end[1] if self.end is not None and self.end[0] in ENDING and not self._endless else ""

    @property
    def single(self) -> str:
        """The one version that the span holds, or empty if it may hold more."""
        if self.end is None or self.after or self.end[0] != "last_affected":
            return ""
        return self.introduced if self.high == self.low + b"\x00" else ""

    @property
    def words(self) -> str:
        """The span for people."""
        plain = self._plain.replace(f".{CEILING}", ".x")
        return f"{plain}; {self.remark}" if self.remark else plain

    @property
    def _endless(self) -> bool:
        return self.high is not None and self.high >= HIGHEST

    @property
    def _plain(self) -> str:
        if self.single:
            return f"version {self.single}"
        start = "" if self.low == LOWEST else f"{'above' if self.after else 'from'} {self.introduced}"
        if self.end is None:
            return f"{start} on, no fix known" if start else "every version, no fix known"
        kind, version = self.end
        if self._endless:
            kind = f"{'limit' if kind == 'limit' else kind}, which is no version and so ends nothing"
        elif kind == "below":
            kind = ""
        until = f"below {version}" + (f" ({kind})" if kind else "")
        if self.end[0] == "last_affected":
            until = f"up to and including {version}"
        return f"{start} and {until}" if start else until


EVERYTHING: Final = Span(LOWEST, None, FIRST, None)
"""Every version there is."""


def at(key: bytes, version: str) -> Span:
    """Return the span that holds one version alone."""
    return Span(key, key + b"\x00", version, ("last_affected", version))


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return what at least one of the spans holds, merged where they overlap or touch."""
    return tuple(span for span, _ in overlay([(span, "in") for span in spans]))


def complement(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return what none of the spans holds."""
    painted = overlay([(span, "in") for span in spans], "out")
    return tuple(span for span, status in painted if status == "out")


def intersection(left: Iterable[Span], right: Iterable[Span]) -> tuple[Span, ...]:
    """Return what spans of both sides hold."""
    return difference(left, complement(right))


def difference(left: Iterable[Span], right: Iterable[Span]) -> tuple[Span, ...]:
    """Return what a span on the left holds and none on the right does."""
    layers = [(span, "out") for span in right] + [(span, "in") for span in left]
    return tuple(span for span, status in overlay(layers) if status == "in")


def overlay(layers: Sequence[tuple[Span, str]], default: str = "") -> list[tuple[Span, str]]:
    """Paint the order of versions with statuses; of layers that overlap, the first shows.

    Args:
        layers: Spans with a status each, the most important first. Empty spans show nowhere.
        default: Status of what no layer holds; empty: it is left out.

    Returns:
        Sorted, disjoint spans with their statuses; neighbours that touch have different ones. A remark stays where
        one layer alone made the span.
    """
    starts = sorted((span.low, index) for index, (span, _) in enumerate(layers) if _holds_something(span))
    texts = _Texts([span for span, _ in layers])
    out: list[tuple[Span, str]] = []
    low, shown, remarks = LOWEST, default, {""} if default else set()
    for key, top in _changes(layers, starts):
        status = layers[top][1] if top is not None else default
        remark = layers[top][0].remark if top is not None else ""
        if status != shown:
            if shown and low != key:
                out.append((texts.span(low, key, remarks), shown))
            low, shown, remarks = key, status, set()
        remarks.add(remark)
    if shown:
        out.append((texts.span(low, None, remarks), shown))
    return out


def _holds_something(span: Span) -> bool:
    return span.low < HIGHEST and (span.high is None or span.low < span.high)


def _changes(
    layers: Sequence[tuple[Span, str]], starts: Sequence[tuple[bytes, int]]
) -> Iterator[tuple[bytes, int | None]]:
    """Walk up the order and give, for each key at which something begins or ends, the layer that shows from there."""
    ends = sorted({high for _, index in starts if (high := _end(layers[index][0])) is not None})
    keys = sorted({low for low, _ in starts}.union(ends))
    active: list[int] = []
    position = 0
    for key in keys:
        while position < len(starts) and starts[position][0] <= key:
            heappush(active, starts[position][1])
            position += 1
        while active and (high := _end(layers[active[0]][0])) is not None and high <= key:
            heappop(active)
        yield key, active[0] if active else None


def _end(span: Span) -> bytes | None:
    """The end; None where there is none, or where its bound is no version and so ends nothing."""
    return None if span.high is None or span.high >= HIGHEST else span.high


class _Texts:
    """The words at each key at which some span begins or ends."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: dict[bytes, tuple[str, bool]] = {}
        self._ends: dict[bytes, VersionEvent] = {}
        for span in spans:
            self._starts.setdefault(span.low, (span.introduced, span.after))
            if span.high is not None and span.end is not None:
                self._ends.setdefault(span.high, span.end)

    def span(self, low: bytes, high: bytes | None, remarks: set[str]) -> Span:
        text, after = self._start(low)
        remark = next(iter(remarks)) if len(remarks) == 1 else ""
        return Span(low, high, text, None if high is None else self._end(high), after, remark)

    def _start(self, key: bytes) -> tuple[str, bool]:
        if key == LOWEST:
            return FIRST, False
        if key in self._starts:
            return self._starts[key]
        kind, version = self._ends[key]
        return version, kind == "last_affected"

    def _end(self, key: bytes) -> VersionEvent:
        if key in self._ends:
            return self._ends[key]
        version, after = self._starts[key]
        return ("last_affected" if after else "unaffected"), version
