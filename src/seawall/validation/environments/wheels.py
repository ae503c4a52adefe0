"""Unpacks wheels, which are hostile archives, into an import folder; runs nothing.

Invariants: no byte is written outside the folder; no link, device or duplicate is made; what is written stays within
the budget, whatever sizes the archive states; the first wheel to bring a path keeps it, so that a dependency cannot
replace a module of the package that is examined.

Left out on purpose: scripts, headers and data files (`*.data/{scripts,headers,data}`), which nothing can import; `.pth`
files, which are code that `site` would run; byte-compilation; checking `RECORD`, since the wheel as a whole is hashed.
Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from hashlib import file_digest
from importlib.machinery import all_suffixes
from pathlib import Path

from seawall.kernel.limits import MIB
from seawall.validation.environments import failures

_CHUNK = MIB
_METADATA_BYTES = 8 * MIB
_IMPORT_FOLDERS = ("purelib", "platlib")
_MODULE_SUFFIXES = tuple(sorted(all_suffixes(), key=len, reverse=True))
_LONGEST_PATH = 1_024  # characters
_LONGEST_NAME = 255  # bytes of one part of a path, on the file systems of Linux


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel file whose name was understood."""

    path: Path
    name: str
    """Normalised, for example `python-multipart`."""
    version: str
    """Normalised by PEP 440."""
    sha256: str

    @property
    def pin(self) -> str:
        """The wheel as an environment's manifest lists it."""
        return f"{self.name}=={self.version} sha256:{self.sha256}"


@dataclass(slots=True)
class Budget:
    """What may still be written."""

    bytes: int
    files: int

    def take(self, size: int, files: int = 0) -> None:
        """Use some of it up.

        Raises:
            EnvironmentFailedError: There is not that much left (`validation.environment-too-large`).
        """
        self.bytes -= size
        self.files -= files
        if self.bytes < 0 or self.files < 0:
            raise failures.unpacked_too_large()


def read_wheel(path: Path) -> Wheel:
    """Name and hash a wheel file.

    Raises:
        EnvironmentFailedError: The file name is no wheel's (`validation.bad-archive`).
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - extra `proof`

    try:
        name, version, _build, _tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise failures.bad_archive(path.name, str(error)) from error
    with path.open("rb") as file:
        return Wheel(path, str(name), str(version), file_digest(file, "sha256").hexdigest())


def unpack(wheel: Wheel, into: Path, budget: Budget) -> tuple[str, ...]:
    """Write a wheel's importable files and its metadata below `into`.

    Returns:
        The paths that the wheel has there, relative, with `/`, sorted; also those that another wheel brought first.

    Raises:
        EnvironmentFailedError: The archive is broken, dangerous or too large (`validation.bad-archive`,
            `validation.environment-too-large`); part of it may have been written.
    """
    placed: set[str] = set()
    try:
        with zipfile.ZipFile(wheel.path) as archive:
            members = archive.infolist()
            budget.take(0, len(members))
            for member in members:
                _check(wheel, member)
                target = _target(member.filename)
                if member.is_dir() or target is None:
                    continue
                if target in placed:
                    raise failures.bad_archive(wheel.path.name, f"{member.filename[:200]!r} is there twice")
                placed.add(target)
                _write(archive, member, into / target, budget)
            _refuse_direct_references(wheel, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise failures.bad_archive(wheel.path.name, f"{type(error).__name__}: {error}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise failures.bad_archive(wheel.path.name, "a file stands where a folder is needed") from error
    return tuple(sorted(placed))


def import_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the shortest dotted names that belong to these files alone.

    A regular package counts by its topmost folder with an `__init__`; below a namespace package (a folder without
    one, which other distributions may share) each member counts by itself. Neither `top_level.txt` nor `RECORD` is
    asked: both are the packager's word.

    Args:
        paths: Relative, with `/`, as `unpack` returns them.
    """
    modules = [(parts, stem) for parts, stem in map(_module, paths) if stem]
    packages = {parts for parts, stem in modules if stem == "__init__"}
    names = set()
    for parts, stem in modules:
        regular = next((parts[:depth] for depth in range(1, len(parts) + 1) if parts[:depth] in packages), None)
        if regular is not None:
            names.add(".".join(regular))
        elif stem != "__init__":
            names.add(".".join((*parts, stem)))
    return tuple(sorted(names))


def _module(path: str) -> tuple[tuple[str, ...], str]:
    *parts, file = path.split("/")
    suffix = next((suffix for suffix in _MODULE_SUFFIXES if file.endswith(suffix)), None)
    stem = file.removesuffix(suffix) if suffix else ""
    if not stem.isidentifier() or not all(part.isidentifier() for part in parts) or "__pycache__" in parts:
        return (), ""
    return tuple(parts), stem


def _check(wheel: Wheel, member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = name.rstrip("/").split("/")
    mode = member.external_attr >> 16
    if (
        name.startswith("/")
        or "\\" in name
        or not name.isprintable()
        or len(name) > _LONGEST_PATH
        or any(part in {"", ".", ".."} or len(part.encode()) > _LONGEST_NAME for part in parts)
        or (len(parts[0]) > 1 and parts[0][1] == ":")
    ):
        raise failures.bad_archive(wheel.path.name, f"unsafe path {name[:200]!r}")
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise failures.bad_archive(wheel.path.name, f"{name[:200]!r} is no regular file")


def _target(name: str) -> str | None:
    """Where a member belongs below the import folder; None for what is left out."""
    first, _, rest = name.partition("/")
    if first.endswith(".data"):
        kind, _, name = rest.partition("/")
        if kind not in _IMPORT_FOLDERS or not name:
            return None
    if "/" not in name and name.endswith(".pth"):
        return None
    return name


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: Budget) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if target.is_dir():
            raise IsADirectoryError(target)
        return
    with archive.open(member) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            budget.take(len(chunk))
            file.write(chunk)


def _refuse_direct_references(wheel: Wheel, archive: zipfile.ZipFile) -> None:
    """Packages come from the configured index alone, not from an address that a package names."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - extra `proof`

    for member in archive.infolist():
        if not member.filename.endswith(".dist-info/METADATA") or member.filename.count("/") != 1:
            continue
        with archive.open(member) as file:
            headers = BytesHeaderParser().parsebytes(file.read(_METADATA_BYTES))
        for line in headers.get_all("Requires-Dist", []):
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue  # resolution is over; a line that pip could not read has added nothing
            if requirement.url and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                raise failures.direct_reference(wheel.pin.split(" ", 1)[0], requirement.name)
