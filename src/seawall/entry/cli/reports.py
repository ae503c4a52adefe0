"""`init`, `submit`, `process` and `quarantine`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import typer
from rich.console import Console
from rich.table import Table

from seawall.entry.bootstrap import Seawall, open_seawall
from seawall.entry.cli.output import EXIT_NEGATIVE, emit_json, exit_code, print_error
from seawall.entry.pipeline import process as run_pipeline
from seawall.entry.progress import shown
from seawall.intake import Report
from seawall.kernel.errors import NotFoundError, SeawallError, UnavailableError
from seawall.kernel.marking import parse_marking
from seawall.kernel.visible import visible


def init(*, as_json: bool) -> None:
    """Make the home and check the sandbox."""
    seawall = open_seawall()
    fresh = seawall.initialise()
    sandbox = _sandbox_problem(seawall)
    if as_json:
        emit_json(
            {
                "home": seawall.settings.home,
                "created": fresh,
                "database": seawall.database.url.render_as_string(),
                "sandbox": "ready" if sandbox is None else sandbox.diagnostics(),
            }
        )
    else:
        console = Console(highlight=False)
        console.print(f"{'Made' if fresh else 'Found'} a home in [bold]{seawall.settings.home}[/bold]")
        console.print(f"Records: {seawall.database.url.render_as_string()}")
        if sandbox is None:
            console.print("Sandbox: ready")
        else:
            print_error(sandbox, as_json=False)
    if sandbox is not None:
        raise typer.Exit(exit_code(sandbox))


def submit(paths: list[str], *, submitter: str, marking: str, product: str, as_json: bool) -> None:
    """Store what is submitted and acknowledge it, item by item; one bad item does not stop the others."""
    seawall = open_seawall()
    label = parse_marking(marking)
    seawall.initialise()
    accepted: list[Report] = []
    failed: list[tuple[str, SeawallError]] = []
    for name, opened in _inputs(paths):
        try:
            if isinstance(opened, SeawallError):
                raise opened
            with opened as stream:
                report = seawall.intake.submit(stream, name=name, submitter=submitter, marking=label, product=product)
        except SeawallError as error:
            failed.append((name, error))
            if not as_json:
                print_error(error, as_json=False)
            continue
        accepted.append(report)
        if not as_json:
            sys.stdout.write(f"{report.id}  {report.size:>10,} bytes  {visible(name)}\n")
            sys.stdout.flush()
    if as_json:
        errors = [{"name": name, "error": error.diagnostics()} for name, error in failed]
        emit_json({"accepted": accepted, "failed": errors})
    if failed:
        raise typer.Exit(exit_code(failed[0][1]))


def process(*, prove: bool, again: bool, as_json: bool) -> None:
    """Do all that is waiting."""
    seawall = open_seawall()
    seawall.require()
    if again:
        seawall.retry_unproven()
    with shown(quiet=as_json) as progress:
        outcome = run_pipeline(seawall, progress, prove=prove)
    if as_json:
        emit_json(outcome)
        return
    for finding_id, reason in outcome.unproven.items():
        sys.stderr.write(f"not proven: {finding_id}: {visible(reason)}\n")
    if outcome.given_up:
        sys.stderr.write(f"{outcome.given_up} proofs were given up: `seawall process --again` tries them once more\n")
    sys.stdout.write(outcome.in_words() + "\n")


def quarantine(retry: list[str], *, as_json: bool) -> None:
    """List quarantined reports, or queue them again."""
    seawall = open_seawall()
    seawall.require()
    waiting = seawall.intake.quarantined()
    if retry:
        wanted = [report.id for report in waiting] if retry == ["all"] else retry
        again = [seawall.intake.retry(report_id) for report_id in wanted]
        if as_json:
            emit_json({"retried": again})
        else:
            sys.stdout.write(f"{len(again)} to be tried again by `seawall process`\n")
        return
    if as_json:
        emit_json({"quarantined": waiting})
    elif waiting:
        Console(highlight=False, markup=False).print(_quarantine_table(waiting))
    else:
        sys.stdout.write("nothing is in quarantine\n")
    if waiting:
        raise typer.Exit(EXIT_NEGATIVE)


def _quarantine_table(waiting: list[Report]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("report", "name", "code", "what is wrong", "what to do"):
        table.add_column(column, overflow="fold")
    for report in waiting:
        problem = report.problem
        cells = (problem.code, problem.message, problem.remedy) if problem else ("", "", "")
        table.add_row(report.id, report.name, *map(visible, cells))
    return table


def _inputs(paths: list[str]) -> Iterator[tuple[str, BinaryIO | SeawallError]]:
    """Yield name and open file of each input; folders are walked in order, hidden files left out."""
    for text in paths:
        if text == "-":
            yield "standard input", sys.stdin.buffer
            continue
        path = Path(text)
        files = sorted(item for item in path.rglob("[!.]*") if item.is_file()) if path.is_dir() else [path]
        for file in files:
            yield file.name, _opened(file)


def _opened(path: Path) -> BinaryIO | SeawallError:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return NotFoundError("submit.no-such-file", f"there is no file {path}", remedy="Check the path.")
    except OSError as error:
        return UnavailableError(
            "submit.unreadable", f"{path} cannot be read: {error.strerror}", remedy="Check its permissions."
        )


def _sandbox_problem(seawall: Seawall) -> SeawallError | None:
    try:
        seawall.sandbox.check()
    except SeawallError as error:
        return error
    return None
