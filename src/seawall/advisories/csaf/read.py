"""Reading and writing CSAF 2.0 bytes.

One strict decode parses and validates: types, enumerations, patterns, required members. Members that the standard
does not know stay in the bytes and are listed by `ReadDocument.unknown`; they never make a document unreadable.
Written bytes are canonical: sorted keys (test 6.2.13), two spaces, UTF-8, one newline at the end.
Left out on purpose: repeated keys of one object (the last one counts, as in most readers).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seawall.advisories.csaf.document import DocumentInfo
from seawall.advisories.csaf.product_tree import ProductTree
from seawall.advisories.csaf.types import UNSET, UnsetType, Wire
from seawall.advisories.csaf.vulnerability import Vulnerability
from seawall.kernel.errors import InvalidInputError, LimitExceededError
from seawall.kernel.limits import MIB, Limits

DOCUMENT_LIMITS: Final = Limits(bytes=64 * MIB)
"""For one CSAF document."""
_PLACE: Final = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_PATTERN: Final = re.compile(r" matching regex '.*'", re.DOTALL)
_STEP: Final = re.compile(r"\.([A-Za-z_0-9$]+)|\[(\d+|\.\.\.)\]")


class CSAFDocument(Wire, frozen=True):
    """A whole CSAF 2.0 document."""

    document: DocumentInfo
    product_tree: ProductTree | UnsetType = UNSET
    vulnerabilities: Annotated[tuple[Vulnerability, ...], Meta(min_length=1)] = ()


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as it was read, with the bytes that it came from."""

    document: CSAFDocument
    data: bytes

    def unknown(self) -> list[tuple[str, Any]]:
        """List the members that CSAF 2.0 does not define: JSON pointer and value, in the order of the bytes."""
        return list(_unknown(self.document, msgspec.json.decode(self.data), ""))


def read_document(data: bytes, limits: Limits = DOCUMENT_LIMITS) -> ReadDocument:
    """Read a CSAF 2.0 document strictly.

    Raises:
        LimitExceededError: Too large or too deep (`advisories.csaf-too-large`, `advisories.csaf-too-deep`).
        InvalidInputError: No JSON, or not what the schema asks for (`advisories.csaf-malformed`,
            `advisories.csaf-invalid`); `details` has the JSON pointer.
    """
    if len(data) > limits.bytes:
        raise LimitExceededError(
            "advisories.csaf-too-large",
            f"the document has {len(data)} bytes, more than {limits.bytes}",
            remedy="Split the document, or read it with a higher limit.",
        )
    try:
        return ReadDocument(_decoder().decode(data), data)
    except msgspec.ValidationError as error:
        message, pointer = split_error(str(error))
        raise InvalidInputError(
            "advisories.csaf-invalid",
            f"no CSAF 2.0 document: {message}",
            remedy="Correct the member at the pointer as the CSAF 2.0 JSON schema asks.",
            pointer=pointer or "/",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "advisories.csaf-malformed",
            f"the bytes are no JSON in UTF-8: {error}",
            remedy="Check that the whole file was transferred and that it is JSON.",
        ) from None
    except RecursionError:
        raise LimitExceededError(
            "advisories.csaf-too-deep",
            "the document is nested too deeply",
            remedy="No sensible CSAF document is nested like this; ask its publisher.",
        ) from None


def encode(document: CSAFDocument) -> bytes:
    """Write a document as canonical bytes: the same document gives the same bytes on every machine."""
    compact = msgspec.json.encode(document, order="sorted")
    return msgspec.json.format(compact, indent=2) + b"\n"


def split_error(text: str) -> tuple[str, str]:
    """Split a msgspec message into the sentence and a JSON pointer."""
    match = _PLACE.match(text)
    message, path = (match["message"], match["path"]) if match else (text, None)
    steps = _STEP.findall(path or "")
    message = _PATTERN.sub(" of the form that the standard prescribes", message)
    return message.replace("`", "'"), "".join(f"/{name or index}" for name, index in steps)


@cache
def _decoder() -> msgspec.json.Decoder[CSAFDocument]:
    return msgspec.json.Decoder(CSAFDocument)


def _unknown(typed: object, raw: object, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(typed, tuple) and isinstance(raw, list):
        for index, (item, part) in enumerate(zip(typed, raw, strict=True)):
            yield from _unknown(item, part, f"{pointer}/{index}")
    elif isinstance(typed, Wire) and isinstance(raw, dict):
        names = dict(zip(typed.__struct_encode_fields__, typed.__struct_fields__, strict=True))
        tag = type(typed).__struct_config__.tag_field
        for key, value in raw.items():
            place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in names:
                yield from _unknown(getattr(typed, names[key]), value, place)
            elif key != tag:
                yield place, value
