"""Families of weaknesses: two tools seldom choose the same number for the same bug.

`family` maps a CWE number to the entry that tools and people most often use for it (its ancestor in CWE's research
view, or the usual sibling), so that a report of CWE-121 and one of CWE-787 can meet. A weakness without an entry is its
own family. `inferred_family` reads the weakness out of a text that names no number. Left out on purpose: the rest of
CWE's tree; wide classes such as CWE-20 or CWE-119 join nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_FAMILIES: Final[dict[int, tuple[int, ...]]] = {
    22: (23, 24, 25, 26, 27, 28, 29, 31, 32, 35, 36, 37, 38, 39, 40, 73),
    79: (80, 81, 83, 84, 85, 86, 87, 116, 692),
    78: (77, 88),
    89: (564, 943),
    94: (95, 96, 1336),
    125: (126, 127),
    200: (201, 209, 532),
    287: (290, 302, 303, 304, 305, 306),
    327: (326, 328, 916),
    330: (331, 335, 337, 338),
    400: (770, 789, 1284),
    416: (415, 825),
    502: (915,),
    611: (776, 827),
    787: (120, 121, 122, 123, 124, 788, 805, 806),
    798: (259, 321),
    862: (285, 639, 863),
    1333: (185, 625, 730),
}
_FAMILY: Final = {number: family for family, numbers in _FAMILIES.items() for number in numbers}


def families_of(weaknesses: Iterable[str]) -> tuple[int, ...]:
    """Return the families of some weaknesses (`CWE-<n>`), without repeats, sorted."""
    numbers = (int(weakness[4:]) for weakness in weaknesses)
    return tuple(sorted({_FAMILY.get(number, number) for number in numbers}))


_PHRASES: Final = (
    (22, r"(?:path|directory)[ _-]traversal|zip[ _-]?slip"),
    (78, r"(?:command|shell|os)[ _-](?:command[ _-])?injection"),
    (79, r"cross[ _-]site[ _-]scripting|\bxss\b"),
    (89, r"\bsql[ _-]?injection|\bsqli\b"),
    (94, r"(?:code|template)[ _-]injection"),
    (295, r"certificate[ _-]validation"),
    (327, r"weak[ _-](?:hash|cipher|crypto\w*)"),
    (352, r"cross[ _-]site[ _-]request[ _-]forgery|\bcsrf\b"),
    (416, r"use[ _-]after[ _-]free|double[ _-]free"),
    (502, r"(?:insecure|unsafe|untrusted)[ _-]deseriali[sz]ation"),
    (601, r"open[ _-]redirect"),
    (611, r"xml[ _-]external[ _-]entit|\bxxe\b"),
    (787, r"(?:buffer|heap|stack)[ _-](?:buffer[ _-])?overflow|out[ _-]of[ _-]bounds[ _-]write"),
    (798, r"hard[ _-]?coded[ _-](?:credential|password|secret|key)"),
    (862, r"missing[ _-]authori[sz]ation"),
    (918, r"server[ _-]side[ _-]request[ _-]forgery|\bssrf\b"),
    (1321, r"prototype[ _-]pollution"),
    (1333, r"\bredos\b|regex\w*[ _-]denial[ _-]of[ _-]service|catastrophic[ _-]backtracking"),
)
_ANY_PHRASE: Final = re.compile("|".join(f"(?P<f{number}>{phrase})" for number, phrase in _PHRASES), re.IGNORECASE)


def inferred_family(*texts: str) -> tuple[int, ...]:
    """Return the family that the first telling text speaks of, if it speaks of one and no other; else nothing.

    For comparing only: a weakness that nobody named is never written into a case.
    """
    for text in texts:
        found = {int(match.lastgroup[1:]) for match in _ANY_PHRASE.finditer(text[:5000]) if match.lastgroup}
        if found:
            return tuple(found) if len(found) == 1 else ()
    return ()
