"""Records that share an identifier are about one vulnerability: union-find, in numbers alone.

The outcome does not depend on the order in which pairs arrive, and no identifier is lost. Only identifiers that more
than one record has need to be told, so that a million records need eight bytes each and not their names.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

_RANKS: Final = (("CVE-", 1), ("GHSA-", 2))
CASE_RANK: Final = 0
OTHER_RANK: Final = 3


def fold(count: int, shared: Iterable[tuple[str, int]]) -> array[int]:
    """Return for each record the lowest number of those that it is folded with.

    Args:
        count: Records are numbered from 0 to `count`, exclusive.
        shared: Identifier and record, sorted by identifier.
    """
    parent = array("q", range(count))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    name, first = None, 0
    for identifier, number in shared:
        if identifier != name:
            name, first = identifier, number
            continue
        one, other = root(first), root(number)
        if one != other:
            parent[max(one, other)] = min(one, other)
    for number in range(count):
        parent[number] = root(number)
    return parent


def rank_of(identifier: str, *, of_case: bool = False) -> int:
    """Return the place of an identifier in the order in which a vulnerability is named: case, CVE, GHSA, others."""
    if of_case:
        return CASE_RANK
    return next((rank for prefix, rank in _RANKS if identifier.startswith(prefix)), OTHER_RANK)
