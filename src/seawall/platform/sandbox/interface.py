"""The port to the sandbox: the only place where hostile code runs.

A `Job` is an argument list, files and bounds; the `Verdict` is what a supervisor saw that the job cannot reach: the
*real* wait status, the time used, bounded output and the files left in the out folder.

Inside, a job sees `/w/in` (its files, read-only), `/w/out` (markers), `/w/box` (working folder and HOME), `/tmp`
(TMPDIR), `/w/vault/secret` and its mounts; the rest of the file system is the runtime, read-only: `/usr`, and the
Python that runs Seawall, whose `python3` is first on PATH. There is no network beyond loopback.
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
    """Processes and threads at one moment. Where the kernel's limit binds, more cannot be started (EAGAIN)."""
    output_bytes: int = MIB
    """Kept of stdout and of stderr, each; the rest is read and thrown away."""
    out_files: int = 64
    """Names listed of the out folder."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A host folder or file that the job may read, whatever it holds: no folder with secrets in it."""

    source: Path
    target: str
    """Absolute path inside; not `/`, `/w`, `/usr` or another path that the sandbox lays out itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to run."""

    argv: tuple[str, ...]
    """Program and arguments as seen inside; never a shell string. A name without a slash is sought on PATH."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Names or relative paths to content, laid into `/w/in`; at most 256. More belongs into a mount."""
    env: dict[str, str] = field(default_factory=dict)
    """Added to PATH, HOME, TMPDIR, LANG and TZ; nothing of the host's environment is passed."""
    mounts: tuple[Mount, ...] = ()
    writable: tuple[Mount, ...] = ()
    """Host folders that the job may change. Only for building environments, never for proving; one job at a time."""
    secret: str = ""
    """Content of `/w/vault/secret`."""
    stdin: bytes = b""
    network: bool = False
    """Share the host's network. Only for building environments, never for proving."""
    bounds: Bounds = Bounds()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the supervisor saw."""

    ended: str
    """`exited`, `signaled`, `cpu_limit`, `wall_limit`, `memory_limit`, `process_limit`, or `lost` (the supervisor
    gave no account)."""
    code: int
    """Exit code, or the signal's number; 127 with a line on stderr when the program cannot be started."""
    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
    """Largest resident memory seen."""
    stdout: bytes
    stderr: bytes
    truncated: bool
    """Output beyond the bound was thrown away."""
    out_files: tuple[str, ...]
    """Names in `/w/out` after every process of the job was dead, sorted, at most `out_files`.

    Printable: a backslash, a control character or a byte that is not UTF-8 is written as `\\xNN`."""


class Sandbox(Protocol):
    """Runs jobs."""

    def run(self, job: Job) -> Verdict:
        """Run one job to its end.

        Raises:
            UnavailableError: The sandbox cannot be set up on this machine (`sandbox.…`).
            InvalidInputError: The job names an unsafe file, a missing mount or an impossible bound (`sandbox.…`).
        """
        ...
