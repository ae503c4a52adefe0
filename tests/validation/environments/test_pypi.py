from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seawall.kernel.errors import UnavailableError
from seawall.kernel.purl import parse_purl
from seawall.platform.sandbox.interface import Job, Mount, Sandbox
from seawall.platform.sandbox.testing import FakeSandbox, verdict
from seawall.validation.environments.interface import EnvironmentLimits
from seawall.validation.environments.packages import PackageEnvironments
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import Recipe
from seawall.validation.ports import ENVIRONMENT, Environment

if TYPE_CHECKING:
    from conftest import Links, Registry

IN_TREE_BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    {attack}
    name = "{wheel}"
    with zipfile.ZipFile(folder + "/" + name, "w") as archive:
        archive.writestr("hostile.py", {module})
        archive.writestr("hostile-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: hostile\\nVersion: 1\\n")
        archive.writestr("hostile-1.dist-info/WHEEL", "Wheel-Version: 1.0\\n")
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def _recipe(purl: str, *requires: str) -> Recipe:
    return Recipe(parse_purl(purl), requires)


def _failure(environments: PackageEnvironments, recipe: Recipe) -> EnvironmentFailedError:
    with pytest.raises(EnvironmentFailedError) as caught:
        environments.build(recipe)
    return caught.value


def _hostile(
    links: Links, *, attack: str = "pass", module: str = "''", wheel: str = "hostile-1-py3-none-any.whl"
) -> None:
    backend = IN_TREE_BACKEND.format(attack=attack, module=module, wheel=wheel)
    links.sdist("hostile", "1", {"pyproject.toml": PYPROJECT, "backend.py": backend})


def _site(environment: Environment) -> Path:
    return environment.root / "site"


def test_a_package_with_its_dependencies_and_pins(links: Links, cache: Path, no_sandbox: Sandbox) -> None:
    wheel = links.wheel("target", "1.0", {"target/__init__.py": "v = 1"}, requires=["helper>=1"])
    links.wheel("target", "2.0", {"target/__init__.py": "v = 2"}, requires=["helper>=1"])
    links.wheel("helper", "1.0", {"helper.py": "v = 1"})
    links.wheel("helper", "3.0", {"helper.py": "v = 3"})
    links.wheel("extra", "5.0", {"extra.py": ""})
    built = PackageEnvironments(cache, no_sandbox).build(_recipe("pkg:pypi/Target@1.0", "extra==5", "helper==1.0"))
    assert (_site(built) / "target" / "__init__.py").read_text() == "v = 1"
    assert (_site(built) / "helper.py").read_text() == "v = 1"
    assert (_site(built) / "extra.py").exists()
    assert built.imports == ("target",)
    assert [package.split(" ")[0] for package in built.record.packages] == ["extra==5.0", "helper==1.0", "target==1.0"]
    assert built.record.runtime == "python " + ".".join(map(str, sys.version_info[:3]))
    assert wheel.name.startswith("target-1.0")


