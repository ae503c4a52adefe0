"""Linux's oopses, warnings and the reports of KASAN, KMSAN, KCSAN and UBSAN, as printed or symbolised by syzkaller.

Sources: `mm/kasan/report.c`, `arch/x86/kernel/dumpstack.c`, `lib/bug.c`. Lines with `?` are leftovers on the stack, not
callers, and are skipped. The stack of the fault counts, not those of allocation and free.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace
from seawall.triage.stacks.names import plain_name

MARKERS: tuple[str, ...] = ("Call Trace:", "Call trace:", "BUG: K")

_TYPES: Final = (
    ("slab-use-after-free", "use-after-free"),
    ("use-after-free", "use-after-free"),
    ("slab-out-of-bounds", "heap-buffer-overflow"),
    ("global-out-of-bounds", "global-buffer-overflow"),
    ("stack-out-of-bounds", "stack-buffer-overflow"),
    ("vmalloc-out-of-bounds", "vmalloc-out-of-bounds"),
    ("double-free", "double-free"),
    ("invalid-free", "bad-free"),
    ("null-ptr-deref", "null-dereference"),
    ("wild-memory-access", "wild-access"),
    ("out-of-bounds", "out-of-bounds"),
)
_HEADS: Final = (
    ("BUG: KASAN:", "kasan"),
    ("BUG: KFENCE:", "kasan"),
    ("KASAN: null-ptr-deref", "null-dereference"),
    ("BUG: KMSAN:", "use-of-uninitialized-value"),
    ("BUG: KCSAN:", "data-race"),
    ("UBSAN:", "undefined-behavior"),
    ("kernel NULL pointer dereference", "null-dereference"),
    ("general protection fault", "general-protection-fault"),
    ("unable to handle page fault", "bad-access"),
    ("Unable to handle kernel", "bad-access"),
    ("BUG: unable to handle", "bad-access"),
    ("kernel BUG at", "kernel-bug"),
    ("WARNING: CPU:", "warning"),
    ("possible circular locking dependency", "lock-order-inversion"),
    ("possible recursive locking", "lock-order-inversion"),
    ("scheduling while atomic", "sleep-in-atomic"),
    ("sleeping function called from invalid context", "sleep-in-atomic"),
    ("soft lockup", "lockup"),
    ("blocked for more than", "hung-task"),
    ("divide error", "division-by-zero"),
    ("memory leak", "memory-leak"),
)
_ACCESS: Final = re.compile(r"\b(Read|Write|read|write) (?:of size|at|to|access)\b")
_FRAME: Final = re.compile(
    r"(?P<guess>\? )?(?P<name>[A-Za-z_][\w.$]*)(?:\+0x[0-9a-f]+/0x[0-9a-f]+(?: \[[^\]]*\])*)?"
    r"(?: (?P<file>[\w./-]+\.[chS]):\d+)?(?P<inline> \[inline\])?$",
    re.ASCII,
)
_POINTER: Final = re.compile(r"(?:RIP: [0-9a-f]{4}:|pc : )(?P<name>[A-Za-z_][\w.$]*)\+0x", re.ASCII)
_ENDS: Final = (
    "</TASK>",
    "</IRQ>",
    "Allocated by",
    "Freed by",
    "Code:",
    "Modules linked",
    "The buggy address",
    "entry_SYSCALL",
)
_COMMON_PREFIXES: Final = (
    "dump_stack", "__dump_stack", "show_stack", "print_report", "print_address", "kasan_", "__kasan_", "check_region",
    "check_memory_region", "kmsan_", "__msan", "kcsan_", "ubsan_", "__ubsan", "panic", "__warn", "warn_slowpath",
    "report_bug", "handle_bug", "exc_", "asm_exc_", "__die", "die", "oops_", "page_fault", "do_trap", "invalid_op",
    "entry_", "do_syscall", "__x64_", "__ia32_", "__se_",
    "__do_sys", "__arm64_", "el0", "invoke_syscall", "x64_sys_call", "ret_from_fork",
    "kthread", "worker_thread", "process_one_work", "process_scheduled_works",
    "kmalloc", "__kmalloc", "kfree", "kmem_cache", "slab_",
    "__slab", "___slab", "instrument_", "lockdep_", "__lock_acquire",
    "lock_acquire", "_raw_", "__raw_", "end_report", "no_context",
    "copy_from_user", "copy_to_user", "_copy_", "__copy_",
    "fault_in", "run_ksoftirqd", "__do_softirq", "handle_softirqs",
)  # fmt: skip


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    head = next(((at, trace) for at, line in enumerate(lines) if (trace := _headline(line)) is not None), None)
    if head is None:
        return None
    start, trace = head
    called = next((at for at in range(start, len(lines)) if lines[at] in {"Call Trace:", "Call trace:"}), None)
    if called is None:
        return None
    trace.frames = _stack(lines[called + 1 :])
    accesses = (found[1] for line in lines[start:called] if (found := _ACCESS.search(line)))
    trace.access = next(accesses, "").upper()
    top = next((_frame(found["name"]) for line in lines[start:called] if (found := _POINTER.match(line))), None)
    if top is not None and top.function and all(each.function != top.function for each in trace.frames):
        trace.frames.insert(0, top)
    return trace


def _stack(lines: Sequence[str]) -> list[Frame]:
    frames: list[Frame] = []
    for line in lines:
        if len(frames) >= MOST_FRAMES or (frames and line.startswith(_ENDS)):
            break
        frame = _frame(line)
        if frame is not None:
            frames.append(frame)
    return frames


def _headline(line: str) -> Trace | None:
    for words, bug_type in _HEADS:
        if words in line:
            if bug_type != "kasan":
                return Trace(bug_type)
            return Trace(next((name for said, name in _TYPES if said in line), "unknown-crash"))
    return None


def _frame(line: str) -> Frame | None:
    found = _FRAME.match(line)
    if found is None or found["guess"]:
        return None
    name = plain_name(found["name"])
    return Frame("" if name.startswith(_COMMON_PREFIXES) else name, found["file"] or "", inlined=bool(found["inline"]))
