"""The sandbox on bubblewrap: namespaces by `bwrap`, limits and the account by a supervisor inside.

How a run goes: check the job; hand its files, the orders and the supervisor to `bwrap` as memory files; where Seawall
is root, give the new namespace a user of its own for the job; wait for the account, at most a little longer than the
wall limit; kill what is left. A run needs no folder on the host and leaves none.

Invariants: a run ends only when its processes are dead or dying without a way back. If Seawall dies, so do they:
`--die-with-parent` ties bubblewrap to the thread that called, and process 1 of the namespace to bubblewrap; should
Seawall die before bubblewrap has got that far, process 1 ends when it sees that nobody reads its report. Runs share
nothing but constants, so threads may run as many as they like.

Left out on purpose: control groups. They would count memory and processes exactly, but an ordinary user has them
only below systemd; the supervisor's counting works everywhere.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import math
import os
import platform
import secrets
import select
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seawall.kernel.errors import UnavailableError
from seawall.platform.sandbox import errors, layout, seccomp, supervisor
from seawall.platform.sandbox.account import NONCE_BYTES, longest, lost, read_account
from seawall.platform.sandbox.descriptors import Descriptors, translated
from seawall.platform.sandbox.diagnosis import diagnose, find_bubblewrap
from seawall.platform.sandbox.identity import SpareID, lent, readable_by_all, spare_id
from seawall.platform.sandbox.interface import BOX, IN, Job, Mount, Verdict
from seawall.platform.sandbox.names import folders_of
from seawall.platform.sandbox.orders import check_job, write_orders

_GRACE = 10.0  # seconds above the wall limit until the host stops waiting for the supervisor
_END = 5.0  # seconds for bubblewrap to end after the account
_READ = 1 << 20  # bytes
_SAID = 4096  # bytes kept of what bubblewrap says
_NAMESPACES = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--hostname",
    "sandbox",
    "--die-with-parent",
    "--new-session",
    "--as-pid-1",
    "--cap-drop",
    "ALL",
)
# What the supervisor needs to become another user, to kill that user's processes and to read what memory they share.
_SUPERVISOR_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_SYS_PTRACE")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a machine offers."""

    program: Path
    """The `bwrap` that is used."""
    own_user: bool
    """Jobs run as a user that nothing else has; only where Seawall is root."""
    filtered: bool
    """System calls are filtered."""


class BubblewrapSandbox:
    """Runs jobs in bubblewrap.

    Args:
        program: A certain `bwrap`; by default the system's, else the wheel's.
        own_user: Whether root may give each job a user of its own; False is weaker and meant for tests.
    """

    def __init__(self, program: Path | None = None, *, own_user: bool = True) -> None:
        self._program = program
        self._own_user = own_user
        self._filter = seccomp.program(platform.machine())
        self._system = {network: layout.system(network=network) for network in (False, True)}
        self._script = b""
        self._lock = threading.Lock()
        self._setup: Setup | None = None
        self._readable: dict[tuple[str, int, int, int], bool] = {}

    def check(self) -> Setup:
        """Try out what this machine offers, once.

        Raises:
            UnavailableError: No sandbox can be set up here: `sandbox.no-bubblewrap`, `sandbox.no-user-namespaces` or
                `sandbox.setup-failed`.
        """
        with self._lock:
            if self._setup is None:
                program = self._program or find_bubblewrap()
                self._script = _compiled_supervisor()
                self._setup = Setup(program, self._try_out(program), bool(self._filter))
            return self._setup

    def run(self, job: Job) -> Verdict:
        """Run one job to its end; see `Sandbox.run`."""
        check_job(job)
        setup = self.check()
        spare = spare_id() if setup.own_user else None
        return self._launch(setup.program, job, spare)

    def _try_out(self, program: Path) -> bool:
        """Run nothing, with a user of its own if possible; return whether it was."""
        job = Job(("true",))
        spare = spare_id() if self._own_user else None
        if spare is not None and _runtime_readable():
            try:
                self._launch(program, job, spare)
            except UnavailableError:
                pass  # root of a container that may not map ids
            else:
                return True
        self._launch(program, job, None)
        return False

    def _for_all(self, mount: Mount) -> bool:
        """Whether every user can read a mount; looked up once for each state of its folder."""
        if layout.given(mount):
            return True
        state = mount.source.stat()
        key = (str(mount.source), state.st_dev, state.st_ino, state.st_mtime_ns)
        if key not in self._readable:
            self._readable[key] = readable_by_all(mount.source)
        return self._readable[key]

    def _launch(self, program: Path, job: Job, spare: SpareID | None) -> Verdict:
        with Descriptors() as own, lent([mount.source for mount in job.writable], spare):
            nonce = secrets.token_bytes(NONCE_BYTES)
            account, report = own.pipe()
            said = own.empty()
            inherited = [report]
            reads = spare is not None and not all(map(self._for_all, job.mounts))
            gate = None if spare is None else _Gate(own, spare, reads=reads)
            arguments = [str(program), *_NAMESPACES, *([] if job.network else ["--unshare-net"])]
            if gate is None:
                arguments += ["--uid", str(layout.JOB_ID), "--gid", str(layout.JOB_ID)]
            else:
                arguments += gate.arguments()
                inherited += gate.inherited
            arguments += self._contents(job, own, inherited)
            script, stdin = own.sealed(self._script), own.sealed(job.stdin)
            inherited += [script, stdin]
            orders = own.sealed(write_orders(job, nonce, stdin, inherited, own_user=spare is not None, reads=reads))
            inherited.append(orders)
            arguments += [layout.python(), "-I", "-S", f"/proc/self/fd/{script}", str(orders), str(report)]
            begin = time.monotonic()
            process = _start(arguments, said, inherited)
            own.close(report)
            deadline = begin + job.bounds.wall_seconds + _GRACE
            data = _follow(process, gate, account, deadline, longest(job.bounds) + NONCE_BYTES)
            if data is not None and not data.startswith(nonce):
                raise diagnose(os.pread(said, _SAID, 0).decode(errors="replace"))
            verdict = read_account(data[NONCE_BYTES:], job.bounds) if data else None
            return verdict or lost(time.monotonic() - begin)

    def _contents(self, job: Job, own: Descriptors, inherited: list[int]) -> list[str]:
        """Arguments for the file system and the filter; what they refer to is added to `inherited`."""
        arguments = [*self._system[job.network], *layout.private(job.bounds.disk_bytes)]
        for folder in folders_of(job.files):
            arguments += ["--dir", f"{IN}/{folder}"]
        files = layout.small_files(job.secret, network=job.network)
        files.update({f"{IN}/{name}": content for name, content in job.files.items()})
        for target, content in files.items():
            handle = own.sealed(content)
            inherited.append(handle)
            arguments += ["--perms", "0444", "--file", str(handle), target]
        arguments += layout.mounts(job.mounts, job.writable)
        if self._filter:
            handle = own.sealed(self._filter)
            inherited.append(handle)
            arguments += ["--seccomp", str(handle)]
        return [*arguments, "--remount-ro", "/", "--chdir", BOX]


