"""Every real document beside the checkout is read, and nothing that it says about identity is lost."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import zstandard
from tests.intake.conftest import ReadAll, Refusal

from seawall.intake import Finding
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import known_identifiers
from seawall.kernel.marking import Marking


def lines(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read().splitlines()


@pytest.mark.parametrize(("name", "count"), [("pypi", 2661), ("go", 4291), ("oss-fuzz", 4026)])
def test_all_osv_records(read_all: ReadAll, shared: Path, name: str, count: int) -> None:
    records = lines(shared / "data" / "osv" / f"{name}.ndjson.zst")
    kind, findings = read_all(b"\n".join(records))
    assert (kind, len(findings)) == ("osv", count)
    for record, finding in zip(map(json.loads, records), findings, strict=True):
        check_osv(record, finding)


def check_osv(record: dict[str, Any], finding: Finding) -> None:
    names = [record["id"], *record.get("aliases", [])]
    assert set(finding.identifiers) == set(known_identifiers(names))
    assert finding.extra.get("other_ids", []) == [name for name in names if not known_identifiers([name])]
    assert bool(record.get("withdrawn")) == (finding.status == "withdrawn")
    assert finding.products or not record.get("affected")
    assert {version for product in finding.products for version in product.versions} == {
        version for affected in record.get("affected", []) for version in affected.get("versions", [])
    }
    fixed = {
        version
        for affected in record.get("affected", [])
        for range_ in affected.get("ranges", [])
        for event in range_["events"]
        for version in event.values()
        if range_["type"] != "GIT"
    }
    assert {version for product in finding.products for _, version in product.events} == fixed


def test_all_csaf_advisories(read_all: ReadAll, shared: Path) -> None:
    documents = lines(shared / "data" / "csaf" / "cisa.ndjson.zst")
    advisories = [document for document in documents if "document" in json.loads(document)]
    assert len(documents) - len(advisories) == 1  # the feed that lists them
    kind, findings = read_all(b"\n".join(advisories))
    claimed = [vulnerability for text in advisories for vulnerability in json.loads(text).get("vulnerabilities", [])]
    assert (kind, len(findings)) == ("csaf", len(claimed))
    for vulnerability, finding in zip(claimed, findings, strict=True):
        assert finding.identifiers == (vulnerability["cve"],)
        assert finding.marking is Marking.CLEAR
        assert finding.status
        named = {entry["product_id"] for entry in finding.extra["products"]}
        assert named == {id_ for ids in vulnerability["product_status"].values() for id_ in ids}


def test_the_feed_that_lists_advisories_is_refused_with_a_hint(refusal: Refusal, shared: Path) -> None:
    feed = next(text for text in lines(shared / "data" / "csaf" / "cisa.ndjson.zst") if text.startswith(b'{"feed"'))
    assert "feed" in refusal(feed).message


def test_a_note_of_a_coordinator(read_all: ReadAll, shared: Path) -> None:
    kind, findings = read_all((shared / "data" / "vince" / "csaf-vu-257161.json").read_bytes())
    assert (kind, len(findings)) == ("csaf", 23)
    assert all(finding.identifiers for finding in findings)


def test_inventories_are_told_from_reports(refusal: Refusal, shared: Path) -> None:
    codes = {path.name: refusal(path.read_bytes()).code for path in sorted((shared / "data" / "sbom").iterdir())}
    assert set(codes.values()) == {"intake.unknown-format", "intake.no-vulnerabilities", "intake.wrong-version"}
    assert codes["laravel-7.12.0.cdx.json"] == "intake.no-vulnerabilities"


def test_suite_documents_of_csaf_are_read_or_refused(read_all: ReadAll, shared: Path) -> None:
    paths = sorted((shared / "suites" / "csaf-2.0" / "validator").rglob("*csaf*.json"))
    refused = []
    for path in paths:
        try:
            assert read_all(path.read_bytes())[0] == "csaf"
        except InvalidInputError as error:
            refused.append((path.name, error.code))
    assert len(paths) > 200
    assert refused == []


def test_every_evidence_of_the_lab_can_be_written_as_a_report(read_all: ReadAll, shared: Path) -> None:
    """Whatever the lab's case format says, a Seawall report says too, and reading it back loses nothing."""
    paths = sorted((shared / "lab").glob("*/*/case.json"))
    assert len(paths) > 30
    for path in paths:
        case = json.loads(path.read_text())
        told = dict(case["evidence"])
        script = told.pop("file", "")
        files = {
            file.name: {"base64": b64encode(file.read_bytes()).decode()}
            for file in path.parent.iterdir()
            if file != path
        }
        evidence = told | {"oracle": case["oracle"], "files": files, "script": script}
        report = {"seawall_report": "1.0", "title": case["title"], "product": case["purl"], "evidence": evidence}
        _, (finding,) = read_all(json.dumps(report))
        back = finding.evidence
        assert back is not None
        assert back.kind == told["kind"]
        assert back.oracle == case["oracle"]
        for member in ("entry", "read", "setup", "make"):
            if member in told:
                kept = getattr(back, member)
                assert (list(kept) if isinstance(kept, tuple) else kept) == told[member]
        known = {"kind", "entry", "read", "setup", "make"}
        assert back.extra == {member: value for member, value in told.items() if member not in known}
        assert back.files == {name: (path.parent / name).read_bytes() for name in files}
