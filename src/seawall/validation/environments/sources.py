"""Asks the package index that pip is configured for: does a release exist, and where is its source archive?

pip cannot fetch a source archive without running its build, so `unearth` does it here, with pip's own settings
(`pip config list`, which covers files and `PIP_*` variables) and, where pip has none, the library's default index. No
address of a registry is written in this project. Nothing fetched here is unpacked or run.
"""

from __future__ import annotations

import ast
import logging
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import new as new_hash
from pathlib import Path
from typing import TYPE_CHECKING, cast

from seawall.validation.environments import failures, programs
from seawall.validation.environments.interface import EnvironmentLimits

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from unearth import Package, PackageFinder
    from unearth.fetchers import Fetcher

_REGISTRY = "Python package"
_FINDER_SECONDS = 30.0  # for one connection, read or write
_HASHES = ("sha512", "sha256")  # strong ones, best first
_KNOWN_VERSIONS = 12  # named in an error
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class PipSettings:
    """What pip is configured with; addresses may hold credentials and belong in no log."""

    index_url: str = ""
    """Empty: pip's default, unless `no_index`."""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    trusted_hosts: tuple[str, ...] = ()
    certificates: str = ""
    """File or folder of certificate authorities; empty: the system's."""
    proxy: str = ""

    @classmethod
    def read(cls, folder: Path, limits: EnvironmentLimits) -> PipSettings:
        """Ask pip; `folder` takes its temporary files.

        Raises:
            UnavailableError: pip is not installed beside this Python (`validation.program-missing`).
        """
        done = programs.run(
            [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "config", "list"],
            folder=folder,
            allowance=programs.Allowance(limits.fetch_seconds, limits.download_bytes, limits.files),
        )
        if done.code:
            raise failures.program_missing("pip")
        return cls.parse(done.stdout)

    @classmethod
    def parse(cls, listing: str) -> PipSettings:
        """Read the output of `pip config list`: lines of `section.key='value'`, later sources of a key last.

        As in pip, the section of the command (`download`) goes before `global`, and a variable before both.
        """
        found: dict[str, str] = {}
        ranks = {"global": 0, "download": 1, ":env:": 2}
        chosen: dict[str, int] = {}
        for line in listing.splitlines():
            name, equals, value = line.partition("=")
            section, _, key = name.rpartition(".")
            rank = ranks.get(section, -1)
            key = key.replace("_", "-")
            if equals and rank >= chosen.get(key, 0):
                chosen[key] = rank
                found[key] = str(ast.literal_eval(value))
        return cls(
            index_url=found.get("index-url", "").strip(),
            extra_index_urls=tuple(found.get("extra-index-url", "").split()),
            find_links=tuple(found.get("find-links", "").split()),
            no_index=found.get("no-index", "").lower() in {"1", "true", "yes", "on"},
            trusted_hosts=tuple(found.get("trusted-host", "").split()),
            certificates=found.get("cert", ""),
            proxy=found.get("proxy", ""),
        )


@dataclass(frozen=True, slots=True)
class Sdist:
    """A source archive that was fetched and nothing more."""

    path: Path
    name: str
    """Normalised."""
    version: str
    """Normalised by PEP 440."""
    sha256: str

    @property
    def pin(self) -> str:
        """The archive as an environment's manifest lists what was built from it."""
        return f"{self.name}=={self.version} sha256:{self.sha256}"


