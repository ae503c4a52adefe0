"""Reads the supervisor's report into a verdict.

The report's shape is that of `supervisor.Watch.account`. It is checked as if it were hostile: whatever does not fit in
full is no report.
"""

from __future__ import annotations

from seawall.platform.sandbox.interface import Bounds, Verdict
from seawall.platform.sandbox.names import printable
from seawall.platform.sandbox.supervisor import unpack

NONCE_BYTES = 16
_LONGEST_NAME = 255 + 4  # bytes: NAME_MAX and the length before it
_NUMBERS = 4096  # bytes, more than all that is not output or a name
_ENDS = frozenset({"exited", "signaled", "cpu_limit", "wall_limit", "memory_limit", "process_limit"})
_KILL = 9  # signal(7)


def longest(bounds: Bounds) -> int:
    """Return the length in bytes that no true report exceeds."""
    return 2 * bounds.output_bytes + bounds.out_files * _LONGEST_NAME + _NUMBERS


def read_account(data: bytes, bounds: Bounds) -> Verdict | None:
    """Return the verdict, or None where the report is missing, cut off or malformed.

    Args:
        data: What came after the nonce.
        bounds: Those of the job.
    """
    try:
        ended, code, cpu, wall, memory, truncated, stdout, stderr, names = unpack(data)
        listed = unpack(names)
        verdict = Verdict(
            ended=ended.decode(),
            code=int(code),
            cpu_seconds=int(cpu) / 1e6,
            wall_seconds=int(wall) / 1e6,
            memory_bytes=int(memory),
            stdout=stdout,
            stderr=stderr,
            truncated=truncated == b"1",
            out_files=tuple(sorted(map(printable, listed))),
        )
    except ValueError:
        return None
    if verdict.ended not in _ENDS or len(listed) > bounds.out_files:
        return None
    if max(len(stdout), len(stderr)) > bounds.output_bytes:
        return None
    return verdict


def lost(wall_seconds: float) -> Verdict:
    """Return the verdict on a job whose supervisor gave no account: nothing is claimed."""
    return Verdict(
        ended="lost",
        code=_KILL,
        cpu_seconds=0.0,
        wall_seconds=wall_seconds,
        memory_bytes=0,
        stdout=b"",
        stderr=b"",
        truncated=False,
        out_files=(),
    )
