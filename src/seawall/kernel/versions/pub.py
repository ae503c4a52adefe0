"""Pub: Semantic Versioning, and build metadata counts.

Dart's package manager orders `1.2.3+1` before `1.2.3+2` and both after `1.2.3` (dart.dev, "Package versioning", and
`pub_semver`). Layout of a key: that of `semver.py`, then 0x02 without build metadata, or 0x03 and its identifiers.
"""

from __future__ import annotations

from typing import Final

from seawall.kernel.versions.interface import Ordering
from seawall.kernel.versions.semver import identifiers, ordered_part


def key(text: str) -> bytes:
    """Return the key of a Dart package's version.

    Raises:
        InvalidVersionError: The text is no semantic version.
    """
    ordered, build = ordered_part(text)
    return (ordered + ("\x03" + identifiers(build) if build else "\x02")).encode("latin-1")


ORDERING: Final = Ordering("pub_semver", key)
