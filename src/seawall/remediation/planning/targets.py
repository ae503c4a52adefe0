"""Which release to go to: the lowest one that closes everything that can be closed on one component.

A vulnerability's record names, for each range that holds the installed version, the release that ends it. Several
records can name several releases for one vulnerability; it counts as closed only by a release that ends all of them.
So the lowest release that closes a set of exposures is the highest that any of them needs.

Invariants: a target is above the installed version, and never below a release that a closed exposure needs. A release
that cannot be placed in the ecosystem's order closes nothing. The order of the exposures does not matter.

Left out on purpose: whether the target exists in a registry, and whether it is affected by something else; `plan_of`
asks the index about the latter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from seawall.kernel.versions import InvalidVersionError, Ordering, UnsupportedEcosystemError, ordering_of
from seawall.remediation.model import Component, Exposure
from seawall.remediation.names import lookup_of

NAMED_ONLY = "generic"
"""The order of versions of products that have no purl."""
_DISTRIBUTIONS = frozenset({"apk", "deb", "rpm"})
"""purl types whose packages are upgraded by their source package."""


class Subject(msgspec.Struct, frozen=True):
    """What is acted on: one package or product, whatever its version and wherever it is."""

    key: str
    """Package key, or vendor and product in lower case; equal keys are one thing to do."""
    name: str
    """For people."""
    type: str
    """purl type; empty for a product by name."""
    ecosystem: str
    """Whose order its versions follow."""


class Choice(msgspec.Struct, frozen=True):
    """A release, and what it closes."""

    target: str
    """Empty: none of the exposures can be closed by a release."""
    closed: tuple[Exposure, ...]
    left: tuple[Exposure, ...]
    """No release is known that closes these."""


def subject_of(component: Component) -> tuple[Subject, str]:
    """Return what a component is an instance of, and its version in the order of `Subject.ecosystem`.

    A package of a distribution is its source package: one upgrade renews all that is built of it.
    """
    purl = component.purl
    if purl is None:
        name = " ".join(f"{component.vendor} {component.name}".split()) or component.cpe or component.ref
        key = f"product/{component.vendor.strip().lower()}/{component.name.strip().lower() or name.lower()}"
        return Subject(key, name, "", NAMED_ONLY), component.version
    lookup = lookup_of(purl)
    if isinstance(lookup, str):
        return Subject(str(purl.package), purl.full_name, purl.type, purl.ecosystem), purl.version
    if purl.type in _DISTRIBUTIONS:
        name = lookup.package.rpartition("/")[2]
    else:
        name = purl.name if purl.type == "maven" else purl.full_name
    return Subject(lookup.package, name, purl.type, lookup.ecosystem), lookup.version


def choose(ecosystem: str, installed: str, exposures: Sequence[Exposure]) -> Choice:
    """Return the lowest release that closes all exposures of one component that a release can close.

    Args:
        ecosystem: Whose order counts.
        installed: The component's version.
        exposures: Of that one component; all are either closed or left.
    """
    try:
        ordering = ordering_of(ecosystem)
        floor = ordering.key(installed)
    except (InvalidVersionError, UnsupportedEcosystemError):
        return Choice("", (), tuple(exposures))
    needed = [(exposure, _needed(ordering, floor, exposure.fixed)) for exposure in exposures]
    releases = [release for _, release in needed if release is not None]
    target = max(releases, key=_rank)[1] if releases else ""
    return Choice(
        target,
        tuple(exposure for exposure, release in needed if release is not None),
        tuple(exposure for exposure, release in needed if release is None),
    )


def raised(ecosystem: str, target: str, releases: Iterable[str]) -> str:
    """Return the highest of a target and further releases; those that are no versions do not count."""
    ordering = ordering_of(ecosystem)
    found = _needed(ordering, ordering.key(target), releases)
    return target if found is None else found[1]


def _needed(ordering: Ordering, floor: bytes, releases: Iterable[str]) -> tuple[bytes, str] | None:
    """The highest of the releases above a version; None where there is none."""
    known = []
    for release in releases:
        try:
            key = ordering.bound(release)
        except InvalidVersionError:
            continue
        if key > floor:
            known.append((key, release))
    return max(known, key=_rank, default=None)


def _rank(release: tuple[bytes, str]) -> tuple[bytes, int, str]:
    # Of several spellings of one version the shortest is taken, of equally short ones the last by text.
    return release[0], -len(release[1]), release[1]
