"""What a signature must not depend on, and what hostile text must not cost."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.triage.test_stacks_dialects import EXPECTED

from seawall.triage.stacks import Signature, signature_of, similarity
from seawall.triage.stacks.interface import KEPT
from seawall.triage.stacks.names import plain_name

_LINE = re.compile(r"\.(?:c|h|js|py|go|rs|cc|mjs|java)(?::\d+){1,2}|, line \d+")
_ADDRESS = re.compile(r"0x[0-9a-f]+")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(EXPECTED)),
    st.integers(1, 1 << 40),
    st.integers(1, 5000),
    st.sampled_from(["", " ", "    ", "> ", "| "]),
    st.sampled_from(["\n", "\r\n", "  \n"]),
)
def test_addresses_lines_and_white_space_change_nothing(
    name: str, moved: int, drift: int, before: str, ending: str
) -> None:
    text, *_ = EXPECTED[name]
    noisy = _ADDRESS.sub(lambda found: hex((int(found[0], 16) + moved) & ((1 << 63) - 1)), text)
    noisy = _LINE.sub(lambda found: re.sub(r"\d+", lambda number: str(int(number[0]) + drift), found[0]), noisy)
    noisy = ending.join(before + line for line in noisy.split("\n"))
    assert signature_of(noisy) == signature_of(text)


@given(st.text(alphabet="#0x1 abin():<>{}[]*&~-.,\n/+=?'`\"@$", max_size=400), st.sampled_from(sorted(EXPECTED)))
@settings(max_examples=150, deadline=None)
def test_no_text_raises(noise: str, name: str) -> None:
    text = EXPECTED[name][0]
    for hostile in (noise, text[: len(text) // 2] + noise + text[len(text) // 2 :]):
        found = signature_of(hostile)
        assert found is None or 1 <= len(found.frames) <= KEPT


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True), st.permutations("abcdef"))
def test_similarity_is_symmetric_and_full_for_the_same(frames: list[str], others: list[str]) -> None:
    one, other = Signature("x", "", tuple(frames)), Signature("x", "", tuple(others))
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert 0 <= similarity(one, other) <= 1.0000001
    assert similarity(one, one) == pytest.approx(1)


@pytest.mark.parametrize(
    "line",
    [
        "    #{} 0x55 in f{}(int) /src/a.c:1:2",
        "    #0 0x55 in " + "<" * 900 + "(" * 900,
        "    #1 0x1 in " + "a " * 900 + "(",
        "    at " + "a." * 900 + "(",
        "    at " + "new async " * 90 + "(x.js:1:",
        '  File "' + "x" * 900,
        "goroutine 1 [" + "[]:" * 400,
        " f" + "(*x)" * 400,
        "   1: <" + "a::" * 500,
        " a" + ".b" * 800 + " [inline",
        "operator" * 300,
        "(anonymous" * 200,
        "[" + " " * 1900,
        ">" * 1900,
    ],
)
@pytest.mark.parametrize(
    "head",
    ["==1==ERROR: AddressSanitizer: SEGV\n", "TypeError: x.js:1 .java: Backtrace:\nCall Trace:\npanicked at #0 \n"],
)
def test_ten_megabytes_of_frames_cost_little(head: str, line: str) -> None:
    text = head + "\n".join(line.replace("{}", str(at)) for at in range(10_000_000 // (len(line) + 6)))
    start = time.process_time()
    signature_of(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("void a::(anonymous namespace)::f<int, b<c>>(char const*) const", "a::f"),
        ("std::__1::vector<int>::operator[](unsigned long)", "std::vector::operator_0_5b_5d"),
        ("bool operator<< <int>(A const&)", "operator_0_3c_3c"),
        ("ns::A::operator->() const", "ns::A::operator_0_2d_3e"),
        ("operator new[](unsigned long)", "operator_new"),
        ("foo(int)::{lambda(int)#2}::operator()(int) const", "foo"),
        ("foo::$_3::operator()() const", "foo"),
        ("parse.isra.0.cold", "parse"),
        ("read@@GLIBC_2.2.5", "read"),
        ("<&mut a::T<U> as b::Trait<V>>::go", "a::T::go"),
        ("a::b::h0123456789abcdef", "a::b"),
        ("ns::~A()", "ns::~A"),
        (")))>>>", ""),
    ],
)
def test_symbols_become_plain_names(symbol: str, name: str) -> None:
    assert plain_name(symbol) == name
