"""The named package's own files in an environment, and whose file any other one is. Nothing is imported."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from seawall.kernel.limits import MIB
from seawall.kernel.purl import Purl, parse_purl
from seawall.validation.ports import Environment

_MOST_FILES: Final = 50_000
_MOST_BYTES: Final = 8 * MIB  # of one file
_MOST_COMPILED: Final = 256 * MIB
_RECORD_BYTES: Final = 64 * MIB
_MODULES: Final = frozenset({".py", ".pyi", ".so"})
_SOURCES: Final = frozenset({".py", ".pyi", ".js", ".cjs", ".mjs", ".jsx", ".ts", ".json"})


@dataclass
class OwnFiles:
    """What the named package installed.

    Paths are relative to `site/` (PyPI) or to the package's folder (npm), `/`-separated.
    """

    environment: Environment
    purl: Purl = field(init=False)

    def __post_init__(self) -> None:
        self.purl = parse_purl(self.environment.record.purl)

    @property
    def is_node(self) -> bool:
        """Whether this is an npm package."""
        return self.purl.type == "npm"

    @cached_property
    def root(self) -> Path:
        """The folder that paths are relative to."""
        if self.is_node:
            return self.environment.root / "node_modules" / self.purl.full_name
        return self.environment.root / "site"

    @cached_property
    def paths(self) -> frozenset[str]:
        """Files of the package, at most 50,000; for PyPI those of its modules, without metadata."""
        if self.is_node:
            return frozenset(self._walk([self.root]))
        starts: list[Path] = []
        for name in self.environment.imports:
            stem = self.root / name.replace(".", "/")
            starts += [stem, *(path for path in stem.parent.glob(f"{stem.name}.*") if path.suffix in _MODULES)]
        return frozenset(self._walk(starts))

    def owns(self, module: str) -> bool:
        """Return whether a Python module is the package's."""
        return any(module == name or module.startswith(name + ".") for name in self.environment.imports)

    def owner(self, path: str) -> str:
        """Return the name of the distribution that says it installed a file below `site/`, or an empty string."""
        for record in sorted(self.root.glob("*.dist-info/RECORD")):
            if path in _recorded(record):
                return record.parent.name.split("-", 1)[0]
        return ""

    def text(self, path: str) -> str | None:
        """Return a source file's text, or `None` if it is too large, missing, outside or no source."""
        file = self.root / path
        try:
            if Path(path).suffix not in _SOURCES or not file.resolve().is_relative_to(self.root.resolve()):
                return None
            with file.open("rb") as stream:
                content = stream.read(_MOST_BYTES + 1)
        except OSError:
            return None
        return content.decode("utf-8", "replace") if len(content) <= _MOST_BYTES else None

    def holds(self, path: str, word: str) -> bool:
        """Return whether a file's bytes hold a word; yes where they cannot be read, or there are too many."""
        file = self.root / path
        try:
            if not file.resolve().is_relative_to(self.root.resolve()) or file.stat().st_size > _MOST_COMPILED:
                return True
            return word.encode() in file.read_bytes()
        except OSError:
            return True

    def _walk(self, starts: list[Path]) -> list[str]:
        found: list[str] = []
        pending = [start for start in starts if start.exists()]
        while pending and len(found) < _MOST_FILES:
            path = pending.pop()
            if path.is_symlink():
                continue
            if path.is_dir():
                pending += sorted(
                    entry for entry in path.iterdir() if entry.name not in {"node_modules", "__pycache__"}
                )
            else:
                found.append(path.relative_to(self.root).as_posix())
        return found


def _recorded(record: Path) -> list[str]:
    try:
        with record.open("rb") as stream:
            rows = csv.reader(io.StringIO(stream.read(_RECORD_BYTES).decode("utf-8", "replace")))
            return [row[0] for row, _ in zip(rows, range(_MOST_FILES), strict=False) if row]
    except (OSError, csv.Error):
        return []
