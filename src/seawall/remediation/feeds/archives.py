"""Archives from strangers: every member is read to its end, none is written under its own name.

Invariants: a member's checksum is checked before its bytes count; names that lead out of a folder, links, encryption,
members that overlap or repeat, and what unpacks to more than the limits make the whole archive unusable.
"""

from __future__ import annotations

import gzip
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from seawall.kernel.limits import MIB
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.interface import FileLimits

_CHUNK: Final = 1024 * 1024
_FREE: Final = 64 * MIB
"""Bytes that may be unpacked from a file of any size before its ratio counts."""
_LONGEST_LINE: Final = MIB
"""Bytes."""
_MOST_DIRECTORY: Final = 768 * MIB
"""Bytes of a zip's directory: it is read as a whole."""
_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_COMMENT: Final = 65535
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def members(path: Path, wanted: Callable[[str], bool], limits: FileLimits) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of those members of a zip that are wanted; the others are checked by name and size only.

    Raises:
        InvalidInputError: It is no sound zip (`feeds.damaged`).
        LimitExceededError: It unpacks to too much (`feeds.bomb`).
    """
    what = path.name.removesuffix(".part")
    try:
        with path.open("rb") as file:
            _check_directory(file, what, limits)
            with zipfile.ZipFile(file) as archive:
                infos = [info for info in archive.infolist() if not info.is_dir()]
                _check_members(infos, path.stat().st_size, what, limits)
                for info in infos:
                    if wanted(info.filename):
                        yield info.filename, _content(archive, info, what)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        raise errors.damaged(what, str(error) or type(error).__name__) from error


def gunzipped(path: Path, limits: FileLimits) -> Iterator[bytes]:
    """Yield the lines of a gzip file without their ends; its checksum is checked at the end.

    Raises:
        InvalidInputError: It is no gzip file, or cut off (`feeds.damaged`).
        LimitExceededError: It unpacks to too much (`feeds.bomb`).
    """
    what = path.name.removesuffix(".part")
    allowed = max(_FREE, path.stat().st_size * limits.ratio)
    allowed = min(allowed, limits.unpacked)
    rest, total = b"", 0
    try:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                total += len(chunk)
                if total > allowed:
                    raise errors.bomb(what, f"more than {allowed} bytes from {path.stat().st_size}")
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _LONGEST_LINE:
                    raise errors.bomb(what, "a line without an end")
                yield from (line.rstrip(b"\r") for line in lines)
    except (OSError, EOFError, zlib.error) as error:
        raise errors.damaged(what, str(error) or type(error).__name__) from error
    if rest:
        yield rest


def pack(folder: Path, names: list[PurePosixPath], into: Path) -> None:
    """Make a zip of files below a folder: the same files give the same bytes."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(names):
            info = zipfile.ZipInfo(str(name), _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, (folder / name).read_bytes())


def _check_directory(file: BinaryIO, what: str, limits: FileLimits) -> None:
    """Refuse a directory that would fill the memory, before it is read."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _COMMENT - _END.size)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise errors.damaged(what, "it has no end: it is cut off, or no zip")
    _, _, _, _, count, length, _, _ = _END.unpack_from(tail, at)
    locator = at - _LOCATOR.size
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        file.seek(_LOCATOR.unpack_from(tail, locator)[2])
        head = file.read(_END64.size)
        if len(head) == _END64.size and head[:4] == b"PK\x06\x06":
            count, length = _END64.unpack(head)[7:9]
    if count > limits.members or length > min(size, _MOST_DIRECTORY):
        raise errors.bomb(what, f"{count} members, a directory of {length} bytes")
    file.seek(0)


def _check_members(infos: list[zipfile.ZipInfo], size: int, what: str, limits: FileLimits) -> None:
    if len(infos) > limits.members:
        raise errors.bomb(what, f"{len(infos)} members")
    names = {info.filename for info in infos}
    if len(names) != len(infos):
        raise errors.damaged(what, "two members have one name")
    for info in infos:
        _check_member(info, what, limits)
    # Members that share their packed bytes are how small files become petabytes (D. Fifield, 2019).
    if sum(info.compress_size for info in infos) > size:
        raise errors.bomb(what, "its members overlap")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > min(limits.unpacked, max(_FREE, size * limits.ratio)):
        raise errors.bomb(what, f"{unpacked} bytes from {size}")


def _check_member(info: zipfile.ZipInfo, what: str, limits: FileLimits) -> None:
    name = info.filename
    unsafe = "\\" in name or "\0" in name or ":" in name.partition("/")[0] or name.startswith("/")
    if unsafe or ".." in name.split("/"):
        raise errors.damaged(what, f"a member is named {name[:80]!r}")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise errors.damaged(what, f"{name[:80]!r} is a link")
    if info.flag_bits & 0x1:
        raise errors.damaged(what, f"{name[:80]!r} is encrypted")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise errors.damaged(what, f"{name[:80]!r} is packed in a way that is not read")
    if info.file_size > limits.member:
        raise errors.bomb(what, f"{name[:80]!r} has {info.file_size} bytes")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, what: str) -> bytes:
    # zipfile reads at most the stated size, and then compares the checksum: a member that unpacks to more fails it.
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise errors.damaged(what, f"{info.filename[:80]!r} is cut off")
    return content
