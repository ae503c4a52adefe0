"""Limits on everything that is read. Each field has a unit; a reader that has no limit is a defect."""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Limits(msgspec.Struct, frozen=True):
    """Bounds for one reader of hostile input."""

    bytes: int = 512 * MIB
    """Largest document, in bytes."""
    depth: int = 128
    """Deepest nesting of arrays and objects, in levels."""
    string_bytes: int = 16 * MIB
    """Longest single token or line, in bytes."""
    items: int = 5_000_000
    """Most findings taken from one document."""
    seconds: float = 600.0
    """Longest time spent on one document, in seconds of wall time."""


DEFAULT_LIMITS = Limits()
