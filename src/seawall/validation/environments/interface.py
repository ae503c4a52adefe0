"""What a family of environments has in common: limits, the builder's port and its result.

A `Builder` makes the files of one ecosystem's environment; the cache beside it decides when that happens and where
the result lies. Invariant of every builder: nothing that a package brings is executed outside the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seawall.kernel.limits import GIB, MIB
from seawall.validation.environments.runtimes import Interpreter
from seawall.validation.model import Recipe


@dataclass(frozen=True, slots=True)
class EnvironmentLimits:
    """Bounds for one environment; a package that needs more is no package that Seawall proves."""

    download_bytes: int = 512 * MIB
    """All files fetched, together."""
    unpacked_bytes: int = 2 * GIB
    """All files of the environment, together."""
    files: int = 200_000
    packages: int = 1_000
    """Distributions in one environment, the named one included."""
    fetch_seconds: float = 300.0
    """Wall time of one call of a package manager."""
    build_seconds: float = 600.0
    """Wall and CPU time of one build from source, in the sandbox."""
    wheel_bytes: int = 128 * MIB
    """Largest wheel that a build from source may give."""
    source_builds: int = 8
    """Distributions of one environment that are built from source."""
    wait_seconds: float = 1_800.0
    """Longest wait for another process that builds the same environment."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a builder put into the folder that it was given."""

    packages: tuple[str, ...]
    """`name==version sha256:…` (or the registry's own digest, `sha512:…`), sorted."""
    tools: tuple[str, ...] = ()
    """The same for what built packages from source; part of the digest, not of the environment."""
    imports: tuple[str, ...] = ()
    """Names under which the named package is imported, sorted."""


class Builder(Protocol):
    """Makes environments of one purl type."""

    def interpreter(self) -> Interpreter:
        """Return what will run the package.

        Raises:
            UnavailableError: This machine has no such runtime.
        """
        ...

    def check(self, recipe: Recipe) -> None:
        """Refuse names and versions that no registry of this type can hold; they come from hostile reports.

        Raises:
            EnvironmentFailedError: A name or version is malformed or missing.
        """
        ...

    def build(self, recipe: Recipe, into: Path, work: Path, report: Callable[[str], None]) -> Resolved:
        """Fill `into` (empty) with the environment; `work` (empty) is scratch space that is removed afterwards.

        Args:
            recipe: What to install; was checked.
            into: On the same file system as `work`.
            work: Holds nothing that anybody else needs.
            report: Gets a line for each step that takes long.

        Raises:
            EnvironmentFailedError: The packages cannot be had or built.
            UnavailableError: The registry cannot be reached, or a program is missing.
        """
        ...
