"""Files that are replaced as a whole, and locks that go with their process. For POSIX and Windows, and quick to import.

Invariants: whoever reads a path sees the old content or the new one, never a part of one; once a function here has
returned, a loss of power takes nothing back; if it raises, the old content stands.

`OSError` is left to the caller, who knows what the file is for and what to advise.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Final

_PAUSE: Final = 0.02
"""Seconds between two tries."""
_MOVES: Final = 100
"""Tries to replace a file: Windows refuses while a reader has it open, and readers are quick. Elsewhere it never waits:
who may not replace a file could not make `part` either."""
_PART: Final = ".part"
_LOCKED_BYTE: Final = 1 << 30
"""Where the lock lies on Windows, whose locks keep others from reading: beyond what anybody writes."""


def write_whole(path: Path, content: bytes, *, mode: int = 0o666, sole: bool = False) -> None:
    """Write a file, or replace it as a whole.

    Args:
        path: Its folder must exist.
        content: All of it; for more than fits into memory see `put_in_place`.
        mode: Rights of the new file, less the umask.
        sole: Nobody else writes it, by a lock that the caller holds: what a killed writer left is cleared away.

    Raises:
        OSError: It cannot be written.
    """
    if sole:
        for left in path.parent.glob(f".{escape(path.name)}.*{_PART}"):
            with suppress(OSError):
                left.unlink()
    part = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns():x}{_PART}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(part, flags, mode), "wb") as stream:
            stream.write(content)
        put_in_place(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def put_in_place(part: Path, path: Path) -> None:
    """Give a finished file its name, at once and for good.

    Args:
        part: On the same disk; it is gone afterwards.
        path: Where it goes; what stands there is replaced.

    Raises:
        OSError: It cannot be done; `part` is still there.
    """
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    for _ in range(_MOVES):
        try:
            part.replace(path)
            break
        except PermissionError:
            time.sleep(_PAUSE)
    else:
        part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a loss of power."""
    if os.name == "nt":  # folders cannot be opened there; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def acquire(descriptor: int, patience: float = 0.0) -> bool:
    """Take the lock of an open file; closing the file releases it, also where the process is killed.

    What is replaced must not be locked itself: lock a file beside it, or the next writer locks another one.

    Args:
        descriptor: Of a file that is open for writing.
        patience: Seconds to wait for another holder.

    Returns:
        Whether it was free within that time.
    """
    deadline = time.monotonic() + patience
    while not _take(descriptor):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    from hashlib import file_digest  # noqa: PLC0415 - a check that hashes nothing starts faster

    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _take(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only there

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
