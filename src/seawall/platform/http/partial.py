"""A file that is being fetched: its bytes so far, and beside them a note of what they are the beginning of.

Invariant: bytes are only ever appended to those that the same URL sent under the same strong validator. Whatever else
is found is thrown away. The note is written before the first byte, so that a process which is killed leaves both, or
nothing that would be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from seawall.platform.http.interface import Validators

_SAFE_GAP = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Note:
    url: str
    """SHA-256 of the URL: a query may hold secrets."""
    validator: str
    """For `If-Range`; empty: cannot be continued."""
    etag: str = ""
    last_modified: str = ""


def strong_validator(validators: Validators, date: str) -> str:
    """Return what `If-Range` may carry, or nothing (RFC 9110, sections 8.8.2.2 and 13.1.5).

    Args:
        validators: Of the answer.
        date: The answer's `Date` header: a modification date is strong only if it is well before that.
    """
    if validators.etag and not validators.etag.startswith("W/"):
        return validators.etag
    if validators.last_modified and date:
        try:
            gap = parsedate_to_datetime(date) - parsedate_to_datetime(validators.last_modified)
        except (ValueError, TypeError):
            return ""
        return validators.last_modified if gap >= _SAFE_GAP else ""
    return ""


class Partial:
    """One file in the making."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._note_path = path.with_name(path.name + ".note")
        self._url = sha256(url.encode()).hexdigest()
        self._note: _Note | None = None
        self.size = 0
        self._load()

    @property
    def validator(self) -> str:
        """What to send as `If-Range`; empty if there is nothing to continue."""
        return self._note.validator if self._note is not None and self.size else ""

    def continues(self, validators: Validators) -> bool:
        """Whether an answer with these validators is about the same state of the file."""
        note = self._note
        if note is None or not note.validator:
            return False
        return validators.etag == note.etag if note.etag else validators.last_modified == note.last_modified

    def begin(self, validators: Validators, date: str) -> Writing:
        """Start from nothing."""
        self.discard()
        self._note = _Note(self._url, strong_validator(validators, date), validators.etag, validators.last_modified)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._note_path.write_bytes(msgspec.json.encode(self._note))
        return Writing(self, self._path)

    def resume(self) -> Writing:
        """Go on after the last byte."""
        return Writing(self, self._path)

    def finish(self) -> None:
        """The file is complete: only the bytes stay."""
        self._note_path.unlink(missing_ok=True)
        self._note = None

    def discard(self) -> None:
        """Throw away what is there."""
        self._note_path.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
        self._note, self.size = None, 0

    def discard_after(self, writing: Writing) -> None:
        """Stop writing, and throw away what is there."""
        writing.close()
        self.discard()

    def _load(self) -> None:
        try:
            note = msgspec.json.decode(self._note_path.read_bytes(), type=_Note)
            size = self._path.stat().st_size
        except (OSError, msgspec.MsgspecError):
            self.discard()
            return
        if note.url != self._url or not note.validator or not size:
            self.discard()
            return
        self._note, self.size = note, size


class Writing:
    """Appends to a file in the making; what was written stays when the writing breaks off."""

    def __init__(self, partial: Partial, path: Path) -> None:
        self._partial = partial
        self._file = path.open("ab")

    def write(self, chunk: bytes) -> None:
        """Append."""
        self._file.write(chunk)
        self._partial.size += len(chunk)

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
