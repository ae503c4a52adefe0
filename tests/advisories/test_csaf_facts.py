from __future__ import annotations

import pytest

from seawall.advisories.csaf.facts import language_problem, newest_weakness, weakness_name


def test_names_of_weaknesses() -> None:
    assert weakness_name(79) == "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"
    assert weakness_name(1333) == "Inefficient Regular Expression Complexity"
    assert weakness_name(16) == ""
    assert newest_weakness() > 1400


@pytest.mark.parametrize("tag", ["en", "EN-us", "de-AT-1996", "zh-cmn-Hans-CN", "es-419", "i-default", "x-own", "qab"])
def test_registered_tags(tag: str) -> None:
    assert language_problem(tag) == ""


@pytest.mark.parametrize(
    ("tag", "subtag"),
    [("ez", "'ez'"), ("en-ZZ1", "'zz1'"), ("en-Qzzz", "'qzzz'"), ("en-QL", "'ql'"), ("de-abcde", "'abcde'")],
)
def test_unregistered_subtags_are_named(tag: str, subtag: str) -> None:
    assert subtag in language_problem(tag)


def test_extensions() -> None:
    assert language_problem("de-u-co-phonebk") == ""
    assert "extension" in language_problem("de-a-foo")
    assert "repeated" in language_problem("de-u-co-u-nu")
    assert "repeated" in language_problem("de-1996-1996")
