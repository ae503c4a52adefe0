"""Small files as publishers write them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha512

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def kev(entries: int = 10, *, released: str = "2026-11-20T17:00:00.000Z", count: int | None = None) -> bytes:
    return json.dumps(
        {
            "title": "CISA Catalog of Known Exploited Vulnerabilities",
            "catalogVersion": released[:10].replace("-", "."),
            "dateReleased": released,
            "count": entries if count is None else count,
            "vulnerabilities": [
                {"cveID": f"CVE-2026-{4000 + number}", "dateAdded": "2026-11-01", "vendorProject": "Acme"}
                for number in range(entries)
            ],
        }
    ).encode()


def epss_text(rows: int = 100, *, day: str = "2026-11-20T00:00:00+0000", model: str = "v2026.06.15") -> bytes:
    lines = [f"#model_version:{model},score_date:{day}", "cve,epss,percentile"]
    lines += [f"CVE-2026-{1000 + number},0.0{number:04},0.5{number:04}" for number in range(rows)]
    return "\n".join(lines).encode() + b"\n"


def epss(rows: int = 100, *, day: str = "2026-11-20T00:00:00+0000", model: str = "v2026.06.15") -> bytes:
    return gzip.compress(epss_text(rows, day=day, model=model), mtime=0)


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 20, 0, 0, 0)), content, compress_type=method)
    return out.getvalue()


def osv_record(number: int, modified: str = "2026-11-19T00:00:00Z") -> str:
    return json.dumps({"id": f"PYSEC-2026-{number}", "modified": modified, "affected": [], "details": "x" * 200})


def osv(records: int = 10, modified: str = "2026-11-19T00:00:00Z") -> bytes:
    return zipped({f"PYSEC-2026-{number}.json": osv_record(number, modified) for number in range(records)})


def cve_record(cve: str, updated: str = "2026-11-18T00:00:00.000Z") -> str:
    return json.dumps(
        {"dataType": "CVE_RECORD", "cveMetadata": {"cveId": cve, "state": "PUBLISHED", "dateUpdated": updated}}
    )


def cves(records: int = 10) -> bytes:
    names = [f"CVE-2026-{1000 + number}" for number in range(records)]
    files = {f"vulnrichment-develop/2026/1xxx/{name}.json": cve_record(name) for name in names}
    return zipped({"vulnrichment-develop/README.md": "# read me", "vulnrichment-develop/package.json": "{", **files})


def advisory(
    name: str = "ACME-2026-001", *, current: str = "2026-11-10T00:00:00Z", label: str = "WHITE", title: str = "A"
) -> bytes:
    return json.dumps(
        {
            "document": {
                "category": "csaf_security_advisory",
                "csaf_version": "2.0",
                "title": title,
                "distribution": {"tlp": {"label": label}},
                "publisher": {"category": "vendor", "name": "Acme", "namespace": "https://acme.example"},
                "tracking": {
                    "id": name,
                    "initial_release_date": "2026-11-01T00:00:00Z",
                    "current_release_date": current,
                    "version": "1",
                    "status": "final",
                },
            }
        }
    ).encode()


def sidecar(content: bytes, name: str = "a.json") -> bytes:
    return f"{sha512(content).hexdigest()}  {name}\n".encode()
