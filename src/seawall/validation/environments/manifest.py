"""What an environment says about itself: one JSON file beside its files, and the digest that names it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from seawall.validation.model import EnvironmentRecord

FORMAT = "seawall.environment/1"
"""Changes whenever the layout of environments does; part of every digest."""
_ENCODER = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One built environment."""

    format: str
    digest: str
    """SHA-256 over purl, packages, tools, runtime and platform: what went in."""
    purl: str
    runtime: str
    platform: str
    packages: tuple[str, ...]
    tools: tuple[str, ...]
    imports: tuple[str, ...]
    tree: str
    """SHA-256 over paths and contents of all files: what came out. Differs between two builds of one digest where a
    compiler's output does; a changed bit in the cache shows here."""
    files: int
    size: int
    """Bytes of all files."""

    @property
    def record(self) -> EnvironmentRecord:
        """The part that a proof keeps."""
        return EnvironmentRecord(self.digest, self.purl, self.runtime, self.packages)

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON."""
        return msgspec.json.format(_ENCODER.encode(self), indent=1)


@dataclass(frozen=True, slots=True)
class Tree:
    """Measure of a folder."""

    digest: str
    files: int
    size: int
    """Bytes of all files."""


def read_manifest(path: Path) -> Manifest | None:
    """Read a manifest; None where there is none, or none of this format."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
    return manifest if manifest.format == FORMAT else None


def content_digest(purl: str, packages: tuple[str, ...], tools: tuple[str, ...], runtime: str, platform: str) -> str:
    """Name an environment after what it is made of: the same everywhere for the same packages and runtime."""
    parts = (FORMAT, purl, sorted(packages), sorted(tools), runtime, platform)
    return sha256(_ENCODER.encode(parts)).hexdigest()


def measure(root: Path) -> Tree:
    """Digest every file below `root`: relative path, size and content, in the order of the paths' bytes.

    Raises:
        ValueError: Something there is neither a file nor a folder.
        OSError: Something cannot be read.
    """
    total, files, size = sha256(), 0, 0
    for path in _files(os.fsencode(root)):
        with open(path, "rb") as file:  # noqa: PTH123 - the path is bytes: hostile names need not be UTF-8
            length = os.fstat(file.fileno()).st_size
            digest = file_digest(file, "sha256").digest()
        name = os.path.relpath(path, os.fsencode(root))
        total.update(len(name).to_bytes(4, "big") + name + length.to_bytes(8, "big") + digest)
        files += 1
        size += length
    return Tree(total.hexdigest(), files, size)


def _files(root: bytes) -> list[bytes]:
    found: list[bytes] = []
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                    found.append(entry.path)
                else:
                    raise ValueError(f"{entry.path!r} is neither a file nor a folder")
    return sorted(found)
