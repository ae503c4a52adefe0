"""The index: one SQLite file that says which versions of which packages and products are affected by what.

It holds all that a check needs: records, folded by their identifiers, and what is said about their vulnerabilities.
Built by `IndexBuild`, opened by `open_index`; what only the building needs is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from seawall.remediation.index.digest import Manifest, manifest_path, verify
from seawall.remediation.index.reader import SQLiteIndex, open_index

if TYPE_CHECKING:
    from seawall.remediation.index.build import Built, build_index, memory_index
    from seawall.remediation.index.sources import BuildReport, IndexBuild

_LATE = {
    "BuildReport": "sources",
    "Built": "build",
    "IndexBuild": "sources",
    "build_index": "build",
    "memory_index": "build",
}


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"seawall.remediation.index.{_LATE[name]}"), name)


__all__ = [
    "BuildReport",
    "Built",
    "IndexBuild",
    "Manifest",
    "SQLiteIndex",
    "build_index",
    "manifest_path",
    "memory_index",
    "open_index",
    "verify",
]
