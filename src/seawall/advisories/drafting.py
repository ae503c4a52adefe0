"""From a case to an advisory: what the findings claim, corrected by what was proven.

The rules, in order of strength, for each version of a package:

1. seen affected by Seawall's own runs → affected; seen unaffected as the fixed release → fixed;
2. one status claimed by all who speak of it → that status;
3. contradicting claims → under investigation.

What is taken from reports: titles, descriptions, references, credits, identifiers, versions. What is never taken:
evidence, scripts, inputs, places in the source, unknown members. Where sources of several markings describe the case,
the text of the most open one is used; the advisory's marking is the strictest of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from seawall.advisories.errors import no_findings
from seawall.advisories.model import Advisory, AdvisoryProduct, Revision
from seawall.advisories.ranges import natural
from seawall.intake import Finding
from seawall.kernel.purl import Purl, parse_purl
from seawall.priority import Decision
from seawall.triage import Case
from seawall.validation import Grade, Proof

_STRENGTH: Final = (
    Grade.FIX_VERIFIED,
    Grade.INPUT_REPRODUCED,
    Grade.SCRIPT_REPRODUCED,
    Grade.PLAUSIBLE,
    Grade.INCONCLUSIVE,
    Grade.REFUTED,
    Grade.CLAIMED,
)
"""Which grade speaks for a case with several proofs: what was shown beats what stayed open beats what was only said."""
_FIXED_SIDE: Final = "fixed_version"
"""Name of the control, and side of its runs."""
_STATUSES: Final = ("affected", "fixed", "not_affected", "under_investigation")


@dataclass(slots=True)
class _Package:
    claims: dict[str, set[str]] = field(default_factory=dict)
    """Statuses by version."""
    proven: dict[str, str] = field(default_factory=dict)
    """Status by version, from Seawall's own runs; affected beats fixed."""
    ranges: dict[tuple[tuple[str, str], ...], None] = field(default_factory=dict)

    def claim(self, version: str, status: str) -> None:
        if version:
            self.claims.setdefault(version, set()).add(status)

    def prove(self, version: str, status: str) -> None:
        if version and self.proven.get(version) != "affected":
            self.proven[version] = status

    def product(self, purl: str) -> AdvisoryProduct:
        by_status: dict[str, list[str]] = {status: [] for status in _STATUSES}
        for version in sorted({*self.claims, *self.proven}, key=natural):
            claimed = self.claims.get(version, set())
            status = self.proven.get(version) or (claimed.copy().pop() if len(claimed) == 1 else "under_investigation")
            by_status[status].append(version)
        ranges = tuple(self.ranges)
        if not ranges and len(by_status["affected"]) == len(by_status["fixed"]) == 1:
            # One affected and one fixed release are what a bare report says of its range.
            ranges = ((("introduced", by_status["affected"][0]), ("fixed", by_status["fixed"][0])),)
        return AdvisoryProduct(
            purl=purl,
            affected=tuple(by_status["affected"]),
            fixed=tuple(by_status["fixed"]),
            not_affected=tuple(by_status["not_affected"]),
            under_investigation=tuple(by_status["under_investigation"]),
            ranges=ranges,
        )


