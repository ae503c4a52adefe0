"""Published SBOMs are read whole: as many components as an independent count finds, each with what it needs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from seawall.remediation import Inventory
from seawall.remediation.inventories import read_inventory

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[4] / "shared"))
PUBLISHED = sorted((SHARED / "data" / "sbom").glob("*"))


def listed(path: Path) -> tuple[int, int]:
    """Count components by other means: all, and those with a purl."""
    if path.suffix == ".spdx":
        lines = path.read_text().splitlines()
        return sum(line.startswith("PackageName: ") for line in lines), 0
    if path.suffix == ".xml":
        root = ET.parse(path).getroot()
        space = root.tag.partition("}")[0] + "}"
        found = [*root.iter(f"{space}component")]
        return len(found), sum(part.find(f"{space}purl") is not None for part in found)
    document = json.loads(path.read_bytes())
    if "packages" in document:
        return len(document["packages"]), len(re.findall(r'"referenceType": "purl"', path.read_text()))

    def below(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for part in components for each in (part, *below(part.get("components", [])))]

    found = below([*document["components"], *filter(None, [document.get("metadata", {}).get("component")])])
    return len(found), sum("purl" in part for part in found)


def repeated(inventory: Inventory) -> int:
    return sum(int(note.split(": ")[1].split(",")[0]) for note in inventory.notes if note.startswith("entries that"))


@pytest.mark.skipif(not PUBLISHED, reason="the published inventories are not here")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_published_inventories_are_read_whole(path: Path) -> None:
    inventory = read_inventory(path)
    total, with_purl = listed(path)
    cut_off = [line for line in inventory.unreadable if line.startswith("the document: it is cut off")]
    assert len(inventory.components) + len(inventory.unreadable) - len(cut_off) + repeated(inventory) == total
    assert sum(part.purl is not None for part in inventory.components) == with_purl
    assert all(line.endswith("it names no version") for line in inventory.unreadable if line not in cut_off)
    assert len(inventory.unreadable) <= 3
    assert inventory.name
    assert inventory.format
    assert (len(cut_off) == 1) == (not path.read_bytes().rstrip().endswith((b"}", b">")) and path.suffix == ".spdx")
