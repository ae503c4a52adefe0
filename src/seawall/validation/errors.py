"""Errors of this room. Whatever is wrong with a *claim* is no error but a grade with a reason."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError, SeawallError


class EnvironmentFailedError(SeawallError):
    """The packages of an environment cannot be had or built; trying again will not help.

    Codes: `validation.environment-failed`, `validation.no-such-package`, `validation.no-such-version`, and the like.
    `details` may hold the tail of a log under `log`. A registry that cannot be reached is an `UnavailableError`.
    """


class EvidenceError(InvalidInputError):
    """The evidence is not in the language of `docs/evidence.md`, or beyond its limits."""
