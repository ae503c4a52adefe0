"""Mandatory tests of the profiles: 6.1.27.1 to 6.1.27.11. Each applies to documents of certain categories only."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.advisories.csaf.checks.finding import Check, Flaw
from seawall.advisories.csaf.checks.index import DocumentIndex
from seawall.advisories.csaf.types import UNSET

_INFORMATIVE = frozenset({"csaf_informational_advisory", "csaf_security_incident_response"})
_ADVISORY = "csaf_security_advisory"
_VEX = "csaf_vex"
_WITH_PRODUCTS = frozenset({_ADVISORY, _VEX})
_TELLING_NOTES = frozenset({"description", "details", "general", "summary"})


def missing_document_note(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.1: an informational advisory or incident response has a note that says something."""
    if index.category in _INFORMATIVE and not any(note.category in _TELLING_NOTES for note in index.info.notes):
        yield Flaw(
            "/document/notes",
            "no note is of the category description, details, general or summary",
            "Add a note of one of these categories.",
        )


def missing_external_reference(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.2: an informational advisory or incident response refers to something outside."""
    if index.category in _INFORMATIVE and not any(reference.external for reference in index.info.references):
        yield Flaw("/document/references", "no reference is external", "Add a reference of the category `external`.")


def prohibited_vulnerabilities(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.3: an informational advisory has no vulnerabilities."""
    if index.category == "csaf_informational_advisory" and index.whole.vulnerabilities:
        yield Flaw(
            "/vulnerabilities",
            "an informational advisory has no vulnerabilities",
            "Change the category to `csaf_base`, or remove the vulnerabilities.",
        )


def missing_product_tree(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.4: a security advisory or VEX has a product tree."""
    if index.category in _WITH_PRODUCTS and index.whole.product_tree is UNSET:
        yield Flaw("/product_tree", "the product tree is missing", "Add the products, or use the category `csaf_base`.")


def missing_vulnerability_note(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.5: each vulnerability of a security advisory or VEX has notes."""
    if index.category in _WITH_PRODUCTS:
        for pointer, vulnerability in index.vulnerabilities:
            if not vulnerability.notes:
                yield Flaw(f"{pointer}/notes", "the vulnerability has no notes", "Add a note that describes it.")


def missing_product_status(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.6: each vulnerability of a security advisory has a product status."""
    if index.category == _ADVISORY:
        for pointer, vulnerability in index.vulnerabilities:
            if vulnerability.product_status is UNSET:
                yield Flaw(
                    f"{pointer}/product_status",
                    "the vulnerability has no product status",
                    "Say which products are affected, fixed or under investigation.",
                )


def missing_vex_status(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.7: each vulnerability of a VEX has at least one of the four VEX status lists."""
    if index.category != _VEX:
        return
    for pointer, vulnerability in index.vulnerabilities:
        status = vulnerability.product_status
        if status is UNSET or not (
            status.fixed or status.known_affected or status.known_not_affected or status.under_investigation
        ):
            yield Flaw(
                f"{pointer}/product_status",
                "none of fixed, known_affected, known_not_affected and under_investigation is given",
                "Put the products into one of these four lists.",
            )


def missing_vulnerability_id(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.8: each vulnerability of a VEX has a CVE or another id."""
    if index.category == _VEX:
        for pointer, vulnerability in index.vulnerabilities:
            if not (vulnerability.cve or vulnerability.ids):
                yield Flaw(pointer, "the vulnerability has neither `cve` nor `ids`", "Add the id that people know.")


def missing_impact_statement(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.9: a VEX says why each product is not affected: a flag, or a threat of the category impact."""
    if index.category != _VEX:
        return
    for pointer, vulnerability in index.vulnerabilities:
        status = vulnerability.product_status
        if status is UNSET or not status.known_not_affected:
            continue
        statements = [*vulnerability.flags, *(item for item in vulnerability.threats if item.category == "impact")]
        explained = {product_id for item in statements for product_id in index.products_of(item)}
        for i, product_id in enumerate(status.known_not_affected):
            if product_id not in explained:
                yield Flaw(
                    f"{pointer}/product_status/known_not_affected/{i}",
                    f"nothing says why {product_id!r} is not affected",
                    "Add a flag, or a threat of the category `impact`.",
                )


def missing_action_statement(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.10: a VEX says what to do about each affected product."""
    if index.category != _VEX:
        return
    for pointer, vulnerability in index.vulnerabilities:
        status = vulnerability.product_status
        if status is UNSET or not status.known_affected:
            continue
        handled = {product_id for item in vulnerability.remediations for product_id in index.products_of(item)}
        for i, product_id in enumerate(status.known_affected):
            if product_id not in handled:
                yield Flaw(
                    f"{pointer}/product_status/known_affected/{i}",
                    f"nothing says what to do about {product_id!r}",
                    "Add a remediation, be it of the category `none_available`.",
                )


def missing_vulnerabilities(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.27.11: a security advisory or VEX has vulnerabilities."""
    if index.category in _WITH_PRODUCTS and not index.whole.vulnerabilities:
        yield Flaw("/vulnerabilities", "the vulnerabilities are missing", "Add them, or use the category `csaf_base`.")


CHECKS = (
    Check("6.1.27.1", "Document Notes", missing_document_note),
    Check("6.1.27.2", "Document References", missing_external_reference),
    Check("6.1.27.3", "Vulnerabilities", prohibited_vulnerabilities),
    Check("6.1.27.4", "Product Tree", missing_product_tree),
    Check("6.1.27.5", "Vulnerability Notes", missing_vulnerability_note),
    Check("6.1.27.6", "Product Status", missing_product_status),
    Check("6.1.27.7", "VEX Product Status", missing_vex_status),
    Check("6.1.27.8", "Vulnerability ID", missing_vulnerability_id),
    Check("6.1.27.9", "Impact Statement", missing_impact_statement),
    Check("6.1.27.10", "Action Statement", missing_action_statement),
    Check("6.1.27.11", "Vulnerabilities", missing_vulnerabilities),
)
