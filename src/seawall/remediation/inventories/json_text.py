"""JSON that somebody else wrote: any Unicode encoding, and every failure a clear error.

Windows PowerShell writes UTF-16 with a byte-order mark where JSON ought to be UTF-8 (RFC 8259, section 8.1), so both
are read. Documents are decoded straight into the fields that count; the rest is skipped and takes no memory.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from seawall.kernel.limits import Limits
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors

T = TypeVar("T")

_BOM: Final = b"\xef\xbb\xbf"
ABSENT: Final = msgspec.Raw()
"""Stands for a member that a document does not have."""
_NULL: Final = msgspec.Raw(b"null")
_RAW_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def utf8_of(data: bytes) -> bytes:
    """Return JSON's bytes as UTF-8 without a byte-order mark.

    Raises:
        InvalidInputError: It claims to be UTF-16 and is not (`remediation.unreadable-inventory`).
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16").encode()
        except UnicodeError as error:
            raise errors.unreadable("JSON", str(error)) from None
    return data.removeprefix(_BOM)


def is_given(member: msgspec.Raw) -> bool:
    """Whether a document has a member, and it is not null."""
    return member not in (ABSENT, _NULL)


def decode(decoder: msgspec.json.Decoder[T], text: bytes | msgspec.Raw, title: str, limits: Limits) -> T:
    """Decode, and translate what can go wrong with the document as a whole.

    Raises:
        msgspec.ValidationError: It is JSON of another shape; the caller decides what that means.
        InvalidInputError: It is no JSON (`remediation.unreadable-inventory`).
        LimitExceededError: It nests too deep (`remediation.too-large`).
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.unreadable(title, str(error) if bytes(text).strip() else "it is empty") from None
    except RecursionError:
        raise too_large("the nesting", limits.depth, "levels") from None


def decode_list(text: bytes | msgspec.Raw, title: str, limits: Limits) -> list[msgspec.Raw]:
    """Take a JSON array apart, so that one malformed element does not cost the others.

    Raises:
        InvalidInputError: It is no array (`remediation.unreadable-inventory`), or as for `decode`.
        LimitExceededError: As for `decode`.
    """
    try:
        return decode(_RAW_LIST, text, title, limits)
    except msgspec.ValidationError:
        raise errors.unreadable(title, "what should be a list is none") from None
