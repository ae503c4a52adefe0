"""The machine's own troubles: a full disk, a locked database, a second run. What was acknowledged stays."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.platform.locks import exclusive
from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
_UNSHARE = ["unshare", "--user", "--mount", "--map-root-user"]


def _may_mount() -> bool:
    command = [*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def test_a_full_disk_loses_nothing_that_was_acknowledged(terminal: Terminal, write: Write, tmp_path: Path) -> None:
    if not _may_mount():
        pytest.skip("mounting in a user namespace is not permitted here")
    small, large = write("small.json", reports.report()), write("large.json", b"x" * 5_000_000)
    disk = tmp_path / "disk"
    disk.mkdir()
    home = disk / "home"
    script = f"""
        set -u
        mount -t tmpfs -o size=2m tmpfs {disk}
        seawall() {{ {sys.executable} -m seawall "$@"; }}
        seawall submit {small} --json > {tmp_path}/first; echo $? > {tmp_path}/first.code
        seawall submit {large} --json > {tmp_path}/second; echo $? > {tmp_path}/second.code
        dd if=/dev/zero of={disk}/filler bs=1k 2>/dev/null
        seawall process --no-prove --json > {tmp_path}/third 2> {tmp_path}/third.err; echo $? > {tmp_path}/third.code
        rm {disk}/filler
        seawall ledger verify --json > {tmp_path}/verify; echo $? > {tmp_path}/verify.code
        seawall process --no-prove --json > {tmp_path}/fourth; echo $? > {tmp_path}/fourth.code
        find {home}/blobs -name '.part-*' > {tmp_path}/parts
    """
    environment = {**os.environ, **terminal.environment, "SEAWALL_HOME": str(home)}
    subprocess.run([*_UNSHARE, "sh", "-c", script], env=environment, check=True, timeout=120)

    def left(name: str) -> str:
        return (tmp_path / name).read_text().strip()

    assert left("first.code") == "0"
    assert left("second.code") == "69"
    assert '"code": "blob.disk-full"' in left("second")
    assert left("third.code") == "69", left("third")
    assert '"code":"database.full"' in left("third.err")
    assert left("verify.code") == "0", left("verify")
    assert left("fourth.code") == "0"
    assert '"opened": 1' in left("fourth"), "the acknowledged report is there and is read now"
    assert left("parts") == ""


@pytest.mark.slow
def test_a_database_locked_by_another_process(terminal: Terminal, write: Write) -> None:
    terminal.run("submit", write("a.json", reports.report()))
    holder = sqlite3.connect(terminal.home / "seawall.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with contextlib.closing(holder):
        answer = terminal.run("process", "--no-prove", "--json", code=75)
        assert answer.error["code"] == "database.locked"
        assert answer.error["remedy"]
        assert terminal.ask("cases")["total"] == 0, "readers wait for nobody"
        holder.execute("ROLLBACK")
    assert terminal.ask("process", "--no-prove")["opened"] == 1


def test_a_second_process_is_turned_away(either: Terminal, write: Write) -> None:
    either.run("submit", write("a.json", reports.report()))
    seawall = either.open()
    with exclusive(seawall.database, "process", either.home):
        answer = either.spawn("process", "--no-prove", "--json", code=75)
        assert answer.error["code"] == "lock.held"
        assert answer.error["remedy"]
        assert either.ask("submit", write("b.json", reports.report("Another")))["accepted"], "reports are still taken"
    seawall.database.close()
    assert either.ask("process", "--no-prove")["parsed"] == 2


def test_a_home_that_cannot_be_written(terminal: Terminal, write: Write, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    answer = terminal.run(
        "submit", write("a.json", reports.report()), "--json", code=69, SEAWALL_HOME=str(blocked / "home")
    )
    assert answer.error["remedy"]


def test_a_file_that_is_no_database(terminal: Terminal, write: Write) -> None:
    terminal.run("init", code=0)
    (terminal.home / "seawall.sqlite").write_bytes(b"this was a database once" * 100)
    for leftover in terminal.home.glob("seawall.sqlite-*"):
        leftover.unlink()
    assert terminal.refused("cases", code=69) == "database.unavailable"
