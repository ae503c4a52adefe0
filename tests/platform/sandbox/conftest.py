"""Fixtures of the sandbox tests: the real thing, in both of its modes, and a way to run a few lines of Python in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from seawall.kernel.errors import UnavailableError
from seawall.platform.sandbox import Bounds, Job, Verdict
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox

Run = Callable[..., Verdict]


@pytest.fixture(scope="session", params=["own user", "same user"])
def sandbox(request: pytest.FixtureRequest) -> BubblewrapSandbox:
    """Root gives each job a user of its own; elsewhere the supervisor and the job share one."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    sandbox = BubblewrapSandbox(own_user=request.param == "own user")
    try:
        setup = sandbox.check()
    except UnavailableError as error:
        pytest.skip(f"no sandbox here: {error.message}")
    if request.param == "own user" and not setup.own_user:
        pytest.skip("only root can give a job a user of its own")
    return sandbox


@pytest.fixture
def python(sandbox: BubblewrapSandbox) -> Run:
    """Run lines of Python as a job; keyword arguments are those of `Bounds` and of `Job`."""

    def run(code: str, **settings: Any) -> Verdict:
        bounds = {name: settings.pop(name) for name in list(settings) if name in Bounds.__slots__}
        bounds.setdefault("wall_seconds", 20.0)
        return sandbox.run(Job(("python3", "-I", "-S", "-c", code), bounds=Bounds(**bounds), **settings))

    return run
