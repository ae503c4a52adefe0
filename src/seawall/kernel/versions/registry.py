"""Which ecosystem orders how. The one place that names all members of the family.

A member is imported when a version of its ecosystem is first met: nobody pays for orderings that an inventory does
not need.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Final

from seawall.kernel.versions.interface import Ordering, UnsupportedEcosystemError

_MEMBERS: Final = {
    "alpine": ("Alpaquita", "Alpine", "BellSoft Hardened Containers", "Chainguard", "MinimOS", "Wolfi"),
    "cran": ("Bioconductor", "CRAN"),
    "debian": ("Debian", "Echo", "Ubuntu"),
    "generic": ("generic",),
    "hackage": ("GHC", "Hackage"),
    "maven": ("Maven",),
    "nuget": ("NuGet",),
    "packagist": ("Packagist",),
    "pub": ("Pub",),
    "pypi": ("PyPI",),
    "rpm": (
        "AlmaLinux",
        "Amazon Linux",
        "Azure Linux",
        "Fedora",
        "Mageia",
        "openEuler",
        "openSUSE",
        "Oracle Linux",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "SUSE",
    ),
    "rubygems": ("RubyGems",),
    "semver": ("Bitnami", "crates.io", "GitHub Actions", "Go", "Hex", "Julia", "npm", "SwiftURL"),
}
"""Module to the ecosystems that it orders."""
_BY_ECOSYSTEM: Final = {name.lower(): module for module, names in _MEMBERS.items() for name in names}
SUPPORTED: Final = tuple(sorted(name for names in _MEMBERS.values() for name in names))
"""The ecosystems whose versions can be ordered: OSV's names, distributions that OSV does not have, and `generic`."""


@lru_cache(maxsize=256)
def ordering_of(ecosystem: str) -> Ordering:
    """Return the ordering of an ecosystem, in OSV's spelling but any case; a suffix such as `:11` does not count.

    Raises:
        UnsupportedEcosystemError: None is known (`kernel.unsupported-ecosystem`).
    """
    module = _BY_ECOSYSTEM.get(ecosystem.partition(":")[0].lower())
    if module is None:
        raise UnsupportedEcosystemError(
            "kernel.unsupported-ecosystem",
            f"versions of {ecosystem[:60] or 'an unnamed ecosystem'} are not supported yet",
            remedy=f"Compare them by other means; supported are {', '.join(SUPPORTED)}.",
            ecosystem=ecosystem[:60],
        )
    ordering: Ordering = import_module(f"seawall.kernel.versions.{module}").ORDERING
    return ordering


def is_supported(ecosystem: str) -> bool:
    """Whether versions of the ecosystem can be ordered."""
    return ecosystem.partition(":")[0].lower() in _BY_ECOSYSTEM


def version_key(ecosystem: str, text: str) -> bytes:
    """Return bytes whose order is the ecosystem's order of versions.

    Args:
        ecosystem: OSV's name, for example `PyPI`.
        text: A version as the registry writes it.

    Raises:
        UnsupportedEcosystemError: The ecosystem's order is not known.
        InvalidVersionError: The text is no version there.
    """
    return ordering_of(ecosystem).key(text)
