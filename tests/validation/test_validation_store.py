from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from seawall.kernel.errors import BusyError
from seawall.platform.ledger.store import entries
from seawall.platform.units import Units
from seawall.validation import (
    ControlName,
    ControlRecord,
    ControlState,
    EnvironmentRecord,
    Grade,
    Outcome,
    Proof,
    RunRecord,
    ValidationUnit,
)
from seawall.validation.register import ProofRegister
from seawall.validation.store import body_of, validation_units
from seawall.validation.testing import FakeValidationUnits

OpenUnit = Callable[[], AbstractContextManager[ValidationUnit]]
START = datetime(2026, 11, 21, 12, 0, 0, 7, tzinfo=UTC)
PROOF = Proof(
    "SWP-0000000000000001",
    "SWF-0000000000000001",
    Grade.INPUT_REPRODUCED,
    "seen",
    "validation.grade/1",
    "e" * 64,
    "python-input/1",
    "canary/1",
    3,
    3,
    (RunRecord("vulnerable", Outcome.REPRODUCED, "the marker file", 0.125, 0.25, "d" * 64),),
    (ControlRecord(ControlName.ABSENT_TARGET, ControlState.HELD, "no effect"),),
    (EnvironmentRecord("d" * 64, "pkg:pypi/victim@1.0", "python 3.11.7", ("victim==1.0 sha256:0",)),),
    START,
)


def _fail_in(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        unit.proofs.add(PROOF)
        raise BusyError("x.y", "stop", remedy="none")


class ProofStoreContract:
    """What every store of proofs does."""

    def test_a_proof_comes_back_whole(self, open_unit: OpenUnit) -> None:
        with open_unit() as unit:
            assert unit.proofs.add(PROOF) == sha256(body_of(PROOF)).hexdigest()
        with open_unit() as unit:
            assert unit.proofs.for_finding(PROOF.finding_id) == (PROOF,)
            assert unit.proofs.all() == (PROOF,)
            assert unit.proofs.for_finding("SWF-other") == ()

    def test_the_first_proof_of_an_id_stays(self, open_unit: OpenUnit) -> None:
        with open_unit() as unit:
            unit.proofs.add(PROOF)
            assert unit.proofs.add(replace(PROOF, reason="another")) is None
            assert unit.proofs.all() == (PROOF,)

    def test_proofs_come_oldest_first(self, open_unit: OpenUnit) -> None:
        late, early = (replace(PROOF, id=f"SWP-{n}", decided_at=START + timedelta(days=n)) for n in (2, -2))
        other = replace(PROOF, id="SWP-3", finding_id="SWF-3")
        with open_unit() as unit:
            for proof in (late, other, early, PROOF):
                unit.proofs.add(proof)
            assert unit.proofs.for_finding(PROOF.finding_id) == (early, PROOF, late)
            assert unit.proofs.for_findings(["SWF-3", PROOF.finding_id, "SWF-3"])[0] == early
            assert len(unit.proofs.for_findings([*(f"SWF-x{n}" for n in range(1200)), "SWF-3"])) == 1
            assert len(unit.proofs.all()) == 4

    def test_a_unit_that_fails_leaves_no_trace(self, open_unit: OpenUnit) -> None:
        with pytest.raises(BusyError):
            _fail_in(open_unit)
        with open_unit() as unit:
            assert unit.proofs.all() == ()


class TestFakeProofStore(ProofStoreContract):
    @pytest.fixture
    def open_unit(self) -> OpenUnit:
        return FakeValidationUnits()


class TestSqlProofStore(ProofStoreContract):
    @pytest.fixture
    def open_unit(self, units: Units) -> OpenUnit:
        return validation_units(units)


def test_each_new_proof_is_one_event(units: Units) -> None:
    register = ProofRegister(validation_units(units))
    assert register.record([PROOF, replace(PROOF, id="SWP-2"), PROOF]) == 2
    assert register.record([PROOF]) == 0
    with units.begin() as unit:
        bodies = [body for _, body in entries(unit.connection)]
    assert len(bodies) == 2
    assert b'"ProofRecorded"' in bodies[0]
    assert sha256(body_of(PROOF)).hexdigest().encode() in bodies[0]
    assert b'"grade":"E3"' in bodies[0]
    assert register.for_findings([PROOF.finding_id])[0].finding_id == PROOF.finding_id
