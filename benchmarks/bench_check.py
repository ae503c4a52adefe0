"""The operator's check, cold: beside reading the same file, a plain matcher and osv-scanner, on the same records.

What is timed is a whole process: start, imports, reading the inventory, matching, due dates, output. Peers, in the same
run: `python -c 'import json; json.load(…)'` on the inventory; `plain_matcher.py` (univers and packageurl-python); and
osv-scanner 2.5, offline, with a local database of the same OSV records. It is built with Go where there is Go, else
taken from `SEAWALL_OSV_SCANNER`, else left out. Findings are compared one by one; every difference is printed.

Records are those of `SEAWALL_SHARED` (default `../shared`), and `SEAWALL_BENCH_RECORDS` padded ones (default 300,000).
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import zstandard

from benchmarks.padded_records import write as write_padded
from seawall.kernel.purl import parse_purl

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[2] / "shared"))
PADDED = int(os.environ.get("SEAWALL_BENCH_RECORDS", "300000"))
SBOMS = ("keycloak-10.0.2.cdx.json", "proton-bridge-1.8.0.cdx.json")
OSV = ("pypi", "go", "oss-fuzz")
SCANNER = "github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.5.0"
PEER = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))"

Found = Mapping[tuple[str, str], frozenset[str]]
"""Package with version, and one name of the vulnerability, to all its names."""


def unpacked(name: str, folder: Path) -> Path:
    """Unpack a file of the shared data."""
    path = folder / f"{Path(name).name}.ndjson"
    with (SHARED / "data" / f"{name}.ndjson.zst").open("rb") as packed, path.open("wb") as out:
        zstandard.ZstdDecompressor().copy_stream(packed, out)
    return path


def wall(command: list[str | Path], *, rounds: int, codes: Iterable[int], **environment: str) -> float:
    """Median wall time of whole processes, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        code = subprocess.run(
            list(map(str, command)), check=False, capture_output=True, env=os.environ | environment
        ).returncode
        times.append(time.perf_counter() - began)
        if code not in codes:
            raise SystemExit(f"{command} ended with {code}")
    return statistics.median(times)


def seawall(*words: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "seawall", *words]


def built(out: Path, **sources: list[Path]) -> Path:
    """Build an index with the command that people use."""
    words = [word for kind, paths in sources.items() for path in paths for word in (f"--{kind}", path)]
    began = time.perf_counter()
    subprocess.run(list(map(str, seawall("index", "build", "--out", out, *words))), check=False, capture_output=True)
    manifest = json.loads(out.with_name(f"{out.name}.json").read_bytes())
    each = manifest["bytes"] / manifest["records"]
    print(
        f"index {out.stem}: {manifest['records']:,} records, {manifest['bytes'] / 1e6:.1f} MB, {each:.0f} bytes each, "
        f"built in {time.perf_counter() - began:.1f} s"
    )
    return out


def scanner(folder: Path) -> Path | None:
    """Find or build osv-scanner."""
    given = os.environ.get("SEAWALL_OSV_SCANNER") or shutil.which("osv-scanner")
    if given or not shutil.which("go"):
        return Path(given) if given else None
    made = subprocess.run(
        ["go", "install", SCANNER], check=False, capture_output=True, env=os.environ | {"GOBIN": str(folder)}
    )
    return folder / "osv-scanner" if made.returncode == 0 else None


def local_database(folder: Path, records: Iterable[Path]) -> None:
    """Lay down records as osv-scanner keeps them: one archive for each ecosystem."""
    with ExitStack() as stack:
        archives: dict[str, zipfile.ZipFile] = {}
        names: set[tuple[str, str]] = set()
        for path in records:
            for line in path.read_bytes().splitlines():
                record = json.loads(line)
                held = {
                    (entry.get("package") or {}).get("ecosystem", "").partition(":")[0] for entry in record["affected"]
                }
                for ecosystem in held - {""}:
                    if (ecosystem, record["id"]) in names:
                        continue
                    names.add((ecosystem, record["id"]))
                    if ecosystem not in archives:
                        place = folder / "osv-scalibr" / ecosystem / "all.zip"
                        place.parent.mkdir(parents=True, exist_ok=True)
                        archives[ecosystem] = stack.enter_context(zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED))
                    archives[ecosystem].writestr(f"{record['id']}.json", line)
    for ecosystem in ("Maven", "npm", "Packagist"):  # it refuses to run without the database of what it finds
        if ecosystem not in archives:
            place = folder / "osv-scalibr" / ecosystem / "all.zip"
            place.parent.mkdir(parents=True, exist_ok=True)
            zipfile.ZipFile(place, "w").close()


def ours(sbom: Path, index: Path) -> Found:
    """What `seawall check` finds: package and version, to the identifiers of each vulnerability."""
    command = seawall("check", sbom, "--index", index, "--forget", "--json")
    answer = json.loads(subprocess.run(list(map(str, command)), check=False, capture_output=True).stdout)
    found = {}
    for each in answer["result"]["exposures"]:
        names = frozenset(each["vulnerability"]["identifiers"])
        found[named(each["component"]["purl"]), min(names)] = names
    return found


