"""What CycloneDX's JSON and XML have in common: which fields count, and what they become.

Source: CycloneDX specification 1.2 to 1.7 (ECMA-424). A component with a package URL becomes a package; one
without becomes a product, called by publisher (else supplier, manufacturer, group), name and version. Left out on
purpose: services,
dependencies (a cycle there does no harm), vulnerabilities in the document, properties.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.distro import Distro, system_of
from seawall.remediation.inventories.interface import Reading

VERSIONS: Final = frozenset(f"1.{minor}" for minor in range(2, 8))
SUPPORTED: Final = "1.2 to 1.7"
_NO_SOFTWARE: Final = frozenset({"file", "data", "cryptographic-asset"})
"""Types of component that nobody publishes vulnerabilities about, unless they have a purl, a CPE or a version."""


class Fields(NamedTuple):
    """One component as the document gives it; empty where it says nothing."""

    type: str = ""
    ref: str = ""
    name: str = ""
    version: str = ""
    group: str = ""
    publisher: str = ""
    supplier: str = ""
    purl: str = ""
    cpe: str = ""


class Components:
    """Takes the components of one document, and finds out on which system they are installed."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._systems: set[Distro] = set()
        self._files = 0

    def add(self, fields: Fields) -> None:
        """Keep a component, or name it with the reason."""
        if fields.type == "operating-system" and (system := system_of(fields.name, fields.version)):
            self._systems.add(system)
        cpe = fields.cpe if fields.cpe.startswith("cpe:2.3:") else ""
        if fields.purl:
            self._reading.package(fields.purl, fields.ref, fields.version, cpe=cpe)
        elif fields.type in _NO_SOFTWARE and not (fields.version or cpe):
            self._files += 1
        else:
            vendor = fields.publisher or fields.supplier or fields.group
            self._reading.product(fields.name, fields.version, fields.ref, vendor=vendor, cpe=cpe)

    def close(self) -> None:
        """Draw what follows from all components together."""
        if self._files:
            self._reading.note(f"files and data without a version, which are not compared: {self._files:,}")
        settle_system(self._reading, self._systems)


def settle_system(reading: Reading, systems: set[Distro]) -> None:
    """Decide on which system the packages without a `distro` are installed; who reads has the last word."""
    if len(systems) > 1 and reading.distro is None:
        named = ", ".join(sorted(system.qualifier for system in systems))
        reading.note(f"the document names several operating systems ({named}); none was taken for its packages")
    elif len(systems) == 1:
        (system,) = systems
        if reading.distro is None:
            reading.distro = system
        elif reading.distro != system:
            reading.note(
                f"the document names {system.qualifier}; {reading.distro.qualifier} was asked for, and counts "
                "where a purl says nothing"
            )


def check_version(version: str) -> None:
    """Refuse a version of the specification that is not read.

    Raises:
        InvalidInputError: `remediation.unsupported-inventory`.
    """
    if version not in VERSIONS:
        raise errors.unsupported_version("CycloneDX", version, SUPPORTED)
