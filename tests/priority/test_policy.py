"""The shipped policy is complete and is the directive's table; a broken policy is refused with the reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from seawall.priority import BOD_26_04, load_policy, parse_policy, policy_named
from seawall.priority import SHIPPED as NAMES
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
    with pytest.raises(InvalidPolicyError, match="none of this name ships"):
        load_policy(name)


PUBLISHED = {
    "ssvc_deployer": ("ssvc/deployer_patch_application_priority_1_0_0.json", 72),
    "ssvc_supplier": ("ssvc/supplier_patch_development_priority_1_0_0.json", 36),
}


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_policy_is_whole(name: str) -> None:
    policy = load_policy(name)
    assert policy.sources
    assert policy_named(policy.id) is policy
    assert all(outcome.name for outcome in policy.outcomes)


@pytest.mark.skipif(not SSVC.exists(), reason="the published decision tables are not here")
@pytest.mark.parametrize(("name", "place"), list(PUBLISHED.items()))
def test_the_ssvc_trees_are_the_published_ones(name: str, place: tuple[str, int]) -> None:
    published = json.loads((SSVC.parents[1] / place[0]).read_bytes())
    policy = load_policy(name)
    spelled = {
        key: {value["key"]: value["name"].lower().removeprefix("public ") for value in point["values"]}
        for key, point in published["decision_points"].items()
    }
    order = [point.key.value for point in policy.points]
    rows = {
        (*(spelled[key][row[key]] for key in order), spelled[published["outcome"]][row[published["outcome"]]])
        for row in published["mapping"]
    }
    assert len(policy.table) == place[1]
    assert rows == set(policy.table)


def test_utility_follows_as_ssvc_publishes_it() -> None:
    rules = {
        tuple(rule.given.values()): rule.value for rule in load_policy("ssvc_supplier").derived if "U" in rule.point
    }
    assert rules == {
        ("no", "diffuse"): "laborious",
        ("no", "concentrated"): "efficient",
        ("yes", "diffuse"): "efficient",
        ("yes", "concentrated"): "super effective",
    }


def test_the_variant_differs_from_the_directive_in_missing_data_alone() -> None:
    directive, variant = load_policy(), load_policy("fedramp_bod_26_04")
    assert variant.table == directive.table
    assert variant.outcomes == directive.outcomes
    assert not variant.missing_rules
    assert {p.key: p.missing for p in variant.points} == {p.key: p.missing for p in directive.points}


def test_a_policy_of_ones_own_is_read_from_a_file(tmp_path: Path, document: dict[str, Any]) -> None:
    document["outcomes"][1]["days"] = 30
    path = tmp_path / "ours.json"
    path.write_text(json.dumps(document))
    assert policy_named(str(path)).outcome("60D").days == 30
    with pytest.raises(InvalidPolicyError, match="cannot be read"):
        policy_named(str(tmp_path / "none.json"))


def test_a_derivation_to_an_unknown_value_is_refused(document: dict[str, Any]) -> None:
    rule = {"point": "ssvc:TI:1.0.0", "given": {"ssvc:A:2.0.0": "yes"}, "value": "much", "because": "so"}
    document["derived"] = [rule]
    assert "derived as 'much'" in refused(document)
