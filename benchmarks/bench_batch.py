"""A thousand inventories at once: components a second after parsing, and how that grows with advisories and components.

Inventories hold 1,000 components each, drawn from 50,000 distinct package versions, some far more often than others, as
real ones do. One of three packages has been in some advisory. How many are exposed decides the rate as much as how many
there are, so both are printed; real SBOMs lie between a handful of 841 components and 58 of 202. Two processes share
them, as on a server with two processors; each opens the index and matches each distinct package version once. Due dates
are decided as well. The physical limit beside it: looking each component up in a dictionary that is in memory already.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from benchmarks.bench_index import PLAIN
from benchmarks.padded_records import PACKAGES, package_name, write
from seawall.kernel.purl import Purl, purl_of
from seawall.remediation import CheckService, Component, Inventory
from seawall.remediation.index import IndexBuild, open_index

ADVISORIES = (10_000, int(os.environ.get("SEAWALL_BENCH_RECORDS", "300000")))
INVENTORIES = (10, 100, 1_000)
EACH = 1_000
DISTINCT = 50_000
PROCESSES = 2
AT = datetime(2026, 11, 21, tzinfo=UTC)


def purls(seed: int = 5) -> list[Purl]:
    """Distinct package versions; one of three packages has been in some advisory."""
    chance = random.Random(seed)
    made = []
    for _ in range(DISTINCT):
        ecosystem = chance.choice(PLAIN)
        number = chance.randrange(PACKAGES) + (0 if chance.random() < 0.34 else PACKAGES)
        version = f"{chance.randint(0, 12)}.{chance.randint(0, 40)}.{chance.randint(0, 30)}"
        made.append(purl_of(ecosystem, package_name(ecosystem, number), version))
    return made


def inventories(count: int, seed: int) -> list[Inventory]:
    """Components as a reader gives them: each a value of its own, though many are equal."""
    chance = random.Random(seed)
    known = purls()
    made = []
    for number in range(count):
        drawn = [known[int(DISTINCT * chance.random() ** 2)] for _ in range(EACH)]
        components = tuple(Component(purl, f"{number}-{place}") for place, purl in enumerate(drawn))
        made.append(Inventory(f"asset {number}", "", components))
    return made


def share(job: tuple[str, int, int]) -> tuple[float, int, int]:
    """Check one process's share; return seconds after parsing, exposures and peak memory in MiB."""
    index, count, seed = job
    listed = inventories(count, seed)
    began = time.perf_counter()
    with open_index(Path(index)) as opened:
        service = CheckService(opened)
        exposures = sum(len(service.check(inventory, at=AT, exposed="no").exposures) for inventory in listed)
    seconds = time.perf_counter() - began
    return seconds, exposures, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def limit(count: int) -> float:
    """Seconds for the same components as keys of one dictionary."""
    listed = inventories(count, 1)
    table = dict.fromkeys(purls(), 1)
    began = time.perf_counter()
    found = 0
    for inventory in listed:
        for component in inventory.components:
            found += table[component.purl]  # type: ignore[index]
    return time.perf_counter() - began


def main() -> None:
    context = get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        for advisories in ADVISORIES:
            source, index = Path(name) / "records.ndjson", Path(name) / f"{advisories}.sqlite"
            write(source, advisories)
            making = IndexBuild(index)
            making.add_records("osv", source)
            making.run()
            for count in INVENTORIES:
                with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
                    jobs = [(str(index), count // PROCESSES, seed) for seed in range(PROCESSES)]
                    shares = list(pool.map(share, jobs))
                components = count // PROCESSES * PROCESSES * EACH
                rate = components / max(seconds for seconds, _, _ in shares)
                peak = max(memory for _, _, memory in shares)
                exposed = sum(found for _, found, _ in shares)
                print(
                    f"{advisories:>8,} advisories, {components:>9,} components: {rate:>10,.0f}/s, "
                    f"{exposed:,} exposures, peak {peak} MiB a process"
                )
        best = INVENTORIES[-1] * EACH / limit(INVENTORIES[-1])
        print(f"the limit, one dictionary and one process: {best:,.0f}/s")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
