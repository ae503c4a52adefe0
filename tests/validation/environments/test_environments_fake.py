"""The fake and the real adapter answer alike: one set of checks on both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seawall.kernel.purl import parse_purl
from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.environments.packages import PackageEnvironments
from seawall.validation.environments.testing import FakeEnvironments
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import Recipe
from seawall.validation.ports import Environments

if TYPE_CHECKING:
    from conftest import Links

RECIPE = Recipe(parse_purl("pkg:pypi/target@1"))


@pytest.fixture(params=["fake", "real"])
def environments(request: pytest.FixtureRequest, links: Links, tmp_path: Path, no_sandbox: Sandbox) -> Environments:
    if request.param == "real":
        links.wheel("target", "1", {"target.py": "x = 1"})
        return PackageEnvironments(tmp_path / "cache", no_sandbox)
    fake = FakeEnvironments(tmp_path / "fake")
    fake.add("pkg:pypi/target@1", {"target.py": "x = 1"}, ("target",))
    return fake


def test_a_known_package(environments: Environments) -> None:
    lines: list[str] = []
    built = environments.build(RECIPE, report=lines.append)
    assert (built.root / "site" / "target.py").read_text() == "x = 1"
    assert built.imports == ("target",)
    assert built.record.purl == "pkg:pypi/target@1"
    assert len(built.record.digest) == 64
    assert built.runtime.argv == ("python3",)
    assert lines
    assert environments.build(RECIPE) == built


def test_an_unknown_package(environments: Environments) -> None:
    with pytest.raises(EnvironmentFailedError) as caught:
        environments.build(Recipe(parse_purl("pkg:pypi/nowhere@1")))
    assert caught.value.code == "validation.no-such-package"


def test_the_fake_fails_as_told(tmp_path: Path) -> None:
    fake = FakeEnvironments(tmp_path)
    fake.fail("pkg:pypi/target@1", EnvironmentFailedError("validation.environment-failed", "no", remedy="none"))
    with pytest.raises(EnvironmentFailedError, match="environment-failed"):
        fake.build(RECIPE)
    assert fake.asked == [RECIPE]
