"""A file that several processes replace as a whole: a lock that goes with its process, and an atomic replacement.

Works on POSIX and on Windows, with nothing but the standard library. The lock is a file of its own beside the one that
it guards (`<name>.lock`): the guarded file is replaced, and a lock on it would guard the old one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from seawall.kernel.errors import BusyError, UnavailableError

_PATIENCE: Final = 10.0
"""Seconds that a writer waits for another."""
_PAUSE: Final = 0.02
"""Seconds between two tries."""
_TEMPORARY: Final = ".new"
_BINARY: Final = getattr(os, "O_BINARY", 0)


@contextmanager
def exclusive(path: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the lock of a file for the length of the block.

    Args:
        path: The file that is guarded.
        patience: Seconds to wait for another holder.

    Raises:
        BusyError: Another process holds it for longer than that (`remediation.rulings-busy`).
        UnavailableError: The lock's file cannot be made (`remediation.rulings-unopened`).
    """
    lock = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnavailableError(
            "remediation.rulings-unopened",
            f"{lock} cannot be made: {error.strerror}",
            remedy="Check that the folder exists and that you may write to it.",
            path=lock,
        ) from None
    try:
        deadline = time.monotonic() + patience
        while not _acquire(descriptor):
            if time.monotonic() >= deadline:
                raise BusyError(
                    "remediation.rulings-busy",
                    f"another process has been writing {path} for {patience:g} seconds",
                    remedy="Wait until it is done, or stop it, and try again.",
                    path=path,
                )
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)  # which releases the lock, also where the process is killed


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file as a whole; hold its lock meanwhile. What an earlier, killed writer left is removed.

    Raises:
        OSError: It cannot be written; the old file stands.
    """
    for left in path.parent.glob(f".{path.name}.*{_TEMPORARY}"):
        with suppress(OSError):
            left.unlink()
    name = str(path.with_name(f".{path.name}.{os.getpid()}{_TEMPORARY}"))  # unique: the lock is ours
    try:
        with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _move(name, path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


if sys.platform == "win32":  # pragma: no cover - tested where it runs
    import msvcrt

    def _acquire(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _move(name: str, path: Path) -> None:
        """Windows refuses to replace a file that a reader has open: readers are quick, so try again."""
        for _ in range(50):
            try:
                Path(name).replace(path)
            except PermissionError:
                time.sleep(_PAUSE)
            else:
                return
        Path(name).replace(path)

    def _sync_folder(folder: Path) -> None:
        """Windows has no such thing, and needs none."""

else:
    import fcntl

    def _acquire(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _move(name: str, path: Path) -> None:
        Path(name).replace(path)

    def _sync_folder(folder: Path) -> None:
        """Make the new name survive a power cut."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
