"""The verbs and their options. What a verb does is in the module that it calls; nothing slow is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.entry.cli import operators
from seawall.entry.cli.group import GuardedGroup
from seawall.entry.cli.options import By, Json, Reason

app = typer.Typer(
    name="seawall",
    cls=GuardedGroup,
    help="An open clearinghouse: reports in, proven and prioritised cases and advisories out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
ledger = typer.Typer(help="The tamper-evident record of every change.", no_args_is_help=True)
signals = typer.Typer(help="What others know: KEV, SSVC points, CVSS.", no_args_is_help=True)
operators.register(app)
app.add_typer(ledger, name="ledger", rich_help_panel="Trust")
app.add_typer(signals, name="signals", rich_help_panel="Priority and publication")

REPORTS, CASES, OUT, TRUST = "Reports", "Cases", "Priority and publication", "Trust"


@app.command(rich_help_panel=REPORTS)
def init(as_json: Json = False) -> None:
    """Make a home for records, blobs and keys, and check that the sandbox works here."""
    from seawall.entry.cli.reports import init as run

    run(as_json=as_json)


@app.command(rich_help_panel=REPORTS)
def submit(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or - for standard input.", metavar="PATH…|-")],
    submitter: Annotated[str, typer.Option(help="Who reports.", envvar="SEAWALL_USER")] = "anonymous",
    marking: Annotated[str, typer.Option(help="TLP label of what is submitted.")] = "AMBER",
    product: Annotated[str, typer.Option(help="Purl of the product, for formats that do not name it.")] = "",
    as_json: Json = False,
) -> None:
    """Take reports in any format. What is acknowledged is stored, whatever comes later."""
    from seawall.entry.cli.reports import submit as run

    run(paths, submitter=submitter, marking=marking, product=product, as_json=as_json)


@app.command(rich_help_panel=REPORTS)
def process(
    prove: Annotated[bool, typer.Option("--prove/--no-prove", help="Run proofs in the sandbox.")] = True,
    again: Annotated[bool, typer.Option("--again", help="Also try proofs that were given up.")] = False,
    as_json: Json = False,
) -> None:
    """Parse, merge, prove, grade and prioritise what is waiting. Stop it at any time and run it again."""
    from seawall.entry.cli.reports import process as run

    run(prove=prove, again=again, as_json=as_json)


@app.command(rich_help_panel=REPORTS)
def quarantine(
    retry: Annotated[list[str] | None, typer.Option("--retry", help="Try this report again (or `all`).")] = None,
    as_json: Json = False,
) -> None:
    """List what could not be read, with the reason and the remedy; or have it tried again."""
    from seawall.entry.cli.reports import quarantine as run

    run(retry or [], as_json=as_json)


@app.command(rich_help_panel=CASES)
def cases(
    grade: Annotated[str, typer.Option(help="Only cases of this grade, for example E3 or refuted.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 200,
    as_json: Json = False,
) -> None:
    """List cases: grade, why, due."""
    from seawall.entry.cli.cases import cases as run

    run(grade=grade, limit=limit, as_json=as_json)


@app.command(rich_help_panel=CASES)
def show(
    case: Annotated[str, typer.Argument(help="Case id, former id, or an identifier such as a CVE.")],
    as_json: Json = False,
) -> None:
    """Show one case and every decision about it, each with its inputs."""
    from seawall.entry.cli.cases import show as run

    run(case, as_json=as_json)


@app.command(rich_help_panel=CASES)
def merge(
    case_ids: Annotated[list[str], typer.Argument(help="Two cases or more.", metavar="CASE CASE…")],
    reason: Reason,
    by: By,
    as_json: Json = False,
) -> None:
    """Say that cases are about one vulnerability. Can be undone by `split`."""
    from seawall.entry.cli.cases import merge as run

    run(case_ids, by=by, reason=reason, as_json=as_json)


@app.command(rich_help_panel=CASES)
def split(
    case: Annotated[str, typer.Argument(help="The case.")],
    findings: Annotated[list[str], typer.Argument(help="Findings that leave it together.", metavar="FINDING…")],
    reason: Reason,
    by: By,
    as_json: Json = False,
) -> None:
    """Take findings out of a case. Later automatic merges respect it."""
    from seawall.entry.cli.cases import split as run

    run(case, findings, by=by, reason=reason, as_json=as_json)


@app.command(rich_help_panel=CASES)
def proposals(
    accept: Annotated[str, typer.Option(help="Accept this proposal.")] = "",
    decline: Annotated[str, typer.Option(help="Decline this proposal.")] = "",
    by: Annotated[str, typer.Option("--by", envvar="SEAWALL_USER", help="Who decides.")] = "",
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why.")] = "",
    as_json: Json = False,
) -> None:
    """List merges that only a person can decide; accept or decline one."""
    from seawall.entry.cli.cases import proposals as run

    run(accept=accept, decline=decline, by=by, reason=reason, as_json=as_json)


@app.command(rich_help_panel=OUT)
def publish(
    case_ids: Annotated[list[str] | None, typer.Argument(help="Cases.", metavar="CASE…")] = None,
    proven: Annotated[bool, typer.Option("--proven", help="All cases that were proven.")] = False,
    marking: Annotated[str, typer.Option(help="TLP label to release under; needed where reports are not CLEAR.")] = "",
    by: By = "coordinator",
    as_json: Json = False,
) -> None:
    """Write CSAF 2.0 and OSV documents for cases."""
    from seawall.entry.cli.publish import publish as run

    run(case_ids or [], proven=proven, marking=marking, by=by, as_json=as_json)


@signals.command("load")
def signals_load(
    kind: Annotated[
        str, typer.Argument(help="kev, or vulnrichment for CVE records with CISA's container.", metavar="KIND")
    ],
    paths: Annotated[list[Path], typer.Argument(help="Documents, or folders of them.", metavar="PATH…")],
    as_json: Json = False,
) -> None:
    """Read a feed. Values are added with source and date; what a feed no longer says is retracted, never deleted."""
    from seawall.entry.cli.signals import load as run

    run(kind, paths, as_json=as_json)


@ledger.command("verify")
def ledger_verify(
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint that was kept elsewhere.")] = None,
    as_json: Json = False,
) -> None:
    """Read everything again and find any changed bit. Exit code 1 if anything is wrong."""
    from seawall.entry.cli.ledger import verify as run

    run(checkpoint, as_json=as_json)


@ledger.command("checkpoint")
def ledger_checkpoint() -> None:
    """Print the newest signed checkpoint, to be kept elsewhere."""
    from seawall.entry.cli.ledger import checkpoint as run

    run()


@app.command(rich_help_panel=TRUST)
def demo(
    folder: Annotated[Path, typer.Option(help="Where to put its home and its page.")] = Path("seawall-demo"),
    as_json: Json = False,
) -> None:
    """Run the main job on real reports about public, fixed vulnerabilities."""
    from seawall.entry.cli.demo import demo as run

    run(folder, as_json=as_json)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"seawall {version('seawall')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass
