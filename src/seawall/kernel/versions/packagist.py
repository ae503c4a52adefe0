r"""Packagist: Composer's normal form, in the order of PHP's `version_compare`.

Composer writes a version as four numbers and a stability (`v1.2b3` is `1.2.0.0-beta3`), or as the numbers of a date,
or as a numbered branch (`1.x-dev` is `1.9999999.9999999.9999999-dev`), and compares by `version_compare`
(`Composer\Semver\VersionParser::normalize`, PHP manual). What Composer refuses but advisories do name (`1.0-foo`) gets
its numbers in that form and the rest as PHP compares it. A branch without a number (`dev-main`) has no place in the
order, nor has `#`, which PHP calls equal to versions that differ from each other.

Layout of a key: for each part a number's code, or the mark of a word; then the mark of the end. PHP knows these words
by their beginnings, from low to high: anything else, dev, alpha, beta, RC, the end, numbers, patch level. It calls all
words that it does not know equal.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_OTHER, _DEV, _ALPHA, _BETA, _RC, _END, _PATCH = "\x02", "\x03", "\x04", "\x05", "\x06", "\x07", "\xfd"
_BEGINNINGS: Final = (("dev", _DEV), ("a", _ALPHA), ("b", _BETA), ("RC", _RC), ("rc", _RC), ("p", _PATCH))
_STABILITIES: Final = {"a": _ALPHA, "b": _BETA, "r": _RC, "p": _PATCH}
"""By the first letter of a word that Composer takes for a stability."""
_PARTS: Final = 4
_MISSING: Final = tuple(ZERO * (_PARTS - count) + _END for count in range(_PARTS + 1))
"""What follows so many numbers of a release."""
_V: Final = frozenset("vV")
_MAJOR_DIGITS: Final = 5
_ANY: Final = "9999999"
_FLAGS: Final = re.IGNORECASE | re.ASCII
_MODIFIER: Final = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*)?)?([.-]?dev)?"
_CLASSIC: Final = re.compile(r"v?([0-9]{1,5}(?:\.[0-9]+){0,3})" + _MODIFIER, _FLAGS).fullmatch
_DATE: Final = re.compile(r"v?([0-9]{4}(?:[.:-]?[0-9]{2}){1,6}(?:[.:-]?[0-9]{1,3})?)" + _MODIFIER, _FLAGS).fullmatch
_NUMBERED_BRANCH: Final = re.compile(r"v?([0-9]+(?:\.(?:[0-9]+|[x*])){0,3})[.-]?dev", _FLAGS).fullmatch
_NAMED_BRANCH: Final = re.compile(r"dev-.*|master|trunk|default", _FLAGS).fullmatch
_SUFFIX: Final = re.compile(r"@(?:stable|rc|beta|alpha|dev)$|(?<=.)\+\S+$", _FLAGS)
_CHARACTERS: Final = re.compile(r"[!\"$-~]+").fullmatch
_LEADING: Final = re.compile(r"v?([0-9]+(?:\.[0-9]+){0,3})", _FLAGS).match
_NUMBERS_IN: Final = re.compile(r"[0-9]+").findall
_PHP_PARTS: Final = re.compile(r"[0-9]+|[^0-9._+-]+").findall


def key(text: str) -> bytes:
    """Return the key of a Composer package's version.

    Raises:
        InvalidVersionError: It is empty, holds white space or non-ASCII characters, or is a branch without a number.
    """
    parts = (text[1:] if text[:1] in _V else text).split(".")
    count = len(parts)
    if count <= _PARTS and len(parts[0]) <= _MAJOR_DIGITS and len(text) <= MAX_CHARACTERS:
        last = parts[-1]
        if last.isdigit():
            try:
                return ("".join([NUMBERS[part] for part in parts]) + _MISSING[count]).encode("latin-1")
            except KeyError:
                pass
    return _general(text)


def _general(text: str) -> bytes:
    version = text.strip()
    if len(version) > MAX_CHARACTERS or not _CHARACTERS(version) or _NAMED_BRANCH(version):
        refuse(text, "Composer", "1.4.2 or 2.0.0-RC1; a branch without a number has no place in the order")
    version = _SUFFIX.sub("", version)
    if match := _CLASSIC(version):
        numbers = [NUMBERS[part] for part in match[1].split(".")]
        numbers += [ZERO] * (_PARTS - len(numbers))
    elif match := _DATE(version):
        numbers = [NUMBERS[part] for part in _NUMBERS_IN(match[1])]
    elif match := _NUMBERED_BRANCH(version):
        named = [NUMBERS[part if part.isdigit() else _ANY] for part in match[1].split(".")]
        numbers = named + [NUMBERS[_ANY]] * (_PARTS - len(named))
        return ("".join(numbers) + _DEV + _END).encode("latin-1")
    else:
        return _as_php(version)
    stability, counters, dev = match[2], match[3], match[4]
    if stability is None:
        return ("".join(numbers) + (_DEV if dev else "") + _END).encode("latin-1")
    if stability.lower() == "stable":
        return ("".join(numbers) + _END).encode("latin-1")
    numbers.append(_STABILITIES[stability[0].lower()])
    numbers += [NUMBERS[counter] for counter in _NUMBERS_IN(counters)]
    return ("".join(numbers) + (_DEV if dev else "") + _END).encode("latin-1")


def _as_php(version: str) -> bytes:
    """The key of what Composer refuses: its leading numbers in the normal form, the rest as PHP sees it."""
    head = _LEADING(version)
    numbers = [NUMBERS[part] for part in head[1].split(".")] if head else []
    numbers += [ZERO] * (_PARTS - len(numbers))
    rest = _PHP_PARTS(version[head.end() if head else 0 :])
    return ("".join([*numbers, *(NUMBERS[p] if p.isdigit() else _word(p) for p in rest)]) + _END).encode("latin-1")


def _word(text: str) -> str:
    return next((mark for beginning, mark in _BEGINNINGS if text.startswith(beginning)), _OTHER)


ORDERING: Final = Ordering("Composer", key)
