from __future__ import annotations

from typing import Any

import pytest

from seawall.kernel.purl import parse_purl
from seawall.validation.controls import load_rules, threat_model
from seawall.validation.evidence import Call, InputEvidence, ScriptEvidence
from seawall.validation.model import ControlState

RULES = load_rules()
CODE = "x @@CANARY@@"


def state(
    purl: str, entry: Call, *setup: Call, oracle: str = "canary", files: dict[str, bytes] | None = None
) -> ControlState:
    evidence = InputEvidence(entry, setup, files=files or {})
    return threat_model(RULES, parse_purl(purl), evidence, oracle).state


def call(target: str, *args: Any, **kwargs: Any) -> Call:
    return Call(target, args, kwargs)


@pytest.mark.parametrize(
    "entry",
    [
        call("yaml:unsafe_load", CODE),
        call("yaml.loader:UnsafeLoader", CODE),
        call("yaml:load", CODE, Loader={"$ref": "yaml:UnsafeLoader"}),
        call("yaml:load", CODE, {"$ref": "yaml.loader:UnsafeLoader"}),
        call("yaml:load", CODE, [{"a": {"$ref": "yaml:CUnsafeLoader"}}]),
    ],
)
def test_documented_behaviour_needs_a_person(entry: Call) -> None:
    assert state("pkg:pypi/pyyaml@6.0.1", entry) is ControlState.NEEDS_PERSON


def test_a_rule_is_about_one_package_and_its_names() -> None:
    assert state("pkg:pypi/pyyaml@5.3.1", call("yaml:full_load", CODE)) is ControlState.HELD
    assert state("pkg:pypi/other@1", call("other:unsafe_load", CODE)) is ControlState.HELD
    assert state("pkg:pypi/pyyaml@6", call("yaml:safe_load", "the text unsafe_load")) is ControlState.HELD


def test_a_rule_may_be_about_one_argument_and_one_oracle() -> None:
    jinja = "pkg:pypi/jinja2@3.1.3"
    environment = Call("jinja2:Environment", name="e")
    assert state(jinja, call("$e.from_string", CODE), environment) is ControlState.NEEDS_PERSON
    assert (
        state(jinja, call("$e.from_string", {"$text": "t"}), environment, files={"t": CODE.encode()})
        is ControlState.NEEDS_PERSON
    )
    assert state(jinja, call("$e.from_string", "{{ x }}"), environment) is ControlState.HELD
    assert state(jinja, call("$e.from_string", CODE), environment, oracle="timeout") is ControlState.HELD
    sandboxed = Call("jinja2.sandbox:SandboxedEnvironment", name="e")
    assert state(jinja, call("$e.from_string", CODE), sandboxed) is ControlState.HELD


@pytest.mark.parametrize("argument", ["@@CANARY@@", "/w/out/@@TOKEN@@", "/w/out", "@@CANARY@@.txt", "/w/./out/x"])
def test_handing_over_the_path_needs_a_person(argument: str) -> None:
    assert state("pkg:pypi/victim@1", call("victim:write", [argument])) is ControlState.NEEDS_PERSON
    assert state("pkg:pypi/victim@1", call("$v.go"), call("victim:V", path=argument)) is ControlState.NEEDS_PERSON
    assert state("pkg:pypi/victim@1", call("victim:write", argument), oracle="crash") is ControlState.HELD


@pytest.mark.parametrize(
    "argument", ["touch @@CANARY@@", "../../out/@@TOKEN@@", "x'; open('@@CANARY@@', 'w')", "@@TOKEN@@"]
)
def test_injections_and_traversals_do_not(argument: str) -> None:
    assert state("pkg:pypi/victim@1", call("victim:save", argument)) is ControlState.HELD


def test_of_scripts_nothing_is_known() -> None:
    record = threat_model(RULES, parse_purl("pkg:pypi/victim@1"), ScriptEvidence("p", {"p": b""}), "canary")
    assert record.state is ControlState.NOT_RUN


def test_the_rules_that_ship_are_whole() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 10
    for rule in RULES:
        assert parse_purl(rule.package).version == ""
        assert rule.names
        assert rule.reason
        assert rule.source
