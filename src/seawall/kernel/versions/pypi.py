"""PyPI: PEP 440, and below it what was released before PEP 440.

Layout of a key: 0x02, epoch, release without trailing zeros, then one mark each for pre-release, post-release,
development release and local version, each followed by its number. The marks are below every number, so a shorter
release sorts first and the parts weigh in that order (PEP 440, "Summary of permitted suffixes and relative ordering").

Versions that PEP 440 does not allow (`0.9-eevee`, `2004d-final`) still stand in indexes and advisories. They get the
order that setuptools gave them, below every PEP 440 version, as OSV's own index does: 0x01 and the old sort key's
parts. `is_legacy` tells them apart. Text with white space, control or non-ASCII characters inside is no version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_LEGACY: Final = "\x01"
_MODERN: Final = "\x02"
_FINAL: Final = "\x06\x02\x03\x02"
"""Marks of a release that is no pre-, post-, development or local release."""
_PRE_MARKS: Final = {"a": "\x03", "alpha": "\x03", "b": "\x04", "beta": "\x04"}  # all other spellings mean rc
_PEP440: Final = re.compile(
    r"v?(?:([0-9]+)!)?"  # epoch
    r"([0-9]+(?:\.[0-9]+)*)"  # release
    r"(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?"
    r"(?:(?:-([0-9]+))|(?:[-_.]?(post|rev|r)[-_.]?([0-9]*)))?"
    r"(?:[-_.]?(dev)[-_.]?([0-9]*))?"
    r"(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?"
).fullmatch
_LOCAL_SEPARATORS: Final = re.compile(r"[-_.]").split
_LEGACY_PARTS: Final = re.compile(r"(\d+|[a-z]+|\.|-)").split
_LEGACY_WORDS: Final = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}
_LEGACY_CHARACTERS: Final = re.compile(r"[!-~]+").fullmatch


def key(text: str) -> bytes:
    """Return the key of a PyPI version.

    Raises:
        InvalidVersionError: The text is empty, too long, or holds white space or non-ASCII characters inside.
    """
    # Nine in ten versions are plain numbers with dots: no regular expression is needed for them.
    if len(text) <= MAX_CHARACTERS:
        try:
            release = [NUMBERS[part] for part in text.split(".")]
        except KeyError:
            return _general(text)
        while release and release[-1] == ZERO:
            release.pop()
        return f"{_MODERN}{ZERO}{''.join(release)}{_FINAL}".encode("latin-1")
    return _general(text)


def bound_key(text: str) -> bytes:
    """Return the key of a range's bound.

    A fix that is no PEP 440 version (`2019-09-12`, which advisories do name) must not sort below everything: it would
    seem to fix every release there is.

    Raises:
        InvalidVersionError: The text is no PEP 440 version.
    """
    found = key(text)
    return refuse(text, "PEP 440", "1.4.2 or 2.0rc1") if is_legacy(found) else found


def is_legacy(key: bytes) -> bool:
    """Whether the version is not one of PEP 440, so that its place in the order is a convention."""
    return key.startswith(_LEGACY.encode())


def _general(text: str) -> bytes:
    lowered = text.strip().lower()
    if len(lowered) > MAX_CHARACTERS or not _LEGACY_CHARACTERS(lowered):
        refuse(text, "PEP 440", "1.4.2 or 2.0rc1")
    match = _PEP440(lowered)
    if match is None:
        return (_LEGACY + "\x02".join(_legacy_parts(lowered))).encode("latin-1")
    epoch, release, pre, pre_number, dashed_post, post, post_number, dev, dev_number, local = match.groups()
    numbers = [NUMBERS[part] for part in release.split(".")]
    while numbers and numbers[-1] == ZERO:
        numbers.pop()
    out = [_MODERN, NUMBERS[epoch or "0"], *numbers]
    is_post = post is not None or dashed_post is not None
    if pre is not None:
        out += _PRE_MARKS.get(pre, "\x05"), NUMBERS[pre_number or "0"]
    else:
        out.append("\x02" if dev is not None and not is_post else "\x06")
    out += ("\x03", NUMBERS[dashed_post or post_number or "0"]) if is_post else ("\x02",)
    out += ("\x02", NUMBERS[dev_number or "0"]) if dev is not None else ("\x03",)
    out.append("\x02" if local is None else "\x03" + "".join(map(_local, _LOCAL_SEPARATORS(local))))
    return "".join(out).encode("latin-1")


def _local(segment: str) -> str:
    """Words sort below numbers; both marks are below every character, so a longer word sorts after its beginning."""
    return "\x05" + NUMBERS[segment] if segment.isdigit() else "\x04" + segment


def _legacy_parts(text: str) -> list[str]:
    """Return setuptools' sort key: words marked `*` so that they sort below numbers, and `*final` at the end."""
    parts: list[str] = []
    for part in _legacy_words(text):
        if part.startswith("*"):
            if part < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return parts


def _legacy_words(text: str) -> Iterator[str]:
    for found in _LEGACY_PARTS(text):
        part = _LEGACY_WORDS.get(found, found)
        if not part or part == ".":
            continue
        yield part.zfill(8) if part[0].isdigit() else "*" + part
    yield "*final"


ORDERING: Final = Ordering("PEP 440", key, bound_key)
