from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seawall.validation.environments.wheels import Budget, import_names, read_wheel, unpack
from seawall.validation.errors import EnvironmentFailedError

if TYPE_CHECKING:
    from conftest import Links

AMPLE = 10**9


def _unpack(path: Path, into: Path, *, size: int = AMPLE, files: int = AMPLE) -> tuple[str, ...]:
    into.mkdir(exist_ok=True)
    return unpack(read_wheel(path), into, Budget(size, files))


def _code(path: Path, into: Path, **limits: int) -> str:
    with pytest.raises(EnvironmentFailedError) as caught:
        _unpack(path, into, **limits)
    return caught.value.code


def test_a_wheel_is_named_and_hashed(links: Links) -> None:
    wheel = read_wheel(links.wheel("Foo.Bar", "1.0.0", {"foo/__init__.py": ""}))
    assert (wheel.name, wheel.version) == ("foo-bar", "1.0.0")
    assert wheel.pin == f"foo-bar==1.0.0 sha256:{wheel.sha256}"
    assert len(wheel.sha256) == 64


def test_modules_and_metadata_are_unpacked_and_nothing_that_would_run_by_itself(links: Links, tmp_path: Path) -> None:
    wheel = links.wheel(
        "foo",
        "1",
        {
            "foo/__init__.py": "x = 1",
            "foo.pth": "import os; os.abort()",
            "foo/kept.pth": "data",
            "foo-1.data/scripts/foo": "#!python",
            "foo-1.data/data/etc/foo.conf": "x",
            "foo-1.data/platlib/_foo.py": "y = 2",
        },
    )
    site = tmp_path / "site"
    assert _unpack(wheel, site) == (
        "_foo.py",
        "foo-1.dist-info/METADATA",
        "foo-1.dist-info/RECORD",
        "foo-1.dist-info/WHEEL",
        "foo/__init__.py",
        "foo/kept.pth",
    )
    assert (site / "_foo.py").read_text() == "y = 2"
    assert not (site / "foo.pth").exists()
    assert not (site / "foo-1.data").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.py",
        "foo/../../escaped.py",
        "/escaped.py",
        "foo\\..\\..\\escaped.py",
        "C:/escaped.py",
        "foo//escaped.py",
        "foo/./escaped.py",
        "foo-1.data/purelib/../../../escaped.py",
        "foo/\x01.py",
        "a/" * 600 + "x.py",
        "x" * 300 + ".py",
    ],
)
def test_a_name_that_leads_out_or_is_no_plain_path_is_refused(name: str, links: Links, tmp_path: Path) -> None:
    wheel = links.wheel("foo", "1", {"foo/__init__.py": "", name: "escaped"})
    assert _code(wheel, tmp_path / "site") == "validation.bad-archive"
    assert not list(tmp_path.glob("**/escaped.py"))


def test_a_link_is_refused(links: Links, tmp_path: Path) -> None:
    wheel = links.wheel("foo", "1", {"foo/__init__.py": ""}, symlinks={"foo/secret": "/etc/passwd"})
    assert _code(wheel, tmp_path / "site") == "validation.bad-archive"
    assert not (tmp_path / "site" / "foo" / "secret").exists()


def test_a_name_twice_is_refused(links: Links, tmp_path: Path) -> None:
    path = links.wheel("foo", "1", {"foo/__init__.py": "first"})
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("foo/__init__.py", "second")
    assert _code(path, tmp_path / "site") == "validation.bad-archive"


def test_a_file_where_a_folder_is_needed_is_refused(links: Links, tmp_path: Path) -> None:
    wheel = links.wheel("foo", "1", {"foo": "a file", "foo/bar/__init__.py": ""})
    assert _code(wheel, tmp_path / "site") == "validation.bad-archive"


