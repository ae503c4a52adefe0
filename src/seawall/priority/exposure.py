"""What is said about an asset: whether it can be reached from public networks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from seawall.kernel.errors import InvalidInputError
from seawall.priority.model import Point, Signal

EXPOSURE: Final = ("yes", "no", "unknown")
"""What may be said about an asset's exposure to public networks."""


def exposure_signals(exposed: str, asset: str, since: date) -> list[Signal]:
    """Return what is said about an asset's exposure: one statement, or none if it is unknown.

    Raises:
        InvalidInputError: `exposed` is not `yes`, `no` or `unknown` (`priority.invalid-exposure`).
    """
    if exposed not in EXPOSURE:
        raise InvalidInputError(
            "priority.invalid-exposure",
            f"{exposed[:40]!r} does not say whether an asset is publicly exposed",
            remedy=f"Say one of {', '.join(EXPOSURE)}.",
        )
    if exposed == "unknown":
        return []
    as_of = datetime.combine(since, time(), UTC)
    return [Signal(asset, Point.PUBLICLY_EXPOSED, exposed, "the operator", as_of)]
