r"""Maven: the order of `ComparableVersion`, as of Maven 3.8.7.

A version is split at `.`, at `-`, and between digits and letters. A `-` and such a change open a list inside the list
before it, and so does a qualifier, unless it stands between a dot and another separator: `1.0-alpha2.3` is
`[1, 0, [alpha, [2, 3]]]`, `1.0.fl.3` is `[1, 0, fl, 3]`. What counts for nothing (`0`, `ga`, `final`, `release`) is
taken off the end of each list. Lists are compared item by item; at one place

    alpha < beta < milestone < rc = cr < snapshot < a list that begins with one of these < zeros before one of these
      < the end < sp < other words in alphabetical order < a list that begins with one of these or a number < a number

Case does not count; `a`, `b` and `m` before a digit are alpha, beta and milestone.

Maven's own comparison is not transitive: it calls `1.0.beta-1` < `1` < `1-sp`, and yet `1-sp` < `1.0.beta-1`. No order
of keys can follow it there; the one above decides (seldom met: 3 of 69,000 pairs of real versions). Maven takes any
text for a version; white space and non-ASCII characters are refused here. Layout of a key: for each item its mark, or a
number's code; a word ends with 0x01; then the mark of the end.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse

_PRE_LIST, _PRE_ZEROS, _END, _OTHER, _POST_LIST = "\x07", "\x08", "\x09", "\x0b", "\x0c"
_NOTHING: Final = ""
"""The code of words that count for nothing."""
_WORDS: Final = {
    "alpha": "\x02",
    "beta": "\x03",
    "milestone": "\x04",
    "rc": "\x05",
    "cr": "\x05",
    "snapshot": "\x06",
    "sp": "\x0a",
    "ga": _NOTHING,
    "final": _NOTHING,
    "release": _NOTHING,
}
_SHORT: Final = {"a": "\x02", "b": "\x03", "m": "\x04"}
"""What these mean directly before a digit."""
_CHARACTERS: Final = re.compile(r"[!-~]+").fullmatch
_PARTS: Final = re.compile(r"[0-9]+|[^0-9.-]+|[.-]").findall


def key(text: str) -> bytes:
    """Return the key of a Maven artifact's version.

    Raises:
        InvalidVersionError: It is empty, too long, or holds white space or non-ASCII characters.
    """
    if len(text) <= MAX_CHARACTERS:
        try:
            numbers = [NUMBERS[part] for part in text.split(".")]
        except KeyError:
            return _general(text)
        while numbers and numbers[-1] == ZERO:
            numbers.pop()
        return f"{''.join(numbers)}{_END}".encode("latin-1")
    return _general(text)


def _general(text: str) -> bytes:
    if len(text) > MAX_CHARACTERS or not _CHARACTERS(text):
        refuse(text, "Maven", "1.4.2 or 2.0-rc-1")
    lists = _lists(text.lower())
    code = _END
    for place in range(len(lists) - 1, -1, -1):
        items = lists[place]
        while items and items[-1] in {ZERO, _NOTHING}:
            items.pop()
        code = "".join(_marked(items)) + code
        if place and code != _END:
            code = (_PRE_LIST if code.lstrip(ZERO) < _END else _POST_LIST) + code
    return code.encode("latin-1")


def _marked(items: list[str]) -> list[str]:
    """Mark zeros before a word that is below the end: what is missing counts as zero, so the word alone decides."""
    out: list[str] = []
    zeros = 0
    for item in items:
        if item == ZERO:
            zeros += 1
            continue
        if zeros:
            out.append(_PRE_ZEROS + chr(ord(ZERO) + zeros) if _NOTHING < item < _PRE_LIST else ZERO * zeros)
            zeros = 0
        out.append(item)
    return out


def _lists(text: str) -> list[list[str]]:
    """Return the codes of the items of each list; every list but the first is the last item of the one before it."""
    lists: list[list[str]] = [[]]
    parts = _PARTS(text)
    before = "."
    for place, part in enumerate(parts):
        if part in {".", "-"}:
            if before in {".", "-"}:
                lists[-1].append(ZERO)
            if part == "-":
                lists.append([])
        elif part.isdigit():
            if before not in {".", "-"}:
                lists.append([])
            lists[-1].append(NUMBERS[part])
        else:
            after = parts[place + 1] if place + 1 < len(parts) else ""
            if lists[-1] and not (before == "." and after in {".", "-"}):
                lists.append([])
            lists[-1].append(_word(part, is_counted=after.isdigit()))
        before = part
    return lists


def _word(part: str, *, is_counted: bool) -> str:
    known = _SHORT.get(part) if is_counted else None
    if known is None:
        known = _WORDS.get(part)
    return f"{_OTHER}{part}\x01" if known is None else known


ORDERING: Final = Ordering("Maven ComparableVersion", key)
