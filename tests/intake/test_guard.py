from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.guard import check_lines, json_start, open_text, scan_json
from seawall.kernel.errors import InvalidInputError, LimitExceededError
from seawall.kernel.limits import DEFAULT_LIMITS, KIB, MIB, Limits

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("report.json", "{}")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (zip_bytes(), "zip"),
        (gzip.compress(b"{}"), "gzip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x28\xb5\x2f\xfd\x00", "zstandard"),
        (b"name".ljust(257, b"\0") + b"ustar\x0000", "tar"),
        (b'{"a": "\x00"}', "NUL"),
    ],
)
def test_binary_content_is_named_with_a_remedy(data: bytes, word: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_text(data)
    assert caught.value.code == "intake.not-text"
    assert word in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_nothing_is_an_error(data: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_text(data)
    assert caught.value.code == "intake.empty"


@pytest.mark.parametrize("offset", [0, 5, MIB - 1, MIB, MIB + 3])
def test_invalid_utf8_is_placed_to_the_byte(offset: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_text(b"x" * offset + b"\xff" + b"y" * 10)
    assert caught.value.code == "intake.invalid-utf8"
    assert caught.value.details["offset"] == str(offset)


def test_a_character_across_windows_is_whole_and_a_torn_one_is_not() -> None:
    assert open_text(b"x" * (MIB - 1) + "€".encode()).endswith("€".encode())
    with pytest.raises(InvalidInputError, match=str(MIB - 1)):
        open_text(b"x" * (MIB - 1) + "€".encode()[:2])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_byte_order_mark_is_read(encoding: str) -> None:
    assert open_text('{"ä": 1}'.encode(encoding)) == '{"ä": 1}'.encode()


def test_utf16_without_a_mark_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_text("{}".encode("utf-16-le"))
    assert caught.value.code == "intake.not-text"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (b' {"a"', b"{"),
        (b"[", b"["),
        (b"[ {", b"["),
        (b"[[", b"["),
        (b"[]", b"["),
        (b"[Security] a title", b""),
        (b"[link](https://example.com)", b""),
        (b"# heading", b""),
    ],
)
def test_json_is_told_from_markdown(text: bytes, start: bytes) -> None:
    assert json_start(text) == start


@settings(deadline=None)
@given(value=st.lists(JSON, max_size=5), ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_all_json_passes_with_its_true_depth(value: Any, ascii_only: bool, indent: int | None) -> None:
    def depth(node: Any) -> int:
        if isinstance(node, dict):
            node = list(node.values())
        return 1 + max(map(depth, node), default=0) if isinstance(node, list) else 0

    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert scan_json(text, Limits(depth=200)).depth == depth(value)


@settings(deadline=None)
@given(value=st.lists(JSON, min_size=1, max_size=5), cut=st.integers(min_value=1))
def test_every_proper_prefix_is_truncated(value: Any, cut: int) -> None:
    text = json.dumps(value).encode()
    with pytest.raises(InvalidInputError) as caught:
        scan_json(text[: 1 + cut % (len(text) - 1)], Limits(depth=200))
    assert caught.value.code == "intake.truncated-json"


@pytest.mark.parametrize("lead", range(64 * KIB - 9, 64 * KIB + 3))
def test_escapes_across_windows_keep_strings_and_brackets_apart(lead: int) -> None:
    value = ["x" * lead, 'a\\"[[[[', "\\\\", "\\", [1]]
    shape = scan_json(json.dumps(value).encode(), DEFAULT_LIMITS)
    assert shape.depth == 2


def test_deep_nesting_is_refused_fast_and_brackets_in_strings_do_not_count() -> None:
    with pytest.raises(LimitExceededError) as caught:
        scan_json(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, DEFAULT_LIMITS)
    assert caught.value.code == "intake.too-deep"
    assert scan_json(b'["' + b"[" * 10_000 + b'"]', DEFAULT_LIMITS).depth == 1


@pytest.mark.parametrize("text", [b'["%b"]', b"[%b]", b'{"a": %b}'])
def test_a_long_token_is_refused(text: bytes) -> None:
    limits = Limits(string_bytes=MIB)
    with pytest.raises(LimitExceededError) as caught:
        scan_json(text % (b"1" * (2 * MIB)), limits)
    assert caught.value.code == "intake.token-too-long"
    scan_json(text % (b"1" * (MIB - 10)), limits)


def test_a_long_line_of_short_tokens_is_json_like_any_other() -> None:
    assert scan_json(b"[" + b"1," * (2 * MIB) + b"1]", Limits(string_bytes=MIB)).values == 2 * MIB


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.intake.guard.MAX_VALUES", 1000)
    with pytest.raises(LimitExceededError) as caught:
        scan_json(b"[" + b"1," * 1001 + b"1]", DEFAULT_LIMITS)
    assert caught.value.code == "intake.too-many-values"


@pytest.mark.parametrize("length", [MIB - 1, MIB, MIB + 1, 3 * MIB])
@pytest.mark.parametrize("before", [b"", b"short\n", b"x" * MIB + b"\n"])
@pytest.mark.parametrize("after", [b"", b"\nshort"])
def test_long_lines_of_text_are_refused(length: int, before: bytes, after: bytes) -> None:
    text = before + b"y" * length + after
    if length > MIB:
        with pytest.raises(LimitExceededError) as caught:
            check_lines(text, Limits(string_bytes=MIB))
        assert caught.value.code == "intake.line-too-long"
    else:
        check_lines(text, Limits(string_bytes=MIB))


def test_the_scan_is_linear() -> None:
    """Sixteen times the input may take at most forty times as long; a quadratic scan would take 256 times."""

    def seconds(count: int) -> float:
        text = b"[" + b'{"key":"va\\"lue"},' * count + b"1]"
        best = 9.0
        for _ in range(3):
            start = time.perf_counter()
            scan_json(text, DEFAULT_LIMITS)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(160_000) < 40 * seconds(10_000)
