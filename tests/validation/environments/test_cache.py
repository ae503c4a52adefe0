from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seawall.kernel.errors import BusyError, UnavailableError
from seawall.kernel.purl import parse_purl
from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.environments import trees
from seawall.validation.environments.cache import Cached, EnvironmentCache, Plan
from seawall.validation.environments.interface import Resolved
from seawall.validation.environments.packages import PackageEnvironments
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import Recipe

if TYPE_CHECKING:
    from conftest import Links

PLAN = Plan("a" * 64, "pkg:pypi/target@1", "python 3.11.7", "linux-x86_64")
RESOLVED = Resolved(("target==1 sha256:00",), (), ("target",))

BUILD = """
import sys
from pathlib import Path
from seawall.kernel.purl import parse_purl
from seawall.validation.environments.packages import PackageEnvironments
from seawall.validation.model import Recipe
lines = []
built = PackageEnvironments(Path(sys.argv[1]), None).build(Recipe(parse_purl("pkg:pypi/target@1")), report=lines.append)
print(built.record.digest, len(lines), (built.root / "site" / "target.py").read_text())
"""

# Kills its own process at the n-th call of one function on the way.
KILLED = """
import os, signal, sys
from pathlib import Path
import seawall.validation.environments.cache as cache
from seawall.validation.environments.interface import Resolved
root, owner, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
def build(into, work):
    (into / "site").mkdir()
    (into / "site" / "target.py").write_text("half")
    if name == "build":
        die()
    (into / "site" / "more.py").write_text("whole")
    return Resolved(("target==1 sha256:00",), (), ("target",))
if name != "build":
    setattr(cache if owner == "module" else cache.EnvironmentCache, name, die)
plan = cache.Plan("a" * 64, "pkg:pypi/target@1", "python 3.11.7", "linux-x86_64")
cache.EnvironmentCache(root, wait_seconds=5).obtain(plan, build)
"""


def _fill(content: str = "x = 1") -> Callable[[Path, Path], Resolved]:
    def build(into: Path, work: Path) -> Resolved:
        assert not list(into.iterdir())
        assert not list(work.iterdir())
        (into / "site").mkdir()
        (into / "site" / "target.py").write_text(content)
        (work / "scratch").write_text("gone afterwards")
        return RESOLVED

    return build


def _never(into: Path, work: Path) -> Resolved:
    raise AssertionError("this was to come from the cache")


def _content(cached: Cached) -> str:
    return (cached.root / "site" / "target.py").read_text()


@pytest.fixture
def cache(tmp_path: Path) -> EnvironmentCache:
    return EnvironmentCache(tmp_path, wait_seconds=5)


def _again(tmp_path: Path) -> EnvironmentCache:
    """A cache as another process would open it."""
    return EnvironmentCache(tmp_path, wait_seconds=5)


def test_an_environment_is_built_once(cache: EnvironmentCache, tmp_path: Path) -> None:
    first = cache.obtain(PLAN, _fill())
    assert cache.obtain(PLAN, _never) == first
    assert _again(tmp_path).obtain(PLAN, _never) == first
    assert first.manifest.imports == ("target",)
    assert first.manifest.record.packages == ("target==1 sha256:00",)
    assert not list((tmp_path / "parts").iterdir())


