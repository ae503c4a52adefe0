"""Finding a case by any of its names, and building it from its findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from seawall.intake import Finding
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.purl import parse_purl
from seawall.triage import errors
from seawall.triage.model import Case
from seawall.triage.ports import CaseRecord, Member, TriageUnit
from seawall.triage.profile import hashed, vulnerability_identifiers
from seawall.triage.settling import name_of

_CASE_ID: Final = re.compile(r"SW-(\d{4})-(\d{6,18})", re.IGNORECASE | re.ASCII)


def find_case(unit: TriageUnit, name: str) -> CaseRecord:
    """Return the case that an id, a former id or a vulnerability's identifier leads to.

    Where findings of several cases name the identifier, it is the case with most of them, then the oldest.

    Raises:
        NotFoundError: There is none (`triage.unknown-case`).
    """
    name = name.strip()
    match = _CASE_ID.fullmatch(name)
    number = _by_number(unit, int(match[2]), int(match[1])) if match else _by_identifier(unit, name)
    if number is None:
        raise errors.unknown_case(name)
    return unit.cases.cases([number])[0]


def build_case(unit: TriageUnit, number: int) -> Case:
    """Return a case that holds members, with the union of what its findings say."""
    return build_cases(unit, [number])[0]


def build_cases(unit: TriageUnit, numbers: Sequence[int]) -> list[Case]:
    """Return cases that hold members, in the order of their numbers given, with a few queries for all of them."""
    members: dict[int, list[Member]] = {number: [] for number in numbers}
    for member in unit.cases.members_of(numbers):
        members[member.case].append(member)
    everyone = [member for own in members.values() for member in own]
    findings = {finding.id: finding for finding in unit.findings.get_many([member.finding for member in everyone])}
    home = {member.number: member.case for member in everyone}
    owned: dict[int, list[CaseRecord]] = {number: [] for number in numbers}
    for record in unit.cases.cases_founded_by([member.number for member in everyone]):
        owned[home[record.founder]].append(record)
    return [
        _case(number, [findings[member.finding] for member in members[number]], owned[number]) for number in numbers
    ]


def _case(number: int, findings: Sequence[Finding], owned: Sequence[CaseRecord]) -> Case:
    findings = sorted(findings, key=lambda each: each.id)
    record = next(each for each in owned if each.number == number)
    return Case(
        id=name_of(record),
        title=_title(findings),
        findings=tuple(finding.id for finding in findings),
        identifiers=tuple(sorted({name for finding in findings for name in finding.identifiers})),
        weaknesses=tuple(
            sorted({cwe for finding in findings for cwe in finding.weaknesses}, key=lambda cwe: int(cwe[4:]))
        ),
        packages=_packages(findings),
        opened_at=record.opened_at,
        former_ids=tuple(name_of(each) for each in owned if each.number != number),
    )


def _by_number(unit: TriageUnit, number: int, year: int) -> int | None:
    records = unit.cases.cases([number])
    if not records or records[0].year != year:
        return None
    return unit.cases.members([records[0].founder])[0].case


def _by_identifier(unit: TriageUnit, name: str) -> int | None:
    try:
        identifiers = vulnerability_identifiers([parse_identifier(name)])
    except InvalidInputError:
        return None
    if not identifiers:
        return None
    holders = unit.cases.members({number for _, number in unit.cases.sightings([hashed(identifiers[0])])})
    # The index holds one finding for several that name the same; the others are in the same neighbourhood.
    homes = {record.neighbourhood for record in unit.cases.cases({holder.case for holder in holders})}
    naming = Counter(
        member.case
        for member in unit.cases.members_of_neighbourhoods(homes)
        if identifiers[0] in member.profile.identifiers
    )
    return min(naming, key=lambda case: (-naming[case], case)) if naming else None


def _title(findings: Iterable[Finding]) -> str:
    """Return the best finding's title: a person's with evidence, then a person's, then a scanner's; then by id."""
    best = min(
        findings, key=lambda finding: (not finding.title, finding.evidence is None, bool(finding.rule), finding.id)
    )
    return best.title


def _packages(findings: Iterable[Finding]) -> tuple[str, ...]:
    found = set()
    for purl in {product.purl for finding in findings for product in finding.products if product.purl}:
        try:
            found.add(str(parse_purl(purl).package))
        except InvalidInputError:  # kept as it came: nothing that a report says gets lost
            found.add(purl)
    return tuple(sorted(found))
