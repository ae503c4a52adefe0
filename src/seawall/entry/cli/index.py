"""`index build`, `index info` and `index verify`: the one file that checks compare with."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typer

from seawall.entry.cli.output import EXIT_NEGATIVE, emit_json
from seawall.entry.progress import shown
from seawall.entry.settings import Settings, settings_from
from seawall.kernel.errors import NotFoundError
from seawall.kernel.visible import visible
from seawall.remediation.index import BuildReport, IndexBuild, open_index, verify

_RECORDS = ("osv", "cve", "csaf")
_SIGNALS = ("kev", "epss", "vulnrichment")


def build(
    sources: Mapping[str, Sequence[Path]], *, folder: Path | None, out: Path | None, anew: bool, as_json: bool
) -> None:
    """Build the index of what was named, else of the folder of feeds and of the home's own cases."""
    settings = settings_from()
    target = out or settings.index_path
    named = [(kind, path) for kind, paths in sources.items() for path in paths]
    if folder is not None or not named:
        named += _in_folder(folder or settings.feeds_path)
    if not named and not settings.is_clearinghouse:
        raise NotFoundError(
            "index.no-sources",
            f"there is nothing to build an index of: {settings.feeds_path} holds no feeds",
            remedy="Run `seawall feeds sync` first, or name sources with --osv, --cve, --csaf, --kev and --epss.",
        )
    with shown(quiet=as_json) as progress:
        job = IndexBuild(target, settings.limits, progress)
        for kind, path in named:
            job.add_records(kind, path) if kind in _RECORDS else job.add_signals(kind, path)
        if settings.is_clearinghouse:
            from seawall.entry.bootstrap import open_seawall

            seawall = open_seawall(settings)
            seawall.require()
            job.add(list(seawall.known_vulnerabilities()))
        report = job.run(anew=anew)
    if as_json:
        emit_json(report)
    else:
        _print(report, settings)
    if report.unreadable:
        raise typer.Exit(EXIT_NEGATIVE)


def info(path: Path | None, *, as_json: bool) -> None:
    """Say what an index is made of, and how old that is."""
    with open_index(path or settings_from().index_path) as index:
        about = index.info
        counts = index.counts()
    if as_json:
        emit_json({"info": about, "counts": counts})
        return
    sys.stdout.write(
        f"{about.vulnerabilities:,} vulnerabilities from {about.records:,} records, format {about.format}\n"
    )
    sys.stdout.write(
        f"{counts['packages']:,} packages, {counts['products']:,} products, {counts['signals']:,} statements\n"
    )
    for source in about.sources:
        sys.stdout.write(f"  {source.name:<12} {source.records:>9,}  as of {source.as_of or 'unknown'}\n")


def check_digest(path: Path | None, *, as_json: bool) -> None:
    """Hash an index whole, and compare it with its manifest."""
    where = path or settings_from().index_path
    manifest = verify(where, fully=True)
    if as_json:
        emit_json({"path": str(where), "sha256": manifest.digest, "bytes": manifest.bytes})
    else:
        sys.stdout.write(f"{where} is what its manifest says: SHA-256 {manifest.digest}\n")


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    """What a folder of feeds holds, by the names of its folders."""
    for kind in (*_RECORDS, *_SIGNALS):
        if (folder / kind).is_dir():
            yield kind, folder / kind


def _print(report: BuildReport, settings: Settings) -> None:
    manifest = report.built.manifest
    size = manifest.bytes / max(manifest.records, 1)
    state = "" if report.built.changed else ", as it was"
    sys.stdout.write(
        f"{report.built.path}{state}: {manifest.vulnerabilities:,} vulnerabilities from {manifest.records:,} records, "
        f"{manifest.bytes / 1e6:.1f} MB ({size:.0f} bytes a record)\n"
    )
    sys.stdout.write(f"read {report.read:,} documents, carried {report.carried:,} over from the earlier index\n")
    if report.anew:
        sys.stdout.write(f"nothing was carried over: {report.anew}\n")
    for problem in report.problems:
        sys.stdout.write(visible(f"not read: {problem}") + "\n")
    if report.unreadable > len(report.problems):
        sys.stdout.write(f"… and {report.unreadable - len(report.problems):,} more\n")
    if report.built.path == settings.index_path:
        sys.stdout.write("now run `seawall check` on an SBOM, a package list or an asset list\n")
