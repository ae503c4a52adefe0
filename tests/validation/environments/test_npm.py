from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seawall.kernel.errors import UnavailableError
from seawall.kernel.purl import parse_purl
from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.environments import runtimes
from seawall.validation.environments.interface import EnvironmentLimits
from seawall.validation.environments.npm import NPMBuilder
from seawall.validation.environments.npm import _failure as _failure_of
from seawall.validation.environments.packages import PackageEnvironments
from seawall.validation.environments.programs import Finished
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import Recipe

if TYPE_CHECKING:
    from conftest import Registry


@pytest.fixture
def npm(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    try:
        runtimes.node()
    except UnavailableError:
        pytest.skip("no Node.js with npm here")
    settings = {"registry": registry.url, "cache": str(tmp_path / "npm-cache"), "userconfig": str(tmp_path / "npmrc")}
    for name, value in settings.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    return registry


@pytest.fixture
def environments(tmp_path: Path, no_sandbox: Sandbox) -> PackageEnvironments:
    return PackageEnvironments(tmp_path / "cache", no_sandbox)


def _recipe(purl: str, *requires: str) -> Recipe:
    return Recipe(parse_purl(purl), requires)


def _failure(environments: PackageEnvironments, recipe: Recipe) -> EnvironmentFailedError:
    with pytest.raises(EnvironmentFailedError) as caught:
        environments.build(recipe)
    return caught.value


def test_a_package_with_its_dependencies(npm: Registry, environments: PackageEnvironments) -> None:
    npm.npm("target", "1.0.0", {"index.js": "module.exports = 1"}, dependencies={"@scope/helper": "^2.0.0"})
    npm.npm("@scope/helper", "2.1.0", {"index.js": "module.exports = 2"})
    built = environments.build(_recipe("pkg:npm/target@1.0.0"))
    assert (built.root / "node_modules" / "target" / "index.js").read_text() == "module.exports = 1"
    assert (built.root / "node_modules" / "@scope" / "helper" / "index.js").exists()
    assert built.imports == ("target",)
    assert built.record.runtime.startswith("node ")
    names, digests = zip(*(package.split(" ") for package in built.record.packages), strict=True)
    assert names == ("@scope/helper==2.1.0", "target==1.0.0")
    assert all(digest.startswith("sha512:") and len(digest) == 7 + 128 for digest in digests)


def test_a_scoped_package_and_a_pin_that_moves_a_dependency(npm: Registry, environments: PackageEnvironments) -> None:
    npm.npm("@scope/target", "1.0.0", {}, dependencies={"helper": "^1.0.0"})
    npm.npm("helper", "2.0.0", {})
    built = environments.build(_recipe("pkg:npm/%40scope/target@1.0.0", "helper==2.0.0"))
    assert built.imports == ("@scope/target",)
    assert [package.split(" ")[0] for package in built.record.packages] == ["@scope/target==1.0.0", "helper==2.0.0"]


def test_no_script_of_a_package_runs(npm: Registry, environments: PackageEnvironments, tmp_path: Path) -> None:
    marker = tmp_path / "ran-on-the-host"
    scripts = dict.fromkeys(("preinstall", "install", "postinstall", "prepare", "dependencies"), f"touch {marker}")
    npm.npm("target", "1.0.0", {"binding.gyp": "{}"}, scripts=scripts, dependencies={"helper": "1.0.0"})
    npm.npm("helper", "1.0.0", {"binding.gyp": "{}"}, scripts=scripts)
    environments.build(_recipe("pkg:npm/target@1.0.0"))
    assert not marker.exists()


@pytest.mark.parametrize(
    "spec",
    ["git+file:///tmp/repository", "github:owner/name", "file:/etc", "http://127.0.0.1:9/x.tgz", "file:../../../x.tgz"],
)
def test_what_does_not_come_from_the_registry_is_refused(
    spec: str, npm: Registry, environments: PackageEnvironments, tmp_path: Path
) -> None:
    npm.npm("target", "1.0.0", {}, dependencies={"evil": spec})
    assert _failure(environments, _recipe("pkg:npm/target@1.0.0")).code == "validation.unsafe-dependency"
    assert not list((tmp_path / "cache" / "roots").iterdir())


def test_a_package_and_a_version_that_do_not_exist(npm: Registry, environments: PackageEnvironments) -> None:
    npm.npm("target", "1.0.0", {})
    assert _failure(environments, _recipe("pkg:npm/nowhere@1.0.0")).code == "validation.no-such-package"
    assert _failure(environments, _recipe("pkg:npm/%40scope/nowhere@1.0.0")).code == "validation.no-such-package"
    assert _failure(environments, _recipe("pkg:npm/target@9.9.9")).code == "validation.no-such-version"


@pytest.mark.parametrize("dependency", [{"nowhere": "1.0.0"}, {"helper": "^9.0.0"}])
def test_a_dependency_that_does_not_exist_is_not_the_reports_fault(
    dependency: dict[str, str], npm: Registry, environments: PackageEnvironments
) -> None:
    npm.npm("target", "1.0.0", {}, dependencies=dependency)
    npm.npm("helper", "1.0.0", {})
    failure = _failure(environments, _recipe("pkg:npm/target@1.0.0"))
    assert failure.code == "validation.no-such-dependency"
    assert next(iter(dependency)) in failure.details["requirement"]


@pytest.mark.slow
def test_a_file_with_another_hash_than_the_registry_states(npm: Registry, environments: PackageEnvironments) -> None:
    npm.npm("target", "1.0.0", {"index.js": "genuine"})
    document = json.loads(npm.answers["/target"][2])
    npm.npm("target", "1.0.0", {"index.js": "replaced"})
    npm.answers["/target"] = (200, "application/json", json.dumps(document).encode())
    assert _failure(environments, _recipe("pkg:npm/target@1.0.0")).code == "validation.bad-archive"


@pytest.mark.parametrize("status", [401, 503])
def test_a_registry_that_does_not_answer(status: int, npm: Registry, environments: PackageEnvironments) -> None:
    npm.default = (status, "application/json", b"{}")
    with pytest.raises(UnavailableError) as caught:
        environments.build(_recipe("pkg:npm/target@1.0.0"))
    assert caught.value.code == "validation.registry-unreachable"


@pytest.mark.slow
def test_a_registry_that_is_not_there(npm: Registry, environments: PackageEnvironments) -> None:
    npm.close()
    with pytest.raises(UnavailableError) as caught:
        environments.build(_recipe("pkg:npm/target@1.0.0"))
    assert caught.value.code == "validation.registry-unreachable"


def test_a_package_beyond_the_limits(npm: Registry, tmp_path: Path, no_sandbox: Sandbox) -> None:
    npm.npm("target", "1.0.0", {f"{number}.js": "x" for number in range(300)})
    limits = EnvironmentLimits(files=200)
    failure = _failure(PackageEnvironments(tmp_path, no_sandbox, limits=limits), _recipe("pkg:npm/target@1.0.0"))
    assert failure.code == "validation.environment-too-large"


@pytest.mark.parametrize(
    "recipe",
    [
        _recipe("pkg:npm/target"),
        _recipe("pkg:npm/target@latest"),
        _recipe("pkg:npm/target@^1.0.0"),
        _recipe("pkg:npm/target@1.0.0", "helper==npm:evil@1.0.0"),
        _recipe("pkg:npm/target@1.0.0", "helper==git+https://evil.example/x"),
        _recipe("pkg:npm/target@1.0.0", "../../x==1.0.0"),
        _recipe("pkg:npm/target@1.0.0", "target==2.0.0"),
    ],
)
def test_what_is_no_release_never_reaches_npm(recipe: Recipe, environments: PackageEnvironments) -> None:
    assert _failure(environments, recipe).code == "validation.bad-requirement"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ('{"error": {"code": "ENOSPC"}}', "validation.environments-unwritable"),
        ('{"error": {"code": "ECONNRESET"}}', "validation.registry-unreachable"),
        ('{"error": {"code": "UNABLE_TO_VERIFY_CERT", "summary": null}}', "validation.registry-unreachable"),
        ('{"error": {"code": "ERESOLVE", "summary": "peers"}}', "validation.environment-failed"),
        ('{"error": {}}', "validation.environment-failed"),
        ("", "validation.environment-failed"),
    ],
)
def test_what_npm_says_becomes_an_error_with_a_remedy(error: str, code: str) -> None:
    failure = _failure_of("target", "1.0.0", Finished(1, error, "npm error"))
    assert failure.code == code
    assert failure.remedy


def test_a_machine_without_node(tmp_path: Path, no_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    builders = {"npm": NPMBuilder(EnvironmentLimits())}
    with pytest.raises(UnavailableError) as caught:
        PackageEnvironments(tmp_path, no_sandbox, builders=builders).build(_recipe("pkg:npm/target@1.0.0"))
    assert caught.value.code == "validation.program-missing"
