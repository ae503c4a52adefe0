"""SPDX 2 in JSON and tag-value, and SPDX 3: packages with and without a purl, whoever made them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import Limits
from seawall.remediation import Inventory
from seawall.remediation.inventories import parse_inventory

CPE = "cpe:2.3:a:acme:gate:2.1:*:*:*:*:*:*:*"


def purl_reference(purl: str, category: str = "PACKAGE-MANAGER") -> dict[str, str]:
    return {"referenceCategory": category, "referenceType": "purl", "referenceLocator": purl}


def spdx2(*packages: Any, version: str = "SPDX-2.3", **more: Any) -> bytes:
    return json.dumps({"spdxVersion": version, "name": "doc", "packages": packages, **more}).encode()


def short(inventory: Inventory) -> list[tuple[str, ...]]:
    return [(str(c.purl or ""), c.ref, c.vendor, c.name, c.version, c.cpe) for c in inventory.components]


@pytest.mark.parametrize("version", ["2.2", "2.3"])
@pytest.mark.parametrize("category", ["PACKAGE-MANAGER", "PACKAGE_MANAGER"])
def test_packages_of_spdx_2(version: str, category: str) -> None:
    security = {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": CPE}
    inventory = parse_inventory(
        spdx2(
            {"SPDXID": "a", "name": "x", "versionInfo": "9", "externalRefs": [purl_reference("pkg:npm/x@1", category)]},
            {"SPDXID": "b", "name": "y", "versionInfo": "2", "externalRefs": [purl_reference("pkg:npm/y", category)]},
            {"SPDXID": "c", "name": "gate", "versionInfo": "2.1", "supplier": "Organization: Acme Inc. (a@b.c)"},
            {"SPDXID": "d", "name": "z", "versionInfo": "1", "supplier": "NOASSERTION", "originator": "Person: Zoe"},
            {"SPDXID": "e", "name": "gate", "externalRefs": [security]},
            {"SPDXID": "f", "name": "m@v1", "versionInfo": "v1"},
            {"SPDXID": "g", "name": "n", "versionInfo": "NOASSERTION"},
            version=f"SPDX-{version}",
            relationships=[
                {"spdxElementId": "a", "relatedSpdxElement": "b", "relationshipType": "CONTAINS"},
                {"spdxElementId": "b", "relatedSpdxElement": "a", "relationshipType": "CONTAINS"},
            ],
        )
    )
    assert (inventory.format, inventory.name) == (f"SPDX {version} JSON", "doc")
    assert short(inventory) == [
        ("pkg:npm/x@1", "a", "", "", "", ""),
        ("pkg:npm/y@2", "b", "", "", "", ""),
        ("", "c", "Acme Inc.", "gate", "2.1", ""),
        ("", "d", "Zoe", "z", "1", ""),
        ("", "e", "", "gate", "2.1", CPE),
        ("", "f", "", "m", "v1", ""),
    ]
    assert inventory.unreadable == ("g: it names no version",)


def test_a_malformed_package_costs_only_itself() -> None:
    good = {"SPDXID": "a", "name": "x", "externalRefs": [purl_reference("pkg:npm/x@1")]}
    inventory = parse_inventory(spdx2({"SPDXID": "b", "name": 7}, good, None))
    assert len(inventory.components) == 1
    assert [line.partition(":")[0] for line in inventory.unreadable] == ["package 1", "package 3"]


def test_the_operating_system_says_where_packages_are_installed() -> None:
    system = {"SPDXID": "os", "name": "alpine", "versionInfo": "3.19.1", "primaryPackagePurpose": "OPERATING_SYSTEM"}
    bare = {"SPDXID": "a", "name": "x", "externalRefs": [purl_reference("pkg:apk/alpine/busybox@1.36.1-r15")]}
    part = parse_inventory(spdx2(bare, system)).components[0]
    assert part.purl is not None
    assert dict(part.purl.qualifiers) == {"distro": "alpine-3.19.1"}


def test_the_export_of_githubs_dependency_graph() -> None:
    inner = json.loads(spdx2({"SPDXID": "a", "name": "x", "externalRefs": [purl_reference("pkg:npm/x@1")]}))
    assert len(parse_inventory(json.dumps({"sbom": inner}).encode()).components) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (spdx2(version="SPDX-2.0"), "remediation.unsupported-inventory"),
        (spdx2(version="SPDX-4.0"), "remediation.unsupported-inventory"),
        (spdx2()[:-4], "remediation.unreadable-inventory"),
        (b'{"spdxVersion": "SPDX-2.3", "packages": {}}', "remediation.unreadable-inventory"),
        (b'{"spdxVersion": 2.3}', "remediation.unreadable-inventory"),
        (b"SPDXVersion: SPDX-2.0\n", "remediation.unsupported-inventory"),
        (b"# SPDXVersion:\nSPDXVersion:\n", "remediation.unsupported-inventory"),
    ],
)
def test_bad_documents_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data)
    assert caught.value.code == code
    assert caught.value.remedy


TAG_VALUE = f"""SPDXVersion: SPDX-2.3
DocumentName: router
# a comment: no tag

