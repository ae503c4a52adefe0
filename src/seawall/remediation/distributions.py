"""Linux distributions: how OSV and package URLs name them and their releases, folded into one spelling.

A namespace is `debian:12`, `ubuntu:22.04`, `ubuntu:pro:22.04`, `alpine:3.19`, `redhat:9`, `suse:15.5` or, for a
distribution that rolls, `wolfi`. Sources: OSV schema ("Defined ecosystems"), purl-spec types `deb`, `rpm` and `apk`,
and what Syft, Trivy and cdxgen write into the qualifier `distro`.

What is folded, and why nothing is lost by it:

- Point releases (`debian-12.4`, `redhat-9.2`, `alpine-3.19.1`) share their release's advisories.
- SUSE publishes per product and module; one service pack has one stock of packages, so `Linux Enterprise Server 15 SP5`
  and `Linux Enterprise Module for Basesystem 15 SP5-LTSS` are `suse:15.5`.
- CentOS Linux up to 8 was rebuilt from Red Hat's sources with Red Hat's versions, and is looked up there.

Left out on purpose: extended streams (`rhel_eus:9.2`) keep a namespace of their own, which no plain inventory asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

_DEBIAN: Final = {
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
_UBUNTU: Final = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "kinetic": "22.10",
    "lunar": "23.04",
    "mantic": "23.10",
    "noble": "24.04",
    "oracular": "24.10",
    "plucky": "25.04",
    "questing": "25.10",
    "resolute": "26.04",
}


class Distribution(msgspec.Struct, frozen=True):
    """One family of releases."""

    ecosystem: str
    """OSV's name, without a release."""
    type: str
    """Package URL type: `deb`, `rpm` or `apk`."""
    key: str
    """First part of the namespace."""
    names: tuple[str, ...]
    """How package URLs name it, as namespace or before the release in `distro`; the longest first."""
    parts: int = 1
    """How many numbers of a release count; 0: it rolls, and has no releases."""
    codenames: tuple[tuple[str, str], ...] = ()
    binary_names: bool = False
    """Its advisories name binary packages (beside or instead of source packages)."""


DISTRIBUTIONS: Final = (
    Distribution("Debian", "deb", "debian", ("debian",), 1, tuple(_DEBIAN.items())),
    Distribution("Ubuntu", "deb", "ubuntu", ("ubuntu",), 2, tuple(_UBUNTU.items())),
    Distribution("Echo", "deb", "echo", ("echo",), 0),
    Distribution("Alpine", "apk", "alpine", ("alpine",), 2),
    Distribution("Alpaquita", "apk", "alpaquita", ("alpaquita",), 1),
    Distribution("Chainguard", "apk", "chainguard", ("chainguard",), 0),
    Distribution("Wolfi", "apk", "wolfi", ("wolfi",), 0),
    Distribution("MinimOS", "apk", "minimos", ("minimos",), 0),
    Distribution("Red Hat", "rpm", "redhat", ("redhat", "rhel"), 1, binary_names=True),
    Distribution("Red Hat", "rpm", "redhat", ("centos",), 1, binary_names=True),
    Distribution("AlmaLinux", "rpm", "almalinux", ("almalinux", "alma"), 1, binary_names=True),
    Distribution("Rocky Linux", "rpm", "rocky", ("rockylinux", "rocky"), 1),
    Distribution("Oracle Linux", "rpm", "oracle", ("oraclelinux", "oracle", "ol"), 1, binary_names=True),
    Distribution("Amazon Linux", "rpm", "amazon", ("amazonlinux", "amazon", "amzn"), 1, binary_names=True),
    Distribution("Azure Linux", "rpm", "azure", ("azurelinux", "azure", "mariner", "cbl-mariner"), 1),
    Distribution("Fedora", "rpm", "fedora", ("fedora",), 1, binary_names=True),
    Distribution("Mageia", "rpm", "mageia", ("mageia",), 1),
    Distribution("Photon OS", "rpm", "photon", ("photon",), 1),
    Distribution("openEuler", "rpm", "openeuler", ("openeuler",), 0, binary_names=True),
    Distribution("openSUSE", "rpm", "opensuse", ("opensuse-leap", "opensuse-tumbleweed", "opensuse"), 2),
    Distribution("SUSE", "rpm", "suse", ("sle-micro", "sl-micro", "sles_sap", "sles", "sled", "suse", "sle"), 2),
)
_BY_ECOSYSTEM: Final = {found.ecosystem.lower(): found for found in reversed(DISTRIBUTIONS)}
_BY_NAME: Final = {name: found for found in DISTRIBUTIONS for name in found.names}
_CENTOS_LAST: Final = 8
_NUMBERS: Final = re.compile(r"v?(\d+(?:\.\d+)*)", re.ASCII)
_SERVICE_PACK: Final = re.compile(r"linux enterprise .*?(\d+)(?: sp(\d+))?(?:-[\w-]+)?", re.ASCII)
_SPACES: Final = re.compile(r"[\s_]+")


