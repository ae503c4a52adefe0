"""Every value of every policy that ships has words, and what was assumed is said to be."""

from __future__ import annotations

import pytest
from tests.remediation import hospital
from tests.remediation.hospital import TODAY

from seawall.priority import Point, PointValue, load_policy
from seawall.remediation.planning.plan import plan_of
from seawall.remediation.planning.reasons import in_words

_POLICIES = ("cisa_bod_26_04", "fedramp_bod_26_04", "ssvc_deployer")


@pytest.mark.parametrize("name", _POLICIES)
def test_points_of_the_policies_have_words(name: str) -> None:
    for point in load_policy(name).points:
        for value in point.values:
            said = in_words(PointValue(point.key, value, "CISA-ADP", "2026-11-20T08:00:00Z"))
            assert not said.words.startswith(point.key.value), f"{point.key} {value} has no words"
            assert said.source == "CISA-ADP, 2026-11-20"
        worst, mildest = (in_words(PointValue(point.key, point.values[i], "", "")) for i in (-1, 0))
        assert worst.severe
        assert not mildest.severe


def test_a_value_without_words_is_shown_as_the_policy_writes_it() -> None:
    said = in_words(PointValue(Point.CVSS_4, "CVSS:4.0/AV:N", "vendor", "", assumed=True))
    assert (said.words, said.source, said.assumed, said.severe) == ("cvss:4: CVSS:4.0/AV:N", "vendor", True, False)


def test_reasons_come_in_the_order_of_urgency() -> None:
    first = plan_of(hospital.result(), TODAY).actions[0]
    assert [reason.vulnerability for reason in first.reasons[:2]] == ["CVE-2021-44228", "CVE-2021-45046"]
    assert [reason.exploited for reason in first.reasons] == [True, True, False, False]
