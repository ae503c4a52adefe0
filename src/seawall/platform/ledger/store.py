"""The ledger's tables and the appending of entries inside the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.kernel.errors import IntegrityError
from seawall.kernel.events import Event
from seawall.platform.database import METADATA
from seawall.platform.keys import SigningKey
from seawall.platform.ledger.checkpoint import Checkpoint
from seawall.platform.ledger.merkle import Frontier, leaf_hash

ENTRY: Final = sa.Table(
    "ledger_entry",
    METADATA,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
HEAD: Final = sa.Table(
    "ledger_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
)
CHECKPOINT: Final = sa.Table(
    "ledger_checkpoint",
    METADATA,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
)
_PAGE: Final = 10_000  # entries


class Ledger:
    """Appends events as leaves and signs the new head."""

    def __init__(self, origin: str, key: SigningKey) -> None:
        self._origin = origin
        self._key = key

    def append(self, connection: Connection, events: Sequence[Event]) -> Checkpoint:
        """Add one entry for each event, in order, and a signed checkpoint, within the caller's transaction.

        Raises:
            IntegrityError: The stored head is damaged (`ledger.broken-head`).
        """
        frontier = _lock_head(connection)
        bodies = [event.to_bytes() for event in events]
        connection.execute(
            sa.insert(ENTRY),
            [{"position": frontier.size + at, "body": body} for at, body in enumerate(bodies)],
        )
        grown = frontier.extend(leaf_hash(body) for body in bodies)
        connection.execute(sa.update(HEAD).values(frontier=grown.to_bytes()))
        checkpoint = Checkpoint(self._origin, grown.size, grown.root())
        connection.execute(sa.insert(CHECKPOINT).values(size=grown.size, note=checkpoint.sign(self._key)))
        return checkpoint


def count_entries(connection: Connection) -> int:
    """Return how many entries there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(ENTRY)).scalar_one()


def newest_checkpoint(connection: Connection) -> str:
    """Return the newest signed checkpoint; empty where nothing was ever recorded."""
    newest = sa.select(CHECKPOINT.c.note).order_by(CHECKPOINT.c.size.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none() or ""


def entries(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """Yield position and body of all entries in order, a page at a time."""
    after = -1
    while True:
        rows = connection.execute(
            sa.select(ENTRY.c.position, ENTRY.c.body)
            .where(ENTRY.c.position > after)
            .order_by(ENTRY.c.position)
            .limit(_PAGE)
        ).all()
        if not rows:
            return
        yield from ((row.position, bytes(row.body)) for row in rows)
        after = rows[-1].position


def _lock_head(connection: Connection) -> Frontier:
    """Return the head, locked until the transaction ends, so that entries are appended one writer at a time."""
    statement = sa.select(HEAD.c.frontier).with_for_update()
    body = connection.execute(statement).scalar_one_or_none()
    if body is None:
        connection.execute(sa.insert(HEAD).values(id=1, frontier=Frontier().to_bytes()))
        return Frontier()
    try:
        return Frontier.from_bytes(bytes(body))
    except ValueError:
        raise IntegrityError(
            "ledger.broken-head",
            "the ledger's head is damaged, so nothing can be added to it",
            remedy="Run `seawall ledger verify`, and restore the database from a backup.",
        ) from None
