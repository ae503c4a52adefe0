"""The neutral driver for Python: calls one public entry point with data. Run as `python -I -S …/driver.py`.

Reads its request (JSON) from standard input and says on the former standard output how far it came, one JSON line for
each phase, each behind the request's nonce: `ready`, `called`, `done`. What the target prints goes to standard error.
"""

# ruff: noqa: ANN401 - values of any type pass through
from __future__ import annotations

import gc
import json
import os
import sys
import threading
from typing import Any

sys.path.insert(0, "/w/driver")
from seawall.validation.drivers.runtime import absent, arguments, names  # found by the line above

sys.path.remove("/w/driver")

_KEPT_ITEMS = 10_000
_EXIT_SECONDS = 5.0


class Speaker:
    """Tells the verifier how far the run came."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self._descriptor = descriptor
        self._nonce = nonce
        self._write = os.write  # the target may replace the module's

    def say(self, phase: str, **facts: str) -> None:
        """Write one line."""
        self._write(self._descriptor, f"\n{self._nonce} {json.dumps({'phase': phase, **facts})}\n".encode())


class Finisher:
    """Runs coroutines and generators to their end."""

    def __init__(self) -> None:
        self._loop: Any = None

    def finish(self, value: Any, *, iterate: bool) -> Any:
        """Return the final value; at most 10,000 items of an iterator are kept, all are produced.

        Args:
            value: What a call returned.
            iterate: Whether iterators that are no generators are run as well.
        """
        kind = type(value)
        if hasattr(kind, "__await__"):
            value = self._run(value)
            kind = type(value)
        if hasattr(kind, "__aiter__") and hasattr(kind, "__anext__"):
            return self._run(_collect(value))
        is_generator = kind.__name__ == "generator"
        if is_generator or (iterate and hasattr(kind, "__next__") and not hasattr(kind, "read")):
            kept: list[Any] = []
            for item in value:
                if len(kept) < _KEPT_ITEMS:
                    kept.append(item)
            return kept
        return value

    def _run(self, awaitable: Any) -> Any:
        import asyncio  # noqa: PLC0415 - costs CPU time that a run without coroutines should not pay

        async def wait() -> Any:
            return await awaitable

        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(wait())


async def _collect(stream: Any) -> list[Any]:
    kept: list[Any] = []
    async for item in stream:
        if len(kept) < _KEPT_ITEMS:
            kept.append(item)
    return kept


def _call(call: dict[str, Any], found: names.Names) -> Any:
    target = found.callable(call["call"])
    args = [arguments.materialise(value, found.reference) for value in call["args"]]
    kwargs = {key: arguments.materialise(value, found.reference) for key, value in call["kwargs"].items()}
    return target, args, kwargs


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__module__}.{type(error).__qualname__}: {error}"[:300]
    except BaseException:  # noqa: BLE001 - the target's exceptions may raise when they are shown
        return "an exception that cannot be shown"


def run(request: dict[str, Any], speaker: Speaker) -> None:
    """Do what the request says; see the module."""
    site = request["site"]
    sys.path.append(site)
    absent.install(request["imports"] if request["absent"] else ())
    found = names.Names(request["imports"], site, absent=request["absent"])
    finisher = Finisher()
    speaker.say("ready")
    stage = "setup"
    try:
        for step in request["setup"]:
            target, args, kwargs = _call(step, found)
            found.values[step["as"]] = finisher.finish(target(*args, **kwargs), iterate=False)
        stage = "entry"
        target, args, kwargs = _call(request["entry"], found)
        stage = "call"
        speaker.say("called")
        result = finisher.finish(target(*args, **kwargs), iterate=True)
        result = finisher.finish(found.read(result, request["read"]), iterate=True)
        speaker.say("done", returned=type(result).__name__)
    except names.NoSuchNameError as error:
        speaker.say("done", missing=str(error), stage=stage)
    except names.ForeignNameError as error:
        speaker.say("done", foreign=str(error), stage=stage)
    except BaseException as error:  # noqa: BLE001 - whatever the target raises is an answer
        speaker.say("done", raised=_described(error), stage=stage)


def main() -> None:
    """Take the request, hide the channel to the verifier from accidents, run, and leave within seconds."""
    request = json.loads(sys.stdin.buffer.read())
    speaker = Speaker(os.dup(1), request["nonce"])
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.argv[:] = ["driver"]
    run(request, speaker)
    # Finalisers and exit handlers run as in any program (some crashes show only then), but threads cannot hold it up.
    timer = threading.Timer(_EXIT_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()
    gc.collect()


if __name__ == "__main__":
    main()
