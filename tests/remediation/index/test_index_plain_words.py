"""Every published CVE, CSAF and OSV record against a second reading of its own words, at and beside each bound.

A sample is taken unless slow tests are asked for. What the second reading cannot read is held to one rule alone: the
index never answers "not affected" where the record says something that neither reads.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.remediation.index.conftest import record
from tests.remediation.index.plain_words import (
    Numbers,
    beside,
    bounds_in,
    cve_status,
    numbers_of,
    osv_affected,
    text_holds,
)

from seawall.kernel.versions import VersionRange
from seawall.remediation.index import SQLiteIndex, memory_index
from seawall.remediation.model import Affected, Record
from seawall.remediation.names import Lookup
from seawall.remediation.records.cve import read as read_cve
from seawall.remediation.records.osv import read as read_osv

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[4] / "shared")) / "data"
HAS_DATA = pytest.mark.skipif(not SHARED.exists(), reason="the published records are not at hand")
SAMPLES = pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.slow)])

Entry = tuple[dict[str, Any], VersionRange]


def lines_of(name: str, every: int) -> Iterator[bytes]:
    zstandard = pytest.importorskip("zstandard")
    with (SHARED / name).open("rb") as packed:
        for number, line in enumerate(io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(packed))):
            if number % every == 0:
                yield line


def cve_entries(every: int) -> list[Entry]:
    """Distinct entries about products by name, each with what the reader of CVE records makes of it alone."""
    found: dict[str, Entry] = {}
    for line in lines_of("cve/vulnrichment-2024.ndjson.zst", every):
        document = json.loads(line)
        if document["cveMetadata"]["state"] != "PUBLISHED":
            continue
        for entry in document["containers"]["cna"].get("affected", ()):
            words = {name: entry[name] for name in ("versions", "defaultStatus") if name in entry}
            said = json.dumps(words)
            if said in found:
                continue
            alone = {
                "cveMetadata": {"cveId": "CVE-2026-0001"},
                "containers": {"cna": {"affected": [{"product": "x"} | words]}},
            }
            for affected in read_cve(msgspec.json.encode(alone))[0].affected:
                found[said] = words, affected.versions
    return list(found.values())


def indexed(ranges: Sequence[VersionRange]) -> SQLiteIndex:
    """Each range as the only statement about a package of its own."""
    return memory_index(
        record(f"CVE-2026-{number}", Affected(f"generic/{number}", range_), source="cve")
        for number, range_ in enumerate(ranges)
    )


def asked(index: SQLiteIndex, number: int, range_: VersionRange, version: str) -> str:
    answer = index.look_up(Lookup(f"generic/{number}", range_.ecosystem, version))
    assert len(answer.hits) + len(answer.doubts) <= 1
    return "hit" if answer.hits else "doubt" if answer.doubts else "none"


EXPECTED = {
    "affected": "hit",
    "otherwise affected": "hit",
    "unaffected": "none",
    "otherwise unaffected": "none",
    "unknown": "doubt",
    "otherwise unknown": "none",
}


@HAS_DATA
@SAMPLES
def test_cve_entries_mean_what_their_words_say(every: int) -> None:  # noqa: C901 - one pass over large data, for several rules
    entries = [(words, found) for words, found in cve_entries(every) if found.ecosystem != "Red Hat"]
    compared = silent = prefixed = 0
    wrong = []
    with indexed([found for _, found in entries]) as index:
        for number, (words, found) in enumerate(entries):
            bounds = bounds_in(words)
            for version in {near for bound in bounds for near in beside(bound)}:
                numbers = numbers_of(version)
                status = cve_status(words, numbers) if numbers is not None else None
                answer = asked(index, number, found, version)
                if status is not None:
                    compared += 1
                    if answer != EXPECTED[status]:
                        wrong.append((words, version, status, answer))
                elif numbers is None and answer == "none":
                    # With words behind it, a version lies between numbers that the record decides alike, or not at all.
                    plain = numbers_of(version.partition(" ")[0].partition("-")[0]) or (0,)
                    below = (*plain[:-1], plain[-1] - 1, 99_999) if version.endswith("-rc1") else plain
                    around = [cve_status(words, place) for place in (below, plain, (*plain, 1))]
                    if set(around) == {"affected"} and found.ecosystem == "generic":
                        wrong.append((words, version, "affected all around", answer))
            rows = words.get("versions", [])
            texts = [text for bound in bounds if (text := bound.strip())]
            if rows and not any(character.isdigit() for text in texts for character in text):
                silent += 1
                if (
                    all(row.get("status") == "affected" for row in rows)
                    and asked(index, number, found, "1.2") == "none"
                ):
                    wrong.append((words, "1.2", "without any number", "none"))
            plain_rows = [row for row in rows if row.get("status") == "affected"]
            if plain_rows and found.ecosystem == "generic" and all(numbers_of(text) for text in texts):
                prefixed += 1
                if asked(index, number, found, f"S{texts[0].lstrip('vV')}") == "none":
                    wrong.append((words, f"S{texts[0]}", "written differently", "none"))
    assert wrong == []
    assert compared > 20_000 / every
    assert silent
    assert prefixed > 1_500 / every


@HAS_DATA
@SAMPLES
def test_csaf_texts_mean_what_they_say(every: int) -> None:  # noqa: C901 - one pass over large data, for several rules
    texts: set[str] = set()

    def collect(branches: list[dict[str, Any]]) -> None:
        for branch in branches:
            if branch.get("category") in {"product_version", "product_version_range"}:
                texts.add(str(branch["name"]))
            collect(branch.get("branches", []))

    for line in lines_of("csaf/cisa.ndjson.zst", every):
        collect(json.loads(line).get("product_tree", {}).get("branches", []))
    ordered = sorted(texts)
    ranges = [VersionRange.from_text("generic", text) for text in ordered]
    compared = 0
    wrong = []
    with indexed(ranges) as index:
        for number, (text, range_) in enumerate(zip(ordered, ranges, strict=True)):
            digits = "".join(character if character.isdigit() or character == "." else " " for character in text)
            for version in {near for bound in digits.split() for near in beside(bound.strip("."))}:
                numbers = numbers_of(version)
                answer = asked(index, number, range_, version)
                held = text_holds(text, numbers) if numbers is not None else None
                if held is not None:
                    compared += 1
                    if answer != ("hit" if held else "none"):
                        wrong.append((text, version, held, answer))
                if range_.problems and answer == "none":
                    wrong.append((text, version, "unread", answer))
            if not any(character.isdigit() for character in text) and asked(index, number, range_, "1.2") == "none":
                wrong.append((text, "1.2", "without any number", "none"))
    assert wrong == []
    assert compared > 2_000 / every


@HAS_DATA
@SAMPLES
@pytest.mark.parametrize("name", ["pypi", "go", "oss-fuzz"])
def test_osv_entries_mean_what_their_words_say(name: str, every: int) -> None:  # noqa: C901, PLR0912 - as above
    entries: list[tuple[dict[str, Any], Record, Affected]] = []
    for line in lines_of(f"osv/{name}.ndjson.zst", max(1, every // 4)):
        for found in read_osv(line):
            said = [entry for entry in json.loads(line).get("affected", ()) if entry.get("package")]
            if len(said) == len(found.affected):
                entries += [(words, found, affected) for words, affected in zip(said, found.affected, strict=True)]
    compared = spelt = 0
    wrong = []
    with indexed([affected.versions for _, _, affected in entries]) as index:
        for number, (words, found, affected) in enumerate(entries):
            range_ = affected.versions
            listed = words.get("versions") or []
            if name == "oss-fuzz":
                for text in listed[:3] + listed[-3:]:
                    compared += 1
                    if asked(index, number, range_, text) != "hit":
                        wrong.append((found.id, text, "listed", "not hit"))
                    other = text[1:] if text.startswith("v") else f"v{text}"
                    if other not in listed and text[:1].isdigit() | text.startswith("v"):
                        spelt += 1
                        if asked(index, number, range_, other) == "none":
                            wrong.append((found.id, other, "another spelling", "none"))
                if not listed and asked(index, number, range_, "1.0") == "none":
                    wrong.append((found.id, "1.0", "commits alone", "none"))
                continue
            bounds = [
                text
                for kept in words.get("ranges") or ()
                if kept["type"] != "GIT"
                for event in kept["events"]
                for text in event.values()
            ]
            places: dict[str, Numbers] = {
                text: place for text in (*bounds, *listed) if (place := numbers_of(text)) is not None
            }
            if any(text not in places and text != "*" for text in bounds):
                continue
            plain = words | {"versions": [text for text in listed if text in places]}
            for version in {near for text in (*bounds, *plain["versions"][-2:]) for near in beside(text)}:
                numbers = numbers_of(version)
                if numbers is None or len(numbers) > (3 if name == "go" else 9) or version.count(".") > 2:
                    continue
                compared += 1
                if asked(index, number, range_, version) != ("hit" if osv_affected(plain, numbers, places) else "none"):
                    wrong.append((found.id, version, places, "differs"))
    assert wrong == []
    assert compared > 1_000 / every
    assert spelt or name != "oss-fuzz"


def test_the_second_reading_would_see_a_range_that_is_moved() -> None:
    words = {"versions": [{"version": "1.0", "lessThan": "2.5", "status": "affected"}], "defaultStatus": "unaffected"}
    right = VersionRange.from_cve("generic", words["versions"], "unaffected")  # type: ignore[arg-type]
    moved = replace(right, spans=VersionRange.from_text("generic", ">=1.0|<2.4").spans)
    with indexed([right, moved]) as index:
        for version in beside("2.5"):
            numbers = numbers_of(version)
            if numbers is not None:
                status = cve_status(words, numbers)
                assert status is not None
                assert asked(index, 0, right, version) == EXPECTED[status]
        assert asked(index, 1, moved, "2.4") != EXPECTED[str(cve_status(words, (2, 4)))]
