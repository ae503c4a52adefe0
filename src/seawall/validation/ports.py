"""What proving needs from outside: environments that hold the package, and a place for proofs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seawall.kernel.events import Recorder
from seawall.platform.sandbox.interface import Mount
from seawall.validation.model import EnvironmentRecord, Proof, Recipe

ENVIRONMENT = "/w/env"
"""Where a run sees the environment's root."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs the packages of an environment."""

    argv: tuple[str, ...]
    """The interpreter as seen inside the sandbox, without options of the driver."""
    mounts: tuple[Mount, ...] = ()
    """Host folders that the interpreter needs beside the system's own."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What was built: an installed package with its dependencies, and its runtime."""

    record: EnvironmentRecord
    root: Path
    """Host folder, read-only, mounted at `/w/env`: `site/` for PyPI, `node_modules/` for npm."""
    runtime: Runtime
    imports: tuple[str, ...]
    """Names under which the named package itself is imported (not its dependencies), sorted; dotted for a part of a
    namespace package; the package's name for npm. Found in what was installed, never taken from a report."""


def _silent(_line: str) -> None:
    """Report nothing."""


class Environments(Protocol):
    """Builds environments, once for each recipe."""

    def build(self, recipe: Recipe, *, report: Callable[[str], None] = _silent) -> Environment:
        """Return the environment for a recipe, built now or before.

        Args:
            recipe: What to install. Comes from a hostile report.
            report: Gets a line for each step that takes long.

        Raises:
            EnvironmentFailedError: The packages cannot be had or built (`validation.environment-failed`,
                `validation.no-such-package`, `validation.no-such-version`).
            UnavailableError: The registry cannot be reached, or a program is missing.
        """
        ...


class ProofStore(Protocol):
    """Where proofs are kept; none is ever changed."""

    def add(self, proof: Proof) -> str | None:
        """Keep a proof; return the digest of its stored body, or `None` where a proof of this id was kept before."""
        ...

    def for_finding(self, finding_id: str) -> tuple[Proof, ...]:
        """Return the proofs of one finding, oldest first."""
        ...

    def for_findings(self, finding_ids: Sequence[str]) -> tuple[Proof, ...]:
        """Return the proofs of these findings, oldest first."""
        ...

    def all(self) -> tuple[Proof, ...]:
        """Return all proofs, oldest first."""
        ...


class ValidationUnit(Recorder, Protocol):
    """One transaction of this room."""

    @property
    def proofs(self) -> ProofStore:
        """The proofs as this transaction sees them."""
        ...
