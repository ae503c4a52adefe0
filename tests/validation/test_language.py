from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.intake import Evidence, Finding
from seawall.validation.errors import EvidenceError
from seawall.validation.evidence import EvidenceLimits, InputEvidence, ScriptEvidence, digest_of, read_evidence

ENTRY = {"call": "victim:parse", "args": [{"$text": "a.txt"}]}
EVIDENCE = Evidence("input", {"kind": "canary"}, entry=ENTRY, files={"a.txt": b"x"})


def refused(evidence: Evidence, *, node: bool = False) -> str:
    with pytest.raises(EvidenceError) as caught:
        read_evidence(evidence, node=node)
    assert caught.value.remedy
    return caught.value.code


def with_args(*args: Any) -> Evidence:
    return replace(EVIDENCE, entry={"call": "victim:parse", "args": list(args)})


def test_everything_the_language_has_is_read() -> None:
    evidence = replace(
        EVIDENCE,
        setup=({"as": "p", "call": "victim.sub:Parser.make", "kwargs": {"strict": True}},),
        entry={
            "call": "$p.feed",
            "args": [
                {"$bytes": "a.txt"},
                {"$path": "up.zip"},
                {"$concat": [{"$repeat": {"unit": "ab", "n": 3}}, {"$hex": "00ff"}, {"$b64": "AA=="}]},
                {"$nest": {"n": 5, "core": {"$tuple": [1, {"$ref": "victim:MODE"}]}}},
                {"$encode": {"$latin1": "x"}},
                {"$gt": "plain data whose key looks like a marker"},
                {"$ref": "$p.state"},
            ],
        },
        read="pages.0.extract_text()",
        make=(
            {
                "file": "up.zip",
                "format": "zip",
                "entries": [{"name": "../x", "text": "y"}, {"name": "l", "type": "symlink", "target": "/"}],
            },
        ),
    )
    read = read_evidence(evidence, node=False)
    assert isinstance(read, InputEvidence)
    assert read.setup[0].name == "p"
    assert read.entry.args[5] == {"$gt": "plain data whose key looks like a marker"}
    assert [entry.type for entry in read.archives[0].entries] == ["file", "symlink"]


@pytest.mark.parametrize(
    "call",
    [
        "victim:_private",
        "victim:Class.__init__",
        "_victim:parse",
        "victim",
        "victim:",
        ":parse",
        "victim:a b",
        "victim:a;b",
        "$p",
        7,
        "victim:é",
    ],
)
def test_python_entry_points_are_public_names(call: object) -> None:
    assert refused(replace(EVIDENCE, entry={"call": call})) == "validation.bad-evidence"


@pytest.mark.parametrize(
    "call", ["victim", "victim:", "victim:default", "@scope/victim:parse", "victim/lib/x:parse.y", "victim:$"]
)
def test_node_modules_can_be_entry_points_themselves(call: str) -> None:
    assert read_evidence(replace(EVIDENCE, entry={"call": call}), node=True)


@pytest.mark.parametrize(
    "call", ["../victim:x", "/etc/victim:x", "victim:_x", "./a", "node:fs:readFileSync", "victim:a.__proto__"]
)
def test_node_entry_points_are_public_names(call: str) -> None:
    assert refused(replace(EVIDENCE, entry={"call": call}), node=True) == "validation.bad-evidence"


@pytest.mark.parametrize(
    "argument",
    [
        {"$text": "missing.txt"},
        {"$text": "../../etc/passwd"},
        {"$text": ["a.txt"]},
        {"$ref": "$nobody"},
        {"$ref": "os:_exit"},
        {"$ref": 3},
        {"$hex": "zz"},
        {"$b64": "?"},
        {"$concat": "text"},
        {"$repeat": {"unit": "x", "n": -1}},
        {"$repeat": {"unit": "x", "n": True}},
        {"$nest": {"core": 1}},
        {1: 2},
        float("inf"),
        object(),
    ],
)
def test_bad_arguments_are_refused(argument: object) -> None:
    assert refused(with_args(argument)) == "validation.bad-evidence"


