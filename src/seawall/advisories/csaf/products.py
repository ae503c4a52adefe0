"""The product tree and product status of an advisory.

Each version, range or bare package becomes one product with an id derived from what it is, so that the same product
has the same id in every revision and every document. Tree: vendor (the namespace, else the registry's name) →
package → version or range, each leaf with its purl. A version whose text test 6.1.31 would take for a range is
written as a VERS range of one version.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seawall.advisories.csaf.checks.products import is_range
from seawall.advisories.csaf.product_tree import (
    Branch,
    FullProductName,
    ProductIdentificationHelper,
    ProductStatus,
    ProductTree,
)
from seawall.advisories.model import AdvisoryProduct
from seawall.advisories.ranges import Interval, intervals, natural, single_vers
from seawall.kernel.identifiers import derived_id
from seawall.kernel.purl import Purl, parse_purl


@dataclass(slots=True)
class PackageProducts:
    """The products of one package, by status."""

    package: Purl
    leaves: list[Branch] = field(default_factory=list)
    whole: FullProductName | None = None
    """The package without any version, where none is known."""
    affected: list[str] = field(default_factory=list)
    """Product ids; so in the lists below."""
    fixed: list[str] = field(default_factory=list)
    first_fixed: list[str] = field(default_factory=list)
    not_affected: list[str] = field(default_factory=list)
    under_investigation: list[str] = field(default_factory=list)
    fixes: list[str] = field(default_factory=list)
    """Fixed versions, to be named in remediations."""
    fix_of: dict[str, str] = field(default_factory=dict)
    """The version that ends a range, by the range's product id."""


def products_of(product: AdvisoryProduct) -> PackageProducts:
    """Make the products of one package."""
    package = parse_purl(product.purl).package
    made = PackageProducts(package)
    ranges = [interval for events in product.ranges for interval in intervals(events, package.ecosystem)]
    # A claimed fix that is itself affected, or disputed, is no advice.
    ends = {interval.fixed for interval in ranges} - {"", *product.affected, *product.under_investigation}
    for versions, ids in (
        (product.affected, made.affected),
        (product.fixed, made.fixed),
        (product.not_affected, made.not_affected),
        (product.under_investigation, made.under_investigation),
    ):
        for version in sorted(versions, key=natural):
            ids.append(_add_version(made, version))
            if ids is made.fixed and version in ends:
                made.first_fixed.append(ids[-1])
    for interval in dict.fromkeys(ranges):
        product_id = _add_range(made, interval)
        made.affected.append(product_id)
        if interval.fixed in ends:
            made.fix_of[product_id] = interval.fixed
    made.fixes = sorted({*product.fixed, *ends}, key=natural)
    if not made.leaves:
        made.whole = _full(package, "package", str(package), package.full_name, str(package))
        made.under_investigation.append(made.whole.product_id)
    return made


def product_tree(packages: list[PackageProducts]) -> ProductTree:
    """Join the products of all packages in one tree; `packages` must not be empty."""
    vendors: dict[str, list[Branch]] = {}
    for made in sorted(packages, key=lambda item: str(item.package)):
        name = made.package.name
        branch = (
            Branch(category="product_name", name=name, product=made.whole)
            if made.whole is not None
            else Branch(category="product_name", name=name, branches=tuple(made.leaves))
        )
        vendors.setdefault(made.package.namespace or made.package.ecosystem, []).append(branch)
    return ProductTree(
        branches=tuple(
            Branch(category="vendor", name=vendor, branches=tuple(branches))
            for vendor, branches in sorted(vendors.items())
        )
    )


def product_status(packages: list[PackageProducts]) -> ProductStatus:
    """Join the status lists of all packages; at least one product must be in one."""
    return ProductStatus(
        known_affected=tuple(id_ for made in packages for id_ in made.affected),
        fixed=tuple(id_ for made in packages for id_ in made.fixed),
        first_fixed=tuple(id_ for made in packages for id_ in made.first_fixed),
        known_not_affected=tuple(id_ for made in packages for id_ in made.not_affected),
        under_investigation=tuple(id_ for made in packages for id_ in made.under_investigation),
    )


def _add_version(made: PackageProducts, version: str) -> str:
    purl = str(made.package.at(version))
    product = _full(made.package, "version", version, f"{made.package.full_name} {version}", purl)
    if is_range(version):
        made.leaves.append(
            Branch(category="product_version_range", name=single_vers(made.package.type, version), product=product)
        )
    else:
        made.leaves.append(Branch(category="product_version", name=version, product=product))
    return product.product_id


def _add_range(made: PackageProducts, interval: Interval) -> str:
    vers = interval.vers(made.package.type)
    product = _full(made.package, "range", vers, f"{made.package.full_name} {interval}", str(made.package))
    made.leaves.append(Branch(category="product_version_range", name=vers, product=product))
    return product.product_id


def _full(package: Purl, kind: str, text: str, name: str, purl: str) -> FullProductName:
    return FullProductName(
        name=name,
        product_id=derived_id("CSAFPID", str(package), kind, text),
        product_identification_helper=ProductIdentificationHelper(purl=purl),
    )