PackageName: openssl
SPDXID: SPDXRef-1
PackageVersion: 3.0.11
PackageSupplier: Organization: The OpenSSL Project (mail@example.org)
ExternalRef: SECURITY cpe23Type {CPE}
ExternalRef: PACKAGE-MANAGER purl pkg:generic/openssl@3.0.11
PackageCopyrightText: <text>A licence text.
PackageName: this is text and no tag
PackageVersion: nor is this</text>
Relationship: SPDXRef-1 CONTAINS SPDXRef-2

PackageName: busybox@v1.36
SPDXID: SPDXRef-2
PackageVersion: v1.36
PackageOriginator: Person: Denys
FileName: ./bin/sh
SPDXID: SPDXRef-file
PackageVersion: of a file, which has none

PackageName: unversioned
SPDXID: SPDXRef-3
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_packages_of_tag_value(encoding: str, end: str) -> None:
    inventory = parse_inventory(TAG_VALUE.replace("\n", end).encode(encoding))
    assert (inventory.format, inventory.name) == ("SPDX 2.3 tag-value", "router")
    assert short(inventory) == [
        ("pkg:generic/openssl@3.0.11", "SPDXRef-1", "", "", "", CPE),
        ("", "SPDXRef-2", "Denys", "busybox", "v1.36", ""),
    ]
    assert inventory.unreadable == ("SPDXRef-3: it names no version",)


def test_tag_value_that_is_cut_off_says_so() -> None:
    cut = TAG_VALUE[: TAG_VALUE.index("nor is this")]
    inventory = parse_inventory(cut.encode())
    assert len(inventory.components) == 1
    assert "cut off within the text that begins in line 11" in inventory.unreadable[0]


def test_a_text_of_tag_value_is_bounded() -> None:
    endless = "SPDXVersion: SPDX-2.3\nPackageName: x\nPackageCopyrightText: <text>" + "word\n" * 400
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(endless.encode(), Limits(string_bytes=1000))
    assert caught.value.code == "remediation.too-large"


CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def spdx3(*elements: Any, version: str = "3.0.1", context: str = CONTEXT) -> bytes:
    info = {"type": "CreationInfo", "@id": "_:c", "specVersion": version} if version else {"type": "Hash"}
    return json.dumps({"@context": context, "@graph": [info, *elements]}).encode()


def test_packages_of_spdx_3() -> None:
    inventory = parse_inventory(
        spdx3(
            {"type": "software_Package", "spdxId": "u:a", "name": "x", "software_packageUrl": "pkg:npm/x@1"},
            {
                "type": "software_Package",
                "spdxId": "u:b",
                "name": "y",
                "software_packageVersion": "2",
                "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/y"}],
            },
            {
                "type": "software_Package",
                "spdxId": "u:c",
                "name": "gate",
                "software_packageVersion": "2.1",
                "suppliedBy": "u:org",
                "externalIdentifier": [{"externalIdentifierType": "cpe23", "identifier": CPE}],
            },
            {"type": "Organization", "spdxId": "u:org", "name": "Acme"},
            {"type": "software_File", "spdxId": "u:f", "name": "readme"},
            {"type": "software_Package", "spdxId": "u:d", "name": "z"},
            {"type": "software_Package", "spdxId": "u:e", "name": 5},
            {
                "type": "SpdxDocument",
                "spdxId": "u:doc",
                "name": "firmware",
                "rootElement": ["u:a"],
                "element": [{"type": "software_Package", "spdxId": "u:i", "software_packageUrl": "pkg:npm/inline@3"}],
            },
        )
    )
    assert (inventory.format, inventory.name) == ("SPDX 3.0.1 JSON", "firmware")
    assert short(inventory) == [
        ("pkg:npm/x@1", "u:a", "", "", "", ""),
        ("pkg:npm/y@2", "u:b", "", "", "", ""),
        ("", "u:c", "Acme", "gate", "2.1", CPE),
        ("pkg:npm/inline@3", "u:i", "", "", "", ""),
    ]
    assert [line.partition(": ")[0] for line in inventory.unreadable] == ["element 8", "u:d"]


def test_one_element_without_a_graph() -> None:
    element = {"@context": CONTEXT, "@type": "software_Package", "@id": "u:a", "software_packageUrl": "pkg:npm/x@1"}
    inventory = parse_inventory(json.dumps(element).encode())
    assert short(inventory) == [("pkg:npm/x@1", "u:a", "", "", "", "")]
    assert inventory.format == "SPDX 3.0.1 JSON"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (spdx3(version="3.1.0"), "remediation.unsupported-inventory"),
        (spdx3(version="4.0"), "remediation.unsupported-inventory"),
        (spdx3(version="", context="https://example.org/"), "remediation.unreadable-inventory"),
        (spdx3()[:-3], "remediation.unreadable-inventory"),
        (b'{"@graph": 1}', "remediation.unreadable-inventory"),
    ],
)
def test_bad_spdx_3_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data)
    assert caught.value.code == code


def test_inline_elements_nest_only_so_deep() -> None:
    element: dict[str, Any] = {"type": "software_Package", "software_packageUrl": "pkg:npm/x@1"}
    for _ in range(10):
        element = {"type": "Bundle", "element": [element]}
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(spdx3(element), Limits(depth=5))
    assert caught.value.code == "remediation.too-large"
