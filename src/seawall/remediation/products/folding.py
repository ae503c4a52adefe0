"""Text as it is compared: spelling, letters and signs that carry no meaning are taken away, in two strengths.

`fold` is all that an *exact* agreement may rest on: case and white space. `plain` goes further, for a *probable* one:
trademark signs, accents, compatibility forms, and text that was decoded with the wrong character set.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MARKS: Final = str.maketrans(dict.fromkeys("™®©℠", " "))
_WRITTEN_MARKS: Final = re.compile(r"\((?:tm|r|c|sm)\)", re.IGNORECASE)
_MOJIBAKE: Final = re.compile("[ÃÂâ][\u0080-\u00bf\u0152-\u2122]")
PIECE: Final = re.compile(r"[^\W\d_]+[+#]*|[\d?]+")
"""A run of letters (with `+` or `#`, as in C++ or S+), or of digits; `?` is a digit that a pattern leaves open."""
_PLACEHOLDERS: Final = frozenset(
    {
        "", "-", "*", "?", "n/a", "na", "n.a.", "none", "null", "nil", "unknown", "unspecified", "undefined", "various",
        "multiple", "multiple vendors", "multiple products", "not applicable", "not available", "other", "others",
        "tbd", "to be determined", "vendor", "product", "multiple open source", "all", "any", "todo", "test",
    }
)  # fmt: skip
"""What people write where they have nothing to say."""


def fold(text: str) -> str:
    """Case and white space folded, and nothing else."""
    return " ".join(text.casefold().split())


def says_something(text: str) -> bool:
    """Whether a vendor's or product's name is more than a placeholder such as `n/a`."""
    return fold(text) not in _PLACEHOLDERS


def plain(text: str) -> str:
    """Lower case, without accents, trademark signs and wrongly decoded characters."""
    if text.isascii():
        return _WRITTEN_MARKS.sub(" ", text).casefold()
    if _MOJIBAKE.search(text):
        text = _decoded_again(text)
    text = _WRITTEN_MARKS.sub(" ", text.translate(_MARKS))
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def pieces(text: str) -> tuple[str, ...]:
    """The runs of letters and of digits in plain text, in order: `S7-1200` is `s`, `7`, `1200`."""
    return tuple(PIECE.findall(text))


def joined(parts: tuple[str, ...]) -> str:
    """One word of pieces: how they were separated does not count, save that two numbers stay two numbers."""
    out: list[str] = []
    for part in parts:
        if out and _is_number(out[-1]) and _is_number(part):
            out.append("-")
        out.append(part)
    return "".join(out)


def _is_number(part: str) -> bool:
    return part[0].isdigit() or part[0] == "?"


def _decoded_again(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 (`GeutebrÃ¼ck`), if that explains every character."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
