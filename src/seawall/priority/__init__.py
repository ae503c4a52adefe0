"""What first, by when, and why.

What only the loading of feeds and the keeping of decisions need is imported when it is first asked for: `seawall check`
decides without either, and starts faster for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from seawall.priority.decisions import decide, decision_bytes, decision_digest, decision_from
from seawall.priority.explain import explanation
from seawall.priority.exposure import EXPOSURE, exposure_signals
from seawall.priority.model import (
    ClockInputs,
    Decision,
    LoadReport,
    Point,
    PointValue,
    Signal,
    Step,
    StoredDecision,
)
from seawall.priority.policy import BOD_26_04, SHIPPED, Policy, load_policy, parse_policy, policy_named
from seawall.priority.ports import PriorityUnit, SignalSource
from seawall.priority.series import EVERYTHING_ELSE, SignalIndex, in_force

if TYPE_CHECKING:
    from seawall.priority.feeds import KINDS as FEED_KINDS
    from seawall.priority.feeds import read_signals
    from seawall.priority.scores import Score, score
    from seawall.priority.service import PriorityService, SignalService

_LATE = {
    "FEED_KINDS": ("seawall.priority.feeds", "KINDS"),
    "read_signals": ("seawall.priority.feeds", "read_signals"),
    "Score": ("seawall.priority.scores", "Score"),
    "score": ("seawall.priority.scores", "score"),
    "PriorityService": ("seawall.priority.service", "PriorityService"),
    "SignalService": ("seawall.priority.service", "SignalService"),
}


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LATE[name]
    return getattr(import_module(module), attribute)


__all__ = [
    "BOD_26_04",
    "EVERYTHING_ELSE",
    "EXPOSURE",
    "FEED_KINDS",
    "SHIPPED",
    "ClockInputs",
    "Decision",
    "LoadReport",
    "Point",
    "PointValue",
    "Policy",
    "PriorityService",
    "PriorityUnit",
    "Score",
    "Signal",
    "SignalIndex",
    "SignalService",
    "SignalSource",
    "Step",
    "StoredDecision",
    "decide",
    "decision_bytes",
    "decision_digest",
    "decision_from",
    "explanation",
    "exposure_signals",
    "in_force",
    "load_policy",
    "parse_policy",
    "policy_named",
    "read_signals",
    "score",
]
