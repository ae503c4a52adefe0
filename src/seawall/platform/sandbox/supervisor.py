"""The parent of a job, inside the sandbox: gives it its limits, watches it, and reports its real end.

Runs as a script (`python3 -I -S`) and as process 1 of the sandbox's pid namespace. That alone settles much: the kernel
drops every signal that a process of the namespace sends to it, SIGKILL included; orphans become its children, so their
CPU time is counted; and when it ends, the kernel kills whatever is left.

Invariants:
    The report goes over a pipe that only this process holds. A job cannot reach it: the end is closed in the job
    before its program starts, and this process is not dumpable, so `/proc/1/fd`, ptrace and pidfd_getfd are refused
    even to the same user.
    The report is written after every process of the job is dead, so nothing changes the out folder after the listing.
    An exception here ends the process without a report: the host says `lost`, never a guess.

One file, because it travels as one. The host imports `pack`, `unpack` and `Orders` from here. Left out on purpose:
imports that cost something at start (`signal` and `ctypes` alone take as long as the rest), and any decision about what
a verdict means.
"""

from __future__ import annotations

import _ctypes
import _signal  # type: ignore[import-not-found] # `signal` builds enumerations: 4 ms at each start
import os
import resource
import select
import sys
import time

_PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 4, 8, 47, 2  # linux/prctl.h
_CAP_DAC_READ_SEARCH = 2  # linux/capability.h
_READ = 65536  # bytes, a pipe's usual capacity
_SAMPLE = 0.01  # seconds between two looks at the job's processes
_AGAIN = 0.002  # seconds until the second look at memory that is above its limit
_INODE = 1024  # bytes of kernel memory that an inode of a tmpfs takes, rounded
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_OPEN_FILES = 1024
_CPU_SLACK = 2  # seconds by which the kernel's CPU limit lies above ours, so that ours speaks first
_DATA_FACTOR = 4  # a process may reserve this multiple of what the job may have resident, and in any case
_DATA_LEAST = 4 << 30  # bytes: Node.js aborts as if it crashed where it cannot reserve half a gibibyte


def pack(fields: list[bytes]) -> bytes:
    """Join fields, each with its length in four bytes (big-endian) before it."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def unpack(data: bytes) -> list[bytes]:
    """Split what `pack` joined.

    Raises:
        ValueError: The bytes end early.
    """
    fields, at = [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if at + 4 > len(data) or end > len(data):
            raise ValueError("fields end early")
        fields.append(data[at + 4 : end])
        at = end
    return fields


class Orders:
    """What the host asks for; `to_bytes` and the constructor are each other's inverse."""

    NUMBERS = (
        "uid",  # inside; the job changes to it, 0 means that it stays what the supervisor is
        "reads",  # 1: the job may read files whatever their mode; only for a user of its own
        "stdin",  # descriptor
        "descriptors",  # all that came from the host are below
        "cpu",  # microseconds
        "wall",  # microseconds
        "memory",  # bytes
        "file",  # bytes
        "processes",  # processes and threads
        "nproc",  # 1: the kernel's own process limit binds this user
        "output",  # bytes of each stream
        "names",  # of the out folder
    )

    def __init__(self, data: bytes) -> None:
        self.nonce, numbers, argv, env, self.out, tmpfs = unpack(data)
        self.number = dict(zip(self.NUMBERS, map(int, unpack(numbers)), strict=True))
        self.argv = unpack(argv)
        self.env = dict(entry.split(b"=", 1) for entry in unpack(env))
        self.tmpfs = unpack(tmpfs)

    @classmethod
    def to_bytes(
        cls,
        *,
        nonce: bytes,
        numbers: dict[str, int],
        argv: list[bytes],
        env: dict[bytes, bytes],
        out: bytes,
        tmpfs: list[bytes],
    ) -> bytes:
        """Write the orders of one job."""
        values = [str(numbers[name]).encode() for name in cls.NUMBERS]
        entries = [name + b"=" + value for name, value in env.items()]
        return pack([nonce, pack(values), pack(argv), pack(entries), out, pack(tmpfs)])


