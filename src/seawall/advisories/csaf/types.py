r"""The constrained scalars of CSAF 2.0 and the base of its structs.

Conventions of all models in this folder: an optional text or array is absent in the document if and only if it is
`""` or `()` here (the standard forbids empty ones), any other optional member is `UNSET`; `null` is never valid. A rule
that types can't say (unique items, "one of") is checked in `__post_init__`, on reading and on writing alike.

Patterns must mean the same in Python and in JSON Schema engines: ASCII classes are spelled out, and `$(?!\n)` stands
for the very end of the text.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

__all__ = ["UNSET", "UnsetType"]

_END: Final = r"$(?!\n)"
_LINE: Final = r"[^\n\r\u2028\u2029]*"  # what `.` matches in ECMA 262

_URI_CHARACTER: Final = r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=\[\]]|%[0-9A-Fa-f]{2})"
URI_PATTERN: Final = rf"^[A-Za-z][A-Za-z0-9+\-.]*:{_URI_CHARACTER}*(?:#{_URI_CHARACTER}*)?{_END}"
"""RFC 3986, section 3, with brackets allowed everywhere, as browsers write them."""

_NUMBER: Final = r"(?:0|[1-9][0-9]*)"
_PRE_RELEASE: Final = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z\-][0-9a-zA-Z\-]*)"
SEMVER_PATTERN: Final = (
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRE_RELEASE}(?:\.{_PRE_RELEASE})*)?"
    r"(?:\+[0-9a-zA-Z\-]+(?:\.[0-9a-zA-Z\-]+)*)?"
)
"""Semantic Versioning 2.0.0, unanchored."""
_VERSION_PATTERN: Final = rf"^(?:{_NUMBER}|{SEMVER_PATTERN}){_END}"

# RFC 5646, section 2.1; the two grandfathered tags are those that CSAF allows.
_LANGUAGE_PATTERN: Final = (
    r"^(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}(?:-[A-Za-z]{3}){0,2})?|[A-Za-z]{4,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[A-WY-Za-wy-z0-9](?:-[A-Za-z0-9]{2,8})+)*(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?"
    rf"|[Xx](?:-[A-Za-z0-9]{{1,8}})+|[Ii]-[Dd][Ee][Ff][Aa][Uu][Ll][Tt]|[Ii]-[Mm][Ii][Nn][Gg][Oo]){_END}"
)

# NISTIR 7695: the formatted string (6.2) and the URI (6.1). The standard anchors the first at its start only and the
# second at its end only; the same alternation is kept here, so that both give the same verdict.
_CPE_PART: Final = r"(?:\?*|\*?)(?:[a-zA-Z0-9\-._]|\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~])+(?:\?*|\*?)"
_CPE_FORMATTED: Final = (
    rf"cpe:2\.3:[aho*\-](?::(?:{_CPE_PART}|[*\-])){{5}}"
    rf"(?::(?:[a-zA-Z]{{2,3}}(?:-(?:[a-zA-Z]{{2}}|[0-9]{{3}}))?|[*\-]))(?::(?:{_CPE_PART}|[*\-])){{4}}"
)
_CPE_URI: Final = r"[cC][pP][eE]:/[AHOaho]?(?::[A-Za-z0-9._\-~%]*){0,6}"

Text = Annotated[str, Meta(min_length=1)]
Uri = Annotated[str, Meta(pattern=URI_PATTERN)]
Instant = Annotated[datetime, Meta(tz=True)]
VersionNumber = Annotated[str, Meta(pattern=_VERSION_PATTERN)]
"""An integer or a semantic version (3.1.11)."""
Language = Annotated[str, Meta(pattern=_LANGUAGE_PATTERN)]
Cpe = Annotated[str, Meta(pattern=rf"^(?:{_CPE_FORMATTED})|(?:{_CPE_URI}){_END}", min_length=5)]
PurlText = Annotated[str, Meta(pattern=rf"^pkg:[A-Za-z.\-+][A-Za-z0-9.\-+]*/{_LINE}[^\n\r\u2028\u2029]", min_length=7)]
HashValue = Annotated[str, Meta(pattern=rf"^[0-9a-fA-F]{{32,}}{_END}", min_length=32)]
Category = Annotated[str, Meta(pattern=rf"^[^\s\-_.](?:{_LINE}[^\s\-_.])?{_END}", min_length=1)]
TrackingId = Annotated[str, Meta(pattern=rf"^\S(?:{_LINE}\S)?{_END}", min_length=1)]
Cve = Annotated[str, Meta(pattern=rf"^CVE-[0-9]{{4}}-[0-9]{{4,}}{_END}")]
CweId = Annotated[str, Meta(pattern=rf"^CWE-[1-9][0-9]{{0,5}}{_END}")]

Texts = Annotated[tuple[Text, ...], Meta(min_length=1)]
Uris = Annotated[tuple[Uri, ...], Meta(min_length=1)]
ProductIds = Annotated[tuple[Text, ...], Meta(min_length=1)]
GroupIds = Annotated[tuple[Text, ...], Meta(min_length=1)]


class Wire(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all CSAF objects. Unknown members are ignored here; `read.ReadDocument.unknown` lists them."""


def require_unique(what: str, items: tuple[Hashable, ...]) -> None:
    """Check `uniqueItems`.

    Raises:
        ValueError: An item is repeated; msgspec turns it into a validation error with the place.
    """
    if len(items) > 1 and len(set(items)) != len(items):
        raise ValueError(f"`{what}` has a repeated item")


def require_some(struct: Wire) -> None:
    """Check `minProperties: 1` as far as known members go.

    Raises:
        ValueError: No member is set.
    """
    if all(not value for value in (getattr(struct, name) for name in struct.__struct_fields__)):
        raise ValueError("the object must have at least one member")
