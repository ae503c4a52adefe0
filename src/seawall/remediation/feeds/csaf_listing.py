"""What a CSAF provider says about where its documents are (CSAF 2.0, sections 7.1.7 to 7.1.20); no I/O.

Only public documents are looked for: ROLIE feeds that are labelled TLP:WHITE, TLP:CLEAR or not at all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from seawall.kernel.clock import parse_rfc3339

PUBLIC: Final = frozenset({"", "WHITE", "CLEAR", "UNLABELED"})
"""TLP labels of what anybody may have."""
MOST_DOCUMENTS: Final = 500_000
_LINE: Final = re.compile(r"[^\x00-\x20\"]{1,400}\.json", re.ASCII)


class _ROLIEFeed(msgspec.Struct):
    url: str
    tlp_label: str = ""


class _ROLIE(msgspec.Struct):
    feeds: list[_ROLIEFeed] = []


class _Distribution(msgspec.Struct):
    directory_url: str = ""
    rolie: _ROLIE | None = None


class _Key(msgspec.Struct):
    url: str
    fingerprint: str = ""


class _Metadata(msgspec.Struct):
    canonical_url: str
    distributions: list[_Distribution] = []
    public_openpgp_keys: list[_Key] = []


class _Link(msgspec.Struct):
    rel: str
    href: str


class _Content(msgspec.Struct):
    src: str = ""


class _Entry(msgspec.Struct):
    link: list[_Link] = []
    content: _Content = msgspec.field(default_factory=_Content)
    updated: str = ""


class _Feed(msgspec.Struct):
    entry: list[_Entry]


class _Document(msgspec.Struct):
    feed: _Feed


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider's lists and keys are."""

    url: str
    """Of its metadata."""
    feeds: tuple[str, ...]
    """Addresses of public ROLIE feeds."""
    directories: tuple[str, ...]
    """Addresses of folders with `index.txt` and `changes.csv`; with a `/` at the end."""
    keys: tuple[str, ...]
    """Addresses of OpenPGP certificates."""
    closed: int = 0
    """Feeds that are not public, and are not asked for."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One document in a list."""

    url: str
    updated: str = ""
    """RFC 3339; empty if the list does not say."""
    hashes: tuple[str, ...] = ()
    """Addresses of digests, the strongest first; those that are only guessed may not exist."""
    signature: str = ""


def parse_provider(content: bytes, url: str) -> Provider:
    """Read a provider-metadata.json.

    Raises:
        ValueError: It is none.
    """
    metadata = msgspec.json.decode(content, type=_Metadata)
    feeds = [feed for each in metadata.distributions if each.rolie for feed in each.rolie.feeds]
    public = [feed for feed in feeds if feed.tlp_label.upper().removeprefix("TLP:") in PUBLIC]
    folders = [each.directory_url for each in metadata.distributions if each.directory_url]
    return Provider(
        url=url,
        feeds=_unique(urljoin(url, feed.url) for feed in public),
        directories=_unique(urljoin(url, folder).rstrip("/") + "/" for folder in folders),
        keys=_unique(urljoin(url, key.url) for key in metadata.public_openpgp_keys),
        closed=len(feeds) - len(public),
    )


def parse_rolie(content: bytes, url: str) -> list[Listed]:
    """Read a ROLIE feed.

    Raises:
        ValueError: It is none.
    """
    feed = msgspec.json.decode(content, type=_Document).feed
    found = []
    for entry in feed.entry[:MOST_DOCUMENTS]:
        links = {link.rel: urljoin(url, link.href) for link in entry.link if link.rel != "hash"}
        document = urljoin(url, entry.content.src) if entry.content.src else links.get("self", "")
        if not document:
            continue
        hashes = sorted(
            (urljoin(url, link.href) for link in entry.link if link.rel == "hash"),
            key=lambda address: not address.endswith(".sha512"),
        )
        found.append(Listed(document, _instant(entry.updated), tuple(hashes), links.get("signature", "")))
    return found


def parse_index(content: bytes, folder: str) -> list[Listed]:
    """Read an index.txt: a relative file name a line.

    Raises:
        ValueError: It is no text, or no line names a document.
    """
    lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()[:MOST_DOCUMENTS]]
    found = [_in_folder(line, folder, "") for line in lines if _LINE.fullmatch(line)]
    if not found and any(lines):
        raise ValueError("no line names a document")
    return [listed for listed in found if listed is not None]


def parse_changes(content: bytes, folder: str) -> list[Listed]:
    """Read a changes.csv: relative file name and instant of the last change a row, newest first.

    Raises:
        ValueError: It is no text, or no row is one.
    """
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[:MOST_DOCUMENTS]
    found = [
        _in_folder(row[0].strip(), folder, _instant(row[1]))
        for row in rows
        if len(row) >= 2 and _LINE.fullmatch(row[0].strip())  # noqa: PLR2004 - name and instant
    ]
    if not found and any(rows):
        raise ValueError("no row names a document")
    return [listed for listed in found if listed is not None]


def security_txt_links(content: bytes) -> tuple[str, ...]:
    """Return the provider metadata that a security.txt names (RFC 9116; CSAF 2.0, section 7.1.8)."""
    lines = content.decode("utf-8", "replace").splitlines()
    links = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("csaf:")]
    return _unique(link for link in links if link.startswith("https://"))


def _in_folder(name: str, folder: str, updated: str) -> Listed | None:
    """Return a document below a folder; None for a name that leads out of it."""
    address = urljoin(folder, name)
    if not address.startswith(folder) or ".." in urlsplit(address).path.split("/"):
        return None
    return Listed(address, updated, (f"{address}.sha512", f"{address}.sha256"), f"{address}.asc")


def _instant(text: str) -> str:
    try:
        return parse_rfc3339(text).isoformat()
    except (ValueError, OverflowError):
        return ""


def _unique(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))
