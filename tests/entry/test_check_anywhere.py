"""A check runs wherever Python runs, and imports nothing that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.entry import operator_fixtures as world
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
POSIX_ONLY = (
    "crypt",
    "curses",
    "fcntl",
    "grp",
    "nis",
    "ossaudiodev",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
)
"""Modules of the standard library that Windows lacks (https://docs.python.org/3.11/library/unix.html)."""
SLOW = (
    "alembic",
    "asyncio",
    "concurrent",
    "cryptography",
    "email",
    "http",
    "httpx",
    "jinja2",
    "jsonschema_rs",
    "logging",
    "multiprocessing",
    "rensa",
    "rich",
    "sqlalchemy",
    "ssl",
    "structlog",
    "subprocess",
    "typer",
    "urllib.request",
    "yaml",
)
"""What takes longer to import than a check may take, or has no business in one."""
_PLAIN = """
import json, sys
"""
_WINDOWS = f"""
# What the standard library decides for good when it is imported is decided for the system that this really is.
import json, os, pathlib, platformdirs, shutil, socket, sqlite3, sys, tempfile, types
for name in {POSIX_ONLY!r}:
    sys.modules[name] = None  # an import raises ModuleNotFoundError
for name in ("fork", "geteuid", "getuid", "getgid", "getpgid", "killpg", "setsid", "uname", "mkfifo", "chown",
             "statvfs", "getpriority", "sched_getaffinity", "register_at_fork", "O_CLOEXEC", "O_DIRECTORY",
             "O_NOFOLLOW"):
    if hasattr(os, name):
        delattr(os, name)
locks = sys.modules["msvcrt"] = types.ModuleType("msvcrt")  # what Windows has in place of fcntl
locks.LK_NBLCK = 2
locks.locking = lambda descriptor, mode, count: os.fstat(descriptor)
sys.platform = "win32"
def refuse(*_, **__):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.socket.bind = refuse
"""
_RUN = """
sys.argv = ["seawall", *{words!r}]
from seawall.entry.cli import main
try:
    main()
except SystemExit as end:
    code = end.code
sys.stdout.flush()
"""
_TELL = """
json.dump({"code": code, "modules": sorted(name for name, found in sys.modules.items() if found)}, sys.stderr)
"""


def run(terminal: Terminal, program: str, *words: str | Path) -> tuple[str, Any]:
    """Run `seawall` in an interpreter of its own; return what it printed, its exit code and what it imported."""
    script = program + _RUN.format(words=[str(word) for word in words]) + _TELL
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **terminal.environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout, json.loads(result.stderr.splitlines()[-1])


@pytest.fixture
def operator(terminal: Terminal, tmp_path: Path) -> Terminal:
    terminal.run("index", "build", world.write_feeds(tmp_path / "feeds"))
    return terminal


def found(text: str) -> set[str]:
    return {exposure["vulnerability"]["id"] for exposure in json.loads(text)["result"]["exposures"]}


@pytest.mark.parametrize("format_", ["cyclonedx-json", "spdx-json", "csv", "xlsx", "requirements", "winget-list"])
def test_a_check_needs_no_module_of_linux(operator: Terminal, write: Write, format_: str) -> None:
    listed = world.LISTS[format_]
    path = write(listed.file, listed.content)
    text, told = run(operator, _WINDOWS, "check", path, "--json")
    assert told["code"] == 1
    assert found(text) == {vulnerability for vulnerability, _ in listed.found}
    assert not set(POSIX_ONLY) & set(told["modules"])
    assert (operator.home / "first-seen.json").exists(), "it remembers there too"


def test_each_output_and_vex_need_no_module_of_linux(operator: Terminal, write: Write, tmp_path: Path) -> None:
    listed = world.LISTS["csv"]
    names = ("a.html", "a.csv", "a.sarif", "a.openvex.json", "a.csaf.json", "a.cdx.json", "a.json")
    words = [word for name in names for word in ("--out", tmp_path / name)]
    path = write(listed.file, listed.content)
    run(operator, _WINDOWS, "check", path, *words)
    assert all((tmp_path / name).stat().st_size for name in names)
    text, told = run(operator, _WINDOWS, "check", path, "--vex", tmp_path / "a.openvex.json", "--explain")
    assert told["code"] == 1
    assert "known exploited (KEV)" in text


_BUILD = """
from pathlib import Path
from seawall.remediation.index import IndexBuild
build = IndexBuild(Path({out!r}))
for kind in ("osv", "cve", "csaf"):
    build.add_records(kind, Path({feeds!r}, kind))
for kind in ("kev", "epss"):
    build.add_signals(kind, Path({feeds!r}, kind))
assert not build.run().problems
"""


def test_an_index_is_built_without_a_module_of_linux(operator: Terminal, tmp_path: Path, write: Write) -> None:
    index = tmp_path / "other.sqlite"
    listed = world.LISTS["csv"]
    program = _WINDOWS + _BUILD.format(out=str(index), feeds=str(tmp_path / "feeds"))
    text, told = run(operator, program, "check", write(listed.file, listed.content), "--index", index, "--json")
    assert told["code"] == 1
    assert found(text) == {vulnerability for vulnerability, _ in listed.found}
    assert index.read_bytes() == (operator.home / "index.sqlite").read_bytes(), "the same bytes on every system"


@pytest.mark.parametrize(
    ("words", "excused"),
    [
        (["--json"], set()),
        ([], set()),
        (["--explain"], set()),
        (["--format", "csv"], {"email"}),  # the standard library reads our own version with it
        (["--format", "sarif"], {"email"}),
    ],
)
def test_a_check_imports_nothing_slow(operator: Terminal, write: Write, words: list[str], excused: set[str]) -> None:
    path = write("portal.cdx.json", world.LISTS["cyclonedx-json"].content)
    _, told = run(operator, _PLAIN, "check", path, *words)
    assert told["code"] == 1
    modules = set(told["modules"])
    assert "seawall.remediation.check" in modules, "it did run"
    slow = {name.partition(".")[0] for name in modules if name in SLOW or name.partition(".")[0] in SLOW}
    assert slow <= excused
    rooms = {name for name in modules if name.startswith("seawall.") and name.count(".") == 1}
    assert rooms <= {"seawall.entry", "seawall.kernel", "seawall.platform", "seawall.priority", "seawall.remediation"}
    assert not any(name.startswith(("seawall.platform.database", "seawall.remediation.store")) for name in modules)


def test_help_and_wrong_words_start_as_fast(operator: Terminal) -> None:
    for words, code in ((["--help"], 0), (["--nonsense"], 64)):
        script = _PLAIN + _RUN.format(words=["check", *words]) + "assert code == " + str(code) + "\n"
        script += f"assert not set(sys.modules) & {set(SLOW)!r}, sorted(sys.modules)\n"
        result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 0, result.stderr


def test_keeping_inventories_does_not_slow_a_check(operator: Terminal, write: Write) -> None:
    """`inventory add` makes a database; as long as no case and no statement is in it, a check does not open it."""
    from seawall.entry.operator import _SPEAKING  # noqa: PLC0415 - only here
    from seawall.priority.store import SIGNAL  # noqa: PLC0415
    from seawall.triage.store import CASE  # noqa: PLC0415

    assert (CASE.name, SIGNAL.name) == _SPEAKING
    path = write("portal.cdx.json", world.LISTS["cyclonedx-json"].content)
    operator.run("inventory", "add", path, "--by", "Kim", "--asset", "portal")
    _, told = run(operator, _PLAIN, "check", path, "--json")
    assert told["code"] == 1
    assert not {"sqlalchemy", "seawall.entry.bootstrap"} & set(told["modules"])
