"""Text that somebody else wrote: its encoding found out, its lines one by one.

UTF-8 with and without a byte-order mark, and UTF-16 in both orders, with a mark or told by its zero bytes. Windows-1252
is taken where a text is no UTF-8, as spreadsheets on Windows still write it; that is a guess, and it is stated.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import Final

from seawall.kernel.limits import MIB
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 4096
GUESSED: Final = "cp1252"


def encoding_of(data: bytes) -> str:
    """Name the encoding for `bytes.decode`: by its mark, by zero bytes, else UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[: _SAMPLE & ~1]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > half * 0.6:
        return "utf-16-le"
    if half and sample[::2].count(0) > half * 0.6:
        return "utf-16-be"
    return "utf-8"


def head_of(data: bytes, size: int = 65536) -> str:
    """Decode the beginning of a text, well enough to tell what it is."""
    return data[:size].decode(encoding_of(data), errors="replace")


def open_text(document: Document, reading: Reading, title: str) -> io.TextIOWrapper:
    """Open a text for reading, its line ends untouched.

    Raises:
        InvalidInputError: It is not text in an encoding that is known (`remediation.unreadable-inventory`).
    """
    encoding = encoding_of(document.data)
    if not _decodes(document.data, encoding):
        if encoding != "utf-8" or b"\x00" in document.data[:_SAMPLE]:
            raise errors.unreadable(title, f"it is not text in {encoding.upper()}")
        encoding = GUESSED
        reading.note("the text is not UTF-8; it was read as Windows-1252")
    return io.TextIOWrapper(
        io.BytesIO(document.data), encoding, errors="replace" if encoding == GUESSED else "strict", newline=""
    )


def lines_of(document: Document, reading: Reading, title: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text with their numbers, from 1, without line ends.

    Raises:
        InvalidInputError: It is not text (`remediation.unreadable-inventory`).
        LimitExceededError: A line is too long (`remediation.too-large`).
    """
    longest = reading.limits.string_bytes
    text = open_text(document, reading, title)
    number = 0
    while line := text.readline(longest + 1):
        if len(line) > longest:
            raise too_large("a line", longest, "characters")
        number += 1
        yield number, line.rstrip("\r\n")


def _decodes(data: bytes, encoding: str) -> bool:
    """Whether the whole of it is in that encoding, without holding it as text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(data)
    try:
        for start in range(0, len(data), MIB):
            decoder.decode(view[start : start + MIB])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
