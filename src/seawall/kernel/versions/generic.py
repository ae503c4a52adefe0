r"""Products of vendors: `V3.2 SP1`, `12.4(5)T`, `R2023a Update 3`, `2.0.0.1234`, `1.0 beta 2`, `Build 77`.

No standard orders these. This order is Seawall's own, meant for the versions that vendors print in advisories and
that asset lists repeat, and it is total:

1. Case does not count. A version is cut into numbers and words; what stands between them (space and `.-_/:+()[]~#'"`)
   separates and does not count, so that `12.4(5)T` is `12.4.5-t`.
2. Words for "version" do not count: `v`, `ver`, `version`, `release`, `rel`, `rev`, `revision`, `firmware`, `fw`,
   `software`, `ga`, `final` anywhere, and `r` in front of the first number: `R2023a` is `2023a`. `Build 77`
   is not `77`: builds are counted apart from releases.
3. Numbers compare as numbers. Zeros behind the last number of a run do not count: `V3.0 SP1` is `V3 SP1`.
4. At one place the order is: development build (`dev`, `snapshot`, `nightly`); alpha; beta; preview (`pre`, `preview`,
   `milestone`); release candidate (`rc`, `cr`); the end; build; hotfix (`hf`, `hotfix`, `ifix`); patch (`p`, `patch`,
   `fp`, fix pack); update (`u`, `upd`, `update`, `cu`, `mr`); service pack (`sp`); any other word, by its letters; a
   number. So `3.2 rc1 < 3.2 < 3.2 HF1 < 3.2 Update 1 < 3.2 SP1 < 3.2 SP1 Update 1 < 3.2a < 3.2.1`.
5. A single letter behind a number is a later release (`1.0.2k`, `2023b`), never "alpha" or "beta". One letter and
   nothing else is a revision (`Rev. K`), in the order of the alphabet.
6. A date whose year stands first, with `-` or `/` (`2023-04-20`), or whose month is a name, is a date, and no version
   of three numbers.

Where versions are written in different ways, this order is a guess; `unsure.py` says where, and every answer that rests
on it becomes a doubt.

Refused, since no place in an order is certain: text without a number; a placeholder (`5.x`, `1.2.*`); a list, a range
or a remark (`3.1 and later`, `<= 2`, `2.0 (formerly …)`); names of products (more than one word, or one of more than
four letters, before the first number; any word of more than five letters that is not listed).

Layout of a key: marks of pre-releases 0x02-0x06, end 0x07, known words 0x08-0x0c, other words 0x0d + letters + 0x01,
0x0e and the letter of a revision, 0x0f before a date; numbers as `encoding.py` has them.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from seawall.kernel.versions.encoding import NUMBERS, ZERO
from seawall.kernel.versions.interface import MAX_CHARACTERS, Ordering, refuse
from seawall.kernel.versions.unsure import DATE, LONE, WORD, unsure

_END: Final = "\x07"
_WORD: Final = chr(WORD)
_LONE_MARK: Final = chr(LONE)
_DATE_MARK: Final = chr(DATE)
_LONGEST_MONTH: Final = 31
_SILENT_WORDS: Final = "v ver version release released rel rev revision firmware fw software sw ga final"
_SILENT: Final = frozenset(_SILENT_WORDS.split())
_SILENT_IN_FRONT: Final = "r"
_MARKS: Final = {
    word: chr(mark)
    for mark, words in (
        (0x02, "dev devel development snapshot nightly"),
        (0x03, "alpha"),
        (0x04, "beta"),
        (0x05, "pre preview prerelease milestone ctp"),
        (0x06, "rc cr candidate"),
        (0x08, "build bld"),
        (0x09, "hf hotfix ifix"),
        (0x0A, "p patch fp fixpack"),
        (0x0B, "u upd update cu mr"),
        (0x0C, "sp servicepack"),
    )
    for word in words.split()
}
_PHRASES: Final = (
    (re.compile(r"service[ _-]?pack"), "sp"),
    (re.compile(r"fix[ _-]?pack"), "fp"),
    (re.compile(r"hot[ _-]?fix(?:[ _-]?rev)?"), "hotfix"),
    (re.compile(r"interim[ _-]?fix"), "ifix"),
    (re.compile(r"cumulative[ _-]?update|update[ _-]?rollup"), "update"),
    (re.compile(r"release[ _-]?candidate"), "rc"),
)
_REMARKS: Final = """
    all and any before below above eol for from into known later less more most newer none not older only or prior since
    than thru to until up with x xx xxx xxxx
    jan feb mar apr may jun jul aug sep sept oct nov dec march april june july
