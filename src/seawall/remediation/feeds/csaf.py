"""Mirroring a CSAF provider: find its metadata, read its lists, fetch what is new, check each document.

Steps of `refresh`:
1. The metadata: the address itself, or for a domain what CSAF 2.0, section 7.3.1 says: `/.well-known/csaf/`,
   `security.txt`, `csaf.data.security.<domain>`.
2. The lists: all public ROLIE feeds; where none can be read, the directories (`changes.csv`, else `index.txt`).
3. Each document whose date in the list is not the one held: fetched, compared with its digest, judged, put in place.

Invariants: a document that fails a check never replaces one that is held. One that a list no longer names is kept: to
vanish is no statement. Where one document fails, the others are still fetched, and the result is `partial`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Final

import msgspec

from seawall.kernel.clock import Clock, parse_rfc3339
from seawall.kernel.errors import SeawallError, UnavailableError
from seawall.kernel.limits import KIB, MIB
from seawall.platform.http import Fetch, Fetcher, HTTPStatusError, Validators, shown_url
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.csaf_documents import judge, verified
from seawall.remediation.feeds.csaf_listing import (
    Listed,
    Provider,
    parse_changes,
    parse_index,
    parse_provider,
    parse_rolie,
    security_txt_links,
)
from seawall.remediation.feeds.csaf_state import DocumentState, ProviderState
from seawall.remediation.feeds.interface import Checked, FeedProgress, Outcome, Source, SyncResult
from seawall.remediation.feeds.mirror import Mirror, Origin, entry_of, move
from seawall.remediation.feeds.signatures import NOT_CHECKED, SignatureChecker

_WORKERS: Final = 8
_WINDOW: Final = 64
"""Documents given to the workers at a time."""
_SAVE_EVERY: Final = 200
_METADATA_LIMIT: Final = 4 * MIB
_LIST_LIMIT: Final = 256 * MIB
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


@dataclass(frozen=True, slots=True)
class _Lists:
    documents: list[Listed]
    notes: tuple[str, ...]
    complete: bool
    """Whether every list that counts could be read."""


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
        provider = self._provider(source)
        lists = self._listed(source, provider)
        keys = self._keys(provider) if self._signatures is not None else []
        state = ProviderState.load(self._mirror, source)
        tally = self._documents(source, provider, lists.documents, state, keys)
        if tally.failures and len(state.documents) == 0:
            raise tally.failures[0]
        whole = lists.complete and not tally.failures and not tally.skipped
        notes = (*lists.notes, *_notes(tally, provider, signatures=self._signatures is not None))
        return self._concluded(source, provider, state, notes, whole=whole, updated=bool(tally.updated))

    # --- where things are

    def _provider(self, source: Source) -> Provider:
        if "://" in source.url:
            content = self._read(source.url, _METADATA_LIMIT, "")
            try:
                return parse_provider(content, source.url)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                raise errors.damaged(shown_url(source.url), str(error)) from None
        tried = 0
        unreached: SeawallError | None = None
        for url in self._candidates(source.url):
            tried += 1
            try:
                return parse_provider(self._read(url, _METADATA_LIMIT, ""), url)
            except HTTPStatusError:
                continue
            except UnavailableError as error:
                unreached = error
            except (SeawallError, msgspec.MsgspecError, ValueError, RecursionError):
                continue
        if unreached is not None:
            raise unreached
        raise errors.no_provider(source.url, tried)

    def _candidates(self, domain: str) -> Iterator[str]:
        yield f"https://{domain}/.well-known/csaf/provider-metadata.json"
        for path in (".well-known/security.txt", "security.txt"):
            url = f"https://{domain}/{path}"
            try:
                yield from security_txt_links(self._read(url, _METADATA_LIMIT, ""))
            except SeawallError:
                continue
        yield f"https://csaf.data.security.{domain}/"

    def _listed(self, source: Source, provider: Provider) -> _Lists:
        """Prefer ROLIE; directories where no feed can be read."""
        found, problems = self._all(provider.feeds, self._rolie(provider))
        complete = not problems
        if not found:
            notes = tuple(f"ROLIE feed not usable: {problem}" for problem in problems)
            found, more = self._all(provider.directories, self._directory(provider))
            problems = [*problems, *more]
            complete = not more
            if not found and (problems or not (provider.feeds or provider.directories)):
                raise errors.nothing_listed(source.name, "; ".join(problems) or "it names none that is public")
            notes += tuple(f"directory not usable: {problem}" for problem in more)
        else:
            notes = tuple(f"ROLIE feed not usable: {problem}" for problem in problems)
        documents = list({listed.url: listed for listed in found}.values())
        return _Lists(documents, notes, complete)

    def _all(self, urls: tuple[str, ...], read: Callable[[str], list[Listed]]) -> tuple[list[Listed], list[str]]:
        found: list[Listed] = []
        problems = []
        for url in urls:
            try:
                found += read(url)
            except SeawallError as error:
                problems.append(error.message)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                problems.append(f"{shown_url(url)}: {str(error)[:160]}")
        return found, problems

    def _rolie(self, provider: Provider) -> Callable[[str], list[Listed]]:
        return lambda url: parse_rolie(self._read(url, _LIST_LIMIT, provider.url), url)

    def _directory(self, provider: Provider) -> Callable[[str], list[Listed]]:
        def read(folder: str) -> list[Listed]:
            try:
                return parse_changes(self._read(f"{folder}changes.csv", _LIST_LIMIT, provider.url), folder)
            except (SeawallError, ValueError):
                return parse_index(self._read(f"{folder}index.txt", _LIST_LIMIT, provider.url), folder)

        return read

    def _keys(self, provider: Provider) -> list[bytes]:
        return [self._read(url, MIB, provider.url) for url in provider.keys]

    def _read(self, url: str, limit: int, named_by: str) -> bytes:
        return self._fetcher.read(Fetch(url, limit, named_by=named_by)).content

    # --- documents

    def _documents(
        self, source: Source, provider: Provider, listed: list[Listed], state: ProviderState, keys: list[bytes]
    ) -> _Tally:
        folder = self._mirror.path(source)
        todo = [each for each in listed if not state.has(each, folder)]
        tally = _Tally()
        tally.hashes.update(state.documents[each.url].hash for each in listed if each.url in state.documents)
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
            if held is None:
                tally.hashes[result.hash] += 1
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
            return self._read(url, _SIDECAR_LIMIT, provider.url)
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return b""
            raise

    def _concluded(
        self,
        source: Source,
        provider: Provider,
        state: ProviderState,
        notes: tuple[str, ...],
        *,
        whole: bool,
        updated: bool,
    ) -> SyncResult:
        now = self._clock.now()
        checked = Checked(state.newest(now), state.count, notes=notes)
        url = source.url if "://" in source.url else provider.url
        origin = Origin(shown_url(url), sha256(source.url.encode()).hexdigest())
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
