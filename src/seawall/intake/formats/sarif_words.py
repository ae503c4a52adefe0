"""What SARIF has no place for, found where tools put it.

Package URLs, identifiers, weaknesses and CVSS vectors stand in tags and property bags; the path inside the product is
part of whatever path the scanner saw. Only members that are labelled as such are taken, never text that happens to
look like an identifier.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from seawall.intake.formats.interface import canonical_purl
from seawall.intake.formats.sarif_wire import Reference
from seawall.kernel.identifiers import identifiers_in, known_identifiers, weaknesses_of
from seawall.kernel.purl import parse_purl

_CWE_TAG: Final = re.compile(r"(?:external/)?cwe[-_:/ ]*(?:cwe-)?\d.*", re.IGNORECASE | re.DOTALL)
_CWE_NUMBER: Final = re.compile(r"\d{1,5}")
# Grype and others append the package to the identifier.
_RULE_IDENTIFIER: Final = re.compile(r"(CVE-\d{4}-\d{4,19}|GHSA(?:-[0-9a-z]{4}){3})(?:-.*)?", re.IGNORECASE | re.DOTALL)
_IDENTIFIER_KEYS: Final = ("cve", "cves", "ghsa", "identifiers", "aliases", "vulnerabilityId")
_PURL_KEYS: Final = ("purl", "purls")
_INSTALLED: Final = re.compile(r".*?/(?:site-packages|dist-packages)/|.*/node_modules/(?:@[^/]+/)?[^/]+/", re.DOTALL)
_USUAL_PATH: Final = 1024
"""Characters; longer paths are not remembered."""
_FOLDERS: Final = 64
"""How deep the product's own folder is looked for."""


class Tags(NamedTuple):
    """What a property bag says in words that Seawall knows."""

    identifiers: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()


NO_TAGS: Final = Tags()


def tags_of(properties: dict[str, Any] | None, taxa: Iterable[Reference] | None) -> Tags:
    """Read the words that Seawall knows out of a property bag and out of taxa."""
    if not properties and not taxa:
        return NO_TAGS
    bag = properties or {}
    tags = _strings(bag.get("tags"))
    identifiers = [tag for tag in tags if identifiers_in(tag) and known_identifiers([tag])]
    for key in _IDENTIFIER_KEYS:
        identifiers += _strings(bag.get(key))
    weaknesses = [_number(tag) for tag in tags if _CWE_TAG.fullmatch(tag)]
    weaknesses += [_number(text) for key in ("cwe", "cwes") for text in _strings(bag.get(key))]
    for taxon in taxa or ():
        if taxon.id and (
            _CWE_TAG.fullmatch(taxon.id) or (taxon.component and (taxon.component.name or "").upper() == "CWE")
        ):
            weaknesses.append(_number(taxon.id))
    purls = [canonical_purl(text) for key in _PURL_KEYS for text in _strings(bag.get(key))]
    vectors = [value for value in bag.values() if isinstance(value, str) and value.startswith("CVSS:")]
    return Tags(
        known_identifiers(identifiers),
        weaknesses_of([number for number in weaknesses if number]),
        tuple(dict.fromkeys(filter(None, purls))),
        tuple(dict.fromkeys(vectors)),
    )


def _number(text: str) -> str:
    match = _CWE_NUMBER.search(text)
    return match[0] if match else ""


def _strings(value: object) -> list[str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return [str(value)]
    return [str(item) for item in value if isinstance(item, str | int)] if isinstance(value, list) else []


def identifiers_of_rule(rule_id: str, properties: dict[str, Any]) -> tuple[str, ...]:
    """Identifiers that a rule is about: its id where the id is one, and what its property bag labels."""
    match = _RULE_IDENTIFIER.fullmatch(rule_id)
    own = known_identifiers([match[1] if match else rule_id]) if match or identifiers_in(rule_id) == (rule_id,) else ()
    return tuple(sorted({*own, *tags_of(properties, None).identifiers}))


def path_inside(uri: str, purl: str) -> str:
    """Return the path inside the product for a URI or path, as far as it can be told.

    Absolute paths are cut behind `site-packages`, `node_modules/<name>` or a folder that is named after the product
    and its version; of others only the leading `/` goes. No result leads out of the product.
    """
    return _remembered(uri, purl) if len(uri) <= _USUAL_PATH else _inside(uri, purl)


def _inside(uri: str, purl: str) -> str:
    path = unquote(uri)
    if path[:5].lower() == "file:":
        path = path[5:]
        if path.startswith("//"):
            path = "/" + path[2:].partition("/")[2]
    path = posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")  # the slash keeps `..` inside
    if match := _INSTALLED.match("/" + path):
        return path[match.end() - 1 :]
    if purl:
        product = parse_purl(purl)
        own = _folder(f"{product.name}-{product.version}")
        *folders, name = path.split("/", _FOLDERS)
        for depth, folder in enumerate(folders):
            if _folder(folder) == own:
                return "/".join([*folders[depth + 1 :], name])
    return path


_remembered = lru_cache(maxsize=16384)(_inside)


def _folder(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
