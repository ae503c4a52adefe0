from __future__ import annotations

import signal
from typing import Any

import pytest

from seawall.platform.sandbox.interface import Bounds
from seawall.platform.sandbox.testing import verdict
from seawall.validation.errors import EvidenceError
from seawall.validation.evidence import Draw
from seawall.validation.oracles import ORACLES, read_oracle
from seawall.validation.oracles.interface import LIMITS_HIT

DRAW = Draw("c" * 32, "5" * 32)
LINE = b"the effect is here: " + DRAW.token.encode()


def test_the_canary_is_this_runs_file_and_nothing_else() -> None:
    canary = read_oracle({"kind": "canary"})
    assert canary.judge(verdict(out_files=("a", DRAW.token)), DRAW).seen
    assert canary.judge(verdict("signaled", signal.SIGKILL, out_files=(DRAW.token,)), DRAW).seen
    assert not canary.judge(verdict(stdout=LINE, out_files=("d" * 32, DRAW.token + "x")), DRAW).seen
    assert (
        read_oracle({"kind": "canary", "path": "@@CANARY@@.txt"})
        .judge(verdict(out_files=(DRAW.token + ".txt",)), DRAW)
        .seen
    )


@pytest.mark.parametrize(
    "path", ["/w/out/fixed", "/etc/passwd", "@@SECRET@@", "/w/out/@@TOKEN@@/x", "/w/out/../in/@@TOKEN@@", 3, ["x"]]
)
def test_a_canary_that_others_could_know_is_refused(path: object) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_oracle({"kind": "canary", "path": path})
    assert caught.value.code == "validation.bad-oracle"


@pytest.mark.parametrize("fault", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"])
def test_a_crash_is_a_signal_that_a_fault_raises(fault: str) -> None:
    sight = read_oracle({"kind": "crash"}).judge(verdict("signaled", signal.Signals[fault]), DRAW)
    assert sight.seen
    assert fault in sight.detail


@pytest.mark.parametrize(
    ("ended", "code"),
    [("exited", 139), ("exited", 134), ("signaled", signal.SIGKILL), ("signaled", signal.SIGTERM), ("memory_limit", 9)],
)
def test_an_exit_code_or_a_kill_is_no_crash(ended: str, code: int) -> None:
    assert not read_oracle({"kind": "crash"}).judge(verdict(ended, code, stderr=LINE), DRAW).seen


def test_a_time_out_is_cpu_time() -> None:
    oracle = read_oracle({"kind": "timeout", "seconds": 4})
    bounds = oracle.bounds(Bounds())
    assert bounds.cpu_seconds == 4
    assert bounds.wall_seconds >= 30
    assert oracle.judge(verdict("cpu_limit", 9, cpu_seconds=4.0), DRAW).seen
    slept = oracle.judge(verdict("wall_limit", 9, cpu_seconds=0.1, wall_seconds=70.0), DRAW)
    assert (slept.seen, slept.undecided) == (False, False)
    starved = oracle.judge(verdict("wall_limit", 9, cpu_seconds=3.9, wall_seconds=70.0), DRAW)
    assert (starved.seen, starved.undecided) == (False, True)
    assert not oracle.judge(verdict(cpu_seconds=3.0), DRAW).seen


@pytest.mark.parametrize("seconds", [None, 0, 0.1, -1, 3600, float("nan"), float("inf"), "4", [4]])
def test_a_time_out_needs_sane_seconds(seconds: object) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_oracle({"kind": "timeout", "seconds": seconds})
    assert caught.value.code == "validation.bad-oracle"


@pytest.mark.parametrize("ended", sorted(LIMITS_HIT))
def test_a_run_that_a_limit_ended_is_undecided(ended: str) -> None:
    for kind in ("canary", "crash"):
        sight = read_oracle({"kind": kind}).judge(verdict(ended, 9), DRAW)
        assert (sight.seen, sight.undecided) == (False, True)


@pytest.mark.parametrize(
    "oracle", [{}, {"kind": "value"}, {"kind": "growth"}, {"kind": None}, {"kind": ["canary"]}, {"kind": "none"}]
)
def test_other_oracles_are_said_to_be_missing(oracle: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_oracle(oracle)
    assert caught.value.code == "validation.unsupported-oracle"
    assert all(name in caught.value.remedy for name in ORACLES)