class PackageIndex:
    """The configured index, read without pip.

    Args:
        settings: pip's.
        limits: For downloads.
    """

    def __init__(self, settings: PipSettings, limits: EnvironmentLimits) -> None:
        self._settings = settings
        self._limits = limits

    def fetch_sdist(self, requirement: Requirement, runtime: str, into: Path) -> Sdist:
        """Fetch the source archive of the best release that fits, to the file `into`.

        Raises:
            EnvironmentFailedError: There is no such package or version, or no source archive that fits this Python
                (`validation.no-such-package`, `validation.no-such-version`, `validation.no-file-for-runtime`).
            UnavailableError: The index gives no answer (`validation.registry-unreachable`).
        """
        with self._finder(any_runtime=True) as finder:
            everything = self._packages(finder, requirement.name)
        self._expect_version(requirement, everything)
        with self._finder(any_runtime=False) as finder:
            fitting = [
                package
                for package in self._packages(finder, requirement.name)
                if not package.link.is_wheel and _satisfies(package, requirement)
            ]
            if not fitting:
                raise failures.no_file_for_runtime(str(requirement), runtime)
            return self._download(finder, fitting[0], into)

    def _packages(self, finder: PackageFinder, name: str) -> Sequence[Package]:
        # Yanked releases count: a report may well be about one. Best first, as the finder sorts.
        return list(finder.find_all_packages(name, allow_yanked=True))

    def _expect_version(self, requirement: Requirement, packages: Sequence[Package]) -> None:
        if not packages:
            raise failures.no_such_package(requirement.name, _REGISTRY)
        if not any(_satisfies(package, requirement) for package in packages):
            versions = list(dict.fromkeys(package.version for package in packages if package.version))
            known = ", ".join(versions[:_KNOWN_VERSIONS])
            raise failures.no_such_version(
                requirement.name, str(requirement.specifier).removeprefix("=="), _REGISTRY, known
            )

    @contextmanager
    def _finder(self, *, any_runtime: bool) -> Iterator[PackageFinder]:
        try:
            import httpx2  # noqa: PLC0415 - slow to import, and for workers alone
            from unearth import PackageFinder  # noqa: PLC0415 - extra `proof`
            from unearth.auth import MultiDomainBasicAuth  # noqa: PLC0415 - extra `proof`
            from unearth.fetchers import PyPIClient  # noqa: PLC0415 - extra `proof`
        except ImportError as error:
            raise failures.program_missing("unearth") from error
        # It warns of pages that do not exist; here that is an answer and comes out as an error with a code.
        logging.getLogger("unearth").setLevel(logging.ERROR)
        settings = self._settings
        links = [link for link in settings.find_links if "://" in link or Path(link).exists()]
        indexes = [settings.index_url or PackageFinder().sources[0]["url"], *settings.extra_index_urls]
        if settings.no_index:
            indexes.clear()
        session = PyPIClient(
            trusted_hosts=settings.trusted_hosts,
            verify=_verification(settings.certificates),
            follow_redirects=True,
            timeout=_FINDER_SECONDS,
            event_hooks={"response": [_refuse_server_errors]},
            proxy=settings.proxy or None,
        )
        session.auth = MultiDomainBasicAuth(prompting=False, index_urls=indexes)
        # The client is what the library itself uses; its signatures are wider than those that its Fetcher declares.
        fetcher = cast("Fetcher", session)
        finder = PackageFinder(fetcher, index_urls=indexes, find_links=links, ignore_compatibility=any_runtime)
        if not indexes and not links:
            finder.sources.clear()  # it would ask its default index, which pip was told not to
        try:
            with session:
                yield finder
        except httpx2.HTTPError as error:
            raise failures.unreachable(_REGISTRY, type(error).__name__) from error

    def _download(self, finder: PackageFinder, package: Package, into: Path) -> Sdist:
        from packaging.utils import canonicalize_name  # noqa: PLC0415 - extra `proof`
        from packaging.version import Version  # noqa: PLC0415 - extra `proof`

        expected = package.link.hash_option or {}
        kind = next((name for name in _HASHES if name in expected), "")
        digest, sha256, size = new_hash(kind or "sha256"), new_hash("sha256"), 0
        with finder.session.get_stream(package.link.url_without_fragment) as response, into.open("xb") as file:
            response.raise_for_status()
            for chunk in response.iter_bytes(chunk_size=_CHUNK):
                size += len(chunk)
                if size > self._limits.download_bytes:
                    raise failures.too_large("the index", size, self._limits.download_bytes, 1, 1)
                digest.update(chunk)
                sha256.update(chunk)
                file.write(chunk)
        if kind and digest.hexdigest() not in expected[kind]:
            raise failures.bad_archive(package.link.filename, f"its {kind} is not the one that the index states")
        version = str(Version(package.version or "0"))
        return Sdist(into, str(canonicalize_name(package.name)), version, sha256.hexdigest())


def _satisfies(package: Package, requirement: Requirement) -> bool:
    return bool(package.version) and requirement.specifier.contains(package.version or "", prereleases=True)


def _verification(certificates: str) -> ssl.SSLContext | bool:
    if not certificates:
        return True
    path = Path(certificates)
    if not path.exists():
        raise failures.unreachable(_REGISTRY, f"the certificate file {certificates} does not exist")
    if path.is_dir():
        return ssl.create_default_context(capath=certificates)
    return ssl.create_default_context(cafile=certificates)


def _refuse_server_errors(response: object) -> None:
    """An index that answers 5xx or asks for a password has not said that a package does not exist."""
    status = int(getattr(response, "status_code", 0))
    if status in {401, 403, 407, 429} or status >= 500:  # noqa: PLR2004 - HTTP status codes
        raise failures.unreachable(_REGISTRY, f"it answered with status {status}")
