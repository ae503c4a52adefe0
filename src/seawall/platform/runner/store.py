"""The list of work: the row is the truth, so a crash loses nothing and repeats nothing that was done.

States: `queued → running → done`; `running → queued` when the process that ran it is gone, and `failed` after
`MOST_ATTEMPTS` such ends: one poisonous item does not stop the rest for ever. `running → postponed → queued` when
something outside was missing, which counts as no attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.platform.database import METADATA

MOST_ATTEMPTS: Final = 25
"""Ends of the whole process that an item may be part of: people may stop it by force, but what takes the machine down
each time is given up at last."""
WORK: Final = sa.Table(
    "work",
    METADATA,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Index("ix_work_state", "kind", "state"),
)
_PAGE: Final = 500  # subjects in one statement


@dataclass(frozen=True, slots=True)
class WorkCount:
    """How much work of a kind there is."""

    queued: int
    running: int
    done: int
    failed: int


class WorkList:
    """Work of one kind, inside one transaction."""

    def __init__(self, connection: Connection, kind: str) -> None:
        self._connection = connection
        self._kind = kind

    def add(self, subjects: Sequence[str]) -> int:
        """Queue subjects that were never queued before; return how many."""
        added = 0
        for start in range(0, len(subjects), _PAGE):
            page = list(dict.fromkeys(subjects[start : start + _PAGE]))
            known = set(self._connection.execute(self._select().where(WORK.c.subject.in_(page))).scalars())
            fresh = [subject for subject in page if subject not in known]
            if fresh:
                self._connection.execute(
                    sa.insert(WORK),
                    [{"kind": self._kind, "subject": item, "state": "queued", "attempts": 0} for item in fresh],
                )
            added += len(fresh)
        return added

    def recover(self) -> int:
        """Queue again what was postponed, and what a dead process was running; return how many.

        Call it while holding the lock of `process`.
        """
        running = (WORK.c.kind == self._kind) & (WORK.c.state == "running")
        self._connection.execute(
            sa.update(WORK).where(running & (WORK.c.attempts >= MOST_ATTEMPTS)).values(state="failed")
        )
        left = (WORK.c.kind == self._kind) & WORK.c.state.in_(("running", "postponed"))
        return self._connection.execute(sa.update(WORK).where(left).values(state="queued")).rowcount

    def claim(self, most: int) -> tuple[str, ...]:
        """Take up to `most` queued subjects, in order, and mark them as running."""
        queued = self._select().where(WORK.c.state == "queued").order_by(WORK.c.attempts, WORK.c.subject).limit(most)
        subjects = tuple(self._connection.execute(queued).scalars())
        self._mark(subjects, state="running", attempts=WORK.c.attempts + 1)
        return subjects

    def finish(self, subjects: Sequence[str]) -> None:
        """Mark subjects as done."""
        self._mark(subjects, state="done")

    def fail(self, subjects: Sequence[str]) -> None:
        """Mark subjects as failed: they are not tried again until `requeue`."""
        self._mark(subjects, state="failed")

    def postpone(self, subjects: Sequence[str]) -> None:
        """Leave subjects to the next process: something that they need is missing now."""
        self._mark(subjects, state="postponed", attempts=WORK.c.attempts - 1)

    def requeue(self, subjects: Sequence[str]) -> None:
        """Queue subjects again, whatever became of them."""
        self._mark(subjects, state="queued", attempts=0)

    def requeue_all(self, state: str) -> int:
        """Queue again whatever is in a state, `done` or `failed`; return how many."""
        these = (WORK.c.kind == self._kind) & (WORK.c.state == state)
        return self._connection.execute(sa.update(WORK).where(these).values(state="queued", attempts=0)).rowcount

    def count(self) -> WorkCount:
        """Count by state."""
        rows = self._connection.execute(
            sa.select(WORK.c.state, sa.func.count().label("number"))
            .where(WORK.c.kind == self._kind)
            .group_by(WORK.c.state)
        )
        by_state: dict[str, int] = {row.state: row.number for row in rows}
        return WorkCount(*(by_state.get(state, 0) for state in ("queued", "running", "done", "failed")))

    def _select(self) -> sa.Select[str]:
        return sa.select(WORK.c.subject).where(WORK.c.kind == self._kind)

    def _mark(self, subjects: Sequence[str], **values: object) -> None:
        for start in range(0, len(subjects), _PAGE):
            page = subjects[start : start + _PAGE]
            self._connection.execute(
                sa.update(WORK).where((WORK.c.kind == self._kind) & WORK.c.subject.in_(page)).values(**values)
            )
