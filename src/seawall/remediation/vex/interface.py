"""The port of the family: statements from bytes, and bytes from statements.

Laws that every member keeps, and that the tests check:

- What `write` writes, `read` gives back with nothing lost: `read(write(s, o)).statements == normalised(s, o)`.
- Equal statements and origin give equal bytes, whatever the order of the statements.
- Reading ignores members that it does not know, and refuses a status that the format does not know: guessing there
  could hide a vulnerability. What a statement says beyond our words is kept in `VexReading.notes`.

A document speaks for one author, at one time, and says one thing about a vulnerability in a product. Older statements
about the same pair belong into older documents; `standing_of` finds the present one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from seawall.kernel.clock import parse_rfc3339, rfc3339
from seawall.kernel.limits import MIB, Limits
from seawall.remediation.errors import too_large
from seawall.remediation.model import VexStatement, VexStatus
from seawall.remediation.vex import errors

VEX_LIMITS: Final = Limits(bytes=64 * MIB, items=200_000)
"""Bytes of a document, and statements in it."""
JUSTIFICATIONS: Final = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""The five words of VEX for why a product is not affected (CISA, "VEX Status Justifications"; OpenVEX; CSAF flags)."""
NO_REASON: Final = "No reason is stated."
"""Stands where a format demands a reason, and none is known."""
NO_ACTION: Final = "No action is stated."
"""Stands where a format demands an action, and none is known."""
FORMATS: Final = ("openvex", "csaf-vex", "cyclonedx-vex")
_MODULES: Final = {"openvex": "openvex", "csaf-vex": "csaf", "cyclonedx-vex": "cyclonedx"}
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class VexOrigin:
    """Who speaks, and when."""

    author: str
    at: datetime
    """UTC instant of the document; also of the statements that carry none."""
    namespace: str = "https://openvex.dev/docs/public"
    """URL that belongs to the author, without a `/` at its end: publisher's namespace, and start of identifiers."""
    tool: str = "Seawall"
    """Name and version of the program that writes."""
    title: str = "Vulnerabilities and what they mean for us"


@dataclass(frozen=True, slots=True)
class VexReading:
    """What a document says."""

    format: str
    id: str
    """As its author named it."""
    author: str
    at: datetime | None
    statements: tuple[VexStatement, ...]
    """Sorted by vulnerability and product."""
    notes: tuple[str, ...] = ()
    """What could not be taken over as it stands, each with its place: nothing is dropped in silence."""


class VexFormat(Protocol):
    """One format of VEX."""

    name: str

    def read(self, document: bytes, limits: Limits = VEX_LIMITS) -> VexReading:
        """Read a document.

        Raises:
            InvalidInputError: It is no such document, or has an unknown status.
            LimitExceededError: It is too large.
        """
        ...

    def write(self, statements: Iterable[VexStatement], origin: VexOrigin) -> bytes:
        """Write a document.

        Raises:
            InvalidInputError: The statements cannot stand in one document (see `normalised`).
        """
        ...


def format_of(name: str) -> VexFormat:
    """Return a member of the family; imported when it is first asked for.

    Args:
        name: One of `FORMATS`.
    """
    made: VexFormat = import_module(f"seawall.remediation.vex.{_MODULES[name]}").FORMAT
    return made


def read_vex(document: bytes, limits: Limits = VEX_LIMITS) -> VexReading:
    """Read a VEX document of any format.

    Raises:
        InvalidInputError: It is none, or has an unknown status.
        LimitExceededError: It is too large.
    """
    top = decoded(document, limits)
    if "bomFormat" in top:
        name = "cyclonedx-vex"
    elif "document" in top:
        name = "csaf-vex"
    else:
        name = "openvex"
    return format_of(name).read(document, limits)


def normalised(statements: Iterable[VexStatement], origin: VexOrigin) -> tuple[VexStatement, ...]:
    """Return statements as one document holds them: complete, free of repetitions, sorted.

    Author and instant are filled in from the origin; statements about one vulnerability share its title and aliases;
    the sentences that stand for a missing reason or action count as missing; a justification that is none of the five
    words, or that stands beside another status than `not_affected`, becomes part of the detail.

    Raises:
        InvalidInputError: There are none; one lacks vulnerability or product; one is by another author; two differ
            about one vulnerability in one product.
    """
    if not origin.author.strip():
        raise errors.unwritable("the author has no name")
    given = [_complete(statement, origin) for statement in statements]
    if not given:
        raise errors.unwritable("there are no statements")
    titles: dict[str, str] = {}
    aliases: dict[str, set[str]] = {}
    for statement in given:
        titles[statement.vulnerability] = max(titles.get(statement.vulnerability, ""), statement.title)
        aliases.setdefault(statement.vulnerability, set()).update(statement.aliases)
    found: dict[tuple[str, str], VexStatement] = {}
    for statement in given:
        name = statement.vulnerability
        whole = replace(statement, title=titles[name], aliases=tuple(sorted(aliases[name] - {name, ""})))
        if found.setdefault((name, statement.product), whole) != whole:
            raise errors.contradicting(name, statement.product)
    return tuple(found[pair] for pair in sorted(found))


