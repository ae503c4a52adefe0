from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from seawall.kernel.errors import UnavailableError
from seawall.validation.environments.programs import Allowance, Finished, log_tail, run
from seawall.validation.errors import EnvironmentFailedError

AMPLE = Allowance(30, 10_000_000, 1_000)


def _python(code: str, folder: Path, allowance: Allowance = AMPLE) -> Finished:
    return run([sys.executable, "-I", "-c", code], folder=folder, allowance=allowance)


def _code(code: str, folder: Path, allowance: Allowance) -> str:
    with pytest.raises(EnvironmentFailedError) as caught:
        _python(code, folder, allowance)
    return caught.value.code


def test_code_and_output(tmp_path: Path) -> None:
    done = _python("import os, sys; print(os.getcwd()); print('no', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (done.code, done.stdout.strip(), done.tail) == (3, str(tmp_path), "no")


def test_too_slow_and_its_children_with_it(tmp_path: Path) -> None:
    child = "import time, pathlib; time.sleep(2); pathlib.Path('late').touch()"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(30)"
    begin = time.monotonic()
    assert _code(code, tmp_path, Allowance(1, 10_000_000, 1_000)) == "validation.environment-too-slow"
    assert time.monotonic() - begin < 10
    time.sleep(2)
    assert not (tmp_path / "late").exists()


def test_one_file_beyond_the_bytes(tmp_path: Path) -> None:
    code = "f = open('big', 'wb')\nwhile True: f.write(b'x' * 65536)"
    assert _code(code, tmp_path, Allowance(30, 1_000_000, 1_000)) == "validation.environment-too-large"
    assert (tmp_path / "big").stat().st_size <= 1_000_000


def test_many_files_that_never_end(tmp_path: Path) -> None:
    code = "import itertools, time\nfor n in itertools.count(): open(f'f{n}', 'w').close(); time.sleep(0.001)"
    assert _code(code, tmp_path, Allowance(30, 10_000_000, 200)) == "validation.environment-too-large"


def test_an_output_flood(tmp_path: Path) -> None:
    code = "while True: print('x' * 65536)"
    assert _code(code, tmp_path, Allowance(30, 1_000_000, 1_000)) == "validation.environment-too-large"


def test_no_such_program(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        run(["seawall-no-such-program"], folder=tmp_path, allowance=AMPLE)
    assert caught.value.code == "validation.program-missing"


def test_a_log_shows_no_password_and_only_its_end() -> None:
    assert log_tail("see https://user:secret@index.example/simple now") == "see https://***@index.example/simple now"
    assert len(log_tail("x" * 100_000)) == 8192
