"""What can go wrong when any file is read."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError


def too_large(what: str, limit: int, unit: str) -> LimitExceededError:
    """The input is beyond a limit."""
    return LimitExceededError(
        "remediation.too-large",
        f"{what} is beyond the limit of {limit} {unit}",
        remedy="Check that it is the right file; split it, or raise the limit if it is.",
    )


def unreadable_records(path: str, source: str, problem: str) -> InvalidInputError:
    """A file that was named holds no vulnerability records."""
    return InvalidInputError(
        "remediation.unreadable-records",
        f"{path} holds no {source.upper()} record: {problem[:200]}",
        remedy="Give a file with one record, one record a line, an archive, or a folder of such files.",
    )


def unopened(path: str, reason: str) -> UnavailableError:
    """The file cannot be opened."""
    return UnavailableError(
        "remediation.unopened", f"{path} cannot be read: {reason}", remedy="Check the path and its permissions."
    )
