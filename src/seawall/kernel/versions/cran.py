"""CRAN and Bioconductor: R's `package_version`.

Whole numbers, separated by `.` or `-`, which mean the same; compared one by one, and of two versions of which one
begins the other the shorter sorts first (R manual, `numeric_version`). A key is the codes of the numbers.
"""

from __future__ import annotations

from typing import Final

from seawall.kernel.versions.encoding import NUMBERS
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse


def key(text: str) -> bytes:
    """Return the key of an R package's version.

    Raises:
        InvalidVersionError: It is not numbers separated by `.` or `-`.
    """
    if len(text) <= MAX_CHARACTERS:
        try:
            return "".join([NUMBERS[part] for part in text.replace("-", ".").split(".")]).encode("latin-1")
        except KeyError:
            pass
    return refuse(text, "R", "1.4.2 or 0.9-7")


ORDERING: Final = Ordering("R package_version", key)
