"""Finding a CSAF provider and its documents: metadata, ROLIE feeds, directories (CSAF 2.0, section 7).

For a domain the places of section 7.3.1 are tried in order: `/.well-known/csaf/provider-metadata.json`, what
`security.txt` names, `csaf.data.security.<domain>`. ROLIE feeds are preferred: they say when a document changed and
where its digest is. Where one of them cannot be read, the directories are read as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from seawall.kernel.errors import SeawallError, UnavailableError
from seawall.kernel.limits import MIB
from seawall.platform.http import Fetch, Fetcher, HTTPStatusError, shown_url
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.csaf_listing import (
    Listed,
    Provider,
    parse_changes,
    parse_index,
    parse_provider,
    parse_rolie,
    security_txt_links,
)
from seawall.remediation.feeds.interface import Source

_METADATA_LIMIT: Final = 4 * MIB
_LIST_LIMIT: Final = 256 * MIB
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Lists:
    """All documents that a provider lists."""

    documents: tuple[Listed, ...]
    """Each address once."""
    notes: tuple[str, ...]
    """What could not be read."""
    complete: bool
    """Whether nothing is missing that its provider lists."""


class ProviderReader:
    """Reads what a provider says about itself."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def provider(self, source: Source) -> Provider:
        """Return its metadata.

        Raises:
            NotFoundError: There are none at the places where they may be (`feeds.no-provider`).
            InvalidInputError: What is at the given address is none (`feeds.damaged`).
            UnavailableError: It cannot be reached (`http.…`).
        """
        if "://" in source.url:
            content = self._read(source.url, _METADATA_LIMIT, "")
            try:
                return parse_provider(content, source.url)
            except _UNREADABLE as error:
                raise errors.damaged(shown_url(source.url), str(error)) from None
        tried = 0
        unreached: SeawallError | None = None
        for url in self._candidates(source.url):
            tried += 1
            try:
                return parse_provider(self._read(url, _METADATA_LIMIT, f"https://{source.url}/"), url)
            except HTTPStatusError:
                continue
            except UnavailableError as error:
                unreached = error
            except (SeawallError, *_UNREADABLE):
                continue
        if unreached is not None:
            raise unreached
        raise errors.no_provider(source.url, tried)

    def lists(self, source: Source, provider: Provider) -> Lists:
        """Return all documents that it lists.

        Raises:
            InvalidInputError: No list can be read, or none is public (`feeds.nothing-listed`).
        """

        def rolie(url: str) -> list[Listed]:
            return parse_rolie(self._read(url, _LIST_LIMIT, provider.url), url)

        def directory(folder: str) -> list[Listed]:
            try:
                return parse_changes(self._read(f"{folder}changes.csv", _LIST_LIMIT, provider.url), folder)
            except (SeawallError, *_UNREADABLE):
                return parse_index(self._read(f"{folder}index.txt", _LIST_LIMIT, provider.url), folder)

        found, broken = _all(provider.feeds, rolie)
        notes = [f"ROLIE feed not usable: {problem}" for problem in broken]
        complete = bool(provider.feeds) and not broken
        if not complete and provider.directories:
            more, problems = _all(provider.directories, directory)
            found += more
            notes += [f"directory not usable: {problem}" for problem in problems]
            complete = not problems
        if not complete and not found:
            raise errors.nothing_listed(source.name, "; ".join(notes) or "it names none that is public")
        unique = {listed.url: listed for listed in reversed(found)}
        return Lists(tuple(reversed(unique.values())), tuple(notes), complete)

    def keys(self, provider: Provider) -> list[bytes]:
        """Return its OpenPGP certificates. Errors: see `Fetcher.read`."""
        return [self._read(url, MIB, provider.url) for url in provider.keys]

    def _candidates(self, domain: str) -> Iterator[str]:
        yield f"https://{domain}/.well-known/csaf/provider-metadata.json"
        for path in (".well-known/security.txt", "security.txt"):
            url = f"https://{domain}/{path}"
            try:
                yield from security_txt_links(self._read(url, _METADATA_LIMIT, ""))
            except SeawallError:
                continue
        yield f"https://csaf.data.security.{domain}/"

    def _read(self, url: str, limit: int, named_by: str) -> bytes:
        return self._fetcher.read(Fetch(url, limit, named_by=named_by)).content


def _all(urls: tuple[str, ...], read: Callable[[str], list[Listed]]) -> tuple[list[Listed], list[str]]:
    """Read several lists; return what they hold, and for each that cannot be read why."""
    found: list[Listed] = []
    problems = []
    for url in urls:
        try:
            found += read(url)
        except SeawallError as error:
            problems.append(error.message)
        except _UNREADABLE as error:
            problems.append(f"{shown_url(url)}: {str(error)[:160]}")
    return found, problems
