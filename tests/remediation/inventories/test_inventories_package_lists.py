"""Package lists as the tools print them: pip, npm, dpkg, rpm, apk."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import Limits
from seawall.remediation import Inventory
from seawall.remediation.inventories import parse_inventory


def purls(inventory: Inventory) -> list[str]:
    return [str(part.purl) for part in inventory.components]


def lock(**document: Any) -> bytes:
    return json.dumps({"name": "app", "version": "1.0.0", **document}).encode()


# --- pip

FREEZE = b"""# made by hand
Django==4.2.11
zope.interface==6.1 ; python_version >= "3.8"
uvicorn[standard]===0.30.1
requests==2.31.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
typing_extensions (==4.9.0)
flask>=2
numpy
black==24.*
mine @ git+https://example.org/mine.git@0123
-e git+https://example.org/other.git@0123#egg=other
-r base.txt
--index-url https://example.org/simple
=broken=
Django==4.2.11
"""


def test_pinned_requirements_are_read_and_others_named() -> None:
    inventory = parse_inventory(FREEZE)
    assert purls(inventory) == [
        "pkg:pypi/django@4.2.11",
        "pkg:pypi/zope.interface@6.1",
        "pkg:pypi/uvicorn@0.30.1",
        "pkg:pypi/requests@2.31.0",
        "pkg:pypi/typing-extensions@4.9.0",
    ]
    assert inventory.unreadable == (
        "flask: it names no version, but a range: >=2",
        "numpy: it names no version",
        "black: it names no version, but a range: ==24.*",
        "mine: it names no version, but a place: git+https://example.org/mine.git@0123",
        "line 13: it names no version: an editable install, -e git+https://example.org/other.git@0123#egg=other",
        "line 14: it names another file, which is not followed: -r base.txt",
        "line 16: it is no requirement: '=broken='",
    )
    assert inventory.notes == (
        "entries that repeat an earlier one: 1, the first 'Django==4.2.11'; each was taken once",
    )


def test_pip_list_in_columns() -> None:
    text = (
        b"Package    Version Editable project location\n---------- ------- ----\nDjango     4.2.11\nx 1.0 /src/x\n???\n"
    )
    inventory = parse_inventory(text)
    assert purls(inventory) == ["pkg:pypi/django@4.2.11", "pkg:pypi/x@1.0"]
    assert inventory.unreadable == ("line 5: it is no package with a version: '???'",)


def test_a_requirements_file_of_bare_names_is_told_by_its_name() -> None:
    inventory = parse_inventory(b"django\nflask\n", name="requirements-dev.txt")
    assert inventory.unreadable == ("django: it names no version", "flask: it names no version")


def test_many_blanks_in_a_requirement_take_no_time() -> None:
    text = b"a==1\n" * 9 + b"b" + b" " * 200_000 + b"c\n"
    assert len(parse_inventory(text, format_id="requirements").unreadable) == 1


# --- npm


@pytest.mark.parametrize("version", [2, 3])
def test_package_lock_by_folder(version: int) -> None:
    packages = {
        "": {"name": "app", "version": "1.0.0"},
        "node_modules/@babel/core": {"version": "7.24.0", "dev": True},
        "node_modules/a/node_modules/lodash": {"version": "4.17.20"},
        "node_modules/alias": {"name": "real", "version": "2.0.0"},
        "node_modules/local": {"resolved": "packages/local", "link": True},
        "packages/local": {"name": "local", "version": "0.1.0"},
        "node_modules/fromgit": {"version": "git+ssh://git@example.org/x.git#abc"},
        "node_modules/unversioned": {},
        "node_modules/broken": {"version": 3},
    }
    inventory = parse_inventory(lock(lockfileVersion=version, packages=packages, dependencies={"x": {"version": "9"}}))
    assert inventory.name == "app@1.0.0"
    assert purls(inventory) == [
        "pkg:npm/app@1.0.0",
        "pkg:npm/%40babel/core@7.24.0",
        "pkg:npm/lodash@4.17.20",
        "pkg:npm/real@2.0.0",
        "pkg:npm/local@0.1.0",
    ]
    assert [line.partition(":")[0] for line in inventory.unreadable] == [
        "node_modules/fromgit",
        "node_modules/unversioned",
        "node_modules/broken",
    ]


def test_package_lock_of_version_1_nests() -> None:
    inner = {"lodash": {"version": "4.17.20"}, "broken": 7}
    dependencies = {"a": {"version": "1.0.0", "dependencies": inner}, "alias": {"version": "npm:@s/real@2.0.0"}}
    inventory = parse_inventory(lock(lockfileVersion=1, dependencies=dependencies))
    assert purls(inventory) == ["pkg:npm/a@1.0.0", "pkg:npm/lodash@4.17.20", "pkg:npm/%40s/real@2.0.0"]
    assert inventory.components[1].ref == "node_modules/a/node_modules/lodash"
    assert len(inventory.unreadable) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lock(lockfileVersion=4, packages={}), "remediation.unsupported-inventory"),
        (lock(lockfileVersion=3, packages=[]), "remediation.unreadable-inventory"),
        (lock(lockfileVersion=3, packages={})[:-2], "remediation.unreadable-inventory"),
    ],
)
def test_bad_locks_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data)
    assert caught.value.code == code


def test_dependencies_nest_only_so_deep() -> None:
    nested: dict[str, Any] = {"version": "1"}
    for _ in range(20):
        nested = {"version": "1", "dependencies": {"a": nested}}
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(lock(lockfileVersion=1, dependencies={"a": nested}), Limits(depth=10))
    assert caught.value.code == "remediation.too-large"


# --- dpkg

QUERY = (
    b"libssl3\t3.0.11-1~deb12u2\tamd64\topenssl\t3.0.11-1~deb12u2\n"
    b"bash\t5.2.15-2+b2\tamd64\tbash\t5.2.15-2\n"
    b"adduser\t3.134\tall\tadduser\t3.134\n"
)


def test_dpkg_query_with_sources() -> None:
    inventory = parse_inventory(QUERY, distro="debian-12")
    assert purls(inventory) == [
        "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
        "pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12&upstream=bash%405.2.15-2",
        "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12",
    ]
    assert inventory.notes == ()


def test_dpkg_query_with_status_leaves_out_what_is_removed() -> None:
    lines = [line + status for line, status in zip(QUERY.splitlines(), (b"\tii ", b"\trc ", b"\thi "), strict=True)]
    inventory = parse_inventory(b"\n".join(lines), distro="ubuntu-22.04")
    assert [part.purl.name for part in inventory.components if part.purl] == ["libssl3", "adduser"]
    assert inventory.notes == ("packages left out, as only their configuration is still there: 1",)


def test_dpkg_query_by_default_is_read_and_its_gaps_are_stated() -> None:
    inventory = parse_inventory(b"adduser\t3.134\nlibc6:amd64\t2.36-9+deb12u4\nbad line\nxx\t\n")
    assert purls(inventory) == ["pkg:deb/adduser@3.134", "pkg:deb/libc6@2.36-9%2Bdeb12u4?arch=amd64"]
    assert inventory.unreadable == (
        "line 3: it is no package with a version: 'bad line'",
        "xx: it names no version",
    )
    assert ["source packages" in inventory.notes[0], "on which distribution" in inventory.notes[1]] == [True, True]


TABLE = """Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name            Version          Architecture Description
+++-===============-================-============-==============================================================
ii  adduser         3.134            all          add and remove users and groups
rc  oldpkg          1.0-1            amd64        gone
hi  libssl3:amd64   3.0.11-1         amd64        Secure Sockets Layer toolkit
iF  half            2-1              amd64        configured in part
garbage
"""


def test_dpkg_l() -> None:
    inventory = parse_inventory(TABLE.encode(), distro="debian-12")
    assert [(c.ref, c.purl.version) for c in inventory.components if c.purl] == [
        ("adduser:all", "3.134"),
        ("libssl3:amd64", "3.0.11-1"),
        ("half:amd64", "2-1"),
    ]
    assert inventory.unreadable == ("line 10: it is no package with a version: 'garbage'",)


def test_names_that_an_old_dpkg_cut_off_are_not_trusted() -> None:
    rule = "+++-" + "=" * 14 + "-" + "=" * 14 + "-" + "=" * 12 + "-" + "=" * 30
    row = "ii  libpython3.11- 3.11.2-6+deb12 amd64        Minimal subset of the Python"
    inventory = parse_inventory(f"||/ Name\n{rule}\n{row}\nii  bash           5.2            amd64        x\n".encode())
    assert [part.ref for part in inventory.components] == ["bash:amd64"]
    assert "cut off" in inventory.unreadable[0]


def test_dpkg_status() -> None:
    text = (
        b"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl (3.0.11-1)\n"
        b"Version: 3.0.11-1+b1\nDescription: x\n Package: folded\n\n"
        b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
        b"Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2\n\nVersion: 9\n"
    )
    inventory = parse_inventory(text, distro="debian-12")
    assert purls(inventory) == [
        "pkg:deb/debian/libssl3@3.0.11-1%2Bb1?arch=amd64&distro=debian-12&upstream=openssl%403.0.11-1",
        "pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-12",
    ]
    assert inventory.unreadable == ("a stanza: it names no package",)


# --- rpm


def test_rpm_with_epoch_and_source() -> None:
    text = (
        b"openssl-libs\t1\t3.0.7\t27.el9\tx86_64\topenssl-3.0.7-27.el9.src.rpm\n"
        b"bash\t(none)\t5.1.8\t9.el9\tx86_64\tbash-5.1.8-9.el9.src.rpm\n"
        b"gpg-pubkey\t(none)\tfd431d51\t4ae0493b\t(none)\t(none)\n"
    )
    inventory = parse_inventory(text, distro="rhel-9.3")
    assert purls(inventory) == [
        "pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rhel-9.3&epoch=1&upstream=openssl-3.0.7-27.el9.src.rpm",
        "pkg:rpm/redhat/bash@5.1.8-9.el9?arch=x86_64&distro=rhel-9.3&upstream=bash-5.1.8-9.el9.src.rpm",
    ]
    assert inventory.notes == ("entries left out, as they are signing keys (gpg-pubkey): 1",)


def test_rpm_by_default_is_read_and_its_gaps_are_stated() -> None:
    text = b"python3-libs-3.9.18-1.el9_3.x86_64\nopenssl-1:3.0.7-27.el9.x86_64\nold-pkg-1.0-2\ngpg-pubkey-fd43-4ae0\n"
    inventory = parse_inventory(text, distro="rocky-9")
    assert purls(inventory) == [
        "pkg:rpm/rocky/python3-libs@3.9.18-1.el9_3?arch=x86_64&distro=rocky-9",
        "pkg:rpm/rocky/openssl@3.0.7-27.el9?arch=x86_64&distro=rocky-9&epoch=1",
        "pkg:rpm/rocky/old-pkg@1.0-2?distro=rocky-9",
    ]
    assert "epochs" in inventory.notes[1]


# --- apk


def test_apk_list_and_info() -> None:
    listed = (
        b"WARNING: opening cache\n"
        b"ssl_client-1.36.1-r15 x86_64 {busybox} (GPL-2.0-only) [installed]\n"
        b"busybox-1.36.1-r15 x86_64 {busybox} (GPL-2.0-only) [installed]\n"
        b"zlib-1.3-r2 x86_64 {zlib} (Zlib) [upgradable from: zlib-1.2-r0]\n"
    )
    inventory = parse_inventory(listed, distro="alpine-3.19")
    assert purls(inventory) == [
        "pkg:apk/alpine/ssl_client@1.36.1-r15?arch=x86_64&distro=alpine-3.19&upstream=busybox",
        "pkg:apk/alpine/busybox@1.36.1-r15?arch=x86_64&distro=alpine-3.19",
    ]
    info = parse_inventory(b"musl-1.2.4-r2\nlibcrypto3-3.1.4-r5 - Crypto library\n", distro="alpine-3.19")
    assert purls(info) == [
        "pkg:apk/alpine/musl@1.2.4-r2?distro=alpine-3.19",
        "pkg:apk/alpine/libcrypto3@3.1.4-r5?distro=alpine-3.19",
    ]
    assert "origins" in info.notes[0]


def test_apk_database() -> None:
    text = b"C:Q1abc=\nP:ssl_client\nV:1.36.1-r15\nA:x86_64\no:busybox\nF:bin\nR:x\n\nC:Q1\nV:1-r0\n"
    inventory = parse_inventory(text, distro="alpine-3.19")
    assert purls(inventory) == ["pkg:apk/alpine/ssl_client@1.36.1-r15?arch=x86_64&distro=alpine-3.19&upstream=busybox"]
    assert inventory.unreadable == ("a stanza: it names no package",)


# --- distributions


@pytest.mark.parametrize(
    ("distro", "code"),
    [
        ("debian", "remediation.unknown-distro"),
        ("12-debian", "remediation.unknown-distro"),
        ("debian-12; rm -rf", "remediation.unknown-distro"),
        ("alpine-3.19", "remediation.wrong-distro"),
        ("rhel-9", "remediation.wrong-distro"),
    ],
)
def test_a_distribution_that_cannot_be_is_refused(distro: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(QUERY, distro=distro)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("distro", "namespace", "qualifier"),
    [("Debian:12", "debian", "debian-12"), ("opensuse-leap-15.5", "opensuse", "opensuse-leap-15.5")],
)
def test_distributions_are_named_as_os_release_does(distro: str, namespace: str, qualifier: str) -> None:
    data = QUERY if namespace == "debian" else b"bash\t(none)\t5.1\t9\tx86_64\tbash-5.1-9.src.rpm\n"
    purl = parse_inventory(data, distro=distro).components[0].purl
    assert purl is not None
    assert (purl.namespace, dict(purl.qualifiers)["distro"]) == (namespace, qualifier)
