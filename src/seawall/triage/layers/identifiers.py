"""The identifier layer: the same CVE, or the same alias.

Two findings that each name CVEs, and no CVE in common, contradict each other: a CVE is assigned once for one
vulnerability. Records that name several CVEs (14 of the 4,291 records of the Go database in OSV do) are mostly lists of
sister bugs, seldom true aliases, so they never join two CVEs by themselves: a person decides.

Not linked: identifiers of fix releases (RHSA, DSA, USN …), which the profile leaves out.
"""

from __future__ import annotations

from typing import Final

from seawall.triage.layers.interface import Level, Link, Standing
from seawall.triage.model import Layer
from seawall.triage.profile import Profile, hashed

_RULE: Final = "triage.identifier/1"


def contradict(left: Profile, right: Profile) -> bool:
    """Tell whether both name CVEs and have none in common."""
    return bool(left.cves and right.cves) and left.cves != right.cves and not set(left.cves) & set(right.cves)


def unrelated(left: Profile, right: Profile) -> bool:
    """Tell whether both name identifiers of their own and have none in common, or contradict each other.

    A database gives each vulnerability one identifier. So two records that were given different ones are two
    vulnerabilities as far as their databases know, however alike their words are; what weighs less than an
    identifier does not overrule that.
    """
    if not left.identifiers or not right.identifiers or left.identifiers == right.identifiers:
        return False
    return set(left.identifiers).isdisjoint(right.identifiers) or contradict(left, right)


class IdentifierLayer:
    """See the module's docstring."""

    layer = Layer.IDENTIFIER
    levels = (Level.CVE, Level.ALIAS)
    _SAME_CVE = Link(Level.CVE, Standing.MERGES, layer, _RULE, "Both reports name the same CVE.")
    _SAME_ALIAS = Link(Level.ALIAS, Standing.MERGES, layer, _RULE, "Both reports name the same identifier.")
    _TORN = Link(
        Level.ALIAS,
        Standing.BLOCKED,
        layer,
        _RULE,
        "Both reports name the same identifier, but different CVEs: one is wrong, or it covers both.",
    )

    def written(self, profile: Profile) -> list[int]:
        """See `MatchLayer.written`."""
        return [hashed(identifier) for identifier in profile.identifiers]

    def probed(self, profile: Profile) -> list[int]:
        """See `MatchLayer.probed`."""
        return self.written(profile)

    def facet(self, profile: Profile) -> object:
        """See `MatchLayer.facet`."""
        return profile.identifiers

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """See `MatchLayer.compare`."""
        if not left.identifiers or not right.identifiers:
            return None
        if left.cves == right.cves and len(left.cves) == 1:
            return self._SAME_CVE
        if not set(left.identifiers) & set(right.identifiers):
            return None
        return self._TORN if contradict(left, right) else self._SAME_ALIAS

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """See `MatchLayer.inputs`."""
        found = {"shared": ", ".join(sorted(set(left.identifiers) & set(right.identifiers)))}
        if contradict(left, right):
            found |= {"left CVE": ", ".join(left.cves), "right CVE": ", ".join(right.cves)}
        return found
