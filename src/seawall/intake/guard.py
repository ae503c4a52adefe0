"""What is looked at before any parser sees a report: every check here costs one pass over the bytes at most.

`open_text` tells text from archives and other binary content and gives UTF-8. `scan_json` measures a JSON text
without parsing it: how deep it nests, whether it is complete, how long its tokens are and how many values it has.
A parser behind it can recurse and allocate without further care.

Invariants: nothing here recurses; memory beside the input is bounded by the window. Grammar is left to the parsers:
`scan_json` may pass text that is not JSON, and never rejects text that is (within the limits).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from seawall.intake import errors
from seawall.kernel.limits import KIB, MIB, Limits

_UNPACK: Final = "Unpack it and submit the files inside, one by one."
_EXPORT: Final = "Export the report as JSON, YAML or Markdown."
_MAGIC: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstandard file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Microsoft Office document", _EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\x7fELF", "a program", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a picture", _EXPORT),
    (b"\xff\xd8\xff", "a picture", _EXPORT),
    (b"GIF8", "a picture", _EXPORT),
)
_TAR_MAGIC: Final = slice(257, 262)
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WINDOW: Final = 64 * KIB
_DECODE_WINDOW: Final = MIB
MAX_VALUES: Final = 12_000_000
"""Most commas outside strings in one JSON text, and most documents: each element may cost some 60 bytes of memory
before it is read."""
# A bracket becomes +1 or -1 as a signed byte; all else is deleted.
_STEPS: Final = bytes(1 if byte in b"[{" else 0xFF for byte in range(256))
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_JSON_START: Final = re.compile(rb'\s*(\{|\[(?=\s*(?:[\[{"\]]|\Z)))')


@dataclass(frozen=True, slots=True)
class JSONShape:
    """What a scan saw."""

    depth: int
    """Deepest nesting, in levels."""
    values: int
    """Commas outside strings: about as many members and elements."""
    documents: int
    """Arrays and objects at the top; more than one in JSON Lines."""


def open_text(data: bytes) -> bytes:
    """Return the report as UTF-8 without a byte-order mark.

    UTF-8 needs no mark; UTF-16 and UTF-32 are read only with one, as Windows shells and editors write them.

    Raises:
        InvalidInputError: Nothing is there (`intake.empty`), it is binary (`intake.not-text`), or no valid text
            (`intake.invalid-utf8`).
    """
    for magic, kind, remedy in _MAGIC:
        if data.startswith(magic):
            raise errors.not_text(kind, remedy)
    if data[_TAR_MAGIC] == b"ustar":
        raise errors.not_text("a tar archive", _UNPACK)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data[len(mark) :]
            if encoding != "utf-8":
                data = _transcode(data, encoding)
            break
    if not data or data.isspace():
        raise errors.empty()
    _check_utf8(data)
    if (offset := data.find(b"\0")) >= 0:
        raise errors.not_text(f"binary data (a NUL at byte {offset})", _EXPORT)
    return data


def json_start(text: bytes) -> bytes:
    """Return the bracket with which a JSON text begins, or empty if it is no JSON; Markdown may start with `[` too."""
    match = _JSON_START.match(text)
    return match[1] if match else b""


def scan_json(text: bytes, limits: Limits) -> JSONShape:
    r"""Measure a JSON text, window by window, with operations that run in C: no loop over bytes or tokens.

    Escapes are dropped first (`\\`, then `\"`), so that each quote left is a real one; splitting there gives what is
    inside and outside strings by turns; of the outside only brackets stay, and a running sum over them is the depth.

    Raises:
        LimitExceededError: Too deep (`intake.too-deep`), a token too long (`intake.token-too-long`), or too many
            values (`intake.too-many-values`).
        InvalidInputError: The text ends early (`intake.truncated-json`).
    """
    depth = deepest = values = tops = quiet = 0
    in_string = escaped = False
    for start in range(0, len(text), _WINDOW):
        window = text[start : start + _WINDOW]
        if escaped:
            window = window[1:]
        if b"\\" in window:
            window = window.replace(b"\\\\", b"").replace(b'\\"', b"")
            escaped = window.endswith(b"\\")
        else:
            escaped = False
        parts = window.split(b'"')
        outside = b"".join(parts[in_string::2])
        in_string ^= not len(parts) % 2
        commas = outside.count(b",")
        values += commas
        brackets = outside.translate(_STEPS, _NOT_BRACKETS)
        if brackets:
            levels = list(accumulate(memoryview(brackets).cast("b"), initial=depth))
            tops += levels.count(0) - (depth == 0)
            depth = levels[-1]
            deepest = max(deepest, *levels)
        # A token that is longer than the limit fills whole windows in which nothing else happens.
        quiet = quiet + _WINDOW if len(parts) == 1 and not brackets and not commas else 0
        if deepest > limits.depth:
            raise errors.too_deep(limits.depth)
        if quiet > limits.string_bytes:
            raise errors.token_too_long(limits.string_bytes)
        if values > MAX_VALUES or tops > MAX_VALUES:
            raise errors.too_many_values(MAX_VALUES)
    if in_string or depth > 0:
        raise errors.truncated(depth, in_string=in_string)
    return JSONShape(deepest, values, tops)


def check_lines(text: bytes, limits: Limits) -> None:
    """Refuse a text with a line beyond the limit.

    Raises:
        LimitExceededError: There is one (`intake.line-too-long`).
    """
    position = 0
    while len(text) - position > limits.string_bytes:
        newline = text.rfind(b"\n", position, position + limits.string_bytes + 1)
        if newline < 0:
            raise errors.line_too_long(limits.string_bytes)
        position = newline + 1


def _transcode(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise errors.invalid_encoding(error.start, f"not {encoding} either, {error.reason}") from None


def _check_utf8(data: bytes) -> None:
    """Decode window by window: the whole text as `str` would take up to four times its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    for start in range(0, len(data), _DECODE_WINDOW):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + _DECODE_WINDOW], final=start + _DECODE_WINDOW >= len(data))
        except UnicodeDecodeError as error:
            raise errors.invalid_encoding(start - kept + error.start, error.reason) from None
