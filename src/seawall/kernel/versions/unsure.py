"""Where Seawall's own order of vendors' versions is a guess: what `generic` keys say, and what they do not.

`generic` is total, so it has a place for `17.02` beside `S17.01` and `S17.03` too. That place means nothing: a vendor
who writes `S` counts in another way than an inventory that leaves it out, and `16.0.5` may well be `V16 Update 5`. What
rests on such a place is a doubt, never an answer.

Two keys are *surely* ordered unless they part where

- they begin in different ways: number, word (`S`, `VMS`), mark (`SP 3`, `Build 77`), revision letter, or date; or
- further on, one has a number and the other a word or a mark of something later than the release (`16 Update 5` and
  `16.0.5`, `2020 R1` and `2020.1`). A pre-release is surely below the number that follows: `3.2 rc1` and `3.2.1`.

Where one ends and the other goes on, the order is sure, and so it is above a bound that stands for all of a series
(`6.6.*`). Two different words at one place keep the order that `generic` describes. Zero, which has no number at all
as a key, is surely below every version that begins with one.

Invariant: the relation is symmetric. What may not be compared with a key are a few stretches of keys, so that an index
and a store can be asked for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS
from seawall.kernel.versions.spans import CEILING

Stretch = tuple[bytes, bytes]
"""Keys from the first up to, not including, the second."""

END: Final = 0x07
WORD: Final = 0x0D
WORD_END: Final = 0x01
LONE: Final = 0x0E
"""Mark of a version that is one letter and nothing else."""
DATE: Final = 0x0F
"""Mark of a date, before its year."""
_PARTS: Final = re.compile(r"[0-9]+|[a-z]+").findall
_NUMBER: Final = 0x20
_MARKS: Final = b"\x02"
"""The lowest mark there is; those of pre-releases reach up to the end's."""
_ZERO: Final = bytes((END,))
_ABOVE_ZERO: Final = bytes((END + 1,))
"""The lowest mark of something later than the release; those and words reach up to numbers."""
_NUMBERS: Final = bytes((_NUMBER,))
_SERIES: Final = NUMBERS[CEILING].encode("latin-1")
_ABOVE: Final = b"\xff"


def unsure(key: bytes) -> tuple[Stretch, ...]:
    """Return the stretches in which the order of other keys against this one is a guess.

    Args:
        key: A key of `generic`, or the key of a bound: with 0x00 behind it, or below or above every version.
    """
    if not key or key >= _ABOVE:
        return ()
    position = _next(key, 0)
    out = [*_beginnings(key[:position])]
    if key[0] not in {END, LONE, DATE}:
        out += _inside(key, position)
    return tuple(stretch for stretch in out if stretch[0] < stretch[1])


def verdict(low: bytes, high: bytes | None, key: bytes, guesses: Sequence[Stretch]) -> bool | None:
    """Say whether keys from `low` up to, not including, `high` hold a key; None: only a guess could tell.

    Args:
        low: Inclusive.
        high: None: no end.
        key: The key that is asked for.
        guesses: What `unsure` says of it.
    """
    low_unsure = any(start <= low < end for start, end in guesses)
    high_unsure = high is not None and any(start <= high < end for start, end in guesses)
    if (not low_unsure and key < low) or (high is not None and not high_unsure and high <= key):
        return False
    return None if low_unsure or high_unsure else True


def told_unsure(version: str, bound: str) -> str:
    """Say in words that nothing follows from the order of two versions."""
    return f"{version} and {bound} are written differently: a person should compare them"


def listed_alike(version: str, listed: str) -> str:
    """Say in words that a listed version may be this one in another spelling; empty: it is not, or is the same text.

    For ecosystems whose order is not known, such as the tags that OSS-Fuzz lists (`OpenSSL_1_1_1a`, `v1.1.1a`).
    """
    if version == listed or _spelt(version) != _spelt(listed):
        return ""
    return f"the record lists {listed}, which may be {version} in another spelling"


def _spelt(text: str) -> list[str]:
    """What counts of a tag: its first number and all numbers and words behind it."""
    parts = _PARTS(text.lower())
    first = next((place for place, part in enumerate(parts) if part.isdigit()), len(parts))
    return parts[first:] or parts


def _beginnings(own: bytes) -> tuple[Stretch, ...]:
    """The stretches of keys that begin in another way than with this part."""
    if own[0] == END:
        return ((_MARKS, _ZERO),)
    if own[0] >= _NUMBER:
        return (_MARKS, _ZERO), (_ABOVE_ZERO, _NUMBERS)
    above = own[:-1] + bytes((own[-1] + 1,))
    if own[0] < END:
        return (_MARKS, own), (above, _ABOVE)
    return (_MARKS, _ZERO), (_ABOVE_ZERO, own), (above, _ABOVE)


def _inside(key: bytes, position: int) -> Iterator[Stretch]:
    """The stretches of keys that begin alike and then have a word for a number, or a number for a word."""
    while key[position] != END:
        tag, prefix, end = key[position], key[:position], _next(key, position)
        if tag >= _NUMBER and key[position:end] != _SERIES:
            yield prefix + _ABOVE_ZERO, prefix + _NUMBERS
        elif END < tag < _NUMBER:
            yield prefix + _NUMBERS, prefix + _SERIES
        position = end


def _next(key: bytes, position: int) -> int:
    """Where the part that begins here ends."""
    tag = key[position]
    if tag >= _NUMBER:
        return position + 1 + tag - _NUMBER
    if tag == WORD:
        return key.index(WORD_END, position) + 1
    return position + 1