def test_arguments_of_the_other_language_are_refused() -> None:
    assert refused(with_args({"$callback": True})) == "validation.unsupported-evidence"
    assert refused(with_args({"$tuple": []}), node=True) == "validation.unsupported-evidence"
    assert (
        refused(replace(EVIDENCE, entry={"call": "victim:x", "kwargs": {"a": 1}}), node=True)
        == "validation.bad-evidence"
    )


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "evidence",
    [
        with_args({"$repeat": {"unit": "x" * 1000, "n": 10**9}}),
        with_args({"$repeat": {"unit": {"$repeat": {"unit": "x", "n": 10**5}}, "n": 10**5}}),
        with_args(*[{"$repeat": {"unit": "x", "n": 20 * 2**20}}] * 2),
        with_args({"$nest": {"n": 10**9, "core": 0}}),
        with_args(deep(2000)),
        with_args(list(range(300_000))),
        replace(EVIDENCE, setup=tuple({"call": "victim:x"} for _ in range(65))),
        replace(EVIDENCE, files={f"{n}.txt": b"" for n in range(65)}),
        replace(EVIDENCE, files={"a.txt": bytes(33 * 2**20)}),
        replace(EVIDENCE, make=({"file": "a.tar", "format": "tar", "entries": [{"name": "x"}] * 20_001},)),
    ],
)
def test_everything_has_a_limit(evidence: Evidence) -> None:
    assert refused(evidence) == "validation.evidence-too-large"


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".", "..", ".hidden", "a" * 200, "a\0b"])
def test_file_names_are_plain(name: str) -> None:
    assert refused(replace(EVIDENCE, files={"a.txt": b"", name: b""})) == "validation.bad-evidence"


@pytest.mark.parametrize(
    "make",
    [
        {"file": "../x.zip", "format": "zip", "entries": []},
        {"file": "x.rar", "format": "rar", "entries": []},
        {"file": "x.zip", "format": "zip", "entries": [{"name": "a", "type": "device"}]},
        {"file": "x.zip", "format": "zip", "entries": [{"name": "a", "type": "hardlink", "target": "b"}]},
        {"file": "x.gz", "format": "gzip", "entries": []},
        {"file": "x.zip", "format": "zip", "entries": [{"name": 3}]},
        {"file": "x.zip", "format": "zip", "entries": [{"name": "a" * 9000}]},
    ],
)
def test_bad_archives_are_refused(make: dict[str, Any]) -> None:
    assert refused(replace(EVIDENCE, make=(make,))) == "validation.bad-evidence"


def test_what_is_not_offered_is_said() -> None:
    assert refused(replace(EVIDENCE, extra={"services": [{}]})) == "validation.unsupported-evidence"
    assert refused(with_args({"$repeat": {"unit": "x", "n": "@@N@@"}})) == "validation.unsupported-evidence"
    assert refused(replace(EVIDENCE, kind="telepathy")) == "validation.bad-evidence"
    assert refused(replace(EVIDENCE, read="a b")) == "validation.bad-evidence"
    assert refused(replace(EVIDENCE, read="_x")) == "validation.bad-evidence"


def test_a_script_is_one_of_the_files() -> None:
    script = Evidence("script", {"kind": "canary"}, files={"p.py": b""}, script="p.py")
    assert read_evidence(script, node=False) == ScriptEvidence("p.py", {"p.py": b""})
    assert refused(replace(script, script="q.py")) == "validation.bad-evidence"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["$text", "$ref", "$repeat", "$nest", "n", "unit", "core", "call", "as"]), inner
        )
    ),
    max_leaves=20,
)


@given(entry=JSON, setup=st.lists(JSON, max_size=3), make=st.lists(JSON, max_size=3), node=st.booleans())
def test_hostile_evidence_is_read_or_refused_and_nothing_else(
    entry: Any, setup: list[Any], make: list[Any], node: bool
) -> None:
    evidence = Evidence("input", {}, entry=entry, setup=tuple(setup), make=tuple(make))
    try:
        read_evidence(evidence, node=node, limits=EvidenceLimits())
        digest_of(evidence)
    except EvidenceError:
        pass


def test_the_digest_covers_file_contents_and_refuses_what_is_not_json(make_finding: Callable[..., Finding]) -> None:
    assert digest_of(EVIDENCE) == digest_of(replace(EVIDENCE))
    assert digest_of(EVIDENCE) != digest_of(replace(EVIDENCE, files={"a.txt": b"y"}))
    with pytest.raises(EvidenceError):
        digest_of(replace(EVIDENCE, entry={"call": object()}))
    with pytest.raises(EvidenceError):
        digest_of(with_args(deep(100_000)))