class Stream:
    """One output of the job: its first bytes are kept, the rest is read and thrown away."""

    def __init__(self, limit: int) -> None:
        self.source, self.sink = os.pipe()
        # So that /dev/stdout can be opened by a job that has an id of its own.
        os.fchmod(self.sink, 0o622)
        self.kept = bytearray()
        self.limit = limit
        self.truncated = False

    def take(self) -> bool:
        """Read once; return False at the end of the stream."""
        data = os.read(self.source, _READ)
        room = self.limit - len(self.kept)
        self.kept += data[:room]
        self.truncated = self.truncated or len(data) > room
        return bool(data)


class Usage:
    """What the job's processes use together at one moment."""

    def __init__(self) -> None:
        self.cpu = 0.0  # seconds
        self.memory = 0  # bytes
        self.tasks = 0
        self.pids: list[str] = []


def prctl(option: int, first: int, second: int = 0) -> None:
    """Change how the kernel treats this process; the standard library has no such function.

    Raises:
        OSError: The kernel refused.
    """
    function = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type] # None is this program
    if _ctypes.call_function(function, (option, first, second, 0, 0)) != 0:
        raise OSError(f"prctl {option} was refused")


def protect() -> None:
    """Make this process unreachable for others of the same user, and deaf to the only signal that Python handles."""
    prctl(_PR_SET_DUMPABLE, 0)
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def limit_self(number: dict[str, int]) -> None:
    """Set the kernel's limits of one process; most are backstops for what the supervisor watches over all."""
    seconds = number["cpu"] // 1_000_000 + _CPU_SLACK
    data = max(_DATA_FACTOR * number["memory"], _DATA_LEAST)
    limits = [
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_FSIZE, number["file"], number["file"]),
        (resource.RLIMIT_DATA, data, data),
        # One, not zero: zero still starts the host's crash handler where core_pattern is a pipe (fs/coredump.c).
        (resource.RLIMIT_CORE, 1, 1),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
    ]
    if number["nproc"]:
        # The supervisor counts where it has the same user.
        most = number["processes"] + (0 if number["uid"] else 1)
        limits.append((resource.RLIMIT_NPROC, most, most))
    for which, soft, hard in limits:
        highest = resource.getrlimit(which)[1]
        if highest != resource.RLIM_INFINITY:
            soft, hard = min(soft, highest), min(hard, highest)  # noqa: PLW2901 - the same pair, lowered
        resource.setrlimit(which, (soft, hard))


def become(user: int, *, reads: bool) -> None:
    """Become a user without capabilities, or with none but that to read: only an ambient one outlives the next exec."""
    prctl(_PR_SET_KEEPCAPS, int(reads))
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if reads:
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH)


def execute(argv: list[bytes], env: dict[bytes, bytes]) -> None:
    """Replace this process by the job's program, sought on the job's PATH; returns the way of shells if it cannot."""
    program = argv[0]
    folders = [b""] if b"/" in program else env.get(b"PATH", b"").split(b":")
    reason: str | None = "not found"
    for folder in folders:
        try:
            os.execve(os.path.join(folder, program), argv, env)  # noqa: PTH118, S606 - bytes; no shell is the point
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = error.strerror
            break
    os.write(2, b"seawall: cannot run " + program + b": " + str(reason).encode() + b"\n")


def start(orders: Orders, streams: list[Stream]) -> int:
    """Fork the job and return its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        number = orders.number
        for target, source in enumerate((number["stdin"], streams[0].sink, streams[1].sink)):
            os.dup2(source, target)
        os.closerange(3, number["descriptors"])
        os.setsid()
        os.umask(0o022)
        limit_self(number)
        if number["uid"]:
            become(number["uid"], reads=bool(number["reads"]))
        # Python ignores these two; a job starts with the usual behaviour.
        for which in (_signal.SIGPIPE, _signal.SIGXFSZ):
            _signal.signal(which, _signal.SIG_DFL)
        execute(orders.argv, orders.env)
    except BaseException as error:  # noqa: BLE001 - this is the forked child: it must not run the parent's code
        os.write(2, ("seawall: cannot start the job: " + repr(error) + "\n").encode())
    os._exit(127)


def _content(path: str) -> bytes:
    """Read a file of /proc; empty when its process is gone."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):
        return b""
    try:
        return os.read(handle, 8192)
    except ProcessLookupError:
        return b""
    finally:
        os.close(handle)


