"""Offline verification: read everything again, trust nothing but the public key.

Found is any changed, missing, added or reordered entry, a changed head or checkpoint, and a ledger that is shorter
than or different from a checkpoint that somebody kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.kernel.errors import IntegrityError
from seawall.platform.keys import VerifyingKey
from seawall.platform.ledger.checkpoint import Checkpoint, open_checkpoint
from seawall.platform.ledger.merkle import Frontier, leaf_hash
from seawall.platform.ledger.store import CHECKPOINT, HEAD, entries


class Entry(msgspec.Struct):
    """An entry as it is read back."""

    name: str
    subject: str
    at: str
    facts: dict[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the ledger or with a record that it vouches for."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What verification found; `problems` is empty if and only if all holds."""

    entries: int
    checkpoints: int
    root: str
    """Hex; of the entries as they lie in the database."""
    problems: tuple[Problem, ...]


def verify_ledger(
    connection: Connection,
    key: VerifyingKey,
    *,
    kept: str = "",
    visit: Callable[[int, Entry], None] = lambda _position, _entry: None,
    progress: Callable[[int], None] = lambda _done: None,
) -> LedgerReport:
    """Check all entries against all checkpoints.

    Args:
        connection: A read transaction.
        key: The ledger's public key.
        kept: A signed checkpoint that was kept outside the database, or empty.
        visit: Called with each readable entry, in order.
        progress: Called with the number of entries read so far.

    Returns:
        The number of entries and checkpoints, and every problem found.
    """
    problems: list[Problem] = []
    expected = _checkpoints(connection, key, problems)
    checkpoints = len(expected)
    if kept:
        _keep(kept, key, expected, problems)
    frontier = Frontier()
    for position, body in entries(connection):
        if position != frontier.size:
            problems.append(Problem(f"entry {frontier.size}", "is missing"))
            break
        try:
            visit(position, msgspec.json.decode(body, type=Entry))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            problems.append(Problem(f"entry {position}", "is not a readable event"))
        frontier = frontier.extend((leaf_hash(body),))
        if frontier.size in expected and any(root != frontier.root() for root in expected.pop(frontier.size)):
            problems.append(Problem(f"checkpoint {frontier.size}", "does not fit the entries before it"))
        progress(frontier.size)
    problems.extend(Problem(f"checkpoint {size}", "vouches for entries that are missing") for size in sorted(expected))
    problems.extend(_head(connection, frontier))
    return LedgerReport(frontier.size, checkpoints, frontier.root().hex(), tuple(problems))


def _checkpoints(connection: Connection, key: VerifyingKey, problems: list[Problem]) -> dict[int, list[bytes]]:
    roots: dict[int, list[bytes]] = {}
    for row in connection.execute(sa.select(CHECKPOINT.c.size, CHECKPOINT.c.note).order_by(CHECKPOINT.c.size)):
        try:
            checkpoint = open_checkpoint(row.note, key)
        except IntegrityError as error:
            problems.append(Problem(f"checkpoint {row.size}", error.message))
            continue
        if checkpoint.size != row.size:
            problems.append(Problem(f"checkpoint {row.size}", f"was signed for size {checkpoint.size}"))
        roots.setdefault(checkpoint.size, []).append(checkpoint.root)
    return roots


def _keep(note: str, key: VerifyingKey, expected: dict[int, list[bytes]], problems: list[Problem]) -> None:
    try:
        checkpoint: Checkpoint = open_checkpoint(note, key)
    except IntegrityError as error:
        problems.append(Problem("kept checkpoint", error.message))
        return
    if checkpoint.size:
        expected.setdefault(checkpoint.size, []).append(checkpoint.root)


def _head(connection: Connection, frontier: Frontier) -> list[Problem]:
    stored = connection.execute(sa.select(HEAD.c.frontier)).scalar_one_or_none()
    if (bytes(stored) if stored is not None else Frontier().to_bytes()) != frontier.to_bytes():
        return [Problem("head", "does not fit the entries")]
    last = connection.execute(sa.select(sa.func.max(CHECKPOINT.c.size))).scalar_one()
    if (last or 0) != frontier.size:
        return [Problem(f"entry {last or 0}", "is not covered by any checkpoint")]
    return []
