"""Which pairs of an inventory's and the records' product names a person should look at.

Pure: the records' names come from a `ProductCatalogue`, what was ruled before from `ports.Rulings`. A pair has an id of
its names, which is the same for every build of the installed program, every inventory and every index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from seawall.remediation.model import Confidence, ProductName, Verdict
from seawall.remediation.ports import Rulings
from seawall.remediation.products.comparing import Likeness, candidate_tokens, compare
from seawall.remediation.products.identity import pair_of


class ProductCatalogue(Protocol):
    """The products that an index knows by name."""

    def products_sharing(self, tokens: Sequence[str]) -> Iterable[ProductName]:
        """Return every recorded product that has one of these tokens (`candidate_tokens`), in a stable order."""
        ...


@dataclass(frozen=True, slots=True)
class ProductPair:
    """An installed product and a recorded one that may be the same."""

    id: str
    """`PP-` and ten hexadecimal digits."""
    installed: ProductName
    recorded: ProductName
    likeness: Likeness
    verdict: Verdict | None
    """What a person said about it."""

    @property
    def is_open(self) -> bool:
        """Whether a person should look: nobody did, and the names are not the same."""
        return self.verdict is None and self.likeness.confidence is not Confidence.EXACT


def pair_id(installed: ProductName, recorded: ProductName) -> str:
    """Return the id of a pair."""
    return "PP-" + sha256(repr(pair_of(installed, recorded)).encode()).hexdigest()[:10]


def pairs(installed: Iterable[ProductName], catalogue: ProductCatalogue, rulings: Rulings) -> tuple[ProductPair, ...]:
    """Return every pair of names that are alike, each once; the least sure first, then by name.

    Args:
        installed: The products of one or more inventories.
        catalogue: What records name.
        rulings: What a person said before.
    """
    found: dict[str, ProductPair] = {}
    for name in dict.fromkeys(installed):
        tokens = candidate_tokens(name)
        for recorded in catalogue.products_sharing(tokens) if tokens else ():
            likeness = compare(name, recorded)
            if likeness is None:
                continue
            id_ = pair_id(name, recorded)
            if id_ not in found:
                found[id_] = ProductPair(id_, name, recorded, likeness, rulings.ruling(name, recorded))
    order = [Confidence.POSSIBLE, Confidence.PROBABLE, Confidence.EXACT]
    return tuple(sorted(found.values(), key=lambda pair: (order.index(pair.likeness.confidence), _sorted_by(pair))))


def _sorted_by(pair: ProductPair) -> tuple[str, ...]:
    mine, theirs = pair.installed, pair.recorded
    return (mine.vendor, mine.product, mine.cpe, theirs.vendor, theirs.product, theirs.cpe)
