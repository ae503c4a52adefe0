"""Names of files, on the way in and on the way out: hostile in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from seawall.platform.sandbox import errors

MOST_FILES = 256
"""Each file is a descriptor while the sandbox starts; 1,024 is a usual limit of a process."""
_LONGEST_NAME = 255  # bytes, NAME_MAX
_LONGEST_PATH = 1024  # bytes
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_name(name: str) -> None:
    """Accept a plain name or a relative path that stays below its folder.

    Raises:
        InvalidInputError: It does not (`sandbox.unsafe-file-name`).
    """
    if _CONTROL.search(name):
        raise errors.unsafe_file_name(name, "it holds a control character")
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        raise errors.unsafe_file_name(name, "it is not Unicode text") from None
    parts = encoded.split(b"/")
    if any(part in {b"", b".", b".."} for part in parts):
        raise errors.unsafe_file_name(name, "a part of its path is empty, '.' or '..'")
    if len(encoded) > _LONGEST_PATH or any(len(part) > _LONGEST_NAME for part in parts):
        raise errors.unsafe_file_name(name, "it is too long")


def folders_of(names: Iterable[str]) -> list[str]:
    """Check names that are laid into one folder together, and return the folders that they need, parents first.

    Raises:
        InvalidInputError: A name is unsafe or is the folder of another one (`sandbox.unsafe-file-name`), or there are
            too many (`sandbox.invalid-job`).
    """
    names = list(names)
    if len(names) > MOST_FILES:
        raise errors.invalid_job(
            f"{len(names)} files are more than {MOST_FILES}", remedy="Put them into a folder and mount it."
        )
    folders: set[str] = set()
    for name in names:
        check_name(name)
        parts = name.split("/")
        folders.update("/".join(parts[:count]) for count in range(1, len(parts)))
    for name in names:
        if name in folders:
            raise errors.unsafe_file_name(name, "it is the folder of another file")
    return sorted(folders)


def printable(name: bytes) -> str:
    r"""Return the name of a file that a job made as text that is safe to show.

    A byte that is not UTF-8, a control character, a format character such as a change of writing direction, and the
    backslash itself are written as `\xNN` or `\uNNNN`. Names that differ stay different.
    """
    text = name.decode("utf-8", "surrogateescape")
    return "".join(
        character if character.isprintable() and character != "\\" else _escaped(character) for character in text
    )


def _escaped(character: str) -> str:
    encoded = character.encode("utf-8", "surrogateescape")
    if len(encoded) == 1:  # ASCII, or a stray byte
        return f"\\x{encoded[0]:02x}"
    return f"\\u{ord(character):04x}"
