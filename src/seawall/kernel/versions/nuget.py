"""NuGet: Semantic Versioning 2.0.0 with a fourth number, and without regard to case.

Missing numbers are zero (`1.0` is `1.0.0.0`), leading zeros do not count, build metadata is no part of the order, and
pre-release identifiers are compared without regard to case ("Package versioning" of NuGet's documentation, and
`NuGet.Versioning.VersionComparer`). Layout of a key: that of `semver.py`, with four numbers.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse
from seawall.kernel.versions.semver import PRERELEASE, RELEASE, identifiers

_PARTS: Final = 4
_MISSING: Final = tuple(ZERO * (_PARTS - count) + RELEASE for count in range(_PARTS + 1))
"""What follows so many numbers of a release."""
_VERSION: Final = re.compile(
    r"\s*v?([0-9]+(?:\.[0-9]+){0,3})"
    r"(?:-([0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z-]+(?:\.[0-9a-z-]+)*)?\s*",
    re.IGNORECASE | re.ASCII,
).fullmatch


def key(text: str) -> bytes:
    """Return the key of a NuGet package's version.

    Raises:
        InvalidVersionError: It is not one to four numbers with at most a pre-release and build metadata.
    """
    if len(text) <= MAX_CHARACTERS and "-" not in text and "+" not in text:
        parts = (text if text[:1] != "v" else text[1:]).split(".")
        if len(parts) <= _PARTS:
            try:
                return ("".join([NUMBERS[part] for part in parts]) + _MISSING[len(parts)]).encode("latin-1")
            except KeyError:
                pass
    match = _VERSION(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        refuse(text, "NuGet", "1.4.2, 1.4.2.7 or 2.0.0-rc.1")
    numbers = [NUMBERS[part] for part in match[1].split(".")]
    missing = _MISSING[len(numbers)]
    if match[2] is not None:
        missing = missing[:-1] + PRERELEASE + identifiers(match[2].lower())
    return ("".join(numbers) + missing).encode("latin-1")


ORDERING: Final = Ordering("NuGet", key)
