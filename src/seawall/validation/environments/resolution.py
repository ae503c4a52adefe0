"""From pins to a folder of wheels: pip resolves, what has no wheel is built in the sandbox, pip resolves again.

pip runs with its own configuration, takes wheels only, and cannot start a program (see `pip_guard`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.environments import failures, programs
from seawall.validation.environments.interface import EnvironmentLimits
from seawall.validation.environments.runtimes import Interpreter
from seawall.validation.environments.source_builds import SourceBuilder
from seawall.validation.environments.sources import PackageIndex, PipSettings
from seawall.validation.environments.wheels import Wheel, read_wheel
from seawall.validation.errors import EnvironmentFailedError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_GUARD = Path(__file__).with_name("pip_guard.py")
_REFUSED = "no program may be started while packages are being fetched"  # says pip_guard
_MISSING = re.compile(r"^ERROR: No matching distribution found for (.+?)(?: \(from .*\))?$", re.MULTILINE)
_NETWORK = re.compile(
    r"ConnectionPool|ConnectionError|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|"
    r"Temporary failure in name resolution|Network is unreachable|HTTP error 5\d\d|[Cc]onnection broken"
)


@dataclass(frozen=True, slots=True)
class WheelSet:
    """Wheels that fit together."""

    wheels: tuple[Wheel, ...]
    """By name."""
    pins: tuple[str, ...]
    """`name==version sha256:…` of what came from the registry: the source archive where the wheel was built from it."""
    tools: tuple[str, ...]
    """Pins of what built from source."""


class PipResolver:
    """Resolves pins to wheels, in one scratch folder.

    Args:
        sandbox: For builds from source.
        limits: Of one environment.
        interpreter: Python, for which the wheels are.
        work: An empty folder.
        report: Gets a line for each step that takes long.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        limits: EnvironmentLimits,
        interpreter: Interpreter,
        work: Path,
        report: Callable[[str], None],
    ) -> None:
        self._limits = limits
        self._interpreter = interpreter
        self._report = report
        self._work = work
        self._local = work / "built"
        self._local.mkdir()
        self._builder = SourceBuilder(sandbox, self._fetch_tools, limits, interpreter)
        self._index: PackageIndex | None = None
        self._sources: dict[str, str] = {}
        self._tools: set[str] = set()
        self._calls = 0

    def resolve(self, pins: Sequence[str]) -> WheelSet:
        """Fetch wheels for all pins and their dependencies, building where the index has none.

        Args:
            pins: `name==version`; the first is the named package.

        Raises:
            EnvironmentFailedError: There is no such package or version (`validation.no-such-package`,
                `validation.no-such-version`, for the first pin), or the rest cannot be had
                (`validation.no-such-dependency`, `validation.environment-failed` and others).
            UnavailableError: The index cannot be reached (`validation.registry-unreachable`), or there is no pip.
        """
        self._report(f"fetching {pins[0]} and its dependencies with pip")
        for _ in range(self._limits.source_builds + 1):
            folder, done = self._download(pins)
            if done.code == 0:
                wheels = self._read(folder)
                origins = tuple(self._sources.get(wheel.path.name, wheel.pin) for wheel in wheels)
                return WheelSet(wheels, origins, tuple(sorted(self._tools)))
            self._build(self._missing(pins, done), pins[0])
        raise failures.failed(pins[0], f"more than {self._limits.source_builds} of its packages have no wheel")

    def _download(self, requirements: Sequence[str], constraints: Sequence[str] = ()) -> tuple[Path, programs.Finished]:
        self._calls += 1
        folder = self._work / f"pip-{self._calls}"
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        options = ["--dest", str(wheels), "--only-binary", ":all:", "--find-links", str(self._local)]
        if constraints:
            file = folder / "constraints.txt"
            file.write_text("\n".join(constraints))
            options += ["--constraint", str(file)]
        done = programs.run(
            [
                *(sys.executable, "-I", str(_GUARD), "download", "--disable-pip-version-check", "--no-input"),
                *("--progress-bar", "off", *options, "--", *requirements),
            ],
            folder=folder,
            allowance=programs.Allowance(self._limits.fetch_seconds, self._limits.download_bytes, self._limits.files),
        )
        if "No module named pip" in done.stderr:
            raise failures.program_missing("pip")
        return wheels, done

    def _read(self, folder: Path) -> tuple[Wheel, ...]:
        paths = sorted(folder.iterdir())
        if len(paths) > self._limits.packages:
            raise failures.too_large("pip", 0, self._limits.download_bytes, len(paths), self._limits.packages)
        return tuple(sorted((read_wheel(path) for path in paths), key=lambda wheel: wheel.name))

    def _missing(self, pins: Sequence[str], done: programs.Finished) -> Requirement:
        """Return the requirement that pip found no wheel for; raise where that was not the reason."""
        from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - extra `proof`

        match = _MISSING.search(done.stderr)
        if _REFUSED in done.stderr:
            raise failures.unsafe_dependency(pins[0], "an address or a repository")
        if "No space left on device" in done.stderr:
            raise failures.disk_full(str(self._work), "no space left on the device")
        if match is None:
            if _NETWORK.search(done.stderr):
                raise failures.unreachable("Python package", done.tail[-300:])
            raise failures.failed(pins[0], done.tail)
        try:
            requirement = Requirement(match[1])
        except InvalidRequirement:
            raise failures.failed(pins[0], done.tail) from None
        if requirement.url:
            raise failures.direct_reference(pins[0], requirement.name)
        return requirement

    def _build(self, requirement: Requirement, named: str) -> None:
        from packaging.requirements import Requirement  # noqa: PLC0415 - extra `proof`
        from packaging.utils import canonicalize_name  # noqa: PLC0415 - extra `proof`

        number = len(self._sources) + 1
        work = self._work / f"source-{number}"
        work.mkdir()
        try:
            sdist = self._open_index().fetch_sdist(requirement, self._interpreter.name, work / "sdist")
        except EnvironmentFailedError as error:
            if canonicalize_name(requirement.name) == canonicalize_name(Requirement(named).name):
                raise
            raise failures.no_such_dependency(named, str(requirement), error.message) from error
        self._report(f"building {sdist.name} {sdist.version} from source in the sandbox")
        built = self._builder.build(sdist, self._local, work)
        if built.wheel.path.name in self._sources:
            raise failures.failed(named, f"pip does not take the wheel {built.wheel.path.name} for {requirement}")
        self._sources[built.wheel.path.name] = sdist.pin
        self._tools.update(built.tools)

    def _open_index(self) -> PackageIndex:
        if self._index is None:
            folder = self._work / "settings"
            folder.mkdir()
            self._index = PackageIndex(PipSettings.read(folder, self._limits), self._limits)
        return self._index

    def _fetch_tools(self, requirements: Sequence[str], constraints: Sequence[str]) -> list[Wheel]:
        folder, done = self._download(requirements, constraints)
        if done.code:
            missing = self._missing(requirements, done)
            raise failures.no_such_dependency("a build from source", str(missing), "there is no wheel of it")
        return list(self._read(folder))
