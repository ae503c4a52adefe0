"""Reads cases with all that was decided about them, a page of cases with a handful of queries.

A read model: it looks across the rooms' tables on one consistent state, and changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.advisories import Publication
from seawall.advisories.store import PUBLICATION
from seawall.entry.overview import CaseView
from seawall.intake.store import SQLFindings, SQLReports
from seawall.platform.units import Unit
from seawall.priority import Decision, decision_from
from seawall.priority.store import DECISION
from seawall.triage import Case, MergeDecision, TriageService
from seawall.validation import Proof, case_grade
from seawall.validation.store import SqlProofStore

PAGE = 500
"""Cases read in one go."""


def all_views(unit: Unit, triage: TriageService) -> Iterator[CaseView]:
    """Yield all cases in the order of opening."""
    after = ""
    while page := triage.cases(after, PAGE):
        yield from views_of(unit, triage, page)
        after = page[-1].id


def views_of(unit: Unit, triage: TriageService, cases: Sequence[Case]) -> list[CaseView]:
    """Return these cases, in this order, with everything that was decided about each.

    Args:
        unit: An open transaction.
        triage: Triage on the same transaction.
        cases: At most some hundreds.
    """
    ids = [case.id for case in cases]
    members = [name for case in cases for name in case.findings]
    findings = {finding.id: finding for finding in SQLFindings(unit.connection).get_many(members)}
    report_ids = sorted({finding.report_id for finding in findings.values()})
    reports = {report.id: report for report in SQLReports(unit.connection).get_many(report_ids)}
    proofs: dict[str, list[Proof]] = defaultdict(list)
    for proof in SqlProofStore(unit.connection).for_findings(members):
        proofs[proof.finding_id].append(proof)
    decisions, publications = _standing(unit, ids), _publications(unit, ids)
    views = []
    for case in cases:
        own = tuple(findings[name] for name in case.findings)
        tried = tuple(proof for name in case.findings for proof in proofs[name])
        grade = case_grade(tried)
        sources = {reports[finding.report_id] for finding in own}
        views.append(
            CaseView(
                case=case,
                findings=own,
                reports=tuple(sorted(sources, key=lambda report: (report.received_at, report.id))),
                merges=_merges(triage, case),
                proofs=tried,
                grade=grade.grade,
                grade_reason=grade.reason,
                decision=decisions.get(case.id),
                publications=tuple(publications[case.id]),
            )
        )
    return views


def _merges(triage: TriageService, case: Case) -> tuple[MergeDecision, ...]:
    return triage.explain(case.id).decisions if len(case.findings) > 1 else ()


def _standing(unit: Unit, ids: Sequence[str]) -> dict[str, Decision]:
    """Return the newest decision about each case in general, not about a certain asset."""
    wanted = sa.select(DECISION.c.subject, DECISION.c.body).where(DECISION.c.subject.in_(ids), DECISION.c.asset == "")
    rows: Any = unit.connection.execute(wanted.order_by(DECISION.c.id))
    return {row.subject: decision_from(bytes(row.body)) for row in rows}


def _publications(unit: Unit, ids: Sequence[str]) -> dict[str, list[Publication]]:
    found: dict[str, list[Publication]] = defaultdict(list)
    wanted = sa.select(PUBLICATION.c.body).where(PUBLICATION.c.case_id.in_(ids))
    for body in unit.connection.execute(wanted.order_by(PUBLICATION.c.number, PUBLICATION.c.format)).scalars():
        publication = msgspec.json.decode(bytes(body), type=Publication)
        found[publication.case_id].append(publication)
    return found
