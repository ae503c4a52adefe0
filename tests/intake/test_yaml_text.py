from __future__ import annotations

import time
from typing import Any

import pytest

from seawall.intake.formats.yaml_text import MAX_NODES, read_yaml
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import DEFAULT_LIMITS


def load(text: str) -> list[Any]:
    return read_yaml(text, DEFAULT_LIMITS, as_text=lambda _path: False)


def code_of(text: str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        load(text)
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-7", -7), ("1.5", 1.5), ("1.0e+3", 1000.0), ("1e3", "1e3"), ("true", True),
        ("null", None), ("~", None),
        ("yes", "yes"), ("on", "on"), ("007", "007"), ("0x10", "0x10"), ("12:30", "12:30"), ("1_000", "1_000"),
        ("2024-01-31", "2024-01-31"), (".inf", ".inf"), (".nan", ".nan"), ("1.0e+9999", "1.0e+9999"), ("True", "True"),
        ("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("|\n  1\n", "1\n"), ("1.", "1."), ("+1", "+1"),
    ],
)  # fmt: skip
def test_plain_scalars_are_what_json_would_say(text: str, value: Any) -> None:
    (loaded,) = load(text)
    assert loaded == value
    assert type(loaded) is type(value)


def test_billion_laughs_stop_at_once() -> None:
    rungs = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for lower, upper in zip("abcdefgh", "bcdefghi", strict=True):
        rungs.append(f"{upper}: &{upper} [{', '.join([f'*{lower}'] * 9)}]")
    start = time.perf_counter()
    assert code_of("\n".join(rungs)) == "intake.yaml-bomb"
    assert time.perf_counter() - start < 1


def test_an_alias_in_its_own_anchor_is_refused() -> None:
    assert code_of("a: &a [*a]") == "intake.yaml-bomb"


def test_aliases_in_moderation_are_read() -> None:
    assert load("base: &b {x: 1}\nuse: [*b, *b]") == [{"base": {"x": 1}, "use": [{"x": 1}, {"x": 1}]}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 10_000, "intake.too-deep"),
        ("\n".join(" " * n + "a:" for n in range(1000)), "intake.too-deep"),
        ("a: *nowhere", "intake.malformed-yaml"),
        ("a: !!python/object/apply:os.system [ls]", "intake.malformed-yaml"),
        ("!!binary AAAA", "intake.malformed-yaml"),
        ("a: !thing 1", "intake.malformed-yaml"),
        ("a: b: c", "intake.malformed-yaml"),
        ("[1, 2", "intake.malformed-yaml"),
        ("? [a]\n: 1", "intake.malformed-yaml"),
        ("a: 1\na: 2", "intake.duplicate-key"),
        ("a: \x07", "intake.malformed-yaml"),
        ('"\\ud800"', "intake.malformed-yaml"),
        ("- 1\n" * (MAX_NODES + 1), "intake.yaml-bomb"),
    ],
)
def test_each_way_to_be_wrong_has_its_code(text: str, code: str) -> None:
    assert code_of(text) == code


def test_errors_say_where() -> None:
    with pytest.raises(InvalidInputError, match="line 2"):
        load("a: 1\nb: c: d\n")


def test_documents_and_blank_ones() -> None:
    assert load("---\na: 1\n---\n---\nb: 2\n...\n") == [{"a": 1}, {"b": 2}]
    assert load("# nothing\n") == []
    assert load("x: &a 1\n---\ny: 2") == [{"x": 1}, {"y": 2}]
    assert code_of("x: &a 1\n---\ny: *a") == "intake.malformed-yaml"
