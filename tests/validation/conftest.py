"""Findings, small packages of our own, and provers on a fake or the real sandbox."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from seawall.intake import AffectedProduct, Evidence, Finding, Location
from seawall.kernel.errors import UnavailableError
from seawall.kernel.testing import FixedClock
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox
from seawall.validation.environments import runtimes
from seawall.validation.ports import Runtime
from seawall.validation.service import Prover, Repetition
from seawall.validation.testing import FakeEnvironments

MakeFinding = Callable[..., Finding]


@pytest.fixture
def make_finding() -> MakeFinding:
    """Build a finding about `pkg:pypi/victim@1.0`, or another one; keywords other than these are the evidence's."""

    def make(purl: str = "pkg:pypi/victim@1.0", *, location: Location | None = None, **members: Any) -> Finding:
        evidence = None
        if members:
            settings: dict[str, Any] = {"kind": "input", "oracle": {"kind": "canary"}, **members}
            evidence = Evidence(**settings)
        products = (AffectedProduct(purl),) if purl else ()
        return Finding(
            "SWF-1", "SWR-1", "/0", "a title", products=products, location=location or Location(), evidence=evidence
        )

    return make


@pytest.fixture(scope="session")
def real_sandbox() -> BubblewrapSandbox:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    sandbox = BubblewrapSandbox()
    try:
        sandbox.check()
    except UnavailableError as error:
        pytest.skip(f"no sandbox here: {error.message}")
    return sandbox


LayOut = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def lay_out(tmp_path_factory: pytest.TempPathFactory) -> LayOut:
    """Write an environment's files and return its root."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path_factory.mktemp("env")
        root.chmod(0o755)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return write


@pytest.fixture
def real_prover(real_sandbox: BubblewrapSandbox, clock: FixedClock) -> Callable[..., Prover]:
    """Build a prover on the real sandbox over environments that the test lays out."""

    def make(roots: Mapping[str, Path], imports: tuple[str, ...] = ("victim",), **settings: Any) -> Prover:
        runtime = Runtime(("python3",))
        if any(purl.startswith("pkg:npm/") for purl in roots):
            try:
                runtime = runtimes.node().interpreter.runtime
            except UnavailableError as error:
                pytest.skip(f"no Node.js here: {error.message}")
        settings.setdefault("repetition", Repetition(runs=2, needed=2, control_runs=1))
        environments = FakeEnvironments(roots, imports, runtime)
        return Prover(real_sandbox, environments, clock, secrets.token_bytes, **settings)

    return make
