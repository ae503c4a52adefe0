"""Scores are those that FIRST publishes for these vectors."""

from __future__ import annotations

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.priority import Point, Score, score
from seawall.priority.scores import point_of


@pytest.mark.parametrize(
    ("vector", "expected", "point"),
    [
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", Score("2.0", 7.8, "high"), Point.CVSS_2),
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", Score("3.0", 6.4, "medium"), Point.CVSS_3),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Score("3.1", 10.0, "critical"), Point.CVSS_3),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Score("3.1", 0.0, "none"), Point.CVSS_3),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            Score("4.0", 9.3, "critical"),
            Point.CVSS_4,
        ),
    ],
)
def test_a_vector_has_its_published_score(vector: str, expected: Score, point: Point) -> None:
    assert score(f" {vector}\n") == expected
    assert point_of(vector) is point


@pytest.mark.parametrize("vector", ["", "9.8", "CVSS:3.1/AV:X", "CVSS:9.0/AV:N", "CVSS:4.0/", "AV:N/AC:L", "\x00"])
def test_what_is_no_vector_is_refused(vector: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        score(vector)
    assert caught.value.code == "priority.invalid-cvss"