def _stat(path: str) -> list[bytes]:
    """Fields of a `stat` of /proc from the state on (proc(5), field 3)."""
    return _content(path).rpartition(b")")[2].split()


def measure(tmpfs: list[bytes]) -> Usage:
    """Sum up CPU time and resident memory of every process but this one.

    CPU time holds that of children that were waited for, ours included. Memory counts shared pages once for each
    process, and a rounded amount for each file of the private folders: empty files take kernel memory too.
    """
    usage = Usage()
    ticks = 0
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib costs more than the whole start
        if name == "1" or not "0" <= name[0] <= "9":
            continue
        stat = _stat("/proc/" + name + "/stat")
        if not stat:
            continue
        usage.pids.append(name)
        ticks += int(stat[11]) + int(stat[12]) + int(stat[13]) + int(stat[14])
        tasks, pages = int(stat[17]), int(stat[21])
        if stat[0] == b"Z" and tasks > 1:
            # The first thread has ended, others live: the memory shows at them only.
            pages = _thread_pages("/proc/" + name + "/task")
        usage.tasks += max(tasks, 1)
        usage.memory += pages * _PAGE
    waited = resource.getrusage(resource.RUSAGE_CHILDREN)
    usage.cpu = waited.ru_utime + waited.ru_stime + ticks / _TICKS
    for folder in tmpfs:
        state = os.statvfs(folder)
        usage.memory += (state.f_files - state.f_ffree) * _INODE
    return usage


def _thread_pages(folder: str) -> int:
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except (FileNotFoundError, ProcessLookupError):
        return 0
    stats = [_stat(folder + "/" + name + "/stat") for name in names]
    return max((int(stat[21]) for stat in stats if stat), default=0)


def shared_excess(pids: list[str]) -> int:
    """Bytes that `measure` counted more than once because processes share them, as far as it can be known."""
    excess = 0
    for name in pids:
        try:
            rollup = _content("/proc/" + name + "/smaps_rollup")
        except PermissionError:
            continue  # the job hides itself: what it shares counts each time
        sizes = {line[0]: int(line[1]) for line in map(bytes.split, rollup.splitlines()[1:]) if len(line) > 1}
        excess += max(0, sizes.get(b"Rss:", 0) - sizes.get(b"Pss:", 0)) * 1024
    return excess


