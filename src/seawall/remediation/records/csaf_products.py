"""The product tree of a CSAF document: product ids to names, packages and versions (CSAF 2.0, 3.1.2 and 3.2.2).

On the way down the branches, `vendor` names the vendor, the last `product_name` (else `product_family`) the product,
and `product_version` or `product_version_range` the versions; `service_pack` and `patch_level` follow the version, and
`architecture`, `host_name`, `language` and `specification` the name, so that it is never taken for the product as
a whole. A model number that the product's name lacks makes a second name with it. A product without a version stands
for all of its versions, unless its name is one text without a vendor, in which the version may hide: then nothing is
decided.

A product in relation to another (`component of`, `installed on`) is the component: its versions decide. Where the other
is a release of Red Hat Enterprise Linux and the component an RPM package, it is a package of that release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import Purl, parse_purl
from seawall.kernel.versions import VersionRange, is_supported
from seawall.remediation.model import ProductName
from seawall.remediation.names import package_key_of, package_key_of_purl
from seawall.remediation.products import parse_cpe, says_something
from seawall.remediation.records.texts import GENERIC, undecided

_MAX_DEPTH: Final = 30
"""Levels of branches that are walked; the standard foresees about ten."""
_AFTER_NAME: Final = frozenset({"architecture", "host_name", "language", "specification", "platform"})
_DISTRIBUTIONS: Final = {"deb": "Debian", "rpm": "Red Hat", "apk": "Alpine"}
_RHEL: Final = re.compile(r"cpe:(?:/|2\.3:)o:redhat:(enterprise_linux:\d+)", re.IGNORECASE)


class Helper(msgspec.Struct):
    """`product_identification_helper`."""

    cpe: str = ""
    purl: str = ""
    purls: list[str] = []
    model_numbers: list[str] = []


class FullName(msgspec.Struct):
    """`full_product_name_t`."""

    product_id: str
    name: str = ""
    product_identification_helper: Helper | None = None


class Branch(msgspec.Struct):
    """One level of the tree."""

    category: str = ""
    name: str = ""
    product: FullName | None = None
    branches: list[Branch] = []


class Relationship(msgspec.Struct):
    """A product in relation to another."""

    full_product_name: FullName
    product_reference: str = ""
    relates_to_product_reference: str = ""


class ProductGroup(msgspec.Struct):
    """Products that a remediation can name together."""

    group_id: str = ""
    product_ids: list[str] = []


class ProductTree(msgspec.Struct):
    """`product_tree`."""

    branches: list[Branch] = []
    full_product_names: list[FullName] = []
    relationships: list[Relationship] = []
    product_groups: list[ProductGroup] = []


Identity = tuple[str, ProductName | None]
"""What the versions of one product have in common: its package key and its name."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product id under one of its names."""

    id: str
    package: str
    """Package key; empty for a product by name."""
    name: ProductName | None
    version: str
    """As the tree writes it; empty if it names none."""
    versions: VersionRange

    @property
    def identity(self) -> Identity:
        """What two versions of one product have in common."""
        return self.package, self.name

    @property
    def names_version(self) -> bool:
        """Whether it stands for some of its versions only."""
        return bool(self.version)

    @property
    def words(self) -> str:
        """The product for people."""
        return self.package or (f"{self.name.vendor} {self.name.product}".strip() if self.name else self.id)


@dataclass(frozen=True, slots=True)
class _Path:
    """What the branches above a product say."""

    vendor: str = ""
    product: str = ""
    family: str = ""
    version: str = ""
    name_suffix: str = ""

    def below(self, category: str, name: str) -> _Path:  # noqa: PLR0911 - a return for each category
        """Go down one level."""
        name = " ".join(name.split())
        match category:
            case "vendor":
                return replace(self, vendor=name)
            case "product_name":
                return replace(self, product=name)
            case "product_family":
                return replace(self, family=name)
            case "product_version" | "product_version_range":
                return replace(self, version=name)
            case "patch_level" | "service_pack":
                return replace(self, version=f"{self.version} {name}".strip())
            case _ if category in _AFTER_NAME:
                return replace(self, name_suffix=f"{self.name_suffix} {name}".strip())
        return self


