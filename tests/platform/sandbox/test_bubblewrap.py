"""The adapter on the host's side: what goes in, many at once, and no leftovers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from seawall.kernel.errors import InvalidInputError, UnavailableError
from seawall.platform.sandbox import Bounds, Job, Mount, bubblewrap
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.sandbox


def test_files_secret_stdin_and_environment_arrive(python):
    code = """
import os, sys
print(open('/w/in/a/b/c.txt').read(), os.path.getsize('/w/in/big'), open('/w/vault/secret').read(), sys.stdin.read())
print(os.environ['X'], os.environ['HOME'], os.environ['PATH'] == '/nowhere')
"""
    verdict = python(
        code,
        files={"a/b/c.txt": b"deep", "big": bytes(5 << 20), "ü ' $x": b""},
        secret="sécret",
        stdin=b"input",
        env={"X": "a\nb"},
    )
    assert verdict.stdout.decode() == "deep 5242880 sécret input\na\nb /w/box False\n"


def test_stdin_is_empty_by_default(python):
    assert python("import sys; print(repr(sys.stdin.read()))").stdout == b"''\n"


def test_standard_streams_can_be_opened_by_name(sandbox: BubblewrapSandbox):
    verdict = sandbox.run(
        Job(("sh", "-c", "echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin"), stdin=b"in")
    )
    assert (verdict.stdout, verdict.stderr) == (b"out\nin", b"err\n")


@pytest.mark.parametrize(
    "change",
    [
        {"argv": ()},
        {"argv": ("a\0b",)},
        {"argv": ("\ud800",)},
        {"env": {"A=B": "x"}},
        {"env": {"": "x"}},
        {"files": {"../x": b""}},
        {"files": {"/x": b""}},
        {"files": {f"{i}": b"" for i in range(257)}},
        {"mounts": (Mount(Path("/no/such/folder"), "/srv"),)},
        {"mounts": (Mount(Path("/usr"), "/"),)},
        {"mounts": (Mount(Path("/usr"), "/w/out"),)},
        {"mounts": (Mount(Path("/usr"), "/proc/1"),)},
        {"mounts": (Mount(Path("/usr"), "relative"),)},
        {"mounts": (Mount(Path("/usr"), "/a/../usr"),)},
        {"bounds": Bounds(wall_seconds=0)},
        {"bounds": Bounds(cpu_seconds=float("nan"))},
        {"bounds": Bounds(memory_bytes=-1)},
    ],
)
def test_an_impossible_job_is_refused_before_anything_runs(sandbox: BubblewrapSandbox, change):
    with pytest.raises(InvalidInputError) as caught:
        sandbox.run(Job(**({"argv": ("true",)} | change)))
    assert caught.value.code.startswith("sandbox.")
    assert caught.value.remedy


def test_threads_run_jobs_side_by_side(python):
    def one(number: int) -> tuple[int, bytes]:
        verdict = python(
            f"import time; time.sleep(0.3); print({number}); raise SystemExit({number})", secret=str(number)
        )
        return verdict.code, verdict.stdout

    begin = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(16)))
    assert results == [(number, f"{number}\n".encode()) for number in range(16)]
    assert time.monotonic() - begin < 16 * 0.3


def _descriptors() -> list[str]:
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir())


def test_no_descriptor_is_left_open(python):
    python("pass")
    before = _descriptors()
    for _ in range(3):
        python("pass", files={"a": b"x"}, stdin=b"y")
    assert _descriptors() == before


def _wait_until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def _running(marker: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in words:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("own_user", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_the_sandbox_dies_with_its_host(signal_number, own_user, tied, tmp_path):
    marker = f"marker-{os.getpid()}-{signal_number}-{own_user}-{tied}"
    host = tmp_path / "host.py"
    host.write_text(
        "from seawall.platform.sandbox import Job, bubblewrap\n"
        # Not tied, as in the moment before bubblewrap asks the kernel to die with its parent.
        f"options = [word for word in bubblewrap._NAMESPACES if {tied} or word != '--die-with-parent']\n"
        "bubblewrap._NAMESPACES = tuple(options)\n"
        f"bubblewrap.BubblewrapSandbox(own_user={own_user}).run("
        f"Job(('sh', '-c', 'setsid sleep 61 & sleep 60; true', {marker!r})))\n"
    )
    process = subprocess.Popen([sys.executable, str(host)], stderr=subprocess.DEVNULL)
    try:
        assert _wait_until(lambda: bool(_running(marker))), "the job never started"
        job = _running(marker)[0]
        group = _descendants(job)
        process.send_signal(signal_number)
        process.wait(10)
        assert _wait_until(lambda: not _running(marker))
        assert _wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in group))
    finally:
        process.kill()
        process.wait()


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [pid]
    if children.exists():
        for child in children.read_text().split():
            found += _descendants(int(child))
    return found


def test_an_interrupt_kills_the_job_and_passes_on(sandbox: BubblewrapSandbox):
    marker = f"interrupted-{os.getpid()}"
    seen = []

    def interrupt() -> None:
        seen.append(_wait_until(lambda: bool(_running(marker))))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        sandbox.run(Job(("sh", "-c", "sleep 60; true", marker)))
    thread.join()
    assert seen == [True]
    assert _wait_until(lambda: not _running(marker))


def test_a_supervisor_that_never_reports_is_lost(sandbox: BubblewrapSandbox, monkeypatch):
    monkeypatch.setattr(bubblewrap, "_GRACE", 0.5)
    silent = (
        "import os, sys, time; os.write(int(sys.argv[2]), open(int(sys.argv[1]), 'rb').read()[4:20]); time.sleep(60)"
    )
    monkeypatch.setattr(sandbox, "_script", silent.encode())
    begin = time.monotonic()
    verdict = sandbox.run(Job(("true",), bounds=Bounds(wall_seconds=0.5)))
    assert (verdict.ended, verdict.out_files) == ("lost", ())
    assert time.monotonic() - begin < 5


def test_a_supervisor_that_dies_early_or_lies_is_lost_or_an_error(sandbox: BubblewrapSandbox, monkeypatch):
    head = "import os, sys\nnonce = open(int(sys.argv[1]), 'rb').read()[4:20]\nreport = int(sys.argv[2])\n"
    monkeypatch.setattr(sandbox, "_script", (head + "os.write(report, nonce + b'half a rep')").encode())
    assert sandbox.run(Job(("true",))).ended == "lost"
    monkeypatch.setattr(sandbox, "_script", (head + "os.write(report, nonce)").encode())
    assert sandbox.run(Job(("true",))).ended == "lost"
    monkeypatch.setattr(sandbox, "_script", (head + "raise SystemExit('no tool')").encode())
    with pytest.raises(UnavailableError, match="no tool") as caught:
        sandbox.run(Job(("true",)))
    assert caught.value.code == "sandbox.setup-failed"


def test_an_ordinary_user_has_a_sandbox_too():
    if os.geteuid() != 0:
        pytest.skip("this suite already runs as an ordinary user")
    python = Path("/usr/bin/python3")
    source = os.pathsep.join(str(Path(module.__file__).parents[up]) for module, up in ((bubblewrap, 3), (msgspec, 1)))
    probe = "import sys, msgspec; sys.exit(sys.version_info < (3, 11))"
    if (
        not python.exists()
        or subprocess.run(
            [python, "-c", probe], env={"PYTHONPATH": source}, capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no system Python of a supported version that another user could run")
    code = (
        "from seawall.platform.sandbox import *\n"
        "from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox\n"
        "sandbox = BubblewrapSandbox()\n"
        "code = 'import os, threading, time\\n"
        "for _ in range(40):\\n"
        "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()'\n"
        "verdict = sandbox.run(Job(('python3', '-c', code), bounds=Bounds(processes=20)))\n"
        "print(sandbox.check().own_user, verdict.ended, verdict.code, b'start new thread' in verdict.stderr)\n"
        "print(sandbox.run(Job(('sh', '-c', 'kill -9 1; id -u; exit 139'))))\n"
    )
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(python), "-B", "-c", code],
        env={"PYTHONPATH": source, "PATH": os.environ["PATH"]},
        cwd="/",
        capture_output=True,
        check=False,
    )
    lines = done.stdout.decode().splitlines()
    if not lines and b"no-user-namespaces" in done.stderr:
        pytest.skip("this machine gives ordinary users no namespaces")
    assert lines[0] == "False exited 1 True", done.stderr.decode()
    assert "ended='exited', code=139" in lines[1]
    assert "stdout=b'1000\\n'" in lines[1]
