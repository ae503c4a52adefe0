"""Mirroring a CSAF provider: find its documents (`csaf_provider.py`), fetch what is new, check each one.

A document is fetched if its date in the list is not the one that is held; where the list has no dates, the server is
asked whether it changed. It is compared with its published digest, judged, and put in place.

Invariants: a document that fails a check never replaces one that is held. One that a list no longer names is kept: to
vanish is no statement. Where one document fails, the others are still fetched, and the result is `partial`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Final

import msgspec

from seawall.kernel.clock import Clock, parse_rfc3339
from seawall.kernel.errors import SeawallError
from seawall.kernel.limits import KIB
from seawall.platform.http import Fetch, Fetcher, HTTPStatusError, Validators, shown_url
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.csaf_documents import judge, verified
from seawall.remediation.feeds.csaf_listing import Listed, Provider
from seawall.remediation.feeds.csaf_provider import ProviderReader
from seawall.remediation.feeds.csaf_state import DocumentState, ProviderState
from seawall.remediation.feeds.interface import Checked, FeedProgress, Outcome, Source, SyncResult
from seawall.remediation.feeds.mirror import Mirror, Origin, entry_of, move
from seawall.remediation.feeds.signatures import NOT_CHECKED, SignatureChecker
from seawall.remediation.feeds.sources import shown_address

_WORKERS: Final = 8
_WINDOW: Final = 64
"""Documents given to the workers at a time."""
_SAVE_EVERY: Final = 200
_SIDECAR_LIMIT: Final = 64 * KIB
_ABSENT: Final = frozenset({401, 403, 404, 410})
_HOPELESS: Final = 8
"""Documents in a row that could not be reached, after which the rest is not tried."""


@dataclass(slots=True)
class _Tally:
    """What happened to the documents of one provider."""

    updated: int = 0
    not_public: int = 0
    unsigned: int = 0
    hashes: Counter[str] = field(default_factory=Counter)
    failures: list[SeawallError] = field(default_factory=list)
    unreached: int = 0
    """In a row."""
    skipped: int = 0


class CSAFSync:
    """Mirrors providers, one at a time."""

    def __init__(
        self,
        mirror: Mirror,
        fetcher: Fetcher,
        clock: Clock,
        *,
        progress: FeedProgress,
        signatures: SignatureChecker | None,
        force: bool,
    ) -> None:
        self._mirror = mirror
        self._fetcher = fetcher
        self._reader = ProviderReader(fetcher)
        self._clock = clock
        self._progress = progress
        self._signatures = signatures
        self._force = force

    def refresh(self, source: Source) -> SyncResult:
        """Fetch what is new.

        Raises:
            NotFoundError: The provider cannot be found (`feeds.no-provider`).
            InvalidInputError: None of its lists can be read (`feeds.nothing-listed`).
            SeawallError: Not one document could be had; why the first could not.
        """
        self._progress.stage(f"{source.name}: lists", None)
        provider = self._reader.provider(source)
        lists = self._reader.lists(source, provider)
        keys = self._reader.keys(provider) if self._signatures is not None else []
        state = ProviderState.load(self._mirror, source)
        tally = self._documents(source, provider, lists.documents, state, keys)
        if tally.failures and len(state.documents) == 0:
            raise tally.failures[0]
        whole = lists.complete and not tally.failures and not tally.skipped
        notes = (*lists.notes, *_notes(tally, provider, signatures=self._signatures is not None))
        return self._concluded(source, state, notes, whole=whole, updated=bool(tally.updated))

    def _documents(
        self, source: Source, provider: Provider, listed: Sequence[Listed], state: ProviderState, keys: list[bytes]
    ) -> _Tally:
        folder = self._mirror.path(source)
        todo = [each for each in listed if not state.has(each, folder)]
        tally = _Tally()
        self._progress.stage(source.name, len(todo))
        stop = Event()

        def work(each: Listed) -> DocumentState | SeawallError | None:
            if stop.is_set():
                return None
            try:
                return self._document(source, provider, each, state, keys)
            except SeawallError as error:
                return error

        waiting = iter(todo)
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="seawall-csaf") as pool:
            try:
                done = 0
                while window := list(islice(waiting, _WINDOW)):
                    for each, result in zip(window, pool.map(work, window), strict=True):
                        self._count(each, result, state, tally)
                        if _is_hopeless(result, tally):
                            stop.set()
                        self._progress.advance(note=each.url.rsplit("/", 1)[-1])
                    done += len(window)
                    if done % _SAVE_EVERY < _WINDOW:
                        state.save(self._mirror, source)
            finally:
                stop.set()
                state.save(self._mirror, source)
        tally.hashes.update(state.documents[each.url].hash for each in listed if each.url in state.documents)
        return tally

    def _count(
        self, each: Listed, result: DocumentState | SeawallError | None, state: ProviderState, tally: _Tally
    ) -> None:
        if result is None:
            tally.skipped += 1
        elif isinstance(result, SeawallError):
            tally.unreached = tally.unreached + 1 if result.code == "http.unreachable" else 0
            if result.code == "feeds.not-public":
                tally.not_public += 1
            else:
                tally.failures.append(result)
        else:
            held = state.documents.get(each.url)
            tally.unreached = 0
            tally.updated += held is None or held.digest != result.digest
            state.put(each.url, result)

    def _document(
        self, source: Source, provider: Provider, each: Listed, state: ProviderState, keys: list[bytes]
    ) -> DocumentState:
        held = state.documents.get(each.url)
        folder = self._mirror.path(source)
        known = Validators(held.etag, held.last_modified) if held and held.intact(folder) else Validators()
        got = self._fetcher.read(Fetch(each.url, source.limit, known, provider.url))
        if held is not None and not got.changed:
            return msgspec.structs.replace(held, updated=each.updated)
        content = got.content
        what = shown_url(each.url)
        try:
            kind = self._verified(provider, each, content, what)
        except SeawallError as error:
            if error.code != "feeds.wrong-hash":
                raise
            # Published between the two requests, perhaps: once more, both.
            got = self._fetcher.read(Fetch(each.url, source.limit, named_by=provider.url))
            content = got.content
            kind = self._verified(provider, each, content, what)
        signed = self._signed(provider, each, content, keys, what)
        judged = judge(content, what)
        before = state.current_of(judged.place)
        if before and not self._force and parse_rfc3339(judged.current) < parse_rfc3339(before):
            raise errors.older(what, before, judged.current)
        place_document(content, folder / judged.place, self._mirror.private("parts"))
        return DocumentState(
            place=judged.place,
            digest=sha256(content).hexdigest(),
            bytes=len(content),
            current=judged.current,
            updated=each.updated,
            etag=got.validators.etag,
            last_modified=got.validators.last_modified,
            hash=kind,
            signed=signed,
        )

    def _verified(self, provider: Provider, each: Listed, content: bytes, what: str) -> str:
        for url in each.hashes:
            sidecar = self._sidecar(url, provider)
            kind = verified(content, sidecar, what) if sidecar else ""
            if kind:
                return kind
        return ""

    def _signed(self, provider: Provider, each: Listed, content: bytes, keys: list[bytes], what: str) -> bool:
        if self._signatures is None or not each.signature:
            return False
        signature = self._sidecar(each.signature, provider)
        if not signature:
            return False
        try:
            self._signatures.check(content, signature, keys)
        except ValueError as error:
            raise errors.wrong_signature(what, str(error)) from None
        return True

    def _sidecar(self, url: str, provider: Provider) -> bytes:
        """Return a digest or signature; nothing if there is none. Other failures are failures: they could hide one."""
        try:
            return self._fetcher.read(Fetch(url, _SIDECAR_LIMIT, named_by=provider.url)).content
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return b""
            raise

    def _concluded(
        self,
        source: Source,
        state: ProviderState,
        notes: tuple[str, ...],
        *,
        whole: bool,
        updated: bool,
    ) -> SyncResult:
        now = self._clock.now()
        checked = Checked(state.newest(now), state.count, notes=notes)
        origin = Origin(shown_address(source.url), sha256(source.url.encode()).hexdigest())
        entry = entry_of(source, checked, origin, now, size=state.size)
        if not whole:
            before = self._mirror.entries().get(source.name)
            entry = msgspec.structs.replace(
                entry,
                checked_at=before.checked_at if before else "",
                failed_at=entry.checked_at,
                failure="feeds.partial: some documents could not be refreshed",
            )
        self._mirror.note(source.name, entry)
        outcome = (Outcome.UPDATED if updated else Outcome.UNCHANGED) if whole else Outcome.PARTIAL
        return SyncResult(source.name, outcome, entry.as_of, entry.records, entry.bytes, {}, notes)


def place_document(content: bytes, target: Path, parts: Path) -> None:
    """Put a document into its place at once.

    Raises:
        UnavailableError: It cannot be written (`feeds.unwritable`).
    """
    part = parts / f"{sha256(str(target).encode()).hexdigest()[:24]}-{sha256(content).hexdigest()[:8]}.json"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
    except OSError as error:
        raise errors.unwritable(str(part), error.strerror or type(error).__name__) from error
    move(part, target)


def _is_hopeless(result: object, tally: _Tally) -> bool:
    told = isinstance(result, SeawallError) and result.code in {"http.told-to-wait", "feeds.unwritable"}
    return told or tally.unreached >= _HOPELESS


def _notes(tally: _Tally, provider: Provider, *, signatures: bool) -> tuple[str, ...]:
    notes = [f"{error.message}" for error in tally.failures[:3]]
    if len(tally.failures) > len(notes):
        notes.append(f"{len(tally.failures)} documents could not be refreshed in all")
    if tally.skipped:
        notes.append(f"{tally.skipped} documents were not asked for any more")
    if tally.hashes[""]:
        notes.append(f"{tally.hashes['']} documents have no published digest")
    if tally.not_public:
        notes.append(f"{tally.not_public} documents are not public and were not kept")
    if provider.closed:
        notes.append(f"{provider.closed} feeds are not public and were not asked for")
    if not signatures:
        notes.append(NOT_CHECKED)
    return tuple(notes)
