"""The only place that assembles: settings in, one `Seawall` with all rooms wired out.

Nothing is opened before it is used, so that a command pays for what it needs. Reading goes through units that wait for
no writer; writing through units whose events enter the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING

import seawall.entry.schema  # noqa: F401 - declares all tables
from seawall.advisories import AdvisoryService, Publication, PublisherIdentity, Release, draft, standard_formats
from seawall.advisories.folder import LocalPublicationFolder
from seawall.advisories.store import advisories_units
from seawall.entry.followup import DECIDE, PROVE, FollowedFindings
from seawall.entry.known import record_of_case
from seawall.entry.logs import log_to_stderr
from seawall.entry.overview import CaseView, Funnel, Overview, by_urgency
from seawall.entry.settings import Settings, settings_from
from seawall.entry.views import all_views, views_of
from seawall.intake import Finding, IntakeService, ReportState
from seawall.intake.store import SQLFindings, SQLReports, intake_units
from seawall.kernel.clock import Clock, SystemClock
from seawall.kernel.errors import NotFoundError, UnavailableError
from seawall.kernel.marking import Marking
from seawall.platform.blobs import FolderBlobStore
from seawall.platform.database import Database
from seawall.platform.keys import SigningKey
from seawall.platform.ledger.store import Ledger, newest_checkpoint
from seawall.platform.migrations import upgrade
from seawall.platform.runner.local import LocalRunner
from seawall.platform.runner.store import WorkList
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox
from seawall.platform.units import ReadUnits, Unit, Units
from seawall.priority import PriorityService, SignalService
from seawall.priority.store import SQLPriorityUnit, priority_units
from seawall.remediation import Exposure, Record
from seawall.triage import Case, TriageService
from seawall.triage.store import SqlCaseStore, SqlTriageUnit, triage_units
from seawall.validation import Proof
from seawall.validation.register import ProofRegister
from seawall.validation.store import SqlProofStore, SqlValidationUnit

if TYPE_CHECKING:
    from seawall.validation.service import Prover


class Seawall:
    """All rooms of one home.

    Args:
        settings: Where things lie and how much may be used.
        clock: Tells the time to every room.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()

    # --- the home

    def initialise(self) -> bool:
        """Make the home where there is none, and bring its schema to the present; return whether it was made.

        Raises:
            UnavailableError: The folder or the database cannot be used (`home.unwritable`, `database.…`).
        """
        try:
            fresh = not self.settings.key_path.exists()
            self.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            upgrade(self.database)
            _ = self.units
        except OSError as error:
            raise UnavailableError(
                "home.unwritable",
                f"{self.settings.home} cannot be made or written: {error.strerror}",
                remedy="Check SEAWALL_HOME, its permissions and the space that is left.",
            ) from error
        return fresh

    def require(self) -> None:
        """Check that there is a home, and bring its schema to the present.

        Raises:
            NotFoundError: There is none (`home.missing`).
        """
        if not self.settings.key_path.exists():
            raise NotFoundError(
                "home.missing",
                f"there is no home in {self.settings.home}",
                remedy="Run `seawall init`, or set SEAWALL_HOME to the folder that you meant.",
            )
        upgrade(self.database)

    # --- adapters

    @cached_property
    def database(self) -> Database:
        """Records."""
        return Database(self.settings.database_url)

    @cached_property
    def key(self) -> SigningKey:
        """What signs the ledger's checkpoints."""
        return SigningKey.load_or_create(self.settings.key_path)

    @cached_property
    def units(self) -> Units:
        """For changes."""
        return Units(self.database, self._ledger)

    @cached_property
    def readers(self) -> ReadUnits:
        """For questions."""
        return ReadUnits(self.database, self._ledger)

    @cached_property
    def blobs(self) -> FolderBlobStore:
        """Bytes of reports and publications."""
        return FolderBlobStore(self.settings.home / "blobs")

    @cached_property
    def sandbox(self) -> BubblewrapSandbox:
        """Where hostile code runs."""
        return BubblewrapSandbox()

    @cached_property
    def runner(self) -> LocalRunner:
        """Who proves."""
        return LocalRunner(self.settings.workers)

    @property
    def publication_folder(self) -> Path:
        """What a web server may serve."""
        return self.settings.home / "publications"

    # --- rooms

    @cached_property
    def intake(self) -> IntakeService:
        """Reports."""
        return IntakeService(
            intake_units(self.units),
            self.blobs,
            self.clock,
            limits=self.settings.limits,
            open_view=intake_units(self.readers),
        )

    @cached_property
    def triage(self) -> TriageService:
        """Cases."""
        return TriageService(triage_units(self.units, FollowedFindings), self.clock)

    @cached_property
    def signals(self) -> SignalService:
        """What others know."""
        return SignalService(priority_units(self.units), self.clock)

    @cached_property
    def advisories(self) -> AdvisoryService:
        """What leaves the house."""
        return AdvisoryService(
            open_unit=advisories_units(self.units),
            blobs=self.blobs,
            folder=LocalPublicationFolder(self.publication_folder),
            formats=standard_formats(self._publisher, version("seawall")),
            publisher=self._publisher,
            clock=self.clock,
        )

    # --- proofs and due dates, as the pipeline needs them

    def untriaged(self) -> int:
        """Count the findings that are in no case yet."""
        with self.readers.begin() as unit:
            return SQLFindings(unit.connection).count_untriaged()

    def waiting(self, kind: str) -> int:
        """Count what is queued of a kind of work, after taking back what a dead process had claimed."""
        with self.units.begin() as unit:
            work = WorkList(unit.connection, kind)
            work.recover()
            return work.count().queued

    def claim_finding(self) -> Finding | None:
        """Take the next finding to prove; None if none is left."""
        with self.units.begin() as unit:
            claimed = WorkList(unit.connection, PROVE).claim(1)
            return SQLFindings(unit.connection).get(claimed[0]) if claimed else None

    def keep_proof(self, proof: Proof) -> None:
        """Keep what a worker found, and mark its finding as done."""
        with self.units.begin() as unit:
            opened = SqlValidationUnit(unit, SqlProofStore(unit.connection))
            ProofRegister(lambda: nullcontext(opened)).record([proof])
            WorkList(unit.connection, PROVE).finish([proof.finding_id])

    def leave_unproven(self, finding_id: str, *, for_now: bool) -> None:
        """Mark a finding whose proof ended without a verdict: to be tried by the next run, or not again."""
        with self.units.begin() as unit:
            work = WorkList(unit.connection, PROVE)
            work.postpone([finding_id]) if for_now else work.fail([finding_id])

    def decide_next(self, most: int) -> int:
        """Decide by when to act on the cases of up to `most` findings; return how many findings were taken."""
        with self.units.begin() as unit:
            work = WorkList(unit.connection, DECIDE)
            findings = work.claim(most)
            self._decide(unit, _triage_on(unit, self.clock).cases_holding(findings))
            work.finish(findings)
            return len(findings)

    def given_up(self) -> int:
        """Count the findings whose proof is not tried any more."""
        with self.readers.begin() as unit:
            return WorkList(unit.connection, PROVE).count().failed

    def retry_unproven(self) -> int:
        """Queue proofs that were given up; return how many."""
        with self.units.begin() as unit:
            return WorkList(unit.connection, PROVE).requeue_all("failed")

    def rule(self, ruling: Callable[[TriageService], Sequence[Case]]) -> Sequence[Case]:
        """Have a person's word on cases; due dates follow in the same transaction.

        Args:
            ruling: Calls triage and returns the cases that it changed.
        """
        with self.units.begin() as unit:
            cases = ruling(_triage_on(unit, self.clock))
            self._decide(unit, cases)
            return cases

    def reconsider(self) -> None:
        """Have all due dates decided again, since something that they rest on may have changed."""
        with self.units.begin() as unit:
            WorkList(unit.connection, DECIDE).requeue_all("done")

    # --- publication

    def publish(self, reference: str, *, marking: Marking | None, by: str) -> list[Publication]:
        """Publish a case in all formats; see `AdvisoryService.publish`."""
        view = self.view(reference)
        advisory = draft(view.case, view.findings, view.proofs, at=self.clock.now(), decision=view.decision)
        release = None if marking is None else Release(marking, by)
        return self.advisories.publish(advisory, release=release)

    # --- questions

    def view(self, reference: str) -> CaseView:
        """Return a case with everything that was decided about it.

        Raises:
            NotFoundError: There is no such case (`triage.unknown-case`).
        """
        with self.readers.begin() as unit:
            triage = _triage_on(unit, self.clock)
            return views_of(unit, triage, [triage.case(reference)])[0]

    def views(self) -> Iterator[CaseView]:
        """Yield all cases in the order of opening, on one consistent state."""
        with self.readers.begin() as unit:
            yield from all_views(unit, _triage_on(unit, self.clock))

    def overview(self, exposures: tuple[Exposure, ...] = ()) -> Overview:
        """Return all cases, the funnel and the quarantine.

        Args:
            exposures: Of an inventory that was checked; those by a case are shown with it.
        """
        by_case: dict[str, list[Exposure]] = {}
        for exposure in exposures:
            for name in (exposure.vulnerability.id, *exposure.vulnerability.identifiers):
                by_case.setdefault(name, []).append(exposure)
        views = [replace(view, exposures=tuple(by_case.get(view.case.id, ()))) for view in self.views()]
        with self.readers.begin() as unit:
            reports = SQLReports(unit.connection)
            quarantined = tuple(reports.by_state(ReportState.QUARANTINED))
            counts = reports.count(), SQLFindings(unit.connection).count()
        funnel = Funnel(
            reports=counts[0],
            findings=counts[1],
            cases=len(views),
            proven=sum(view.grade.proven for view in views),
            published=sum(bool(view.publications) for view in views),
            exposed=sum(bool(view.publications and view.exposures) for view in views),
        )
        return Overview(by_urgency(views), funnel, quarantined)

    def known_vulnerabilities(self) -> Iterator[Record]:
        """Yield the cases that an inventory can be matched against."""
        return (record for view in self.views() if (record := record_of_case(view)) is not None)

    def checkpoint(self) -> str:
        """Return the ledger's newest signed checkpoint; empty for an empty ledger."""
        with self.database.read() as connection:
            return newest_checkpoint(connection)

    # --- parts

    def _decide(self, unit: Unit, cases: Iterable[Case]) -> None:
        opened = SQLPriorityUnit(unit)
        service = PriorityService(lambda: nullcontext(opened), self.clock)
        for case in cases:
            first_seen = (case.opened_at or self.clock.now()).date()
            service.decide_case(case.id, case.identifiers, first_seen=first_seen)

    @cached_property
    def _ledger(self) -> Ledger:
        # The key's own digest names the ledger, so that two homes never share an origin.
        return Ledger(f"seawall.example/ledger/{sha256(self.key.public.to_raw()).hexdigest()[:16]}", self.key)

    @cached_property
    def _publisher(self) -> PublisherIdentity:
        return PublisherIdentity(self.settings.publisher, self.settings.namespace)


def open_seawall(settings: Settings | None = None) -> Seawall:
    """Assemble Seawall; nothing is opened yet."""
    return Seawall(settings or settings_from())


def build_prover(cache: Path) -> Prover:
    """Assemble what a worker needs: a sandbox and a folder of environments, no database and no key."""
    from seawall.validation.environments.packages import PackageEnvironments  # noqa: PLC0415 - for workers alone
    from seawall.validation.service import Prover  # noqa: PLC0415

    log_to_stderr()
    sandbox = BubblewrapSandbox()
    return Prover(sandbox, PackageEnvironments(cache / "environments", sandbox), SystemClock(), token_bytes)


def _triage_on(unit: Unit, clock: Clock) -> TriageService:
    """Return triage inside a transaction that is open already."""
    opened = SqlTriageUnit(unit, SQLFindings(unit.connection), SqlCaseStore(unit.connection))
    return TriageService(lambda: nullcontext(opened), clock)
