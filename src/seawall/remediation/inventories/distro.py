"""Which Linux distribution a package list was made on, and purls of its packages.

Package lists do not say where they come from, and the same name and version mean different things on different
distributions. So the distribution comes from outside (`debian-12`: `ID` and `VERSION_ID` of os-release(5)), and without
it a purl has no namespace and no `distro` qualifier: it is kept, and cannot be compared.

Qualifiers are written as syft writes them: `arch`, `distro`, `epoch` (rpm), and `upstream` for the source package,
left out where it has the binary package's own name and version.
Left out on purpose: guessing a distribution from the form of a version (`.el9`, `ubuntu`, `+deb12u1`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import Purl
from seawall.remediation.inventories import errors

_WRITTEN: Final = re.compile(r"([a-z][a-z0-9_.]*(?:-[a-z][a-z0-9_.]*)*)-([0-9][a-z0-9_.+~]*)", re.ASCII)
_LONGEST: Final = 100
"""Characters of a name that are looked at."""
_FAMILIES: Final = {
    "deb": frozenset({"debian", "ubuntu", "raspbian", "linuxmint", "pop", "kali", "devuan"}),
    "apk": frozenset({"alpine", "wolfi", "chainguard", "postmarketos"}),
    "rpm": frozenset(
        {
            *("rhel", "redhat", "centos", "fedora", "rocky", "almalinux", "ol", "amzn", "sles", "sled", "sle_hpc"),
            *("opensuse-leap", "opensuse-tumbleweed", "opensuse", "mariner", "azurelinux", "photon", "openeuler"),
        }
    ),
}
LINUX_TYPES: Final = frozenset(_FAMILIES)
"""Purl types whose packages mean something only within their distribution."""
_KINDS: Final = {"deb": "dpkg", "rpm": "RPM", "apk": "Alpine"}


class Distro(msgspec.Struct, frozen=True):
    """One release of a Linux distribution, in os-release(5)'s words."""

    id: str
    version: str

    @property
    def qualifier(self) -> str:
        """As it stands in a purl, for example `debian-12`."""
        return f"{self.id}-{self.version}"

    @property
    def namespace(self) -> str:
        """As it stands in a purl: `redhat` for RHEL, `opensuse` for its variants, else the id."""
        if self.id in {"rhel", "redhat"}:
            return "redhat"
        return "opensuse" if self.id.startswith("opensuse") else self.id

    def uses(self, type_: str) -> bool:
        """Whether it uses packages of a purl type; an id that is not known here is believed."""
        known = [family for family, ids in _FAMILIES.items() if self.id in ids]
        return not known or type_ in known


def parse_distro(text: str) -> Distro:
    """Read `debian-12`; `Debian:12` and `Debian 12` too.

    Raises:
        InvalidInputError: It is not written so (`remediation.unknown-distro`).
    """
    found = _WRITTEN.fullmatch(re.sub(r"[\s:]+", "-", text[:_LONGEST].strip().lower()))
    if found is None:
        raise errors.unknown_distro(text)
    return Distro(found[1], found[2])


def system_of(name: str, version: str) -> Distro | None:
    """Read the operating system that an SBOM names; None where it is no Linux distribution with a release."""
    try:
        system = parse_distro(f"{name}-{version}")
    except InvalidInputError:
        return None
    return system if any(system.id in ids for ids in _FAMILIES.values()) else None


def check_distro(distro: Distro | None, type_: str) -> None:
    """Refuse a list of one kind of package that is said to come from a distribution of another.

    Raises:
        InvalidInputError: So it is (`remediation.wrong-distro`).
    """
    if distro is not None and not distro.uses(type_):
        raise errors.wrong_distro(distro.qualifier, _KINDS[type_])


def linux_purl(type_: str, distro: Distro | None, name: str, version: str, **qualifiers: str) -> Purl:
    """Build the purl of a distribution's package; qualifiers that are empty are left out."""
    given = [_pair(key, value) for key, value in qualifiers.items() if value]
    if distro is not None:
        given.append(_pair("distro", distro.qualifier))
    namespace = distro.namespace if distro else ""
    return Purl(type_, namespace, name if type_ == "rpm" else name.lower(), version, tuple(sorted(given)))


@lru_cache(maxsize=1024)
def _pair(key: str, value: str) -> tuple[str, str]:
    """Share what thousands of packages have in common."""
    return key, value


def located(purl: Purl, distro: Distro) -> Purl:
    """Return the purl with the distribution that the rest of the inventory names, where it does not contradict."""
    if purl.namespace not in {"", distro.namespace} or not distro.uses(purl.type):
        return purl
    qualifiers = tuple(sorted((*purl.qualifiers, ("distro", distro.qualifier))))
    return Purl(purl.type, purl.namespace or distro.namespace, purl.name, purl.version, qualifiers, purl.subpath)


def upstream_of(name: str, version: str, source: str, source_version: str) -> str:
    """Return the `upstream` qualifier of a Debian package: empty, `source`, or `source@version` where that differs."""
    if source_version and source_version != version:
        return f"{source or name}@{source_version}"
    return source if source != name else ""
