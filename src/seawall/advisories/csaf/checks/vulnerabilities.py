"""Mandatory tests on vulnerabilities: 6.1.11, 6.1.23, 6.1.24, 6.1.29, 6.1.32, 6.1.33."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from seawall.advisories.csaf.checks.finding import Check, Flaw, Severity
from seawall.advisories.csaf.checks.index import DocumentIndex
from seawall.advisories.csaf.facts import CWE_VERSION, newest_weakness, weakness_name
from seawall.advisories.csaf.types import UNSET, UnsetType


def wrong_weakness(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.11: the weakness exists and has this name. Numbers newer than the list can't be decided: a warning."""
    for pointer, vulnerability in index.vulnerabilities:
        cwe = vulnerability.cwe
        if cwe is UNSET:
            continue
        number = int(cwe.id[4:])
        name = weakness_name(number)
        if not name and number > newest_weakness():
            yield Flaw(
                f"{pointer}/cwe/id",
                f"{cwe.id} is newer than CWE {CWE_VERSION}, so its name could not be checked",
                "Check number and name in the current CWE list.",
                Severity.WARNING,
            )
        elif not name:
            yield Flaw(
                f"{pointer}/cwe/id",
                f"{cwe.id} is no weakness of CWE {CWE_VERSION}",
                "Name a weakness; categories and views are none.",
            )
        elif name != cwe.name.rstrip():
            yield Flaw(
                f"{pointer}/cwe/name",
                f"the name of {cwe.id} is {name!r}, not {cwe.name!r}",
                "Use the name of the CWE list.",
            )


def repeated_cve(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.23: no CVE is used in two vulnerability items."""
    seen: dict[str, str] = {}
    for pointer, vulnerability in index.vulnerabilities:
        if not vulnerability.cve:
            continue
        first = seen.setdefault(vulnerability.cve, pointer)
        if first != pointer:
            yield Flaw(
                f"{pointer}/cve",
                f"{vulnerability.cve} is already used at {first}",
                "Join the two items.",
            )


def repeated_involvement(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.24: no party has two involvements of the same date."""
    for pointer, vulnerability in index.vulnerabilities:
        seen: set[tuple[str, datetime | UnsetType]] = set()
        for i, item in enumerate(vulnerability.involvements):
            key = (item.party, item.date)
            if key in seen:
                yield Flaw(
                    f"{pointer}/involvements/{i}",
                    f"the {item.party} has two involvements of the same date",
                    "Join the two, or give each its own date.",
                )
            seen.add(key)


def remediation_without_product(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.29: each remediation names products or groups."""
    for pointer, vulnerability in index.vulnerabilities:
        for i, item in enumerate(vulnerability.remediations):
            if not (item.product_ids or item.group_ids):
                yield Flaw(
                    f"{pointer}/remediations/{i}",
                    "the remediation names no product",
                    "Add `product_ids` or `group_ids`.",
                )


def flag_without_product(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.32: each flag names products or groups."""
    for pointer, vulnerability in index.vulnerabilities:
        for i, item in enumerate(vulnerability.flags):
            if not (item.product_ids or item.group_ids):
                yield Flaw(f"{pointer}/flags/{i}", "the flag names no product", "Add `product_ids` or `group_ids`.")


def repeated_flag(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.33: a product is under one flag with a VEX justification, groups followed. All labels of 2.0 are such."""
    for pointer, vulnerability in index.vulnerabilities:
        seen: dict[str, int] = {}
        for i, item in enumerate(vulnerability.flags):
            for product_id in dict.fromkeys(index.products_of(item)):
                first = seen.setdefault(product_id, i)
                if first != i:
                    yield Flaw(
                        f"{pointer}/flags/{i}",
                        f"the product {product_id!r} is already under flag {first}",
                        "Leave the product under one flag.",
                    )


CHECKS = (
    Check("6.1.11", "CWE", wrong_weakness),
    Check("6.1.23", "Multiple Use of Same CVE", repeated_cve),
    Check("6.1.24", "Multiple Definition in Involvements", repeated_involvement),
    Check("6.1.29", "Remediation without Product Reference", remediation_without_product),
    Check("6.1.32", "Flag without Product Reference", flag_without_product),
    Check("6.1.33", "Multiple Flags with VEX Justification Codes per Product", repeated_flag),
)
