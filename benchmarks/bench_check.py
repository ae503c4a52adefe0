"""The operator's check, cold, beside reading the same file with the standard library.

Peer: `python -c 'import json; json.load(…)'` on the same inventory, in the same run. What is timed is a whole process:
start of Python, imports, reading the inventory, matching, due dates. With `SEAWALL_SHARED` (default `../shared`) the
inventory is Keycloak's (904 components); else a generated one of the same size. Version keys are measured beside it,
against `packaging`.
The command line is measured as people run it (`seawall check SBOM`, without a home) and, below it, the room alone.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from packaging.version import InvalidVersion, Version

from seawall.kernel.versions import version_key

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[2] / "shared"))
KEYCLOAK = SHARED / "data" / "sbom" / "keycloak-10.0.2.cdx.json"
RECORDS = SHARED / "data" / "osv" / "pypi.ndjson.zst"
ROUNDS = 15
WITHOUT_HOME = os.environ | {"SEAWALL_HOME": str(Path(tempfile.gettempdir()) / "seawall-no-home")}
PEER = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))"
CHECK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from seawall.priority import SignalIndex
from seawall.remediation import CheckService, read_inventory, read_osv
known = read_osv([Path(name) for name in sys.argv[2:]]).known
CheckService().check(read_inventory(Path(sys.argv[1])), known, SignalIndex(), at=datetime.now(UTC))
"""


def generated_inventory(folder: Path, components: int = 904) -> Path:
    """Write an inventory of about the size of Keycloak's: 2.2 MB."""
    listed = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/package-{number}@1.{number}",
            "name": f"package-{number}",
            "version": f"1.{number}",
            "purl": f"pkg:pypi/package-{number}@1.{number}",
            "description": "x" * 2_200,
        }
        for number in range(components)
    ]
    path = folder / "inventory.cdx.json"
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed}))
    return path


def generated_records(folder: Path, count: int = 2_000) -> Path:
    """Write OSV records, each about one package with two affected ranges."""
    path = folder / "records.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            events = [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "1.900"}, {"fixed": "1.950.1"}]
            affected = {
                "package": {"ecosystem": "PyPI", "name": f"package-{number % 1_500}"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
            file.write(json.dumps({"id": f"PYSEC-2026-{number}", "affected": [affected]}) + "\n")
    return path


def seconds(*arguments: str | Path) -> float:
    """Best of some runs of a whole process: what the machine needs when nothing else disturbs it."""
    best = float("inf")
    command = [sys.executable, *map(str, arguments)]
    for _ in range(ROUNDS):
        began = time.perf_counter()
        # 1 means that something is exposed, which is an answer too.
        code = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=WITHOUT_HOME).returncode
        best = min(best, time.perf_counter() - began)
        if code not in {0, 1}:
            raise SystemExit(f"{command} ended with {code}")
    return best


def versions() -> list[str]:
    """Real versions from the published records, else generated ones."""
    if RECORDS.exists():
        import zstandard  # noqa: PLC0415 - only a development environment has it

        with RECORDS.open("rb") as packed:
            lines = zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines()
        found = {
            text for line in lines for entry in json.loads(line)["affected"] for text in entry.get("versions") or ()
        }
    else:
        chance = random.Random(1)
        suffixes = ["", "", "", "", "rc1", ".post2", ".dev3"]
        found = {f"{chance.randrange(9)}.{chance.randrange(40)}.{n}{chance.choice(suffixes)}" for n in range(5_000)}
    usable = []
    for text in sorted(found):
        try:
            Version(text)
        except InvalidVersion:
            continue
        usable.append(text)
    return usable


def median_microseconds(function: Callable[[str], object], texts: list[str]) -> float:
    """Median time of one call over real versions, each timed as the best of batches of equal texts."""
    times = []
    for text in random.Random(2).sample(texts, min(1_500, len(texts))):
        best = float("inf")
        for _ in range(3):
            began = time.perf_counter_ns()
            for _ in range(20):
                function(text)
            best = min(best, (time.perf_counter_ns() - began) / 20)
        times.append(best / 1_000)
    return statistics.median(times)


def comparison(version: Version) -> object:
    """What sorting by `packaging` needs of each version, its lazy key included."""
    return version < _ONE


_ONE = Version("1")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        inventory = KEYCLOAK if KEYCLOAK.exists() else generated_inventory(Path(folder))
        records = generated_records(Path(folder))
        peer = seconds("-c", PEER, inventory)
        command = seconds("-m", "seawall", "check", inventory, "--osv", records)
        alone = seconds("-c", CHECK, inventory)
        against = seconds("-c", CHECK, inventory, records)
    print(f"inventory {inventory.name}, {ROUNDS} cold processes each, best:")
    print(f"  json.load                        {peer * 1e3:7.1f} ms   1.00")
    print(f"  seawall check, 2,000 records     {command * 1e3:7.1f} ms   {command / peer:.2f}")
    print(f"  the room alone, 2,000 records    {against * 1e3:7.1f} ms   {against / peer:.2f}")
    print(f"  the room alone, no records       {alone * 1e3:7.1f} ms   {alone / peer:.2f}")
    texts = versions()
    key = median_microseconds(lambda text: version_key("PyPI", text), texts)
    peer_key = median_microseconds(lambda text: comparison(Version(text)), texts)
    print(f"PyPI version keys, median over {min(1_500, len(texts))} versions:")
    print(f"  packaging.Version, compared once {peer_key:7.2f} µs   1.00")
    print(f"  version_key                      {key:7.2f} µs   {key / peer_key:.2f}")


if __name__ == "__main__":
    main()
