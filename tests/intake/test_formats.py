from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.conftest import FIXTURES, ReadAll, Refusal, make_context

from seawall.intake.formats import FORMATS, read
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import DEFAULT_LIMITS, MIB, Limits

KINDS = {
    "bandit.sarif": "sarif",
    "record.osv.json": "osv",
    "advisory.csaf.json": "csaf",
    "vdr.cdx.json": "cyclonedx",
    "report.yaml": "seawall",
    "report.md": "markdown",
}
Read = Callable[[str], bytes]


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kind_is_found_from_content_alone(read_all: ReadAll, fixture: Read, name: str, kind: str) -> None:
    found, findings = read_all(fixture(name))
    assert found == kind
    assert findings
    assert all(finding.id.startswith("SWF-") and finding.report_id == "SWR-1" for finding in findings)
    assert len({finding.id for finding in findings}) == len(findings)


@pytest.mark.parametrize("name", KINDS)
def test_one_format_and_no_other_recognises_a_fixture(fixture: Read, name: str) -> None:
    from seawall.intake.formats import documents  # noqa: PLC0415 - beside the use, for the reader

    (document,) = documents(fixture(name), DEFAULT_LIMITS)
    claimed = [format_.name for format_ in FORMATS if format_.recognises(document)]
    assert claimed[0] == KINDS[name]
    assert set(claimed[1:]) <= {"markdown"}  # it is asked last, and takes what is left


@pytest.mark.parametrize("name", KINDS)
def test_reading_twice_gives_the_same_findings(read_all: ReadAll, fixture: Read, name: str) -> None:
    assert read_all(fixture(name)) == read_all(fixture(name))


def test_ids_differ_between_reports_and_submitters() -> None:
    data = (FIXTURES / "record.osv.json").read_bytes()
    mine = make_context()
    other = make_context()
    object.__setattr__(other.report, "submitter", "somebody else")
    (first,), (second,) = list(read(data, mine).findings), list(read(data, other).findings)
    assert first.place == second.place
    assert first.id != second.id


@pytest.mark.parametrize("name", ["record.osv.json", "advisory.csaf.json", "vdr.cdx.json"])
@pytest.mark.parametrize("form", ["array", "lines"])
def test_several_documents_in_one_report(read_all: ReadAll, fixture: Read, name: str, form: str) -> None:
    one = json.dumps(json.loads(fixture(name)))
    _, single = read_all(one)
    kind, both = read_all(f"[{one}, {one}]" if form == "array" else f"{one}\n{one}\n")
    assert kind == KINDS[name]
    places = [f"/{index}{finding.place}" for index in (0, 1) for finding in single]
    assert [finding.place for finding in both] == places
    assert len({finding.id for finding in both}) == len(both)


def test_documents_of_two_kinds_are_refused(refusal: Refusal, fixture: Read) -> None:
    lines = [json.dumps(json.loads(fixture(name))) for name in ("record.osv.json", "vdr.cdx.json")]
    error = refusal("\n".join(lines))
    assert error.code == "intake.mixed-formats"
    assert error.details["place"] == "/1"


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ('{"spdxVersion": "SPDX-2.3", "name": "x"}', "SPDX"),
        ("SPDXVersion: SPDX-2.3\n##### Package: x\n", "SPDX"),
        ('{"cveMetadata": {}, "dataType": "CVE_RECORD"}', "CVE records"),
        ('{"feed": {"entry": []}}', "feed"),
        ('<?xml version="1.0"?>\n<bom/>', "XML"),
        ("<!DOCTYPE html>\n<h1>x</h1>", "HTML"),
        ('{"hello": "world"}', ""),
        ("just a line of text", ""),
        ("a,b\n1,2\n", ""),
        ("[]", ""),
        ("[[], []]", ""),
    ],
)
def test_unknown_content_is_refused_with_a_hint(refusal: Refusal, data: str, hint: str) -> None:
    error = refusal(data)
    assert error.code == "intake.unknown-format"
    assert hint in error.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"runs": [], "version": "2.0.0"}', "intake.wrong-version"),
        ('{"runs": [], "$schema": "https://example.com/sarif-1.0.0"}', "intake.wrong-version"),
        (
            '{"id": "CVE-2024-1234", "modified": "2024-01-01T00:00:00Z", "schema_version": "2.0.0"}',
            "intake.wrong-version",
        ),
        ('{"document": {"csaf_version": "2.1"}}', "intake.wrong-version"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.3", "vulnerabilities": []}', "intake.wrong-version"),
        ('{"seawall_report": "2.0", "title": "x"}', "intake.wrong-version"),
        ("seawall_report: '0.9'\ntitle: x\n", "intake.wrong-version"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}', "intake.no-vulnerabilities"),
        ('{"runs": 1, "version": "2.1.0"}', "intake.schema-mismatch"),
        ('{"seawall_report": "1.0", "title": 1}', "intake.schema-mismatch"),
        ('{"runs": ]}', "intake.malformed-json"),
        ('{"runs": [NaN], "version": "2.1.0"}', "intake.malformed-json"),
        ('{"runs": [', "intake.truncated-json"),
        ('{"runs": "', "intake.truncated-json"),
    ],
)
def test_each_way_to_be_wrong_has_its_code(refusal: Refusal, data: str, code: str) -> None:
    assert refusal(data).code == code


