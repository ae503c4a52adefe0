"""A user of its own for a job, where Seawall runs as root.

Root outside stays root for the kernel in some ways that a namespace does not change: its process limit does not bind
(kernel/fork.c, `INIT_USER`) and files of root in `/proc` open to it. So a job that root starts gets a user id that
nothing else has: its namespace maps two ids, root's for the supervisor and a spare one for the job.

Such a job reads only what everybody may read, but a mount may hold what only root reads (`mkdtemp` makes such folders,
packages hold such files). `readable_by_all` finds that out; then the job is given the capability to read files whatever
their mode, which reaches no further than what the sandbox shows it.

Left out on purpose: ids from /etc/subuid for ordinary users (newuidmap); they are not root, so the limits bind them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from seawall.platform.sandbox.layout import JOB_ID

_WHOLE = 4294967295
"""Ids that an unrestricted machine maps."""
_FIRST_SPARE = 1_900_000_000
"""systemd's UIDS-GIDS calls 1879048192 to 2147483647 unused."""
_SPARE = 65536
_counter = count(os.getpid() * 64)


@dataclass(frozen=True, slots=True)
class SpareID:
    """Ids of the host that belong to nobody."""

    user: int
    group: int

    def give(self, pid: int) -> None:
        """Write the id maps of a process that waits in a new user namespace.

        Raises:
            OSError: Root may not do that here.
        """
        for name, spare in (("uid_map", self.user), ("gid_map", self.group)):
            Path(f"/proc/{pid}/{name}").write_text(f"0 0 1\n{JOB_ID} {spare} 1\n")


def spare_id(proc: Path = Path("/proc/self")) -> SpareID | None:
    """Return ids for one job, different from those of the jobs beside it; None where this user has none to give."""
    if os.geteuid() != 0:
        return None
    turn = next(_counter)
    user, group = (_spare(proc / name, turn) for name in ("uid_map", "gid_map"))
    return SpareID(user, group) if user and group else None


def _spare(path: Path, turn: int) -> int:
    """An id that is mapped here and not 0; 0 if there is none."""
    ranges = [tuple(map(int, line.split())) for line in path.read_text().splitlines()]
    first, _, size = max(ranges, key=lambda entry: entry[2])
    if size >= _WHOLE:
        return _FIRST_SPARE + turn % _SPARE
    usable = size - 1 if first == 0 else size
    return first + size - 1 - turn % min(usable, 1024) if usable > 0 else 0


def readable_by_all(path: Path) -> bool:
    """Whether every user may read a file, or a folder with all that it holds. Links count for nothing."""
    mode = path.stat().st_mode
    if not _open_to_all(mode):
        return False
    if not stat.S_ISDIR(mode):
        return True
    try:
        return all(_open_to_all(entry.stat(follow_symlinks=False).st_mode) for entry in _tree(path))
    except OSError:
        return False


def _open_to_all(mode: int) -> bool:
    needed = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
    return stat.S_ISLNK(mode) or mode & needed == needed


@contextmanager
def lent(folders: Iterable[Path], spare: SpareID | None) -> Iterator[None]:
    """Make folders belong to a job while it runs, and to the caller again afterwards, with all that is in them then.

    Taking a file back also takes its set-user-id bits, in either mode (chown(2)).
    """
    folders = list(folders)
    try:
        if spare is not None:
            for folder in folders:
                _give(folder, spare.user, spare.group)
        yield
    finally:
        for folder in folders:
            _give(folder, os.geteuid(), os.getegid())


def _give(folder: Path, user: int, group: int) -> None:
    os.lchown(folder, user, group)
    for entry in _tree(folder):
        with suppress(OSError):  # what a job made so deep that it has no path any more stays the job's
            os.lchown(entry.path, user, group)


def _tree(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that a folder holds, links not followed. A stack, since a hostile tree is deeper than Python recurses."""
    left = [str(folder)]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                found = list(entries)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            continue
        left += [entry.path for entry in found if entry.is_dir(follow_symlinks=False)]
        yield from found
