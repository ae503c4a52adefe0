from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.advisories.examples import SHARED, changed, document

from seawall.advisories.csaf import encode, read_document
from seawall.advisories.csaf.schema import schema_errors
from seawall.kernel.errors import InvalidInputError, LimitExceededError
from seawall.kernel.limits import Limits

_SCHEMA = SHARED / "suites" / "csaf-2.0" / "json_schema" / "csaf_json_schema.json"


def test_what_is_read_is_written_again() -> None:
    data = json.dumps(document()).encode()
    first = encode(read_document(data).document)
    assert encode(read_document(first).document) == first
    assert json.loads(first) == document()
    assert first.endswith(b"}\n")


@pytest.mark.parametrize(
    ("pointer", "value", "place"),
    [
        ("/document/title", "", "/document/title"),
        ("/document/title", None, "/document/title"),
        ("/document/title", 7, "/document/title"),
        ("/document/title", ..., "/document"),
        ("/document/category", "trailing-", "/document/category"),
        ("/document/category", "line\n", "/document/category"),
        ("/document/csaf_version", "2.1", "/document/csaf_version"),
        ("/document/lang", "english!", "/document/lang"),
        ("/document/publisher/category", "king", "/document/publisher/category"),
        ("/document/publisher/namespace", "not a uri", "/document/publisher/namespace"),
        ("/document/tracking/version", "01", "/document/tracking/version"),
        ("/document/tracking/version", "1\n", "/document/tracking/version"),
        ("/document/tracking/version", "1.0", "/document/tracking/version"),
        ("/document/tracking/id", " x", "/document/tracking/id"),
        ("/document/tracking/initial_release_date", "2026-02-30T00:00:00Z", "/document/tracking/initial_release_date"),
        ("/document/tracking/initial_release_date", "2026-02-03T00:00:00", "/document/tracking/initial_release_date"),
        ("/document/tracking/revision_history", [], "/document/tracking/revision_history"),
        ("/document/distribution", {}, "/document/distribution"),
        ("/document/distribution", None, "/document/distribution"),
        ("/document/acknowledgments", [{}], "/document/acknowledgments/0"),
        ("/vulnerabilities", [], "/vulnerabilities"),
        ("/vulnerabilities", [{}], "/vulnerabilities/0"),
        ("/vulnerabilities/0/cve", "CVE-26-1", "/vulnerabilities/0/cve"),
        ("/vulnerabilities/0/cwe", {"id": "CWE-079", "name": "x"}, "/vulnerabilities/0/cwe/id"),
        ("/vulnerabilities/0/product_status", {}, "/vulnerabilities/0/product_status"),
        ("/vulnerabilities/0/product_status/fixed", ["P2", "P2"], "/vulnerabilities/0/product_status"),
        ("/vulnerabilities/0/scores/0/products", ["P1", "P1"], "/vulnerabilities/0/scores/0"),
        ("/vulnerabilities/0/scores/0/cvss_v3", ..., "/vulnerabilities/0/scores/0"),
        ("/product_tree", {}, "/product_tree"),
        ("/product_tree/branches", [{"category": "vendor", "name": "A"}], "/product_tree/branches/0"),
        (
            "/product_tree/full_product_names/0/product_identification_helper",
            {"purl": "pkg:x"},
            "/product_tree/full_product_names/0/product_identification_helper/purl",
        ),
        (
            "/product_tree/full_product_names/0/product_identification_helper",
            {"cpe": "cpe:2.3:x:a:b:c:d:e:f:en:a:b:c:d"},
            "/product_tree/full_product_names/0/product_identification_helper/cpe",
        ),
        ("/product_tree/product_groups/0/product_ids", ["P1"], "/product_tree/product_groups/0/product_ids"),
    ],
)
def test_strict_decode_names_the_place(pointer: str, value: Any, place: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_document(changed(pointer, value))
    assert caught.value.code == "advisories.csaf-invalid"
    assert caught.value.details["pointer"] == place


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/document/lang", "de-AT-1996-x-own"),
        ("/document/lang", "i-default"),
        ("/document/tracking/version", "1.0.0-rc.1+build.5"),
        ("/document/tracking/initial_release_date", "2026-02-03T00:00:00.123+05:30"),
        ("/product_tree/full_product_names/0/product_identification_helper", {"cpe": "cpe:/a:acme:rocket:1.0"}),
        (
            "/product_tree/full_product_names/0/product_identification_helper",
            {"cpe": "cpe:2.3:a:acme:rocket:1.0:*:*:en-us:*:*:x86:*"},
        ),
    ],
)
def test_strict_decode_takes_what_the_standard_allows(pointer: str, value: Any) -> None:
    read_document(changed(pointer, value))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "advisories.csaf-malformed"),
        (b'{"document": {"title": "tru', "advisories.csaf-malformed"),
        (changed("/document/title", "WRONG").replace(b"WRONG", b"\xff\xfe"), "advisories.csaf-malformed"),
        (b'{"document": NaN}', "advisories.csaf-malformed"),
        (b"[]", "advisories.csaf-invalid"),
        (b'{"product_tree": ' + b'{"branches": [' * 100_000, "advisories.csaf-too-deep"),
    ],
)
def test_bad_bytes_have_a_code_and_a_remedy(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_document(data)
    assert caught.value.code == code
    assert caught.value.remedy


def test_too_large_is_refused_before_parsing() -> None:
    with pytest.raises(LimitExceededError) as caught:
        read_document(b"x" * 11, Limits(bytes=10))
    assert caught.value.code == "advisories.csaf-too-large"


def test_unknown_members_are_kept() -> None:
    whole = document()
    whole["x_own"] = {"a": 1}
    whole["document"]["tracking"]["x/y"] = "b"
    whole["vulnerabilities"][0]["scores"][0]["cvss_v3"]["x"] = None
    read = read_document(json.dumps(whole).encode())
    assert sorted(read.unknown()) == [
        ("/document/tracking/x~1y", "b"),
        ("/vulnerabilities/0/scores/0/cvss_v3/x", None),
        ("/x_own", {"a": 1}),
    ]


def test_schema_lists_every_error() -> None:
    whole = document()
    whole["document"]["title"] = ""
    del whole["document"]["publisher"]
    whole["vulnerabilities"][0]["cve"] = "none"
    places = [place for place, _ in schema_errors(json.dumps(whole).encode())]
    assert sorted(places) == ["/document", "/document/title", "/vulnerabilities/0/cve"]


@cache
def _official() -> Any:
    required = ["version", "vectorString", "baseScore"]
    stubs = []
    for version in ("2.0", "3.0", "3.1"):
        more = [] if version == "2.0" else ["baseSeverity"]
        stub = {"type": "object", "properties": {"version": {"const": version}}, "required": [*required, *more]}
        stubs.append((f"https://www.first.org/cvss/cvss-v{version}.json", stub))
    registry = jsonschema_rs.Registry(stubs)
    schema = json.loads(_SCHEMA.read_bytes())
    return jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=True)


