"""Inventories: every component is read or named as unreadable, and hostile documents end in a clear error."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError
from seawall.kernel.limits import Limits
from seawall.remediation import parse_inventory, read_inventory

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
PUBLISHED = sorted((SHARED / "data" / "sbom").glob("*cdx*.json"))


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
            {"type": "file", "name": "readme", "version": "1"},
            component("pkg:pypi/noversion"),
            component("not a purl"),
            component("pkg:pypi/good@1"),
        )
    )
    assert len(inventory.components) == 1
    assert [line.partition(": ")[2].partition("'")[0] for line in inventory.unreadable] == [
        "it has no package URL",
        "it has no version",
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
        (b'{"bomFormat": "\xff"}', "remediation.unreadable-inventory"),
        (b"[]", "remediation.unreadable-inventory"),
        (document(version="1.5")[:-5], "remediation.unreadable-inventory"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": 7}', "remediation.unreadable-inventory"),
        (b"  <bom/>", "remediation.not-cyclonedx"),
        (b"{}", "remediation.not-cyclonedx"),
        (b'{"spdxVersion": "SPDX-2.3"}', "remediation.not-cyclonedx"),
        (document(version="1.1"), "remediation.unsupported-cyclonedx"),
        (document(version="2.0"), "remediation.unsupported-cyclonedx"),
        (b'{"a":' * 10_000, "remediation.too-large"),
    ],
)
def test_what_is_no_inventory_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data)
    assert caught.value.code == code
    assert caught.value.remedy


def test_spdx_is_called_by_its_name() -> None:
    with pytest.raises(InvalidInputError, match="this is SPDX"):
        parse_inventory(b'{"spdxVersion": "SPDX-2.3"}')


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


@pytest.mark.skipif(not PUBLISHED, reason="the published inventories are not here")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_published_inventories_are_read_completely(path: Path) -> None:
    def count(components: list[dict[str, Any]]) -> int:
        return sum(1 + count(part.get("components", [])) for part in components)

    raw = json.loads(path.read_bytes())
    subject = raw.get("metadata", {}).get("component")
    inventory = read_inventory(path)
    assert len(inventory.components) + len(inventory.unreadable) == count(raw["components"]) + (subject is not None)
    assert inventory.unreadable == ()
