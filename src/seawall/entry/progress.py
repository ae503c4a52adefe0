"""How far long work has come: a port, and the two ways in which the terminal shows it.

On a terminal: a bar with counts and an estimate of the time left. Elsewhere: a line when a stage begins and when it
ends, and one at most every few seconds between, so that a log shows that work goes on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from seawall.kernel.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress as RichBars
    from rich.progress import TaskID

_SECONDS_BETWEEN_LINES = 5.0


class Progress(Protocol):
    """Is told what goes on."""

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage of `total` items; `None` if their number is not known."""
        ...

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """Some items of the present stage are done; `note` says which, for people."""
        ...


class Silent:
    """Shows nothing."""

    def stage(self, name: str, total: int | None) -> None:
        """See `Progress.stage`."""

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """See `Progress.advance`."""


class Lines:
    """Writes lines, for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._name = ""
        self._total: int | None = None
        self._done = 0
        self._last = 0.0

    def stage(self, name: str, total: int | None) -> None:
        """See `Progress.stage`."""
        self.close()
        self._name, self._total, self._done, self._last = name, total, 0, time.monotonic()

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """See `Progress.advance`."""
        self._done += items
        if time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self._write(note)

    def close(self) -> None:
        """End the present stage."""
        if self._name and self._done:
            self._write("done")
        self._name = ""

    def _write(self, note: str) -> None:
        self._last = time.monotonic()
        count = f"{self._done}/{self._total}" if self._total is not None else str(self._done)
        self._stream.write(f"{self._name}: {count} {visible(note)}".rstrip() + "\n")
        self._stream.flush()


class Bars:
    """Draws bars, for people."""

    def __init__(self, bars: RichBars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None) -> None:
        """See `Progress.stage`."""
        self._finish()
        self._task = self._bars.add_task(name, total=total, note="")

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """See `Progress.advance`."""
        if self._task is not None:
            self._bars.update(self._task, advance=items, note=visible(note[:48]))

    def _finish(self) -> None:
        if self._task is not None:
            task = next(task for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=task.completed, completed=task.completed, note="")
            if not task.completed:
                self._bars.remove_task(self._task)
        self._task = None


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress on stderr in the way that fits it."""
    if quiet:
        yield Silent()
        return
    if not sys.stderr.isatty():
        lines = Lines(sys.stderr)
        yield lines
        lines.close()
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("[bold]{task.description:<12}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        progress = Bars(bars)
        yield progress
        progress._finish()  # noqa: SLF001 - the end of the last stage is this function's to say