def named(purl: str) -> str:
    read = parse_purl(purl)
    return f"{read.full_name.lower()} {read.version.removeprefix('v')}"


def plain(sbom: Path, records: Iterable[Path]) -> Iterator[tuple[str, frozenset[str]]]:
    command = [sys.executable, "-m", "benchmarks.plain_matcher", str(sbom), *map(str, records)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    for purl, names in answer["found"]:
        yield named(purl), frozenset(names)


def scanned(program: Path, sbom: Path, database: Path) -> Iterator[tuple[str, frozenset[str]]]:
    words = ["scan", "source", "--offline", "-L", str(sbom), "--format", "json", "--all-vulns"]
    environment = os.environ | {"OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY": str(database)}
    answer: dict[str, Any] = json.loads(
        subprocess.run([str(program), *words], check=False, capture_output=True, env=environment).stdout
    )
    for result in answer["results"]:
        for package in result["packages"]:
            for group in package.get("groups", []):
                about = package["package"]
                version = about["version"].removeprefix("v")
                yield f"{about['name'].lower()} {version}", frozenset(group["ids"]) | frozenset(group["aliases"])


def compared(who: str, mine: Found, theirs: list[tuple[str, frozenset[str]]]) -> None:
    """Print what only one of both found."""
    own = [(place, names) for (place, _), names in mine.items()]
    extra = [pair for pair in own if not any(pair[0] == place and pair[1] & names for place, names in theirs)]
    lacking = [pair for pair in theirs if not any(pair[0] == place and pair[1] & names for place, names in own)]
    print(f"    findings: ours {len(mine)}, {who} {len(theirs)}; only ours {len(extra)}, only theirs {len(lacking)}")
    for label, rows in (("only ours", extra), ("only theirs", lacking)):
        for place, names in rows:
            print(f"      {label}: {place}: {', '.join(sorted(names))}")


def line(words: str, seconds: float, ours_: float) -> None:
    print(f"  {words:<58} {seconds * 1e3:9.1f} ms   {seconds / ours_:7.2f} x ours")


def against(sbom: Path, index: Path, records: list[Path], program: Path | None, database: Path) -> None:
    print(f"\n{sbom.name} on {index.stem}")
    check = wall(seawall("check", sbom, "--index", index, "--forget"), rounds=15, codes=(0, 1, 2))
    line("seawall check", check, check)
    line(
        "python -c 'import json; json.load(…)'", wall([sys.executable, "-c", PEER, sbom], rounds=15, codes=(0,)), check
    )
    matcher = [sys.executable, "-m", "benchmarks.plain_matcher", sbom, *records]
    line("plain matcher, univers and packageurl-python", wall(matcher, rounds=3, codes=(0,)), check)
    found = ours(sbom, index)
    compared("plain matcher", found, list(plain(sbom, records)))
    if program is None:
        print("  osv-scanner is not here: install Go, or name it with SEAWALL_OSV_SCANNER")
        return
    words = [program, "scan", "source", "--offline", "-L", sbom, "--format", "json"]
    database_is = {"OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY": str(database)}
    line("osv-scanner 2.5, offline", wall(words, rounds=5, codes=(0, 1), **database_is), check)
    compared("osv-scanner", found, list(scanned(program, sbom, database)))


def main() -> None:
    if not SHARED.exists():
        raise SystemExit("the shared data is not here; see SEAWALL_SHARED")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SEAWALL_HOME"] = str(folder / "home")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # people's Python keeps what it compiled
        osv = [unpacked(f"osv/{each}", folder) for each in OSV]
        padded = folder / "padded.ndjson"
        write_padded(padded, PADDED)
        kev = SHARED / "data" / "kev" / "known_exploited_vulnerabilities.json"
        everything = built(
            folder / "all-shared-data.sqlite",
            osv=osv,
            cve=[unpacked("cve/vulnrichment-2024", folder)],
            csaf=[unpacked("csaf/cisa", folder)],
            kev=[kev],
        )
        small = built(folder / "osv.sqlite", osv=osv)
        large = built(folder / f"osv-and-{PADDED}-padded.sqlite", osv=[*osv, padded])
        program = scanner(folder)
        for where, records in (("few", osv), ("many", [*osv, padded])):
            local_database(folder / where, records)
        sboms = [Path(shutil.copy(SHARED / "data" / "sbom" / each, folder)) for each in SBOMS]
        print("\nmedian wall time of cold processes")
        keycloak = sboms[0]
        check = wall(seawall("check", keycloak, "--index", everything, "--forget"), rounds=15, codes=(0, 1, 2))
        load = wall([sys.executable, "-c", PEER, keycloak], rounds=15, codes=(0,))
        print(f"\n{keycloak.name} on {everything.stem}")
        line("seawall check", check, check)
        line("python -c 'import json; json.load(…)'", load, check)
        print(f"  check / json.load = {check / load:.2f} (goal: at most 4)")
        for sbom in sboms:
            against(sbom, small, osv, program, folder / "few")
            against(sbom, large, [*osv, padded], program, folder / "many")


if __name__ == "__main__":
    main()
