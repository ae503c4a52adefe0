"""The static check: does the named version contain what the report names? Reads source, runs nothing.

Python by its syntax tree; JavaScript by searching for the word, because exports are too often computed.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.intake import Location
from seawall.kernel.limits import MIB
from seawall.validation.ports import Environment
from seawall.validation.static.files import OwnFiles
from seawall.validation.static.python import defines_symbol, read_python_entry
from seawall.validation.static.reading import Presence, Reading

__all__ = ["Presence", "Reading", "read_entry", "read_location"]

_MOST_READ: Final = 64 * MIB


def read_entry(environment: Environment, target: str) -> Reading:
    """Look for an entry point.

    Args:
        environment: What was built.
        target: `module:attr`; names of values (`$name.attr`) cannot be looked up.
    """
    if target.startswith("$"):
        return Reading(Presence.UNKNOWN, f"{target} is an attribute of a value")
    files = OwnFiles(environment)
    if not files.is_node:
        return read_python_entry(files, target)
    module, _, path = target.partition(":")
    name = files.purl.full_name
    if module != name and not module.startswith(name + "/"):
        return Reading(Presence.PRESENT, f"{module} is another package than {name}", foreign=module)
    word = path.rpartition(".")[2]
    if word in {"", "default"}:
        return Reading(Presence.UNKNOWN, f"{module} as a whole is the entry point")
    return _search(files, word)


def read_location(environment: Environment, location: Location) -> Reading:
    """Look for the file, line and symbol that a report names; all that are named must be there."""
    files = OwnFiles(environment)
    if not location.path:
        return _search(files, location.symbol.replace("::", ".").rstrip("()").rpartition(".")[2])
    wanted = "/" + location.path.strip("/")
    fitting = sorted(path for path in files.paths if wanted.endswith("/" + path) or ("/" + path).endswith(wanted))
    if not fitting:
        return Reading(Presence.ABSENT, f"the package has no file {location.path}")
    best = Reading(Presence.ABSENT, "")
    for path in fitting:
        best = _in_file(files, path, location)
        if best.presence is Presence.PRESENT:
            break
    return best


def _in_file(files: OwnFiles, path: str, location: Location) -> Reading:
    text = files.text(path)
    if text is None:
        return Reading(Presence.UNKNOWN, f"{path} is there but cannot be read as source")
    lines = text.count("\n") + 1
    if location.line > lines:
        return Reading(Presence.ABSENT, f"{path} has {lines} lines, not {location.line}")
    if location.symbol:
        if files.is_node:
            presence = Presence.PRESENT if _word(location.symbol.rpartition(".")[2]).search(text) else Presence.ABSENT
        else:
            presence = defines_symbol(text, location.symbol)
        if presence is not Presence.PRESENT:
            return Reading(presence, f"{path} does not define {location.symbol}")
    return Reading(Presence.PRESENT, f"{path} is there" + (f", with {location.symbol}" if location.symbol else ""))


def _search(files: OwnFiles, word: str) -> Reading:
    pattern, read = _word(word), 0
    for path in sorted(files.paths):
        text = files.text(path) or ""
        read += len(text)
        if pattern.search(text):
            return Reading(Presence.PRESENT, f"{word} occurs in {path}")
        if read > _MOST_READ:
            return Reading(Presence.UNKNOWN, f"the package is too large to search for {word}")
    return Reading(Presence.ABSENT if files.paths else Presence.UNKNOWN, f"{word} occurs in no file of the package")


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$]){re.escape(word)}(?![\w$])")
