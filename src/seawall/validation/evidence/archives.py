"""Builds the archives of evidence: the same bytes for the same entries, however bad the names.

Members are written as given: a name that leads out of the target folder is the point of many a proof. Nothing is ever
unpacked here.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from seawall.validation.evidence.arguments import bad, decoded, marker_of
from seawall.validation.evidence.language import Archive, ArchiveEntry

_TAR_TYPES: Final = {
    "file": tarfile.REGTYPE,
    "dir": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
}
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755


def build_archive(archive: Archive, files: Mapping[str, bytes]) -> bytes:
    """Return the archive's bytes.

    Args:
        archive: With placeholders filled.
        files: Files that `$text` and `$bytes` may name.

    Raises:
        EvidenceError: An entry's name or content cannot be written in this format (`validation.bad-evidence`).
    """
    buffer = io.BytesIO()
    try:
        if archive.format == "zip":
            _write_zip(buffer, archive, files)
        elif archive.format == "tar":
            _write_tar(buffer, archive, files)
        else:
            entry = archive.entries[0]
            with gzip.GzipFile(entry.name, "wb", fileobj=buffer, mtime=0) as stream:
                stream.write(literal_bytes(entry.content, files))
    except (ValueError, OSError, OverflowError, struct.error, zipfile.LargeZipFile, tarfile.TarError) as error:
        raise bad(f"{archive.file} cannot be built: {error}", "Check the names of its entries.") from None
    return buffer.getvalue()


def literal_bytes(value: Any, files: Mapping[str, bytes]) -> bytes:  # noqa: ANN401 - any argument
    """Evaluate an argument that gives text or bytes, on the verifier's side; text becomes UTF-8.

    Raises:
        EvidenceError: The argument is of another kind (`validation.bad-evidence`).
    """
    if isinstance(value, str):
        return value.encode()
    key = marker_of(value)
    inner: Any = value[key] if key else None
    match key:
        case "$hex" | "$b64":
            content = decoded(key, inner)
        case "$concat":
            content = b"".join(literal_bytes(part, files) for part in inner)
        case "$repeat":
            content = literal_bytes(inner["unit"], files) * int(inner["n"])
        case "$encode":
            content = literal_bytes(inner, files)
        case "$latin1":
            content = literal_bytes(inner, files).decode().encode("latin-1")
        case "$text" | "$bytes" if inner in files:
            content = files[inner]
        case _:
            raise bad(
                "an archive entry's text is neither text nor bytes", "Use text, $repeat, $concat, $hex, $b64 or $bytes."
            )
    return content


def _write_zip(buffer: io.BytesIO, archive: Archive, files: Mapping[str, bytes]) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        warnings.simplefilter("ignore")  # two members of one name are an old trick, and allowed here
        for entry in archive.entries:
            member = zipfile.ZipInfo(entry.name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix: only then do readers look at the mode
            content = b""
            if entry.type == "symlink":
                mode, content = stat.S_IFLNK | _FOLDER_MODE, entry.target.encode()
            elif entry.type == "dir":
                mode = stat.S_IFDIR | _FOLDER_MODE
            else:
                mode, content = stat.S_IFREG | _FILE_MODE, literal_bytes(entry.content, files)
            member.external_attr = mode << 16
            target.writestr(member, content)


def _write_tar(buffer: io.BytesIO, archive: Archive, files: Mapping[str, bytes]) -> None:
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as target:
        for entry in archive.entries:
            member, content = _tar_member(entry), b""
            if entry.type == "file":
                content = literal_bytes(entry.content, files)
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))


def _tar_member(entry: ArchiveEntry) -> tarfile.TarInfo:
    member = tarfile.TarInfo(entry.name)
    member.type = _TAR_TYPES[entry.type]
    member.linkname = entry.target
    member.mode = _FOLDER_MODE if entry.type == "dir" else _FILE_MODE
    return member
