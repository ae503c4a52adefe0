"""The system calls that a job may not make, as a classic BPF program for `bwrap --seccomp`.

A deny list: what a namespace without capabilities refuses anyway, what reaches around a namespace, and what takes
memory that no process shows. In particular:

    * Address families. Only unix, IPv4, IPv6 and routing netlink: AF_VSOCK reaches the hypervisor of a virtual machine
      past any network namespace (vsock(7)).
    * New namespaces: `clone` with a namespace flag, `unshare`, `setns`. `clone3` passes its flags in memory that a
      filter cannot see, so it does not exist here (ENOSYS) and the C library falls back to `clone`.
    * `memfd_create` and System V shared memory: pages that count for no process's resident memory.
    * io_uring, bpf, userfaultfd, perf, keyrings, ptrace: large parts of the kernel that no proof needs.

Numbers come from the kernel's uapi headers (asm/unistd_64.h, asm-generic/unistd.h). Another machine type has no filter.
"""

from __future__ import annotations

import errno
import struct

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_ALLOW = 0x7FFF0000  # SECCOMP_RET_ALLOW
_ERRNO = 0x00050000  # SECCOMP_RET_ERRNO
_NUMBER, _MACHINE, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000  # __X32_SYSCALL_BIT
# In this order: cgroup, uts, ipc, user, pid, net, mount (CLONE_NEW… in linux/sched.h).
_NEW_NAMESPACE = 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x00020000
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6
_NETLINK, _ROUTE = 16, 0  # AF_NETLINK, NETLINK_ROUTE

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h

# Each with its number on x86_64 and on aarch64.
_REFUSED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "vhangup": (153, 58),
}
# Programs fall back to something else when these do not exist.
_ABSENT = {
    "clone3": (435, 435),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "userfaultfd": (323, 282),
}
_CLONE = (56, 220)
_SOCKET = (41, 198)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One instruction, struct sock_filter; `yes` and `no` are how many instructions a jump skips."""
    return struct.pack("=HBBI", code, yes, no, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _ERRNO | number)


def _argument(index: int) -> bytes:
    """Load the low half of an argument; both machine types are little-endian."""
    return _step(_LOAD, _ARGUMENT + 8 * index)


def program(machine: str) -> bytes:
    """Return the filter for a machine type as `platform.machine()` names it; empty where there is none."""
    if machine not in _AUDIT:
        return b""
    column = 0 if machine == "x86_64" else 1
    steps = [
        _step(_LOAD, _MACHINE),
        _step(_EQUAL, _AUDIT[machine], yes=1),
        _refuse(errno.EPERM),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_AT_LEAST, _X32, no=1), _refuse(errno.ENOSYS)]
    for family, code in ((_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS)):
        for numbers in family.values():
            number = numbers[column]
            if number is not None:
                steps += [_step(_EQUAL, number, no=1), _refuse(code)]
    namespaces = [
        _argument(0),
        _step(_ANY_BIT, _NEW_NAMESPACE, no=1),
        _refuse(errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]
    steps += [_step(_EQUAL, _CLONE[column], no=len(namespaces)), *namespaces]
    families = [_argument(0)]
    for position, domain in enumerate(_FAMILIES):
        families.append(_step(_EQUAL, domain, yes=len(_FAMILIES) - position + 2))
    families += [
        _step(_EQUAL, _NETLINK, no=3),
        _argument(2),
        _step(_EQUAL, _ROUTE, no=1),
        _step(_RETURN, _ALLOW),
        _refuse(errno.EAFNOSUPPORT),
    ]
    steps += [_step(_EQUAL, _SOCKET[column], no=len(families)), *families, _step(_RETURN, _ALLOW)]
    return b"".join(steps)
