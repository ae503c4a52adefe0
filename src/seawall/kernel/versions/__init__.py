"""Versions: one file for each ordering, a registry, and ranges of versions."""

from seawall.kernel.versions.interface import InvalidVersionError, Ordering, UnsupportedEcosystemError
from seawall.kernel.versions.ranges import CommitRange, Match, Span, VersionRange
from seawall.kernel.versions.registry import SUPPORTED, is_supported, ordering_of, version_key
from seawall.kernel.versions.spans import InvalidRangeError

__all__ = [
    "SUPPORTED",
    "CommitRange",
    "InvalidRangeError",
    "InvalidVersionError",
    "Match",
    "Ordering",
    "Span",
    "UnsupportedEcosystemError",
    "VersionRange",
    "is_supported",
    "ordering_of",
    "version_key",
]
