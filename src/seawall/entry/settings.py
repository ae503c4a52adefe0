"""What the environment says: where things lie and how much may be used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import DEFAULT_LIMITS, Limits


class Settings(msgspec.Struct, frozen=True):
    """All settings; read once, at the start."""

    home: Path
    """Folder of records, blobs, keys and publications: `SEAWALL_HOME`."""
    cache: Path
    """Folder of package environments, shared between homes: `SEAWALL_CACHE`."""
    database_url: str
    """SQLAlchemy URL: `SEAWALL_DATABASE_URL`, else a SQLite file in `home`."""
    workers: int
    """Processes that prove at the same time: `SEAWALL_WORKERS`, else one for each processor."""
    limits: Limits
    """Of each reader; `SEAWALL_MAX_BYTES` changes the size of a document."""
    publisher: str
    """Name in published documents: `SEAWALL_PUBLISHER`."""
    namespace: str
    """URL that identifies the publisher: `SEAWALL_NAMESPACE`."""
    feeds: Path | None = None
    """Folder of what others publish: `SEAWALL_FEEDS`, else one in `home`."""

    @property
    def key_path(self) -> Path:
        """The ledger's key; where it is, there is a home."""
        return self.home / "keys" / "ledger.key"

    @property
    def is_clearinghouse(self) -> bool:
        """Whether there are records of cases, here or on a server."""
        return self.key_path.exists() or not self.database_url.startswith("sqlite:")

    @property
    def feeds_path(self) -> Path:
        """Where `seawall feeds` keeps what it fetches."""
        return self.feeds or self.home / "feeds"

    @property
    def index_path(self) -> Path:
        """What checks compare with: `seawall index`."""
        return self.home / "index.sqlite"

    @property
    def rulings_path(self) -> Path:
        """What people said about pairs of product names: `seawall products`."""
        return self.home / "product-rulings.json"


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        InvalidInputError: A number is none (`settings.invalid`).
    """
    import platformdirs  # noqa: PLC0415 - only for the defaults

    home = Path(environment.get("SEAWALL_HOME") or platformdirs.user_data_path("seawall")).expanduser().absolute()
    cache = Path(environment.get("SEAWALL_CACHE") or platformdirs.user_cache_path("seawall")).expanduser().absolute()
    return Settings(
        home=home,
        cache=cache,
        database_url=environment.get("SEAWALL_DATABASE_URL") or f"sqlite:///{home / 'seawall.sqlite'}",
        workers=_number(environment, "SEAWALL_WORKERS", os.cpu_count() or 1),
        limits=Limits(bytes=_number(environment, "SEAWALL_MAX_BYTES", DEFAULT_LIMITS.bytes)),
        publisher=environment.get("SEAWALL_PUBLISHER") or "Seawall (unnamed coordinator)",
        namespace=environment.get("SEAWALL_NAMESPACE") or "https://seawall.example",
        feeds=Path(feeds).expanduser().absolute() if (feeds := environment.get("SEAWALL_FEEDS", "").strip()) else None,
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise InvalidInputError(
            "settings.invalid",
            f"{name} is {text[:40]!r}",
            remedy=f"Set {name} to a whole number above 0, or leave it out.",
        )
    return int(text)