def test_the_same_recipe_gives_the_same_digest_elsewhere_and_another_one_does_not(
    links: Links, tmp_path: Path, no_sandbox: Sandbox
) -> None:
    links.wheel("target", "1", {"target.py": ""})
    links.wheel("target", "2", {"target.py": ""})
    links.wheel("extra", "1", {"extra.py": ""})
    digests = [
        PackageEnvironments(tmp_path / place, no_sandbox).build(_recipe(*recipe)).record.digest
        for place, recipe in (
            ("a", ("pkg:pypi/target@1",)),
            ("b", ("pkg:pypi/target@1",)),
            ("a", ("pkg:pypi/target@2",)),
            ("a", ("pkg:pypi/target@1", "extra==1")),
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_other_bytes_under_the_same_version_give_another_digest(
    links: Links, tmp_path: Path, no_sandbox: Sandbox
) -> None:
    links.wheel("target", "1", {"target.py": "one"})
    first = PackageEnvironments(tmp_path / "a", no_sandbox).build(_recipe("pkg:pypi/target@1"))
    links.wheel("target", "1", {"target.py": "two"})
    second = PackageEnvironments(tmp_path / "b", no_sandbox).build(_recipe("pkg:pypi/target@1"))
    assert first.record.digest != second.record.digest


def test_a_package_and_a_version_that_do_not_exist(links: Links, cache: Path, no_sandbox: Sandbox) -> None:
    links.wheel("target", "1.5", {"target.py": ""})
    environments = PackageEnvironments(cache, no_sandbox)
    assert _failure(environments, _recipe("pkg:pypi/nowhere@1")).code == "validation.no-such-package"
    failure = _failure(environments, _recipe("pkg:pypi/target@9"))
    assert failure.code == "validation.no-such-version"
    assert failure.details == {"package": "target", "version": "9", "known": "1.5"}


def test_what_does_not_exist_today_is_found_when_it_does(links: Links, cache: Path, no_sandbox: Sandbox) -> None:
    environments = PackageEnvironments(cache, no_sandbox)
    assert _failure(environments, _recipe("pkg:pypi/target@1")).code == "validation.no-such-package"
    links.wheel("target", "1", {"target.py": ""})
    assert environments.build(_recipe("pkg:pypi/target@1")).imports == ("target",)


def test_a_dependency_that_does_not_exist_is_not_the_reports_fault(
    links: Links, cache: Path, no_sandbox: Sandbox
) -> None:
    links.wheel("target", "1", {"target.py": ""}, requires=["nowhere==3"])
    failure = _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:pypi/target@1"))
    assert failure.code == "validation.no-such-dependency"
    assert failure.details["requirement"] == "nowhere==3"


def test_pins_that_contradict_each_other(links: Links, cache: Path, no_sandbox: Sandbox) -> None:
    links.wheel("target", "1", {"target.py": ""}, requires=["helper>=2"])
    links.wheel("helper", "1", {"helper.py": ""})
    links.wheel("helper", "2", {"helper.py": ""})
    failure = _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:pypi/target@1", "helper==1"))
    assert failure.code == "validation.environment-failed"
    assert "helper" in failure.details["log"]


@pytest.mark.parametrize(
    "recipe",
    [
        _recipe("pkg:pypi/target"),
        _recipe("pkg:pypi/target@not.a.version!"),
        _recipe("pkg:pypi/target@1", "--index-url=http://evil.example"),
        _recipe("pkg:pypi/target@1", "-r==1"),
        _recipe("pkg:pypi/target@1", "helper"),
        _recipe("pkg:pypi/target@1", "helper @ git+https://evil.example/x==1"),
        _recipe("pkg:pypi/target@1", "helper==1 ; python_version > '3'"),
        _recipe("pkg:pypi/target@1", *[f"p{number}==1" for number in range(100)]),
        _recipe("pkg:pypi/target@1?repository_url=evil.example"),
        _recipe("pkg:pypi/%2Fetc%2Fpasswd@1"),
    ],
)
def test_what_is_no_release_never_reaches_pip(recipe: Recipe, cache: Path, no_sandbox: Sandbox) -> None:
    assert _failure(PackageEnvironments(cache, no_sandbox), recipe).code == "validation.bad-requirement"
    assert not cache.exists()


def test_an_unknown_ecosystem(cache: Path, no_sandbox: Sandbox) -> None:
    failure = _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:cargo/serde@1.0.0"))
    assert failure.code == "validation.unsupported-ecosystem"
    assert "npm, pypi" in failure.remedy


def test_a_wheel_that_leads_out_is_refused_and_leaves_nothing(
    links: Links, cache: Path, tmp_path: Path, no_sandbox: Sandbox
) -> None:
    links.wheel("target", "1", {"target.py": "", "../../../../escaped.py": "x"})
    assert (
        _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:pypi/target@1")).code == "validation.bad-archive"
    )
    assert not list(tmp_path.rglob("escaped.py"))
    assert not list((cache / "parts").iterdir())
    assert not list((cache / "roots").iterdir())


def test_a_download_beyond_the_limit(links: Links, cache: Path, no_sandbox: Sandbox) -> None:
    links.wheel("big", "1", {"big.py": os.urandom(3_000_000)})
    environments = PackageEnvironments(cache, no_sandbox, limits=EnvironmentLimits(download_bytes=1_000_000))
    failure = _failure(environments, _recipe("pkg:pypi/big@1"))
    assert failure.code == "validation.environment-too-large"


def test_a_dependency_named_by_address_runs_no_code_on_the_host(
    links: Links, cache: Path, tmp_path: Path, no_sandbox: Sandbox
) -> None:
    """pip applies --only-binary to the index alone: without the guard this setup.py runs on the host."""
    marker = tmp_path / "ran-on-the-host"
    links.setuptools()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    setup = f"open({str(marker)!r}, 'w')\nfrom setuptools import setup\nsetup(name='evil', version='1')\n"
    path = type(links)(elsewhere).sdist("evil", "1", {"setup.py": setup})
    links.wheel("target", "1", {"target.py": ""}, requires=[f"evil @ {path.as_uri()}"])
    failure = _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:pypi/target@1"))
    assert failure.code == "validation.unsafe-dependency"
    assert not marker.exists()


@pytest.mark.sandbox
def test_a_package_without_a_wheel_is_built_in_the_sandbox(links: Links, cache: Path, sandbox: Sandbox) -> None:
    _hostile(links, module="'built = True'")
    lines: list[str] = []
    built = PackageEnvironments(cache, sandbox).build(_recipe("pkg:pypi/hostile@1"), report=lines.append)
    assert (_site(built) / "hostile.py").read_text() == "built = True"
    assert built.imports == ("hostile",)
    assert lines[-1] == "building hostile 1 from source in the sandbox"
    assert len(built.record.packages) == 1
    assert built.record.packages[0].startswith("hostile==1 sha256:")


@pytest.mark.sandbox
def test_an_old_setup_py_and_its_c_extension(links: Links, cache: Path, sandbox: Sandbox) -> None:
    links.setuptools()
    links.sdist(
        "old",
        "0.1",
        {
            "setup.py": (
                "from distutils.core import setup, Extension\n"
                "print('noise on stdout')\n"
                "setup(name='old', version='0.1', packages=['old'],\n"
                "      ext_modules=[Extension('_old', ['_old.c'], optional=False)])\n"
            ),
            "old/__init__.py": "import _old",
            "_old.c": (
                "#include <Python.h>\n"
                'static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "_old", 0, -1, 0};\n'
                "PyMODINIT_FUNC PyInit__old(void) { return PyModule_Create(&d); }\n"
            ),
        },
    )
    built = PackageEnvironments(cache, sandbox).build(_recipe("pkg:pypi/old@0.1"))
    assert built.imports == ("_old", "old")
    code = f"import sys; sys.path.insert(0, '{ENVIRONMENT}/site'); import old; print(old._old.__file__)"
    seen = sandbox.run(Job((*built.runtime.argv, "-I", "-S", "-c", code), mounts=(Mount(built.root, ENVIRONMENT),)))
    assert seen.stdout.startswith(b"/w/env/site/_old."), seen.stderr


@pytest.mark.sandbox
def test_a_hostile_build_has_neither_network_nor_secrets_nor_the_hosts_files(
    links: Links, cache: Path, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the host's")
    outside = tmp_path / "written-by-the-build"
    monkeypatch.setenv("SEAWALL_TEST_SECRET", "the host's")
    attack = f"""
    import json, os, socket, subprocess
    seen = {{}}
    def attempt(name, action):
        try:
            seen[name] = str(action())
        except Exception as error:
            seen[name] = type(error).__name__
    attempt("secret", lambda: open({str(secret)!r}).read())
    attempt("root", lambda: os.listdir("/root/.ssh"))
    attempt("home", lambda: os.listdir("/home"))
    attempt("write", lambda: open({str(outside)!r}, "w"))
    attempt("tools", lambda: open("/w/tools/x", "w"))
    attempt("archive", lambda: open("/w/sdist", "wb"))
    attempt("network", lambda: socket.create_connection(("192.0.2.1", 80), 2))
    attempt("names", lambda: socket.getaddrinfo("packages.example", 80))
    attempt("environment", lambda: sorted(os.environ))
    os.write(1, b'{{"wheel": "fake-1-py3-none-any.whl"}}')
    """
    _hostile(links, attack=attack.strip(), module="json.dumps(seen)")
    built = PackageEnvironments(cache, sandbox).build(_recipe("pkg:pypi/hostile@1"))
    seen = json.loads((_site(built) / "hostile.py").read_text())
    assert seen.pop("network") in {"OSError", "TimeoutError"}
    assert seen.pop("write") in {"FileNotFoundError", "PermissionError", "OSError"}
    assert seen.pop("tools") in {"PermissionError", "OSError"}
    assert seen.pop("archive") in {"PermissionError", "OSError"}
    assert "SEAWALL" not in seen["environment"]
    assert "PIP_" not in seen.pop("environment")
    assert seen == {
        "secret": "FileNotFoundError",
        "root": "FileNotFoundError",
        "home": "FileNotFoundError",
        "names": "gaierror",
    }
    assert not outside.exists()


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("attack", "wheel", "code"),
    [
        ("raise SystemExit(3)", "hostile-1-py3-none-any.whl", "validation.environment-failed"),
        ("pass", "setuptools-999-py3-none-any.whl", "validation.bad-archive"),
        ("pass", "hostile-2-py3-none-any.whl", "validation.bad-archive"),
        ("pass", "no wheel", "validation.bad-archive"),
        ("import os; os.kill(os.getpid(), 11)", "hostile-1-py3-none-any.whl", "validation.environment-failed"),
        ("while True: pass", "hostile-1-py3-none-any.whl", "validation.environment-failed"),
        (
            "open('/tmp/big', 'wb').write(b'x' * (1 << 31))",
            "hostile-1-py3-none-any.whl",
            "validation.environment-failed",
        ),
    ],
)
def test_a_build_that_misbehaves(
    attack: str, wheel: str, code: str, links: Links, cache: Path, sandbox: Sandbox
) -> None:
    _hostile(links, attack=attack, wheel=wheel)
    environments = PackageEnvironments(cache, sandbox, limits=EnvironmentLimits(build_seconds=4))
    assert _failure(environments, _recipe("pkg:pypi/hostile@1")).code == code
    assert not list((cache / "parts").iterdir())


@pytest.mark.parametrize(
    "stderr",
    [
        b"_old.c:1:10: fatal error: Python.h: No such file or directory",
        b"error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory",
        b"error: command 'g++' failed: No such file or directory",
    ],
)
def test_a_machine_without_a_compiler(stderr: bytes, links: Links, cache: Path) -> None:
    _hostile(links)
    sandbox = FakeSandbox(lambda _job: verdict(code=1, stderr=stderr))
    failure = _failure(PackageEnvironments(cache, sandbox), _recipe("pkg:pypi/hostile@1"))
    assert failure.code == "validation.toolchain-missing"
    assert sandbox.jobs[0].network is False
    assert sandbox.jobs[0].secret == ""


@pytest.mark.parametrize(
    "stdout",
    [b"", b"nonsense", b"[]", b'{"wheel": 3}\n', b'{"wheel": "../x-1-py3-none-any.whl"}\nPK', b'{"needs": 3}\n', b"{}"],
)
def test_an_answer_that_is_none(stdout: bytes, links: Links, cache: Path, tmp_path: Path) -> None:
    _hostile(links)
    sandbox = FakeSandbox(lambda _job: verdict(stdout=stdout))
    failure = _failure(PackageEnvironments(cache, sandbox), _recipe("pkg:pypi/hostile@1"))
    assert failure.code in {"validation.environment-failed", "validation.bad-archive"}
    assert not list(tmp_path.rglob("x-1-py3-none-any.whl"))


def test_a_build_that_asks_for_ever(links: Links, cache: Path) -> None:
    _hostile(links)
    for number in range(10):
        links.wheel(f"p{number}", "1", {f"p{number}.py": ""})
    rounds = iter(range(100))
    sandbox = FakeSandbox(lambda _job: verdict(stdout=b'{"needs": ["p%d"]}' % next(rounds)))
    failure = _failure(PackageEnvironments(cache, sandbox), _recipe("pkg:pypi/hostile@1"))
    assert failure.code == "validation.environment-failed"
    assert "keeps asking" in failure.details["log"]


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("requires", "code"),
    [
        ('["nowhere>=1"]', "validation.no-such-dependency"),
        ('["evil @ https://evil.example/evil.whl"]', "validation.unsafe-dependency"),
        ('["--index-url=https://evil.example"]', "validation.bad-requirement"),
        (str([f"p{number}" for number in range(100)]).replace("'", '"'), "validation.environment-failed"),
    ],
)
def test_a_build_that_asks_for_what_it_may_not_have(
    requires: str, code: str, links: Links, cache: Path, sandbox: Sandbox
) -> None:
    project = f'[build-system]\nrequires = {requires}\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    links.sdist("hostile", "1", {"pyproject.toml": project, "backend.py": ""})
    assert _failure(PackageEnvironments(cache, sandbox), _recipe("pkg:pypi/hostile@1")).code == code


@pytest.mark.sandbox
def test_a_dependency_without_a_wheel_is_built_too(links: Links, cache: Path, sandbox: Sandbox) -> None:
    links.wheel("target", "1", {"target.py": ""}, requires=["hostile>=1"])
    _hostile(links, module="'dependency'")
    built = PackageEnvironments(cache, sandbox).build(_recipe("pkg:pypi/target@1"))
    assert built.imports == ("target",)
    assert (_site(built) / "hostile.py").read_text() == "dependency"


def _index(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{registry.url}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)


def test_an_index_that_does_not_answer_is_no_missing_package(
    registry: Registry, cache: Path, no_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _index(registry, monkeypatch)
    registry.default = (503, "text/plain", b"busy")
    with pytest.raises(UnavailableError) as caught:
        PackageEnvironments(cache, no_sandbox).build(_recipe("pkg:pypi/target@1"))
    assert caught.value.code == "validation.registry-unreachable"
    registry.close()
    with pytest.raises(UnavailableError) as caught:
        PackageEnvironments(cache, no_sandbox).build(_recipe("pkg:pypi/target@1"))
    assert caught.value.code == "validation.registry-unreachable"


def test_an_index_that_answers_404_says_that_there_is_no_such_package(
    registry: Registry, cache: Path, no_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _index(registry, monkeypatch)
    failure = _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:pypi/target@1"))
    assert failure.code == "validation.no-such-package"
    assert registry.asked.count("/simple/target/") >= 2


@pytest.mark.sandbox
def test_a_source_archive_with_another_hash_than_the_index_states_is_refused(
    registry: Registry, links: Links, cache: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _hostile(links)
    body = (links.folder / "hostile-1.tar.gz").read_bytes()
    registry.answers["/files/hostile-1.tar.gz"] = (200, "application/gzip", body)
    page = f'<a href="/files/hostile-1.tar.gz#sha256={"0" * 64}">hostile-1.tar.gz</a>'.encode()
    registry.answers["/simple/hostile/"] = (200, "text/html", page)
    _index(registry, monkeypatch)
    failure = _failure(PackageEnvironments(cache, sandbox), _recipe("pkg:pypi/hostile@1"))
    assert failure.code == "validation.bad-archive"
    registry.answers["/simple/hostile/"] = (200, "text/html", b'<a href="/files/hostile-1.tar.gz">hostile-1.tar.gz</a>')
    assert PackageEnvironments(cache, sandbox).build(_recipe("pkg:pypi/hostile@1")).imports == ("hostile",)


def test_a_release_for_other_pythons_only(
    registry: Registry, cache: Path, no_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _index(registry, monkeypatch)
    page = b'<a href="/f/target-1.tar.gz" data-requires-python="&lt;3">target-1.tar.gz</a>'
    registry.answers["/simple/target/"] = (200, "text/html", page)
    failure = _failure(PackageEnvironments(cache, no_sandbox), _recipe("pkg:pypi/target@1"))
    assert failure.code == "validation.no-file-for-runtime"