def test_ten_thousand_levels_are_a_clear_error(refusal: Refusal) -> None:
    for text in ('{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000 + "]" * 10_000, "[{" + '"a":[' * 10_000):
        assert refusal(text).code == "intake.too-deep"


def test_a_line_of_300_mib_is_a_clear_error(refusal: Refusal) -> None:
    assert refusal(b"x" * (300 * MIB)).code == "intake.line-too-long"
    assert refusal(b'{"seawall_report": "' + b"x" * (300 * MIB) + b'"}').code == "intake.token-too-long"


def test_a_large_document_of_a_format_that_is_read_whole_is_refused(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seawall.intake.formats.WHOLE_BYTES", 1000)
    record = {"id": "CVE-2024-1234", "modified": "x", "details": "y" * 1000}
    assert refusal(json.dumps(record)).code == "intake.too-large"
    monkeypatch.undo()
    monkeypatch.setattr("seawall.intake.formats.WHOLE_VALUES", 1000)
    record["x"] = list(range(MIB))  # type: ignore[assignment]
    assert refusal(json.dumps(record)).code == "intake.too-many-values"


@pytest.mark.parametrize(
    "data",
    [
        b'{"runs":[{"results":[' + b"1," * 13_000_000,
        b"{}\n" * 13_000_000,
        b"{}" * 13_000_000,
        (b"{}\n" + b"1\n" * 10_000) * 1300,
        b'{"id":"a","modified":"b","x":[' + b"[[[[[[[[]]]]]]]]," * 400_000 + b"1]}",
    ],
    ids=["elements", "lines", "no lines", "scalars", "nested"],
)
def test_many_small_values_are_refused_before_they_fill_the_memory(refusal: Refusal, data: bytes) -> None:
    assert refusal(data).code == "intake.too-many-values"


def test_the_depth_limit_is_the_callers(refusal: Refusal) -> None:
    assert refusal('{"id": "x", "modified": "y", "z": [[[[1]]]]}', limits=Limits(depth=4)).code == "intake.too-deep"


def mutations(data: bytes) -> st.SearchStrategy[bytes]:
    spot = st.integers(0, len(data))

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        changed = data
        for at, length, piece in edits:
            changed = changed[:at] + piece + changed[at + length :]
        return changed

    pieces = st.sampled_from(
        [
            b"",
            b'"',
            b"{",
            b"}",
            b"[",
            b"]",
            b":",
            b",",
            b"null",
            b"-1",
            b"1e999",
            b"\\ud800",
            b"\n---\n",
            b"&a",
            b"*a",
            b"- ",
            b"\xff",
        ]
    )
    return st.lists(st.tuples(spot, st.integers(0, 40), pieces), min_size=1, max_size=4).map(apply)


EVERY_FIXTURE = st.sampled_from([(FIXTURES / name).read_bytes() for name in KINDS]).flatmap(mutations)


@settings(max_examples=400, deadline=None)
@given(data=EVERY_FIXTURE)
def test_damaged_reports_are_read_or_refused_and_never_crash(data: bytes) -> None:
    read_or_refuse(data)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_arbitrary_bytes_are_read_or_refused_and_never_crash(data: bytes) -> None:
    read_or_refuse(data)


VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def members_of(kind: str) -> list[str]:
    """Names that a format reads, from its own fixture."""
    name = next(name for name, found in KINDS.items() if found == kind)
    return sorted(set(re.findall(r'"([A-Za-z_$-]+)":', (FIXTURES / name).read_text())))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_json_with_values_of_any_type_is_read_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["sarif", "osv", "csaf", "cyclonedx"]))
    name = next(name for name, found in KINDS.items() if found == kind)
    document = json.loads((FIXTURES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = document
        while isinstance(node, dict | list) and node:
            key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
            if data.draw(st.booleans()) or not isinstance(node[key], dict | list):
                node[key] = data.draw(VALUE)
                break
            node = node[key]
    read_or_refuse(json.dumps(document).encode())


def read_or_refuse(data: bytes) -> None:
    from msgspec import json as wire  # noqa: PLC0415 - as the store writes it

    try:
        findings = list(read(data, make_context()).findings)
    except InvalidInputError as error:
        assert re.fullmatch(r"(intake|kernel)\.[a-z0-9-]+", error.code)  # noqa: PT017 - the other outcome is as good
    else:
        for finding in findings:
            assert wire.decode(wire.encode(finding), type=type(finding)) == finding
