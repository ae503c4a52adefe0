"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "advisory",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisory")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_advisory_case_id_number")),
    )
    op.create_table(
        "case_member",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("finding", sa.String(length=20), nullable=False),
        sa.Column("case_number", sa.BigInteger(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_member")),
        sa.UniqueConstraint("finding", name=op.f("uq_case_member_finding")),
    )
    op.create_index(op.f("ix_case_member_case_number"), "case_member", ["case_number"], unique=False)
    op.create_table(
        "case_split",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_split")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("policy", sa.String(length=80), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_subject"), "decision", ["subject"], unique=False)
    op.create_table(
        "ledger_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_checkpoint")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger_entry")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
    )
    op.create_table(
        "match_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "member", name=op.f("pk_match_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "merge_decision",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("left_member", sa.BigInteger(), nullable=False),
        sa.Column("right_member", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_decision")),
    )
    op.create_index(op.f("ix_merge_decision_left_member"), "merge_decision", ["left_member"], unique=False)
    op.create_index(
        "ix_merge_decision_open",
        "merge_decision",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(op.f("ix_merge_decision_right_member"), "merge_decision", ["right_member"], unique=False)
    op.create_table(
        "proof",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("finding_id", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
    )
    op.create_index(op.f("ix_proof_finding_id"), "proof", ["finding_id"], unique=False)
    op.create_index(op.f("ix_proof_grade"), "proof", ["grade"], unique=False)
    op.create_table(
        "publication",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("case_id", "format", "number", name=op.f("uq_publication_case_id_format_number")),
    )
    op.create_table(
        "report",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("submitter", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("marking", sa.SmallInteger(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_report")),
        sa.UniqueConstraint("id", name=op.f("uq_report_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_report_state"), "report", ["state"], unique=False)
    op.create_table(
        "signal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("identifier", sa.String(length=80), nullable=False),
        sa.Column("point", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.Column("feed", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint(
            "identifier",
            "point",
            "value",
            "source",
            "as_of",
            "retracted",
            name=op.f("uq_signal_identifier_point_value_source_as_of_retracted"),
        ),
    )
    op.create_index(op.f("ix_signal_feed"), "signal", ["feed"], unique=False)
    op.create_index(op.f("ix_signal_identifier"), "signal", ["identifier"], unique=False)
    op.create_table(
        "triage_case",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.String(length=40), nullable=False),
        sa.Column("founder", sa.BigInteger(), nullable=False),
        sa.Column("neighbourhood", sa.BigInteger(), nullable=False),
        sa.Column("uniform", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_triage_case")),
    )
    op.create_index(op.f("ix_triage_case_founder"), "triage_case", ["founder"], unique=False)
    op.create_index(op.f("ix_triage_case_neighbourhood"), "triage_case", ["neighbourhood"], unique=False)
    op.create_table(
        "triage_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("case_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triage_counter")),
    )
    op.create_table(
        "work",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_work")),
    )
    op.create_index("ix_work_state", "work", ["kind", "state"], unique=False)
    op.create_table(
        "case_split_side",
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("split", sa.String(length=20), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["split"], ["case_split.id"], name=op.f("fk_case_split_side_split_case_split")),
        sa.PrimaryKeyConstraint("member", "split", name=op.f("pk_case_split_side")),
    )
    op.create_table(
        "finding",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("triaged", sa.Boolean(), nullable=False),
        sa.Column("purl", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_finding_report_id_report")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_finding")),
        sa.UniqueConstraint("id", name=op.f("uq_finding_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_finding_report_id"), "finding", ["report_id"], unique=False)
    op.create_index(
        "ix_finding_untriaged",
        "finding",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("triaged IS 0"),
        postgresql_where=sa.text("triaged IS false"),
    )
