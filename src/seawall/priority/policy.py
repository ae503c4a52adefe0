"""Policies are data: points, table, outcomes, rules for missing data, clock.

A policy is a JSON document in `policies/`, versioned by its key, and checked when it is loaded: every combination of
values stands in the table exactly once, and every name is known. Values of a point are listed from mild to severe:
"worse" means later in that list.

The members of the document are the fields of `Policy`. Left out on purpose: formulas. A policy that can be read as a
table can be checked by the people that it binds.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Final, Literal

import msgspec

from seawall.priority.errors import InvalidPolicyError
from seawall.priority.model import Point

_FOLDER: Final = Path(__file__).parent / "policies"
BOD_26_04: Final = "cisa_bod_26_04"
"""Name of the policy that is used unless another one is named."""
SHIPPED: Final = (BOD_26_04, "fedramp_bod_26_04", "ssvc_deployer", "ssvc_supplier")
"""Names of the policies that ship with Seawall."""


class PolicyPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decision point."""

    key: Point
    name: str
    values: tuple[str, ...]
    """From mild to severe."""
    missing: str
    """The value that is assumed if no source gives one."""
    missing_because: str
    """Why that one, in words."""


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done, by when."""

    key: str
    name: str
    """For people."""
    days: int | None
    """Calendar days from the start of the clock; None: no fixed date."""
    forensics: bool = False


class MissingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outcome that follows from what is *not* known, instead of a look-up in the table."""

    missing: tuple[Point, ...]
    """No source gives any of these."""
    given: dict[Point, str]
    """And these have these values."""
    outcome: str
    because: str


class Derivation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What follows from other points; of all that applies, and of what is said itself, the worst counts."""

    point: Point
    given: dict[Point, str]
    """All of these have these values, by a source; the points need not be ones of the policy."""
    value: str
    because: str


class ClockRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the days are counted from. `decisions.py` says what each word means."""

    start: Literal["later-of-fix-and-first-seen"]
    fix_unknown: Literal["first-seen"]
    change: Literal["from-the-day-if-it-shortens"]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision table with everything that is needed to apply it."""

    key: str
    version: str
    name: str
    sources: tuple[str, ...]
    """Where the rules come from."""
    points: tuple[PolicyPoint, ...]
    outcomes: tuple[Outcome, ...]
    """From mild to severe."""
    table: tuple[tuple[str, ...], ...]
    """Rows: a value for each point, in the order of `points`, and the key of the outcome."""
    missing_rules: tuple[MissingRule, ...]
    """The first that fits is used."""
    clock: ClockRule
    derived: tuple[Derivation, ...] = ()

    @property
    def id(self) -> str:
        """Key and version, `cisa:BOD2604:1.0.0`."""
        return f"{self.key}:{self.version}"

    def outcome(self, key: str) -> Outcome:
        """Return an outcome by its key, which must exist."""
        return next(outcome for outcome in self.outcomes if outcome.key == key)

    def look_up(self, values: tuple[str, ...]) -> str:
        """Return the outcome's key for a value of each point, in the order of `points`."""
        return next(row[-1] for row in self.table if row[:-1] == values)


def parse_policy(document: bytes, name: str = "document") -> Policy:
    """Read and check a policy.

    Args:
        document: JSON.
        name: How errors call it.

    Raises:
        InvalidPolicyError: It is no policy, incomplete, or contradicts itself.
    """
    try:
        policy = msgspec.json.decode(document, type=Policy)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidPolicyError(name, str(error)) from None
    for problem in _problems(policy):
        raise InvalidPolicyError(policy.id, problem)
    return policy


@lru_cache(maxsize=16)
def load_policy(name: str = BOD_26_04) -> Policy:
    """Return a policy that ships with Seawall.

    Raises:
        InvalidPolicyError: There is no such policy, or it is not usable.
    """
    if name not in SHIPPED:
        raise InvalidPolicyError(name[:60], f"none of this name ships with Seawall; there are {', '.join(SHIPPED)}")
    return parse_policy((_FOLDER / f"{name}.json").read_bytes(), name)


def policy_named(text: str) -> Policy:
    """Return the policy that a person means: a shipped one by name or by id, or a document by its path.

    Raises:
        InvalidPolicyError: There is none, or it is not usable.
    """
    if text.endswith(".json"):
        try:
            return parse_policy(Path(text).read_bytes(), text)
        except OSError as error:
            raise InvalidPolicyError(text, f"it cannot be read: {error.strerror}") from None
    by_id = next((name for name in SHIPPED if ":" in text and load_policy(name).id == text), text)
    return load_policy(by_id)


def _problems(policy: Policy) -> list[str]:
    problems: list[str] = []
    keys = [point.key for point in policy.points]
    values = {point.key: point.values for point in policy.points}
    outcomes = [outcome.key for outcome in policy.outcomes]
    if len(set(keys)) < len(keys) or len(set(outcomes)) < len(outcomes):
        problems.append("a point or an outcome is defined twice")
    problems += [
        f"{point.key} assumes {point.missing!r}, which is none of its values"
        for point in policy.points
        if point.missing not in point.values
    ]
    rows = [row[:-1] for row in policy.table]
    wanted = list(product(*(point.values for point in policy.points)))
    problems += [f"the table has no row for {', '.join(row)}" for row in wanted if row not in rows]
    problems += [f"the table has {rows.count(row)} rows for {', '.join(row)}" for row in wanted if rows.count(row) > 1]
    problems += [f"the row {', '.join(row)} has unknown values" for row in rows if row not in wanted]
    named = [row[-1] for row in policy.table if row] + [rule.outcome for rule in policy.missing_rules]
    problems += [f"{outcome!r} is not an outcome" for outcome in named if outcome not in outcomes]
    for derivation in policy.derived:
        known = values.get(derivation.point)
        if known is None or derivation.value not in known:
            problems.append(f"{derivation.point} is derived as {derivation.value!r}, which is none of its values")
    for rule in policy.missing_rules:
        problems += [f"a rule names the unknown point {key}" for key in (*rule.missing, *rule.given) if key not in keys]
        problems += [
            f"a rule needs {key} to be {value!r}, which is none of its values"
            for key, value in rule.given.items()
            if value not in values.get(key, (value,))
        ]
    return problems