def products_of(tree: ProductTree) -> dict[str, tuple[Product, ...]]:
    """Return every product id of a tree with the names that it goes by."""
    found: dict[str, tuple[Product, ...]] = {}
    paths: dict[str, tuple[FullName, _Path]] = {}
    for full, path in (*_leaves(tree.branches), *((full, _Path()) for full in tree.full_product_names)):
        paths[full.product_id] = (full, path)
        found[full.product_id] = tuple(_products(full, path))
    for relationship in tree.relationships:
        _relate(relationship, paths, found)
    return found


def _leaves(branches: Iterable[Branch]) -> Iterator[tuple[FullName, _Path]]:
    stack = [(branch, _Path(), 1) for branch in branches]
    stack.reverse()
    while stack:
        branch, above, depth = stack.pop()
        path = above.below(branch.category, branch.name)
        if branch.product is not None:
            yield branch.product, path
        if depth < _MAX_DEPTH:
            below = [(inner, path, depth + 1) for inner in branch.branches]
            stack.extend(reversed(below))


def _products(full: FullName, path: _Path) -> Iterator[Product]:
    helper = full.product_identification_helper or Helper()
    cpe = parse_cpe(helper.cpe) if helper.cpe else None
    version = path.version
    if not version and cpe is not None and cpe.version not in {"*", "-"}:
        version = cpe.version if cpe.update in {"*", "-"} else f"{cpe.version} {cpe.update}"
    for purl in _purls(helper):
        yield from _packaged(full.product_id, purl, version)
    vendor = path.vendor if says_something(path.vendor) else ""
    called = path.product or path.family
    product = called or " ".join(full.name.split())
    name = f"{product} {path.name_suffix}".strip()
    if not says_something(product) and cpe is None:
        return
    if version or called or cpe is not None:
        versions = VersionRange.from_text(GENERIC, version or "vers:all/*")
    else:
        versions = undecided("the record names product and version in one text")
    as_cpe = str(cpe.without_version) if cpe is not None else ""
    yield Product(full.product_id, "", ProductName(vendor, name, as_cpe), version, versions)
    for model in dict.fromkeys(" ".join(model.split()) for model in helper.model_numbers):
        if model and model.casefold() not in name.casefold() and "*" not in model and "?" not in model:
            yield Product(full.product_id, "", ProductName(vendor, f"{name} ({model})", as_cpe), version, versions)


def _purls(helper: Helper) -> Iterator[Purl]:
    for text in dict.fromkeys((*([helper.purl] if helper.purl else ()), *helper.purls)):
        try:
            yield parse_purl(text)
        except InvalidInputError:
            continue  # the product keeps its names


def _packaged(id_: str, purl: Purl, version: str) -> Iterator[Product]:
    key = package_key_of_purl(purl)
    if key is None:
        return
    ecosystem = _DISTRIBUTIONS.get(purl.type, purl.ecosystem)
    ecosystem = ecosystem if is_supported(ecosystem) else GENERIC
    version = version or purl.version
    yield Product(id_, key, None, version, VersionRange.from_text(ecosystem, version or "vers:all/*"))


def _relate(
    relationship: Relationship,
    paths: dict[str, tuple[FullName, _Path]],
    found: dict[str, tuple[Product, ...]],
) -> None:
    """Give a product in relation to another the names of the component, under its own id."""
    own = relationship.full_product_name
    component = paths.get(relationship.product_reference)
    platform = paths.get(relationship.relates_to_product_reference)
    if component is None:
        found[own.product_id] = tuple(_products(own, _Path()))
        return
    full, path = component
    paths[own.product_id] = component
    release = _RHEL.match(_cpe_of(platform[0])) if platform is not None else None
    if release is not None:
        helper = full.product_identification_helper or Helper()
        rpms = [purl for purl in _purls(helper) if purl.type == "rpm"]
        if rpms:
            found[own.product_id] = tuple(_rpm(own.product_id, rpms[0], release[1], path.version))
            return
    found[own.product_id] = tuple(
        Product(own.product_id, product.package, product.name, product.version, product.versions)
        for product in _products(full, path)
    )


def _rpm(id_: str, purl: Purl, release: str, version: str) -> Iterator[Product]:
    epoch = dict(purl.qualifiers).get("epoch", "")
    version = version or (f"{epoch}:{purl.version}" if epoch and purl.version else purl.version)
    text = version or "vers:all/*"
    yield Product(
        id_, package_key_of(f"Red Hat:{release}", purl.name), None, version, VersionRange.from_text("Red Hat", text)
    )


def _cpe_of(full: FullName) -> str:
    return full.product_identification_helper.cpe if full.product_identification_helper else ""
