"""Stored inventories, what is known about their packages, and what is reported back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of `remediation`."""
    op.create_table(
        "exposure_statement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("vulnerability", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure_statement")),
        sa.UniqueConstraint("digest", name=op.f("uq_exposure_statement_digest")),
    )
    op.create_index(op.f("ix_exposure_statement_vulnerability"), "exposure_statement", ["vulnerability"], unique=False)
    op.create_table(
        "inventory_asset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("exposed", sa.String(length=10), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_asset")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_inventory_asset_owner_name")),
    )
    op.create_table(
        "inventory_installed",
        sa.Column("kind_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind_id", "asset_id", name=op.f("pk_inventory_installed")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inventory_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_kind")),
        sa.UniqueConstraint("digest", name=op.f("uq_inventory_kind_digest")),
    )
    op.create_table(
        "inventory_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ecosystem", sa.String(length=80), nullable=False),
        sa.Column("product", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_package")),
        sa.UniqueConstraint("key", name=op.f("uq_inventory_package_key")),
    )
    op.create_table(
        "inventory_vulnerability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_vulnerability")),
        sa.UniqueConstraint("name", name=op.f("uq_inventory_vulnerability_name")),
    )
    op.create_table(
        "exposure_first_seen",
        sa.Column("asset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["inventory_asset.id"], name=op.f("fk_exposure_first_seen_asset_id_inventory_asset")
        ),
        sa.PrimaryKeyConstraint("asset_id", "identifier", name=op.f("pk_exposure_first_seen")),
    )
    op.create_table(
        "exposure_forensics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("checklist", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["inventory_asset.id"], name=op.f("fk_exposure_forensics_asset_id_inventory_asset")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure_forensics")),
    )
    op.create_index(op.f("ix_exposure_forensics_asset_id"), "exposure_forensics", ["asset_id"], unique=False)
    op.create_table(
        "exposure_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["inventory_asset.id"], name=op.f("fk_exposure_report_asset_id_inventory_asset")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure_report")),
    )
    op.create_index(op.f("ix_exposure_report_asset_id"), "exposure_report", ["asset_id"], unique=False)
    op.create_table(
        "inventory_snapshot",
        sa.Column("asset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["inventory_asset.id"], name=op.f("fk_inventory_snapshot_asset_id_inventory_asset")
        ),
        sa.PrimaryKeyConstraint("asset_id", "number", name=op.f("pk_inventory_snapshot")),
    )
    op.create_table(
        "inventory_product_token",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["inventory_package.id"],
            name=op.f("fk_inventory_product_token_package_id_inventory_package"),
        ),
        sa.PrimaryKeyConstraint("token", "package_id", name=op.f("pk_inventory_product_token")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inventory_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("version_key", sa.LargeBinary(), nullable=True),
        sa.Column("matched_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["package_id"], ["inventory_package.id"], name=op.f("fk_inventory_version_package_id_inventory_package")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_version")),
        sa.UniqueConstraint("package_id", "version", name=op.f("uq_inventory_version_package_id_version")),
    )
    op.create_index(
        op.f("ix_inventory_version_package_id_version_key"),
        "inventory_version",
        ["package_id", "version_key"],
        unique=False,
    )
    op.create_index(
        "ix_inventory_version_unmatched",
        "inventory_version",
        ["matched_at", "id"],
        unique=False,
        sqlite_where=sa.text("matched_at IS NULL"),
        postgresql_where=sa.text("matched_at IS NULL"),
    )
    op.create_table(
        "inventory_vulnerability_name",
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("vulnerability_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["vulnerability_id"],
            ["inventory_vulnerability.id"],
            name=op.f("fk_inventory_vulnerability_name_vulnerability_id_inventory_vulnerability"),
        ),
        sa.PrimaryKeyConstraint("identifier", "vulnerability_id", name=op.f("pk_inventory_vulnerability_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inventory_kind_version",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["inventory_kind.id"], name=op.f("fk_inventory_kind_version_kind_id_inventory_kind")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["inventory_version.id"],
            name=op.f("fk_inventory_kind_version_version_id_inventory_version"),
        ),
        sa.PrimaryKeyConstraint("version_id", "kind_id", name=op.f("pk_inventory_kind_version")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inventory_kind_version_kind_id"), "inventory_kind_version", ["kind_id"], unique=False)
    op.create_table(
        "inventory_match",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vulnerability_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["inventory_version.id"], name=op.f("fk_inventory_match_version_id_inventory_version")
        ),
        sa.ForeignKeyConstraint(
            ["vulnerability_id"],
            ["inventory_vulnerability.id"],
            name=op.f("fk_inventory_match_vulnerability_id_inventory_vulnerability"),
        ),
        sa.PrimaryKeyConstraint("version_id", "vulnerability_id", "certain", name=op.f("pk_inventory_match")),
    )
    op.create_index(op.f("ix_inventory_match_vulnerability_id"), "inventory_match", ["vulnerability_id"], unique=False)
