r"""Packages of RHEL, Fedora, SUSE and their like: `rpm -qa`, default or with the recommended format.

Best is `rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n'`: the default output
names neither epoch nor source package. `gpg-pubkey` entries are keys and no packages: counted and left out. In a purl
the epoch is a qualifier and `upstream` is the name of the source RPM, as syft writes both. Source: rpm(8), purl
specification, type rpm.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.remediation.inventories.distro import check_distro, linux_purl
from seawall.remediation.inventories.interface import NO_DISTRO, Document, Reading
from seawall.remediation.inventories.text_lines import lines_of

_ARCH: Final = (
    r"noarch|x86_64(?:_v[234])?|i[3456]86|amd64|ia64|aarch64|armv[5-8]\w*|ppc|ppc64(?:le)?|ppc64p7|s390x?|riscv64|"
    r"loongarch64|sparc\w*|mips\w*|src|\(none\)"
)
NEVRA: Final = re.compile(rf"(\S+)-(?:(\d+):)?([^-\s:]+)-([^-\s:]+?)(?:\.({_ARCH}))?")
_COLUMNS: Final = 6
_NONE: Final = "(none)"
_KEY: Final = "gpg-pubkey"
_NO_EPOCH: Final = (
    "the list names neither epochs nor source packages: comparing versions without an epoch can err, mostly towards "
    "too many findings; docs/inventories.md has the command that names them"
)


def read(document: Document, reading: Reading) -> str:
    """Read the list.

    Raises:
        InvalidInputError: It is not text, or from another kind of distribution (`remediation.wrong-distro`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    check_distro(reading.distro, "rpm")
    keys = 0
    bare = False
    for number, line in lines_of(document, reading, "rpm's list"):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) == _COLUMNS:
            name, epoch, version, release, arch, source = ("" if cell == _NONE else cell for cell in cells)
        elif found := NEVRA.fullmatch(line.strip()):
            name, epoch, version, release, arch = (part or "" for part in found.groups())
            source, arch = "", "" if arch == _NONE else arch
            bare = bare or not epoch
        else:
            reading.refuse(f"line {number}", f"it is no package with a version: {line[:100]!r}")
            continue
        if name == _KEY:
            keys += 1
            continue
        if not (name and version and release):
            reading.refuse(name or f"line {number}", "it names no version and release")
            continue
        purl = linux_purl("rpm", reading.distro, name, f"{version}-{release}", arch=arch, epoch=epoch, upstream=source)
        reading.parsed(purl, ".".join(filter(None, (f"{name}-{version}-{release}", arch))))
    if keys:
        reading.note(f"entries left out, as they are signing keys (gpg-pubkey): {keys:,}")
    if bare:
        reading.note(_NO_EPOCH)
    if reading.distro is None:
        reading.note(NO_DISTRO)
    return "rpm -qa"
