"""What first, by when, and why."""

from seawall.priority.decide import decide, decision_bytes, decision_digest, decision_from
from seawall.priority.feeds import KINDS as FEED_KINDS
from seawall.priority.model import ClockInputs, Decision, LoadReport, Point, PointValue, Signal, Step
from seawall.priority.policy import BOD_26_04, Policy, load_policy, parse_policy
from seawall.priority.ports import PriorityUnit, SignalSource, StoredDecision
from seawall.priority.scores import Score, score
from seawall.priority.series import in_force
from seawall.priority.service import EXPOSURE, PriorityService, SignalService, exposure_signals

__all__ = [
    "BOD_26_04",
    "EXPOSURE",
    "FEED_KINDS",
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
    "SignalService",
    "SignalSource",
    "Step",
    "StoredDecision",
    "decide",
    "decision_bytes",
    "decision_digest",
    "decision_from",
    "exposure_signals",
    "in_force",
    "load_policy",
    "parse_policy",
    "score",
]
