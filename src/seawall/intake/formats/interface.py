"""What a format is: it recognises a document by its content and reads findings from it, one by one.

A new format is one file with a class that follows `Format`, and one line in `formats/__init__.py`. A format does no
I/O, keeps what it does not understand in `Finding.extra`, and raises nothing but `InvalidInputError`; foreign
exceptions are translated here by `decode` and `convert`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import msgspec

from seawall.intake import errors
from seawall.intake.model import AffectedProduct, Finding, Report
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import derived_id, known_identifiers
from seawall.kernel.limits import DEFAULT_LIMITS, MIB, Limits
from seawall.kernel.marking import UNMARKED, Marking, parse_marking
from seawall.kernel.purl import parse_purl

T = TypeVar("T")

WHOLE_BYTES: Final = 64 * MIB
"""Largest document of a format that does not stream."""
WHOLE_VALUES: Final = 3_000_000
"""Most commas and brackets of such a document: each may cost some 200 bytes of memory."""
TITLE_CHARACTERS: Final = 200
_ANY: Final = msgspec.json.Decoder()
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RANK: Final = {"affected": 0, "under_investigation": 1, "fixed": 2, "not_affected": 3}


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a report; a report in JSON Lines or a JSON array has several."""

    body: bytes | msgspec.Raw
    """UTF-8 without a byte-order mark, guarded."""
    is_json: bool
    place: str = ""
    """JSON pointer from the start of the report; empty for its only document."""

    @property
    def text(self) -> str:
        """The body as text."""
        return bytes(self.body).decode()


@dataclass(frozen=True, slots=True)
class Context:
    """What a format knows about the report that it reads."""

    report: Report
    limits: Limits = DEFAULT_LIMITS
    fallback_product: tuple[AffectedProduct, ...] = field(init=False)
    """The product that the submitter named, for formats that often name none."""

    def __post_init__(self) -> None:
        named = self.report.product
        object.__setattr__(self, "fallback_product", (AffectedProduct(named),) if named else ())

    def finding_id(self, place: str) -> str:
        """Name the finding at a place: the same on each reading."""
        return derived_id("SWF", self.report.digest, self.report.submitter, place)

    def marked(self, label: str) -> Marking:
        """Weigh a document's own label against the submission's.

        The document speaks for itself where the submitter said nothing; otherwise the stricter one holds.
        """
        try:
            own = parse_marking(label) if label else self.report.marking
        except InvalidInputError:
            own = Marking.RED  # a label was meant, and nobody can tell which
        return own if self.report.marking == UNMARKED else max(own, self.report.marking)


class Format(Protocol):
    """One format of reports."""

    @property
    def name(self) -> str:
        """Stable, lower-case, as it stands in `Report.format`."""
        ...

    @property
    def title(self) -> str:
        """As people write it."""
        ...

    @property
    def streams(self) -> bool:
        """Whether `read` takes documents of any size in bounded memory."""
        ...

    def recognises(self, document: Document) -> bool:
        """Tell by the content alone; cheap, raises nothing. A wrong version is recognised, and refused by `read`."""
        ...

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """Yield the findings of one document in its order.

        Raises:
            InvalidInputError: While iterating, at the first thing that cannot be read.
        """
        ...


def decode(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw, place: str) -> T:
    """Decode JSON into a wire struct.

    Raises:
        InvalidInputError: It is not JSON (`intake.malformed-json`) or does not fit (`intake.schema-mismatch`).
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise errors.schema_mismatch(place, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.malformed("JSON", str(error), place) from None
    except RecursionError:
        raise errors.too_deep(DEFAULT_LIMITS.depth) from None


def fits(decoder: msgspec.json.Decoder[T], document: Document) -> T | None:
    """Decode a signature: the few members by which a format is recognised; None if they are not there."""
    if not document.is_json:
        return None
    try:
        return decoder.decode(document.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def unknown_members(body: bytes | msgspec.Raw, known: frozenset[str], place: str) -> dict[str, Any]:
    """Return the members of a JSON object that no struct field holds, as they came."""
    return {
        name: decode(_ANY, raw, f"{place}/{name}")
        for name, raw in decode(_MEMBERS, body, place).items()
        if name not in known
    }


def wire_names(struct: type[msgspec.Struct]) -> frozenset[str]:
    """Return the member names that a wire struct reads."""
    return frozenset(struct.__struct_encode_fields__)


def title_of(*candidates: str | None) -> str:
    """Return the first non-empty line among the candidates, shortened for a list."""
    for candidate in candidates:
        for line in (candidate or "").splitlines():
            if text := line.strip().lstrip("#").strip():
                return text if len(text) <= TITLE_CHARACTERS else text[: TITLE_CHARACTERS - 1].rstrip() + "…"
    return "untitled"


def canonical_purl(text: str | None) -> str:
    """Return the canonical purl, or empty where the text is none."""
    try:
        return str(parse_purl(text)) if text else ""
    except InvalidInputError:
        return ""


def split_identifiers(candidates: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Part identifiers of known databases from other names, which are kept as they came."""
    known = known_identifiers(candidates)
    others = [text for text in candidates if text.strip() and not known_identifiers([text])]
    return known, others


def affected_first(products: list[AffectedProduct]) -> tuple[AffectedProduct, ...]:
    """Order products by how much they matter; the report's order otherwise, without repeats."""
    return tuple(sorted(dict.fromkeys(products), key=lambda product: _RANK.get(product.status, len(_RANK))))


def overall_status(statuses: list[str]) -> str:
    """Return the weightiest VEX word, empty if there is none."""
    return min(statuses, key=lambda status: _RANK.get(status, len(_RANK)), default="")
