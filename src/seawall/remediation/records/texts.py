"""What the readers of records that name products share: how texts are cut, and what an undecided product is."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from seawall.kernel.versions import Span, VersionRange

GENERIC: Final = "generic"
"""Whose order the versions of products follow: nobody's in particular."""


def undecided(reason: str) -> VersionRange:
    """Return the range of a product of which no version can be decided, for this reason."""
    return replace(VersionRange.from_osv(GENERIC), unknown=(Span(b"", None, "0", None, remark=reason),))


def shortened(text: str, characters: int) -> str:
    """Cut text at a word so that it has at most so many characters."""
    if len(text) <= characters:
        return text
    return text[: characters - 1].rsplit(" ", 1)[0].rstrip(" .,;") + "…"
