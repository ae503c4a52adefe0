"""Mandatory tests on the product tree and on references into it: 6.1.1 to 6.1.6, 6.1.13, 6.1.25, 6.1.31."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from seawall.advisories.csaf.checks.finding import Check, Flaw
from seawall.advisories.csaf.checks.index import STATUSES, DocumentIndex
from seawall.advisories.csaf.types import UNSET
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import parse_purl

_STATUS_GROUPS = {
    "affected": ("first_affected", "known_affected", "last_affected"),
    "not affected": ("known_not_affected",),
    "fixed": ("first_fixed", "fixed"),
    "under investigation": ("under_investigation",),
}
_RANGE_WORDS = frozenset({"after", "all", "before", "earlier", "later", "prior", "versions"})
_COMPARISON = re.compile("[<>]")


def missing_product_id(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.1: each product id that is referred to is defined in the product tree."""
    defined = index.product_ids
    for pointer, ids in _product_references(index):
        if defined.issuperset(ids):
            continue
        for position, product_id in enumerate(ids):
            if product_id not in defined:
                yield Flaw(
                    pointer if pointer.endswith("_reference") else f"{pointer}/{position}",
                    f"the product id {product_id!r} is not defined in the product tree",
                    "Define the product in `product_tree`, or correct the id.",
                )


