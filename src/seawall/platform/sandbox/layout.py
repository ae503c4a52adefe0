"""What a job sees of the file system, as arguments of bubblewrap.

A new root in memory that holds only what programs need: `/usr` and its links, the loader's cache, Debian's
alternatives, the Python that runs Seawall, four devices, `/proc` of the own pid namespace. Everything is read-only but
`/tmp`, `/dev/shm`, `/w/box` and `/w/out`, each of them in memory with a limit of its own. Of `/etc` there is no more
than the names `root` and `job`, and `localhost`; with the network also what finding and trusting hosts takes.

Left out on purpose: `--dev`, which adds terminals and a second user namespace (a third of bubblewrap's start).
"""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Iterable
from pathlib import Path

from seawall.platform.sandbox import errors
from seawall.platform.sandbox.interface import BOX, IN, OUT, SECRET_FILE, Mount

TMP = "/tmp"  # noqa: S108 - inside the sandbox, private
PRIVATE = (TMP, BOX, OUT, "/dev/shm")  # noqa: S108 - likewise
"""Writable, in memory, each with the disk bound as its size."""
JOB_ID = 1000
"""User and group of a job, as it sees itself."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_OWN = ("/", "/w", IN, OUT, BOX, "/w/vault", TMP, "/dev", "/proc", "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives")
_ETC_NETWORK = (
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
)
_PASSWD = f"root:x:0:0:root:/:/usr/sbin/nologin\njob:x:{JOB_ID}:{JOB_ID}:job:{BOX}:/bin/sh\n"
_GROUP = f"root:x:0:\njob:x:{JOB_ID}:\n"
_HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
_PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def python() -> str:
    """Path of the Python that runs Seawall, outside of any virtual environment; the same inside."""
    return str(_PYTHON)


def runtime() -> tuple[str, ...]:
    """Folders of the host that hold that Python and that are not below `/usr`."""
    prefixes = dict.fromkeys([os.path.realpath(sys.base_prefix), os.path.realpath(sys.base_exec_prefix)])
    return tuple(prefix for prefix in prefixes if not _below(prefix, "/usr"))


def given(mount: Mount) -> bool:
    """Whether every job has what the mount shows anyway: the system, or the Python that runs Seawall."""
    source = os.path.realpath(mount.source)
    return source == mount.target and any(_below(source, folder) for folder in ("/usr", *runtime()))


def environment() -> dict[str, str]:
    """What a job has in its environment before its own entries."""
    return {
        "PATH": f"{_PYTHON.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": BOX,
        "TMPDIR": TMP,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def system(*, network: bool) -> list[str]:
    """Arguments for the parts that are the same for every job; build them once."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"):
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            arguments += ["--ro-bind", name, name]
    arguments += ["--dir", "/etc"]
    for name in _ETC + (_ETC_NETWORK if network else ()):
        if Path(name).exists():
            arguments += [*parents(name), "--ro-bind", name, name]
    # Read-only: bubblewrap covers /proc/sys only where the folder itself is writable, but its files open to root's id.
    arguments += ["--proc", "/proc", "--remount-ro", "/proc", "--dir", "/dev"]
    for device in _DEVICES:
        arguments += ["--dev-bind", device, device]
    arguments += ["--symlink", "/proc/self/fd", "/dev/fd"]
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        arguments += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
    for prefix in runtime():
        arguments += [*parents(prefix), "--ro-bind", prefix, prefix]
    return arguments


def small_files(secret: str, *, network: bool) -> dict[str, bytes]:
    """Files that the sandbox itself lays out."""
    hosts = Path("/etc/hosts")
    return {
        "/etc/passwd": _PASSWD.encode(),
        "/etc/group": _GROUP.encode(),
        "/etc/hosts": hosts.read_bytes() if network and hosts.exists() else _HOSTS.encode(),
        SECRET_FILE: os.fsencode(secret),
    }


def private(disk_bytes: int) -> list[str]:
    """Arguments for the writable folders."""
    arguments = ["--dir", "/w", "--dir", IN, "--dir", "/w/vault"]
    for folder in PRIVATE:
        arguments += ["--perms", "1777", "--size", str(disk_bytes), "--tmpfs", folder]
    return arguments


def mounts(readable: Iterable[Mount], writable: Iterable[Mount]) -> list[str]:
    """Arguments for what the host lends; each was checked by `check_mount`."""
    arguments = []
    for option, group in (("--ro-bind", readable), ("--bind", writable)):
        for mount in group:
            if option == "--ro-bind" and given(mount):
                continue
            arguments += [*parents(mount.target), option, str(mount.source), mount.target]
    return arguments


def check_mount(mount: Mount) -> None:
    """Accept a mount whose source can be read and whose target the sandbox does not use itself.

    Raises:
        InvalidInputError: It is not so (`sandbox.invalid-mount`).
    """
    target = mount.target
    if "\0" in target or not target.startswith("/") or posixpath.normpath(target) != target or target.startswith("//"):
        raise errors.invalid_mount(
            f"{target[:80]!r} is no absolute path",
            remedy="Write the target from the root, without '..' or a slash at the end.",
        )
    if target in _OWN or _below(target, "/proc") or _below(target, "/w/vault") or _below(target, "/dev"):
        raise errors.invalid_mount(
            f"the sandbox itself lays out {target}", remedy="Choose a target of your own, for example /w/env."
        )
    if not os.access(mount.source, os.R_OK):
        raise errors.invalid_mount(
            f"{mount.source} is missing or not readable, so it cannot be mounted at {target}",
            remedy="Create it before the job runs.",
        )


def parents(path: str) -> list[str]:
    """Arguments that make the folders above a path, which bubblewrap itself would make unreadable for others."""
    arguments: list[str] = []
    for folder in reversed(Path(path).parents):
        if str(folder) != "/":
            arguments += ["--dir", str(folder)]
    return arguments


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
