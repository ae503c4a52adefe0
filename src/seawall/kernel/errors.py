"""The one error family: every failure a user can meet has a code and a remedy.

Invariants: `code` is stable, lower-case, `room.what-is-wrong`; `message` says what happened to which thing;
`remedy` says what to do next. Adapters translate foreign exceptions into these where they occur. Exit codes and
HTTP statuses are no concern of this module: `entry` maps the classes below to them.
"""

from __future__ import annotations

import msgspec


class Diagnostics(msgspec.Struct, frozen=True):
    """What is shown to a person or a machine when something fails."""

    code: str
    message: str
    remedy: str
    details: dict[str, str] = msgspec.field(default_factory=dict)


class SeawallError(Exception):
    """Root of all errors that Seawall raises on purpose.

    Args:
        code: Stable identifier such as `intake.truncated-json`.
        message: One sentence, no embargoed text, no secrets.
        remedy: One sentence that tells the reader what to do.
        **details: Identifiers and numbers that help; shown as `key: value`.
    """

    def __init__(self, code: str, message: str, *, remedy: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.details = {key: str(value) for key, value in details.items()}

    def diagnostics(self) -> Diagnostics:
        """Return the error as data."""
        return Diagnostics(self.code, self.message, self.remedy, dict(self.details))

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors come back from worker processes; the default would call the class without its keywords and fail.
        return _rebuilt, (type(self), self.code, self.message, self.remedy, self.details)


class InvalidInputError(SeawallError):
    """The input is not what it claims to be; nothing was changed by it."""


class LimitExceededError(InvalidInputError):
    """The input is larger, deeper or slower than a stated limit."""


class NotFoundError(SeawallError):
    """No record has the identifier that was asked for."""


class ConflictError(SeawallError):
    """The request contradicts the present state, for example a split of a case with one finding."""


class BusyError(SeawallError):
    """Another process holds what is needed; waiting and trying again helps."""


class IntegrityError(SeawallError):
    """Stored data contradicts its digest, its signature or the ledger."""


class UnavailableError(SeawallError):
    """Something outside Seawall is missing: a program, a registry, disk space, a server."""


def _rebuilt(kind: type[SeawallError], code: str, message: str, remedy: str, details: dict[str, str]) -> SeawallError:
    """Make an error anew from what pickle kept."""
    error = kind(code, message, remedy=remedy)
    error.details = details
    return error
