"""What can go wrong when an inventory is read: each with a stable code and what to do next."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError


def unreadable(format_: str, problem: str) -> InvalidInputError:
    """The document is damaged, cut off, or not shaped as its format says."""
    return InvalidInputError(
        "remediation.unreadable-inventory",
        f"the inventory cannot be read as {format_}: {problem[:200]}",
        remedy="Create the file again; if it was copied or downloaded, check that it is complete.",
    )


def hostile_xml(what: str) -> InvalidInputError:
    """XML with a document type or entities, which no SBOM needs and attacks are made of."""
    return InvalidInputError(
        "remediation.hostile-xml",
        f"the document {what}, which is refused",
        remedy="Have your SBOM tool write the file without a DOCTYPE, and do not trust the one you were given.",
    )


def unknown_format(found: str) -> InvalidInputError:
    """It is no inventory that is known here."""
    return InvalidInputError(
        "remediation.unknown-inventory",
        f"this is {found}, and no inventory that can be read",
        remedy="Give an SBOM (CycloneDX or SPDX), a package list, or an asset list as CSV or XLSX; "
        "docs/inventories.md shows how to make each.",
    )


def unsupported_version(format_: str, version: str, supported: str) -> InvalidInputError:
    """A known format in a version that is not read."""
    return InvalidInputError(
        "remediation.unsupported-inventory",
        f"{format_} {version[:40]!r} is not supported",
        remedy=f"Have your tool write {format_} {supported}.",
    )


def unsupported_kind(found: str, remedy: str) -> InvalidInputError:
    """A kind of file that holds an inventory, in a form that is not read."""
    return InvalidInputError("remediation.unsupported-inventory", f"{found} is not supported", remedy=remedy)


def encrypted() -> InvalidInputError:
    """A workbook that opens only with a password."""
    return InvalidInputError(
        "remediation.encrypted-inventory",
        "the workbook is encrypted with a password",
        remedy="Save it without a password (File, Info, Protect Workbook), or save the sheet as CSV.",
    )


def no_header(found: str) -> InvalidInputError:
    """A table whose first row does not name the columns."""
    return InvalidInputError(
        "remediation.no-header",
        f"the first row does not name columns of an asset list: {found[:120]!r}",
        remedy="Make the first row: name,vendor,product,version,exposure,owner,environment",
    )


def duplicate_column(name: str) -> InvalidInputError:
    """Two columns have one name, so nobody can tell which counts."""
    return InvalidInputError(
        "remediation.duplicate-column",
        f"two columns are called {name[:60]!r}",
        remedy="Remove or rename one of them.",
    )


def unknown_distro(distro: str) -> InvalidInputError:
    """The distribution that was named is not written as `id-version`."""
    return InvalidInputError(
        "remediation.unknown-distro",
        f"{distro[:40]!r} does not name a Linux distribution with its release",
        remedy="Write ID and VERSION_ID of /etc/os-release, for example debian-12, ubuntu-22.04, rhel-9, alpine-3.19.",
    )


def wrong_distro(distro: str, kind: str) -> InvalidInputError:
    """The distribution that was named does not use packages of the list's kind."""
    return InvalidInputError(
        "remediation.wrong-distro",
        f"the list holds {kind} packages, which {distro[:40]} does not use",
        remedy="Name the distribution on which the list was made.",
    )


def unknown_reader(format_: str, known: str) -> InvalidInputError:
    """A format was asked for by a name that nobody has."""
    return InvalidInputError(
        "remediation.unknown-format", f"there is no inventory format {format_[:40]!r}", remedy=f"Known: {known}."
    )
