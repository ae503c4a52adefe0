"""Advisories and publications in the database. Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.advisories.model import Publication, PublishedAdvisory, body_of
from seawall.advisories.ports import AdvisoriesUnit
from seawall.kernel.errors import ConflictError
from seawall.kernel.events import Event
from seawall.platform.database import METADATA
from seawall.platform.units import Unit, Units

ADVISORY: Final = sa.Table(
    "advisory",
    METADATA,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("case_id", sa.String(80), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("case_id", "number"),
)
"""One row for each published revision; `body` is `model.body_of`."""
PUBLICATION: Final = sa.Table(
    "publication",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("case_id", sa.String(80), nullable=False),
    sa.Column("format", sa.String(20), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("path", sa.String(400), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("case_id", "format", "number"),
)
"""One row for each published document; `body` is `model.body_of`."""

_ADVISORIES: Final = msgspec.json.Decoder(PublishedAdvisory)
_PUBLICATIONS: Final = msgspec.json.Decoder(Publication)


class SQLAdvisoryStore:
    """See `ports.AdvisoryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def latest(self, case_id: str) -> PublishedAdvisory | None:
        """See `ports.AdvisoryStore.latest`."""
        body = self._connection.execute(
            _bodies(case_id).order_by(ADVISORY.c.number.desc()).limit(1)
        ).scalar_one_or_none()
        return _ADVISORIES.decode(body) if body is not None else None

    def history(self, case_id: str) -> Sequence[PublishedAdvisory]:
        """See `ports.AdvisoryStore.history`."""
        bodies = self._connection.execute(_bodies(case_id).order_by(ADVISORY.c.number)).scalars()
        return [_ADVISORIES.decode(body) for body in bodies]

    def add(self, published: PublishedAdvisory) -> None:
        """See `ports.AdvisoryStore.add`."""
        row = {
            "id": published.id,
            "case_id": published.advisory.id,
            "number": published.advisory.current.number,
            "content": published.content,
            "body": body_of(published),
        }
        try:
            self._connection.execute(sa.insert(ADVISORY).values(row))
        except sa.exc.IntegrityError as error:
            raise ConflictError(
                "advisories.published-meanwhile",
                f"another process published {published.id} at the same moment",
                remedy="Publish again: what is already public is not published twice.",
                case=published.advisory.id,
            ) from error


class SQLPublicationStore:
    """See `ports.PublicationStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_case(self, case_id: str) -> Sequence[Publication]:
        """See `ports.PublicationStore.of_case`."""
        query = (
            sa.select(PUBLICATION.c.body)
            .where(PUBLICATION.c.case_id == case_id)
            .order_by(PUBLICATION.c.number, PUBLICATION.c.format)
        )
        return [_PUBLICATIONS.decode(body) for body in self._connection.execute(query).scalars()]

    def current(self) -> Iterable[Publication]:
        """See `ports.PublicationStore.current`."""
        newest = (
            sa.select(PUBLICATION.c.case_id, PUBLICATION.c.format, sa.func.max(PUBLICATION.c.number).label("number"))
            .group_by(PUBLICATION.c.case_id, PUBLICATION.c.format)
            .subquery()
        )
        query = (
            sa.select(PUBLICATION.c.body)
            .join(
                newest,
                sa.and_(
                    PUBLICATION.c.case_id == newest.c.case_id,
                    PUBLICATION.c.format == newest.c.format,
                    PUBLICATION.c.number == newest.c.number,
                ),
            )
            .order_by(PUBLICATION.c.path)
        )
        return [_PUBLICATIONS.decode(body) for body in self._connection.execute(query).scalars()]

    def add(self, publication: Publication) -> None:
        """See `ports.PublicationStore.add`."""
        row = {
            "id": publication.id,
            "case_id": publication.case_id,
            "format": publication.format,
            "number": publication.number,
            "digest": publication.digest,
            "path": publication.path,
            "body": body_of(publication),
        }
        self._connection.execute(sa.insert(PUBLICATION).values(row))


class SQLAdvisoriesUnit:
    """See `ports.AdvisoriesUnit`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.advisories = SQLAdvisoryStore(unit.connection)
        self.publications = SQLPublicationStore(unit.connection)

    def record(self, event: Event) -> None:
        """See `ports.AdvisoriesUnit.record`."""
        self._unit.record(event)


def advisories_units(units: Units) -> Callable[[], AbstractContextManager[AdvisoriesUnit]]:
    """Return what opens this room's units of work on a database."""

    @contextmanager
    def open_unit() -> Iterator[AdvisoriesUnit]:
        with units.begin() as unit:
            yield SQLAdvisoriesUnit(unit)

    return open_unit


def _bodies(case_id: str) -> sa.Select[bytes]:
    return sa.select(ADVISORY.c.body).where(ADVISORY.c.case_id == case_id)
