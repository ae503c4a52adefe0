"""One walk over the product tree, shared by all tests.

Everything here is in document order. Walking uses a stack of its own, so that depth costs no Python frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from seawall.advisories.csaf.document import DocumentInfo, Tracking
from seawall.advisories.csaf.product_tree import Branch, FullProductName, ProductGroup, ProductStatus, Relationship
from seawall.advisories.csaf.read import CSAFDocument
from seawall.advisories.csaf.types import UNSET
from seawall.advisories.csaf.vulnerability import Scoped, Vulnerability

STATUSES = ProductStatus.__struct_fields__
"""Names of the product status lists, sorted."""


class DocumentIndex:
    """A document and what tests look up in it; built lazily."""

    def __init__(self, document: CSAFDocument) -> None:
        self.whole = document

    @property
    def info(self) -> DocumentInfo:
        """The member `document`."""
        return self.whole.document

    @property
    def tracking(self) -> Tracking:
        """The member `document/tracking`."""
        return self.whole.document.tracking

    @property
    def category(self) -> str:
        """The profile that the document claims."""
        return self.whole.document.category

    @property
    def vulnerabilities(self) -> Iterator[tuple[str, Vulnerability]]:
        """Pointer and vulnerability."""
        return ((f"/vulnerabilities/{i}", item) for i, item in enumerate(self.whole.vulnerabilities))

    @cached_property
    def branches(self) -> list[tuple[str, Branch]]:
        """Pointer and branch, each inner branch before its own."""
        tree = self.whole.product_tree
        if tree is UNSET:
            return []
        found: list[tuple[str, Branch]] = []
        stack = [(f"/product_tree/branches/{i}", branch) for i, branch in enumerate(tree.branches)][::-1]
        while stack:
            pointer, branch = stack.pop()
            found.append((pointer, branch))
            if branch.branches:
                stack.extend([(f"{pointer}/branches/{i}", inner) for i, inner in enumerate(branch.branches)][::-1])
        return found

    @cached_property
    def products(self) -> list[tuple[str, FullProductName]]:
        """Pointer and definition of each product: in branches, in `full_product_names`, in relationships."""
        tree = self.whole.product_tree
        if tree is UNSET:
            return []
        found = [
            (f"{pointer}/product", branch.product) for pointer, branch in self.branches if branch.product is not UNSET
        ]
        found.extend((f"/product_tree/full_product_names/{i}", name) for i, name in enumerate(tree.full_product_names))
        found.extend((f"{pointer}/full_product_name", item.full_product_name) for pointer, item in self.relationships)
        return found

    @cached_property
    def product_ids(self) -> frozenset[str]:
        """All ids that the tree defines."""
        return frozenset(product.product_id for _, product in self.products)

    @cached_property
    def relationships(self) -> list[tuple[str, Relationship]]:
        """Pointer and relationship."""
        tree = self.whole.product_tree
        if tree is UNSET:
            return []
        return [(f"/product_tree/relationships/{i}", item) for i, item in enumerate(tree.relationships)]

    @cached_property
    def groups(self) -> list[tuple[str, ProductGroup]]:
        """Pointer and product group."""
        tree = self.whole.product_tree
        if tree is UNSET:
            return []
        return [(f"/product_tree/product_groups/{i}", group) for i, group in enumerate(tree.product_groups)]

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Product ids by group id; the first definition counts."""
        found: dict[str, tuple[str, ...]] = {}
        for _, group in self.groups:
            found.setdefault(group.group_id, group.product_ids)
        return found

    def products_of(self, item: Scoped) -> list[str]:
        """Product ids of a flag, remediation or threat, those of its groups included; may repeat."""
        found = list(item.product_ids)
        for group in item.group_ids:
            found.extend(self.members.get(group, ()))
        return found
