"""Work: queued once, done once; a worker that dies harms nobody else's work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from seawall.platform.runner.local import LocalRunner
from seawall.platform.runner.store import MOST_ATTEMPTS, WorkList


def work(payload: int) -> int:
    if payload == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    if payload == 7:
        raise ValueError(payload)
    return payload * payload


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def test_each_payload_is_done_once_and_an_exception_comes_back() -> None:
    done = list(LocalRunner(2).run(work, range(12)))
    assert sorted(item.payload for item in done) == list(range(12))
    assert {item.payload: item.result for item in done if item.error is None} == {n: n * n for n in range(12) if n != 7}
    (failed,) = [item for item in done if item.error is not None]
    assert isinstance(failed.error, ValueError)


def test_a_payload_that_kills_its_worker_is_reported_and_the_others_are_done() -> None:
    done = {item.payload: item for item in LocalRunner(2).run(work, [1, 13, 2, 3, 4, 5])}
    assert {payload: item.result for payload, item in done.items()} == {1: 1, 2: 4, 3: 9, 4: 16, 5: 25, 13: None}
    assert "died twice" in str(done[13].error)


def test_stopping_early_ends_the_workers() -> None:
    stream = LocalRunner(2).run(work, range(100))
    assert next(stream).error is None
    stream.close()
    assert multiprocessing.active_children() == []


def test_work_is_queued_once(connection) -> None:
    items = WorkList(connection, "prove")
    assert items.add(["a", "b", "a"]) == 2
    assert items.add(["b", "c"]) == 1
    assert items.claim(2) == ("a", "b")
    assert items.claim(5) == ("c",)
    assert items.claim(5) == ()
    items.finish(["a"])
    assert items.add(["a"]) == 0
    assert (items.count().done, items.count().running) == (1, 2)


def test_what_a_dead_process_was_running_is_queued_again_but_not_for_ever(connection) -> None:
    items = WorkList(connection, "prove")
    items.add(["poison"])
    for _ in range(MOST_ATTEMPTS):
        assert items.claim(1) == ("poison",)
        items.recover()
    assert items.claim(1) == ()
    assert items.count().failed == 1
    items.requeue(["poison"])
    assert items.claim(1) == ("poison",)


def test_kinds_do_not_mix(connection) -> None:
    WorkList(connection, "prove").add(["a"])
    assert WorkList(connection, "publish").claim(1) == ()


def sleep_long(marker: str) -> None:
    Path(marker).write_text(str(os.getpid()))
    time.sleep(60)


def run_for_ever(marker: str) -> None:
    list(LocalRunner(1).run(sleep_long, [marker]))


def test_workers_end_when_their_parent_is_killed(tmp_path) -> None:
    marker = tmp_path / "pid"
    parent = multiprocessing.get_context("spawn").Process(target=run_for_ever, args=(str(marker),))
    parent.start()
    deadline = time.monotonic() + 20
    while not marker.exists() or not marker.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    parent.kill()
    parent.join()
    while Path(f"/proc/{marker.read_text()}").exists():
        assert time.monotonic() < deadline, "the worker outlived its parent"
        time.sleep(0.02)
