"""The verdict is what happened, whatever the job says about itself."""

from __future__ import annotations

import signal

import pytest

from seawall.platform.sandbox import Job
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("code", [0, 1, 7, 127, 139, 255])
def test_an_exit_code_is_an_exit_code(python, code):
    verdict = python(f"import os; os._exit({code})")
    assert (verdict.ended, verdict.code) == ("exited", code)


@pytest.mark.parametrize(
    "name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGTERM", "SIGKILL", "SIGPIPE"]
)
def test_a_signal_is_a_signal(python, name):
    verdict = python(
        f"import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), signal.{name})"
    )
    assert (verdict.ended, verdict.code) == ("signaled", getattr(signal, name))


def test_a_real_crash_is_a_signal(python):
    verdict = python("import ctypes; ctypes.string_at(0)")
    assert (verdict.ended, verdict.code) == ("signaled", signal.SIGSEGV)


def test_a_program_starts_with_usual_signals(sandbox: BubblewrapSandbox):
    verdict = sandbox.run(Job(("grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")))
    blocked, ignored = (int(line.split()[1], 16) for line in verdict.stdout.splitlines())
    libc_own = 0b11 << 31  # signals 32 and 33: the C library lets nobody change them, so what was inherited stays
    assert (blocked, ignored & ~libc_own) == (0, 0)


def test_a_missing_program_is_127_with_a_reason(sandbox: BubblewrapSandbox):
    verdict = sandbox.run(Job(("no-such-program",)))
    assert (verdict.ended, verdict.code) == ("exited", 127)
    assert verdict.stderr == b"seawall: cannot run no-such-program: not found\n"


def test_killing_the_parent_changes_nothing(python):
    code = """
import os, signal
for signal_number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV, signal.SIGXCPU):
    try:
        os.kill(os.getppid(), signal_number)
    except PermissionError:
        pass
os._exit(7)
"""
    verdict = python(code)
    assert (verdict.ended, verdict.code) == ("exited", 7)


def test_killing_everybody_kills_only_the_job(python):
    code = """
import os, signal, time
if not os.fork():
    time.sleep(20)
os.kill(-1, signal.SIGKILL)
os._exit(7)
"""
    verdict = python(code)
    # The kernel spares the sender of a signal to all (kill(2)).
    assert (verdict.ended, verdict.code) == ("exited", 7)
    assert verdict.wall_seconds < 5


FORGERY = """
import os, ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
forged = b'FORGED'
done = []
def attempt(name, action):
    try:
        action()
        done.append(name)
    except (OSError, PermissionError):
        pass
for number in range(3, 64):
    attempt(f'own {number}', lambda: os.write(number, forged))
    attempt(f'proc {number}', lambda: os.write(os.open(f'/proc/1/fd/{number}', os.O_WRONLY), forged))
attempt('memory', lambda: os.open('/proc/1/mem', os.O_RDWR))
attempt('environment', lambda: open('/proc/1/environ', 'rb').read())
attempt('root', lambda: os.listdir('/proc/1/root'))
def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
    attempt('ptrace', lambda: call(libc.ptrace, request, 1, 0, 0))
buffer = ctypes.create_string_buffer(8)
class Vector(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]
here = Vector(ctypes.addressof(buffer), 8)
for function in (libc.process_vm_readv, libc.process_vm_writev):
    # The right is checked before the address: any other error than EPERM would mean that the memory is open.
    if function(1, ctypes.byref(here), 1, ctypes.byref(here), 1, 0) >= 0 or ctypes.get_errno() != errno.EPERM:
        done.append('memory')
attempt('pidfd', lambda: [call(libc.syscall, 438, os.pidfd_open(1), number, 0) for number in range(3, 64)])
print(done, flush=True)
os._exit(3)
"""


def test_the_report_cannot_be_forged(python):
    verdict = python(FORGERY)
    assert verdict.stdout == b"[]\n"
    assert (verdict.ended, verdict.code) == ("exited", 3)


def test_the_report_cannot_be_forged_without_the_filter(sandbox: BubblewrapSandbox, monkeypatch):
    # The filter of system calls is a second line; the first must hold alone.
    monkeypatch.setattr(sandbox, "_filter", b"")
    verdict = sandbox.run(Job(("python3", "-I", "-S", "-c", FORGERY)))
    assert (verdict.stdout, verdict.ended, verdict.code) == (b"[]\n", "exited", 3)


def test_starving_the_supervisor_is_never_a_pass(sandbox: BubblewrapSandbox, python):
    code = """
import os, resource, time
for which in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_DATA):
    try:
        resource.prlimit(1, which, (1, 1))
    except (PermissionError, OSError):
        print('refused')
time.sleep(0.3)
"""
    verdict = python(code)
    if sandbox.check().own_user:
        assert verdict.stdout == b"refused\n" * 3
        assert (verdict.ended, verdict.code) == ("exited", 0)
    else:
        assert verdict.ended in {"lost", "exited"}
        if verdict.ended == "exited":
            assert verdict.code == 0


def test_a_daemon_dies_with_the_job_and_writes_nothing_after_the_listing(python):
    code = """
import os, signal, time
for which in (signal.SIGTERM, signal.SIGHUP): signal.signal(which, signal.SIG_IGN)
if not os.fork():
    os.setsid()
    if not os.fork():
        i = 0
        while True:
            open(f'/w/out/late-{i:09}', 'w').close()
            i += 1
    os._exit(0)
time.sleep(0.1)
open('/w/out/marker', 'w').close()
os._exit(0)
"""
    verdict = python(code, out_files=1_000_000)
    assert (verdict.ended, verdict.code) == ("exited", 0)
    assert verdict.wall_seconds < 5
    assert "marker" in verdict.out_files
    late = [name for name in verdict.out_files if name.startswith("late")]
    assert late == [f"late-{i:09}" for i in range(len(late))]


def test_many_out_files_are_listed_in_order_up_to_the_bound(python):
    verdict = python("for i in range(20000): open(f'/w/out/{19999 - i:05}', 'w').close()", out_files=10)
    assert verdict.out_files == tuple(f"{i:05}" for i in range(10))


def test_hostile_names_come_out_printable_and_distinct(python):
    code = r"""
for name in (b'plain', b'new\nline', b'new\\x0aline', b'\xff\xfe', 'rtl\u202e'.encode(), 'é'.encode()):
    open(b'/w/out/' + name, 'w').close()
"""
    assert set(python(code).out_files) == {
        "plain",
        r"new\x0aline",
        r"new\x5cx0aline",
        r"\xff\xfe",
        r"rtl\u202e",
        "é",
    }


def test_a_closed_out_folder_is_listed_all_the_same(python):
    verdict = python("import os\nopen('/w/out/x', 'w').close()\ntry: os.chmod('/w/out', 0)\nexcept OSError: pass")
    assert verdict.out_files == ("x",)


def test_figures_are_those_of_the_job(python):
    verdict = python(
        "import time\nx = bytearray(100 << 20)\nend = time.process_time() + 0.3\n"
        "while time.process_time() < end: pass\ntime.sleep(0.3)"
    )
    assert 0.3 <= verdict.cpu_seconds < 1
    assert 0.6 <= verdict.wall_seconds < 3
    assert 100 << 20 <= verdict.memory_bytes < 200 << 20
