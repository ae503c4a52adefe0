"""What can go wrong when a person rules on cases. Codes are stable."""

from __future__ import annotations

from seawall.kernel.errors import ConflictError, InvalidInputError, NotFoundError


def unknown_case(name: str) -> NotFoundError:
    """No case has this id, former id or identifier (`triage.unknown-case`)."""
    return NotFoundError(
        "triage.unknown-case",
        f"there is no case {name[:80]!r}",
        remedy="`seawall cases` lists all cases; a CVE or GHSA identifier that a report named works too.",
        case=name[:80],
    )


def unknown_decision(name: str) -> NotFoundError:
    """No merge decision has this id (`triage.unknown-decision`)."""
    return NotFoundError(
        "triage.unknown-decision",
        f"there is no merge decision {name[:80]!r}",
        remedy="`seawall show CASE` lists a case's decisions and open proposals.",
        decision=name[:80],
    )


def not_open(name: str, state: str) -> ConflictError:
    """The decision is no open proposal any more (`triage.not-open`)."""
    return ConflictError(
        "triage.not-open",
        f"{name} is {state} and no open proposal",
        remedy="Use `seawall merge` or `seawall split` to change what stands.",
        decision=name,
        state=state,
    )


def one_case_only(name: str) -> ConflictError:
    """All the names mean the same case, so there is nothing to merge (`triage.one-case-only`)."""
    return ConflictError(
        "triage.one-case-only",
        f"all that was named is already one case, {name}",
        remedy="Name at least two different cases.",
        case=name,
    )


def foreign_findings(name: str, findings: tuple[str, ...]) -> InvalidInputError:
    """Findings to split off are not in the case (`triage.foreign-findings`)."""
    return InvalidInputError(
        "triage.foreign-findings",
        f"{len(findings)} of the findings are not in {name}",
        remedy=f"`seawall show {name}` lists the findings of the case.",
        case=name,
        findings=", ".join(findings[:5]),
    )


def nothing_to_split(name: str) -> ConflictError:
    """The split would take no finding or all of them (`triage.nothing-to-split`)."""
    return ConflictError(
        "triage.nothing-to-split",
        f"the split would leave {name} or the new case without a finding",
        remedy="Name at least one finding of the case, and not all of them.",
        case=name,
    )


def no_reason() -> InvalidInputError:
    """A person's ruling needs a name and a reason (`triage.no-reason`)."""
    return InvalidInputError(
        "triage.no-reason",
        "a ruling by a person needs a name and a reason",
        remedy="Say who decides and why; both are kept with the decision.",
    )
