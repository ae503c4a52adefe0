"""Folders with hostile content: digest them, take away the right to write, remove them. No link is ever followed."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """Measure of a folder."""

    digest: str
    """SHA-256 over all files: relative path, size and content, in the order of the paths' bytes."""
    files: int
    size: int
    """Bytes of all files."""


def measure(root: Path) -> Tree:
    """Digest every file below a folder.

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


def freeze(root: Path) -> None:
    """Let everybody read and nobody write: a sandbox may run jobs as another user, and mounts read-only besides."""
    for folder, _folders, files in os.walk(root):
        for file in files:
            path = os.path.join(folder, file)  # noqa: PTH118 - 100,000 files in large environments
            mode = os.stat(path, follow_symlinks=False).st_mode  # noqa: PTH116 - likewise
            if stat.S_ISREG(mode):
                os.chmod(path, 0o555 if mode & 0o111 else 0o444)  # noqa: PTH101 - likewise
        os.chmod(folder, 0o555)  # noqa: PTH101, S103 - likewise; nobody may write


def remove(folder: Path) -> None:
    """Remove a folder, also a frozen one. What cannot be removed stays."""
    if not folder.exists():
        return
    for path, _folders, _files in os.walk(folder):
        Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _files(root: bytes) -> list[bytes]:
    found: list[bytes] = []
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    found.append(entry.path)
                else:
                    raise ValueError(f"{entry.path!r} is neither a file nor a folder")
    return sorted(found)