def _complete(statement: VexStatement, origin: VexOrigin) -> VexStatement:
    if not statement.vulnerability.strip() or not statement.product.strip():
        raise errors.unwritable("a statement lacks its vulnerability or its product")
    if statement.author and statement.author != origin.author:
        raise errors.mixed_authors(origin.author, statement.author)
    justification, detail = placed(statement.status, statement.justification, _encodable(statement.detail))
    return VexStatement(
        vulnerability=_encodable(statement.vulnerability),
        product=_encodable(statement.product),
        status=statement.status,
        justification=justification,
        detail=detail,
        author=_encodable(origin.author),
        at=(statement.at or origin.at).astimezone(UTC),
        aliases=tuple(_encodable(alias) for alias in statement.aliases),
        title=_encodable(statement.title),
    )


def placed(status: VexStatus, justification: str, *details: str) -> tuple[str, str]:
    """Return justification and detail as they are kept: the five words in their place, all else in the detail."""
    found = [detail for detail in details if detail and detail not in {NO_REASON, NO_ACTION}]
    if justification and not (status is VexStatus.NOT_AFFECTED and justification in JUSTIFICATIONS):
        return "", "\n".join(dict.fromkeys((_encodable(justification), *found)))
    return justification, "\n".join(dict.fromkeys(found))


def _encodable(words: str) -> str:
    """Replace what has no place in UTF-8: halves of surrogate pairs, as hostile JSON can hold them."""
    return words.encode("utf-8", "replace").decode()


def decoded(document: bytes, limits: Limits) -> dict[str, Any]:
    """Decode a JSON object.

    Raises:
        InvalidInputError: It is none.
        LimitExceededError: It is too large.
    """
    if len(document) > limits.bytes:
        raise too_large("the VEX document", limits.bytes, "bytes")
    try:
        found = msgspec.json.decode(document.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise errors.unreadable(str(error)) from None
    except RecursionError:
        raise errors.unreadable("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise errors.unreadable("it is no JSON object")
    return found


def encoded(value: object) -> bytes:
    """Encode as canonical JSON."""
    return _ENCODER.encode(value)


def digest_of(value: object) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return sha256(encoded(value)).hexdigest()


def text(value: object) -> str:
    """Return a text member; anything else counts as absent."""
    return value if isinstance(value, str) else ""


def items(value: object, limits: Limits) -> list[Any]:
    """Return an array member; anything else counts as empty.

    Raises:
        LimitExceededError: It is too long.
    """
    if not isinstance(value, list):
        return []
    if len(value) > limits.items:
        raise too_large("a list in the VEX document", limits.items, "entries")
    return value


def mapping(value: object) -> dict[str, Any]:
    """Return an object member; anything else counts as empty."""
    return value if isinstance(value, dict) else {}


def instant(value: object) -> datetime | None:
    """Return an RFC 3339 member; None where it is none."""
    try:
        return parse_rfc3339(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def written(at: datetime | None) -> str:
    """Write an instant of a normalised statement."""
    return rfc3339(at) if at else ""


class Collector:
    """Gathers statements and notes of one document within its limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._statements: list[VexStatement] = []
        self._notes: dict[str, None] = {}

    def add(self, statement: VexStatement) -> None:
        """Take a statement.

        Raises:
            LimitExceededError: There are too many.
        """
        if len(self._statements) >= self._limits.items:
            raise too_large("the number of statements", self._limits.items, "statements")
        self._statements.append(statement)

    def note(self, words: str) -> None:
        """Say what could not be taken over."""
        self._notes.setdefault(words)

    def reading(self, format_: str, id_: str, author: str, at: datetime | None) -> VexReading:
        """Return what was gathered."""
        order = sorted(self._statements, key=lambda one: (one.vulnerability, one.product, written(one.at), one.status))
        return VexReading(format_, id_, author, at, tuple(order), tuple(self._notes))
