"""The shipped policy is complete and is the directive's table; a broken policy is refused with the reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from seawall.priority import BOD_26_04, load_policy, parse_policy
from seawall.priority.errors import InvalidPolicyError

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SSVC = SHARED / "data" / "ssvc" / "cisa" / "cisa_bod_26_04_1_0_0.json"
SHIPPED = Path(__file__).parents[2] / "src" / "seawall" / "priority" / "policies" / f"{BOD_26_04}.json"


@pytest.fixture
def document() -> dict[str, Any]:
    return json.loads(SHIPPED.read_bytes())


def refused(document: object) -> str:
    with pytest.raises(InvalidPolicyError) as caught:
        parse_policy(json.dumps(document).encode())
    assert caught.value.code == "priority.invalid-policy"
    return caught.value.message


def test_the_shipped_policy_loads_and_names_itself() -> None:
    policy = load_policy()
    assert policy.id == "cisa:BOD2604:1.0.0"
    assert [outcome.days for outcome in policy.outcomes] == [None, 60, 14, 3, 3]
    assert [outcome.key for outcome in policy.outcomes if outcome.forensics] == ["3DF"]


@pytest.mark.skipif(not SSVC.exists(), reason="the published decision table is not here")
def test_the_shipped_table_is_the_published_one() -> None:
    published = json.loads(SSVC.read_bytes())
    words = {"Y": "yes", "N": "no", "P": "partial", "T": "total"}
    policy = load_policy()
    order = [point.key.value for point in policy.points]
    rows = {(*(words[row[key]] for key in order), row[published["outcome"]]) for row in published["mapping"]}
    assert rows == set(policy.table)
    names = {value["key"] for value in published["decision_points"][published["outcome"]]["values"]}
    assert names == {outcome.key for outcome in policy.outcomes}


def test_a_missing_combination_is_refused(document: dict[str, Any]) -> None:
    del document["table"][3]
    assert "no row for no, no, yes, total" in refused(document)


def test_a_combination_that_stands_twice_is_refused(document: dict[str, Any]) -> None:
    document["table"].append(["no", "no", "no", "partial", "60D"])
    assert "2 rows for no, no, no, partial" in refused(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["table"][0].__setitem__(4, "1Y"), "'1Y' is not an outcome"),
        (lambda d: d["points"][0].__setitem__("missing", "maybe"), "assumes 'maybe'"),
        (lambda d: d["missing_rules"][0].__setitem__("outcome", "1Y"), "'1Y' is not an outcome"),
        (lambda d: d["missing_rules"][0]["given"].__setitem__("cisa:KEV:1.0.0", "perhaps"), "'perhaps'"),
        (lambda d: d["missing_rules"][0]["missing"].append("ssvc:E:1.1.0"), "unknown point ssvc:E:1.1.0"),
        (lambda d: d["outcomes"].append(d["outcomes"][0]), "defined twice"),
        (lambda d: d["clock"].__setitem__("start", "whenever"), "whenever"),
        (lambda d: d.__setitem__("formula", "x > 1"), "formula"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(document: dict[str, Any], change: Any, says: str) -> None:
    change(document)
    assert says in refused(document)


@pytest.mark.parametrize("name", ["nothing", "../policy", "", "cisa_bod_26_04.json"])
def test_a_policy_that_does_not_ship_is_not_found(name: str) -> None:
    with pytest.raises(InvalidPolicyError, match="no policy of this name"):
        load_policy(name)
