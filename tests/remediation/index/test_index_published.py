"""The index of the published records against each record's own range, and against damage by hand."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from pathlib import Path

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.remediation.index import memory_index
from seawall.remediation.model import Affected, Record
from seawall.remediation.names import Lookup
from seawall.remediation.records.osv import read

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "osv"


@pytest.mark.skipif(not SHARED.exists(), reason="the published records are not at hand")
@pytest.mark.parametrize("name", ["pypi", "go"])
def test_every_answer_agrees_with_the_ranges_of_all_records_of_the_package(name: str) -> None:
    zstandard = pytest.importorskip("zstandard")
    with (SHARED / f"{name}.ndjson.zst").open("rb") as packed:
        lines = zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines()
    records = [record for line in lines for record in read(line) if not record.withdrawn]
    naming: dict[str, list[tuple[Record, Affected]]] = defaultdict(list)
    for record in records:
        for affected in record.affected:
            naming[affected.package].append((record, affected))
    chance = random.Random(5)
    asked = hits = 0
    with memory_index(records) as index:
        for package in chance.sample(sorted(naming), 250):
            entries = naming[package]
            bounds = {span.introduced for _, entry in entries for span in entry.versions.spans}
            bounds |= {span.end[1] for _, entry in entries for span in entry.versions.spans if span.end}
            listed = {version for _, entry in entries for version in entry.versions.versions}
            for version in {*bounds, *chance.sample(sorted(listed), min(5, len(listed))), "1.2.3", "no version"}:
                answer = index.look_up(Lookup(package, entries[0][1].versions.ecosystem, version))
                said = {place for hit in answer.hits for place in hit.records}
                expected, undecided = set(), set()
                for record, entry in entries:
                    try:
                        if entry.versions.contains(version) is not None:
                            expected.add(f"osv:{record.id}")
                    except InvalidInputError:
                        undecided.add(f"osv:{record.id}")
                doubted = {place for doubt in answer.doubts for place in doubt.vulnerability.records}
                assert expected <= said <= expected | undecided
                folded = {place for hit in answer.hits for place in hit.vulnerability.records}
                assert undecided <= said | doubted | folded
                asked += 1
                hits += len(said)
    assert asked > 500
    assert hits > 500
