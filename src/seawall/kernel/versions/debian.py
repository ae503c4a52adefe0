r"""Debian and its children: `[epoch:]upstream[-revision]`, as `dpkg` reads and compares it.

Source: Debian Policy, section 5.6.12, and `dpkg --compare-versions`, which is the tests' oracle. What
`dpkg --validate-version` refuses is refused here: an empty or too large epoch, an empty revision, a version that does
not begin with a digit, characters that are not allowed, spaces inside. White space around it is skipped, as dpkg does.

Layout of a key: the epoch; upstream version; revision. The last two are sequences of a text without digits and a
number. The text ends with 0x02; `~` is 0x01 and so sorts even below the end; letters are themselves; `+-.:` lie above
the letters. The first text of an upstream version is empty and left out. An absent revision is the same as `0`, and
`1.0a` the same as `1.0a0`, since an absent number counts as zero.

Left out on purpose: negative and signed epochs (`-0:1`), which dpkg reads by accident of `strtol`.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_END: Final = "\x02"
_DOT: Final = "\x7d" + _END
"""A text that is only a dot, between two numbers."""
_BIGGEST_EPOCH: Final = 2**31 - 1
"""dpkg keeps an epoch in a C `int`."""
_SPACE: Final = " \t\n\r\v\f"
_UPSTREAM: Final = re.compile(r"[0-9][A-Za-z0-9.+~:-]*").fullmatch
_CHUNK: Final = re.compile(r"[0-9][A-Za-z0-9+~:-]*").fullmatch
_REVISION: Final = re.compile(r"[A-Za-z0-9.+~]+").fullmatch
_ORDER: Final = str.maketrans({"~": "\x01", "+": "\x7b", "-": "\x7c", ".": "\x7d", ":": "\x7e"})
_SPLIT: Final = re.compile(r"([0-9]+)").split
_REMEMBERED: Final = 16_384
_SHORT: Final = 16
"""Characters up to which a part is worth remembering."""


class _Chunks(dict[str, str]):
    """What stands between the dots of an upstream version to its code; `KeyError` if it begins with no digit."""

    def __missing__(self, chunk: str) -> str:
        if not _CHUNK(chunk):
            raise KeyError(chunk)
        code = _code(chunk)[:-1].removeprefix(_END)
        if len(chunk) <= _SHORT and len(self) < _REMEMBERED:
            self[chunk] = code
        return code


class _Revisions(dict[str, str]):
    """Revisions to their codes; the same few end most versions."""

    def __missing__(self, revision: str) -> str:
        if not _REVISION(revision):
            raise KeyError(revision)
        code = _code(revision) if revision[-1].isdigit() else _code(revision) + ZERO + _END
        if len(revision) <= _SHORT and len(self) < _REMEMBERED:
            self[revision] = code
        return code


_CHUNKS: Final = _Chunks()
_REVISIONS: Final = _Revisions()


def key(text: str) -> bytes:
    """Return the key of a version of a Debian package.

    Raises:
        InvalidVersionError: dpkg would not accept it.
    """
    if len(text) > MAX_CHARACTERS:
        _refuse(text)
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"
    try:
        if colon and int(epoch) > _BIGGEST_EPOCH:
            return _again(text)
        tail = _REVISIONS[revision]
        try:
            code = _DOT.join([_CHUNKS[chunk] for chunk in upstream.split(".")])
        except KeyError:
            if not _UPSTREAM(upstream):
                return _again(text)
            code = _code(upstream)[1:-1]  # a text that holds more than one dot
        end = _END if upstream[-1].isdigit() else _END + ZERO + _END
        return (NUMBERS[epoch] + code + end + tail).encode("latin-1")
    except (KeyError, ValueError):
        return _again(text)


def _code(part: str) -> str:
    """Return the code of texts and numbers in turn: first and last is a text, empty where a number stands there."""
    out = _SPLIT(part)
    out[::2] = [word.translate(_ORDER) + _END for word in out[::2]]
    out[1::2] = [NUMBERS[digits] for digits in out[1::2]]
    return "".join(out)


def _again(text: str) -> bytes:
    """Refuse the text, unless white space around it was all that was wrong."""
    stripped = text.strip(_SPACE)
    return key(stripped) if stripped != text else _refuse(text)


def _refuse(text: str) -> NoReturn:
    refuse(text, "Debian Policy 5.6.12", "1:2.36.1-8+deb12u1")


ORDERING: Final = Ordering("Debian (dpkg)", key)