"""
_NO_PLACE: Final = frozenset(_REMARKS.split())
"""Words that make a text a range, a list, a remark or a date; longer ones are refused for their length."""
_LETTER_IN_FRONT: Final = re.compile(r"[xX][0-9]+(?:\.[0-9]+)*").fullmatch
"""`X8.5.1`, which is no placeholder."""
_LONE: Final = re.compile(r"(?:rev(?:ision)?\.?\s*)?([a-wyz])", re.IGNORECASE).fullmatch
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_YEAR: Final = r"(?P<year>(?:19|20)[0-9]{2})"
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE).fullmatch
    for pattern in (
        rf"{_YEAR}(?P<between>[-/])(?P<number>[0-9]{{1,2}})(?P=between){_DAY}",
        rf"(?P<name>{_MONTH})[ ./-]{{1,2}}{_DAY}(?:, ?|[ /-]){_YEAR}",
        rf"{_DAY}[ ./-]{{1,2}}(?P<name>{_MONTH})[ ./,-]{{1,2}}{_YEAR}",
    )
)
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9 ._\-/:+()\[\]~#'\"]+").fullmatch
_PARTS: Final = re.compile(r"[0-9]+|[a-z]+").findall
_LONGEST_FRONT: Final = 4
"""Letters that a word in front of the first number may have: `VMS560`, `C.02`."""
_LONGEST: Final = 5
"""Letters that any other word may have."""
_MOST_WORDS: Final = 6
_VERSIONS: Final = re.compile(r"\bv[0-9]|_v[0-9]").findall
_MOST_VERSIONS: Final = 2
"""`V17.1 (V1.2)` is one version; `V33.017_V34.014_V35.013` is a list."""


def key(text: str) -> bytes:
    """Return the key of a vendor's version.

    Raises:
        InvalidVersionError: The text holds no number, is a range, a list or a placeholder, or names a product.
    """
    if len(text) > MAX_CHARACTERS:
        _refuse(text)
    plain = text[1:] if text[:1] in {"v", "V"} else text
    try:
        numbers = [NUMBERS[part] for part in plain.split(".")]
    except KeyError:
        return _general(text)
    while numbers and numbers[-1] == ZERO:
        numbers.pop()
    return f"{''.join(numbers)}{_END}".encode("latin-1")


def _general(text: str) -> bytes:
    special = _revision_or_date(text.strip())
    if special:
        return special.encode("latin-1")
    lowered = text.lower()
    if not _CHARACTERS(text):
        _refuse(text)
    if "pack" in lowered or "fix" in lowered or "candidate" in lowered or "update" in lowered:
        for phrase, word in _PHRASES:
            lowered = phrase.sub(word, lowered)
    out: list[str] = []
    words: list[str] = []
    seen_number = False
    for part in _PARTS(lowered):
        if part[0] <= "9":
            out.append(NUMBERS[part])
            seen_number = True
        elif part not in _SILENT and (seen_number or part not in _SILENT_IN_FRONT):
            _without_zeros(out)
            out.append(_MARKS.get(part) or _word(text, part, _LONGEST if seen_number else _LONGEST_FRONT))
            words.append(part)
            if not seen_number and len(words) > 1:
                _refuse(text)
    if not seen_number or len(words) > _MOST_WORDS or len(_VERSIONS(lowered)) > _MOST_VERSIONS:
        _refuse(text)
    _without_zeros(out)
    return ("".join(out) + _END).encode("latin-1")


def is_date(text: str) -> bool:
    """Whether a text is a date as this order reads dates."""
    return _revision_or_date(text.strip()).startswith(_DATE_MARK)


def _revision_or_date(text: str) -> str:
    """The key of one letter alone, or of a date; empty: it is neither."""
    lone = _LONE(text)
    if lone:
        return "" if lone[0] in {"v", "V"} else f"{_LONE_MARK}{lone[1].lower()}{_END}"
    for pattern in _DATES:
        found = pattern(text)
        if found:
            parts = found.groupdict()
            month = parts["number"] if "number" in parts else str(_MONTHS.index(parts["name"][:3].lower()) + 1)
            if 1 <= int(month) <= len(_MONTHS) and 1 <= int(parts["day"]) <= _LONGEST_MONTH:
                return f"{_DATE_MARK}{NUMBERS[parts['year']]}{NUMBERS[month]}{NUMBERS[parts['day']]}{_END}"
    return ""


def _without_zeros(out: list[str]) -> None:
    while out and out[-1] == ZERO:
        out.pop()


def _word(text: str, word: str, longest: int) -> str:
    if (word in _NO_PLACE and not (word == "x" and _LETTER_IN_FRONT(text))) or len(word) > longest:
        _refuse(text)
    return f"{_WORD}{word}\x01"


def _refuse(text: str) -> NoReturn:
    refuse(text, "Seawall's order of vendors' versions", "V3.2 SP1 or 2.0.0.1234")


ORDERING: Final = Ordering("generic", key, unsure=unsure)
