"""`check`: am I exposed, and by when must I act. Works on any system, also without a home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seawall.entry.cli.output import EXIT_NEGATIVE, emit_json
from seawall.entry.visible import visible
from seawall.kernel.clock import SystemClock
from seawall.remediation import CheckResult, CheckService, KnownVulnerability, read_inventory, read_osv

if TYPE_CHECKING:
    from seawall.priority import SignalSource


def check(sbom: Path, osv: list[Path], *, exposed: str, asset: str, as_json: bool) -> None:
    """Match one inventory and print a plan; exit code 1 if something is exposed."""
    from dataclasses import replace

    inventory = read_inventory(sbom)
    reading = read_osv(osv)
    known, signals = _home()
    result = CheckService().check(
        replace(inventory, name=asset) if asset else inventory,
        [*known, *reading.known],
        signals,
        at=SystemClock().now(),
        exposed=exposed,
    )
    if as_json:
        emit_json({"result": result, "unread_records": reading.problems})
    else:
        _print(result, reading.problems)
    if result.exposures:
        raise typer.Exit(EXIT_NEGATIVE)


def _home() -> tuple[list[KnownVulnerability], SignalSource]:
    """Return the home's cases and signals; nothing where there is no home."""
    from seawall.entry.settings import settings_from

    settings = settings_from()
    if settings.database_url.startswith("sqlite:") and not settings.key_path.exists():
        from seawall.priority import SignalIndex

        return [], SignalIndex()
    from seawall.entry.bootstrap import open_seawall

    seawall = open_seawall(settings)
    seawall.require()
    return list(seawall.known_vulnerabilities()), seawall.signals


def _print(result: CheckResult, problems: list[str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    inventory = result.inventory
    console.print(
        f"[bold]{escape(visible(inventory.name))}[/bold]: {len(inventory.components):,} components against "
        f"{result.vulnerabilities:,} vulnerabilities; publicly exposed: {result.exposed}"
        + (" (counts as yes)" if result.exposed == "unknown" else "")
    )
    if result.exposures:
        table = Table(pad_edge=False, header_style="bold")
        for column in ("act by", "component", "because of", "what matched", "fixed in"):
            table.add_column(column, overflow="fold")
        for item in result.exposures:
            decision, names = item.decision, item.vulnerability.identifiers
            due = f"{decision.due.isoformat()}\n{decision.outcome}" if decision.due else decision.outcome_name
            title = Text.assemble(
                ", ".join(names[:3]) or item.vulnerability.id, "\n", (visible(item.vulnerability.title), "dim")
            )
            fixed = ", ".join(item.fixed) or "-"
            table.add_row(due, Text(visible(str(item.component.purl))), title, Text(item.matched), Text(fixed))
        console.print(table)
        if any(item.decision.forensics for item in result.exposures):
            console.print(
                "[bold]A forensic triage goes with some of these: secure volatile evidence before patching.[/bold]"
            )
    else:
        console.print("Nothing that was compared is affected.")
    for undecided in result.undecided:
        console.print(
            Text(visible(f"not decided: {undecided.component.purl} and {undecided.vulnerability}: {undecided.reason}"))
        )
    for skipped in result.not_compared:
        console.print(
            Text(visible(f"not compared: {skipped.components} components of {skipped.ecosystem}: {skipped.reason}"))
        )
    for reason in inventory.unreadable:
        console.print(Text(visible(f"not read: {reason}")))
    for problem in problems:
        console.print(Text(visible(f"record not read: {problem}")))
