"""The verbs of those who run software: check, index, feeds, inventories, products."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seawall.entry.cli.options import Json

_PANEL = "For operators"
index_verbs = typer.Typer(help="The one file that checks compare with.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    app.command(rich_help_panel=_PANEL)(check)
    app.add_typer(index_verbs, name="index", rich_help_panel=_PANEL)


class Exposed(StrEnum):
    """Whether an asset can be reached by strangers over public networks."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def check(
    inventory: Annotated[str, typer.Argument(help="SBOM, package list or asset list; - for standard input.")],
    index: Annotated[Path | None, typer.Option(help="Index file; the home's own if left out.")] = None,
    osv: Annotated[list[Path] | None, typer.Option(help="Further OSV records: file, archive or folder.")] = None,
    distro: Annotated[str, typer.Option(help="Where packages are installed, for example debian-12.")] = "",
    exposed: Annotated[Exposed, typer.Option(help="Can strangers reach it over public networks?")] = Exposed.UNKNOWN,
    asset: Annotated[str, typer.Option(help="Name of the asset; the inventory's own name if left out.")] = "",
    policy: Annotated[str, typer.Option(help="Name, id or file of a policy.")] = "",
    given: Annotated[list[str] | None, typer.Option(help="A property of the assets: POINT=VALUE.")] = None,
    vex: Annotated[list[Path] | None, typer.Option(help="What others say: OpenVEX, CSAF or CycloneDX VEX.")] = None,
    first_seen: Annotated[str, typer.Option(help="Day on which the exposures were first seen: 2026-11-30.")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="Remember no first day, and ask for none.")] = False,
    out: Annotated[list[Path] | None, typer.Option("--out", "-o", help="Write it too; the name decides.")] = None,
    output: Annotated[str, typer.Option("--format", help="Print html, csv, sarif, openvex, csaf-vex, …")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Show each input of each due date.")] = False,
    as_json: Json = False,
) -> None:
    """Am I exposed, by when must I act, what do I do? Exit code 0: nothing due, 1: something due, 2: overdue."""
    from seawall.entry.cli.check import CheckOptions
    from seawall.entry.cli.check import check as run

    run(
        CheckOptions(
            inventory=inventory,
            index=index,
            osv=osv or [],
            distro=distro,
            exposed=exposed.value,
            asset=asset,
            policy=policy,
            given=given or [],
            vex=vex or [],
            first_seen=first_seen,
            forget=forget,
            out=out or [],
            format="json" if as_json else output,
            explain=explain,
        )
    )


@index_verbs.command("build")
def index_build(
    folder: Annotated[Path | None, typer.Argument(help="A folder as `seawall feeds sync` fills it.")] = None,
    osv: Annotated[list[Path] | None, typer.Option(help="OSV records: file, archive or folder.")] = None,
    cve: Annotated[list[Path] | None, typer.Option(help="CVE records, with their SSVC points.")] = None,
    csaf: Annotated[list[Path] | None, typer.Option(help="CSAF advisories.")] = None,
    kev: Annotated[list[Path] | None, typer.Option(help="CISA's catalogue of known exploited ones.")] = None,
    epss: Annotated[list[Path] | None, typer.Option(help="FIRST's scores.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The index; the home's own if left out.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Carry nothing over from the index that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Build the index of what `seawall feeds` fetched, of files, and of the home's own cases."""
    from seawall.entry.cli.index import build as run

    sources = {"osv": osv or [], "cve": cve or [], "csaf": csaf or [], "kev": kev or [], "epss": epss or []}
    run(sources, folder=folder, out=out, anew=anew, as_json=as_json)


@index_verbs.command("info")
def index_info(
    index: Annotated[Path | None, typer.Argument(help="The index; the home's own if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Say what an index is made of, and how old that is."""
    from seawall.entry.cli.index import info as run

    run(index, as_json=as_json)


@index_verbs.command("verify")
def index_verify(
    index: Annotated[Path | None, typer.Argument(help="The index; the home's own if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Compare an index with its manifest, byte for byte."""
    from seawall.entry.cli.index import check_digest as run

    run(index, as_json=as_json)
