"""The port to the sandbox: the only place where hostile code runs.

A `Job` is an argument list, files and bounds; the `Verdict` is what a supervisor saw that the job cannot reach: the
*real* wait status, the time used, bounded output and the files left in the out folder.

Inside, a job sees `/w/in` (its files, read-only), `/w/out` (markers), `/w/box` (working folder, HOME and TMPDIR),
`/w/vault/secret` and its mounts; the rest of the file system is the runtime, read-only. There is no network
beyond loopback.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from seawall.kernel.limits import MIB

IN = "/w/in"
OUT = "/w/out"
BOX = "/w/box"
SECRET_FILE = "/w/vault/secret"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a job may use. Whatever goes beyond ends the job, never the host."""

    cpu_seconds: float = 10.0
    """CPU time of the job's processes together."""
    wall_seconds: float = 30.0
    memory_bytes: int = 1024 * MIB
    """Resident memory of the job's processes together."""
    file_bytes: int = 64 * MIB
    """Size of one file."""
    disk_bytes: int = 128 * MIB
    """All files together, in each writable folder."""
    processes: int = 64
    output_bytes: int = MIB
    """Kept of stdout and of stderr, each; the rest is read and thrown away."""
    out_files: int = 64
    """Names listed of the out folder."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A host folder or file that the job may read."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class Job:
    """What to run."""

    argv: tuple[str, ...]
    """Program and arguments as seen inside; never a shell string."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Plain names to content, laid into `/w/in`."""
    env: dict[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    secret: str = ""
    """Content of `/w/vault/secret`."""
    stdin: bytes = b""
    network: bool = False
    """Only for building environments, never for proving."""
    bounds: Bounds = Bounds()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the supervisor saw."""

    ended: str
    """`exited`, `signaled`, `cpu_limit`, `wall_limit`, `memory_limit`, or `lost` (the supervisor gave no account)."""
    code: int
    """Exit code, or the signal's number."""
    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
    """Largest resident memory seen."""
    stdout: bytes
    stderr: bytes
    truncated: bool
    """Output beyond the bound was thrown away."""
    out_files: tuple[str, ...]
    """Names in `/w/out` after the job ended, sorted, at most `out_files`."""


class Sandbox(Protocol):
    """Runs jobs."""

    def run(self, job: Job) -> Verdict:
        """Run one job to its end.

        Raises:
            UnavailableError: The sandbox cannot be set up on this machine (`sandbox.…`).
        """
        ...
