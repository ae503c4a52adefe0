"""npm, crates.io, Go, Hex and Swift: Semantic Versioning 2.0.0, section 11.

Layout of a key: major, minor and patch; 0x03 for a release, or 0x02 for a pre-release and then its identifiers, each
with a mark (0x04 number, 0x05 word) that is below every character: numbers sort below words, and of two lists of which
one begins the other the shorter sorts first. Build metadata is no part of the order, so versions that differ in it
alone have one key.

Read more leniently than the standard, since inventories and advisories are: a leading `v` or `=` (Go's tags, npm) is
skipped, missing minor and patch count as zero (as OSV's index reads them), and leading zeros do not count.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

RELEASE: Final = "\x03"
PRERELEASE: Final = "\x02"
_SEMVER: Final = re.compile(
    r"\s*=?[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\s*",
    re.ASCII,
).fullmatch


def key(text: str) -> bytes:
    """Return the key of a semantic version.

    Raises:
        InvalidVersionError: The text is not `major.minor.patch` with at most a pre-release and build metadata.
    """
    if len(text) <= MAX_CHARACTERS and "-" not in text:
        try:
            major, minor, patch = text.split(".")
            return f"{NUMBERS[major]}{NUMBERS[minor]}{NUMBERS[patch]}{RELEASE}".encode("latin-1")
        except (KeyError, ValueError):
            pass
    return ordered_part(text)[0].encode("latin-1")


def ordered_part(text: str) -> tuple[str, str]:
    """Return the key as text, and the build metadata, empty if there is none.

    Raises:
        InvalidVersionError: As for `key`.
    """
    match = _SEMVER(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        refuse(text, "Semantic Versioning", "1.4.2 or 2.0.0-rc.1")
    major, minor, patch, prerelease, build = match.groups()
    numbers = NUMBERS[major] + (NUMBERS[minor] if minor else ZERO) + (NUMBERS[patch] if patch else ZERO)
    end = RELEASE if prerelease is None else PRERELEASE + identifiers(prerelease)
    return numbers + end, build or ""


def identifiers(dotted: str) -> str:
    """Return the code of dot-separated identifiers."""
    return "".join("\x04" + NUMBERS[part] if part.isdigit() else "\x05" + part for part in dotted.split("."))


ORDERING: Final = Ordering("Semantic Versioning 2.0.0", key)
