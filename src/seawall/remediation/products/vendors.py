"""Vendors' names: legal forms, joint vendors, other names of one vendor; and how far two of them agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from seawall.remediation.products.aliases import ALIASES
from seawall.remediation.products.folding import fold, joined, pieces, plain, says_something

_LEGAL: Final = frozenset(
    {
        "inc",
        "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "lp", "gmbh", "ag",
        "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "oyj", "ab", "as", "aps", "kg", "kgaa", "se", "plc", "pty",
        "pte", "pvt", "pvtltd", "coltd", "sdnbhd", "sro", "zoo", "spzoo", "ltda", "kk", "ug", "ev", "mbh", "doo", "kft",
    }
)  # fmt: skip
"""Legal forms, written without dots."""
_TAILS: Final = frozenset(
    {
        "communications", "electronics", "foundation", "group", "holdings", "industries", "international", "labs",
        "laboratories", "mobile", "networks", "project", "security", "software", "solutions", "systems", "team", "tech",
        "technologies", "technology", "the",
    }
)  # fmt: skip
"""Words at the end of a vendor's name that people leave out."""
_JOINT: Final = re.compile(r"[,;/|]|\ba subsidiary of\b|\ban affiliate of\b|\ba division of\b|\bpart of\b")
_PARENTHESES: Final = re.compile(r"\([^()]*\)")
_SPACED_FORM: Final = re.compile(r"\bsp\.?\s*z\s*\.?\s*o\.?\s*o\.?\s*$|\bs\.\s*(?=[pra]\.)|(?<=\bco)\.?,\s*(?=ltd)")
_MIN_TYPO: Final = 6
"""Characters from which a name is long enough that one wrong letter still lets it be recognised."""


class Agreement(StrEnum):
    """How far the vendors of two names agree, the strongest first."""

    IDENTICAL = "identical"
    """Letter by letter, but for case and white space."""
    SAME = "same"
    """The same after normalisation, by a known other name, or one of the vendors that a side names."""
    ALIKE = "alike"
    """The same but for words such as Systems or Foundation at the end."""
    TYPO = "typo"
    """One letter differs."""
    NOT_INSTALLED = "not-installed"
    """The inventory does not say."""
    NOT_RECORDED = "not-recorded"
    """The record does not say."""
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor's name, ready to be compared."""

    folded: str
    """Empty: the name says nothing."""
    keys: frozenset[str] = frozenset()
    """Each of them is the vendor, or one of the vendors that are named."""
    loose: frozenset[str] = frozenset()
    """The keys without the words that people leave out."""
    prefixes: tuple[str, ...] = ()
    """How a product's name may repeat the vendor's, the longest first."""


@lru_cache(maxsize=16384)
def read_vendor(text: str) -> Vendor:
    """Read a vendor's name."""
    if not says_something(text):
        return Vendor("")
    lowered = _SPACED_FORM.sub(" ", plain(text[:200]).replace("&", " & ").replace("_", " "))
    written = _spoken(lowered)
    bare = _PARENTHESES.sub(" ", lowered)
    names = [_spoken(bare), *(_spoken(part) for part in _JOINT.split(bare))]
    names.extend(_around_and(bare))
    words = [name for name in dict.fromkeys(names) if name]
    keys = {_group(joined(name)) for name in words} | {_group(joined(written))} - {""}
    loose = {joined(_without_tail(name)) for name in words}
    spoken = (
        {joined(name) for name in words}
        | {joined(pieces(lowered.replace("&", "and")))}
        | loose
        | {name for key in keys for name in _MEMBERS.get(key, ())}
    )
    prefixes = tuple(sorted((name for name in spoken if len(name) > 1), key=lambda name: (-len(name), name)))
    return Vendor(fold(text), frozenset(keys), frozenset(_group(name) for name in loose), prefixes)


def agreement(installed: Vendor, recorded: Vendor) -> Agreement:  # noqa: PLR0911 - a return for each answer
    """Say how far two vendors agree."""
    if not recorded.folded:
        return Agreement.NOT_RECORDED
    if not installed.folded:
        return Agreement.NOT_INSTALLED
    if installed.folded == recorded.folded:
        return Agreement.IDENTICAL
    if installed.keys & recorded.keys:
        return Agreement.SAME
    if (installed.loose | installed.keys) & (recorded.loose | recorded.keys):
        return Agreement.ALIKE
    if any(differ_by_one(one, other) for one in installed.keys for other in recorded.keys):
        return Agreement.TYPO
    return Agreement.DIFFERENT


def leading_vendor(parts: tuple[str, ...]) -> tuple[str, int]:
    """Find a vendor of the alias table at the beginning of a product's name.

    Returns:
        The vendor and how many pieces name it; `("", 0)` if there is none.
    """
    for count in range(min(len(parts) - 1, 5), 0, -1):
        name = joined(parts[:count])
        if name in _GROUPS:
            return name, count
    return "", 0


def differ_by_one(one: str, other: str) -> bool:
    """Whether two long words differ by one letter put in, left out, changed, or swapped with its neighbour."""
    if one == other or min(len(one), len(other)) < _MIN_TYPO or abs(len(one) - len(other)) > 1:
        return False
    if not (one.isalpha() and other.isalpha()):
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    swapped = len(a) == len(b) and a[:2] == b[1::-1] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]


def _spoken(text: str) -> tuple[str, ...]:
    """The words of a name without legal forms at its end and articles at its beginning."""
    words = [word for raw in text.split() if (word := raw.strip(".,;:()\"'-").replace(".", "").replace("/", ""))]
    while len(words) > 1 and (words[-1] in _LEGAL or words[-1] in {"&", "and"}):
        words.pop()
    if len(words) == 1 and words[0] in _LEGAL:
        return ()
    if len(words) > 1 and words[0] == "the":
        del words[0]
    return pieces(" ".join("and" if word == "&" else word for word in words))


def _without_tail(name: tuple[str, ...]) -> tuple[str, ...]:
    while len(name) > 1 and name[-1] in _TAILS:
        name = name[:-1]
    return name


def _around_and(text: str) -> list[tuple[str, ...]]:
    """`A Ltd and B`: two vendors, if a side is known or ends in a legal form; `Automation and Control` is one."""
    left, found, right = text.partition(" and ")
    if not found or not left.strip() or not right.strip():
        return []
    sides = _spoken(left), _spoken(right)
    legal = left.split()[-1].strip(".,") in _LEGAL
    return list(sides) if legal or any(joined(side) in _GROUPS for side in sides) else []


_GROUPS: Final = {joined(pieces(plain(name))): f"={group.names[0]}" for group in ALIASES for name in group.names}
"""Joined name to its group."""
_MEMBERS: Final[dict[str, tuple[str, ...]]] = {}
for _name, _of in _GROUPS.items():
    _MEMBERS[_of] = (*_MEMBERS.get(_of, ()), _name)


def _group(name: str) -> str:
    return _GROUPS.get(name, name)
