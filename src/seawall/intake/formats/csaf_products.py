"""The product tree of a CSAF 2.0 document (section 3.2.2), flattened: product id to package or name.

Trees are walked without recursion. A relationship (`installed_on`, `default_component_of`, …) stands for the component
that it names first, unless it has a package URL of its own.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.intake.formats.interface import canonical_purl
from seawall.intake.formats.vers import parse_vers
from seawall.intake.model import AffectedProduct

_RANGE: Final = "product_version_range"


class Helper(msgspec.Struct):
    """Product identification helper."""

    purl: str | None = None


class Product(msgspec.Struct):
    """Full product name."""

    product_id: str = ""
    name: str = ""
    helper: Helper | None = msgspec.field(default=None, name="product_identification_helper")


class Branch(msgspec.Struct):
    """Vendor, product, version or range, and what lies below."""

    category: str = ""
    name: str = ""
    product: Product | None = None
    branches: list[Branch] | None = None


class Relationship(msgspec.Struct):
    """One product in relation to another."""

    full_product_name: Product = msgspec.field(default_factory=Product)
    product_reference: str = ""


class ProductTree(msgspec.Struct):
    """All products that the document names."""

    branches: list[Branch] | None = None
    full_product_names: list[Product] | None = None
    relationships: list[Relationship] | None = None


def products_by_id(tree: ProductTree | None) -> dict[str, AffectedProduct | str]:
    """Return for each product id its package, or its name where it has no package URL."""
    found: dict[str, AffectedProduct | str] = {}
    if tree is None:
        return found
    for product in tree.full_product_names or ():
        found[product.product_id] = _product(product, "")
    waiting = list(reversed(tree.branches or ()))
    while waiting:
        branch = waiting.pop()
        if branch.product is not None:
            found[branch.product.product_id] = _product(
                branch.product, branch.name if branch.category == _RANGE else ""
            )
        waiting += reversed(branch.branches or ())
    for relationship in tree.relationships or ():
        own = _product(relationship.full_product_name, "")
        component = found.get(relationship.product_reference)
        packaged = isinstance(own, str) and isinstance(component, AffectedProduct)
        found[relationship.full_product_name.product_id] = component if packaged and component is not None else own
    return found


def _product(product: Product, version_range: str) -> AffectedProduct | str:
    purl = canonical_purl(product.helper.purl if product.helper else None)
    if not purl:
        return product.name or product.product_id
    versions = parse_vers(version_range)
    return AffectedProduct(purl, versions.events, versions.versions) if versions else AffectedProduct(purl)
