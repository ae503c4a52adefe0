"""The product tree of CSAF 2.0 (section 3.2.2 and the types of 3.1)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from seawall.advisories.csaf.types import (
    UNSET,
    Cpe,
    HashValue,
    ProductIds,
    PurlText,
    Text,
    Texts,
    UnsetType,
    Uri,
    Uris,
    Wire,
    require_some,
    require_unique,
)

BranchCategory = Literal[
    "architecture",
    "host_name",
    "language",
    "legacy",
    "patch_level",
    "product_family",
    "product_name",
    "product_version",
    "product_version_range",
    "service_pack",
    "specification",
    "vendor",
]
RelationshipCategory = Literal[
    "default_component_of", "external_component_of", "installed_on", "installed_with", "optional_component_of"
]


class FileHash(Wire, frozen=True):
    """One hash of one file (3.1.3.3.2)."""

    algorithm: Text
    value: HashValue


class Hashes(Wire, frozen=True):
    """All hashes of one file."""

    file_hashes: Annotated[tuple[FileHash, ...], Meta(min_length=1)]
    filename: Text


class GenericUri(Wire, frozen=True):
    """An identifier that the standard has no member for."""

    namespace: Uri
    uri: Uri


class ProductIdentificationHelper(Wire, frozen=True):
    """How to find the product in an inventory (3.1.3.3)."""

    cpe: Cpe = ""
    hashes: Annotated[tuple[Hashes, ...], Meta(min_length=1)] = ()
    model_numbers: Texts = ()
    purl: PurlText = ""
    sbom_urls: Uris = ()
    serial_numbers: Texts = ()
    skus: Texts = ()
    x_generic_uris: Annotated[tuple[GenericUri, ...], Meta(min_length=1)] = ()

    def __post_init__(self) -> None:
        require_some(self)
        require_unique("model_numbers", self.model_numbers)
        require_unique("serial_numbers", self.serial_numbers)


class FullProductName(Wire, frozen=True):
    """A product as people call it, with the id that the rest of the document uses (3.1.3)."""

    name: Text
    product_id: Text
    product_identification_helper: ProductIdentificationHelper | UnsetType = UNSET


class Branch(Wire, frozen=True):
    """A node of the tree: inner with `branches`, or a leaf with `product` (3.1.2)."""

    category: BranchCategory
    name: Text
    branches: Annotated[tuple[Branch, ...], Meta(min_length=1)] = ()
    product: FullProductName | UnsetType = UNSET

    def __post_init__(self) -> None:
        if bool(self.branches) == isinstance(self.product, FullProductName):
            raise ValueError("a branch must have either `branches` or `product`")


class ProductGroup(Wire, frozen=True):
    """Products that are named together (3.2.2.3)."""

    group_id: Text
    product_ids: Annotated[tuple[Text, ...], Meta(min_length=2)]
    summary: Text = ""

    def __post_init__(self) -> None:
        require_unique("product_ids", self.product_ids)


class Relationship(Wire, frozen=True):
    """A product made of two others (3.2.2.4)."""

    category: RelationshipCategory
    full_product_name: FullProductName
    product_reference: Text
    relates_to_product_reference: Text


class ProductTree(Wire, frozen=True):
    """All products that the document speaks of."""

    branches: Annotated[tuple[Branch, ...], Meta(min_length=1)] = ()
    full_product_names: Annotated[tuple[FullProductName, ...], Meta(min_length=1)] = ()
    product_groups: Annotated[tuple[ProductGroup, ...], Meta(min_length=1)] = ()
    relationships: Annotated[tuple[Relationship, ...], Meta(min_length=1)] = ()

    def __post_init__(self) -> None:
        require_some(self)


class ProductStatus(Wire, frozen=True):
    """Which products stand how to one vulnerability (3.2.3.9)."""

    first_affected: ProductIds = ()
    first_fixed: ProductIds = ()
    fixed: ProductIds = ()
    known_affected: ProductIds = ()
    known_not_affected: ProductIds = ()
    last_affected: ProductIds = ()
    recommended: ProductIds = ()
    under_investigation: ProductIds = ()

    def __post_init__(self) -> None:
        require_some(self)
        for name in self.__struct_fields__:
            require_unique(name, getattr(self, name))
