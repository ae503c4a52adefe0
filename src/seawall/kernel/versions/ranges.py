"""Which versions are affected, by OSV's evaluation algorithm (OSV schema, "Evaluation").

A `VersionRange` is compiled once from OSV's events and listed versions into `Span`s: half-open ranges of version keys.
Nothing is ever exploded into version lists. A version is contained if one span holds it, or if it is listed.

The algorithm's rules, and ours where it is silent:

- Events are sorted by version, in a stable way: at one version the record's own order decides, so that
  `introduced 1, fixed 1` is empty and `fixed 1, introduced 1` goes on.
- `introduced` and `fixed` act from their version on, `last_affected` directly above it; the last that acts wins.
- A version must be below one of the `limit`s, if there are any; `*` is no limit. `introduced: "0"` is below everything.
- A bound that is no version of its ecosystem sorts above everything, as in OSV's own index: an unreadable `fixed` fixes
  nothing, an unreadable `introduced` introduces nothing. `problems` names such bounds, so that a caller can say so.
- Listed versions match by their text, or as the same version in another spelling (`1.0` and `1.0.0` on PyPI).

Left out on purpose: ranges of commits (type `GIT`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from seawall.kernel.versions.interface import HIGHEST, LOWEST, InvalidVersionError, Ordering
from seawall.kernel.versions.registry import is_supported, ordering_of

VersionEvent = tuple[str, str]
"""Kind (`introduced`, `fixed`, `last_affected`, `limit`) and version."""

_AT: Final = frozenset({"introduced", "fixed"})
"""Kinds that act on their own version."""
_ABOVE: Final = frozenset({"introduced", "fixed", "last_affected"})
"""Kinds that act on all versions above their own."""


@dataclass(frozen=True, slots=True)
class Match:
    """A version is affected."""

    words: str
    """Why, for example `from 2.0 and below 2.3.1 (fixed)`."""
    fixed: str = ""
    """The release that ends the range, where the record names one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Affected keys from `low` up to, not including, `high`."""

    low: bytes
    high: bytes | None
    """None: no end."""
    introduced: str
    end: VersionEvent | None
    """The event that ends it."""

    def holds(self, key: bytes) -> bool:
        """Whether the version with this key is in the span."""
        return self.low <= key and (self.high is None or key < self.high)

    @property
    def words(self) -> str:
        """The span for people."""
        start = "" if self.introduced == "0" else f"from {self.introduced}"
        if self.end is None:
            return f"{start} on, no fix known" if start else "every version, no fix known"
        kind, version = self.end
        if self.high is not None and self.high >= HIGHEST:
            kind += ", which is no version and so ends nothing"
        until = f"up to and including {version}" if self.end[0] == "last_affected" else f"below {version} ({kind})"
        return f"{start} and {until}" if start else until


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The affected versions of one package. Build it with `from_osv`."""

    ecosystem: str
    spans: tuple[Span, ...]
    versions: tuple[str, ...] = ()
    """Listed one by one."""
    problems: tuple[str, ...] = ()
    """Bounds that are no versions."""
    _ordering: Ordering | None = None
    _undecidable: bool = False
    """There are ranges, and no ordering to evaluate them."""

    @classmethod
    def from_osv(
        cls, ecosystem: str, ranges: Iterable[Sequence[VersionEvent]] = (), versions: Iterable[str] = ()
    ) -> VersionRange:
        """Compile the ranges and the listed versions of one `affected` entry.

        Args:
            ecosystem: OSV's name. An unsupported one is no error here: listed versions, and ranges that hold every
                version, can still be decided.
            ranges: The events of each range, in the record's order. Unknown kinds of events are ignored.
            versions: Versions listed one by one.
        """
        listed = tuple(versions)
        kept = [tuple(events) for events in ranges if events]
        if not is_supported(ecosystem):
            unbounded = any(_is_everything(events) for events in kept)
            spans = (Span(LOWEST, None, "0", None),) if unbounded else ()
            return cls(ecosystem, spans, listed, (), None, bool(kept) and not unbounded)
        ordering = ordering_of(ecosystem)
        problems: list[str] = []
        compiled = tuple(span for events in kept for span in _spans(ordering, events, problems))
        return cls(ecosystem, compiled, listed, tuple(dict.fromkeys(problems)), ordering)

    def contains(self, version: str) -> Match | None:
        """Say whether and why a version is affected.

        Raises:
            UnsupportedEcosystemError: The version is not listed, and the order that the ranges need is not known.
            InvalidVersionError: The version is not listed, and there is no such version in this ecosystem.
        """
        listed = version in self.versions
        if self._ordering is None:
            if self._undecidable and not listed:
                ordering_of(self.ecosystem)  # raises, since it is not supported
            if self.spans:
                return Match(self.spans[0].words)
        elif self.spans or self.versions:
            try:
                key = self._ordering.key(version)
            except InvalidVersionError:
                if not listed:
                    raise
            else:
                for span in self.spans:
                    if span.holds(key):
                        return Match(span.words, span.end[1] if span.end and span.end[0] == "fixed" else "")
                listed = listed or any(self._is_same(other, key) for other in self.versions)
        return Match(f"version {version} is listed") if listed else None

    def _is_same(self, listed: str, key: bytes) -> bool:
        try:
            return self._ordering is not None and self._ordering.key(listed) == key
        except InvalidVersionError:
            return False


def _is_everything(events: Sequence[VersionEvent]) -> bool:
    return {event for event in events if event != ("limit", "*")} == {("introduced", "0")}


def _spans(ordering: Ordering, events: Sequence[VersionEvent], problems: list[str]) -> list[Span]:
    def key_of(event: VersionEvent) -> bytes:
        if event == ("introduced", "0"):
            return LOWEST
        try:
            return ordering.bound(event[1])
        except InvalidVersionError:
            problems.append(f"{event[0]} {event[1][:60]}")
            return HIGHEST

    keyed = sorted(((key_of(event), event) for event in events if event[0] in _ABOVE), key=lambda pair: pair[0])
    limit = _limit([(key_of(event), event) for event in events if event[0] == "limit" and event[1] != "*"], events)
    return [clipped for span in _swept(keyed) if (clipped := _clip(span, limit)) is not None]


def _swept(keyed: Sequence[tuple[bytes, VersionEvent]]) -> Iterator[Span]:
    """Walk up the order, at and directly above each event's version, and give the affected stretches."""
    low, introduced, affected = LOWEST, "", False
    for key, pairs in groupby(keyed, key=lambda pair: pair[0]):
        group = [event for _, event in pairs]
        before = affected
        for position, acting in ((key, _AT), (key + b"\x00", _ABOVE)):
            cause = next((event for event in reversed(group) if event[0] in acting), None)
            state = before if cause is None else cause[0] == "introduced"
            if state and not affected:
                low, introduced = position, cause[1] if cause else introduced
            elif affected and not state:
                yield Span(low, position, introduced, cause)
            affected = state
    if affected:
        yield Span(low, None, introduced, None)


def _limit(
    keyed: Sequence[tuple[bytes, VersionEvent]], events: Sequence[VersionEvent]
) -> tuple[bytes, VersionEvent] | None:
    """The highest limit, since being below any one of them is enough; None where there is none or `*`."""
    return max(keyed, default=None) if ("limit", "*") not in events else None


def _clip(span: Span, limit: tuple[bytes, VersionEvent] | None) -> Span | None:
    if limit is None or (span.high is not None and span.high <= limit[0]):
        return span
    return Span(span.low, limit[0], span.introduced, limit[1]) if span.low < limit[0] else None
