from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from seawall.validation.controls.benign_input import make_benign
from seawall.validation.controls.neutral import (
    DEEP,
    carries_data,
    neutral_archive,
    neutral_file,
    neutral_text,
    neutral_value,
)
from seawall.validation.evidence import Archive, ArchiveEntry, Call, InputEvidence
from seawall.validation.evidence.archives import literal_bytes

KEYS = st.sampled_from(["name", "view options", "__proto__", "constructor", "a;b", "/onmouseover=alert(1)/", "é", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


def shape(value: Any) -> Any:
    """What must stay: lists, lengths of text, booleans and null."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, dict):
        return [(len(key), shape(item)) for key, item in value.items()]
    return 1


@given(st.integers(0, 5000))
def test_neutral_text_has_the_length_asked_for(length: int) -> None:
    text = neutral_text(length)
    assert len(text) == len(text.encode()) == length
    assert max(map(len, text.split() or [""])) <= 16


@given(JSON)
@example([[["x"]], {"a": {"$hex": "00"}}])
def test_arguments_keep_their_shape(value: Any) -> None:
    benign = neutral_value(value)
    if not any(key in repr(value) for key in ("$hex", "é", "''")):  # neutral keys of one length may fall together
        assert shape(benign) == shape(value)
    assert neutral_value(value) == benign


@given(JSON, st.sampled_from([None, 1]))
def test_files_keep_size_and_json_stays_json(value: Any, indent: int | None) -> None:
    content = json.dumps(value, ensure_ascii=False, indent=indent).encode()
    benign = neutral_file(content)
    assert len(benign) == len(content)
    if isinstance(value, dict | list):
        json.loads(benign)
    assert neutral_file(content) == benign


@given(st.binary())
@example(b'{"a": 1e400, "b": "\\"x\\u0000"}')
@example(b"[" * 100 + b"]" * 100)
@example(b"[" * 100_000)
@example(b"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]")
def test_any_file_keeps_its_size(content: bytes) -> None:
    assert len(neutral_file(content)) == len(content)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=64, exclude_characters='"'), min_size=1))
def test_nothing_of_a_hostile_string_is_left(text: str) -> None:
    assume(not text.isdigit())
    benign = neutral_value([text, {"k": text}])
    assert text not in benign[0] + benign[1]["k"]
    assert text.encode() not in neutral_file(text.encode())


def test_keys_that_look_like_fields_stay_and_others_do_not() -> None:
    benign = neutral_value({"user_name": "evil", "__proto__": {"x": 1}, "a=b": 3})
    assert benign["user_name"] == "plai"
    assert "__proto__" not in benign
    assert "a=b" not in benign
    file = neutral_file(b'{"outputFunctionName": "a; evil()", "constructor": {"prototype": 9999}}')
    assert b'"outputFunctionName"' in file
    assert b"constructor" not in file
    assert b"9" not in file
    many = neutral_value({f"key{number}": 1 for number in range(1000)})
    assert "key7" not in many


def test_depth_goes_and_size_stays() -> None:
    assert neutral_value({"$nest": {"n": 40, "core": 7}}) == [1] * 40
    deep: Any = ["evil"]
    for _ in range(DEEP + 5):
        deep = [deep]
    assert neutral_value(deep) == ["plai"]
    assert json.loads(neutral_file(json.dumps(deep).encode()))[0].startswith("plain")


def test_repeated_text_keeps_its_length_and_is_no_long_run() -> None:
    benign = neutral_value({"$repeat": {"unit": " ", "n": 5000}})
    text = literal_bytes(benign, {}).decode()
    assert len(text) == 5000
    assert "  " not in text
    assert neutral_value({"$encode": {"$concat": ["evil", {"$ref": "v:X"}]}}) == {
        "$encode": {"$concat": ["plai", {"$ref": "v:X"}]}
    }
    assert neutral_value({"$hex": "00ff00"}) == {"$hex": b"pla".hex()}
    assert neutral_value([True, None, 65539, 1.5]) == [True, None, 1, 1.0]


def test_archives_keep_members_and_lose_names_and_links() -> None:
    archive = Archive(
        "a.tar",
        "tar",
        (
            ArchiveEntry("../../out/x", "evil"),
            ArchiveEntry("l", type="symlink", target="/etc/passwd"),
            ArchiveEntry("../d", type="dir"),
        ),
    )
    benign = neutral_archive(archive)
    assert [entry.type for entry in benign.entries] == ["file", "file", "dir"]
    assert not any("/" in entry.name or ".." in entry.name for entry in benign.entries)
    assert len({entry.name for entry in benign.entries}) == 3
    assert len(benign.entries[1].content) == len("/etc/passwd")


def test_what_only_setup_uses_stays() -> None:
    evidence = InputEvidence(
        Call("$p.parse", ({"$text": "evil.txt"},)),
        (Call("v:P", ({"$text": "key.pem"}, "mode"), name="p"),),
        files={"evil.txt": b"evil", "key.pem": b"key", "included.txt": b"evil too"},
    )
    benign = make_benign(evidence, with_setup=False)
    assert isinstance(benign, InputEvidence)
    assert benign.files == {"evil.txt": b"plai", "key.pem": b"key", "included.txt": b"plainwor"}
    assert benign.setup == evidence.setup
    whole = make_benign(evidence, with_setup=True)
    assert isinstance(whole, InputEvidence)
    assert whole.files["key.pem"] == b"pla"
    assert whole.setup[0].args[1] == "plai"


def test_what_counts_as_data() -> None:
    for nothing in (None, True, "", [], {}, {"$ref": "v:X"}, [{"$callback": True}]):
        assert not carries_data(nothing)
    for something in ("x", 0, 1.5, {"$text": "f"}, [[{"a": 1}]], {"$hex": "00"}):
        assert carries_data(something)
