"""The migrations make what the stores declare, on both dialects, and never touch what a newer Seawall wrote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import seawall.entry.schema
from seawall.kernel.errors import ConflictError
from seawall.platform.database import METADATA, Database
from seawall.platform.migrations import HEAD, configuration, current, upgrade

assert seawall.entry.schema.__all__


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_an_empty_database_gets_exactly_the_declared_tables(empty: Database) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, METADATA)
    assert tables == set(METADATA.tables) | {"alembic_version"}
    assert differences == []
    assert current(empty) == HEAD


def test_head_is_the_newest_of_one_line_of_steps() -> None:
    steps = ScriptDirectory.from_config(configuration())
    assert steps.get_heads() == [HEAD]
    assert [step.revision for step in steps.walk_revisions()][-1] == "0001"


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    before = _structure(empty)
    with empty.begin() as connection:
        connection.execute(sa.text("INSERT INTO ledger_head (id, frontier) VALUES (1, :frontier)"), {"frontier": b"x"})
    upgrade(empty)
    assert _structure(empty) == before
    with empty.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM ledger_head")).scalar_one() == 1


def test_a_database_of_a_newer_seawall_is_refused_and_left_alone(empty: Database) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = _structure(empty)
    with pytest.raises(ConflictError) as caught:
        upgrade(empty)
    assert caught.value.code == "database.newer-schema"
    assert caught.value.remedy
    assert current(empty) == "9999"
    assert _structure(empty) == before


def test_a_step_that_fails_leaves_no_half_made_schema(empty: Database) -> None:
    last = max(METADATA.tables)
    with empty.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {last} (other INTEGER)"))
    with pytest.raises(Exception, match=last):
        upgrade(empty)
    with empty.read() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {last, "alembic_version"}
    assert current(empty) == ""


def _structure(database: Database) -> dict[str, list[str]]:
    with database.read() as connection:
        inspector = sa.inspect(connection)
        return {
            table: sorted(column["name"] for column in inspector.get_columns(table))
            for table in sorted(inspector.get_table_names())
        }
