"""Checks a job and writes it down for the supervisor."""

from __future__ import annotations

import math
import os

from seawall.platform.sandbox import errors, layout
from seawall.platform.sandbox.interface import OUT, Bounds, Job
from seawall.platform.sandbox.names import folders_of
from seawall.platform.sandbox.supervisor import Orders

_NPROC_PER_NAMESPACE = (5, 14)
"""Kernels before count a user's processes on the whole machine, so that the limit would strike at random."""
_SPARE_DESCRIPTORS = 64
"""Bubblewrap leaves a few of its own open."""


def check_job(job: Job) -> None:
    """Refuse what cannot be carried out, before anything starts.

    Raises:
        InvalidInputError: The job has no program, a NUL in its words or a bound that is not positive
            (`sandbox.invalid-job`), an unsafe file name (`sandbox.unsafe-file-name`) or an impossible mount
            (`sandbox.invalid-mount`).
    """
    words = [*job.argv, *job.env, *job.env.values(), job.secret]
    if not job.argv or not job.argv[0]:
        raise errors.invalid_job("the job has no program", remedy="Give at least one word in argv.")
    if any("\0" in word for word in words) or any("=" in name or not name for name in job.env):
        raise errors.invalid_job(
            "a word of the job holds a NUL, or the name of a variable is empty or holds '='",
            remedy="Pass such data in a file.",
        )
    try:
        os.fsencode("".join(words))
    except UnicodeEncodeError:
        raise errors.invalid_job("a word of the job is not Unicode text", remedy="Pass such data in a file.") from None
    _check_bounds(job.bounds)
    folders_of(job.files)
    for mount in job.mounts + job.writable:
        layout.check_mount(mount)
    for mount in job.writable:
        if not mount.source.is_dir():
            raise errors.invalid_mount(f"{mount.source} is no folder", remedy="Lend a job a folder to write to.")


def _check_bounds(bounds: Bounds) -> None:
    for name in Bounds.__slots__:
        value = getattr(bounds, name)
        if not (math.isfinite(value) and value > 0):
            raise errors.invalid_job(f"the bound {name} is {value}", remedy="Every bound is a positive number.")


def write_orders(job: Job, nonce: bytes, stdin: int, inherited: list[int], *, own_user: bool, reads: bool) -> bytes:
    """Return what the supervisor needs to know.

    Args:
        job: Checked.
        nonce: What the supervisor says first, so that its report can be told from any other writing.
        stdin: Descriptor, inherited by the supervisor.
        inherited: Every descriptor that the supervisor gets; it closes those that it does not need.
        own_user: Whether the supervisor can and shall make the job another user.
        reads: Whether that user may read files of root whatever their mode.
    """
    bounds = job.bounds
    return Orders.to_bytes(
        nonce=nonce,
        numbers={
            "uid": layout.JOB_ID if own_user else 0,
            "reads": int(reads),
            "stdin": stdin,
            "descriptors": max(inherited) + _SPARE_DESCRIPTORS,
            "cpu": int(bounds.cpu_seconds * 1e6),
            "wall": int(bounds.wall_seconds * 1e6),
            "memory": bounds.memory_bytes,
            "file": bounds.file_bytes,
            "processes": bounds.processes,
            "nproc": int(own_user or _kernel() >= _NPROC_PER_NAMESPACE),
            "output": bounds.output_bytes,
            "names": bounds.out_files,
        },
        argv=[os.fsencode(argument) for argument in job.argv],
        env={os.fsencode(name): os.fsencode(value) for name, value in (layout.environment() | job.env).items()},
        out=OUT.encode(),
        tmpfs=[folder.encode() for folder in layout.PRIVATE],
    )


def _kernel() -> tuple[int, ...]:
    numbers = os.uname().release.split("-")[0].split(".")[:2]
    return tuple(int(number) if number.isdigit() else 0 for number in numbers)
