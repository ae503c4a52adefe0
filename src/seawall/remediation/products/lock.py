"""The lock of a file that several processes rewrite: what one of them read is not overwritten by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seawall.kernel.errors import BusyError, UnavailableError
from seawall.platform.files import acquire

_PATIENCE: Final = 10.0
"""Seconds that a writer waits for another."""


@contextmanager
def exclusive(path: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the lock of a file for the length of the block: `<name>.lock` beside it, since it is replaced itself.

    Args:
        path: The file that is guarded.
        patience: Seconds to wait for another holder.

    Raises:
        BusyError: Another process holds it for longer than that (`remediation.rulings-busy`).
        UnavailableError: The lock's file cannot be made (`remediation.rulings-unopened`).
    """
    lock = path.with_name(path.name + ".lock")
    try:
        stream = lock.open("a+b")
    except OSError as error:
        raise UnavailableError(
            "remediation.rulings-unopened",
            f"{lock} cannot be made: {error.strerror}",
            remedy="Check that the folder exists and that you may write to it.",
            path=lock,
        ) from None
    with stream:  # closing it releases the lock, also where the process is killed
        if not acquire(stream.fileno(), patience):
            raise BusyError(
                "remediation.rulings-busy",
                f"another process has been writing {path} for {patience:g} seconds",
                remedy="Wait until it is done, or stop it, and try again.",
                path=path,
            )
        yield
