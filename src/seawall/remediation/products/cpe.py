r"""CPE names: read in both bindings, and compared attribute by attribute.

Sources: NISTIR 7695 (naming: the formatted string of CPE 2.3 and the URI of CPE 2.2) and NISTIR 7696 (matching: table
6-2 and the set relations of names). Values are lower-cased and without escapes but for `\*` and `\?`, which are the
literal characters; a bare `*` or `?` in a value is a wildcard; `*` alone is ANY and `-` alone is NA.

Tolerated, since real records hold them: names that stop after the product, upper-case letters, and characters that
should have been escaped. Left out on purpose: dictionaries, and applicability expressions (`records/cve.py`
reads those of CVE records).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

ANY: Final = "*"
NA: Final = "-"
_MAX: Final = 1000
"""Characters of the longest CPE name that is read."""
_FIELDS: Final = 11
_PARTS: Final = frozenset("aoh*-")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_PLAIN: Final = re.compile(r"[\w.\\*?-]", re.ASCII)
_PLAIN_VALUE: Final = re.compile(r"[\w.\\*?-]+", re.ASCII)


class Relation(StrEnum):
    """How a source value or name relates to a target (NISTIR 7696, 6.1.1 and 6.2)."""

    EQUAL = "equal"
    SUPERSET = "superset"
    """The source holds the target."""
    SUBSET = "subset"
    DISJOINT = "disjoint"
    UNDEFINED = "undefined"
    """The target has a wildcard, which the standard does not define."""


@dataclass(frozen=True, slots=True)
class Cpe:
    """A well-formed CPE name; the order of the fields is the order of the binding."""

    part: str
    vendor: str
    product: str
    version: str = ANY
    update: str = ANY
    edition: str = ANY
    language: str = ANY
    sw_edition: str = ANY
    target_sw: str = ANY
    target_hw: str = ANY
    other: str = ANY

    @property
    def without_version(self) -> Cpe:
        """The product in every version and update."""
        return replace(self, version=ANY, update=ANY)

    def __str__(self) -> str:
        """The name as a formatted string of CPE 2.3."""
        return "cpe:2.3:" + ":".join(_bound(getattr(self, field.name)) for field in fields(self))


@lru_cache(maxsize=16384)
def parse_cpe(text: str) -> Cpe | None:
    """Read a CPE name in either binding.

    Returns:
        None if it is none, or if it does not name both vendor and product.
    """
    text = text.strip()
    if len(text) > _MAX:
        return None
    lowered = text.lower()
    if lowered.startswith("cpe:2.3:"):
        values = [_unescaped(value) for value in re.split(r"(?<!\\):", lowered[8:])]
    elif lowered.startswith("cpe:/"):
        values = _from_uri(lowered[5:])
    else:
        return None
    if not 3 <= len(values) <= _FIELDS or values[0] not in _PARTS:  # noqa: PLR2004 - part, vendor and product
        return None
    cpe = Cpe(*(value or ANY for value in values))
    return None if {cpe.vendor, cpe.product} & {ANY, NA} else cpe


def compare_values(source: str, target: str) -> Relation:  # noqa: PLR0911 - a row of the table, a return
    """Compare two values of one attribute (NISTIR 7696, table 6-2)."""
    if source == target:
        return Relation.EQUAL
    if target != ANY and _has_wildcard(target):
        return Relation.UNDEFINED
    if source == ANY:
        return Relation.SUPERSET
    if target == ANY:
        return Relation.SUBSET
    if NA in (source, target):
        return Relation.DISJOINT
    if _has_wildcard(source) and _pattern(source).fullmatch(target):
        return Relation.SUPERSET
    return Relation.DISJOINT


def compare_products(source: Cpe, target: Cpe) -> Relation:
    """Compare two names as products: all attributes but version, update and language (NISTIR 7696, 6.2).

    Version and update are for ranges to decide, and vulnerabilities do not stop at languages.
    """
    relations = {
        compare_values(getattr(source, name), getattr(target, name))
        for name in ("part", "vendor", "product", "edition", "sw_edition", "target_sw", "target_hw", "other")
    }
    for decisive in (Relation.DISJOINT, Relation.UNDEFINED):
        if decisive in relations:
            return decisive
    relations.discard(Relation.EQUAL)
    if not relations:
        return Relation.EQUAL
    return relations.pop() if len(relations) == 1 else Relation.UNDEFINED


def _from_uri(text: str) -> list[str]:
    """Unbind a URI: components between colons, percent-encoding, and the packed edition of CPE 2.3's URI."""
    values = [_decoded(value) for value in text.rstrip(":").split(":")]
    if len(values) > 5 and values[5].startswith("~"):  # noqa: PLR2004 - the edition is the sixth component
        packed = (values[5].split("~") + [""] * 6)[1:6]
        edition, sw_edition, target_sw, target_hw, other = packed
        language = values[6] if len(values) > 6 else ""  # noqa: PLR2004 - the language is the seventh
        return [*values[:5], edition, language, sw_edition, target_sw, target_hw, other]
    return values


def _decoded(value: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        wildcard = {0x01: "?", 0x02: "*"}.get(code)
        return wildcard or (f"\\{chr(code)}" if chr(code) in "*?" else chr(code))

    return re.sub(r"%([0-9a-f]{2})", character, value)


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda match: match[0] if match[1] in "*?" else match[1], value)


def _bound(value: str) -> str:
    if _PLAIN_VALUE.fullmatch(value):
        return value
    return "".join(char if _PLAIN.match(char) else f"\\{char}" for char in value)


def _has_wildcard(value: str) -> bool:
    return bool(re.search(r"(?<!\\)[*?]", value))


@lru_cache(maxsize=1024)
def _pattern(value: str) -> re.Pattern[str]:
    """A value with wildcards as a pattern; `?` stands for at most one character, as the standard has it at the ends."""
    pieces = re.split(r"((?<!\\)[*?])", value)
    return re.compile("".join({"*": ".*", "?": ".?"}.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
