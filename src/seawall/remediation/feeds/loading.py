"""Taking feeds from a folder that somebody brought, on a stick or a shared drive: the same checks, the same state.

The folder is laid out as a mirror, or holds the publishers' files under their own names:

    known_exploited_vulnerabilities.json   epss_scores-2026-11-20.csv.gz   vulnrichment-develop.zip (or unpacked)
    PyPI/all.zip                           csaf/<provider>/**/*.json with .sha512 or .sha256 beside

What comes this way is as old as its content says, however late it is loaded.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from seawall.kernel.clock import Clock, parse_rfc3339, rfc3339
from seawall.kernel.errors import NotFoundError, SeawallError
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.archives import pack
from seawall.remediation.feeds.csaf import place_document
from seawall.remediation.feeds.csaf_documents import judge, verified
from seawall.remediation.feeds.csaf_listing import MOST_DOCUMENTS
from seawall.remediation.feeds.csaf_state import DocumentState, ProviderState
from seawall.remediation.feeds.cve import RECORD_NAME
from seawall.remediation.feeds.interface import Checked, FeedProgress, Outcome, Source, SyncResult, Unwatched
from seawall.remediation.feeds.mirror import Mirror, Origin, entry_of
from seawall.remediation.feeds.signatures import NOT_CHECKED
from seawall.remediation.feeds.sources import Catalogue, shown_address
from seawall.remediation.feeds.sync import Rules, check_file, failed, result_of, take_file

_SIDECAR_LIMIT: Final = 64 * 1024
_OTHER_NAMES: Final = {
    "kev": ("known_exploited_vulnerabilities*.json",),
    "epss": ("epss_scores-*.csv.gz", "epss/epss_scores-*.csv.gz"),
    "vulnrichment": ("vulnrichment*.zip", "cve/vulnrichment*.zip", "vulnrichment*/", "cve/vulnrichment*/"),
    "cvelist": ("cvelist*.zip", "cve/cvelist*.zip", "cvelist*/", "cve/cvelist*/"),
}


class FeedLoader:
    """Takes what a folder holds."""

    def __init__(
        self,
        mirror: Mirror,
        catalogue: Catalogue,
        clock: Clock,
        *,
        rules: Rules = Rules(),  # noqa: B008 - frozen
        progress: FeedProgress | None = None,
    ) -> None:
        self._mirror = mirror
        self._catalogue = catalogue
        self._clock = clock
        self._rules = rules
        self._progress = progress or Unwatched()

    def load(self, folder: Path, names: tuple[str, ...] = ()) -> list[SyncResult]:
        """Take what is there; with names, only these, and each that is missing is a failure.

        Raises:
            NotFoundError: There is nothing (`feeds.nothing-to-load`), or a name is none (`feeds.unknown-source`).
            BusyError: Another process writes to the mirror (`feeds.locked`).
            UnavailableError: The mirror cannot be written at all (`feeds.unwritable`).
        """
        found = dict(self._found(folder))
        for name in names:
            if name not in {"osv", "csaf"} and name not in found:
                self._catalogue.named(name)
        wanted = {
            name: each for name, each in found.items() if not names or {name, name.partition("/")[0]} & set(names)
        }
        missing = [name for name in names if not any(each == name or each.startswith(f"{name}/") for each in wanted)]
        if not wanted:
            raise errors.nothing_to_load(str(folder))
        with self._mirror.locked():
            results = [self._one(source, path) for source, path in wanted.values()]
        return [*results, *(_absent(name, folder) for name in missing)]

    def _found(self, folder: Path) -> Iterator[tuple[str, tuple[Source, Path]]]:
        for name, source in self._catalogue.sources.items():
            if source.kind in {"osv", "csaf"}:
                continue
            path = _file_of(folder, source)
            if path is not None:
                yield name, (source, path)
        for name, path in _osv_archives(folder):
            try:
                yield name, (self._catalogue.named(name), path)
            except NotFoundError:
                continue
        for path in sorted((folder / "csaf").glob("*/")):
            if path.is_dir():
                name = f"csaf/{path.name.lower()}"
                yield name, (self._catalogue.with_urls({name: self._url_of(name, path.name)}).sources[name], path)

    def _url_of(self, name: str, provider: str) -> str:
        known = self._catalogue.sources.get(name)
        return known.url if known else provider.lower()

    def _one(self, source: Source, path: Path) -> SyncResult:
        try:
            return self._documents(source, path) if source.kind == "csaf" else self._file(source, path)
        except SeawallError as error:
            if error.code == "feeds.older":
                held = self._mirror.entries()[source.name]
                return replace(result_of(source.name, Outcome.UNCHANGED, held), notes=(error.message,))
            return failed(self._mirror, source, error, self._clock.now())

    def _file(self, source: Source, path: Path) -> SyncResult:
        self._progress.stage(source.name, 1)
        part = self._mirror.part(source)
        part.with_name(part.name + ".note").unlink(missing_ok=True)
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                pack(path, _records_in(path), part)
            elif path.stat().st_size > source.limit:
                raise errors.bomb(str(path), f"{path.stat().st_size} bytes")
            else:
                shutil.copyfile(path, part)
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise errors.unwritable(str(part), f"{path}: {error.strerror}") from error
        now = self._clock.now()
        try:
            checked = check_file(source, part, now, self._rules.limits)
            checked = checked if checked.as_of else replace(checked, as_of=rfc3339(min(written, now)))
            origin = Origin(shown_address(source.url), "", confirmed=False)
            result = take_file(self._mirror, source, part, checked, origin, now, force=self._rules.force)
        finally:
            part.unlink(missing_ok=True)
        self._progress.advance()
        return result

    def _documents(self, source: Source, folder: Path) -> SyncResult:
        paths = sorted(each for each in folder.rglob("*.json") if _is_document(each, folder))[:MOST_DOCUMENTS]
        self._progress.stage(source.name, len(paths))
        state = ProviderState.load(self._mirror, source)
        problems: list[SeawallError] = []
        updated = 0
        for path in paths:
            try:
                updated += self._document(source, path, state)
            except SeawallError as error:
                problems.append(error)
            self._progress.advance(note=path.name)
        state.save(self._mirror, source)
        if not state.documents:
            raise problems[0] if problems else errors.nothing_to_load(str(folder))
        real = [error for error in problems if error.code not in {"feeds.older", "feeds.not-public"}]
        notes = (*(error.message for error in problems[:3]), NOT_CHECKED)
        if len(problems) > 3:  # noqa: PLR2004 - as many as are named
            notes = (*notes, f"{len(problems)} files were not taken in all")
        return self._concluded(source, state, notes, partial=bool(real), updated=bool(updated))

    def _document(self, source: Source, path: Path, state: ProviderState) -> bool:
        what = path.name
        content = _small(path, source.limit)
        kind = ""
        for suffix in (".sha512", ".sha256"):
            sidecar = path.with_name(path.name + suffix)
            if not kind and sidecar.is_file():
                kind = verified(content, _small(sidecar, _SIDECAR_LIMIT), what)
        judged = judge(content, what)
        before = state.current_of(judged.place)
        if before and not self._rules.force and parse_rfc3339(judged.current) < parse_rfc3339(before):
            raise errors.older(what, before, judged.current)
        target = self._mirror.path(source) / judged.place
        document = DocumentState(judged.place, sha256(content).hexdigest(), len(content), judged.current, hash=kind)
        if document.intact(self._mirror.path(source)):
            state.put(f"file:{judged.place}", document)
            return False
        place_document(content, target, self._mirror.private("parts"))
        state.put(f"file:{judged.place}", document)
        return True

    def _concluded(
        self, source: Source, state: ProviderState, notes: tuple[str, ...], *, partial: bool, updated: bool
    ) -> SyncResult:
        now = self._clock.now()
        checked = Checked(state.newest(now), state.count, notes=notes)
        entry = entry_of(source, checked, Origin(shown_address(source.url), "", confirmed=False), now, size=state.size)
        before = self._mirror.entries().get(source.name)
        if before is not None and before.checked_at:
            latest = max(before.checked_at, entry.checked_at, key=parse_rfc3339)
            entry = msgspec.structs.replace(entry, checked_at=latest)
        self._mirror.note(source.name, entry)
        outcome = Outcome.PARTIAL if partial else Outcome.UPDATED if updated else Outcome.UNCHANGED
        return SyncResult(source.name, outcome, entry.as_of, entry.records, entry.bytes, {}, notes)


def _file_of(folder: Path, source: Source) -> Path | None:
    """Return the file of a source: in a mirror's place, else the last in the order of names."""
    if (folder / source.place).is_file():
        return folder / source.place
    for pattern in _OTHER_NAMES.get(source.name, ()):
        found = sorted(folder.glob(pattern.rstrip("/")))
        fitting = [each for each in found if each.is_dir() == pattern.endswith("/")]
        if fitting:
            return fitting[-1]
    return None


def _osv_archives(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((folder / "osv").glob("*.zip")):
        yield f"osv/{path.stem}", path
    for pattern in ("*/all.zip", "osv/*/all.zip", "osv-scalibr/*/all.zip"):
        for path in sorted(folder.glob(pattern)):
            yield f"osv/{path.parent.name}", path


def _records_in(folder: Path) -> list[PurePosixPath]:
    found = (each.relative_to(folder) for each in folder.rglob("CVE-*.json") if each.is_file())
    return [PurePosixPath(each.as_posix()) for each in found if RECORD_NAME.fullmatch(each.as_posix())]


def _is_document(path: Path, folder: Path) -> bool:
    """Whether a JSON file is a document, and not one of the lists that a provider's folder also holds."""
    year = path.relative_to(folder).parent.name
    return path.is_file() and re.fullmatch(r"\d{4}", year, re.ASCII) is not None


def _small(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise errors.damaged(path.name, error.strerror or type(error).__name__) from error
    if len(content) > limit:
        raise errors.bomb(path.name, f"more than {limit} bytes")
    return content


def _absent(name: str, folder: Path) -> SyncResult:
    return SyncResult(name, Outcome.FAILED, error=errors.nothing_to_load(str(folder)).diagnostics())
