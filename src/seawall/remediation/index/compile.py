"""A record to the rows of an index: ranges to spans of keys, listed versions to what of them no range holds.

Nothing is exploded, and nothing is silent: a bound that cannot be read, a range of commits, and a range in an order
that is not known become a doubt in words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from seawall.kernel.versions import (
    InvalidVersionError,
    UnsupportedEcosystemError,
    VersionRange,
    is_supported,
    ordering_of,
)
from seawall.kernel.versions.interface import HIGHEST
from seawall.kernel.versions.ranges import Span
from seawall.remediation.index.schema import END, PACK, Body, listed_words, unknown_words, words_of
from seawall.remediation.model import Affected, Record

_SHOWN: Final = 3
"""How many unreadable bounds a doubt names."""
_NO_VERSION: Final = "\x00"
"""A text that no record lists and no ecosystem takes for a version."""
_BETWEEN: Final = "\x1f"
"""Between the parts of a product's key; no name holds it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One `affected` entry of a record."""

    key: str
    """Package key; or vendor, product and CPE of a product, joined with U+001F."""
    is_product: bool
    ecosystem: str
    remedy: str
    doubt: str
    """Why nothing certain can be said about a version that no span holds; empty: nothing is doubtful."""
    spans: tuple[tuple[bytes, bytes, str], ...]
    """Low, high (exclusive) and words."""
    listed: tuple[str, ...]
    """Versions without a key, by their text."""


def compiled(record: Record) -> Iterator[Compiled]:
    """Compile each affected entry of a record; a withdrawn one says nothing."""
    if record.withdrawn:
        return
    for affected in record.affected:
        key, is_product = _subject(affected)
        if not key:
            continue
        spans, listed = _versions(affected.versions)
        yield Compiled(
            key,
            is_product,
            affected.versions.ecosystem,
            affected.remedy,
            _doubt(affected.versions),
            spans,
            listed,
        )


def body_of(record: Record) -> bytes:
    """Return what of a record is only shown."""
    return PACK.encode(
        Body(
            record.identifiers,
            record.title,
            record.published,
            record.modified,
            record.fix_published,
            record.url,
            record.problems,
        )
    )


def product_key(vendor: str, product: str, cpe: str) -> str:
    """Return the key of a product in the rows; the parts come back by `product_parts`."""
    return _BETWEEN.join(part.replace(_BETWEEN, " ") for part in (vendor, product, cpe))


def product_parts(key: str) -> tuple[str, str, str]:
    """Return vendor, product and CPE."""
    vendor, product, cpe = key.split(_BETWEEN)
    return vendor, product, cpe


def _subject(affected: Affected) -> tuple[str, bool]:
    if affected.package:
        return affected.package, False
    if affected.product is None or not affected.product.product.strip():
        return "", False
    return product_key(affected.product.vendor, affected.product.product, affected.product.cpe), True


_Row = tuple[bytes, bytes, str]


def _versions(versions: VersionRange) -> tuple[tuple[_Row, ...], tuple[str, ...]]:
    spans = _by_keys(versions.spans, words_of)
    unknown = _by_keys(versions.unknown, unknown_words)
    texts = tuple(dict.fromkeys(versions.versions))
    if is_supported(versions.ecosystem):
        holds = _Union(spans)
        texts = tuple(version for version in texts if not _add(version, versions.ecosystem, holds, spans))
    rows = [(low, high, words) for (low, high), words in {**unknown, **spans}.items()]
    return tuple(rows), texts


def _by_keys(spans: Iterable[Span], told: Callable[[Span], str]) -> dict[tuple[bytes, bytes], str]:
    found: dict[tuple[bytes, bytes], str] = {}
    for span in spans:
        low, high = span.low, END if span.high is None else span.high
        # What begins at `HIGHEST` begins at a bound that is no version, and holds none.
        if low < min(high, HIGHEST):
            found.setdefault((low, high), told(span))
    return found


def _add(version: str, ecosystem: str, holds: _Union, spans: dict[tuple[bytes, bytes], str]) -> bool:
    key = _key(ecosystem, version)
    if key is None:
        return False
    if key not in holds:
        spans.setdefault((key, key + b"\x00"), listed_words(version))
    return True


@lru_cache(maxsize=65_536)
def _key(ecosystem: str, version: str) -> bytes | None:
    """The key of a listed version, None if it has none: one package's records list the same versions over and over."""
    try:
        return ordering_of(ecosystem).key(version)
    except InvalidVersionError:
        return None


class _Union:
    """Whether any of many spans holds a key, in logarithmic time: records are hostile, and may list thousands."""

    def __init__(self, spans: Iterable[tuple[bytes, bytes]]) -> None:
        self._lows: list[bytes] = []
        self._highs: list[bytes] = []
        for low, high in sorted(spans):
            if self._lows and low <= self._highs[-1]:
                self._highs[-1] = max(self._highs[-1], high)
            else:
                self._lows.append(low)
                self._highs.append(high)

    def __contains__(self, key: bytes) -> bool:
        place = bisect_right(self._lows, key) - 1
        return place >= 0 and key < self._highs[place]


def _doubt(versions: VersionRange) -> str:
    if versions.needs_commit:
        return "the record names affected commits alone: it needs the commit that this was built from"
    reasons = []
    if versions.problems and not versions.unknown:
        more = "" if len(versions.problems) <= _SHOWN else f" and {len(versions.problems) - _SHOWN} more"
        reasons.append(f"the record's bounds are no versions: {', '.join(versions.problems[:_SHOWN])}{more}")
    if not is_supported(versions.ecosystem):
        try:
            versions.contains(_NO_VERSION)
        except UnsupportedEcosystemError as error:
            reasons.append(error.message)
    return "; ".join(reasons)
