from __future__ import annotations

import os
from pathlib import Path

import pytest

from seawall.advisories.folder import LocalPublicationFolder
from seawall.kernel.errors import InvalidInputError, UnavailableError


def test_put_and_read(tmp_path: Path) -> None:
    folder = LocalPublicationFolder(tmp_path / "public")
    assert folder.read("csaf/2026/a.json") is None
    assert folder.put("csaf/2026/a.json", b"one")
    assert not folder.put("csaf/2026/a.json", b"one")
    assert folder.put("csaf/2026/a.json", b"two")
    assert folder.read("csaf/2026/a.json") == b"two"
    assert [path.name for path in (tmp_path / "public" / "csaf" / "2026").iterdir()] == ["a.json"]


@pytest.mark.parametrize("path", ["../a", "/etc/a", "a/../../b", "", "a//b", ".hidden", "a/b\0", "a/.b"])
def test_paths_stay_inside(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        LocalPublicationFolder(tmp_path).put(path, b"")
    assert caught.value.code == "advisories.unsafe-path"


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = LocalPublicationFolder(tmp_path)
    folder.put("a.json", b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError) as caught:
        folder.put("a.json", b"new")
    assert caught.value.code == "advisories.folder-unwritable"
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
