"""CVSS vectors to scores, versions 2.0 to 4.0, by the `cvss` library.

A vector is kept as it came; a score is a view of it, computed when it is asked for. Left out on purpose: temporal and
environmental scores, which belong to an operator and not to a clearinghouse.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.priority.errors import invalid_vector
from seawall.priority.model import Point


@dataclass(frozen=True, slots=True)
class Score:
    """A CVSS base score."""

    version: str
    """`2.0`, `3.0`, `3.1` or `4.0`."""
    base: float
    """0.0 to 10.0."""
    severity: str
    """`none`, `low`, `medium`, `high` or `critical`; 2.0 knows no `none` and no `critical`."""


def score(vector: str) -> Score:
    """Return the base score of a vector.

    Raises:
        InvalidInputError: The text is no CVSS vector (`priority.invalid-cvss`).
    """
    # Slow to import and rarely needed, so not at the top.
    from cvss import CVSS2, CVSS3, CVSS4  # noqa: PLC0415 - see above
    from cvss.exceptions import CVSSError  # noqa: PLC0415 - see above

    text = vector.strip()
    try:
        if text.startswith("CVSS:4"):
            parsed, version, base = (four := CVSS4(text)), "4.0", four.base_score
        elif text.startswith("CVSS:3"):
            parsed, version = (three := CVSS3(text)), text[5:8]
            base = three.base_score
        else:
            parsed, version = (two := CVSS2(text)), "2.0"
            base = two.base_score
    except (CVSSError, ValueError, KeyError, IndexError) as error:
        raise invalid_vector(text, str(error)) from None
    return Score(version, float(base), str(_severity(parsed)).lower())


def point_of(vector: str) -> Point:
    """Return the point that a vector is a value of, by its prefix alone."""
    return {"CVSS:4": Point.CVSS_4, "CVSS:3": Point.CVSS_3}.get(vector.strip()[:6], Point.CVSS_2)


def _severity(parsed: object) -> str:
    severities = parsed.severities()  # type: ignore[attr-defined]  # the library has no types
    return str(severities[0])
