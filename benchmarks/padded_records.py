"""Generate OSV records like those that are published, in any number: to see how an index grows.

Deterministic by seed and number: record `n` is the same whatever the total. Shares of ecosystems, records to a package
(most have one, a few have hundreds), ranges to a record, lengths of titles and shares of aliases follow what OSV
publishes: npm, Maven, PyPI and Go have most packages; distributions name several releases in one record. One of six
records is another database's about the same CVE, so that there is something to fold.

    python -m benchmarks.padded_records 300000 --into padded.ndjson
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ECOSYSTEMS = {
    "npm": 22,
    "Maven": 12,
    "PyPI": 14,
    "Go": 9,
    "Packagist": 8,
    "RubyGems": 3,
    "NuGet": 3,
    "crates.io": 3,
    "Debian": 12,
    "Ubuntu": 6,
    "Alpine": 4,
    "Red Hat": 4,
}
"""Ecosystem to its share of records, in percent."""
RELEASES = {
    "Debian": ("Debian:11", "Debian:12", "Debian:13"),
    "Ubuntu": ("Ubuntu:20.04:LTS", "Ubuntu:22.04:LTS", "Ubuntu:24.04:LTS"),
    "Alpine": ("Alpine:v3.18", "Alpine:v3.19", "Alpine:v3.20"),
    "Red Hat": ("Red Hat:enterprise_linux:8::appstream", "Red Hat:enterprise_linux:9::appstream"),
}
PACKAGES = 60_000
"""How many packages a full set of records names, in each ecosystem at most."""
WORDS = (  # noqa: SIM905 - a sentence reads better than forty literals
    "denial of service via crafted input allows attackers to bypass improper neutralisation of special elements in "
    "template path traversal when extracting archives uncontrolled recursion memory corruption parser exposure of "
    "sensitive information cross-site scripting prototype pollution missing authorization remote code execution"
).split()
SEED = 7


def records(count: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield records, numbered from 0."""
    names, weights = list(ECOSYSTEMS), list(ECOSYSTEMS.values())
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        ecosystem = chance.choices(names, weights)[0]
        yield _record(number, ecosystem, chance)


def write(path: Path, count: int, seed: int = SEED) -> None:
    """Write records, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for record in records(count, seed):
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def package_name(ecosystem: str, number: int) -> str:
    """Return the name of a package, as long as such names are."""
    if ecosystem == "Maven":
        return f"org.padded{number % 900}:component-{number}"
    if ecosystem == "Go":
        return f"github.com/padded{number % 900}/component-{number}"
    if ecosystem == "Packagist":
        return f"padded{number % 900}/component-{number}"
    return f"@padded{number % 90}/component-{number}" if number % 4 == 0 and ecosystem == "npm" else f"padded-{number}"


def _record(number: int, ecosystem: str, chance: random.Random) -> dict[str, Any]:
    year = 2016 + number % 11
    # Of the CVE with a lower number, another database's record may be about the same one.
    about = number - 1 if number % 6 == 5 else number
    name = package_name(ecosystem, int(PACKAGES * chance.random() ** 3))
    affected = [
        {"package": {"ecosystem": release, "name": name}, "ranges": [_range(ecosystem, chance)]}
        for release in RELEASES.get(ecosystem, (ecosystem,))
    ]
    if ecosystem not in RELEASES and chance.random() < 0.25:
        affected[0]["ranges"] += [_range(ecosystem, chance) for _ in range(chance.randint(1, 3))]
    return {
        "id": f"PAD-{year}-{number}",
        "summary": " ".join(chance.choices(WORDS, k=chance.randint(5, 12))),
        "aliases": [f"CVE-{2016 + about % 11}-{100_000 + about}"],
        "published": f"{year}-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00Z",
        "modified": f"{year}-{1 + number % 12:02}-{1 + number % 28:02}T12:00:00Z",
        "references": [{"type": "ADVISORY", "url": f"https://advisories.example/{year}/PAD-{year}-{number}"}],
        "affected": affected,
    }


def _range(ecosystem: str, chance: random.Random) -> dict[str, Any]:
    major, minor = chance.randint(0, 12), chance.randint(0, 40)
    first = "0" if chance.random() < 0.6 else _version(ecosystem, major, 0, 0)
    events = [{"introduced": first}]
    if chance.random() < 0.85:
        events.append({"fixed": _version(ecosystem, major, minor, chance.randint(1, 30))})
    return {"type": "ECOSYSTEM", "events": events}


def _version(ecosystem: str, major: int, minor: int, patch: int) -> str:
    suffix = {"Debian": "-1+deb12u2", "Ubuntu": "-1ubuntu0.3", "Alpine": "-r2", "Red Hat": "-24.el9_2"}
    epoch = "0:" if ecosystem == "Red Hat" else ""
    return f"{epoch}{major}.{minor}.{patch}{suffix.get(ecosystem, '')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    write(arguments.into, arguments.count, arguments.seed)


if __name__ == "__main__":
    main()
