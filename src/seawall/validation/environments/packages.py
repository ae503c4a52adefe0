"""The `Environments` port on package registries: one cache, one builder for each purl type.

Wiring: `PackageEnvironments(cache_root, sandbox)`; `cache_root` belongs to Seawall and may be removed at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.environments import failures
from seawall.validation.environments.cache import EnvironmentCache, Plan
from seawall.validation.environments.interface import Builder, EnvironmentLimits
from seawall.validation.environments.manifest import FORMAT
from seawall.validation.environments.npm import NPMBuilder
from seawall.validation.environments.pypi import PyPIBuilder
from seawall.validation.environments.runtimes import machine
from seawall.validation.model import Recipe
from seawall.validation.ports import Environment


def _silent(_line: str) -> None:
    """Report nothing."""


class PackageEnvironments:
    """Builds environments from package registries, each once; see `seawall.validation.ports.Environments`.

    Args:
        cache_root: Where environments are kept; made when it is first needed.
        sandbox: Where packages are built from source.
        limits: Of one environment.
        builders: By purl type, in place of those for PyPI and npm.
    """

    def __init__(
        self,
        cache_root: Path,
        sandbox: Sandbox,
        *,
        limits: EnvironmentLimits | None = None,
        builders: Mapping[str, Builder] | None = None,
    ) -> None:
        limits = limits or EnvironmentLimits()
        self._cache = EnvironmentCache(cache_root.absolute(), wait_seconds=limits.wait_seconds)
        if builders is None:
            builders = {"npm": NPMBuilder(limits), "pypi": PyPIBuilder(sandbox, limits)}
        self._builders = dict(builders)

    def build(self, recipe: Recipe, *, report: Callable[[str], None] = _silent) -> Environment:
        """Return the environment of a recipe, from the cache or built now.

        Raises:
            EnvironmentFailedError: The packages cannot be had or built; the code says why
                (`validation.unsupported-ecosystem`, `validation.bad-requirement`, `validation.no-such-package`,
                `validation.no-such-version`, `validation.no-such-dependency`, `validation.no-file-for-runtime`,
                `validation.unsafe-dependency`, `validation.bad-archive`, `validation.environment-too-large`,
                `validation.environment-too-slow`, `validation.environment-failed`).
            UnavailableError: The registry, a program or disk space is missing (`validation.registry-unreachable`,
                `validation.program-missing`, `validation.environments-unwritable`, `sandbox.…`).
            BusyError: Another process builds it for too long (`validation.environment-busy`).
        """
        builder = self._builders.get(recipe.purl.type)
        if builder is None:
            raise failures.unsupported(str(recipe.purl), ", ".join(sorted(self._builders)))
        builder.check(recipe)
        interpreter = builder.interpreter()
        plan = _plan(recipe, interpreter.name)
        cached = self._cache.obtain(plan, lambda into, work: builder.build(recipe, into, work, report))
        return Environment(cached.manifest.record, cached.root, interpreter.runtime, cached.manifest.imports)


def _plan(recipe: Recipe, runtime: str) -> Plan:
    purl, place = str(recipe.purl), machine()
    parts = (FORMAT, purl, sorted(set(recipe.requires)), runtime, place)
    return Plan(sha256(msgspec.json.encode(parts)).hexdigest(), purl, runtime, place)
