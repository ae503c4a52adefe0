"""Fakes: waiting that takes no time, and a fetcher that serves from memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from seawall.platform.http import errors
from seawall.platform.http.interface import Document, Fetch, Fetched, Tell, Validators, quiet


class InstantPause:
    """Counts the waiting instead of doing it; its time moves by what was slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """See `Pause.sleep`."""
        self.slept.append(seconds)

    def monotonic(self) -> float:
        """See `Pause.monotonic`."""
        return sum(self.slept)


@dataclass
class MemoryFetcher:
    """Serves what `files` holds: URL to content. The content is its own validator."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, fetch: Fetch, into: Path, tell: Tell = quiet) -> Fetched:
        """See `Fetcher.fetch`."""
        document = self.read(fetch)
        if document.changed:
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_bytes(document.content)
            tell(len(document.content), len(document.content))
        return Fetched(document.changed, document.validators)

    def read(self, fetch: Fetch) -> Document:
        """See `Fetcher.read`."""
        self.asked.append(fetch.url)
        if fetch.url not in self.files:
            raise errors.status(fetch.url, 404)
        content = self.files[fetch.url]
        if len(content) > fetch.limit:
            raise errors.too_large(fetch.url, fetch.limit)
        validators = Validators(etag=f'"{hash(content):x}"')
        if validators == fetch.known:
            return Document(changed=False, validators=validators)
        return Document(changed=True, content=content, validators=validators)
