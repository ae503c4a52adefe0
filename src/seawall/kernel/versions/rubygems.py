r"""RubyGems: `Gem::Version`.

A version is split into numbers and words (`1.0.a10` is 1, 0, a, 10); `-` means `.pre.`. Zeros at the end of the numbers
before the first word, and at the end of the rest, do not count. Words sort below numbers, and what is missing counts as
zero: `1.a` < `1` = `1.0` < `1.0.1` (source of `Gem::Version#<=>`).

Because what is missing counts as zero, a key cannot simply end. It is a list of steps, each one a run of `k` zeros and
what comes after them, in the order in which they compare to nothing but zeros:

- 0x02, `k`, a word: below the end, and the further from it the fewer zeros go before the word;
- 0x03, the end;
- 0x04, 0xFE less `k`, a number: above the end, and the further from it the fewer zeros go before the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_END: Final = "\x03"
_WORD_STEPS: Final = ["\x02" + chr(0x20 + zeros) for zeros in range(MAX_CHARACTERS)]
_NUMBER_STEPS: Final = ["\x04" + chr(0xFE - zeros) for zeros in range(MAX_CHARACTERS)]
_VERSION: Final = re.compile(
    r"\s*[0-9]+(?:\.[0-9a-z]+)*(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?\s*", re.IGNORECASE | re.ASCII
).fullmatch
_SEGMENTS: Final = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE | re.ASCII).findall


def key(text: str) -> bytes:
    """Return the key of a gem's version.

    Raises:
        InvalidVersionError: `Gem::Version.correct?` would refuse it, or it is empty.
    """
    if len(text) <= MAX_CHARACTERS:
        try:
            return _key([NUMBERS[part] for part in text.split(".")], ())
        except KeyError:
            pass
    if len(text) > MAX_CHARACTERS or not _VERSION(text):
        refuse(text, "RubyGems", "1.4.2 or 2.0.0.rc1")
    segments = _SEGMENTS(text.replace("-", ".pre."))
    first = next((place for place, segment in enumerate(segments) if not segment.isdigit()), len(segments))
    rest = [NUMBERS[segment] if segment.isdigit() else segment for segment in segments[first:]]
    return _key([NUMBERS[segment] for segment in segments[:first]], rest)


def _key(numbers: list[str], rest: Iterable[str]) -> bytes:
    while numbers and numbers[-1] == ZERO:
        numbers.pop()
    out: list[str] = []
    zeros = 0
    for code in (*numbers, *rest):
        if code == ZERO:
            zeros += 1
            continue
        out += (_WORD_STEPS if code.isalpha() else _NUMBER_STEPS)[zeros], code
        zeros = 0
    out.append(_END)  # zeros before it do not count
    return "".join(out).encode("latin-1")


ORDERING: Final = Ordering("Gem::Version", key)
