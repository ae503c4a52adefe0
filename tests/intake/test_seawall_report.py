from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.conftest import FIXTURES, ROOT, ReadAll, Refusal, make_context

from seawall.intake.formats import read
from seawall.intake.model import AffectedProduct, Finding
from seawall.intake.schema import report_schema, report_schema_text
from seawall.kernel.marking import Marking

MINIMAL = {"seawall_report": "1.0", "title": "t"}


def report(**members: Any) -> str:
    return json.dumps(MINIMAL | members)


def test_the_example_carries_everything(read_all: ReadAll, fixture: Callable[[str], bytes]) -> None:
    kind, (finding,) = read_all(fixture("report.yaml"))
    assert kind == "seawall"
    assert finding.title == "yaml.load with FullLoader runs code from the document"
    assert finding.identifiers == ("CVE-2020-14343",)
    assert finding.weaknesses == ("CWE-20",)
    assert finding.marking is Marking.GREEN
    assert finding.location.line == 570
    assert finding.products == (
        AffectedProduct("pkg:pypi/pyyaml@5.3.1"),
        AffectedProduct("pkg:pypi/pyyaml", (("introduced", "5.1"), ("fixed", "5.4"))),
    )
    assert finding.extra == {"discovery_date": "2020-07-21"}
    evidence = finding.evidence
    assert evidence is not None
    assert evidence.kind == "input"
    assert evidence.oracle == {"kind": "canary"}
    assert evidence.entry["kwargs"] == {"Loader": {"$ref": "yaml:FullLoader"}}
    assert evidence.files == {"input.yml": b"- harmless: 1.0\n", "blob.bin": b"\x00\x01\x02\xff"}
    assert (evidence.imports, evidence.fixed_version) == (("yaml",), "5.4")


def test_the_documentation_shows_the_example(fixture: Callable[[str], bytes]) -> None:
    page = (ROOT / "docs" / "formats.md").read_text()
    assert fixture("report.yaml").decode() in page
    assert fixture("report.md").decode() in page


def test_unknown_members_survive_where_they_stood(read_all: ReadAll) -> None:
    _, (finding,) = read_all(
        report(
            x_new={"a": [1, None]},
            location={"path": "a.py", "column": 3},
            products=["pkg:npm/a", {"purl": "pkg:npm/b", "channel": "beta"}],
            evidence={"oracle": "crash", "probe": "labMark", "services": [{"name": "s"}]},
        )
    )
    assert finding.extra == {
        "x_new": {"a": [1, None]},
        "location": {"column": 3},
        "products": {"1": {"channel": "beta"}},
    }
    assert finding.evidence is not None
    assert finding.evidence.extra == {"probe": "labMark", "services": [{"name": "s"}]}


def test_versions_are_text_as_written(read_all: ReadAll) -> None:
    _, (finding,) = read_all(
        "seawall_report: 1.0\ntitle: 1.10\nproducts:\n"
        "- {purl: pkg:npm/a, versions: [1.10, 1e3, 0x10, 2024-01-31, no], introduced: 1.0, last_affected: 1.20}\n"
        "evidence: {oracle: {kind: timeout, seconds: 2.50}, fixed_version: 1.30,\n"
        "           entry: {call: 'a:b', args: [1.10, no]}}\n"
    )
    assert finding.title == "1.10"
    (product,) = finding.products
    assert product.versions == ("1.10", "1e3", "0x10", "2024-01-31", "no")
    assert product.events == (("introduced", "1.0"), ("last_affected", "1.20"))
    assert finding.evidence is not None
    assert finding.evidence.fixed_version == "1.30"
    assert finding.evidence.oracle["seconds"] == 2.5
    assert finding.evidence.entry["args"] == [1.1, "no"]


def test_members_without_a_value_are_absent(read_all: ReadAll) -> None:
    text = (
        "seawall_report: '1.0'\ntitle: t\nreferences:\nproduct:\nevidence:\n  oracle: crash\n  setup:\n  entry: {x: }\n"
    )
    _, (finding,) = read_all(text)
    assert finding.references == ()
    assert finding.evidence is not None
    assert finding.evidence.entry == {"x": None}


def test_several_reports_in_one_yaml_file(read_all: ReadAll) -> None:
    text = "---\nseawall_report: '1.0'\ntitle: a\n---\nseawall_report: '1.0'\ntitle: b\n---\n"
    kind, findings = read_all(text)
    assert kind == "seawall"
    assert [(finding.title, finding.place) for finding in findings] == [("a", "/0"), ("b", "/1")]


