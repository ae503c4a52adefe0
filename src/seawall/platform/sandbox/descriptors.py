"""Files in memory and pipes of one run.

What a sandbox gets from the host travels as sealed memory files (memfd_create(2)): nothing is written to the host's
file system, so nothing is left behind however the host ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
from types import TracebackType
from typing import Self

from seawall.kernel.errors import UnavailableError
from seawall.platform.sandbox import errors

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


class Descriptors:
    """Owns descriptors; closes those that are left at its end."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in list(self._open):
            self.close(handle)

    def close(self, handle: int) -> None:
        """Close one before the end; closing it again does nothing."""
        if handle in self._open:
            self._open.remove(handle)
            os.close(handle)

    def sealed(self, content: bytes) -> int:
        """Return a file of this content, at its start, that nobody can change any more."""
        handle = self.empty()
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.lseek(handle, 0, os.SEEK_SET)
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, _SEALS)
        return handle

    def empty(self) -> int:
        """Return an empty file.

        Raises:
            UnavailableError: No descriptor is left (`sandbox.out-of-descriptors`).
        """
        try:
            handle = os.memfd_create("seawall", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError as error:
            raise translated(error) from error
        self._open.add(handle)
        return handle

    def pipe(self) -> tuple[int, int]:
        """Return a pipe: the end to read from, the end to write to.

        Raises:
            UnavailableError: No descriptor is left (`sandbox.out-of-descriptors`).
        """
        try:
            ends = os.pipe()
        except OSError as error:
            raise translated(error) from error
        self._open.update(ends)
        return ends


def translated(error: OSError) -> UnavailableError:
    """Return what a failure of the system means to whoever wants a sandbox."""
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        return UnavailableError(
            "sandbox.out-of-descriptors",
            "no file descriptor is left for a sandbox",
            remedy="Raise the limit ('ulimit -n 4096') or run fewer jobs at once.",
        )
    return errors.setup_failed(str(error))
