"""Triage: new findings become cases, and people have the last word.

`triage_pending` takes one batch in one unit of work: a kill in the middle leaves no trace, and the next call starts
with the same findings. People's rulings (`merge`, `split`, `accept`, `decline`) settle the neighbourhood of the cases
again, by the same rule, so what a person says holds for later arrivals too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from seawall.intake import Finding
from seawall.kernel.clock import Clock
from seawall.triage.arrivals import receive
from seawall.triage.catalogue import build_case, build_cases, find_case
from seawall.triage.model import Case, DecisionState, Explanation, MergeDecision, Proposal, TriageBatch
from seawall.triage.ports import OpenUnit, TriageUnit
from seawall.triage.rulings import Rulings
from seawall.triage.settling import Settler, name_of

BATCH: Final = 2000
"""Findings in one unit of work: large enough for bulk statements, small enough to lose little to a kill."""


class TriageService:
    """See the module's docstring.

    Args:
        open_unit: Opens a unit of work.
        clock: Tells when decisions were made and which year a case's id carries.
    """

    def __init__(self, open_unit: OpenUnit, clock: Clock) -> None:
        self._open_unit = open_unit
        self._clock = clock

    # --- what rules do

    def triage_pending(self, limit: int = BATCH) -> TriageBatch:
        """Put up to `limit` findings that wait into cases.

        Returns:
            What was done; `findings` is 0 when none waited.

        Raises:
            BusyError: Another process holds the database (`database.locked`).
        """
        with self._open_unit() as unit:
            counters = unit.cases.lock()
            findings = unit.findings.untriaged(limit)
            if not findings:
                return TriageBatch(0, 0, 0, 0)
            arrivals = receive(unit.cases, findings, counters.member)
            settler = Settler(unit, self._clock.now(), replace(counters, member=counters.member + len(findings)))
            settler.settle(arrivals.neighbourhoods, arrivals.hints, arrivals.acquainted)
            unit.cases.add_keys(arrivals.keys)
            unit.cases.advance(settler.counters)
            unit.findings.mark_triaged([finding.id for finding in findings])
            tally = settler.tally
            return TriageBatch(len(findings), tally.opened, tally.merged, tally.proposed)

    # --- what people do

    def merge(self, case_ids: Sequence[str], by: str, reason: str) -> Case:
        """Make one case of several, whatever the rules say; it undoes splits between them.

        Args:
            case_ids: At least two names of cases: ids, former ids or identifiers.
            by: Who decides.
            reason: Why, for those who read the decision later.

        Returns:
            The case that the oldest of them became.

        Raises:
            NotFoundError: A name means no case (`triage.unknown-case`).
            ConflictError: All names mean one case (`triage.one-case-only`).
            InvalidInputError: There is no name or no reason (`triage.no-reason`).
        """
        with self._open_unit() as unit:
            return self._rulings(unit, by).merge(case_ids, reason)

    def split(self, case_id: str, finding_ids: Iterable[str], by: str, reason: str) -> tuple[Case, Case]:
        """Take findings out of a case; both groups stay apart until a person merges them.

        The rest keeps the case's id. Those taken out get back the id they had before they were merged, or a new one.

        Args:
            case_id: Id, former id or identifier of the case.
            finding_ids: The findings to take out: at least one, not all.
            by: Who decides.
            reason: Why.

        Returns:
            The case that was split and the one that came out of it.

        Raises:
            NotFoundError: There is no such case (`triage.unknown-case`).
            InvalidInputError: A finding is not in the case (`triage.foreign-findings`), or there is no name or no
                reason (`triage.no-reason`).
            ConflictError: Nothing or everything would be taken out (`triage.nothing-to-split`).
        """
        with self._open_unit() as unit:
            return self._rulings(unit, by).split(case_id, finding_ids, reason)

    def accept(self, decision_id: str, by: str) -> Case:
        """Apply a proposal: a person says that both findings are about one vulnerability.

        Raises:
            NotFoundError: There is no such decision (`triage.unknown-decision`).
            ConflictError: It is no open proposal (`triage.not-open`).
            InvalidInputError: Nobody is named (`triage.no-reason`).
        """
        with self._open_unit() as unit:
            return self._rulings(unit, by).accept(decision_id)

    def decline(self, decision_id: str, by: str, reason: str) -> MergeDecision:
        """Turn a proposal down: it is not made again. To keep two groups apart against the rules, `split` them.

        Raises:
            NotFoundError: There is no such decision (`triage.unknown-decision`).
            ConflictError: It is no open proposal (`triage.not-open`).
            InvalidInputError: There is no name or no reason (`triage.no-reason`).
        """
        with self._open_unit() as unit:
            return self._rulings(unit, by).decline(decision_id, reason)

    # --- what one can ask

    def case(self, name: str) -> Case:
        """Return a case by its id, a former id, or an identifier such as a CVE.

        Raises:
            NotFoundError: There is none (`triage.unknown-case`).
        """
        with self._open_unit() as unit:
            return build_case(unit, find_case(unit, name).number)

    def cases(self, after: str = "", limit: int = 50) -> list[Case]:
        """Return up to `limit` cases in the order of opening, those after the case `after`.

        Raises:
            NotFoundError: `after` is no case (`triage.unknown-case`).
        """
        with self._open_unit() as unit:
            start = find_case(unit, after).number if after else 0
            return build_cases(unit, [record.number for record in unit.cases.page(start, limit)])

    def count(self) -> int:
        """Return how many cases there are."""
        with self._open_unit() as unit:
            return unit.cases.count()

    def cases_of_findings(self, finding_ids: Iterable[str]) -> dict[str, str]:
        """Return the case id of each finding that is in a case."""
        with self._open_unit() as unit:
            members = unit.cases.members_named(finding_ids)
            names = {record.number: name_of(record) for record in unit.cases.cases({each.case for each in members})}
            return {member.finding: names[member.case] for member in members}

    def cases_holding(self, finding_ids: Iterable[str]) -> list[Case]:
        """Return the cases that hold any of these findings, oldest first; findings that are in no case give none."""
        with self._open_unit() as unit:
            return build_cases(unit, sorted({member.case for member in unit.cases.members_named(finding_ids)}))

    def findings_of(self, name: str) -> list[Finding]:
        """Return the findings of a case, by id.

        Raises:
            NotFoundError: There is no such case (`triage.unknown-case`).
        """
        with self._open_unit() as unit:
            members = unit.cases.members_of([find_case(unit, name).number])
            return sorted(
                unit.findings.get_many([member.finding for member in members]), key=lambda finding: finding.id
            )

    def explain(self, name: str) -> Explanation:
        """Return the decisions that put a case's findings together, and the splits that bear on it.

        Raises:
            NotFoundError: There is no such case (`triage.unknown-case`).
        """
        with self._open_unit() as unit:
            record = find_case(unit, name)
            numbers = [member.number for member in unit.cases.members_of([record.number])]
            applied = unit.cases.decisions_between(numbers, DecisionState.APPLIED)
            splits = unit.cases.splits_of(numbers)
            return Explanation(
                name_of(record), tuple(each.decision for each in applied), tuple(each.split for each in splits)
            )

    def proposals(self, limit: int = 100) -> list[Proposal]:
        """Return up to `limit` open proposals, by id; those whose cases became one meanwhile are left out."""
        with self._open_unit() as unit:
            records = unit.cases.open_proposals(limit)
            ends = {each.number: each for each in unit.cases.members({n for r in records for n in (r.left, r.right)})}
            names = {each.number: name_of(each) for each in unit.cases.cases({each.case for each in ends.values()})}
            return [
                Proposal(record.decision, (names[pair[0]], names[pair[1]]))
                for record in records
                for pair in (sorted((ends[record.left].case, ends[record.right].case)),)
            ]

    def _rulings(self, unit: TriageUnit, by: str) -> Rulings:
        return Rulings(unit, by, self._clock.now())
