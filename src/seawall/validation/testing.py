"""Fakes of this room's ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from seawall.kernel.events import Event
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import EnvironmentRecord, Proof, Recipe
from seawall.validation.ports import Environment, Runtime


@dataclass(slots=True)
class FakeProofStore:
    """Keeps proofs in memory."""

    rows: dict[str, Proof] = field(default_factory=dict)

    def add(self, proof: Proof) -> str | None:
        """See `ProofStore.add`."""
        if proof.id in self.rows:
            return None
        self.rows[proof.id] = proof
        return sha256(msgspec.json.encode(proof, order="deterministic")).hexdigest()

    def for_finding(self, finding_id: str) -> tuple[Proof, ...]:
        """See `ProofStore.for_finding`."""
        return self.for_findings((finding_id,))

    def for_findings(self, finding_ids: Sequence[str]) -> tuple[Proof, ...]:
        """See `ProofStore.for_findings`."""
        return tuple(proof for proof in self.all() if proof.finding_id in finding_ids)

    def all(self) -> tuple[Proof, ...]:
        """See `ProofStore.all`."""
        return tuple(sorted(self.rows.values(), key=lambda proof: (proof.decided_at, proof.id)))


@dataclass(slots=True)
class FakeValidationUnit:
    """A unit over a store in memory; keeps what is recorded."""

    proofs: FakeProofStore
    events: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self.events.append(event)


class FakeValidationUnits:
    """Opens units that commit or leave no trace."""

    def __init__(self) -> None:
        self.proofs = FakeProofStore()
        self.events: list[Event] = []

    @contextmanager
    def __call__(self) -> Iterator[FakeValidationUnit]:
        """Open a unit."""
        unit = FakeValidationUnit(FakeProofStore(dict(self.proofs.rows)))
        yield unit
        self.proofs.rows = unit.proofs.rows
        self.events += unit.events


class FakeEnvironments:
    """Environments laid out by a test.

    Args:
        roots: Folder of each purl with its version.
        imports: Names under which the named package is imported.
        runtime: What runs it.
    """

    def __init__(
        self,
        roots: Mapping[str, Path],
        imports: tuple[str, ...],
        runtime: Runtime | None = None,
    ) -> None:
        self._roots = dict(roots)
        self._imports = imports
        self._runtime = runtime or Runtime(("python3",))
        self.recipes: list[Recipe] = []

    def build(self, recipe: Recipe, *, report: Callable[[str], None] = lambda _: None) -> Environment:
        """See `Environments.build`; what no test laid out is a version that does not exist."""
        report(f"building {recipe.purl}")
        self.recipes.append(recipe)
        purl = str(recipe.purl)
        if purl not in self._roots:
            raise EnvironmentFailedError(
                "validation.no-such-version", f"there is no {purl}", remedy="Name a version that exists."
            )
        record = EnvironmentRecord(sha256(purl.encode()).hexdigest(), purl, "fake 1.0", (f"{purl} sha256:0",))
        return Environment(record, self._roots[purl], self._runtime, self._imports)
