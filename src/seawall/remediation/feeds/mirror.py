"""The folder in which feeds are kept, and what is known about each: light, for whoever reads it.

    kev/known_exploited_vulnerabilities.json   osv/<Ecosystem>.zip     csaf/<provider>/<year>/<id>.json
    epss/epss_scores-current.csv.gz            cve/<name>.zip          .state/  (nobody's data)

Invariants: a file in its place is always a whole one that passed its feed's check: a new one is written beside it,
synced to the disk, and renamed over it. The state is written after the file. A process that is killed between the two
leaves a good file under an older state: its digest tells (`intact`), so the next sync fetches without conditions.
Reading needs no lock; writers hold `locked`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.kernel.clock import parse_rfc3339, rfc3339
from seawall.kernel.errors import InvalidInputError
from seawall.platform.files import acquire, digest_of, put_in_place, write_whole
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.interface import Checked, Source
from seawall.remediation.feeds.sources import Kind, kinds

_FORMAT: Final = 1
_STATE: Final = ".state"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known about one source's data. Times are RFC 3339; empty: unknown."""

    kind: str
    url: str = ""
    """Without user, query and fragment."""
    address: str = ""
    """SHA-256 of the whole URL: validators belong to it."""
    etag: str = ""
    last_modified: str = ""
    fetched_at: str = ""
    """When these bytes came."""
    checked_at: str = ""
    """When the publisher last said that they are the present ones; the data's own date if they came as a file."""
    as_of: str = ""
    """How new the content says that it is."""
    digest: str = ""
    """SHA-256 of the file; empty for a folder of documents."""
    bytes: int = 0
    records: int = 0
    facts: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    failed_at: str = ""
    """When refreshing failed; empty after a success."""
    failure: str = ""
    """Code and message of it."""


class _State(msgspec.Struct, frozen=True):
    format: int
    feeds: dict[str, Entry]


