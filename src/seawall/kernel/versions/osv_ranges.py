"""OSV's events, compiled to spans by the schema's evaluation algorithm.

The algorithm's rules, and ours where it is silent:

- Events are sorted by version, in a stable way: at one version the record's own order decides, so that
  `introduced 1, fixed 1` is empty and `fixed 1, introduced 1` goes on.
- `introduced` and `fixed` act from their version on, `last_affected` directly above it; the last that acts wins.
- A version must be below one of the `limit`s, if there are any; `*` is no limit. `introduced: "0"` is below everything.
- A bound that is no version of its ecosystem sorts above everything, as in OSV's own index: an unreadable `fixed` fixes
  nothing, an unreadable `introduced` introduces nothing. Both are named as problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from seawall.kernel.versions.compiled import Compiled
from seawall.kernel.versions.interface import HIGHEST, LOWEST, InvalidVersionError, Ordering
from seawall.kernel.versions.spans import EVERYTHING, Span, VersionEvent

_AT: Final = frozenset({"introduced", "fixed"})
"""Kinds that act on their own version."""
_ABOVE: Final = frozenset({"introduced", "fixed", "last_affected"})
"""Kinds that act on all versions above their own."""


def compile_osv(
    ordering: Ordering | None, ranges: Iterable[Sequence[VersionEvent]], versions: Iterable[str]
) -> Compiled:
    """Compile the ranges and the listed versions of one `affected` entry.

    Args:
        ordering: None if the ecosystem's is not known: then only a range of every version can be evaluated.
        ranges: The events of each range, in the record's order. Unknown kinds of events are ignored.
        versions: Listed one by one.
    """
    out = Compiled(versions=tuple(versions))
    kept = [tuple(events) for events in ranges if events]
    if ordering is None:
        unbounded = any(_is_everything(events) for events in kept)
        out.spans = (EVERYTHING,) if unbounded else ()
        out.undecidable = bool(kept) and not unbounded
        return out
    out.spans = tuple(span for events in kept for span in _spans(ordering, events, out.problems))
    return out


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
