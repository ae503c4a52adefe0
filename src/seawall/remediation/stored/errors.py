"""What can go wrong when inventories are kept and exposures are reported back."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.kernel.errors import ConflictError, InvalidInputError, LimitExceededError, NotFoundError


def nameless_asset() -> InvalidInputError:
    """Neither the caller nor the document says which asset it is about."""
    return InvalidInputError(
        "remediation.nameless-asset",
        "the inventory does not say which asset it is about",
        remedy="Name the asset with --asset.",
    )


def nameless_owner() -> InvalidInputError:
    """Nobody owns the asset."""
    return InvalidInputError(
        "remediation.nameless-owner", "the inventory has no owner", remedy="Name the owner with --owner."
    )


def too_long(what: str, limit: int) -> LimitExceededError:
    """A name is beyond what the store keeps."""
    return LimitExceededError(
        "remediation.too-long", f"{what} is longer than {limit} characters", remedy="Use a shorter name."
    )


def too_many_components(found: int, limit: int) -> LimitExceededError:
    """An inventory has more components than an asset may have."""
    return LimitExceededError(
        "remediation.too-many-components",
        f"the inventory has {found:,} components, and the limit is {limit:,}",
        remedy="Check that it is the right file; split it by asset if it is.",
    )


def asset_twice(name: str) -> InvalidInputError:
    """A list of assets names one twice."""
    return InvalidInputError(
        "remediation.asset-twice",
        f"the inventory names the asset {name[:80]!r} twice, with different properties",
        remedy="Give each asset one line of properties, or different names.",
    )


def not_of_the_past(instant: str) -> InvalidInputError:
    """An inventory that was taken in the future."""
    return InvalidInputError(
        "remediation.taken-in-the-future",
        f"the inventory is said to be taken at {instant}, which is yet to come",
        remedy="Check the date and the machine's clock.",
    )


def older_inventory(asset: str, taken: str, present: str) -> ConflictError:
    """An older snapshot comes after a newer one."""
    return ConflictError(
        "remediation.older-inventory",
        f"the inventory of {asset[:80]!r} was taken at {taken}, and the present one later, at {present}",
        remedy="Add inventories in the order in which they were taken; an older one would undo what the newer shows.",
        asset=asset[:80],
    )


def rival_inventory(asset: str, taken: str) -> ConflictError:
    """Two different documents of one instant."""
    return ConflictError(
        "remediation.rival-inventory",
        f"another inventory of {asset[:80]!r} was taken at the same instant, {taken}",
        remedy="Say when this one was taken with --taken-at.",
        asset=asset[:80],
    )


def unknown_asset(owner: str, name: str) -> NotFoundError:
    """No such asset."""
    return NotFoundError(
        "remediation.unknown-asset",
        f"{owner[:80]!r} has no asset {name[:80]!r}",
        remedy="List them with `seawall inventory list`.",
    )


def unknown_snapshot(asset: str, number: int) -> NotFoundError:
    """No such snapshot."""
    return NotFoundError(
        "remediation.unknown-snapshot",
        f"the asset {asset[:80]!r} has no inventory {number}",
        remedy="List them with `seawall inventory list`.",
    )


def unknown_exposure(asset: str, vulnerability: str) -> NotFoundError:
    """The asset is not exposed to it."""
    return NotFoundError(
        "remediation.unknown-exposure",
        f"the asset {asset[:80]!r} is not exposed to {vulnerability[:80]!r}, as far as is known",
        remedy="List its exposures with `seawall inventory exposures OWNER ASSET`; add a new inventory if something "
        "was installed.",
    )


def no_checklist(asset: str, vulnerability: str) -> NotFoundError:
    """There is nothing to record a step of."""
    return NotFoundError(
        "remediation.no-checklist",
        f"no forensic triage was opened for {vulnerability[:80]!r} on {asset[:80]!r}",
        remedy="One opens by itself where the policy asks for it (outcome 3DF).",
    )


def contradictory_report(vulnerability: str, state: str, act: str) -> ConflictError:
    """The transition table has no such step."""
    return ConflictError(
        "remediation.contradictory-report",
        f"{vulnerability[:80]} is {state} on this asset, and cannot be reported as {act}",
        remedy="Nothing is left to report once a later inventory verified it; add a new one if it is there again.",
        state=state,
    )


def missing_reason(what: str) -> InvalidInputError:
    """A statement without the words that make it one."""
    return InvalidInputError(
        "remediation.no-reason", f"the report does not say {what}", remedy="Say it with --by and --reason."
    )


def invalid_justification(found: str, allowed: Sequence[str]) -> InvalidInputError:
    """Not one of OpenVEX's words, or not in its place."""
    if not allowed:
        return InvalidInputError(
            "remediation.invalid-justification",
            "a justification belongs to not_affected alone",
            remedy="Leave it out, and say it with --reason.",
        )
    return InvalidInputError(
        "remediation.invalid-justification",
        f"{found[:80]!r} is no justification of OpenVEX" if found else "not_affected needs a justification",
        remedy=f"Use one of {', '.join(allowed)}.",
    )


def invalid_deferral(day: str, act: str) -> InvalidInputError:
    """A deferral without a day to come, or a day without a deferral."""
    problem = f"{day} has passed" if day and act == "deferred" else "a day belongs to deferred, and only to it"
    return InvalidInputError(
        "remediation.invalid-deferral", problem, remedy="Give the last day of the deferral with --until YYYY-MM-DD."
    )


def evidence_first(vulnerability: str, asset: str) -> ConflictError:
    """A fix is to be recorded while volatile evidence is at stake."""
    return ConflictError(
        "remediation.evidence-first",
        f"{vulnerability[:80]} on {asset[:80]!r} is under forensic triage, and no volatile evidence is recorded yet: "
        "patching destroys it",
        remedy="Record it with `seawall forensics OWNER ASSET VULN evidence --note …` (and `--evidence FILE`), or "
        "waive it with `--waive --note WHY`; then report the fix.",
    )


def incomplete_step(problem: str) -> InvalidInputError:
    """A forensic record that lacks something."""
    return InvalidInputError(
        "remediation.incomplete-step",
        f"the forensic step is incomplete: {problem}",
        remedy="Say what is missing: `seawall forensics OWNER ASSET VULN STEP --note … [--evidence FILE] "
        "[--finding WORD]`.",
    )


def contradictory_step(problem: str) -> ConflictError:
    """A forensic record that contradicts the checklist."""
    return ConflictError(
        "remediation.contradictory-step",
        problem,
        remedy="See the checklist with `seawall inventory exposures OWNER ASSET`; record what was done as a further "
        "step.",
    )
