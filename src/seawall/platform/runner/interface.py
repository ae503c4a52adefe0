"""The port to workers: pure functions on plain values, outside the process that holds the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done(Generic[P, R]):
    """One payload and what became of it: exactly one of `result` and `error` is set."""

    payload: P
    result: R | None
    error: BaseException | None = None


class Runner(Protocol):
    """Runs one function over many payloads, in no particular order."""

    def run(self, function: Callable[[P], R], payloads: Iterable[P]) -> Iterator[Done[P, R]]:
        """Yield each payload as it is done.

        Args:
            function: Importable by name; gets no database and no secrets.
            payloads: Picklable. Drawn as workers become free, so that the source may be long.

        Yields:
            One `Done` for each payload; a worker that died gives `error`.
        """
        ...
