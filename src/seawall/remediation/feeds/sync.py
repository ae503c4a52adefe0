"""Keeping a mirror in step with its publishers.

For each source: ask whether there is something new, fetch it beside the old, check it, and only then replace the old.
Whatever fails, the old stays and stays usable, and the failure is noted and reported.

A file may not take the mirror back in time, and may not have shrunk to less than half: a catalogue that lost its
entries would retract them all. A person can overrule both (`force`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import structlog

from seawall.kernel.clock import Clock, parse_rfc3339, rfc3339
from seawall.kernel.errors import InvalidInputError, SeawallError
from seawall.platform.files import digest_of
from seawall.platform.http import Fetch, Fetched, Fetcher, Validators
from seawall.remediation.feeds import cve, epss, errors, kev, osv
from seawall.remediation.feeds.csaf import CSAFSync
from seawall.remediation.feeds.interface import (
    Checked,
    Feed,
    FeedProgress,
    FileLimits,
    Outcome,
    Source,
    SyncResult,
    Unwatched,
)
from seawall.remediation.feeds.mirror import Entry, Mirror, Origin
from seawall.remediation.feeds.signatures import SignatureChecker
from seawall.remediation.feeds.sources import shown_address

_LOG = structlog.get_logger(__name__)
_FEEDS: Final[dict[str, Feed]] = {feed.kind: feed for feed in (kev.FEED, epss.FEED, cve.FEED, osv.FEED)}
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Rules:
    """How files are taken."""

    limits: FileLimits = field(default_factory=FileLimits)
    force: bool = False
    """Also take what is older, or much smaller, than what is held."""


class FeedSync:
    """Fetches what is new."""

    def __init__(
        self,
        mirror: Mirror,
        fetcher: Fetcher,
        clock: Clock,
        *,
        rules: Rules = Rules(),
        progress: FeedProgress | None = None,
        signatures: SignatureChecker | None = None,
    ) -> None:
        """Assemble.

        Args:
            mirror: Where data are kept.
            fetcher: How they come.
            clock: For dates.
            rules: How files are taken.
            progress: Who watches.
            signatures: Checks OpenPGP signatures; None: they are reported as not checked.
        """
        self._mirror = mirror
        self._fetcher = fetcher
        self._clock = clock
        self._rules = rules
        self._progress = progress or Unwatched()
        self._csaf = CSAFSync(mirror, fetcher, clock, progress=self._progress, signatures=signatures, force=rules.force)

    def sync(self, sources: Iterable[Source]) -> list[SyncResult]:
        """Refresh sources one after the other; one result each, in their order.

        Raises:
            BusyError: Another process writes to the mirror (`feeds.locked`).
            UnavailableError: The mirror cannot be written at all (`feeds.unwritable`).
        """
        with self._mirror.locked():
            return [self._one(source) for source in sources]

    def _one(self, source: Source) -> SyncResult:
        try:
            result = self._csaf.refresh(source) if source.kind == "csaf" else self._file(source)
        except SeawallError as error:
            return failed(self._mirror, source, error, self._clock.now())
        _LOG.info("feed_synced", source=source.name, outcome=result.outcome.value, records=result.records)
        return result

    def _file(self, source: Source) -> SyncResult:
        held = self._mirror.entries().get(source.name)
        address = sha256(source.url.encode()).hexdigest()
        known = Validators()
        if held is not None and held.address == address and self._mirror.intact(source, held):
            known = Validators(held.etag, held.last_modified)
        part = self._mirror.part(source)
        got = self._fetched(source, part, known)
        if not got.changed and held is not None:
            return confirmed(self._mirror, source, held, self._clock.now())
        checked = self._checked(source, part, got)
        origin = Origin(shown_address(source.url), address, got.validators.etag, got.validators.last_modified)
        return take_file(self._mirror, source, part, checked, origin, self._clock.now(), force=self._rules.force)

    def _checked(self, source: Source, part: Path, got: Fetched) -> Checked:
        try:
            return check_file(source, part, self._clock.now(), self._rules.limits)
        except InvalidInputError:
            part.unlink(missing_ok=True)
            if not got.resumed:
                raise
        # What was put together from parts may be wrong where each part was right: once more, in one piece.
        self._fetched(source, part, Validators())
        try:
            return check_file(source, part, self._clock.now(), self._rules.limits)
        except InvalidInputError:
            part.unlink(missing_ok=True)
            raise

    def _fetched(self, source: Source, part: Path, known: Validators) -> Fetched:
        shown = 0
        self._progress.stage(f"{source.name} (KiB)", None)

        def tell(done: int, total: int | None) -> None:
            nonlocal shown
            if not done or (total is not None and shown == 0):
                self._progress.stage(f"{source.name} (KiB)", None if total is None else total // _KIB)
                shown = 0
            step = done // _KIB - shown
            if step > 0:
                shown += step
                self._progress.advance(step)

        return self._fetcher.fetch(Fetch(source.url, source.limit, known), part, tell)


def check_file(source: Source, path: Path, now: datetime, limits: FileLimits) -> Checked:
    """Read a file as its feed does. Errors: see `Feed.check`."""
    try:
        return _FEEDS[source.kind].check(path, now, limits)
    except OSError as error:
        raise errors.damaged(source.name, error.strerror or type(error).__name__) from error


def take_file(
    mirror: Mirror, source: Source, part: Path, checked: Checked, origin: Origin, now: datetime, *, force: bool
) -> SyncResult:
    """Let a checked file replace what is held, unless that is newer or much more.

    Raises:
        ConflictError: It is older, or has shrunk (`feeds.older`, `feeds.shrunk`).
        UnavailableError: It cannot be written (`feeds.unwritable`).
    """
    held = mirror.entries().get(source.name)
    if held is not None and mirror.intact(source, held):
        if digest_of(part) == held.digest:
            part.unlink(missing_ok=True)
            return confirmed(mirror, source, held, now, origin)
        try:
            _forbid_loss(source, held, checked, force=force)
        except SeawallError:
            part.unlink(missing_ok=True)
            raise
    entry = mirror.take(source, part, checked, origin, now)
    return result_of(source.name, Outcome.UPDATED, entry)


def confirmed(mirror: Mirror, source: Source, held: Entry, now: datetime, origin: Origin | None = None) -> SyncResult:
    """Note that what is held is what the publisher has."""
    entry = msgspec.structs.replace(held, failed_at="", failure="")
    if origin is None or origin.confirmed:
        entry = msgspec.structs.replace(entry, checked_at=rfc3339(now))
    if origin is not None and origin.confirmed:
        entry = msgspec.structs.replace(
            entry, url=origin.url, address=origin.address, etag=origin.etag, last_modified=origin.last_modified
        )
    mirror.note(source.name, entry)
    return result_of(source.name, Outcome.UNCHANGED, entry)


def failed(mirror: Mirror, source: Source, error: SeawallError, now: datetime) -> SyncResult:
    """Note that refreshing failed; what is held stays."""
    held = mirror.entries().get(source.name)
    entry = held or Entry(source.kind, url=shown_address(source.url))
    entry = msgspec.structs.replace(entry, failed_at=rfc3339(now), failure=f"{error.code}: {error.message}"[:400])
    if held is not None or source.default:  # a name that was mistyped once is not asked for ever after
        mirror.note(source.name, entry)
    _LOG.warning("feed_not_synced", source=source.name, code=error.code)
    return replace(result_of(source.name, Outcome.FAILED, entry), error=error.diagnostics())


def result_of(name: str, outcome: Outcome, entry: Entry) -> SyncResult:
    """Return what is held as a result."""
    return SyncResult(name, outcome, entry.as_of, entry.records, entry.bytes, dict(entry.facts), entry.notes)


def _forbid_loss(source: Source, held: Entry, checked: Checked, *, force: bool) -> None:
    if force:
        return
    if held.as_of and checked.as_of and parse_rfc3339(checked.as_of) < parse_rfc3339(held.as_of):
        raise errors.older(source.name, held.as_of, checked.as_of)
    if checked.records * 2 < held.records:
        raise errors.shrunk(source.name, held.records, checked.records)
