"""Python environments: unpacked wheels below `site/`, for the interpreter that runs Seawall.

The named package is unpacked first, so that no other distribution can replace its modules.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.environments import failures
from seawall.validation.environments.interface import EnvironmentLimits, Resolved
from seawall.validation.environments.requirements import pypi_pins
from seawall.validation.environments.resolution import PipResolver
from seawall.validation.environments.runtimes import Interpreter, python
from seawall.validation.environments.wheels import Budget, import_names, unpack
from seawall.validation.model import Recipe

SITE = "site"
"""Folder of an environment that belongs on Python's path."""


class PyPIBuilder:
    """Builds environments of PyPI packages.

    Args:
        sandbox: For builds from source.
        limits: Of one environment.
    """

    def __init__(self, sandbox: Sandbox, limits: EnvironmentLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._interpreter = python()

    def interpreter(self) -> Interpreter:
        """See `Builder.interpreter`."""
        return self._interpreter

    def check(self, recipe: Recipe) -> None:
        """See `Builder.check`."""
        pypi_pins(recipe)

    def build(self, recipe: Recipe, into: Path, work: Path, report: Callable[[str], None]) -> Resolved:
        """See `Builder.build`."""
        pins = pypi_pins(recipe)
        resolved = PipResolver(self._sandbox, self._limits, self._interpreter, work, report).resolve(pins)
        name = pins[0].partition("==")[0]
        named = [wheel for wheel in resolved.wheels if wheel.name == name]
        if not named:
            raise failures.failed(pins[0], "pip gave every package but the one that was asked for")
        others = [wheel for wheel in resolved.wheels if wheel.name != name]
        site = into / SITE
        site.mkdir()
        budget = Budget(self._limits.unpacked_bytes, self._limits.files)
        imports = import_names(unpack(named[0], site, budget))
        for wheel in others:
            unpack(wheel, site, budget)
        return Resolved(resolved.pins, resolved.tools, imports)
