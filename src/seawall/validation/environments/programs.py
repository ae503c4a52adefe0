"""Runs a package manager on the host within bounds: wall time, bytes and files written, output kept.

The programs run here (pip, npm) execute no package code; they parse hostile archives, however, and write what a
registry sends. The folder they write to is measured while they run, and one file cannot grow beyond the limit at all.
Environment variables pass through, because the machine's own configuration (index, proxy, certificates) lies there.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seawall.kernel.limits import KIB, MIB
from seawall.validation.environments import failures

_POLL_SECONDS = 0.1
_MEASURE_SHARE = 0.1  # measuring the folder may take this part of the time
_OUTPUT_BYTES = 16 * MIB
_TAIL_BYTES = 8 * KIB
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one program may use."""

    seconds: float
    """Wall time."""
    bytes: int
    """Of all files below its folder, and of any single file that it writes elsewhere."""
    files: int
    """Files and folders below its folder."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that came to its end by itself."""

    code: int
    stdout: str
    stderr: str

    @property
    def tail(self) -> str:
        """The end of what it said, without credentials, for an error's details."""
        return log_tail(self.stderr or self.stdout)


def log_tail(text: str) -> str:
    """Return the last 8 KiB of a log with user names and passwords taken out of its addresses."""
    return _CREDENTIALS.sub("***@", text)[-_TAIL_BYTES:].strip()


def run(argv: Sequence[str], *, folder: Path, allowance: Allowance, env: Mapping[str, str] | None = None) -> Finished:
    """Run a program in `folder`: its working folder, the place of its temporary files and where it writes to.

    Args:
        argv: Program and arguments; no shell is involved.
        folder: Exists; everything below it counts against the allowance.
        allowance: Bounds.
        env: Added to the environment of this process.

    Raises:
        EnvironmentFailedError: It took too long or wrote too much (`validation.environment-too-slow`,
            `validation.environment-too-large`).
        UnavailableError: There is no such program (`validation.program-missing`).
    """
    scratch = folder / ".tmp"
    scratch.mkdir(exist_ok=True)
    out, err = folder / ".stdout", folder / ".stderr"
    try:
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                list(argv),
                cwd=folder,
                env={**os.environ, "TMPDIR": str(scratch), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (allowance.bytes, allowance.bytes))
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
            try:
                _watch(process, Path(argv[0]).name, folder, allowance)
            finally:
                _end(process)
        return Finished(process.returncode, _read(out), _read(err))
    except FileNotFoundError as error:
        raise failures.program_missing(argv[0]) from error


def _watch(process: subprocess.Popen[bytes], name: str, folder: Path, allowance: Allowance) -> None:
    deadline = time.monotonic() + allowance.seconds
    measure_at = 0.0
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLL_SECONDS)
        ended = process.returncode is not None
        now = time.monotonic()
        if ended or now >= measure_at:
            size, files = _measure(folder)
            if size > allowance.bytes or files > allowance.files:
                raise failures.too_large(name, size, allowance.bytes, files, allowance.files)
            measure_at = now + (time.monotonic() - now) / _MEASURE_SHARE
        if ended:
            return
        if now > deadline:
            raise failures.too_slow(name, allowance.seconds)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _measure(folder: Path) -> tuple[int, int]:
    """Return bytes and entries below a folder that changes while it is read."""
    size = files = 0
    pending = [str(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
    return size, files


def _read(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _OUTPUT_BYTES))
        return file.read().decode("utf-8", "replace")