def draft(
    case: Case,
    findings: Sequence[Finding],
    proofs: Sequence[Proof] = (),
    *,
    at: datetime,
    decision: Decision | None = None,
) -> Advisory:
    """Say what is known about a case, free of any format.

    Args:
        case: What it is about.
        findings: May hold others' findings too; those of the case are taken.
        proofs: Likewise; those on the case's findings are taken.
        at: UTC instant of the draft; the date of revision 1 until the case is published.
        decision: What first and by when, if that was decided.

    Returns:
        The advisory with one revision; `AdvisoryService.publish` puts the true history in.

    Raises:
        InvalidInputError: No finding of the case was given (`advisories.no-findings`).
    """
    own = [finding for finding in findings if finding.id in set(case.findings)]
    if not own:
        raise no_findings(case.id)
    own.sort(key=lambda finding: finding.id)
    ids = {finding.id for finding in own}
    relevant = sorted((proof for proof in proofs if proof.finding_id in ids), key=lambda proof: proof.id)
    spoken = _speaking(own)
    grade, reason = _grade(relevant)
    return Advisory(
        id=case.id,
        title=" ".join((case.title or spoken.title).split())
        or f"Vulnerability in {', '.join(case.packages) or case.id}",
        description=(spoken.description or spoken.title or case.title).strip(),
        identifiers=tuple(sorted({*case.identifiers, *_all(own, "identifiers")} - {case.id})),
        weaknesses=tuple(
            sorted(
                {*case.weaknesses, *_all(own, "weaknesses")}, key=lambda weakness: int(weakness.removeprefix("CWE-"))
            )
        ),
        products=_products(case, own, relevant),
        vectors=tuple(sorted({vector.strip() for vector in _all(own, "vectors")} - {""})),
        references=tuple(sorted({url.strip() for url in _all(own, "references")} - {""})),
        credits=tuple(sorted({" ".join(name.split()) for name in _all(own, "credits")} - {""})),
        marking=max(finding.marking for finding in own),
        grade=grade.value,
        grade_reason=reason,
        revisions=(Revision(1, at, "Initial version."),),
        priority=_priority(decision),
    )


def _speaking(findings: list[Finding]) -> Finding:
    """Choose whose words describe the case: the most open source, then the longest description, then by id."""
    return min(findings, key=lambda finding: (finding.marking, -len(finding.description.strip()), finding.id))


def _grade(proofs: list[Proof]) -> tuple[Grade, str]:
    if not proofs:
        return Grade.CLAIMED, "No evidence was checked."
    best = min(proofs, key=lambda proof: (_STRENGTH.index(proof.grade), proof.id))
    return best.grade, best.reason


def _products(case: Case, findings: list[Finding], proofs: list[Proof]) -> tuple[AdvisoryProduct, ...]:
    packages: dict[str, _Package] = {}

    def package_of(purl: Purl) -> _Package:
        return packages.setdefault(str(purl.package), _Package())

    for finding in findings:
        for product in finding.products:
            purl = parse_purl(product.purl)
            package = package_of(purl)
            status = product.status if product.status in _STATUSES else "under_investigation"
            for version in (purl.version, *product.versions):
                package.claim(version, status)
            if product.events and status == "affected":
                package.ranges.setdefault(tuple((str(kind), str(version)) for kind, version in product.events))
                for version in (end for kind, end in product.events if kind == "fixed"):
                    package.claim(version, "fixed")
        if finding.purl and finding.evidence is not None:
            package_of(parse_purl(finding.purl)).claim(finding.evidence.fixed_version, "fixed")
    for purl, status in (seen for proof in proofs for seen in _seen(proof)):
        package_of(purl).prove(purl.version, status)
    for name in case.packages:
        package_of(parse_purl(name))
    return tuple(packages[name].product(name) for name in sorted(packages))


def _seen(proof: Proof) -> Iterator[tuple[Purl, str]]:
    """Yield the versions that Seawall's own runs speak of."""
    if not proof.grade.proven:
        return
    purls = {environment.digest: parse_purl(environment.purl) for environment in proof.environments}
    fix_held = any(control.name == _FIXED_SIDE and control.state == "held" for control in proof.controls)
    for run in proof.runs:
        purl = purls.get(run.environment)
        if purl is None:
            continue
        if run.side == "vulnerable" and run.outcome == "reproduced":
            yield purl, "affected"
        elif run.side == _FIXED_SIDE and fix_held:
            yield purl, "fixed"


def _priority(decision: Decision | None) -> str:
    if decision is None:
        return ""
    name = decision.outcome_name or decision.outcome
    return f"{name} ({decision.policy}): {decision.reason}".strip()


def _all(findings: list[Finding], name: str) -> Iterator[str]:
    return (item for finding in findings for item in getattr(finding, name))
