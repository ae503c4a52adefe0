"""Tables of stored inventories: what thousands of assets share is one row, what there are millions of is two numbers.

    inventory_package ─< inventory_version >─< inventory_kind ─< inventory_installed >─ inventory_asset
    inventory_asset ─< inventory_snapshot, exposure_report, exposure_forensics, exposure_first_seen

`inventory_installed` is the one large table: a row says that a kind of component is on an asset *now*. It has no other
column and no other index than its key (kind, asset), so all assets with a kind lie side by side on the disk. What one
asset holds is read from its snapshot's `entries` instead; history costs the hot table nothing.

Instants are whole microseconds since 1970 in UTC; days are their ordinals in the Gregorian calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import sqlalchemy as sa

from seawall.platform.database import METADATA

_KEY: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ASSET: Final = sa.Table(
    "inventory_asset",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("exposed", sa.String(10), nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Integer, nullable=False),
    sa.UniqueConstraint("owner", "name"),
)
SNAPSHOT: Final = sa.Table(
    "inventory_snapshot",
    METADATA,
    sa.Column("asset_id", sa.Integer, sa.ForeignKey("inventory_asset.id"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("taken_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("entries", sa.LargeBinary, nullable=False),
)
PACKAGE: Final = sa.Table(
    "inventory_package",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("ecosystem", sa.String(80), nullable=False),
    sa.Column("product", sa.LargeBinary, nullable=True),
)
PRODUCT_TOKEN: Final = sa.Table(
    "inventory_product_token",
    METADATA,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("package_id", sa.Integer, sa.ForeignKey("inventory_package.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
VERSION: Final = sa.Table(
    "inventory_version",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("package_id", sa.Integer, sa.ForeignKey("inventory_package.id"), nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("version_key", sa.LargeBinary, nullable=True),
    sa.Column("matched_at", sa.BigInteger, nullable=True),
    sa.UniqueConstraint("package_id", "version"),
    sa.Index(None, "package_id", "version_key"),
    sa.Index(
        "ix_inventory_version_unmatched",
        "matched_at",
        "id",
        sqlite_where=sa.text("matched_at IS NULL"),
        postgresql_where=sa.text("matched_at IS NULL"),
    ),
)
KIND: Final = sa.Table(
    "inventory_kind",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
KIND_VERSION: Final = sa.Table(
    "inventory_kind_version",
    METADATA,
    sa.Column("version_id", sa.Integer, sa.ForeignKey("inventory_version.id"), primary_key=True, autoincrement=False),
    sa.Column("kind_id", sa.Integer, sa.ForeignKey("inventory_kind.id"), primary_key=True, autoincrement=False),
    sa.Index(None, "kind_id"),
    sqlite_with_rowid=False,
)
INSTALLED: Final = sa.Table(
    "inventory_installed",
    METADATA,
    # No foreign keys: each row would pay two look-ups, and both numbers come from rows of the same transaction.
    sa.Column("kind_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("asset_id", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
VULNERABILITY: Final = sa.Table(
    "inventory_vulnerability",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
VULNERABILITY_NAME: Final = sa.Table(
    "inventory_vulnerability_name",
    METADATA,
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column(
        "vulnerability_id",
        sa.Integer,
        sa.ForeignKey("inventory_vulnerability.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sqlite_with_rowid=False,
)
MATCH: Final = sa.Table(
    "inventory_match",
    METADATA,
    sa.Column("version_id", sa.Integer, sa.ForeignKey("inventory_version.id"), primary_key=True, autoincrement=False),
    sa.Column(
        "vulnerability_id",
        sa.Integer,
        sa.ForeignKey("inventory_vulnerability.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("certain", sa.Boolean, primary_key=True),
    sa.Column("found_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index(None, "vulnerability_id"),
)
FIRST_SEEN: Final = sa.Table(
    "exposure_first_seen",
    METADATA,
    sa.Column("asset_id", sa.Integer, sa.ForeignKey("inventory_asset.id"), primary_key=True, autoincrement=False),
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column("day", sa.Integer, nullable=False),
)
REPORT: Final = sa.Table(
    "exposure_report",
    METADATA,
    sa.Column("id", _KEY, primary_key=True, autoincrement=True),
    sa.Column("asset_id", sa.Integer, sa.ForeignKey("inventory_asset.id"), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
FORENSIC: Final = sa.Table(
    "exposure_forensics",
    METADATA,
    sa.Column("id", _KEY, primary_key=True, autoincrement=True),
    sa.Column("asset_id", sa.Integer, sa.ForeignKey("inventory_asset.id"), nullable=False, index=True),
    sa.Column("checklist", _KEY, nullable=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
STATEMENT: Final = sa.Table(
    "exposure_statement",
    METADATA,
    sa.Column("id", _KEY, primary_key=True, autoincrement=True),
    sa.Column("vulnerability", sa.Text, nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("heard_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
PARAMETERS: Final = 5_000
"""Values in one query: well below what either dialect takes."""
_Item = TypeVar("_Item")


def chunks(items: Sequence[_Item], size: int = PARAMETERS) -> Iterator[Sequence[_Item]]:
    """Cut what is asked for into pieces that one query takes."""
    return (items[start : start + size] for start in range(0, len(items), size))


def microseconds(instant: datetime) -> int:
    """Return an instant as both dialects keep it."""
    return (instant - _EPOCH) // _MICROSECOND
