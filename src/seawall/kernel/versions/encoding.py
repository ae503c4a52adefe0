"""Numbers of any size as text that sorts as they do.

A number is one tag character, 0x20 plus the count of its digits, and its digits without leading zeros: a number with
more digits is larger, and among equally many the digits decide. Zero has no digits, so it is the tag 0x20 alone.
Characters below 0x20 are left for the orderings' own markers, which therefore sort below every number. Keys are
built as text and turned into bytes (Latin-1) once: that is the fastest way that CPython offers.
"""

from __future__ import annotations

from typing import Final

from seawall.kernel.versions.interface import MAX_CHARACTERS

_TAG: Final = 0x20
ZERO: Final = chr(_TAG)
"""The number zero, encoded."""
_REMEMBERED: Final = 65_536
"""How many numbers are kept encoded; hostile input cannot make it more."""
_SHORT: Final = 8
"""Digits up to which a number is worth remembering."""


class _Numbers(dict[str, str]):
    """ASCII digits to their code; remembers short ones, since the same few numbers make up most versions."""

    def __missing__(self, digits: str) -> str:
        if not (digits.isascii() and digits.isdigit()) or len(digits) > MAX_CHARACTERS:
            raise KeyError(digits)
        significant = digits.lstrip("0")
        code = chr(_TAG + len(significant)) + significant
        if len(digits) <= _SHORT and len(self) < _REMEMBERED:
            self[digits] = code
        return code


NUMBERS: Final = _Numbers()
"""`NUMBERS["17"]` is the code of 17; a `KeyError` says that the text is no plain decimal number."""
