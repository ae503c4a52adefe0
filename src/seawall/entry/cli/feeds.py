"""`feeds sync` and `feeds list`: what others publish about vulnerabilities, kept for working offline."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seawall.entry.cli.output import EXIT_NEGATIVE, emit_json
from seawall.entry.logs import log_to_stderr
from seawall.entry.settings import settings_from
from seawall.kernel.clock import SystemClock
from seawall.kernel.visible import visible
from seawall.remediation.feeds import Mirror, SyncResult, load_catalogue

if TYPE_CHECKING:
    from rich.table import Table

    from seawall.platform.http import Fetcher
    from seawall.remediation.feeds import Catalogue

_MIB = 1024 * 1024


def mirror_folder(to: Path | None) -> Path:
    """Return where feeds are kept: what was said, `SEAWALL_FEEDS`, or the home."""
    return settings_from().feeds_path if to is None else to.expanduser().absolute()


def sync(
    names: list[str], *, from_folder: Path | None, to: Path | None, urls: list[str], force: bool, as_json: bool
) -> None:
    """Refresh feeds; exit code 1 if something could not be refreshed."""
    from seawall.entry.progress import shown
    from seawall.remediation.feeds.sync import Rules

    log_to_stderr()
    mirror = Mirror(mirror_folder(to))
    catalogue = load_catalogue(_overrides(urls))
    clock = SystemClock()
    with shown(quiet=as_json) as progress:
        if from_folder is not None:
            from seawall.remediation.feeds.loading import FeedLoader

            loader = FeedLoader(mirror, catalogue, clock, rules=Rules(force=force), progress=progress)
            results = loader.load(_existing(from_folder), tuple(names))
        else:
            from seawall.remediation.feeds.mirror import held_sources
            from seawall.remediation.feeds.sync import FeedSync

            sources = catalogue.chosen(names, held_sources(mirror.entries()))
            with _fetcher() as fetcher:
                results = FeedSync(mirror, fetcher, clock, rules=Rules(force=force), progress=progress).sync(sources)
    warnings = mirror.staleness(clock.now())
    if as_json:
        emit_json({"folder": str(mirror.root), "results": results, "warnings": warnings})
    else:
        _print_results(mirror, results, warnings)
    if not all(result.fresh for result in results):
        raise typer.Exit(EXIT_NEGATIVE)


def status(*, to: Path | None, as_json: bool) -> None:
    """Say what is held, how old it is, and what else could be had; exit code 1 if something is stale."""
    mirror = Mirror(mirror_folder(to))
    catalogue = load_catalogue()
    held = mirror.entries()
    warnings = mirror.staleness(SystemClock().now())
    if as_json:
        rest = [source for name, source in catalogue.sources.items() if name not in held]
        emit_json({"folder": str(mirror.root), "held": _plain(held), "available": rest, "warnings": warnings})
    else:
        _print_status(mirror, catalogue, warnings)
    if warnings:
        raise typer.Exit(EXIT_NEGATIVE)


@contextmanager
def _fetcher() -> Iterator[Fetcher]:
    from seawall.platform.http.client import HTTPClient
    from seawall.platform.http.retry import RealPause
    from seawall.platform.http.wire import Wire

    wire = Wire()
    try:
        yield HTTPClient(wire, clock=SystemClock(), pause=RealPause(), random=random.SystemRandom())
    finally:
        wire.close()


def _overrides(urls: list[str]) -> dict[str, str]:
    from seawall.remediation.feeds.errors import bad_override

    said = {}
    for text in urls:
        name, equals, url = text.partition("=")
        if not equals or "://" not in url:
            raise bad_override(text)
        said[name.strip()] = url.strip()
    return said


def _existing(folder: Path) -> Path:
    from seawall.remediation.feeds.errors import nothing_to_load

    if not folder.is_dir():
        raise nothing_to_load(str(folder))
    return folder


def _plain(held: object) -> object:
    import msgspec

    return msgspec.to_builtins(held)


def _print_results(mirror: Mirror, results: list[SyncResult], warnings: list[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    table = _table("feed", "outcome", "data of", "records", "MiB", "")
    for result in results:
        remarks = [f"{key} {value}" for key, value in result.facts.items()]
        remarks += [result.error.message] if result.error else []
        remarks += result.notes
        colour = "green" if result.fresh else "red"
        table.add_row(
            Text(result.source),
            Text(result.outcome.value, style=colour),
            result.as_of[:10] or "-",
            f"{result.records:,}" if result.records else "-",
            f"{result.bytes / _MIB:,.1f}" if result.bytes else "-",
            Text(visible("\n".join(remarks))),
        )
    console.print(table)
    console.print(Text(f"kept in {mirror.root}", style="dim"))
    for warning in warnings:
        console.print(Text(f"warning: {visible(warning)}", style="yellow"))


def _print_status(mirror: Mirror, catalogue: Catalogue, warnings: list[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    held = mirror.entries()
    table = _table("feed", "data of", "current on", "records", "MiB", "")
    for name, entry in held.items():
        table.add_row(
            Text(name),
            entry.as_of[:10] or "-",
            entry.checked_at[:16].replace("T", " ") or "never",
            f"{entry.records:,}" if entry.records else "-",
            f"{entry.bytes / _MIB:,.1f}" if entry.bytes else "-",
            Text(visible(entry.url + (f"\nfailed: {entry.failure}" if entry.failure else ""))),
        )
    if held:
        console.print(table)
    console.print(Text(f"folder: {mirror.root}", style="dim"))
    rest = [source for name, source in catalogue.sources.items() if name not in held]
    usual = ", ".join(source.name for source in rest if source.default)
    others = ", ".join(source.name for source in rest if not source.default)
    if usual:
        console.print(Text(f"comes with `seawall feeds sync`: {usual}", style="dim"))
    console.print(Text(f"can be named: {others}, csaf/<domain of a provider>", style="dim"))
    for warning in warnings:
        console.print(Text(f"warning: {visible(warning)}", style="yellow"))


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(pad_edge=False, header_style="bold")
    for column in columns:
        right = column in {"records", "MiB"}
        table.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=column != "")
    return table
