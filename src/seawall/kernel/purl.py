"""Package URLs (purl), normalised per type by `packageurl-python`.

A `Purl` is what every capability calls a product of a registry. `package` names the package without its version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from packageurl import PackageURL

from seawall.kernel.errors import InvalidInputError

_ECOSYSTEMS = {
    "pypi": "PyPI",
    "npm": "npm",
    "golang": "Go",
    "cargo": "crates.io",
    "maven": "Maven",
    "nuget": "NuGet",
    "gem": "RubyGems",
    "composer": "Packagist",
    "hex": "Hex",
    "pub": "Pub",
    "swift": "SwiftURL",
    "hackage": "Hackage",
    "cran": "CRAN",
}
_TYPES = {ecosystem.lower(): type_ for type_, ecosystem in _ECOSYSTEMS.items()}


@dataclass(frozen=True, slots=True, order=True)
class Purl:
    """One package, with or without a version. Build it with `parse_purl` or `purl_of`."""

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = field(default=())
    subpath: str = ""

    @property
    def package(self) -> Purl:
        """The same package without version, qualifiers and subpath."""
        return Purl(self.type, self.namespace, self.name)

    @property
    def ecosystem(self) -> str:
        """OSV's name for the registry, for example `PyPI`; the purl type where OSV has none."""
        return _ECOSYSTEMS.get(self.type, self.type)

    @property
    def full_name(self) -> str:
        """Namespace and name as the registry writes them, for example `@scope/name` or `group:artifact`."""
        if not self.namespace:
            return self.name
        return f"{self.namespace}:{self.name}" if self.type == "maven" else f"{self.namespace}/{self.name}"

    def at(self, version: str) -> Purl:
        """The same package in another version."""
        return Purl(self.type, self.namespace, self.name, version, self.qualifiers, self.subpath)

    def __str__(self) -> str:
        return PackageURL(
            self.type, self.namespace, self.name, self.version, dict(self.qualifiers), self.subpath
        ).to_string()


@lru_cache(maxsize=65536)
def parse_purl(text: str) -> Purl:
    """Read and normalise a purl.

    Raises:
        InvalidInputError: The text is no purl (`kernel.invalid-purl`).
    """
    try:
        parsed = PackageURL.from_string(text.strip())
    except ValueError as error:
        raise InvalidInputError(
            "kernel.invalid-purl",
            f"{text[:80]!r} is not a package URL: {error}",
            remedy="Write it as pkg:type/namespace/name@version, for example pkg:pypi/django@4.2.",
        ) from None
    return _of(parsed)


def purl_of(ecosystem: str, name: str, version: str = "") -> Purl:
    """Build a purl from OSV's words: ecosystem and package name.

    A suffix of the ecosystem such as `:11` in `Debian:11` becomes no part of the name. Unknown ecosystems give the
    type `generic`, so that a record of them is kept and matched by name alone.
    """
    family = ecosystem.split(":", 1)[0]
    type_ = _TYPES.get(family.lower(), "")
    namespace = ""
    if not type_:
        if family.lower() in {"debian", "ubuntu"}:
            type_, namespace = "deb", family.lower()
        elif family.lower() == "alpine":
            type_, namespace = "apk", "alpine"
        else:
            type_, namespace = "generic", family.lower()
    elif type_ == "maven" and ":" in name:
        namespace, name = name.split(":", 1)
    elif type_ in {"npm", "golang", "composer", "swift"} and "/" in name:
        namespace, name = name.rsplit("/", 1)
    return _of(PackageURL(type_, namespace, name, version or None))


def _of(parsed: PackageURL) -> Purl:
    qualifiers = parsed.qualifiers
    return Purl(
        parsed.type,
        parsed.namespace or "",
        parsed.name,
        parsed.version or "",
        tuple(sorted((str(key), str(value)) for key, value in qualifiers.items())),
        parsed.subpath or "",
    )
