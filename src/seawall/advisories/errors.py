"""What can go wrong on the way out. Codes begin with `advisories.`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from seawall.kernel.errors import ConflictError, IntegrityError, InvalidInputError
from seawall.kernel.marking import Marking


class Finding(Protocol):
    """One failed test of a document, whatever the format."""

    @property
    def test(self) -> str:
        """Which test failed."""
        ...

    @property
    def pointer(self) -> str:
        """JSON pointer of the place."""
        ...

    @property
    def message(self) -> str:
        """What is wrong there."""
        ...


class InvalidDocumentError(IntegrityError):
    """A document that Seawall wrote fails a mandatory test, so it was not published.

    Attributes:
        findings: What failed.
    """

    def __init__(self, case_id: str, format_: str, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(
            "advisories.invalid-document",
            f"the {format_} document of {case_id} fails {len(findings)} mandatory test(s); "
            f"first {first.test} at {first.pointer or '/'}: {first.message}",
            remedy="Nothing was published. Correct the case's data; if that is right, report this as a defect.",
            case=case_id,
            format=format_,
            tests=", ".join(sorted({finding.test for finding in findings})),
        )
        self.findings = tuple(findings)


def marking_forbids(case_id: str, content: Marking, release: Marking | None) -> ConflictError:
    """Make the error for content that nobody may publish yet."""
    asked = f"; a release as {release.label} was asked for" if release is not None else ""
    return ConflictError(
        "advisories.marking-forbids-publication",
        f"{case_id} rests on {content.label} content and the publication folder is public{asked}",
        remedy="Have a coordinator state the release marking TLP:CLEAR, or wait until the sources are public.",
        case=case_id,
    )


def refuted(case_id: str) -> ConflictError:
    """Make the error for a case whose claim is false."""
    return ConflictError(
        "advisories.refuted",
        f"{case_id} was refuted, so there is nothing to publish",
        remedy="Look at the proof; submit better evidence if you think that it is wrong.",
        case=case_id,
    )


def no_findings(case_id: str) -> InvalidInputError:
    """Make the error for a case without its findings."""
    return InvalidInputError(
        "advisories.no-findings",
        f"none of the findings given belongs to {case_id}",
        remedy="Pass the findings that the case lists.",
        case=case_id,
    )


def unknown_format(name: str, known: Sequence[str]) -> InvalidInputError:
    """Make the error for a format that is not offered."""
    return InvalidInputError(
        "advisories.unknown-format",
        f"{name[:40]!r} is not a format that is published",
        remedy=f"Use one of: {', '.join(known)}.",
    )
