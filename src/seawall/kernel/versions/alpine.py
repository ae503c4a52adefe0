r"""Alpine and its relatives: `digits{.digits}…{letter}{_suffix{digits}}…{~hash}{-rN}`, as apk-tools 3 compares.

Source: apk-tools, `src/version.c` and its test table. What `apk version --check` refuses is refused here. Rules that
surprise:

- A component that begins with 0 is compared as text, like a fraction: `1.010 < 1.02 < 1.1`; not so the first one.
- `_alpha _beta _pre _rc` lie below the release, `_cvs _svn _git _hg _p` above it; a number or more suffixes may follow.
- At one place the order is: suffix of a pre-release, end, `-rN`, `~hash`, number of a suffix, suffix of a later one,
  letter, component.
- apk-tools 2 also took digits after the letter (`6.6.2p1-r0`), and Alpine shipped such versions: they are read, and a
  component after a letter lies above everything else at that place, as it did there.

Where apk-tools 2 and 3 differ (`1.0` and `1.00`, `1.02` and `1.010`), 3 counts. Layout of a key: the first number; a
mark and what belongs to it for each part; 0x06 for the end. Marks are below 0x20, where numbers and text begin.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_END: Final = "\x06"
_REVISION: Final = "\x07"
_HASH: Final = "\x08"
_SUFFIX_NUMBER: Final = "\x09"
_LETTER: Final = "\x10"
_COMPONENT: Final = "\x11"
_SUFFIXES: Final = {
    "alpha": "\x01",
    "beta": "\x02",
    "pre": "\x03",
    "rc": "\x04",
    "cvs": "\x0a",
    "svn": "\x0b",
    "git": "\x0c",
    "hg": "\x0d",
    "p": "\x0e",
}
_VERSION: Final = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)"
    r"((?:[a-z][0-9]+(?:\.[0-9]+)*)*[a-z]?)"
    r"((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~([0-9a-f]+))?"
    r"(?:-r([0-9]+))?"
).fullmatch
_BEHIND_A_LETTER: Final = re.compile(r"[a-z]|[0-9]+").findall
_SUFFIX: Final = re.compile(r"_([a-z]+)([0-9]*)").findall
_REMEMBERED: Final = 65_536
_SHORT: Final = 8
"""Digits up to which a component is worth remembering."""


class _Components(dict[str, str]):
    """Components behind the first to their codes: a number, or a fraction where it begins with 0."""

    def __missing__(self, digits: str) -> str:
        number = NUMBERS[digits]
        code = _COMPONENT + (ZERO + digits if digits[0] == "0" else number)
        if len(digits) <= _SHORT and len(self) < _REMEMBERED:
            self[digits] = code
        return code


_COMPONENTS: Final = _Components()


def key(text: str) -> bytes:
    """Return the key of a version of an Alpine package.

    Raises:
        InvalidVersionError: apk would not accept it.
    """
    if len(text) <= MAX_CHARACTERS:
        body, dash, revision = text.partition("-r")
        first, *rest = body.split(".")
        try:
            code = NUMBERS[first] + "".join([_COMPONENTS[digits] for digits in rest])
            end = _REVISION + NUMBERS[revision] + _END if dash else _END
        except KeyError:
            return _general(text)
        return (code + end).encode("latin-1")
    return _general(text)


def _general(text: str) -> bytes:
    match = _VERSION(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        refuse(text, "apk-tools", "1.2.4_git20230717-r4")
    first, components, letters, suffixes, commit, revision = match.groups()
    code = NUMBERS[first]
    if components:
        code += "".join([_COMPONENTS[digits] for digits in components[1:].split(".")])
    if letters:
        code += _lettered(letters)
    if suffixes:
        for suffix, digits in _SUFFIX(suffixes):
            code += _SUFFIXES[suffix] + (_SUFFIX_NUMBER + NUMBERS[digits] if digits else "")
    if commit:
        code += _HASH + commit
    if revision:
        code += _REVISION + NUMBERS[revision]
    return (code + _END).encode("latin-1")


def _lettered(text: str) -> str:
    """Letters, and the digits that apk-tools 2 allowed behind them: those directly behind a letter are a number."""
    out, behind_letter = [], False
    for part in _BEHIND_A_LETTER(text):
        if part.isdigit():
            out.append(_COMPONENT + NUMBERS[part] if behind_letter else _COMPONENTS[part])
        else:
            out.append(_LETTER + part)
        behind_letter = not part.isdigit()
    return "".join(out)


ORDERING: Final = Ordering("Alpine (apk-tools)", key)
