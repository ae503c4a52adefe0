"""Which ecosystem orders how. The one place that names all members of the family."""

from __future__ import annotations

from typing import Final

from seawall.kernel.versions import pub, pypi, semver
from seawall.kernel.versions.interface import Ordering, UnsupportedEcosystemError

_ORDERINGS: Final = (pypi.ORDERING, semver.ORDERING, pub.ORDERING)
_BY_ECOSYSTEM: Final = {ecosystem.lower(): ordering for ordering in _ORDERINGS for ecosystem in ordering.ecosystems}
SUPPORTED: Final = tuple(sorted(ecosystem for ordering in _ORDERINGS for ecosystem in ordering.ecosystems))
"""OSV's names of the ecosystems whose versions can be ordered."""


def ordering_of(ecosystem: str) -> Ordering:
    """Return the ordering of an ecosystem, in OSV's spelling but any case; a suffix such as `:11` does not count.

    Raises:
        UnsupportedEcosystemError: None is known (`kernel.unsupported-ecosystem`).
    """
    ordering = _BY_ECOSYSTEM.get(ecosystem.partition(":")[0].lower())
    if ordering is None:
        raise UnsupportedEcosystemError(
            "kernel.unsupported-ecosystem",
            f"versions of {ecosystem[:60] or 'an unnamed ecosystem'} are not supported yet",
            remedy=f"Compare them by other means; supported are {', '.join(SUPPORTED)}.",
            ecosystem=ecosystem[:60],
        )
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
