from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from seawall.kernel.versions import VersionRange
from seawall.remediation.model import Affected, ProductName, Record


def record(
    name: str,
    *affected: Affected,
    identifiers: Sequence[str] = (),
    source: str = "osv",
    withdrawn: bool = False,
    title: str = "",
    published: str = "2026-01-02T00:00:00Z",
    modified: str = "2026-01-03T00:00:00Z",
    fix_published: str = "",
) -> Record:
    names = tuple(sorted({name, *identifiers}))
    content = repr((name, affected, names, source, withdrawn, title, published, modified)).encode()
    return Record(
        name,
        names,
        title or name,
        source,
        sha256(content).hexdigest(),
        published,
        modified,
        fix_published,
        f"https://example.org/{name}",
        affected,
        withdrawn,
    )


def affects(
    package: str = "pypi/jinja2",
    *events: tuple[str, str],
    ecosystem: str = "PyPI",
    versions: Sequence[str] = (),
    remedy: str = "",
) -> Affected:
    return Affected(package, VersionRange.from_osv(ecosystem, [events] if events else [], versions), remedy=remedy)


def product(vendor: str, name: str, text: str, *, cpe: str = "", remedy: str = "") -> Affected:
    return Affected("", VersionRange.from_text("generic", text), ProductName(vendor, name, cpe), remedy)


def osv_document(name: str, package: str = "jinja2", *, fixed: str = "3.1.4", **more: object) -> bytes:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    affected = [{"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges}]
    document = {"id": name, "modified": "2026-01-03T00:00:00Z", "affected": affected, **more}
    return msgspec.json.encode(document)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write documents into a new folder under given names."""

    def write(name: str, **documents: bytes) -> Path:
        place = tmp_path / name
        place.mkdir(exist_ok=True)
        for stem, document in documents.items():
            (place / f"{stem}.json").write_bytes(document)
        return place

    return write
