"""The peer: a plain matcher, as one writes it with `univers` for versions and `packageurl-python` for package URLs.

Reads a CycloneDX document and OSV records, one a line; puts the records into a dictionary by package; compares each
component with the ranges of its package by OSV's algorithm. What `univers` cannot read is skipped. Prints what it found
as JSON: package URL and the identifiers of each record that matches.

    python -m benchmarks.plain_matcher sbom.cdx.json records.ndjson
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packageurl import PackageURL
from univers import versions

_KINDS = {
    "pypi": ("PyPI", versions.PypiVersion),
    "npm": ("npm", versions.SemverVersion),
    "golang": ("Go", versions.GolangVersion),
    "cargo": ("crates.io", versions.SemverVersion),
    "maven": ("Maven", versions.MavenVersion),
    "nuget": ("NuGet", versions.NugetVersion),
    "gem": ("RubyGems", versions.RubygemsVersion),
    "composer": ("Packagist", versions.ComposerVersion),
}

Known = dict[tuple[str, str], list[tuple[tuple[str, ...], dict[str, Any]]]]


def components(path: Path) -> Iterator[PackageURL]:
    """Yield the package URLs of all components."""
    waiting = list(json.loads(path.read_bytes()).get("components", []))
    while waiting:
        component = waiting.pop()
        waiting += component.get("components") or []
        if component.get("purl"):
            purl = PackageURL.from_string(component["purl"])
            if purl.version or component.get("version"):
                yield purl if purl.version else purl._replace(version=component["version"])


def load(paths: Iterable[Path]) -> Known:
    """Read records into a dictionary by ecosystem and package."""
    known: Known = {}
    for path in paths:
        with path.open("rb") as lines:
            for line in lines:
                record = json.loads(line)
                if record.get("withdrawn"):
                    continue
                names = tuple(sorted({record["id"], *record.get("aliases", ())}))
                for affected in record.get("affected", ()):
                    package = affected.get("package") or {}
                    key = package.get("ecosystem", ""), package.get("name", "").lower()
                    known.setdefault(key, []).append((names, affected))
    return known


def matches(purls: Iterable[PackageURL], known: Known) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each package URL with each record that affects it."""
    for purl in purls:
        if purl.type not in _KINDS:
            continue
        ecosystem, kind = _KINDS[purl.type]
        separator = ":" if purl.type == "maven" else "/"
        name = f"{purl.namespace}{separator}{purl.name}" if purl.namespace else purl.name
        for names, affected in known.get((ecosystem, name.lower()), ()):
            if _is_affected(purl.version, affected, kind):
                yield purl.to_string(), names


def _is_affected(text: str, affected: dict[str, Any], kind: type) -> bool:
    if text in affected.get("versions", ()):
        return True
    try:
        version = kind(text.removeprefix("v"))
        return any(
            _holds(range_["events"], version, kind)
            for range_ in affected.get("ranges", ())
            if range_["type"] in {"SEMVER", "ECOSYSTEM"}
        )
    except (versions.InvalidVersion, ValueError, TypeError):
        return False


def _holds(events: list[dict[str, str]], version: Any, kind: type) -> bool:  # noqa: ANN401 - univers has no base type
    held = False
    for event in events:
        for name, bound in event.items():
            if name == "introduced" and (bound == "0" or version >= kind(bound)):
                held = True
            elif (name == "fixed" and version >= kind(bound)) or (name == "last_affected" and version > kind(bound)):
                held = False
    return held


def main() -> None:
    purls = list(components(Path(sys.argv[1])))
    known = load(map(Path, sys.argv[2:]))
    began = time.perf_counter()
    found = list(matches(purls, known))
    print(json.dumps({"found": found, "components": len(purls), "matching_seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