class _Gate:
    """Holds bubblewrap back until its namespace has its ids (`--userns-block-fd` in bwrap(1))."""

    def __init__(self, own: Descriptors, spare: SpareID, *, reads: bool) -> None:
        self._own = own
        self._spare = spare
        self._capabilities = _SUPERVISOR_CAPABILITIES + (("CAP_DAC_READ_SEARCH",) if reads else ())
        self._told, self._tell = own.pipe()
        self._wait, self._go = own.pipe()
        self.inherited = [self._tell, self._wait]

    def arguments(self) -> list[str]:
        arguments = ["--userns-block-fd", str(self._wait), "--info-fd", str(self._tell), "--uid", "0", "--gid", "0"]
        for capability in self._capabilities:
            arguments += ["--cap-add", capability]
        return arguments

    def open(self) -> None:
        """Give the ids; does nothing where bubblewrap has already ended.

        Raises:
            UnavailableError: The ids cannot be given (`sandbox.setup-failed`).
        """
        self._own.close(self._tell)
        self._own.close(self._wait)
        info = b""
        while b"}" not in info:
            part = os.read(self._told, _SAID)
            if not part:
                return  # it said why on standard error
            info += part
        try:
            self._spare.give(int(json.loads(info)["child-pid"]))
            os.write(self._go, b"1")
        except BrokenPipeError:
            return
        except (OSError, ValueError, KeyError) as error:
            raise errors.setup_failed(f"no user for the job: {error}") from error


def _start(arguments: list[str], said: int, inherited: list[int]) -> subprocess.Popen[bytes]:
    """Start bubblewrap with nothing of the host but some descriptors, in a session that no terminal interrupts."""
    try:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=inherited,
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise translated(error) from error


def _follow(
    process: subprocess.Popen[bytes], gate: _Gate | None, account: int, deadline: float, most: int
) -> bytes | None:
    """Return what the supervisor reports, see `_receive`; whatever happens, nothing of the sandbox runs afterwards."""
    try:
        if gate is not None:
            gate.open()
        data = _receive(account, deadline, most)
        if data is not None:
            # Bubblewrap waits for process 1 of the namespace, and the kernel lets that wait for all the others.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END)
        return data
    finally:
        process.kill()
        process.wait()
        # After a kill, the pipe's end shows that process 1 has gone too.
        _receive(account, time.monotonic() + _END, most)


def _receive(handle: int, deadline: float, most: int) -> bytes | None:
    """Read to the end of a pipe; None where the deadline passes first or more than `most` bytes come."""
    data = bytearray()
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or len(data) > most:
            return None
        if poll.poll(math.ceil(1000 * left)):
            part = os.read(handle, _READ)
            if not part:
                return bytes(data)
            data += part


def _runtime_readable() -> bool:
    """Whether every user could run the Python that runs Seawall, once it is mounted."""
    library = Path(os.__file__)
    paths = [Path(layout.python()), library, library.parent, library.parent.parent, *map(Path, layout.runtime())]
    return all(path.stat().st_mode & 0o004 for path in paths)


def _compiled_supervisor() -> bytes:
    """The supervisor as the content of a `.pyc` file: compiling it in each sandbox would take longer than its start."""
    source = Path(supervisor.__file__).read_bytes()
    code = compile(source, "supervisor.py", "exec", dont_inherit=True, optimize=2)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
