"""A SARIF file of 200 MB is read in bounded memory, by a process of its own whose peak is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SIZE = 200_000_000  # bytes
MOST_RESIDENT = 1_000_000_000  # bytes
LEAST_SPEED = 4_000  # findings a second into the store; ten times that on an idle machine is parsing alone
READ_AND_STORE = """
import json, sys, time
from pathlib import Path
from seawall.intake import IntakeService
from seawall.intake.store import intake_units
from seawall.kernel.clock import SystemClock
from seawall.platform.blobs import FolderBlobStore
from seawall.platform.database import METADATA, Database
from seawall.platform.keys import SigningKey
from seawall.platform.ledger.store import Ledger
from seawall.platform.units import Units

home = Path(sys.argv[1])
database = Database(f"sqlite:///{home / 'seawall.sqlite'}")
METADATA.create_all(database.engine)
units = Units(database, Ledger("test.example/ledger", SigningKey.load_or_create(home / "ledger.key")))
service = IntakeService(intake_units(units), FolderBlobStore(home / "blobs"), SystemClock())
with open(home / "big.sarif", "rb") as file:
    report = service.submit(file, name="big.sarif", submitter="me")
start = time.perf_counter()
outcome = service.parse(report.id)
seconds = time.perf_counter() - start
# getrusage would count the parent's memory too: Linux hands its peak on through fork and exec.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
peak = int(status["VmHWM"].split()[0]) * 1024
seen = {"findings": outcome.report.findings, "state": outcome.report.state, "seconds": seconds, "peak": peak}
print(json.dumps(seen))
"""


def write_sarif(path: Path, size: int) -> int:
    """Write results of about 1 kB each until the file has the size; the tool stands at the end."""
    count = written = 0
    with path.open("w") as file:
        file.write('{"version":"2.1.0","runs":[{"results":[')
        while written < size:
            result = {
                "ruleId": f"R{count % 50}",
                "level": "error",
                "message": {"text": f'Value {count} of "user" reaches [sink] {{x}} \\ and more words about it. ' * 3},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": f"src/package/module_{count % 997}.py"},
                            "region": {"startLine": count % 3000 + 1, "snippet": {"text": "    call(value)\n" * 3}},
                            "contextRegion": {"snippet": {"text": "    line of context\n" * 10}},
                        },
                        "logicalLocations": [{"fullyQualifiedName": f"package.module.function_{count}"}],
                    }
                ],
                "partialFingerprints": {"primaryLocationLineHash": f"{count:032x}:1"},
            }
            written += file.write(("," if count else "") + json.dumps(result))
            count += 1
        rules = [{"id": f"R{number}", "properties": {"tags": ["external/cwe/cwe-89"]}} for number in range(50)]
        file.write(f'],"tool":{{"driver":{{"name":"generated","rules":{json.dumps(rules)}}}}}}}]}}')
    return count


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_sarif_of_200_mb_stays_below_1_gb(tmp_path: Path) -> None:
    count = write_sarif(tmp_path / "big.sarif", SIZE)
    command = [sys.executable, "-c", READ_AND_STORE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    sys.stdout.write(f"{count} findings, {count / seen['seconds']:.0f}/s, peak {seen['peak'] / 1e6:.0f} MB\n")
    assert (seen["state"], seen["findings"]) == ("parsed", count)
    assert seen["peak"] < MOST_RESIDENT
    assert count / seen["seconds"] > LEAST_SPEED
