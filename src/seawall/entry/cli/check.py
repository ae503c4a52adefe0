"""`check`: am I exposed, by when must I act, what do I do. Works on any system, without server and network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from seawall.entry.checking import Checked, CheckOptions, run_check
from seawall.kernel.clock import SystemClock
from seawall.kernel.errors import InvalidInputError
from seawall.remediation import exit_code_of


def check(options: CheckOptions, *, out: Sequence[Path], output: str, explain: bool) -> None:
    """Check one inventory, print or write the plan, and say by the exit code whether something is due.

    Args:
        options: What is asked.
        out: Files to write; their names say the formats.
        output: How to print: empty for people, `json`, or one of the outputs.
        explain: Show each input of each due date.
    """
    writers = [(path, _output_for(path)) for path in out]
    checked = run_check(options, SystemClock().now())
    for path, name in writers:
        _write(path, _rendered(name, checked))
    if output == "json":
        from seawall.entry.cli.output import emit_json
        from seawall.entry.cli.plan_json import document_of

        emit_json(document_of(checked.result, checked.plan, checked.unread))
    elif output:
        sys.stdout.buffer.write(_rendered(output, checked))
    else:
        from seawall.entry.cli.plan_text import print_plan

        print_plan(checked, written=out, explain=explain)
    code = exit_code_of(checked.plan)
    if code:
        raise typer.Exit(code)


def _output_for(path: Path) -> str:
    """Tell the format of a file by its name; the longest suffix that fits decides."""
    from seawall.remediation.outputs import OUTPUTS, output_of

    if path.name.endswith(".json") and path.suffixes[-2:-1] not in ([".openvex"], [".csaf"], [".cdx"], [".vex"]):
        return "json"
    suffixes = {output_of(name).suffix: name for name in OUTPUTS}
    fitting = [suffix for suffix in suffixes if path.name.endswith(suffix)]
    if not fitting:
        raise InvalidInputError(
            "check.unknown-suffix",
            f"the name {path.name!r} does not say which format is wanted",
            remedy=f"End it in .json or one of {', '.join(suffixes)}.",
        )
    return suffixes[max(fitting, key=len)]


def _rendered(name: str, checked: Checked) -> bytes:
    if name == "json":
        from seawall.entry.cli.output import json_bytes
        from seawall.entry.cli.plan_json import document_of

        return json_bytes(document_of(checked.result, checked.plan, checked.unread))
    from importlib.metadata import version

    from seawall.remediation.outputs import Sheet, output_of

    settings = checked.settings
    author, namespace = settings.publisher, settings.namespace
    sheet = Sheet(checked.result, checked.plan, version("seawall"), checked.index, author, namespace)
    return output_of(name).write(sheet)


def _write(path: Path, document: bytes) -> None:
    try:
        path.write_bytes(document)
    except OSError as error:
        from seawall.kernel.errors import UnavailableError

        raise UnavailableError(
            "check.unwritable", f"{path} cannot be written: {error.strerror}", remedy="Check the folder and its space."
        ) from None
