"""The tests of CSAF 2.0, section 6: one function a test, named by its section, grouped by theme.

A document that is no CSAF 2.0 document by the schema gets its schema errors and no other test is run: their results
would say nothing. Errors inside a CVSS object carry the id 6.1.8, whose subject they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seawall.advisories.csaf.checks import metadata, products, profiles, revisions, scores, vulnerabilities
from seawall.advisories.csaf.checks.finding import Check, CheckFinding, Flaw, Severity
from seawall.advisories.csaf.checks.index import DocumentIndex
from seawall.advisories.csaf.read import DOCUMENT_LIMITS, CSAFDocument, read_document
from seawall.advisories.csaf.schema import schema_errors
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import Limits

__all__ = [
    "MANDATORY",
    "Check",
    "CheckFinding",
    "DocumentIndex",
    "Flaw",
    "Severity",
    "check",
    "validate",
]

INVALID_CVSS = "6.1.8"


def _by_section(check_: Check) -> tuple[int, ...]:
    return tuple(int(part) for part in check_.id.split("."))


MANDATORY: tuple[Check, ...] = tuple(
    sorted(
        (
            *products.CHECKS,
            *revisions.CHECKS,
            *scores.CHECKS,
            *vulnerabilities.CHECKS,
            *metadata.CHECKS,
            *profiles.CHECKS,
        ),
        key=_by_section,
    )
)
"""All tests of section 6.1 but 6.1.8, which the decode does, in the order of the standard."""


def validate(
    data: bytes, *, checks: Sequence[Check] = MANDATORY, limits: Limits = DOCUMENT_LIMITS
) -> list[CheckFinding]:
    """Validate a CSAF 2.0 document: the schema first, then the tests.

    Args:
        data: The document's bytes.
        checks: Which tests to run, in this order.
        limits: Bounds on the document.

    Returns:
        What failed, in the order of the tests; the document is valid if none has the severity `error`.
        A document that can't be read at all is a finding of the test `schema` as well.
    """
    try:
        document = read_document(data, limits).document
    except InvalidInputError as error:
        return list(_schema_findings(data, error))
    return check(document, checks=checks)


def check(document: CSAFDocument, *, checks: Sequence[Check] = MANDATORY) -> list[CheckFinding]:
    """Run tests on a document that was read or built; see `validate`."""
    index = DocumentIndex(document)
    return [
        CheckFinding(item.id, flaw.severity, flaw.pointer, flaw.message, flaw.remedy)
        for item in checks
        for flaw in item.run(index)
    ]


def _schema_findings(data: bytes, error: InvalidInputError) -> Iterator[CheckFinding]:
    pointer = error.details.get("pointer", "/").removesuffix("/")
    places = list(schema_errors(data)) if error.code == "advisories.csaf-invalid" else []
    if not any(place == pointer for place, _ in places):
        places.insert(0, (pointer, error.message))
    for place, message in places:
        test = INVALID_CVSS if "/cvss_v" in place else "schema"
        yield CheckFinding(test, Severity.ERROR, place, message, error.remedy)
