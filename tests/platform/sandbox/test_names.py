from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import InvalidInputError
from seawall.platform.sandbox.names import MOST_FILES, folders_of, printable


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/x",
        "x/",
        "a//b",
        "a/../b",
        "../x",
        "a/..",
        "./a",
        "a\nb",
        "a\0b",
        "\x7f",
        "\ud800",
        "x" * 256,
        "é" * 128,
        "a/" * 600 + "b",
    ],
)
def test_an_unsafe_name_is_refused_with_its_code(name):
    with pytest.raises(InvalidInputError) as caught:
        folders_of([name])
    assert caught.value.code == "sandbox.unsafe-file-name"
    assert caught.value.message.encode(), "the message can be written down"


def test_folders_come_parents_first():
    assert folders_of(["a/b/c", "a/b/d", "x", "q w/ü"]) == ["a", "a/b", "q w"]


def test_a_file_cannot_be_a_folder_too():
    with pytest.raises(InvalidInputError, match="folder of another"):
        folders_of(["a", "a/b"])


def test_the_number_of_files_is_bounded():
    assert folders_of(str(number) for number in range(MOST_FILES)) == []
    with pytest.raises(InvalidInputError) as caught:
        folders_of(str(number) for number in range(MOST_FILES + 1))
    assert caught.value.code == "sandbox.invalid-job"


@given(st.lists(st.binary(min_size=1, max_size=12), unique=True, max_size=20))
def test_printable_names_are_safe_and_stay_different(names):
    texts = [printable(name) for name in names]
    assert all(text.isprintable() and text.encode() for text in texts)
    assert len(set(texts)) == len(names)


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S"), exclude_characters="\\")))
def test_plain_names_stay_as_they_are(name):
    assert printable(name.encode()) == name
