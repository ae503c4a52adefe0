"""VEX in and out: nothing is lost on the way, nothing is guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.advisories import Severity, validate
from seawall.kernel.errors import InvalidInputError, LimitExceededError
from seawall.kernel.limits import Limits
from seawall.remediation.model import VexStatement, VexStatus
from seawall.remediation.vex import FORMATS, VexOrigin, format_of, normalised, read_vex
from seawall.remediation.vex.cyclonedx import COUNTERPARTS, STATES
from seawall.remediation.vex.interface import JUSTIFICATIONS, NO_ACTION, NO_REASON

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ORIGIN = VexOrigin("Valley Hospital IT", AT, "https://valley-hospital.example")
LOG4J = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"

_words = st.text(min_size=1, max_size=30)
_instants = st.integers(-(10**9), 3 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds / 8, UTC))
_named = _words.filter(lambda words: bool(words.strip()))
_products = st.one_of(
    st.sampled_from(
        [
            LOG4J,
            "pkg:npm/%40scope/name@1.0",
            "pkg:deb/debian/openssl@3.0.1-1?arch=amd64&distro=debian-12",
            "pkg:not a purl",
            "pkg:pypi/",
            "cpe:2.3:a:fujifilm:synapse_pacs:7.2:*:*:*:*:*:*:*",
            "cpe:2.3:a:b\\:c:d:*:*:*:*:*:*:*:*",
            "cpe:/o:siemens:rapidlab_1265",
            "urn:seawall:product:%41",
            "Synapse PACS 7.2",
        ]
    ),
    _named,
)
_statements = st.lists(
    st.builds(
        VexStatement,
        vulnerability=st.one_of(st.sampled_from(["CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q", "SW-2026-000001"]), _named),
        product=_products,
        status=st.sampled_from(VexStatus),
        justification=st.one_of(st.just(""), st.sampled_from(JUSTIFICATIONS), _words),
        detail=st.one_of(
            st.just(""), st.sampled_from([NO_ACTION, NO_REASON, "Upgrade to 2.17.1."]), st.text(max_size=40)
        ),
        at=st.one_of(st.none(), _instants),
        aliases=st.lists(st.one_of(st.just("CVE-2021-45046"), _words), max_size=3).map(tuple),
        title=st.text(max_size=20),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: (one.vulnerability, one.product),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@given(statements=_statements, data=st.data())
def test_what_is_written_is_read_back_with_nothing_lost(
    name: str, statements: list[VexStatement], data: st.DataObject
) -> None:
    format_ = format_of(name)
    document = format_.write(statements, ORIGIN)
    reading = read_vex(document)
    assert reading.format == name
    assert reading.statements == normalised(statements, ORIGIN)
    assert reading.notes == ()
    assert (reading.author, reading.at) == (ORIGIN.author, AT)
    assert format_.write(data.draw(st.permutations(statements)), ORIGIN) == document, "order does not matter"
    assert format_.write(reading.statements, ORIGIN) == document


@settings(max_examples=60, deadline=None)
@given(_statements)
def test_completing_statements_keeps_every_word(statements: list[VexStatement]) -> None:
    whole = {(one.vulnerability, one.product): one for one in normalised(statements, ORIGIN)}
    assert len(whole) == len(statements)
    for one in statements:
        kept = whole[one.vulnerability, one.product]
        assert kept.status is one.status
        assert kept.at == (one.at or AT)
        assert set(one.aliases) - {one.vulnerability, ""} <= set(kept.aliases)
        assert kept.justification in {"", *JUSTIFICATIONS}
        if one.justification:
            assert one.justification in (kept.justification or kept.detail)
        if one.detail not in {NO_ACTION, NO_REASON}:
            assert one.detail in kept.detail


@pytest.mark.parametrize("name", FORMATS)
def test_identifiers_follow_the_content(name: str) -> None:
    first = VexStatement("CVE-2021-44228", LOG4J, VexStatus.NOT_AFFECTED, JUSTIFICATIONS[0])
    other = VexStatement("CVE-2021-44228", LOG4J, VexStatus.NOT_AFFECTED, JUSTIFICATIONS[1])
    ids = {read_vex(format_of(name).write([one], ORIGIN)).id for one in (first, first, other)}
    assert len(ids) == 2


@pytest.mark.parametrize("name", FORMATS)
def test_what_cannot_stand_in_one_document_is_refused(name: str) -> None:
    write = format_of(name).write
    fixed = VexStatement("CVE-2021-44228", LOG4J, VexStatus.FIXED)
    affected = VexStatement("CVE-2021-44228", LOG4J, VexStatus.AFFECTED)
    cases = {
        "remediation.contradicting-vex": [fixed, affected],
        "remediation.mixed-vex-authors": [VexStatement("CVE-2021-1", LOG4J, VexStatus.FIXED, author="Somebody else")],
        "remediation.unwritable-vex": [],
    }
    for code, statements in cases.items():
        with pytest.raises(InvalidInputError) as caught:
            write(statements, ORIGIN)
        assert caught.value.code == code
    assert write([fixed, fixed], ORIGIN) == write([fixed], ORIGIN)


def _openvex(**members: Any) -> dict[str, Any]:
    statement = {
        "vulnerability": {"name": "CVE-2021-44228", "aliases": ["GHSA-jfh8-c2jp-5v3q"]},
        "products": [{"@id": LOG4J}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
        "supplier": "unknown members do no harm",
    }
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://vendor.example/vex-1",
        "author": "Vendor",
        "timestamp": "2026-11-20T00:00:00Z",
        "version": 1,
        "extra": {"ignored": True},
        "statements": [{**statement, **members}],
    }


def _csaf(status: dict[str, list[str]], **members: Any) -> dict[str, Any]:
    tree = {
        "branches": [
            {
                "category": "vendor",
                "name": "Fujifilm",
                "branches": [
                    {
                        "category": "product_version",
                        "name": "7.2",
                        "product": {"product_id": "P1", "name": "Fujifilm Synapse PACS 7.2"},
                    }
                ],
            }
        ],
        "full_product_names": [
            {
                "product_id": "P2",
                "name": "openssl",
                "product_identification_helper": {"purl": "pkg:rpm/redhat/openssl@3.0.7-24.el9"},
            }
        ],
        "relationships": [
            {
                "category": "default_component_of",
                "product_reference": "P2",
                "relates_to_product_reference": "P1",
                "full_product_name": {"product_id": "P3", "name": "openssl as a component of Synapse"},
            }
        ],
        "product_groups": [{"group_id": "G1", "product_ids": ["P1", "P3"]}],
    }
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "publisher": {"name": "Vendor", "category": "vendor", "namespace": "https://vendor.example"},
            "tracking": {"id": "V-1", "current_release_date": "2026-11-20T00:00:00Z"},
        },
        "product_tree": tree,
        "vulnerabilities": [{"cve": "CVE-2021-44228", "title": "Log4Shell", "product_status": status, **members}],
    }


def _cyclonedx(state: object, **members: Any) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"timestamp": "2026-11-20T00:00:00Z", "supplier": {"name": "Vendor"}},
        "components": [{"type": "library", "bom-ref": "a", "name": "log4j-core", "purl": LOG4J}],
        "vulnerabilities": [
            {"id": "CVE-2021-44228", "analysis": {"state": state}, "affects": [{"ref": "a"}], **members},
        ],
    }


def _read(document: dict[str, Any]) -> Any:
    return read_vex(json.dumps(document).encode())


def test_openvex_of_others_is_read() -> None:
    reading = _read(_openvex(impact_statement="The class is removed."))
    (one,) = reading.statements
    assert one == VexStatement(
        "CVE-2021-44228",
        LOG4J,
        VexStatus.NOT_AFFECTED,
        "vulnerable_code_not_present",
        "The class is removed.",
        "Vendor",
        datetime(2026, 11, 20, tzinfo=UTC),
        ("GHSA-jfh8-c2jp-5v3q",),
    )
    assert reading.notes == ()


def test_old_openvex_with_plain_texts_is_read() -> None:
    document = _openvex(vulnerability="CVE-2021-44228", products=[LOG4J])
    document["@context"] = "https://openvex.dev/ns"
    assert [(one.vulnerability, one.product) for one in _read(document).statements] == [("CVE-2021-44228", LOG4J)]


def test_an_unknown_justification_is_kept_as_words_with_a_note() -> None:
    reading = _read(_openvex(justification="trust_us"))
    assert (reading.statements[0].justification, reading.statements[0].detail) == ("", "trust_us")
    assert "trust_us" in reading.notes[0]


def test_subcomponents_are_noted() -> None:
    products = [{"@id": "pkg:oci/app@sha256:1", "subcomponents": [{"@id": LOG4J}]}]
    reading = _read(_openvex(products=products))
    assert reading.statements[0].product == "pkg:oci/app@sha256:1"
    assert "subcomponents" in reading.notes[0]


def test_csaf_of_others_is_read() -> None:
    reading = _read(
        _csaf(
            {"known_not_affected": ["P1"], "first_fixed": ["P3"], "recommended": ["P3"], "under_investigation": ["P9"]},
            flags=[
                {"label": "vulnerable_code_not_in_execute_path", "group_ids": ["G1"], "date": "2026-11-19T00:00:00Z"}
            ],
            threats=[
                {"category": "impact", "details": "Never called.", "product_ids": ["P1"]},
                {"category": "exploit_status", "details": "Not an impact.", "product_ids": ["P1"]},
            ],
            ids=[{"system_name": "GitHub", "text": "GHSA-jfh8-c2jp-5v3q"}],
        )
    )
    said = {one.product: one for one in reading.statements}
    assert set(said) == {"Fujifilm Synapse PACS 7.2", "pkg:rpm/redhat/openssl@3.0.7-24.el9"}
    pacs = said["Fujifilm Synapse PACS 7.2"]
    assert (pacs.status, pacs.justification) == (VexStatus.NOT_AFFECTED, "vulnerable_code_not_in_execute_path")
    assert (pacs.detail, pacs.title, pacs.aliases) == ("Never called.", "Log4Shell", ("GHSA-jfh8-c2jp-5v3q",))
    assert pacs.at == datetime(2026, 11, 19, tzinfo=UTC)
    assert said["pkg:rpm/redhat/openssl@3.0.7-24.el9"].status is VexStatus.FIXED
    assert any("P9" in note for note in reading.notes)
    assert any("recommended" in note for note in reading.notes)


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_cyclonedx_is_read(state: str) -> None:
    (one,) = _read(_cyclonedx(state)).statements
    assert (one.status, one.product, one.author) == (STATES[state], LOG4J, "Vendor")


@pytest.mark.parametrize(
    "word",
    [
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    ],
)
def test_every_justification_of_cyclonedx_is_mapped_or_said_not_to_be(word: str) -> None:
    reading = _read(_cyclonedx("not_affected", analysis={"state": "not_affected", "justification": word}))
    (one,) = reading.statements
    if word in COUNTERPARTS:
        assert (one.justification, one.detail, reading.notes) == (COUNTERPARTS[word], "", ())
        assert one.justification in JUSTIFICATIONS
    else:
        assert (one.justification, one.detail) == ("", word)
        assert word in reading.notes[0]


def test_a_statement_on_some_versions_does_not_reach_the_others() -> None:
    document = _cyclonedx("not_affected")
    document["components"][0]["purl"] = "pkg:npm/left-pad"
    document["vulnerabilities"][0]["affects"][0]["versions"] = [
        {"version": "1.0.0", "status": "affected"},
        {"version": "1.1.0", "status": "unaffected"},
        {"range": "vers:npm/<1.0.0"},
    ]
    reading = _read(document)
    assert [one.product for one in reading.statements] == ["pkg:npm/left-pad@1.0.0"]
    assert "2 entries" in reading.notes[0]


def test_a_bom_link_names_a_purl() -> None:
    document = _cyclonedx("exploitable")
    ref = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Amaven%2Forg.apache%2Fx%401"
    document["vulnerabilities"][0]["affects"] = [{"ref": ref}, {"ref": "nowhere"}]
    reading = _read(document)
    assert [one.product for one in reading.statements] == ["pkg:maven/org.apache/x@1"]
    assert "nowhere" in reading.notes[0]


def test_a_report_without_analysis_says_nothing() -> None:
    reading = _read(_cyclonedx("", analysis={}))
    assert reading.statements == ()
    assert len(reading.notes) == 1


@pytest.mark.parametrize(
    "document",
    [
        _openvex(status="Not Affected"),
        _openvex(status=None),
        _csaf({"known_unaffected": ["P1"]}),
        _cyclonedx("exploited"),
        _cyclonedx(17),
    ],
)
def test_a_misspelled_status_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _read(document)
    assert caught.value.code == "remediation.unknown-vex-status"
    assert caught.value.remedy


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{\x00}",
        b"{}",
        b'{"bomFormat": "SPDX"}',
        b'{"document": {"csaf_version": "1.2"}}',
        b'{"@context": 7}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_no_vex_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_vex(document)
    assert caught.value.code == "remediation.unreadable-vex"


@pytest.mark.parametrize(
    "document", [_openvex(vulnerability={}), _csaf({"fixed": ["P1"]}, cve=7), _cyclonedx("resolved", id="")]
)
def test_a_statement_without_vulnerability_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _read(document)
    assert caught.value.code == "remediation.incomplete-vex"


def test_limits_hold() -> None:
    document = json.dumps(_openvex(products=[{"@id": f"pkg:npm/a@{i}"} for i in range(11)])).encode()
    assert len(read_vex(document, Limits(items=11)).statements) == 11
    for limits in (Limits(items=10), Limits(bytes=len(document) - 1)):
        with pytest.raises(LimitExceededError) as caught:
            read_vex(document, limits)
        assert caught.value.code == "remediation.too-large"


@pytest.mark.parametrize("shape", [7, "x", [], {}, None, [7], ["x"], [[]], {"a": 1}])
@pytest.mark.parametrize("member", ["vulnerability", "products", "justification", "timestamp", "impact_statement"])
def test_members_of_the_wrong_shape_do_no_harm(member: str, shape: object) -> None:
    document = _openvex()
    document["statements"][0][member] = shape
    try:
        _read(document)
    except InvalidInputError as error:
        assert error.code.startswith("remediation.")  # noqa: PT017 - either is right, a crash is not


def test_written_csaf_passes_every_mandatory_test() -> None:
    statements = [
        VexStatement("CVE-2021-44228", LOG4J, VexStatus.AFFECTED, detail="Upgrade to 2.17.1."),
        VexStatement("CVE-2021-44228", "Synapse PACS 7.2", VexStatus.NOT_AFFECTED, "component_not_present"),
        VexStatement("GHSA-jfh8-c2jp-5v3q", "Synapse PACS 7.2", VexStatus.NOT_AFFECTED, detail="It is off."),
        VexStatement("CVE-2021-45046", LOG4J, VexStatus.UNDER_INVESTIGATION),
    ]
    document = format_of("csaf-vex").write(statements, ORIGIN)
    assert [str(found) for found in validate(document) if found.severity is Severity.ERROR] == []
    body = json.loads(document)
    assert body["document"]["category"] == "csaf_vex"
    log4shell = next(item for item in body["vulnerabilities"] if item.get("cve") == "CVE-2021-44228")
    assert log4shell["remediations"][0]["category"] == "vendor_fix"
    assert log4shell["flags"][0]["label"] == "component_not_present"