class _Header(msgspec.Struct, frozen=True):
    format: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where data came from."""

    url: str
    """Shown form."""
    address: str
    etag: str = ""
    last_modified: str = ""
    confirmed: bool = True
    """Whether the publisher itself gave them just now; False for a file that somebody brought."""


class Mirror:
    """One such folder; it need not exist yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def entries(self) -> dict[str, Entry]:
        """Return what is known, by source. A state that is damaged counts as none: the data are fetched again.

        Raises:
            InvalidInputError: A newer Seawall wrote it (`feeds.newer-mirror`).
        """
        try:
            content = (self.root / _STATE / "feeds.json").read_bytes()
            header = msgspec.json.decode(content, type=_Header)
            if header.format > _FORMAT:
                raise errors.newer_mirror(str(self.root), header.format)
            return msgspec.json.decode(content, type=_State).feeds
        except (OSError, msgspec.MsgspecError, RecursionError):
            return {}

    def path(self, source: Source) -> Path:
        """Where a source's file or folder is."""
        return self.root / source.place

    def part(self, source: Source) -> Path:
        """Where a file is put together, on the same disk."""
        name = sha256(source.name.encode()).hexdigest()[:12] + "-" + source.place.rsplit("/", 1)[-1]
        return self.root / _STATE / "parts" / f"{name}.part"

    def private(self, name: str) -> Path:
        """Where a feed keeps what it alone reads."""
        return self.root / _STATE / name

    def intact(self, source: Source, entry: Entry | None) -> bool:
        """Whether the file is the one that the state speaks of."""
        if entry is None or not entry.digest:
            return False
        try:
            return digest_of(self.path(source)) == entry.digest
        except OSError:
            return False

    def take(self, source: Source, part: Path, checked: Checked, origin: Origin, now: datetime) -> Entry:
        """Put a checked file into its place.

        Raises:
            UnavailableError: It cannot be written (`feeds.unwritable`).
        """
        digest, size = digest_of(part), part.stat().st_size
        move(part, self.path(source))
        entry = entry_of(source, checked, origin, now, digest=digest, size=size)
        self.note(source.name, entry)
        return entry

    def note(self, name: str, entry: Entry) -> None:
        """Write down what is known of a source.

        Raises:
            UnavailableError: It cannot be written (`feeds.unwritable`).
        """
        feeds = self.entries()
        feeds[name] = entry
        state = _State(_FORMAT, dict(sorted(feeds.items())))
        write(self.root / _STATE / "feeds.json", msgspec.json.format(msgspec.json.encode(state)))

    def staleness(self, now: datetime) -> list[str]:
        """Return warnings, one a sentence, about data that are old, missing or damaged. Never raises."""
        try:
            held = self.entries()
        except InvalidInputError as error:
            return [error.message]
        warnings = []
        rules = kinds()
        for name, entry in held.items():
            rule = rules.get(entry.kind)
            if rule is not None:
                warnings += _warnings(name, entry, rule, now)
        have = {entry.kind for entry in held.values() if entry.checked_at}
        for kind, rule in rules.items():
            if rule.required and kind not in have:
                warnings.append(f"{kind}: no data in {self.root}, so {rule.required} is not known")
        return warnings

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only writer; the lock goes with the process, also by `kill -9`.

        Raises:
            BusyError: Somebody else is (`feeds.locked`).
            InvalidInputError: A newer Seawall wrote it (`feeds.newer-mirror`).
            UnavailableError: The folder cannot be written (`feeds.unwritable`).
        """
        path = self.root / _STATE / "lock"
        with _writable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b")
        with file:
            if not acquire(file.fileno()):
                raise errors.locked(str(self.root))
            self.entries()  # a mirror of a newer format is left alone
            with _writable(path):
                for orphan in (path.parent / "parts").glob("*.json"):  # documents of a process that was killed
                    orphan.unlink()
            yield


def entry_of(
    source: Source, checked: Checked, origin: Origin, now: datetime, *, digest: str = "", size: int = 0
) -> Entry:
    """Return what to note about data that were just taken."""
    at = rfc3339(now)
    return Entry(
        source.kind,
        origin.url,
        origin.address,
        origin.etag,
        origin.last_modified,
        fetched_at=at,
        checked_at=at if origin.confirmed else min(checked.as_of or at, at, key=parse_rfc3339),
        as_of=checked.as_of,
        digest=digest,
        bytes=size,
        records=checked.records,
        facts=dict(checked.facts),
        notes=checked.notes,
    )


def move(part: Path, target: Path) -> None:
    """Put a file into its place at once and for good.

    Raises:
        UnavailableError: It cannot be done (`feeds.unwritable`); what was there stays.
    """
    with _writable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        put_in_place(part, target)


def write(target: Path, content: bytes) -> None:
    """Write a small file at once. Errors: see `move`."""
    with _writable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content, sole=True)


def _warnings(name: str, entry: Entry, rule: Kind, now: datetime) -> list[str]:
    advice = f"run `seawall feeds sync {name if ' ' not in name else repr(name)}`"
    checked, as_of = _instant(entry.checked_at), _instant(entry.as_of)
    if checked is None:
        have = "was never complete" if entry.records else "no data"
        return [f"{name}: {have}, the last attempt failed ({entry.failure}); {advice}"]
    if checked > now + timedelta(days=1):
        return [f"{name}: dated {checked:%Y-%m-%d}, which is yet to come: check the clock; {advice}"]
    days = (now - checked).days
    if now - checked > timedelta(days=rule.stale_days):
        because = f"; the last attempt failed ({entry.failure})" if entry.failure else ""
        return [
            f"{name}: the data are of {checked:%Y-%m-%d}, {days} days old (limit {rule.stale_days}){because}; {advice}"
        ]
    if rule.data_days and as_of is not None and now - as_of > timedelta(days=rule.data_days):
        old = (now - as_of).days
        return [f"{name}: its publisher has written nothing new since {as_of:%Y-%m-%d}, {old} days ago"]
    return []


def _instant(text: str) -> datetime | None:
    try:
        return parse_rfc3339(text) if text else None
    except ValueError:
        return None


def held_sources(entries: Mapping[str, Entry]) -> dict[str, tuple[str, str]]:
    """Return name to kind and address of what a mirror has been asked to hold."""
    return {name: (entry.kind, entry.url) for name, entry in entries.items() if entry.url}


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.unwritable(str(path), error.strerror or type(error).__name__) from error
