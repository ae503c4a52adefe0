"""`publish`: documents for the world, when a coordinator says so."""

from __future__ import annotations

import sys

import typer

from seawall.entry.bootstrap import open_seawall
from seawall.entry.cli.output import EXIT_USAGE, emit_json
from seawall.kernel.marking import Marking, parse_marking


def publish(case_ids: list[str], *, proven: bool, marking: str, by: str, as_json: bool) -> None:
    """Write the documents of some cases, or of all that were proven."""
    if bool(case_ids) == proven:
        sys.stderr.write("name the cases to publish, or say --proven\n")
        raise typer.Exit(EXIT_USAGE)
    release: Marking | None = parse_marking(marking) if marking else None
    seawall = open_seawall()
    seawall.require()
    chosen = [view.case.id for view in seawall.overview().cases if view.grade.proven] if proven else case_ids
    publications = [item for case_id in chosen for item in seawall.publish(case_id, marking=release, by=by)]
    if as_json:
        emit_json({"folder": seawall.publication_folder, "publications": publications})
        return
    for item in publications:
        sys.stdout.write(f"{item.case_id}  {item.format} revision {item.number}  {item.path}\n")
    sys.stdout.write(f"{len(publications)} document(s) in {seawall.publication_folder}\n")
