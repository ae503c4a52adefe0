"""What two names of one package have in common: the key under which records and inventories meet.

A key is `type/namespace/name` in the registry's own normal form: `pypi/django`, `maven/org.slf4j:slf4j-api`,
`npm/@babel/core`, `golang/github.com/gin-gonic/gin`. Where package URLs are written in lower case (npm, Go), case does
not count, though both registries hold a few old packages that differ in nothing else: an inventory cannot tell them
apart, and a record must not be missed for it.

A package of a Linux distribution is matched in the namespace of its distribution and release (`distributions.py`), and
by its *source* package, which is what distributions write advisories about: `deb/debian:12/openssl`. It is never
matched by its bare name. Where advisories name binary packages (Red Hat and its kin), the binary is asked for as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from seawall.kernel.purl import Purl
from seawall.remediation.distributions import Distribution, namespace_of, release_of


class Lookup(msgspec.Struct, frozen=True):
    """One package in one version, as an index is asked about it."""

    package: str
    """Package key."""
    ecosystem: str
    """Whose order its versions follow: OSV's name."""
    version: str
    also: tuple[tuple[str, str], ...] = ()
    """Other keys and versions of the same installed thing: its binary package, where advisories name those."""
    assumed: str = ""
    """In words, what the inventory did not say and was taken for granted; empty: nothing."""


def _lower(name: str) -> str:
    return name.lower()


def _as_is(name: str) -> str:
    return name


_SEPARATORS: Final = re.compile(r"[-_.]+")


def _pep503(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _crate(name: str) -> str:
    return name.lower().replace("_", "-")


def _repository(name: str) -> str:
    return name.lower().partition("://")[2 if "://" in name else 0].removesuffix("/").removesuffix(".git")


_FORMS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "bioconductor": ("Bioconductor", _as_is),
    "bitnami": ("Bitnami", _lower),
    "cargo": ("crates.io", _crate),
    "composer": ("Packagist", _lower),
    "conan": ("ConanCenter", _lower),
    "cran": ("CRAN", _as_is),
    "gem": ("RubyGems", _as_is),
    "generic": ("generic", _lower),
    "github": ("GitHub Actions", _lower),
    "golang": ("Go", _lower),
    "hackage": ("Hackage", _as_is),
    "hex": ("Hex", _lower),
    "julia": ("Julia", _as_is),
    "maven": ("Maven", _as_is),
    "npm": ("npm", _lower),
    "nuget": ("NuGet", _lower),
    "pub": ("Pub", _lower),
    "pypi": ("PyPI", _pep503),
    "swift": ("SwiftURL", _repository),
}
"""Package URL type to OSV's ecosystem, and the normal form of its names."""
_TYPES: Final = {ecosystem.lower(): type_ for type_, (ecosystem, _) in _FORMS.items()}
_SAME_TYPE: Final = {"githubactions": "github"}
_SOURCE_RPM: Final = re.compile(r"(?P<name>.+)-(?P<version>[^-]+-[^-]+?)\.(?:no)?src(?:\.rpm)?")


def package_key_of(ecosystem: str, name: str) -> str:
    """Return the key of a package as OSV names it, for example `Debian:12` and `openssl`.

    An ecosystem that is not known gives a key of its own, so that nothing of another one is ever taken for it.
    """
    type_ = _TYPES.get(ecosystem.partition(":")[0].lower())
    if type_ is not None:
        return f"{type_}/{_FORMS[type_][1](name.strip())}"
    distribution = namespace_of(ecosystem)
    if distribution is not None:
        return f"{distribution[0].type}/{distribution[1]}/{name.strip().lower()}"
    return f"{ecosystem.strip().lower()}/{name.strip()}"


def has_known_names(ecosystem: str) -> bool:
    """Whether the normal form of this ecosystem's names is known, so that `package_key_of` meets `lookup_of`."""
    return ecosystem.partition(":")[0].lower() in _TYPES or namespace_of(ecosystem) is not None