def test_an_environment_is_read_only(cache: EnvironmentCache) -> None:
    root = cache.obtain(PLAN, _fill()).root
    assert {path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")]} == {0o555, 0o444}


def test_two_recipes_that_resolve_to_the_same_share_one_folder(cache: EnvironmentCache, tmp_path: Path) -> None:
    first = cache.obtain(PLAN, _fill())
    assert cache.obtain(replace(PLAN, recipe="b" * 64), _fill()) == first
    assert len(list((tmp_path / "roots").iterdir())) == 1


@pytest.mark.parametrize("change", ["purl", "runtime", "platform"])
def test_another_package_runtime_or_platform_is_another_environment(change: str, cache: EnvironmentCache) -> None:
    first = cache.obtain(PLAN, _fill())
    other = cache.obtain(replace(PLAN, recipe="b" * 64, **{change: "other"}), _fill())
    assert other.manifest.digest != first.manifest.digest


def test_a_failed_build_leaves_nothing_and_may_be_tried_again(cache: EnvironmentCache, tmp_path: Path) -> None:
    def fail(into: Path, work: Path) -> Resolved:
        (into / "half").write_text("")
        raise EnvironmentFailedError("validation.environment-failed", "no", remedy="none")

    with pytest.raises(EnvironmentFailedError):
        cache.obtain(PLAN, fail)
    assert not list((tmp_path / "parts").iterdir())
    assert not list((tmp_path / "recipes").iterdir())
    assert _content(cache.obtain(PLAN, _fill())) == "x = 1"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("-", "build"),
        ("module", "measure"),
        ("module", "freeze"),
        ("class", "_place"),
        ("class", "_point"),
        ("module", "remove"),
    ],
)
def test_a_builder_that_is_killed_leaves_no_half_environment(owner: str, name: str, tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), owner, name], check=False)
    assert ended.returncode == -signal.SIGKILL
    built = _again(tmp_path).obtain(PLAN, _fill("whole"))
    # Killed after its environment was in place, its work counts; before, it counts for nothing.
    assert sorted(path.name for path in (built.root / "site").iterdir()) in (
        [["more.py", "target.py"]] if name in {"_point", "remove"} else [["target.py"]]
    )
    if name not in {"_point", "remove"}:
        assert _content(built) == "whole"
    assert not list((tmp_path / "parts").glob(f"{PLAN.recipe}.*")) or name == "remove"


@pytest.mark.parametrize("damage", ["change", "add", "remove", "link", "manifest", "folder"])
def test_a_damaged_environment_is_noticed_and_built_anew(damage: str, cache: EnvironmentCache, tmp_path: Path) -> None:
    root = cache.obtain(PLAN, _fill()).root
    site = root / "site"
    for folder in (root, site):
        folder.chmod(0o755)
    file = site / "target.py"
    if damage == "change":
        file.chmod(0o644)
        file.write_text("x = 2")
    elif damage == "add":
        (site / "more.py").write_text("")
    elif damage == "remove":
        file.unlink()
    elif damage == "link":
        (site / "link").symlink_to("/etc/passwd")
    elif damage == "manifest":
        (root.parent / "manifest.json").write_text("{")
    else:
        trees.remove(root.parent)
    assert _content(_again(tmp_path).obtain(PLAN, _fill("new"))) == "new"


def test_a_recipe_file_cut_short_by_a_power_cut_is_written_anew(cache: EnvironmentCache, tmp_path: Path) -> None:
    cache.obtain(PLAN, _fill())
    (tmp_path / "recipes" / f"{PLAN.recipe}.json").write_text("")
    assert _content(_again(tmp_path).obtain(PLAN, _fill())) == "x = 1"


def test_waiting_for_another_builder_ends(tmp_path: Path) -> None:
    building, done = threading.Event(), threading.Event()

    def slow(into: Path, work: Path) -> Resolved:
        building.set()
        done.wait(30)
        return _fill()(into, work)

    thread = threading.Thread(target=lambda: _again(tmp_path).obtain(PLAN, slow))
    thread.start()
    try:
        building.wait(30)
        with pytest.raises(BusyError) as caught:
            EnvironmentCache(tmp_path, wait_seconds=0.3).obtain(PLAN, _never)
        assert caught.value.code == "validation.environment-busy"
    finally:
        done.set()
        thread.join()
    assert _content(_again(tmp_path).obtain(PLAN, _never)) == "x = 1"


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError) as caught:
        EnvironmentCache(tmp_path / "file", wait_seconds=1).obtain(PLAN, _fill())
    assert caught.value.code == "validation.environments-unwritable"


def test_two_processes_at_once_build_once(links: Links, tmp_path: Path) -> None:
    links.wheel("target", "1", {"target.py": "x = 1"})
    command = [sys.executable, "-c", BUILD, str(tmp_path / "cache")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    results = [process.communicate(timeout=120)[0].split(" ", 2) for process in running]
    assert len({result[0] for result in results}) == 1
    assert sorted(result[1] for result in results) == ["0", "0", "1"]
    assert {result[2] for result in results} == {"x = 1\n"}


def test_an_environment_in_the_cache_needs_no_registry(
    links: Links, tmp_path: Path, no_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    links.wheel("target", "1", {"target.py": "x = 1"})
    recipe = Recipe(parse_purl("pkg:pypi/target@1"))
    first = PackageEnvironments(tmp_path / "cache", no_sandbox).build(recipe)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "/nonexistent")
    assert PackageEnvironments(tmp_path / "cache", no_sandbox).build(recipe) == first
    assert os.environ["PATH"] == ""
