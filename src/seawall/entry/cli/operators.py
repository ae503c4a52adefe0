"""The verbs of those who run software: check, index, feeds, inventories, products."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.entry.cli.check_words import complete, parse
from seawall.entry.cli.options import By, Json

_PANEL = "For operators"
PASSED_ON = {"ignore_unknown_options": True, "help_option_names": []}
"""`check` reads its own words (`check_words.py`): it starts without this framework when it is called alone."""
index_verbs = typer.Typer(help="The one file that checks compare with.", no_args_is_help=True)
feeds_verbs = typer.Typer(help="What others publish: fetched, checked, kept.", no_args_is_help=True)
inventory_verbs = typer.Typer(help="What is installed where, kept and compared again and again.", no_args_is_help=True)
vex_verbs = typer.Typer(help="What vendors and others say about vulnerabilities in products.", no_args_is_help=True)
products_verbs = typer.Typer(help="Which names mean one product: a person decides.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    app.command(rich_help_panel=_PANEL, context_settings=PASSED_ON)(check)
    app.add_typer(feeds_verbs, name="feeds", rich_help_panel=_PANEL)
    app.add_typer(index_verbs, name="index", rich_help_panel=_PANEL)
    app.add_typer(inventory_verbs, name="inventory", rich_help_panel=_PANEL)
    app.add_typer(products_verbs, name="products", rich_help_panel=_PANEL)
    app.add_typer(vex_verbs, name="vex", rich_help_panel=_PANEL)
    app.command("report-back", rich_help_panel=_PANEL)(report_back)
    app.command("forensics", rich_help_panel=_PANEL)(forensics)
    app.command(rich_help_panel=_PANEL)(affected)


def check(
    words: Annotated[list[str] | None, typer.Argument(metavar="INVENTORY [OPTIONS]", autocompletion=complete)] = None,
) -> None:
    """Am I exposed, by when must I act, what do I do? Exit code 0: nothing due, 1: something due, 2: overdue."""
    from seawall.entry.cli.check import check as run

    raise typer.Exit(run(parse(words or [])))


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


# --- feeds


@feeds_verbs.command("sync")
def feeds_sync(
    names: Annotated[
        list[str] | None, typer.Argument(help="Feeds; the usual ones if left out.", metavar="NAME…")
    ] = None,
    from_folder: Annotated[Path | None, typer.Option("--from", help="Load files from here, without a network.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder to keep them in.")] = None,
    url: Annotated[list[str] | None, typer.Option(help="Another address: NAME=URL.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also take data that is older or much smaller.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch what is new. What cannot be fetched stays as it was. Exit code 1 if anything stayed."""
    from seawall.entry.cli.feeds import sync as run

    run(names or [], from_folder=from_folder, to=to, urls=url or [], force=force, as_json=as_json)


@feeds_verbs.command("list")
def feeds_list(
    to: Annotated[Path | None, typer.Option(help="Folder that they are kept in.")] = None, as_json: Json = False
) -> None:
    """Say what is held, how old it is, and what else there is. Exit code 1 if something is stale."""
    from seawall.entry.cli.feeds import status as run

    run(to=to, as_json=as_json)


# --- stored inventories

Owner = Annotated[str, typer.Option(help="Whose assets.", envvar="SEAWALL_OWNER")]
Index = Annotated[Path | None, typer.Option(help="Index file; the home's own if left out.")]
OwnerName = Annotated[str, typer.Argument(help="Whose asset.")]
AssetName = Annotated[str, typer.Argument(help="Its name.")]
Vulnerability = Annotated[str, typer.Argument(help="Any of its identifiers.")]


