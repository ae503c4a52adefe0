"""`check`: am I exposed, by when must I act, what do I do. Works on any system, without server and network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from seawall.entry.checking import Checked, CheckOptions, run_check
from seawall.entry.cli.check_words import parse
from seawall.entry.cli.output import emit_json, exit_code_of_failure, json_bytes
from seawall.entry.cli.plan_json import document_of
from seawall.entry.cli.plan_text import print_plan
from seawall.kernel.clock import SystemClock
from seawall.kernel.errors import InvalidInputError
from seawall.remediation import exit_code_of


def main(words: Sequence[str]) -> int:
    """Run `seawall check` without the framework of the other verbs; return the exit code."""
    asked = parse(words)
    try:
        return check(asked)
    except BaseException as error:
        code = exit_code_of_failure(error, as_json=asked.json)
        if code is None:
            raise
        return code


def check(asked: argparse.Namespace) -> int:
    """Check one inventory, print or write the plan, and return the exit code: whether something is due.

    Args:
        asked: What `check_words.parse` returns.
    """
    output = "json" if asked.json else asked.format
    writers = [(path, _output_for(path)) for path in asked.out]
    if asked.format not in {"", "json"}:
        _known(asked.format)
    options = CheckOptions(
        inventory=asked.inventory,
        index=asked.index,
        osv=asked.osv,
        distro=asked.distro,
        exposed=asked.exposed,
        asset=asked.asset,
        policy=asked.policy,
        given=asked.given,
        vex=asked.vex,
        first_seen=asked.first_seen,
        forget=asked.forget,
    )
    checked = run_check(options, SystemClock().now())
    written: list[str] = []
    for path, name in writers:
        try:
            _write(path, _rendered(name, checked))
            written.append(f"written: {path}")
        except InvalidInputError as error:  # this format has no word for it; what was found is still shown
            written.append(f"not written: {path}: {error.message}")
    if output == "json":
        emit_json(document_of(checked.result, checked.plan, checked.unread))
    elif output:
        sys.stdout.buffer.write(_rendered(output, checked))
    else:
        print_plan(checked, written=written, explain=asked.explain)
    return exit_code_of(checked.plan)


def _known(name: str) -> None:
    from seawall.remediation.outputs import OUTPUTS

    if name not in OUTPUTS:
        raise InvalidInputError(
            "check.unknown-format",
            f"there is no format {name[:40]!r}",
            remedy=f"Use one of json, {', '.join(OUTPUTS)}.",
        )


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
