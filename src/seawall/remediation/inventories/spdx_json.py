"""SPDX JSON, versions 2.2 and 2.3.

Packages are decoded one by one, so that a malformed one costs only itself; it is named by its place. The export of
GitHub's dependency graph, which wraps the document in `{"sbom": …}`, is read too.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.json_text import ABSENT, decode, decode_list, utf8_of
from seawall.remediation.inventories.spdx import Fields, Packages, check_version, identity_of

_TITLE: Final = "SPDX JSON"


class _Reference(msgspec.Struct):
    kind: str = msgspec.field(default="", name="referenceType")
    locator: str = msgspec.field(default="", name="referenceLocator")


class _Package(msgspec.Struct):
    ref: str = msgspec.field(default="", name="SPDXID")
    name: str = ""
    version: str | None = msgspec.field(default=None, name="versionInfo")
    supplier: str | None = None
    originator: str | None = None
    purpose: str | None = msgspec.field(default=None, name="primaryPackagePurpose")
    references: list[_Reference] | None = msgspec.field(default=None, name="externalRefs")


class _Document(msgspec.Struct):
    version: str = msgspec.field(default="", name="spdxVersion")
    name: str = ""
    packages: msgspec.Raw = msgspec.Raw(b"[]")
    wrapped: msgspec.Raw = msgspec.field(default=ABSENT, name="sbom")


_DECODER: Final = msgspec.json.Decoder(_Document)
_PACKAGE: Final = msgspec.json.Decoder(_Package)


def read(document: Document, reading: Reading) -> str:
    """Read an SPDX 2 JSON document.

    Raises:
        InvalidInputError: It is no JSON or not shaped like SPDX (`remediation.unreadable-inventory`), or of a version
            that is not supported (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep or has too many packages (`remediation.too-large`).
    """
    try:
        head = decode(_DECODER, utf8_of(document.data), _TITLE, reading.limits)
        if head.wrapped != ABSENT:
            head = decode(_DECODER, head.wrapped, _TITLE, reading.limits)
    except msgspec.ValidationError as error:
        raise errors.unreadable(_TITLE, str(error)) from None
    check_version(head.version)
    packages = Packages(reading)
    for number, raw in enumerate(decode_list(head.packages, _TITLE, reading.limits), start=1):
        try:
            package = _PACKAGE.decode(raw)
        except (msgspec.ValidationError, UnicodeDecodeError) as error:
            reading.refuse(f"package {number}", str(error))
            continue
        purl, cpe = identity_of([(reference.kind, reference.locator) for reference in package.references or ()])
        packages.add(
            Fields(
                package.ref,
                package.name,
                package.version or "",
                package.supplier or "",
                package.originator or "",
                package.purpose or "",
                purl,
                cpe,
            )
        )
    packages.close()
    reading.title = "" if head.name == "." else head.name
    return f"SPDX {head.version.removeprefix('SPDX-')} JSON"
