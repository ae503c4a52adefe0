"""How answers and errors look: tables and colour for people, JSON for machines, one exit code a class of error."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Final

from seawall.kernel.errors import (
    BusyError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    SeawallError,
    UnavailableError,
)
from seawall.kernel.visible import visible

EXIT_OK: Final = 0
EXIT_NEGATIVE: Final = 1
"""The command worked, and its answer is the bad one: exposed, not valid, something was quarantined."""
EXIT_USAGE: Final = 64
EXIT_BUG: Final = 70
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE: Final = 141
_EXIT_CODES: Final = (
    (InvalidInputError, 65),
    (NotFoundError, 66),
    (ConflictError, 67),
    (UnavailableError, 69),
    (IntegrityError, 74),
    (BusyError, 75),
)
"""After BSD's sysexits where that has a word for it; below 64 an exit code is an answer, above it is an error."""


def exit_code(error: SeawallError) -> int:
    """Return the exit code of an error's class."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), EXIT_BUG)


def emit_json(value: object) -> None:
    """Print one JSON document; package URLs and markings as people write them."""
    sys.stdout.write(json_bytes(value).decode())


def json_bytes(value: object) -> bytes:
    """Return what `emit_json` prints."""
    import msgspec

    encoded = msgspec.json.encode(_plain(value), enc_hook=str, order="deterministic")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _plain(value: object) -> object:
    import msgspec

    from seawall.kernel.marking import Marking
    from seawall.kernel.purl import Purl

    if isinstance(value, Purl):
        return str(value)
    if isinstance(value, Marking):
        return value.label
    if isinstance(value, msgspec.Struct):
        value = {name: getattr(value, name) for name in value.__struct_fields__}
    elif is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def print_error(error: SeawallError, *, as_json: bool) -> None:
    """Say on stderr what went wrong and what to do."""
    diagnostics = error.diagnostics()
    if as_json:
        import msgspec

        sys.stderr.write(msgspec.json.encode({"error": diagnostics}).decode() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error", "bold red"), f" [{diagnostics.code}] {visible(diagnostics.message)}"))
    for key, value in diagnostics.details.items():
        console.print(Text.assemble((f"  {key}: ", "dim"), visible(value)))
    console.print(Text.assemble(("  → ", "bold"), diagnostics.remedy))


def exit_code_of_failure(error: BaseException, *, as_json: bool) -> int | None:
    """Say what went wrong with a verb, and return its exit code; None for what is not ours to handle."""
    if isinstance(error, SeawallError):
        print_error(error, as_json=as_json)
        return exit_code(error)
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write("\ninterrupted: what was finished is kept; run the command again to go on\n")
        return EXIT_INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has gone; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE
    if not isinstance(error, Exception):
        return None
    traceback.print_exception(error)
    sys.stderr.write("this is a bug in Seawall: please report it with the lines above\n")
    return EXIT_BUG
