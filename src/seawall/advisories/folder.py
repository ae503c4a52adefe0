"""The publication folder on this machine: plain files that any web server may serve.

Each file appears whole: written beside its place, synced, renamed. Paths are made of plain names only.
"""

from __future__ import annotations

import re
from pathlib import Path

from seawall.kernel.errors import InvalidInputError, UnavailableError
from seawall.platform.files import write_whole

_NAME = re.compile(r"[A-Za-z0-9+\-_][A-Za-z0-9+\-_.]{0,200}")


class LocalPublicationFolder:
    """See `ports.PublicationFolder`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, data: bytes) -> bool:
        """See `ports.PublicationFolder.put`."""
        target = self._target(path)
        try:
            if target.is_file() and target.read_bytes() == data:
                return False
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, data)
        except OSError as error:
            raise UnavailableError(
                "advisories.folder-unwritable",
                f"{target} cannot be written: {error.strerror}",
                remedy="Free some space or correct the permissions, and publish again; nothing is published twice.",
            ) from error
        return True

    def read(self, path: str) -> bytes | None:
        """See `ports.PublicationFolder.read`."""
        try:
            return self._target(path).read_bytes()
        except FileNotFoundError:
            return None

    def _target(self, path: str) -> Path:
        parts = path.split("/")
        if not all(_NAME.fullmatch(part) for part in parts):
            raise InvalidInputError(
                "advisories.unsafe-path",
                f"{path[:80]!r} is no path inside the publication folder",
                remedy="Use identifiers of plain letters, digits, `-`, `_` and `.`.",
            )
        return self._root.joinpath(*parts)