def namespace_of(ecosystem: str) -> tuple[Distribution, str] | None:
    """Return the distribution and the namespace that OSV's ecosystem names; None if it is no distribution.

    Args:
        ecosystem: For example `Debian:12`, `Ubuntu:Pro:22.04:LTS`, `Red Hat:enterprise_linux:9::appstream`.
    """
    family, _, release = ecosystem.partition(":")
    found = _BY_ECOSYSTEM.get(family.strip().lower())
    if found is None:
        return None
    return found, _joined(found.key, _recorded_release(found, release.strip().lower()))


def _recorded_release(found: Distribution, release: str) -> str:
    special = _RECORDED.get(found.ecosystem)
    return special(release) if special else _cut(release, found.parts)


def _red_hat(release: str) -> str:
    # Red Hat's suffix is the end of a CPE: product, version, update and edition (the repository).
    product, _, rest = release.partition(":")
    version = rest.partition(":")[0]
    if product == "enterprise_linux" or not version:
        return _cut(version or product, 1)
    return f"{product}:{version}"


def _ubuntu(release: str) -> str:
    return ":".join(part for part in release.split(":") if part != "lts")


def _suse(release: str) -> str:
    match = _SERVICE_PACK.fullmatch(release)
    if match is None or "micro" in release:
        return _dashed(release)
    return f"{match[1]}.{match[2]}" if match[2] else match[1]


def _opensuse(release: str) -> str:
    return _dashed(release.removeprefix("leap "))


def _dashed(release: str) -> str:
    return _SPACES.sub("-", release)


_RECORDED: Final[dict[str, Callable[[str], str]]] = {
    "openEuler": _dashed,
    "openSUSE": _opensuse,
    "Red Hat": _red_hat,
    "SUSE": _suse,
    "Ubuntu": _ubuntu,
}


def release_of(type_: str, namespace: str, distro: str) -> tuple[Distribution, str] | str:
    """Return the distribution and the namespace of an installed package; or, in words, why it is not known.

    Args:
        type_: Package URL type.
        namespace: The package URL's, for example `debian`.
        distro: The qualifier `distro`, for example `debian-12.4`, `bookworm` or `3.19.1`; may be empty.
    """
    named = _by_name(namespace)
    text = distro.strip().lower()
    found, release = _split(text, named)
    problem = _objection(type_, namespace, distro, named, found)
    if problem or found is None:
        return problem
    if not found.parts and found.ecosystem != "openEuler":
        return found, found.key
    if not release:
        return f"its package URL names no release of {found.ecosystem}; {_remedy(type_)}"
    cut = _installed(found, text, release)
    if cut is None:
        return f"{release[:40]!r} is no release of {found.ecosystem} that is known; {_remedy(type_)}"
    if found.names == ("centos",) and int(cut) > _CENTOS_LAST:
        return "CentOS Stream publishes no advisories of its own, and Red Hat's do not name its versions"
    return found, f"{found.key}:{cut}"


def _objection(type_: str, namespace: str, distro: str, named: Distribution | None, found: Distribution | None) -> str:
    if found is None:
        if not namespace and not distro:
            return f"its package URL names no distribution; {_remedy(type_)}"
        return f"the distribution {(namespace or distro)[:40]!r} is not known; compare it by other means"
    if found.type != type_:
        return f"a package of type {type_} cannot be of {found.ecosystem}"
    if named is not None and named.ecosystem != found.ecosystem:
        return f"its package URL names two distributions, {namespace[:40]!r} and {distro[:40]!r}"
    return ""


def _installed(found: Distribution, text: str, release: str) -> str | None:
    """The release as it stands in a namespace; None if it is none."""
    if release in (known := dict(found.codenames)):
        return known[release]
    if found.ecosystem == "openEuler":
        return _dashed(release)
    if text.startswith(("sle-micro", "sl-micro")):
        return f"linux-{'enterprise-' if text.startswith('sle') else ''}micro-{release}"
    if "tumbleweed" in text:
        return "tumbleweed"
    numbers = _NUMBERS.fullmatch(release.partition(":")[0])
    cut = _cut(numbers[1], found.parts) if numbers else None
    return cut.removesuffix(".0") if cut and found.key == "suse" else cut


def _split(text: str, named: Distribution | None) -> tuple[Distribution | None, str]:
    """The distribution and the rest of a `distro`; the one that the namespace names where it is the release alone."""
    for name in sorted(_BY_NAME, key=len, reverse=True):
        if text == name or text.startswith((f"{name}-", f"{name}:")):
            return _BY_NAME[name], text[len(name) + 1 :]
    for found in DISTRIBUTIONS:
        if text in dict(found.codenames):
            return found, text
    return named, text


def _by_name(name: str) -> Distribution | None:
    return _BY_NAME.get(name.strip().lower())


def _cut(release: str, parts: int) -> str:
    match = _NUMBERS.match(release)
    if not parts:
        return ""
    if match is None or (match.end() < len(release) and release[match.end()] not in ".-: "):
        return _dashed(release)
    return ".".join(match[1].split(".")[:parts])


def _joined(key: str, release: str) -> str:
    return f"{key}:{release}" if release else key


def _remedy(type_: str) -> str:
    example = {"deb": "distro=debian-12", "apk": "distro=alpine-3.19"}.get(type_, "distro=redhat-9")
    return f"have the inventory written with it, for example ?{example}"
