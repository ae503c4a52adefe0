"""Mandatory tests on CVSS: 6.1.7, 6.1.9, 6.1.10. Test 6.1.8 is the typed model itself, see `csaf.cvss`.

The vector takes precedence: members of the object are compared with what the vector says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from seawall.advisories.csaf.checks.finding import Check, Flaw
from seawall.advisories.csaf.checks.index import DocumentIndex
from seawall.advisories.csaf.cvss import PROPERTIES_V2, PROPERTIES_V3, CVSSv2, CVSSv30, CVSSv31, Rating
from seawall.advisories.csaf.types import UNSET

_SEVERITIES: tuple[tuple[float, Rating], ...] = (
    (0.0, "NONE"),
    (3.9, "LOW"),
    (6.9, "MEDIUM"),
    (8.9, "HIGH"),
    (10.0, "CRITICAL"),
)


@dataclass(frozen=True, slots=True)
class Computed:
    """The three scores of a vector."""

    base: float
    temporal: float
    environmental: float


def repeated_score(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.7: within one vulnerability a product has one score of each CVSS version."""
    for pointer, vulnerability in index.vulnerabilities:
        if len(vulnerability.scores) == 1:  # the products of one score are unique by the schema
            continue
        seen: set[tuple[str, str]] = set()
        for i, score in enumerate(vulnerability.scores):
            versions = [item.version for item in (score.cvss_v2, score.cvss_v3) if item is not UNSET]
            for j, product_id in enumerate(score.products):
                for version in versions:
                    if (version, product_id) in seen:
                        yield Flaw(
                            f"{pointer}/scores/{i}/products/{j}",
                            f"the product {product_id!r} has more than one CVSS {version} score",
                            "Keep one score of each version for a product.",
                        )
                    seen.add((version, product_id))


def wrong_computation(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.9: scores and severities are those of the vector."""
    for pointer, item in _objects(index):
        computed = compute(item.vector_string)
        if computed is None:
            yield Flaw(
                f"{pointer}/vectorString",
                "no score can be computed: the vector lacks a base metric or repeats one",
                "Give each base metric once.",
            )
            continue
        for name in ("base", "temporal", "environmental"):
            expected = getattr(computed, name)
            stated = getattr(item, f"{name}_score")
            if stated is not UNSET and stated != expected:
                yield Flaw(
                    f"{pointer}/{name}Score",
                    f"the {name} score is {stated:g}, but the vector gives {expected:g}",
                    f"Set it to {expected:g}, or correct the vector.",
                )
            severity = getattr(item, f"{name}_severity", UNSET)
            if severity is not UNSET and severity != severity_of(expected):
                yield Flaw(
                    f"{pointer}/{name}Severity",
                    f"the {name} severity is {severity}, but the vector gives {severity_of(expected)}",
                    f"Set it to {severity_of(expected)}, or correct the vector.",
                )


def contradicting_properties(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.10: no metric of the object contradicts the vector.

    A metric that the vector does not state contradicts nothing: the suite has such documents as valid (6.2.19).
    """
    for pointer, item in _objects(index):
        for name, said in stated_metrics(item.vector_string):
            stated = getattr(item, name)
            if stated is not UNSET and stated != said:
                place = item.__struct_encode_fields__[item.__struct_fields__.index(name)]
                yield Flaw(
                    f"{pointer}/{place}",
                    f"{place} is {stated}, but the vector says {said}",
                    f"Set it to {said}, leave it out, or correct the vector.",
                )


@lru_cache(maxsize=65536)
def stated_metrics(vector: str) -> tuple[tuple[str, str], ...]:
    """Return what a vector that fits its pattern says, as attribute names and values of the CVSS objects."""
    is_v3 = vector.startswith("CVSS:3")
    table = PROPERTIES_V3 if is_v3 else PROPERTIES_V2
    parts = vector.split("/")[1:] if is_v3 else vector.split("/")
    found = []
    for part in parts:
        metric, _, value = part.partition(":")
        name, values = table[metric]
        found.append((name, values[value]))
    return tuple(found)


@lru_cache(maxsize=65536)
def compute(vector: str) -> Computed | None:
    """Compute the scores of a CVSS 2.0, 3.0 or 3.1 vector; None if it lacks or repeats a metric.

    Where temporal or environmental metrics are not defined, the score below stands in, as the equations give.
    """
    from cvss import CVSS2, CVSS3, CVSSError  # noqa: PLC0415 - slow to import, and not needed without scores

    try:
        base, temporal, environmental = (CVSS3(vector) if vector.startswith("CVSS:3") else CVSS2(vector)).scores()
    except CVSSError:
        return None
    temporal = base if temporal is None else temporal
    environmental = temporal if environmental is None else environmental
    return Computed(float(base), float(temporal), float(environmental))


def severity_of(score: float) -> Rating:
    """Return the qualitative rating of a score (CVSS 3.1, section 5)."""
    return next(name for limit, name in _SEVERITIES if score <= limit)


def _objects(index: DocumentIndex) -> Iterator[tuple[str, CVSSv2 | CVSSv30 | CVSSv31]]:
    for pointer, vulnerability in index.vulnerabilities:
        for i, score in enumerate(vulnerability.scores):
            if score.cvss_v2 is not UNSET:
                yield f"{pointer}/scores/{i}/cvss_v2", score.cvss_v2
            if score.cvss_v3 is not UNSET:
                yield f"{pointer}/scores/{i}/cvss_v3", score.cvss_v3


CHECKS = (
    Check("6.1.7", "Multiple Scores with same Version per Product", repeated_score),
    Check("6.1.9", "Invalid CVSS computation", wrong_computation),
    Check("6.1.10", "Inconsistent CVSS", contradicting_properties),
)
