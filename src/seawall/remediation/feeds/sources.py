"""Which sources there are: addresses and thresholds are data (`sources.json`), and can be overridden.

An address comes from, in this order: the caller (`--url NAME=URL`), the environment (`SEAWALL_FEED_<NAME>_URL`, the
name in capitals with `_` for whatever is no letter or digit; `SEAWALL_FEED_OSV_URL` holds `{ecosystem}`), the data.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final
from urllib.parse import quote

import msgspec

from seawall.kernel.limits import MIB
from seawall.platform.http import shown_url
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.interface import Source

_PROVIDER: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?", re.ASCII)
_ECOSYSTEM: Final = re.compile(r"[A-Za-z][A-Za-z0-9. -]{0,60}[A-Za-z0-9]", re.ASCII)
_PLACES: Final = {"kev": "kev/known_exploited_vulnerabilities.json", "epss": "epss/epss_scores-current.csv.gz"}


class Kind(msgspec.Struct, frozen=True):
    """What holds for all sources of a kind."""

    stale_days: int
    """After so many days without word from the publisher, readers are warned."""
    data_days: int
    """If the publisher's own date is older, readers are warned; 0: its date says nothing."""
    limit_mib: int
    required: str
    """What nobody can know without it; empty if nothing depends on it."""


class _Source(msgspec.Struct, frozen=True):
    name: str
    url: str
    about: str
    default: bool
    kind: str = ""


class _Osv(msgspec.Struct, frozen=True):
    url: str
    default: tuple[str, ...]
    others: tuple[str, ...]


class _Data(msgspec.Struct, frozen=True):
    kinds: dict[str, Kind]
    sources: tuple[_Source, ...]
    osv: _Osv


@lru_cache(maxsize=1)
def _data() -> _Data:
    return msgspec.json.decode(files(__package__).joinpath("sources.json").read_bytes(), type=_Data)


def shown_address(url: str) -> str:
    """Return a source's address as it may be shown and kept: a URL without its query, or a bare domain."""
    return shown_url(url) if "://" in url else url


def kinds() -> Mapping[str, Kind]:
    """Return the kinds with their thresholds."""
    return _data().kinds


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sources that can be named."""

    sources: Mapping[str, Source]
    osv_url: str

    def chosen(self, names: Iterable[str], held: Mapping[str, tuple[str, str]] = {}) -> list[Source]:
        """Return the sources of names: `osv` and `csaf` stand for all of them that are default or held.

        Args:
            names: Empty: all that are default or held.
            held: Sources of a mirror, each with its kind and address.

        Raises:
            NotFoundError: A name is none (`feeds.unknown-source`).
        """
        usual = {name: source for name, source in self.sources.items() if source.default}
        for name, (kind, url) in held.items():
            usual.setdefault(name, self.sources.get(name) or self._made(name, kind, url))
        found: dict[str, Source] = {}
        for name in names:
            family = {each: source for each, source in usual.items() if each.startswith(f"{name}/")}
            found |= family if family and name in {"osv", "csaf"} else {name: usual.get(name) or self.named(name)}
        return list((found or usual).values())

    def named(self, name: str) -> Source:
        """Return a source, whether or not the data list it.

        Raises:
            NotFoundError: The name is none (`feeds.unknown-source`).
        """
        if name in self.sources:
            return self.sources[name]
        family, _, member = name.partition("/")
        if family == "osv" and _ECOSYSTEM.fullmatch(member):
            return self._made(name, "osv", self.osv_url.replace("{ecosystem}", quote(member)))
        if family == "csaf" and _PROVIDER.fullmatch(member) and "." in member:
            return self._made(name, "csaf", member)
        raise errors.unknown_source(name, tuple(sorted(each for each in self.sources if not each.startswith("osv/"))))

    def with_urls(self, overrides: Mapping[str, str]) -> Catalogue:
        """Return a catalogue with other addresses; a name that is new may only be `csaf/<provider>`.

        Raises:
            NotFoundError: A name is none (`feeds.unknown-source`).
        """
        changed = dict(self.sources)
        osv_url = self.osv_url
        for name, url in overrides.items():
            if name == "osv":
                osv_url = url
                for each, source in self.sources.items():
                    if source.kind == "osv":
                        ecosystem = each.removeprefix("osv/")
                        changed[each] = replace(source, url=url.replace("{ecosystem}", quote(ecosystem)))
            elif name.startswith("csaf/") and _PROVIDER.fullmatch(name.removeprefix("csaf/")):
                known = changed.get(name)
                changed[name] = replace(known, url=url) if known else self._made(name, "csaf", url)
            else:
                changed[name] = replace(self.named(name), url=url)
        return Catalogue(changed, osv_url)

    def _made(self, name: str, kind: str, url: str) -> Source:
        return _source(name, kind, url)


def load_catalogue(
    overrides: Mapping[str, str] | None = None, environment: Mapping[str, str] = os.environ
) -> Catalogue:
    """Read the data, the environment, and what the caller says.

    Args:
        overrides: Name to address; they win.
        environment: For `SEAWALL_FEED_<NAME>_URL`.

    Raises:
        NotFoundError: An override names no source (`feeds.unknown-source`).
    """
    data = _data()
    sources = {
        each.name: _source(each.name, each.kind or each.name.partition("/")[0], each.url, each.default, each.about)
        for each in data.sources
    }
    for ecosystem in sorted((*data.osv.default, *data.osv.others)):
        name, url = f"osv/{ecosystem}", data.osv.url.replace("{ecosystem}", quote(ecosystem))
        about = f"OSV records of {ecosystem}"
        sources[name] = _source(name, "osv", url, default=ecosystem in data.osv.default, about=about)
    catalogue = Catalogue(sources, data.osv.url)
    said = {}
    for name in ("osv", *sources):
        url = environment.get(f"SEAWALL_FEED_{re.sub('[^A-Z0-9]', '_', name.upper())}_URL", "").strip()
        if url:
            said[name] = url
    return catalogue.with_urls(said).with_urls(overrides or {})


def _source(name: str, kind: str, url: str, default: bool = False, about: str = "") -> Source:  # noqa: FBT001, FBT002 - a field
    family, _, member = name.partition("/")
    if kind == "cve":
        place = f"cve/{name}.zip"
    elif kind == "osv":
        place = f"osv/{member}.zip"
    elif kind == "csaf":
        place = f"csaf/{member}"
    else:
        place = _PLACES[family]
    return Source(name, kind, url, place, _data().kinds[kind].limit_mib * MIB, default, about)
