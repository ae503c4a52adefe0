"""One CSAF document as a mirror sees it: is it one, may it be kept, where, and is it what its publisher signed for.

Whether it keeps the rules of the standard is no concern of this module: readers check what they use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import new as new_hash
from typing import Final

import msgspec

from seawall.kernel.clock import parse_rfc3339, rfc3339
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.csaf_listing import PUBLIC

_VERSIONS: Final = frozenset({"2.0", "2.1"})
_NOT_IN_NAMES: Final = re.compile(r"[^+\-a-z0-9]+", re.ASCII)
_DIGEST: Final = re.compile(rb"\s*([0-9a-fA-F]{64}|[0-9a-fA-F]{128})(?:\s.*)?", re.ASCII | re.DOTALL)
_LONGEST_ID: Final = 200
_SHA512_DIGITS: Final = 128


class _Tracking(msgspec.Struct):
    id: str
    initial_release_date: str
    current_release_date: str


class _TLP(msgspec.Struct):
    label: str = ""


class _Distribution(msgspec.Struct):
    tlp: _TLP = msgspec.field(default_factory=_TLP)


class _Document(msgspec.Struct):
    csaf_version: str
    tracking: _Tracking
    distribution: _Distribution = msgspec.field(default_factory=_Distribution)


class _File(msgspec.Struct):
    document: _Document


_DECODER: Final = msgspec.json.Decoder(_File)


@dataclass(frozen=True, slots=True)
class Judged:
    """A document that may be kept."""

    place: str
    """Below the provider's folder: `2024/icsa-24-102-04.json`."""
    current: str
    """RFC 3339: its current release."""


def judge(content: bytes, what: str) -> Judged:
    """Say where a document belongs. The name comes from its own id (CSAF 2.0, section 5.1), never from an address.

    Raises:
        InvalidInputError: It is no CSAF document, or not a public one (`feeds.damaged`, `feeds.not-public`).
    """
    try:
        document = _DECODER.decode(content).document
        tracking = document.tracking
        year = parse_rfc3339(tracking.initial_release_date).year
        current = rfc3339(parse_rfc3339(tracking.current_release_date))
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise errors.damaged(what, str(error)) from None
    label = document.distribution.tlp.label.upper().removeprefix("TLP:")
    if label not in PUBLIC:
        raise errors.not_public(what, f"TLP:{label}")
    name = _NOT_IN_NAMES.sub("_", tracking.id.lower())
    if document.csaf_version not in _VERSIONS or not name.strip("_") or len(name) > _LONGEST_ID:
        raise errors.damaged(what, f"csaf_version {document.csaf_version[:20]!r}, id {tracking.id[:40]!r}")
    return Judged(f"{year:04}/{name}.json", current)


def verified(content: bytes, sidecar: bytes, what: str) -> str:
    """Compare a document with its published digest; the algorithm shows in the digest's length.

    Returns:
        `SHA-256` or `SHA-512`; empty if the sidecar holds no digest at all.

    Raises:
        IntegrityError: The digest is another one (`feeds.wrong-hash`).
    """
    match = _DIGEST.fullmatch(sidecar)
    if match is None:
        return ""
    stated = match[1].decode().lower()
    kind = "SHA-512" if len(stated) == _SHA512_DIGITS else "SHA-256"
    if new_hash(kind.replace("-", "").lower(), content).hexdigest() != stated:
        raise errors.wrong_hash(what, kind)
    return kind
