from __future__ import annotations

import os
from pathlib import Path

import pytest

from seawall.platform.sandbox.identity import lent, readable_by_all, spare_id


def _maps(folder: Path, text: str) -> Path:
    for name in ("uid_map", "gid_map"):
        (folder / name).write_text(text)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has ids to give")
@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("0 0 4294967295\n", 1_900_000_000, 1_900_065_535),
        ("0 1000 1\n1 100000 65536\n", 65536 - 1023, 65536),
        ("0 100000 65536\n", 65535 - 1023, 65535),
        ("0 100000 2\n", 1, 1),
    ],
)
def test_a_spare_id_is_mapped_and_not_roots(tmp_path, text, first, last):
    found = {spare_id(_maps(tmp_path, text)) for _ in range(50)}
    assert len(found) == min(50, last - first + 1)
    assert all(spare and first <= spare.user <= last and first <= spare.group <= last for spare in found)


def test_a_namespace_of_one_id_has_none_to_spare(tmp_path):
    assert spare_id(_maps(tmp_path, "0 1000 1\n")) is None


def test_a_folder_is_readable_by_all_only_with_all_that_it_holds(tmp_path):
    folder = tmp_path / "folder"
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    file = inner / "file"
    file.write_text("x")
    for path in (folder, folder / "a", inner):
        path.chmod(0o755)
    file.chmod(0o644)
    (folder / "link").symlink_to("/etc/shadow")
    assert readable_by_all(folder)
    assert readable_by_all(file)
    file.chmod(0o600)
    assert not readable_by_all(folder)
    assert not readable_by_all(file)
    file.chmod(0o644)
    inner.chmod(0o744)
    assert not readable_by_all(folder)


def test_a_tree_deeper_than_any_path_is_no_harm(tmp_path):
    tmp_path.chmod(0o755)
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(2100):
            os.mkdir("d", 0o755)  # noqa: PTH102 - relative, deeper than a path may be long
            os.chdir("d")
        assert not readable_by_all(tmp_path), "what cannot be looked at counts as closed"
        with lent([tmp_path], None):
            pass
    finally:
        for _ in range(2100):
            os.chdir("..")
            os.rmdir("d")  # noqa: PTH106 - as above
            if Path.cwd() == tmp_path:
                break
        os.chdir(before)
