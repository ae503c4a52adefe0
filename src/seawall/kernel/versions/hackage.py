"""Hackage and GHC: the Haskell Package Versioning Policy.

Whole numbers, separated by `.`, compared one by one; of two versions of which one begins the other the shorter sorts
first (`Distribution.Version`). A key is the codes of the numbers. Cabal refuses leading zeros; here they do not count.
Left out on purpose: tags (`1.2-beta`), which Hackage has refused since 2008.
"""

from __future__ import annotations

from typing import Final

from seawall.kernel.versions.encoding import NUMBERS
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse


def key(text: str) -> bytes:
    """Return the key of a Haskell package's version.

    Raises:
        InvalidVersionError: It is not numbers separated by `.`.
    """
    if len(text) <= MAX_CHARACTERS:
        try:
            return "".join([NUMBERS[part] for part in text.split(".")]).encode("latin-1")
        except KeyError:
            pass
    return refuse(text, "Hackage", "1.4.2.0")


ORDERING: Final = Ordering("Haskell PVP", key)
