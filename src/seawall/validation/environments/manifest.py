"""What an environment says about itself: one JSON file beside its files, and the digest that names it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
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
