"""Facts that tests look up: names of weaknesses, language subtags. Each file names its source; read on first use."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

CWE_VERSION = "4.17"
"""Version of the CWE List that `weakness_name` knows."""

_SINGLETONS = frozenset("tu")
"""Extensions registered for BCP 47: transformed content (RFC 6497) and locales (RFC 6067)."""
_ALPHA = re.compile(r"[a-z]+")


def weakness_name(number: int) -> str:
    """Return the official name of a weakness, or empty if the list has none of that number."""
    return _weaknesses().get(number, "")


def newest_weakness() -> int:
    """Return the highest number in the list: beyond it, nothing can be said."""
    return max(_weaknesses())


def language_problem(tag: str) -> str:
    """Say which subtag of a well-formed BCP 47 tag is not registered.

    Returns:
        A sentence, or empty if all subtags exist. Prefixes that the registry recommends for variants are not checked.
    """
    known = _subtags()
    subtags = tag.lower().split("-")
    if subtags[0] in {"x", "i"}:
        return ""
    if not _registered(known["language"], subtags[0]):
        return f"{subtags[0]!r} is not a registered language"
    variants: set[str] = set()
    for position, subtag in enumerate(subtags[1:], start=1):
        if len(subtag) == 1:
            return _extension_problem(subtags[position:])
        kind = _kind_of(subtag)
        if not _registered(known[kind], subtag):
            return f"{subtag!r} is not a registered {kind}"
        if kind == "variant":
            if subtag in variants:
                return f"the variant {subtag!r} is repeated"
            variants.add(subtag)
    return ""


def _kind_of(subtag: str) -> str:
    """Tell the kind by length, as RFC 5646 does; the tag's pattern has already fixed the order."""
    if len(subtag) == 2 or (len(subtag) == 3 and subtag.isdigit()):  # noqa: PLR2004 - lengths of RFC 5646, section 2.2
        return "region"
    if len(subtag) == 3:  # noqa: PLR2004 - as above
        return "extlang"
    if len(subtag) == 4 and _ALPHA.fullmatch(subtag):  # noqa: PLR2004 - as above
        return "script"
    return "variant"


def _extension_problem(subtags: list[str]) -> str:
    seen: set[str] = set()
    for subtag in subtags:
        if subtag == "x":
            break
        if len(subtag) == 1:
            if subtag not in _SINGLETONS:
                return f"{subtag!r} is not a registered extension"
            if subtag in seen:
                return f"the extension {subtag!r} is repeated"
            seen.add(subtag)
    return ""


def _registered(known: frozenset[str], subtag: str) -> bool:
    if subtag in known:
        return True
    ranges = (entry.split("..") for entry in known if ".." in entry)
    return any(len(subtag) == len(low) and low <= subtag <= high for low, high in ranges)


@cache
def _weaknesses() -> dict[int, str]:
    rows = (line.split("\t", 1) for line in _lines("weaknesses.tsv"))
    return {int(number): name for number, name in rows}


@cache
def _subtags() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("subtags.txt"):
        kind, *subtags = line.lower().split()
        found.setdefault(kind, set()).update(subtags)
    return {kind: frozenset(subtags) for kind, subtags in found.items()}


def _lines(name: str) -> list[str]:
    text = resources.files(__name__).joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
