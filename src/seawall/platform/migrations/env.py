"""Alembic's entry: runs the steps on the connection that `upgrade` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from seawall.platform.database import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
