"""The database's schema, one step a file. `upgrade` brings any older database to the present."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from seawall.kernel.errors import ConflictError
from seawall.platform.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0002"
"""The newest step; a test holds it against the files."""


def upgrade(database: Database) -> None:
    """Bring the schema to `HEAD`; does nothing, quickly, where it is there already.

    Raises:
        ConflictError: The database was written by a newer Seawall (`database.newer-schema`).
    """
    if current(database) == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - slow to import and seldom needed
    from alembic.util import CommandError  # noqa: PLC0415

    with database.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, HEAD)
        except CommandError as error:
            raise ConflictError(
                "database.newer-schema",
                f"the database has a schema that this Seawall does not know: {error}",
                remedy="Update Seawall, or use another SEAWALL_HOME.",
            ) from error


def current(database: Database) -> str:
    """Return the step that the database is at; empty for a new one."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return str(version or "")


def configuration() -> Config:
    """Return Alembic's configuration, free of files and of logging set-up."""
    from alembic.config import Config  # noqa: PLC0415 - slow to import and seldom needed

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
