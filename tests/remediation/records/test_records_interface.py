"""Documents are found in files, folders and archives, and nothing hostile gets further than an error."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from seawall.kernel.errors import InvalidInputError, LimitExceededError, NotFoundError, UnavailableError
from seawall.kernel.limits import Limits
from seawall.remediation.records import iter_documents, reader_of

PRETTY = b'{\n  "id": "A"\n}\n'


def found(path: Path, limits: Limits | None = None) -> list[bytes]:
    return [document for _, document in iter_documents(path, limits or Limits())]


def test_one_document_over_many_lines_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(PRETTY)
    assert found(tmp_path / "a.json") == [PRETTY]


def test_a_document_on_one_line_keeps_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"id": "A"}\n')
    assert found(tmp_path / "a.json") == [b'{"id": "A"}\n']


def test_one_document_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b'{"a": 1}\r\n\n{"b": 2}\nno json\n{"c": 3}')
    assert found(tmp_path / "a.ndjson") == [b'{"a": 1}', b'{"b": 2}', b"no json", b'{"c": 3}']
    places = [place for place, _ in iter_documents(tmp_path / "a.ndjson")]
    assert places[2].endswith("a.ndjson, line 4")


def test_a_folder_is_walked_by_name_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.json").write_bytes(b'{"n": 2}')
    (folder / "b.json").write_bytes(b'{"n": 1}')
    (folder / "notes.txt").write_bytes(b"nothing")
    (tmp_path / "outside.json").write_bytes(b'{"n": 3}')
    (folder / "z.json").symlink_to(tmp_path / "outside.json")
    assert found(folder) == [b'{"n": 1}', b'{"n": 2}']


def test_an_archive_is_read_by_name_whatever_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../../b.json", b'{"n": 2}')
        packed.writestr("a.json", PRETTY)
        packed.writestr("c.ndjson", b'{"n": 3}\n{"n": 4}\n')
        packed.writestr("readme.txt", b"nothing")
    assert found(path) == [b'{"n": 2}', PRETTY, b'{"n": 3}', b'{"n": 4}']
    assert found(path.rename(tmp_path / "named-otherwise"))[1] == PRETTY


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.json", b" " * 20_000_000)
    with pytest.raises(LimitExceededError, match="packed size"):
        found(path)


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_truncated_archive_is_an_error(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.json", b'{"n": 1}' * 40)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InvalidInputError, match="unreadable-archive"):
        found(path)


def test_a_damaged_member_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.json", b'{"number": 12345678}')
    path.write_bytes(path.read_bytes().replace(b"12345678", b"12345679", 1))
    with pytest.raises(InvalidInputError, match="unreadable-archive"):
        found(path)


def test_limits_hold(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{\n"a": "' + b"x" * 200 + b'"\n}')
    with pytest.raises(LimitExceededError, match="too-large"):
        found(tmp_path / "a.json", Limits(bytes=100))
    (tmp_path / "b.ndjson").write_bytes(b'{"a": 1}\n{"a": "' + b"x" * 200 + b'"}\n')
    with pytest.raises(LimitExceededError, match="line 2"):
        found(tmp_path / "b.ndjson", Limits(string_bytes=100))
    (tmp_path / "c.ndjson").write_bytes(b"{}\n" * 5)
    with pytest.raises(LimitExceededError, match="number of lines"):
        found(tmp_path / "c.ndjson", Limits(items=4))


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="unopened"):
        found(tmp_path / "none.json")


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(NotFoundError, match="unknown-source"):
        reader_of("nvd")
