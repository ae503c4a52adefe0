"""Cost of a sandbox: a bare process, plain bubblewrap and `Sandbox.run`, each running `true`, interleaved in one run.

Prints the median and the best time of each in milliseconds, and ratios of the medians to the bare process and to plain
bubblewrap. `python` is there because the supervisor is a Python program: what its interpreter takes to start is the
largest part of what our sandbox adds.

    .venv/bin/python benchmarks/bench_sandbox.py [runs]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from seawall.platform.sandbox import Job
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox
from seawall.platform.sandbox.layout import python

PLAIN = ("--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev")


def main(runs: int) -> None:
    sandbox = BubblewrapSandbox()
    setup = sandbox.check()
    job = Job(("true",))

    def process(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(words, check=True, stdin=subprocess.DEVNULL)

    contestants: dict[str, Callable[[], object]] = {
        "bare true": process("true"),
        "bare python": process(python(), "-I", "-S", "-c", "pass"),
        "bwrap true": process(str(setup.program), *PLAIN, "true"),
        "Sandbox.run true": lambda: sandbox.run(job),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, run in contestants.items():
            begin = time.perf_counter()
            run()
            times[name].append(1000 * (time.perf_counter() - begin))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"sandbox: {runs} runs each, own user: {setup.own_user}, filter: {setup.filtered}")
    print(f"{'':18}{'median ms':>10}{'best ms':>9}{'x bare':>8}{'x bwrap':>9}")
    for name, median in medians.items():
        bare, plain = median / medians["bare true"], median / medians["bwrap true"]
        print(f"{name:18}{median:10.2f}{min(times[name]):9.2f}{bare:8.1f}{plain:9.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
