"""A terminal to type into: a home of its own on either dialect, and packages of our own instead of a registry's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from seawall.entry import bootstrap
from seawall.entry.bootstrap import Seawall, open_seawall
from seawall.entry.cli.app import app
from seawall.entry.settings import settings_from
from seawall.kernel.errors import UnavailableError
from seawall.platform.database import Database
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox
from tests.entry.packages import write_wheel


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error that was printed with `--json`."""
        return json.loads(self.err.splitlines()[-1])["error"]


class Terminal:
    """Runs commands on one home, in this process (`run`) or in another one (`spawn`)."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.environment = {
            "SEAWALL_HOME": str(home),
            "SEAWALL_WORKERS": "1",
            "SEAWALL_USER": "tester",
            "SEAWALL_DATABASE_URL": "",
            "SEAWALL_MAX_BYTES": "",
            "COLUMNS": "200",
            **environment,
        }

    def run(self, *words: str | Path, code: int = 0, stdin: bytes | None = None, **environment: str) -> Answer:
        """Run a command here and check its exit code."""
        arguments = [str(word) for word in words]
        before, sys.argv = sys.argv, ["seawall", *arguments]
        opened = len(_WatchedDatabase.opened)
        try:
            result = CliRunner().invoke(app, arguments, input=stdin, env={**self.environment, **environment})
        finally:
            sys.argv = before
            _close_databases(opened)
        assert result.exit_code == code, f"{arguments} gave {result.exit_code}\n{result.stdout}\n{result.stderr}"
        return Answer(result.exit_code, result.stdout, result.stderr)

    def ask(self, *words: str | Path, code: int = 0, **environment: str) -> Any:
        """Run a command with `--json` and return its document."""
        return self.run(*words, "--json", code=code, **environment).json

    def refused(self, *words: str | Path, code: int, **environment: str) -> str:
        """Run a command that fails, check that it says what to do, and return the error's code."""
        answer = self.run(*words, "--json", code=code, **environment)
        assert answer.error["remedy"]
        assert answer.error["message"]
        return str(answer.error["code"])

    def spawn(self, *words: str | Path, code: int = 0, timeout: float = 120, **environment: str) -> Answer:
        """Run a command in a process of its own, as a shell does, and check its exit code."""
        result = subprocess.run(
            self.command(*words),
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert result.returncode == code, f"{words} gave {result.returncode}\n{result.stdout}\n{result.stderr}"
        return Answer(result.returncode, result.stdout, result.stderr)

    def start(self, *words: str | Path, **settings: Any) -> subprocess.Popen[str]:
        """Begin a command in a process of its own, in a session of its own."""
        return subprocess.Popen(
            self.command(*words),
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **settings,
        )

    def open(self) -> Seawall:
        """Look behind the curtain."""
        return open_seawall(settings_from(self.environment))

    @staticmethod
    def command(*words: str | Path) -> list[str]:
        """Return the argument list of a command."""
        return [sys.executable, "-m", "seawall", *map(str, words)]


class _WatchedDatabase(Database):
    """A command's process ends and takes its connections with it; here they are closed by hand."""

    opened: ClassVar[list[Database]] = []

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.opened.append(self)


def _close_databases(kept: int = 0) -> None:
    """Close all but the first `kept` ones."""
    while len(_WatchedDatabase.opened) > kept:
        _WatchedDatabase.opened.pop().close()


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "Database", _WatchedDatabase)


@pytest.fixture
def terminal(tmp_path: Path, cache: Path, wheels: Path) -> Terminal:
    """On SQLite, with our own packages."""
    return Terminal(tmp_path / "home", _environment(cache, wheels))


@pytest.fixture
def either(tmp_path: Path, database_url: str, cache: Path, wheels: Path) -> Iterator[Terminal]:
    """On each dialect in turn."""
    yield Terminal(tmp_path / "home", {**_environment(cache, wheels), "SEAWALL_DATABASE_URL": database_url})
    _close_databases()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file to submit."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / "inbox" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments, built once for all tests of a worker."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages of our own, in place of a registry."""
    folder = tmp_path_factory.mktemp("wheels")
    for version, result in (("1.0", "eval(text)"), ("1.1", "text")):
        source = f"def evaluate(text):\n    return {result}\n"
        write_wheel(folder, "seawall_sample", version, {"seawall_sample.py": source})
    write_wheel(folder, "seawall_hostile", "1.0", {"seawall_hostile.py": HOSTILE})
    return folder


@pytest.fixture(scope="session")
def sandbox() -> None:
    """Skip where nothing can be run."""
    try:
        BubblewrapSandbox().check()
    except UnavailableError as error:
        pytest.skip(f"no sandbox here: {error.message}")


def _environment(cache: Path, wheels: Path) -> dict[str, str]:
    return {"SEAWALL_CACHE": str(cache), "PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1"}


HOSTILE = Path(__file__).with_name("hostile.py.txt").read_text()
"""A package whose functions attack the machine that proves."""