@inventory_verbs.command("add")
def inventory_add(
    paths: Annotated[list[Path], typer.Argument(help="Inventories.", metavar="PATH…")],
    by: By,
    owner: Owner = "us",
    asset: Annotated[str, typer.Option(help="Name of the asset; the inventory's own name if left out.")] = "",
    exposed: Annotated[str, typer.Option(help="Reachable by strangers: yes, no or unknown.")] = "",
    taken_at: Annotated[str, typer.Option(help="When it was taken, in RFC 3339; now if left out.")] = "",
    distro: Annotated[str, typer.Option(help="Where packages are installed, for example debian-12.")] = "",
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Keep inventories. A newer one of the same asset verifies or contradicts what was claimed as fixed."""
    from seawall.entry.cli.inventory import add as run

    run(
        paths,
        owner=owner,
        by=by,
        asset=asset,
        exposed=exposed,
        taken_at=taken_at,
        distro=distro,
        index=index,
        as_json=as_json,
    )


@inventory_verbs.command("list")
def inventory_list(owner: Owner = "", as_json: Json = False) -> None:
    """List assets with their present inventory."""
    from seawall.entry.cli.inventory import show as run

    run(owner=owner, as_json=as_json)


@inventory_verbs.command("diff")
def inventory_diff(
    owner: OwnerName,
    asset: AssetName,
    before: Annotated[int, typer.Option(help="Number of the older inventory; the last but one if left out.")] = 0,
    after: Annotated[int, typer.Option(help="Number of the newer; the present one if left out.")] = 0,
    as_json: Json = False,
) -> None:
    """Say what came, went and changed its version."""
    from seawall.entry.cli.inventory import diff as run

    run(owner, asset, before=before, after=after, as_json=as_json)


@inventory_verbs.command("exposures")
def inventory_exposures(
    owner: OwnerName,
    asset: AssetName,
    vex: Annotated[
        str, typer.Option("--format", "-f", help="Write VEX for others: openvex, csaf-vex or cyclonedx-vex.")
    ] = "",
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Show what an asset is exposed to, by when to act, and what was reported. Exit code 1 if something is open."""
    from seawall.entry.cli.inventory import exposures as run

    run(owner, asset, vex=vex, index=index, as_json=as_json)


@inventory_verbs.command("review")
def inventory_review(
    owner: Owner = "",
    anew: Annotated[bool, typer.Option("--anew", help="Compare everything again: after a new index.")] = False,
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Have time and news take effect on all assets: once a day, and with --anew after a new index."""
    from seawall.entry.cli.inventory import review as run

    run(owner=owner, anew=anew, index=index, as_json=as_json)


def affected(
    paths: Annotated[list[Path], typer.Argument(help="Records of vulnerabilities.", metavar="PATH…")],
    source: Annotated[str, typer.Option(help="Their format: osv, cve or csaf.")] = "osv",
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Whom does this advisory touch? Asks the stored inventories. Exit code 1 if anybody."""
    from seawall.entry.cli.inventory import affected as run

    run(paths, source=source, index=index, as_json=as_json)


def report_back(
    owner: OwnerName,
    asset: AssetName,
    vulnerability: Vulnerability,
    status: Annotated[str, typer.Argument(help="fixed, mitigated, not_affected or deferred.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why, or how.")] = "",
    justification: Annotated[str, typer.Option(help="For not_affected: a word of VEX.")] = "",
    until: Annotated[str, typer.Option(help="For deferred: the day, as 2026-11-30.")] = "",
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Say what was done. `fixed` is a claim until a later inventory shows it."""
    from seawall.entry.cli.inventory import report_back as run

    run(
        owner,
        asset,
        vulnerability,
        status,
        by=by,
        reason=reason,
        justification=justification,
        until=until,
        index=index,
        as_json=as_json,
    )


def forensics(
    owner: OwnerName,
    asset: AssetName,
    vulnerability: Vulnerability,
    step: Annotated[str, typer.Argument(help="scope, evidence or decision.")],
    by: By,
    note: Annotated[str, typer.Option("--note", "-m", help="What was done or found; for --waive, why not.")],
    evidence: Annotated[Path | None, typer.Option(help="A file of evidence: its digest is kept.")] = None,
    finding: Annotated[str, typer.Option(help="For the decision: none, suspected or confirmed.")] = "",
    waive: Annotated[bool, typer.Option("--waive", help="The step is left out, for the stated reason.")] = False,
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Record a step of a forensic triage. Nothing is `fixed` before its evidence is secured, or waived."""
    from seawall.entry.cli.inventory import forensic_step as run

    run(
        owner,
        asset,
        vulnerability,
        step,
        by=by,
        note=note,
        evidence=evidence,
        finding=finding,
        waive=waive,
        index=index,
        as_json=as_json,
    )


@vex_verbs.command("add")
def vex_add(
    paths: Annotated[list[Path], typer.Argument(help="Documents: OpenVEX, CSAF VEX or CycloneDX.", metavar="FILE…")],
    owner: Annotated[str, typer.Option(help="Whose assets they speak of; everybody's if left out.")] = "",
    as_json: Json = False,
) -> None:
    """Keep what others say. It is shown beside the exposures, with its author, and hides none."""
    from seawall.entry.cli.vex import add as run

    run(paths, owner=owner, as_json=as_json)


# --- products by name

Pairs = Annotated[list[str], typer.Argument(help="Pairs of the last review.", metavar="PAIR…")]
Because = Annotated[str, typer.Option("--reason", "-m", help="Why; kept with the ruling.")]


@products_verbs.command("review")
def products_review(
    paths: Annotated[list[Path], typer.Argument(help="Inventories.", metavar="PATH…")],
    index: Index = None,
    distro: Annotated[str, typer.Option(help="Where packages are installed, for example debian-12.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what is the same by name, or was ruled on.")] = False,
    as_json: Json = False,
) -> None:
    """Show pairs of names that may mean one product, and number them."""
    from seawall.entry.cli.products import review_inventories as run

    run(paths, index=index, distro=distro, everything=everything, as_json=as_json)


@products_verbs.command("confirm")
def products_confirm(pairs: Pairs, by: By, reason: Because, as_json: Json = False) -> None:
    """Say that the names of a pair mean one product: once for all inventories."""
    from seawall.entry.cli.products import confirm as run
    from seawall.entry.cli.products import home_listing, home_rulings

    run(pairs, home_rulings(), listing=home_listing(), by=by, reason=reason, as_json=as_json)


@products_verbs.command("reject")
def products_reject(pairs: Pairs, by: By, reason: Because, as_json: Json = False) -> None:
    """Say that the names of a pair mean different products: once for all inventories."""
    from seawall.entry.cli.products import home_listing, home_rulings
    from seawall.entry.cli.products import reject as run

    run(pairs, home_rulings(), listing=home_listing(), by=by, reason=reason, as_json=as_json)


@products_verbs.command("rulings")
def products_rulings(as_json: Json = False) -> None:
    """List what was ruled, by whom and why."""
    from seawall.entry.cli.products import home_rulings
    from seawall.entry.cli.products import list_rulings as run

    run(home_rulings(), as_json=as_json)


@products_verbs.command("withdraw")
def products_withdraw(
    ruling: Annotated[str, typer.Argument(help="Its id.")], by: By, reason: Because, as_json: Json = False
) -> None:
    """Take a ruling back; it stays in the history."""
    from seawall.entry.cli.products import home_rulings
    from seawall.entry.cli.products import withdraw as run

    run(ruling, home_rulings(), by=by, reason=reason, as_json=as_json)
