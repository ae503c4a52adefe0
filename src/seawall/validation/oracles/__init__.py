"""Oracles: what counts as the effect. One file for each kind; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from seawall.validation.errors import EvidenceError
from seawall.validation.oracles.canary import read_canary
from seawall.validation.oracles.crash import read_crash
from seawall.validation.oracles.interface import Oracle, Sight
from seawall.validation.oracles.timeout import read_timeout

__all__ = ["ORACLES", "Oracle", "Sight", "read_oracle"]

ORACLES: Final[Mapping[str, Callable[[Mapping[str, Any]], Oracle]]] = {
    "canary": read_canary,
    "crash": read_crash,
    "timeout": read_timeout,
}


def read_oracle(oracle: Mapping[str, Any]) -> Oracle:
    """Return the oracle that evidence asks for.

    Raises:
        EvidenceError: There is none of this kind, or its members make no sense (`validation.unsupported-oracle`,
            `validation.bad-oracle`).
    """
    kind = oracle.get("kind")
    reader = ORACLES.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise EvidenceError(
            "validation.unsupported-oracle",
            f"the oracle {str(kind)[:40]!r} is not supported yet",
            remedy=f"Use one of {', '.join(sorted(ORACLES))}, or have a person look.",
        )
    return reader(oracle)
