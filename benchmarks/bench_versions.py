"""Version keys and package URLs: median microseconds each, beside the field's Python libraries in the same run.

For every ecosystem, over the distinct versions of its published suite: the time of one key, and the time in which the
peer makes one of its version objects, ready to be compared, from the same text (`packaging` for PyPI, `univers` for the
rest, where it is installed). Objects are then compared in Python, keys as bytes. What a side refuses is left out on
both. Parts of versions that the keys remember are warm, as in any inventory; whole versions and whole package URLs are
not remembered. `generic` has no suite: its versions are those of the published CSAF advisories.

    python -m benchmarks.bench_versions [--shared ../shared]
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import zstandard
from packageurl import PackageURL
from packaging.version import Version

from seawall.kernel.purl import parse_purl
from seawall.kernel.versions import ordering_of

RUNS = 9
"""Each version is timed in this many passes; the fastest pass of each counts, since noise only adds."""
SUITES = {
    "Alpine": ("alpine", "AlpineLinuxVersion"),
    "CRAN": ("cran", ""),
    "Debian": ("debian", "DebianVersion"),
    "generic": ("", ""),
    "Hackage": ("hackage", ""),
    "Maven": ("maven", "MavenVersion"),
    "npm": ("semver", "SemverVersion"),
    "NuGet": ("nuget", "NugetVersion"),
    "Packagist": ("packagist", "ComposerVersion"),
    "Pub": ("pub", ""),
    "PyPI": ("pypi", "packaging"),
    "Red Hat": ("redhat", "RpmVersion"),
    "RubyGems": ("rubygems", "RubygemsVersion"),
}
"""Ecosystem to its suite and to the class of `univers`; empty: it has none."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=os.environ.get("SEAWALL_SHARED", "../shared"))
    shared = Path(parser.parse_args().shared)
    print(f"{'ecosystem':<11}{'versions':>9}{'key µs':>9}{'peer µs':>9}{'ratio':>8}  peer")
    for ecosystem, (suite, peer_name) in SUITES.items():
        texts = versions_of(shared / "suites" / "versions", suite) if suite else products_of(shared / "data" / "csaf")
        if not texts:
            print(f"{ecosystem:<11} no suite in {shared}")
            continue
        key = ordering_of(ecosystem).key
        peer, said = peer_of(peer_name)
        texts = [text for text in texts if is_read(key, text) and (peer is None or is_read(peer, text))]
        report(ecosystem, texts, key, peer, said)
    purls = purls_of(shared / "data" / "sbom")
    if purls:
        plain = [text for text in purls if "?" not in text and "#" not in text]
        read = parse_purl.__wrapped__
        report("purl, plain", plain, read, PackageURL.from_string, "packageurl-python")
        rest = sorted(set(purls) - set(plain))
        report("purl, rest", rest, read, PackageURL.from_string, "packageurl-python")


def report(
    name: str, texts: list[str], ours: Callable[[str], object], peer: Callable[[str], object] | None, said: str
) -> None:
    own = microseconds(ours, texts)
    if peer is None:
        print(f"{name:<11}{len(texts):>9}{own:>9.2f}{'-':>9}{'-':>8}  {said}")
        return
    other = microseconds(peer, texts)
    print(f"{name:<11}{len(texts):>9}{own:>9.2f}{other:>9.2f}{other / own:>7.1f}x  {said}")


def microseconds(function: Callable[[str], object], texts: Iterable[str]) -> float:
    """Median over the texts of the fastest of several passes, less what the clock itself costs."""
    clock = time.perf_counter_ns
    empty = min(-(clock() - clock()) for _ in range(10_000))
    fastest = []
    for text in texts:
        best = None
        for _ in range(RUNS):
            start = clock()
            function(text)
            taken = clock() - start
            best = taken if best is None or taken < best else best
        fastest.append((best or 0) - empty)
    return median(fastest) / 1000


def is_read(function: Callable[[str], object], text: str) -> bool:
    try:
        function(text)
    except Exception:  # noqa: BLE001 - a peer refuses with errors of its own, from AttributeError to InvalidVersion
        return False
    return True


def peer_of(name: str) -> tuple[Callable[[str], object] | None, str]:
    if name == "packaging":
        return lambda text: hash(Version(text)), "packaging, with the sort key that it makes when first compared"
    if not name:
        return None, "no peer: univers has no class for it"
    try:
        found: Callable[[str], object] = getattr(importlib.import_module("univers.versions"), name)
    except ImportError:
        return None, "no peer: univers is not installed"
    return found, f"univers {name}"


def versions_of(folder: Path, suite: str) -> list[str]:
    texts: set[str] = set()
    for path in (folder / f"{suite}-versions.txt", folder / f"{suite}-versions-generated.txt"):
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if match := re.fullmatch(r"(\S+) [<=>] (\S+)", line):
                texts |= set(match.groups())
    return sorted(texts)


def products_of(folder: Path) -> list[str]:
    """The versions that vendors give their products in advisories."""
    path = folder / "cisa.ndjson.zst"
    if not path.exists():
        return []
    with path.open("rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file).read().decode()
    named = re.findall(r'"category": ?"product_version", ?"name": ?"([^"\\\\]+)"', text)
    return sorted(set(named))


def purls_of(folder: Path) -> list[str]:
    found: set[str] = set()
    for path in folder.iterdir() if folder.exists() else ():
        text = path.read_text(encoding="utf-8", errors="replace").replace("&amp;", "&")
        found |= set(re.findall(r'pkg:[a-z]+/[^"<\s]+', text))
    return sorted(text for text in found if is_read(PackageURL.from_string, text) and is_read(parse_purl, text))


if __name__ == "__main__":
    main()
