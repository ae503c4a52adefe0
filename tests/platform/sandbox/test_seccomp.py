"""The filter, run by an interpreter of the few instructions that it uses: also for machines that are not at hand."""

from __future__ import annotations

import errno
import struct

import pytest

from seawall.platform.sandbox import seccomp

ALLOW = 0x7FFF0000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS = {  # asm/unistd_64.h and asm-generic/unistd.h
    "x86_64": {"read": 0, "clone": 56, "execve": 59, "socket": 41, "ptrace": 101, "mount": 165, "clone3": 435},
    "aarch64": {"read": 63, "clone": 220, "execve": 221, "socket": 198, "ptrace": 117, "mount": 40, "clone3": 435},
}


def judge(program: bytes, machine: int, number: int, *arguments: int) -> int:
    """Return the error number that the filter gives, 0 where it allows."""
    data = struct.pack("=IIQ6Q", number, machine, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("=HBBI", program))
    at, value = 0, 0
    while True:
        code, yes, no, operand = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif code == 0x06:
            return 0 if operand == ALLOW else operand & 0xFFFF
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            at += yes if holds else no


@pytest.mark.parametrize("machine", MACHINES)
def test_usual_calls_pass_and_refused_ones_do_not(machine):
    program, audit, number = seccomp.program(machine), MACHINES[machine], NUMBERS[machine]
    for name in ("read", "execve"):
        assert judge(program, audit, number[name]) == 0
    for name in ("ptrace", "mount"):
        assert judge(program, audit, number[name]) == errno.EPERM
    assert judge(program, audit, number["clone3"]) == errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_processes_and_threads_may_start_but_no_namespace(machine):
    program, audit, clone = seccomp.program(machine), MACHINES[machine], NUMBERS[machine]["clone"]
    assert judge(program, audit, clone, 17) == 0  # fork: SIGCHLD
    assert judge(program, audit, clone, 0x003D0F00) == 0  # a thread of the GNU C library
    for bit in (0x00020000, *(1 << position for position in range(25, 31))):
        assert judge(program, audit, clone, bit | 17) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_only_some_families_of_sockets_exist(machine):
    program, audit, socket = seccomp.program(machine), MACHINES[machine], NUMBERS[machine]["socket"]
    allowed = {(family, protocol) for family in range(64) for protocol in (0, 15)}
    allowed = {pair for pair in allowed if judge(program, audit, socket, pair[0], 1, pair[1]) == 0}
    assert allowed == {(1, 0), (1, 15), (2, 0), (2, 15), (10, 0), (10, 15), (16, 0)}
    assert judge(program, audit, socket, 40) == errno.EAFNOSUPPORT


def test_calls_of_another_kind_are_refused():
    program = seccomp.program("x86_64")
    assert judge(program, 0x40000003, 1) == errno.EPERM  # a 32-bit program
    assert judge(program, MACHINES["x86_64"], 0x40000000) == errno.ENOSYS  # x32


def test_every_jump_lands_inside():
    for machine in MACHINES:
        steps = list(struct.iter_unpack("=HBBI", seccomp.program(machine)))
        assert len(steps) < 4096  # BPF_MAXINSNS
        for position, (code, yes, no, _) in enumerate(steps):
            if code not in {0x20, 0x06}:
                assert position + 1 + max(yes, no) < len(steps)


def test_an_unknown_machine_has_no_filter():
    assert seccomp.program("riscv64") == b""
