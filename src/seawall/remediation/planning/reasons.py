"""Why something is to be done, in words for people who are no specialists.

Every sentence is made of a `Decision` alone: its points, each with source, date and whether it was assumed. What a
policy assumed is said to be assumed. A point or a value that has no words here is shown as the policy writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from seawall.priority import Point, PointValue
from seawall.remediation.model import Confidence, Exposure

_WORDS: Final = {
    (Point.KEV, "yes"): "attackers already use it (on CISA's list of known exploited vulnerabilities)",
    (Point.KEV, "no"): "not on CISA's list of known exploited vulnerabilities",
    (Point.EXPLOITATION, "active"): "attackers already use it",
    (Point.EXPLOITATION, "poc"): "a way to attack it is public",
    (Point.EXPLOITATION, "none"): "no way to attack it is public",
    (Point.PUBLICLY_EXPOSED, "yes"): "strangers can reach it over the internet",
    (Point.PUBLICLY_EXPOSED, "no"): "strangers cannot reach it over the internet",
    (Point.AUTOMATABLE, "yes"): "attacks can be automated",
    (Point.AUTOMATABLE, "no"): "attacks cannot easily be automated",
    (Point.AUTOMATABLE, "unknown"): "nobody has published whether attacks can be automated",
    (Point.TECHNICAL_IMPACT, "total"): "an attacker gains full control",
    (Point.TECHNICAL_IMPACT, "partial"): "an attacker gains limited control",
    (Point.TECHNICAL_IMPACT, "unknown"): "nobody has published how much control an attacker gains",
    (Point.SYSTEM_EXPOSURE, "open"): "strangers can reach it over the internet",
    (Point.SYSTEM_EXPOSURE, "controlled"): "only some networks can reach it",
    (Point.SYSTEM_EXPOSURE, "small"): "hardly anybody can reach it",
    (Point.HUMAN_IMPACT, "very high"): "its failure could cost lives or end the mission",
    (Point.HUMAN_IMPACT, "high"): "its failure could harm people or stop what is essential",
    (Point.HUMAN_IMPACT, "medium"): "its failure would be felt",
    (Point.HUMAN_IMPACT, "low"): "its failure would hardly be felt",
    (Point.UTILITY, "super effective"): "attacking it pays well and can be automated",
    (Point.UTILITY, "efficient"): "attacking it pays well or can be automated",
    (Point.UTILITY, "laborious"): "attacking it is laborious",
    (Point.PUBLIC_SAFETY_IMPACT, "significant"): "the public's safety could suffer",
    (Point.PUBLIC_SAFETY_IMPACT, "minimal"): "the public's safety would not suffer",
}
_SEVERE: Final = frozenset(
    {
        (Point.KEV, "yes"),
        (Point.EXPLOITATION, "active"),
        (Point.PUBLICLY_EXPOSED, "yes"),
        (Point.AUTOMATABLE, "yes"),
        (Point.TECHNICAL_IMPACT, "total"),
        (Point.SYSTEM_EXPOSURE, "open"),
        (Point.HUMAN_IMPACT, "high"),
        (Point.HUMAN_IMPACT, "very high"),
        (Point.UTILITY, "super effective"),
        (Point.PUBLIC_SAFETY_IMPACT, "significant"),
    }
)
_UNKNOWN: Final = "unknown"


class PointInWords(msgspec.Struct, frozen=True):
    """A decision point for people."""

    words: str
    source: str
    """With its date, or why the value was assumed."""
    assumed: bool
    severe: bool
    """Its value is one that shortens the time."""
    unknown: bool = False
    """No source says anything, and a rule for missing data was used instead of a value."""


class Reason(msgspec.Struct, frozen=True):
    """One vulnerability that an action closes."""

    vulnerability: str
    identifiers: tuple[str, ...]
    title: str
    due: date | None
    """The earliest of its exposures."""
    outcome: str
    """The policy's, for people: `within 3 days, with forensic triage`."""
    forensics: bool
    exploited: bool
    """Known to be exploited."""
    points: tuple[PointInWords, ...]
    decision: str
    """`Decision.reason`: every input, with its source."""
    matched: tuple[str, ...]
    """The ranges or versions that matched."""
    confidence: Confidence
    because: str
    """Why that confidence."""
    contradicted_by: tuple[str, ...]
    urls: tuple[str, ...]


def in_words(value: PointValue) -> PointInWords:
    """Say a decision point in words."""
    key = value.point, value.value
    words = _WORDS.get(key) or f"{value.point.value}: {value.value}"
    source = value.source if not value.as_of else f"{value.source}, {value.as_of[:10]}"
    return PointInWords(words, source, value.assumed, key in _SEVERE, value.value == _UNKNOWN)


def urgency_key(exposure: Exposure) -> tuple[object, ...]:
    """Order exposures: soonest due first, forensics before none; the rest makes the order the same every time."""
    decision, component = exposure.decision, exposure.component
    return (
        decision.due or date.max,
        not decision.forensics,
        exposure.vulnerability.id,
        exposure.asset.name or component.asset,
        component.ref,
        str(component.purl or ""),
        component.vendor,
        component.name,
        component.version,
        exposure.matched,
        exposure.fixed,
        exposure.remedy,
        exposure.confidence.value,
        exposure.because,
        decision.reason,
    )


def reasons_of(exposures: Sequence[Exposure]) -> tuple[Reason, ...]:
    """Return one reason for each vulnerability, with the words of its most urgent exposure.

    Args:
        exposures: In the order of `urgency_key`.
    """
    by_id: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        by_id.setdefault(exposure.vulnerability.id, []).append(exposure)
    return tuple(_reason(group) for group in by_id.values())


def _reason(exposures: Sequence[Exposure]) -> Reason:
    first = exposures[0]
    decision, vulnerability = first.decision, first.vulnerability
    points = tuple(in_words(value) for value in decision.points)
    return Reason(
        vulnerability=vulnerability.id,
        identifiers=vulnerability.identifiers,
        title=vulnerability.title,
        due=decision.due,
        outcome=decision.outcome_name or decision.outcome,
        forensics=any(exposure.decision.forensics for exposure in exposures),
        exploited=any(
            (value.point, value.value) in {(Point.KEV, "yes"), (Point.EXPLOITATION, "active")}
            for value in decision.points
        ),
        points=points,
        decision=decision.reason,
        matched=tuple(sorted({exposure.matched for exposure in exposures})),
        confidence=first.confidence,
        because=first.because,
        contradicted_by=tuple(sorted({record for exposure in exposures for record in exposure.contradicted_by})),
        urls=vulnerability.urls,
    )
