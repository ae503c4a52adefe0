"""In-memory fakes of this room's ports. They hold bytes, not objects, as the real ones do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from seawall.advisories.model import Publication, PublishedAdvisory, body_of
from seawall.kernel.errors import ConflictError
from seawall.kernel.events import Event


class MemoryAdvisories:
    """Opens units of work on memory: `with memory() as unit`. An exception inside undoes what the unit did."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._advisories: dict[str, list[bytes]] = {}
        self._publications: list[bytes] = []

    @contextmanager
    def __call__(self) -> Iterator[MemoryUnit]:
        """Open a unit."""
        unit = MemoryUnit(
            MemoryAdvisoryStore({case: list(bodies) for case, bodies in self._advisories.items()}),
            MemoryPublicationStore(list(self._publications)),
        )
        yield unit
        self._advisories = unit.advisories.bodies
        self._publications = unit.publications.bodies
        self.events.extend(unit.events)


class MemoryUnit:
    """See `ports.AdvisoriesUnit`."""

    def __init__(self, advisories: MemoryAdvisoryStore, publications: MemoryPublicationStore) -> None:
        self.advisories = advisories
        self.publications = publications
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        """See `ports.AdvisoriesUnit.record`."""
        self.events.append(event)


class MemoryAdvisoryStore:
    """See `ports.AdvisoryStore`."""

    def __init__(self, bodies: dict[str, list[bytes]]) -> None:
        self.bodies = bodies

    def latest(self, case_id: str) -> PublishedAdvisory | None:
        """See `ports.AdvisoryStore.latest`."""
        history = self.history(case_id)
        return history[-1] if history else None

    def history(self, case_id: str) -> Sequence[PublishedAdvisory]:
        """See `ports.AdvisoryStore.history`."""
        return [msgspec.json.decode(body, type=PublishedAdvisory) for body in self.bodies.get(case_id, ())]

    def add(self, published: PublishedAdvisory) -> None:
        """See `ports.AdvisoryStore.add`."""
        if any(known.id == published.id for known in self.history(published.advisory.id)):
            raise ConflictError(
                "advisories.published-meanwhile",
                f"another process published {published.id} at the same moment",
                remedy="Publish again: what is already public is not published twice.",
            )
        self.bodies.setdefault(published.advisory.id, []).append(body_of(published))


class MemoryPublicationStore:
    """See `ports.PublicationStore`."""

    def __init__(self, bodies: list[bytes]) -> None:
        self.bodies = bodies

    def of_case(self, case_id: str) -> Sequence[Publication]:
        """See `ports.PublicationStore.of_case`."""
        found = [item for item in self._all() if item.case_id == case_id]
        return sorted(found, key=lambda item: (item.number, item.format))

    def current(self) -> Iterable[Publication]:
        """See `ports.PublicationStore.current`."""
        newest: dict[tuple[str, str], Publication] = {}
        for item in sorted(self._all(), key=lambda item: item.number):
            newest[item.case_id, item.format] = item
        return sorted(newest.values(), key=lambda item: item.path)

    def add(self, publication: Publication) -> None:
        """See `ports.PublicationStore.add`."""
        self.bodies.append(body_of(publication))

    def _all(self) -> list[Publication]:
        return [msgspec.json.decode(body, type=Publication) for body in self.bodies]


class MemoryFolder:
    """See `ports.PublicationFolder`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, path: str, data: bytes) -> bool:
        """See `ports.PublicationFolder.put`."""
        changed = self.files.get(path) != data
        self.files[path] = data
        return changed

    def read(self, path: str) -> bytes | None:
        """See `ports.PublicationFolder.read`."""
        return self.files.get(path)