class Watch:
    """Follows one job to its end."""

    def __init__(self, orders: Orders, report: int) -> None:
        self.orders = orders
        self.report = report
        self.streams = [Stream(orders.number["output"]) for _ in range(2)]
        self.status: int | None = None
        self.peak = 0  # bytes
        self.cpu = 0.0  # seconds
        self.seconds = orders.number["cpu"] / 1_000_000
        self.above = 0  # looks in a row that saw too much memory
        self.begin = time.monotonic()
        self.pid = start(orders, self.streams)
        for stream in self.streams:
            os.close(stream.sink)

    def follow(self) -> str:
        """Wait until the job's first process ends or a limit is reached; return the limit's name, or nothing."""
        number = self.orders.number
        handle = os.pidfd_open(self.pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(self.report, 0)  # wakes when nobody is left to read the report
        for stream in self.streams:
            poll.register(stream.source, select.POLLIN)
        sources = {stream.source: stream for stream in self.streams}
        deadline = self.begin + number["wall"] / 1_000_000
        look = self.begin + _SAMPLE
        while True:
            now = time.monotonic()
            if now >= deadline:
                return "wall_limit"
            if now >= look:
                self.reap()
                limit = self.exceeded()
                if limit:
                    return limit
                # Looking at many processes takes time: never more than a tenth of it, unless memory runs out.
                cost = time.monotonic() - now
                look = now + cost + (_AGAIN if self.above else max(_SAMPLE, 9 * cost))
            for ready, _ in poll.poll(1000 * max(0.001, min(look, deadline) - now)):
                if ready == handle:
                    return ""
                if ready == self.report:
                    raise BrokenPipeError("the host has gone")
                if not sources[ready].take():
                    poll.unregister(ready)

    def exceeded(self) -> str:
        """Look at the job's processes; return the name of the limit that they have reached, or nothing."""
        number = self.orders.number
        usage = measure(self.orders.tmpfs)
        if usage.memory > number["memory"]:
            usage.memory -= shared_excess(usage.pids)
        self.cpu = max(self.cpu, usage.cpu)
        # Between vfork and exec a child shows its parent's memory as its own: one look is no proof.
        self.above = self.above + 1 if usage.memory > number["memory"] else 0
        if not self.above:
            self.peak = max(self.peak, usage.memory)
        if self.above > 1:
            self.peak = max(self.peak, usage.memory)
            return "memory_limit"
        if self.cpu >= self.seconds:
            return "cpu_limit"
        return "process_limit" if usage.tasks > number["processes"] else ""

    def reap(self) -> bool:
        """Collect the dead; return whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.pid:
                self.status = status

    def finish(self) -> None:
        """Kill all, wait until all are dead, and read what they wrote before."""
        # A signal to -1 reaches every process of the namespace but this one, and no fork slips through.
        while True:
            if not self.reap():
                break
            try:  # noqa: SIM105 - contextlib would be one more import
                os.kill(-1, _signal.SIGKILL)
            except ProcessLookupError:
                pass  # all dead, not all collected
            time.sleep(0.0005)
        for stream in self.streams:
            while stream.take():
                pass
        waited = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = max(self.cpu, waited.ru_utime + waited.ru_stime)
        self.peak = max(self.peak, waited.ru_maxrss * 1024)

    def account(self) -> list[bytes]:
        """Run to the end and return the fields of the report, see `account.read_account`."""
        limit = self.follow()
        wall = time.monotonic() - self.begin
        self.reap()
        ended, code = self.verdict(limit)
        self.finish()
        if ended == "signaled" and code in {_signal.SIGXCPU, _signal.SIGKILL} and self.cpu >= self.seconds:
            ended = "cpu_limit"  # the kernel's own limit struck between two looks
        return [
            ended.encode(),
            str(code).encode(),
            str(int(self.cpu * 1_000_000)).encode(),
            str(int(wall * 1_000_000)).encode(),
            str(self.peak).encode(),
            b"1" if any(stream.truncated for stream in self.streams) else b"0",
            *(bytes(stream.kept) for stream in self.streams),
            pack(listing(self.orders.out, self.orders.number["names"])),
        ]

    def verdict(self, limit: str) -> tuple[str, int]:
        """Name the end: a limit that was reached first, else the real wait status."""
        if limit or self.status is None:
            return limit or "lost", int(_signal.SIGKILL)
        if os.WIFSIGNALED(self.status):
            return "signaled", os.WTERMSIG(self.status)
        return "exited", os.WEXITSTATUS(self.status)


def listing(folder: bytes, most: int) -> list[bytes]:
    """Return the first names of a folder in byte order, at most `most`; memory stays bounded however many there are."""
    try:  # noqa: SIM105 - contextlib would be one more import
        os.chmod(folder, 0o700)  # noqa: PTH101 - the job may have closed its own folder
    except PermissionError:
        pass
    names: list[bytes] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) > 2 * most + 1024:
                names = sorted(names)[:most]
    return sorted(names)[:most]


def main(arguments: list[str]) -> None:
    """Run one job.

    Args:
        arguments: Descriptor to read the orders from, and descriptor to report to.
    """
    source, report = int(arguments[0]), int(arguments[1])
    with open(source, "rb") as stream:
        orders = Orders(stream.read())
    os.set_inheritable(report, False)  # noqa: FBT003 - positional only
    keep = sorted({report, orders.number["stdin"]})
    low = 3
    for handle in [*keep, orders.number["descriptors"]]:
        os.closerange(low, handle)
        low = handle + 1
    protect()
    os.write(report, orders.nonce)
    data = pack(Watch(orders, report).account())
    while data:
        data = data[os.write(report, data) :]
    os._exit(0)  # the interpreter's orderly end takes a millisecond and nobody needs it


if __name__ == "__main__":
    main(sys.argv[1:])
