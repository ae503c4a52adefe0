"""Whether two names are names of one product, how sure that is, and why.

The answer is the weaker of what the products' names and the vendors' names allow:

| agreement | at most |
|---|---|
| same CPE product, or both names letter by letter (case and white space aside) | exact |
| same CPE product, for some editions only; for other editions or platforms | probable; possible |
| names equal after normalisation; a pattern (`S7-12xx`) or a list that holds the model | probable |
| the same article number | probable |
| vendor missing in the inventory, and the product's name distinctive | probable |
| vendor missing in the record; vendors differ and the product's name is distinctive | possible |
| one name is the beginning or the end of the other; one letter differs | possible |
| the record names one release or one article of the product only | possible |

Names that *contradict* each other are never alike: another release, another article number, another model number.

Laws: no I/O, no state; `candidate_tokens` of two names that `compare` accepts always share a token, so an index that
looks names up by tokens loses none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from seawall.remediation.model import Confidence, ProductName
from seawall.remediation.products.cpe import Cpe, Relation, compare_products, parse_cpe
from seawall.remediation.products.folding import fold, says_something
from seawall.remediation.products.naming import Name, read_name
from seawall.remediation.products.vendors import Agreement, Vendor, agreement, differ_by_one

_EXACT, _PROBABLE, _POSSIBLE = Confidence.EXACT, Confidence.PROBABLE, Confidence.POSSIBLE
_RANK: Final = {_EXACT: 2, _PROBABLE: 1, _POSSIBLE: 0}
_LONGEST_TOKEN: Final = 100
_WORD: Final = 7
"""Letters from which a word of a product's name is no model's short name, so that one wrong letter is a slip."""
_TELLING: Final = 3
"""Pieces from which a name tells a product without its vendor."""
_DISTINCTIVE: Final = 6
"""Characters of a name of two pieces from which it is taken to be one product's alone."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two names may be names of one product."""

    confidence: Confidence
    because: str
    """Why, and what speaks against more, in words."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A vendor, and the product or products that one text names."""

    vendor: Vendor
    names: tuple[Name, ...]
    folded: str
    """The product's text but for case and white space; empty where it was made of a CPE name."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A product's names, ready to be compared: as text, and as CPE says them."""

    cpe: Cpe | None
    named: tuple[_Named, ...]


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What the products' names allow, without regard to vendors."""

    confidence: Confidence
    because: str
    whole: bool = True
    """The names are equal, and not only parts of each other."""
    named_vendor: bool = False
    """They are equal with the vendor's name in them."""
    strong: bool = False
    """By the article number, which no two products share."""


def candidate_tokens(name: ProductName) -> tuple[str, ...]:
    """Return the words under which an index holds and looks up a name, sorted; names that are alike share one."""
    return _tokens(name)


def compare(installed: ProductName, recorded: ProductName) -> Likeness | None:
    """Say whether a record's product is the installed one.

    Returns:
        None if nothing speaks for it, or something against it.
    """
    mine, theirs = _read(installed), _read(recorded)
    by_cpe = _by_cpe(mine.cpe, theirs.cpe)
    if by_cpe is not None:
        return by_cpe
    best: Likeness | None = None
    for one in mine.named:
        for other in theirs.named:
            best = _better(best, _by_names(one, other))
    if best is not None and mine.cpe is not None and theirs.cpe is not None:
        lowered = _PROBABLE if best.confidence is _EXACT else _POSSIBLE
        best = Likeness(lowered, f"{best.because}; their CPE names differ")
    return best


def _better(one: Likeness | None, other: Likeness | None) -> Likeness | None:
    if one is None or other is None:
        return one or other
    return other if _RANK[other.confidence] > _RANK[one.confidence] else one


def _by_cpe(mine: Cpe | None, theirs: Cpe | None) -> Likeness | None:
    if mine is None or theirs is None or (mine.vendor, mine.product) != (theirs.vendor, theirs.product):
        return None
    words = f"both are CPE {mine.vendor}:{mine.product}"
    relation = compare_products(theirs.without_version, mine.without_version)
    if relation in {Relation.EQUAL, Relation.SUPERSET}:
        return Likeness(_EXACT, words)
    if relation is Relation.SUBSET:
        return Likeness(_PROBABLE, f"{words}; the record is about some editions or platforms only")
    return Likeness(_POSSIBLE, f"{words}; for different parts, editions or platforms")


def _by_names(mine: _Named, theirs: _Named) -> Likeness | None:
    if not mine.names or not theirs.names:
        return None
    vendors = agreement(mine.vendor, theirs.vendor)
    if mine.folded and mine.folded == theirs.folded:
        the_same = _Agreed(_EXACT, "the names are the same")
        return _with_vendors(the_same, vendors, mine.names[0], theirs.names[0])
    best: Likeness | None = None
    for name in mine.names:
        for other in theirs.names:
            agreed = _agreed(name, other)
            if agreed is not None:
                best = _better(best, _with_vendors(agreed, vendors, name, other))
    if best is not None and max(len(mine.names), len(theirs.names)) > 1:
        best = Likeness(best.confidence, f"{best.because}; it is one of several models in one name")
    return best


