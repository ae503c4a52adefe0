"""Traces as the tools print them, one of each dialect and of each trap."""

from __future__ import annotations

import pytest

from seawall.triage.stacks import Signature, signature_of

# Some lines are as long as those of real traces.
# ruff: noqa: E501 - a trace cut into lines is none
ASAN_CHROME = """
==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x61d0000a8c80 at pc 0x55f2 bp 0x7ffd sp 0x7ffd
READ of size 8 at 0x61d0000a8c80 thread T0 (chrome)
    #0 0x55f1aa in operator-> third_party/libc++/src/include/__memory/unique_ptr.h:261:12
    #1 0x55f1aa in std::__Cr::vector<std::__Cr::unique_ptr<int>>::operator[](unsigned long) buildtools/x/vector:9
    #2 0x55f1ab in void blink::(anonymous namespace)::Resolve<blink::Node, 3>(blink::Node const*) const third_party/blink/n.cc:88:3
    #3 0x55f1ac in blink::Document::Update(bool)::$_0::operator()(int) const third_party/blink/document.cc:1201:20
    #4 0x55f1ad in base::internal::Invoker<base::internal::BindState<void (*)(int)>, void ()>::RunOnce(int) base/bind.h:1
    #5 0x55f1ae in blink::LocalFrame::Detach(blink::FrameDetachType) third_party/blink/local_frame.cc:5:3
    #6 0x7f00 in __libc_start_main (/lib/x86_64-linux-gnu/libc.so.6+0x29d8f) (BuildId: c289da50)

0x61d0000a8c80 is located 0 bytes inside of 2048-byte region
freed by thread T0 (chrome) here:
    #0 0x55 in free third_party/compiler-rt/asan_malloc_linux.cpp:52:3
    #1 0x56 in blink::Other::Free() third_party/blink/other.cc:1:1
SUMMARY: AddressSanitizer: heap-use-after-free n.cc:88:3 in Resolve
"""
OSS_FUZZ = """
INFO: Running with entropic power schedule (0xFF, 100).
=================================================================
==12345==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000018 at pc 0x000000531b4c
WRITE of size 4 at 0x602000000018 thread T0
SCARINESS: 36 (4-byte-write-heap-buffer-overflow)
    #0 0x531b4b in __asan_memcpy /src/llvm-project/compiler-rt/lib/asan/asan_interceptors_memintrinsics.cpp:22:3
    #1 0x55ffff in png_combine_row /src/libpng/pngrutil.c:3257:7
    #2 0x560000 in png_read_row /src/libpng/pngread.c:543:10
    #3 0x560001 in png_read_image /src/libpng/pngread.c:700:10
    #4 0x560002 in LLVMFuzzerTestOneInput /src/libpng_read_fuzzer.cc:190:5
    #5 0x560003 in fuzzer::Fuzzer::ExecuteCallback(unsigned char const*, unsigned long) /src/FuzzerLoop.cpp:611:15
"""
UBSAN = """
decoder.c:77:14: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'
    #0 0x4f in decode_block /src/codec/decoder.c:77:14
    #1 0x50 in decode_frame /src/codec/decoder.c:120:3
    #2 0x51 in main /src/codec/main.c:3:1
"""
MSAN = """
==9==WARNING: MemorySanitizer: use-of-uninitialized-value
    #0 0x49 in inflate_table (/out/fuzz+0x49e1ad) (BuildId: 8c2f)
    #1 0x4a in inflate /src/zlib/inflate.c:900:1

  Uninitialized value was created by a heap allocation
    #0 0x40 in malloc (/out/fuzz+0x40)
"""
TSAN = """
WARNING: ThreadSanitizer: data race (pid=26327)
  Write of size 4 at 0x7f89554701d0 by thread T1:
    #0 cache_put(int) cache.cc:4 (exe+0x00a360)
    #1 worker_b(void*) worker.cc:9 (exe+0x00a361)

  Previous read of size 4 at 0x7f89554701d0 by main thread:
    #0 cache_get(int) cache.cc:10 (exe+0x00a3b4)
    #1 worker_a(void*) worker.cc:9 (exe+0x00a361)
"""
LSAN = """
==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 24 byte(s) in 1 object(s) allocated from:
    #0 0x52 in malloc (/out/x+0x52a)
    #1 0x5b in xmlNewNode /src/libxml2/tree.c:2291:12
    #2 0x5c in xmlParseNode /src/libxml2/parser.c:8

SUMMARY: AddressSanitizer: 24 byte(s) leaked in 1 allocation(s).
"""
EXHAUSTED = "==3==ERROR: AddressSanitizer: stack-overflow on address 0x7ffc\n" + "\n".join(
    f"    #{at} 0x{at:x} in {('parse_value', 'parse_array')[at % 2] if at else 'skip_space'} /src/json.c:{at}"
    for at in range(40)
)
GLIBC = """
*** Error in `./tiff2pdf': double free or corruption (out): 0x0000000001f6a010 ***
======= Backtrace: =========
/lib/x86_64-linux-gnu/libc.so.6(+0x777e5)[0x7f4c3c3b57e5]
/lib/x86_64-linux-gnu/libc.so.6(cfree+0x4c)[0x7f4c3c3c253c]
./tiff2pdf(t2p_free+0x1f)[0x40a1cf]
./tiff2pdf(t2p_write_pdf+0x2a)[0x40b9aa]
./tiff2pdf(main+0x33)[0x402d03]
Aborted (core dumped)
"""
GDB = """
prog: src/box.c:12: box_add: Assertion `box->size < LIMIT' failed.
Program received signal SIGABRT, Aborted.
#0  __GI_raise (sig=sig@entry=6) at ../sysdeps/unix/sysv/linux/raise.c:51
#1  0x00007ffff7a24921 in __GI_abort () at abort.c:79
#2  0x00005555555546aa in box_add (box=0x602010, size=<optimized out>) at src/box.c:12
#3  0x00005555555546cc in box_read (path=0x7ffe "a)b") at src/box.c:40
#4  main (argc=2, argv=0x7ffe) at src/main.c:5
"""
PYTHON = """
> Traceback (most recent call last):
>   File "/home/ada/poc.py", line 3, in <module>
>     samplelib.load(data)
>     ~~~~~~~~~~~~~~^^^^^^
>   File "/usr/lib/python3/dist-packages/samplelib/__init__.py", line 10, in load
>     return Reader(data).table()
>   File "/usr/lib/python3/dist-packages/samplelib/reader.py", line 88, in table
>     return struct.unpack(self.head)
>   File "/usr/lib/python3.11/json/decoder.py", line 5, in decode
>     raise
> samplelib.errors.BadTable: offset 77 of 12
>
> During handling of the above exception, another exception occurred:
> Traceback (most recent call last):
>   File "/x/wrap.py", line 3, in outer
> ValueError: wrapped
"""
NODE = """
/srv/node_modules/tar/lib/unpack.js:88
TypeError [ERR_INVALID_ARG]: Cannot read properties of undefined (reading 'length')
    at Unpack.checkPath (/srv/node_modules/tar/lib/unpack.js:88:21)
    at async Object.readEntry (file:///srv/node_modules/tar/lib/read-entry.mjs:12:5)
    at new Parser (C:\\app\\node_modules\\tar\\index.js:5:3)
    at Array.forEach (<anonymous>)
    at /srv/poc.js:3:1
    at Module._compile (node:internal/modules/cjs/loader:1105:14)
"""
GO = """
panic: runtime error: index out of range [5] with length 3 [recovered]
\tpanic: again

goroutine 18 [running]:
testing.tRunner.func1.2({0x5132c0, 0xc00001c0d8})
\t/usr/local/go/src/testing/testing.go:1526 +0x24e
panic({0x5132c0?, 0xc00001c0d8?})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
golang.org/x/image/tiff.(*decoder).decode(0xc000, {0x0, 0x1})
\t/go/pkg/mod/golang.org/x/image/tiff/reader.go:200 +0x1
golang.org/x/image/tiff.Decode[...].func1({0x0, 0x1})
\t/go/pkg/mod/golang.org/x/image/tiff/reader.go:690 +0x1
created by testing.(*T).Run
\t/usr/local/go/src/testing/testing.go:1629 +0x3ea
"""
RUST = """
thread 'main' panicked at src/lexer.rs:41:9:
index out of bounds: the len is 3 but the index is 5
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:647:5
   1: core::panicking::panic_bounds_check
   2: <toml::lexer::Lexer<'_> as core::iter::Iterator>::next
             at ./src/lexer.rs:41:9
   3: toml::parser::parse::{{closure}}
   4: toml::parser::table::h0123456789abcdef
   5: core::ops::function::FnOnce::call_once
"""
JAVA = """
== Java Exception: java.lang.RuntimeException: wrapped
\tat com.example.yaml.Api.load(Api.java:12)
\tat com.code_intelligence.jazzer.driver.Run.run(Run.java:3)
Caused by: java.lang.ArrayIndexOutOfBoundsException: Index 7 out of bounds for length 7
\tat java.base/java.util.Arrays.copyOf(Arrays.java:3)
\tat app//com.example.yaml.Scanner$2.peek(Scanner.java:90)
\tat com.example.yaml.Scanner.lambda$scan$0(Scanner.java:91)
\tat com.example.yaml.Parser.<init>(Parser.java:33)
\t... 12 more
"""
KERNEL = """
[   45.678901][ T1234] ==================================================================
[   45.678902][ T1234] BUG: KASAN: slab-use-after-free in hci_conn_hash_flush+0x23/0x260
[   45.678903][ T1234] Read of size 8 at addr ffff88801b2c4000 by task syz-executor.0/1234
[   45.678904][ T1234] Call Trace:
[   45.678905][ T1234]  <TASK>
[   45.678906][ T1234]  __dump_stack lib/dump_stack.c:88 [inline]
[   45.678907][ T1234]  dump_stack_lvl+0xd9/0x150 lib/dump_stack.c:106
[   45.678908][ T1234]  kasan_report+0xec/0x130 mm/kasan/report.c:572
[   45.678909][ T1234]  ? leftover+0x1/0x2
[   45.678910][ T1234]  hci_conn_drop include/net/bluetooth/hci_core.h:1411 [inline]
[   45.678911][ T1234]  hci_conn_hash_flush+0x23/0x260 net/bluetooth/hci_conn.c:2430
[   45.678912][ T1234]  hci_dev_close_sync.isra.0+0x5/0x10 [bluetooth]
[   45.678913][ T1234]  do_syscall_64+0x39/0xb0 arch/x86/entry/common.c:80
[   45.678914][ T1234]  </TASK>
[   45.678915][ T1234] Allocated by task 9:
[   45.678916][ T1234]  other_alloc+0x1/0x2
"""
OOPS = """
BUG: kernel NULL pointer dereference, address: 0000000000000018
#PF: supervisor read access in kernel mode
RIP: 0010:ntfs_read_mft+0x1a4/0x1300 [ntfs3]
Call Trace:
 ntfs_iget5+0x7e/0x150 [ntfs3]
 ntfs_fill_super+0x33c/0x910
"""
EXPECTED = {
    "chrome": (
        ASAN_CHROME,
        "use-after-free",
        "READ",
        ("blink::Resolve", "blink::Document::Update", "blink::LocalFrame::Detach"),
    ),
    "oss-fuzz": (OSS_FUZZ, "heap-buffer-overflow", "WRITE", ("png_combine_row", "png_read_row", "png_read_image")),
    "ubsan": (UBSAN, "undefined-behavior", "", ("decode_block", "decode_frame")),
    "msan": (MSAN, "use-of-uninitialized-value", "", ("inflate_table", "inflate")),
    "tsan": (TSAN, "data-race", "WRITE", ("cache_get", "cache_put", "worker_a", "worker_b")),
    "lsan": (LSAN, "memory-leak", "", ("xmlNewNode", "xmlParseNode")),
    "exhausted": (EXHAUSTED, "stack-overflow", "", ("parse_array", "parse_value")),
    "glibc": (GLIBC, "double-free", "", ("t2p_free", "t2p_write_pdf")),
    "gdb": (GDB, "assertion", "", ("box_add", "box_read")),
    "python": (PYTHON, "BadTable", "", ("reader.table", "samplelib.load")),
    "node": (NODE, "TypeError", "", ("unpack.Unpack.checkPath", "read-entry.readEntry", "tar.Parser")),
    "go": (GO, "index-out-of-range", "", ("tiff.decoder.decode", "tiff.Decode")),
    "rust": (
        RUST,
        "index-out-of-bounds",
        "",
        ("toml::lexer::Lexer::next", "toml::parser::parse", "toml::parser::table"),
    ),
    "java": (
        JAVA,
        "ArrayIndexOutOfBoundsException",
        "",
        ("com.example.yaml.Scanner.peek", "com.example.yaml.Scanner.scan", "com.example.yaml.Parser.<init>"),
    ),
    "kernel": (KERNEL, "use-after-free", "READ", ("hci_conn_drop", "hci_conn_hash_flush", "hci_dev_close_sync")),
    "oops": (OOPS, "null-dereference", "READ", ("ntfs_read_mft", "ntfs_iget5", "ntfs_fill_super")),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_trace_is_read(name: str) -> None:
    text, bug_type, access, frames = EXPECTED[name]
    found = signature_of(text)
    assert found is not None
    assert (found.bug_type, found.access, found.frames) == (bug_type, access, frames)


def test_what_was_inlined_counts_once_with_and_once_without() -> None:
    found = signature_of(KERNEL)
    assert found is not None
    assert found.outer == ("hci_conn_hash_flush", "hci_dev_close_sync")
    assert len(found.keys) == 2


def test_assertions_and_kinds_of_undefined_behaviour_are_kept() -> None:
    assert _signature(GDB).state == "box->size < LIMIT"
    assert _signature(UBSAN).state == "signed-integer-overflow"
    assert _signature(GDB).keys != _signature(GDB.replace("size < LIMIT", "size > 0")).keys


def test_both_sides_of_a_race_are_equals() -> None:
    swapped = TSAN.replace("cache_put", "X").replace("cache_get", "cache_put").replace("X", "cache_get")
    swapped = swapped.replace("worker_b", "Y").replace("worker_a", "worker_b").replace("Y", "worker_a")
    assert _signature(swapped).keys == _signature(TSAN).keys


def test_where_an_exhausted_stack_ended_is_chance() -> None:
    later = (
        EXHAUSTED.replace("skip_space", "parse_number")
        .replace("parse_value", "Z")
        .replace("parse_array", "parse_value")
    )
    assert _signature(later.replace("Z", "parse_array")).keys == _signature(EXHAUSTED).keys


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We saw an AddressSanitizer report, but lost it. It happened at the start.",
        "ERROR: AddressSanitizer: heap-buffer-overflow\n#0 0x1 in main a.c:1\n#1 0x2 in __libc_start_main (/lib/c.so+0x1)",
        "Traceback (most recent call last):\n",
        "panicked at 'x', a.rs:1",
        "goroutine 1 [running]:\nmain.main()\n",
        "Call Trace:\n foo+0x1/0x2\n",
    ],
)
def test_without_frames_that_tell_something_there_is_no_signature(text: str) -> None:
    assert signature_of(text) is None


def _signature(text: str) -> Signature:
    found = signature_of(text)
    assert found is not None
    return found