def test_the_submitters_product_stands_in(read_all: ReadAll) -> None:
    assert read_all(report(), "pkg:npm/a@1")[1][0].purl == "pkg:npm/a@1"
    assert read_all(report(product="pkg:npm/B@2"), "pkg:npm/a@1")[1][0].purl == "pkg:npm/b@2"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"title": ""}, "intake.schema-mismatch"),
        ({"product": "lodash 4"}, "kernel.invalid-purl"),
        ({"weaknesses": ["XSS"]}, "kernel.invalid-weakness"),
        ({"marking": "SECRET"}, "kernel.invalid-marking"),
        ({"status": "maybe"}, "intake.schema-mismatch"),
        ({"evidence": {}}, "intake.schema-mismatch"),
        ({"evidence": {"oracle": "crash", "kind": "video"}}, "intake.schema-mismatch"),
        ({"evidence": {"oracle": "crash", "files": {"../x": "y"}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {"..": "y"}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {"/etc/passwd": "y"}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {"a\nb": "y"}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {"a": {"base64": "!!"}}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {"a": {"base64": "AA==", "text": "x"}}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {"a": {}}}}, "intake.bad-file"),
        ({"evidence": {"oracle": "crash", "files": {f"f{n}": "" for n in range(65)}}}, "intake.bad-file"),
    ],
)
def test_each_mistake_has_its_code(refusal: Refusal, members: dict[str, Any], code: str) -> None:
    assert refusal(report(**members)).code == code


def test_a_member_given_twice_is_refused_in_json_and_yaml(refusal: Refusal) -> None:
    twice = '{"seawall_report": "1.0", "title": "a", "evidence": {"oracle": "crash", "read": "a", "read": "b"}}'
    assert refusal(twice).code == "intake.duplicate-key"
    assert refusal("seawall_report: '1.0'\ntitle: a\ntitle: b\n").code == "intake.duplicate-key"


def test_the_error_names_the_member(refusal: Refusal) -> None:
    error = refusal(report(evidence={"oracle": "crash", "setup": "x"}))
    assert "$.evidence.setup" in error.message


def test_the_schema_accepts_the_example_and_refuses_mistakes(fixture: Callable[[str], bytes]) -> None:
    validator = jsonschema_rs.Draft202012Validator(report_schema())
    example = yaml.load(fixture("report.yaml"), Loader=yaml.BaseLoader)
    example["location"]["line"] = 570
    validator.validate(example)
    for wrong in ({"title": ""}, {"seawall_report": "2.0"}, {"evidence": {}}, {"status": "maybe"}):
        assert not validator.is_valid(MINIMAL | wrong)
    assert validator.is_valid(MINIMAL | {"x_unknown": 1})


def test_the_published_schema_is_current() -> None:
    assert (ROOT / "docs" / "seawall-report.schema.json").read_text() == report_schema_text()


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,10}", fullmatch=True).filter(lambda name: name.strip("."))
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}(rc[0-9])?", fullmatch=True)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | LINES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES, inner, max_size=3),
    max_leaves=6,
)
FILES = st.dictionaries(
    NAMES, LINES | st.binary(max_size=20).map(lambda data: {"base64": b64encode(data).decode()}), max_size=3
)
EVIDENCE = st.fixed_dictionaries(
    {"oracle": st.sampled_from(["canary", {"kind": "timeout", "seconds": 2.5}])},
    optional={
        "entry": st.dictionaries(LINES, DATA, max_size=3),
        "files": FILES,
        "fixed_version": VERSIONS,
        "requires": st.lists(LINES, max_size=2),
        "x_later": DATA,
    },
)
REPORTS = st.fixed_dictionaries(
    {"seawall_report": st.just("1.0"), "title": LINES.filter(str.strip)},
    optional={
        "description": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
        "product": VERSIONS.map(lambda version: f"pkg:pypi/a@{version}"),
        "identifiers": st.lists(st.sampled_from(["CVE-2024-1234", "ACME-1", "yes", "1.0"]), max_size=3),
        "weaknesses": st.lists(st.sampled_from(["CWE-79", "20", 89]), max_size=2),
        "products": st.lists(
            st.fixed_dictionaries(
                {"purl": st.just("pkg:npm/b")}, optional={"versions": st.lists(VERSIONS, max_size=2), "fixed": VERSIONS}
            ),
            max_size=2,
        ),
        "published_at": st.just("2024-01-31"),
        "evidence": EVIDENCE,
        "x_unknown": DATA,
    },
)


def only(text: str) -> Finding:
    (finding,) = read(text.encode(), make_context()).findings
    return finding


@settings(max_examples=300, deadline=None)
@given(members=REPORTS)
def test_json_and_yaml_give_the_same_finding(members: dict[str, Any]) -> None:
    from_json = only(json.dumps(members))
    assert only(yaml.safe_dump(members, allow_unicode=True)) == from_json
    short = yaml.safe_dump(members, default_flow_style=None, sort_keys=False)
    assert short.startswith("{") or only(short) == from_json  # what starts with a brace means to be JSON


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_files_keep_their_bytes(data: bytes) -> None:
    evidence = only(report(evidence={"oracle": "crash", "files": {"f": {"base64": b64encode(data).decode()}}})).evidence
    assert evidence is not None
    assert evidence.files == {"f": data}


def test_all_words_of_the_schema_are_described() -> None:
    for name, definition in report_schema()["$defs"].items():
        assert definition["description"], name
        for member, schema in definition["properties"].items():
            assert "description" in json.dumps(schema) or member in {"location", "evidence"}, f"{name}.{member}"
    assert not re.search("Wire", report_schema_text())


def test_fixture_is_where_the_docs_say() -> None:
    assert (FIXTURES / "report.yaml").is_file()