def _agreed(name: Name, other: Name) -> _Agreed | None:
    """Compare the products' names alone."""
    if name.articles and other.articles:
        if not name.articles & other.articles:
            return None
        return _Agreed(_PROBABLE, "the article number is the same", strong=True)
    against = _against(name, other)
    if against is None:
        return None
    common = name.keys & other.keys
    if common:
        found = _Agreed(
            _PROBABLE,
            "the names are equal but for spelling, version or build",
            named_vendor=bool(common & other.with_vendor & (name.with_vendor | {name.key})),
        )
    elif name.mask and name.mask == other.mask and _holds(name.key, other.key):
        found = _Agreed(_PROBABLE, "one name is a pattern that holds the other")
    elif name.key in other.partial or other.key in name.partial:
        longer = "record's" if name.key in other.partial else "installed"
        found = _Agreed(_POSSIBLE, f"the {longer} name is the other with more words", whole=False)
    elif _one_letter(name, other):
        found = _Agreed(_POSSIBLE, "the names differ by one letter", whole=False)
    else:
        return None
    if against:
        return _Agreed(_POSSIBLE, f"{found.because}; {against}", found.whole, found.named_vendor)
    return found


def _against(name: Name, other: Name) -> str | None:
    """What speaks against it, in words; empty: nothing; None: they contradict each other."""
    if name.releases and other.releases:
        fits = [_release_fits(mine, theirs) for mine, theirs in zip(name.releases, other.releases, strict=False)]
        if not all(fits):
            return None
        if any(
            len(_components(mine)) < len(_components(theirs))
            for mine, theirs in zip(name.releases, other.releases, strict=False)
        ):
            return f"the record is about {other.releases[0]} of it"
    elif other.releases:
        return f"the record is about {' '.join(other.releases)} of it"
    if other.articles:
        return "the record is about one article number of it"
    if name.kinds and other.kinds and not name.kinds & other.kinds:
        return f"one is {min(name.kinds)}, the other {min(other.kinds)}"
    return ""


def _with_vendors(agreed: _Agreed, vendors: Agreement, name: Name, other: Name) -> Likeness | None:
    """Weigh what the vendors say."""
    shorter = min((name, other), key=lambda one: len(one.key))
    distinctive = agreed.strong or (len(shorter.parts) > 1 and len(shorter.key) >= _DISTINCTIVE)
    limit: Confidence | None
    match vendors:
        case Agreement.IDENTICAL:
            limit, words = _EXACT, ""
        case Agreement.SAME:
            limit, words = _PROBABLE, "the vendors are the same after normalisation"
        case Agreement.ALIKE:
            limit, words = (_PROBABLE if distinctive else _POSSIBLE), "the vendors' names are alike"
        case Agreement.TYPO:
            limit, words = (_POSSIBLE if agreed.whole else None), "the vendors differ by one letter"
        case Agreement.NOT_INSTALLED:
            limit, words = _without_installed_vendor(agreed, shorter, distinctive=distinctive)
        case Agreement.NOT_RECORDED:
            limit, words = (_POSSIBLE if agreed.whole else None), "the record names no vendor"
        case Agreement.DIFFERENT:
            tells = agreed.strong or (len(shorter.parts) >= _TELLING and len(shorter.key) > 2 * _DISTINCTIVE)
            limit, words = (_POSSIBLE if agreed.whole and tells else None), "the vendors differ"
    if limit is None:
        return None
    because = f"{agreed.because}; {words}" if words else agreed.because
    return Likeness(min(agreed.confidence, limit, key=_RANK.__getitem__), because)


def _without_installed_vendor(agreed: _Agreed, shorter: Name, *, distinctive: bool) -> tuple[Confidence | None, str]:
    words = "the inventory names no vendor"
    if agreed.named_vendor:
        return _PROBABLE, "the vendor is named with the product"
    if agreed.whole:
        return (_PROBABLE if distinctive else _POSSIBLE), words
    return (_POSSIBLE if len(shorter.parts) >= _TELLING else None), words


def _holds(key: str, other: str) -> bool:
    """Whether two keys of one mask agree where neither leaves a digit open, and at least one does."""
    return all(a == b or "?" in (a, b) for a, b in zip(key, other, strict=True))


def _one_letter(name: Name, other: Name) -> bool:
    if len(name.parts) != len(other.parts) or not name.partial & other.partial:
        return False
    differing = [(a, b) for a, b in zip(name.parts, other.parts, strict=True) if a != b]
    return len(differing) == 1 and min(map(len, differing[0])) >= _WORD and differ_by_one(*differing[0])


def _components(release: str) -> list[str]:
    return release.split(".")


def _release_fits(installed: str, recorded: str) -> bool:
    """Whether one release may be within the other: `14.3.1` and `14.3`, `5.3` and `5.x`."""
    for mine, theirs in zip_longest(_components(installed), _components(recorded)):
        if mine is None or theirs is None or "x" in (mine[:1], theirs[:1]):
            return True
        if mine != theirs and mine.lstrip("0") != theirs.lstrip("0"):
            return False
    return True


@lru_cache(maxsize=16384)
def _read(product: ProductName) -> _Read:
    cpe = parse_cpe(product.cpe) if product.cpe else None
    named: list[_Named] = []
    if says_something(product.product):
        named.append(_Named(*read_name(product.vendor, product.product), fold(product.product)))
    if cpe is not None:
        named.append(_Named(*read_name(cpe.vendor.replace("_", " "), cpe.product), ""))
    return _Read(cpe, tuple(named))


@lru_cache(maxsize=16384)
def _tokens(product: ProductName) -> tuple[str, ...]:
    read = _read(product)
    tokens: set[str] = set()
    if read.cpe is not None:
        tokens.add(f"cpe:{read.cpe.vendor}:{read.cpe.product}")
    for named in read.named:
        if named.names and named.folded:
            tokens.add(f"={named.folded}"[:_LONGEST_TOKEN])
        for name in named.names:
            tokens |= name.keys | name.partial
            tokens.update(f"@{article}" for article in name.articles)
            if name.mask:
                tokens.add(f"#{name.mask}")
    return tuple(sorted(tokens))
