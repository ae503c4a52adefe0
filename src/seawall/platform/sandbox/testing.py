"""A fake sandbox: a script says what each job would have done."""

from __future__ import annotations

from collections.abc import Callable

from seawall.platform.sandbox.interface import Job, Verdict


class FakeSandbox:
    """Answers every job by a function and remembers the jobs.

    Args:
        script: What the sandbox would have seen; by default every job exits with 0 at once.
    """

    def __init__(self, script: Callable[[Job], Verdict] | None = None) -> None:
        self._script = script or (lambda _: verdict())
        self.jobs: list[Job] = []

    def run(self, job: Job) -> Verdict:
        """Remember the job and return what the script says."""
        self.jobs.append(job)
        return self._script(job)


def verdict(
    ended: str = "exited",
    code: int = 0,
    *,
    stdout: bytes = b"",
    stderr: bytes = b"",
    out_files: tuple[str, ...] = (),
    cpu_seconds: float = 0.01,
    wall_seconds: float = 0.01,
    memory_bytes: int = 10_000_000,
    truncated: bool = False,
) -> Verdict:
    """Return a verdict with usual values for what a test does not care about."""
    return Verdict(
        ended=ended,
        code=code,
        cpu_seconds=cpu_seconds,
        wall_seconds=wall_seconds,
        memory_bytes=memory_bytes,
        stdout=stdout,
        stderr=stderr,
        truncated=truncated,
        out_files=tuple(sorted(out_files)),
    )
