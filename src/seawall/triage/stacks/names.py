"""Names of functions made comparable, and those that say nothing about a bug.

`plain_name` turns a demangled C++ or Rust symbol into its qualified name: no return type, template arguments,
parameters, anonymous or versioning namespaces, lambdas, clones, hashes. One pass with a depth counter: time is
linear whatever the brackets do.

`is_common` knows frames that many bugs share: the runtime's own, allocators, libc, containers, harnesses and fuzzers.
Left out on purpose: names of any product; a parser's entry is dropped by nothing, so `DISTINCTIVE` frames are needed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ANONYMOUS: Final = re.compile(
    r"\(anonymous(?: namespace| class)?\)|`anonymous[ -]namespace'|\{anonymous\}|_GLOBAL__N_1"
)
_OPERATOR: Final = re.compile(
    r"\boperator ?(?P<mark>\(\)|\[\]|<=>|<<=|>>=|->\*|<<|>>|->|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%^&|]=?|[<>=!~,]|"
    r"(?:new|delete)(?:\[\])?(?![A-Za-z0-9_]))"
)
_AFTER: Final = re.compile(
    r"(?:@.*|\.(?:isra|part|constprop|cold|llvm|lto_priv|localalias|specialized)\b.*|::h[0-9a-f]{16})$", re.ASCII
)
_TRAILING: Final = frozenset({"const", "volatile", "noexcept", "&", "&&", "const&"})
_NO_PART: Final = re.compile(r"(?:|__\d+|__cxx11|__ndk1|_V2|\$_\d+|'?lambda\d*'?|closure|operator_0_28_29)")
_LONGEST_NAME: Final = 120

_COMMON_WORDS: Final = """
abort raise gsignal kill pthread_kill __pthread_kill_implementation __pthread_kill_internal tgkill exit _exit
main _main wmain WinMain _start start start_thread clone clone3 __clone __clone3 start_c BaseThreadInitThunk
RtlUserThreadStart thread_start _pthread_start
malloc calloc realloc reallocarray free cfree memalign
posix_memalign aligned_alloc valloc strdup strndup mmap munmap
xmalloc xcalloc xrealloc xfree xstrdup g_malloc g_malloc0 g_realloc g_free je_malloc je_free tc_malloc tc_free
mi_malloc mi_free sdallocx mallocx malloc_printerr malloc_consolidate unlink_chunk _int_malloc _int_free
_int_realloc tcache_get tcache_put sysmalloc operator_new operator_delete
memcpy memmove memset memcmp memchr memrchr mempcpy memccpy bcopy bzero bcmp strlen strnlen strcpy strncpy strcat
strncat strcmp strncmp strcasecmp strncasecmp strchr strrchr strstr strtok strtol strtoul strtod strspn strcspn
stpcpy wcslen wcscpy wcsncpy wmemcpy atoi atol qsort qsort_r bsearch printf fprintf sprintf snprintf vprintf
vfprintf vsprintf vsnprintf sscanf vsscanf fread fwrite fgets read write recv send scanf puts fputs
panic panic_fmt rust_begin_unwind rust_panic __rust_try _Unwind_Resume _Unwind_RaiseException
LLVMFuzzerTestOneInput LLVMFuzzerInitialize LLVMFuzzerRunDriver FuzzerTestOneInput TestOneInput
fuzzerTestOneInput HonggfuzzMain __afl_manual_init rust_fuzzer_test_input rust_fuzzer_test_one_input
test_input_wrap ExecuteFilesOnyByOne RunFuzzer StandaloneFuzzTargetMain
"""
_COMMON_NAMES: Final = frozenset(_COMMON_WORDS.split())
_COMMON_PREFIXES: Final = (
    "__mem", "__str", "__wcs", "__wmem", "__GI_", "__libc_", "__assert", "__fortify", "__chk_fail", "__stack_chk",
    "__vfprintf", "__vsn", "_IO_", "__interceptor_", "___interceptor_",
    "__asan", "__hwasan", "__msan", "__tsan", "__lsan",
    "__ubsan", "__sanitizer", "__scudo", "__cxa_", "__afl_", "__nptl", "__pthread", "__restore_rt", "__kernel_rt",
    "asan_", "wrap_", "fuzzer::", "centipede::", "fuzztest::", "testing::", "std::", "__gnu_cxx::", "scudo::",
    "tcmalloc::", "partition_alloc::", "allocator_shim::", "base::debug::", "base::internal::",
    "base::allocator::", "base::sequence_manager::", "base::TaskAnnotator::", "base::RunLoop::", "base::MessagePump",
    "base::OnceCallback::", "base::RepeatingCallback::", "logging::", "absl::log_internal::",
    "absl::container_internal::", "WTF::Partitions::", "content::ContentMain", "content::RunZygote", "ChromeMain",
    "core::", "alloc::", "backtrace::", "libfuzzer_sys::", "test::", "rust_panic", "__rust_", "__rustc", "_rust_",
)  # fmt: skip
_COMMON_FILES: Final = (
    "/compiler-rt/", "/libsanitizer/", "/libfuzzer/", "/sysdeps/", "/glibc", "/libio/", "/nptl/", "/rustc/",
    "/include/c++/", "/libc++/", "/libcxx/", "/libstdc++",
)  # fmt: skip
"""Parts of paths under which only the toolchain's own sources lie."""


@lru_cache(maxsize=8192)
def plain_name(symbol: str) -> str:
    """Return the qualified name of a symbol: `int a::(anonymous namespace)::f<int>(char)` is `a::f`."""
    text = _OPERATOR.sub(_worded, _ANONYMOUS.sub("", symbol))
    if text.startswith("<") and "::" in text:
        text = _unwrapped(text)
    words = _without_brackets(text).split()
    while len(words) > 1 and words[-1] in _TRAILING:
        words.pop()
    name = _AFTER.sub("", words[-1].lstrip("*&")) if words else ""
    parts = [part for part in name.replace("{{closure}}", "").split("::") if not _NO_PART.fullmatch(part)]
    return "::".join(parts)[:_LONGEST_NAME]


def is_common(function: str, file: str = "") -> bool:
    """Tell whether a frame is one that many bugs share."""
    if not function or function in _COMMON_NAMES or function.startswith(_COMMON_PREFIXES):
        return True
    return any(part in file for part in _COMMON_FILES) or file.startswith("../sysdeps")


def _worded(operator: re.Match[str]) -> str:
    mark = operator["mark"].removesuffix("[]") or "[]"
    return "operator_" + (
        mark if mark.isalpha() else "_".join(f"{'0_' if at == 0 else ''}{ord(each):x}" for at, each in enumerate(mark))
    )


def _unwrapped(text: str) -> str:
    """Return Rust's `<crate::T as Trait>::f` as `crate::T::f`."""
    depth = 0
    for at, letter in enumerate(text):
        if letter == "<":
            depth += 1
        elif letter == ">" and text[at - 1] != "-":
            depth -= 1
            if depth == 0:
                return text[1:at].split(" as ", 1)[0].lstrip("&").removeprefix("mut ") + text[at + 1 :]
    return text[1:]


def _without_brackets(text: str) -> str:
    """Return what stands outside of all brackets."""
    found: list[str] = []
    depth = 0
    before = ""
    for letter in text:
        if letter in "<([{":
            depth += 1
        elif letter in ")]}" or (letter == ">" and before != "-"):
            depth = max(0, depth - 1)
        elif not depth:
            found.append(letter)
        before = letter
    return "".join(found)