def _places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [place] if place else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.extend(_places(inner, (*place, key)))
    return found


_VALUES = st.one_of(
    st.sampled_from(
        [None, "", " ", "x", "x\n", "1", "01", "1.0.0", [], {}, ["x"], ["x", "x"], 0, 1.5, True, "CVE-2026-1234",
         "https://a.example", "2026-01-02T03:04:05Z", "2026-01-02", "final", "csaf_base", {"name": "x"}]
    ),
    st.text(max_size=5),
)  # fmt: skip


@pytest.mark.skipif(not _SCHEMA.is_file(), reason="the CSAF schema is not here")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_models_and_official_schema_agree(data: st.DataObject) -> None:
    """Members are removed or replaced anywhere outside the CVSS objects, whose schema is not at hand.

    One difference is meant: an object whose members are all unknown says nothing, and is refused like an empty one.
    """
    whole = document()
    whole["vulnerabilities"][0]["flags"] = [{"label": "component_not_present", "product_ids": ["P3"]}]
    whole["document"]["distribution"] = {"tlp": {"label": "WHITE"}}
    whole["document"]["lang"] = "en"
    for _ in range(data.draw(st.integers(1, 3))):
        places = [place for place in _places(whole) if "cvss_v3" not in place[:-1]]
        *steps, last = data.draw(st.sampled_from(places))
        parent: Any = whole
        for step in steps:
            parent = parent[step]
        if data.draw(st.booleans()):
            parent[last] = copy.deepcopy(data.draw(_VALUES)) if last != "cvss_v3" else 7
        else:
            del parent[last]
    encoded = json.dumps(whole).encode()
    try:
        read_document(encoded)
        ours = True
    except InvalidInputError as error:
        if "must have at least one member" in error.message:
            return
        ours = False
    assert ours == _official().is_valid(msgspec.json.decode(encoded)), encoded
