"""What can go wrong when an inventory is read."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError


def unreadable_inventory(problem: str) -> InvalidInputError:
    """The document is no JSON, or not shaped like a CycloneDX document."""
    return InvalidInputError(
        "remediation.unreadable-inventory",
        f"the inventory cannot be read: {problem[:200]}",
        remedy="Create the file again with your SBOM tool, as CycloneDX JSON.",
    )


def not_cyclonedx(found: str) -> InvalidInputError:
    """It is an inventory of another kind."""
    return InvalidInputError(
        "remediation.not-cyclonedx",
        f"this is {found}, and not CycloneDX JSON",
        remedy="Convert it to CycloneDX JSON 1.2 to 1.7, or have your SBOM tool write that.",
    )


def unsupported_cyclonedx(version: str) -> InvalidInputError:
    """A version of CycloneDX that is not read."""
    return InvalidInputError(
        "remediation.unsupported-cyclonedx",
        f"CycloneDX {version[:20]!r} is not supported",
        remedy="Have your SBOM tool write CycloneDX JSON 1.2 to 1.7.",
    )


def too_large(what: str, limit: int, unit: str) -> LimitExceededError:
    """The input is beyond a limit."""
    return LimitExceededError(
        "remediation.too-large",
        f"{what} is beyond the limit of {limit} {unit}",
        remedy="Check that it is the right file; split it, or raise the limit if it is.",
    )


def unreadable_records(place: str, problem: str) -> InvalidInputError:
    """A file that was named holds no vulnerability records."""
    return InvalidInputError(
        "remediation.unreadable-records",
        f"{place} holds no OSV records: {problem[:200]}",
        remedy="Give a file with one OSV record, one record a line, or a folder of such files.",
        place=place,
    )


def unopened(path: str, reason: str) -> UnavailableError:
    """The file cannot be opened."""
    return UnavailableError(
        "remediation.unopened", f"{path} cannot be read: {reason}", remedy="Check the path and its permissions."
    )
