from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.advisories.examples import NOW, SHARED, V2, V4, V31, advisory, case, findings

from seawall.advisories import AdvisoryProduct, draft
from seawall.advisories.osv import encode_record, read_record, record_path, validate_record, write_record
from seawall.intake import Finding
from seawall.kernel.limits import Limits


@given(findings())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_can_be_drafted_gives_a_valid_record(items: list[Finding]) -> None:
    made = draft(case(*items), items, at=NOW)
    data = encode_record(write_record(made))
    assert validate_record(data) == []
    assert encode_record(read_record(data)) == data
    assert encode_record(write_record(made)) == data
    assert b"TOP-SECRET" not in data


def test_record() -> None:
    made = advisory(
        vectors=(V31, V2, V4, "7.5"),
        references=(
            "https://github.com/advisories/GHSA-2345-6789-cfgh",
            "https://github.com/acme/rocket/commit/0123",
            "https://github.com/acme/rocket/issues/7",
            "https://blog.example/x",
            "no url",
        ),
        products=(
            AdvisoryProduct("pkg:npm/%40acme/pad", ranges=((("introduced", "1.0.0"), ("fixed", "1.2.0")),)),
            AdvisoryProduct("pkg:npm/odd", ranges=((("introduced", "0"), ("fixed", "v2")),)),
            AdvisoryProduct("pkg:pypi/rocket", ranges=((("fixed", "1.2"),),), fixed=("1.2",)),
            AdvisoryProduct("pkg:maven/org.acme/rocket", affected=("1.0",)),
            AdvisoryProduct("pkg:deb/debian/rocket", affected=("1.0-1",)),
            AdvisoryProduct("pkg:generic/rocket", affected=("1.0",), ranges=((("fixed", "2"),),)),
            AdvisoryProduct("pkg:pypi/pad", under_investigation=("3.0",)),
        ),
    )
    data = json.loads(encode_record(write_record(made)))
    assert data["id"] == "SW-2026-000007"
    assert data["aliases"] == ["CVE-2026-10001", "GHSA-2345-6789-cfgh"]
    assert {(item["type"], item["score"]) for item in data["severity"]} == {
        ("CVSS_V3", V31),
        ("CVSS_V2", V2),
        ("CVSS_V4", V4),
    }
    assert [item["type"] for item in data["references"]] == ["ADVISORY", "FIX", "REPORT", "WEB"]
    packages = [(item["package"]["ecosystem"], item["package"]["name"]) for item in data["affected"]]
    assert packages == [
        ("npm", "@acme/pad"),
        ("npm", "odd"),
        ("PyPI", "rocket"),
        ("Maven", "org.acme:rocket"),
        ("Debian", "rocket"),
    ]
    ranges = [item["ranges"][0] for item in data["affected"][:3]]
    assert [item["type"] for item in ranges] == ["SEMVER", "ECOSYSTEM", "ECOSYSTEM"]
    assert ranges[2]["events"] == [{"introduced": "0"}, {"fixed": "1.2"}]
    assert data["database_specific"]["other_packages"] == [
        {"purl": "pkg:generic/rocket", "affected": ["1.0"], "ranges": ["< 2"]},
        {"purl": "pkg:pypi/pad", "under_investigation": ["3.0"]},
    ]
    assert data["database_specific"]["evidence_grade"] == "E3"
    assert record_path(made) == "osv/SW-2026-000007.json"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "no prefix"},
        {"modified": "yesterday"},
        {"modified": ...},
        {"modified": "2020-01-01T00:00:00Z"},
        {"severity": [{"type": "CVSS_V5", "score": "x"}]},
        {"references": [{"type": "WEB", "url": "no url"}]},
        {"affected": [{"ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "1"}]}]}]},
        {"affected": [{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0", "fixed": "1"}]}]}]},
        {"affected": [{"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}]},
        {
            "affected": [
                {
                    "ranges": [
                        {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1"}, {"last_affected": "2"}]}
                    ]
                }
            ]
        },
    ],
)
def test_what_is_no_record(change: dict[str, Any]) -> None:
    whole = {**json.loads(encode_record(write_record(advisory()))), **change}
    whole = {key: value for key, value in whole.items() if value is not ...}
    (found,) = validate_record(json.dumps(whole).encode())
    assert found.message


def test_bad_bytes() -> None:
    assert validate_record(b"")
    assert validate_record(b"[" * 200_000)
    assert validate_record(b"{}", Limits(bytes=1))


@pytest.mark.slow
def test_real_records_are_valid() -> None:
    zstandard = pytest.importorskip("zstandard")
    path = SHARED / "data" / "osv" / "pypi.ndjson.zst"
    if not path.is_file():
        pytest.skip("the real records are not here")
    with path.open("rb") as file:
        lines = zstandard.ZstdDecompressor().stream_reader(file).read().splitlines()
    assert [found for line in lines for found in validate_record(line)] == []
