"""What SPDX 2's JSON and tag-value, and SPDX 3, have in common: which fields count, and what they become.

Sources: SPDX specification 2.2 and 2.3 (ISO/IEC 5962), clauses 7.1 to 7.24, and 3.0, profile Software. A package with a
package URL becomes a package; one without becomes a product, called by supplier (else originator), name and version.
Left out on purpose: files, snippets, relationships (a cycle there does no harm), licences, annotations.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.cyclonedx import settle_system
from seawall.remediation.inventories.distro import Distro, system_of
from seawall.remediation.inventories.interface import Reading

VERSIONS: Final = frozenset({"SPDX-2.2", "SPDX-2.3"})
SUPPORTED: Final = "2.2, 2.3 or 3.0"
_NOTHING: Final = frozenset({"NOASSERTION", "NONE"})
_ACTORS: Final = frozenset({"organization", "person", "tool"})
_SYSTEM: Final = frozenset({"operatingsystem", "operating-system", "operating_system"})


class Fields(NamedTuple):
    """One package as the document gives it; empty where it says nothing."""

    ref: str = ""
    name: str = ""
    version: str = ""
    supplier: str = ""
    originator: str = ""
    purpose: str = ""
    purl: str = ""
    """The first, as written; a package has one."""
    cpe: str = ""
    """The first CPE 2.3 name; tools that guess give several."""


class Packages:
    """Takes the packages of one document, and finds out on which system they are installed."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._systems: set[Distro] = set()

    def add(self, fields: Fields) -> None:
        """Keep a package, or name it with the reason."""
        version = "" if fields.version in _NOTHING else fields.version
        if fields.purpose.lower() in _SYSTEM and (system := system_of(fields.name, version)):
            self._systems.add(system)
        if fields.purl:
            self._reading.package(fields.purl, fields.ref, version, cpe=fields.cpe)
            return
        vendor = actor_of(fields.supplier) or actor_of(fields.originator)
        name = fields.name.removesuffix(f"@{version}") if version else fields.name
        self._reading.product(name, version, fields.ref, vendor=vendor, cpe=fields.cpe)

    def close(self) -> None:
        """Draw what follows from all packages together."""
        settle_system(self._reading, self._systems)


def actor_of(text: str) -> str:
    """Return the name in `Organization: Name (mail)`; empty for NOASSERTION."""
    text = text.strip()
    kind, colon, name = text.partition(":")
    if colon and kind.strip().lower() in _ACTORS:
        text = name.partition("(")[0].strip()
    return "" if text in _NOTHING else text


def identity_of(references: list[tuple[str, str]]) -> tuple[str, str]:
    """Return purl and CPE 2.3 name from pairs of reference type and locator."""
    purl = cpe = ""
    for kind, locator in references:
        word = kind.rpartition("/")[2].lower()
        if word in {"purl", "packageurl"}:
            purl = purl or locator.strip()
        elif word in {"cpe23type", "cpe23"} and locator.startswith("cpe:2.3:"):
            cpe = cpe or locator.strip()
    return purl, cpe


def check_version(version: str) -> None:
    """Refuse a version of SPDX 2 that is not read.

    Raises:
        InvalidInputError: `remediation.unsupported-inventory`.
    """
    if version not in VERSIONS:
        raise errors.unsupported_version("SPDX", version.removeprefix("SPDX-"), SUPPORTED)