def multiple_product_id(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.2: no product id is defined twice."""
    if len(index.product_ids) == len(index.products):
        return
    seen: dict[str, str] = {}
    for pointer, product in index.products:
        first = seen.setdefault(product.product_id, pointer)
        if first != pointer:
            yield Flaw(
                f"{pointer}/product_id",
                f"the product id {product.product_id!r} was already defined at {first}",
                "Give each product an id of its own.",
            )


def circular_product_id(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.3: no product of a relationship ends up, over any number of steps, in a circle."""
    parts: dict[str, set[str]] = {}
    for _, item in index.relationships:
        made_of = parts.setdefault(item.full_product_name.product_id, set())
        made_of.update((item.product_reference, item.relates_to_product_reference))
    circular = _on_a_circle(parts)
    for pointer, item in index.relationships:
        product_id = item.full_product_name.product_id
        if product_id in circular:
            yield Flaw(
                f"{pointer}/full_product_name/product_id",
                f"the definition of {product_id!r} ends up in a circle",
                "Let the relationship refer to products that are defined without it.",
            )


def missing_group_id(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.4: each product group that is referred to is defined."""
    for pointer, vulnerability in index.vulnerabilities:
        for name in ("flags", "remediations", "threats"):
            for i, item in enumerate(getattr(vulnerability, name)):
                for j, group_id in enumerate(item.group_ids):
                    if group_id not in index.members:
                        yield Flaw(
                            f"{pointer}/{name}/{i}/group_ids/{j}",
                            f"the product group {group_id!r} is not defined in the product tree",
                            "Define the group in `product_tree/product_groups`, or correct the id.",
                        )


def multiple_group_id(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.5: no product group id is defined twice."""
    seen: dict[str, str] = {}
    for pointer, group in index.groups:
        first = seen.setdefault(group.group_id, pointer)
        if first != pointer:
            yield Flaw(
                f"{pointer}/group_id",
                f"the group id {group.group_id!r} was already defined at {first}",
                "Give each product group an id of its own.",
            )


def contradicting_status(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.6: within one vulnerability no product is in two status groups that exclude each other."""
    for pointer, vulnerability in index.vulnerabilities:
        status = vulnerability.product_status
        if status is UNSET:
            continue
        groups = {
            label: {product_id for name in names for product_id in getattr(status, name)}
            for label, names in _STATUS_GROUPS.items()
        }
        for (left, left_ids), (right, right_ids) in combinations(groups.items(), 2):
            for product_id in sorted(left_ids & right_ids):
                yield Flaw(
                    f"{pointer}/product_status",
                    f"the product {product_id!r} is both {left} and {right}",
                    "Leave the product in one of the two groups.",
                )


def invalid_purl(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.13: each purl follows the package URL specification."""
    for pointer, product in index.products:
        helper = product.product_identification_helper
        if helper is UNSET or not helper.purl:
            continue
        try:
            parse_purl(helper.purl)
        except InvalidInputError as error:
            yield Flaw(f"{pointer}/product_identification_helper/purl", error.message, error.remedy)


def repeated_hash_algorithm(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.25: the hashes of one file use each algorithm once."""
    for pointer, product in index.products:
        helper = product.product_identification_helper
        if helper is UNSET:
            continue
        for i, file in enumerate(helper.hashes):
            seen: set[str] = set()
            for j, item in enumerate(file.file_hashes):
                if item.algorithm in seen:
                    yield Flaw(
                        f"{pointer}/product_identification_helper/hashes/{i}/file_hashes/{j}",
                        f"{item.algorithm} is used more than once for {file.filename!r}",
                        "Give one hash for each algorithm; list different files as separate items.",
                    )
                seen.add(item.algorithm)


def range_in_product_version(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.31: the name of a `product_version` branch is no version range.

    Words count where they stand alone between blanks: the suite has `after-eight` as a valid version.
    """
    for pointer, branch in index.branches:
        if branch.category == "product_version" and is_range(branch.name):
            yield Flaw(
                f"{pointer}/name",
                f"{branch.name!r} is a version range",
                "Use the category `product_version_range`, or name one version.",
            )


def is_range(name: str) -> bool:
    """Tell whether test 6.1.31 takes the name of a branch for a version range."""
    return _COMPARISON.search(name) is not None or not _RANGE_WORDS.isdisjoint(name.lower().split())


def _product_references(index: DocumentIndex) -> Iterator[tuple[str, tuple[str, ...]]]:
    for pointer, group in index.groups:
        yield f"{pointer}/product_ids", group.product_ids
    for pointer, item in index.relationships:
        yield f"{pointer}/product_reference", (item.product_reference,)
        yield f"{pointer}/relates_to_product_reference", (item.relates_to_product_reference,)
    for pointer, vulnerability in index.vulnerabilities:
        status = vulnerability.product_status
        if status is not UNSET:
            for name in STATUSES:
                yield f"{pointer}/product_status/{name}", getattr(status, name)
        for i, score in enumerate(vulnerability.scores):
            yield f"{pointer}/scores/{i}/products", score.products
        for name in ("flags", "remediations", "threats"):
            for i, scoped in enumerate(getattr(vulnerability, name)):
                yield f"{pointer}/{name}/{i}/product_ids", scoped.product_ids


def _on_a_circle(parts: dict[str, set[str]]) -> set[str]:
    """Return the products that can never be resolved into others: those on a circle, or made of one that is.

    Products whose parts are all resolved are peeled off until nothing changes; what stays rests on a circle. Linear
    in the number of references, and without recursion.
    """
    waiting = {product: {part for part in made_of if part in parts} for product, made_of in parts.items()}
    used_by: dict[str, list[str]] = {}
    for product, made_of in waiting.items():
        for part in made_of:
            used_by.setdefault(part, []).append(product)
    ready = [product for product, made_of in waiting.items() if not made_of]
    while ready:
        part = ready.pop()
        del waiting[part]
        for product in used_by.get(part, ()):
            waiting[product].discard(part)
            if not waiting[product]:
                ready.append(product)
    return set(waiting)


CHECKS = (
    Check("6.1.1", "Missing Definition of Product ID", missing_product_id),
    Check("6.1.2", "Multiple Definition of Product ID", multiple_product_id),
    Check("6.1.3", "Circular Definition of Product ID", circular_product_id),
    Check("6.1.4", "Missing Definition of Product Group ID", missing_group_id),
    Check("6.1.5", "Multiple Definition of Product Group ID", multiple_group_id),
    Check("6.1.6", "Contradicting Product Status", contradicting_status),
    Check("6.1.13", "PURL", invalid_purl),
    Check("6.1.25", "Multiple Use of Same Hash Algorithm", repeated_hash_algorithm),
    Check("6.1.31", "Version Range in Product Version", range_in_product_version),
)
