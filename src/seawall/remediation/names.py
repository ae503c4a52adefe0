"""What two names of one package have in common: the key under which records and inventories meet.

A key is `type/namespace/name` in the registry's own normal form: `pypi/django`, `maven/org.slf4j:slf4j-api`,
`npm/@babel/core`, `golang/github.com/gin-gonic/gin`. A package of a Linux distribution is matched in the namespace of its distribution and
release, and by its *source* package: `deb/debian:12/openssl`. It is never matched by its bare name.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.kernel.purl import Purl


@dataclass(frozen=True, slots=True)
class Lookup:
    """One package in one version, as an index is asked about it."""

    package: str
    """Package key."""
    ecosystem: str
    """Whose order its versions follow: OSV's name."""
    version: str


def package_key_of(ecosystem: str, name: str) -> str:
    """Return the key of a package as OSV names it, for example `Debian:12` and `openssl`."""
    raise NotImplementedError


def lookup_of(purl: Purl) -> Lookup | str:
    """Return what to look up for an installed package; or, in words, why it cannot be looked up."""
    raise NotImplementedError
