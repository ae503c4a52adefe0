r"""RPM: `[epoch:]version[-release]`, as `rpmVersionCompare` orders them.

Source: rpm's `rpmvercmp` and `rpmver`, reachable as `rpm.vercmp` in its Lua interpreter, which is the tests' oracle. A
version is cut into runs of digits, runs of letters, `~` and `^`; whatever else stands between them separates and does
not count, so that `2_0` is `2.0`. Order at each place: `~`, end, `^`, letters, number.

Layout of a key: the epoch, the version, then 0x01 without a release, or 0x02 and the release: a version without a
release sorts below the same version with any. Version and release are codes of their parts and 0x02 for the end:
`~` 0x01, `^` 0x03, letters 0x04 + themselves + 0x01, numbers as `encoding.py` has them.

rpm compares any text and so does this; refused is only what can be no version in any package: an empty version, white
space and control characters. An epoch is digits before a colon; anything else before a colon belongs to the version.
Left out on purpose: that a dependency without a release matches every release; that is a rule of ranges.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_END: Final = "\x02"
_NO_RELEASE: Final = "\x01"
_RELEASE: Final = "\x02"
_PARTS: Final = re.compile(r"[0-9]+|[A-Za-z]+|[~^]").findall
_REMEMBERED: Final = 16_384
_SHORT: Final = 16
"""Characters up to which a chunk is worth remembering."""


class _Chunks(dict[str, str]):
    """What stands between the dots of a version to its code; `KeyError` where no package could hold it."""

    def __missing__(self, chunk: str) -> str:
        if not chunk.isprintable() or any(map(str.isspace, chunk)):
            raise KeyError(chunk)
        code = "".join(map(_code, _PARTS(chunk)))
        if len(chunk) <= _SHORT and len(self) < _REMEMBERED:
            self[chunk] = code
        return code


_CHUNKS: Final = _Chunks()
_MARKS: Final = {"~": "\x01", "^": "\x03"}


def key(text: str) -> bytes:
    """Return the key of an epoch, version and release.

    Raises:
        InvalidVersionError: The version is empty or too long, or holds white space or control characters.
    """
    head, colon, rest = text.partition(":")
    epoch = ZERO
    if colon and (not head or (head.isascii() and head.isdigit())):
        epoch = NUMBERS[head or "0"] if len(text) <= MAX_CHARACTERS else ZERO
    else:
        rest = text
    version, dash, release = rest.rpartition("-")
    if not dash:
        version = rest
    if not version or len(text) > MAX_CHARACTERS:
        _refuse(text)
    try:
        code = "".join([_CHUNKS[chunk] for chunk in version.split(".")])
        if dash:
            released = "".join([_CHUNKS[chunk] for chunk in release.split(".")])
            return f"{epoch}{code}{_END}{_RELEASE}{released}{_END}".encode("latin-1")
    except KeyError:
        _refuse(text)
    return f"{epoch}{code}{_END}{_NO_RELEASE}".encode("latin-1")


def _code(part: str) -> str:
    return NUMBERS[part] if part[0].isdigit() else _MARKS.get(part) or f"\x04{part}\x01"


def _refuse(text: str) -> NoReturn:
    refuse(text, "RPM", "1:3.0.7-24.el9")


ORDERING: Final = Ordering("RPM (rpmvercmp)", key)
