"""When two pairs of names are one pair, so that a ruling about the one is a ruling about the other.

Case and white space do not count. Of an installed program, architecture, locale and build number do not count
(`7-Zip 23.01 (x64)` is `7-Zip 24.08`). A CPE name counts only where a product has no other.
"""

from __future__ import annotations

from seawall.remediation.model import ProductName
from seawall.remediation.products.cpe import parse_cpe
from seawall.remediation.products.folding import fold, says_something
from seawall.remediation.products.naming import without_build

Pair = tuple[tuple[str, str], tuple[str, str]]
"""Vendor and product, of the installed and of the recorded product."""


def pair_of(installed: ProductName, recorded: ProductName) -> Pair:
    """Return what identifies a pair."""
    return _identity(installed, without_build(installed.product)), _identity(recorded, fold(recorded.product))


def names_something(name: ProductName) -> bool:
    """Whether a product is named, by words or by CPE."""
    return says_something(name.product) or parse_cpe(name.cpe) is not None


def _identity(name: ProductName, product: str) -> tuple[str, str]:
    if says_something(name.product):
        return (fold(name.vendor) if says_something(name.vendor) else ""), product
    cpe = parse_cpe(name.cpe)
    return ("cpe", f"{cpe.vendor}:{cpe.product}") if cpe else ("", "")
