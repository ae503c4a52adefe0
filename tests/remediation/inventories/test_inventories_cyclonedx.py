"""CycloneDX, JSON and XML: every component is read or named, and hostile documents end in a clear error."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError
from seawall.kernel.limits import Limits
from seawall.remediation.inventories import parse_inventory, read_inventory


def document(*components: Any, version: str = "1.5", **more: Any) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": version, "components": components, **more}).encode()


def component(purl: str, **more: Any) -> dict[str, Any]:
    return {"type": "library", "name": "n", "bom-ref": f"ref:{purl}", "purl": purl, **more}


@pytest.mark.parametrize("minor", range(2, 8))
def test_every_supported_version_is_read(minor: int) -> None:
    inventory = parse_inventory(document(component("pkg:pypi/a@1"), version=f"1.{minor}"))
    assert [str(part.purl) for part in inventory.components] == ["pkg:pypi/a@1"]


def test_nested_components_and_the_subject_are_read_in_order() -> None:
    inner = component("pkg:npm/c@3", components=[component("pkg:npm/d@4")])
    outer = component("pkg:npm/b@2", components=[inner])
    subject = component("pkg:npm/a@1", name="app", version="1")
    inventory = parse_inventory(document(outer, component("pkg:npm/e@5"), metadata={"component": subject}))
    assert [part.purl.name for part in inventory.components] == ["a", "b", "c", "d", "e"]
    assert inventory.name == "app@1"
    assert inventory.components[0].ref == "ref:pkg:npm/a@1"


def test_a_scoped_package_and_the_components_own_version() -> None:
    inventory = parse_inventory(document(component("pkg:npm/%40babel/core", version="7.1.0")))
    (part,) = inventory.components
    assert (part.purl.full_name, part.purl.version) == ("@babel/core", "7.1.0")


def test_what_cannot_be_matched_is_named_with_the_reason() -> None:
    inventory = parse_inventory(
        document(
            {"type": "library", "name": "readme"},
            component("pkg:pypi/noversion"),
            component("not a purl"),
            component("pkg:pypi/good@1"),
        )
    )
    assert len(inventory.components) == 1
    assert [line.partition(": ")[2].partition("'")[0] for line in inventory.unreadable] == [
        "it names no version",
        "it names no version",
        "",
    ]
    assert "not a purl" in inventory.unreadable[2]


def test_malformed_components_are_named_and_the_rest_is_read() -> None:
    nested = component("pkg:pypi/b@2", version=7, components=[component("pkg:pypi/c@3"), None])
    inventory = parse_inventory(
        document("text", nested, component("pkg:pypi/d@4", components="x"), metadata={"component": {"name": 1}})
    )
    assert [part.purl.name for part in inventory.components] == ["c", "d"]
    assert [line.partition(": ")[0] for line in inventory.unreadable] == [
        "metadata.component",
        "component 1",
        "component 2",
        "component 2.2",
        "component 3",
    ]


def test_the_digest_is_that_of_the_bytes_and_a_byte_order_mark_does_no_harm() -> None:
    data = b"\xef\xbb\xbf" + document(component("pkg:pypi/a@1"))
    inventory = parse_inventory(data, name="sbom.json")
    assert (inventory.digest, inventory.name) == (sha256(data).hexdigest(), "sbom.json")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "remediation.unreadable-inventory"),
        (b"{", "remediation.unreadable-inventory"),
        (b"PK\x03\x04", "remediation.unreadable-inventory"),
        (b"\x7fELF\x00\x01", "remediation.unknown-inventory"),
        (b'{"bomFormat": "\xff"}', "remediation.unreadable-inventory"),
        (b"[]", "remediation.no-header"),
        (document(version="1.5")[:-5], "remediation.unreadable-inventory"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": 7}', "remediation.unreadable-inventory"),
        (b"  <bom/>", "remediation.unknown-inventory"),
        (b"{}", "remediation.unknown-inventory"),
        (b'{"bomFormat": 7}', "remediation.unreadable-inventory"),
        (document(version="1.1"), "remediation.unsupported-inventory"),
        (document(version="2.0"), "remediation.unsupported-inventory"),
        (b'{"a":' * 10_000, "remediation.too-large"),
    ],
)
def test_what_is_no_inventory_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data)
    assert caught.value.code == code
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"runs": []}', "SARIF"),
        (b'{"document": {}}', "CSAF"),
        (b'{"artifacts": []}', "Syft"),
        (b"<!-- --><html/>", "web page"),
    ],
)
def test_what_is_something_else_is_called_by_its_name(data: bytes, name: str) -> None:
    with pytest.raises(InvalidInputError, match=name):
        parse_inventory(data)


def test_components_without_a_purl_become_products() -> None:
    cpe = "cpe:2.3:a:acme:gate:2.1:*:*:*:*:*:*:*"
    inventory = parse_inventory(
        document(
            {"name": "a", "version": "1", "publisher": "P", "supplier": {"name": "S"}, "group": "G"},
            {"name": "b", "version": "1", "supplier": {"name": "S"}, "group": "G"},
            {"name": "c", "version": "1", "group": "G"},
            {"name": "gate", "cpe": cpe},
            {"name": "d", "version": "1", "supplier": "malformed"},
            {"type": "file", "name": "/etc/motd"},
            {"type": "file", "name": "/etc/issue"},
        )
    )
    assert [(part.vendor, part.name, part.version, part.cpe, part.purl) for part in inventory.components] == [
        ("P", "a", "1", "", None),
        ("S", "b", "1", "", None),
        ("G", "c", "1", "", None),
        ("", "gate", "2.1", cpe, None),
        ("", "d", "1", "", None),
    ]
    assert inventory.unreadable == ()
    assert inventory.notes == ("files and data without a version, which are not compared: 2",)


def test_an_unknown_purl_type_is_kept() -> None:
    (part,) = parse_inventory(document(component("pkg:brandnew/thing@1"))).components
    assert part.purl is not None
    assert part.purl.type == "brandnew"


def test_the_operating_system_says_where_packages_are_installed() -> None:
    system = {"type": "operating-system", "name": "debian", "version": "12"}
    bare = component("pkg:deb/debian/libssl3@3.0.11-1?arch=amd64")
    own = component("pkg:deb/debian/zlib1g@1.2?distro=debian-11")
    other = component("pkg:deb/ubuntu/bash@5.2")
    inventory = parse_inventory(document(bare, own, other, component("pkg:pypi/a@1"), system))
    purls = {part.purl.name: dict(part.purl.qualifiers) for part in inventory.components if part.purl}
    assert purls["libssl3"] == {"arch": "amd64", "distro": "debian-12"}
    assert purls["zlib1g"] == {"distro": "debian-11"}
    assert purls["bash"] == {}
    assert purls["a"] == {}


def test_who_reads_has_the_last_word_about_the_distribution_and_two_systems_say_nothing() -> None:
    systems = [{"type": "operating-system", "name": "debian", "version": version} for version in ("11", "12")]
    bare = component("pkg:deb/debian/libssl3@3.0.11-1")
    told = parse_inventory(document(bare, systems[0]), distro="debian-13")
    assert dict(told.components[0].purl.qualifiers) == {"distro": "debian-13"}  # type: ignore[union-attr]
    assert "debian-11" in told.notes[0]
    torn = parse_inventory(document(bare, *systems))
    assert dict(torn.components[0].purl.qualifiers) == {}  # type: ignore[union-attr]
    assert "several operating systems" in torn.notes[0]


def test_repeats_are_counted_and_different_components_under_one_reference_are_kept() -> None:
    same = {"bom-ref": "x", "purl": "pkg:pypi/a@1"}
    other = {"bom-ref": "x", "purl": "pkg:pypi/b@1"}
    inventory = parse_inventory(document(same, other, same, other, same))
    assert [str(part.purl) for part in inventory.components] == ["pkg:pypi/a@1", "pkg:pypi/b@1"]
    assert inventory.notes == (
        "entries that repeat an earlier one: 3, the first 'x'; each was taken once",
        "components under a reference that another one has: 1; all were kept",
    )


def test_control_characters_become_blanks() -> None:
    inventory = parse_inventory(document({"name": "a\x1b[2J\nb", "version": "1", "bom-ref": "r\x07"}))
    assert [(part.name, part.ref) for part in inventory.components] == [("a [2J b", "r")]


XML = """<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.{minor}" xmlns:x="urn:x">
 <metadata><component type="application" bom-ref="root"><name>app</name><version>2</version></component></metadata>
 <components>
  <component type="library" bom-ref="one">
   <supplier><name>Acme</name><contact><name>nobody</name></contact></supplier>
   <name>outer</name><version>1.0</version><purl>pkg:npm/outer@1.0?a=b&amp;c=d</purl>
   <pedigree><ancestors>
     <component type="library"><name>old</name><version>0</version></component></ancestors></pedigree>
   <components><component type="library"><name>inner</name><version>3</version>
     <x:version>9</x:version></component></components>
  </component>
  <component type="library" bom-ref="two"><group>g</group><name>bare</name>
   <licenses><license><name>MIT</name></license></licenses></component>
 </components>
 <dependencies><dependency ref="one"><dependency ref="two"/></dependency>
  <dependency ref="two"><dependency ref="one"/></dependency></dependencies>
