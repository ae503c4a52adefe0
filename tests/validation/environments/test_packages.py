"""Real packages from the configured registries: the machine's own configuration decides which these are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.kernel.purl import parse_purl
from seawall.platform.sandbox.interface import Job, Mount, Sandbox
from seawall.validation.environments.packages import PackageEnvironments
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import Recipe
from seawall.validation.ports import ENVIRONMENT

pytestmark = [pytest.mark.registry, pytest.mark.sandbox, pytest.mark.slow, pytest.mark.enable_socket]

PYTHON = [
    ("pkg:pypi/pyyaml@5.3.1", ("yaml",), "yaml", "yaml.safe_load('[1, 2]')", "[1, 2]"),
    ("pkg:pypi/ujson@5.1.0", ("ujson",), "ujson", "ujson.loads('[1, 2]')", "[1, 2]"),
    ("pkg:pypi/django@3.1.5", ("django",), "django", "django.get_version()", "3.1.5"),
    ("pkg:pypi/pygments@2.7.3", ("pygments",), "pygments", "pygments.__version__", "2.7.3"),
    ("pkg:pypi/orjson@3.9.14", ("orjson",), "orjson", "orjson.loads('[1, 2]')", "[1, 2]"),
]
NODE = [
    ("pkg:npm/ejs@3.1.6", "ejs", "m.render('<%= 1 + 1 %>')", "2"),
    ("pkg:npm/semver@7.5.1", "semver", "m.gt('2.0.0', '1.0.0')", "true"),
    ("pkg:npm/jsonpath-plus@9.0.0", "jsonpath-plus", "m.JSONPath({path: '$.a', json: {a: 3}})[0]", "3"),
]


@pytest.fixture
def environments(tmp_path: Path, sandbox: Sandbox) -> PackageEnvironments:
    return PackageEnvironments(tmp_path, sandbox)


@pytest.mark.parametrize(
    ("purl", "imports", "module", "expression", "result"), PYTHON, ids=[case[0] for case in PYTHON]
)
def test_a_python_package_works_in_the_sandbox(
    purl: str,
    imports: tuple[str, ...],
    module: str,
    expression: str,
    result: str,
    environments: PackageEnvironments,
    sandbox: Sandbox,
) -> None:
    built = environments.build(Recipe(parse_purl(purl)))
    assert built.imports == imports
    code = f"import sys; sys.path.insert(0, '{ENVIRONMENT}/site'); import {module}; print({expression})"
    mounts = (*built.runtime.mounts, Mount(built.root, ENVIRONMENT))
    verdict = sandbox.run(Job((*built.runtime.argv, "-I", "-S", "-c", code), mounts=mounts))
    assert verdict.stdout.decode().strip() == result, verdict.stderr


@pytest.mark.parametrize(("purl", "module", "expression", "result"), NODE, ids=[case[0] for case in NODE])
def test_a_node_package_works_in_the_sandbox(
    purl: str, module: str, expression: str, result: str, environments: PackageEnvironments, sandbox: Sandbox
) -> None:
    built = environments.build(Recipe(parse_purl(purl)))
    assert built.imports == (module,)
    code = f"const m = require({json.dumps(f'{ENVIRONMENT}/node_modules/{module}')}); console.log(String({expression}))"
    mounts = (*built.runtime.mounts, Mount(built.root, ENVIRONMENT))
    verdict = sandbox.run(Job((*built.runtime.argv, "-e", code), mounts=mounts))
    assert verdict.stdout.decode().strip() == result, verdict.stderr


@pytest.mark.parametrize(
    ("purl", "code"),
    [
        ("pkg:pypi/seawall-has-no-such-package@1.0", "validation.no-such-package"),
        ("pkg:pypi/django@3.1.999", "validation.no-such-version"),
        ("pkg:npm/seawall-has-no-such-package@1.0.0", "validation.no-such-package"),
        ("pkg:npm/ejs@3.1.999", "validation.no-such-version"),
    ],
)
def test_what_does_not_exist(purl: str, code: str, environments: PackageEnvironments) -> None:
    with pytest.raises(EnvironmentFailedError) as caught:
        environments.build(Recipe(parse_purl(purl)))
    assert caught.value.code == code


def test_a_build_from_source_gives_the_same_bytes_twice(tmp_path: Path, sandbox: Sandbox) -> None:
    trees = []
    for place in ("a", "b"):
        built = PackageEnvironments(tmp_path / place, sandbox).build(Recipe(parse_purl("pkg:pypi/pyyaml@5.3.1")))
        trees.append(json.loads((built.root.parent / "manifest.json").read_bytes())["tree"])
    assert trees[0] == trees[1]