def test_a_broken_archive_is_refused(links: Links, tmp_path: Path) -> None:
    path = links.wheel("foo", "1", {"foo/__init__.py": "x" * 5000})
    data = bytearray(path.read_bytes())
    data[60:70] = b"\xff" * 10
    path.write_bytes(data)
    assert _code(path, tmp_path / "site") == "validation.bad-archive"
    path.write_bytes(b"PK no zip at all")
    assert _code(path, tmp_path / "site2") == "validation.bad-archive"


def test_a_bomb_is_stopped_at_the_budget(links: Links, tmp_path: Path) -> None:
    wheel = links.wheel("foo", "1", {f"foo/{number}.py": b"\0" * 1_000_000 for number in range(20)})
    assert wheel.stat().st_size < 100_000
    assert _code(wheel, tmp_path / "site", size=5_000_000) == "validation.environment-too-large"
    assert sum(path.stat().st_size for path in (tmp_path / "site").rglob("*") if path.is_file()) <= 6_000_000


def test_a_bomb_that_states_a_small_size_writes_no_more_than_that(links: Links, tmp_path: Path) -> None:
    path = links.wheel("foo", "1", {"foo/__init__.py": b"\0" * 50_000_000})
    data = path.read_bytes()
    # The member's size stands in its local header and in the directory; both are made to lie.
    path.write_bytes(data.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 100)))
    assert _code(path, tmp_path / "site", size=1_000_000) == "validation.bad-archive"


def test_too_many_files_are_refused_before_any_is_written(links: Links, tmp_path: Path) -> None:
    wheel = links.wheel("foo", "1", {f"foo/m{number}.py": "" for number in range(200)})
    assert _code(wheel, tmp_path / "site", files=100) == "validation.environment-too-large"
    assert not list((tmp_path / "site").iterdir())


def test_the_first_wheel_keeps_its_files(links: Links, tmp_path: Path) -> None:
    site = tmp_path / "site"
    _unpack(links.wheel("target", "1", {"target/__init__.py": "genuine"}), site)
    _unpack(links.wheel("rogue", "1", {"target/__init__.py": "replaced", "rogue.py": ""}), site)
    assert (site / "target" / "__init__.py").read_text() == "genuine"
    assert (site / "rogue.py").exists()


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("evil @ https://packages.example/evil.whl", True),
        ("evil @ git+https://packages.example/evil", True),
        ('evil @ https://packages.example/evil.whl ; extra == "more"', False),
        ('evil @ https://packages.example/evil.whl ; python_version < "3"', False),
        ("plain >= 1", False),
    ],
)
def test_a_dependency_on_an_address_is_refused(line: str, refused: bool, links: Links, tmp_path: Path) -> None:
    wheel = links.wheel("foo", "1", {"foo.py": ""}, requires=[line])
    if refused:
        assert _code(wheel, tmp_path / "site") == "validation.unsafe-dependency"
    else:
        assert "foo.py" in _unpack(wheel, tmp_path / "site")


def test_what_is_no_wheels_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "foo-1.whl").write_bytes(b"")
    with pytest.raises(EnvironmentFailedError) as caught:
        read_wheel(tmp_path / "foo-1.whl")
    assert caught.value.code == "validation.bad-archive"


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["yaml/__init__.py", "yaml/loader.py", "_yaml/__init__.py"], ("_yaml", "yaml")),
        (["six.py", "six-1.dist-info/METADATA"], ("six",)),
        (["ujson.cpython-311-x86_64-linux-gnu.so"], ("ujson",)),
        (["_cffi.abi3.so"], ("_cffi",)),
        (["google/cloud/storage/__init__.py", "google/cloud/storage/blob.py"], ("google.cloud.storage",)),
        (["google/cloud/version.py"], ("google.cloud.version",)),
        (["a/__init__.py", "a/data/x.py", "a/b/__init__.py"], ("a",)),
        (["a/data/x.json", "docs/conf.txt", "not-a-module/x.py", "a/__pycache__/b.py"], ()),
        (["1x.py", "class/__init__.py"], ("class",)),
    ],
)
def test_import_names_come_from_the_files(paths: list[str], names: tuple[str, ...]) -> None:
    assert import_names(paths) == names