</bom>"""


@pytest.mark.parametrize("minor", range(2, 8))
def test_xml_says_what_json_says(minor: int) -> None:
    inventory = parse_inventory(XML.replace("{minor}", str(minor)).encode())
    assert (inventory.name, inventory.format) == ("app@2", f"CycloneDX 1.{minor} XML")
    assert [(str(part.purl or ""), part.vendor, part.name, part.version) for part in inventory.components] == [
        ("", "", "app", "2"),
        ("pkg:npm/outer@1.0?a=b&c=d", "", "", ""),
        ("", "", "inner", "3"),
    ]
    assert inventory.unreadable == ("two: it names no version",)


def test_xml_in_utf_16_is_read() -> None:
    text = XML.replace("{minor}", "5").replace("UTF-8", "UTF-16")
    assert len(parse_inventory(text.encode("utf-16")).components) == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (XML.replace("{minor}", "8"), "remediation.unsupported-inventory"),
        (XML.replace("{minor}", "5")[:900], "remediation.unreadable-inventory"),
        (XML.replace("{minor}", "5").replace("<bom", "<!DOCTYPE bom><bom"), "remediation.hostile-xml"),
        (XML.replace("{minor}", "5").replace("nobody", "&who;"), "remediation.unreadable-inventory"),
        ("<other xmlns='http://cyclonedx.org/schema/bom/1.5'/>", "remediation.unreadable-inventory"),
    ],
)
def test_bad_xml_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(text.encode())
    assert caught.value.code == code


@pytest.mark.parametrize("malformed", [False, True])
@pytest.mark.parametrize(
    "limits", [Limits(bytes=100), Limits(depth=3), Limits(items=3)], ids=["bytes", "depth", "components"]
)
def test_limits_hold(limits: Limits, malformed: bool) -> None:
    inner = component("pkg:pypi/a@1")
    for _ in range(4):
        inner = component("pkg:pypi/b@1", components=[inner])
    extra = [None] if malformed else []
    with pytest.raises(LimitExceededError) as caught:
        parse_inventory(document(inner, *extra), limits)
    assert caught.value.code == "remediation.too-large"


def test_a_file_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        read_inventory(tmp_path / "none.json")
    assert caught.value.code == "remediation.unopened"
