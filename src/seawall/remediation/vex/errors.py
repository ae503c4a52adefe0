"""What can go wrong when VEX is read or written."""

from __future__ import annotations

from seawall.kernel.errors import IntegrityError, InvalidInputError


def unreadable(problem: str) -> InvalidInputError:
    """It is no VEX document."""
    return InvalidInputError(
        "remediation.unreadable-vex",
        f"the VEX document cannot be read: {problem[:200]}",
        remedy="Give an OpenVEX 0.2, CSAF 2.0 or CycloneDX JSON document as its author published it.",
    )


def unknown_status(place: str, word: str) -> InvalidInputError:
    """A status that is none of the format's words; guessing could hide a vulnerability."""
    return InvalidInputError(
        "remediation.unknown-vex-status",
        f"{place} has the status {word[:60]!r}, which the format does not know; nothing of the document was taken",
        remedy="Ask the author to correct it; statuses are spelled exactly as the format says.",
        place=place,
    )


def incomplete(place: str, what: str) -> InvalidInputError:
    """A statement without a part that it cannot do without."""
    return InvalidInputError(
        "remediation.incomplete-vex",
        f"{place} {what}",
        remedy="Ask the author to correct the document.",
        place=place,
    )


def contradicting(vulnerability: str, product: str) -> InvalidInputError:
    """Two statements about one vulnerability in one product cannot stand in one document."""
    return InvalidInputError(
        "remediation.contradicting-vex",
        f"there are two statements about {vulnerability[:60]} in {product[:80]}",
        remedy="Write the one that stands (`standing_of`).",
    )


def mixed_authors(author: str, other: str) -> InvalidInputError:
    """A VEX document speaks for one author."""
    return InvalidInputError(
        "remediation.mixed-vex-authors",
        f"a statement by {other[:60]!r} cannot go into a document by {author[:60]!r}",
        remedy="Write one document for each author.",
    )


def unwritable(what: str) -> InvalidInputError:
    """There is nothing to write, or a part that no document can do without is missing."""
    return InvalidInputError(
        "remediation.unwritable-vex",
        f"no VEX document can be written: {what}",
        remedy="Give at least one statement, each with a vulnerability and a product, and name the author.",
    )


def broken(problem: str) -> IntegrityError:
    """Our own document does not pass our own checks: a defect of Seawall."""
    return IntegrityError(
        "remediation.invalid-vex-written",
        f"the document that was made does not pass the checks: {problem[:200]}",
        remedy="Report this as a defect, with the inventory if you may.",
    )
