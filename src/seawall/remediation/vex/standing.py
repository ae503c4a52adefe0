"""Which VEX statement stands for an exposure.

A statement speaks of an exposure if it names the vulnerability by one of its identifiers, and the product by the
component's purl, the same purl without a version (then of all versions), its CPE, or its vendor, product and version.
`fixed` without a version says nothing about an installed one, and does not count.
Of one author the latest statement stands; of several authors, of two statements of one instant, and wherever one has no
date, the more cautious one: a claim that something is harmless never wins by accident.

Left out on purpose: statements about a product that only contains the component. Whether what holds for the whole
holds for the part is for a person to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import Purl, parse_purl
from seawall.remediation.model import Component, Exposure, VexStatement, VexStatus

_CAUTION: Final = {
    VexStatus.NOT_AFFECTED: 0,
    VexStatus.FIXED: 1,
    VexStatus.UNDER_INVESTIGATION: 2,
    VexStatus.AFFECTED: 3,
}
_EPOCH: Final = datetime.min.replace(tzinfo=UTC)


class Standing:
    """Finds the statement that stands; built once for many exposures."""

    def __init__(self, statements: Iterable[VexStatement]) -> None:
        self._by_pair: dict[tuple[str, str], list[VexStatement]] = {}
        for statement in statements:
            product = _normal(statement.product)
            for name in {statement.vulnerability, *statement.aliases}:
                self._by_pair.setdefault((name.upper(), product), []).append(statement)

    def on(self, exposure: Exposure) -> VexStatement | None:
        """Return the statement that stands for an exposure; None where nobody said anything."""
        if not self._by_pair:
            return None
        vulnerability = exposure.vulnerability
        names = {name.upper() for name in (vulnerability.id, *vulnerability.identifiers)}
        products = _names_of(exposure.component)
        found = [one for name in names for product in products for one in self._by_pair.get((name, product), ())]
        every_version = str(exposure.component.purl.package) if exposure.component.purl else ""
        return standing_of(
            one for one in found if one.status is not VexStatus.FIXED or _normal(one.product) != every_version
        )


def standing_of(statements: Iterable[VexStatement]) -> VexStatement | None:
    """Return the one of several statements about one thing that stands.

    A statement without a date cannot be placed in time: it stands only where none is more cautious.
    """
    candidates: list[VexStatement] = []
    latest: dict[str, VexStatement] = {}
    for statement in statements:
        if statement.at is None:
            candidates.append(statement)
        else:
            latest[statement.author] = max(latest.get(statement.author, statement), statement, key=_order)
    return max((*candidates, *latest.values()), key=lambda one: (_CAUTION[one.status], *_order(one)), default=None)


def in_words(statement: VexStatement) -> str:
    """Say who said what, when and why."""
    author = statement.author or "an unnamed author"
    when = f" on {statement.at.date().isoformat()}" if statement.at else ""
    status = statement.status.value.replace("_", " ")
    why = ". ".join(part for part in (statement.justification.replace("_", " "), statement.detail) if part)
    return f"VEX by {author}{when}: {status}" + (f" ({why})" if why else "")


def _order(statement: VexStatement) -> tuple[datetime, int, str, str, str]:
    return (
        statement.at or _EPOCH,
        _CAUTION[statement.status],
        statement.author,
        statement.justification,
        statement.detail,
    )


def _names_of(component: Component) -> set[str]:
    names = set()
    if component.purl is not None:
        names |= {str(component.purl), str(component.purl.package)}
        bare = component.purl
        names.add(str(Purl(bare.type, bare.namespace, bare.name, bare.version)))
    elif component.name:
        names.add(_normal(f"{component.vendor} {component.name} {component.version}"))
    if component.cpe:
        names.add(_normal(component.cpe))
    return names


def _normal(product: str) -> str:
    if product.startswith("pkg:"):
        try:
            return str(parse_purl(product))
        except InvalidInputError:
            pass
    return " ".join(product.lower().split())
