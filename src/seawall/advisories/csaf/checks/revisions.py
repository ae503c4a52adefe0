"""Mandatory tests on version and revision history: 6.1.14, 6.1.16 to 6.1.22, 6.1.30."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from seawall.advisories.csaf.checks.finding import Check, Flaw
from seawall.advisories.csaf.checks.index import DocumentIndex
from seawall.advisories.csaf.document import RevisionEntry

_HISTORY = "/document/tracking/revision_history"
_VERSION = "/document/tracking/version"


def unsorted_history(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.14: sorted by date, the numbers rise; items of the same instant may stand in any order."""
    items = _by_date(index)
    for (_, earlier), (position, later) in pairwise(items):
        if version_key(earlier.number) > version_key(later.number):
            yield Flaw(
                f"{_HISTORY}/{position}",
                f"the number {later.number} is dated after {earlier.number}",
                "Number the revisions in the order of their dates.",
            )


def version_is_not_latest(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.16: the document's version is the number of the newest item, build metadata aside.

    In a draft the pre-release part does not count either.
    """
    latest = _by_date(index)[-1][1].number
    version = index.tracking.version
    is_draft = index.tracking.status == "draft"
    if _comparable(version, is_draft=is_draft) != _comparable(latest, is_draft=is_draft):
        yield Flaw(
            _VERSION,
            f"the version is {version}, but the newest item of the history is {latest}",
            "Set the version to the number of the newest revision.",
        )


def status_is_not_draft(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.17: versions 0, 0.y.z and pre-releases are drafts."""
    version = index.tracking.version
    if index.tracking.status != "draft" and (_major(version) == 0 or _pre_release(version)):
        yield Flaw(
            "/document/tracking/status",
            f"version {version} is a draft, but the status is {index.tracking.status}",
            "Set the status to `draft`, or release the document with a version from 1 on.",
        )


def draft_in_released_history(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.18: a released document has no revision 0 or 0.y.z."""
    if index.tracking.status == "draft":
        return
    for position, item in enumerate(index.tracking.revision_history):
        if _major(item.number) == 0:
            yield Flaw(
                f"{_HISTORY}/{position}/number",
                f"the history of a released document has the draft {item.number}",
                "Remove the items of drafts when the document is released.",
            )


def pre_release_in_history(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.19: no revision is a pre-release."""
    for position, item in enumerate(index.tracking.revision_history):
        if _pre_release(item.number):
            yield Flaw(
                f"{_HISTORY}/{position}/number",
                f"the history has the pre-release {item.number}",
                "Keep pre-releases out of the history.",
            )


def released_pre_release(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.20: the version of a released document has no pre-release part."""
    version = index.tracking.version
    if index.tracking.status != "draft" and _pre_release(version):
        yield Flaw(
            _VERSION,
            f"the status is {index.tracking.status}, but {version} is a pre-release",
            "Drop the pre-release part, or set the status to `draft`.",
        )


def missing_revision(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.21: sorted by date, the (major) numbers begin with 0 or 1 and leave none out."""
    items = _by_date(index)
    if _major(items[0][1].number) not in {0, 1}:
        yield Flaw(
            f"{_HISTORY}/{items[0][0]}",
            f"the history begins with {items[0][1].number}",
            "Begin the history with version 0 or 1.",
        )
    for (_, earlier), (position, later) in pairwise(items):
        if _major(later.number) > _major(earlier.number) + 1:
            yield Flaw(
                f"{_HISTORY}/{position}",
                f"between {earlier.number} and {later.number} a version is missing",
                "Add the items that were left out.",
            )


def repeated_revision(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.22: no number is in the history twice."""
    seen: set[str] = set()
    for position, item in enumerate(index.tracking.revision_history):
        if item.number in seen:
            yield Flaw(
                f"{_HISTORY}/{position}/number",
                f"the number {item.number} is in the history twice",
                "Give each revision a number of its own.",
            )
        seen.add(item.number)


def mixed_versioning(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.30: all version numbers are integers, or all are semantic versions."""
    is_semantic = "." in index.tracking.version
    for position, item in enumerate(index.tracking.revision_history):
        if ("." in item.number) != is_semantic:
            yield Flaw(
                f"{_HISTORY}/{position}/number",
                f"the number {item.number} and the version {index.tracking.version} are of different kinds",
                "Use integers throughout, and keep old numbers in `legacy_version`.",
            )


def version_key(number: str) -> tuple[object, ...]:
    """Return a key with the order of Semantic Versioning 2.0.0, section 11; an integer `n` sorts as `n.0.0`."""
    core, _, pre_release = number.partition("+")[0].partition("-")
    parts = [int(part) for part in core.split(".")]
    parts += [0] * (3 - len(parts))
    identifiers = tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in (pre_release.split(".") if pre_release else ())
    )
    return (*parts, not pre_release, identifiers)


def _by_date(index: DocumentIndex) -> list[tuple[int, RevisionEntry]]:
    """Positions and items, oldest first; of the same instant, lower number first."""
    items = enumerate(index.tracking.revision_history)
    return sorted(items, key=lambda pair: (pair[1].date, version_key(pair[1].number)))


def _major(number: str) -> int:
    return int(number.partition(".")[0])


def _pre_release(number: str) -> str:
    return number.partition("+")[0].partition("-")[2]


def _comparable(number: str, *, is_draft: bool) -> str:
    bare = number.partition("+")[0]
    return bare.partition("-")[0] if is_draft else bare


CHECKS = (
    Check("6.1.14", "Sorted Revision History", unsorted_history),
    Check("6.1.16", "Latest Document Version", version_is_not_latest),
    Check("6.1.17", "Document Status Draft", status_is_not_draft),
    Check("6.1.18", "Released Revision History", draft_in_released_history),
    Check("6.1.19", "Revision History Entries for Pre-release Versions", pre_release_in_history),
    Check("6.1.20", "Non-draft Document Version", released_pre_release),
    Check("6.1.21", "Missing Item in Revision History", missing_revision),
    Check("6.1.22", "Multiple Definition in Revision History", repeated_revision),
    Check("6.1.30", "Mixed Integer and Semantic Versioning", mixed_versioning),
)
