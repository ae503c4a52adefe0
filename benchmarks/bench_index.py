"""The index: how long a build takes, how large it gets, and how fast it answers, as records grow tenfold and more.

Records are padded ones (`padded_records.py`), 10,000 and then `SEAWALL_BENCH_RECORDS` (default 100,000; the figures in
`docs/index-file.md` are for 300,000). The peer of a look-up is `VersionRange.contains` on one range, already in memory:
what no index at all would cost, if one knew which record to ask.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.padded_records import ECOSYSTEMS, PACKAGES, package_name, write
from seawall.kernel.versions import VersionRange
from seawall.remediation.index import IndexBuild, SQLiteIndex, open_index
from seawall.remediation.names import Lookup, package_key_of

COUNTS = (10_000, int(os.environ.get("SEAWALL_BENCH_RECORDS", "100000")))
COMPONENTS = 1_000_000
DISTINCT = 50_000
INVENTORY = 904
"""Components of Keycloak's inventory."""
PLAIN = [name for name in ECOSYSTEMS if name not in {"Debian", "Ubuntu", "Alpine", "Red Hat"}]


def lookups(count: int, seed: int) -> list[Lookup]:
    """As an inventory has them: one of three packages has been in some advisory."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        ecosystem = chance.choice(PLAIN)
        number = chance.randrange(PACKAGES) + (0 if chance.random() < 0.34 else PACKAGES)
        version = f"{chance.randint(0, 12)}.{chance.randint(0, 40)}.{chance.randint(0, 30)}"
        found.append(Lookup(package_key_of(ecosystem, package_name(ecosystem, number)), ecosystem, version))
    return found


def built(folder: Path, count: int) -> Path:
    source, out = folder / f"{count}.ndjson", folder / f"{count}.db"
    write(source, count)
    for kind in ("from scratch", "again, nothing new"):
        making = IndexBuild(out)
        making.add_records("osv", source)
        began = time.perf_counter()
        report = making.run()
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        each = report.built.manifest.bytes / report.built.manifest.records
        print(f"{count:>9,} records, {kind:<19} {seconds:7.1f} s, {each:5.0f} bytes a record, peak {peak} MiB so far")
    return out


def asked(path: Path) -> None:
    inventory = lookups(INVENTORY, 1)
    rounds = []
    for _ in range(7):
        began = time.perf_counter()
        with open_index(path) as index:
            answers = [index.look_up(lookup) for lookup in inventory]
        rounds.append(time.perf_counter() - began)
    hits = sum(len(answer.hits) for answer in answers)
    print(f"           open and {INVENTORY} look-ups: {min(rounds) * 1e3:.1f} ms ({hits} hits; goal 25 ms)")
    with open_index(path) as index:
        one_by_one(index)
    with open_index(path) as index:
        many = random.Random(3).choices(lookups(DISTINCT, 2), k=COMPONENTS)
        began = time.perf_counter()
        index.look_up_many(many)
        seconds = time.perf_counter() - began
    print(
        f"           {COMPONENTS:,} components, {DISTINCT:,} distinct: {COMPONENTS / seconds:,.0f}/s (goal 500,000/s)"
    )


def one_by_one(index: SQLiteIndex) -> None:
    times: dict[bool, list[float]] = {True: [], False: []}
    for lookup in lookups(20_000, 4):
        began = time.perf_counter()
        answer = index.look_up(lookup)
        times[bool(answer.hits)].append(time.perf_counter() - began)
    range_ = VersionRange.from_osv("npm", [[("introduced", "1.0.0"), ("fixed", "4.12.3")]])
    began = time.perf_counter()
    for _ in range(20_000):
        range_.contains("4.7.1")
    peer = (time.perf_counter() - began) / 20_000
    every, with_hits, without = (
        statistics.median(group) * 1e6 for group in (times[True] + times[False], times[True], times[False])
    )
    print(
        f"           a look-up: median {every:.1f} µs, without a hit {without:.1f} µs, with hits {with_hits:.1f} µs "
        f"(goal 15 µs); one range in memory {peer * 1e6:.1f} µs"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            asked(built(Path(folder), count))


if __name__ == "__main__":
    main()
