"""Builds wheels from source archives, in the sandbox, without a network.

A `setup.py` is a program of the package's author. Here it sees the archive, unpacked build requirements and the
system's compilers, and nothing else: no network, no files of the host, no secrets, bounded time and space. What comes
out is taken for data: the wheel must have the name and version that were asked for, and is unpacked like any other.

Build requirements are those of `pyproject.toml` and of the back end's own hook (PEP 517), fetched as wheels before
the build. `setuptools` stays below 81 as long as the package's own words allow it: releases without a wheel for a
present-day Python are old, and later versions dropped what old `setup.py` files import (`pkg_resources`). Build tools
that are programs and not Python modules (cmake, meson, cargo) are not offered beyond the system's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import msgspec

from seawall.kernel.limits import GIB, KIB
from seawall.platform.sandbox.interface import Bounds, Job, Mount, Sandbox, Verdict
from seawall.validation.environments import failures, programs
from seawall.validation.environments.interface import EnvironmentLimits
from seawall.validation.environments.runtimes import Interpreter
from seawall.validation.environments.sources import Sdist
from seawall.validation.environments.trees import freeze
from seawall.validation.environments.wheels import Budget, Wheel, read_wheel, unpack
from seawall.validation.errors import EnvironmentFailedError

LEGACY_CONSTRAINTS = ("setuptools<81",)
"""Held for builds where the package's own requirements allow it."""

_ARCHIVE = "/w/sdist"
_TOOLS = "/w/tools"
_DRIVER = "build_driver.py"
_ROUNDS = 6  # static requirements, those of the hook, and those that these bring to light
_NEEDS = 64  # requirements of one build
_HEADER_BYTES = 64 * KIB
_NO_TOOLCHAIN = re.compile(
    r"Python\.h: No such file|unable to execute '|command '\S*(?:cc|\+\+|clang)\S*' failed: No such file"
)
_EPOCH = "315532800"  # 1980-01-01, the earliest time that a zip file can hold: equal builds give equal bytes


@dataclass(frozen=True, slots=True)
class Built:
    """A wheel made from source, and what made it."""

    wheel: Wheel
    tools: tuple[str, ...]
    """Pins of the build requirements, sorted."""


FetchWheels = Callable[[Sequence[str], Sequence[str]], list[Wheel]]
"""Fetches requirements, under constraints, with all their dependencies."""


class SourceBuilder:
    """Turns source archives into wheels.

    Args:
        sandbox: Where the build runs.
        fetch: Gets build requirements as wheels; raises `EnvironmentFailedError` where it cannot.
        limits: Of one environment.
        interpreter: Python, for which the wheels are.
    """

    def __init__(
        self, sandbox: Sandbox, fetch: FetchWheels, limits: EnvironmentLimits, interpreter: Interpreter
    ) -> None:
        self._sandbox = sandbox
        self._fetch = fetch
        self._limits = limits
        self._runtime = interpreter.runtime

    def build(self, sdist: Sdist, into: Path, work: Path) -> Built:
        """Build a wheel into the folder `into`, with scratch space in the empty folder `work`.

        Raises:
            EnvironmentFailedError: The build fails, lies about what it is, or needs what cannot be had.
            UnavailableError: There is no sandbox, or the index cannot be reached.
        """
        supplied: list[str] = []
        tools: list[Wheel] = []
        sdist.path.chmod(0o444)  # the job may be another user
        for turn in range(_ROUNDS):
            folder = work / f"tools-{turn}"
            folder.mkdir()
            budget = Budget(self._limits.unpacked_bytes, self._limits.files)
            for tool in tools:
                unpack(tool, folder, budget)
            freeze(folder)
            verdict = self._run(sdist, folder, supplied)
            header, wheel = self._answer(sdist, verdict)
            if "wheel" in header:
                return Built(self._keep(sdist, header["wheel"], wheel, into), tuple(sorted(tool.pin for tool in tools)))
            needs = _requirements(sdist, header.get("needs"))
            supplied = [*supplied, *(need for need in needs if need not in supplied)]
            tools = self._tools(supplied)
        raise failures.failed(sdist.pin, f"its build keeps asking for more: {', '.join(supplied)[:2000]}")

    def _run(self, sdist: Sdist, tools: Path, supplied: Sequence[str]) -> Verdict:
        limits = self._limits
        job = Job(
            argv=(*self._runtime.argv, "-I", "-S", f"/w/in/{_DRIVER}", _ARCHIVE, _TOOLS, json.dumps(supplied)),
            files={_DRIVER: files("seawall.validation.environments").joinpath(_DRIVER).read_bytes()},
            env={"SOURCE_DATE_EPOCH": _EPOCH},
            mounts=(*self._runtime.mounts, Mount(sdist.path, _ARCHIVE), Mount(tools, _TOOLS)),
            bounds=Bounds(
                cpu_seconds=limits.build_seconds,
                wall_seconds=limits.build_seconds,
                memory_bytes=2 * GIB,
                file_bytes=limits.wheel_bytes * 2,
                disk_bytes=GIB,
                processes=256,
                output_bytes=limits.wheel_bytes + _HEADER_BYTES,
            ),
        )
        return self._sandbox.run(job)

    def _answer(self, sdist: Sdist, verdict: Verdict) -> tuple[dict[str, object], bytes]:
        log = programs.log_tail(verdict.stderr.decode("utf-8", "replace"))
        if verdict.code != 0 and _NO_TOOLCHAIN.search(log):
            raise failures.toolchain_missing(sdist.pin.partition(" ")[0], log)
        if verdict.ended != "exited" or verdict.code != 0:
            raise failures.failed(sdist.pin, f"the build {verdict.ended} with {verdict.code}\n{log}")
        line, _, rest = verdict.stdout.partition(b"\n")
        try:
            header = msgspec.json.decode(line[:_HEADER_BYTES], type=dict[str, object])
        except msgspec.DecodeError as error:
            raise failures.failed(sdist.pin, f"the build gave no answer\n{log}") from error
        if "wheel" in header and (verdict.truncated or len(rest) > self._limits.wheel_bytes):
            raise failures.unpacked_too_large()
        return header, rest

    def _keep(self, sdist: Sdist, name: object, content: bytes, into: Path) -> Wheel:
        if not isinstance(name, str) or "/" in name or not name.endswith(".whl"):
            raise failures.bad_archive(str(name), "this is no wheel's name")
        path = into / name
        try:
            path.write_bytes(content)
        except (OSError, ValueError) as error:
            raise failures.bad_archive(name, "this is no file's name") from error
        wheel = read_wheel(path)
        if (wheel.name, wheel.version) != (sdist.name, sdist.version):
            path.unlink()
            raise failures.bad_archive(name, f"the source of {sdist.name} {sdist.version} built something else")
        return wheel

    def _tools(self, requirements: Sequence[str]) -> list[Wheel]:
        try:
            return self._fetch(requirements, LEGACY_CONSTRAINTS)
        except EnvironmentFailedError:
            return self._fetch(requirements, ())


def _requirements(sdist: Sdist, needs: object) -> list[str]:
    """Check what the build asks for: names and version ranges from the index, and few of them."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - extra `proof`

    if not isinstance(needs, list) or not needs or len(needs) > _NEEDS:
        raise failures.failed(sdist.pin, "the build asks for nothing, or for too much")
    for need in needs:
        try:
            requirement = Requirement(str(need))
        except InvalidRequirement as error:
            raise failures.bad_requirement(str(need), "a build requirement that cannot be read") from error
        if requirement.url:
            raise failures.direct_reference(sdist.pin, requirement.name)
    return [str(need) for need in needs]
