"""npm's `package-lock.json` and `npm-shrinkwrap.json`, lockfile versions 1, 2 and 3.

Versions 2 and 3 list what is installed under `packages`, by its folder; version 1 nests `dependencies`, read here
without recursion. What came from git, a URL or a folder has no version of the registry and is named with the reason.
Development and optional dependencies count: the file does not say what was left out. Source: npm docs,
"package-lock.json".
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import NO_VERSION, Document, Reading
from seawall.remediation.inventories.json_text import ABSENT, decode, utf8_of

_TITLE: Final = "package-lock.json"
_VERSIONS: Final = frozenset({1, 2, 3})
_FOLDER: Final = "node_modules/"


class _Document(msgspec.Struct):
    name: str = ""
    version: str = ""
    lockfile_version: int = msgspec.field(default=0, name="lockfileVersion")
    packages: dict[str, msgspec.Raw] | None = None
    dependencies: dict[str, msgspec.Raw] | None = None


class _Entry(msgspec.Struct):
    name: str | None = None
    version: str | None = None
    link: bool = False
    dependencies: msgspec.Raw = ABSENT


_DECODER: Final = msgspec.json.Decoder(_Document)
_ENTRY: Final = msgspec.json.Decoder(_Entry)
_NESTED: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read(document: Document, reading: Reading) -> str:
    """Read a lock file.

    Raises:
        InvalidInputError: It is no JSON or not shaped like a lock file (`remediation.unreadable-inventory`), or of a
            version that is not supported (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep or has too many packages (`remediation.too-large`).
    """
    try:
        lock = decode(_DECODER, utf8_of(document.data), _TITLE, reading.limits)
    except msgspec.ValidationError as error:
        raise errors.unreadable(_TITLE, str(error)) from None
    if lock.lockfile_version not in _VERSIONS:
        raise errors.unsupported_version("package-lock.json", str(lock.lockfile_version), "with lockfileVersion 1 to 3")
    if lock.packages is not None:
        for folder, raw in lock.packages.items():
            _read_folder(folder, raw, lock, reading)
    else:
        _read_nested(lock.dependencies or {}, reading)
    reading.title = "@".join(filter(None, (lock.name, lock.version)))
    return f"package-lock.json {lock.lockfile_version}"


def _read_folder(folder: str, raw: msgspec.Raw, lock: _Document, reading: Reading) -> None:
    """Read one entry of `packages`: what lies in `node_modules`, the project itself, or a workspace."""
    entry = _entry(folder, raw, reading)
    if entry is None or entry.link:  # a link is a second name of a folder that has its own entry
        return
    if _FOLDER in folder:
        _keep(entry.name or folder.rpartition(_FOLDER)[2], entry.version or "", folder, reading)
    elif folder and entry.name:
        _keep(entry.name, entry.version or "", folder, reading)
    elif not folder and (entry.name or lock.name) and (entry.version or lock.version):
        _keep(entry.name or lock.name, entry.version or lock.version, "the project", reading)


def _read_nested(dependencies: dict[str, msgspec.Raw], reading: Reading) -> None:
    level = [(name, f"{_FOLDER}{name}", raw, 1) for name, raw in reversed(dependencies.items())]
    while level:
        name, folder, raw, depth = level.pop()
        if depth > reading.limits.depth:
            raise too_large("the nesting of dependencies", reading.limits.depth, "levels")
        entry = _entry(folder, raw, reading)
        if entry is None:
            continue
        _keep(name, entry.version or "", folder, reading)
        if entry.dependencies != ABSENT:
            nested = _nested(entry.dependencies, folder, reading)
            level += [(n, f"{folder}/{_FOLDER}{n}", r, depth + 1) for n, r in reversed(nested.items())]


def _entry(folder: str, raw: msgspec.Raw, reading: Reading) -> _Entry | None:
    try:
        return _ENTRY.decode(raw)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        reading.refuse(folder or "the project", str(error))
        return None


def _nested(raw: msgspec.Raw, folder: str, reading: Reading) -> dict[str, msgspec.Raw]:
    try:
        return _NESTED.decode(raw)
    except msgspec.ValidationError as error:
        reading.refuse(folder, f"its dependencies: {error}")
        return {}


def _keep(name: str, version: str, ref: str, reading: Reading) -> None:
    if version.startswith("npm:"):  # an alias: npm:real-name@1.2.3
        name, _, version = version.removeprefix("npm:").rpartition("@")
    if ":" in version or "/" in version:
        reading.refuse(ref, f"{NO_VERSION} of the registry, but a place: {version[:100]}")
    else:
        reading.registered("npm", name, version, ref)
