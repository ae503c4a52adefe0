"""A pool of processes on this machine.

Workers ignore Ctrl-C: the parent decides. When it stops early it ends them at once, and what they had not returned is
simply not done: the row that names the work is the truth. When the parent dies, so do they.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.process import BaseProcess
from threading import Thread

from seawall.platform.runner.interface import Done, P, R


class LocalRunner:
    """Runs work in `workers` processes that are started afresh (spawned), so that they inherit nothing."""

    def __init__(self, workers: int) -> None:
        self._workers = max(1, workers)

    def run(self, function: Callable[[P], R], payloads: Iterable[P]) -> Iterator[Done[P, R]]:
        """See `Runner.run`. A payload that kills its worker is tried alone once, and reported if it does so again."""
        source = iter(payloads)
        retry: list[P] = []
        while True:
            lost = yield from self._round(function, source, self._workers)
            retry.extend(lost)
            if not lost:
                break
        for payload in retry:
            lost = yield from self._round(function, iter((payload,)), 1)
            for victim in lost:
                yield Done(victim, None, BrokenProcessPool("the worker died twice on this payload"))

    def _round(
        self, function: Callable[[P], R], source: Iterator[P], workers: int
    ) -> Generator[Done[P, R], None, list[P]]:
        """Work until the source is empty or a worker dies; return the payloads that were under way when one died."""
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)
        running: dict[Future[R], P] = {}
        lost: list[P] = []
        try:
            while True:
                if not lost:
                    for payload in islice(source, 2 * workers - len(running)):
                        try:
                            running[pool.submit(function, payload)] = payload
                        except BrokenProcessPool:
                            lost.append(payload)
                if not running:
                    return lost
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    payload = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        lost.append(payload)
                    else:
                        yield Done(payload, None if error else future.result(), error)
        finally:
            _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    """End the workers, busy or not, and wait until they are gone."""
    for process in list((pool._processes or {}).values()):  # noqa: SLF001 - the executor offers no way to end busy workers
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


def _prepare_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """Wait for the parent's end, `kill -9` included: a pool's workers would not notice it by themselves."""
    parent.join()
    os._exit(1)
