"""Files that are replaced as a whole: what a reader sees, what a failure leaves, who holds the lock."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from seawall.platform import files
from seawall.platform.files import acquire, digest_of, put_in_place, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_reader_sees_the_old_content_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    contents = {bytes([65 + number]) * 200_000 for number in range(4)}
    write_whole(path, min(contents))
    writers = [
        threading.Thread(target=lambda content=content: [write_whole(path, content) for _ in range(10)])
        for content in contents
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_bytes() in contents
    assert names(tmp_path) == ["state.json"]


def test_rights_are_those_that_were_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_whole(path, b"x", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["state"]


def test_what_a_killed_writer_left_is_cleared_away_by_who_holds_the_lock(tmp_path: Path) -> None:
    left, other = tmp_path / ".a[1].4711.part", tmp_path / ".a1.4711.part"
    left.touch()
    other.touch()
    write_whole(tmp_path / "a[1]", b"x")
    assert left.exists()
    write_whole(tmp_path / "a[1]", b"x", sole=True)
    assert names(tmp_path) == [".a1.4711.part", "a[1]"]


def test_a_rename_that_another_program_holds_up_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "new", tmp_path / "old"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    left = 3
    real = Path.replace

    def held_up(self: Path, other: Path) -> Path:
        nonlocal left
        left -= 1
        if left > 0:
            raise PermissionError(13, "The process cannot access the file")
        return real(self, other)

    monkeypatch.setattr(Path, "replace", held_up)
    monkeypatch.setattr(files.time, "sleep", lambda _: None)
    put_in_place(source, target)
    assert target.read_bytes() == b"new"
    left = 10_000
    source.write_bytes(b"newer")
    with pytest.raises(PermissionError):
        put_in_place(source, target)
    assert target.read_bytes() == b"new"


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("a+b") as first, (tmp_path / "lock").open("a+b") as second:
        assert acquire(first.fileno())
        assert not acquire(second.fileno(), patience=0.05)
        first.close()
        assert acquire(second.fileno())


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from seawall.platform.files import acquire\n"
        "file = open(sys.argv[1], 'a+b'); print(acquire(file.fileno()), flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder, path.open("a+b") as file:
        assert holder.stdout.readline() == "True\n"
        assert not acquire(file.fileno())
        holder.kill()
        assert acquire(file.fileno(), patience=10)


def test_digests_are_of_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"ab" * 1_000_000)
    assert digest_of(tmp_path / "big") == sha256(b"ab" * 1_000_000).hexdigest()


def test_it_is_quick_to_import() -> None:
    code = "import sys, seawall.platform.files; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"hashlib", "sqlalchemy", "msgspec", "tempfile"} & set(loaded)
