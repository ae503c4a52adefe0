"""Keys of the candidate index: 63-bit numbers whose upper half is the product.

Findings arrive by report and a report is about one product, so keys that begin with the product fall onto the same few
pages of the index: an insert touches what is in the cache, however large the index grows. Equal keys only make
candidates; each pair is compared afterwards, so a collision costs a comparison and never a wrong merge.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

_LOWER: Final = 32
_PLACE: Final = 1 << 31
"""Set in the lower half of keys of places and hints; text bands keep it clear."""


def product_prefix(product: int) -> int:
    """Return the upper half: 31 bits of the product's hash."""
    return (product & 0x7FFF_FFFF) << _LOWER


def place_key(prefix: int, kind: str, text: str) -> int:
    """Return the key of something named inside a product; `kind` keeps kinds of names apart."""
    return prefix | _PLACE | (crc32(f"{kind}\0{text}".encode()) & 0x7FFF_FFFF)


def band_key(prefix: int, band: int, rows: bytes) -> int:
    """Return the key of one LSH band: its number (below 128) and its 3 signature bytes, as they are."""
    return prefix | band << 24 | int.from_bytes(rows, "big")
