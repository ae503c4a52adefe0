"""When an empty answer of an index says nothing: it holds no record that could have named the package or product."""

from __future__ import annotations

from typing import Final

from seawall.remediation.model import Coverage
from seawall.remediation.ports import VulnerabilityIndex

NO_PACKAGES: Final = "the index holds no records about packages of this kind"
NO_PRODUCTS: Final = "the index holds no records about products by name: add CVE records or CSAF advisories"
_NAMING_PRODUCTS: Final = frozenset({"cve", "csaf"})
"""Sources whose records name products by vendor and name."""


def knows_products(index: VulnerabilityIndex) -> bool:
    """Whether any source of the index names products."""
    return any(source.name in _NAMING_PRODUCTS and source.records for source in index.info.sources)


def silence(index: VulnerabilityIndex, package: str) -> str:
    """Say why an empty answer about a package says nothing; empty if it says something.

    Args:
        index: What was asked.
        package: A package key; empty: a product by name.
    """
    if not package:
        return "" if knows_products(index) else NO_PRODUCTS
    return NO_PACKAGES if index.coverage(package) is Coverage.NONE else ""