def package_key_of_purl(purl: Purl) -> str | None:
    """Return the key of a package that a record names by its package URL; None if that names no distribution."""
    type_ = _SAME_TYPE.get(purl.type, purl.type)
    if type_ in _FORMS:
        return f"{type_}/{_FORMS[type_][1](_full_name(purl))}"
    if type_ in {"deb", "rpm", "apk"}:
        release = release_of(type_, purl.namespace, dict(purl.qualifiers).get("distro", ""))
        return None if isinstance(release, str) else f"{type_}/{release[1]}/{purl.name.lower()}"
    return f"{type_}/{_full_name(purl)}"


def key_namespace(key: str) -> str:
    """Return the registry of a package key, for example `npm`; or the release of a distribution, `deb/debian:12`."""
    first, _, rest = key.partition("/")
    return f"{first}/{rest.partition('/')[0]}" if first in {"deb", "rpm", "apk"} else first


@lru_cache(maxsize=65_536)
def lookup_of(purl: Purl) -> Lookup | str:
    """Return what to look up for an installed package; or, in words, why it cannot be looked up.

    For a package of a distribution the version is the source package's where the package URL gives one (`upstream`),
    else the installed one's, which is the same unless a maintainer chose otherwise.
    """
    if not purl.version:
        return "its package URL has no version; have the inventory written with versions"
    type_ = _SAME_TYPE.get(purl.type, purl.type)
    if type_ in _FORMS:
        ecosystem, form = _FORMS[type_]
        return Lookup(f"{type_}/{form(_full_name(purl))}", ecosystem, purl.version)
    if type_ not in {"deb", "rpm", "apk"}:
        return f"packages of type {purl.type[:40]!r} are in no source of records that is read"
    qualifiers = dict(purl.qualifiers)
    release = release_of(type_, purl.namespace, qualifiers.get("distro", ""))
    if isinstance(release, str):
        return release
    return _distributed(purl, qualifiers, *release)


def _distributed(purl: Purl, qualifiers: dict[str, str], distribution: Distribution, namespace: str) -> Lookup:
    version = purl.version
    epoch = qualifiers.get("epoch", "")
    if epoch.isdecimal() and ":" not in version:
        version = f"{epoch}:{version}"
    if distribution.key == "ubuntu" and "esm" in version:
        # Only Ubuntu Pro ships such builds, and only its records order them beside their fixes.
        namespace = namespace.replace("ubuntu:", "ubuntu:pro:", 1)
    given = qualifiers.get("upstream") or qualifiers.get("origin") or qualifiers.get("source") or ""
    assumed = "" if given else "no source package is named: looked up under the installed package's own name"
    source, source_version = _source(given, purl.name.lower(), version, purl.type)
    key = f"{purl.type}/{namespace}/{source}"
    also: tuple[tuple[str, str], ...] = ()
    if distribution.binary_names and source != purl.name.lower():
        also = ((f"{purl.type}/{namespace}/{purl.name.lower()}", version),)
    return Lookup(key, distribution.ecosystem, source_version, also, assumed)


def _source(given: str, name: str, version: str, type_: str) -> tuple[str, str]:
    """Name and version of the source package that a qualifier gives."""
    if not given:
        return name, version
    first = given.partition(",")[0].strip()
    if type_ == "rpm":
        match = _SOURCE_RPM.fullmatch(first)
        if match is not None:
            # A source package's file name has no epoch; the packages built from it carry its own.
            epoch = version.partition(":")[0] + ":" if ":" in version else ""
            return match["name"].lower(), f"{epoch}{match['version']}"
    source, _, own = first.partition("@")
    return source.lower(), own or version


def _full_name(purl: Purl) -> str:
    if not purl.namespace:
        return purl.name
    return f"{purl.namespace}{':' if purl.type == 'maven' else '/'}{purl.name}"
