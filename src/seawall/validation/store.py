"""Proofs in the database: one row each, the body as canonical JSON, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.kernel.events import Event
from seawall.platform.database import METADATA
from seawall.platform.units import Unit, Units
from seawall.validation.model import Proof
from seawall.validation.ports import ProofStore, ValidationUnit

PROOF: Final = sa.Table(
    "proof",
    METADATA,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("finding_id", sa.String(20), nullable=False, index=True),
    sa.Column("grade", sa.String(16), nullable=False, index=True),
    sa.Column("decided_at", sa.String(40), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_PAGE: Final = 500  # finding ids in one statement


class SqlProofStore:
    """See `ProofStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, proof: Proof) -> str | None:
        """See `ProofStore.add`."""
        known = self._connection.execute(sa.select(PROOF.c.id).where(PROOF.c.id == proof.id)).first()
        if known is not None:
            return None
        body = body_of(proof)
        self._connection.execute(
            sa.insert(PROOF).values(
                id=proof.id,
                finding_id=proof.finding_id,
                grade=str(proof.grade),
                decided_at=proof.decided_at.isoformat(),
                body=body,
            )
        )
        return sha256(body).hexdigest()

    def for_finding(self, finding_id: str) -> tuple[Proof, ...]:
        """See `ProofStore.for_finding`."""
        return self.for_findings((finding_id,))

    def for_findings(self, finding_ids: Sequence[str]) -> tuple[Proof, ...]:
        """See `ProofStore.for_findings`."""
        found: list[Proof] = []
        wanted = list(dict.fromkeys(finding_ids))
        for start in range(0, len(wanted), _PAGE):
            found += self._select(PROOF.c.finding_id.in_(wanted[start : start + _PAGE]))
        return tuple(sorted(found, key=lambda proof: (proof.decided_at, proof.id)))

    def all(self) -> tuple[Proof, ...]:
        """See `ProofStore.all`."""
        return tuple(sorted(self._select(sa.true()), key=lambda proof: (proof.decided_at, proof.id)))

    def _select(self, condition: sa.ColumnElement[bool]) -> list[Proof]:
        rows = self._connection.execute(sa.select(PROOF.c.body).where(condition)).scalars()
        return [msgspec.json.decode(bytes(body), type=Proof) for body in rows]


def body_of(proof: Proof) -> bytes:
    """Return the bytes that are kept of a proof: canonical JSON."""
    return msgspec.json.encode(proof, order="deterministic")


@dataclass(slots=True)
class SqlValidationUnit:
    """`ValidationUnit` inside a transaction."""

    unit: Unit
    proofs: ProofStore

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self.unit.record(event)


def validation_units(units: Units) -> Callable[[], AbstractContextManager[ValidationUnit]]:
    """Return a function that opens units of this room on a database."""

    @contextmanager
    def open_unit() -> Iterator[ValidationUnit]:
        with units.begin() as unit:
            yield SqlValidationUnit(unit, SqlProofStore(unit.connection))

    return open_unit
